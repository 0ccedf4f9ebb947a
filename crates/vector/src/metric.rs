//! Inner product, length and cosine of two vectors.
//!
//! Search compares directions, not lengths. So vectors are normalised to length 1 once, when they are made. Their cosine is
//! then a plain [`dot`], without square roots and divisions in the inner loop.

use crate::simd;

/// The inner product of two equally long vectors, computed by the fastest kernel this machine has.
///
/// The result depends on the numbers alone: every kernel adds the products in the same order ([`simd`]), so machines with
/// different instruction sets give the same bits.
///
/// # Panics
/// If the vectors differ in length.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    simd::best().dot(a, b)
}

/// The Euclidean length of a vector.
///
/// Right for every finite vector whose length is an `f32`: if the squares would overflow or underflow, the vector is
/// divided by its largest element first.
#[must_use]
pub fn norm(a: &[f32]) -> f32 {
    /// Below this sum, squares lost to underflow could matter.
    const PRECISE: f32 = 1e-20;
    let square = dot(a, a);
    if (PRECISE..=f32::MAX).contains(&square) {
        return square.sqrt();
    }
    match largest(a) {
        Some(largest) => {
            let scaled: Vec<f32> = a.iter().map(|x| x / largest).collect();
            dot(&scaled, &scaled).sqrt() * largest
        }
        None => square.sqrt(),
    }
}

/// Scales a vector to length 1, in place.
///
/// A vector of zeros has no direction and stays as it is: its score against anything is then 0, which ranks it below
/// everything that points the query's way. A vector with a NaN or an infinite element also stays as it is, so that
/// a later check sees what was there.
pub fn normalise(a: &mut [f32]) {
    let length = norm(a);
    if length.is_normal() {
        a.iter_mut().for_each(|x| *x /= length);
    } else if let (Some(largest), false) = (largest(a), length.is_nan()) {
        // The length overflows or underflows although the elements are finite and not zero. After the division the largest
        // element is 1, so this happens once.
        a.iter_mut().for_each(|x| *x /= largest);
        normalise(a);
    }
}

/// The cosine of the angle between two vectors of any length; 0 if one of them is all zeros.
///
/// # Panics
/// If the vectors differ in length.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let (length_a, length_b) = (norm(a), norm(b));
    if length_a == 0.0 || length_b == 0.0 {
        assert_eq!(a.len(), b.len(), "cosine compares vectors of one length");
        return 0.0;
    }
    dot(a, b) / length_a / length_b
}

/// The largest magnitude among the elements, if it can be divided by: neither zero nor infinite.
fn largest(a: &[f32]) -> Option<f32> {
    let largest = a.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    (largest > 0.0 && largest.is_finite()).then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hand_computed_values_hold() {
        assert_eq!(dot(&[1.0, 2.0, 3.0], &[4.0, -5.0, 6.0]), 12.0);
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(cosine(&[2.0, 0.0], &[0.0, 3.0]), 0.0);
        assert_eq!(cosine(&[2.0, 0.0], &[-3.0, 0.0]), -1.0);
        assert_eq!((dot(&[], &[]), norm(&[])), (0.0, 0.0));
    }

    #[test]
    fn a_vector_of_zeros_stays_as_it_is() {
        let mut zeros = [0.0; 4];
        normalise(&mut zeros);
        assert_eq!(zeros, [0.0; 4]);
        assert_eq!(cosine(&zeros, &[1.0; 4]), 0.0);
    }

    #[test]
    fn a_vector_that_is_not_finite_stays_as_it_is() {
        let mut broken = [1.0, f32::INFINITY, 2.0];
        normalise(&mut broken);
        assert_eq!(broken, [1.0, f32::INFINITY, 2.0]);
        let mut broken = [1.0, f32::NAN];
        normalise(&mut broken);
        assert!(broken[0] == 1.0 && broken[1].is_nan());
    }

    #[test]
    fn the_ends_of_the_range_have_a_direction_too() {
        for size in [f32::MAX, 1e30, 1e-30, f32::MIN_POSITIVE, 1e-45] {
            let mut vector = [size, -size, size, -size];
            normalise(&mut vector);
            assert_eq!(vector, [0.5, -0.5, 0.5, -0.5], "for elements of {size:e}");
        }
        assert_eq!(norm(&[3e30, 4e30]), 5e30);
        assert_eq!(norm(&[3e-30, 4e-30]), 5e-30);
    }

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn a_normalised_vector_has_length_one(mut a in prop::collection::vec(-1e3f32..1e3, 1..if cfg!(miri) { 50 } else { 500 })) {
            prop_assume!(norm(&a) > 0.0);
            normalise(&mut a);
            prop_assert!((norm(&a) - 1.0).abs() < 1e-5);
            prop_assert!((cosine(&a, &a) - 1.0).abs() < 1e-5);
        }
    }
}

//! The inner product: its bits, its error, and what it does with numbers that are not finite.

use proptest::prelude::*;

use super::{at_most, exact, rounding_bound};
use crate::simd::{available, best};

/// The additions in the order of this module's documentation.
fn in_order(a: &[f32], b: &[f32]) -> f32 {
    let products: Vec<f32> = a.iter().zip(b).map(|(x, y)| x * y).collect();
    let lane = |lane: usize| products.iter().skip(lane).step_by(64).fold(0.0, |sum, product| sum + product);
    let s: Vec<f32> = (0..64).map(lane).collect();
    let t: Vec<f32> = (0..16).map(|l| (s[l] + s[16 + l]) + (s[32 + l] + s[48 + l])).collect();
    let u: Vec<f32> = (0..8).map(|l| t[l] + t[8 + l]).collect();
    let v: Vec<f32> = (0..4).map(|l| u[l] + u[4 + l]).collect();
    (v[0] + v[2]) + (v[1] + v[3])
}

/// The number of half-precision bits, by their definition in powers of two.
fn widened(half: u16) -> f32 {
    let (sign, exponent, fraction) = (half >> 15, i32::from(half >> 10 & 31), f64::from(half & 1023));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    (if sign == 1 { -magnitude } else { magnitude }) as f32
}

/// Two vectors of one length whose elements span forty powers of two.
fn pairs() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
    let element = (-1.0f32..1.0, -20i32..20).prop_map(|(x, exponent)| x * 2f32.powi(exponent));
    prop::collection::vec((element.clone(), element), 0..at_most(1100, 150)).prop_map(|pairs| pairs.into_iter().unzip())
}

proptest! {
    #![proptest_config(crate::property_tests())]

    #[test]
    fn every_kernel_is_as_close_to_the_true_product_as_rounding_allows((a, b) in pairs()) {
        for kernels in available() {
            let error = (f64::from(kernels.dot(&a, &b)) - exact(&a, &b)).abs();
            prop_assert!(error <= rounding_bound(&a, &b) * 1.000_001, "{}: {error:e}", kernels.name);
        }
    }

    #[test]
    fn every_kernel_has_the_bits_of_the_documented_order((a, b) in pairs(), seed in any::<u32>()) {
        let expected = in_order(&a, &b);
        // Any bits but those of infinite numbers and of NaN.
        let finite = |x: &f32| (x.to_bits().wrapping_mul(seed | 1) >> 16) as u16 & 0xbfff;
        let halves: Vec<u16> = b.iter().map(finite).collect();
        let expected_halves = in_order(&a, &halves.iter().map(|&half| widened(half)).collect::<Vec<f32>>());
        for kernels in available() {
            prop_assert_eq!(kernels.dot(&a, &b).to_bits(), expected.to_bits(), "{}", kernels.name);
            let found = kernels.dot_f16(&a, &halves);
            prop_assert_eq!(found.to_bits(), expected_halves.to_bits(), "{} in half precision", kernels.name);
        }
    }

    #[test]
    fn where_a_vector_lies_in_memory_does_not_matter(a in prop::collection::vec(-1f32..1.0, 1..at_most(300, 100))) {
        for kernels in available() {
            let here = kernels.dot(&a, &a);
            for offset in 1..16 {
                let mut moved = vec![f32::NAN; offset];
                moved.extend_from_slice(&a);
                moved.push(f32::NAN);
                let there = &moved[offset..offset + a.len()];
                prop_assert_eq!(here.to_bits(), kernels.dot(there, there).to_bits(), "{}", kernels.name);
            }
        }
    }
}

#[test]
fn every_length_around_a_register_gives_whole_number_sums_exactly() {
    for len in 0..at_most(200, 70) {
        let counting: Vec<f32> = (0..len).map(|i| i as f32).collect();
        let ones = vec![1.0; len];
        let sum = (len * len.saturating_sub(1) / 2) as f32;
        for kernels in available() {
            assert_eq!(kernels.dot(&counting, &ones), sum, "{} at length {len}", kernels.name);
        }
    }
}

#[test]
fn every_half_precision_number_is_widened_exactly() {
    for kernels in available() {
        for half in (0..=u16::MAX).step_by(at_most(1, 97)) {
            let (found, expected) = (kernels.dot_f16(&[1.0], &[half]), widened(half));
            let same = found == expected || (found.is_nan() && expected.is_nan());
            assert!(same, "{}: {half:#x} became {found}, not {expected}", kernels.name);
        }
    }
}

#[test]
fn no_kernel_returns_minus_zero() {
    // Hits are ordered by `total_cmp`, which ranks -0.0 below 0.0 and would break a tie by sign.
    for len in 0..70 {
        for kernels in available() {
            assert!(kernels.dot(&vec![-0.0; len], &vec![1.0; len]).is_sign_positive(), "{}", kernels.name);
            assert!(kernels.dot_f16(&vec![-0.0; len], &vec![0x3c00; len]).is_sign_positive(), "{}", kernels.name);
        }
    }
}

#[test]
fn not_a_number_reaches_the_result_from_every_place() {
    for place in 0..70 {
        let mut a = vec![1.0; 70];
        a[place] = f32::NAN;
        for kernels in available() {
            assert!(kernels.dot(&a, &[1.0; 70]).is_nan(), "{} at {place}", kernels.name);
            assert!(kernels.dot_f16(&a, &[0x3c00; 70]).is_nan(), "{} at {place}", kernels.name);
        }
    }
}

#[test]
#[should_panic(expected = "vectors of one length")]
fn vectors_of_different_lengths_are_refused() {
    let _ = best().dot(&[1.0], &[1.0, 2.0]);
}

//! The inner product, once per instruction set.
//!
//! [`scalar`](self) code says what a kernel means; the others say the same in wider registers and several sums at a
//! time. [`best`] looks at the processor once per process and keeps its choice. [`available`] lists every kernel that
//! this machine can run, which is what the tests compare and the benches time.
//!
//! | kernel   | machines                           | products per instruction |
//! |----------|------------------------------------|--------------------------|
//! | `avx512` | x86-64 with AVX-512F               | 16                       |
//! | `avx2`   | x86-64 with AVX2 and FMA           | 8                        |
//! | `neon`   | AArch64                            | 4                        |
//! | `scalar` | all                                | whatever the compiler finds |
//!
//! A single running sum would wait four cycles for each addition before it could start the next, so every kernel
//! keeps several and adds them at the end. That is also why results differ in the last bits between kernels.

#![expect(unsafe_code, reason = "calls kernels compiled for instruction sets that were detected at run time")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use std::sync::OnceLock;

/// The kernels of one instruction set.
///
/// A value exists only for instruction sets that this machine was found to have, so calling it is safe.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    /// The instruction set: `avx512`, `avx2`, `neon` or `scalar`.
    pub name: &'static str,
    /// Obligations of a caller: the machine has the instruction set, both slices are equally long.
    dot: unsafe fn(&[f32], &[f32]) -> f32,
}

/// The fastest kernels this machine can run, found once per process.
#[must_use]
pub fn best() -> &'static Kernels {
    static BEST: OnceLock<Kernels> = OnceLock::new();
    BEST.get_or_init(|| available()[0])
}

/// Every kernel this machine can run, fastest first. The last one is always `scalar`.
#[must_use]
pub fn available() -> Vec<Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            found.push(Kernels { name: "avx512", dot: avx512::dot });
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Kernels { name: "avx2", dot: avx2::dot });
        }
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        found.push(Kernels { name: "neon", dot: neon::dot });
    }
    found.push(Kernels { name: "scalar", dot: scalar::dot });
    found
}

impl Kernels {
    /// The inner product of two equally long vectors.
    ///
    /// # Panics
    /// If the vectors differ in length.
    #[must_use]
    pub fn dot(&self, a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len(), "an inner product takes vectors of one length");
        // SAFETY: `available` makes a `Kernels` only after finding its instruction set, and no one else can, since
        // the field is private; the assertion above makes both slices equally long.
        unsafe { (self.dot)(a, b) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How far a computed inner product of `n` terms may lie from the true one.
    ///
    /// Whatever the order of the additions, and with or without fused multiplication, each product takes part in at
    /// most `n` roundings, each off by a factor of at most 1 ± 2⁻²⁴. The error is thus at most γ · Σ|aᵢbᵢ| with
    /// γ = n·2⁻²⁴ / (1 − n·2⁻²⁴). Products below the normal range add at most half the smallest subnormal each.
    fn rounding_bound(a: &[f32], b: &[f32]) -> f64 {
        let magnitude: f64 = a.iter().zip(b).map(|(x, y)| (f64::from(*x) * f64::from(*y)).abs()).sum();
        let roundings = a.len() as f64 * 2f64.powi(-24);
        roundings / (1.0 - roundings) * magnitude + a.len() as f64 * 2f64.powi(-150)
    }

    /// The sum in double precision, whose own error is a 2²⁹th of the bound above.
    fn exact(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    /// Two vectors of one length whose elements span forty powers of two.
    fn pairs() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        let element = (-1.0f32..1.0, -20i32..20).prop_map(|(x, exponent)| x * 2f32.powi(exponent));
        prop::collection::vec((element.clone(), element), 0..1100).prop_map(|pairs| pairs.into_iter().unzip())
    }

    proptest! {
        #[test]
        fn every_kernel_is_as_close_to_the_true_product_as_rounding_allows((a, b) in pairs()) {
            for kernels in available() {
                let error = (f64::from(kernels.dot(&a, &b)) - exact(&a, &b)).abs();
                prop_assert!(error <= rounding_bound(&a, &b) * 1.000_001, "{}: {error:e}", kernels.name);
            }
        }

        #[test]
        fn every_kernel_agrees_with_scalar((a, b) in pairs()) {
            let reference = f64::from(available().last().unwrap().dot(&a, &b));
            for kernels in available() {
                let difference = (f64::from(kernels.dot(&a, &b)) - reference).abs();
                prop_assert!(difference <= 2.0 * rounding_bound(&a, &b), "{}: {difference:e}", kernels.name);
            }
        }

        #[test]
        fn where_a_vector_lies_in_memory_does_not_matter(a in prop::collection::vec(-1f32..1.0, 1..300)) {
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
        for len in 0..200 {
            let counting: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let ones = vec![1.0; len];
            let sum = (len * len.saturating_sub(1) / 2) as f32;
            for kernels in available() {
                assert_eq!(kernels.dot(&counting, &ones), sum, "{} at length {len}", kernels.name);
            }
        }
    }

    #[test]
    fn no_kernel_returns_minus_zero() {
        // Hits are ordered by `total_cmp`, which ranks -0.0 below 0.0 and would break a tie by sign.
        for len in 0..70 {
            for kernels in available() {
                assert!(kernels.dot(&vec![-0.0; len], &vec![1.0; len]).is_sign_positive(), "{}", kernels.name);
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
            }
        }
    }

    #[test]
    #[should_panic(expected = "vectors of one length")]
    fn vectors_of_different_lengths_are_refused() {
        let _ = best().dot(&[1.0], &[1.0, 2.0]);
    }
}

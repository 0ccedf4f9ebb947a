//! The inner product with AVX2 and fused multiply-add: 8 products at a time, 4 sums.
//!
//! ```text
//! while 32 numbers are left:  sum₀ += a[0..8]·b[0..8]   …   sum₃ += a[24..32]·b[24..32]
//! while  8 numbers are left:  sum₀ += a[0..8]·b[0..8]
//! the last 0 to 7 one by one
//! ```
//!
//! Four sums cover the four cycles that a fused multiply-add takes; loading is then the limit, and more sums gain
//! nothing.

#![expect(unsafe_code, reason = "loads eight floats through a pointer")]

use std::arch::x86_64::{
    __m256, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps, _mm256_add_ps,
    _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps,
};

const LANES: usize = 8;
const SUMS: usize = 4;

/// Call only where AVX2 and FMA were detected, with slices of one length (a longer one is cut to the shorter).
#[target_feature(enable = "avx2,fma")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (registers_a, rest_a) = a.as_chunks::<LANES>();
    let (registers_b, rest_b) = b.as_chunks::<LANES>();
    let (blocks_a, single_a) = registers_a.as_chunks::<SUMS>();
    let (blocks_b, single_b) = registers_b.as_chunks::<SUMS>();

    let mut sums = [_mm256_setzero_ps(); SUMS];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for i in 0..SUMS {
            sums[i] = _mm256_fmadd_ps(load(&x[i]), load(&y[i]), sums[i]);
        }
    }
    for (x, y) in single_a.iter().zip(single_b) {
        sums[0] = _mm256_fmadd_ps(load(x), load(y), sums[0]);
    }
    let total = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
    rest_a.iter().zip(rest_b).fold(across(total), |sum, (x, y)| sum + x * y)
}

#[target_feature(enable = "avx2,fma")]
fn load(numbers: &[f32; LANES]) -> __m256 {
    // SAFETY: the reference guarantees eight readable floats, and this load asks for no alignment.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

/// Adds the eight lanes: halves, then quarters, then the last two.
#[target_feature(enable = "avx2,fma")]
fn across(sums: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

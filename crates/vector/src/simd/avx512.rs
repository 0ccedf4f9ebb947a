//! The inner product with AVX-512F: 16 products at a time, 4 sums.
//!
//! ```text
//! while 64 numbers are left:  sum₀ += a[0..16]·b[0..16]   …   sum₃ += a[48..64]·b[48..64]
//! while 16 numbers are left:  sum₀ += a[0..16]·b[0..16]
//! the last 0 to 15 in one step, with the missing lanes read as zero
//! ```
//!
//! The masked load of the last step touches no memory behind the slice, so there is no scalar remainder.

#![expect(unsafe_code, reason = "loads sixteen floats through a pointer")]

use std::arch::x86_64::{
    __m512, __mmask16, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_maskz_loadu_ps, _mm512_reduce_add_ps,
    _mm512_setzero_ps,
};

const LANES: usize = 16;
const SUMS: usize = 4;

/// Call only where AVX-512F was detected, with slices of one length (a longer one is cut to the shorter).
#[target_feature(enable = "avx512f")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (registers_a, rest_a) = a.as_chunks::<LANES>();
    let (registers_b, rest_b) = b.as_chunks::<LANES>();
    let (blocks_a, single_a) = registers_a.as_chunks::<SUMS>();
    let (blocks_b, single_b) = registers_b.as_chunks::<SUMS>();

    let mut sums = [_mm512_setzero_ps(); SUMS];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for i in 0..SUMS {
            sums[i] = _mm512_fmadd_ps(load(&x[i]), load(&y[i]), sums[i]);
        }
    }
    for (x, y) in single_a.iter().zip(single_b) {
        sums[0] = _mm512_fmadd_ps(load(x), load(y), sums[0]);
    }
    if !rest_a.is_empty() {
        sums[1] = _mm512_fmadd_ps(load_rest(rest_a), load_rest(rest_b), sums[1]);
    }
    let total = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
    _mm512_reduce_add_ps(total)
}

#[target_feature(enable = "avx512f")]
fn load(numbers: &[f32; LANES]) -> __m512 {
    // SAFETY: the reference guarantees sixteen readable floats, and this load asks for no alignment.
    unsafe { _mm512_loadu_ps(numbers.as_ptr()) }
}

/// Loads fewer than sixteen numbers; the other lanes are zero and add nothing.
#[target_feature(enable = "avx512f")]
fn load_rest(numbers: &[f32]) -> __m512 {
    debug_assert!(numbers.len() < LANES);
    let present: __mmask16 = (1 << (numbers.len() % LANES)) - 1;
    // SAFETY: the mask has one bit per number of the slice, and lanes without a bit are not read.
    unsafe { _mm512_maskz_loadu_ps(present, numbers.as_ptr()) }
}

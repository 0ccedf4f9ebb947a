//! Loading sixteen numbers, or fewer, into a register of AVX-512F.

#![expect(unsafe_code, reason = "loads floats through a pointer")]

use std::arch::x86_64::{__m512, __mmask16, _mm512_loadu_ps, _mm512_maskz_loadu_ps};

/// Numbers of a register.
pub(super) const LANES: usize = 16;

/// Loads sixteen numbers.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(numbers: &[f32; LANES]) -> __m512 {
    // SAFETY: the reference guarantees sixteen readable floats, and this load asks for no alignment.
    unsafe { _mm512_loadu_ps(numbers.as_ptr()) }
}

/// Loads fewer than sixteen numbers; the other lanes are zero and add nothing.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load_rest(numbers: &[f32]) -> __m512 {
    debug_assert!(numbers.len() < LANES);
    let present: __mmask16 = (1 << (numbers.len() % LANES)) - 1;
    // SAFETY: the mask has one bit per number of the slice, and lanes without a bit are not read.
    unsafe { _mm512_maskz_loadu_ps(present, numbers.as_ptr()) }
}

//! `super::elementwise` and `super::quantise` with AVX-512F, row by row: GELU, softmax, and rounding to bytes.
//!
//! The compiler turns the plain loops into vector code, but divides where a reciprocal and one step of Newton's method will
//! do (a division takes the unit for sixteen cycles), has no `vscalefps` to multiply by a power of two, and takes bytes out
//! of a register one by one. `cargo bench -p semsearch-benches --bench encoder -- 'gelu|softmax|quantise'` compares the
//! two, `avx512` and `avx2`.
//!
//! `2ʸ` is `2ⁿ · 2ᶠ` with `|f| ≤ ½`, and `2ᶠ` the Taylor polynomial of degree 6: off by at most 1.3 · 10⁻⁷ of it.

#![expect(unsafe_code, reason = "loads and stores sixteen numbers through a pointer")]

use std::arch::x86_64::{
    __m512, __m512i, __mmask16, _CMP_GE_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_storeu_si128,
    _mm512_abs_ps, _mm512_add_epi32, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvtepi32_epi8, _mm512_cvtps_epi32,
    _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_mask_cvtepi32_storeu_epi8, _mm512_mask_loadu_ps, _mm512_mask_storeu_ps,
    _mm512_mask_sub_ps, _mm512_maskz_cvtps_epi32, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_rcp14_ps, _mm512_reduce_add_epi32, _mm512_reduce_add_ps, _mm512_reduce_max_ps, _mm512_reduce_min_ps,
    _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_storeu_ps,
    _mm512_sub_ps,
};

use super::avx512_load::{load, load_rest};
use super::quantise::{TINY, dither};
use crate::quantised::QuantisedRows;

const LANES: usize = 16;

/// See [`super::Kernels::gelu`]. Call only where AVX-512F was detected, here and below.
#[target_feature(enable = "avx512f")]
pub(super) fn gelu(numbers: &mut [f32]) {
    let (chunks, rest) = numbers.as_chunks_mut::<LANES>();
    for chunk in chunks {
        store(chunk, gelu_of(load(chunk)));
    }
    if !rest.is_empty() {
        store_rest(rest, gelu_of(load_rest(rest)));
    }
}

/// See [`super::Kernels::softmax`].
#[target_feature(enable = "avx512f")]
pub(super) fn softmax(row: &mut [f32], scale: f32) {
    let high = highest(row);
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    let mut sums = _mm512_setzero_ps();
    for chunk in &mut *chunks {
        let power = power_of(load(chunk), high, scale);
        sums = _mm512_add_ps(sums, power);
        store(chunk, power);
    }
    if !rest.is_empty() {
        let power = _mm512_maskz_mov_ps(mask(rest.len()), power_of(load_rest(rest), high, scale));
        sums = _mm512_add_ps(sums, power);
        store_rest(rest, power);
    }
    let share = 1.0 / _mm512_reduce_add_ps(sums);
    row.iter_mut().for_each(|x| *x *= share);
}

/// See [`super::Kernels::quantise`].
#[target_feature(enable = "avx512f")]
pub(super) fn quantise(numbers: &[f32], stride: usize, out: &mut QuantisedRows) {
    let inputs = out.inputs();
    for ((bytes, scale, zero), row) in out.rows_mut().zip(numbers.chunks(stride.max(1))) {
        (*scale, *zero) = quantise_row(&row[..inputs], bytes);
    }
}

/// See [`super::Kernels::gelu_quantise`].
#[target_feature(enable = "avx512f")]
pub(super) fn gelu_quantise(numbers: &mut [f32], out: &mut QuantisedRows) {
    let inputs = out.inputs();
    for ((bytes, scale, zero), row) in out.rows_mut().zip(numbers.chunks_exact_mut(inputs.max(1))) {
        gelu(row);
        (*scale, *zero) = quantise_row(row, bytes);
    }
}

/// See [`super::Kernels::softmax_quantise`] and, for why, `super::quantise::softmax_quantise`.
#[target_feature(enable = "avx512f")]
pub(super) fn softmax_quantise(scores: &mut [f32], scale: f32, out: &mut QuantisedRows) {
    let columns = out.inputs();
    for (number, ((bytes, share, zero), row)) in out.rows_mut().zip(scores.chunks_exact(columns.max(1))).enumerate() {
        let high = highest(row);
        let (chunks, rest) = row.as_chunks::<LANES>();
        let (byte_chunks, byte_rest) = bytes.as_chunks_mut::<LANES>();
        let mut sums = _mm512_setzero_si512();
        for (place, (bytes, chunk)) in byte_chunks.iter_mut().zip(chunks).enumerate() {
            let steps = _mm512_cvtps_epi32(steps_of(load(chunk), high, scale, dither(number, place)));
            sums = _mm512_add_epi32(sums, steps);
            store_bytes(bytes, steps);
        }
        if !rest.is_empty() {
            let steps = steps_of(load_rest(rest), high, scale, dither(number, chunks.len()));
            let steps = _mm512_maskz_cvtps_epi32(mask(rest.len()), steps);
            sums = _mm512_add_epi32(sums, steps);
            store_rest_of_bytes(byte_rest, steps);
        }
        // The highest is 255, so the sum is never zero.
        (*share, *zero) = (1.0 / _mm512_reduce_add_epi32(sums) as f32, 0);
    }
}

/// `super::quantise::quantise_row`: the same bytes, scale and zero.
#[inline]
#[target_feature(enable = "avx512f")]
fn quantise_row(row: &[f32], bytes: &mut [u8]) -> (f32, i32) {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let (mut low, mut high) = (_mm512_setzero_ps(), _mm512_setzero_ps());
    // Both return their second operand if the first is NaN. Missing lanes are zero, which the range includes anyway.
    for chunk in chunks {
        low = _mm512_min_ps(load(chunk), low);
        high = _mm512_max_ps(load(chunk), high);
    }
    if !rest.is_empty() {
        low = _mm512_min_ps(load_rest(rest), low);
        high = _mm512_max_ps(load_rest(rest), high);
    }
    let low = _mm512_reduce_min_ps(low);
    let range = _mm512_reduce_max_ps(high) - low;
    if !(range > TINY && range < f32::MAX) {
        bytes.fill(0);
        return (range * 0.0, 0);
    }
    let steps = 255.0 / range;
    let zero = (-low * steps).round_ties_even();
    let (byte_chunks, byte_rest) = bytes.as_chunks_mut::<LANES>();
    for (bytes, chunk) in byte_chunks.iter_mut().zip(chunks) {
        store_bytes(bytes, places(load(chunk), steps, zero));
    }
    if !rest.is_empty() {
        store_rest_of_bytes(byte_rest, places(load_rest(rest), steps, zero));
    }
    (range / 255.0, zero as i32)
}

/// The bytes of sixteen numbers, each in 32 bits.
#[inline]
#[target_feature(enable = "avx512f")]
fn places(x: __m512, steps: f32, zero: f32) -> __m512i {
    let place = _mm512_fmadd_ps(x, _mm512_set1_ps(steps), _mm512_set1_ps(zero));
    // The ends may round to −1 or 256; NaN becomes 0.
    _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(place, _mm512_setzero_ps()), _mm512_set1_ps(255.0)))
}

/// `255 · e^(scale · (x − high))`, moved by the dither.
#[inline]
#[target_feature(enable = "avx512f")]
fn steps_of(x: __m512, high: f32, scale: f32, dither: &[f32; LANES]) -> __m512 {
    _mm512_fmadd_ps(power_of(x, high, scale), _mm512_set1_ps(255.0), load(dither))
}

/// `e^(scale · (x − high))`.
#[inline]
#[target_feature(enable = "avx512f")]
fn power_of(x: __m512, high: f32, scale: f32) -> __m512 {
    let exponent = _mm512_set1_ps(scale * std::f32::consts::LOG2_E);
    two_to(_mm512_mul_ps(_mm512_sub_ps(x, _mm512_set1_ps(high)), exponent))
}

/// `x · Φ(x)`, with the error function of `super::elementwise`: formula 7.1.26 of Abramowitz and Stegun.
#[inline]
#[target_feature(enable = "avx512f")]
fn gelu_of(x: __m512) -> __m512 {
    let a = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(std::f32::consts::FRAC_1_SQRT_2));
    let d = _mm512_fmadd_ps(a, _mm512_set1_ps(0.327_591_1), _mm512_set1_ps(1.0));
    let t = _mm512_rcp14_ps(d);
    let t = _mm512_mul_ps(t, _mm512_fnmadd_ps(d, t, _mm512_set1_ps(2.0)));
    let mut p = _mm512_set1_ps(1.061_405_4);
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_72, 0.254_829_6] {
        p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(coefficient));
    }
    let power = two_to(_mm512_mul_ps(_mm512_mul_ps(a, a), _mm512_set1_ps(-std::f32::consts::LOG2_E)));
    let half = _mm512_mul_ps(_mm512_set1_ps(0.5), _mm512_mul_ps(_mm512_mul_ps(p, t), power));
    // Φ(x) is `half` left of zero and 1 − `half` right of it.
    let left = _mm512_mul_ps(x, half);
    _mm512_mask_sub_ps(left, _mm512_cmp_ps_mask::<_CMP_GE_OQ>(x, _mm512_setzero_ps()), x, left)
}

/// `2ʸ`, for `y` up to 128; 0 far below zero.
#[inline]
#[target_feature(enable = "avx512f")]
fn two_to(y: __m512) -> __m512 {
    let n = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(y);
    let f = _mm512_sub_ps(y, n);
    // ln(2)ᵏ / k!
    let mut p = _mm512_set1_ps(1.540_353e-4);
    for coefficient in [1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 0.240_226_5, std::f32::consts::LN_2, 1.0] {
        p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(coefficient));
    }
    _mm512_scalef_ps(p, n)
}

/// The highest number of a row; negative infinity for an empty row.
#[inline]
#[target_feature(enable = "avx512f")]
fn highest(row: &[f32]) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let none = _mm512_set1_ps(f32::NEG_INFINITY);
    let high = chunks.iter().fold(none, |high, chunk| _mm512_max_ps(load(chunk), high));
    // SAFETY: the mask has one bit per number of the slice, and lanes without a bit are not read.
    let rest = unsafe { _mm512_mask_loadu_ps(none, mask(rest.len()), rest.as_ptr()) };
    _mm512_reduce_max_ps(_mm512_max_ps(rest, high))
}

/// One bit for each of fewer than sixteen numbers.
#[inline]
fn mask(count: usize) -> __mmask16 {
    debug_assert!(count < LANES);
    (1 << (count % LANES)) - 1
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(to: &mut [f32; LANES], numbers: __m512) {
    // SAFETY: the reference guarantees sixteen writable floats, and this store asks for no alignment.
    unsafe { _mm512_storeu_ps(to.as_mut_ptr(), numbers) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_rest(to: &mut [f32], numbers: __m512) {
    // SAFETY: the mask has one bit per number of the slice, and lanes without a bit are not written.
    unsafe { _mm512_mask_storeu_ps(to.as_mut_ptr(), mask(to.len()), numbers) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_bytes(to: &mut [u8; LANES], numbers: __m512i) {
    // SAFETY: the reference guarantees sixteen writable bytes, and this store asks for no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(numbers)) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_rest_of_bytes(to: &mut [u8], numbers: __m512i) {
    // SAFETY: the mask has one bit per byte of the slice, and lanes without a bit are not written.
    unsafe { _mm512_mask_cvtepi32_storeu_epi8(to.as_mut_ptr().cast(), mask(to.len()), numbers) }
}

//! Scores of codes in 256-bit registers: with AVX2 alone, and with the AVX form of VNNI.
//!
//! AVX2 multiplies unsigned by signed bytes and adds two products in sixteen bits (`vpmaddubsw`), where those of whole
//! bytes do not fit. Those of nibbles do: a block adds up 8 products in each place of four bits a code, each at most 15 ·
//! 128, and half as many of each nibble of eight bits. So a code of eight bits is taken as two nibbles; the products of
//! the high one are multiplied by sixteen when they are widened to 32 bits (`vpmaddwd`), and nothing saturates.
//!
//! AVX-VNNI has `vpdpbusd` for these registers, which adds four products of whole bytes in 32 bits. As in
//! `super::avx512_codes`, a high nibble stays where it is and the sum is shifted.

#![expect(unsafe_code, reason = "loads and stores whole registers through a pointer, and computes where rows lie")]

use std::arch::x86_64::{
    __m256i, _mm_add_epi32, _mm_storeu_si128, _mm256_add_epi16, _mm256_add_epi32, _mm256_and_si256,
    _mm256_castsi256_si128, _mm256_dpbusd_avx_epi32, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_setzero_si256, _mm256_srai_epi32,
    _mm256_srli_epi16, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};

use super::codes::{self, CodeKernels, Threshold};
use super::prefetch::fetch;
use super::scoring::{AHEAD, TOGETHER, scoring};
use crate::codes::{BLOCK, CodeRows};
use crate::quantised::QuantisedRows;

/// Bytes of a register.
const REGISTER: usize = BLOCK / 2;

/// See [`CodeKernels`]. Call only where AVX2 was detected, as of each function here.
#[target_feature(enable = "avx2")]
fn reaching(scores: &[i32], errors: &[f32], threshold: Threshold, first: u32, found: &mut Vec<u32>) {
    codes::reaching(scores, errors, threshold, first, found);
}

#[target_feature(enable = "avx2,popcnt")]
fn hamming_run(query: &[u8], rows: &[u8], out: &mut [u32]) {
    codes::hamming_run(query, rows, out);
}

#[target_feature(enable = "avx2")]
fn unpack(rows: &CodeRows<'_>, first: usize, out: &mut QuantisedRows) {
    codes::unpack(rows, first, out);
}

/// # Safety
/// A register's bytes can be read.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load<T>(start: *const T) -> __m256i {
    // SAFETY: the caller's promise, and this load asks for no alignment.
    unsafe { _mm256_loadu_si256(start.cast()) }
}

/// The lanes of each of four registers added up.
#[inline]
#[target_feature(enable = "avx2")]
fn across([a, b, c, d]: [__m256i; TOGETHER]) -> [i32; TOGETHER] {
    let ab = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let cd = _mm256_add_epi32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    let halves = _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
    let mut out = [0; TOGETHER];
    let sums = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
    // SAFETY: the array has room for four numbers.
    unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), sums) };
    out
}

/// With AVX2 alone.
pub(super) mod plain {
    use super::*;

    pub(in super::super) const KERNELS: CodeKernels =
        CodeKernels { score_codes, score_code_run, reaching, hamming_run, unpack };

    scoring!("avx2");

    /// # Safety
    /// From each pointer `blocks` blocks can be read, and the query is as long as they ask for.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn four<const FOUR: bool>(query: &[i8], blocks: usize, rows: [*const u8; TOGETHER]) -> [i32; TOGETHER] {
        let mask = _mm256_set1_epi8(0x0f);
        let (once, sixteen_times) = (_mm256_set1_epi16(1), _mm256_set1_epi16(16));
        let mut sums = [_mm256_setzero_si256(); TOGETHER];
        let dimensions = if FOUR { 2 * BLOCK } else { BLOCK };
        for block in 0..blocks {
            // SAFETY: a block goes with 128 bytes of the query for four bits, with 64 for eight; the caller's promise.
            let (low, high) = unsafe {
                let start = query.as_ptr().add(block * dimensions);
                let low = [load(start), load(start.add(REGISTER))];
                (low, if FOUR { [load(start.add(BLOCK)), load(start.add(BLOCK + REGISTER))] } else { low })
            };
            for (sums, row) in sums.iter_mut().zip(rows) {
                let mut products = [_mm256_setzero_si256(); 2];
                for half in 0..2 {
                    // SAFETY: the caller's promise.
                    let codes = unsafe { load(row.add(block * BLOCK + half * REGISTER)) };
                    let high_codes = _mm256_and_si256(_mm256_srli_epi16::<4>(codes), mask);
                    let of_low = _mm256_maddubs_epi16(_mm256_and_si256(codes, mask), low[half]);
                    let of_high = _mm256_maddubs_epi16(high_codes, high[half]);
                    products[0] = _mm256_add_epi16(products[0], of_low);
                    products[1] = _mm256_add_epi16(products[1], of_high);
                }
                if FOUR {
                    let both = _mm256_add_epi16(products[0], products[1]);
                    *sums = _mm256_add_epi32(*sums, _mm256_madd_epi16(both, once));
                } else {
                    *sums = _mm256_add_epi32(*sums, _mm256_madd_epi16(products[0], once));
                    *sums = _mm256_add_epi32(*sums, _mm256_madd_epi16(products[1], sixteen_times));
                }
            }
        }
        across(sums)
    }
}

/// With AVX-VNNI.
pub(super) mod vnni {
    use super::*;

    pub(in super::super) const KERNELS: CodeKernels =
        CodeKernels { score_codes, score_code_run, reaching, hamming_run, unpack };

    scoring!("avx2,avxvnni");

    /// # Safety
    /// From each pointer `blocks` blocks can be read, and the query is as long as they ask for.
    #[inline]
    #[target_feature(enable = "avx2,avxvnni")]
    unsafe fn four<const FOUR: bool>(query: &[i8], blocks: usize, rows: [*const u8; TOGETHER]) -> [i32; TOGETHER] {
        let (low_mask, high_mask) = (_mm256_set1_epi8(0x0f), _mm256_set1_epi8(0xf0_u8 as i8));
        let mut sums = [_mm256_setzero_si256(); TOGETHER];
        let mut sixteenfold = [_mm256_setzero_si256(); TOGETHER];
        for half in 0..2 * blocks {
            // SAFETY: a block goes with 128 bytes of the query for four bits, with 64 for eight; the caller's promise.
            let (low, high) = unsafe {
                if FOUR {
                    let start = query.as_ptr().add(half / 2 * 2 * BLOCK + half % 2 * REGISTER);
                    (load(start), load(start.add(BLOCK)))
                } else {
                    (load(query.as_ptr().add(half * REGISTER)), _mm256_setzero_si256())
                }
            };
            for (place, row) in rows.iter().enumerate() {
                // SAFETY: the caller's promise.
                let codes = unsafe { load(row.add(half * REGISTER)) };
                if FOUR {
                    let (low_codes, high_codes) =
                        (_mm256_and_si256(codes, low_mask), _mm256_and_si256(codes, high_mask));
                    sums[place] = _mm256_dpbusd_avx_epi32(sums[place], low_codes, low);
                    sixteenfold[place] = _mm256_dpbusd_avx_epi32(sixteenfold[place], high_codes, high);
                } else {
                    sums[place] = _mm256_dpbusd_avx_epi32(sums[place], codes, low);
                }
            }
        }
        if FOUR {
            for (sums, sixteenfold) in sums.iter_mut().zip(sixteenfold) {
                *sums = _mm256_add_epi32(*sums, _mm256_srai_epi32::<4>(sixteenfold));
            }
        }
        across(sums)
    }
}

//! Scores of codes with AVX-512 and its VNNI: 64 bytes of a row at a time, four rows together.
//!
//! ```text
//! for each four rows:
//!     for each block of a row:     1 load; low = block & 0x0f, high = block & 0xf0
//!                                  sum += low · query, sum16 += high · query      (vpdpbusd)
//!     sum + sum16 / 16             16 lanes a row
//!     turn 4 × 16 lanes into 16 lanes of which every fourth is of one row, adding on the way
//! ```
//!
//! A high nibble is not shifted, so it counts sixteen times. The sums of such products are multiples of sixteen, so
//! shifting each lane once a row gives the sum exactly. Shifting every block instead would cost as much as its products.
//! Adding the lanes of four rows while they are transposed takes 13 instructions; adding across each row alone would take
//! 28. A query of up to eight blocks stays in registers for the whole call.

#![expect(unsafe_code, reason = "loads and stores whole registers through a pointer, and computes where rows lie")]

use std::arch::x86_64::{
    __m128i, __m512i, _CMP_GE_OQ, _mm_add_epi32, _mm_storeu_si128, _mm256_add_epi32, _mm256_castsi256_si128,
    _mm256_extracti128_si256, _mm256_storeu_si256, _mm512_add_epi32, _mm512_add_epi64, _mm512_add_ps, _mm512_and_si512,
    _mm512_castsi128_si512, _mm512_castsi512_si256, _mm512_cmp_ps_mask, _mm512_cvtepi32_ps, _mm512_cvtepi64_epi32,
    _mm512_dpbusd_epi32, _mm512_extracti64x4_epi64, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mask_storeu_epi32,
    _mm512_maskz_compress_epi32, _mm512_maskz_loadu_epi8, _mm512_mul_ps, _mm512_popcnt_epi64, _mm512_reduce_add_epi64,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setr_epi32, _mm512_setzero_si512, _mm512_shuffle_i32x4,
    _mm512_srai_epi32, _mm512_storeu_si512, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::avx2_codes;
use super::codes::{self, CodeKernels, Threshold};
use super::prefetch::fetch;
use super::scoring::{AHEAD, TOGETHER};
use crate::codes::{BLOCK, CodeBits, CodeRows};

/// The longest query kept in registers, in blocks. The parameter `BLOCKS` of the functions below is 0 for a longer one.
const KEPT: usize = 8;

/// The kernels of a machine with AVX-512F; with its VNNI; with its population count and AVX-512BW.
pub(super) fn kernels(vnni: bool, popcnt: bool) -> CodeKernels {
    let mut kernels = avx2_codes::plain::KERNELS;
    // Miri does not know the comparison.
    if !cfg!(miri) {
        kernels.reaching = reaching;
    }
    if vnni {
        (kernels.score_codes, kernels.score_code_run) = (score_codes, score_code_run);
    }
    if popcnt {
        kernels.hamming_run = hamming_run;
    }
    kernels
}

/// Calls a function for the number of bits and blocks that the rows have.
macro_rules! dispatch {
    ($rows:expr, $function:ident($($argument:expr),*)) => {
        // SAFETY: the callers of this module's functions fulfil their obligations, and the number of blocks is that of the
        // rows.
        unsafe {
            match ($rows.bits(), $rows.stride() / BLOCK) {
                (CodeBits::Four, 1) => $function::<true, 1>($($argument),*),
                (CodeBits::Four, 2) => $function::<true, 2>($($argument),*),
                (CodeBits::Four, 3) => $function::<true, 3>($($argument),*),
                (CodeBits::Four, 4) => $function::<true, 4>($($argument),*),
                (CodeBits::Four, 5) => $function::<true, 5>($($argument),*),
                (CodeBits::Four, 6) => $function::<true, 6>($($argument),*),
                (CodeBits::Four, 7) => $function::<true, 7>($($argument),*),
                (CodeBits::Four, KEPT) => $function::<true, KEPT>($($argument),*),
                (CodeBits::Four, _) => $function::<true, 0>($($argument),*),
                (CodeBits::Eight, 1) => $function::<false, 1>($($argument),*),
                (CodeBits::Eight, 2) => $function::<false, 2>($($argument),*),
                (CodeBits::Eight, 3) => $function::<false, 3>($($argument),*),
                (CodeBits::Eight, 4) => $function::<false, 4>($($argument),*),
                (CodeBits::Eight, 5) => $function::<false, 5>($($argument),*),
                (CodeBits::Eight, 6) => $function::<false, 6>($($argument),*),
                (CodeBits::Eight, 7) => $function::<false, 7>($($argument),*),
                (CodeBits::Eight, KEPT) => $function::<false, KEPT>($($argument),*),
                (CodeBits::Eight, _) => $function::<false, 0>($($argument),*),
            }
        }
    };
}

/// # Safety
/// See [`CodeKernels`].
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn score_codes(rows: &CodeRows<'_>, query: &[i8], ids: &[u32], out: &mut [i32]) {
    dispatch!(rows, listed(rows, query, ids, out));
}

/// # Safety
/// See [`CodeKernels`].
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn score_code_run(rows: &CodeRows<'_>, query: &[i8], first: usize, out: &mut [i32]) {
    dispatch!(rows, run(rows, query, first, out));
}

/// # Safety
/// Rows have `BLOCKS` blocks, or any number if that is zero; ids, query and output fit the rows.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn listed<const FOUR: bool, const BLOCKS: usize>(
    rows: &CodeRows<'_>,
    query: &[i8],
    ids: &[u32],
    out: &mut [i32],
) {
    let start = rows.bytes().as_ptr();
    // A constant unless the query is long.
    let blocks = if BLOCKS == 0 { rows.stride() / BLOCK } else { BLOCKS };
    // SAFETY: the query has the length for rows of `blocks` blocks.
    let query = unsafe { Query::<FOUR, BLOCKS>::load(query, blocks) };
    // SAFETY: the caller's ids are of rows, so every row begins within the bytes.
    let row = |id: u32| unsafe { start.add(id as usize * blocks * BLOCK) };
    let fetch = |ids: &[u32]| {
        for &id in ids {
            (0..blocks).for_each(|block| fetch(row(id).wrapping_add(block * BLOCK)));
        }
    };
    fetch(&ids[..AHEAD.min(ids.len())]);
    let mut coming = ids.get(AHEAD..).unwrap_or(&[]).chunks(TOGETHER);
    let (groups, rest) = ids.as_chunks::<TOGETHER>();
    let (out, out_rest) = out.as_chunks_mut::<TOGETHER>();
    for (ids, out) in groups.iter().zip(out) {
        fetch(coming.next().unwrap_or(&[]));
        // SAFETY: all blocks of a row can be read, and the output has room for four numbers.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), across(query.sums::<TOGETHER>(ids.map(row)))) };
    }
    // SAFETY: as above.
    let sums = unsafe {
        match *rest {
            [] => return,
            [a] => query.sums([row(a)]),
            [a, b] => query.sums([row(a), row(b)]),
            [a, b, c] => query.sums([row(a), row(b), row(c)]),
            _ => unreachable!("what is left of groups of four"),
        }
    };
    put(out_rest, sums);
}

/// # Safety
/// Rows have `BLOCKS` blocks, or any number if that is zero; query and output fit the rows from `first` on.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn run<const FOUR: bool, const BLOCKS: usize>(rows: &CodeRows<'_>, query: &[i8], first: usize, out: &mut [i32]) {
    let stride = rows.stride();
    // SAFETY: the query has the length for rows of `stride / BLOCK` blocks.
    let query = unsafe { Query::<FOUR, BLOCKS>::load(query, stride / BLOCK) };
    let rows = rows.bytes()[first * stride..].as_ptr();
    // SAFETY: only called with rows of which the output has a place, so they are within the bytes.
    let row = |row: usize| unsafe { rows.add(row * stride) };
    let (sixteens, rest) = out.as_chunks_mut::<16>();
    for (group, out) in sixteens.iter_mut().enumerate() {
        let mut fours = [_mm512_setzero_si512(); 4];
        for (place, four) in fours.iter_mut().enumerate() {
            let first = group * 16 + place * TOGETHER;
            // SAFETY: all blocks of these rows can be read.
            *four = unsafe { query.sums::<TOGETHER>(std::array::from_fn(|place| row(first + place))) };
        }
        // SAFETY: the output has room for sixteen numbers.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), across_four(fours)) };
    }
    let first = sixteens.len() * 16;
    let last = (first + rest.len()).saturating_sub(1);
    for (group, out) in rest.chunks_mut(TOGETHER).enumerate() {
        let first = first + group * TOGETHER;
        // SAFETY: all blocks of these rows can be read; the last one stands in for those that are missing.
        put(out, unsafe { query.sums::<TOGETHER>(std::array::from_fn(|place| row((first + place).min(last)))) });
    }
}

/// A query, in registers if it has `BLOCKS` blocks and left where it is if that is zero.
struct Query<const FOUR: bool, const BLOCKS: usize> {
    low: [__m512i; BLOCKS],
    /// For four bits, what goes with the high nibbles.
    high: [__m512i; BLOCKS],
    start: *const i8,
    blocks: usize,
}

impl<const FOUR: bool, const BLOCKS: usize> Query<FOUR, BLOCKS> {
    /// # Safety
    /// The query is as long as rows of `blocks` blocks ask for; `BLOCKS` is that number or zero.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn load(query: &[i8], blocks: usize) -> Self {
        let zeros = [_mm512_setzero_si512(); BLOCKS];
        let mut loaded = Query { low: zeros, high: zeros, start: query.as_ptr(), blocks };
        for block in 0..BLOCKS {
            // SAFETY: the query has that block.
            unsafe { (loaded.low[block], loaded.high[block]) = loaded.read(block) };
        }
        loaded
    }

    /// # Safety
    /// The query has that block.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn read(&self, block: usize) -> (__m512i, __m512i) {
        // SAFETY: a block goes with 128 bytes of the query for four bits, with 64 for eight.
        unsafe {
            if FOUR {
                let start = self.start.add(block * 2 * BLOCK);
                (_mm512_loadu_si512(start.cast()), _mm512_loadu_si512(start.add(BLOCK).cast()))
            } else {
                (_mm512_loadu_si512(self.start.add(block * BLOCK).cast()), _mm512_setzero_si512())
            }
        }
    }

    /// The sums of up to four rows: those of row r are in lanes r, 4 + r, 8 + r and 12 + r.
    ///
    /// # Safety
    /// From each pointer the blocks of a row can be read, as many as the query has.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn sums<const ROWS: usize>(&self, rows: [*const u8; ROWS]) -> __m512i {
        let (low_mask, high_mask) = (_mm512_set1_epi8(0x0f), _mm512_set1_epi8(0xf0_u8 as i8));
        let mut sums = [_mm512_setzero_si512(); TOGETHER];
        let mut sixteenfold = [_mm512_setzero_si512(); TOGETHER];
        for block in 0..if BLOCKS == 0 { self.blocks } else { BLOCKS } {
            let (low, high) = if BLOCKS == 0 {
                // SAFETY: the query has this block.
                unsafe { self.read(block) }
            } else {
                (self.low[block], self.high[block])
            };
            for (place, row) in rows.iter().enumerate() {
                // SAFETY: the caller's promise.
                let codes = unsafe { _mm512_loadu_si512(row.add(block * BLOCK).cast()) };
                if FOUR {
                    sums[place] = _mm512_dpbusd_epi32(sums[place], _mm512_and_si512(codes, low_mask), low);
                    let codes = _mm512_and_si512(codes, high_mask);
                    sixteenfold[place] = _mm512_dpbusd_epi32(sixteenfold[place], codes, high);
                } else {
                    sums[place] = _mm512_dpbusd_epi32(sums[place], codes, low);
                }
            }
        }
        if FOUR {
            for (sums, sixteenfold) in sums.iter_mut().zip(sixteenfold) {
                *sums = _mm512_add_epi32(*sums, _mm512_srai_epi32::<4>(sixteenfold));
            }
        }
        let [a, b, c, d] = sums;
        let ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd))
    }
}

/// The four quarters of a register added up.
#[inline]
#[target_feature(enable = "avx512f")]
fn across(sums: __m512i) -> __m128i {
    let half = _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums));
    _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half))
}

/// Writes the sums of the first of four rows, as many as `out` has room for.
#[inline]
#[target_feature(enable = "avx512f")]
fn put(out: &mut [i32], sums: __m512i) {
    let sums = _mm512_castsi128_si512(across(sums));
    // SAFETY: the mask has one bit per number of the slice, and lanes without a bit are not written.
    unsafe { _mm512_mask_storeu_epi32(out.as_mut_ptr(), (1 << out.len().min(TOGETHER)) - 1, sums) };
}

/// [`across`] of four registers, one after the other.
#[inline]
#[target_feature(enable = "avx512f")]
fn across_four([a, b, c, d]: [__m512i; 4]) -> __m512i {
    // Quarters 0 and 2 of two registers, and quarters 1 and 3.
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let ab = _mm512_add_epi32(_mm512_shuffle_i32x4::<EVEN>(a, b), _mm512_shuffle_i32x4::<ODD>(a, b));
    let cd = _mm512_add_epi32(_mm512_shuffle_i32x4::<EVEN>(c, d), _mm512_shuffle_i32x4::<ODD>(c, d));
    _mm512_add_epi32(_mm512_shuffle_i32x4::<EVEN>(ab, cd), _mm512_shuffle_i32x4::<ODD>(ab, cd))
}

/// See [`CodeKernels`]. Call only where AVX-512F was detected.
#[target_feature(enable = "avx512f")]
fn reaching(scores: &[i32], errors: &[f32], threshold: Threshold, first: u32, found: &mut Vec<u32>) {
    let Threshold { score_scale, error_scale, threshold: least } = threshold;
    let (score_scale, error_scale) = (_mm512_set1_ps(score_scale), _mm512_set1_ps(error_scale));
    let least = _mm512_set1_ps(least);
    let (scores, scores_rest) = scores.as_chunks::<16>();
    let (errors, errors_rest) = errors.as_chunks::<16>();
    let places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let mut next = first;
    for (scores, errors) in scores.iter().zip(errors) {
        // SAFETY: the references guarantee sixteen numbers each, and these loads ask for no alignment.
        let (scores, errors) =
            unsafe { (_mm512_loadu_si512(scores.as_ptr().cast()), _mm512_loadu_ps(errors.as_ptr())) };
        let scores = _mm512_mul_ps(_mm512_cvtepi32_ps(scores), score_scale);
        let sums = _mm512_add_ps(scores, _mm512_mul_ps(errors, error_scale));
        let reached = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(sums, least);
        if reached != 0 {
            let numbers = _mm512_add_epi32(places, _mm512_set1_epi32(next as i32));
            let numbers = _mm512_maskz_compress_epi32(reached, numbers);
            found.reserve(16);
            // SAFETY: there is room for sixteen more numbers, all are written, and no more are taken than were found.
            unsafe {
                _mm512_storeu_si512(found.as_mut_ptr().add(found.len()).cast(), numbers);
                found.set_len(found.len() + reached.count_ones() as usize);
            }
        }
        // The last register may end at the largest `u32`.
        next = next.wrapping_add(16);
    }
    codes::reaching(scores_rest, errors_rest, threshold, next, found);
}

/// See [`CodeKernels`]. Call only where AVX-512F, AVX-512BW and AVX-512VPOPCNTDQ were detected.
///
/// Eight rows together, since a register holds eight sums of 64 bits.
#[target_feature(enable = "avx512f,avx512bw,avx512vpopcntdq")]
fn hamming_run(query: &[u8], rows: &[u8], out: &mut [u32]) {
    const ROWS: usize = 8;
    let stride = query.len();
    let mut counts = [_mm512_setzero_si512(); ROWS];
    let (eights, rest) = out.as_chunks_mut::<ROWS>();
    let (rows, rows_rest) = rows.split_at(eights.len() * ROWS * stride);
    // Rows of up to a register need the query once.
    let mask = present(stride);
    // SAFETY: the query has a byte for each bit of the mask.
    let first = unsafe { load_present(mask, query) };
    for (rows, out) in rows.chunks_exact(ROWS * stride).zip(eights) {
        for (count, row) in counts.iter_mut().zip(rows.chunks_exact(stride)) {
            // SAFETY: as for the query, which is as long.
            *count = differing(first, unsafe { load_present(mask, row) });
        }
        if stride > BLOCK {
            for (count, row) in counts.iter_mut().zip(rows.chunks_exact(stride)) {
                *count = _mm512_add_epi64(*count, count_long(&query[BLOCK..], &row[BLOCK..]));
            }
        }
        let eight = _mm512_cvtepi64_epi32(across_eight(counts));
        // SAFETY: the output has room for eight numbers.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), eight) };
    }
    for (row, out) in rows_rest.chunks_exact(stride).zip(rest) {
        *out = _mm512_reduce_add_epi64(count_long(query, row)) as u32;
    }
}

/// Bits that differ between two equally long rows, in eight sums.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vpopcntdq")]
fn count_long(query: &[u8], row: &[u8]) -> __m512i {
    let mut sums = _mm512_setzero_si512();
    for (query, row) in query.chunks(BLOCK).zip(row.chunks(BLOCK)) {
        let mask = present(query.len().min(row.len()));
        // SAFETY: both have a byte for each bit of the mask.
        let (query, row) = unsafe { (load_present(mask, query), load_present(mask, row)) };
        sums = _mm512_add_epi64(sums, differing(query, row));
    }
    sums
}

/// Bits that differ in each 64.
#[inline]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn differing(a: __m512i, b: __m512i) -> __m512i {
    _mm512_popcnt_epi64(_mm512_xor_si512(a, b))
}

/// A bit for each of the first 64 bytes.
#[inline(always)]
fn present(bytes: usize) -> u64 {
    if bytes < BLOCK { (1 << bytes) - 1 } else { u64::MAX }
}

/// The first bytes of a slice, as many as a mask of [`present`] has bits; zeros after them.
///
/// # Safety
/// `bytes` has at least as many bytes as the mask has bits.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn load_present(mask: u64, bytes: &[u8]) -> __m512i {
    // SAFETY: the caller's promise; bytes without a bit are not read.
    unsafe { _mm512_maskz_loadu_epi8(mask, bytes.as_ptr().cast()) }
}

/// The eight lanes of each register added up: one lane a register.
#[inline]
#[target_feature(enable = "avx512f")]
fn across_eight(sums: [__m512i; 8]) -> __m512i {
    let pair = |a, b| _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    // Quarters 0 and 2 of two registers, and quarters 1 and 3.
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let quarters = |a, b| _mm512_add_epi64(_mm512_shuffle_i32x4::<EVEN>(a, b), _mm512_shuffle_i32x4::<ODD>(a, b));
    let [a, b, c, d, e, f, g, h] = sums;
    quarters(quarters(pair(a, b), pair(c, d)), quarters(pair(e, f), pair(g, h)))
}

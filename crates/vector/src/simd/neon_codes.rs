//! Scores of codes in the 128-bit registers of AArch64: with NEON alone, and with the dot-product instructions.
//!
//! Both multiply signed bytes only. A nibble fits a signed byte, so a code of eight bits is taken as two nibbles, and the
//! sum of the high ones counts sixteen times.
//!
//! - `sdot` (FEAT_DotProd) adds four products to each 32-bit lane.
//! - NEON alone multiplies and adds in sixteen bits (`smlal`). A lane adds up 16 products of a block, each at most
//!   15 · 128: 30,720, which fits. Then neighbours are added into 32 bits (`sadalp`).

#![expect(unsafe_code, reason = "loads whole registers through a pointer, and two instructions without a name")]

use std::arch::aarch64::{
    int8x16_t, int32x4_t, uint8x16_t, vaddq_s32, vandq_u8, vdupq_n_s8, vdupq_n_s16, vdupq_n_s32, vdupq_n_u8,
    vget_low_s8, vld1q_s8, vld1q_u8, vmlal_high_s8, vmlal_s8, vpadalq_s16, vpaddq_s32, vreinterpretq_s8_u8,
    vshlq_n_s32, vshrq_n_u8, vst1q_s32,
};
use std::arch::asm;

use super::codes::{self, CodeKernels, Threshold};
use super::scoring::{AHEAD, TOGETHER, scoring};
use crate::codes::{BLOCK, CodeRows};
use crate::quantised::QuantisedRows;

/// Bytes of a register.
const REGISTER: usize = 16;
const REGISTERS: usize = BLOCK / REGISTER;

/// See [`CodeKernels`]. Call only where NEON was detected, as of each function here.
#[target_feature(enable = "neon")]
fn reaching(scores: &[i32], errors: &[f32], threshold: Threshold, first: u32, found: &mut Vec<u32>) {
    codes::reaching(scores, errors, threshold, first, found);
}

#[target_feature(enable = "neon")]
fn hamming_run(query: &[u8], rows: &[u8], out: &mut [u32]) {
    codes::hamming_run(query, rows, out);
}

#[target_feature(enable = "neon")]
fn unpack(rows: &CodeRows<'_>, first: usize, out: &mut QuantisedRows) {
    codes::unpack(rows, first, out);
}

/// Prefetches the cache line at a pointer, which may point anywhere.
#[inline(always)]
fn fetch(line: *const u8) {
    if cfg!(miri) {
        return;
    }
    // SAFETY: a prefetch reads nothing that the program can see, and does not fault.
    unsafe {
        asm!("prfm pldl1keep, [{line}]", line = in(reg) line, options(readonly, nostack, preserves_flags));
    }
}

/// The two nibbles of every byte, as signed bytes.
#[inline]
#[target_feature(enable = "neon")]
fn nibbles(codes: uint8x16_t) -> [int8x16_t; 2] {
    [vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(0x0f))), vreinterpretq_s8_u8(vshrq_n_u8::<4>(codes))]
}

/// `four` for a module with `Sums`, `NONE`, `add` and `whole`.
macro_rules! four {
    ($features:literal) => {
        scoring!($features);

        /// # Safety
        /// From each pointer `blocks` blocks can be read, and the query is as long as they ask for.
        #[inline]
        #[target_feature(enable = $features)]
        unsafe fn four<const FOUR: bool>(query: &[i8], blocks: usize, rows: [*const u8; TOGETHER]) -> [i32; TOGETHER] {
            // Of low nibbles, and of high ones.
            let mut sums = [[vdupq_n_s32(0); 2]; TOGETHER];
            let dimensions = if FOUR { 2 * BLOCK } else { BLOCK };
            for block in 0..blocks {
                // SAFETY: a block goes with 128 bytes of the query for four bits, with 64 for eight.
                let start = unsafe { query.as_ptr().add(block * dimensions) };
                let mut queries = [[vdupq_n_s8(0); 2]; REGISTERS];
                for (register, queries) in queries.iter_mut().enumerate() {
                    // SAFETY: as above.
                    unsafe {
                        queries[0] = vld1q_s8(start.add(register * REGISTER));
                        queries[1] = if FOUR { vld1q_s8(start.add(BLOCK + register * REGISTER)) } else { queries[0] };
                    }
                }
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let mut codes = [[vdupq_n_s8(0); 2]; REGISTERS];
                    for (register, codes) in codes.iter_mut().enumerate() {
                        // SAFETY: the caller's promise.
                        *codes = nibbles(unsafe { vld1q_u8(row.add(block * BLOCK + register * REGISTER)) });
                    }
                    if FOUR {
                        sums[0] = add(sums[0], codes.as_flattened(), queries.as_flattened());
                    } else {
                        for (nibble, sum) in sums.iter_mut().enumerate() {
                            *sum =
                                add(*sum, &codes.map(|codes| codes[nibble]), &queries.map(|queries| queries[nibble]));
                        }
                    }
                }
            }
            let [a, b, c, d] = sums.map(|[low, high]| vaddq_s32(low, vshlq_n_s32::<4>(high)));
            let mut out = [0; TOGETHER];
            // SAFETY: the array has room for four numbers.
            unsafe { vst1q_s32(out.as_mut_ptr(), vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d))) };
            out
        }
    };
}

/// With NEON alone.
pub(super) mod plain {
    use super::*;

    pub(in super::super) const KERNELS: CodeKernels =
        CodeKernels { score_codes, score_code_run, reaching, hamming_run, unpack };

    four!("neon");

    /// Adds the products of up to eight registers.
    #[inline]
    #[target_feature(enable = "neon")]
    fn add(sums: int32x4_t, codes: &[int8x16_t], queries: &[int8x16_t]) -> int32x4_t {
        let mut products = vdupq_n_s16(0);
        for (&codes, &queries) in codes.iter().zip(queries) {
            products = vmlal_s8(products, vget_low_s8(codes), vget_low_s8(queries));
            products = vmlal_high_s8(products, codes, queries);
        }
        vpadalq_s16(sums, products)
    }
}

/// With the dot-product instructions.
pub(super) mod dotprod {
    use super::*;

    pub(in super::super) const KERNELS: CodeKernels =
        CodeKernels { score_codes, score_code_run, reaching, hamming_run, unpack };

    four!("neon,dotprod");

    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    fn add(mut sums: int32x4_t, codes: &[int8x16_t], queries: &[int8x16_t]) -> int32x4_t {
        for (&codes, &queries) in codes.iter().zip(queries) {
            // SAFETY: the instruction, which this function's features promise, reads and writes registers only.
            unsafe {
                asm!(
                    "sdot {sums:v}.4s, {codes:v}.16b, {queries:v}.16b",
                    sums = inout(vreg) sums,
                    codes = in(vreg) codes,
                    queries = in(vreg) queries,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
        }
        sums
    }
}

//! The eight-bit product in the 128-bit registers of AArch64: with NEON alone, with the dot-product instructions, and
//! with the matrix instructions of `i8mm`.
//!
//! A register of a panel's line holds four inputs of each of four columns.
//!
//! - `sdot` (FEAT_DotProd) multiplies four signed bytes of A, one lane of a register, by those of each column and adds
//!   the four products to the column's sum.
//! - NEON alone multiplies bytes into sixteen bits (`smull`), adds neighbours (`addp`) and then pairs of those into the
//!   sums (`sadalp`).
//!
//! Both want A signed, so its bytes are taken as `a − 128`: of two products, each at most 128 · 127, the sum fits sixteen
//! bits, and nothing saturates. Taking 128 off every byte of A takes 128 times the column's sum off the result, which the
//! row's zero makes good.
//!
//! `usmmla` (FEAT_I8MM) takes bytes of A as they are, and eight inputs of two rows and two columns at once: twice the
//! products of `sdot`. Two lines of a panel interleaved column by column give the eight inputs of a column.
//!
//! ```text
//! for each panel, for each quarter of it:     8 columns
//!     for each 8 rows of A:                    16 sums
//!         for each four lines:                 8 loads of A; for each line 2 loads and 16 sdot
//!                                              or for each two lines 4 loads, 8 interleavings and 16 usmmla
//!         for each line left over:             2 loads, 8 broadcasts of four bytes, 16 sdot
//! ```
//!
//! Not measured on a machine yet. By LLVM's model of Neoverse N2 (`llvm-mca`) the loop over four lines does 28 products a
//! cycle with `sdot` and 43 with `usmmla`; its units could do 32 and 64, but interleaving takes the rest.
//!
//! The instructions are written as assembly: Rust 1.95 has no stable names for them (`vdotq_laneq_s32`, `vusmmlaq_s32`).

#![expect(
    unsafe_code,
    reason = "loads and stores whole registers through a pointer, and two instructions without a name"
)]

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int32x4_t, uint8x16_t, vaddq_f32, vcvtq_f32_s32, vdupq_laneq_s32, vdupq_n_s8, vdupq_n_s32,
    veorq_s8, vget_low_s8, vld1q_f32, vld1q_s8, vld1q_s32, vld1q_u8, vmlsq_n_s32, vmull_high_s8, vmull_s8, vmulq_f32,
    vmulq_n_f32, vpadalq_s16, vpaddq_s16, vreinterpretq_s8_s32, vreinterpretq_s8_u8, vreinterpretq_s32_s8,
    vreinterpretq_s32_s64, vreinterpretq_s64_s32, vreinterpretq_u8_s32, vreinterpretq_u8_u64, vreinterpretq_u64_u8,
    vst1q_f32, vzip1q_s32, vzip1q_s64, vzip1q_u64, vzip2q_s32, vzip2q_s64, vzip2q_u64,
};
use std::arch::asm;

use super::neon::put;
use super::product_int8::{PanelInt8, ProductInt8};
use crate::quantised::{GROUP, LINE};

const LANES: usize = 4;
/// Columns computed at a time: a quarter of a panel.
const TILE_COLUMNS: usize = 2 * LANES;
/// Rows computed at a time: sixteen sums, eight registers of A, two of weights, and a few to work with.
const TILE_ROWS: usize = 8;
/// Lines that one register of a row of A goes with.
const LINES: usize = 4;

/// A few rows of the product, a quarter of a panel wide.
struct Tile<'a> {
    a: *const u8,
    a_stride: usize,
    scales: &'a [f32],
    zeros: &'a [i32],
    panel: PanelInt8<'a>,
    first: usize,
}

impl Tile<'_> {
    /// Sixteen bytes of a row of A, which are multiplied with four lines from `group` on.
    ///
    /// # Safety
    /// The row has them.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn sixteen(&self, row: usize, group: usize) -> uint8x16_t {
        // SAFETY: the caller's promise.
        unsafe { vld1q_u8(self.a.add(row * self.a_stride + group * GROUP)) }
    }

    /// The four bytes of a row of A that go with one line, four times.
    ///
    /// # Safety
    /// The row has them.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn four(&self, row: usize, group: usize) -> uint8x16_t {
        // SAFETY: the caller's promise; the pointer need not be aligned.
        let four = unsafe { self.a.add(row * self.a_stride + group * GROUP).cast::<i32>().read_unaligned() };
        vreinterpretq_u8_s32(vdupq_n_s32(four))
    }

    /// The weights of a line for the tile's columns, four columns in each register.
    #[inline]
    #[target_feature(enable = "neon")]
    fn weights(&self, line: &[u8; LINE]) -> [int8x16_t; 2] {
        let columns = &line[self.first * GROUP..][..TILE_COLUMNS * GROUP];
        // SAFETY: the slice holds the 32 bytes of two registers.
        unsafe { [vld1q_s8(columns.as_ptr().cast()), vld1q_s8(columns.as_ptr().add(16).cast())] }
    }

    /// `super::product_int8::number`, eight columns at a time, where `offset` was taken off every byte of A.
    #[inline]
    #[target_feature(enable = "neon")]
    fn numbers(&self, row: usize, sums: [int32x4_t; 2], offset: i32) -> [f32; TILE_COLUMNS] {
        let PanelInt8 { scales, bias, sums: columns, .. } = self.panel;
        let mut out = [0.0; TILE_COLUMNS];
        for (half, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let first = self.first + half * LANES;
            // SAFETY: the rows of a panel hold 32 numbers, of which 8 follow `self.first`; `out` holds 4.
            unsafe {
                let whole = vmlsq_n_s32(sums[half], vld1q_s32(columns.as_ptr().add(first)), self.zeros[row] - offset);
                let scale: float32x4_t = vmulq_n_f32(vld1q_f32(scales.as_ptr().add(first)), self.scales[row]);
                let number = vaddq_f32(vmulq_f32(vcvtq_f32_s32(whole), scale), vld1q_f32(bias.as_ptr().add(first)));
                vst1q_f32(out.as_mut_ptr(), number);
            }
        }
        out
    }
}

/// The loops around a module's `compute`.
macro_rules! product {
    ($feature:literal) => {
        /// See [`ProductInt8`]. Call only where this module's instruction sets were detected.
        #[target_feature(enable = $feature)]
        pub(in super::super) fn matmul_int8(product: &mut ProductInt8<'_>) {
            let ProductInt8 { a, b, out, out_stride } = product;
            for (panel, columns) in ProductInt8::panels(b) {
                for first in (0..columns.len()).step_by(TILE_COLUMNS) {
                    let width = TILE_COLUMNS.min(columns.len() - first);
                    let mut row = 0;
                    while row < a.rows() {
                        let height = TILE_ROWS.min(a.rows() - row);
                        let tile = Tile {
                            a: a.bytes()[row * a.stride()..].as_ptr(),
                            a_stride: a.stride(),
                            scales: &a.scales()[row..],
                            zeros: &a.zeros()[row..],
                            panel,
                            first,
                        };
                        // SAFETY: a row of A has four bytes for every line of a panel, since both are as long, and
                        // `height` rows from `row` on are within A's.
                        let numbers = unsafe {
                            match height {
                                1 => compute::<1>(&tile),
                                2 => compute::<2>(&tile),
                                3 => compute::<3>(&tile),
                                4 => compute::<4>(&tile),
                                5 => compute::<5>(&tile),
                                6 => compute::<6>(&tile),
                                7 => compute::<7>(&tile),
                                _ => compute::<TILE_ROWS>(&tile),
                            }
                        };
                        for (offset, numbers) in numbers.iter().take(height).enumerate() {
                            let start = (row + offset) * *out_stride + columns.start + first;
                            put(&mut out[start..start + width], numbers);
                        }
                        row += height;
                    }
                }
            }
        }
    };
}

/// `compute` for a module whose `add_products` takes four signed bytes of A from a lane.
macro_rules! by_lane {
    ($feature:literal) => {
        product!($feature);

        /// `HEIGHT` rows of 8 columns; rows above `HEIGHT` are zero.
        ///
        /// # Safety
        /// Four bytes for every line of the panel can be read in each of `HEIGHT` rows at `tile.a`.
        #[inline]
        #[target_feature(enable = $feature)]
        unsafe fn compute<const HEIGHT: usize>(tile: &Tile<'_>) -> [[f32; TILE_COLUMNS]; TILE_ROWS] {
            let mut sums = [[vdupq_n_s32(0); 2]; HEIGHT];
            let (blocks, rest) = tile.panel.lines.as_chunks::<LINES>();
            for (block, lines) in blocks.iter().enumerate() {
                let mut x = [vdupq_n_s8(0); HEIGHT];
                for (row, x) in x.iter_mut().enumerate() {
                    // SAFETY: the caller's promise: four bytes for each of the four lines.
                    *x = signed(unsafe { tile.sixteen(row, block * LINES) });
                }
                add_line::<HEIGHT, 0>(&mut sums, &x, tile.weights(&lines[0]));
                add_line::<HEIGHT, 1>(&mut sums, &x, tile.weights(&lines[1]));
                add_line::<HEIGHT, 2>(&mut sums, &x, tile.weights(&lines[2]));
                add_line::<HEIGHT, 3>(&mut sums, &x, tile.weights(&lines[3]));
            }
            for (group, line) in rest.iter().enumerate() {
                let mut x = [vdupq_n_s8(0); HEIGHT];
                for (row, x) in x.iter_mut().enumerate() {
                    // SAFETY: the caller's promise.
                    *x = signed(unsafe { tile.four(row, blocks.len() * LINES + group) });
                }
                add_line::<HEIGHT, 0>(&mut sums, &x, tile.weights(line));
            }
            let mut out = [[0.0; TILE_COLUMNS]; TILE_ROWS];
            for (row, (sums, out)) in sums.iter().zip(&mut out).enumerate() {
                *out = tile.numbers(row, *sums, 128);
            }
            out
        }

        /// Adds a line's products with one lane of every row.
        #[inline]
        #[target_feature(enable = $feature)]
        fn add_line<const HEIGHT: usize, const LANE: i32>(
            sums: &mut [[int32x4_t; 2]; HEIGHT],
            x: &[int8x16_t; HEIGHT],
            weights: [int8x16_t; 2],
        ) {
            for (sums, &x) in sums.iter_mut().zip(x) {
                sums[0] = add_products::<LANE>(sums[0], weights[0], x);
                sums[1] = add_products::<LANE>(sums[1], weights[1], x);
            }
        }
    };
}

/// 128 taken off every byte: a byte's highest bit turned over.
#[inline]
#[target_feature(enable = "neon")]
fn signed(bytes: uint8x16_t) -> int8x16_t {
    veorq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(i8::MIN))
}

/// With NEON alone.
pub(super) mod plain {
    use super::*;

    by_lane!("neon");

    #[inline]
    #[target_feature(enable = "neon")]
    fn add_products<const LANE: i32>(sums: int32x4_t, weights: int8x16_t, x: int8x16_t) -> int32x4_t {
        let x = vreinterpretq_s8_s32(vdupq_laneq_s32::<LANE>(vreinterpretq_s32_s8(x)));
        let (low, high) = (vmull_s8(vget_low_s8(weights), vget_low_s8(x)), vmull_high_s8(weights, x));
        vpadalq_s16(sums, vpaddq_s16(low, high))
    }
}

/// With the dot-product instructions.
pub(super) mod dotprod {
    use super::*;

    by_lane!("neon,dotprod");

    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    fn add_products<const LANE: i32>(mut sums: int32x4_t, weights: int8x16_t, x: int8x16_t) -> int32x4_t {
        // SAFETY: the instruction, which this function's features promise, reads and writes registers only.
        unsafe {
            asm!(
                "sdot {sums:v}.4s, {weights:v}.16b, {x:v}.4b[{lane}]",
                sums = inout(vreg) sums,
                weights = in(vreg) weights,
                x = in(vreg) x,
                lane = const LANE,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        sums
    }
}

/// With the matrix instructions.
pub(super) mod i8mm {
    use super::*;

    product!("neon,i8mm");

    /// Pairs of rows in a tile.
    const PAIRS: usize = TILE_ROWS / 2;

    /// `HEIGHT` rows of 8 columns; rows above `HEIGHT` are zero.
    ///
    /// A sum register holds two rows by two columns. The last pair of an odd number of rows is one row twice.
    ///
    /// # Safety
    /// Four bytes for every line of the panel can be read in each of `HEIGHT` rows at `tile.a`.
    #[inline]
    #[target_feature(enable = "neon,i8mm")]
    unsafe fn compute<const HEIGHT: usize>(tile: &Tile<'_>) -> [[f32; TILE_COLUMNS]; TILE_ROWS] {
        // `HEIGHT.div_ceil(2)` cannot be the length of an array; what is not used falls away.
        let mut sums = [[vdupq_n_s32(0); 4]; PAIRS];
        let pairs = HEIGHT.div_ceil(2);
        let last = HEIGHT - 1;
        let (blocks, rest) = tile.panel.lines.as_chunks::<LINES>();
        for (block, lines) in blocks.iter().enumerate() {
            let near = interleave(tile.weights(&lines[0]), tile.weights(&lines[1]));
            let far = interleave(tile.weights(&lines[2]), tile.weights(&lines[3]));
            for (pair, sums) in sums.iter_mut().take(pairs).enumerate() {
                // SAFETY: the caller's promise: four bytes for each of the four lines, and no row is after the last.
                let (upper, lower) = unsafe {
                    (tile.sixteen(2 * pair, block * LINES), tile.sixteen(last.min(2 * pair + 1), block * LINES))
                };
                let (upper, lower) = (vreinterpretq_u64_u8(upper), vreinterpretq_u64_u8(lower));
                let x = vreinterpretq_u8_u64(vzip1q_u64(upper, lower));
                for (sums, &weights) in sums.iter_mut().zip(&near) {
                    *sums = add_products(*sums, x, weights);
                }
                let x = vreinterpretq_u8_u64(vzip2q_u64(upper, lower));
                for (sums, &weights) in sums.iter_mut().zip(&far) {
                    *sums = add_products(*sums, x, weights);
                }
            }
        }
        for (group, line) in rest.iter().enumerate() {
            // With weights of zero for the second four inputs it does not matter that the bytes of A are there twice.
            let weights = interleave(tile.weights(line), [vdupq_n_s8(0); 2]);
            for (pair, sums) in sums.iter_mut().take(pairs).enumerate() {
                let group = blocks.len() * LINES + group;
                // SAFETY: the caller's promise, and no row is after the last.
                let (upper, lower) = unsafe { (tile.four(2 * pair, group), tile.four(last.min(2 * pair + 1), group)) };
                let x = vreinterpretq_u8_u64(vzip1q_u64(vreinterpretq_u64_u8(upper), vreinterpretq_u64_u8(lower)));
                for (sums, &weights) in sums.iter_mut().zip(&weights) {
                    *sums = add_products(*sums, x, weights);
                }
            }
        }
        let mut out = [[0.0; TILE_COLUMNS]; TILE_ROWS];
        for (row, out) in out.iter_mut().take(HEIGHT).enumerate() {
            let wide = sums[row / 2].map(|two| vreinterpretq_s64_s32(two));
            let (left, right) = if row % 2 == 0 {
                (vzip1q_s64(wide[0], wide[1]), vzip1q_s64(wide[2], wide[3]))
            } else {
                (vzip2q_s64(wide[0], wide[1]), vzip2q_s64(wide[2], wide[3]))
            };
            *out = tile.numbers(row, [vreinterpretq_s32_s64(left), vreinterpretq_s32_s64(right)], 0);
        }
        out
    }

    /// Eight inputs of two columns in each register, from two lines with four inputs of each column.
    #[inline]
    #[target_feature(enable = "neon,i8mm")]
    fn interleave(first: [int8x16_t; 2], second: [int8x16_t; 2]) -> [int8x16_t; 4] {
        let (a, b) = (vreinterpretq_s32_s8(first[0]), vreinterpretq_s32_s8(second[0]));
        let (c, d) = (vreinterpretq_s32_s8(first[1]), vreinterpretq_s32_s8(second[1]));
        [
            vreinterpretq_s8_s32(vzip1q_s32(a, b)),
            vreinterpretq_s8_s32(vzip2q_s32(a, b)),
            vreinterpretq_s8_s32(vzip1q_s32(c, d)),
            vreinterpretq_s8_s32(vzip2q_s32(c, d)),
        ]
    }

    #[inline]
    #[target_feature(enable = "neon,i8mm")]
    fn add_products(mut sums: int32x4_t, x: uint8x16_t, weights: int8x16_t) -> int32x4_t {
        // SAFETY: the instruction, which this function's features promise, reads and writes registers only.
        unsafe {
            asm!(
                "usmmla {sums:v}.4s, {x:v}.16b, {weights:v}.16b",
                sums = inout(vreg) sums,
                x = in(vreg) x,
                weights = in(vreg) weights,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        sums
    }
}

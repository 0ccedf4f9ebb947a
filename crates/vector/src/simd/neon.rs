//! NEON: four numbers at a time.
//!
//! The 64 lanes of the inner product are 16 sums:
//!
//! ```text
//! while 64 numbers are left:  sum₀ += a[0..4]·b[0..4]   …   sum₁₅ += a[60..64]·b[60..64]
//! the last 0 to 63 the same way, copied in front of zeros
//! ```

#![expect(unsafe_code, reason = "loads and stores four floats through a pointer")]

use std::arch::aarch64::{
    float32x4_t, vadd_f32, vaddq_f32, vdupq_n_f32, vfmaq_laneq_f32, vfmaq_n_f32, vget_high_f32, vget_lane_f32,
    vget_low_f32, vld1_u16, vld1q_f32, vmulq_f32, vst1q_f32,
};
use std::arch::asm;

use super::product::Product;
use super::scalar::{DOT_LANES, filled_up};
use crate::packed::PANEL;

const LANES: usize = 4;
const SUMS: usize = DOT_LANES / LANES;

macro_rules! inner_product {
    ($(#[$doc:meta])* $name:ident, $number:ty, $load:expr) => {
        $(#[$doc])*
        #[target_feature(enable = "neon")]
        pub(super) fn $name(a: &[f32], b: &[$number]) -> f32 {
            let (blocks_a, rest_a) = a.as_chunks::<DOT_LANES>();
            let (blocks_b, rest_b) = b.as_chunks::<DOT_LANES>();
            let mut sums = [vdupq_n_f32(0.0); SUMS];
            let mut add = |x: &[f32; DOT_LANES], y: &[$number; DOT_LANES]| {
                for (sum, (x, y)) in sums.iter_mut().zip(x.as_chunks().0.iter().zip(y.as_chunks().0)) {
                    *sum = vaddq_f32(*sum, vmulq_f32(load(x), $load(y)));
                }
            };
            for (x, y) in blocks_a.iter().zip(blocks_b) {
                add(x, y);
            }
            if !rest_a.is_empty() {
                add(&filled_up(rest_a), &filled_up(rest_b));
            }
            across(sums)
        }
    };
}

inner_product! {
    /// Call only where NEON was detected, with slices of one length (a longer one is cut to the shorter).
    dot, f32, load
}
inner_product! {
    /// [`dot`] with half-precision numbers. Call only where NEON was detected, with slices of one length.
    dot_f16, u16, widen
}

/// Four half-precision numbers, widened. As assembly, since Rust 1.89 has no stable name for the instruction.
#[inline]
#[target_feature(enable = "neon")]
fn widen(halves: &[u16; LANES]) -> float32x4_t {
    // SAFETY: the reference guarantees eight readable bytes, and this load asks for no alignment.
    let halves = unsafe { vld1_u16(halves.as_ptr()) };
    let wide;
    // SAFETY: the instruction is NEON's, and reads and writes registers only.
    unsafe {
        asm!(
            "fcvtl {wide:v}.4s, {halves:v}.4h",
            wide = out(vreg) wide,
            halves = in(vreg) halves,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    wide
}

/// The lanes of an inner product added up in the order that `scalar::across` has.
#[inline]
#[target_feature(enable = "neon")]
fn across(sums: [float32x4_t; SUMS]) -> f32 {
    let sixteen =
        |part: usize| vaddq_f32(vaddq_f32(sums[part], sums[4 + part]), vaddq_f32(sums[8 + part], sums[12 + part]));
    let four = vaddq_f32(vaddq_f32(sixteen(0), sixteen(2)), vaddq_f32(sixteen(1), sixteen(3)));
    let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
}

#[inline]
#[target_feature(enable = "neon")]
fn load(numbers: &[f32; LANES]) -> float32x4_t {
    // SAFETY: the reference guarantees four readable floats, and this load asks for no alignment.
    unsafe { vld1q_f32(numbers.as_ptr()) }
}

super::elementwise::elementwise!(true, "neon");
super::elementwise::layer_norm!(true, "neon");
super::quantise::quantising!(true, "neon");
super::quantise::packing_rows!(true, "neon");
super::quantise::packing_columns!(true, "neon");

/// Columns of the product computed at a time: a quarter of a panel.
const TILE_COLUMNS: usize = 2 * LANES;
/// Rows computed at a time: sixteen sums, eight registers of A and two of the panel are 26 of the 32.
const TILE_ROWS: usize = 8;

/// `out = A · B + bias`, see [`Product`]. Call only where NEON was detected.
///
/// A multiply-add takes one of its factors from a single lane, so four numbers of a row of A are loaded at once and used
/// one after the other.
///
/// ```text
/// for each panel, for each quarter of it:     8 columns
///     for each 8 rows of A:
///         16 registers = bias
///         for each four lines:                8 loads of A; for each line 2 loads and 16 multiply-adds
///         for each line left over:            2 loads, 8 broadcasts, 16 multiply-adds
///         store
/// ```
#[target_feature(enable = "neon")]
pub(super) fn matmul(product: &mut Product<'_>) {
    let inputs = product.b.inputs();
    for (panel, columns) in product.b.panel_columns() {
        for first in (0..columns.len()).step_by(TILE_COLUMNS) {
            let width = TILE_COLUMNS.min(columns.len() - first);
            let mut row = 0;
            while row < product.rows {
                let height = TILE_ROWS.min(product.rows - row);
                let a = &product.a[row * product.a_stride..];
                let (stride, lines, bias) = (product.a_stride, &panel.lines[first..], &panel.bias[first..]);
                // SAFETY: `Product::new` made sure that A holds all rows, and a panel has a line of 32 for every input;
                // `height` rows from `row` on are within the product's, and `first` is 0, 8, 16 or 24.
                let sums = unsafe {
                    match height {
                        1 => tile::<1>(a, stride, inputs, lines, bias),
                        2 => tile::<2>(a, stride, inputs, lines, bias),
                        3 => tile::<3>(a, stride, inputs, lines, bias),
                        4 => tile::<4>(a, stride, inputs, lines, bias),
                        5 => tile::<5>(a, stride, inputs, lines, bias),
                        6 => tile::<6>(a, stride, inputs, lines, bias),
                        7 => tile::<7>(a, stride, inputs, lines, bias),
                        _ => tile::<TILE_ROWS>(a, stride, inputs, lines, bias),
                    }
                };
                for (offset, sums) in sums.iter().take(height).enumerate() {
                    let start = (row + offset) * product.out_stride + columns.start + first;
                    put(&mut product.out[start..start + width], sums);
                }
                row += height;
            }
        }
    }
}

/// Writes the first of eight numbers, as many as `out` has room for; all eight without a call of `memcpy`.
#[inline(always)]
pub(super) fn put(out: &mut [f32], numbers: &[f32; TILE_COLUMNS]) {
    match out.first_chunk_mut() {
        Some(whole) => *whole = *numbers,
        None => out.copy_from_slice(&numbers[..out.len()]),
    }
}

/// `HEIGHT` rows of 8 columns; rows above `HEIGHT` are zero.
///
/// # Safety
/// `HEIGHT` rows of `inputs` numbers, `stride` apart, can be read from `a`; from `lines` 8 numbers every 32, `inputs`
/// times; from `bias` 8 numbers.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn tile<const HEIGHT: usize>(
    a: &[f32],
    stride: usize,
    inputs: usize,
    lines: &[f32],
    bias: &[f32],
) -> [[f32; TILE_COLUMNS]; TILE_ROWS] {
    let mut out = [[0.0; TILE_COLUMNS]; TILE_ROWS];
    // SAFETY: the caller's promise covers every address read; what is written is a local array.
    unsafe {
        let (a, lines) = (a.as_ptr(), lines.as_ptr());
        let mut sums = [[vld1q_f32(bias.as_ptr()), vld1q_f32(bias.as_ptr().add(LANES))]; HEIGHT];
        let whole = inputs - inputs % LANES;
        for input in (0..whole).step_by(LANES) {
            let mut four = [vdupq_n_f32(0.0); HEIGHT];
            for (row, four) in four.iter_mut().enumerate() {
                *four = vld1q_f32(a.add(row * stride + input));
            }
            let line = lines.add(input * PANEL);
            add_line::<HEIGHT, 0>(&mut sums, &four, line);
            add_line::<HEIGHT, 1>(&mut sums, &four, line.add(PANEL));
            add_line::<HEIGHT, 2>(&mut sums, &four, line.add(2 * PANEL));
            add_line::<HEIGHT, 3>(&mut sums, &four, line.add(3 * PANEL));
        }
        for input in whole..inputs {
            let line = lines.add(input * PANEL);
            let (left, right) = (vld1q_f32(line), vld1q_f32(line.add(LANES)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = *a.add(row * stride + input);
                sums[0] = vfmaq_n_f32(sums[0], left, x);
                sums[1] = vfmaq_n_f32(sums[1], right, x);
            }
        }
        for (out, sums) in out.iter_mut().zip(&sums) {
            vst1q_f32(out.as_mut_ptr(), sums[0]);
            vst1q_f32(out.as_mut_ptr().add(LANES), sums[1]);
        }
    }
    out
}

/// Adds a line of the panel times one of each row's four numbers.
///
/// # Safety
/// Eight numbers can be read at `line`.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn add_line<const HEIGHT: usize, const LANE: i32>(
    sums: &mut [[float32x4_t; 2]; HEIGHT],
    four: &[float32x4_t; HEIGHT],
    line: *const f32,
) {
    // SAFETY: the caller's promise.
    let (left, right) = unsafe { (vld1q_f32(line), vld1q_f32(line.add(LANES))) };
    for (sums, &four) in sums.iter_mut().zip(four) {
        sums[0] = vfmaq_laneq_f32::<LANE>(sums[0], left, four);
        sums[1] = vfmaq_laneq_f32::<LANE>(sums[1], right, four);
    }
}

//! AVX-512F: sixteen numbers at a time.
//!
//! The inner product keeps 4 sums:
//!
//! ```text
//! while 64 numbers are left:  sum₀ += a[0..16]·b[0..16]   …   sum₃ += a[48..64]·b[48..64]
//! while 16 numbers are left:  sum₀ += a[0..16]·b[0..16]
//! the last 0 to 15 in one step, with the missing lanes read as zero
//! ```
//!
//! The masked load of the last step touches no memory behind the slice, so there is no scalar remainder.

#![expect(unsafe_code, reason = "loads and stores sixteen floats through a pointer")]

use std::arch::x86_64::{
    __m512, __mmask16, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps,
    _mm512_reduce_add_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

pub(super) use super::avx512_pack::pack_int8_transposed;
use super::product::Product;

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

super::elementwise::elementwise!(true, "avx512f");
super::quantise::quantising!(true, "avx512f");

/// Rows of the product computed at a time: with two registers a row and one line of the panel, 26 of the 32 registers.
const TILE_ROWS: usize = 12;

/// `out = A · B + bias`, see [`Product`]. Call only where AVX-512F was detected.
///
/// ```text
/// for each panel of 32 columns:              its lines stay in the cache while A passes by
///     for each 12 rows of A:
///         24 registers = bias
///         for each line of the panel:        2 loads, 12 broadcasts, 24 multiply-adds
///         store, the last panel masked
/// ```
#[target_feature(enable = "avx512f")]
pub(super) fn matmul(product: &mut Product<'_>) {
    let Product { a, a_stride, rows, b, out, out_stride } = product;
    for (panel, columns) in b.panel_columns() {
        let mut row = 0;
        while row < *rows {
            let height = TILE_ROWS.min(*rows - row);
            let tile = Tile {
                a: a[row * *a_stride..].as_ptr(),
                a_stride: *a_stride,
                inputs: b.inputs(),
                panel: panel.lines.as_ptr(),
                bias: panel.bias.as_ptr(),
                out: out[row * *out_stride + columns.start..].as_mut_ptr(),
                out_stride: *out_stride,
                columns: columns.len(),
            };
            // SAFETY: `Kernels::matmul` made sure that `a` and `out` hold all rows, and a panel has a line for every
            // input; `height` rows from `row` on are within `rows`.
            unsafe {
                match height {
                    1 => tile.compute::<1>(),
                    2 => tile.compute::<2>(),
                    3 => tile.compute::<3>(),
                    4 => tile.compute::<4>(),
                    5 => tile.compute::<5>(),
                    6 => tile.compute::<6>(),
                    7 => tile.compute::<7>(),
                    8 => tile.compute::<8>(),
                    9 => tile.compute::<9>(),
                    10 => tile.compute::<10>(),
                    11 => tile.compute::<11>(),
                    _ => tile.compute::<TILE_ROWS>(),
                }
            }
            row += height;
        }
    }
}

/// A few rows of the product, one panel wide.
struct Tile {
    a: *const f32,
    a_stride: usize,
    inputs: usize,
    panel: *const f32,
    bias: *const f32,
    out: *mut f32,
    out_stride: usize,
    columns: usize,
}

impl Tile {
    /// # Safety
    /// `HEIGHT` rows of `inputs` numbers can be read at `a`, `inputs` lines of 32 at `panel`, one at `bias`; `HEIGHT` rows
    /// of `columns` numbers can be written at `out`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn compute<const HEIGHT: usize>(&self) {
        // SAFETY: the caller's promise covers every address below; columns beyond `columns` are masked out.
        unsafe {
            let bias = [_mm512_loadu_ps(self.bias), _mm512_loadu_ps(self.bias.add(LANES))];
            let mut sums = [bias; HEIGHT];
            for input in 0..self.inputs {
                let line = self.panel.add(input * 2 * LANES);
                let (left, right) = (_mm512_loadu_ps(line), _mm512_loadu_ps(line.add(LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*self.a.add(row * self.a_stride + input));
                    sums[0] = _mm512_fmadd_ps(x, left, sums[0]);
                    sums[1] = _mm512_fmadd_ps(x, right, sums[1]);
                }
            }
            let present: u32 = if self.columns >= 32 { u32::MAX } else { (1 << self.columns) - 1 };
            for (row, sums) in sums.iter().enumerate() {
                let out = self.out.add(row * self.out_stride);
                _mm512_mask_storeu_ps(out, present as __mmask16, sums[0]);
                _mm512_mask_storeu_ps(out.wrapping_add(LANES), (present >> LANES) as __mmask16, sums[1]);
            }
        }
    }
}

//! AVX-512F: sixteen numbers at a time.
//!
//! The 64 lanes of the inner product are 4 sums:
//!
//! ```text
//! while 64 numbers are left:  sum₀ += a[0..16]·b[0..16]   …   sum₃ += a[48..64]·b[48..64]
//! the last 0 to 63 the same way, with the missing lanes read as zero
//! ```
//!
//! The masked loads of the last step touch no memory behind the slice, so there is no scalar remainder.

#![expect(unsafe_code, reason = "loads and stores sixteen floats through a pointer")]

use std::arch::x86_64::{
    __m512, __mmask16, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps, _mm256_add_ps,
    _mm256_castpd_ps, _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_loadu_si256, _mm512_add_ps,
    _mm512_castps_pd, _mm512_castps512_ps256, _mm512_cvtph_ps, _mm512_extractf64x4_pd, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::avx512_load::{LANES, load, load_rest};
pub(super) use super::avx512_pack::pack_int8_transposed;
use super::product::Product;
use super::scalar::{DOT_LANES, filled_up};

const SUMS: usize = 4;

/// Call only where AVX-512F was detected, with slices of one length (a longer one is cut to the shorter).
#[target_feature(enable = "avx512f")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<DOT_LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<DOT_LANES>();
    let mut sums = [_mm512_setzero_ps(); SUMS];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.as_chunks().0.iter().zip(y.as_chunks().0)) {
            *sum = _mm512_add_ps(*sum, _mm512_mul_ps(load(x), load(y)));
        }
    }
    for (sum, (x, y)) in sums.iter_mut().zip(rest_a.chunks(LANES).zip(rest_b.chunks(LANES))) {
        // A lane is never -0.0, so adding the 0.0 of a missing number leaves it as it is.
        *sum = _mm512_add_ps(*sum, _mm512_mul_ps(load_part(x), load_part(y)));
    }
    across(sums)
}

/// [`dot`] with half-precision numbers. Call only where AVX-512F was detected, with slices of one length.
#[target_feature(enable = "avx512f")]
pub(super) fn dot_f16(a: &[f32], b: &[u16]) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<DOT_LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<DOT_LANES>();
    let mut sums = [_mm512_setzero_ps(); SUMS];
    let mut add = |x: &[f32; DOT_LANES], y: &[u16; DOT_LANES]| {
        for (sum, (x, y)) in sums.iter_mut().zip(x.as_chunks().0.iter().zip(y.as_chunks().0)) {
            *sum = _mm512_add_ps(*sum, _mm512_mul_ps(load(x), widen(y)));
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

/// The lanes of an inner product added up in the order that `scalar::across` has.
#[inline]
#[target_feature(enable = "avx512f")]
fn across(sums: [__m512; SUMS]) -> f32 {
    let sixteen = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
    let upper = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(sixteen)));
    let eight = _mm256_add_ps(_mm512_castps512_ps256(sixteen), upper);
    let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

/// Sixteen half-precision numbers, widened.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen(halves: &[u16; LANES]) -> __m512 {
    // SAFETY: the reference guarantees 32 readable bytes, and this load asks for no alignment.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(halves.as_ptr().cast()) })
}

/// Loads sixteen numbers or fewer; the other lanes are zero.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_part(numbers: &[f32]) -> __m512 {
    match numbers.first_chunk() {
        Some(all) => load(all),
        None => load_rest(numbers),
    }
}

super::elementwise::layer_norm!(true, "avx512f");
super::quantise::packing_rows!(true, "avx512f");
pub(super) use super::avx512_rows::{gelu, gelu_quantise, quantise, softmax, softmax_quantise};

/// Rows of the product computed at a time: with two registers a row and one line of the panel, 26 of the 32 registers.
const TILE_ROWS: usize = 12;
/// Inputs of the panel that are used before going on to the next rows of A.
const DEPTH: usize = 192;

/// `out = A · B + bias`, see [`Product`]. Call only where AVX-512F was detected.
///
/// ```text
/// for each panel of 32 columns:
///     for each 192 lines of it:                  24 KiB, which stay in the first-level cache while A passes by
///         for each 12 rows of A:
///             24 registers = bias, or what the lines before gave
///             for each line:                     2 loads, 12 broadcasts, 24 multiply-adds
///             store, the last panel masked
/// ```
#[target_feature(enable = "avx512f")]
pub(super) fn matmul(product: &mut Product<'_>) {
    let Product { a, a_stride, rows, b, out, out_stride } = product;
    // Few rows of A need only one pass.
    let depth = if *rows > 2 * TILE_ROWS { DEPTH } else { b.inputs().max(1) };
    for (panel, columns) in b.panel_columns() {
        let blocks = (0..b.inputs().max(1)).step_by(depth);
        for (input, row) in blocks.flat_map(|input| (0..*rows).step_by(TILE_ROWS).map(move |row| (input, row))) {
            let height = TILE_ROWS.min(*rows - row);
            let tile = Tile {
                a: a[row * *a_stride + input..].as_ptr(),
                a_stride: *a_stride,
                inputs: depth.min(b.inputs() - input),
                panel: panel.lines[input * 2 * LANES..].as_ptr(),
                bias: if input == 0 { Some(panel.bias.as_ptr()) } else { None },
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
        }
    }
}

/// A few rows of the product, one panel wide, or the share of some inputs in it.
struct Tile {
    a: *const f32,
    a_stride: usize,
    inputs: usize,
    panel: *const f32,
    /// The initial value of the sums; `None` if it is already at `out`.
    bias: Option<*const f32>,
    out: *mut f32,
    out_stride: usize,
    columns: usize,
}

impl Tile {
    /// # Safety
    /// `HEIGHT` rows of `inputs` numbers can be read at `a`, `inputs` lines of 32 at `panel`, one at `bias`; `HEIGHT` rows
    /// of `columns` numbers can be written at `out`, and read if there is no `bias`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn compute<const HEIGHT: usize>(&self) {
        // SAFETY: the caller's promise covers every address below; columns beyond `columns` are masked out.
        unsafe {
            let present: u32 = if self.columns >= 32 { u32::MAX } else { (1 << self.columns) - 1 };
            let (present, beyond) = (present as __mmask16, (present >> LANES) as __mmask16);
            let mut sums = [[_mm512_setzero_ps(); 2]; HEIGHT];
            for (row, sums) in sums.iter_mut().enumerate() {
                *sums = match self.bias {
                    Some(bias) => [_mm512_loadu_ps(bias), _mm512_loadu_ps(bias.add(LANES))],
                    None => {
                        let out = self.out.add(row * self.out_stride);
                        let right = out.wrapping_add(LANES);
                        [_mm512_maskz_loadu_ps(present, out), _mm512_maskz_loadu_ps(beyond, right)]
                    }
                };
            }
            for input in 0..self.inputs {
                let line = self.panel.add(input * 2 * LANES);
                let (left, right) = (_mm512_loadu_ps(line), _mm512_loadu_ps(line.add(LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*self.a.add(row * self.a_stride + input));
                    sums[0] = _mm512_fmadd_ps(x, left, sums[0]);
                    sums[1] = _mm512_fmadd_ps(x, right, sums[1]);
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                let out = self.out.add(row * self.out_stride);
                _mm512_mask_storeu_ps(out, present, sums[0]);
                _mm512_mask_storeu_ps(out.wrapping_add(LANES), beyond, sums[1]);
            }
        }
    }
}

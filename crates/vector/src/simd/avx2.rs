//! AVX2 with fused multiply-add: eight numbers at a time.
//!
//! The 64 lanes of the inner product are 8 sums:
//!
//! ```text
//! while 64 numbers are left:  sum₀ += a[0..8]·b[0..8]   …   sum₇ += a[56..64]·b[56..64]
//! the last 0 to 63 the same way, copied in front of zeros
//! ```

#![expect(unsafe_code, reason = "loads and stores eight floats through a pointer")]

use std::arch::x86_64::{
    __m256, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_loadu_si128, _mm_movehdup_ps, _mm_movehl_ps, _mm256_add_ps,
    _mm256_broadcast_ss, _mm256_castps256_ps128, _mm256_cvtph_ps, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_mul_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use super::product::Product;
use super::scalar::{DOT_LANES, filled_up};
use crate::packed::PANEL;

const LANES: usize = 8;
const SUMS: usize = DOT_LANES / LANES;

macro_rules! inner_product {
    ($(#[$doc:meta])* $name:ident, $features:literal, $number:ty, $load:expr) => {
        $(#[$doc])*
        #[target_feature(enable = $features)]
        pub(super) fn $name(a: &[f32], b: &[$number]) -> f32 {
            let (blocks_a, rest_a) = a.as_chunks::<DOT_LANES>();
            let (blocks_b, rest_b) = b.as_chunks::<DOT_LANES>();
            let mut sums = [_mm256_setzero_ps(); SUMS];
            let mut add = |x: &[f32; DOT_LANES], y: &[$number; DOT_LANES]| {
                for (sum, (x, y)) in sums.iter_mut().zip(x.as_chunks().0.iter().zip(y.as_chunks().0)) {
                    *sum = _mm256_add_ps(*sum, _mm256_mul_ps(load(x), $load(y)));
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
    /// Call only where AVX2 was detected, with slices of one length (a longer one is cut to the shorter).
    dot, "avx2", f32, load
}
inner_product! {
    /// [`dot`] with half-precision numbers. Call only where AVX2 and F16C were detected, with slices of one length.
    dot_f16, "avx2,f16c", u16, widen
}

/// Eight half-precision numbers, widened.
#[inline]
#[target_feature(enable = "avx2,f16c")]
fn widen(halves: &[u16; LANES]) -> __m256 {
    // SAFETY: the reference guarantees 16 readable bytes, and this load asks for no alignment.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(halves.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(numbers: &[f32; LANES]) -> __m256 {
    // SAFETY: the reference guarantees eight readable floats, and this load asks for no alignment.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

/// The lanes of an inner product added up in the order that `scalar::across` has.
#[inline]
#[target_feature(enable = "avx2")]
fn across(sums: [__m256; SUMS]) -> f32 {
    let sixteen = |half: usize| {
        _mm256_add_ps(_mm256_add_ps(sums[half], sums[2 + half]), _mm256_add_ps(sums[4 + half], sums[6 + half]))
    };
    let eight = _mm256_add_ps(sixteen(0), sixteen(1));
    let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

super::elementwise::elementwise!(true, "avx2,fma");
super::elementwise::layer_norm!(true, "avx2,fma");
super::quantise::quantising!(true, "avx2,fma");
super::quantise::packing_rows!(true, "avx2,fma");
super::quantise::packing_columns!(true, "avx2,fma");

/// Rows of the product computed at a time: with two registers a row and half a line of the panel, 15 of the 16
/// registers.
const TILE_ROWS: usize = 6;
/// Columns computed at a time: half a panel.
const TILE_COLUMNS: usize = 2 * LANES;

/// `out = A · B + bias`, see [`Product`]: 6 rows by 16 columns at a time. Call only where AVX2 and FMA were detected.
#[target_feature(enable = "avx2,fma")]
pub(super) fn matmul(product: &mut Product<'_>) {
    let inputs = product.b.inputs();
    for (panel, columns) in product.b.panel_columns() {
        for half in (0..columns.len()).step_by(TILE_COLUMNS) {
            let width = TILE_COLUMNS.min(columns.len() - half);
            let mut row = 0;
            while row < product.rows {
                let height = TILE_ROWS.min(product.rows - row);
                let a = &product.a[row * product.a_stride..];
                let (stride, lines, bias) = (product.a_stride, &panel.lines[half..], &panel.bias[half..]);
                // SAFETY: `Product::new` made sure that A holds all rows, and a panel has a line of 32 for every input;
                // `height` rows from `row` on are within the product's, and `half` is 0 or 16.
                let sums = unsafe {
                    match height {
                        1 => tile::<1>(a, stride, inputs, lines, bias),
                        2 => tile::<2>(a, stride, inputs, lines, bias),
                        3 => tile::<3>(a, stride, inputs, lines, bias),
                        4 => tile::<4>(a, stride, inputs, lines, bias),
                        5 => tile::<5>(a, stride, inputs, lines, bias),
                        _ => tile::<TILE_ROWS>(a, stride, inputs, lines, bias),
                    }
                };
                for (offset, sums) in sums.iter().take(height).enumerate() {
                    let start = (row + offset) * product.out_stride + columns.start + half;
                    product.out[start..start + width].copy_from_slice(&sums[..width]);
                }
                row += height;
            }
        }
    }
}

/// `HEIGHT` rows of 16 columns; rows above `HEIGHT` are zero.
///
/// # Safety
/// `HEIGHT` rows of `inputs` numbers, `stride` apart, can be read from `a`; from `lines` 16 numbers every 32, `inputs`
/// times; from `bias` 16 numbers.
#[inline]
#[target_feature(enable = "avx2,fma")]
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
        let bias = [_mm256_loadu_ps(bias.as_ptr()), _mm256_loadu_ps(bias.as_ptr().add(LANES))];
        let mut sums = [bias; HEIGHT];
        for input in 0..inputs {
            let line = lines.as_ptr().add(input * PANEL);
            let (left, right) = (_mm256_loadu_ps(line), _mm256_loadu_ps(line.add(LANES)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = _mm256_broadcast_ss(&*a.as_ptr().add(row * stride + input));
                sums[0] = _mm256_fmadd_ps(x, left, sums[0]);
                sums[1] = _mm256_fmadd_ps(x, right, sums[1]);
            }
        }
        for (out, sums) in out.iter_mut().zip(&sums) {
            _mm256_storeu_ps(out.as_mut_ptr(), sums[0]);
            _mm256_storeu_ps(out.as_mut_ptr().add(LANES), sums[1]);
        }
    }
    out
}

//! The eight-bit product in 256-bit registers: with AVX2 alone, and with the AVX form of VNNI.
//!
//! AVX2 multiplies unsigned by signed bytes (`vpmaddubsw`) but adds two products in sixteen bits, where 2 · 255 · 127 does
//! not fit. So the bytes of A are taken as `a − 128`, which is signed: its absolute value, at most 128, is the unsigned
//! side, and its sign goes over to the weight (`vpsignb`), whose absolute value is at most 127. Two products are then at
//! most 32,512, and the sum is exact. Taking 128 off every byte of A takes 128 times the column's sum off the result, which
//! the row's zero makes good.
//!
//! AVX-VNNI has `vpdpbusd` for these registers and needs none of that.
//!
//! ```text
//! for each panel, for each half of it:        16 columns
//!     for each 4 rows of A:                    8 sums
//!         for each line:                       2 loads, 4 broadcasts, 8 · (sign, multiply, widen, add) or 8 vpdpbusd
//! ```

#![expect(unsafe_code, reason = "loads and stores whole registers through a pointer")]

use std::arch::x86_64::{
    __m256i, _mm256_abs_epi8, _mm256_add_epi32, _mm256_add_ps, _mm256_cvtepi32_ps, _mm256_dpbusd_avx_epi32,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_mullo_epi32,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_sign_epi8,
    _mm256_storeu_ps, _mm256_sub_epi32, _mm256_xor_si256,
};

use super::product_int8::{PanelInt8, ProductInt8};

const LANES: usize = 8;
/// Columns computed at a time: half a panel.
const TILE_COLUMNS: usize = 2 * LANES;
/// Rows computed at a time: eight sums, two registers of weights, and three or four to work with.
const TILE_ROWS: usize = 4;

macro_rules! product {
    ($feature:literal, $offset:expr, $prepare:expr, $add_products:expr) => {
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
                        // `height` rows from `row` on are within A's; `first` is 0 or 16.
                        let numbers = unsafe {
                            match height {
                                1 => compute::<1>(&tile),
                                2 => compute::<2>(&tile),
                                3 => compute::<3>(&tile),
                                _ => compute::<TILE_ROWS>(&tile),
                            }
                        };
                        for (offset, numbers) in numbers.iter().take(height).enumerate() {
                            let start = (row + offset) * *out_stride + columns.start + first;
                            out[start..start + width].copy_from_slice(&numbers[..width]);
                        }
                        row += height;
                    }
                }
            }
        }

        /// `HEIGHT` rows of 16 columns; rows above `HEIGHT` are zero.
        ///
        /// # Safety
        /// Four bytes for every line of the panel can be read in each of `HEIGHT` rows at `tile.a`; `tile.first` is 0
        /// or 16.
        #[inline]
        #[target_feature(enable = $feature)]
        unsafe fn compute<const HEIGHT: usize>(tile: &Tile<'_>) -> [[f32; TILE_COLUMNS]; TILE_ROWS] {
            let mut sums = [[_mm256_setzero_si256(); 2]; HEIGHT];
            for (group, line) in tile.panel.lines.iter().enumerate() {
                // SAFETY: a line is 128 bytes, of which 64 follow `first` columns of four; the caller's promise covers the
                // four bytes of each row.
                unsafe {
                    let columns = line.as_ptr().add(tile.first * 4);
                    let left = _mm256_loadu_si256(columns.cast());
                    let right = _mm256_loadu_si256(columns.add(32).cast());
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let four = tile.a.add(row * tile.a_stride + group * 4).cast::<i32>().read_unaligned();
                        let x = $prepare(_mm256_set1_epi32(four));
                        sums[0] = $add_products(sums[0], x, left);
                        sums[1] = $add_products(sums[1], x, right);
                    }
                }
            }
            let mut out = [[0.0; TILE_COLUMNS]; TILE_ROWS];
            for (row, (sums, out)) in sums.iter().zip(&mut out).enumerate() {
                let zero = _mm256_set1_epi32(tile.zeros[row] - $offset);
                for (half, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let PanelInt8 { scales, bias, sums: columns, .. } = tile.panel;
                    let first = tile.first + half * LANES;
                    // SAFETY: the rows of a panel hold 32 numbers, of which 8 follow `first`; `out` holds 8.
                    unsafe {
                        let columns = _mm256_loadu_si256(columns.as_ptr().add(first).cast());
                        let scales = _mm256_loadu_ps(scales.as_ptr().add(first));
                        let bias = _mm256_loadu_ps(bias.as_ptr().add(first));
                        let whole = _mm256_sub_epi32(sums[half], _mm256_mullo_epi32(zero, columns));
                        let scale = _mm256_mul_ps(_mm256_set1_ps(tile.scales[row]), scales);
                        let numbers = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(whole), scale), bias);
                        _mm256_storeu_ps(out.as_mut_ptr(), numbers);
                    }
                }
            }
            out
        }
    };
}

/// A few rows of the product, half a panel wide.
struct Tile<'a> {
    a: *const u8,
    a_stride: usize,
    scales: &'a [f32],
    zeros: &'a [i32],
    panel: PanelInt8<'a>,
    first: usize,
}

/// With AVX2 alone.
pub(super) mod plain {
    use super::*;

    /// 128 taken off every byte: a byte's highest bit turned over.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn signed(bytes: __m256i) -> __m256i {
        _mm256_xor_si256(bytes, _mm256_set1_epi8(-128))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add_products(sums: __m256i, x: __m256i, weights: __m256i) -> __m256i {
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(weights, x));
        _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }

    product!("avx2", 128, signed, add_products);
}

/// With AVX-VNNI.
pub(super) mod vnni {
    use super::*;

    product!("avx2,avxvnni", 0, std::convert::identity, _mm256_dpbusd_avx_epi32);
}

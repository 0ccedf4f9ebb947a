//! The eight-bit product with AVX-512 VNNI: 64 products at a time.
//!
//! `vpdpbusd` takes four unsigned bytes of A, the same in all lanes, and four signed bytes of each of sixteen columns,
//! and adds the four products to the lane's sum. Nothing saturates: a sum is at most 65,536 · 255 · 127.
//!
//! ```text
//! for each panel of 32 columns:               its lines stay in the cache while A passes by
//!     for each 12 rows of A:
//!         24 registers = 0
//!         for each line of the panel:         2 loads, 12 broadcasts of four bytes, 24 vpdpbusd
//!         24 registers to floats, times scales, plus bias, stored; the last panel masked
//! ```

#![expect(unsafe_code, reason = "loads and stores whole registers through a pointer")]

use std::arch::x86_64::{
    __m512, __m512i, __mmask16, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_mask_storeu_ps, _mm512_mul_ps, _mm512_mullo_epi32, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setzero_si512, _mm512_sub_epi32,
};

use super::product_int8::{PanelInt8, ProductInt8};

const LANES: usize = 16;
/// Rows computed at a time: with two registers a row, two for the line and one for the row's bytes, 27 of 32.
const TILE_ROWS: usize = 12;

/// See [`ProductInt8`]. Call only where AVX-512F and AVX-512 VNNI were detected.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) fn matmul_int8(product: &mut ProductInt8<'_>) {
    let ProductInt8 { a, b, out, out_stride } = product;
    for (panel, columns) in ProductInt8::panels(b) {
        let mut row = 0;
        while row < a.rows() {
            let height = TILE_ROWS.min(a.rows() - row);
            let tile = Tile {
                a: a.bytes()[row * a.stride()..].as_ptr(),
                a_stride: a.stride(),
                scales: &a.scales()[row..],
                zeros: &a.zeros()[row..],
                panel,
                out: out[row * *out_stride + columns.start..].as_mut_ptr(),
                out_stride: *out_stride,
                columns: columns.len(),
            };
            // SAFETY: `ProductInt8::new` made sure that `out` holds all rows; a row of A has four bytes for every line of
            // a panel, since both are as long; `height` rows from `row` on are within A's.
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
struct Tile<'a> {
    a: *const u8,
    a_stride: usize,
    scales: &'a [f32],
    zeros: &'a [i32],
    panel: PanelInt8<'a>,
    out: *mut f32,
    out_stride: usize,
    columns: usize,
}

impl Tile<'_> {
    /// # Safety
    /// Four bytes for every line of the panel can be read in each of `HEIGHT` rows at `a`; `HEIGHT` rows of `columns`
    /// numbers can be written at `out`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn compute<const HEIGHT: usize>(&self) {
        let mut sums = [[_mm512_setzero_si512(); 2]; HEIGHT];
        for (group, line) in self.panel.lines.iter().enumerate() {
            // SAFETY: a line is 128 bytes; the caller's promise covers the four bytes of each row.
            unsafe {
                let left = _mm512_loadu_si512(line.as_ptr().cast());
                let right = _mm512_loadu_si512(line.as_ptr().add(64).cast());
                for (row, sums) in sums.iter_mut().enumerate() {
                    let four = self.a.add(row * self.a_stride + group * 4).cast::<i32>().read_unaligned();
                    let x = _mm512_set1_epi32(four);
                    sums[0] = _mm512_dpbusd_epi32(sums[0], x, left);
                    sums[1] = _mm512_dpbusd_epi32(sums[1], x, right);
                }
            }
        }
        let present: u32 = if self.columns >= 32 { u32::MAX } else { (1 << self.columns) - 1 };
        for (row, sums) in sums.iter().enumerate() {
            // Not a closure: it would take the sums by reference, and they would live on the stack in the loop above.
            let (scale, zero) = (self.scales[row], self.zeros[row]);
            let numbers = [self.numbers(sums[0], scale, zero, 0), self.numbers(sums[1], scale, zero, LANES)];
            // SAFETY: the caller's promise covers `columns` numbers of the row; the others are masked out.
            unsafe {
                let out = self.out.add(row * self.out_stride);
                _mm512_mask_storeu_ps(out, present as __mmask16, numbers[0]);
                _mm512_mask_storeu_ps(out.wrapping_add(LANES), (present >> LANES) as __mmask16, numbers[1]);
            }
        }
    }

    /// `super::product_int8::number`, sixteen columns at a time.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn numbers(&self, sums: __m512i, scale: f32, zero: i32, first: usize) -> __m512 {
        let PanelInt8 { scales, bias, sums: columns, .. } = self.panel;
        // SAFETY: the rows of a panel hold 32 numbers, and `first` is 0 or 16.
        let (columns, scales, bias) = unsafe {
            (
                _mm512_loadu_si512(columns.as_ptr().add(first).cast()),
                _mm512_loadu_ps(scales.as_ptr().add(first)),
                _mm512_loadu_ps(bias.as_ptr().add(first)),
            )
        };
        let whole = _mm512_sub_epi32(sums, _mm512_mullo_epi32(_mm512_set1_epi32(zero), columns));
        _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(whole), _mm512_mul_ps(_mm512_set1_ps(scale), scales)), bias)
    }
}

//! Plain Rust: the definition of the other kernels, and the kernels that run everywhere.

use super::product::Product;
use super::product_int8::{ProductInt8, number};
use crate::packed::PANEL;
use crate::quantised::GROUP;

/// Running sums that an inner product keeps side by side, on every instruction set.
///
/// 64 lanes are four of the widest registers, and an addition takes four cycles. With half as many lanes, AVX-512 would
/// wait for its own additions.
pub(super) const DOT_LANES: usize = 64;
/// Lanes that are summed at a time here, so that they fit the registers of every 64-bit machine.
const PART: usize = 16;

/// The order of additions that every kernel keeps to: number i is multiplied, rounded and added to lane i mod 64, and
/// the lanes are added up by [`across`].
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    lanes(a, b, |&number| number)
}

/// [`dot`] with numbers in half precision, each widened first, which is exact.
pub(super) fn dot_f16(a: &[f32], b: &[u16]) -> f32 {
    lanes(a, b, |&half| widen(half))
}

#[inline(always)]
fn lanes<T: Copy + Default>(a: &[f32], b: &[T], number: impl Fn(&T) -> f32) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<DOT_LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<DOT_LANES>();
    let mut sums = [0.0; DOT_LANES];
    for (part, sums) in sums.as_chunks_mut::<PART>().0.iter_mut().enumerate() {
        let mut add = |x: &[f32; DOT_LANES], y: &[T; DOT_LANES]| {
            let (x, y) = (&x.as_chunks::<PART>().0[part], &y.as_chunks::<PART>().0[part]);
            for lane in 0..PART {
                sums[lane] += x[lane] * number(&y[lane]);
            }
        };
        for (x, y) in blocks_a.iter().zip(blocks_b) {
            add(x, y);
        }
    }
    for (sum, (x, y)) in sums.iter_mut().zip(rest_a.iter().zip(rest_b)) {
        *sum += x * number(y);
    }
    across(sums)
}

/// Adds the lanes of an inner product: always the first half and the second, except that the first step adds
/// neighbouring sixteens.
fn across(sums: [f32; DOT_LANES]) -> f32 {
    let mut sixteen: [f32; 16] = std::array::from_fn(|i| (sums[i] + sums[16 + i]) + (sums[32 + i] + sums[48 + i]));
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            sixteen[lane] += sixteen[half + lane];
        }
    }
    sixteen[0]
}

/// The last numbers of a vector with zeros after them. A lane is never -0.0, since it starts at 0.0, so adding the
/// product of two zeros leaves it as it is.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
#[inline]
pub(super) fn filled_up<T: Copy + Default>(rest: &[T]) -> [T; DOT_LANES] {
    let mut block = [T::default(); DOT_LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// The number that IEEE 754 half-precision bits stand for.
fn widen(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let (exponent, fraction) = (half >> 10 & 0x1f, half & 0x3ff);
    let magnitude = match exponent {
        // A subnormal: the fraction in steps of 2⁻²⁴.
        0 => (f32::from(fraction) / 16_777_216.0).to_bits(),
        // Infinite or NaN.
        31 => 0x7f80_0000 | u32::from(fraction) << 13,
        // The exponent is counted from 127 instead of 15.
        _ => (u32::from(exponent) + 112) << 23 | u32::from(fraction) << 13,
    };
    f32::from_bits(sign | magnitude)
}

super::elementwise::elementwise!(false);
super::elementwise::layer_norm!(false);

/// `out = A · B + bias`, see [`Product`]: one row of A against one panel at a time.
pub(super) fn matmul(product: &mut Product<'_>) {
    for (panel, columns) in product.b.panel_columns() {
        for row in 0..product.rows {
            let a = &product.a[row * product.a_stride..][..product.b.inputs()];
            let mut sums = [0.0; PANEL];
            sums.copy_from_slice(panel.bias);
            for (x, line) in a.iter().zip(panel.lines.as_chunks::<PANEL>().0) {
                for lane in 0..PANEL {
                    sums[lane] += x * line[lane];
                }
            }
            let out = &mut product.out[row * product.out_stride..][columns.clone()];
            out.copy_from_slice(&sums[..columns.len()]);
        }
    }
}

super::quantise::quantising!(false);
super::quantise::packing_rows!(false);
super::quantise::packing_columns!(false);

/// `out = A · B + bias` of bytes, see [`ProductInt8`]: one row of A against one panel at a time.
pub(super) fn matmul_int8(product: &mut ProductInt8<'_>) {
    let ProductInt8 { a, b, out, out_stride } = product;
    for (panel, columns) in ProductInt8::panels(b) {
        for row in 0..a.rows() {
            let groups = a.bytes()[row * a.stride()..][..a.stride()].as_chunks::<GROUP>().0;
            let mut sums = [0; PANEL];
            for (group, line) in groups.iter().zip(panel.lines) {
                for (sum, weights) in sums.iter_mut().zip(line.as_chunks::<GROUP>().0) {
                    for (&x, &weight) in group.iter().zip(weights) {
                        *sum += i32::from(x) * i32::from(weight as i8);
                    }
                }
            }
            let out = &mut out[row * *out_stride..][columns.clone()];
            for (column, out) in out.iter_mut().enumerate() {
                *out = number(sums[column], a.scales()[row], a.zeros()[row], &panel, column);
            }
        }
    }
}

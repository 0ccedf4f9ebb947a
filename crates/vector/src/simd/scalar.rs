//! Plain Rust: what the other kernels mean, and the ones that run everywhere.

use super::product::Product;
use super::product_int8::{ProductInt8, number};
use crate::packed::PANEL;
use crate::quantised::GROUP;

/// Running sums kept side by side. Without them each addition waits for the one before; with them the compiler may
/// use whatever vector registers the target always has.
const LANES: usize = 8;

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<LANES>();

    let mut sums = [0.0_f32; LANES];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    // Not `sum()`, which starts at -0.0 and would return it for an empty vector.
    let rest = rest_a.iter().zip(rest_b).fold(0.0, |sum, (x, y)| sum + x * y);
    sums.iter().fold(rest, |sum, lane| sum + lane)
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

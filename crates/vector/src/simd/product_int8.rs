//! The operands of an eight-bit product, checked once for all kernels, and how its sums become numbers.

use std::ops::Range;

use crate::packed::PANEL;
use crate::quantised::{LINE, PackedInt8, QuantisedRows};

/// `out = A · B + bias`, the rows of the product `out_stride` apart.
///
/// A value exists only after [`ProductInt8::new`] has made sure that everything lies within its slice.
pub(super) struct ProductInt8<'a> {
    pub(super) a: &'a QuantisedRows,
    pub(super) b: &'a PackedInt8,
    pub(super) out: &'a mut [f32],
    pub(super) out_stride: usize,
}

/// One panel of B: its lines, and the scales, sums and bias that turn the sums of its columns into numbers.
#[derive(Clone, Copy)]
pub(super) struct PanelInt8<'a> {
    pub(super) lines: &'a [[u8; LINE]],
    pub(super) scales: &'a [f32; PANEL],
    pub(super) bias: &'a [f32; PANEL],
    pub(super) sums: &'a [i32; PANEL],
}

impl<'a> ProductInt8<'a> {
    pub(super) fn new(a: &'a QuantisedRows, b: &'a PackedInt8, out: &'a mut [f32], out_stride: usize) -> Self {
        assert_eq!(a.inputs(), b.inputs(), "rows of A are as long as columns of B");
        assert!(out_stride >= b.outputs(), "rows must not overlap");
        if let Some(before) = a.rows().checked_sub(1) {
            assert!(out.len() >= before * out_stride + b.outputs(), "the product holds {} rows", a.rows());
        }
        ProductInt8 { a, b, out, out_stride }
    }

    /// Every panel of B with the columns of the product it makes.
    pub(super) fn panels(b: &PackedInt8) -> impl Iterator<Item = (PanelInt8<'_>, Range<usize>)> {
        let lines = b.panels().as_chunks::<LINE>().0.chunks_exact(b.lines().max(1));
        let numbers = b.scales().as_chunks().0.iter().zip(b.bias().as_chunks().0).zip(b.sums().as_chunks().0);
        let outputs = b.outputs();
        lines.zip(numbers).enumerate().map(move |(number, (lines, ((scales, bias), sums)))| {
            let first = number * PANEL;
            (PanelInt8 { lines, scales, bias, sums }, first..(first + PANEL).min(outputs))
        })
    }
}

/// The number that the sum of one column and one row stands for. No kernel fuses the multiplication and the addition, so
/// the last bit does not depend on the instruction set.
pub(super) fn number(sum: i32, row_scale: f32, row_zero: i32, panel: &PanelInt8<'_>, column: usize) -> f32 {
    (sum - row_zero * panel.sums[column]) as f32 * (row_scale * panel.scales[column]) + panel.bias[column]
}

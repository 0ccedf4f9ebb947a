//! The operands of a matrix product, checked once for all kernels.

use std::ops::Range;

use crate::packed::{PANEL, Packed};

/// `out = A · B + bias`: `rows` rows of A, `a_stride` apart, and as many rows of the product, `out_stride` apart.
///
/// A value exists only after [`Product::new`] has made sure that everything lies within its slice.
pub(super) struct Product<'a> {
    pub(super) a: &'a [f32],
    pub(super) a_stride: usize,
    pub(super) rows: usize,
    pub(super) b: &'a Packed,
    pub(super) out: &'a mut [f32],
    pub(super) out_stride: usize,
}

impl<'a> Product<'a> {
    pub(super) fn new(
        a: &'a [f32],
        a_stride: usize,
        rows: usize,
        b: &'a Packed,
        out: &'a mut [f32],
        out_stride: usize,
    ) -> Self {
        let (inputs, outputs) = (b.inputs(), b.outputs());
        assert!(a_stride >= inputs && out_stride >= outputs, "rows must not overlap");
        if let Some(before) = rows.checked_sub(1) {
            assert!(a.len() >= before * a_stride + inputs, "A holds {rows} rows of {inputs}");
            assert!(out.len() >= before * out_stride + outputs, "the product holds {rows} rows of {outputs}");
        }
        Product { a, a_stride, rows, b, out, out_stride }
    }
}

/// The lines of one panel, one for every input, and its part of the bias.
pub(super) struct Panel<'a> {
    pub(super) lines: &'a [f32],
    pub(super) bias: &'a [f32],
}

impl Packed {
    /// Every panel with the columns of the product it makes.
    pub(super) fn panel_columns(&self) -> impl Iterator<Item = (Panel<'_>, Range<usize>)> {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        (0..outputs).step_by(PANEL).enumerate().map(move |(number, first)| {
            let lines = &self.panels()[number * inputs * PANEL..(number + 1) * inputs * PANEL];
            let bias = &self.padded_bias()[first..first + PANEL];
            (Panel { lines, bias }, first..(first + PANEL).min(outputs))
        })
    }
}

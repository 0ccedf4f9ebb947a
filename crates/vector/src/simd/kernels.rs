//! The kernels of one instruction set, as safe functions: each checks the obligations of its kernel, and calls it.

#![expect(unsafe_code, reason = "calls kernels compiled for instruction sets that were detected at run time")]

use super::codes::{CodeKernels, Threshold};
use super::product::Product;
use super::product_int8::ProductInt8;
use crate::codes::CodeRows;
use crate::packed::Packed;
use crate::quantised::{PackedInt8, QuantisedRows};

/// The kernels of one instruction set.
///
/// A value exists only for instruction sets that this machine was found to have, so calling it is safe.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    /// The instruction set: `avx512`, `avx2`, `neon` or `scalar`.
    pub name: &'static str,
    /// The instruction set of the eight-bit product: `avx512-vnni`, `avx-vnni`, `avx2`, `neon-i8mm`, `neon-dotprod`,
    /// `neon` or `scalar`.
    pub int8: &'static str,
    /// Obligations of a caller: the machine has the instruction set, both slices are equally long.
    pub(super) dot: unsafe fn(&[f32], &[f32]) -> f32,
    pub(super) dot_f16: unsafe fn(&[f32], &[u16]) -> f32,
    pub(super) codes: CodeKernels,
    /// Obligation of a caller, here and below: the machine has the instruction set.
    pub(super) matmul: unsafe fn(&mut Product<'_>),
    pub(super) gelu: unsafe fn(&mut [f32]),
    pub(super) softmax: unsafe fn(&mut [f32], f32),
    pub(super) add_layer_norm: AddLayerNorm,
    pub(super) matmul_int8: unsafe fn(&mut ProductInt8<'_>),
    pub(super) quantise: unsafe fn(&[f32], usize, &mut QuantisedRows),
    pub(super) gelu_quantise: unsafe fn(&mut [f32], &mut QuantisedRows),
    pub(super) softmax_quantise: unsafe fn(&mut [f32], f32, &mut QuantisedRows),
    pub(super) pack_int8: PackInt8,
    pub(super) pack_int8_transposed: PackInt8,
}

/// Rows, stride, inputs, outputs, the matrix.
pub(super) type PackInt8 = unsafe fn(&[f32], usize, usize, usize, &mut PackedInt8);

/// Row, residual, gain, shift, epsilon.
pub(super) type AddLayerNorm = unsafe fn(&mut [f32], &[f32], &[f32], &[f32], f32);

impl Kernels {
    /// The inner product of two equally long vectors: the same bits on every instruction set.
    ///
    /// # Panics
    /// If the vectors differ in length.
    #[must_use]
    pub fn dot(&self, a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len(), "an inner product takes vectors of one length");
        // SAFETY: `available` makes a `Kernels` only after finding its instruction set, and nothing outside this folder
        // can, since the fields are private to it; the assertion above makes both slices equally long.
        unsafe { (self.dot)(a, b) }
    }

    /// [`Kernels::dot`] of a vector and one in half precision: IEEE 754 bits, each number widened first, which is exact.
    ///
    /// # Panics
    /// If the vectors differ in length.
    #[must_use]
    pub fn dot_f16(&self, a: &[f32], b: &[u16]) -> f32 {
        assert_eq!(a.len(), b.len(), "an inner product takes vectors of one length");
        // SAFETY: as for `dot`, the instruction set is there; the assertion above makes both slices equally long.
        unsafe { (self.dot_f16)(a, b) }
    }

    /// The score `Σ code · query` of each row in `ids`, in their order: the same numbers on every instruction set. Rows are
    /// prefetched about twelve ids ahead.
    ///
    /// # Panics
    /// If an id is not a row's, `out` holds another number of scores than there are ids, or the query is not
    /// [`query_len`](crate::CodeBits::query_len) long.
    pub fn score_codes(&self, rows: &CodeRows<'_>, query: &[i8], ids: &[u32], out: &mut [i32]) {
        check_query(rows, query);
        assert_eq!(out.len(), ids.len(), "a score for every id");
        // The compiler finds the largest id with vector code, which it would not use to compare each with the number of
        // rows.
        let largest = ids.iter().fold(0, |largest, &id| largest.max(id));
        assert!(ids.is_empty() || (largest as usize) < rows.len(), "id {largest} of {} rows", rows.len());
        // SAFETY: as for `dot`, the instruction set is there; the assertions are what the kernels ask for.
        unsafe { (self.codes.score_codes)(rows, query, ids, out) }
    }

    /// [`Kernels::score_codes`] of one row after another, from row `first` on.
    ///
    /// # Panics
    /// If `out` holds more scores than there are rows from `first` on, or the query is not
    /// [`query_len`](crate::CodeBits::query_len) long.
    pub fn score_code_run(&self, rows: &CodeRows<'_>, query: &[i8], first: usize, out: &mut [i32]) {
        check_query(rows, query);
        check_run(rows, first, out.len());
        // SAFETY: as for `dot`, the instruction set is there; the assertions are what the kernels ask for.
        unsafe { (self.codes.score_code_run)(rows, query, first, out) }
    }

    /// Turns the codes of `count` rows from row `first` on into the left-hand side of [`Kernels::matmul_int8`], with
    /// scale 1 and zero point 0. With queries packed by [`PackedInt8::whole`], the products are exactly the scores of
    /// [`Kernels::score_code_run`] as `f32`, and cheaper for many queries.
    ///
    /// # Panics
    /// If there are fewer than `count` rows from `first` on, or a score may be more than an `f32` holds exactly
    /// ([`CodeBits::scores_are_exact_in_f32`](crate::CodeBits::scores_are_exact_in_f32)).
    pub fn unpack_codes(&self, rows: &CodeRows<'_>, first: usize, count: usize, out: &mut QuantisedRows) {
        check_run(rows, first, count);
        let (bits, dim) = (rows.bits(), rows.dim());
        assert!(
            bits.scores_are_exact_in_f32(dim),
            "an f32 does not hold every score of {bits:?} bits, {dim} dimensions"
        );
        out.reshape(count, dim);
        // SAFETY: as for `dot`, the instruction set is there; the assertions are what the kernels ask for.
        unsafe { (self.codes.unpack)(rows, first, out) }
    }

    /// Appends `first + i` for every i at which `scores[i] · score_scale + errors[i] · error_scale ≥ threshold`, in
    /// ascending order: the same on every instruction set. A sum that is NaN does not reach it.
    ///
    /// # Panics
    /// If there are more or fewer errors than scores, or `first + i` would not fit.
    #[expect(clippy::too_many_arguments, reason = "one inequality and where its places are counted from")]
    pub fn reaching(
        &self,
        scores: &[i32],
        errors: &[f32],
        score_scale: f32,
        error_scale: f32,
        threshold: f32,
        first: u32,
        found: &mut Vec<u32>,
    ) {
        assert_eq!(scores.len(), errors.len(), "an error for every score");
        let room = (u32::MAX - first) as usize;
        assert!(scores.len().saturating_sub(1) <= room, "{} numbers from {first} on", scores.len());
        // SAFETY: as for `dot`, the instruction set is there; the assertions are what the kernels ask for.
        unsafe {
            (self.codes.reaching)(scores, errors, Threshold { score_scale, error_scale, threshold }, first, found)
        }
    }

    /// How many bits of `query` differ from those of each row; rows are as long as the query and follow one another.
    ///
    /// # Panics
    /// If `rows` does not hold a row for every place of `out`, and no more.
    pub fn hamming_run(&self, query: &[u8], rows: &[u8], out: &mut [u32]) {
        let bytes = query.len().checked_mul(out.len());
        assert_eq!(bytes, Some(rows.len()), "{} rows of {} bytes", out.len(), query.len());
        if query.is_empty() {
            return out.fill(0);
        }
        // SAFETY: as for `dot`, the instruction set is there; the assertion is what the kernels ask for.
        unsafe { (self.codes.hamming_run)(query, rows, out) }
    }

    /// The matrix product `out = A · B + bias`.
    ///
    /// A has `rows` rows, `a_stride` apart in `a`; the rows of the product are `out_stride` apart in `out`. Numbers between
    /// two rows are not changed.
    ///
    /// # Panics
    /// If a slice is too short, or a stride shorter than a row.
    pub fn matmul(&self, a: &[f32], a_stride: usize, rows: usize, b: &Packed, out: &mut [f32], out_stride: usize) {
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.matmul)(&mut Product::new(a, a_stride, rows, b, out, out_stride)) }
    }

    /// Replaces every number by its Gaussian error linear unit, `x · Φ(x)`.
    pub fn gelu(&self, numbers: &mut [f32]) {
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.gelu)(numbers) }
    }

    /// Replaces the numbers of a row by the shares `e^(scale · x) / Σ e^(scale · x)`.
    pub fn softmax(&self, row: &mut [f32], scale: f32) {
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.softmax)(row, scale) }
    }

    /// Adds `residual` to `row` and normalises the sum: mean 0, variance 1, then times `gain` plus `shift`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add_layer_norm(&self, row: &mut [f32], residual: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
        let n = row.len();
        assert!([residual.len(), gain.len(), shift.len()] == [n; 3], "four rows of one length");
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.add_layer_norm)(row, residual, gain, shift, epsilon) }
    }

    /// The product `out = A · B + bias` of bytes. The rows of the product are `out_stride` apart; numbers between two rows
    /// are not changed. Every kernel gives the same bits.
    ///
    /// # Panics
    /// If the sizes do not fit together, or `out` is too short.
    pub fn matmul_int8(&self, a: &QuantisedRows, b: &PackedInt8, out: &mut [f32], out_stride: usize) {
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.matmul_int8)(&mut ProductInt8::new(a, b, out, out_stride)) }
    }

    /// Rounds `rows` rows of `inputs` numbers, `stride` apart, to bytes.
    ///
    /// # Panics
    /// If `numbers` is too short.
    pub fn quantise(&self, numbers: &[f32], stride: usize, rows: usize, inputs: usize, out: &mut QuantisedRows) {
        check_rows(numbers, stride, rows, inputs);
        out.reshape(rows, inputs);
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.quantise)(numbers, stride, out) }
    }

    /// [`Kernels::gelu`] and then [`Kernels::quantise`] of rows of `inputs` numbers, row by row while a row is in the
    /// cache.
    ///
    /// # Panics
    /// If `numbers` is not a whole number of rows.
    pub fn gelu_quantise(&self, numbers: &mut [f32], inputs: usize, out: &mut QuantisedRows) {
        assert!(numbers.len().is_multiple_of(inputs), "whole rows of {inputs}");
        out.reshape(numbers.len() / inputs, inputs);
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.gelu_quantise)(numbers, out) }
    }

    /// Rounds the softmax shares `e^(scale · x) / Σ e^(scale · x)` of rows of `columns` numbers to bytes. The rounded
    /// shares of a row add up to one. The content of `scores` is then unspecified.
    ///
    /// # Panics
    /// If `scores` is not a whole number of rows.
    pub fn softmax_quantise(&self, scores: &mut [f32], columns: usize, scale: f32, out: &mut QuantisedRows) {
        assert!(scores.len().is_multiple_of(columns), "whole rows of {columns}");
        out.reshape(scores.len() / columns, columns);
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.softmax_quantise)(scores, scale, out) }
    }

    /// Packs a matrix of `inputs × outputs` from its rows, `stride` apart, with a scale for each column and no bias.
    ///
    /// # Panics
    /// If `rows` is too short.
    pub fn pack_int8(&self, rows: &[f32], stride: usize, inputs: usize, outputs: usize, packed: &mut PackedInt8) {
        check_rows(rows, stride, inputs, outputs);
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.pack_int8)(rows, stride, inputs, outputs, packed) }
    }

    /// Packs a matrix of `inputs × outputs` from its columns, `stride` apart, with a scale for each and no bias.
    ///
    /// # Panics
    /// If `columns` is too short.
    pub fn pack_int8_transposed(
        &self,
        columns: &[f32],
        stride: usize,
        inputs: usize,
        outputs: usize,
        packed: &mut PackedInt8,
    ) {
        check_rows(columns, stride, outputs, inputs);
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.pack_int8_transposed)(columns, stride, inputs, outputs, packed) }
    }
}

fn check_query(rows: &CodeRows<'_>, query: &[i8]) {
    let expected = rows.bits().query_len(rows.dim());
    assert_eq!(query.len(), expected, "a query for rows of {} numbers, filled up", rows.dim());
}

fn check_run(rows: &CodeRows<'_>, first: usize, count: usize) {
    let fits = first.checked_add(count).is_some_and(|end| end <= rows.len());
    assert!(fits, "{count} rows from row {first} on, of {}", rows.len());
}

fn check_rows(numbers: &[f32], stride: usize, rows: usize, inputs: usize) {
    assert!(stride >= inputs, "rows must not overlap");
    if let Some(before) = rows.checked_sub(1) {
        assert!(numbers.len() >= before * stride + inputs, "{rows} rows of {inputs} numbers");
    }
}

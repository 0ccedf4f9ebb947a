//! Arithmetic over rows, once per instruction set.
//!
//! [`scalar`](self) code says what a kernel means; the others say the same in wider registers and several sums at a
//! time. [`best`] looks at the processor once per process and keeps its choice. [`available`] lists every kernel that
//! this machine can run, which is what the tests compare and the benches time.
//!
//! | kernel   | machines                           | products per instruction |
//! |----------|------------------------------------|--------------------------|
//! | `avx512` | x86-64 with AVX-512F               | 16                       |
//! | `avx2`   | x86-64 with AVX2, FMA, F16C        | 8                        |
//! | `neon`   | AArch64                            | 4                        |
//! | `scalar` | all                                | whatever the compiler finds |
//!
//! A single running sum would wait four cycles for each addition before it could start the next, so every kernel
//! keeps several and adds them at the end. Where the order of additions is the kernel's own, or a multiplication and an
//! addition are fused, results differ in the last bits between kernels: the matrix product and the functions of the
//! encoder. What ranks answers gives the same bits everywhere:
//!
//! - The inner product has one order of additions, below, and no kernel fuses.
//! - Eight-bit products and scores of codes add whole numbers; their instruction sets have names of their own
//!   ([`Kernels::int8`]).
//!
//! ```text
//! lane l of 64:    s[l] = ((0 + a[l]·b[l]) + a[64+l]·b[64+l]) + a[128+l]·b[128+l] …
//! sixteen sums:    t[l] = (s[l] + s[16+l]) + (s[32+l] + s[48+l])
//! eight sums:      u[l] = t[l] + t[8+l]          then four, two and one the same way
//! ```
//!
//! The tests compare what the machine has. Those of AArch64 also run on another machine, under QEMU, with the
//! instruction sets of the processor that `-cpu` names: `max` has them all, `neoverse-n1` lacks `i8mm`, `cortex-a72`
//! lacks `dotprod` as well.
//!
//! ```text
//! CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
//! CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu" \
//! cargo test -p semsearch-vector --target aarch64-unknown-linux-gnu
//! ```
//!
//! Miri interprets the crate and finds reads and writes outside of a slice that the processor lets pass. It detects no
//! instruction sets but those the build is told to expect, so plain Rust alone runs unless they are named. It knows the
//! instructions of x86-64 (that of AVX-VNNI only where AVX-512VL is named too), but of AVX-512 none that take a minimum or
//! a maximum, estimate a reciprocal or compare into a mask, and none that widen half precision; of NEON it knows those of
//! the f32 products. Plain Rust stands in for `dot_f16` and `reaching`; tests that need the others are skipped. Under Miri
//! the tests take smaller sizes and a few minutes.
//!
//! ```text
//! rustup component add miri rust-src --toolchain nightly
//! cargo +nightly miri test -p semsearch-vector --lib
//! AVX2=+avx2,+fma,+f16c,+popcnt
//! RUSTFLAGS="-C target-feature=$AVX2" cargo +nightly miri test -p semsearch-vector --lib
//! AVX512=+avx512f,+avx512bw,+avx512vl,+avx512vnni,+avx512vpopcntdq
//! RUSTFLAGS="-C target-feature=$AVX2,+avxvnni,$AVX512" cargo +nightly miri test -p semsearch-vector --lib -- \
//!     --skip gelu --skip softmax --skip rounded --skip stand_for --skip largest_bytes --skip without_a_range
//! cargo +nightly miri test -p semsearch-vector --lib --target aarch64-unknown-linux-gnu -- \
//!     every_matrix_product documented_order
//! ```

#![expect(unsafe_code, reason = "calls kernels compiled for instruction sets that were detected at run time")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_codes;
#[cfg(target_arch = "x86_64")]
mod avx2_int8;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_codes;
#[cfg(target_arch = "x86_64")]
mod avx512_pack;
#[cfg(target_arch = "x86_64")]
mod avx512_rows;
#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
mod bytes;
mod codes;
mod elementwise;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon_codes;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon_int8;
mod offer;
mod prefetch;
mod product;
mod product_int8;
mod quantise;
mod scalar;
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
mod scoring;

use std::sync::OnceLock;

pub use bytes::add_scaled_bytes;
pub use offer::{Thresholds, offer_above, offer_above_each, offer_reaching};
pub use prefetch::prefetch;

use crate::codes::CodeRows;
use crate::packed::Packed;
use crate::quantised::{PackedInt8, QuantisedRows};
use codes::{CodeKernels, Threshold};
use product::Product;
use product_int8::ProductInt8;

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
    dot: unsafe fn(&[f32], &[f32]) -> f32,
    dot_f16: unsafe fn(&[f32], &[u16]) -> f32,
    codes: CodeKernels,
    /// Obligation of a caller, here and below: the machine has the instruction set.
    matmul: unsafe fn(&mut Product<'_>),
    gelu: unsafe fn(&mut [f32]),
    softmax: unsafe fn(&mut [f32], f32),
    add_layer_norm: AddLayerNorm,
    matmul_int8: unsafe fn(&mut ProductInt8<'_>),
    quantise: unsafe fn(&[f32], usize, &mut QuantisedRows),
    gelu_quantise: unsafe fn(&mut [f32], &mut QuantisedRows),
    softmax_quantise: unsafe fn(&mut [f32], f32, &mut QuantisedRows),
    pack_int8: PackInt8,
    pack_int8_transposed: PackInt8,
}

/// Rows, stride, inputs, outputs, the matrix.
type PackInt8 = unsafe fn(&[f32], usize, usize, usize, &mut PackedInt8);

/// Row, residual, gain, shift, epsilon.
type AddLayerNorm = unsafe fn(&mut [f32], &[f32], &[f32], &[f32], f32);

macro_rules! kernels {
    ($name:literal, $others:ident, $int8:literal, $matmul_int8:path, $codes:expr) => {
        Kernels {
            name: $name,
            int8: $int8,
            dot: $others::dot,
            // Miri does not know the instructions that widen.
            dot_f16: if cfg!(miri) { scalar::dot_f16 } else { $others::dot_f16 },
            codes: $codes,
            matmul: $others::matmul,
            gelu: $others::gelu,
            softmax: $others::softmax,
            add_layer_norm: $others::add_layer_norm,
            matmul_int8: $matmul_int8,
            quantise: $others::quantise,
            gelu_quantise: $others::gelu_quantise,
            softmax_quantise: $others::softmax_quantise,
            pack_int8: $others::pack_int8,
            pack_int8_transposed: $others::pack_int8_transposed,
        }
    };
}

/// The fastest kernels this machine can run, found once per process.
#[must_use]
pub fn best() -> &'static Kernels {
    static BEST: OnceLock<Kernels> = OnceLock::new();
    BEST.get_or_init(|| available()[0])
}

/// Every kernel this machine can run, fastest first. The last one is always `scalar`.
#[must_use]
pub fn available() -> Vec<Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // Every processor with AVX2 is known to have these two as well; without them it would have plain Rust.
        let avx2 = avx2 && is_x86_feature_detected!("f16c") && is_x86_feature_detected!("popcnt");
        if is_x86_feature_detected!("avx512f") && avx2 {
            let vnni = is_x86_feature_detected!("avx512vnni");
            let popcnt = is_x86_feature_detected!("avx512vpopcntdq") && is_x86_feature_detected!("avx512bw");
            let codes = avx512_codes::kernels(vnni, popcnt);
            if vnni {
                found.push(kernels!("avx512", avx512, "avx512-vnni", avx512_vnni::matmul_int8, codes));
            } else {
                found.push(kernels!("avx512", avx512, "avx2", avx2_int8::plain::matmul_int8, codes));
            }
        }
        if avx2 && is_x86_feature_detected!("avxvnni") {
            found.push(kernels!("avx2", avx2, "avx-vnni", avx2_int8::vnni::matmul_int8, avx2_codes::vnni::KERNELS));
        }
        if avx2 {
            found.push(kernels!("avx2", avx2, "avx2", avx2_int8::plain::matmul_int8, avx2_codes::plain::KERNELS));
        }
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    if std::arch::is_aarch64_feature_detected!("neon") {
        let dotprod = std::arch::is_aarch64_feature_detected!("dotprod");
        if std::arch::is_aarch64_feature_detected!("i8mm") {
            let codes = if dotprod { neon_codes::dotprod::KERNELS } else { neon_codes::plain::KERNELS };
            found.push(kernels!("neon", neon, "neon-i8mm", neon_int8::i8mm::matmul_int8, codes));
        }
        if dotprod {
            found.push(kernels!(
                "neon",
                neon,
                "neon-dotprod",
                neon_int8::dotprod::matmul_int8,
                neon_codes::dotprod::KERNELS
            ));
        }
        found.push(kernels!("neon", neon, "neon", neon_int8::plain::matmul_int8, neon_codes::plain::KERNELS));
    }
    found.push(kernels!("scalar", scalar, "scalar", scalar::matmul_int8, codes::SCALAR));
    found
}

impl Kernels {
    /// The inner product of two equally long vectors: the same bits on every instruction set.
    ///
    /// # Panics
    /// If the vectors differ in length.
    #[must_use]
    pub fn dot(&self, a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len(), "an inner product takes vectors of one length");
        // SAFETY: `available` makes a `Kernels` only after finding its instruction set, and no one else can, since
        // the field is private; the assertion above makes both slices equally long.
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

    /// The score `Σ code · query` of each row of `ids`, in their order: the same numbers on every instruction set. A row
    /// is fetched while those about twelve ids before it are scored.
    ///
    /// # Panics
    /// If an id is not a row's, `out` holds another number of scores than there are ids, or the query is not
    /// [`query_len`](crate::CodeBits::query_len) long.
    pub fn score_codes(&self, rows: &CodeRows<'_>, query: &[i8], ids: &[u32], out: &mut [i32]) {
        check_query(rows, query);
        assert_eq!(out.len(), ids.len(), "a score for every id");
        // The largest id is found several at a time; comparing each with the number of rows would not be.
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

    /// Turns the codes of `count` rows from row `first` on into the left-hand side of [`Kernels::matmul_int8`]: bytes that
    /// stand for themselves. Against queries packed by [`PackedInt8::whole`], the products are the scores of
    /// [`Kernels::score_code_run`] as `f32`, exactly, and cheaper than those where there are many queries.
    ///
    /// # Panics
    /// If there are not so many rows from `first` on, or a score may be more than an `f32` holds exactly
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
    /// ascending order: the same on every instruction set. A sum that is no number reaches nothing.
    ///
    /// # Panics
    /// If there are not as many errors as scores, or `first + i` would not fit.
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
    /// A has `rows` rows that lie `a_stride` apart in `a`; the product's lie `out_stride` apart in `out`. What lies
    /// between two rows is left as it is.
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

    /// The product `out = A · B + bias` of bytes. The product's rows lie `out_stride` apart; what lies between two is left
    /// as it is. Every kernel gives the same bits.
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

    /// [`Kernels::gelu`] of rows of `inputs` numbers, then [`Kernels::quantise`]; while a row is in the cache.
    ///
    /// # Panics
    /// If `numbers` is no whole number of rows.
    pub fn gelu_quantise(&self, numbers: &mut [f32], inputs: usize, out: &mut QuantisedRows) {
        assert!(numbers.len().is_multiple_of(inputs), "whole rows of {inputs}");
        out.reshape(numbers.len() / inputs, inputs);
        // SAFETY: as for `dot`, the instruction set is there.
        unsafe { (self.gelu_quantise)(numbers, out) }
    }

    /// Rounds the shares `e^(scale · x) / Σ e^(scale · x)` of rows of `columns` numbers to bytes. The shares of a row, as
    /// rounded, add up to one. What `scores` holds is then unspecified.
    ///
    /// # Panics
    /// If `scores` is no whole number of rows.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How large something is at most; less under Miri.
    const fn at_most(usually: usize, under_miri: usize) -> usize {
        if cfg!(miri) { under_miri } else { usually }
    }

    /// How far a computed inner product of `n` terms may lie from the true one.
    ///
    /// Whatever the order of the additions, and with or without fused multiplication, each product takes part in at
    /// most `n` roundings, each off by a factor of at most 1 ± 2⁻²⁴. The error is thus at most γ · Σ|aᵢbᵢ| with
    /// γ = n·2⁻²⁴ / (1 − n·2⁻²⁴). Products below the normal range add at most half the smallest subnormal each.
    fn rounding_bound(a: &[f32], b: &[f32]) -> f64 {
        let magnitude: f64 = a.iter().zip(b).map(|(x, y)| (f64::from(*x) * f64::from(*y)).abs()).sum();
        let roundings = a.len() as f64 * 2f64.powi(-24);
        roundings / (1.0 - roundings) * magnitude + a.len() as f64 * 2f64.powi(-150)
    }

    /// The sum in double precision, whose own error is a 2²⁹th of the bound above.
    fn exact(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    /// The additions in the order of this module's documentation.
    fn in_order(a: &[f32], b: &[f32]) -> f32 {
        let products: Vec<f32> = a.iter().zip(b).map(|(x, y)| x * y).collect();
        let lane = |lane: usize| products.iter().skip(lane).step_by(64).fold(0.0, |sum, product| sum + product);
        let s: Vec<f32> = (0..64).map(lane).collect();
        let t: Vec<f32> = (0..16).map(|l| (s[l] + s[16 + l]) + (s[32 + l] + s[48 + l])).collect();
        let u: Vec<f32> = (0..8).map(|l| t[l] + t[8 + l]).collect();
        let v: Vec<f32> = (0..4).map(|l| u[l] + u[4 + l]).collect();
        (v[0] + v[2]) + (v[1] + v[3])
    }

    /// What half-precision bits stand for, by their definition in powers of two.
    fn widened(half: u16) -> f32 {
        let (sign, exponent, fraction) = (half >> 15, i32::from(half >> 10 & 31), f64::from(half & 1023));
        let magnitude = match exponent {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
        };
        (if sign == 1 { -magnitude } else { magnitude }) as f32
    }

    /// Two vectors of one length whose elements span forty powers of two.
    fn pairs() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        let element = (-1.0f32..1.0, -20i32..20).prop_map(|(x, exponent)| x * 2f32.powi(exponent));
        prop::collection::vec((element.clone(), element), 0..at_most(1100, 150))
            .prop_map(|pairs| pairs.into_iter().unzip())
    }

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn every_kernel_is_as_close_to_the_true_product_as_rounding_allows((a, b) in pairs()) {
            for kernels in available() {
                let error = (f64::from(kernels.dot(&a, &b)) - exact(&a, &b)).abs();
                prop_assert!(error <= rounding_bound(&a, &b) * 1.000_001, "{}: {error:e}", kernels.name);
            }
        }

        #[test]
        fn every_kernel_has_the_bits_of_the_documented_order((a, b) in pairs(), seed in any::<u32>()) {
            let expected = in_order(&a, &b);
            // Any bits but those of infinite numbers and of what is no number.
            let finite = |x: &f32| (x.to_bits().wrapping_mul(seed | 1) >> 16) as u16 & 0xbfff;
            let halves: Vec<u16> = b.iter().map(finite).collect();
            let expected_halves = in_order(&a, &halves.iter().map(|&half| widened(half)).collect::<Vec<f32>>());
            for kernels in available() {
                prop_assert_eq!(kernels.dot(&a, &b).to_bits(), expected.to_bits(), "{}", kernels.name);
                let found = kernels.dot_f16(&a, &halves);
                prop_assert_eq!(found.to_bits(), expected_halves.to_bits(), "{} in half precision", kernels.name);
            }
        }

        #[test]
        fn where_a_vector_lies_in_memory_does_not_matter(a in prop::collection::vec(-1f32..1.0, 1..at_most(300, 100))) {
            for kernels in available() {
                let here = kernels.dot(&a, &a);
                for offset in 1..16 {
                    let mut moved = vec![f32::NAN; offset];
                    moved.extend_from_slice(&a);
                    moved.push(f32::NAN);
                    let there = &moved[offset..offset + a.len()];
                    prop_assert_eq!(here.to_bits(), kernels.dot(there, there).to_bits(), "{}", kernels.name);
                }
            }
        }
    }

    #[test]
    fn every_length_around_a_register_gives_whole_number_sums_exactly() {
        for len in 0..at_most(200, 70) {
            let counting: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let ones = vec![1.0; len];
            let sum = (len * len.saturating_sub(1) / 2) as f32;
            for kernels in available() {
                assert_eq!(kernels.dot(&counting, &ones), sum, "{} at length {len}", kernels.name);
            }
        }
    }

    #[test]
    fn every_half_precision_number_is_widened_exactly() {
        for kernels in available() {
            for half in (0..=u16::MAX).step_by(at_most(1, 97)) {
                let (found, expected) = (kernels.dot_f16(&[1.0], &[half]), widened(half));
                let same = found == expected || (found.is_nan() && expected.is_nan());
                assert!(same, "{}: {half:#x} became {found}, not {expected}", kernels.name);
            }
        }
    }

    #[test]
    fn no_kernel_returns_minus_zero() {
        // Hits are ordered by `total_cmp`, which ranks -0.0 below 0.0 and would break a tie by sign.
        for len in 0..70 {
            for kernels in available() {
                assert!(kernels.dot(&vec![-0.0; len], &vec![1.0; len]).is_sign_positive(), "{}", kernels.name);
                assert!(kernels.dot_f16(&vec![-0.0; len], &vec![0x3c00; len]).is_sign_positive(), "{}", kernels.name);
            }
        }
    }

    #[test]
    fn not_a_number_reaches_the_result_from_every_place() {
        for place in 0..70 {
            let mut a = vec![1.0; 70];
            a[place] = f32::NAN;
            for kernels in available() {
                assert!(kernels.dot(&a, &[1.0; 70]).is_nan(), "{} at {place}", kernels.name);
                assert!(kernels.dot_f16(&a, &[0x3c00; 70]).is_nan(), "{} at {place}", kernels.name);
            }
        }
    }

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn every_matrix_product_is_a_table_of_inner_products(
            (rows, inputs, outputs) in (1..at_most(30, 14), 1..at_most(50, 10), 1..at_most(80, 40)),
            gap in 0usize..3,
            seed in 0u32..1000,
        ) {
            let number = |place: usize| ((place as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 16) as f32 / 32768.0 - 1.0;
            let a: Vec<f32> = (0..rows * (inputs + gap)).map(number).collect();
            let weights: Vec<f32> = (0..inputs * outputs).map(|place| number(place + 7777)).collect();
            let bias: Vec<f32> = (0..outputs).map(|place| number(place + 99)).collect();
            let packed = Packed::linear(&weights, &bias, inputs);
            for kernels in available() {
                let mut out = vec![f32::NAN; rows * (outputs + gap)];
                kernels.matmul(&a, inputs + gap, rows, &packed, &mut out, outputs + gap);
                for row in 0..rows {
                    let a = &a[row * (inputs + gap)..][..inputs];
                    for column in 0..outputs {
                        let w = &weights[column * inputs..][..inputs];
                        let expected = exact(a, w) + f64::from(bias[column]);
                        let found = f64::from(out[row * (outputs + gap) + column]);
                        let bound = rounding_bound(a, w) * 2.0 + 1e-6;
                        prop_assert!((found - expected).abs() <= bound, "{} at {row}, {column}: {found} {expected}", kernels.name);
                    }
                    let between = &out[row * (outputs + gap) + outputs..(row + 1) * (outputs + gap)];
                    prop_assert!(between.iter().all(|x| x.is_nan()), "{}: what lies between rows is left alone", kernels.name);
                }
            }
        }

        #[test]
        fn softmax_gives_shares_that_add_up_to_one(row in prop::collection::vec(-60f32..60.0, 1..70), scale in 0.05f32..1.0) {
            let high = row.iter().copied().fold(f32::MIN, f32::max);
            let powers: Vec<f64> = row.iter().map(|x| (f64::from(x - high) * f64::from(scale)).exp()).collect();
            let sum: f64 = powers.iter().sum();
            for kernels in available() {
                let mut found = row.clone();
                kernels.softmax(&mut found, scale);
                for (found, power) in found.iter().zip(&powers) {
                    prop_assert!((f64::from(*found) - power / sum).abs() < 1e-6, "{}: {found}", kernels.name);
                }
            }
        }

        #[test]
        fn layer_normalisation_follows_its_formula(row in prop::collection::vec(-50f32..50.0, 2..70)) {
            let n = row.len() as f64;
            let residual: Vec<f32> = row.iter().rev().map(|x| x * 0.5 + 1.0).collect();
            let gain: Vec<f32> = row.iter().map(|x| x.sin()).collect();
            let shift: Vec<f32> = row.iter().map(|x| x.cos()).collect();
            let sums: Vec<f64> = row.iter().zip(&residual).map(|(x, r)| f64::from(x + r)).collect();
            let mean = sums.iter().sum::<f64>() / n;
            let variance = sums.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            for kernels in available() {
                let mut found = row.clone();
                kernels.add_layer_norm(&mut found, &residual, &gain, &shift, 1e-12);
                for (place, found) in found.iter().enumerate() {
                    let unit = if variance > 1e-6 { (sums[place] - mean) / (variance + 1e-12).sqrt() } else { continue };
                    let expected = unit * f64::from(gain[place]) + f64::from(shift[place]);
                    prop_assert!((f64::from(*found) - expected).abs() < 1e-3, "{}: {found} {expected}", kernels.name);
                }
            }
        }
    }

    #[test]
    fn gelu_agrees_with_known_values_and_between_kernels() {
        // x · Φ(x) from tables of the normal distribution.
        let known = [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_3), (2.0, 1.954_499_7), (-3.0, -0.004_049_7)];
        for kernels in available() {
            for (x, expected) in known {
                for length in [1, 17, 40] {
                    let mut numbers = vec![x; length];
                    kernels.gelu(&mut numbers);
                    assert!(numbers.iter().all(|y| (y - expected).abs() < 1e-6), "{}: {x} {numbers:?}", kernels.name);
                }
            }
            let mut far = [-1e4, -90.0, 90.0, 1e4];
            kernels.gelu(&mut far);
            assert_eq!(far, [0.0, 0.0, 90.0, 1e4], "{}", kernels.name);
        }
    }

    /// Numbers that look random and repeat with `seed`.
    fn noise(seed: u32, count: usize) -> Vec<f32> {
        let mix = |place: usize| (place as u32).wrapping_add(seed).wrapping_mul(2_654_435_761) ^ seed.rotate_left(13);
        (0..count).map(|place| (mix(place).wrapping_mul(0x9E37_79B9) >> 8) as f32 / 8_388_608.0 - 1.0).collect()
    }

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn every_eight_bit_product_has_the_bits_of_scalar(
            (rows, inputs, outputs) in (1..at_most(30, 14), 1..at_most(70, 20), 1..at_most(100, 40)),
            gap in 0usize..3,
            seed in any::<u32>(),
        ) {
            let (numbers, weights) = (noise(seed, rows * inputs), noise(seed ^ 1, outputs * inputs));
            let packed = PackedInt8::linear(&weights, &noise(seed ^ 2, outputs), inputs);
            let all = available();
            let scalar = all.last().unwrap();
            let mut a = QuantisedRows::default();
            scalar.quantise(&numbers, inputs, rows, inputs, &mut a);
            let stride = outputs + gap;
            let mut expected = vec![f32::NAN; rows * stride];
            scalar.matmul_int8(&a, &packed, &mut expected, stride);
            for kernels in &all {
                let mut found = vec![f32::NAN; rows * stride];
                kernels.matmul_int8(&a, &packed, &mut found, stride);
                for (found, expected) in found.iter().zip(&expected) {
                    prop_assert_eq!(found.to_bits(), expected.to_bits(), "{}", kernels.int8);
                }
            }
        }

        #[test]
        fn an_eight_bit_product_is_that_of_the_numbers_its_bytes_stand_for(
            (rows, inputs, outputs) in (1..9_usize, 1..at_most(40, 20), 1..at_most(50, 40)),
            seed in any::<u32>(),
        ) {
            let (weights, bias) = (noise(seed, outputs * inputs), noise(seed ^ 7, outputs));
            let packed = PackedInt8::linear(&weights, &bias, inputs);
            for kernels in available() {
                let mut a = QuantisedRows::default();
                kernels.quantise(&noise(seed ^ 9, rows * inputs), inputs, rows, inputs, &mut a);
                let mut out = vec![0.0; rows * outputs];
                kernels.matmul_int8(&a, &packed, &mut out, outputs);
                for row in 0..rows {
                    let numbers = a.dequantised(row);
                    for output in 0..outputs {
                        let column: Vec<f32> = (0..inputs).map(|input| packed.dequantised(input, output)).collect();
                        let expected = exact(&numbers, &column) + f64::from(bias[output]);
                        let bound = rounding_bound(&numbers, &column) + 1e-5;
                        let found = f64::from(out[row * outputs + output]);
                        prop_assert!((found - expected).abs() <= bound, "{}: {found} {expected}", kernels.int8);
                    }
                }
            }
        }

        #[test]
        fn a_number_is_rounded_to_within_half_a_step_of_its_row(
            row in prop::collection::vec(-50f32..50.0, 1..70), shift in -60f32..60.0,
        ) {
            let row: Vec<f32> = row.iter().map(|x| x + shift).collect();
            for kernels in available() {
                let mut rounded = QuantisedRows::default();
                kernels.quantise(&row, row.len(), 1, row.len(), &mut rounded);
                // The zero is rounded as well, which at the ends of the range costs up to another half.
                let bound = rounded.scales()[0] * 1.001 + 1e-6;
                for (x, found) in row.iter().zip(rounded.dequantised(0)) {
                    prop_assert!((x - found).abs() <= bound, "{}: {x} became {found}", kernels.name);
                }
            }
        }

        #[test]
        fn both_ways_of_packing_bytes_agree_with_a_linear_layer((inputs, outputs) in (1..at_most(50, 20), 1usize..80), seed in any::<u32>()) {
            let columns = noise(seed, outputs * inputs);
            let expected = PackedInt8::linear(&columns, &vec![0.0; outputs], inputs);
            let rows: Vec<f32> = (0..inputs * outputs).map(|place| columns[place % outputs * inputs + place / outputs]).collect();
            for kernels in available() {
                let (mut by_columns, mut by_rows) = (PackedInt8::default(), PackedInt8::default());
                // What was there before must not show.
                kernels.pack_int8(&noise(seed ^ 5, 300), 20, 15, 20, &mut by_rows);
                kernels.pack_int8_transposed(&columns, inputs, inputs, outputs, &mut by_columns);
                kernels.pack_int8(&rows, outputs, inputs, outputs, &mut by_rows);
                prop_assert_eq!(by_columns.panels(), by_rows.panels(), "{}", kernels.name);
                for packed in [&by_columns, &by_rows] {
                    prop_assert_eq!(packed.scales(), expected.scales());
                    for output in 0..outputs {
                        let sum: i32 = (0..inputs).map(|input| (packed.dequantised(input, output) / packed.scales()[output]).round() as i32).sum();
                        prop_assert_eq!(packed.sums()[output], sum, "{}", kernels.name);
                        for input in 0..inputs {
                            let apart = (packed.dequantised(input, output) - expected.dequantised(input, output)).abs();
                            prop_assert!(apart <= packed.scales()[output] * 1.001, "{}", kernels.name);
                        }
                    }
                }
            }
        }

        #[test]
        fn rounded_shares_are_near_the_true_ones_and_add_up_to_one(row in prop::collection::vec(-60f32..60.0, 1..70), scale in 0.05f32..1.0) {
            let mut shares = row.clone();
            best().softmax(&mut shares, scale);
            for kernels in available() {
                let mut rounded = QuantisedRows::default();
                kernels.softmax_quantise(&mut row.clone(), row.len(), scale, &mut rounded);
                let found = rounded.dequantised(0);
                prop_assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{}", kernels.name);
                let highest = shares.iter().copied().fold(0.0, f32::max);
                // Half a step for itself, and its part of what the others' halves did to the sum.
                let bound = highest / 255.0 * (0.5 + 0.5 * row.len() as f32 * highest.min(1.0)) + 1e-6;
                for (found, share) in found.iter().zip(&shares) {
                    prop_assert!((found - share).abs() <= bound, "{}: {found} {share}", kernels.name);
                }
            }
        }
    }

    #[test]
    fn the_largest_bytes_do_not_saturate() {
        for inputs in [1, 2, 4, 8, at_most(1536, 30), at_most(65_536, 100)] {
            let packed = PackedInt8::linear(&vec![-1.0; inputs * 2], &[0.0; 2], inputs);
            for kernels in available() {
                let mut a = QuantisedRows::default();
                kernels.quantise(&vec![3.0; inputs], inputs, 1, inputs, &mut a);
                let mut out = [0.0; 2];
                kernels.matmul_int8(&a, &packed, &mut out, 2);
                let expected = -3.0 * inputs as f32;
                assert!((out[0] / expected - 1.0).abs() < 1e-6, "{} at {inputs}: {}", kernels.int8, out[0]);
            }
        }
    }

    #[test]
    fn rows_without_a_range_are_zero_and_infinite_ones_no_number() {
        let packed = PackedInt8::linear(&[1.0; 8], &[0.25], 8);
        for kernels in available() {
            let mut a = QuantisedRows::default();
            let mut product = |row: [f32; 8]| {
                let mut out = [0.0];
                kernels.quantise(&row, 8, 1, 8, &mut a);
                kernels.matmul_int8(&a, &packed, &mut out, 1);
                out[0]
            };
            assert_eq!(product([0.0; 8]), 0.25, "{}", kernels.int8);
            assert_eq!(product([1e-38; 8]), 0.25, "{}", kernels.int8);
            assert!(product([f32::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]).is_nan(), "{}", kernels.int8);
        }
    }

    #[test]
    fn gelu_and_rounding_in_one_are_the_two_one_after_the_other() {
        for kernels in available() {
            let mut numbers = noise(3, 5 * 40);
            numbers.iter_mut().for_each(|x| *x *= 4.0);
            let (mut one, mut two) = (QuantisedRows::default(), QuantisedRows::default());
            kernels.gelu_quantise(&mut numbers.clone(), 40, &mut one);
            kernels.gelu(&mut numbers);
            kernels.quantise(&numbers, 40, 5, 40, &mut two);
            assert_eq!((one.bytes(), one.scales(), one.zeros()), (two.bytes(), two.scales(), two.zeros()));
        }
    }

    #[test]
    #[should_panic(expected = "vectors of one length")]
    fn vectors_of_different_lengths_are_refused() {
        let _ = best().dot(&[1.0], &[1.0, 2.0]);
    }
}

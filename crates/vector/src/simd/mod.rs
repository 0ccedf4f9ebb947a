//! Arithmetic over rows, once per instruction set.
//!
//! [`scalar`](self) code says what a kernel means; the others say the same in wider registers and several sums at a
//! time. [`best`] looks at the processor once per process and keeps its choice. [`available`] lists every kernel that
//! this machine can run, which is what the tests compare and the benches time.
//!
//! | kernel   | machines                           | products per instruction |
//! |----------|------------------------------------|--------------------------|
//! | `avx512` | x86-64 with AVX-512F               | 16                       |
//! | `avx2`   | x86-64 with AVX2 and FMA           | 8                        |
//! | `neon`   | AArch64                            | 4                        |
//! | `scalar` | all                                | whatever the compiler finds |
//!
//! A single running sum would wait four cycles for each addition before it could start the next, so every kernel
//! keeps several and adds them at the end. That is also why results differ in the last bits between kernels. The
//! eight-bit product adds whole numbers and is the same everywhere; its instruction sets have names of their own
//! ([`Kernels::int8`]).
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
//! instructions of x86-64 (that of AVX-VNNI only where AVX-512VL is named too), and of NEON those of the f32 product.
//! Under Miri the tests take smaller sizes and a minute or two.
//!
//! ```text
//! rustup component add miri rust-src --toolchain nightly
//! cargo +nightly miri test -p semsearch-vector --lib
//! RUSTFLAGS="-C target-feature=+avx2,+fma,+avxvnni,+avx512f,+avx512vl,+avx512vnni" \
//! cargo +nightly miri test -p semsearch-vector --lib
//! cargo +nightly miri test -p semsearch-vector --lib --target aarch64-unknown-linux-gnu every_matrix_product
//! ```

#![expect(unsafe_code, reason = "calls kernels compiled for instruction sets that were detected at run time")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_int8;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_pack;
#[cfg(target_arch = "x86_64")]
mod avx512_rows;
#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
mod bytes;
mod elementwise;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon_int8;
mod offer;
mod product;
mod product_int8;
mod quantise;
mod scalar;

use std::sync::OnceLock;

pub use bytes::add_scaled_bytes;
pub use offer::{offer_above, offer_above_each};

use crate::packed::Packed;
use crate::quantised::{PackedInt8, QuantisedRows};
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
    ($name:literal, $dot:path, $others:ident, $int8:literal, $matmul_int8:path) => {
        Kernels {
            name: $name,
            int8: $int8,
            dot: $dot,
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
        if is_x86_feature_detected!("avx512f") && avx2 {
            if is_x86_feature_detected!("avx512vnni") {
                found.push(kernels!("avx512", avx512::dot, avx512, "avx512-vnni", avx512_vnni::matmul_int8));
            } else {
                found.push(kernels!("avx512", avx512::dot, avx512, "avx2", avx2_int8::plain::matmul_int8));
            }
        }
        if avx2 && is_x86_feature_detected!("avxvnni") {
            found.push(kernels!("avx2", avx2::dot, avx2, "avx-vnni", avx2_int8::vnni::matmul_int8));
        }
        if avx2 {
            found.push(kernels!("avx2", avx2::dot, avx2, "avx2", avx2_int8::plain::matmul_int8));
        }
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    if std::arch::is_aarch64_feature_detected!("neon") {
        if std::arch::is_aarch64_feature_detected!("i8mm") {
            found.push(kernels!("neon", neon::dot, neon, "neon-i8mm", neon_int8::i8mm::matmul_int8));
        }
        if std::arch::is_aarch64_feature_detected!("dotprod") {
            found.push(kernels!("neon", neon::dot, neon, "neon-dotprod", neon_int8::dotprod::matmul_int8));
        }
        found.push(kernels!("neon", neon::dot, neon, "neon", neon_int8::plain::matmul_int8));
    }
    found.push(kernels!("scalar", scalar::dot, scalar, "scalar", scalar::matmul_int8));
    found
}

impl Kernels {
    /// The inner product of two equally long vectors.
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
        fn every_kernel_agrees_with_scalar((a, b) in pairs()) {
            let reference = f64::from(available().last().unwrap().dot(&a, &b));
            for kernels in available() {
                let difference = (f64::from(kernels.dot(&a, &b)) - reference).abs();
                prop_assert!(difference <= 2.0 * rounding_bound(&a, &b), "{}: {difference:e}", kernels.name);
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
    fn no_kernel_returns_minus_zero() {
        // Hits are ordered by `total_cmp`, which ranks -0.0 below 0.0 and would break a tie by sign.
        for len in 0..70 {
            for kernels in available() {
                assert!(kernels.dot(&vec![-0.0; len], &vec![1.0; len]).is_sign_positive(), "{}", kernels.name);
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

//! Rows rounded to signed bytes once, for products of rows with rows.
//!
//! When all pairs of rows are scored, each row is the left-hand side of some products and the right-hand side of others.
//! Here both sides are made from the same bytes. So the score of a pair does not depend on the order of its rows, and any
//! rows can become a side without their floats.
//!
//! ```text
//! x = scale · byte          byte −127..=127, scale = largest |x| of the row / 127
//! ```
//!
//! Rounding is plain arithmetic without fused operations: the same floats give the same bytes on every machine.

use crate::packed::PANEL;
use crate::quantised::{GROUP, LINE, PackedInt8, QuantisedRows, Writer};

/// Rows of signed bytes, each with its own scale.
#[derive(Clone, Debug, Default)]
pub struct SignedRows {
    bytes: Vec<u8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
    inputs: usize,
}

/// Added to a number below 2²² it leaves the nearest whole number, halves to the even one, in the low bits.
const ROUND: f32 = 12_582_912.0;
/// Rows whose largest number is below this count as zero: 127 divided by it has to be finite.
const TINY: f32 = 1e-30;

impl SignedRows {
    /// An empty list of rows of `inputs` numbers.
    #[must_use]
    pub fn new(inputs: usize) -> Self {
        SignedRows { inputs, ..SignedRows::default() }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Numbers in a row.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Rounds a row and adds it at the end. Its numbers have to be finite.
    ///
    /// # Panics
    /// If it has another length than the others.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.inputs, "rows of one length");
        let largest = row.iter().fold(0.0_f32, |high, x| high.max(x.abs()));
        let (scale, steps) = if largest > TINY { (largest / 127.0, 127.0 / largest) } else { (0.0, 0.0) };
        let first = self.bytes.len();
        self.bytes.extend(row.iter().map(|x| (x * steps + ROUND).to_bits() as u8));
        self.sums.push(self.bytes[first..].iter().map(|&byte| i32::from(byte as i8)).sum());
        self.bytes.resize(first + self.stride(), 0);
        self.scales.push(scale);
    }

    /// Adds all rows of `other` at the end.
    ///
    /// # Panics
    /// If they have another length.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(other.inputs, self.inputs, "rows of one length");
        self.bytes.extend_from_slice(&other.bytes);
        self.scales.extend_from_slice(&other.scales);
        self.sums.extend_from_slice(&other.sums);
    }

    /// Makes the rows with the numbers in `rows` the left-hand side of a product.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn left(&self, rows: impl ExactSizeIterator<Item = usize>, out: &mut QuantisedRows) {
        out.reshape(rows.len(), self.inputs);
        for ((bytes, scale, zero), row) in out.rows_mut().zip(rows) {
            // An unsigned byte is the signed one plus 128, and the zero point is 128.
            bytes.iter_mut().zip(self.row(row)).for_each(|(out, byte)| *out = byte ^ 0x80);
            (*scale, *zero) = (self.scales[row], 128);
        }
    }

    /// Makes the rows with the numbers in `rows` the columns of a right-hand side, without a bias.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn right(&self, rows: impl ExactSizeIterator<Item = usize>, out: &mut PackedInt8) {
        out.reshape(self.inputs, rows.len());
        let lines = out.lines();
        let Writer { panels, scales, sums } = out.writer();
        for (column, row) in rows.enumerate() {
            (scales[column], sums[column]) = (self.scales[row], self.sums[row]);
            let panel = panels[column / PANEL * lines * LINE..][..lines * LINE].as_chunks_mut::<LINE>().0;
            let place = column % PANEL * GROUP;
            for (line, group) in panel.iter_mut().zip(self.row(row).as_chunks::<GROUP>().0) {
                line[place..place + GROUP].copy_from_slice(group);
            }
        }
    }

    /// The products of one row with others, with the same bits as [`Kernels::matmul_int8`]. For a few scattered rows, which
    /// would take longer to pack.
    ///
    /// # Panics
    /// If there is no such row.
    ///
    /// [`Kernels::matmul_int8`]: crate::simd::Kernels::matmul_int8
    pub fn products(&self, row: usize, others: &[u32], out: &mut Vec<f32>) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, as the line above found.
            #[expect(unsafe_code, reason = "calls plain Rust compiled for an instruction set that was detected")]
            return unsafe { self.products_avx2(row, others, out) };
        }
        self.products_of(row, others, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn products_avx2(&self, row: usize, others: &[u32], out: &mut Vec<f32>) {
        self.products_of(row, others, out);
    }

    #[inline(always)]
    fn products_of(&self, row: usize, others: &[u32], out: &mut Vec<f32>) {
        let (bytes, scale) = (self.row(row), self.scales[row]);
        out.clear();
        out.extend(others.iter().map(|&other| {
            let other = other as usize;
            let pairs = bytes.iter().zip(self.row(other));
            let sum: i32 = pairs.map(|(a, b)| i32::from(*a as i8) * i32::from(*b as i8)).sum();
            sum as f32 * (scale * self.scales[other]) + 0.0
        }));
    }

    fn stride(&self) -> usize {
        self.inputs.next_multiple_of(GROUP)
    }

    /// The bytes of a row, padded with zeros to whole groups.
    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.stride()..][..self.stride()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(count: usize, inputs: usize, seed: u32) -> Vec<f32> {
        (0..count * inputs)
            .map(|place| ((place as u32).wrapping_add(seed).wrapping_mul(2_654_435_761) >> 16) as f32 / 32_768.0 - 1.0)
            .collect()
    }

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn a_product_of_rows_is_that_of_their_numbers_and_the_same_from_both_ends(
            (count, inputs) in (1..40_usize, 1..50_usize), seed in any::<u32>(),
        ) {
            let numbers = rows(count, inputs, seed);
            let mut signed = SignedRows::new(inputs);
            numbers.chunks(inputs).for_each(|row| signed.push(row));
            let (mut left, mut right) = (QuantisedRows::default(), PackedInt8::default());
            // Backwards, so that a row's number and its place differ.
            signed.left((0..count).rev(), &mut left);
            signed.right((0..count).rev(), &mut right);
            for kernels in crate::simd::available() {
                let mut out = vec![0.0; count * count];
                kernels.matmul_int8(&left, &right, &mut out, count);
                let (everyone, mut one_by_one): (Vec<u32>, _) = ((0..count as u32).collect(), Vec::new());
                for a in 0..count {
                    signed.products(a, &everyone, &mut one_by_one);
                    for b in 0..count {
                        prop_assert_eq!(one_by_one[b].to_bits(), out[(count - 1 - a) * count + count - 1 - b].to_bits());
                        let found = out[(count - 1 - a) * count + count - 1 - b];
                        prop_assert_eq!(found.to_bits(), out[(count - 1 - b) * count + count - 1 - a].to_bits());
                        let (x, y) = (&numbers[a * inputs..][..inputs], &numbers[b * inputs..][..inputs]);
                        let expected: f32 = x.iter().zip(y).map(|(x, y)| x * y).sum();
                        // Half a step for each number of either row, none of which is above 1.
                        let bound = inputs as f32 / 127.0 + 1e-4;
                        prop_assert!((found - expected).abs() <= bound, "{}: {found} {expected}", kernels.int8);
                    }
                }
            }
        }
    }

    #[test]
    fn rows_of_zeros_score_nothing_and_joined_rows_stay_what_they_were() {
        let (mut first, mut second) = (SignedRows::new(3), SignedRows::new(3));
        first.push(&[0.0; 3]);
        second.push(&[1.0, -2.0, 0.5]);
        first.append(&second);
        let (mut left, mut right) = (QuantisedRows::default(), PackedInt8::default());
        first.left(0..2, &mut left);
        first.right(0..2, &mut right);
        let mut out = [f32::NAN; 4];
        crate::simd::best().matmul_int8(&left, &right, &mut out, 2);
        assert_eq!(out[..3], [0.0; 3]);
        assert!((out[3] - 5.25).abs() < 0.05, "{out:?}");
        assert_eq!((first.len(), first.inputs(), first.is_empty()), (2, 3, false));
    }
}

//! Both sides of an eight-bit matrix product.
//!
//! The left-hand side holds activations, which change with every text. So each row is quantised when it is computed
//! ([`QuantisedRows`]): its range, extended to include zero, is cut into 255 steps. The right-hand side holds weights,
//! which are quantised once, column by column, and packed in the order the kernels read ([`PackedInt8`]).
//!
//! ```text
//! a = scale · (byte − zero)      byte 0..=255, one scale and one zero a row
//! b = scale · byte               byte −127..=127, one scale a column
//! Σ a·b = row scale · column scale · (Σ byte·byte − zero · Σ column)
//! ```
//!
//! The sums are whole numbers and exact, so every kernel gives the same bits. The sum of each column is kept with the
//! matrix; a row's own offset then costs one multiplication an output.

use crate::bytes::Bytes;
use crate::codes::CodeBits;
use crate::packed::PANEL;

/// Inputs that an instruction multiplies and adds up in one step. A panel holds them side by side, column after column.
pub(crate) const GROUP: usize = 4;
/// Bytes of one line: four inputs of each of a panel's columns.
pub(crate) const LINE: usize = PANEL * GROUP;
/// The most inputs of a product: as many as a row of codes has.
const MAX_INPUTS: usize = CodeBits::MAX_DIM;

/// Rows of numbers, each quantised to bytes with its own scale and zero point: the left-hand side.
#[derive(Clone, Debug, Default)]
pub struct QuantisedRows {
    bytes: Vec<u8>,
    scales: Vec<f32>,
    zeros: Vec<i32>,
    inputs: usize,
}

impl QuantisedRows {
    /// Makes room for `rows` rows of `inputs` numbers, reusing memory. The content of the rows is then unspecified.
    pub(crate) fn reshape(&mut self, rows: usize, inputs: usize) {
        if inputs.next_multiple_of(GROUP) != self.stride() {
            // The padding bytes of a row have to be zero, and may have been anything in rows of another length.
            self.bytes.clear();
        }
        self.inputs = inputs;
        self.bytes.resize(rows * self.stride(), 0);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0);
        if !inputs.is_multiple_of(GROUP) {
            let stride = self.stride();
            self.bytes.chunks_exact_mut(stride).for_each(|row| row[inputs..].fill(0));
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Numbers in a row.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Bytes from one row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.inputs.next_multiple_of(GROUP)
    }

    /// All rows, padded with zeros to whole groups of four.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The value of one step, row by row.
    pub(crate) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The zero point (the byte that stands for zero), row by row.
    pub(crate) fn zeros(&self) -> &[i32] {
        &self.zeros
    }

    /// The bytes of every row (without padding), its scale and its zero point, to be written.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = (&mut [u8], &mut f32, &mut i32)> {
        let (stride, inputs) = (self.stride().max(1), self.inputs);
        let rows = self.bytes.chunks_exact_mut(stride).map(move |row| &mut row[..inputs]);
        rows.zip(&mut self.scales).zip(&mut self.zeros).map(|((bytes, scale), zero)| (bytes, scale, zero))
    }

    /// The numbers that the bytes of `row` stand for.
    #[cfg(test)]
    pub(crate) fn dequantised(&self, row: usize) -> Vec<f32> {
        let bytes = &self.bytes[row * self.stride()..][..self.inputs];
        bytes.iter().map(|&byte| (i32::from(byte) - self.zeros[row]) as f32 * self.scales[row]).collect()
    }
}

#[derive(Clone, Debug)]
enum Panels {
    Owned(Vec<u8>),
    Shared(Bytes),
}

/// A matrix of `inputs × outputs` in bytes, packed for the kernels: the right-hand side.
///
/// ```text
/// panel of 32 columns:   inputs 0–3 of column 0, of column 1, … of column 31     one line, 128 bytes
///                        inputs 4–7 of column 0, …
/// ```
///
/// The last group of inputs and the last panel of columns are padded with zeros.
#[derive(Clone, Debug)]
pub struct PackedInt8 {
    panels: Panels,
    /// Value of one step, column by column.
    scales: Vec<f32>,
    bias: Vec<f32>,
    /// Sum of the bytes of each column.
    sums: Vec<i32>,
    inputs: usize,
    outputs: usize,
}

impl Default for PackedInt8 {
    fn default() -> Self {
        let panels = Panels::Owned(Vec::new());
        PackedInt8 { panels, scales: Vec::new(), bias: Vec::new(), sums: Vec::new(), inputs: 0, outputs: 0 }
    }
}

impl PackedInt8 {
    /// Packs the weights of a linear layer as they are usually stored, `outputs × inputs`, one row an output, with its
    /// `bias`. The product is then `A · Wᵀ + bias`.
    ///
    /// Each output's weights are divided by `max |w| / 127` and rounded to the nearest whole number, halves to the even
    /// one.
    ///
    /// # Panics
    /// If the lengths do not fit together, or there are more than 65,536 inputs.
    #[must_use]
    pub fn linear(weights: &[f32], bias: &[f32], inputs: usize) -> Self {
        assert_eq!(weights.len(), bias.len() * inputs, "one row of {inputs} weights for every output");
        let mut packed = PackedInt8::default();
        packed.reshape(inputs, bias.len());
        packed.bias[..bias.len()].copy_from_slice(bias);
        let lines = inputs.div_ceil(GROUP);
        let Writer { panels, scales, sums } = packed.writer();
        for (column, row) in weights.chunks_exact(inputs.max(1)).enumerate() {
            let largest = row.iter().fold(0.0_f32, |high, x| high.max(x.abs()));
            let (scale, steps) = if largest > 0.0 { (largest / 127.0, 127.0 / largest) } else { (0.0, 0.0) };
            scales[column] = scale;
            let first = column / PANEL * lines * LINE + column % PANEL * GROUP;
            for (input, &weight) in row.iter().enumerate() {
                let byte = (weight * steps).round_ties_even().clamp(-127.0, 127.0) as i8;
                panels[first + input / GROUP * LINE + input % GROUP] = byte as u8;
                sums[column] += i32::from(byte);
            }
        }
        packed
    }

    /// Packs a matrix of whole numbers from its columns, which begin `stride` apart: scale 1 and no bias.
    ///
    /// # Panics
    /// If `columns` is too short, there are more than 65,536 inputs, or a number is −128, which some instruction sets
    /// cannot negate.
    #[must_use]
    pub fn whole(columns: &[i8], stride: usize, inputs: usize, outputs: usize) -> Self {
        assert!(stride >= inputs, "columns must not overlap");
        if let Some(before) = outputs.checked_sub(1) {
            assert!(columns.len() >= before * stride + inputs, "{outputs} columns of {inputs} numbers");
        }
        let mut packed = PackedInt8::default();
        packed.reshape(inputs, outputs);
        let panel_bytes = inputs.div_ceil(GROUP) * LINE;
        let Writer { panels, scales, sums } = packed.writer();
        for output in 0..outputs {
            let column = &columns[output * stride..][..inputs];
            assert!(column.iter().all(|&number| number != i8::MIN), "numbers of column {output} from −127 to 127");
            let panel = &mut panels[output / PANEL * panel_bytes..][..panel_bytes];
            for (group, line) in column.chunks(GROUP).zip(panel.as_chunks_mut::<LINE>().0) {
                let place = output % PANEL * GROUP;
                for (byte, &number) in line[place..].iter_mut().zip(group) {
                    *byte = number as u8;
                }
            }
            scales[output] = 1.0;
            sums[output] = column.iter().map(|&number| i32::from(number)).sum();
        }
        packed
    }

    /// The bytes of the panels of a matrix, and the number of its columns with padding; `None` if they overflow.
    #[must_use]
    pub fn sizes(inputs: usize, outputs: usize) -> Option<(usize, usize)> {
        let columns = outputs.checked_next_multiple_of(PANEL)?;
        Some((columns.checked_mul(inputs.checked_next_multiple_of(GROUP)?)?, columns))
    }

    /// Takes a matrix that was packed before: the bytes of [`PackedInt8::panels`], and the three rows padded to whole
    /// panels. `None` if the lengths do not fit together or the sums are not valid.
    #[must_use]
    pub fn from_parts(
        panels: Bytes,
        scales: Vec<f32>,
        bias: Vec<f32>,
        sums: Vec<i32>,
        inputs: usize,
        outputs: usize,
    ) -> Option<Self> {
        let (bytes, columns) = Self::sizes(inputs, outputs)?;
        let fits = inputs <= MAX_INPUTS
            && panels.len() == bytes
            && [scales.len(), bias.len(), sums.len()] == [columns; 3]
            // A larger sum could overflow when it is multiplied by a row's zero.
            && sums.iter().all(|sum| sum.unsigned_abs() as usize <= 128 * inputs);
        fits.then_some(PackedInt8 { panels: Panels::Shared(panels), scales, bias, sums, inputs, outputs })
    }

    /// Rows of the matrix: numbers in a row of the left-hand side.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Columns of the matrix, and of the product.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// All panels, one after another.
    #[must_use]
    pub fn panels(&self) -> &[u8] {
        match &self.panels {
            Panels::Owned(bytes) => bytes,
            Panels::Shared(bytes) => bytes,
        }
    }

    /// The value of one step, column by column, padded to whole panels.
    #[must_use]
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The bias of each column, padded to whole panels.
    #[must_use]
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The sum of the bytes of each column, padded to whole panels.
    #[must_use]
    pub fn sums(&self) -> &[i32] {
        &self.sums
    }

    /// The number that the byte at (`input`, `output`) stands for.
    ///
    /// # Panics
    /// If there is no such place.
    #[cfg(test)]
    pub(crate) fn dequantised(&self, input: usize, output: usize) -> f32 {
        assert!(input < self.inputs && output < self.outputs, "a place inside the matrix");
        let first = output / PANEL * self.lines() * LINE + output % PANEL * GROUP;
        f32::from(self.panels()[first + input / GROUP * LINE + input % GROUP] as i8) * self.scales[output]
    }

    /// Lines of one panel.
    pub(crate) fn lines(&self) -> usize {
        self.inputs.div_ceil(GROUP)
    }

    /// Makes a matrix of this shape, reusing memory. All numbers are zero, the bias included.
    pub(crate) fn reshape(&mut self, inputs: usize, outputs: usize) {
        assert!(inputs <= MAX_INPUTS, "{inputs} inputs, the most are {MAX_INPUTS}");
        let columns = outputs.next_multiple_of(PANEL);
        let mut bytes = match std::mem::replace(&mut self.panels, Panels::Owned(Vec::new())) {
            Panels::Owned(bytes) => bytes,
            Panels::Shared(_) => Vec::new(),
        };
        bytes.clear();
        bytes.resize(columns * inputs.next_multiple_of(GROUP), 0);
        self.panels = Panels::Owned(bytes);
        for row in [&mut self.scales, &mut self.bias] {
            row.clear();
            row.resize(columns, 0.0);
        }
        self.sums.clear();
        self.sums.resize(columns, 0);
        (self.inputs, self.outputs) = (inputs, outputs);
    }

    /// The parts of a matrix that is being packed. Call [`PackedInt8::reshape`] first, which makes it the owner of its
    /// bytes.
    pub(crate) fn writer(&mut self) -> Writer<'_> {
        let panels: &mut [u8] = match &mut self.panels {
            Panels::Owned(bytes) => bytes,
            Panels::Shared(_) => &mut [],
        };
        Writer { panels, scales: &mut self.scales, sums: &mut self.sums }
    }
}

/// The parts of a [`PackedInt8`] that is being packed.
pub(crate) struct Writer<'a> {
    pub(crate) panels: &'a mut [u8],
    pub(crate) scales: &'a mut [f32],
    pub(crate) sums: &'a mut [i32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_rounded_to_within_half_a_step_of_its_column() {
        let (inputs, outputs) = (7, 35);
        let weights: Vec<f32> = (0..inputs * outputs).map(|place| ((place * 31 % 17) as f32 - 8.0) * 0.37).collect();
        let packed = PackedInt8::linear(&weights, &vec![0.5; outputs], inputs);
        for output in 0..outputs {
            let step = packed.scales()[output];
            for input in 0..inputs {
                let error = packed.dequantised(input, output) - weights[output * inputs + input];
                assert!(error.abs() <= step * 0.500_01, "{input}, {output}: {error}");
            }
        }
        assert_eq!(packed.bias()[..outputs], vec![0.5; outputs]);
        assert!(packed.bias()[outputs..].iter().all(|&x| x == 0.0));
    }

    #[test]
    fn whole_numbers_stand_for_themselves() {
        let columns: Vec<i8> = (0..40 * 9).map(|place| (place * 37 % 255 - 127) as i8).collect();
        let packed = PackedInt8::whole(&columns, 9, 7, 40);
        for output in 0..40 {
            let column: Vec<f32> = (0..7).map(|input| packed.dequantised(input, output)).collect();
            let expected: Vec<f32> = columns[output * 9..][..7].iter().map(|&number| f32::from(number)).collect();
            assert_eq!(column, expected);
            assert_eq!(packed.sums()[output] as f32, expected.iter().sum::<f32>());
        }
        assert!(packed.bias().iter().chain(&packed.scales()[40..]).all(|&x| x == 0.0));
    }

    #[test]
    #[should_panic(expected = "numbers of column 1 from −127 to 127")]
    fn a_number_that_cannot_be_negated_is_refused() {
        let _ = PackedInt8::whole(&[1, 2, -128, 4], 2, 2, 2);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let packed = PackedInt8::linear(&[0.5; 12], &[0.0; 3], 4);
        let take = |bytes: Vec<u8>, sums: Vec<i32>, inputs| {
            PackedInt8::from_parts(bytes.into(), packed.scales().to_vec(), packed.bias().to_vec(), sums, inputs, 3)
        };
        let (bytes, sums) = (packed.panels().to_vec(), packed.sums().to_vec());
        assert_eq!(take(bytes.clone(), sums.clone(), 4).unwrap().dequantised(2, 1), packed.dequantised(2, 1));
        assert!(take(bytes.clone(), sums.clone(), 5).is_none());
        assert!(take(bytes[1..].to_vec(), sums.clone(), 4).is_none());
        assert!(take(bytes.clone(), sums[1..].to_vec(), 4).is_none());
        assert!(take(bytes, vec![i32::MAX; 32], 4).is_none());
    }

    #[test]
    fn rows_of_another_length_leave_nothing_behind() {
        let mut rows = QuantisedRows::default();
        rows.reshape(3, 8);
        rows.rows_mut().for_each(|(bytes, _, _)| bytes.fill(9));
        rows.reshape(4, 6);
        assert!(rows.bytes().chunks(8).all(|row| row[6..] == [0, 0]));
        assert_eq!((rows.rows(), rows.inputs(), rows.stride()), (4, 6, 8));
    }
}

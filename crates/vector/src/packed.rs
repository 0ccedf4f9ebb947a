//! The right-hand side of a matrix product, laid out for the kernels.
//!
//! A product `A · B` reads `B` once for every few rows of `A`. [`Packed`] stores it in the order in which the kernels
//! read it: panels of 32 columns, and within a panel row after row, so that each step of the inner loop is one
//! aligned, contiguous line. The last panel is padded with columns of zeros, which are never written out.
//!
//! ```text
//!            columns 0..32   32..64  …
//! row 0      ┌─────────┐    ┌─────────┐
//! row 1      │ panel 0 │    │ panel 1 │   in memory: all of panel 0, then all of panel 1
//! …          └─────────┘    └─────────┘
//! ```

/// Columns of one panel: two AVX-512 registers, four of AVX2.
pub(crate) const PANEL: usize = 32;

/// Sixteen numbers that begin on a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// A matrix of `inputs × outputs`, packed, and a number added to each column of the product.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    lines: Vec<Line>,
    bias: Vec<Line>,
    inputs: usize,
    outputs: usize,
}

impl Packed {
    /// Packs the weights of a linear layer as they are usually stored, `outputs × inputs`, one row an output, with its
    /// `bias`. The product is then `A · Wᵀ + bias`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    #[must_use]
    pub fn linear(weights: &[f32], bias: &[f32], inputs: usize) -> Self {
        assert_eq!(weights.len(), bias.len() * inputs, "one row of {inputs} weights for every output");
        let mut packed = Packed::default();
        packed.pack_transposed(weights, inputs, bias.len(), inputs);
        for (place, value) in bias.iter().enumerate() {
            packed.bias[place / 16].0[place % 16] = *value;
        }
        packed
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

    /// Packs the matrix whose columns are the first `outputs` rows of `rows`, each of `inputs` numbers, `stride` apart. The
    /// bias becomes zero. Reuses the memory of the matrix packed before.
    ///
    /// # Panics
    /// If `rows` is too short.
    pub fn pack_transposed(&mut self, rows: &[f32], stride: usize, outputs: usize, inputs: usize) {
        self.reshape(inputs, outputs);
        for column in 0..outputs {
            let row = &rows[column * stride..column * stride + inputs];
            let (panel, place) = (column / PANEL, column % PANEL);
            let lines = &mut self.lines[panel * inputs * 2..(panel + 1) * inputs * 2];
            for (pair, &value) in lines.as_chunks_mut::<2>().0.iter_mut().zip(row) {
                pair[place / 16].0[place % 16] = value;
            }
        }
    }

    /// Packs a matrix from its `inputs` rows, each of `outputs` numbers, `stride` apart. The bias becomes zero. Reuses the
    /// memory of the matrix packed before.
    ///
    /// # Panics
    /// If `rows` is too short.
    pub fn pack(&mut self, rows: &[f32], stride: usize, inputs: usize, outputs: usize) {
        self.reshape(inputs, outputs);
        for input in 0..inputs {
            let row = &rows[input * stride..input * stride + outputs];
            for (panel, columns) in row.chunks(PANEL).enumerate() {
                let line = (panel * inputs + input) * 2;
                for (half, numbers) in columns.chunks(16).enumerate() {
                    self.lines[line + half].0[..numbers.len()].copy_from_slice(numbers);
                }
            }
        }
    }

    fn reshape(&mut self, inputs: usize, outputs: usize) {
        let panels = outputs.div_ceil(PANEL);
        self.lines.resize(panels * inputs * 2, Line::default());
        self.bias.clear();
        self.bias.resize(panels * 2, Line::default());
        (self.inputs, self.outputs) = (inputs, outputs);
        if !outputs.is_multiple_of(PANEL) {
            // Clears what an earlier, wider matrix left in the padding columns.
            let last = (panels - 1) * inputs * 2;
            self.lines[last..].fill(Line::default());
        }
    }

    /// All panels, one after another; the first number lies on a cache line.
    pub(crate) fn panels(&self) -> &[f32] {
        flat(&self.lines)
    }

    /// The bias, padded to whole panels.
    pub(crate) fn padded_bias(&self) -> &[f32] {
        flat(&self.bias)
    }
}

#[expect(unsafe_code, reason = "reads lines of sixteen floats as one run of floats")]
fn flat(lines: &[Line]) -> &[f32] {
    // SAFETY: a `Line` is exactly sixteen floats (its alignment equals its size, so there is no padding), and a slice of
    // them is contiguous.
    unsafe { std::slice::from_raw_parts(lines.as_ptr().cast::<f32>(), lines.len() * 16) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_packing_give_the_same_panels() {
        let (inputs, outputs) = (5, 40);
        let rows: Vec<f32> = (0..inputs * outputs).map(|number| number as f32).collect();
        let mut by_rows = Packed::default();
        by_rows.pack(&rows, outputs, inputs, outputs);
        let transposed: Vec<f32> =
            (0..outputs * inputs).map(|place| rows[place % inputs * outputs + place / inputs]).collect();
        let by_columns = Packed::linear(&transposed, &vec![0.0; outputs], inputs);
        assert_eq!(by_rows.panels(), by_columns.panels());
        assert_eq!((by_rows.inputs(), by_rows.outputs()), (inputs, outputs));
        assert_eq!(by_rows.panels().as_ptr().align_offset(64), 0);
    }

    #[test]
    fn packing_again_leaves_nothing_of_the_matrix_before() {
        let mut packed = Packed::default();
        packed.pack(&[7.0; 3 * 64], 64, 3, 64);
        packed.pack(&[1.0; 2 * 33], 33, 2, 33);
        let mut fresh = Packed::default();
        fresh.pack(&[1.0; 2 * 33], 33, 2, 33);
        assert_eq!(packed.panels(), fresh.panels());
    }
}

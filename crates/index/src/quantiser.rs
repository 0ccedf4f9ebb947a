//! Rows as codes: a few bits a number, close enough to tell which rows are worth a look.
//!
//! Every dimension is centred on its mean and cut into steps whose width follows from its deviation, so that a dimension
//! that varies little does not waste its levels. A row becomes one code a dimension and one number, the residual norm:
//! the length of what the codes leave out.
//!
//! ```text
//! row[d]   = mean[d] + step[d] · (code[d] − middle) + residual[d]        middle: 7.5 of 16 levels, 127.5 of 256
//! q · row  = q · mean + Σ q[d]·step[d]·(code[d] − middle) + q · residual
//! ```
//!
//! A query multiplies its numbers by the steps once, rounds the products to signed bytes, and its score with any row is
//! then a sum of products of whole numbers. [`CodedQuery`] knows how far that sum can be from the truth: the residual by
//! Cauchy and Schwarz, its own rounding likewise, and the rounding of the full-precision product it is compared with.
//! Those three make the exact search of `scan.rs` a proof.
//!
//! Steps: for a normal distribution the mean square error of a uniform quantiser is least at 0.3352 σ with 16 levels and
//! 0.0308 σ with 256 (Max, Quantizing for minimum distortion, 1960). Embeddings have rows that lie further out, which
//! slightly wider steps serve better: of 59,000 abstracts, the hundredth worst residual falls from 0.147 to 0.134 and from
//! 0.021 to 0.0095, and a scan of 4-bit codes finds 0.3 points more of the ten best (`docs/decisions/0011`).

use rayon::prelude::*;
use semsearch_vector::CodeBits;

use crate::hit::RowId;
use crate::limits::LENGTH_TOLERANCE;
use crate::vectors::Vectors;

/// Rows on which means and deviations are measured; more would say the same.
const SAMPLE: usize = 65_536;
/// Rows whose sums are added up together: a fixed number, so that sums do not depend on the number of threads.
const CHUNK: usize = 1024;

/// How numbers become codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantiser {
    /// Bits of a code.
    pub bits: CodeBits,
    /// For each dimension, the number in the middle of the codes.
    pub mean: Vec<f32>,
    /// For each dimension, the difference of two neighbouring codes.
    pub step: Vec<f32>,
}

/// Two lengths that bound what coding did to a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// The residual norm: at least the length of the row less its decoded codes.
    pub(crate) norm: f32,
    /// The code norm: at least the length of the row of `code − middle`.
    pub(crate) code_norm: f32,
}

impl Quantiser {
    /// Means and steps for these rows. The same on any number of threads.
    #[must_use]
    pub fn fit(vectors: &Vectors, bits: CodeBits) -> Self {
        let dim = vectors.dim();
        let every = vectors.len().div_ceil(SAMPLE).max(1);
        let sampled: Vec<usize> = (0..vectors.len()).step_by(every).collect();
        let sums: Vec<(Vec<f64>, Vec<f64>)> = sampled
            .par_chunks(CHUNK)
            .map(|rows| {
                let (mut sum, mut square) = (vec![0.0; dim], vec![0.0; dim]);
                for &id in rows {
                    let row = vectors.plain(RowId(id as u32));
                    for ((x, sum), square) in row.iter().zip(&mut sum).zip(&mut square) {
                        let x = f64::from(*x);
                        *sum += x;
                        *square += x * x;
                    }
                }
                (sum, square)
            })
            .collect();
        let n = sampled.len().max(1) as f64;
        let width = match bits {
            CodeBits::Four => 0.36,
            CodeBits::Eight => 0.036,
        };
        let (mut mean, mut step) = (Vec::with_capacity(dim), Vec::with_capacity(dim));
        for d in 0..dim {
            let centre = sums.iter().map(|(sum, _)| sum[d]).sum::<f64>() / n;
            let square = sums.iter().map(|(_, square)| square[d]).sum::<f64>() / n;
            mean.push(centre as f32);
            step.push(((square - centre * centre).max(0.0).sqrt() * width) as f32);
        }
        Self { bits, mean, step }
    }

    /// The number of dimensions.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    fn middle(&self) -> f32 {
        middle(self.bits)
    }

    /// Writes the codes of a row, one byte a dimension, and returns the norms of what they leave out.
    pub fn encode(&self, row: &[f32], codes: &mut [u8]) -> Residual {
        let (middle, most) = (self.middle(), (self.bits.levels() - 1) as f32);
        let (mut residual, mut code_square) = (0.0_f64, 0.0_f64);
        for (((x, mean), step), code) in row.iter().zip(&self.mean).zip(&self.step).zip(codes) {
            // A step of 0 is a dimension that never varies: its code means nothing, and 0/0 becomes 0.
            let level = (((x - mean) / step) + middle).round().clamp(0.0, most);
            *code = level as u8;
            let off = f64::from(*code) - f64::from(middle);
            let rest = f64::from(*x) - (f64::from(*mean) + f64::from(*step) * off);
            residual += rest * rest;
            code_square += off * off;
        }
        Residual { norm: above(residual.sqrt()), code_norm: above(code_square.sqrt()) }
    }

    /// Turns a query into bytes that are compared with codes, in the memory of `coded`.
    pub fn query_into(&self, query: &[f32], coded: &mut CodedQuery) {
        let dim = self.dim();
        // Eight sums side by side, so that no addition waits for the one before.
        let largest = lanes(query, |most: &mut f32, x| *most = if x.abs() > *most { x.abs() } else { *most })
            .into_iter()
            .fold(0.0, f32::max);
        let unit = power_of_two_below(largest);
        // Brought near 1 by a power of two, which is exact, so that neither very small nor very large queries lose
        // anything below.
        let weights = &mut coded.weights;
        weights.clear();
        let per_unit = (1.0 / unit) as f32;
        weights.extend(query.iter().zip(&self.step).map(|(q, step)| q * per_unit * step));
        let largest = lanes(weights, |most: &mut f32, x| *most = if x.abs() > *most { x.abs() } else { *most });
        let scale = largest.into_iter().fold(0.0, f32::max) / 127.0;
        // Weights too small to have a reciprocal are bytes of zero; the proof then allows for all of them.
        let steps = Some(1.0 / scale).filter(|steps| steps.is_finite()).unwrap_or(0.0);

        coded.bytes.clear();
        coded.bytes.resize(self.bits.query_len(dim), 0);
        let mut sum = 0;
        for (weight, byte) in weights.iter().zip(&mut coded.bytes) {
            // Adding 1.5 · 2²³ leaves the nearest whole number in the low bits, many numbers at a time. 127.5 is never
            // reached, since the largest weight is 127 steps but for a rounding.
            *byte = (weight * steps + ROUND).to_bits().wrapping_sub(ROUND.to_bits()) as i8;
            sum += i32::from(*byte);
        }
        let (mut mean, mut length) = (0.0, 0.0);
        for (q, centre) in query.iter().zip(&self.mean) {
            let q = f64::from(*q) * (1.0 / unit);
            mean += q * f64::from(*centre);
            length += q * q;
        }
        coded.unit = unit;
        coded.scale = f64::from(scale);
        coded.mean = mean;
        coded.base = mean - coded.scale * f64::from(self.middle()) * f64::from(sum);
        coded.length = length.sqrt() * (1.0 + 1e-12);
    }

    /// How far an estimate can be off at most, the residual aside, for rows whose code norm is at most `code_norm`, in
    /// units of the query: what [`CodedQuery::bound`] takes.
    pub(crate) fn rounding(&self, query: &[f32], coded: &CodedQuery, code_norm: f32) -> f64 {
        let CodedQuery { unit, scale, .. } = *coded;
        let (mut square, mut sum) = (0.0, 0.0);
        for ((q, step), byte) in query.iter().zip(&self.step).zip(&coded.bytes) {
            let lost = f64::from(*q) * (1.0 / unit) * f64::from(*step) - f64::from(*byte) * scale;
            square += lost * lost;
            sum += lost.abs();
        }
        let dim = self.dim() as f64;
        let own = (square.sqrt() * f64::from(code_norm)).min(sum * f64::from(self.middle()));
        // The error of the score itself from adding up in single precision, and that of computing a bound in single
        // precision, which is far less than is allowed for it.
        let terms = (dim + 2.0) * 2f64.powi(-24);
        let score = terms / (1.0 - terms) * LONGEST_ROW * coded.length;
        let reach = scale * 127.0 * f64::from(self.bits.levels()) * dim;
        let bound = (reach + coded.mean.abs() + coded.length) * 2f64.powi(-20);
        // A product below the normal range of a float is lost altogether.
        let vanished = dim * 2f64.powi(-126) / unit;
        own + score + bound + vanished
    }
}

/// An upper bound of the length of a row, and of that length as computed with rounding.
const LONGEST_ROW: f64 = 1.02;
const _: () = assert!(LONGEST_ROW * LONGEST_ROW > 1.0 + 2.0 * LENGTH_TOLERANCE as f64);

/// Added to a number below 2²², it leaves the nearest whole number in the low bits of the sum.
const ROUND: f32 = 1.5 * (1 << 23) as f32;

/// Folds numbers into eight results side by side.
fn lanes(numbers: &[f32], fold: impl Fn(&mut f32, f32)) -> [f32; 8] {
    let mut results = [0.0; 8];
    let (blocks, rest) = numbers.as_chunks::<8>();
    for block in blocks {
        results.iter_mut().zip(block).for_each(|(result, x)| fold(result, *x));
    }
    results.iter_mut().zip(rest).for_each(|(result, x)| fold(result, *x));
    results
}

/// The greatest power of two that is at most `x`, from the bits of the exponent; 1 for zero, and the least normal number
/// for a subnormal one.
fn power_of_two_below(x: f32) -> f64 {
    if x == 0.0 { 1.0 } else { f64::from(f32::from_bits((x.to_bits() & 0x7f80_0000).max(0x0080_0000))) }
}

fn middle(bits: CodeBits) -> f32 {
    (bits.levels() - 1) as f32 / 2.0
}

/// An `f32` slightly above `x`.
fn above(x: f64) -> f32 {
    ((x * (1.0 + 1e-9)) as f32).next_up()
}

/// A query as signed bytes, and what its sums mean.
///
/// All numbers are in units of `unit`, a power of two near the query's largest number.
#[derive(Clone, Debug, Default)]
pub struct CodedQuery {
    /// One byte a dimension, filled up with zeros to whole blocks of codes.
    pub bytes: Vec<i8>,
    weights: Vec<f32>,
    unit: f64,
    scale: f64,
    base: f64,
    mean: f64,
    length: f64,
}

impl CodedQuery {
    /// The score that a sum with the codes of a row stands for.
    pub(crate) fn estimate(&self, sum: i32) -> f64 {
        (self.base + self.scale * f64::from(sum)) * self.unit
    }

    /// The standard deviation of an estimate's error, for rows with the given residual norm.
    pub(crate) fn estimate_deviation(&self, residual: f32) -> f64 {
        self.length * self.unit * f64::from(residual) / (self.weights.len() as f64).sqrt()
    }

    /// The terms in which a bound is computed for many rows at once: a row with the sum `s` and the residual norm `e` can
    /// have a score of at least `score` only if `s · sum_scale + e · error_scale >= threshold`.
    ///
    /// The score is the one that `dot` computes, with its rounding; `rounding` is [`Quantiser::rounding`].
    pub(crate) fn bound(&self, score: f32, rounding: f64) -> Bound {
        Bound {
            sum_scale: self.scale as f32,
            error_scale: (self.length as f32).next_up(),
            threshold: ((f64::from(score) / self.unit - self.base - rounding) as f32).next_down(),
        }
    }
}

/// The inequality that [`CodedQuery::bound`] describes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) sum_scale: f32,
    pub(crate) error_scale: f32,
    pub(crate) threshold: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps so small that their products with a query have no reciprocal, or vanish.
    #[test]
    fn a_query_of_any_size_and_steps_of_any_size_keep_estimates_within_their_bounds() {
        for step in [0.0, f32::from_bits(1), 1e-42, 1e-39, 1e-30, 0.02, 3.0] {
            for size in [f32::from_bits(1), 1e-40, 1e-20, 1.0, 1e18] {
                let quantiser = Quantiser { bits: CodeBits::Four, mean: vec![0.1; 3], step: vec![step; 3] };
                let row = [0.1 + 6.0 * step, 0.1 - 2.0 * step, 0.1];
                let mut codes = [0; 3];
                let residual = quantiser.encode(&row, &mut codes);
                let query = [size, -0.75 * size, 0.3 * size];
                let mut coded = CodedQuery::default();
                quantiser.query_into(&query, &mut coded);
                let rounding = quantiser.rounding(&query, &coded, residual.code_norm);
                let sum: i32 =
                    codes.iter().zip(&coded.bytes).map(|(code, byte)| i32::from(*code) * i32::from(*byte)).sum();
                let score = semsearch_vector::dot(&query, &row);
                let Bound { sum_scale, error_scale, threshold } = coded.bound(score, rounding);
                let upper = sum as f32 * sum_scale + residual.norm * error_scale;
                assert!(upper >= threshold, "step {step}, size {size}: {upper} is below {threshold}");
            }
        }
    }
}

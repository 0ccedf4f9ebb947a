//! Binary quantisation: one bit a number, which says whether the number is above the mean of its dimension.
//!
//! *Plain*: the query becomes bits as well, and rows are ranked by the Hamming distance, which takes one exclusive or and
//! one population count for 64 dimensions.
//!
//! *Scaled*: only rows become bits. A row is estimated as `mean + factor · spread[d] · ±1`, with the mean absolute
//! deviation of each dimension and one factor a row, and the query keeps four bits a dimension:
//!
//! ```text
//! q · row ≈ q · mean + factor · Σ q[d]·spread[d]·±1       factor = |row − mean|² / (row − mean)·(spread · ±1)
//! ```
//!
//! The factor makes the estimate unbiased for queries in the direction of the row; it is the factor of RaBitQ (Gao and
//! Long, RaBitQ: quantizing high-dimensional vectors with a theoretical error bound, 2024). RaBitQ's random rotation is left
//! out: on vectors of paper abstracts it changes recall by less than a point, because spreads serve the same purpose.
//!
//! A query number of four bits is an odd number from −15 to 15, that is `±8 ±4 ±2 ±1`, so the sum takes four Hamming
//! distances, one for each bit: `Σ ±1 ·±1 = dim − 2·distance`. With eight bits recall is at most a point higher, and a scan
//! takes twice as long.

use semsearch_vector::simd;

use super::best::best;
use super::encoding::{Encoding, Full};

/// Bits of a query number.
const PLANES: usize = 4;
/// The step of a uniform quantiser of 16 levels that loses least of a normal distribution (Max, Quantizing for minimum
/// distortion, 1960), in standard deviations.
const STEP: f64 = 0.3352;

/// Rows as bits.
struct Bits {
    /// Bit `d % 8` of byte `d / 8` is dimension `d`; the last byte is padded with zeros.
    bytes: Vec<u8>,
    stride: usize,
    dim: usize,
    mean: Vec<f32>,
}

impl Bits {
    fn encode(full: Full<'_>) -> Self {
        let (mean, stride) = (means(full), full.dim.div_ceil(8));
        let mut bytes = vec![0; full.rows() * stride];
        for (row, bytes) in full.iter().zip(bytes.chunks_exact_mut(stride)) {
            pack(row.iter().zip(&mean).map(|(x, mean)| x >= mean), bytes);
        }
        Bits { bytes, stride, dim: full.dim, mean }
    }

    fn rows(&self) -> usize {
        self.bytes.len() / self.stride
    }

    /// Writes the Hamming distances of the rows from `first` on, one for each element of `out`.
    fn distances(&self, query: &[u8], first: usize, out: &mut [u32]) {
        let rows = &self.bytes[first * self.stride..][..out.len() * self.stride];
        simd::best().hamming_run(query, rows, out);
    }
}

/// Rows and queries as bits.
pub(super) struct Plain(Bits);

impl Plain {
    pub(super) fn encode(full: Full<'_>) -> Self {
        Plain(Bits::encode(full))
    }
}

impl Encoding for Plain {
    fn bytes_per_vector(&self) -> usize {
        self.0.stride
    }

    fn shared_bytes(&self) -> usize {
        self.0.mean.len() * size_of::<f32>()
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let Plain(rows) = self;
        let mut bits = vec![0; rows.stride];
        pack(query.iter().zip(&rows.mean).map(|(x, mean)| x >= mean), &mut bits);
        let mut distances = Vec::new();
        best(rows.rows(), most, |first, scores: &mut [i32]| {
            distances.resize(scores.len(), 0);
            rows.distances(&bits, first, &mut distances);
            scores.iter_mut().zip(&distances).for_each(|(score, distance)| *score = -(*distance as i32));
        })
    }
}

/// Rows as bits and a factor each, queries in four bits.
pub(super) struct Scaled {
    rows: Bits,
    spread: Vec<f32>,
    factors: Vec<f32>,
}

impl Scaled {
    pub(super) fn encode(full: Full<'_>) -> Self {
        let rows = Bits::encode(full);
        let mut sums = vec![0.0_f64; full.dim];
        for row in full.iter() {
            let off = row.iter().zip(&rows.mean).map(|(x, mean)| f64::from((x - mean).abs()));
            sums.iter_mut().zip(off).for_each(|(sum, off)| *sum += off);
        }
        let spread: Vec<f32> = sums.iter().map(|sum| (sum / full.rows().max(1) as f64) as f32).collect();
        let factor = |row: &[f32]| {
            let (mut square, mut along) = (0.0_f64, 0.0_f64);
            for ((x, mean), spread) in row.iter().zip(&rows.mean).zip(&spread) {
                let off = f64::from(x - mean);
                square += off * off;
                along += off.abs() * f64::from(*spread);
            }
            // A row that equals the mean needs no factor.
            if along > 0.0 { (square / along) as f32 } else { 0.0 }
        };
        let factors = full.iter().map(factor).collect();
        Scaled { rows, spread, factors }
    }

    /// The four bit planes of a query, highest bit first, each as a row of bits.
    fn planes(&self, query: &[f32]) -> [Vec<u8>; PLANES] {
        let weights: Vec<f64> = query.iter().zip(&self.spread).map(|(q, s)| f64::from(*q) * f64::from(*s)).collect();
        let square = weights.iter().map(|weight| weight * weight).sum::<f64>() / weights.len() as f64;
        let step = STEP * square.sqrt();
        // For a query of zeros, 0/0 is NaN, which becomes level 0 in every dimension, so all rows rank alike.
        let levels: Vec<u8> =
            weights.iter().map(|weight| (weight / step + 7.5).round().clamp(0.0, 15.0) as u8).collect();
        std::array::from_fn(|plane| {
            let mut bits = vec![0; self.rows.stride];
            pack(levels.iter().map(|level| level >> (PLANES - 1 - plane) & 1 == 1), &mut bits);
            bits
        })
    }
}

impl Encoding for Scaled {
    fn bytes_per_vector(&self) -> usize {
        self.rows.stride + size_of::<f32>()
    }

    fn shared_bytes(&self) -> usize {
        (self.rows.mean.len() + self.spread.len()) * size_of::<f32>()
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let planes = self.planes(query);
        // The sum is 15 · dim − 2 · Σ 2ʲ · distance.
        let all = (1 << PLANES) - 1;
        let all = all * self.rows.dim as i32;
        let (mut distances, mut sums) = (Vec::new(), Vec::new());
        best(self.rows.rows(), most, |first, scores: &mut [f32]| {
            distances.resize(scores.len(), 0);
            sums.clear();
            sums.resize(scores.len(), 0);
            for plane in &planes {
                self.rows.distances(plane, first, &mut distances);
                sums.iter_mut().zip(&distances).for_each(|(sum, distance)| *sum = 2 * *sum + *distance);
            }
            let factors = &self.factors[first..];
            for ((score, sum), factor) in scores.iter_mut().zip(&sums).zip(factors) {
                *score = (all - 2 * *sum as i32) as f32 * factor;
            }
        })
    }
}

/// The mean of each dimension.
fn means(full: Full<'_>) -> Vec<f32> {
    let mut sums = vec![0.0_f64; full.dim];
    for row in full.iter() {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    sums.iter().map(|sum| (sum / full.rows().max(1) as f64) as f32).collect()
}

/// Writes bits into bytes, the lowest bit first.
fn pack(bits: impl Iterator<Item = bool>, bytes: &mut [u8]) {
    for (place, bit) in bits.enumerate() {
        bytes[place / 8] |= u8::from(bit) << (place % 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::{expect_ranking, made_rows};

    /// The mean of a dimension, from the definition.
    fn mean(full: Full<'_>, d: usize) -> f32 {
        (full.iter().map(|row| f64::from(row[d])).sum::<f64>() / full.rows() as f64) as f32
    }

    #[test]
    fn plain_bits_rank_by_the_sides_on_which_a_row_and_the_query_differ() {
        let rows = made_rows(3000, 21, 3);
        let full = Full { numbers: rows.as_slice(), dim: 21 };
        let bits = Plain::encode(full);
        assert_eq!((bits.bytes_per_vector(), bits.shared_bytes()), (3, 84));
        for query in made_rows(8, 21, 4).iter() {
            expect_ranking(&bits, query, full.rows(), 0.0, |row| {
                let differs = |d: &usize| (full.row(row)[*d] >= mean(full, *d)) != (query[*d] >= mean(full, *d));
                -((0..21).filter(differs).count() as f64)
            });
        }
    }

    #[test]
    fn scaled_bits_rank_by_the_estimate_with_a_query_of_four_bits() {
        let rows = made_rows(3000, 21, 5);
        let full = Full { numbers: rows.as_slice(), dim: 21 };
        let bits = Scaled::encode(full);
        assert_eq!((bits.bytes_per_vector(), bits.shared_bytes()), (7, 168));
        let means: Vec<f64> = (0..21).map(|d| f64::from(mean(full, d))).collect();
        let spread: Vec<f64> = (0..21)
            .map(|d| full.iter().map(|row| (f64::from(row[d]) - means[d]).abs()).sum::<f64>() / full.rows() as f64)
            .collect();
        for query in made_rows(8, 21, 6).iter() {
            let weights: Vec<f64> = query.iter().zip(&spread).map(|(q, spread)| f64::from(*q) * spread).collect();
            let deviation = (weights.iter().map(|weight| weight * weight).sum::<f64>() / 21.0).sqrt();
            // The nearest odd number of half steps.
            let odd = |weight: f64| ((weight / (0.3352 * deviation) - 0.5).round() * 2.0 + 1.0).clamp(-15.0, 15.0);
            expect_ranking(&bits, query, full.rows(), 1e-2, |row| {
                let off = |d: usize| f64::from(full.row(row)[d]) - means[d];
                let square: f64 = (0..21).map(|d| off(d) * off(d)).sum();
                let along: f64 = (0..21).map(|d| off(d).abs() * spread[d]).sum();
                square / along * (0..21).map(|d| odd(weights[d]) * off(d).signum()).sum::<f64>()
            });
        }
    }

    #[test]
    fn the_estimate_of_a_row_for_itself_is_its_score() {
        let rows = made_rows(500, 64, 9);
        let full = Full { numbers: rows.as_slice(), dim: 64 };
        let Scaled { rows: bits, spread, factors } = Scaled::encode(full);
        for (row, factor) in full.iter().zip(&factors) {
            let estimate: f32 = (0..64)
                .map(|d| row[d] - bits.mean[d])
                .zip(&spread)
                .map(|(off, spread)| off * factor * spread * off.signum())
                .sum();
            let square: f32 = (0..64).map(|d| (row[d] - bits.mean[d]).powi(2)).sum();
            assert!((estimate - square).abs() < 1e-4, "{estimate} {square}");
        }
    }
}

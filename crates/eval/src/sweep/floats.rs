//! Rows as floats: in single precision, which is the ground truth for the other encodings, and in half precision.
//!
//! Half precision keeps eleven significant bits of every number. A row is half as long, so a scan limited by memory
//! bandwidth takes half the time.

use half::f16;
use semsearch_vector::simd;

use super::best::best;
use super::encoding::{Encoding, Full};

/// The rows as they are.
pub(super) struct Singles<'a>(pub(super) Full<'a>);

impl Encoding for Singles<'_> {
    fn bytes_per_vector(&self) -> usize {
        self.0.dim * size_of::<f32>()
    }

    fn shared_bytes(&self) -> usize {
        0
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let kernels = simd::best();
        best(self.0.rows(), most, |first, scores: &mut [f32]| {
            scores.iter_mut().zip(first..).for_each(|(score, row)| *score = kernels.dot(query, self.0.row(row)));
        })
    }
}

/// The rows in half precision.
pub(super) struct Halves {
    numbers: Vec<u16>,
    dim: usize,
}

impl Halves {
    pub(super) fn encode(full: Full<'_>) -> Self {
        Halves { numbers: full.numbers.iter().map(|number| f16::from_f32(*number).to_bits()).collect(), dim: full.dim }
    }
}

impl Encoding for Halves {
    fn bytes_per_vector(&self) -> usize {
        self.dim * size_of::<u16>()
    }

    fn shared_bytes(&self) -> usize {
        0
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let kernels = simd::best();
        best(self.numbers.len() / self.dim, most, |first, scores: &mut [f32]| {
            let rows = self.numbers[first * self.dim..].chunks_exact(self.dim);
            scores.iter_mut().zip(rows).for_each(|(score, row)| *score = kernels.dot_f16(query, row));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::{expect_ranking, made_rows};

    #[test]
    fn a_scan_of_halves_ranks_by_the_rounded_numbers() {
        let rows = made_rows(3000, 19, 7);
        let full = Full { numbers: rows.as_slice(), dim: 19 };
        let halves = Halves::encode(full);
        assert_eq!((halves.bytes_per_vector(), halves.shared_bytes()), (38, 0));
        for query in made_rows(8, 19, 8).iter() {
            expect_ranking(&halves, query, full.rows(), 1e-6, |row| {
                full.row(row)
                    .iter()
                    .zip(query)
                    .map(|(x, q)| f64::from(f16::from_f32(*x).to_f32()) * f64::from(*q))
                    .sum()
            });
            expect_ranking(&Singles(full), query, full.rows(), 1e-6, |row| {
                full.row(row).iter().zip(query).map(|(x, q)| f64::from(*x) * f64::from(*q)).sum()
            });
        }
    }
}

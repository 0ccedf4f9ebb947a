//! Principal components of many rows, whitened.
//!
//! Each row is centred, projected onto the first `dim` principal components, and divided by the standard deviation along
//! each. Model2Vec leaves out the division. Token vectors of a transformer share a few strong directions that say little
//! about meaning; the division takes away their weight, and gains more than any other step (models/static/README.md). It
//! also brings all numbers to a similar size, which codes of few bits need.
//!
//! Sums run in f64 over blocks of rows in a fixed order: the same bits with any number of threads.

use rayon::prelude::*;
use semsearch_vector::Matrix;
use semsearch_vector::linear::{Eigen, dot, symmetric};

/// Rows that are summed by one thread at a time.
const BLOCK: usize = 2048;

/// The least share of the largest variance that counts as variance. Layer normalisation constrains the numbers of a row,
/// so some directions have no variance except for rounding errors. Whitening would turn those into noise.
const LEAST_SHARE: f64 = 1e-9;

/// The principal components of rows, and the variance along each.
pub(super) struct Components {
    mean: Vec<f64>,
    eigen: Eigen,
}

impl Components {
    /// Finds all components of `rows`; `None` if a number is not finite.
    pub(super) fn of(rows: &Matrix) -> Option<Self> {
        let (count, dim) = (rows.rows(), rows.dim());
        let mut mean = vec![0.0; dim];
        for row in rows.iter() {
            mean.iter_mut().zip(row).for_each(|(sum, &number)| *sum += f64::from(number));
        }
        mean.iter_mut().for_each(|sum| *sum /= count as f64);
        let blocks = rows.as_slice().par_chunks(BLOCK * dim).map(|block| scatter(block, &mean));
        let mut covariance = vec![0.0; dim * dim];
        // Collected before they are summed, so that the order is fixed.
        for block in blocks.collect::<Vec<_>>() {
            covariance.iter_mut().zip(block).for_each(|(sum, number)| *sum += number);
        }
        let share = 1.0 / (count.max(2) - 1) as f64;
        covariance.iter_mut().for_each(|number| *number *= share);
        Some(Components { mean, eigen: symmetric(covariance, dim)? })
    }

    /// `rows` projected onto the first `dim` components, divided by the standard deviation along each.
    ///
    /// # Panics
    /// If `dim` is more than [`Components::rank`].
    pub(super) fn whiten(&self, rows: &Matrix, dim: usize) -> Matrix {
        assert!(dim <= self.rank(), "a direction without variance cannot be whitened");
        let Eigen { values, vectors } = &self.eigen;
        let scales: Vec<f64> = values[..dim].iter().map(|value| 1.0 / value.sqrt()).collect();
        let mut turned = vec![0.0f32; rows.rows() * dim];
        turned.par_chunks_mut(dim).zip(rows.as_slice().par_chunks(rows.dim())).for_each(|(out, row)| {
            let centred: Vec<f64> = row.iter().zip(&self.mean).map(|(&x, mean)| f64::from(x) - mean).collect();
            for ((out, vector), scale) in out.iter_mut().zip(vectors).zip(&scales) {
                *out = (dot(&centred, vector) * scale) as f32;
            }
        });
        let mut matrix = Matrix::new(dim);
        turned.chunks_exact(dim).for_each(|row| matrix.push(row));
        matrix
    }

    /// The number of components with variance.
    pub(super) fn rank(&self) -> usize {
        let values = &self.eigen.values;
        values.iter().take_while(|&&value| value > values[0] * LEAST_SHARE).count()
    }

    /// The share of all variance that the first `dim` components have.
    pub(super) fn explained(&self, dim: usize) -> f64 {
        let values = &self.eigen.values;
        values[..dim].iter().sum::<f64>() / values.iter().sum::<f64>()
    }
}

/// The scatter matrix: the sum over all rows of the products of every two centred numbers.
fn scatter(rows: &[f32], mean: &[f64]) -> Vec<f64> {
    let dim = mean.len();
    let mut sums = vec![0.0; dim * dim];
    let mut centred = vec![0.0; dim];
    for row in rows.chunks_exact(dim) {
        for ((centred, &number), mean) in centred.iter_mut().zip(row).zip(mean) {
            *centred = f64::from(number) - mean;
        }
        for (place, sums) in sums.chunks_exact_mut(dim).enumerate() {
            let factor = centred[place];
            sums.iter_mut().zip(&centred).for_each(|(sum, number)| *sum += factor * number);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows with a spread of their own in every direction, more rows than one block has.
    fn rows() -> Matrix {
        let mut matrix = Matrix::new(6);
        let mut random = semsearch_testing::Random::new(7);
        for _ in 0..BLOCK + 300 {
            let row: Vec<f32> = (0..6).map(|place| (random.float() + 1.0) / 2.0 * (place + 1) as f32 + 5.0).collect();
            // The last number is the sum of two others: one direction without variance.
            matrix.push(&[row[0], row[1], row[2], row[3], row[4], row[0] + row[1]]);
        }
        matrix
    }

    #[test]
    fn whitened_rows_have_no_mean_and_no_correlation_and_variance_one() {
        let rows = rows();
        let white = Components::of(&rows).unwrap().whiten(&rows, 5);
        let count = white.rows() as f64;
        for i in 0..5 {
            let mean: f64 = white.iter().map(|row| f64::from(row[i])).sum::<f64>() / count;
            assert!(mean.abs() < 1e-4, "mean {mean} at {i}");
            for j in 0..5 {
                let product: f64 =
                    white.iter().map(|row| f64::from(row[i]) * f64::from(row[j])).sum::<f64>() / (count - 1.0);
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-3, "{product} at {i}, {j}");
            }
        }
    }

    #[test]
    fn a_direction_without_variance_does_not_count() {
        let components = Components::of(&rows()).unwrap();
        assert_eq!(components.rank(), 5);
        assert!((components.explained(6) - 1.0).abs() < 1e-12 && components.explained(2) < 1.0);
    }

    #[test]
    fn all_components_together_give_the_rows_back() {
        let rows = rows();
        let Components { mean, eigen } = Components::of(&rows).unwrap();
        for row in rows.iter().take(50) {
            let centred: Vec<f64> = row.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean).collect();
            for (place, &number) in row.iter().enumerate() {
                let again: f64 = eigen.vectors.iter().map(|v| dot(&centred, v) * v[place]).sum::<f64>() + mean[place];
                assert!((again - f64::from(number)).abs() < 1e-9, "{again} for {number}");
            }
        }
    }

    #[test]
    fn one_thread_and_many_give_the_same_bits() {
        let rows = rows();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Components::of(&rows).unwrap().whiten(&rows, 4))
        };
        assert_eq!(with(1), with(3));
    }
}

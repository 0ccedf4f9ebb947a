//! Linear algebra in f64, for results that are computed once and stored: principal components, maps between two spaces.
//!
//! Matrices are plain slices, row after row. Only operations are used that IEEE 754 defines to the bit, and sums run in one
//! order, so results have the same bits on every machine and with any number of threads. The inner loops of searching are
//! in [`crate::simd`].
//!
//! | file | gives |
//! | --- | --- |
//! | `cholesky` | the solution of a symmetric, positive definite system |
//! | `eigen` | eigenvalues and eigenvectors of a symmetric matrix |

mod cholesky;
mod eigen;

pub use cholesky::Cholesky;
pub use eigen::{Eigen, symmetric};

/// The inner product of two equally long vectors, with eight sums side by side, since a single sum would wait for each
/// addition.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (blocks, rest) = a.as_chunks::<8>();
    let (other_blocks, other_rest) = b.as_chunks::<8>();
    for (a, b) in blocks.iter().zip(other_blocks) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let tail: f64 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + tail
}

//! Rows for the tests of this folder.

use semsearch_vector::{Matrix, normalise};

use crate::vectors::Vectors;

/// Rows of length 1 around `clusters` centres.
pub(crate) fn clustered(rows: usize, dim: usize, clusters: usize, seed: u64) -> Vectors {
    spread(rows, dim, clusters, 0.4, seed)
}

/// Rows of length 1, each a centre and a random vector of length `apart` or so.
pub(crate) fn spread(rows: usize, dim: usize, clusters: usize, apart: f32, seed: u64) -> Vectors {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut number = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let centres: Vec<f32> = (0..clusters * dim).map(|_| number()).collect();
    let mut matrix = Matrix::with_capacity(rows, dim);
    for row in 0..rows {
        let centre = &centres[row % clusters * dim..][..dim];
        let mut row: Vec<f32> = centre.iter().map(|x| x + apart * number()).collect();
        normalise(&mut row);
        matrix.push(&row);
    }
    Vectors::new(matrix).unwrap()
}

/// The same row again and again.
pub(crate) fn equal(rows: usize, dim: usize) -> Vectors {
    let mut row = vec![0.0; dim];
    row[0] = 1.0;
    Vectors::new(Matrix::from_vec(row.repeat(rows), dim).unwrap()).unwrap()
}

/// Rows of zeros, which is what empty texts become.
pub(crate) fn zeros(rows: usize, dim: usize) -> Vectors {
    Vectors::new(Matrix::zeros(rows, dim)).unwrap()
}

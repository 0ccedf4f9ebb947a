//! Rows to test with: made from a seed, the same on every machine.

use semsearch_index::Vectors;
use semsearch_vector::{Matrix, normalise};

/// Splitmix64, so that a failing seed can be run again anywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// Roughly normal: the sum of four uniform numbers.
    pub(crate) fn normal(&mut self) -> f32 {
        (0..4).map(|_| (self.bits() >> 40) as f32 / (1 << 24) as f32 - 0.5).sum::<f32>()
    }
}

/// Rows of length 1 in as many clusters, the way embeddings of texts on a few subjects lie.
pub(crate) fn clustered(rows: usize, dim: usize, clusters: usize, seed: u64) -> Matrix {
    let mut random = Random(seed);
    let centres: Vec<Vec<f32>> = (0..clusters).map(|_| (0..dim).map(|_| random.normal()).collect()).collect();
    let mut matrix = Matrix::with_capacity(rows, dim);
    for _ in 0..rows {
        let centre = &centres[random.below(clusters)];
        let mut row: Vec<f32> = centre.iter().map(|x| x + 0.7 * random.normal()).collect();
        normalise(&mut row);
        matrix.push(&row);
    }
    matrix
}

pub(crate) fn vectors(rows: usize, dim: usize, seed: u64) -> Vectors {
    Vectors::new(clustered(rows, dim, 5, seed)).expect("normalised rows")
}

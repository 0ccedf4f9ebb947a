//! The trait of all encodings, and the rows in full precision that they are compared with.

use semsearch_vector::simd;

/// An encoding of rows.
pub(super) trait Encoding: Sync {
    fn bytes_per_vector(&self) -> usize;

    fn shared_bytes(&self) -> usize;

    /// The best rows for a query by the scores of this encoding: at most `most`, best first; of equal scores, the lower row
    /// first.
    fn best(&self, query: &[f32], most: usize) -> Vec<u32>;
}

/// Rows in full precision.
#[derive(Clone, Copy)]
pub(super) struct Full<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) dim: usize,
}

impl<'a> Full<'a> {
    pub(super) fn rows(&self) -> usize {
        self.numbers.len() / self.dim
    }

    pub(super) fn row(&self, row: usize) -> &'a [f32] {
        &self.numbers[row * self.dim..][..self.dim]
    }

    pub(super) fn iter(&self) -> std::slice::ChunksExact<'a, f32> {
        self.numbers.chunks_exact(self.dim)
    }

    pub(super) fn score(&self, row: u32, query: &[f32]) -> f32 {
        simd::best().dot(query, self.row(row as usize))
    }
}

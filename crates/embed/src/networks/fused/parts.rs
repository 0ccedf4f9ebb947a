//! The steps that both passes share.

use semsearch_vector::simd::Kernels;

use super::weights::Norm;

/// Adds the position bias to the attention scores of the tokens from `first` on. `bias` is the bias of one head for a text
/// of `tokens` tokens, from [`crate::networks::mpnet::by_distance`].
pub(super) fn add_distances(scores: &mut [f32], first: usize, tokens: usize, bias: &[f32]) {
    for (from, row) in scores.chunks_exact_mut(tokens).enumerate() {
        row.iter_mut().zip(&bias[tokens - 1 - first - from..]).for_each(|(score, more)| *score += more);
    }
}

/// `rows = norm(rows + residual)`, row by row.
pub(super) fn normalise(kernels: &Kernels, rows: &mut [f32], residual: &[f32], norm: &Norm, epsilon: f32) {
    let dim = norm.gain.len();
    for (row, residual) in rows.chunks_exact_mut(dim).zip(residual.chunks_exact(dim)) {
        kernels.add_layer_norm(row, residual, &norm.gain, &norm.shift, epsilon);
    }
}

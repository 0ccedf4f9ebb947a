//! Scores candidates again, exactly.
//!
//! A graph may score with whatever is cheapest; this step looks the full-precision row of every candidate up and orders
//! them by the true cosine. It cannot find a row the graph missed.

use semsearch_index::SearchError;
use semsearch_store::{DocHit, SegmentedIndex};

/// The best `k` of `candidates` by exact similarity to `query`, best first.
///
/// # Errors
/// If a row is damaged.
pub(crate) fn rerank(
    query: &[f32],
    mut candidates: Vec<DocHit>,
    rows: &SegmentedIndex,
    k: usize,
) -> Result<Vec<DocHit>, SearchError> {
    for hit in &mut candidates {
        hit.score = rows.score(hit.id, query)?;
    }
    candidates.sort_by(DocHit::best_first);
    candidates.truncate(k);
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use semsearch_index::{HnswIndex, HnswParams, NoProgress, Vectors};
    use semsearch_vector::Matrix;

    use super::*;

    #[test]
    fn candidates_are_ordered_by_their_true_score_and_cut() {
        let rows = Matrix::from_vec(vec![1.0, 0.0, 0.6, 0.8, 0.0, 1.0], 2).unwrap();
        let built = HnswIndex::build(Vectors::new(rows).unwrap(), &HnswParams::default(), &NoProgress).unwrap();
        let rows = SegmentedIndex::from(built);
        let truth = rows.truth(&[0.0, 1.0], 3).unwrap();
        // Rows 2, 1 and 0, with scores of 1, 0.8 and 0.
        let wrong = [(2, 0.9), (1, 0.1), (0, 0.5)].map(|(place, score)| DocHit { score, ..truth[place] });
        let hits = rerank(&[0.0, 1.0], wrong.to_vec(), &rows, 2);
        assert_eq!(hits.unwrap(), truth[..2]);
        assert_eq!([truth[0], truth[1]].map(|hit| (hit.id.number(), hit.score)), [(2, 1.0), (1, 0.8)]);
    }
}

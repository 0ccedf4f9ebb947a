//! Diversity: hits that are unlike each other.
//!
//! Maximal marginal relevance (Carbonell and Goldstein, 1998): the best paper comes first, and every next one is that
//! which is best by
//!
//! ```text
//! (1 - λ) · score / best score - λ · max cosine to the papers before it
//! ```
//!
//! With λ = 0 the order stays; with 1 only the first paper has to do with the query. The cosines are of stored vectors.
//! Cost: as many cosines as candidates times hits.

use semsearch_store::{Collection, SegmentedIndex};

use super::error::SearchError;
use super::rank::RankedHit;

/// Candidates for each hit that is wanted.
const CANDIDATES_A_HIT: usize = 10;
/// Candidates, at least.
const FEWEST_CANDIDATES: usize = 100;

/// How many of the best papers to choose `k` diverse ones from.
pub(crate) fn candidates(k: usize) -> usize {
    k.saturating_mul(CANDIDATES_A_HIT).max(FEWEST_CANDIDATES)
}

/// Chooses `k` of the hits, best first. Their scores stay what they are.
pub(crate) fn diversified(
    mut hits: Vec<RankedHit>,
    k: usize,
    lambda: f32,
    collection: &Collection,
    index: &SegmentedIndex,
) -> Result<Vec<RankedHit>, SearchError> {
    let best = hits.first().map_or(0.0, |hit| hit.score);
    let relevance = |hit: &RankedHit| if best > 0.0 { hit.score / best } else { hit.score };
    let mut nearest = vec![0.0_f32; hits.len()];
    let mut chosen: Vec<RankedHit> = Vec::with_capacity(k.min(hits.len()));
    let mut vector = vec![0.0; index.dim()];
    while chosen.len() < k && !hits.is_empty() {
        let value = |place: usize| (1.0 - lambda) * relevance(&hits[place]) - lambda * nearest[place];
        let mut next = 0;
        for place in 1..hits.len() {
            if value(place) > value(next) {
                next = place;
            }
        }
        // What is left stays in the order of its scores, so that of equal values the better score is taken.
        let hit = hits.remove(next);
        nearest.remove(next);
        if let Some(id) = collection.doc_id_numbered(u64::from(hit.doc)) {
            index.copy_row(id, &mut vector)?;
            for (other, nearest) in hits.iter().zip(&mut nearest) {
                if let Some(other) = collection.doc_id_numbered(u64::from(other.doc)) {
                    let cosine = index.score(other, &vector)?;
                    *nearest = if chosen.is_empty() { cosine } else { nearest.max(cosine) };
                }
            }
        }
        chosen.push(hit);
    }
    Ok(chosen)
}

//! The result of a search: rows, and how well they match.
//!
//! Hits have one order everywhere: the higher score first and, between equal scores, the lower id. It is total, so the
//! best `k` of a set do not depend on the order in which the set was looked at.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

/// The number of a row, counted from 0 in the order the rows were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowId(pub u32);

impl RowId {
    /// The id as a position in a list of rows.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A row and its score: the inner product with the query, which is their cosine when both have length 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Which row.
    pub id: RowId,
    /// How well it matches; higher is better.
    pub score: f32,
}

impl Hit {
    /// Orders the better hit first: by score, then by the lower id.
    #[must_use]
    pub fn best_first(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.id.cmp(&other.id))
    }
}

/// The best `k` of the hits offered so far.
///
/// A heap with the worst kept hit on top: once it is full, most offers cost one comparison.
#[derive(Debug, Default)]
pub(crate) struct TopK {
    k: usize,
    kept: BinaryHeap<Ranked>,
}

impl TopK {
    /// Keeps up to `k` hits. The caller has cut `k` to the number of rows, so room for all of them is affordable.
    pub(crate) fn new(k: usize) -> Self {
        Self { k, kept: BinaryHeap::with_capacity(k) }
    }

    /// How many hits are kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// How many hits are wanted.
    pub(crate) fn room(&self) -> usize {
        self.k
    }

    /// The score of the worst hit kept; `None` while there is room for more.
    pub(crate) fn worst(&self) -> Option<f32> {
        if self.kept.len() < self.k { None } else { self.kept.peek().map(|worst| worst.0.score) }
    }

    /// Forgets all hits, to keep up to `k` new ones in the same memory.
    pub(crate) fn reset(&mut self, k: usize) {
        self.kept.clear();
        self.k = k;
    }

    /// Moves the kept hits into `hits`, best first.
    pub(crate) fn drain_into(&mut self, hits: &mut Vec<Hit>) {
        hits.clear();
        hits.extend(self.kept.drain().map(|ranked| ranked.0));
        hits.sort_unstable_by(Hit::best_first);
    }

    pub(crate) fn offer(&mut self, hit: Hit) {
        if self.kept.len() < self.k {
            self.kept.push(Ranked(hit));
        } else if let Some(mut worst) = self.kept.peek_mut()
            && hit.best_first(&worst.0).is_lt()
        {
            worst.0 = hit;
        }
    }

    /// The kept hits, best first.
    pub(crate) fn into_hits(self) -> Vec<Hit> {
        self.kept.into_sorted_vec().into_iter().map(|ranked| ranked.0).collect()
    }
}

/// A hit ordered so that the worst is the greatest, which is what a max-heap puts on top.
#[derive(Debug)]
struct Ranked(Hit);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.best_first(&other.0)
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hit(id: u32, score: f32) -> Hit {
        Hit { id: RowId(id), score }
    }

    #[test]
    fn equal_scores_come_in_the_order_of_their_ids() {
        let mut hits = [hit(7, 0.5), hit(2, 0.5), hit(9, 0.8)];
        hits.sort_by(Hit::best_first);
        assert_eq!(hits, [hit(9, 0.8), hit(2, 0.5), hit(7, 0.5)]);
    }

    #[test]
    fn keeping_none_gives_none() {
        let mut top = TopK::new(0);
        top.offer(hit(0, 1.0));
        assert_eq!(top.into_hits(), []);
    }

    proptest! {
        #[test]
        fn the_best_k_are_what_sorting_everything_would_give(scores in prop::collection::vec(-3i8..3, 0..60), k in 0usize..70) {
            let mut hits: Vec<Hit> = scores.iter().zip(0..).map(|(s, id)| hit(id, f32::from(*s))).collect();
            let mut top = TopK::new(k);
            hits.iter().rev().for_each(|hit| top.offer(*hit));
            hits.sort_by(Hit::best_first);
            hits.truncate(k);
            prop_assert_eq!(top.into_hits(), hits);
        }
    }
}

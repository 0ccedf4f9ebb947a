//! Fusion: one score of what vectors and words say of a paper.
//!
//! The default is a convex combination,
//!
//! ```text
//! score = (1 - w) · (0.9 · cosine + 0.1 · topic) + w · L / max L + 0.1 · T + N
//! ```
//!
//! where `topic` is the cosine of the paper and what the words of the query are about in this collection, `L` is the
//! lexical score, `max L` the best one among the candidates, `T` is 1 if the title holds every word of the query, and `N`
//! is 1 if the query is a name of the paper: its identifier, or one of its authors. The cosine is taken as it is, without
//! rescaling: rescaled by its own best, it loses 0.003 of nDCG@10 over four judged sets and 0.033 over known items
//! (`docs/decisions/0017-hybrid.md`).
//!
//! Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009) knows ranks only. It is there to be compared with.
//!
//! Both are monotone: if one score of a paper rises and all else stands, its rank does not get worse.

/// Weight of "every word of the query is in the title".
const TITLE_BONUS: f32 = 0.1;
/// Weight of what the words are about, of that of the vectors.
const TOPIC: f32 = 0.1;
/// Weight of "the query is a name of this paper": more than anything else together can reach.
const NAME_BONUS: f32 = 2.0;

/// How scores become one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fusion {
    /// `(1 - weight) · (0.9 · cosine + 0.1 · topic) + weight · L / max L`, with bonuses. `weight` is that of the words, 0
    /// to 1; `topic` is the cosine of the paper and what the words of the query are about in this collection.
    Convex {
        /// Weight of the words, 0 to 1.
        weight: f32,
    },
    /// `1 / (k + rank)`, summed over both lists; ranks count from 1.
    ReciprocalRank {
        /// How little the first ranks stand out; 60 in the literature.
        k: f32,
    },
}

/// What is known of a candidate. `doc` is the number of its document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) doc: u32,
    /// Cosine of query and paper, exact.
    pub(crate) cosine: f32,
    /// Cosine of the paper and what the words of the query are about; that of the query if they are few, or
    /// nothing is known of them.
    pub(crate) topic: f32,
    /// Lexical score, exact; 0 if the paper holds no word of the query.
    pub(crate) lexical: f32,
    /// Whether the title holds every word of the query.
    pub(crate) all_in_title: bool,
    /// Whether the query is an identifier or an author of the paper.
    pub(crate) is_named: bool,
}

impl Fusion {
    /// The score of every candidate, in their order.
    pub(crate) fn scores(self, candidates: &[Evidence]) -> Vec<f32> {
        let best = candidates.iter().map(|candidate| candidate.lexical).fold(0.0, f32::max);
        match self {
            Fusion::Convex { .. } => candidates.iter().map(|candidate| self.score(candidate, best)).collect(),
            Fusion::ReciprocalRank { k } => {
                let dense = reciprocal_ranks(candidates, k, |candidate| Some(candidate.cosine));
                let lexical =
                    reciprocal_ranks(candidates, k, |candidate| (candidate.lexical > 0.0).then_some(candidate.lexical));
                let both = dense.into_iter().zip(lexical);
                both.zip(candidates).map(|((dense, lexical), candidate)| dense + lexical + bonus(candidate)).collect()
            }
        }
    }

    /// The score of one candidate, if the best lexical score is `best_lexical`. Ranks are not known of one candidate, so
    /// reciprocal rank fusion gives the most that there can be.
    pub(crate) fn score(self, candidate: &Evidence, best_lexical: f32) -> f32 {
        match self {
            Fusion::Convex { weight } => {
                let share = if best_lexical > 0.0 { candidate.lexical / best_lexical } else { 0.0 };
                let meaning = (1.0 - TOPIC) * candidate.cosine + TOPIC * candidate.topic;
                (1.0 - weight) * meaning + weight * share + bonus(candidate)
            }
            Fusion::ReciprocalRank { k } => 2.0 / (k + 1.0) + bonus(candidate),
        }
    }
}

fn bonus(candidate: &Evidence) -> f32 {
    TITLE_BONUS * f32::from(candidate.all_in_title) + NAME_BONUS * f32::from(candidate.is_named)
}

/// For each candidate `1 / (k + rank)`; 0 without a score. Equal scores have the same rank, the best of theirs.
fn reciprocal_ranks(candidates: &[Evidence], k: f32, score: impl Fn(&Evidence) -> Option<f32>) -> Vec<f32> {
    let mut order: Vec<f32> = candidates.iter().filter_map(&score).collect();
    order.sort_unstable_by(|a, b| b.total_cmp(a));
    let rank = |score: f32| 1 + order.partition_point(|other| other.total_cmp(&score).is_gt());
    candidates.iter().map(|candidate| score(candidate).map_or(0.0, |score| 1.0 / (k + rank(score) as f32))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn evidence(number: u32, cosine: f32, lexical: f32) -> Evidence {
        Evidence { doc: number, cosine, topic: cosine, lexical, all_in_title: false, is_named: false }
    }

    /// The documents, best first.
    fn ranked(fusion: Fusion, candidates: &[Evidence]) -> Vec<(u32, f32)> {
        let docs = candidates.iter().map(|candidate| candidate.doc);
        let mut ranked: Vec<(u32, f32)> = docs.zip(fusion.scores(candidates)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }

    fn rank_of(ranked: &[(u32, f32)], number: u32) -> usize {
        ranked.iter().position(|one| one.0 == number).unwrap()
    }

    #[test]
    fn the_default_is_the_formula() {
        let candidates = [evidence(0, 0.5, 2.0), Evidence { all_in_title: true, ..evidence(1, 0.4, 4.0) }];
        let ranked = ranked(Fusion::Convex { weight: 0.3 }, &candidates);
        assert_eq!(ranked.iter().map(|one| one.0).collect::<Vec<_>>(), [1, 0]);
        assert!((ranked[0].1 - (0.7 * 0.4 + 0.3 + 0.1)).abs() < 1e-6);
        assert!((ranked[1].1 - (0.7 * 0.5 + 0.3 * 0.5)).abs() < 1e-6);
    }

    #[test]
    fn what_the_words_are_about_counts_a_tenth_of_the_meaning() {
        let scores = Fusion::Convex { weight: 0.3 }.scores(&[Evidence { topic: 0.9, ..evidence(0, 0.5, 1.0) }]);
        assert!((scores[0] - (0.7 * (0.9 * 0.5 + 0.1 * 0.9) + 0.3)).abs() < 1e-6);
    }

    #[test]
    fn a_name_comes_first_and_no_words_leave_the_cosine() {
        let candidates = [evidence(0, 0.9, 9.0), Evidence { is_named: true, ..evidence(1, -0.9, 0.0) }];
        assert_eq!(rank_of(&ranked(Fusion::Convex { weight: 0.4 }, &candidates), 1), 0);
        let ranked = ranked(Fusion::Convex { weight: 0.3 }, &[evidence(3, 0.1, 0.0), evidence(2, 0.1, 0.0)]);
        assert_eq!(ranked.iter().map(|one| one.0).collect::<Vec<_>>(), [2, 3]);
        assert!(ranked.iter().all(|one| one.1.is_finite()));
    }

    proptest! {
        #[test]
        fn a_higher_score_never_means_a_lower_rank(
            scores in prop::collection::vec((-1.0_f32..1.0, 0.0_f32..30.0, any::<bool>()), 1..40),
            raised in any::<prop::sample::Index>(),
            by in 0.0_f32..2.0,
            weight in 0.0_f32..=1.0,
            words in any::<bool>(),
        ) {
            let number = |place: usize| place as u32;
            let before: Vec<Evidence> = scores
                .iter()
                .enumerate()
                .map(|(place, &(cosine, lexical, all_in_title))| Evidence {
                    all_in_title,
                    ..evidence(number(place), cosine, lexical)
                })
                .collect();
            let place = raised.index(before.len());
            let mut after = before.clone();
            match words {
                true => after[place].lexical += by,
                false => after[place].cosine += by,
            }
            for fusion in [Fusion::Convex { weight }, Fusion::ReciprocalRank { k: 60.0 }] {
                let (old, new) = (ranked(fusion, &before), ranked(fusion, &after));
                prop_assert!(rank_of(&new, number(place)) <= rank_of(&old, number(place)), "{fusion:?}");
            }
        }
    }
}

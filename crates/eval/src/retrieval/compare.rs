//! Two configurations on the same queries: which is better, by how much, and where.

use std::collections::HashMap;

use semsearch_task::ErrorKind;

use super::bootstrap::{Bootstrap, Estimate};
use super::evaluate::{Over, PerQuery};
use super::measure::Measure;

/// Values that differ by less are equal: the order of a sum moves them by more than nothing.
const NOTHING: f64 = 1e-9;

/// One measure of two configurations, query by query.
///
/// Only queries that both have are compared; [`Comparison::unpaired`] counts the others. Two evaluations by the same
/// judgements have all queries in common with [`Over::Judged`], and with [`Over::Answered`] those that both runs have.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    measure: Measure,
    /// The largest gain first; of equal ones in the order of the first evaluation.
    changes: Vec<Change>,
    unpaired: usize,
}

/// What one query scored before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The query's id.
    pub query: String,
    /// The value of the first configuration.
    pub before: f64,
    /// The value of the second.
    pub after: f64,
}

impl Change {
    /// What the second configuration gains; negative where it loses.
    #[must_use]
    pub fn gain(&self) -> f64 {
        self.after - self.before
    }
}

/// Why two evaluations cannot be compared.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// One of them lacks the measure.
    #[error("expected both evaluations to have {measure}, found one without it")]
    NotMeasured {
        /// The measure.
        measure: Measure,
    },
    /// They have no query in common.
    #[error("expected queries that both evaluations have, found none")]
    Strangers,
}

impl CompareError {
    /// What the error is about: always [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

impl Comparison {
    /// Compares a measure of two evaluations.
    ///
    /// # Errors
    /// [`CompareError`].
    pub fn of(before: &PerQuery, after: &PerQuery, measure: Measure, over: Over) -> Result<Comparison, CompareError> {
        let missing = CompareError::NotMeasured { measure };
        let (Some(before), Some(after)) = (before.by_query(measure, over), after.by_query(measure, over)) else {
            return Err(missing);
        };
        let mut others: HashMap<&str, f64> = after.collect();
        let mut unpaired = 0;
        let mut changes = Vec::new();
        for (query, before) in before {
            match others.remove(query) {
                Some(after) => changes.push(Change { query: query.to_owned(), before, after }),
                None => unpaired += 1,
            }
        }
        if changes.is_empty() {
            return Err(CompareError::Strangers);
        }
        changes.sort_by(|a, b| b.gain().total_cmp(&a.gain()));
        Ok(Comparison { measure, changes, unpaired: unpaired + others.len() })
    }

    /// The measure.
    #[must_use]
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// All queries that both have, the largest gain first, the largest loss last.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many queries only one of the two has.
    #[must_use]
    pub fn unpaired(&self) -> usize {
        self.unpaired
    }

    /// The queries that gain, the largest gain first.
    #[must_use]
    pub fn gains(&self) -> &[Change] {
        &self.changes[..self.changes.partition_point(|change| change.gain() > NOTHING)]
    }

    /// The queries that lose, the largest loss first.
    pub fn losses(&self) -> impl ExactSizeIterator<Item = &Change> {
        self.changes[self.changes.partition_point(|change| change.gain() >= -NOTHING)..].iter().rev()
    }

    /// The mean gain with its interval, paired.
    #[must_use]
    pub fn difference(&self, bootstrap: Bootstrap) -> Estimate {
        let gains: Vec<f64> = self.changes.iter().map(Change::gain).collect();
        bootstrap.mean(&gains).expect("`of` refuses evaluations without a query in common")
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::evaluate;
    use super::super::judgements::Judgements;
    use super::super::run::{Hit, Run};
    use super::*;

    /// One relevant document for each query, found at the given rank; a query of rank 0 is not in the run.
    fn scores(ranks: &[(&str, usize)]) -> PerQuery {
        let (mut judgements, mut run) = (Judgements::default(), Run::default());
        for &(query, rank) in ranks {
            judgements.insert(query, "good", 1);
            let document = |at| if at == rank { "good".to_owned() } else { format!("bad {at}") };
            let hits = (1..=rank).map(|at| Hit::new(document(at), -(at as f64))).collect();
            if rank > 0 {
                run.insert(query, hits).unwrap();
            }
        }
        evaluate(&judgements, &run, &[Measure::Mrr])
    }

    #[test]
    fn gains_and_losses_are_told_apart_and_the_largest_come_first() {
        let before = scores(&[("same", 3), ("lost", 1), ("won", 4), ("slipped", 2), ("also won", 2)]);
        let after = scores(&[("same", 3), ("lost", 5), ("won", 1), ("slipped", 4), ("also won", 1)]);
        let comparison = Comparison::of(&before, &after, Measure::Mrr, Over::Judged).unwrap();
        let names = |changes: &[Change]| changes.iter().map(|change| change.query.clone()).collect::<Vec<_>>();
        assert_eq!(names(comparison.gains()), ["won", "also won"]);
        assert_eq!(comparison.losses().map(|change| change.query.as_str()).collect::<Vec<_>>(), ["lost", "slipped"]);
        assert_eq!(names(comparison.changes()), ["won", "also won", "same", "slipped", "lost"]);
        let difference = comparison.difference(Bootstrap::default());
        assert!((difference.mean - (0.75 + 0.5 - 0.25 - 0.8) / 5.0).abs() < 1e-12, "{difference:?}");
        assert!(!difference.excludes_zero());
    }

    #[test]
    fn queries_of_one_side_are_counted_and_left_out() {
        let before = scores(&[("a", 1), ("b", 1), ("c", 0)]);
        let after = scores(&[("a", 2), ("b", 0), ("d", 1)]);
        let answered = Comparison::of(&before, &after, Measure::Mrr, Over::Answered).unwrap();
        assert_eq!((answered.changes().len(), answered.unpaired()), (1, 2));
        let judged = Comparison::of(&before, &after, Measure::Mrr, Over::Judged).unwrap();
        assert_eq!((judged.changes().len(), judged.unpaired()), (2, 2));
        assert_eq!(judged.losses().next().map(Change::gain), Some(-1.0), "b is absent, and counts as 0");
    }

    #[test]
    fn evaluations_without_anything_in_common_are_refused() {
        let (one, other) = (scores(&[("a", 1)]), scores(&[("b", 1)]));
        assert_eq!(Comparison::of(&one, &other, Measure::Mrr, Over::Judged), Err(CompareError::Strangers));
        let error = Comparison::of(&one, &one, Measure::Map, Over::Judged).unwrap_err();
        assert_eq!(error.to_string(), "expected both evaluations to have map, found one without it");
    }
}

//! How the answers of two models differ: what a user looks at before a switch.
//!
//! Numbers say how much, with intervals, since a few dozen queries do not say it exactly; examples say what. Examples
//! are the queries whose answers differ most, which is where a change for the worse would show, and those in the
//! middle, which show what to expect.

use std::hash::Hash;

use serde::Serialize;

use crate::interval::{Interval, mean_with_interval};
use crate::rank_overlap::{PERSISTENCE, overlap_at, rbo_ext};

/// The number of ranks whose overlap is taken, and in which an example shows what moved.
const SHOWN: usize = 10;

/// What two models find for one query, best first. Deeper than the shown ranks, to tell where a document was.
#[derive(Clone, Debug)]
pub(super) struct Rankings<T> {
    pub(super) query: String,
    pub(super) old: Vec<T>,
    pub(super) new: Vec<T>,
}

/// The id and title of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Described {
    /// The document's id.
    pub id: String,
    /// The document's title.
    pub title: String,
}

/// How the answers of two models differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The number of queries.
    pub queries: usize,
    /// The share of the first ten hits that both models find.
    pub overlap_at_10: Interval,
    /// Rank-biased overlap, at a persistence of 0.9.
    pub rbo: Interval,
    /// The share of queries with the same first hit.
    pub first_kept: f64,
    /// The number of ranks compared: a document without a rank is not among them.
    pub depth: usize,
    /// What moved, for some of the queries.
    pub examples: Vec<Example>,
}

/// Why a query was taken as an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The answers differ most.
    MostDifferent,
    /// Half of the queries differ more.
    Median,
}

/// What moved for one query.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Example {
    /// The query.
    pub query: String,
    /// Why the query is shown.
    pub pick: Pick,
    /// The share of the first ten hits that both models find.
    pub overlap_at_10: f64,
    /// Rank-biased overlap.
    pub rbo: f64,
    /// Documents among the first ten of the new model only, best first.
    pub came_in: Vec<Moved>,
    /// Documents among the first ten of the old model only, best first.
    pub fell_out: Vec<Moved>,
}

/// A document and its ranks, counted from 1; `None` beyond [`Comparison::depth`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Moved {
    /// The document.
    #[serde(flatten)]
    pub document: Described,
    /// The rank by the old model.
    pub old_rank: Option<usize>,
    /// The rank by the new model.
    pub new_rank: Option<usize>,
}

/// Compares what two models find. At most `most` examples are queries whose answers differ most, and at most `most` are
/// from the middle; `describe` gives the documents in them. `None` without queries.
///
/// # Errors
/// What `describe` returns.
pub(super) fn compare<T: Copy + Eq + Hash, E>(
    rankings: &[Rankings<T>],
    most: usize,
    mut describe: impl FnMut(T) -> Result<Described, E>,
) -> Result<Option<Comparison>, E> {
    let overlaps: Vec<f64> = rankings.iter().map(|both| overlap_at(&both.old, &both.new, SHOWN)).collect();
    let rbos: Vec<f64> = rankings.iter().map(|both| rbo_ext(&both.old, &both.new, PERSISTENCE)).collect();
    let (Some(overlap_at_10), Some(rbo)) = (mean_with_interval(&overlaps, SHOWN), mean_with_interval(&rbos, SHOWN))
    else {
        return Ok(None);
    };
    let kept = rankings.iter().filter(|both| both.old.first() == both.new.first()).count();
    let mut order: Vec<usize> = (0..rankings.len()).collect();
    order.sort_by(|&a, &b| rbos[a].total_cmp(&rbos[b]).then(a.cmp(&b)));
    let mut examples = Vec::new();
    for (number, pick) in picks(&order, most) {
        let Rankings { query, old, new } = &rankings[number];
        let mut moved = |here: &[T], there: &[T]| -> Result<Vec<Moved>, E> {
            let shown = |list: &[T]| list[..SHOWN.min(list.len())].to_vec();
            let others = shown(there);
            let one = |document: T| {
                let rank = |list: &[T]| list.iter().position(|&other| other == document).map(|place| place + 1);
                Ok(Moved { document: describe(document)?, old_rank: rank(old), new_rank: rank(new) })
            };
            shown(here).into_iter().filter(|document| !others.contains(document)).map(one).collect()
        };
        examples.push(Example {
            query: query.clone(),
            pick,
            overlap_at_10: overlaps[number],
            rbo: rbos[number],
            came_in: moved(new, old)?,
            fell_out: moved(old, new)?,
        });
    }
    Ok(Some(Comparison {
        queries: rankings.len(),
        overlap_at_10,
        rbo,
        first_kept: kept as f64 / rankings.len() as f64,
        depth: rankings.iter().map(|both| both.old.len().max(both.new.len())).max().unwrap_or(0),
        examples,
    }))
}

/// The first queries of `order` and those around its middle, none twice.
fn picks(order: &[usize], most: usize) -> Vec<(usize, Pick)> {
    let first = most.min(order.len());
    let start = (order.len() / 2).saturating_sub(most / 2).max(first);
    let end = (start + most).min(order.len());
    let different = order[..first].iter().map(|&number| (number, Pick::MostDifferent));
    different.chain(order[start..end].iter().map(|&number| (number, Pick::Median))).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn name(number: u32) -> Result<Described, Infallible> {
        Ok(Described { id: number.to_string(), title: format!("Paper {number}") })
    }

    fn rankings(query: &str, old: &[u32], new: &[u32]) -> Rankings<u32> {
        Rankings { query: query.to_owned(), old: old.to_vec(), new: new.to_vec() }
    }

    #[test]
    fn what_came_in_and_what_fell_out_is_told_with_both_ranks() {
        let old: Vec<u32> = (1..=12).collect();
        // 12 rises from below the first ten, 99 was nowhere; 9 and 10 go, one of them for good.
        let new = [1, 12, 3, 4, 5, 6, 7, 8, 99, 2, 10];
        let comparison = compare(&[rankings("q", &old, &new)], 3, name).unwrap().unwrap();
        assert_eq!((comparison.queries, comparison.first_kept, comparison.depth), (1, 1.0, 12));
        let [example] = &comparison.examples[..] else { panic!("one query, one example") };
        assert_eq!((example.pick, example.overlap_at_10), (Pick::MostDifferent, 0.8));
        let ranks = |moved: &[Moved]| -> Vec<(String, Option<usize>, Option<usize>)> {
            moved.iter().map(|one| (one.document.id.clone(), one.old_rank, one.new_rank)).collect()
        };
        assert_eq!(ranks(&example.came_in), [("12".into(), Some(12), Some(2)), ("99".into(), None, Some(9))]);
        assert_eq!(ranks(&example.fell_out), [("9".into(), Some(9), None), ("10".into(), Some(10), Some(11))]);
        let json = serde_json::to_value(&comparison).unwrap();
        assert_eq!(json["examples"][0]["came_in"][1]["title"], "Paper 99");
        assert_eq!(json["examples"][0]["pick"], "most_different");
        assert!(json["examples"][0]["came_in"][1]["old_rank"].is_null());
    }

    #[test]
    fn examples_are_the_most_different_and_those_in_the_middle() {
        // Query `i` shares its first `i` documents.
        let queries: Vec<Rankings<u32>> = (0..9u32)
            .map(|shared| {
                let new: Vec<u32> = (0..10).map(|rank| if rank < shared { rank } else { rank + 50 }).collect();
                rankings(&shared.to_string(), &(0..10).collect::<Vec<_>>(), &new)
            })
            .collect();
        let comparison = compare(&queries, 2, name).unwrap().unwrap();
        let picked: Vec<(&str, Pick)> = comparison.examples.iter().map(|one| (one.query.as_str(), one.pick)).collect();
        assert_eq!(
            picked,
            [("0", Pick::MostDifferent), ("1", Pick::MostDifferent), ("3", Pick::Median), ("4", Pick::Median)]
        );
        assert!((comparison.overlap_at_10.mean - 0.4).abs() < 1e-12);
        assert!((comparison.first_kept - 8.0 / 9.0).abs() < 1e-12);
        assert!(comparison.rbo.low < comparison.rbo.mean && comparison.rbo.mean < comparison.rbo.high);
    }

    #[test]
    fn equal_answers_differ_in_nothing_and_without_queries_there_is_no_comparison() {
        let same = rankings("same", &[3, 1, 2], &[3, 1, 2]);
        let comparison = compare(&[same.clone(), same], 5, name).unwrap().unwrap();
        assert_eq!((comparison.overlap_at_10.mean, comparison.first_kept), (1.0, 1.0));
        assert!((comparison.rbo.mean - 1.0).abs() < 1e-12);
        assert_eq!(comparison.examples.len(), 2, "none is shown twice");
        assert!(comparison.examples.iter().all(|one| one.came_in.is_empty() && one.fell_out.is_empty()));
        assert_eq!(compare::<u32, Infallible>(&[], 5, name).unwrap(), None);
    }

    #[test]
    fn a_document_that_cannot_be_described_ends_the_comparison() {
        let queries = [rankings("q", &[1], &[2])];
        assert_eq!(compare(&queries, 1, |_| Err("gone")), Err("gone"));
    }
}

//! Rank-biased overlap and overlap@k: how alike two rankings are.
//!
//! Rank-biased overlap (Webber, Moffat and Zobel, 2010) reads both rankings from the top and stops after each rank with
//! probability `1 - p`; it is the expected share of documents read from one that were read from the other. Unlike rank
//! correlation it needs no common set of documents, and the first ranks count most: at `p = 0.9` the first ten have 86
//! % of the weight. Rankings end somewhere; [`rbo_ext`] goes on as if they agreed below as far as they do above, which
//! gives 1 for equal rankings however short.
//!
//! Both functions expect rankings in which no document occurs twice.

use std::collections::HashSet;
use std::hash::Hash;

/// The usual persistence of a reader: the probability of going on to the next rank.
pub(crate) const PERSISTENCE: f64 = 0.9;

/// The share of the first `k` of one ranking that is among the first `k` of the other. If both are shorter than `k`,
/// the longer one's length counts; two empty rankings have an overlap of 1.
#[must_use]
pub fn overlap_at<T: Eq + Hash>(a: &[T], b: &[T], k: usize) -> f64 {
    let (a, b) = (&a[..k.min(a.len())], &b[..k.min(b.len())]);
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    let others: HashSet<&T> = b.iter().collect();
    a.iter().filter(|one| others.contains(one)).count() as f64 / longer as f64
}

/// Extrapolated rank-biased overlap of two rankings, which may differ in length, with persistence `p` between 0 and 1:
/// equation 32 of the paper. Two empty rankings have an overlap of 1; an empty and a non-empty one have 0.
///
/// Cost: one pass over the longer ranking.
#[must_use]
pub(crate) fn rbo_ext<T: Eq + Hash>(a: &[T], b: &[T], p: f64) -> f64 {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let (s, l) = (short.len(), long.len());
    if s == 0 {
        return if l == 0 { 1.0 } else { 0.0 };
    }
    let (mut in_short, mut in_long) = (HashSet::new(), HashSet::new());
    // Documents in both down to the current depth, and down to the end of the shorter ranking.
    let (mut common, mut common_at_s) = (0usize, 0usize);
    let (mut sum, mut weight) = (0.0, 1.0);
    for depth in 1..=l {
        weight *= p;
        let from_long = &long[depth - 1];
        if let Some(from_short) = short.get(depth - 1) {
            common += usize::from(from_short == from_long);
            common += usize::from(in_long.contains(from_short)) + usize::from(in_short.contains(from_long));
            in_short.insert(from_short);
        } else {
            common += usize::from(in_short.contains(from_long));
        }
        in_long.insert(from_long);
        if depth == s {
            common_at_s = common;
        }
        // Below its end, the shorter ranking is taken to agree as it did at its end.
        let beyond = common_at_s as f64 * depth.saturating_sub(s) as f64 / s as f64;
        sum += (common as f64 + beyond) / depth as f64 * weight;
    }
    let at_end = (common - common_at_s) as f64 / l as f64 + common_at_s as f64 / s as f64;
    ((1.0 - p) / p * sum + at_end * weight).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random lists of distinct numbers, of every pair of lengths up to 8.
    fn lists() -> Vec<(Vec<u32>, Vec<u32>)> {
        let mut random = semsearch_testing::Random::new(1);
        let mut list = |length: usize| {
            let mut list: Vec<u32> = (0..10).collect();
            for place in (1..list.len()).rev() {
                list.swap(place, random.index(place + 1));
            }
            list.truncate(length);
            list
        };
        let mut lists = Vec::new();
        for round in 0..4 * 81 {
            lists.push((list(round % 9), list(round / 9 % 9)));
        }
        lists
    }

    /// The definition: what agrees at each depth, down to where weights vanish.
    fn directly(a: &[u32], b: &[u32], p: f64) -> f64 {
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        let (s, l) = (short.len(), long.len());
        let common = |depth: usize| {
            let below: HashSet<&u32> = short.iter().take(depth).collect();
            long.iter().take(depth).filter(|one| below.contains(one)).count() as f64
        };
        let agreement = |depth: usize| {
            let depth = depth.min(l);
            let beyond = if depth > s { common(s) * (depth - s) as f64 / s as f64 } else { 0.0 };
            (common(depth) + beyond) / depth as f64
        };
        (1..3000).map(|depth| (1.0 - p) * p.powi(depth - 1) * agreement(depth as usize)).sum()
    }

    #[test]
    fn cases_worked_out_by_hand() {
        // Agreement is 1, 1/2, 1, and stays 1: 0.1 · (1 + 0.9/2 + 0.81) + 0.9³.
        assert!((rbo_ext(&["a", "b", "c"], &["a", "c", "b"], 0.9) - (0.1 * 2.26 + 0.729)).abs() < 1e-12);
        // 0, 1 and then 1: 0.9 of the weight is below the first rank.
        assert!((rbo_ext(&["a", "b"], &["b", "a"], 0.9) - 0.9).abs() < 1e-12);
        // The shorter list ends after one hit of one, and is taken to go on so: 1, (1 + 1)/2, …
        assert!((rbo_ext(&["a"], &["a", "b", "c"], 0.9) - 1.0).abs() < 1e-12);
        // 0 at rank 1; at rank 2, what the short list has is found: 1/2, and so on below.
        assert!((rbo_ext(&["b"], &["a", "b"], 0.9) - 0.45).abs() < 1e-12);
        assert_eq!(overlap_at(&[1, 2, 3, 4], &[4, 3, 9, 1], 3), 1.0 / 3.0);
        assert_eq!(overlap_at(&[1, 2], &[2], 10), 0.5);
    }

    #[test]
    fn it_is_what_the_definition_sums_to() {
        for p in [0.5, 0.9, 0.98] {
            for (a, b) in lists().iter().filter(|(a, b)| !a.is_empty() && !b.is_empty()) {
                let (found, expected) = (rbo_ext(a, b, p), directly(a, b, p));
                assert!((found - expected).abs() < 1e-9, "{a:?} {b:?} {p}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn it_lies_between_0_and_1_and_does_not_mind_the_order_of_its_arguments() {
        for (a, b) in &lists() {
            let (rbo, overlap) = (rbo_ext(a, b, PERSISTENCE), overlap_at(a, b, 5));
            assert!((0.0..=1.0).contains(&rbo) && (0.0..=1.0).contains(&overlap), "{a:?} {b:?}: {rbo} {overlap}");
            assert!((rbo - rbo_ext(b, a, PERSISTENCE)).abs() < 1e-12);
            assert_eq!(overlap, overlap_at(b, a, 5));
            assert!((rbo_ext(a, a, PERSISTENCE) - 1.0).abs() < 1e-12, "{a:?} is like itself");
            let other: Vec<u32> = a.iter().map(|one| one + 100).collect();
            assert!(
                a.is_empty() || rbo_ext(a, &other, PERSISTENCE) == 0.0,
                "{a:?} has nothing in common with {other:?}"
            );
        }
    }

    #[test]
    fn a_difference_at_the_top_counts_more_than_one_at_the_end() {
        let list = [1, 2, 3, 4, 5, 6];
        let (top, end) = ([2, 1, 3, 4, 5, 6], [1, 2, 3, 4, 6, 5]);
        assert!(rbo_ext(&list, &top, PERSISTENCE) < rbo_ext(&list, &end, PERSISTENCE));
        assert!(rbo_ext(&list, &end, PERSISTENCE) < 1.0);
    }
}

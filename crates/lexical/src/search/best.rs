//! The best documents of a query, without adding up what every document is worth.
//!
//! First every document gets a rounded sum, in sixteen bits. The rounding is known, and so is a sum that enough documents
//! reach; whatever can reach it too is then worked out in full. The answer is that of adding up everything, to the last
//! bit.

use std::sync::Arc;

use super::scores::{Best, Pool};
use super::terms::Term;

/// The highest that a rounded sum can be, but for rounding.
const TOP: f32 = 32_000.0;
/// The most terms that rounding leaves room for.
const MAX_TERMS: usize = 256;
/// Documents of which only the highest sum is looked at first.
const BLOCK: usize = 16;
/// Up to so many documents with any of the stems, each is worked out.
const FEW: u64 = 1024;

/// The terms of a query, with their weights.
pub(super) type Terms = Vec<(Arc<Term>, f32)>;

/// The `count` best of `end` documents that `keep` holds for; `None` if that is not found so.
pub(super) fn best(
    terms: &Terms,
    end: u32,
    count: usize,
    keep: &dyn Fn(u32) -> bool,
    pool: &Pool<i16>,
) -> Option<Vec<(u32, f32)>> {
    let mut query = Query { terms, near: vec![0; terms.len()], best: Best::new(count) };
    if terms.iter().map(|(term, _)| u64::from(term.frequency)).sum::<u64>() <= FEW {
        let mut documents = Vec::new();
        terms.iter().for_each(|(term, _)| term.for_each(|document, _| documents.push(document)));
        documents.sort_unstable();
        documents.dedup();
        documents.into_iter().for_each(|document| query.look_at(document, keep));
        return Some(query.best.finish());
    }
    let blocks = (end as usize).div_ceil(BLOCK);
    let total: f32 = terms.iter().map(|(term, weight)| weight * term.max).sum();
    if count == 0 || count > blocks || terms.len() > MAX_TERMS || !total.is_normal() {
        return None;
    }

    let unit = total / TOP;
    let mut sums = pool.take(end as usize);
    // By how much the sums may be too high, in units.
    let mut excess = 1.0;
    for (term, weight) in terms {
        let scale = weight / unit;
        if let Some(dense) = &term.dense {
            dense.add_to(&mut sums, (dense.step * scale * 256.0).ceil() as u16);
            excess += dense.step * scale + 1.0;
        } else {
            term.for_each(|document, impact| sums[document as usize] += (impact * scale) as i16);
        }
    }
    // By how much they may be too low: each term was rounded down, and the exact sum is rounded.
    let lack = terms.len() as f32 + 1.0;

    let mut highest = pool.take(0);
    let highest_of = |block: &[i16]| block.iter().fold(0, |highest, &sum| sum.max(highest));
    let (whole, rest) = sums.as_chunks::<BLOCK>();
    highest.extend(whole.iter().map(|block| highest_of(block)));
    highest.extend((!rest.is_empty()).then(|| highest_of(rest)));
    let mut order = pool.take(0);
    order.extend_from_slice(&highest);
    let (_, &mut reached, _) = order.select_nth_unstable_by(count - 1, |a, b| b.cmp(a));
    // So many documents are worth at least this, and what is worth that has at least a sum of `floor`.
    let worth = f32::from(reached) - excess;
    let floor = (worth - lack).floor();
    if floor >= 1.0 {
        let floor = floor as i16;
        for (block, _) in highest.iter().enumerate().filter(|&(_, &highest)| highest >= floor) {
            let first = block * BLOCK;
            for (document, &sum) in (first..).zip(&sums[first..sums.len().min(first + BLOCK)]) {
                if sum >= floor {
                    query.look_at(document as u32, keep);
                }
            }
        }
    }
    [sums, highest, order].into_iter().for_each(|list| pool.give_back(list));
    // Fewer, if `keep` did not hold for some that had been counted on.
    let is_enough = floor >= 1.0 && query.best.floor() >= worth * unit;
    is_enough.then(|| query.best.finish())
}

/// A query whose documents are worked out, in ascending order.
struct Query<'a> {
    terms: &'a Terms,
    /// For each term where the last document was.
    near: Vec<usize>,
    best: Best,
}

impl Query<'_> {
    fn look_at(&mut self, document: u32, keep: &dyn Fn(u32) -> bool) {
        let mut score = 0.0;
        for ((term, weight), near) in self.terms.iter().zip(&mut self.near) {
            if let Some(impact) = term.impact(document, near) {
                score += weight * impact;
            }
        }
        if score > self.best.floor() && keep(document) {
            self.best.push(document, score);
        }
    }
}

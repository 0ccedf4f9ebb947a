//! Batching: which texts are encoded together.
//!
//! A network runs a batch as a rectangle, so a short text beside a long one is padded to the same length. Sorting by length
//! before cutting into batches keeps the padding small. Bounding a batch by tokens instead of by texts keeps the memory and
//! the time of batches about equal, so that workers finish together.

/// Tokens in one batch, padding counted: about one abstract. More rows do not make the matrix product faster, and push the
/// activations out of a core's cache (docs/decisions/0005).
const BATCH_TOKENS: usize = 256;

/// Tokens in one batch on a GPU: enough to keep all of it busy, and under a gigabyte of activations for the networks of
/// 768 numbers a token.
const GPU_BATCH_TOKENS: usize = 32_768;

/// How texts are divided into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batching {
    /// Tokens in one batch, padding counted.
    pub tokens: usize,
    /// Whether batches run side by side in the Rayon pool; otherwise one after another, from one thread.
    pub side_by_side: bool,
}

impl Default for Batching {
    fn default() -> Self {
        Batching { tokens: BATCH_TOKENS, side_by_side: true }
    }
}

impl Batching {
    /// The batching for a GPU.
    pub(crate) const GPU: Batching = Batching { tokens: GPU_BATCH_TOKENS, side_by_side: false };

    /// Sets how many tokens are in one batch, padding counted.
    #[must_use]
    pub fn with_tokens(mut self, tokens: usize) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets whether batches run side by side in the Rayon pool.
    #[must_use]
    pub fn with_side_by_side(mut self, side_by_side: bool) -> Self {
        self.side_by_side = side_by_side;
        self
    }

    /// Divides texts of the given `lengths` (tokens) into groups of about one batch each, longest first, so that no worker
    /// is left alone with a long text at the end.
    #[must_use]
    pub fn plan(self, lengths: &[usize]) -> Vec<Vec<usize>> {
        plan(lengths, self.tokens)
    }
}

/// Divides texts of the given `lengths` (tokens) into batches of at most `budget` tokens, padding counted.
///
/// Longest first, so that the last batches are the cheapest and no worker is left alone with a long one. A text longer than
/// `budget` is a batch by itself. Texts of equal length keep their order, so the plan is the same every time.
#[must_use]
fn plan(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(lengths[index]), index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for index in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * longest <= budget => batch.push(index),
            _ => {
                longest = lengths[index].max(1);
                batches.push(vec![index]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_one_batch_and_no_batch_is_over_budget() {
        let lengths: Vec<usize> = (0..500).map(|index| (index * 7919) % 300).collect();
        let batches = plan(&lengths, 1024);
        let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        for batch in &batches {
            let longest = batch.iter().map(|&index| lengths[index]).max().unwrap();
            assert!(longest * batch.len() <= 1024, "{batch:?}");
        }
    }

    #[test]
    fn a_text_over_the_budget_goes_alone() {
        assert_eq!(plan(&[10, 5000, 10], 100), vec![vec![1], vec![0, 2]]);
        assert!(plan(&[], 100).is_empty());
    }
}

//! What every document is worth, and which are worth most.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError};

/// Lists of numbers that queries give back.
#[derive(Debug)]
pub(super) struct Pool<T>(Mutex<Vec<Vec<T>>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Pool(Mutex::default())
    }
}

impl<T: Copy + Default> Pool<T> {
    /// A list of `len` zeros.
    pub(super) fn take(&self, len: usize) -> Vec<T> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut list = list.unwrap_or_default();
        list.clear();
        list.resize(len, T::default());
        list
    }

    /// Takes a list back.
    pub(super) fn give_back(&self, list: Vec<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(list);
    }
}

/// What every document is worth for a query: its BM25 score, 0 if it has none of the words.
#[derive(Debug)]
pub struct Scores {
    values: Vec<f32>,
    pool: Arc<Pool<f32>>,
}

impl Scores {
    pub(super) fn new(values: Vec<f32>, pool: Arc<Pool<f32>>) -> Self {
        Scores { values, pool }
    }

    /// The score of a document.
    ///
    /// # Panics
    /// If there is no such document.
    #[must_use]
    pub fn get(&self, document: u32) -> f32 {
        self.values[document as usize]
    }

    /// The highest score of all; 0 if no document has any of the words.
    #[must_use]
    pub fn max(&self) -> f32 {
        self.values.iter().copied().fold(0.0, f32::max)
    }

    /// The `count` documents with the highest scores among those that `keep` holds for, highest first; of equal scores
    /// the lower number first. Documents with none of the words are not among them.
    #[must_use]
    pub fn top(&self, count: usize, keep: &dyn Fn(u32) -> bool) -> Vec<(u32, f32)> {
        let mut best = Best::new(count);
        for (document, &score) in self.values.iter().enumerate() {
            if score > best.floor() && keep(document as u32) {
                best.push(document as u32, score);
            }
        }
        best.finish()
    }
}

impl Drop for Scores {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::take(&mut self.values));
    }
}

/// The best documents so far.
pub(super) struct Best {
    count: usize,
    /// The worst is on top.
    heap: BinaryHeap<Ranked>,
    floor: f32,
}

impl Best {
    /// Keeps `count` documents.
    pub(super) fn new(count: usize) -> Self {
        Best { count, heap: BinaryHeap::new(), floor: if count == 0 { f32::INFINITY } else { 0.0 } }
    }

    /// What a score has to exceed to be among the best, if documents come in ascending order.
    #[inline]
    pub(super) fn floor(&self) -> f32 {
        self.floor
    }

    /// Takes a document whose score is above the floor.
    pub(super) fn push(&mut self, document: u32, score: f32) {
        if self.heap.len() == self.count {
            self.heap.pop();
        }
        self.heap.push(Ranked { document, score });
        if self.heap.len() == self.count {
            self.floor = self.heap.peek().map_or(0.0, |worst| worst.score);
        }
    }

    /// The documents, best first.
    pub(super) fn finish(self) -> Vec<(u32, f32)> {
        self.heap.into_sorted_vec().into_iter().map(|ranked| (ranked.document, ranked.score)).collect()
    }
}

/// A document in the order of worth: the best is the least.
#[derive(PartialEq)]
struct Ranked {
    document: u32,
    score: f32,
}

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.document.cmp(&other.document))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

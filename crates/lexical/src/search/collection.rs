//! The segments of a collection, and what is counted over all of them.

use std::sync::Arc;

use crate::file::error::LexicalError;
use crate::file::section::Section;
use crate::lists::slots::Length;
use crate::segment::LexicalSegment;

use super::bm25;

/// The segments, less what was removed from them.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) parts: Vec<Part>,
    /// How many documents there are, those that were removed included.
    pub(super) end: u32,
    /// How many documents there are, those that were removed not included.
    pub(super) documents: u32,
    /// For each document what occurrences in it have to stand up to.
    pub(super) norms: Vec<f32>,
    /// How long a document is on average, for pairs of words.
    pub(super) average_pair_length: f64,
    /// For each document how many words its title and its abstract have.
    pub(super) lengths: Vec<Length>,
}

/// A segment in a collection.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) segment: Arc<LexicalSegment>,
    /// The number of its first document.
    pub(super) base: u32,
    /// One bit a row; none if no row was removed.
    removed: Vec<u64>,
    /// The rows that were removed.
    pub(super) removed_rows: Vec<u32>,
}

impl Part {
    /// Whether a row is still there.
    #[inline]
    pub(super) fn has(&self, row: u32) -> bool {
        self.removed.is_empty() || self.removed[row as usize / 64] & 1 << (row % 64) == 0
    }
}

/// The error for postings that are none.
pub(super) fn malformed() -> LexicalError {
    Section::Postings.damaged("the rows of a word are malformed")
}

impl Collection {
    /// Reads the lengths of all documents.
    pub(super) fn new(segments: Vec<(Arc<LexicalSegment>, Option<Vec<u32>>)>) -> Result<Self, LexicalError> {
        let mut parts = Vec::with_capacity(segments.len());
        let mut end = 0_u32;
        for (segment, removed_rows) in segments {
            let (base, rows) = (end, segment.rows());
            end = end.checked_add(rows).ok_or(LexicalError::Segments("the segments have more than 2³² documents"))?;
            let removed_rows = removed_rows.unwrap_or_default();
            if !removed_rows.is_sorted_by(|a, b| a < b) || removed_rows.last().is_some_and(|&last| last >= rows) {
                return Err(LexicalError::Segments("the rows that were removed are not ascending rows of the segment"));
            }
            let mut removed = Vec::new();
            if !removed_rows.is_empty() {
                removed.resize(rows.div_ceil(64) as usize, 0);
                removed_rows.iter().for_each(|&row| removed[row as usize / 64] |= 1 << (row % 64));
            }
            parts.push(Part { segment, base, removed, removed_rows });
        }
        let mut lengths = Vec::new();
        let (mut documents, mut total, mut total_of_pairs) = (0, 0_u64, 0_u64);
        for part in &parts {
            let mut row = 0;
            part.segment.for_each_length(|length| {
                lengths.push(length);
                if part.has(row) {
                    documents += 1;
                    total = total.saturating_add(bm25::weighted(length));
                    total_of_pairs = total_of_pairs.saturating_add(bm25::pair_length(length));
                }
                row += 1;
            })?;
        }
        let average = total as f64 / f64::from(documents.max(1));
        let average_pair_length = total_of_pairs as f64 / f64::from(documents.max(1));
        let norms = lengths.iter().map(|&length| bm25::norm(bm25::weighted(length), average)).collect();
        Ok(Collection { parts, end, documents, norms, average_pair_length, lengths })
    }
}

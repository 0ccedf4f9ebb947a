//! The segments of a collection, and what is counted over all of them.

use std::sync::Arc;

use crate::file::error::LexicalError;
use crate::postings::Occurrences;
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
    /// For each document how many words its title and its abstract have.
    pub(super) lengths: Vec<(u32, u32)>,
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

    /// The documents of a stem.
    pub(super) fn for_each_of_stem(
        &self,
        stem: &str,
        mut visit: impl FnMut(u32, Occurrences),
    ) -> Result<(), LexicalError> {
        match self.segment.stem(stem)? {
            Some(rows) if self.removed.is_empty() => rows.for_each(|row, count| visit(self.base + row, count)),
            Some(rows) => rows.for_each(|row, count| {
                if self.has(row) {
                    visit(self.base + row, count);
                }
            }),
            None => Ok(()),
        }
    }
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
        let (mut documents, mut total) = (0, 0_u64);
        for part in &parts {
            let mut row = 0;
            part.segment.for_each_length(|title, text| {
                lengths.push((title, text));
                if part.has(row) {
                    documents += 1;
                    total = total.saturating_add(bm25::length(title, text));
                }
                row += 1;
            })?;
        }
        let average = total as f64 / f64::from(documents.max(1));
        let norms = lengths.iter().map(|&(title, text)| bm25::norm(bm25::length(title, text), average)).collect();
        Ok(Collection { parts, end, documents, norms, lengths })
    }

    /// The segment of a document, and its row there.
    ///
    /// # Panics
    /// If there is no such document.
    pub(super) fn part_of(&self, document: u32) -> (&Part, u32) {
        assert!(document < self.end, "there is no document {document}");
        let part = &self.parts[self.parts.partition_point(|part| part.base <= document) - 1];
        (part, document - part.base)
    }
}

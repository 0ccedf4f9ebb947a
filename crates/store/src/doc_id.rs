//! The numbers of documents in a collection.

use std::cmp::Ordering;

use semsearch_index::RowId;

/// A document of an opened collection: its number among all documents, deleted ones included.
///
/// A [`RowId`] is the number of a row within one segment; a `DocId` is the number through all segments. Only a
/// [`Collection`](crate::Collection) and its [`SegmentedIndex`](crate::SegmentedIndex) make one, and it is valid only for
/// the collection that made it: a change may give a document another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(u32);

impl DocId {
    /// Row `row` of the segment whose first row has the number `base`.
    pub(crate) fn of(base: u32, row: RowId) -> Self {
        DocId(base + row.0)
    }

    /// The document with this number, which is below the number of rows of the collection.
    pub(crate) fn numbered(number: u32) -> Self {
        DocId(number)
    }

    /// The number, counted from 0.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A document and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DocHit {
    /// The document.
    pub id: DocId,
    /// Cosine similarity with the query.
    pub score: f32,
}

impl DocHit {
    /// A hit in a segment whose first row has the number `base`.
    pub(crate) fn of(base: u32, hit: semsearch_index::Hit) -> Self {
        DocHit { id: DocId::of(base, hit.id), score: hit.score }
    }

    /// Orders hits by score, the best first; of equal scores, the lower number first.
    #[must_use]
    pub fn best_first(one: &Self, other: &Self) -> Ordering {
        other.score.total_cmp(&one.score).then(one.id.cmp(&other.id))
    }
}

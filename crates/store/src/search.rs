//! Search over the indexes of all segments.
//!
//! Every segment is searched for its best rows, with the filter, and the best of all these rows are kept. If the search is
//! exact in every segment, the result is exact. Equal scores are ordered by [`DocId`], so the result does not depend on how
//! documents are divided into segments.
//!
//! Cost: one search per segment. There are at most log₂(documents) segments, and small ones are scanned.

use semsearch_index::{
    Explain, FlatIndex, HnswIndex, Index, OpenError, RowId, RowSet, SearchError, SearchParams, StoredIndex,
};

use crate::collection::Collection;
use crate::doc_id::{DocHit, DocId};
use crate::error::CollectionError;

/// The vectors of all documents of a collection by one model, with their graphs.
pub struct SegmentedIndex {
    parts: Vec<Part>,
    dim: usize,
}

struct Part {
    base: u32,
    index: HnswIndex,
    rows: FlatIndex,
    alive: Option<RowSet>,
}

impl SegmentedIndex {
    /// The index over the vectors of the model with this fingerprint.
    ///
    /// # Errors
    /// If a segment has no such vectors, or its index is damaged.
    pub fn of(collection: &Collection, fingerprint: &str) -> Result<Self, CollectionError> {
        let mut parts = Vec::with_capacity(collection.segments().len());
        for (number, segment) in collection.segments().iter().enumerate() {
            let Some(vectors) = segment.vectors_of(fingerprint) else {
                return Err(CollectionError::Incomplete {
                    path: collection.root().to_owned(),
                    segment: segment.record().name.clone(),
                    fingerprint: fingerprint.to_owned(),
                });
            };
            let stored: &StoredIndex = vectors.index();
            let index = stored.hnsw()?;
            parts.push(Part {
                base: collection.base(number),
                rows: index.flat(),
                index,
                alive: segment.alive().cloned(),
            });
        }
        let dim = collection.manifest().model_of(fingerprint).map_or(0, |model| model.dimension());
        Ok(SegmentedIndex { parts, dim })
    }

    /// A copy whose searched parts are in RAM; for long-running processes.
    ///
    /// # Errors
    /// If a part is damaged.
    pub fn in_memory(&self) -> Result<Self, OpenError> {
        let parts = self.parts.iter().map(|part| {
            let index = part.index.in_memory().map_err(OpenError::Damaged)?;
            Ok(Part { base: part.base, rows: index.flat(), index, alive: part.alive.clone() })
        });
        Ok(SegmentedIndex { parts: parts.collect::<Result<_, OpenError>>()?, dim: self.dim })
    }

    /// The number of documents that are not deleted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::alive_len).sum()
    }

    /// Whether all documents are deleted, or there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The best documents for `query`, best first.
    ///
    /// # Errors
    /// As [`SegmentedIndex::search_with`].
    pub fn search(&self, query: &[f32], params: &SearchParams) -> Result<Vec<DocHit>, SearchError> {
        Ok(self.search_with(query, params, None)?.0)
    }

    /// The best documents for `query`, best first, and how they were found. `filters` are the rows of each segment that may
    /// be answers; deleted rows never are.
    ///
    /// # Errors
    /// As [`HnswIndex::search_with`], and [`SearchError::Filter`] if a filter is of another size than its segment, or there
    /// are more or fewer filters than segments.
    pub fn search_with(
        &self,
        query: &[f32],
        params: &SearchParams,
        filters: Option<&[RowSet]>,
    ) -> Result<(Vec<DocHit>, Explain), SearchError> {
        if let Some(filters) = filters {
            self.expect_filters(filters)?;
        }
        let mut all = Vec::new();
        let mut sum: Option<Explain> = None;
        for (number, part) in self.parts.iter().enumerate() {
            let kept = part.kept(filters.map(|filters| &filters[number]));
            let (hits, mut explain) = part.index.search_with(query, params, kept.as_ref())?;
            explain.rows = part.alive_len();
            all.extend(hits.into_iter().map(|hit| DocHit::of(part.base, hit)));
            sum = Some(sum.map_or(explain, |sum| sum.combined(&explain)));
        }
        all.sort_unstable_by(DocHit::best_first);
        all.truncate(params.k);
        Ok((all, sum.unwrap_or_default()))
    }

    fn expect_filters(&self, filters: &[RowSet]) -> Result<(), SearchError> {
        let rows = |sizes: &mut dyn Iterator<Item = usize>| -> usize { sizes.sum() };
        if filters.len() != self.parts.len() {
            let expected = rows(&mut self.parts.iter().map(|part| part.index.len()));
            return Err(SearchError::Filter { expected, found: rows(&mut filters.iter().map(RowSet::rows)) });
        }
        for (part, filter) in self.parts.iter().zip(filters) {
            if filter.rows() != part.index.len() {
                return Err(SearchError::Filter { expected: part.index.len(), found: filter.rows() });
            }
        }
        Ok(())
    }

    /// The `k` best documents by comparing every one in full precision: the ground truth for measurements.
    ///
    /// # Errors
    /// If the query does not fit the rows, or a row is damaged.
    pub fn truth(&self, query: &[f32], k: usize) -> Result<Vec<DocHit>, SearchError> {
        let mut all = Vec::new();
        for part in &self.parts {
            let keep = |row: RowId| part.alive.as_ref().is_none_or(|alive| alive.contains(row));
            let hits = part.rows.search_where(query, k, keep)?;
            all.extend(hits.into_iter().map(|hit| DocHit::of(part.base, hit)));
        }
        all.sort_unstable_by(DocHit::best_first);
        all.truncate(k);
        Ok(all)
    }

    /// The exact score of a document.
    ///
    /// # Errors
    /// [`SearchError::NoSuchRow`] if the id is of another collection, or the row is damaged.
    pub fn score(&self, id: DocId, query: &[f32]) -> Result<f32, SearchError> {
        let (part, row) = self.place(id)?;
        part.rows.score(row, query)
    }

    /// Copies the vector of a document.
    ///
    /// # Errors
    /// [`SearchError::NoSuchRow`] if the id is of another collection, or the row is damaged.
    ///
    /// # Panics
    /// If `out` has not the length of a vector.
    pub fn copy_row(&self, id: DocId, out: &mut [f32]) -> Result<(), SearchError> {
        let (part, row) = self.place(id)?;
        Ok(part.rows.vectors().copy_row(row, out)?)
    }

    fn place(&self, id: DocId) -> Result<(&Part, RowId), SearchError> {
        let number = self.parts.partition_point(|part| part.base <= id.number());
        let part = number.checked_sub(1).and_then(|number| self.parts.get(number));
        let found = part.map(|part| (part, RowId(id.number() - part.base)));
        found.filter(|(part, row)| row.index() < part.index.len()).ok_or_else(|| SearchError::NoSuchRow {
            id: RowId(id.number()),
            rows: self.parts.iter().map(|part| part.index.len()).sum(),
        })
    }

    /// The documents that are not deleted, in order.
    pub fn doc_ids(&self) -> impl Iterator<Item = DocId> + '_ {
        self.parts.iter().flat_map(|part| {
            let alive = move |row: &u32| part.alive.as_ref().is_none_or(|alive| alive.contains(RowId(*row)));
            (0..part.index.len() as u32).filter(alive).map(move |row| DocId::of(part.base, RowId(row)))
        })
    }
}

/// One index as the only part.
impl From<HnswIndex> for SegmentedIndex {
    fn from(index: HnswIndex) -> Self {
        let dim = index.dim();
        SegmentedIndex { parts: vec![Part { base: 0, rows: index.flat(), index, alive: None }], dim }
    }
}

impl Part {
    fn alive_len(&self) -> usize {
        self.alive.as_ref().map_or(self.index.len(), RowSet::len)
    }

    /// The rows that may be answers; `None` if all may.
    fn kept(&self, filter: Option<&RowSet>) -> Option<RowSet> {
        match (filter, &self.alive) {
            (None, None) => None,
            (Some(filter), None) => Some(filter.clone()),
            (None, Some(alive)) => Some(alive.clone()),
            (Some(filter), Some(alive)) => {
                let mut both = filter.clone();
                both.intersect(alive);
                Some(both)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use semsearch_index::{HnswParams, Vectors};
    use semsearch_task::NoProgress;
    use semsearch_vector::Matrix;

    use super::*;

    fn index() -> SegmentedIndex {
        let rows = Matrix::from_vec(vec![1.0, 0.0, 0.6, 0.8, 0.0, 1.0], 2).unwrap();
        HnswIndex::build(Vectors::new(rows).unwrap(), &HnswParams::default(), &NoProgress).unwrap().into()
    }

    #[test]
    fn a_filter_of_another_size_is_an_error() {
        let (index, params) = (index(), SearchParams::new(1));
        let search = |filters: &[RowSet]| index.search_with(&[0.0, 1.0], &params, Some(filters));
        assert_eq!(search(&[RowSet::all(3)]).unwrap().0[0].id.number(), 2);
        let wrong = SearchError::Filter { expected: 3, found: 4 };
        assert_eq!(search(&[RowSet::all(4)]).unwrap_err(), wrong);
        assert_eq!(search(&[RowSet::all(2), RowSet::all(2)]).unwrap_err(), wrong);
        assert_eq!(search(&[]).unwrap_err(), SearchError::Filter { expected: 3, found: 0 });
    }

    #[test]
    fn an_id_of_another_collection_is_an_error() {
        let (index, stranger) = (index(), DocId::numbered(3));
        let expected = SearchError::NoSuchRow { id: RowId(3), rows: 3 };
        assert_eq!(index.score(stranger, &[0.0, 1.0]).unwrap_err(), expected);
        assert_eq!(index.copy_row(stranger, &mut [0.0; 2]).unwrap_err(), expected);
        assert_eq!(index.score(DocId::numbered(2), &[0.0, 1.0]).unwrap(), 1.0);
    }
}

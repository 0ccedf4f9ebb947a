//! One index of the indexes of all segments.
//!
//! Every segment is asked for its best rows, with the rows that may be answers as a filter, and the best of all of them
//! are kept. What is exact in each is exact in all. Rows are numbered through the segments, so equal scores are told
//! apart by the order of documents, whatever segments they are in.
//!
//! Cost: that of asking each segment; there are at most as many as the logarithm of the number of documents, and small
//! ones are scanned.

use semsearch_index::{
    Damage, Explain, FlatIndex, Hit, HnswIndex, Index, OpenError, RowId, RowSet, SearchError, SearchParams, StoredIndex,
};

use crate::collection::Collection;
use crate::error::CollectionError;

/// The vectors that one model made of all documents of a collection.
pub struct SegmentedIndex {
    parts: Vec<Part>,
    dim: usize,
}

struct Part {
    base: u32,
    index: HnswIndex,
    rows: FlatIndex,
    live: Option<RowSet>,
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
                live: segment.live().cloned(),
            });
        }
        let dim = collection.manifest().model_of(fingerprint).map_or(0, |model| model.dimension());
        Ok(SegmentedIndex { parts, dim })
    }

    /// The same with all that a search reads in memory, as a process has it that answers many questions.
    ///
    /// # Errors
    /// If something is damaged.
    pub fn in_memory(&self) -> Result<Self, OpenError> {
        let parts = self.parts.iter().map(|part| {
            let index = part.index.in_memory().map_err(OpenError::Damaged)?;
            Ok(Part { base: part.base, rows: index.flat(), index, live: part.live.clone() })
        });
        Ok(SegmentedIndex { parts: parts.collect::<Result<_, OpenError>>()?, dim: self.dim })
    }

    /// The best rows for `query`. `filters` are, for each segment, the rows that may be answers; removed ones never are.
    ///
    /// # Errors
    /// As [`HnswIndex::search_with`].
    ///
    /// # Panics
    /// If there are other filters than segments.
    pub fn search_with(
        &self,
        query: &[f32],
        params: &SearchParams,
        filters: Option<&[RowSet]>,
    ) -> Result<(Vec<Hit>, Explain), SearchError> {
        assert!(filters.is_none_or(|filters| filters.len() == self.parts.len()), "a filter for each segment");
        let mut all = Vec::new();
        let mut sum: Option<Explain> = None;
        for (number, part) in self.parts.iter().enumerate() {
            let kept = part.kept(filters.map(|filters| &filters[number]));
            let (hits, mut explain) = part.index.search_with(query, params, kept.as_ref())?;
            explain.rows = part.live_len();
            all.extend(hits.into_iter().map(|hit| Hit { id: RowId(part.base + hit.id.0), ..hit }));
            sum = Some(sum.map_or(explain, |sum| sum.combined(&explain)));
        }
        all.sort_unstable_by(Hit::best_first);
        all.truncate(params.k);
        Ok((all, sum.unwrap_or_default()))
    }

    /// The `k` best rows by comparing every one in full precision: the truth that everything else is measured against.
    ///
    /// # Errors
    /// If the query does not fit the rows, or a row is damaged.
    pub fn truth(&self, query: &[f32], k: usize) -> Result<Vec<Hit>, SearchError> {
        let mut all = Vec::new();
        for part in &self.parts {
            let keep = |row: RowId| part.live.as_ref().is_none_or(|live| live.contains(row));
            let hits = part.rows.search_where(query, k, keep)?;
            all.extend(hits.into_iter().map(|hit| Hit { id: RowId(part.base + hit.id.0), ..hit }));
        }
        all.sort_unstable_by(Hit::best_first);
        all.truncate(k);
        Ok(all)
    }

    /// The exact score of a row.
    ///
    /// # Errors
    /// If the row is damaged.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn score(&self, row: RowId, query: &[f32]) -> Result<f32, SearchError> {
        let part = self.part_of(row);
        part.rows.score(RowId(row.0 - part.base), query)
    }

    /// Copies the vector of a row.
    ///
    /// # Errors
    /// If the row is damaged.
    ///
    /// # Panics
    /// If there is no such row, or `out` has another width.
    pub fn copy_row(&self, row: RowId, out: &mut [f32]) -> Result<(), Damage> {
        let part = self.part_of(row);
        part.rows.vectors().copy_row(RowId(row.0 - part.base), out)
    }

    fn part_of(&self, row: RowId) -> &Part {
        &self.parts[self.parts.partition_point(|part| part.base <= row.0) - 1]
    }

    /// The rows that can be found, in order.
    pub fn live_rows(&self) -> impl Iterator<Item = RowId> + '_ {
        self.parts.iter().flat_map(|part| {
            let live = move |row: &u32| part.live.as_ref().is_none_or(|live| live.contains(RowId(*row)));
            (0..part.index.len() as u32).filter(live).map(move |row| RowId(part.base + row))
        })
    }
}

/// One index as the only part.
impl From<HnswIndex> for SegmentedIndex {
    fn from(index: HnswIndex) -> Self {
        let dim = index.dim();
        SegmentedIndex { parts: vec![Part { base: 0, rows: index.flat(), index, live: None }], dim }
    }
}

impl Part {
    fn live_len(&self) -> usize {
        self.live.as_ref().map_or(self.index.len(), RowSet::len)
    }

    /// The rows that may be answers; none where all may.
    fn kept(&self, filter: Option<&RowSet>) -> Option<RowSet> {
        match (filter, &self.live) {
            (None, None) => None,
            (Some(filter), None) => Some(filter.clone()),
            (None, Some(live)) => Some(live.clone()),
            (Some(filter), Some(live)) => {
                let mut both = filter.clone();
                both.intersect(live);
                Some(both)
            }
        }
    }
}

impl Index for SegmentedIndex {
    /// Rows that can be found.
    fn len(&self) -> usize {
        self.parts.iter().map(Part::live_len).sum()
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn name(&self) -> &'static str {
        "hnsw"
    }

    fn search(&self, query: &[f32], params: &SearchParams) -> Result<Vec<Hit>, SearchError> {
        Ok(self.search_with(query, params, None)?.0)
    }
}

//! Exact search: the query against every row.
//!
//! The rows lie one after the other, so the scan runs at the speed of memory and keeps the best `k` in a heap. The hits are
//! right by construction, which makes this index the oracle for the graph.
//!
//! Rows in a file are compared with their checksums when the first scan comes to them.
//!
//! Cost: one inner product per row, 0.6 ms for 10,000 rows of 384 numbers on one core (`cargo bench -p
//! semsearch-benches --bench ann`); no preparation, and no memory of its own.

use crate::hit::{Hit, RowId, TopK};
use crate::index::Index;
use crate::query::{self, SearchError};
use crate::search_params::SearchParams;
use crate::vectors::Vectors;

/// Compares a query with all rows.
#[derive(Clone, Debug)]
pub struct FlatIndex {
    vectors: Vectors,
}

impl FlatIndex {
    /// An index over these rows. Takes no time.
    #[must_use]
    pub fn new(vectors: Vectors) -> Self {
        Self { vectors }
    }

    /// The rows that are searched.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The `k` best among the rows for which `keep` is true, best first; fewer hits if fewer rows are kept.
    ///
    /// # Errors
    /// If the query has another width than the rows or a number that is not finite, or a row is damaged.
    pub fn search_where(&self, query: &[f32], k: usize, keep: impl Fn(RowId) -> bool) -> Result<Vec<Hit>, SearchError> {
        query::check(query, self.vectors.dim())?;
        let mut top = TopK::new(k.min(self.vectors.len()));
        let rows = self.vectors.view();
        for id in (0..self.vectors.len() as u32).map(RowId) {
            if keep(id) {
                top.offer(Hit { id, score: rows.try_score(id, query)? });
            }
        }
        Ok(top.into_hits())
    }

    /// The score of one row: for hits that were found some other way.
    ///
    /// # Errors
    /// If there is no such row, the row is damaged, or the query has another width than the rows.
    pub fn score(&self, id: RowId, query: &[f32]) -> Result<f32, SearchError> {
        query::check_width(query, self.vectors.dim())?;
        if id.index() >= self.vectors.len() {
            return Err(SearchError::NoSuchRow { id, rows: self.vectors.len() });
        }
        Ok(self.vectors.view().try_score(id, query)?)
    }
}

impl Index for FlatIndex {
    fn len(&self) -> usize {
        self.vectors.len()
    }

    fn dim(&self) -> usize {
        self.vectors.dim()
    }

    fn name(&self) -> &'static str {
        "flat"
    }

    /// See [`Index::search`]. Always exact: of `params`, only `k` counts.
    fn search(&self, query: &[f32], params: &SearchParams) -> Result<Vec<Hit>, SearchError> {
        self.search_where(query, params.k, |_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semsearch_vector::Matrix;

    fn index(data: &[f32]) -> FlatIndex {
        FlatIndex::new(Vectors::new(Matrix::from_vec(data.to_vec(), 2).unwrap()).unwrap())
    }

    fn ids(hits: &[Hit]) -> Vec<u32> {
        hits.iter().map(|hit| hit.id.0).collect()
    }

    #[test]
    fn the_nearest_row_comes_first() {
        let index = index(&[1.0, 0.0, 0.6, 0.8, 0.0, 1.0, -1.0, 0.0]);
        let hits = index.search(&[0.0, 1.0], &SearchParams::new(3)).unwrap();
        assert_eq!(ids(&hits), [2, 1, 0]);
        assert_eq!(hits[1].score, 0.8);
        assert_eq!(index.score(RowId(1), &[0.0, 1.0]), Ok(0.8));
        assert_eq!(index.score(RowId(4), &[0.0, 1.0]), Err(SearchError::NoSuchRow { id: RowId(4), rows: 4 }));
        assert_eq!(index.score(RowId(1), &[0.0]), Err(SearchError::Dimension { expected: 2, found: 1 }));
    }

    #[test]
    fn ties_go_to_the_lower_id() {
        let index = index(&[1.0, 0.0].repeat(50));
        assert_eq!(ids(&index.search(&[1.0, 0.0], &SearchParams::new(3)).unwrap()), [0, 1, 2]);
    }

    #[test]
    fn more_hits_than_rows_cannot_be_had() {
        let index = index(&[1.0, 0.0, 0.0, 1.0]);
        assert_eq!(index.search(&[1.0, 0.0], &SearchParams::new(usize::MAX)).unwrap().len(), 2);
        assert_eq!(index.search(&[1.0, 0.0], &SearchParams::new(0)).unwrap(), []);
    }

    #[test]
    fn rows_that_are_not_kept_are_not_found() {
        let index = index(&[1.0, 0.0, 0.6, 0.8, 0.0, 1.0]);
        let odd = index.search_where(&[1.0, 0.0], 5, |id| id.0 % 2 == 1).unwrap();
        assert_eq!(ids(&odd), [1]);
    }

    #[test]
    fn an_empty_index_has_no_hits_and_still_checks_the_query() {
        let empty = index(&[]);
        assert_eq!(empty.search(&[1.0, 0.0], &SearchParams::new(5)).unwrap(), []);
        assert_eq!(empty.search(&[1.0], &SearchParams::new(5)), Err(SearchError::Dimension { expected: 2, found: 1 }));
    }
}

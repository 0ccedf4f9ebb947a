//! The trait of all indexes.

use crate::hit::Hit;
use crate::query::SearchError;
use crate::search_params::SearchParams;

/// Something that finds the rows nearest to a query.
///
/// The trait is open: other crates implement it for indexes of their own, such as one over all segments of a collection. A
/// method that is added later will have a default.
pub trait Index: Send + Sync {
    /// The number of rows.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of numbers that a row has and a query must have.
    fn dim(&self) -> usize;

    /// The kind of index: `flat` or `hnsw`.
    fn name(&self) -> &'static str;

    /// The `params.k` best rows for `query`, best first: `min(k, len)` hits, equal scores in the order of their ids.
    ///
    /// The query may have any length above 0. Scores are cosines if the length is 1, and in proportion to it otherwise, so the
    /// order of hits does not depend on it. An index that knows one strategy only answers by that one.
    ///
    /// # Errors
    /// If the query has another width than the rows or a number that is not finite, or a part of the index that the query
    /// needs is damaged.
    fn search(&self, query: &[f32], params: &SearchParams) -> Result<Vec<Hit>, SearchError>;
}

//! From vectors to neighbours.
//!
//! An index answers one question: which of my rows point most nearly the same way as this query? There are two, and
//! both are an [`Index`]:
//!
//! - [`FlatIndex`] compares the query with every row in full precision. Right by construction, and the oracle for the rest.
//! - [`HnswIndex`] keeps rows in codes of a few bits beside a graph of near neighbours. It scans the codes with a proof
//!   that no better row was passed over, or walks the graph and looks at a few hundred, whichever costs less
//!   ([`Way`]); among all rows or those of a [`RowSet`]; for one query or [many](HnswIndex::exact_batch).
//!
//! Rows are [`Vectors`]: checked once, of length 1, in memory or mapped from a file, in single or half precision. [`save`]
//! writes an index into a folder and [`open`] finds it again, in a tenth of a millisecond; [`storage`] describes the file
//! byte by byte. What rows would lose in fewer bytes is measured in
//! `crates/eval`.
//!
//! ```
//! use semsearch_index::{FlatIndex, Index, RowId, Vectors};
//! use semsearch_vector::Matrix;
//!
//! let rows = Matrix::from_vec(vec![1.0, 0.0, 0.6, 0.8, 0.0, 1.0], 2)?;
//! let index = FlatIndex::new(Vectors::new(rows)?);
//! let hits = index.search(&[0.0, 1.0], 2, 0)?;
//! assert_eq!(hits[0].id, RowId(2));
//! assert_eq!(hits[1].id, RowId(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate never sees text, and knows a document only by its [`RowId`].

mod batch;
mod flat;
mod half;
mod hit;
mod hnsw;
mod layout;
mod limits;
mod plan;
mod quantiser;
mod query;
mod row_set;
mod scan;
pub mod storage;
mod vectors;

pub use flat::FlatIndex;
pub use hit::{Hit, RowId};
pub use hnsw::{BuildError, DEFAULT_EF, Explain, HnswIndex, HnswParams, OtherRows, ParamsError, SearchParams, Way};
pub use query::SearchError;
pub use row_set::RowSet;
pub use semsearch_vector::CodeBits;
pub use storage::{
    Damage, Fault, IndexMeta, IndexSizes, OpenError, RowsWriter, SaveError, SectionSize, StoredIndex, StoredRows,
    complete, open, open_bytes, save,
};
pub use vectors::{Element, Vectors, VectorsError};

/// What `semsearch-eval` measures with. No part of the interface.
#[doc(hidden)]
pub mod measured {
    pub use crate::quantiser::{CodedQuery, Quantiser};
    pub use crate::query::check;
}

/// Something that finds the rows nearest to a query.
pub trait Index: Send + Sync {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers a row has, and a query must have.
    fn dim(&self) -> usize;

    /// The kind of index: `flat` or `hnsw`.
    fn name(&self) -> &'static str;

    /// The `k` best rows for `query`, best first: `min(k, len)` hits, equal scores in the order of their ids.
    ///
    /// `ef` is how many candidates a graph keeps while it searches: more find better rows and take longer. It counts
    /// as at least `k`, and an exact index has no use for it. The query may have any length above 0; scores are
    /// cosines if it has length 1, and in proportion otherwise, which leaves the order as it is.
    ///
    /// # Errors
    /// If the query has another width than the rows or a number that is not finite, or a part of the index that the
    /// query needs is damaged.
    fn search(&self, query: &[f32], k: usize, ef: usize) -> Result<Vec<Hit>, SearchError>;
}

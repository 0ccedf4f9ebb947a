//! From vectors to neighbours.
//!
//! An index answers one question: which of its rows point most nearly the same way as this query? There are two, and both are
//! an [`Index`]:
//!
//! - [`FlatIndex`] compares the query with every row in full precision. Right by construction, and the oracle for the other.
//! - [`HnswIndex`] keeps rows in codes of a few bits beside a graph of near neighbours. It scans the codes with a proof that
//!   no better row was passed over, or searches the graph and looks at a few hundred codes, whichever costs less
//!   ([`Strategy`]); among all rows or those of a [`RowSet`]; for one query or [many](HnswIndex::exact_batch).
//!
//! Rows are [`Vectors`]: checked once, of length 1, in memory or mapped from a file, in single or half precision. An index is
//! [saved](HnswIndex::save) into a folder and [opened](open) from it, in a tenth of a millisecond; [`storage`] describes the
//! file byte by byte.
//!
//! ```
//! use semsearch_index::{HnswIndex, HnswParams, Index, IndexMeta, Matrix, NoProgress, RowId, SearchParams, Vectors, open};
//!
//! let rows = Matrix::from_vec(vec![1.0, 0.0, 0.6, 0.8, 0.0, 1.0], 2)?;
//! let built = HnswIndex::build(Vectors::new(rows)?, &HnswParams::default(), &NoProgress)?;
//! let folder = tempfile::tempdir()?;
//! built.save(folder.path(), &IndexMeta::new("a model"))?;
//!
//! let index = open(folder.path())?.hnsw()?;
//! let hits = index.search(&[0.0, 1.0], &SearchParams::new(2))?;
//! assert_eq!([hits[0].id, hits[1].id], [RowId(2), RowId(1)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate never sees text, and knows a document only by its [`RowId`].
//!
//! Inside, each module uses those above it in this list, and none below:
//!
//! | module                       | what it knows                                                    |
//! |------------------------------|------------------------------------------------------------------|
//! | `limits`, `hit`, `row_set`   | how large an index may be, rows by number                        |
//! | `file`                       | pages, sections and checksums; neither rows nor graphs           |
//! | `half`, `vectors`            | rows in full precision                                           |
//! | `quantiser`, `query`         | rows and queries as codes                                        |
//! | `layout`, `hot`              | all sections that a search reads                                 |
//! | `flat`, `scan`, `batch`, `hnsw` | ways to search; `hnsw` also builds the graph                  |
//! | `cost`, `hnsw_index`         | which way costs less, and an index that chooses                  |
//! | `storage`                    | writes and opens a file                                          |

// Files are touched through `crates/disk`: clippy.toml.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod batch;
mod cost;
mod file;
mod flat;
mod half;
mod hit;
mod hnsw;
mod hnsw_index;
mod hot;
mod index;
mod layout;
mod limits;
mod quantiser;
mod query;
mod row_set;
mod scan;
mod search_params;
pub mod storage;
mod vectors;

pub use file::mmap::map_file;
pub use file::{Damage, Element, Fault, SectionKind};
pub use flat::FlatIndex;
pub use hit::{Hit, RowId};
pub use hnsw::{BuildError, HnswParams, ParamsError};
pub use hnsw_index::HnswIndex;
pub use index::Index;
pub use query::SearchError;
pub use row_set::RowSet;
pub use search_params::{ChosenStrategy, DEFAULT_EF, Explain, SearchParams, Strategy};
pub use semsearch_task::{NoProgress, Progress};
pub use semsearch_vector::{Bytes, CodeBits, Matrix, normalise};
pub use storage::{
    IndexMeta, IndexSizes, OpenError, RowsWriter, SaveError, SectionSize, StoredIndex, StoredRows, open, open_bytes,
};
pub use vectors::{Vectors, VectorsError};

/// The parts with which `crates/eval` measures what rows would lose in fewer bytes. Not part of the interface.
#[doc(hidden)]
pub mod measured {
    pub use crate::quantiser::{CodedQuery, Quantiser};
    pub use crate::query::check;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_and_what_they_are_made_of_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<HnswIndex>();
        shared::<FlatIndex>();
        shared::<StoredIndex>();
        shared::<StoredRows>();
        shared::<Vectors>();
        shared::<RowSet>();
        shared::<Box<dyn Index>>();
        shared::<OpenError>();
        shared::<SearchError>();
    }
}

//! The folder of an index: documents, their columns, their vectors and the graphs over them, what is deleted, and how all of
//! it changes. No model and no encoding of text: that is the business of the crates above.
//!
//! | module         | what it settles                                                             |
//! |----------------|-----------------------------------------------------------------------------|
//! | [`layout`]     | where everything is                                                         |
//! | `manifest`     | what a generation consists of: `manifest.json`                              |
//! | `description`  | what a manifest keeps of a model                                            |
//! | [`generation`] | which generation counts, who reads it, what can be removed                  |
//! | [`doc_store`]  | documents, compressed, by row or by id                                      |
//! | [`columns`]    | the fields that filters and facets ask                                      |
//! | [`deletes`]    | which rows are deleted                                                      |
//! | `segment`      | a part: documents, columns, deletes, vectors by one model or more           |
//! | `collection`   | all of them, opened                                                         |
//! | `search`       | one index of the indexes of all segments                                    |
//! | `filter`, `facets` | which documents pass an expression, and how they are counted            |
//! | `writer`       | the order in which a change becomes the current generation                  |
//! | `staging`      | documents on their way in                                                   |
//! | `merge_policy`, `merger` | which segments are merged, and how                                |
//! | [`change`]     | documents come and go                                                       |
//! | [`check`]      | what is damaged                                                             |

pub mod change;
pub mod check;
mod collection;
pub mod columns;
pub mod deletes;
mod description;
pub mod doc_store;
mod error;
mod facets;
mod filter;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
pub mod generation;
mod index_kinds;
mod key;
pub mod layout;
mod manifest;
mod merge_policy;
mod merger;
mod search;
mod segment;
mod sizes;
mod staging;
mod writer;

pub use change::{
    Addition, Change, RemoveError, Removed, Selection, Vacuumed, disk_bytes, remove, vacuum, would_remove,
};
pub use check::{Finding, Findings, Inspected, InspectedVectors, Note, Part, Verdict, verify};
pub use collection::Collection;
pub use columns::{Field, Fields, FieldsError, NumberField, TextField};
pub use description::ModelDescription;
pub use doc_store::{Blocks, DocumentError, DocumentSizes};
pub use error::{ChangeError, CollectionError, damaged, io_error, unreadable};
pub use facets::{FacetField, Facets};
pub use filter::{Filter, FilterError};
pub use key::Key;
pub use manifest::{FileRecord, GraphRecord, IntakeTotals, Manifest, ModelRecord, SegmentRecord, VectorsRecord};
pub use merger::{StagedVectors, build_graph, write_lines};
pub use search::SegmentedIndex;
pub use segment::{Segment, SegmentVectors, Tokens};
pub use sizes::CollectionSizes;
pub use staging::{Staged, StagingWriter};
pub use writer::{Object, Writer, record};

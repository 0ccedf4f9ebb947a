//! The folder of an index: documents, columns, vectors with their graphs, deletes, and how they change. This crate runs no
//! models and encodes no text; the crates above do.
//!
//! | module         | contents                                                                    |
//! |----------------|-----------------------------------------------------------------------------|
//! | [`layout`]     | names of files and folders                                                  |
//! | `manifest`     | the files of a generation, listed in `manifest.json`                        |
//! | `description`  | the model's own manifest, as kept in ours                                   |
//! | [`generation`] | the current generation, locks of readers, removing old generations          |
//! | [`doc_store`]  | the document store: documents, compressed, by row or by id                  |
//! | [`columns`]    | the values that filters and facets read                                     |
//! | [`deletes`]    | the deleted rows                                                            |
//! | `segment`      | a segment: documents, columns, deletes, vectors by one model or more        |
//! | `collection`   | an opened generation, all of its segments                                   |
//! | `search`       | search over the indexes of all segments                                     |
//! | `filter`, `facets` | which documents pass an expression, and counting documents by value     |
//! | `writer`       | the order in which a change becomes the current generation                  |
//! | `staging`      | new documents, before they are in a segment                                 |
//! | `merge_policy`, `merger` | which segments are merged, and how                                |
//! | [`change`]     | adding, deleting and compacting                                             |
//! | [`check`]      | finding damage                                                              |
//!
//! ```
//! use semsearch_store::{Collection, Filter};
//!
//! # let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/collection-v2"));
//! let collection = Collection::open(folder)?;
//! let recent = Filter::parse("year >= 1990 or not has year")?;
//! for id in collection.doc_ids_where(&recent)? {
//!     let document = collection.document(id)?;
//!     println!("{}: {}", document.id, document.title);
//! }
//! assert_eq!(collection.doc_ids().count(), collection.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Files are touched through `crates/disk`: clippy.toml.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod change;
pub mod check;
mod collection;
pub mod columns;
pub mod deletes;
mod description;
mod doc_id;
pub mod doc_store;
mod error;
mod facets;
mod filter;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
pub mod generation;
mod key;
pub mod layout;
mod manifest;
mod map;
mod merge_policy;
mod merger;
mod near;
mod search;
mod searches;
mod segment;
mod sizes;
mod sources;
mod staging;
mod words;
mod writer;

pub use change::{
    Addition, Change, Compacted, RemoveError, Removed, Selection, Titled, compact, disk_bytes, remove, would_remove,
};
pub use check::{Finding, Findings, Inspected, InspectedVectors, Note, Part, Verdict, verify};
pub use collection::Collection;
pub use columns::{Columns, ColumnsError, DocumentField, Field, NumberField, TextField};
pub use description::ModelDescription;
pub use doc_id::{DocHit, DocId};
pub use doc_store::{DocumentError, DocumentSizes, StoreReader};
pub use error::{ChangeError, CollectionError, damaged, io_error, unreadable};
pub use facets::{FacetField, Facets};
pub use filter::{Chosen, ChosenError, Filter, FilterError, Years};
pub use key::Key;
pub use manifest::{FileRecord, GraphRecord, IntakeTotals, Manifest, ModelRecord, SegmentRecord, VectorsRecord};
pub use map::{Map, MapRegion};
pub use merger::{StagedVectors, build_graph, write_lines};
pub use near::{NearMiss, near_misses};
pub use search::SegmentedIndex;
pub use searches::{SavedSearch, SavedSearches};
pub use segment::{Segment, SegmentVectors, Tokens};
pub use sizes::CollectionSizes;
pub use staging::{Staged, StagingWriter};
pub use writer::{Object, Writer, record};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_share_is_send_and_sync() {
        fn shared<T: Send + Sync>() {}
        shared::<Collection>();
        shared::<SegmentedIndex>();
        shared::<Segment>();
        shared::<Filter>();
        shared::<CollectionError>();
        shared::<ChangeError>();
    }
}

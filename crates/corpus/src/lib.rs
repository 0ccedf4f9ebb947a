//! Papers in: files of many kinds become one kind of [`Document`].
//!
//! This is the first step of the line. It fences other people's formats: spellings of field names, compression, byte order
//! marks, pages copied from a browser, the same paper in five files. The later steps only see documents with unique ids.
//!
//! ```text
//! path ── input ── detect ── readers ──┬── deduplicator (duplicates, merge, ids) ── Corpus
//!         bytes    format    records   └── or, one by one, Documents
//! ```
//!
//! From the ground up, each module using those above it in this table:
//!
//! | module                     | content                                                                  |
//! |----------------------------|--------------------------------------------------------------------------|
//! | [`date`]                   | a day, a month or a year                                                 |
//! | [`identifiers`]            | DOIs and arXiv ids, each in one spelling                                 |
//! | [`document`]               | a paper                                                                  |
//! | `error`, `paths`, `format` | why reading failed; how inputs and formats are named                     |
//! | `lines`, `input`           | numbered UTF-8 lines; bytes from a file or a pipe, decompressed          |
//! | `record`, `options`        | what readers yield, and how they read                                    |
//! | `origin`, `notes`          | what an input calls its fields; what a reader did that its user should know |
//! | `notes`                    | what to know about how an input was read                                 |
//! | `readers`                  | one reader per format, each a stream of records                          |
//! | `detect`                   | the format of bytes; never from a file's name                            |
//! | `not_understood`           | what a record says about a field and no reader understood                |
//! | `documents`                | an input as a stream of documents: [`open`]                              |
//! | `normalise`, `names`       | text and author names, independent of their spelling                     |
//! | `surroundings`             | whether year, authors, venue and pages of two documents agree            |
//! | `duplicates`, `identity`   | whether two documents are the same paper; hashes that find candidates    |
//! | `existing`, `opened`       | the documents of a collection that is added to                           |
//! | `merge`, `id_allocator`    | merged metadata, unique ids                                              |
//! | `spool`, `identity_table`  | documents and identities in little memory                                |
//! | `deduplicator`             | whether a record is a new document or part of an earlier one             |
//! | `inspection`               | what reading inputs would give: [`inspect`]                              |
//! | [`corpus`]                 | all of it together: [`read_corpus`], [`stream_corpus`]                   |
//! | `writers`                  | documents as a list in a file: [`ListWriter`]                            |
//! | [`queries`]                | queries and relevance judgements for measuring a search                  |
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("papers.jsonl");
//! use semsearch_corpus::{ReadOptions, read_corpus};
//! use semsearch_task::NoProgress;
//!
//! std::fs::write(&path, r#"{"title": "On Tides", "text": "Why the sea moves.", "year": "1898"}"#)?;
//!
//! let corpus = read_corpus(&[path], &ReadOptions::new(), &NoProgress, &mut |_event| ())?;
//! let paper = &corpus.documents[0];
//! assert_eq!(paper.id, "on-tides");
//! assert_eq!(paper.passage(), "On Tides. Why the sea moves.");
//! # Ok(())
//! # }
//! ```

pub mod corpus;
pub mod date;
pub mod document;
pub mod identifiers;
pub mod queries;

mod deduplicator;
mod detect;
mod documents;
mod duplicates;
mod editions;
mod error;
mod existing;
mod family_names;
mod format;
mod gathered;
mod growth;
mod id_allocator;
mod identity;
mod identity_table;
mod input;
mod inspection;
mod lines;
mod merge;
mod names;
mod normalise;
mod not_understood;
mod notes;
mod numbered;
mod opened;
mod options;
mod origin;
mod paths;
mod readers;
mod record;
mod report;
mod slug;
mod sources;
mod spool;
mod surroundings;
mod white_space;
mod writers;

pub use corpus::{Corpus, OnEvent, ReadEvent, read_corpus, stream_corpus};
pub use date::{Date, DateError};
pub use document::{Document, Source};
pub use documents::{Documents, open};
pub use duplicates::Evidence;
pub use error::{ExistingError, ReadError};
pub use existing::{Each, ExistingDocuments, ResolvedRecord};
pub use family_names::FAMILY_NAMES;
pub use format::Format;
pub use identity::Identity;
pub use inspection::{InspectedField, InspectedInput, Inspection, inspect};
pub use options::ReadOptions;
pub use origin::Origin;
pub use queries::{Judgment, Query, read_qrels, read_queries};
#[cfg(feature = "parquet")]
pub use readers::parquet::ParquetVectors;
pub use report::{InputReport, Merge, NotUnderstood, Numbered, Replaced, Report};
pub use slug::slug;
pub use sources::KnownSource;
pub use writers::{ListForm, ListWriter, fields_of};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_types_can_be_sent_and_shared_between_threads() {
        fn sent<T: Send>() {}
        fn shared<T: Send + Sync>() {}
        sent::<Documents>();
        shared::<Document>();
        shared::<Corpus>();
        shared::<ReadOptions>();
        shared::<ReadError>();
        shared::<Report>();
        shared::<Query>();
    }
}

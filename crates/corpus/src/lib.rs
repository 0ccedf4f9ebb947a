//! Papers in: files of many kinds become one kind of [`Document`].
//!
//! This is the first step of the line. It fences everything other people's formats do: spellings of field
//! names, compression, byte order marks, pages copied from a browser, the same paper met five times. The
//! steps after it see documents with unique ids and nothing else.
//!
//! ```text
//! path ── input ── detect ── readers ──┬── gather (duplicates, merge, ids) ── Corpus
//!         bytes    format    records   └── or, one by one, Documents
//! ```
//!
//! | module           | what it settles                                                          |
//! |------------------|--------------------------------------------------------------------------|
//! | [`document`]     | what a paper is                                                          |
//! | [`date`]         | a day, a month or a year, and what it may mean                           |
//! | [`identity`]     | DOIs and arXiv ids, each in one spelling                                 |
//! | `input`, `lines` | bytes from a file or a pipe, decompressed; numbered UTF-8 lines          |
//! | `detect`         | which format the bytes are in; the name of a file is never asked         |
//! | `readers`        | one reader per format, each a stream of documents                        |
//! | `gather`         | whether a record is a new document or part of an earlier one             |
//! | `duplicates`     | whether two documents are the same paper                                 |
//! | `names`          | whether two spellings may be of one author                               |
//! | `table`          | from identities to documents, in little memory                           |
//! | `merge`, `ids`   | what becomes of the metadata and of the id then                          |
//! | `known`          | documents that are there already, when a collection is added to          |
//! | `shelf`          | where documents wait until all are read: in memory or in a file          |
//! | `report`         | an account of what was read, merged and left out                         |
//! | [`corpus`]       | all of it together: [`read_corpus`], [`stream_corpus`]                   |
//! | [`queries`]      | questions and relevance judgements for measuring a search                |
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("papers.jsonl");
//! std::fs::write(&path, r#"{"title": "On Tides", "text": "Why the sea moves.", "year": "1898"}"#)?;
//!
//! let corpus = semsearch_corpus::read_corpus(&[path], &Default::default(), &mut |_| ())?;
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

mod detect;
mod documents;
mod duplicates;
mod error;
mod existing;
mod format;
mod gather;
mod growth;
mod identity;
mod ids;
mod input;
mod lines;
mod merge;
mod names;
mod normalise;
mod opened;
mod options;
mod paths;
mod readers;
mod record;
mod report;
mod shelf;
mod slug;
mod table;

pub use corpus::{Corpus, ReadEvent, read_corpus, stream_corpus};
pub use date::{Date, DateError};
pub use document::{Document, Source};
pub use documents::{Documents, open};
pub use duplicates::Evidence;
pub use error::ReadError;
pub use existing::{Arrival, Each, Known};
pub use format::Format;
pub use identity::Identity;
pub use options::ReadOptions;
pub use queries::{Judgment, Query, read_qrels, read_queries};
pub use report::{InputReport, Merge, Report};
pub use slug::slug;

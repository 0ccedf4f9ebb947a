//! From papers to answers.
//!
//! ```text
//! Corpus ──ingest──▶ Collection ──Session──▶ Answer
//! ```
//!
//! This crate combines documents, encoders and indexes: it answers queries, adds papers to a collection, and changes the
//! model of a collection. It is short, because each step is in a crate below. Binaries add flags and rendering.
//!
//! ```
//! use semsearch_corpus::ReadOptions;
//! use semsearch_embed::{ModelStore, TextKind};
//! use semsearch_engine::{Encoders, IngestOptions, Intake, IntakeMode, SearchOptions, Session, SessionOptions};
//! use semsearch_task::NoProgress;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let index = &folder.path().join("index");
//! # let papers = [std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo_papers.jsonl")];
//! // Papers into a collection, with the model that is part of the crate.
//! let store = ModelStore::from_env(true);
//! let model = SessionOptions::default().with_model(Some("static".to_owned()));
//! let encoder = Encoders::new(&store, &model, &NoProgress).named(TextKind::Passage)?;
//! Intake::read(index, IntakeMode::Add, &papers, &ReadOptions::default(), &mut |_| {}, &NoProgress)?
//!     .embed(&encoder, &IngestOptions::new("static"), &NoProgress)?;
//!
//! // Later: the collection knows its model.
//! let session = Session::open(index, &store, &SessionOptions::default(), &NoProgress)?;
//! let answer = session.search("images from text", &SearchOptions::default().with_k(5))?;
//! assert_eq!(answer.hits.len(), 5);
//! # Ok(())
//! # }
//! ```
//!
//! | module | contents |
//! | --- | --- |
//! | `session` | a collection opened with the encoder that it records |
//! | `search`, `rerank` | from query to answer |
//! | `ingest` | from papers to a collection |
//! | [`model`] | what a collection records of its model |
//! | [`settings`] | how a model is used, and what tells two uses apart |
//! | [`align`] | queries of one model, vectors of another |
//! | [`switch`] | from one model to another |
//! | `listing` | papers that pass a filter, in an order |
//! | [`count`] | how many papers have some words in a row |
//! | [`dupes`] | papers whose vectors are nearly the same |
//! | [`map`] | a picture of a collection, with named regions |
//! | [`exchange`] | export to and import from other programs |
//! | [`repair`] | repairing a damaged collection |
//! | [`machine`] | what this machine has for the work |
//! | `interval`, `rank_overlap` | confidence intervals of measured shares; similarity of two rankings |

// Files are touched through `crates/disk`: clippy.toml.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod align;
pub mod count;
pub mod dupes;
pub mod exchange;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod ingest;
mod interval;
mod listing;
pub mod machine;
pub mod map;
pub mod model;
mod rank_overlap;
pub mod repair;
mod rerank;
mod search;
mod session;
pub mod settings;
pub mod switch;

pub use ingest::{
    DEFAULT_MEMORY_BYTES, IngestError, IngestOptions, Ingested, Intake, IntakeMode, Leaving, Tally, Unlike, ingest,
    would_leave,
};
pub use interval::{Interval, mean_with_interval};
pub use listing::{Listing, list};
pub use search::{
    Answer, Candidates, Combine, Confidence, Correction, Demand, Found, Fusion, HalfLife, HalfLifeError, Matched,
    MatchedTerm, Order, OrderKey, QuestionOptions, Ranker, Reasons, Request, SearchError, SearchMode, SearchOptions,
    Searcher, Took, demands, exact_id, find_paper, similar,
};
pub use semsearch_index::{ChosenStrategy, Explain, Strategy};
pub use semsearch_lexical::confidence::Confidence as Level;
pub use session::{Encoders, Session, SessionError, SessionOptions};

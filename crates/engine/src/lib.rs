//! The line from papers to answers.
//!
//! ```text
//! Corpus ──ingest──▶ Collection ──Searcher──▶ Answer
//!                        └──evaluate──▶ recall and speed
//! ```
//!
//! The only crate that sees documents, vectors and neighbours at once; what it does is short, because each step lives
//! below. Binaries add flags and rendering.

mod collection;
mod evaluate;
mod filter;
mod ingest;
mod interval;
mod ladder;
mod rerank;
mod search;
pub mod switch;

pub use collection::{
    Collection, CollectionError, Description, DocumentError, Documents, FileRecord, ModelIdentity, ModelMismatch,
    ModelRecord,
};
pub use evaluate::{EvaluateError, EvaluateOptions, Evaluation, GraphPoint, Speed, evaluate, recall};
pub use filter::DateRange;
pub use ingest::{DEFAULT_MEMORY_BYTES, IngestError, IngestOptions, Ingested, Intake, Stage, Unwatched, Watch, ingest};
pub use interval::{Interval, mean_with_interval};
pub use ladder::{Ladder, Rung, RungDepth, measure_ladder};
pub use rerank::rerank;
pub use search::{Answer, Found, Mode, SearchError, SearchOptions, Searcher, Took};
pub use semsearch_index::{Explain, Way};

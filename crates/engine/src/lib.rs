//! The line from papers to answers.
//!
//! ```text
//! Corpus ──ingest──▶ Collection ──Searcher──▶ Answer
//!                        └──evaluate──▶ recall and speed
//! ```
//!
//! The only crate that sees documents, vectors and neighbours at once; what it does is short, because each step lives
//! below. Binaries add flags and rendering.

mod exchange;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod ingest;
mod interval;
pub mod model;
mod repair;
mod rerank;
mod search;
pub mod switch;

pub use exchange::{
    ExportError, ExportFormat, ExportRecord, Exported, ImportError, Imported, VectorFile, VectorFileError, VectorForm,
    export, import,
};
pub use ingest::{DEFAULT_MEMORY_BYTES, IngestError, IngestOptions, Ingested, Intake, Mode as IntakeMode, ingest};
pub use interval::{Interval, mean_with_interval};
pub use repair::{Action, EncoderOf, Lost, RepairError, Repaired, repair};
pub use rerank::rerank;
pub use search::{Answer, Found, Matched, Mode, SearchError, SearchOptions, Searcher, Took};
pub use semsearch_index::{Explain, Way};

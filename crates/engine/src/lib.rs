//! The line from papers to answers.
//!
//! ```text
//! Corpus ──ingest──▶ Collection ──Searcher──▶ Answer
//!                        └──evaluate──▶ recall and speed
//! ```
//!
//! The only crate that sees documents, vectors and neighbours at once; what it does is short, because each step lives
//! below. Binaries add flags and rendering.

mod change;
mod collection;
mod evaluate;
mod exchange;
mod facets;
mod filter;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod ingest;
mod interval;
mod ladder;
mod rerank;
mod search;
mod segmented;
pub mod switch;
mod upkeep;

pub use change::{ChangeError, RemoveError, Removed, Selection, Vacuumed, remove, vacuum, would_remove};
pub use collection::{
    Blocks, Collection, CollectionError, CollectionSizes, DocumentError, DocumentSizes, Field, Fields, FieldsError,
    FileRecord, GraphRecord, IntakeTotals, Manifest, ModelIdentity, ModelMismatch, ModelRecord, NumberField, Segment,
    SegmentRecord, SegmentVectors, TextField, Tokens, VectorsRecord,
};
pub use evaluate::{EvaluateError, EvaluateOptions, Evaluation, GraphPoint, Speed, evaluate, recall};
pub use exchange::{
    ExportError, ExportFormat, ExportRecord, Exported, ImportError, Imported, VectorFile, VectorFileError, VectorForm,
    export, import,
};
pub use facets::{FacetField, Facets};
pub use filter::{Filter, FilterError};
pub use ingest::{
    DEFAULT_MEMORY_BYTES, IngestError, IngestOptions, Ingested, Intake, Mode as IntakeMode, Stage, Unwatched, Watch,
    ingest,
};
pub use interval::{Interval, mean_with_interval};
pub use ladder::{Ladder, Rung, RungDepth, measure_ladder};
pub use rerank::rerank;
pub use search::{Answer, Found, Matched, Mode, SearchError, SearchOptions, Searcher, Took};
pub use segmented::SegmentedIndex;
pub use semsearch_index::{Explain, Way};
pub use upkeep::{Action, EncoderOf, Finding, Lost, Note, Part, RepairError, Repaired, Verdict, repair, verify};

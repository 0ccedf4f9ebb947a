//! Papers into a collection: read them, encode new and changed ones, and make a generation.
//!
//! ```text
//! inputs ──intake──▶ staged documents ──pipeline──▶ checkpoint ──change──▶ a new generation
//!          read, merge,                  encode       vectors    segments
//!          compare                                               and graphs
//! ```
//!
//! | file                              | holds                                                                |
//! |-----------------------------------|----------------------------------------------------------------------|
//! | `error`, `options`                | why an ingest failed, how it is done                                 |
//! | `intake`                          | reading and merging, which must end before encoding can begin        |
//! | `checkpoint`, `checkpoint_format` | the vectors made so far, which outlive a killed process              |
//! | `work_queue`                      | work for the threads of the pipeline                                 |
//! | `pipeline`                        | reading back, tokenising, encoding and appending, all at once        |
//! | `reuse`                           | vectors that the collection has already                              |
//! | `tally`                           | what becomes of papers, counted                                      |
//! | `places`                          | documents that left a source, or whose source got another name       |
//! | `leaving`                         | what a reading would remove, said before it is done                  |
//! | `replaced`                        | which papers of a collection come again when all are replaced        |
//! | `encoded`                         | vectors read back from the checkpoint                                |
//! | `embed`                           | all steps in their order                                             |
//!
//! The target is opened for writing first, so that a folder that cannot be written fails at once and not after an hour
//! of encoding. Until the very last step readers see the old collection, if there is one.
//!
//! What overlaps and what cannot: encoding begins when merging is settled, and graphs are built when the last vector is
//! made. Of embedding 10,000 abstracts with all-MiniLM-L6-v2, reading is 0.2 %, the graph 1.5 %, and in between
//! encoding threads waited for work 0.02 % of their time.
//!
//! Memory: documents and vectors are on disk; a document takes about 300 bytes of memory while reading, 100 while
//! encoding. Two things are not bounded so. Building the graph maps all vectors and holds candidates for links and a
//! copy of the rows in bytes, about 2.5 kB a row of 384 numbers at the default `ef_construction`; and a single text is
//! split into tokens whole, however long it is.

mod checkpoint;
mod checkpoint_format;
mod embed;
mod encoded;
mod error;
mod intake;
mod leaving;
mod options;
mod pipeline;
mod places;
mod replaced;
mod reuse;
mod tally;
mod work_queue;

pub(crate) use checkpoint::{Checkpoint, checkpoint_records, discard_checkpoint};
#[cfg(feature = "fuzz")]
pub(crate) use checkpoint_format::Facts;
pub use embed::{Ingested, ingest};
pub(crate) use encoded::with_vectors;
pub use error::IngestError;
pub use intake::{Intake, IntakeMode};
pub use leaving::{Leaving, would_leave};
pub use options::{DEFAULT_MEMORY_BYTES, IngestOptions};
pub(crate) use pipeline::{Passages, encode};
pub use places::Unlike;
pub use tally::Tally;

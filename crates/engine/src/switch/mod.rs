//! Changing the model of a collection while it goes on answering.
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | why a model was not switched |
//! | `coverage` | which documents a model has embedded |
//! | `pending` | the record of a switch that is not done |
//! | `fitting` | alignments on the way |
//! | `making` | a segment's vectors from the checkpoint |
//! | `prepare` | embeds a collection with a second model, beside the first |
//! | `cutover` | cut over, go back, drop the vectors of a model |
//! | `status` | how far a switch has come |
//! | `compare`, `rankings` | how the answers of both models differ, with examples |
//!
//! Until the new model has embedded everything, an [`Alignment`](crate::align::Alignment) lets its queries search the
//! old model's vectors, if the alignment was measured to find enough.

mod compare;
mod coverage;
mod cutover;
mod error;
mod fitting;
mod making;
mod pending;
mod prepare;
mod rankings;
mod status;

pub use compare::{Comparison, Described, Example, Moved, Pick};
pub(crate) use coverage::is_complete;
pub use cutover::{commit, commit_to, forget, forget_one, prepared, previous, rollback};
pub use error::SwitchError;
pub use pending::Pending;
pub use prepare::{Prepared, SwitchOptions, Totals, prepare};
pub use rankings::{SampleQuery, compare_models, sample_queries};
pub use status::{OtherModel, SwitchState, SwitchStatus, status};

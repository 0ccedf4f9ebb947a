//! From one model to another, without a day on which nothing can be asked.
//!
//! | file | holds |
//! | --- | --- |
//! | `prepare` | embeds a collection with a second model, beside the first |
//! | `making`, `fitting` | vectors of a segment from what was embedded, and bridges on the way there |
//! | `pending`, `status` | what is kept of a switch that is not done, and how far it has come |
//! | `coverage` | which documents a model has embedded |
//! | `cutover` | cut over, go back, drop the vectors of a model |
//! | `rankings`, `compare` | what both models find, and how it differs, with examples |
//! | `pairs` | the same texts, encoded by both models |
//! | `bridge` | a map from the new model's questions to the old model's vectors, measured before it is used |
//! | `linear_map`, `moments` | how such a map is found, and the sums it is made of |
//! | `stored` | a bridge as bytes |
//! | `agreement` | how much of what the new model would find is found |
//! | `rbo` | how alike two rankings are |
//!
//! Vectors of two models are never compared but through a [`Bridge`], and a bridge takes and gives only vectors of the two
//! models it was fitted to.

mod agreement;
mod bridge;
mod compare;
mod coverage;
mod cutover;
mod error;
mod fitting;
mod linear_map;
mod making;
mod moments;
mod pairs;
mod pending;
mod prepare;
mod rankings;
mod rbo;
mod status;
mod stored;
#[cfg(test)]
mod testing;

pub use agreement::{Agreement, LEAST_AGREEMENT};
pub use bridge::{Bridge, BridgeError, LEAST_DOCUMENTS};
pub use compare::{Comparison, Described, Example, Moved, Pick, Rankings, compare};
pub(crate) use coverage::is_complete;
pub use cutover::{commit, commit_to, forget, prepared, previous, rollback};
pub use error::SwitchError;
pub use linear_map::{LinearMap, Method};
pub use pairs::{Pairs, Questions};
pub use pending::Pending;
#[cfg(feature = "fuzz")]
pub(crate) use pending::bridge_path;
pub(crate) use pending::read_bridge;
pub use prepare::{Prepared, SwitchOptions, Totals, prepare};
pub use rankings::{Asked, compare_models, sampled_questions};
pub use rbo::{overlap_at, rbo_ext};
pub use status::{OtherModel, SwitchState, SwitchStatus, status};

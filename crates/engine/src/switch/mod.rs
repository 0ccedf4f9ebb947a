//! From one model to another, without a day on which nothing can be asked.
//!
//! | file | holds |
//! | --- | --- |
//! | `pairs` | the same texts, encoded by both models |
//! | `bridge` | a map from the new model's questions to the old model's vectors, measured before it is used |
//! | `linear_map`, `moments` | how such a map is found, and the sums it is made of |
//! | `stored` | a bridge as bytes |
//! | `agreement` | how much of what the new model would find is found |
//! | `compare` | how the answers of two models differ, with examples |
//! | `rbo` | how alike two rankings are |
//!
//! Vectors of two models are never compared but through a [`Bridge`], and a bridge takes and gives only vectors of the two
//! models it was fitted to.

mod agreement;
mod bridge;
mod compare;
mod linear_map;
mod moments;
mod pairs;
mod rbo;
mod stored;
#[cfg(test)]
mod testing;

pub use agreement::{Agreement, LEAST_AGREEMENT};
pub use bridge::{Bridge, BridgeError, LEAST_DOCUMENTS};
pub use compare::{Comparison, Described, Example, Moved, Pick, Rankings, compare};
pub use linear_map::{LinearMap, Method};
pub use pairs::{Pairs, Questions};
pub use rbo::{overlap_at, rbo_ext};

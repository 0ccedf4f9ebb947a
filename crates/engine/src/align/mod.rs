//! Embedding alignment: queries encoded by a new model search vectors that only the old model has made.
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | why two models are not aligned |
//! | `pairs` | the same texts, encoded by both models |
//! | `moments` | sums over such texts |
//! | `linear_map` | a linear map from one space to the other, by three methods |
//! | `overlap` | overlap@10: what an alignment is worth |
//! | `trial` | overlap@10 measured on documents that the map was not fitted to |
//! | `alignment` | a map with the fingerprints of both models and what it is worth |
//! | `fit` | choosing and measuring a map |
//! | `stored` | an alignment as bytes |
//! | `folder` | where a collection keeps its alignments |
//!
//! Vectors of two models are never compared except through an [`Alignment`], and an alignment takes and gives only
//! vectors of the two models it was fitted to.

mod alignment;
mod error;
mod fit;
mod folder;
mod linear_map;
mod moments;
mod overlap;
mod pairs;
mod stored;
#[cfg(test)]
mod testing;
mod trial;

pub use alignment::{Alignment, LEAST_DOCUMENTS};
pub use error::AlignmentError;
#[cfg(feature = "fuzz")]
pub(crate) use folder::alignment_path;
pub(crate) use folder::{ALIGNMENT_PREFIX, read_alignment, write_alignment};
#[doc(hidden)]
pub use linear_map::LinearMap;
pub use linear_map::Method;
pub use overlap::{LEAST_OVERLAP, OverlapAt10};
#[doc(hidden)]
pub use pairs::{Pairs, Queries};

#[doc(hidden)]
pub use crate::rank_overlap::overlap_at;

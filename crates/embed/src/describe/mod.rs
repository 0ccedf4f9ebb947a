//! The description of a model: the ground floor, which everything else in this crate stands on.
//!
//! Nothing here runs a network or opens a socket. The [`Manifest`] is the full description of a model that is made of
//! files; the [`Fingerprint`] is the identity of its vectors.

pub(crate) mod checksum;
mod dense;
mod family;
mod fingerprint;
mod manifest;
mod model_info;
mod pooling;
mod precision;
mod static_layout;
mod text_kind;
mod windows;

pub use checksum::ChecksumError;
pub use dense::{DenseActivation, DenseLayer};
pub use family::Family;
pub(crate) use family::{NOMIC_TRAINED_POSITIONS, ROBERTA_PADDING};
pub use fingerprint::Fingerprint;
pub(crate) use manifest::{CONFIG, MIN_TOKENS, TOKENIZER, WEIGHTS, stays_inside};
pub use manifest::{
    DEFAULT_MODEL, MANIFEST_FILE, Manifest, ManifestError, ModelFile, PypiSource, Source, bundled, find_bundled,
};
pub use model_info::ModelInfo;
pub use pooling::Pooling;
pub use precision::{Precision, PrecisionChoice};
pub(crate) use static_layout::{STATIC_POSITIONS, find_rows};
pub use text_kind::TextKind;
pub use windows::Windows;

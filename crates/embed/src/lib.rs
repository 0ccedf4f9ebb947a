//! From text to vectors with a sentence-transformer.
//!
//! ```text
//! name ──store──▶ folder + manifest ──load──▶ SentenceTransformer
//! texts ──tokenise──▶ Batch ──network──▶ token vectors ──pooling──▶ one vector a text
//! ```
//!
//! This crate fences candle, `tokenizers` and the network. It never sees a document id.

mod built_in;
mod checksum;
mod dense;
mod device;
mod distill;
mod encoder;
mod fetch;
mod fingerprint;
mod image;
mod manifest;
mod models;
mod pooling;
mod precision;
mod schedule;
mod sentence_transformer;
mod sentence_transformers;
mod settings;
mod static_model;
mod store;
mod tokenise;
mod windows;

pub use checksum::ChecksumError;
pub use dense::{DenseActivation, DenseLayer};
pub use device::{DeviceChoice, DeviceError};
pub use distill::{DistillError, DistillOptions, Distilled, TablePrecision, Weights, distill};
pub use encoder::{Batching, EncodeError, Encoded, Encoder, Progress, TextKind};
pub use fetch::FetchError;
pub use fingerprint::Fingerprint;
pub use image::ImageUse;
pub use manifest::{
    DEFAULT_MODEL, Family, MANIFEST_FILE, Manifest, ManifestError, ModelFile, PypiSource, Source, bundled, find_bundled,
};
pub use models::NetworkError;
pub use pooling::Pooling;
pub use precision::{Precision, PrecisionChoice};
pub use sentence_transformer::{EncoderOptions, LoadError, SentenceTransformer};
pub use sentence_transformers::{FolderError, read_folder};
pub use settings::{AccessToken, NetworkSettings, StoreSettings};
pub use store::{Listing, ModelError, ModelFolder, ModelStore};
pub use tokenise::{Batch, TokeniseError, Tokeniser, Tokens};
pub use windows::{Pieces, Windows};

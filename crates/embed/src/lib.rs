//! From text to vectors with a sentence-transformer.
//!
//! ```text
//! name ──find──▶ folder + manifest ──load──▶ SentenceTransformer
//! texts ──tokenise──▶ Batch ──network──▶ token vectors ──pooling──▶ one vector a text
//! ```
//!
//! The crate is a house of seven floors. Each is a folder that uses only the floors below it:
//!
//! | floor | what is on it |
//! | --- | --- |
//! | `distill/` | making a static model of a transformer |
//! | `encode/` | the trait [`Encoder`], its options, and [`SentenceTransformer`], which implements it |
//! | `networks/` | from token ids to vectors: one file an architecture, and the tables of static models |
//! | `weights_cache/` | the packed-weights cache: what the next process maps instead of packing again |
//! | `tokens/` | from text to token ids |
//! | `find/` | from a name to the files of a model: on this machine, or from the network |
//! | `describe/` | what describes a model: [`Manifest`], [`Family`], [`Precision`], [`Fingerprint`] and the like |
//!
//! This crate fences candle, `tokenizers` and the network. It never sees a document id.

mod describe;
mod distill;
mod encode;
mod find;
mod networks;
mod tokens;
mod weights_cache;

pub use describe::{
    ChecksumError, DEFAULT_MODEL, DenseActivation, DenseLayer, Family, Fingerprint, MANIFEST_FILE, Manifest,
    ManifestError, ModelFile, ModelInfo, Pooling, Precision, PrecisionChoice, PypiSource, Source, TextKind, Windows,
    bundled, find_bundled,
};
pub use distill::{DistillError, DistillOptions, Distilled, TablePrecision, Weights, distill};
pub use encode::{Batching, EncodeError, Encoded, Encoder, EncoderOptions, LoadError, SentenceTransformer};
pub use find::{
    AccessToken, FetchError, FolderError, Listing, ModelError, ModelFolder, ModelStore, NetworkSettings, StoreSettings,
    read_folder,
};
pub use networks::{DeviceChoice, DeviceError, NetworkError};
pub use tokens::{Batch, Pieces, TokeniseError, Tokeniser, Tokens};
pub use weights_cache::CacheUse;

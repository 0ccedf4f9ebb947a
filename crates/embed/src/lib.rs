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
//! | `distill/` | making a static model from a transformer |
//! | `encode/` | the trait [`Encoder`], its options, and [`SentenceTransformer`], which implements it |
//! | `networks/` | from token ids to vectors: one file an architecture, and the tables of static models |
//! | `weights_cache/` | the packed-weights cache: what the next process maps instead of packing again |
//! | `tokens/` | from text to token ids |
//! | `find/` | from a name to the files of a model: on this machine, or from the network |
//! | `describe/` | the description of a model: [`Manifest`], [`Family`], [`Precision`], [`Fingerprint`] and the like |
//!
//! This crate fences candle, `tokenizers` and the network. It never sees a document id.
//!
//! Two texts are encoded and compared like this:
//!
#![cfg_attr(feature = "static-model", doc = "```")]
#![cfg_attr(not(feature = "static-model"), doc = "```ignore")]
//! use semsearch_embed::{Encoder, EncoderOptions, ModelStore, SentenceTransformer, TextKind};
//! use semsearch_task::NoProgress;
//! use semsearch_vector::cosine;
//!
//! // `static` is part of the program; other models are fetched, or found in a folder.
//! let model = ModelStore::from_env(true).resolve("static", &NoProgress)?;
//! let encoder = SentenceTransformer::load(&model, &EncoderOptions::default())?;
//! let encoded = encoder.encode(&["a cache of keys and values", "KV cache", "wild birds"], TextKind::Passage)?;
//! let [keys, cache, birds] = [0, 1, 2].map(|row| encoded.vectors.row(row));
//! assert!(cosine(keys, cache) > cosine(keys, birds));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A custom encoder takes ten lines: see [`Encoder`].
//!
//! | feature | default | what it adds |
//! | --- | --- | --- |
//! | `hub` | yes | fetching models from the Hugging Face hub; without it only models on this machine are found |
//! | `static-model` | yes | the model `static`, 3.3 MB inside the program |
//! | `tokenizers` | yes | tokenisers other than BERT's |
//! | `cuda` | no | networks on an NVIDIA GPU |

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

/// Encoders are shared between threads, and errors travel between them.
#[cfg(test)]
mod threads {
    use super::*;

    fn shared<T: Send + Sync>() {}

    #[test]
    fn the_main_types_are_send_and_sync() {
        shared::<SentenceTransformer>();
        shared::<Box<dyn Encoder>>();
        shared::<ModelStore>();
        shared::<ModelFolder>();
        shared::<ModelInfo>();
        shared::<Manifest>();
        shared::<Tokeniser>();
        shared::<EncoderOptions>();
        shared::<Encoded>();
        shared::<(EncodeError, LoadError, ModelError, DistillError)>();
    }
}

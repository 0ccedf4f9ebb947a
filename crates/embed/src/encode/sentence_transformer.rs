//! A sentence-transformer: network, tokeniser and dense layers behind the trait [`Encoder`].

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use semsearch_vector::{Matrix, normalise};

use super::batching::Batching;
use super::encoder::{EncodeError, Encoder};
use crate::describe::{Manifest, ModelInfo, TextKind, Windows};
use crate::networks::{Dense, Network, PackedBert, Table, brief};
use crate::tokens::{Batch, Pieces, Tokeniser, Tokens, divide};
use crate::weights_cache::{CacheUse, SectionsWriter};

/// A sentence-transformer: network, pooling and normalisation as its manifest says; or a static model in its place.
pub struct SentenceTransformer {
    /// The manifest, with the requested prompts.
    pub(super) manifest: Manifest,
    pub(super) info: ModelInfo,
    pub(super) folder: PathBuf,
    pub(super) tokeniser: Tokeniser,
    pub(super) body: Body,
    pub(super) batching: Batching,
    pub(super) fallback: Option<String>,
    /// Held while a batch runs on a GPU, where batches must not run side by side.
    pub(super) gpu: Mutex<()>,
    pub(super) cache_use: CacheUse,
}

/// The part that turns token ids into vectors.
pub(super) enum Body {
    Network { network: Box<dyn Network>, dense: Vec<Dense> },
    Static(Table),
}

impl SentenceTransformer {
    pub(super) fn write_packed(&self, sections: &mut SectionsWriter) -> Option<PackedBert> {
        match &self.body {
            Body::Network { network, .. } => network.write_packed(sections),
            Body::Static(_) => None,
        }
    }

    /// The vectors of every token of `batch`, sequence after sequence, before they are pooled.
    ///
    /// # Errors
    /// [`EncodeError::Network`] if the device fails, or the model is static.
    pub(crate) fn token_vectors(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        match &self.body {
            Body::Network { network, .. } => network.forward(batch).map_err(failed),
            Body::Static(_) => Err(EncodeError::Network { problem: "a static model has no network".to_owned() }),
        }
    }

    /// The special tokens before and after every text.
    pub(crate) fn around(&self) -> (&[u32], &[u32]) {
        self.tokeniser.around()
    }

    /// Why the network runs on the CPU although [`DeviceChoice::Auto`](crate::DeviceChoice::Auto) allows a GPU; `None` if
    /// it runs on a GPU, or no GPU was looked for.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
    }

    /// The manifest, with the prompts that were requested.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether the packed-weights cache was used.
    #[must_use]
    pub fn cache_use(&self) -> &CacheUse {
        &self.cache_use
    }

    /// The folder of the model's files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Encoder for SentenceTransformer {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn vocabulary(&self) -> Option<usize> {
        Some(match &self.body {
            Body::Network { network, .. } => network.shape().vocabulary,
            Body::Static(table) => table.shape().vocabulary,
        })
    }

    fn knows_word(&self, word: &str) -> bool {
        self.tokeniser.is_one_token(word)
    }

    fn batching(&self) -> Batching {
        self.batching
    }

    fn pieces(&self, text: &str, kind: TextKind) -> Result<Pieces, EncodeError> {
        let tokens = self.tokenise(text, kind)?;
        if !tokens.truncated || self.info.windows == Windows::First {
            return Ok(Pieces { windows: vec![tokens.ids], truncated: tokens.truncated });
        }
        let prompt = self.info.prompt(kind);
        let whole = format!("{prompt}{text}");
        let windows = match &self.body {
            Body::Network { .. } => {
                let tokeniser = &self.tokeniser;
                let (all, prompt) = (tokeniser.split_whole(&whole)?, tokeniser.split_whole(prompt)?);
                divide(&all, &prompt, tokeniser.around(), self.info.max_seq_length)
            }
            // A static model needs no windows: the mean over windows is the mean over all tokens.
            Body::Static(_) => vec![self.tokeniser.split_bare(&whole, usize::MAX)?.ids],
        };
        Ok(Pieces { windows, truncated: false })
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let prompt = self.info.prompt(kind);
        let text = if prompt.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prompt}{text}")) };
        Ok(match &self.body {
            Body::Network { .. } => self.tokeniser.split(&text)?,
            Body::Static(_) => self.tokeniser.split_bare(&text, self.info.max_seq_length)?,
        })
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let mut vectors = Matrix::with_capacity(batch.len(), self.info.dimension);
        match &self.body {
            Body::Network { network, dense } => {
                let alone =
                    (!self.batching.side_by_side).then(|| self.gpu.lock().unwrap_or_else(PoisonError::into_inner));
                let pooled = network.pooled(batch, self.manifest.pooling).map_err(failed)?;
                drop(alone);
                for row in pooled.iter() {
                    let vector = dense.iter().fold(row.to_vec(), |vector, layer| layer.apply(&vector));
                    self.finish_vector(vector, &mut vectors);
                }
            }
            Body::Static(table) => {
                for tokens in batch.sequences() {
                    let mut vector = vec![0.0; self.manifest.dimension];
                    table.pool(tokens, &mut vector);
                    self.finish_vector(vector, &mut vectors);
                }
            }
        }
        Ok(vectors)
    }
}

impl SentenceTransformer {
    /// Truncates and normalises a vector as the model says, and appends it.
    fn finish_vector(&self, mut vector: Vec<f32>, vectors: &mut Matrix) {
        vector.truncate(self.info.dimension);
        if self.manifest.normalise {
            normalise(&mut vector);
        }
        vectors.push(&vector);
    }
}

fn failed(error: candle_core::Error) -> EncodeError {
    EncodeError::Network { problem: brief(&error) }
}

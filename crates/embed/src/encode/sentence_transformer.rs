//! A sentence-transformer: network, tokeniser and dense layers behind the trait [`Encoder`].

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use semsearch_vector::{Matrix, normalise};

use super::batching::Batching;
use super::encoder::{EncodeError, Encoder};
use crate::describe::{Fingerprint, Manifest, Precision, TextKind, Windows};
use crate::networks::{Dense, ImageOfBert, Network, Table, brief};
use crate::tokens::{Batch, Pieces, Tokeniser, Tokens, divide};
use crate::weights_cache::{ImageUse, SectionsWriter};

/// A sentence-transformer: network, pooling and normalisation as its manifest says; or a static model in its place.
pub struct SentenceTransformer {
    pub(super) manifest: Manifest,
    pub(super) folder: PathBuf,
    pub(super) fingerprint: Fingerprint,
    pub(super) max_tokens: usize,
    pub(super) dimension: usize,
    pub(super) precision: Precision,
    pub(super) windows: Windows,
    pub(super) tokeniser: Tokeniser,
    pub(super) body: Body,
    pub(super) batching: Batching,
    pub(super) fallback: Option<String>,
    /// Held while a batch runs that is not to run beside another.
    pub(super) gpu: Mutex<()>,
    pub(super) image: ImageUse,
}

/// What makes a vector of token ids.
pub(super) enum Body {
    Network { network: Box<dyn Network>, dense: Vec<Dense> },
    Static(Table),
}

impl SentenceTransformer {
    pub(super) fn write_image(&self, sections: &mut SectionsWriter) -> Option<ImageOfBert> {
        match &self.body {
            Body::Network { network, .. } => network.write_image(sections),
            Body::Static(_) => None,
        }
    }

    /// The vectors of every token of `batch`, sequence after sequence, before they are pooled.
    ///
    /// # Errors
    /// [`EncodeError::Network`] if the device fails, or there is no network.
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

    /// Why it runs on the CPU although [`DeviceChoice::Auto`](crate::DeviceChoice::Auto) could have taken a GPU, for the user to know.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
    }

    /// What became of its image.
    #[must_use]
    pub fn image(&self) -> &ImageUse {
        &self.image
    }

    /// The folder its files were read from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl SentenceTransformer {
    fn prefix(&self, kind: TextKind) -> &str {
        match kind {
            TextKind::Query => &self.manifest.query_prefix,
            TextKind::Passage => &self.manifest.passage_prefix,
        }
    }
}

impl Encoder for SentenceTransformer {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn batching(&self) -> Batching {
        self.batching
    }

    fn windows(&self) -> Windows {
        self.windows
    }

    fn pieces(&self, text: &str, kind: TextKind) -> Result<Pieces, EncodeError> {
        let tokens = self.tokenise(text, kind)?;
        if !tokens.cut || self.windows == Windows::First {
            return Ok(Pieces { windows: vec![tokens.ids], cut: tokens.cut });
        }
        let prefix = self.prefix(kind);
        let whole = format!("{prefix}{text}");
        let windows = match &self.body {
            Body::Network { .. } => {
                let tokeniser = &self.tokeniser;
                let (all, prefix) = (tokeniser.split_whole(&whole)?, tokeniser.split_whole(prefix)?);
                divide(&all, &prefix, tokeniser.around(), self.max_tokens)
            }
            // The mean of all windows' means is the mean of all tokens.
            Body::Static(_) => vec![self.tokeniser.split_bare(&whole, usize::MAX)?.ids],
        };
        Ok(Pieces { windows, cut: false })
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let prefix = self.prefix(kind);
        let text = if prefix.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prefix}{text}")) };
        Ok(match &self.body {
            Body::Network { .. } => self.tokeniser.split(&text)?,
            Body::Static(_) => self.tokeniser.split_bare(&text, self.max_tokens)?,
        })
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let mut vectors = Matrix::with_capacity(batch.len(), self.dimension);
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
    /// Shortens and scales a vector as it is wanted, and appends it.
    fn finish_vector(&self, mut vector: Vec<f32>, vectors: &mut Matrix) {
        vector.truncate(self.dimension);
        if self.manifest.normalise {
            normalise(&mut vector);
        }
        vectors.push(&vector);
    }
}

fn failed(error: candle_core::Error) -> EncodeError {
    EncodeError::Network { problem: brief(&error) }
}

//! From texts to vectors: tokenise, batch, run the network, pool, normalise.
//!
//! [`Encoder`] is the seam. The engine asks it for vectors and never learns which network, device or precision made
//! them; a faster encoder replaces [`SentenceTransformer`] without a change above.
//!
//! Work is divided by [`plan`] into batches of about equal cost, which run side by side in the current Rayon pool, one
//! core each, so cores never wait for each other.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use semsearch_vector::{Matrix, normalise};

use crate::checksum::{self, ChecksumError};
use crate::dense::Dense;
use crate::device::{DeviceChoice, DeviceError};
use crate::fingerprint::Fingerprint;
use crate::manifest::{MIN_TOKENS, Manifest, ModelFile, TOKENIZER, WEIGHTS};
use crate::models::{self, Network, NetworkError};
use crate::schedule::plan;
use crate::store::ModelFolder;
use crate::tokenise::{Batch, TokeniseError, Tokeniser, Tokens};

/// Tokens in one batch, padding counted: about one abstract. More rows gain the matrix product nothing and push the
/// activations out of a core's cache (docs/decisions/0005).
const BATCH_TOKENS: usize = 256;

/// What a text is to the model. Some models put different prefixes before the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Something that is looked for.
    Query,
    /// Something that can be found.
    Passage,
}

/// Vectors of several texts, in the order of the texts.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// One row a text.
    pub vectors: Matrix,
    /// Tokens that were encoded, special tokens included.
    pub tokens: Vec<usize>,
    /// Whether the text was longer than the limit and lost its end.
    pub cut: Vec<bool>,
}

/// One finished batch, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Texts in the batch.
    pub texts: usize,
    /// Tokens in the batch, without padding.
    pub tokens: usize,
}

/// Why texts could not be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A text could not be split into tokens.
    #[error(transparent)]
    Tokenise(#[from] TokeniseError),
    /// The network failed.
    #[error("the encoder failed: {problem}")]
    Network {
        /// What the device said.
        problem: String,
    },
    /// The observer asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Turns texts into vectors.
pub trait Encoder: Send + Sync {
    /// The model behind it.
    fn manifest(&self) -> &Manifest;

    /// Longest input in tokens; longer texts are cut.
    fn max_tokens(&self) -> usize;

    /// Numbers in one vector: the model's, or fewer if only the first are kept.
    fn dimension(&self) -> usize {
        self.manifest().dimension
    }

    /// The identity of the vectors it makes.
    fn fingerprint(&self) -> &Fingerprint;

    /// Splits one text, prefix included.
    ///
    /// # Errors
    /// [`EncodeError::Tokenise`] if the tokeniser fails.
    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError>;

    /// The vectors of one batch, one row a text.
    ///
    /// # Errors
    /// [`EncodeError::Network`] if the device fails.
    ///
    /// # Panics
    /// May panic on a text without tokens; [`Encoder::tokenise`] never gives one.
    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError>;

    /// Encodes `texts`, calling `observe` after each batch; stops when it says so.
    ///
    /// # Errors
    /// As the two steps above, and [`EncodeError::Stopped`].
    fn encode_observed(
        &self,
        texts: &[&str],
        kind: TextKind,
        observe: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Encoded, EncodeError> {
        let tokens: Vec<Tokens> = texts.par_iter().map(|text| self.tokenise(text, kind)).collect::<Result<_, _>>()?;
        let lengths: Vec<usize> = tokens.iter().map(|text| text.ids.len()).collect();
        let batches = plan(&lengths, BATCH_TOKENS);
        let parts: Vec<Matrix> = batches
            .par_iter()
            .with_max_len(1)
            .map(|members| {
                let mut batch = Batch::default();
                members.iter().for_each(|&index| batch.push(&tokens[index].ids));
                let part = self.encode_batch(&batch)?;
                let done = Progress { texts: members.len(), tokens: members.iter().map(|&i| lengths[i]).sum() };
                if observe(done).is_break() { Err(EncodeError::Stopped) } else { Ok(part) }
            })
            .collect::<Result<_, _>>()?;

        let mut vectors = Matrix::zeros(texts.len(), self.dimension());
        for (members, part) in batches.iter().zip(&parts) {
            for (&index, row) in members.iter().zip(part.iter()) {
                vectors.row_mut(index).copy_from_slice(row);
            }
        }
        Ok(Encoded { vectors, tokens: lengths, cut: tokens.iter().map(|text| text.cut).collect() })
    }

    /// Encodes `texts`.
    ///
    /// # Errors
    /// As [`Encoder::encode_observed`], which cannot be stopped here.
    fn encode(&self, texts: &[&str], kind: TextKind) -> Result<Encoded, EncodeError> {
        self.encode_observed(texts, kind, &|_| ControlFlow::Continue(()))
    }
}

/// What a user may choose when a model is loaded.
#[derive(Clone, Debug, Default)]
pub struct EncoderOptions {
    /// Longest input in tokens; the manifest's when absent.
    pub max_tokens: Option<usize>,
    /// Keep only the first so many numbers of a vector, and scale it again. Good for models that were trained for it
    /// (Kusupati et al., 2022); others lose much.
    pub dimension: Option<usize>,
    /// Put before a query, in place of the manifest's.
    pub query_prefix: Option<String>,
    /// Put before a passage, in place of the manifest's.
    pub passage_prefix: Option<String>,
    /// Where the network runs.
    pub device: DeviceChoice,
}

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file is not the one the manifest names.
    #[error(
        "model `{model}` is damaged; `semsearch model pull {model}` fetches a known model again, one of your own has \
         to be copied again"
    )]
    Damaged {
        /// The model's name.
        model: String,
        /// Which file, and how.
        #[source]
        source: ChecksumError,
    },
    /// The network could not be built.
    #[error("model `{model}` cannot be loaded")]
    Network {
        /// The model's name.
        model: String,
        /// Which file, and why.
        #[source]
        source: NetworkError,
    },
    /// The tokeniser could not be loaded.
    #[error("model `{model}` cannot be loaded")]
    Tokenise {
        /// The model's name.
        model: String,
        /// Which file, and why.
        #[source]
        source: TokeniseError,
    },
    /// Manifest and network disagree.
    #[error("model `{model}`: the manifest says {what} {manifest}, config.json says {network}")]
    Disagreement {
        /// The model's name.
        model: String,
        /// Which number.
        what: &'static str,
        /// The manifest's.
        manifest: usize,
        /// The network's.
        network: usize,
    },
    /// The asked limit is out of range.
    #[error("model `{model}` reads {MIN_TOKENS} to {most} tokens, {asked} were asked for")]
    MaxTokens {
        /// The model's name.
        model: String,
        /// The asked limit.
        asked: usize,
        /// The largest possible.
        most: usize,
    },
    /// The asked dimension is out of range.
    #[error("model `{model}` makes vectors of {most} numbers, the first {asked} were asked for; ask for 1 to {most}")]
    Dimension {
        /// The model's name.
        model: String,
        /// The asked dimension.
        asked: usize,
        /// The model's own.
        most: usize,
    },
    /// The asked device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// A sentence-transformer: network, pooling and normalisation as its manifest says.
pub struct SentenceTransformer {
    manifest: Manifest,
    folder: PathBuf,
    fingerprint: Fingerprint,
    max_tokens: usize,
    dimension: usize,
    tokeniser: Tokeniser,
    network: Box<dyn Network>,
    dense: Vec<Dense>,
}

impl SentenceTransformer {
    /// Checks the files of `model` and loads it.
    ///
    /// # Errors
    /// [`LoadError`] names the model, the file and what is wrong with it.
    pub fn load(model: &ModelFolder, options: &EncoderOptions) -> Result<Self, LoadError> {
        let manifest = model.manifest.clone();
        let name = || manifest.name.clone();
        let max_tokens = options.max_tokens.unwrap_or(manifest.max_tokens);
        if max_tokens < MIN_TOKENS || max_tokens > manifest.max_positions {
            return Err(LoadError::MaxTokens { model: name(), asked: max_tokens, most: manifest.max_positions });
        }
        if let Some(asked) = options.dimension.filter(|asked| !(1..=manifest.dimension).contains(asked)) {
            return Err(LoadError::Dimension { model: name(), asked, most: manifest.dimension });
        }
        if model.verified {
            return Self::load_unchecked(model, max_tokens, options);
        }
        let damaged = |source| LoadError::Damaged { model: name(), source };
        let (weights, others): (Vec<_>, Vec<_>) = manifest.files.iter().partition(|file| file.path == WEIGHTS);
        let verify = |files: &[&ModelFile]| files.iter().try_for_each(|file| checksum::verify(&model.path, file));
        verify(&others).map_err(damaged)?;
        // Hashing the weights takes about as long as loading them, so the two go side by side. Loading stands any file of
        // numbers; if the hash turns out wrong, that is what is said.
        let (intact, loaded) = std::thread::scope(|scope| {
            let hashing = scope.spawn(|| verify(&weights));
            let loaded = Self::load_unchecked(model, max_tokens, options);
            (hashing.join(), loaded)
        });
        intact.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(damaged)?;
        loaded
    }

    /// Loads the files of `model` as they are.
    fn load_unchecked(model: &ModelFolder, max_tokens: usize, options: &EncoderOptions) -> Result<Self, LoadError> {
        let mut manifest = model.manifest.clone();
        manifest.query_prefix = options.query_prefix.clone().unwrap_or(manifest.query_prefix);
        manifest.passage_prefix = options.passage_prefix.clone().unwrap_or(manifest.passage_prefix);
        let name = || manifest.name.clone();
        let place = options.device.open()?;
        let network = models::load(manifest.family, &model.path, &place)
            .map_err(|source| LoadError::Network { model: name(), source })?;
        let shape = network.shape();
        for (what, manifest_says, network_says) in [
            ("dimension", manifest.network_dimension(), shape.dimension),
            ("max_positions", manifest.max_positions, shape.max_positions),
        ] {
            if manifest_says != network_says {
                return Err(LoadError::Disagreement {
                    model: name(),
                    what,
                    manifest: manifest_says,
                    network: network_says,
                });
            }
        }
        let tokeniser = Tokeniser::load(&model.path.join(TOKENIZER), max_tokens, shape.vocabulary)
            .map_err(|source| LoadError::Tokenise { model: name(), source })?;
        let dense = manifest
            .dense
            .iter()
            .map(|layer| Dense::load(&model.path, layer))
            .collect::<Result<_, _>>()
            .map_err(|source| LoadError::Network { model: name(), source })?;
        let mut fingerprint = Fingerprint::of(&manifest, max_tokens);
        let dimension = options.dimension.unwrap_or(manifest.dimension);
        if dimension != manifest.dimension {
            fingerprint = fingerprint.shortened(dimension);
        }
        let folder = model.path.clone();
        Ok(SentenceTransformer { manifest, folder, fingerprint, max_tokens, dimension, tokeniser, network, dense })
    }

    /// The folder its files were read from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
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

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let prefix = match kind {
            TextKind::Query => &self.manifest.query_prefix,
            TextKind::Passage => &self.manifest.passage_prefix,
        };
        if prefix.is_empty() {
            return Ok(self.tokeniser.split(text)?);
        }
        Ok(self.tokeniser.split(&format!("{prefix}{text}"))?)
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let pooled = self.network.pooled(batch, self.manifest.pooling);
        let pooled = pooled.map_err(|error| EncodeError::Network { problem: models::brief(&error) })?;
        let mut vectors = Matrix::with_capacity(pooled.rows(), self.dimension);
        for row in pooled.iter() {
            let dense = |vector: Vec<f32>, layer: &Dense| layer.apply(&vector);
            let mut vector = self.dense.iter().fold(row.to_vec(), dense);
            vector.truncate(self.dimension);
            if self.manifest.normalise {
                normalise(&mut vector);
            }
            vectors.push(&vector);
        }
        Ok(vectors)
    }
}

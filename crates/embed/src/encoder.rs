//! From texts to vectors: tokenise, batch, run the network, pool, normalise.
//!
//! [`Encoder`] is the seam. The engine asks it for vectors and never learns which network, device or precision made
//! them; a faster encoder replaces [`SentenceTransformer`] without a change above.
//!
//! Work is divided by [`plan`] into batches of about equal cost, which run side by side in the current Rayon pool, one
//! core each, so cores never wait for each other.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use semsearch_vector::{Matrix, normalise};

use crate::checksum::{self, ChecksumError};
use crate::device::{DeviceChoice, DeviceError};
use crate::fingerprint::Fingerprint;
use crate::manifest::{Family, MIN_TOKENS, Manifest, ModelFile, TOKENIZER, WEIGHTS};
use crate::models::{self, Network, NetworkError};
use crate::schedule::plan;
use crate::static_model::{BareTokeniser, Table};
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
    /// May panic on a text without tokens, unless [`Encoder::tokenise`] gives such: only that of a static model does.
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

        let mut vectors = Matrix::zeros(texts.len(), self.manifest().dimension);
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
#[derive(Clone, Copy, Debug, Default)]
pub struct EncoderOptions {
    /// Longest input in tokens; the manifest's when absent.
    pub max_tokens: Option<usize>,
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
    /// The asked device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// A sentence-transformer: network, pooling and normalisation as its manifest says; or a static model in its place.
pub struct SentenceTransformer {
    manifest: Manifest,
    folder: PathBuf,
    fingerprint: Fingerprint,
    max_tokens: usize,
    body: Body,
}

/// What makes token ids of a text, and a vector of those.
enum Body {
    Network(Tokeniser, Box<dyn Network>),
    Static(BareTokeniser, Table),
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
        let manifest = model.manifest.clone();
        let body = match manifest.family {
            Family::Static => Self::load_static(model, max_tokens)?,
            _ => Self::load_network(model, max_tokens, options)?,
        };
        let fingerprint = Fingerprint::of(&manifest, max_tokens);
        Ok(SentenceTransformer { manifest, folder: model.path.clone(), fingerprint, max_tokens, body })
    }

    fn load_network(model: &ModelFolder, max_tokens: usize, options: &EncoderOptions) -> Result<Body, LoadError> {
        let manifest = &model.manifest;
        let name = || manifest.name.clone();
        let device = options.device.open()?;
        let network = models::load(manifest.family, &model.path, &device)
            .map_err(|source| LoadError::Network { model: name(), source })?;
        let shape = network.shape();
        for (what, manifest_says, network_says) in [
            ("dimension", manifest.dimension, shape.dimension),
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
        Ok(Body::Network(tokeniser, network))
    }

    /// A static model runs on the CPU whatever device is asked for: the way to another takes longer than the work.
    fn load_static(model: &ModelFolder, max_tokens: usize) -> Result<Body, LoadError> {
        let (manifest, files) = (&model.manifest, model.files());
        let network = |source| LoadError::Network { model: manifest.name.clone(), source };
        let read = |file| {
            let path = model.path.join(file);
            files.read(file).map_err(|source| network(NetworkError::Io { path, source }))
        };
        let path = model.path.join(WEIGHTS);
        let table = Table::read(&read(WEIGHTS)?, &path, manifest.dimension).map_err(network)?;
        let tokeniser = &read(TOKENIZER)?;
        let tokeniser =
            BareTokeniser::read(tokeniser, &model.path.join(TOKENIZER), max_tokens, table.shape().vocabulary)
                .map_err(|source| LoadError::Tokenise { model: manifest.name.clone(), source })?;
        let table = table.with_fallback(tokeniser.unknown(), &path).map_err(network)?;
        Ok(Body::Static(tokeniser, table))
    }

    /// The vectors of every token of `batch`, sequence after sequence.
    ///
    /// # Errors
    /// [`EncodeError::Network`] if the device fails, or there is no network.
    pub(crate) fn token_vectors(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        match &self.body {
            Body::Network(_, network) => {
                network.forward(batch).map_err(|error| EncodeError::Network { problem: models::brief(&error) })
            }
            Body::Static(..) => Err(EncodeError::Network { problem: "a static model has no network".to_owned() }),
        }
    }

    /// The vectors of a batch under a static model.
    fn look_up(&self, table: &Table, batch: &Batch) -> Matrix {
        let mut vectors = Matrix::zeros(batch.len(), self.manifest.dimension);
        for (index, tokens) in batch.sequences().enumerate() {
            let vector = vectors.row_mut(index);
            table.pool(tokens, vector);
            if self.manifest.normalise {
                normalise(vector);
            }
        }
        vectors
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

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let prefix = match kind {
            TextKind::Query => &self.manifest.query_prefix,
            TextKind::Passage => &self.manifest.passage_prefix,
        };
        let text = if prefix.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{prefix}{text}")) };
        Ok(match &self.body {
            Body::Network(tokeniser, _) => tokeniser.split(&text)?,
            Body::Static(tokeniser, _) => tokeniser.split(&text)?,
        })
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        if let Body::Static(_, table) = &self.body {
            return Ok(self.look_up(table, batch));
        }
        let tokens = self.token_vectors(batch)?;
        let dim = tokens.dim();
        let mut vectors = Matrix::zeros(batch.len(), dim);
        let mut rest = tokens.as_slice();
        for (index, sequence) in batch.sequences().enumerate() {
            let (own, after) = rest.split_at(sequence.len() * dim);
            rest = after;
            let vector = vectors.row_mut(index);
            self.manifest.pooling.pool(own, vector);
            if self.manifest.normalise {
                normalise(vector);
            }
        }
        Ok(vectors)
    }
}

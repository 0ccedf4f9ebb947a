//! From texts to vectors: tokenise, batch, run the network, pool, normalise.
//!
//! [`Encoder`] is the seam. The engine asks it for vectors and never learns which network, device or precision made
//! them; a faster encoder replaces [`SentenceTransformer`] without a change above.
//!
//! Work is divided by [`plan`] into batches of about equal cost, which run side by side in the current Rayon pool, one
//! core each, so cores never wait for each other. On a GPU batches are far larger and run one after another: it is one
//! device, and what keeps it busy is the size of a batch.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use semsearch_vector::{Matrix, normalise};

use crate::checksum::{self, ChecksumError};
use crate::dense::Dense;
use crate::device::{DeviceChoice, DeviceError, Opened};
use crate::fingerprint::Fingerprint;
use crate::manifest::{MIN_TOKENS, Manifest, ModelFile, TOKENIZER, WEIGHTS};
use crate::models::{self, Network, NetworkError};
use crate::schedule::plan;
use crate::store::ModelFolder;
use crate::tokenise::{Batch, TokeniseError, Tokeniser, Tokens};

/// Tokens in one batch, padding counted: about one abstract. More rows gain the matrix product nothing and push the
/// activations out of a core's cache (docs/decisions/0005).
const BATCH_TOKENS: usize = 256;

/// Tokens in one batch on a GPU: enough to keep all of it busy, and under a gigabyte of activations for the networks of
/// 768 numbers a token.
const GPU_BATCH_TOKENS: usize = 32_768;

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

/// How texts are divided into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Tokens in one batch, padding counted.
    pub tokens: usize,
    /// Whether batches run side by side in the Rayon pool; otherwise one after another, from one thread.
    pub side_by_side: bool,
}

impl Default for Batching {
    fn default() -> Self {
        Batching { tokens: BATCH_TOKENS, side_by_side: true }
    }
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

    /// How [`Encoder::encode_observed`] divides texts: small batches for each core, unless it says otherwise.
    fn batching(&self) -> Batching {
        Batching::default()
    }

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
        let Batching { tokens: budget, side_by_side } = self.batching();
        let batches = plan(&lengths, budget);
        let run = |members: &Vec<usize>| {
            let mut batch = Batch::default();
            members.iter().for_each(|&index| batch.push(&tokens[index].ids));
            let part = self.encode_batch(&batch)?;
            let done = Progress { texts: members.len(), tokens: members.iter().map(|&i| lengths[i]).sum() };
            if observe(done).is_break() { Err(EncodeError::Stopped) } else { Ok(part) }
        };
        let parts: Vec<Matrix> = match side_by_side {
            true => batches.par_iter().with_max_len(1).map(run).collect::<Result<_, _>>()?,
            false => batches.iter().map(run).collect::<Result<_, _>>()?,
        };

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
    batching: Batching,
    fallback: Option<String>,
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
        let Opened { place, fallback } = options.device.open()?;
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
        let batching = match place.device.is_cpu() {
            true => Batching::default(),
            false => Batching { tokens: GPU_BATCH_TOKENS, side_by_side: false },
        };
        Ok(SentenceTransformer {
            manifest,
            folder,
            fingerprint,
            max_tokens,
            dimension,
            tokeniser,
            network,
            dense,
            batching,
            fallback,
        })
    }

    /// Why it runs on the CPU although [`DeviceChoice::Auto`] could have taken a GPU, for the user to know.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
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

    fn batching(&self) -> Batching {
        self.batching
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};

    use super::*;
    use crate::manifest::bundled;

    /// Gives a text the vector of its length and remembers who asked.
    struct Lengths {
        manifest: Manifest,
        fingerprint: Fingerprint,
        batching: Batching,
        asked: Mutex<Vec<(ThreadId, usize)>>,
    }

    impl Lengths {
        fn new(batching: Batching) -> Self {
            let manifest = bundled().remove(0);
            let fingerprint = Fingerprint::of(&manifest, 256);
            Lengths { manifest, fingerprint, batching, asked: Mutex::default() }
        }
    }

    impl Encoder for Lengths {
        fn manifest(&self) -> &Manifest {
            &self.manifest
        }
        fn max_tokens(&self) -> usize {
            256
        }
        fn dimension(&self) -> usize {
            1
        }
        fn fingerprint(&self) -> &Fingerprint {
            &self.fingerprint
        }
        fn batching(&self) -> Batching {
            self.batching
        }
        fn tokenise(&self, text: &str, _: TextKind) -> Result<Tokens, EncodeError> {
            Ok(Tokens { ids: vec![7; text.len()], cut: false })
        }
        fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
            self.asked.lock().unwrap().push((thread::current().id(), batch.len() * batch.longest()));
            thread::sleep(std::time::Duration::from_millis(2));
            let mut rows = Matrix::new(1);
            batch.sequences().for_each(|tokens| rows.push(&[tokens.len() as f32]));
            Ok(rows)
        }
    }

    #[test]
    fn an_encoder_that_asks_for_it_gets_its_batches_from_one_thread_and_as_large_as_it_likes() {
        let texts: Vec<String> = (0..200).map(|number| "x".repeat(1 + number * 37 % 50)).collect();
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for (batching, alone) in [
            (Batching { tokens: 1000, side_by_side: false }, true),
            (Batching { tokens: 100, side_by_side: true }, false),
        ] {
            let encoder = Lengths::new(batching);
            let encoded = pool.install(|| encoder.encode(&borrowed, TextKind::Passage).unwrap());
            for (text, vector) in texts.iter().zip(encoded.vectors.iter()) {
                assert_eq!(vector, [text.len() as f32]);
            }
            let asked = encoder.asked.into_inner().unwrap();
            let threads: HashSet<ThreadId> = asked.iter().map(|(thread, _)| *thread).collect();
            assert_eq!(threads.len() == 1, alone, "{} threads", threads.len());
            let largest = asked.iter().map(|(_, tokens)| *tokens).max().unwrap();
            assert!(largest <= batching.tokens && largest > batching.tokens / 2, "{largest} of {batching:?}");
        }
    }
}

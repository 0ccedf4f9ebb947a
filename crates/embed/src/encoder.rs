//! From texts to vectors: tokenise, batch, run the network, pool, normalise.
//!
//! [`Encoder`] is the seam. The engine asks it for vectors and never learns which network, device or precision made
//! them; a faster encoder replaces [`SentenceTransformer`] without a change above.
//!
//! Work is divided by [`plan`] into batches of about equal cost, which run side by side in the current Rayon pool, one
//! core each, so cores never wait for each other.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::Device;
use rayon::prelude::*;
use semsearch_vector::{Matrix, normalise};
use serde::{Deserialize, Serialize};

use crate::checksum::{self, ChecksumError};
use crate::device::{DeviceChoice, DeviceError};
use crate::fingerprint::Fingerprint;
use crate::image::{Image, ImageUse, SectionsWriter};
use crate::manifest::{MIN_TOKENS, Manifest, ModelFile, TOKENIZER, WEIGHTS};
use crate::models::{self, ImageOfBert, Network, NetworkError};
use crate::precision::{Precision, PrecisionChoice};
use crate::schedule::plan;
use crate::store::ModelFolder;
use crate::tokenise::{Batch, TokeniseError, Tokeniser, Tokens};
use crate::windows::{Pieces, Windows, divide};

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

    /// Longest input in tokens; longer texts are cut, or divided as [`Encoder::windows`] says.
    fn max_tokens(&self) -> usize;

    /// In how many bits the vectors are computed.
    fn precision(&self) -> Precision;

    /// The identity of the vectors it makes.
    fn fingerprint(&self) -> &Fingerprint;

    /// Splits one text, prefix included.
    ///
    /// # Errors
    /// [`EncodeError::Tokenise`] if the tokeniser fails.
    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError>;

    /// What becomes of a text longer than [`Encoder::max_tokens`].
    fn windows(&self) -> Windows {
        Windows::First
    }

    /// Splits one text, prefix included, into the windows that are encoded.
    ///
    /// # Errors
    /// As [`Encoder::tokenise`].
    fn pieces(&self, text: &str, kind: TextKind) -> Result<Pieces, EncodeError> {
        let tokens = self.tokenise(text, kind)?;
        Ok(Pieces { windows: vec![tokens.ids], cut: tokens.cut })
    }

    /// The vectors of a few texts, one row a text, in batches that fit a core's cache. A vector does not depend on which
    /// texts are beside it, as far as the network's does not.
    ///
    /// # Errors
    /// As [`Encoder::encode_batch`].
    fn encode_pieces(&self, texts: &[&Pieces]) -> Result<Matrix, EncodeError> {
        let windows: Vec<(usize, &[u32])> = (0..)
            .zip(texts)
            .flat_map(|(text, pieces)| pieces.windows.iter().map(move |window| (text, window.as_slice())))
            .collect();
        let lengths: Vec<usize> = windows.iter().map(|(_, window)| window.len()).collect();
        let mut vectors = Matrix::zeros(texts.len(), self.manifest().dimension);
        for members in plan(&lengths, BATCH_TOKENS) {
            let mut batch = Batch::default();
            members.iter().for_each(|&member| batch.push(windows[member].1));
            for (&member, row) in members.iter().zip(&self.encode_batch(&batch)?) {
                let (text, window) = windows[member];
                let vector = vectors.row_mut(text);
                if texts[text].windows.len() == 1 {
                    vector.copy_from_slice(row);
                } else {
                    let weight = window.len() as f32;
                    vector.iter_mut().zip(row).for_each(|(sum, number)| *sum += weight * number);
                }
            }
        }
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.windows.len() > 1) {
            let row = vectors.row_mut(index);
            if self.manifest().normalise {
                normalise(row);
            } else {
                let tokens = text.tokens() as f32;
                row.iter_mut().for_each(|sum| *sum /= tokens);
            }
        }
        Ok(vectors)
    }

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
        let pieces: Vec<Pieces> = texts.par_iter().map(|text| self.pieces(text, kind)).collect::<Result<_, _>>()?;
        let lengths: Vec<usize> = pieces.iter().map(Pieces::tokens).collect();
        let groups = group(&lengths);
        let parts: Vec<Matrix> = groups
            .par_iter()
            .with_max_len(1)
            .map(|members| {
                let texts: Vec<&Pieces> = members.iter().map(|&index| &pieces[index]).collect();
                let part = self.encode_pieces(&texts)?;
                let done = Progress { texts: members.len(), tokens: members.iter().map(|&i| lengths[i]).sum() };
                if observe(done).is_break() { Err(EncodeError::Stopped) } else { Ok(part) }
            })
            .collect::<Result<_, _>>()?;

        let mut vectors = Matrix::zeros(texts.len(), self.manifest().dimension);
        for (members, part) in groups.iter().zip(&parts) {
            for (&index, row) in members.iter().zip(part.iter()) {
                vectors.row_mut(index).copy_from_slice(row);
            }
        }
        Ok(Encoded { vectors, tokens: lengths, cut: pieces.iter().map(|text| text.cut).collect() })
    }

    /// Encodes `texts`.
    ///
    /// # Errors
    /// As [`Encoder::encode_observed`], which cannot be stopped here.
    fn encode(&self, texts: &[&str], kind: TextKind) -> Result<Encoded, EncodeError> {
        self.encode_observed(texts, kind, &|_| ControlFlow::Continue(()))
    }
}

/// Cuts texts of the given `lengths` (tokens) into groups that are worth handing to a core: about one batch each, longest
/// first, so that a core is never left alone with a long text at the end.
#[must_use]
pub fn group(lengths: &[usize]) -> Vec<Vec<usize>> {
    plan(lengths, BATCH_TOKENS)
}

/// What a user may choose when a model is loaded.
#[derive(Clone, Debug, Default)]
pub struct EncoderOptions {
    /// Longest input in tokens; the manifest's when absent.
    pub max_tokens: Option<usize>,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// In how many bits it computes.
    pub precision: PrecisionChoice,
    /// Where packed images of models are kept, usually [`crate::ModelStore::images`]; where absent, none is read or
    /// written and every load starts from the model's own files.
    pub images: Option<PathBuf>,
    /// What becomes of a text longer than that.
    pub windows: Windows,
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
    /// There is no code that runs the network in the asked precision.
    #[error(
        "model `{model}` does not run in {precision}: that takes a CPU and a network of BERT's form with GELU; leave \
         --precision out"
    )]
    Precision {
        /// The model's name.
        model: String,
        /// What was asked for.
        precision: Precision,
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
    precision: Precision,
    windows: Windows,
    tokeniser: Tokeniser,
    network: Box<dyn Network>,
    image: ImageUse,
}

impl SentenceTransformer {
    /// Checks the files of `model` and loads it: from its image where there is one, see [`crate::image`].
    ///
    /// # Errors
    /// [`LoadError`] names the model, the file and what is wrong with it.
    pub fn load(model: &ModelFolder, options: &EncoderOptions) -> Result<Self, LoadError> {
        let manifest = &model.manifest;
        let max_tokens = options.max_tokens.unwrap_or(manifest.max_tokens);
        if max_tokens < MIN_TOKENS || max_tokens > manifest.max_positions {
            let (model, most) = (manifest.name.clone(), manifest.max_positions);
            return Err(LoadError::MaxTokens { model, asked: max_tokens, most });
        }
        let device = options.device.open()?;
        let precision = options.precision.settle(manifest, &device);
        let plan = Plan { model, max_tokens, windows: options.windows, device, precision };
        let images = options.images.as_deref().filter(|_| precision == Precision::Int8);
        let Some(image) = images.and_then(|images| Image::of(images, &model.path, manifest, precision)) else {
            return plan.load_checked();
        };
        if let Some(mapped) = plan.map(&image)? {
            return Ok(mapped);
        }
        let mut loaded = plan.load_checked()?;
        let mut sections = SectionsWriter::default();
        if let Some(network) = loaded.network.write_image(&mut sections) {
            let tokeniser = loaded.tokeniser.to_packed();
            let about = ImageOfModel { network, tokeniser: tokeniser.as_ref().map(Vec::len) };
            sections.bytes_of(tokeniser.as_deref().unwrap_or_default());
            let path = image.path().to_owned();
            loaded.image = match image.write(&about, &sections) {
                Ok(()) => ImageUse::Made(path),
                Err(problem) => ImageUse::NotKept { path, problem },
            };
        }
        Ok(loaded)
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

/// What an image says of the model in it.
#[derive(Serialize, Deserialize)]
struct ImageOfModel {
    network: ImageOfBert,
    /// Bytes of the packed tokeniser, which come last; none where only `tokenizer.json` will do.
    tokeniser: Option<usize>,
}

/// What is to be loaded, and how.
struct Plan<'a> {
    model: &'a ModelFolder,
    max_tokens: usize,
    windows: Windows,
    device: Device,
    precision: Precision,
}

impl Plan<'_> {
    /// Takes network and tokeniser from an image; `None` if there is none, or not of these files.
    fn map(&self, image: &Image) -> Result<Option<SentenceTransformer>, LoadError> {
        let Some((about, mut sections)) = image.open::<ImageOfModel>() else { return Ok(None) };
        let Some(network) = models::from_image(&about.network, &mut sections) else { return Ok(None) };
        let tokeniser = match about.tokeniser {
            Some(length) => {
                let Some(bytes) = sections.part(length) else { return Ok(None) };
                Tokeniser::from_packed(image.path(), &bytes, self.max_tokens, network.shape().vocabulary)
                    .map_err(|source| LoadError::Tokenise { model: self.model.manifest.name.clone(), source })?
            }
            None => self.tokeniser(network.as_ref())?,
        };
        let mut mapped = self.assemble(network, tokeniser)?;
        mapped.image = ImageUse::Mapped(image.path().to_owned());
        Ok(Some(mapped))
    }

    /// Compares the model's files with its manifest and loads them.
    fn load_checked(&self) -> Result<SentenceTransformer, LoadError> {
        let (folder, manifest) = (&self.model.path, &self.model.manifest);
        if self.model.verified {
            return self.load();
        }
        let damaged = |source| LoadError::Damaged { model: manifest.name.clone(), source };
        let (weights, others): (Vec<_>, Vec<_>) = manifest.files.iter().partition(|file| file.path == WEIGHTS);
        let verify = |files: &[&ModelFile]| files.iter().try_for_each(|file| checksum::verify(folder, file));
        verify(&others).map_err(damaged)?;
        // Hashing the weights takes about as long as loading them, so the two go side by side. Loading stands any file of
        // numbers; if the hash turns out wrong, that is what is said.
        let (intact, loaded) = std::thread::scope(|scope| {
            let hashing = scope.spawn(|| verify(&weights));
            let loaded = self.load();
            (hashing.join(), loaded)
        });
        intact.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(damaged)?;
        loaded
    }

    /// Loads the files as they are.
    fn load(&self) -> Result<SentenceTransformer, LoadError> {
        let (folder, manifest) = (&self.model.path, &self.model.manifest);
        let name = || manifest.name.clone();
        let network = models::load(manifest.family, folder, &self.device, self.precision)
            .map_err(|source| LoadError::Network { model: name(), source })?
            .ok_or_else(|| LoadError::Precision { model: name(), precision: self.precision })?;
        let tokeniser = self.tokeniser(network.as_ref())?;
        self.assemble(network, tokeniser)
    }

    fn tokeniser(&self, network: &dyn Network) -> Result<Tokeniser, LoadError> {
        Tokeniser::load(&self.model.path.join(TOKENIZER), self.max_tokens, network.shape().vocabulary)
            .map_err(|source| LoadError::Tokenise { model: self.model.manifest.name.clone(), source })
    }

    /// Puts the parts together, if they fit.
    fn assemble(&self, network: Box<dyn Network>, tokeniser: Tokeniser) -> Result<SentenceTransformer, LoadError> {
        let (folder, manifest) = (&self.model.path, &self.model.manifest);
        let name = || manifest.name.clone();
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
        Ok(SentenceTransformer {
            manifest: manifest.clone(),
            folder: folder.clone(),
            fingerprint: Fingerprint::of(manifest, self.max_tokens)
                .with_windows(self.windows)
                .in_precision(self.precision),
            max_tokens: self.max_tokens,
            windows: self.windows,
            precision: self.precision,
            tokeniser,
            network,
            image: ImageUse::None,
        })
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

    fn precision(&self) -> Precision {
        self.precision
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
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
        let all = self.tokeniser.split_whole(&format!("{prefix}{text}"))?;
        let windows = divide(&all, &self.tokeniser.split_whole(prefix)?, self.tokeniser.around(), self.max_tokens);
        Ok(Pieces { windows, cut: false })
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let prefix = self.prefix(kind);
        if prefix.is_empty() {
            return Ok(self.tokeniser.split(text)?);
        }
        Ok(self.tokeniser.split(&format!("{prefix}{text}"))?)
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let tokens =
            self.network.forward(batch).map_err(|error| EncodeError::Network { problem: models::brief(&error) })?;
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

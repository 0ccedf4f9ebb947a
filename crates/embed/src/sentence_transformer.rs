//! A sentence-transformer: its files checked, its network, tokeniser and layers put together.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use semsearch_vector::{Matrix, normalise};
use serde::{Deserialize, Serialize};

use crate::checksum::{self, ChecksumError};
use crate::dense::Dense;
use crate::device::{DeviceChoice, DeviceError, Opened};
use crate::encoder::{Batching, EncodeError, Encoder, TextKind};
use crate::fingerprint::Fingerprint;
use crate::image::{Image, ImageUse, SectionsWriter};
use crate::manifest::{Family, MIN_TOKENS, Manifest, ModelFile, TOKENIZER, WEIGHTS};
use crate::models::padded::Place;
use crate::models::{self, ImageOfBert, Network, NetworkError};
use crate::precision::{Precision, PrecisionChoice};
use crate::static_model::Table;
use crate::store::ModelFolder;
use crate::tokenise::{Batch, TokeniseError, Tokeniser, Tokens};
use crate::windows::{Pieces, Windows, divide};

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

/// A sentence-transformer: network, pooling and normalisation as its manifest says; or a static model in its place.
pub struct SentenceTransformer {
    manifest: Manifest,
    folder: PathBuf,
    fingerprint: Fingerprint,
    max_tokens: usize,
    dimension: usize,
    precision: Precision,
    windows: Windows,
    tokeniser: Tokeniser,
    body: Body,
    batching: Batching,
    fallback: Option<String>,
    /// Held while a batch runs that is not to run beside another.
    gpu: Mutex<()>,
    image: ImageUse,
}

/// What makes a vector of token ids.
enum Body {
    Network { network: Box<dyn Network>, dense: Vec<Dense> },
    Static(Table),
}

impl SentenceTransformer {
    /// Checks the files of `model` and loads it: from its image where there is one, see [`ImageUse`].
    ///
    /// # Errors
    /// [`LoadError`] names the model, the file and what is wrong with it.
    pub fn load(model: &ModelFolder, options: &EncoderOptions) -> Result<Self, LoadError> {
        let plan = Plan::new(model, options)?;
        if plan.manifest.family == Family::Static {
            return plan.load_static();
        }
        let (manifest, precision) = (&plan.manifest, plan.precision);
        let images = options.images.as_deref().filter(|_| precision == Precision::Int8);
        let Some(image) = images.and_then(|images| Image::of(images, &model.path, manifest, precision)) else {
            return plan.load_checked();
        };
        if let Some(mapped) = plan.map(&image)? {
            return Ok(mapped);
        }
        let mut loaded = plan.load_checked()?;
        let mut sections = SectionsWriter::default();
        if let Some(network) = loaded.write_image(&mut sections) {
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

    fn write_image(&self, sections: &mut SectionsWriter) -> Option<ImageOfBert> {
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

    /// Why it runs on the CPU although [`DeviceChoice::Auto`] could have taken a GPU, for the user to know.
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
    /// The model's, with the prompts that were asked for.
    manifest: Manifest,
    max_tokens: usize,
    dimension: usize,
    windows: Windows,
    place: Place,
    /// Why it is the CPU where a GPU was hoped for.
    fallback: Option<String>,
    precision: Precision,
}

impl<'a> Plan<'a> {
    /// Checks what was asked for.
    fn new(model: &'a ModelFolder, options: &EncoderOptions) -> Result<Self, LoadError> {
        let mut manifest = model.manifest.clone();
        manifest.query_prefix = options.query_prefix.clone().unwrap_or(manifest.query_prefix);
        manifest.passage_prefix = options.passage_prefix.clone().unwrap_or(manifest.passage_prefix);
        let name = || manifest.name.clone();
        let max_tokens = options.max_tokens.unwrap_or(manifest.max_tokens);
        if max_tokens < MIN_TOKENS || max_tokens > manifest.max_positions {
            return Err(LoadError::MaxTokens { model: name(), asked: max_tokens, most: manifest.max_positions });
        }
        if let Some(asked) = options.dimension.filter(|asked| !(1..=manifest.dimension).contains(asked)) {
            return Err(LoadError::Dimension { model: name(), asked, most: manifest.dimension });
        }
        let dimension = options.dimension.unwrap_or(manifest.dimension);
        let Opened { place, fallback } = options.device.open()?;
        let precision = options.precision.settle(&manifest, &place.device);
        Ok(Plan { model, manifest, max_tokens, dimension, windows: options.windows, place, fallback, precision })
    }

    /// Takes network and tokeniser from an image; `None` if there is none, or not of these files.
    fn map(&self, image: &Image) -> Result<Option<SentenceTransformer>, LoadError> {
        let Some((about, mut sections)) = image.open::<ImageOfModel>() else { return Ok(None) };
        let Some(network) = models::from_image(&about.network, &mut sections) else { return Ok(None) };
        let tokeniser = match about.tokeniser {
            Some(length) => {
                let Some(bytes) = sections.bytes(length) else { return Ok(None) };
                Tokeniser::from_packed(image.path(), &bytes, self.max_tokens, network.shape().vocabulary)
                    .map_err(|source| LoadError::Tokenise { model: self.manifest.name.clone(), source })?
            }
            None => self.tokeniser(network.as_ref())?,
        };
        let mut mapped = self.assemble(network, tokeniser)?;
        mapped.image = ImageUse::Mapped(image.path().to_owned());
        Ok(Some(mapped))
    }

    /// Compares the model's files with its manifest and loads them.
    fn load_checked(&self) -> Result<SentenceTransformer, LoadError> {
        let (folder, manifest) = (&self.model.path, &self.manifest);
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
        let (folder, manifest) = (&self.model.path, &self.manifest);
        let name = || manifest.name.clone();
        let network = models::load(manifest.family, folder, &self.place, self.precision)
            .map_err(|source| LoadError::Network { model: name(), source })?
            .ok_or_else(|| LoadError::Precision { model: name(), precision: self.precision })?;
        let tokeniser = self.tokeniser(network.as_ref())?;
        self.assemble(network, tokeniser)
    }

    fn tokeniser(&self, network: &dyn Network) -> Result<Tokeniser, LoadError> {
        Tokeniser::load(&self.model.path.join(TOKENIZER), self.max_tokens, network.shape().vocabulary)
            .map_err(|source| LoadError::Tokenise { model: self.manifest.name.clone(), source })
    }

    /// Puts the parts together, if they fit.
    fn assemble(&self, network: Box<dyn Network>, tokeniser: Tokeniser) -> Result<SentenceTransformer, LoadError> {
        let (folder, manifest) = (&self.model.path, &self.manifest);
        let name = || manifest.name.clone();
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
        let dense = manifest.dense.iter().map(|layer| Dense::load(folder, layer)).collect::<Result<_, _>>();
        let dense = dense.map_err(|source| LoadError::Network { model: name(), source })?;
        Ok(self.finish(tokeniser, Body::Network { network, dense }))
    }

    /// Loads a static model, which runs on the CPU whatever device is asked for: the way to another takes longer than the
    /// work.
    fn load_static(&self) -> Result<SentenceTransformer, LoadError> {
        let (model, manifest) = (self.model, &self.manifest);
        let name = || manifest.name.clone();
        if self.precision == Precision::Int8 {
            return Err(LoadError::Precision { model: name(), precision: self.precision });
        }
        if !model.verified {
            checksum::verify_all(&model.path, &model.manifest)
                .map_err(|source| LoadError::Damaged { model: name(), source })?;
        }
        let network = |source| LoadError::Network { model: name(), source };
        let read = |file| {
            let path = model.path.join(file);
            model.files().read(file).map_err(|source| network(NetworkError::Io { path, source }))
        };
        let path = model.path.join(WEIGHTS);
        let table = Table::read(&read(WEIGHTS)?, &path, manifest.dimension).map_err(network)?;
        let vocabulary = table.shape().vocabulary;
        let tokeniser = Tokeniser::parse_bare(&read(TOKENIZER)?, &model.path.join(TOKENIZER), vocabulary)
            .map_err(|source| LoadError::Tokenise { model: name(), source })?;
        let table = table.with_fallback(tokeniser.unknown(), &path).map_err(network)?;
        Ok(self.finish(tokeniser, Body::Static(table)))
    }

    fn finish(&self, tokeniser: Tokeniser, body: Body) -> SentenceTransformer {
        let manifest = &self.manifest;
        let mut fingerprint = Fingerprint::of(manifest, self.max_tokens);
        if self.dimension != manifest.dimension {
            fingerprint = fingerprint.shortened(self.dimension);
        }
        SentenceTransformer {
            manifest: manifest.clone(),
            folder: self.model.path.clone(),
            fingerprint: fingerprint.with_windows(self.windows).in_precision(self.precision),
            max_tokens: self.max_tokens,
            dimension: self.dimension,
            precision: self.precision,
            windows: self.windows,
            tokeniser,
            body,
            batching: if self.place.device.is_cpu() { Batching::default() } else { Batching::GPU },
            fallback: self.fallback.clone(),
            gpu: Mutex::new(()),
            image: ImageUse::None,
        }
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
    EncodeError::Network { problem: models::brief(&error) }
}

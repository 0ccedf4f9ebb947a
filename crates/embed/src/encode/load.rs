//! Loading a model: checks its files, and puts network, tokeniser and layers together.

use std::sync::Mutex;

use semsearch_task::ErrorKind;
use serde::{Deserialize, Serialize};

use super::batching::Batching;
use super::options::EncoderOptions;
use super::sentence_transformer::{Body, SentenceTransformer};
use crate::describe::checksum;
use crate::describe::{
    ChecksumError, Family, MIN_TOKENS, Manifest, ModelFile, ModelInfo, Precision, PrecisionChoice, TOKENIZER, WEIGHTS,
};
use crate::find::ModelFolder;
use crate::networks::{
    self, Dense, DeviceChoice, DeviceError, Network, NetworkError, Opened, PackedBert, Place, Table,
};
use crate::tokens::{TokeniseError, Tokeniser};
use crate::weights_cache::{CacheUse, Entry, SectionsWriter};

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file is not the one the manifest names.
    #[error("model `{model}` is damaged")]
    Damaged {
        /// The model's name.
        model: String,
        /// The file, and how it differs.
        #[source]
        source: ChecksumError,
    },
    /// The network could not be built.
    #[error("model `{model}` cannot be loaded")]
    Network {
        /// The model's name.
        model: String,
        /// The file, and why it cannot be used.
        #[source]
        source: NetworkError,
    },
    /// The tokeniser could not be loaded.
    #[error("model `{model}` cannot be loaded")]
    Tokenise {
        /// The model's name.
        model: String,
        /// The file, and why it cannot be used.
        #[source]
        source: TokeniseError,
    },
    /// Manifest and network disagree.
    #[error("model `{model}`: the manifest says {what} {manifest}, config.json says {network}")]
    Disagreement {
        /// The model's name.
        model: String,
        /// The number they disagree about.
        what: &'static str,
        /// The manifest's number.
        manifest: usize,
        /// The network's number.
        network: usize,
    },
    /// The requested limit on inputs is out of range.
    #[error("model `{model}` reads {MIN_TOKENS} to {most} tokens, {asked} were requested")]
    MaxSeqLength {
        /// The model's name.
        model: String,
        /// The requested limit.
        asked: usize,
        /// The largest limit possible.
        most: usize,
    },
    /// The requested dimension is out of range.
    #[error("model `{model}` makes vectors of {most} numbers, expected a dimension from 1 to {most}, found {asked}")]
    TruncateDim {
        /// The model's name.
        model: String,
        /// The requested dimension.
        asked: usize,
        /// The model's own dimension.
        most: usize,
    },
    /// No code here runs the network in the requested precision.
    #[error("model `{model}` does not run in {precision}: that takes a CPU and a network of BERT's form with GELU")]
    Precision {
        /// The model's name.
        model: String,
        /// The requested precision.
        precision: Precision,
    },
    /// The requested device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl LoadError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            LoadError::MaxSeqLength { .. } | LoadError::TruncateDim { .. } => ErrorKind::Usage,
            LoadError::Device(inner) => inner.kind(),
            LoadError::Damaged { .. }
            | LoadError::Network { .. }
            | LoadError::Tokenise { .. }
            | LoadError::Disagreement { .. }
            | LoadError::Precision { .. } => ErrorKind::Model,
        }
    }
}

impl SentenceTransformer {
    /// Checks the files of `model` and loads it: from the packed-weights cache if it is there, see [`CacheUse`].
    ///
    /// # Errors
    /// [`LoadError`] names the model, the file and what is wrong with it.
    pub fn load(model: &ModelFolder, options: &EncoderOptions) -> Result<Self, LoadError> {
        let plan = Plan::new(model, options)?;
        if plan.manifest.family == Family::Static {
            return plan.load_static();
        }
        let (manifest, precision) = (&plan.manifest, plan.precision);
        let cache = options.weights_cache.as_deref().filter(|_| precision == Precision::Int8);
        let Some(entry) = cache.and_then(|cache| Entry::of(cache, &model.path, manifest, precision)) else {
            return plan.load_checked();
        };
        if let Some(mapped) = plan.map(&entry)? {
            return Ok(mapped);
        }
        let mut loaded = plan.load_checked()?;
        let mut sections = SectionsWriter::default();
        if let Some(network) = loaded.write_packed(&mut sections) {
            let tokeniser = loaded.tokeniser.to_packed();
            let about = PackedModel { network, tokeniser: tokeniser.as_ref().map(Vec::len) };
            sections.bytes_of(tokeniser.as_deref().unwrap_or_default());
            let path = entry.path().to_owned();
            loaded.cache_use = match entry.write(&about, &sections) {
                Ok(()) => CacheUse::Written(path),
                Err(problem) => CacheUse::NotWritten { path, problem },
            };
        }
        Ok(loaded)
    }
}

/// The description of a model in the cache.
#[derive(Serialize, Deserialize)]
struct PackedModel {
    network: PackedBert,
    /// Bytes of the packed tokeniser, which come last; `None` if only the `tokenizers` crate can run the tokeniser.
    tokeniser: Option<usize>,
}

/// The model to load, and how to load it.
struct Plan<'a> {
    model: &'a ModelFolder,
    /// The model's manifest, with the requested prompts.
    manifest: Manifest,
    info: ModelInfo,
    place: Place,
    /// Why the CPU is used although a GPU was allowed.
    fallback: Option<String>,
    precision: Precision,
}

impl<'a> Plan<'a> {
    /// Checks the options.
    fn new(model: &'a ModelFolder, options: &EncoderOptions) -> Result<Self, LoadError> {
        let mut manifest = model.manifest.clone();
        manifest.query_prompt = options.query_prompt.clone().unwrap_or(manifest.query_prompt);
        manifest.passage_prompt = options.passage_prompt.clone().unwrap_or(manifest.passage_prompt);
        let name = || manifest.name.clone();
        let max_seq_length = options.max_seq_length.unwrap_or(manifest.max_seq_length);
        if max_seq_length < MIN_TOKENS || max_seq_length > manifest.max_positions {
            return Err(LoadError::MaxSeqLength { model: name(), asked: max_seq_length, most: manifest.max_positions });
        }
        if let Some(asked) = options.truncate_dim.filter(|asked| !(1..=manifest.dimension).contains(asked)) {
            return Err(LoadError::TruncateDim { model: name(), asked, most: manifest.dimension });
        }
        let dimension = options.truncate_dim.unwrap_or(manifest.dimension);
        // Bytes are multiplied on a CPU: a collection in int8 is added to there, whatever else the machine has.
        let device = match (options.device, options.precision) {
            (DeviceChoice::Auto, PrecisionChoice::Fixed(Precision::Int8)) => DeviceChoice::Cpu,
            (asked, _) => asked,
        };
        let Opened { place, fallback } = device.open()?;
        let precision = options.precision.settle(|kind| manifest.precision_of(kind), place.device.is_cpu());
        let mut info = ModelInfo::of(&manifest, max_seq_length);
        if dimension != manifest.dimension {
            info.fingerprint = info.fingerprint.shortened(dimension);
        }
        info.fingerprint = info.fingerprint.with_windows(options.windows).in_precision(precision);
        let info = ModelInfo { dimension, precision, windows: options.windows, ..info };
        Ok(Plan { model, manifest, info, place, fallback, precision })
    }

    /// Takes network and tokeniser from the cache; `None` if the entry is missing or was made from other files.
    fn map(&self, entry: &Entry) -> Result<Option<SentenceTransformer>, LoadError> {
        let Some((about, mut sections)) = entry.open::<PackedModel>() else { return Ok(None) };
        let Some(network) = networks::from_packed(&about.network, &mut sections) else { return Ok(None) };
        let tokeniser = match about.tokeniser {
            Some(length) => {
                let Some(bytes) = sections.bytes(length) else { return Ok(None) };
                Tokeniser::from_packed(entry.path(), &bytes, self.info.max_seq_length, network.shape().vocabulary)
                    .map_err(|source| LoadError::Tokenise { model: self.manifest.name.clone(), source })?
            }
            None => self.tokeniser(network.as_ref())?,
        };
        let mut mapped = self.assemble(network, tokeniser)?;
        mapped.cache_use = CacheUse::Mapped(entry.path().to_owned());
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
        // Hashing the weights takes about as long as loading them, so both run side by side. Loading accepts any file of
        // numbers; if the hash is wrong, its error is reported.
        let (intact, loaded) = std::thread::scope(|scope| {
            let hashing = scope.spawn(|| verify(&weights));
            let loaded = self.load();
            (hashing.join(), loaded)
        });
        intact.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(damaged)?;
        loaded
    }

    /// Loads the files without checking them.
    fn load(&self) -> Result<SentenceTransformer, LoadError> {
        let (folder, manifest) = (&self.model.path, &self.manifest);
        let name = || manifest.name.clone();
        let network = networks::load(manifest.family, folder, &self.place, self.precision)
            .map_err(|source| LoadError::Network { model: name(), source })?
            .ok_or_else(|| LoadError::Precision { model: name(), precision: self.precision })?;
        let tokeniser = self.tokeniser(network.as_ref())?;
        self.assemble(network, tokeniser)
    }

    fn tokeniser(&self, network: &dyn Network) -> Result<Tokeniser, LoadError> {
        Tokeniser::load(&self.model.path.join(TOKENIZER), self.info.max_seq_length, network.shape().vocabulary)
            .map_err(|source| LoadError::Tokenise { model: self.manifest.name.clone(), source })
    }

    /// Puts the parts together, after checking that they fit.
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

    /// Loads a static model. It always runs on the CPU: the transfer to a GPU would take longer than the work.
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
            model.read(file).map_err(|source| network(NetworkError::Io { path, source }))
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
        SentenceTransformer {
            manifest: self.manifest.clone(),
            info: self.info.clone(),
            folder: self.model.path.clone(),
            tokeniser,
            body,
            batching: if self.place.device.is_cpu() { Batching::default() } else { Batching::GPU },
            fallback: self.fallback.clone(),
            gpu: Mutex::new(()),
            cache_use: CacheUse::Off,
        }
    }
}

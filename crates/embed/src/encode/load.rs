//! Loading a model: its files checked, its network, tokeniser and layers put together.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use std::sync::Mutex;

use super::batching::Batching;
use super::options::EncoderOptions;
use super::sentence_transformer::{Body, SentenceTransformer};
use crate::describe::checksum;
use crate::describe::{
    ChecksumError, Family, Fingerprint, MIN_TOKENS, Manifest, ModelFile, Precision, TOKENIZER, WEIGHTS, Windows,
};
use crate::find::ModelFolder;
use crate::networks::{self, Dense, DeviceError, ImageOfBert, Network, NetworkError, Opened, Place, Table};
use crate::tokens::{TokeniseError, Tokeniser};
use crate::weights_cache::{Image, ImageUse, SectionsWriter};

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
        let precision = options.precision.settle(manifest.question_precision, place.device.is_cpu());
        Ok(Plan { model, manifest, max_tokens, dimension, windows: options.windows, place, fallback, precision })
    }

    /// Takes network and tokeniser from an image; `None` if there is none, or not of these files.
    fn map(&self, image: &Image) -> Result<Option<SentenceTransformer>, LoadError> {
        let Some((about, mut sections)) = image.open::<ImageOfModel>() else { return Ok(None) };
        let Some(network) = networks::from_image(&about.network, &mut sections) else { return Ok(None) };
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
        let network = networks::load(manifest.family, folder, &self.place, self.precision)
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

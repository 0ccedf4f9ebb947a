//! Reads a sentence-transformers folder: which modules it chains, how it pools, how long an input may be.
//!
//! Such a folder says what it does in four small JSON files. We read them all and take nothing for granted: a module
//! or pooling mode that this encoder does not run is an error, because a guess would give vectors that look right and
//! rank wrongly.
//!
//! | file | what it settles |
//! | --- | --- |
//! | `modules.json` | the chain: Transformer, Pooling, and perhaps Dense layers and Normalize |
//! | `1_Pooling/config.json` | the pooling mode (the folder's name comes from `modules.json`) |
//! | `2_Dense/config.json` | sizes and activation of a dense layer |
//! | `sentence_bert_config.json` | the longest input |
//! | `tokenizer_config.json` | the longest input, where that file has none; else the position table's length |
//! | `config_sentence_transformers.json` | prompts, put before queries and passages; may be missing |
//!
//! A static model says so in other places: see [`static_embedding`].

mod chain;
mod inputs;
mod static_embedding;

use std::path::{Path, PathBuf};

use chain::{Chain, read_dense, read_pooling};
use inputs::{Prompts, read_longest};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::checksum;
use crate::manifest::{CONFIG, Family, Manifest, ModelFile, Source, TOKENIZER, WEIGHTS};
use crate::models::bert_names::ROBERTA_PADDING;
use crate::models::nomic_bert::TRAINED_POSITIONS;
use crate::precision::Precision;

const MODULES: &str = "modules.json";
const LIMITS: &str = "sentence_bert_config.json";
const TOKENIZER_LIMITS: &str = "tokenizer_config.json";
const PROMPTS: &str = "config_sentence_transformers.json";

/// Why a folder could not be read as a sentence-transformers model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A needed file is not there.
    #[error("{folder}: expected {file}; {hint}")]
    MissingFile {
        /// The model's folder.
        folder: PathBuf,
        /// The missing file.
        file: String,
        /// What to do.
        hint: String,
    },
    /// The weights come only as a pickle.
    #[error(
        "{path} is a pickle, which can run code when it is opened; expected {WEIGHTS}. Save the model again with \
         `model.save(DIR, safe_serialization=True)`"
    )]
    Pickle {
        /// The refused file.
        path: PathBuf,
    },
    /// A file is not the JSON it should be.
    #[error("{path}: {problem}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the parser found.
        problem: String,
    },
    /// A module, pooling mode or architecture that this encoder does not run.
    #[error("{path}: {what} is {found}; this encoder runs {expected}")]
    Unsupported {
        /// The file that asks for it.
        path: PathBuf,
        /// What kind of thing.
        what: &'static str,
        /// What the file asks for.
        found: String,
        /// What would work.
        expected: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Builds the manifest of the model in `folder`, its files' sizes and SHA-256 included.
///
/// # Errors
/// [`FolderError`] names the file, what was expected and what it says.
pub fn read_folder(folder: &Path, name: &str) -> Result<Manifest, FolderError> {
    if !folder.join(WEIGHTS).exists()
        && let Some(path) = find_pickle(folder)
    {
        return Err(FolderError::Pickle { path });
    }
    if let Some(manifest) = static_embedding::read(folder, name)? {
        return Ok(manifest);
    }
    let chain = Chain::read(folder)?;
    let network: NetworkConfig = read_json(folder, CONFIG, "a folder saved by sentence-transformers has it")?;
    let family = network.family(folder)?;
    let pooling = read_pooling(folder, &chain.pooling_folder)?;
    let max_positions = network.positions(family, folder)?;
    let longest = read_longest(folder, max_positions)?;
    let prompts = Prompts::read(folder)?;

    let mut files = Vec::new();
    let pooling_config = format!("{}/config.json", chain.pooling_folder);
    for (path, needed) in [
        (CONFIG, true),
        (TOKENIZER, true),
        (WEIGHTS, true),
        (MODULES, true),
        (pooling_config.as_str(), true),
        (LIMITS, false),
        (PROMPTS, false),
    ]
    .into_iter()
    .chain(longest.file.map(|file| (file, true)))
    {
        if needed || folder.join(path).exists() {
            files.push(describe(folder, path)?);
        }
    }
    let mut dense = Vec::new();
    let mut dimension = network.dimension(folder)?;
    for own in &chain.dense_folders {
        let (layer, own_files) = read_dense(folder, own)?;
        if layer.inputs != dimension || layer.outputs == 0 {
            let expected = format!("layers from {dimension} numbers, which is what comes before, to 1 or more");
            let found = format!("{} to {}", layer.inputs, layer.outputs);
            return Err(unsupported(folder, &own_files[0].path, "a dense layer", found, expected));
        }
        dimension = layer.outputs;
        dense.push(layer);
        files.extend(own_files);
    }
    Ok(Manifest {
        name: name.to_owned(),
        family,
        dimension,
        max_tokens: longest.tokens,
        max_positions,
        pooling,
        normalise: chain.normalise,
        question_precision: Precision::F32,
        query_prefix: prompts.query_prefix(),
        passage_prefix: prompts.passage_prefix(),
        licence: None,
        source: Source::default(),
        dense,
        files,
    })
}

/// A pickle that stands where the weights should, if there is one.
fn find_pickle(folder: &Path) -> Option<PathBuf> {
    let pickled = ["bin", "pt", "pth", "pkl", "pickle", "ckpt"];
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| pickled.iter().any(|known| end == *known)))
        .collect();
    found.sort();
    found.into_iter().next()
}

/// What `config.json` says that a manifest repeats. Families have names of their own for the same sizes.
#[derive(Deserialize)]
struct NetworkConfig {
    model_type: Option<String>,
    hidden_size: Option<usize>,
    dim: Option<usize>,
    n_embd: Option<usize>,
    max_position_embeddings: Option<usize>,
    n_positions: Option<usize>,
    pad_token_id: Option<u32>,
    rotary_scaling_factor: Option<f64>,
    max_trained_positions: Option<usize>,
}

impl NetworkConfig {
    fn family(&self, folder: &Path) -> Result<Family, FolderError> {
        let name = self.model_type.as_deref();
        name.and_then(Family::of_model_type).ok_or_else(|| {
            let found = name.map_or("missing".to_owned(), |name| format!("{name:?}"));
            unsupported(folder, CONFIG, "model_type", found, Family::model_types())
        })
    }

    /// Numbers in a token vector.
    fn dimension(&self, folder: &Path) -> Result<usize, FolderError> {
        let found = self.hidden_size.or(self.dim).or(self.n_embd);
        found.ok_or_else(|| unsupported(folder, CONFIG, "hidden_size", "missing".to_owned(), "a number"))
    }

    /// The most tokens a text may have.
    fn positions(&self, family: Family, folder: &Path) -> Result<usize, FolderError> {
        let found = self.max_position_embeddings.or(self.n_positions);
        let rows = found
            .ok_or_else(|| unsupported(folder, CONFIG, "max_position_embeddings", "missing".to_owned(), "a number"))?;
        // Where places are counted from the pad token, no text reaches the rows up to it.
        let before = match family {
            Family::Roberta | Family::XlmRoberta => self.pad_token_id.unwrap_or(ROBERTA_PADDING) as usize + 1,
            Family::Mpnet => ROBERTA_PADDING as usize + 1,
            // Beyond these the network would turn by other angles.
            Family::NomicBert if self.rotary_scaling_factor.is_some() => {
                return Ok(rows.min(self.max_trained_positions.unwrap_or(TRAINED_POSITIONS)));
            }
            _ => 0,
        };
        Ok(rows.saturating_sub(before))
    }
}

fn unsupported(
    folder: &Path,
    file: &str,
    what: &'static str,
    found: String,
    expected: impl Into<String>,
) -> FolderError {
    FolderError::Unsupported { path: folder.join(file), what, found, expected: expected.into() }
}

fn describe(folder: &Path, path: &str) -> Result<ModelFile, FolderError> {
    let full = folder.join(path);
    match checksum::sha256_file(&full) {
        Ok((bytes, sha256)) => Ok(ModelFile { path: path.to_owned(), bytes, sha256 }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            let hint = "the model is incomplete; fetch or copy it again".to_owned();
            Err(FolderError::MissingFile { folder: folder.to_owned(), file: path.to_owned(), hint })
        }
        Err(source) => Err(FolderError::Io { path: full, source }),
    }
}

fn read_json<T: DeserializeOwned>(folder: &Path, file: &str, hint: &str) -> Result<T, FolderError> {
    read_optional_json(folder, file)?.ok_or_else(|| FolderError::MissingFile {
        folder: folder.to_owned(),
        file: file.to_owned(),
        hint: hint.to_owned(),
    })
}

fn read_optional_json<T: DeserializeOwned>(folder: &Path, file: &str) -> Result<Option<T>, FolderError> {
    let path = folder.join(file);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(FolderError::Io { path, source }),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| FolderError::Syntax { path, problem: error.to_string() })
}

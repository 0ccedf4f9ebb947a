//! Reads a sentence-transformers folder: which modules it chains, how it pools, how long an input may be.
//!
//! Such a folder says what it does in four small JSON files. We read them all and take nothing for granted: a module
//! or pooling mode that this encoder does not run is an error, because a guess would give vectors that look right and
//! rank wrongly.
//!
//! | file | what it settles |
//! | --- | --- |
//! | `modules.json` | the chain: Transformer, Pooling, and perhaps Normalize |
//! | `1_Pooling/config.json` | the pooling mode (the folder's name comes from `modules.json`) |
//! | `sentence_bert_config.json` | the longest input; where missing, the position table's length |
//! | `config_sentence_transformers.json` | prompts, put before queries and passages; may be missing |

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::checksum;
use crate::manifest::{CONFIG, Family, Manifest, ModelFile, Source, TOKENIZER, WEIGHTS};
use crate::pooling::Pooling;

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
        expected: &'static str,
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
    let chain = Chain::read(folder)?;
    let network: NetworkConfig = read_json(folder, CONFIG, "a folder saved by sentence-transformers has it")?;
    let family = network.family(&folder.join(CONFIG))?;
    let pooling = read_pooling(folder, &chain.pooling_folder)?;
    let limits: Option<Limits> = read_optional_json(folder, "sentence_bert_config.json")?;
    let prompts: Prompts = read_optional_json(folder, "config_sentence_transformers.json")?.unwrap_or_default();

    let mut files = Vec::new();
    let pooling_config = format!("{}/config.json", chain.pooling_folder);
    for (path, needed) in [
        (CONFIG, true),
        (TOKENIZER, true),
        (WEIGHTS, true),
        ("modules.json", true),
        (pooling_config.as_str(), true),
        ("sentence_bert_config.json", false),
        ("config_sentence_transformers.json", false),
    ] {
        if needed || folder.join(path).exists() {
            files.push(describe(folder, path)?);
        }
    }
    Ok(Manifest {
        name: name.to_owned(),
        family,
        dimension: network.hidden_size,
        max_tokens: limits
            .and_then(|limits| limits.max_seq_length)
            .unwrap_or(network.max_position_embeddings)
            .min(network.max_position_embeddings),
        max_positions: network.max_position_embeddings,
        pooling,
        normalise: chain.normalise,
        query_prefix: prompts.query_prefix(),
        passage_prefix: prompts.passage_prefix(),
        licence: None,
        source: Source::default(),
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

/// What `modules.json` chains together.
struct Chain {
    pooling_folder: String,
    normalise: bool,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

impl Chain {
    fn read(folder: &Path) -> Result<Self, FolderError> {
        let hint = "without it the pooling would be a guess; save the model with sentence-transformers";
        let modules: Vec<Module> = read_json(folder, "modules.json", hint)?;
        // Class names moved between releases of the library; their last part did not.
        let class = |module: &Module| module.class.rsplit('.').next().unwrap_or_default().to_owned();
        let names: Vec<String> = modules.iter().map(class).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let normalise = match known.as_slice() {
            ["Transformer", "Pooling"] => false,
            ["Transformer", "Pooling", "Normalize"] => true,
            _ => {
                return Err(FolderError::Unsupported {
                    path: folder.join("modules.json"),
                    what: "the chain of modules",
                    found: names.join(", "),
                    expected: "Transformer, Pooling and, if wanted, Normalize",
                });
            }
        };
        if !modules[0].path.is_empty() {
            return Err(FolderError::Unsupported {
                path: folder.join("modules.json"),
                what: "the folder of the Transformer module",
                found: format!("{:?}", modules[0].path),
                expected: "weights beside modules.json (path \"\")",
            });
        }
        Ok(Chain { pooling_folder: modules[1].path.clone(), normalise })
    }
}

#[derive(Deserialize)]
struct NetworkConfig {
    model_type: Option<String>,
    hidden_size: usize,
    max_position_embeddings: usize,
}

impl NetworkConfig {
    fn family(&self, path: &Path) -> Result<Family, FolderError> {
        match self.model_type.as_deref() {
            Some("bert") => Ok(Family::Bert),
            other => Err(FolderError::Unsupported {
                path: path.to_owned(),
                what: "model_type",
                found: other.map_or("missing".to_owned(), |name| format!("{name:?}")),
                expected: "\"bert\"",
            }),
        }
    }
}

fn read_pooling(folder: &Path, pooling_folder: &str) -> Result<Pooling, FolderError> {
    let file = format!("{pooling_folder}/config.json");
    let fields: serde_json::Map<String, serde_json::Value> =
        read_json(folder, &file, "modules.json names this folder for pooling")?;
    let on: Vec<&str> = fields
        .iter()
        .filter(|(key, value)| key.starts_with("pooling_mode") && **value == serde_json::Value::Bool(true))
        .map(|(key, _)| key.as_str())
        .collect();
    // Newer releases write the mode as one word.
    let word = fields.get("pooling_mode").and_then(|value| value.as_str());
    match (on.as_slice(), word) {
        (["pooling_mode_mean_tokens"], None) | ([], Some("mean")) => Ok(Pooling::Mean),
        (["pooling_mode_cls_token"], None) | ([], Some("cls")) => Ok(Pooling::Cls),
        _ => Err(FolderError::Unsupported {
            path: folder.join(file),
            what: "the pooling mode",
            found: word.map_or_else(|| format!("[{}]", on.join(", ")), str::to_owned),
            expected: "exactly one of mean and cls",
        }),
    }
}

#[derive(Deserialize)]
struct Limits {
    max_seq_length: Option<usize>,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    default_prompt_name: Option<String>,
}

impl Prompts {
    fn query_prefix(&self) -> String {
        self.named(&["query"])
    }

    fn passage_prefix(&self) -> String {
        self.named(&["passage", "document"])
    }

    /// The first prompt of these names, else the default prompt, else nothing: the library's own order.
    fn named(&self, names: &[&str]) -> String {
        let default = self.default_prompt_name.as_deref();
        names.iter().copied().chain(default).find_map(|name| self.prompts.get(name)).cloned().unwrap_or_default()
    }
}

fn describe(folder: &Path, path: &str) -> Result<ModelFile, FolderError> {
    let full = folder.join(path);
    let hint = || "the model is incomplete; fetch or copy it again".to_owned();
    match checksum::sha256_file(&full) {
        Ok((bytes, sha256)) => Ok(ModelFile { path: path.to_owned(), bytes, sha256 }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            Err(FolderError::MissingFile { folder: folder.to_owned(), file: path.to_owned(), hint: hint() })
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

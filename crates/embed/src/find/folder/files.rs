//! The files of a sentence-transformers folder: their names, how each is opened, and the errors of reading them.

use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;
use serde::de::DeserializeOwned;

use crate::describe::{ModelFile, WEIGHTS, checksum};

pub(super) const MODULES: &str = "modules.json";
pub(super) const LIMITS: &str = "sentence_bert_config.json";
pub(super) const TOKENIZER_LIMITS: &str = "tokenizer_config.json";
pub(super) const PROMPTS: &str = "config_sentence_transformers.json";

/// Why a folder could not be read as a sentence-transformers model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A required file is missing.
    #[error("{folder}: expected {file}: {reason}")]
    MissingFile {
        /// The model's folder.
        folder: PathBuf,
        /// The missing file.
        file: String,
        /// Why the file is needed.
        reason: String,
    },
    /// The weights come only as a pickle.
    #[error("{path} is a pickle, which can run code when it is opened; expected {WEIGHTS}")]
    Pickle {
        /// The refused file.
        path: PathBuf,
    },
    /// A file is not valid JSON, or not of the expected form.
    #[error("{path}: {problem}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        problem: String,
    },
    /// A module, pooling mode or architecture that this crate does not run.
    #[error("{path}: {what} is {found}; this encoder runs {expected}")]
    Unsupported {
        /// The file that names it.
        path: PathBuf,
        /// The setting, in words.
        what: &'static str,
        /// The value in the file.
        found: String,
        /// The values that work.
        expected: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
}

impl FolderError {
    /// What the error is about: always the model.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            FolderError::MissingFile { .. }
            | FolderError::Pickle { .. }
            | FolderError::Syntax { .. }
            | FolderError::Unsupported { .. }
            | FolderError::Io { .. } => ErrorKind::Model,
        }
    }
}

/// The error of a setting that this crate does not run.
pub(super) fn unsupported(
    folder: &Path,
    file: &str,
    what: &'static str,
    found: String,
    expected: impl Into<String>,
) -> FolderError {
    FolderError::Unsupported { path: folder.join(file), what, found, expected: expected.into() }
}

/// Size and SHA-256 of one file.
pub(super) fn describe(folder: &Path, path: &str) -> Result<ModelFile, FolderError> {
    let full = folder.join(path);
    match checksum::sha256_file(&full) {
        Ok((bytes, sha256)) => Ok(ModelFile { path: path.to_owned(), bytes, sha256 }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            let reason = "the model is incomplete".to_owned();
            Err(FolderError::MissingFile { folder: folder.to_owned(), file: path.to_owned(), reason })
        }
        Err(source) => Err(FolderError::Io { path: full, source }),
    }
}

/// Reads a required JSON file; `reason` says why it is required.
pub(super) fn read_json<T: DeserializeOwned>(folder: &Path, file: &str, reason: &str) -> Result<T, FolderError> {
    read_optional_json(folder, file)?.ok_or_else(|| FolderError::MissingFile {
        folder: folder.to_owned(),
        file: file.to_owned(),
        reason: reason.to_owned(),
    })
}

/// Reads a JSON file; `None` if it does not exist.
pub(super) fn read_optional_json<T: DeserializeOwned>(folder: &Path, file: &str) -> Result<Option<T>, FolderError> {
    let path = folder.join(file);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(FolderError::Io { path, source }),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| FolderError::Syntax { path, problem: error.to_string() })
}

/// The path of a pickle in `folder`, if it holds one.
pub(super) fn find_pickle(folder: &Path) -> Option<PathBuf> {
    let pickled = ["bin", "pt", "pth", "pkl", "pickle", "ckpt"];
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| pickled.iter().any(|known| end == *known)))
        .collect();
    found.sort();
    found.into_iter().next()
}

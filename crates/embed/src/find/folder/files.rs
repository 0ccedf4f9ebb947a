//! The files of a folder that is read: their names, how each is opened, and what is said where one is not as expected.

use std::path::{Path, PathBuf};

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

pub(super) fn unsupported(
    folder: &Path,
    file: &str,
    what: &'static str,
    found: String,
    expected: impl Into<String>,
) -> FolderError {
    FolderError::Unsupported { path: folder.join(file), what, found, expected: expected.into() }
}

pub(super) fn describe(folder: &Path, path: &str) -> Result<ModelFile, FolderError> {
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

pub(super) fn read_json<T: DeserializeOwned>(folder: &Path, file: &str, hint: &str) -> Result<T, FolderError> {
    read_optional_json(folder, file)?.ok_or_else(|| FolderError::MissingFile {
        folder: folder.to_owned(),
        file: file.to_owned(),
        hint: hint.to_owned(),
    })
}

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

/// A pickle that stands where the weights should, if there is one.
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

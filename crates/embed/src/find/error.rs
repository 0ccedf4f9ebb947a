//! Why a model is not available.

use std::path::{Path, PathBuf};

use semsearch_task::{ErrorKind, Stopped};

use super::fetch::FetchError;
use super::folder::FolderError;
use crate::describe::{ChecksumError, ManifestError};

/// Why a model is not available.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No model of that name is known.
    #[error("no model is called `{name}`")]
    Unknown {
        /// The requested name.
        name: String,
    },
    /// The named folder does not exist.
    #[error("there is no model folder {path}")]
    NoFolder {
        /// The requested folder.
        path: PathBuf,
    },
    /// The model is known, not on this machine, and the network is switched off.
    #[error("model `{name}` is not on this machine and the network is switched off")]
    Offline {
        /// The model's name.
        name: String,
    },
    /// The model could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A folder is not a model that this crate runs.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A stored manifest is not valid.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Another model has the name.
    #[error("another model is called `{name}`")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The name is not valid: it is also the name of the model's folder.
    #[error("a model cannot be called {name:?}: expected letters, digits, `-`, `_` and `.`, the first one not a `.`")]
    BadName {
        /// The name.
        name: String,
    },
    /// The model is not one that can be fetched.
    #[error("no model is called `{name}` among those that can be fetched")]
    NotFetchable {
        /// The requested name.
        name: String,
        /// The names of the models that can be fetched.
        fetchable: Vec<String>,
    },
    /// The model cannot be removed, because it does not lie in the store.
    #[error("model `{name}` cannot be removed: it is {place}")]
    NotInStore {
        /// The model's name.
        name: String,
        /// Where it is, in words.
        place: String,
    },
    /// The model was added from a folder, so it cannot be fetched.
    #[error("model `{name}` in {folder} was added from a folder and cannot be fetched")]
    NoSource {
        /// The model's name.
        name: String,
        /// The model's folder.
        folder: PathBuf,
    },
    /// The model is part of other builds but not of this one.
    #[error("model `{name}` is not part of this build: the feature `{feature}` of semsearch-embed is switched off")]
    FeatureOff {
        /// The model's name.
        name: String,
        /// The feature that would include it.
        feature: &'static str,
    },
    /// A copied file differs from the one that was read.
    #[error("the model changed while it was copied")]
    Copy(#[source] ChecksumError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// The caller stopped the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl ModelError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ModelError::NameTaken { .. } | ModelError::BadName { .. } | ModelError::NotInStore { .. } => {
                ErrorKind::Usage
            }
            ModelError::Io { .. } => ErrorKind::Io,
            ModelError::Fetch(inner) => inner.kind(),
            ModelError::Folder(inner) => inner.kind(),
            ModelError::Manifest(inner) => inner.kind(),
            ModelError::Stopped(inner) => inner.kind(),
            ModelError::Unknown { .. }
            | ModelError::NoFolder { .. }
            | ModelError::Offline { .. }
            | ModelError::NoSource { .. }
            | ModelError::NotFetchable { .. }
            | ModelError::FeatureOff { .. }
            | ModelError::Copy(_) => ErrorKind::Model,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        ModelError::Io { action, path: path.to_owned(), source }
    }
}

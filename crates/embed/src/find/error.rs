//! Why a model is not to be had.

use std::path::{Path, PathBuf};

use super::fetch::FetchError;
use super::folder::FolderError;
use crate::describe::{ChecksumError, ManifestError};

/// Why a model is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No model of that name is known.
    #[error(
        "no model is called `{name}`; `semsearch model list` shows those that are, and `semsearch model add DIR` adds \
         a sentence-transformers folder of your own"
    )]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// A folder was named that is not there.
    #[error("there is no model folder {path}; `semsearch model list` shows the models that have a name")]
    NoFolder {
        /// What was asked for.
        path: PathBuf,
    },
    /// The model is known, not here, and the network is switched off.
    #[error(
        "model `{name}` is not on this machine and the network is switched off; run `semsearch model pull {name}` once \
         with a network, or bring its folder with `semsearch model add DIR`"
    )]
    Offline {
        /// The model's name.
        name: String,
    },
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A folder is not a model we can run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A stored manifest is not valid.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The name stands for another model.
    #[error("another model is called `{name}`, see `semsearch model list`; choose a name with --name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A model cannot have that name, since the name is also its folder's.
    #[error(
        "a model cannot be called {name:?}: expected letters, digits, `-`, `_` and `.`, the first one not a `.`; \
         choose a name with --name"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// The model was added from a folder: nobody but the user has it.
    #[error(
        "model `{name}` was added from a folder and cannot be fetched; should it be damaged, delete {folder} and \
         run `semsearch model add DIR --name {name}` again"
    )]
    NoSource {
        /// The model's name.
        name: String,
        /// Where it is.
        folder: PathBuf,
    },
    /// A copied file is not the one that was read.
    #[error("the model changed while it was copied; try again")]
    Copy(#[source] ChecksumError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl ModelError {
    pub(super) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        ModelError::Io { action, path: path.to_owned(), source }
    }
}

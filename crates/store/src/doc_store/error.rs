//! Why documents cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;

/// Why a document could not be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// A document is damaged.
    #[error("{path}: document {row} is damaged: {problem}")]
    Damaged {
        /// The documents file.
        path: PathBuf,
        /// The row of the document, counted from 0.
        row: u32,
        /// What is wrong with it.
        problem: String,
    },
    /// A part of the file that all documents need is damaged.
    #[error("{path} is damaged: {problem}")]
    DamagedFile {
        /// The documents file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The file has another version of the format.
    #[error("{path} has version {found} of the format of documents, this program reads version {expected}")]
    Version {
        /// The documents file.
        path: PathBuf,
        /// The version that the file names.
        found: u32,
        /// The version this program reads.
        expected: u32,
    },
    /// The id is of another collection: this one has fewer documents.
    #[error("there is no document {id} among {documents}")]
    NoDocument {
        /// The number of the document, counted from 0.
        id: u32,
        /// The number of documents of the collection, deleted ones included.
        documents: u64,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried: `read`, `write`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
}

impl DocumentError {
    /// [`ErrorKind::Io`] if the system failed, [`ErrorKind::Usage`] for an id of another collection, [`ErrorKind::Damaged`]
    /// otherwise.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            DocumentError::Damaged { .. } | DocumentError::DamagedFile { .. } | DocumentError::Version { .. } => {
                ErrorKind::Damaged
            }
            DocumentError::NoDocument { .. } => ErrorKind::Usage,
            DocumentError::Io { .. } => ErrorKind::Io,
        }
    }

    /// The file that is damaged or cannot be read; `None` if the error is not about a file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            DocumentError::Damaged { path, .. }
            | DocumentError::DamagedFile { path, .. }
            | DocumentError::Io { path, .. } => Some(path),
            DocumentError::Version { .. } | DocumentError::NoDocument { .. } => None,
        }
    }

    /// What is wrong, without the [path](Self::path).
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            DocumentError::Damaged { row, problem, .. } => format!("document {row}: {problem}"),
            DocumentError::DamagedFile { problem, .. } => problem.clone(),
            DocumentError::Io { action, source, .. } => format!("cannot {action} it: {source}"),
            DocumentError::Version { .. } | DocumentError::NoDocument { .. } => self.to_string(),
        }
    }
}

//! Why a collection cannot be opened, written or changed.

use std::path::{Path, PathBuf};

use semsearch_index::{BuildError, Damage, OpenError, SaveError, VectorsError};
use semsearch_task::ErrorKind;

use crate::doc_store::DocumentError;
use crate::layout::SCHEMA;

/// Why a collection cannot be opened or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// The folder holds no collection.
    #[error("there is no index in {path}")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// A file is damaged.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file was written by a version of the program with another format.
    #[error("{path} has the form {found:?}, this program reads {SCHEMA:?}")]
    Schema {
        /// The file.
        path: PathBuf,
        /// The format that the file names.
        found: String,
    },
    /// The folder holds something else.
    #[error("{path} is not empty and not an index (it holds {found})")]
    NotACollection {
        /// The folder.
        path: PathBuf,
        /// The name of a file or folder in it that does not belong to an index.
        found: String,
    },
    /// Another process is writing.
    #[error("another process is writing to {path}")]
    Busy {
        /// The collection's folder.
        path: PathBuf,
    },
    /// The vectors or the graph cannot be used.
    #[error(transparent)]
    Index(#[from] OpenError),
    /// A segment has no vectors of the requested model.
    #[error("{path}: segment {segment} has no vectors of the model with fingerprint {fingerprint}")]
    Incomplete {
        /// The collection's folder.
        path: PathBuf,
        /// The segment.
        segment: String,
        /// The model's fingerprint.
        fingerprint: String,
    },
    /// A stored document is not valid JSON.
    #[error("a stored document cannot be read: {problem}")]
    Document {
        /// What is wrong with it.
        problem: String,
    },
    /// The documents cannot be used.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried: `read`, `write`, `list`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
}

impl CollectionError {
    /// What the error is about. A wrapped error decides.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            CollectionError::Missing { .. } => ErrorKind::Missing,
            CollectionError::Damaged { .. } | CollectionError::Schema { .. } | CollectionError::Document { .. } => {
                ErrorKind::Damaged
            }
            CollectionError::NotACollection { .. } => ErrorKind::Usage,
            CollectionError::Busy { .. } => ErrorKind::Busy,
            CollectionError::Io { .. } => ErrorKind::Io,
            CollectionError::Incomplete { .. } => ErrorKind::Model,
            // The collection names the index, so a missing one is damage.
            CollectionError::Index(OpenError::Missing { .. }) => ErrorKind::Damaged,
            CollectionError::Index(error) => error.kind(),
            CollectionError::Documents(error) => error.kind(),
        }
    }

    /// The file or folder that the error is about, where the error names one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            CollectionError::Damaged { path, .. } | CollectionError::Io { path, .. } => Some(path),
            CollectionError::Documents(error) => error.path(),
            CollectionError::Index(OpenError::Damaged(damage)) => Some(&damage.path),
            _ => None,
        }
    }

    /// What is wrong, causes included, without the [path](Self::path).
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            CollectionError::Damaged { problem, .. } => problem.clone(),
            CollectionError::Documents(error) if error.path().is_some() => error.problem(),
            CollectionError::Index(OpenError::Damaged(damage)) => section_problem(damage),
            CollectionError::Io { action, source, .. } => format!("cannot {action} it: {source}"),
            other => {
                let causes = std::iter::successors(std::error::Error::source(other), |error| error.source());
                causes.fold(other.to_string(), |problem, cause| format!("{problem}: {cause}"))
            }
        }
    }

    /// Whether the content of the collection is damaged, as opposed to a file that cannot be read just now.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            CollectionError::Damaged { .. } | CollectionError::Schema { .. } | CollectionError::Document { .. } => true,
            CollectionError::Documents(error) => error.kind() == ErrorKind::Damaged,
            CollectionError::Index(error) => !matches!(error, OpenError::Io { .. }),
            _ => false,
        }
    }
}

/// What is wrong with a section of an index file, without its path.
pub(crate) fn section_problem(damage: &Damage) -> String {
    let Damage { section, range, fault, .. } = damage;
    format!("section `{section}`, bytes {} to {}: {fault}", range.start, range.end)
}

/// Why a collection could not be changed. It is then what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The collection could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The vectors or the graph could not be written.
    #[error("the index could not be written")]
    Save(#[from] SaveError),
    /// The graph could not be built.
    #[error("the index could not be built")]
    Build(#[from] BuildError),
    /// The model gave a vector that cannot be searched.
    #[error("the model `{model}` gave an unusable vector for document `{document}`")]
    Vector {
        /// The model.
        model: String,
        /// The id of the document.
        document: String,
        /// What is wrong with the vector.
        #[source]
        source: VectorsError,
    },
    /// A segment has no vectors by a model that the segment it is merged with has.
    #[error("segment {segment} has no vectors of a model that other segments have vectors of")]
    NoVectors {
        /// The segment.
        segment: String,
    },
    /// The caller stopped the work. The collection was not changed.
    #[error("stopped")]
    Stopped,
}

/// The file at `path` is damaged.
#[must_use]
pub fn damaged(path: &Path, problem: &str) -> CollectionError {
    CollectionError::Damaged { path: path.to_owned(), problem: problem.to_owned() }
}

/// The system refused to `action` the file or folder at `path`.
#[must_use]
pub fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> CollectionError {
    CollectionError::Io { action, path: path.to_owned(), source }
}

/// The error of reading `path`. A missing file that `CURRENT` or a manifest names is damage, not an I/O error.
#[must_use]
pub fn unreadable(path: &Path, source: std::io::Error) -> CollectionError {
    match source.kind() {
        std::io::ErrorKind::NotFound => damaged(path, "the file is missing"),
        _ => io_error("read", path, source),
    }
}

impl ChangeError {
    /// What the error is about. A wrapped error decides.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ChangeError::Collection(error) => error.kind(),
            ChangeError::Save(error) => error.kind(),
            ChangeError::Build(error) => error.kind(),
            ChangeError::Vector { .. } | ChangeError::NoVectors { .. } => ErrorKind::Model,
            ChangeError::Stopped => ErrorKind::Stopped,
        }
    }
}

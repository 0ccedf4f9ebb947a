//! Why a map was not made.

use semsearch_index::SearchError;
use semsearch_store::{CollectionError, DocumentError};
use semsearch_task::{ErrorKind, Stopped};

/// Why a map was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// A vector could not be read or compared.
    #[error("the vectors of the index could not be compared")]
    Vectors(#[from] SearchError),
    /// The collection could not be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// A paper could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The caller stopped the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl MapError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            MapError::Vectors(error) => error.kind(),
            MapError::Collection(error) => error.kind(),
            MapError::Document(error) => error.kind(),
            MapError::Stopped(error) => error.kind(),
        }
    }
}

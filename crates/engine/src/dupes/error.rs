//! Why papers were not compared.

use semsearch_index::SearchError;
use semsearch_store::CollectionError;
use semsearch_task::{ErrorKind, Stopped};

/// Why papers were not compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DupesError {
    /// So many pairs reach the threshold that groups of them would say nothing.
    #[error("more than {most} pairs of papers have a cosine of {threshold} or more; expected a higher threshold")]
    TooMany {
        /// The most pairs that are kept.
        most: usize,
        /// The threshold.
        threshold: f32,
    },
    /// A vector could not be read.
    #[error("the vectors of the index could not be compared")]
    Vectors(#[from] SearchError),
    /// The collection could not be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The caller stopped the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl DupesError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            DupesError::TooMany { .. } => ErrorKind::Usage,
            DupesError::Vectors(error) => error.kind(),
            DupesError::Collection(error) => error.kind(),
            DupesError::Stopped(error) => error.kind(),
        }
    }
}

//! Why a collection was not repaired.

use std::error::Error;
use std::path::PathBuf;

use semsearch_embed::EncodeError;
use semsearch_index::SaveError;
use semsearch_store::check::Finding;
use semsearch_store::{ChangeError, CollectionError};
use semsearch_task::ErrorKind;

use crate::ingest::IngestError;

/// Why a collection was not repaired. It is then what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The collection could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// Segments could not be made.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// Documents could not be embedded again.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A file could not be read, which does not mean that it is damaged.
    #[error("{}: {}", .0.path.display(), .0.problem)]
    Unreadable(Finding),
    /// The model that has to make vectors again cannot be used.
    #[error("vectors have to be made again, and their model `{model}` cannot be used")]
    Model {
        /// The collection's reference to the model.
        model: String,
        /// Why the model cannot be used.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The model makes other vectors than those of the collection.
    #[error(
        "vectors have to be made again by model `{model}` with fingerprint {expected}, and the one at hand has {found}"
    )]
    OtherModel {
        /// The collection's reference to the model.
        model: String,
        /// The fingerprint of the collection's vectors.
        expected: String,
        /// The fingerprint of the vectors that the model at hand makes.
        found: String,
    },
    /// The record of the model is damaged: it has another dimension than the model.
    #[error(
        "vectors have to be made again by model `{model}`, which makes {found} numbers of a text; the index says \
         {expected}, so its record of the model is damaged"
    )]
    OtherDimension {
        /// The collection's reference to the model.
        model: String,
        /// Numbers in a vector by the collection's record.
        expected: usize,
        /// Numbers in a vector that the model makes.
        found: usize,
    },
    /// The tokeniser failed.
    #[error("the tokens of a document could not be counted")]
    Tokenise(#[source] EncodeError),
    /// No document can be saved.
    #[error("{path}: no document of the index can be read any more")]
    Hopeless {
        /// The folder.
        path: PathBuf,
    },
}

impl From<SaveError> for RepairError {
    fn from(error: SaveError) -> Self {
        RepairError::Change(error.into())
    }
}

impl RepairError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            RepairError::Collection(error) => error.kind(),
            RepairError::Change(error) => error.kind(),
            RepairError::Ingest(error) => error.kind(),
            RepairError::Unreadable(_) => ErrorKind::Io,
            RepairError::Model { .. } | RepairError::OtherModel { .. } | RepairError::Tokenise(_) => ErrorKind::Model,
            RepairError::OtherDimension { .. } | RepairError::Hopeless { .. } => ErrorKind::Damaged,
        }
    }
}

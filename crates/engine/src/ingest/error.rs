//! Why documents were not ingested.

use semsearch_corpus::ReadError;
use semsearch_embed::EncodeError;
use semsearch_index::{BuildError, SaveError, VectorsError};
use semsearch_store::{ChangeError, CollectionError, DocumentError};
use semsearch_task::ErrorKind;

use crate::model::ModelMismatch;

/// Why documents were not ingested. The collection is then what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The inputs hold no document.
    #[error("there are no documents to embed")]
    NoDocuments,
    /// The inputs could not be read.
    #[error(transparent)]
    Read(ReadError),
    /// A document could not be put into JSON.
    #[error("the documents could not be written")]
    Json(#[source] std::io::Error),
    /// The collection holds vectors of another model.
    #[error(transparent)]
    Model(#[from] Box<ModelMismatch>),
    /// The encoder failed.
    #[error("the documents could not be encoded")]
    Encode(#[source] EncodeError),
    /// The model made a vector that cannot be used.
    #[error("the model `{model}` made an unusable vector for document `{document}`")]
    Vector {
        /// The model.
        model: String,
        /// The id of the document.
        document: String,
        /// What is wrong with the vector.
        #[source]
        source: VectorsError,
    },
    /// The graph could not be built.
    #[error("the index could not be built")]
    Build(#[source] BuildError),
    /// The vectors or the graph could not be written.
    #[error("the index could not be written")]
    Save(#[from] SaveError),
    /// The collection could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The segments could not be made.
    #[error(transparent)]
    Change(ChangeError),
    /// The caller stopped the work.
    #[error("{}", stopped(*kept))]
    Stopped {
        /// Documents whose vectors the next run will find.
        kept: usize,
    },
}

fn stopped(kept: usize) -> String {
    match kept {
        0 => "stopped; nothing was changed".to_owned(),
        _ => format!("stopped; the index was not changed, and the vectors of {kept} documents are kept"),
    }
}

impl IngestError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            IngestError::NoDocuments => ErrorKind::Usage,
            IngestError::Read(error) => error.kind(),
            IngestError::Json(_) => ErrorKind::Io,
            IngestError::Model(error) => error.kind(),
            IngestError::Encode(error) => error.kind(),
            IngestError::Vector { .. } => ErrorKind::Model,
            IngestError::Build(error) => error.kind(),
            IngestError::Save(error) => error.kind(),
            IngestError::Collection(error) => error.kind(),
            IngestError::Change(error) => error.kind(),
            IngestError::Stopped { .. } => ErrorKind::Stopped,
        }
    }

    /// Sets the number of kept vectors, if the error is a stop.
    pub(super) fn with_kept(self, kept: usize) -> Self {
        if let IngestError::Stopped { .. } = self { IngestError::Stopped { kept } } else { self }
    }
}

impl From<ReadError> for IngestError {
    fn from(error: ReadError) -> Self {
        match error.kind() {
            ErrorKind::Stopped => IngestError::Stopped { kept: 0 },
            _ => IngestError::Read(error),
        }
    }
}

impl From<DocumentError> for IngestError {
    fn from(error: DocumentError) -> Self {
        IngestError::Collection(error.into())
    }
}

impl From<ChangeError> for IngestError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Collection(error) => IngestError::Collection(error),
            ChangeError::Save(error) => IngestError::Save(error),
            ChangeError::Build(error) => IngestError::Build(error),
            ChangeError::Vector { model, document, source } => IngestError::Vector { model, document, source },
            ChangeError::Stopped => IngestError::Stopped { kept: 0 },
            other => IngestError::Change(other),
        }
    }
}

//! Why a query was not answered.

use std::path::PathBuf;

use semsearch_embed::EncodeError;
use semsearch_store::{CollectionError, DocumentError};
use semsearch_task::ErrorKind;

use crate::align::AlignmentError;
use crate::model::ModelMismatch;

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The query has no text.
    #[error("the query is empty")]
    EmptyQuery,
    /// A paper that was named is not there.
    #[error("the index {path} has no paper `{id}`", path = path.display())]
    NoPaper {
        /// The collection's folder.
        path: PathBuf,
        /// What it was called.
        id: String,
    },
    /// The ids of several papers begin as the one that was named.
    #[error("the ids of {papers} papers of the index {path} begin with `{id}`: {}", named.join(", "), path = path.display())]
    SeveralPapers {
        /// The collection's folder.
        path: PathBuf,
        /// What was named.
        id: String,
        /// Papers whose ids begin so.
        papers: usize,
        /// The first of the ids.
        named: Vec<String>,
    },
    /// Sources give several papers the key by which one was named.
    #[error("{papers} papers of the index {path} have the key `{key}` in their sources: {}", named.join(", "), path = path.display())]
    SeveralOfKey {
        /// The collection's folder.
        path: PathBuf,
        /// The key.
        key: String,
        /// Papers that have it.
        papers: usize,
        /// The first of their ids.
        named: Vec<String>,
    },
    /// Answers are to be near to a paper and far from it.
    #[error("paper `{paper}` is among those to be near to and among those to be far from")]
    LikedAndNot {
        /// The paper's id.
        paper: String,
    },
    /// One of several questions, any of which is to be answered, demands something.
    #[error("quotes, signs and fields cannot bind where any of several questions may be answered")]
    DemandsOfAny,
    /// Papers are to move a query that has no vector.
    #[error("words alone cannot be moved towards papers; rank by vectors as well")]
    FeedbackWithoutVectors,
    /// Words are to rank, and an earlier version wrote a segment of the collection, without words.
    #[error("the index {path} has no words to search")]
    NoWords {
        /// The collection's folder.
        path: PathBuf,
    },
    /// The words could not be searched.
    #[error("the words of the index could not be searched")]
    Words(#[from] semsearch_lexical::LexicalError),
    /// The encoder is of another model than the collection's vectors.
    #[error(transparent)]
    Model(#[from] Box<ModelMismatch>),
    /// The encoder's model has not embedded the collection, and its alignment with the active model finds too little.
    #[error("the index {path} answers with `{index}`, and `{query}` has not embedded all of it")]
    TooWeak {
        /// The collection's folder.
        path: PathBuf,
        /// The active model.
        index: String,
        /// The model of the query.
        query: String,
        /// What was measured.
        #[source]
        source: Box<AlignmentError>,
    },
    /// The query could not be encoded.
    #[error("the query could not be encoded")]
    Encode(#[from] EncodeError),
    /// The index refused the query.
    #[error("the index could not be searched")]
    Index(#[from] semsearch_index::SearchError),
    /// The collection could not be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The query could not be aligned with the vectors of another model.
    #[error(transparent)]
    Alignment(#[from] AlignmentError),
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl SearchError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SearchError::EmptyQuery
            | SearchError::NoWords { .. }
            | SearchError::NoPaper { .. }
            | SearchError::SeveralPapers { .. }
            | SearchError::SeveralOfKey { .. }
            | SearchError::LikedAndNot { .. }
            | SearchError::DemandsOfAny
            | SearchError::FeedbackWithoutVectors => ErrorKind::Usage,
            SearchError::Words(_) => ErrorKind::Damaged,
            SearchError::Model(_) | SearchError::TooWeak { .. } => ErrorKind::Model,
            SearchError::Encode(error) => error.kind(),
            SearchError::Index(error) => error.kind(),
            SearchError::Collection(error) => error.kind(),
            SearchError::Alignment(error) => error.kind(),
            SearchError::Document(error) => error.kind(),
        }
    }
}

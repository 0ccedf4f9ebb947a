//! Kinds of errors of crates below that have no `kind()` of their own yet.

use semsearch_corpus::ReadError;
use semsearch_index::{BuildError, OpenError, SaveError, SearchError};
use semsearch_store::{ChangeError, CollectionError, DocumentError};
use semsearch_task::ErrorKind;

pub(crate) trait Kind {
    fn kind(&self) -> ErrorKind;
}
impl Kind for ReadError {
    fn kind(&self) -> ErrorKind {
        match self {
            ReadError::Stopped => ErrorKind::Stopped,
            other if other.is_bad_input() => ErrorKind::Usage,
            _ => ErrorKind::Io,
        }
    }
}
impl Kind for BuildError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}
impl Kind for SaveError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }
}
impl Kind for SearchError {
    fn kind(&self) -> ErrorKind {
        match self {
            SearchError::Damaged(_) => ErrorKind::Damaged,
            _ => ErrorKind::Usage,
        }
    }
}
impl Kind for OpenError {
    fn kind(&self) -> ErrorKind {
        match self {
            OpenError::ModelMismatch { .. } => ErrorKind::Model,
            OpenError::Io { .. } => ErrorKind::Io,
            _ => ErrorKind::Damaged,
        }
    }
}
impl Kind for DocumentError {
    fn kind(&self) -> ErrorKind {
        match self {
            DocumentError::Io { .. } => ErrorKind::Io,
            _ => ErrorKind::Damaged,
        }
    }
}
impl Kind for CollectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            CollectionError::NotACollection { .. } => ErrorKind::Usage,
            CollectionError::Busy { .. } | CollectionError::Io { .. } => ErrorKind::Io,
            CollectionError::Missing { .. } => ErrorKind::Missing,
            CollectionError::Damaged { .. } | CollectionError::Schema { .. } | CollectionError::Document { .. } => {
                ErrorKind::Damaged
            }
            CollectionError::Incomplete { .. } => ErrorKind::Model,
            CollectionError::Index(error) => error.kind(),
            CollectionError::Documents(error) => error.kind(),
            _ => ErrorKind::Io,
        }
    }
}
impl Kind for ChangeError {
    fn kind(&self) -> ErrorKind {
        match self {
            ChangeError::Stopped => ErrorKind::Stopped,
            ChangeError::Vector { .. } | ChangeError::NoVectors { .. } => ErrorKind::Model,
            ChangeError::Collection(error) => error.kind(),
            ChangeError::Save(error) => error.kind(),
            ChangeError::Build(error) => error.kind(),
            _ => ErrorKind::Io,
        }
    }
}

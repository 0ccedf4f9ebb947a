//! Kinds of errors of crates below that have no `kind()` of their own yet.

use semsearch_index::{BuildError, OpenError, SaveError, SearchError};
use semsearch_task::ErrorKind;

pub(crate) trait Kind {
    fn kind(&self) -> ErrorKind;
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

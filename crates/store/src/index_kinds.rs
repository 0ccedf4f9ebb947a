//! What errors of an index are about, where the index is part of a collection.

use semsearch_index::{BuildError, OpenError, SaveError};
use semsearch_task::ErrorKind;

/// The collection names the index, so a missing one is damage.
pub(crate) fn of_open(error: &OpenError) -> ErrorKind {
    match error {
        OpenError::ModelMismatch { .. } => ErrorKind::Model,
        OpenError::Io { .. } => ErrorKind::Io,
        _ => ErrorKind::Damaged,
    }
}

pub(crate) fn of_save(error: &SaveError) -> ErrorKind {
    match error {
        SaveError::Damaged(_) => ErrorKind::Damaged,
        _ => ErrorKind::Io,
    }
}

pub(crate) fn of_build(error: &BuildError) -> ErrorKind {
    match error {
        BuildError::Params(_) => ErrorKind::Usage,
        BuildError::Damaged(_) => ErrorKind::Damaged,
        _ => ErrorKind::Io,
    }
}

//! Kinds of failures.

use semsearch_task::ErrorKind;

use crate::error::FailureKind;

impl From<ErrorKind> for FailureKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => FailureKind::Usage,
            ErrorKind::Missing => FailureKind::Missing,
            ErrorKind::Damaged => FailureKind::Damaged,
            ErrorKind::Model => FailureKind::Model,
            ErrorKind::Busy => FailureKind::Busy,
            ErrorKind::Stopped => FailureKind::Stopped,
            // Kinds that later versions of the libraries may add.
            _ => FailureKind::Io,
        }
    }
}

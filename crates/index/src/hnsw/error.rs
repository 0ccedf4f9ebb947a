//! Why a graph cannot be built.

use semsearch_task::{ErrorKind, Stopped};

use super::params::ParamsError;
use crate::file::Damage;

/// Why a graph could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A parameter is out of range.
    #[error("cannot build a graph with these parameters")]
    Params(#[from] ParamsError),
    /// The caller stopped the build.
    #[error("the build of the graph was stopped")]
    Stopped(#[from] Stopped),
    /// The rows lie in a file and are not as they were written.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

impl BuildError {
    /// What the error is about: the kind of the wrapped error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            BuildError::Params(error) => error.kind(),
            BuildError::Stopped(stopped) => stopped.kind(),
            BuildError::Damaged(damage) => damage.kind(),
        }
    }
}

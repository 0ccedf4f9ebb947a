//! Why a Parquet file cannot be read.

use std::fmt::Display;
use std::path::Path;

use parquet::errors::ParquetError;

use crate::error::{Mismatch, ReadError};

/// Why a Parquet file cannot be read.
pub(super) enum Fault {
    /// The operating system failed.
    Io(std::io::Error),
    /// The content is not what it should be.
    File(Mismatch),
}

impl From<Mismatch> for Fault {
    fn from(mismatch: Mismatch) -> Self {
        Fault::File(mismatch)
    }
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Self {
        let error = match error {
            ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
                // A failing disk says nothing about the file.
                Ok(cause) if cause.raw_os_error().is_some() => return Fault::Io(*cause),
                Ok(cause) => cause.to_string(),
                Err(cause) => cause.to_string(),
            },
            other => other.to_string(),
        };
        Fault::File(Mismatch::new("a whole Parquet file", format!("that it does not hold together: {error}")))
    }
}

impl Fault {
    pub(super) fn at(self, path: &Path) -> ReadError {
        match self {
            Fault::Io(source) => ReadError::reading(path, None, source),
            Fault::File(Mismatch { expected, found }) => ReadError::Parquet { path: path.to_owned(), expected, found },
        }
    }
}

/// The error for a page that does not hold what it says.
pub(super) fn damaged(what: impl Display) -> ParquetError {
    ParquetError::General(format!("a page is damaged: {what}"))
}

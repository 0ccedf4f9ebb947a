//! Why columns cannot be read.

use semsearch_task::ErrorKind;

/// Why bytes are not columns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnsError {
    /// The file is not a file of columns.
    #[error("expected columns, which begin with `SEMSFLD`, found `{}`", found.escape_default())]
    NotColumns {
        /// The first bytes.
        found: String,
    },
    /// The file has another version of the format.
    #[error("the columns have format version {found}, this program reads version 1")]
    Version {
        /// The version that the header names.
        found: u32,
    },
    /// A part is damaged.
    #[error("the columns of fields are damaged at `{part}`: {problem}")]
    Damaged {
        /// The header or a column.
        part: &'static str,
        /// What is wrong with the part.
        problem: String,
    },
}

impl ColumnsError {
    /// Always [`ErrorKind::Damaged`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ColumnsError::NotColumns { .. } | ColumnsError::Version { .. } | ColumnsError::Damaged { .. } => {
                ErrorKind::Damaged
            }
        }
    }
}

/// The error for a damaged part.
pub(super) fn damaged(part: &'static str, problem: impl Into<String>) -> ColumnsError {
    ColumnsError::Damaged { part, problem: problem.into() }
}

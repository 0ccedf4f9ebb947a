//! Why a lexical index cannot be read.

use semsearch_task::ErrorKind;

/// Why bytes are no lexical index, or several of them no collection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LexicalError {
    /// The file is no lexical index.
    #[error("expected an index of words, which begins with `SEMSLEX`, found `{}`", found.escape_default())]
    NotLexical {
        /// The first bytes.
        found: String,
    },
    /// The file has another version of the format.
    #[error("the index of words has format version {found}, this program reads version 1")]
    Version {
        /// The version that the header names.
        found: u32,
    },
    /// A part is damaged.
    #[error("the index of words is damaged at `{part}`: {problem}")]
    Damaged {
        /// The header or a section.
        part: &'static str,
        /// What is wrong with the part.
        problem: &'static str,
    },
    /// What is said of the segments of a collection fits no collection.
    #[error("{0}")]
    Segments(&'static str),
}

impl LexicalError {
    /// [`ErrorKind::Damaged`], or [`ErrorKind::Usage`] for segments that are no collection.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            LexicalError::NotLexical { .. } | LexicalError::Version { .. } | LexicalError::Damaged { .. } => {
                ErrorKind::Damaged
            }
            LexicalError::Segments(_) => ErrorKind::Usage,
        }
    }
}

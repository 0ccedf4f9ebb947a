//! Why a file of an evaluation cannot be read: where, what was expected, and what was found.

use std::io;
use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;

/// Why queries, judgements or a run could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The path does not exist.
    #[error("{}: no such file or folder", .path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },

    /// The operating system could not read the file.
    #[error("cannot read {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// The compressed data does not decompress.
    #[error("{}: the gzip data is damaged or cut short", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The error of the decompressor.
        #[source]
        source: io::Error,
    },

    /// The file holds nothing of what it is read for.
    #[error("{}: expected at least one {expected}, found none", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// `query`, `judgement` or `hit`.
        expected: &'static str,
    },

    /// A line is malformed, or contradicts an earlier one.
    #[error("{}, line {line}: expected {expected}, found {found}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },

    /// The folder lacks a file.
    #[error("{}: expected {expected} in the folder, found {found}", .path.display())]
    NotInFolder {
        /// The folder.
        path: PathBuf,
        /// The names that were tried.
        expected: String,
        /// What is there in their place.
        found: String,
    },

    /// Queries and judgements of a folder belong to different sets.
    #[error(
        "{}: expected the ids of judged queries, such as `{judged}`, found none of them among {queries} queries, such as \
         `{query}`",
        .path.display()
    )]
    Strangers {
        /// The file of the queries.
        path: PathBuf,
        /// The id of a judged query.
        judged: String,
        /// How many queries the file has.
        queries: usize,
        /// The id of one of them.
        query: String,
    },
}

impl ReadError {
    /// What the error is about: [`ErrorKind::Io`] where the operating system failed, and [`ErrorKind::Usage`] where other
    /// input mends it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ReadError::Io { .. } => ErrorKind::Io,
            ReadError::NotFound { .. }
            | ReadError::Damaged { .. }
            | ReadError::Empty { .. }
            | ReadError::Line { .. }
            | ReadError::NotInFolder { .. }
            | ReadError::Strangers { .. } => ErrorKind::Usage,
        }
    }

    pub(super) fn io(path: &Path, source: io::Error) -> ReadError {
        match source.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound { path: path.to_owned() },
            _ => ReadError::Io { path: path.to_owned(), source },
        }
    }
}

/// What was expected of a line and what was found, without the place.
#[derive(Debug, PartialEq)]
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) found: String,
}

impl Mismatch {
    pub(super) fn new(expected: impl Into<String>, found: impl Into<String>) -> Mismatch {
        Mismatch { expected: expected.into(), found: found.into() }
    }

    pub(super) fn at(self, path: &Path, line: u64) -> ReadError {
        ReadError::Line { path: path.to_owned(), line, expected: self.expected, found: self.found }
    }
}

/// The beginning of a text, short enough for a message, between quotes and with tabs made visible.
pub(super) fn snippet(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = text.trim().replace('\t', "⇥");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

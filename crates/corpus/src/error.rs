//! Why reading failed: in which file, at which line, what was expected and what was found.
//!
//! Every variant about an input names the file. [`ReadError::is_skippable`] says which errors concern one record only, so
//! that reading may go on behind it; all others end reading.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use semsearch_task::{ErrorKind, Stopped};

use crate::format::Format;
use crate::paths::shown;

/// Why documents, queries or judgements could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The path does not exist.
    #[error("{}: no such file or folder", shown(.path))]
    NotFound {
        /// The path.
        path: PathBuf,
    },

    /// The operating system could not read the file.
    #[error("cannot read {}", shown(.path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// Documents could not be spooled while the rest is read.
    #[error("cannot keep documents in {} while reading", .folder.display())]
    Scratch {
        /// The folder of the spool.
        folder: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// The existing documents of the collection that is added to could not be read.
    #[error(transparent)]
    Existing(ExistingError),

    /// There are more documents than one run can number.
    #[error("expected at most {most} documents in one run, found more")]
    TooMany {
        /// The most documents of one run.
        most: usize,
    },

    /// Reading was stopped through [`Progress::is_stopped`](semsearch_task::Progress::is_stopped).
    #[error("stopped while reading")]
    Stopped,

    /// The compressed data does not decompress.
    #[error("{}: the {compression} data is damaged or cut short", shown(.path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// `gzip`, `zstd`, `bzip2` or `xz`.
        compression: &'static str,
        /// The error of the decompressor.
        #[source]
        source: io::Error,
    },

    /// The file holds no record.
    #[error("{}: expected at least one {expected}, found none", shown(.path))]
    Empty {
        /// The file.
        path: PathBuf,
        /// `record`, `query` or `judgement`.
        expected: &'static str,
    },

    /// No record of the file has a title or an abstract, so it is most likely a file of something else.
    #[error("{}: expected records with a title or an abstract, found {records} without, the first with {found}", shown(.path))]
    NoText {
        /// The file.
        path: PathBuf,
        /// The number of records.
        records: u64,
        /// The fields of the first one.
        found: String,
    },

    /// Every record of every input was malformed and skipped.
    #[error("expected at least one good record, found {skipped} malformed ones and no other")]
    NothingLeft {
        /// The number of skipped records.
        skipped: u64,
    },

    /// The file holds one JSON list instead of one object per line.
    #[error("{}: expected one JSON object per line, found a JSON list", shown(.path))]
    JsonArray {
        /// The file.
        path: PathBuf,
    },

    /// The content is in a format that no reader reads.
    #[error("{}: expected papers in a format that is read, found {found}", shown(.path))]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// A description of the content.
        found: String,
    },

    /// The content is in a format whose reader is not part of this build.
    #[error("{}: found {format}, which this build cannot read: it has no feature `{feature}`", shown(.path))]
    NotBuilt {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        format: Format,
        /// The feature of this crate that adds the reader.
        feature: &'static str,
    },

    /// The folder lacks the file that is looked for in it.
    #[error("{}: expected a BEIR folder holding {expected}, found no such file in it", shown(.path))]
    NotInFolder {
        /// The folder.
        path: PathBuf,
        /// The names that were tried.
        expected: String,
    },

    /// The folder holds no file that can be read.
    #[error(
        "{}: expected files of papers in the folder or below it, a BEIR folder holding corpus.jsonl (or .gz, .zst), or Markdown \
         or text files (.md, .markdown, .txt), found none of them",
        shown(.path)
    )]
    NothingInFolder {
        /// The folder.
        path: PathBuf,
    },

    /// The Parquet file is damaged, or written in a way that is not supported.
    #[error("{}: expected {expected}, found {found}", shown(.path))]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },

    /// A row of a file without lines is malformed.
    #[error("{}, row {row}: expected {expected}, found {found}", shown(.path))]
    Row {
        /// The file.
        path: PathBuf,
        /// The row, counted from 1.
        row: u64,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },

    /// A record, a query or a judgement is malformed.
    #[error("{}, line {line}: expected {expected}, found {found}", shown(.path))]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },

    /// The content is malformed in a way that hides all records behind it.
    #[error("{}, line {line}: expected {expected}, found {found}; nothing behind that line can be read", shown(.path))]
    Lost {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
}

impl ReadError {
    /// An error of the collection that is added to.
    pub fn existing(kind: ErrorKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> ReadError {
        ReadError::Existing(ExistingError { kind, error: error.into() })
    }

    /// What the error is about: [`ErrorKind::Usage`] if other input helps, [`ErrorKind::Io`] if the operating system
    /// failed, the kind of the collection's error if the collection failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ReadError::Io { .. } | ReadError::Scratch { .. } => ErrorKind::Io,
            ReadError::Existing(error) => error.kind(),
            ReadError::Stopped => ErrorKind::Stopped,
            ReadError::NotFound { .. }
            | ReadError::TooMany { .. }
            | ReadError::Damaged { .. }
            | ReadError::Empty { .. }
            | ReadError::NothingLeft { .. }
            | ReadError::NoText { .. }
            | ReadError::JsonArray { .. }
            | ReadError::UnknownFormat { .. }
            | ReadError::NotBuilt { .. }
            | ReadError::NotInFolder { .. }
            | ReadError::NothingInFolder { .. }
            | ReadError::Parquet { .. }
            | ReadError::Row { .. }
            | ReadError::Record { .. }
            | ReadError::Lost { .. } => ErrorKind::Usage,
        }
    }

    /// Whether the error concerns one record only, so that reading can go on behind it.
    #[must_use]
    pub fn is_skippable(&self) -> bool {
        matches!(self, ReadError::Record { .. } | ReadError::Row { .. })
    }

    /// What was found, if the error only says that a file holds no papers, or none that this build can read.
    pub(crate) fn without_path(&self) -> Option<String> {
        match self {
            ReadError::UnknownFormat { found, .. } | ReadError::Parquet { found, .. } => Some(found.clone()),
            ReadError::Empty { .. } => Some("an empty file".to_owned()),
            ReadError::NotBuilt { format, feature, .. } => {
                Some(format!("{format}, which this build cannot read: it has no feature `{feature}`"))
            }
            _ => None,
        }
    }

    pub(crate) fn opening(path: &Path, source: io::Error) -> ReadError {
        match source.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound { path: path.to_owned() },
            _ => ReadError::Io { path: path.to_owned(), source },
        }
    }

    /// A failed read: [`ReadError::Damaged`] if the data is compressed and no error of the operating system is in the
    /// chain of causes.
    pub(crate) fn reading(path: &Path, compression: Option<&'static str>, source: io::Error) -> ReadError {
        let path = path.to_owned();
        match compression {
            Some(compression) if !comes_from_the_system(&source) => ReadError::Damaged { path, compression, source },
            _ => ReadError::Io { path, source },
        }
    }
}

/// An error of the collection that is added to, which this crate knows nothing about but its kind.
#[derive(Debug)]
pub struct ExistingError {
    kind: ErrorKind,
    error: Box<dyn Error + Send + Sync>,
}

impl ExistingError {
    /// The kind of the collection's error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The collection's error.
    #[must_use]
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        self.error.as_ref()
    }
}

impl fmt::Display for ExistingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(out)
    }
}

impl Error for ExistingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl From<Stopped> for ReadError {
    fn from(_: Stopped) -> Self {
        ReadError::Stopped
    }
}

fn comes_from_the_system(error: &io::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<io::Error>() {
            Some(io) if io.raw_os_error().is_some() => return true,
            // `source` of a wrapping `io::Error` skips the wrapped error, which may hold the cause.
            Some(io) if io.get_ref().is_some() => cause = io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            _ => cause = error.source(),
        }
    }
    false
}

/// What was expected and what was found, without the place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mismatch {
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Mismatch {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Mismatch {
        Mismatch { expected: expected.into(), found: found.into() }
    }

    pub(crate) fn at(self, path: &Path, line: u64) -> ReadError {
        ReadError::Record { path: path.to_owned(), line, expected: self.expected, found: self.found }
    }

    /// The error after which no record of the file can be found.
    pub(crate) fn up_to_the_end(self, path: &Path, line: u64) -> ReadError {
        ReadError::Lost { path: path.to_owned(), line, expected: self.expected, found: self.found }
    }
}

/// The beginning of a text, short enough for a message, between quotes.
pub(crate) fn snippet(text: &str) -> String {
    format!("`{}`", shortened(text.trim()))
}

/// The beginning of a text, short enough for a message.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_record_says_where_and_what() {
        let error = Mismatch::new("a title", "a number").at(Path::new("papers.jsonl"), 7);
        assert_eq!(error.to_string(), "papers.jsonl, line 7: expected a title, found a number");
        assert!(error.is_skippable() && error.kind() == ErrorKind::Usage);
    }

    #[test]
    fn standard_input_is_named_in_words() {
        let error = ReadError::Empty { path: "-".into(), expected: "record" };
        assert_eq!(error.to_string(), "standard input: expected at least one record, found none");
    }

    #[test]
    fn a_failing_disk_under_a_decompressor_is_not_damaged_data() {
        let from_the_disk = || io::Error::from_raw_os_error(5);
        let wrapped = io::Error::other(io::Error::other(from_the_disk()));
        assert_eq!(ReadError::reading(Path::new("a.zst"), Some("zstd"), wrapped).kind(), ErrorKind::Io);
        let damaged = io::Error::new(io::ErrorKind::InvalidData, "bad block");
        assert_eq!(ReadError::reading(Path::new("a.zst"), Some("zstd"), damaged).kind(), ErrorKind::Usage);
    }

    #[test]
    fn an_error_of_the_collection_keeps_its_kind_and_its_words() {
        let error = ReadError::existing(ErrorKind::Damaged, "segment 3 is damaged");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Damaged, "segment 3 is damaged"));
        assert_eq!(ReadError::from(Stopped).kind(), ErrorKind::Stopped);
    }

    #[test]
    fn long_text_is_shown_by_its_beginning() {
        assert_eq!(snippet(" short "), "`short`");
        assert_eq!(snippet(&"é".repeat(100)), format!("`{}…`", "é".repeat(60)));
    }
}

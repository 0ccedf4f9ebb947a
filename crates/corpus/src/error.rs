//! Why reading failed, said so that a user can mend it.
//!
//! Every variant names the file. A [`ReadError::Record`] or [`ReadError::Row`] is the one kind of failure that reading
//! can step over (`--skip-bad`); all others end it.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use crate::paths::shown;

/// Why documents, queries or judgements could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing under this path.
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
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// Documents could not be put aside while the rest is read.
    #[error("cannot keep documents in {} while reading; check that the disk is not full", .folder.display())]
    Scratch {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The collection that is added to could not be asked for its documents.
    #[error(transparent)]
    Known(Box<dyn Error + Send + Sync>),

    /// More documents than can be told apart.
    #[error("expected at most {most} documents, found more; embed them in several runs")]
    TooMany {
        /// How many there may be.
        most: usize,
    },

    /// Whoever watches asked to stop.
    #[error("stopped while reading")]
    Stopped,

    /// Compressed data that does not decompress.
    #[error("{}: the {compression} data is damaged or cut short; fetch the file again", shown(.path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// `gzip` or `zstd`.
        compression: &'static str,
        /// What the decompressor said.
        #[source]
        source: io::Error,
    },

    /// A file without a single record.
    #[error("{}: expected at least one {expected}, found none", shown(.path))]
    Empty {
        /// The file.
        path: PathBuf,
        /// What there should have been: `record`, `query` or `judgement`.
        expected: &'static str,
    },

    /// Every record was malformed and skipped, so there is nothing to go on with.
    #[error("expected at least one good record, found {skipped} malformed ones and no other")]
    NothingLeft {
        /// How many were skipped.
        skipped: u64,
    },

    /// One JSON list instead of one object per line.
    #[error(
        "{0}: expected one JSON object per line, found a JSON list; convert it with \
         `jq -c '.[]' {0} > records.jsonl`",
        shown(.path)
    )]
    JsonArray {
        /// The file.
        path: PathBuf,
    },

    /// Content that no reader knows.
    #[error(
        "{}: expected JSON (arXiv, Semantic Scholar, OpenAlex, CSL-JSON or our own field names), XML (OAI-PMH, ACL Anthology, \
         PubMed), BibTeX, CSV, Parquet or a captured Daily Papers page, or a folder of such text, found {found}",
        shown(.path)
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// What the content looks like.
        found: String,
    },

    /// A folder without the one file that is looked for in it.
    #[error(
        "{}: expected a BEIR folder holding {expected}, found no such file in it; name the files instead",
        shown(.path)
    )]
    NotInFolder {
        /// The folder.
        path: PathBuf,
        /// The names that were tried.
        expected: String,
    },

    /// A folder in which there is nothing to read.
    #[error(
        "{}: expected a BEIR folder holding corpus.jsonl (or .gz, .zst), or Markdown or text files (.md, .markdown, \
         .txt) in it or below, found neither; name the files instead",
        shown(.path)
    )]
    NothingInFolder {
        /// The folder.
        path: PathBuf,
    },

    /// A format that is read from its end, from where there is no going back and forth.
    #[error("{}: expected {expected}, found {found}", shown(.path))]
    NotSeekable {
        /// The file.
        path: PathBuf,
        /// What would have been right.
        expected: &'static str,
        /// What is there, and what to do.
        found: &'static str,
    },

    /// A Parquet file that does not hold together, or that is written in a way that is not read.
    #[error("{}: expected {expected}, found {found}", shown(.path))]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },

    /// A malformed row of a file that has no lines.
    #[error(
        "{}, row {row}: expected {expected}, found {found}; correct the record, or leave such records out with \
         --skip-bad",
        shown(.path)
    )]
    Row {
        /// The file.
        path: PathBuf,
        /// The row, counted from 1.
        row: u64,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },

    /// A malformed record.
    #[error(
        "{}, line {line}: expected {expected}, found {found}; correct the record, or leave such records \
         out with --skip-bad",
        shown(.path)
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },

    /// Content behind which no record can be found any more.
    #[error(
        "{}, line {line}: expected {expected}, found {found}; nothing behind that line can be read, correct the file",
        shown(.path)
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },

    /// A malformed line of a file in which every line counts, such as judgements.
    #[error("{}, line {line}: expected {expected}, found {found}; correct the line", shown(.path))]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },
}

impl ReadError {
    /// Whether the user can mend this by giving other input, as opposed to a failing disk or a missing
    /// permission.
    pub fn is_bad_input(&self) -> bool {
        !matches!(self, ReadError::Io { .. } | ReadError::Scratch { .. } | ReadError::Known(_) | ReadError::Stopped)
    }

    /// Whether reading can go on behind it.
    pub fn is_skippable(&self) -> bool {
        matches!(self, ReadError::Record { .. } | ReadError::Row { .. })
    }

    pub(crate) fn opening(path: &Path, source: io::Error) -> ReadError {
        match source.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound { path: path.to_owned() },
            _ => ReadError::Io { path: path.to_owned(), source },
        }
    }

    /// A failed read is the decompressor's complaint unless the operating system speaks somewhere in the
    /// chain.
    pub(crate) fn reading(path: &Path, compression: Option<&'static str>, source: io::Error) -> ReadError {
        let path = path.to_owned();
        match compression {
            Some(compression) if !comes_from_the_system(&source) => ReadError::Damaged { path, compression, source },
            _ => ReadError::Io { path, source },
        }
    }

    /// The same complaint where there is no leaving a line out.
    pub(crate) fn for_line(self) -> ReadError {
        match self {
            ReadError::Record { path, line, expected, found } => ReadError::Line { path, line, expected, found },
            other => other,
        }
    }
}

fn comes_from_the_system(error: &io::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<io::Error>() {
            Some(io) if io.raw_os_error().is_some() => return true,
            // `source` of a wrapping `io::Error` skips the error it wraps, which is what may hold the cause.
            Some(io) if io.get_ref().is_some() => cause = io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            _ => cause = error.source(),
        }
    }
    false
}

/// What was expected and what was found, before the place is known.
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

    /// The complaint about what hides everything behind it.
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
    fn a_malformed_record_says_where_what_and_what_to_do() {
        let error = Mismatch::new("a title", "a number").at(Path::new("papers.jsonl"), 7);
        assert_eq!(
            error.to_string(),
            "papers.jsonl, line 7: expected a title, found a number; correct the record, or leave such \
             records out with --skip-bad"
        );
        assert!(error.is_skippable() && error.is_bad_input());
        assert!(!error.for_line().to_string().contains("--skip-bad"));
    }

    #[test]
    fn standard_input_is_named_in_words() {
        let error = ReadError::Empty { path: "-".into(), expected: "record" };
        assert_eq!(error.to_string(), "standard input: expected at least one record, found none");
    }

    #[test]
    fn a_failing_disk_under_a_decompressor_is_no_bad_input() {
        let from_the_disk = || io::Error::from_raw_os_error(5);
        let wrapped = io::Error::other(io::Error::other(from_the_disk()));
        assert!(!ReadError::reading(Path::new("a.zst"), Some("zstd"), wrapped).is_bad_input());
        let damaged = io::Error::new(io::ErrorKind::InvalidData, "bad block");
        assert!(ReadError::reading(Path::new("a.zst"), Some("zstd"), damaged).is_bad_input());
    }

    #[test]
    fn long_text_is_shown_by_its_beginning() {
        assert_eq!(snippet(" short "), "`short`");
        assert_eq!(snippet(&"é".repeat(100)), format!("`{}…`", "é".repeat(60)));
    }
}

//! Why documents cannot be read.

use std::io;
use std::path::PathBuf;

/// Why a document could not be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The file does not hold what was written.
    #[error("{path}: document {row} is damaged: {problem}; run `semsearch repair`")]
    Damaged {
        /// The documents file.
        path: PathBuf,
        /// Which document, counted from 0.
        row: u32,
        /// What is wrong with it.
        problem: String,
    },
    /// A part of the file that all documents need does not hold what was written.
    #[error("{path} is damaged: {problem}; run `semsearch repair`")]
    DamagedFile {
        /// The documents file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The file was written by another version of the program, in another form.
    #[error(
        "{path} has version {found} of the form for documents, this program reads version {expected}; read it with the \
         program that wrote it, or build the index again with `semsearch embed`"
    )]
    Version {
        /// The documents file.
        path: PathBuf,
        /// The version it names.
        found: u32,
        /// The version this program reads.
        expected: u32,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

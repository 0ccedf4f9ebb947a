//! Why an index cannot be opened or saved.

use std::io;
use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;

use crate::file::page::{PageFault, VERSION};
use crate::file::{Damage, Fault, PAGE, SectionKind};
use crate::limits::MAX_FINGERPRINT;
use crate::vectors::{Vectors, VectorsError};

/// Why an index could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The index file does not exist.
    #[error("there is no {path}")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is not an index file")]
    NotAnIndex {
        /// The file.
        path: PathBuf,
    },
    /// The file was written in another version of the format.
    #[error("{path} has format version {found}, expected {expected}")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version this program reads.
        expected: u32,
        /// The version the file has.
        found: u32,
    },
    /// The file, or this machine, has the other byte order, or this machine is not a 64-bit one.
    #[error("{path} does not fit this machine: an index is little-endian and read on 64-bit machines")]
    Machine {
        /// The file.
        path: PathBuf,
    },
    /// The file ends too early.
    #[error("{path}: section `{section}` ends at byte {end}, the file has {len}")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The section that is cut off.
        section: SectionKind,
        /// Where that section should end.
        end: u64,
        /// Where the file ends.
        len: u64,
    },
    /// The file is longer than its sections.
    #[error("{path} should end at byte {end}, but has {len}")]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// Where it should end.
        end: u64,
        /// Where it ends.
        len: u64,
    },
    /// The file is not as it was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The numbers of the file contradict each other although its checksum holds.
    #[error("{path} is damaged at byte {offset}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong there.
        problem: &'static str,
    },
    /// The rows were made by another model than queries are.
    #[error("{path}: built with model `{found}`, queries are encoded with `{expected}`")]
    ModelMismatch {
        /// The file.
        path: PathBuf,
        /// The model that encodes queries.
        expected: String,
        /// The model that made the rows.
        found: String,
    },
    /// The index was saved without a graph.
    #[error("{path} holds no graph")]
    NoGraph {
        /// The file.
        path: PathBuf,
    },
    /// The operating system failed; the index itself may be fine.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        source: io::Error,
    },
}

impl OpenError {
    /// What the error is about. A file of another version, or without the graph that was asked for, counts as damaged: it
    /// has to be built again.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            OpenError::Missing { .. } => ErrorKind::Missing,
            OpenError::ModelMismatch { .. } => ErrorKind::Model,
            OpenError::Io { .. } => ErrorKind::Io,
            OpenError::Damaged(damage) => damage.kind(),
            OpenError::NotAnIndex { .. }
            | OpenError::Version { .. }
            | OpenError::Machine { .. }
            | OpenError::Truncated { .. }
            | OpenError::TrailingBytes { .. }
            | OpenError::Malformed { .. }
            | OpenError::NoGraph { .. } => ErrorKind::Damaged,
        }
    }

    /// The error for a page that is not the first page of an index.
    pub(super) fn of_page(path: &Path, fault: PageFault) -> Self {
        let path = path.to_owned();
        match fault {
            PageFault::Magic => OpenError::NotAnIndex { path },
            PageFault::ByteOrder => OpenError::Machine { path },
            PageFault::Version(found) => OpenError::Version { path, expected: VERSION, found },
            PageFault::Checksum { expected, found } => {
                let fault = Fault::Checksum { expected, found };
                OpenError::Damaged(Damage { path, section: SectionKind::Header, range: 0..PAGE as u64, fault })
            }
            PageFault::Field(field) => {
                OpenError::Malformed { path, offset: field.offset as u64, problem: field.problem }
            }
        }
    }
}

/// Why an index could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The file is little-endian with lengths of eight bytes, and this machine is not.
    #[error("an index can only be written on a 64-bit little-endian machine")]
    Machine,
    /// The folder has such a file already; the file of an index is never changed in place.
    #[error("{path} exists already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The graph was built over other rows.
    #[error("the graph links {graph_rows} rows that are not the {rows} rows being saved")]
    OtherRows {
        /// How many rows the graph links.
        graph_rows: usize,
        /// How many rows were to be saved.
        rows: usize,
    },
    /// A row cannot be searched.
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    /// Rows are empty, or wider than an index takes.
    #[error("rows of {dim} numbers do not fit an index, which takes 1 to {}", Vectors::MAX_DIM)]
    Width {
        /// How wide.
        dim: usize,
    },
    /// A row has another width than the rows of its file.
    #[error("a row of {found} numbers in a file of rows of {expected}")]
    RowWidth {
        /// How wide the rows of the file are.
        expected: usize,
        /// How wide the row is.
        found: usize,
    },
    /// More or fewer rows were written than the file was created for.
    #[error("expected {expected} rows, found {found}")]
    RowCount {
        /// How many rows the file was created for.
        expected: u64,
        /// How many there are, or would be with the row that was refused.
        found: u64,
    },
    /// The identity of the model is longer than an index takes.
    #[error("a fingerprint of {len} bytes does not fit an index, which takes {MAX_FINGERPRINT}")]
    Fingerprint {
        /// How long.
        len: usize,
    },
    /// The rows or the graph to be saved lie in a file and are not as they were written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The operating system failed.
    #[error("cannot write {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was wrong.
        source: io::Error,
    },
}

impl SaveError {
    /// What the error is about: rows that no index takes are the caller's, a file that exists is in the way of the
    /// operating system.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SaveError::Vectors(error) => error.kind(),
            SaveError::Damaged(damage) => damage.kind(),
            SaveError::OtherRows { .. }
            | SaveError::Width { .. }
            | SaveError::RowWidth { .. }
            | SaveError::RowCount { .. }
            | SaveError::Fingerprint { .. } => ErrorKind::Usage,
            SaveError::Machine | SaveError::Exists { .. } | SaveError::Io { .. } => ErrorKind::Io,
        }
    }
}

/// Names the path in an error of the operating system.
pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, SaveError> {
    result.map_err(|source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => SaveError::Exists { path },
            _ => SaveError::Io { path, source },
        }
    })
}

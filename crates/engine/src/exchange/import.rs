//! Importing documents with vectors that were made elsewhere.
//!
//! The file is read twice: once to check every row before anything is written, and once to copy the rows. Nothing is
//! encoded, so the collection records no tokens for these documents.

use std::path::{Path, PathBuf};

use semsearch_store::{Addition, ChangeError, CollectionError, Manifest, ModelRecord, StagedVectors, io_error};
use semsearch_task::{ErrorKind, Progress};
use semsearch_vector::{norm, normalise};

use super::vector_file::VectorFileError;
use super::vector_source::VectorSource;
use crate::ingest::{Intake, Tally};

/// The largest difference between the length of a row and 1.
const TOLERANCE: f32 = 1e-2;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file has more or fewer rows than there are documents.
    #[error("{path} has {rows} rows for {documents} papers")]
    Rows {
        /// The file of vectors.
        path: PathBuf,
        /// Rows of the file.
        rows: u64,
        /// Documents that were read.
        documents: u64,
    },
    /// The vectors are not of the model's dimension.
    #[error("{path} has rows of {found} numbers, those of model `{model}` have {expected}")]
    Dimension {
        /// The file of vectors.
        path: PathBuf,
        /// The model.
        model: String,
        /// Numbers in its vectors.
        expected: usize,
        /// Numbers in a row of the file.
        found: usize,
    },
    /// The collection has vectors of another model.
    #[error("the index holds vectors of the model with fingerprint {expected}, the imported ones have {found}")]
    OtherModel {
        /// The fingerprint of the collection.
        expected: String,
        /// The fingerprint of the vectors.
        found: String,
    },
    /// A row has a number that is not finite.
    #[error("{path}: row {row} holds a number that is not finite")]
    NotFinite {
        /// The file of vectors.
        path: PathBuf,
        /// The number of the row, counted from 0.
        row: u64,
    },
    /// A row is not of length 1.
    #[error("{path}: row {row} has length {length}, expected 1")]
    NotNormalised {
        /// The file of vectors.
        path: PathBuf,
        /// The number of the row, counted from 0.
        row: u64,
        /// The length found.
        length: f32,
    },
    /// The file of vectors cannot be used.
    #[error(transparent)]
    File(#[from] VectorFileError),
    /// The collection could not be changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl ImportError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ImportError::Rows { .. }
            | ImportError::Dimension { .. }
            | ImportError::NotFinite { .. }
            | ImportError::NotNormalised { .. } => ErrorKind::Usage,
            ImportError::OtherModel { .. } => ErrorKind::Model,
            ImportError::File(error) => error.kind(),
            ImportError::Change(error) => error.kind(),
        }
    }
}

/// How vectors are imported.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ImportOptions {
    /// Whether rows of another length than 1 are scaled to length 1; otherwise they are refused.
    pub normalise: bool,
}

impl ImportOptions {
    /// Sets whether rows are scaled to length 1.
    #[must_use]
    pub fn with_normalise(mut self, normalise: bool) -> Self {
        self.normalise = normalise;
        self
    }
}

/// What was imported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// Documents that were not in the collection before.
    pub added: u64,
    /// Documents that were in the collection in another form.
    pub changed: u64,
    /// Documents that were in the collection as they are.
    pub unchanged: u64,
    /// Rows that were scaled to length 1.
    pub normalised: u64,
    /// The collection after the import.
    pub manifest: Manifest,
}

/// Adds documents that were read to their collection, with the vectors in `path`: one row a document, in the same
/// order, made by `model`.
///
/// # Errors
/// [`ImportError`]; the collection is then what it was.
pub fn import(
    intake: Intake,
    path: &Path,
    model: &ModelRecord,
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let Intake { change, staged, numbers, arrivals, replaces_all, tally, report, .. } = intake;
    let file = VectorSource::open(path)?;
    if file.rows() != arrivals {
        return Err(ImportError::Rows { path: path.to_owned(), rows: file.rows(), documents: arrivals });
    }
    if file.dim() != model.dimension() {
        let (expected, found) = (model.dimension(), file.dim());
        let model = model.name().to_owned();
        return Err(ImportError::Dimension { path: path.to_owned(), model, expected, found });
    }
    let before = change.collection().filter(|_| !replaces_all).map(|collection| collection.manifest().clone());
    let base = match before {
        Some(before) if before.active != model.fingerprint => {
            return Err(ImportError::OtherModel { expected: before.active, found: model.fingerprint.clone() });
        }
        Some(before) => before,
        None => Manifest::empty(model.clone(), Default::default()),
    };
    let normalised = check(file, options.normalise)?;
    let Tally { added, changed, unchanged, .. } = tally;
    if staged.is_empty() && !replaces_all {
        return Ok(Imported { added, changed, unchanged, normalised, manifest: base });
    }
    let mut manifest = base.next(format!("{added} imported, {changed} changed"));
    manifest.intake = base.intake.plus(&report);
    let mut change = change;
    if replaces_all {
        change.remove_all();
    }
    let file = VectorSource::open(path)?;
    let (normalise, fingerprint) = (options.normalise, &*model.fingerprint);
    let mut vectors = FileRows { file, numbers: &numbers, next: 0, normalise, fingerprint };
    let addition = Addition::new(&staged, &mut vectors);
    let manifest = change.commit(manifest, Some(addition), false, progress)?;
    Ok(Imported { added, changed, unchanged, normalised, manifest })
}

/// Checks every row, and returns how many have another length than 1.
fn check(mut file: VectorSource, normalise: bool) -> Result<u64, ImportError> {
    let mut row = vec![0.0; file.dim()];
    let mut odd = 0;
    for number in 0..file.rows() {
        file.read(&mut row)?;
        let path = || file.path().to_owned();
        let length = norm(&row);
        if row.iter().any(|number| !number.is_finite()) || !length.is_finite() {
            return Err(ImportError::NotFinite { path: path(), row: number });
        }
        // An empty text becomes a row of zeros.
        if length != 0.0 && (length - 1.0).abs() > TOLERANCE {
            if !normalise {
                return Err(ImportError::NotNormalised { path: path(), row: number, length });
            }
            odd += 1;
        }
    }
    Ok(odd)
}

/// The rows of staged documents, which are read in their order.
struct FileRows<'a> {
    file: VectorSource,
    /// The row of each staged document.
    numbers: &'a [u32],
    /// The row that is read next.
    next: u32,
    normalise: bool,
    fingerprint: &'a str,
}

impl StagedVectors for FileRows<'_> {
    fn read(&mut self, number: usize, vector: &mut [f32]) -> Result<(u32, bool), CollectionError> {
        while self.next <= self.numbers[number] {
            let read = self.file.read(vector);
            read.map_err(|error| io_error("read", self.file.path(), std::io::Error::other(error)))?;
            self.next += 1;
        }
        if self.normalise && (norm(vector) - 1.0).abs() > TOLERANCE {
            normalise(vector);
        }
        Ok((0, false))
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint
    }

    fn seconds(&self) -> f64 {
        0.0
    }
}

//! Documents with vectors that were made elsewhere, into a collection.
//!
//! The file is read twice: once to make sure that every row can be searched, before anything is written, and once to take
//! the rows over. Nothing is encoded here, so the collection knows of no tokens of these documents.

use std::path::{Path, PathBuf};

use semsearch_store::{Addition, ChangeError, CollectionError, IntakeTotals, Manifest, ModelRecord, StagedVectors};
use semsearch_task::Progress;
use semsearch_vector::{norm, normalise};

use super::vector_file::{VectorFile, VectorFileError};
use crate::ingest::Intake;

/// How far from 1 the length of a row may be.
const TOLERANCE: f32 = 1e-2;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Documents and vectors are not as many.
    #[error("{path} has {rows} rows for {documents} papers; give as many, in the same order")]
    Rows {
        /// The file of vectors.
        path: PathBuf,
        /// Its rows.
        rows: u64,
        /// The documents.
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
    #[error(
        "the index holds vectors of the model with fingerprint {expected}, these have {found}: they cannot be compared; \
         import them into an index of their own"
    )]
    OtherModel {
        /// The fingerprint of the collection.
        expected: String,
        /// The fingerprint of the vectors.
        found: String,
    },
    /// A row has a number that is none.
    #[error("{path}: row {row} holds a number that is not finite")]
    NotFinite {
        /// The file of vectors.
        path: PathBuf,
        /// Which row, counted from 0.
        row: u64,
    },
    /// A row is not of length 1.
    #[error("{path}: row {row} has length {length}, expected 1; --normalise makes it so")]
    NotNormalised {
        /// The file of vectors.
        path: PathBuf,
        /// Which row, counted from 0.
        row: u64,
        /// How long it is.
        length: f32,
    },
    /// The file of vectors cannot be used.
    #[error(transparent)]
    File(#[from] VectorFileError),
    /// The collection could not be changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// What was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Documents that were not there before.
    pub added: u64,
    /// Documents that were there in another form.
    pub changed: u64,
    /// Documents that were there as they are.
    pub unchanged: u64,
    /// Rows whose length was made 1.
    pub normalised: u64,
    /// The collection as it is now.
    pub manifest: Manifest,
}

/// Adds documents that were read to their collection, with the vectors in `path`, a row for each in the same order, made by
/// `model`. Rows of another length than 1 are refused unless `normalise_rows`.
///
/// # Errors
/// [`ImportError`]; the collection is then what it was.
pub fn import(
    intake: Intake,
    path: &Path,
    model: &ModelRecord,
    normalise_rows: bool,
    watch: &dyn Progress,
) -> Result<Imported, ImportError> {
    let Intake { change, staged, numbers, arrivals, replaces_all, changed, unchanged, report, .. } = intake;
    let file = VectorFile::open(path)?;
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
    let normalised = check(file, normalise_rows)?;
    let added = staged.len() as u64 - changed;
    if staged.len() == 0 && !replaces_all {
        return Ok(Imported { added, changed, unchanged, normalised, manifest: base });
    }
    let mut manifest = base.next(format!("{added} imported, {changed} changed"));
    manifest.intake = IntakeTotals {
        records: base.intake.records + report.records,
        merged: base.intake.merged + report.merged,
        skipped: base.intake.skipped + report.skipped,
    };
    let mut change = change;
    if replaces_all {
        change.remove_all();
    }
    let file = VectorFile::open(path)?;
    let mut vectors = Rows { file, numbers: &numbers, next: 0, normalise_rows, fingerprint: &model.fingerprint };
    let addition = Addition { documents: &staged, vectors: &mut vectors };
    let manifest = change.commit(manifest, Some(addition), false, watch)?;
    Ok(Imported { added, changed, unchanged, normalised, manifest })
}

/// Makes sure of every row; tells how many are not of length 1.
fn check(mut file: VectorFile, normalise_rows: bool) -> Result<u64, ImportError> {
    let mut row = vec![0.0; file.dim()];
    let mut odd = 0;
    for number in 0..file.rows() {
        file.read(&mut row)?;
        let path = || file.path().to_owned();
        let length = norm(&row);
        if row.iter().any(|number| !number.is_finite()) || !length.is_finite() {
            return Err(ImportError::NotFinite { path: path(), row: number });
        }
        // A row of zeros is what an empty text becomes.
        if length != 0.0 && (length - 1.0).abs() > TOLERANCE {
            if !normalise_rows {
                return Err(ImportError::NotNormalised { path: path(), row: number, length });
            }
            odd += 1;
        }
    }
    Ok(odd)
}

/// The rows of staged documents, which come in their order.
struct Rows<'a> {
    file: VectorFile,
    /// Which row each staged document has.
    numbers: &'a [u32],
    /// The row that is read next.
    next: u32,
    normalise_rows: bool,
    fingerprint: &'a str,
}

impl StagedVectors for Rows<'_> {
    fn read(&mut self, number: usize, vector: &mut [f32]) -> Result<(u32, bool), CollectionError> {
        while self.next <= self.numbers[number] {
            self.file.read(vector).map_err(|error| CollectionError::Io {
                action: "read",
                path: self.file.path().to_owned(),
                source: std::io::Error::other(error),
            })?;
            self.next += 1;
        }
        if self.normalise_rows && (norm(vector) - 1.0).abs() > TOLERANCE {
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

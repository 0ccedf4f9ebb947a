//! Vectors that come row after row, from a vector file or from a column of a Parquet table.

use std::path::Path;

#[cfg(feature = "parquet")]
use semsearch_corpus::ParquetVectors;

use super::export::ExportRecord;
#[cfg(feature = "parquet")]
use super::parquet_file::RECORD;
use super::vector_file::{VectorFile, VectorFileError};

/// Vectors that come row after row.
#[derive(Debug)]
pub(super) enum VectorSource {
    /// `.npy` or `.fbin`.
    File(VectorFile),
    /// A column of a Parquet table.
    #[cfg(feature = "parquet")]
    Table(Box<ParquetVectors>),
}

impl VectorSource {
    /// Opens a file. Its first bytes tell which it is.
    pub(super) fn open(path: &Path) -> Result<Self, VectorFileError> {
        if !is_table(path)? {
            return Ok(VectorSource::File(VectorFile::open(path)?));
        }
        #[cfg(feature = "parquet")]
        return Ok(VectorSource::Table(Box::new(ParquetVectors::open(path)?)));
        #[cfg(not(feature = "parquet"))]
        Err(VectorFileError::Malformed {
            path: path.to_owned(),
            problem: "this build reads no Parquet: it has no feature `parquet`".to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            VectorSource::File(file) => file.path(),
            #[cfg(feature = "parquet")]
            VectorSource::Table(table) => table.path(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        match self {
            VectorSource::File(file) => file.rows(),
            #[cfg(feature = "parquet")]
            VectorSource::Table(table) => table.rows(),
        }
    }

    pub(super) fn dim(&self) -> usize {
        match self {
            VectorSource::File(file) => file.dim(),
            #[cfg(feature = "parquet")]
            VectorSource::Table(table) => table.dim(),
        }
    }

    /// Copies the next row.
    pub(super) fn read(&mut self, row: &mut [f32]) -> Result<(), VectorFileError> {
        match self {
            VectorSource::File(file) => file.read(row),
            #[cfg(feature = "parquet")]
            VectorSource::Table(table) => Ok(table.read(row)?),
        }
    }
}

/// What a file says itself of its vectors, as the Parquet tables of an export do.
///
/// # Errors
/// [`VectorFileError`] if the file cannot be read, or what it says of itself is not understood.
pub fn record_in(path: &Path) -> Result<Option<ExportRecord>, VectorFileError> {
    match VectorSource::open(path)? {
        VectorSource::File(_) => Ok(None),
        #[cfg(feature = "parquet")]
        VectorSource::Table(table) => {
            let record = table.note(RECORD).map(serde_json::from_str).transpose();
            record.map_err(|error| VectorFileError::Malformed {
                path: path.to_owned(),
                problem: format!("what it says of its model is not understood: {error}"),
            })
        }
    }
}

/// Whether a file begins as a Parquet table does.
fn is_table(path: &Path) -> Result<bool, VectorFileError> {
    use std::io::Read;

    let io_error = |source| VectorFileError::Io { path: path.to_owned(), source };
    let mut file = semsearch_disk::File::open(path).map_err(io_error)?;
    let mut start = [0; 4];
    let mut read = 0;
    while read < start.len() {
        match file.read(&mut start[read..]).map_err(io_error)? {
            0 => break,
            more => read += more,
        }
    }
    Ok(&start[..read] == b"PAR1")
}

//! Rows into a vectors file one by one, so that they need not be in memory together.
//!
//! [`save`](super::save) takes rows that are all there. Whoever makes them over hours writes them with [`RowsWriter`]
//! as they come; the finished file is mapped, and a graph is built over the mapped rows. [`save_beside`] then writes
//! what is still missing. The files are the same either way, byte for byte.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::header::vectors_header;
use super::manifest::FileRecord;
use super::mmap::{MappedFile, MappedRows};
use super::write::{at, create, save_around, sync_and_record};
use super::{IndexMeta, MACHINE_FITS, SaveError, VECTORS_FILE};
use crate::hnsw::HnswIndex;
use crate::vectors::Vectors;

/// A vectors file being written.
#[derive(Debug)]
pub struct RowsWriter {
    path: PathBuf,
    out: BufWriter<File>,
    rows: u64,
    dim: u32,
    pushed: u64,
}

/// A finished vectors file, its rows mapped and checked.
#[derive(Debug)]
pub struct StoredRows {
    vectors: Vectors,
    record: FileRecord,
    dim: u32,
}

impl RowsWriter {
    /// Begins the vectors file of an index in `dir`, which is made if it does not exist, for `rows` rows of `dim` numbers.
    ///
    /// # Errors
    /// If the folder holds an index already, the shape is impossible, or the file cannot be written.
    pub fn create(dir: &Path, rows: u64, dim: usize) -> Result<Self, SaveError> {
        if !MACHINE_FITS {
            return Err(SaveError::Machine);
        }
        let dim = u32::try_from(dim).map_err(|_| SaveError::TooWide { dim })?;
        at(dir, fs::create_dir_all(dir))?;
        let path = dir.join(VECTORS_FILE);
        let mut out = BufWriter::new(at(&path, create(&path))?);
        at(&path, out.write_all(&vectors_header(rows, dim)))?;
        Ok(RowsWriter { path, out, rows, dim, pushed: 0 })
    }

    /// Adds the next row.
    ///
    /// # Errors
    /// If it cannot be written.
    ///
    /// # Panics
    /// If the row has another width than the file's, or there are more rows than were promised.
    pub fn push(&mut self, row: &[f32]) -> Result<(), SaveError> {
        assert_eq!(row.len(), self.dim as usize, "a row must be as wide as the file it joins");
        assert!(self.pushed < self.rows, "no more rows than the head of the file promises");
        self.pushed += 1;
        let mut write = || row.iter().try_for_each(|number| self.out.write_all(&number.to_le_bytes()));
        at(&self.path, write())
    }

    /// Syncs the file, maps it and checks its rows.
    ///
    /// # Errors
    /// If it cannot be written or read back, or a row cannot be searched.
    ///
    /// # Panics
    /// If there are fewer rows than were promised.
    pub fn finish(self) -> Result<StoredRows, SaveError> {
        let RowsWriter { path, mut out, rows, dim, pushed } = self;
        assert_eq!(pushed, rows, "as many rows as the head of the file promises");
        at(&path, out.flush())?;
        drop(out);
        let record = at(&path, sync_and_record(&path))?;
        let file = at(&path, File::open(&path).and_then(|file| MappedFile::new(&file)))?;
        let mapped = MappedRows::new(file, dim as usize).expect("the file was written with this shape");
        Ok(StoredRows { vectors: Vectors::mapped(mapped)?, record, dim })
    }
}

impl StoredRows {
    /// The rows, mapped from the file.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }
}

/// Completes the index in `dir`, whose rows are there, by a graph over them, if there is one, and the meta file.
///
/// # Errors
/// As [`save`](super::save).
pub fn save_beside(
    dir: &Path,
    rows: &StoredRows,
    graph: Option<&HnswIndex>,
    meta: &IndexMeta,
) -> Result<(), SaveError> {
    save_around(dir, &rows.vectors, rows.dim, graph, meta, || Ok(rows.record))
}

#[cfg(test)]
mod tests {
    use semsearch_vector::{Matrix, normalise};

    use super::*;
    use crate::storage::{open, save};
    use crate::{HnswParams, Index, VectorsError};

    #[test]
    fn an_index_written_row_by_row_is_the_one_that_is_saved_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = Matrix::new(4);
        for i in 0..300 {
            let mut row = [0.3, 1.7, 2.9, 4.1].map(|step| (i as f32 * step).sin());
            normalise(&mut row);
            rows.push(&row);
        }
        let meta = IndexMeta { fingerprint: "a model".to_owned(), build_seconds: 0.5 };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let graph = |vectors: &Vectors| {
            let build = || HnswIndex::build(vectors.clone(), &HnswParams::default(), &|_| {}, &|| false).unwrap();
            pool.install(build)
        };
        let (whole, streamed) = (folder.path().join("whole"), folder.path().join("streamed"));
        let vectors = Vectors::new(rows.clone()).unwrap();
        save(&whole, &vectors, Some(&graph(&vectors)), &meta).unwrap();

        let mut writer = RowsWriter::create(&streamed, 300, 4).unwrap();
        rows.iter().for_each(|row| writer.push(row).unwrap());
        let stored = writer.finish().unwrap();
        save_beside(&streamed, &stored, Some(&graph(stored.vectors())), &meta).unwrap();
        for entry in std::fs::read_dir(&whole).unwrap() {
            let name = entry.unwrap().file_name();
            let read = |dir: &Path| std::fs::read(dir.join(&name)).unwrap();
            assert_eq!(read(&whole), read(&streamed), "{name:?}");
        }
        assert_eq!(open(&streamed).unwrap().flat().len(), 300);
    }

    #[test]
    fn a_row_that_cannot_be_searched_is_found_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = RowsWriter::create(folder.path(), 2, 2).unwrap();
        writer.push(&[1.0, 0.0]).unwrap();
        writer.push(&[f32::NAN, 0.0]).unwrap();
        let error = writer.finish().unwrap_err();
        assert!(matches!(error, SaveError::Vectors(VectorsError::NotFinite { row: 1, .. })), "{error}");
    }

    #[test]
    fn a_second_index_in_the_same_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        RowsWriter::create(folder.path(), 0, 2).unwrap().finish().unwrap();
        assert!(matches!(RowsWriter::create(folder.path(), 0, 2), Err(SaveError::Exists { .. })));
    }
}

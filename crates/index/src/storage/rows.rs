//! Writing the rows of an index file one by one, so that they need not be in memory together.
//!
//! Saving an index takes rows that are all there. Rows that are made over hours are written with [`RowsWriter`] as they come.
//! The finished rows are mapped, and a graph is built over the mapped rows. [`StoredRows::complete`] then writes the other
//! sections behind the rows, and the first page last. The file is the same either way, byte for byte; without the first page
//! it is not an index.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use semsearch_disk::File;

use super::error::{SaveError, at};
use super::meta::INDEX_FILE;
use crate::file::mmap::MappedFile;
use crate::file::page::MACHINE_FITS;
use crate::file::{Element, PAGE, Section, SectionKind, Table};
use crate::half;
use crate::vectors::{Vectors, VectorsError, check};

/// An index file whose rows are being written.
#[derive(Debug)]
pub struct RowsWriter {
    path: PathBuf,
    out: BufWriter<File>,
    rows: u64,
    dim: usize,
    element: Element,
    pushed: u64,
    /// The last row in half precision; memory for the next one.
    halves: Vec<u16>,
    /// Rows of a block.
    block: u64,
    /// The CRC-32C of every block so far, the last one perhaps unfinished.
    checks: Vec<u32>,
}

/// An index file whose rows are written, and mapped.
#[derive(Debug)]
pub struct StoredRows {
    pub(super) path: PathBuf,
    pub(super) file: File,
    pub(super) vectors: Vectors,
    pub(super) checks: Vec<u32>,
}

impl RowsWriter {
    /// Creates the file of an index in `dir` for `rows` rows of `dim` numbers, to be kept as `element`. Creates the folder if
    /// it does not exist.
    ///
    /// # Errors
    /// If the folder holds an index already, the shape is impossible, or the file cannot be written.
    pub fn create(dir: &Path, rows: u64, dim: usize, element: Element) -> Result<Self, SaveError> {
        if !MACHINE_FITS {
            return Err(SaveError::Machine);
        }
        if !(1..=Vectors::MAX_DIM).contains(&dim) {
            return Err(SaveError::Width { dim });
        }
        if rows > Vectors::MAX_ROWS as u64 {
            return Err(VectorsError::TooMany { rows: usize::try_from(rows).unwrap_or(usize::MAX) }.into());
        }
        at(dir, semsearch_disk::create_folder(dir))?;
        let path = dir.join(INDEX_FILE);
        // Also to be read: the rows are mapped when they are all there.
        let mut out = BufWriter::new(at(&path, File::create_new(&path))?);
        at(&path, out.write_all(&[0; PAGE]))?;
        let block = Table::usual_block(0, SectionKind::Rows, (dim * element.bytes()) as u64);
        Ok(RowsWriter { path, out, rows, dim, element, pushed: 0, halves: Vec::new(), block, checks: Vec::new() })
    }

    /// Adds the next row, after checking that it is finite, and of length 1 or all zeros.
    ///
    /// # Errors
    /// If it is not, has another width than the rows of the file, is one row too many, or cannot be written.
    pub fn push(&mut self, row: &[f32]) -> Result<(), SaveError> {
        if row.len() != self.dim {
            return Err(SaveError::RowWidth { expected: self.dim, found: row.len() });
        }
        check(self.pushed as usize, row)?;
        // As they lie in memory: the machine has the byte order of the file.
        match self.element {
            Element::F32 => self.push_bytes(bytemuck::cast_slice(row)),
            Element::F16 => {
                let mut halves = std::mem::take(&mut self.halves);
                half::narrow(row, &mut halves);
                let written = self.push_bytes(bytemuck::cast_slice(&halves));
                self.halves = halves;
                written
            }
        }
    }

    /// Adds a row that was checked, in the form of the file.
    pub(super) fn push_bytes(&mut self, row: &[u8]) -> Result<(), SaveError> {
        if self.pushed == self.rows {
            return Err(SaveError::RowCount { expected: self.rows, found: self.pushed + 1 });
        }
        match self.checks.last_mut().filter(|_| !self.pushed.is_multiple_of(self.block)) {
            Some(check) => *check = crc32c::crc32c_append(*check, row),
            None => self.checks.push(crc32c::crc32c(row)),
        }
        self.pushed += 1;
        at(&self.path, self.out.write_all(row))
    }

    /// Maps the rows.
    ///
    /// # Errors
    /// If there are fewer rows than the file was created for, or they cannot be written or read back.
    pub fn finish(self) -> Result<StoredRows, SaveError> {
        let RowsWriter { path, out, rows, dim, element, pushed, checks, .. } = self;
        if pushed != rows {
            return Err(SaveError::RowCount { expected: rows, found: pushed });
        }
        let file = at(&path, out.into_inner().map_err(std::io::IntoInnerError::into_error))?;
        let bytes = at(&path, MappedFile::new(&file))?.bytes();
        let bytes = bytes.part(PAGE..bytes.len()).expect("a page was written before the rows");
        // Not compared with its checksums: no other process has had the file.
        let vectors = Vectors::stored(Section::trusted(bytes, dim * element.bytes()), dim, element);
        Ok(StoredRows { path, file, vectors, checks })
    }
}

impl StoredRows {
    /// The rows, mapped from the file.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }
}

#[cfg(test)]
mod tests {
    use semsearch_task::NoProgress;
    use semsearch_vector::{Matrix, normalise};

    use super::*;
    use crate::hnsw::HnswParams;
    use crate::hnsw_index::HnswIndex;
    use crate::storage::{IndexMeta, open};

    #[test]
    fn an_index_written_row_by_row_is_the_one_that_is_saved_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = Matrix::new(4);
        for i in 0..300 {
            let mut row = [0.3, 1.7, 2.9, 4.1].map(|step| (i as f32 * step).sin());
            normalise(&mut row);
            rows.push(&row);
        }
        let meta = IndexMeta::new("a model").with_build_seconds(0.5);
        let graph = |vectors: &Vectors| HnswIndex::build(vectors.clone(), &HnswParams::default(), &NoProgress).unwrap();
        for element in [Element::F32, Element::F16] {
            let [whole, streamed] = ["whole", "streamed"].map(|name| folder.path().join(format!("{name} {element:?}")));
            let single = Vectors::new(rows.clone()).unwrap();
            let vectors = if element == Element::F16 { single.to_half().unwrap() } else { single };
            graph(&vectors).save(&whole, &meta).unwrap();

            let mut writer = RowsWriter::create(&streamed, 300, 4, element).unwrap();
            rows.iter().for_each(|row| writer.push(row).unwrap());
            let stored = writer.finish().unwrap();
            assert!(stored.vectors().same_as(&vectors));
            assert!(open(&streamed).is_err(), "rows alone are not an index");
            stored.complete(Some(&graph(stored.vectors())), &meta).unwrap();
            let read = |dir: &Path| std::fs::read(dir.join(INDEX_FILE)).unwrap();
            assert!(read(&whole) == read(&streamed), "{element:?}");
            let opened = open(&streamed).unwrap();
            opened.verify_all().unwrap();
            assert_eq!((opened.flat().vectors().len(), opened.vectors().element()), (300, element));
        }
    }

    #[test]
    fn a_row_that_cannot_be_searched_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = RowsWriter::create(folder.path(), 2, 2, Element::F32).unwrap();
        writer.push(&[1.0, 0.0]).unwrap();
        let error = writer.push(&[f32::NAN, 0.0]).unwrap_err();
        assert!(matches!(error, SaveError::Vectors(VectorsError::NotFinite { row: 1, .. })), "{error}");
        let error = writer.push(&[3.0, 4.0]).unwrap_err();
        assert!(matches!(error, SaveError::Vectors(VectorsError::NotNormalised { row: 1, .. })), "{error}");
        writer.push(&[0.0, 1.0]).unwrap();
        assert_eq!(writer.finish().unwrap().vectors().len(), 2);
    }

    #[test]
    fn a_second_index_in_the_same_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        RowsWriter::create(folder.path(), 0, 2, Element::F32).unwrap().finish().unwrap();
        assert!(matches!(RowsWriter::create(folder.path(), 0, 2, Element::F32), Err(SaveError::Exists { .. })));
    }

    #[test]
    fn more_rows_fewer_rows_and_rows_of_another_width_than_expected_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = RowsWriter::create(folder.path(), 1, 2, Element::F32).unwrap();
        let error = writer.push(&[1.0, 0.0, 0.0]).unwrap_err();
        assert!(matches!(error, SaveError::RowWidth { expected: 2, found: 3 }), "{error}");
        writer.push(&[1.0, 0.0]).unwrap();
        let error = writer.push(&[0.0, 1.0]).unwrap_err();
        assert!(matches!(error, SaveError::RowCount { expected: 1, found: 2 }), "{error}");
        assert_eq!(writer.finish().unwrap().vectors().len(), 1);

        let folder = tempfile::tempdir().unwrap();
        let error = RowsWriter::create(folder.path(), 1, 2, Element::F32).unwrap().finish().unwrap_err();
        assert!(matches!(error, SaveError::RowCount { expected: 1, found: 0 }), "{error}");
    }

    #[test]
    fn a_graph_over_other_rows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = RowsWriter::create(folder.path(), 1, 2, Element::F32).unwrap();
        writer.push(&[1.0, 0.0]).unwrap();
        let other = Vectors::new(Matrix::from_vec(vec![0.0, 1.0, 1.0, 0.0], 2).unwrap()).unwrap();
        let graph = HnswIndex::build(other, &HnswParams::default(), &NoProgress).unwrap();
        let error = writer.finish().unwrap().complete(Some(&graph), &IndexMeta::default()).unwrap_err();
        assert!(matches!(error, SaveError::OtherRows { graph_rows: 2, rows: 1 }), "{error}");
    }

    #[test]
    fn rows_that_no_file_can_hold_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for dim in [0, 65_537, usize::MAX] {
            let error = RowsWriter::create(folder.path(), 1, dim, Element::F32).unwrap_err();
            assert!(matches!(error, SaveError::Width { .. }), "{error}");
        }
        let error = RowsWriter::create(folder.path(), u64::MAX, 2, Element::F32).unwrap_err();
        assert!(matches!(error, SaveError::Vectors(VectorsError::TooMany { .. })), "{error}");
    }
}

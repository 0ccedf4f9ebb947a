//! Rows into an index file one by one, so that they need not be in memory together.
//!
//! [`save`](super::save) takes rows that are all there. Whoever makes them over hours writes them with [`RowsWriter`]
//! as they come; the finished rows are mapped, and a graph is built over the mapped rows. [`complete`](super::complete)
//! then writes what is still missing behind them, and the first page last. The file is the same either way, byte for
//! byte, and until the first page is there it is none.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use semsearch_disk::File;

use super::mmap::MappedFile;
use super::page::{Kind, PAGE, Table};
use super::section::Section;
use super::write::{SaveError, at};
use super::{INDEX_FILE, MACHINE_FITS};
use crate::half;
use crate::vectors::{Element, Vectors, VectorsError, check};

/// An index file of which the rows are being written.
#[derive(Debug)]
pub struct RowsWriter {
    path: PathBuf,
    out: BufWriter<File>,
    rows: u64,
    dim: usize,
    element: Element,
    pushed: u64,
    /// The bytes of a row, on their way out.
    row: Vec<u8>,
    /// Rows of a block.
    block: u64,
    /// The CRC-32C of every block so far, the last one perhaps unfinished.
    checks: Vec<u32>,
}

/// An index file of which the rows are written, and mapped.
#[derive(Debug)]
pub struct StoredRows {
    pub(super) path: PathBuf,
    pub(super) file: File,
    pub(super) vectors: Vectors,
    pub(super) checks: Vec<u32>,
}

impl RowsWriter {
    /// Begins the file of an index in `dir`, which is made if it does not exist, for `rows` rows of `dim` numbers, to be
    /// kept as `element`.
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
        let block = Table::usual_block(0, Kind::Rows, (dim * element.bytes()) as u64);
        Ok(RowsWriter { path, out, rows, dim, element, pushed: 0, row: Vec::new(), block, checks: Vec::new() })
    }

    /// Adds the next row, after checking it: finite, and of length 1 or all zeros.
    ///
    /// # Errors
    /// If it is neither, or cannot be written.
    ///
    /// # Panics
    /// If the row has another width than the file's, or there are more rows than were promised.
    pub fn push(&mut self, row: &[f32]) -> Result<(), SaveError> {
        assert_eq!(row.len(), self.dim, "a row must be as wide as the file it joins");
        check(self.pushed as usize, row)?;
        let mut bytes = std::mem::take(&mut self.row);
        bytes.clear();
        match self.element {
            Element::F32 => bytes.extend(row.iter().flat_map(|number| number.to_le_bytes())),
            Element::F16 => bytes.extend(row.iter().flat_map(|number| half::narrow(*number).to_le_bytes())),
        }
        let written = self.push_bytes(&bytes);
        self.row = bytes;
        written
    }

    /// Adds a row that is in the file's form already, and checked.
    pub(super) fn push_bytes(&mut self, row: &[u8]) -> Result<(), SaveError> {
        assert!(self.pushed < self.rows, "no more rows than were promised");
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
    /// If they cannot be written or read back.
    ///
    /// # Panics
    /// If there are fewer rows than were promised.
    pub fn finish(self) -> Result<StoredRows, SaveError> {
        let RowsWriter { path, out, rows, dim, element, pushed, checks, .. } = self;
        assert_eq!(pushed, rows, "as many rows as were promised");
        let file = at(&path, out.into_inner().map_err(std::io::IntoInnerError::into_error))?;
        let bytes = at(&path, MappedFile::new(&file))?.bytes();
        let bytes = bytes.part(PAGE..bytes.len()).expect("a page was written before the rows");
        // What is read back is what was written: nobody else has had the file.
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
    use semsearch_vector::{Matrix, normalise};

    use super::*;
    use crate::storage::{IndexMeta, complete, open, save};
    use crate::{HnswIndex, HnswParams};

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
        let graph =
            |vectors: &Vectors| HnswIndex::build(vectors.clone(), &HnswParams::default(), &|_| {}, &|| false).unwrap();
        for element in [Element::F32, Element::F16] {
            let [whole, streamed] = ["whole", "streamed"].map(|name| folder.path().join(format!("{name} {element:?}")));
            let single = Vectors::new(rows.clone()).unwrap();
            let vectors = if element == Element::F16 { single.to_half().unwrap() } else { single };
            save(&whole, &vectors, Some(&graph(&vectors)), &meta).unwrap();

            let mut writer = RowsWriter::create(&streamed, 300, 4, element).unwrap();
            rows.iter().for_each(|row| writer.push(row).unwrap());
            let stored = writer.finish().unwrap();
            assert!(stored.vectors().same_as(&vectors));
            assert!(open(&streamed).is_err(), "rows alone are no index");
            complete(&stored, Some(&graph(stored.vectors())), &meta).unwrap();
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

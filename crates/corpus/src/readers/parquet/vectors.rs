//! The column of vectors beside the papers of a Parquet file, row after row.
//!
//! Papers are read without it; a program that wants vectors opens the file a second time. Values may be null nowhere, and
//! every row has as many numbers as the first.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::SchemaDescriptor;

use super::fault::Fault;
use super::footer;
use super::guarded;
use super::pages::Pages;
use crate::error::{Mismatch, ReadError};

/// Names of a column of vectors.
const NAMES: [&str; 4] = ["vector", "embedding", "embeddings", "vectors"];
/// How many rows are taken out of the column at once.
const ROWS_AT_ONCE: usize = 64;

/// The column of vectors of a Parquet file.
pub struct ParquetVectors {
    path: PathBuf,
    file: Arc<File>,
    length: u64,
    metadata: ParquetMetaData,
    /// The place of the column among all leaf columns, and its name.
    column: usize,
    name: String,
    rows: u64,
    dim: usize,
    next_group: usize,
    reader: Option<ColumnReader>,
    left_in_group: u64,
    /// Numbers in hand, and how many of them are handed out.
    numbers: Vec<f32>,
    taken: usize,
    /// The number of the row that is handed out next, counted from 1.
    row: u64,
}

impl std::fmt::Debug for ParquetVectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetVectors").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl ParquetVectors {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is no whole Parquet file, or has no column of vectors.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let open = || {
            let file = File::open(path).map_err(Fault::Io)?;
            let length = file.metadata().map_err(Fault::Io)?.len();
            let metadata = footer::read(&file, length)?;
            let (column, name) = column(metadata.file_metadata().schema_descr()).ok_or_else(|| {
                Mismatch::new("a column `vector` with a list of numbers in each row", "a table without one")
            })?;
            let groups = metadata.row_groups().iter();
            let rows = groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
            let mut vectors = ParquetVectors {
                path: path.to_owned(),
                file: Arc::new(file),
                length,
                metadata,
                column,
                name,
                rows,
                dim: 0,
                next_group: 0,
                reader: None,
                left_in_group: 0,
                numbers: Vec::new(),
                taken: 0,
                row: 1,
            };
            vectors.fill()?;
            Ok(vectors)
        };
        guarded(open).map_err(|fault| fault.at(path))
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of numbers in a row; 0 if there is no row.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// What the file notes of itself under a key.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        let notes = self.metadata.file_metadata().key_value_metadata()?;
        notes.iter().find(|note| note.key == key)?.value.as_deref()
    }

    /// Copies the next row.
    ///
    /// # Errors
    /// If there is no further row, or the file is not what it should be.
    ///
    /// # Panics
    /// If `row` has another width than the column.
    pub fn read(&mut self, row: &mut [f32]) -> Result<(), ReadError> {
        assert_eq!(row.len(), self.dim, "as wide as the column");
        if self.taken == self.numbers.len() {
            let path = self.path.clone();
            guarded(|| self.fill()).map_err(|fault| fault.at(&path))?;
        }
        let numbers = self.numbers.get(self.taken..self.taken + self.dim);
        let numbers = numbers.ok_or_else(|| Fault::from(Mismatch::new("a further row", "none")).at(&self.path))?;
        row.copy_from_slice(numbers);
        self.taken += self.dim;
        self.row += 1;
        Ok(())
    }

    /// Takes the next rows in hand; none at the end of the file.
    fn fill(&mut self) -> Result<(), Fault> {
        (self.numbers, self.taken) = (Vec::new(), 0);
        while self.left_in_group == 0 {
            let Some(group) = self.metadata.row_groups().get(self.next_group) else { return Ok(()) };
            self.next_group += 1;
            let chunk = group.columns().get(self.column).ok_or_else(|| {
                Mismatch::new(format!("the column `{}` in every group of rows", self.name), "one without it")
            })?;
            let pages = Pages::open(chunk, group.num_rows(), &self.file, self.length)?;
            self.reader = Some(get_column_reader(chunk.column_descr_ptr(), Box::new(pages)));
            self.left_in_group = u64::try_from(group.num_rows()).unwrap_or(0);
        }
        let wanted = self.left_in_group.min(ROWS_AT_ONCE as u64) as usize;
        let mut repeated = Vec::new();
        let mut defined = Vec::new();
        let (read, values) = match &mut self.reader {
            Some(ColumnReader::FloatColumnReader(reader)) => {
                let (read, ..) =
                    reader.read_records(wanted, Some(&mut defined), Some(&mut repeated), &mut self.numbers)?;
                (read, self.numbers.len())
            }
            Some(ColumnReader::DoubleColumnReader(reader)) => {
                let mut numbers = Vec::new();
                let (read, ..) = reader.read_records(wanted, Some(&mut defined), Some(&mut repeated), &mut numbers)?;
                self.numbers.extend(numbers.into_iter().map(|number: f64| number as f32));
                (read, self.numbers.len())
            }
            _ => (0, 0),
        };
        if read != wanted {
            let expected = format!("as many values in the column `{}` as there are rows", self.name);
            return Err(Mismatch::new(expected, format!("{read} where {wanted} are left")).into());
        }
        // A null or an empty list has a level and no value.
        if values != repeated.len() {
            return Err(Mismatch::new("a number in each place of each vector", "a place without one").into());
        }
        self.left_in_group -= wanted as u64;
        let starts = repeated.iter().enumerate().filter(|(_, level)| **level == 0).map(|(at, _)| at);
        let ends = starts.clone().skip(1).chain([values]);
        for ((start, end), row) in starts.zip(ends).zip(self.row..) {
            if self.dim == 0 {
                self.dim = end - start;
            }
            if end - start != self.dim {
                let found = format!("{} in row {row}", end - start);
                return Err(Mismatch::new(format!("{} numbers in every row, as in the first", self.dim), found).into());
            }
        }
        Ok(())
    }
}

/// The column of vectors, by the first of the names that there is.
fn column(schema: &SchemaDescriptor) -> Option<(usize, String)> {
    NAMES.into_iter().find_map(|name| {
        let is_it = |at: &usize| {
            let column = schema.column(*at);
            let root = column.path().parts().first().map(String::as_str);
            let is_number = matches!(column.physical_type(), Type::FLOAT | Type::DOUBLE);
            root == Some(name) && is_number && column.max_rep_level() == 1
        };
        (0..schema.num_columns()).find(is_it).map(|at| (at, name.to_owned()))
    })
}

//! Parquet: tables in columns.
//!
//! Columns have the names that [`table`](super::table) knows, and there must be one for the title or the abstract. Text,
//! numbers, truth values, days and times are read, and lists of text; under known names also groups, maps and lists of
//! them. From a list of authors that are groups with a `name`, only that is read. A column of JSON text is parsed; a JSON
//! object under the name `extra`, which our exports have, holds the fields without a column. All other columns
//! (embeddings, pictures, groups) are passed over and cost nothing. Null is a missing field.
//!
//! Reading begins at the end of the file. What comes compressed or through a pipe is copied to a file first.
//!
//! # Files that lie
//!
//! The `parquet` crate reads the format, and this module guards it against malicious files. The footer is read and its
//! nesting counted before the crate recurses over it (`footer`). Pages are decompressed here, into at most
//! [`pages::LARGEST_PAGE`] bytes (`pages`); that also keeps C libraries out, since zstd data is read as in `input`. A
//! panic of the crate on an inconsistent file becomes an error.
//!
//! | file          | what it holds                                               |
//! |---------------|-------------------------------------------------------------|
//! | `fault`       | why a file cannot be read                                   |
//! | `footer`      | the description at the end of the file, and whether it fits |
//! | `pages`       | pages, decompressed                                         |
//! | `differences` | how many lengths a page claims to hold                      |
//! | `columns`     | which columns are read, and their values as JSON            |
//! | `nested`      | values of columns with fields within fields                 |
//! | `vectors`     | the column of vectors beside the papers                     |
//!
//! Cost: the footer, and the current page and the dictionary of each column that is read.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::file::metadata::ParquetMetaData;
use serde_json::{Map, Value};

use super::table::rows::Rows;
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::notes::Note;
use crate::record::{Record, Records};
use columns::{Choice, Choices, Column};
use fault::Fault;
use nested::Nested;

mod columns;
mod differences;
mod fault;
mod footer;
mod nested;
mod pages;
mod vectors;

pub use vectors::ParquetVectors;

/// How many rows are taken out of the columns at once.
const ROWS_AT_ONCE: usize = 64;

pub(crate) fn open(input: Input, name: String) -> Result<Records, ReadError> {
    let (path, notes) = (input.path().to_owned(), input.notes());
    let file = input.into_file()?;
    let table = guarded(|| Table::open(file, &path, name)).map_err(|fault| fault.at(&path))?;
    notes.add(table.rows.note());
    for column in &table.choices.unread {
        let why = "values of a type that no field of a paper has".to_owned();
        notes.add(Note::NotRead { path: path.clone(), part: format!("the column `{column}`"), why });
    }
    Ok(Box::new(table))
}

/// Runs code of the `parquet` crate. Its panics mean that the file is inconsistent, and become errors.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Fault::File(Mismatch::new("a whole Parquet file", "one that its reader gives up on; write the file again")))
    })
}

struct Table {
    path: PathBuf,
    /// The value of [`Source::file`].
    name: String,
    file: Arc<File>,
    length: u64,
    metadata: ParquetMetaData,
    choices: Choices,
    rows: Rows,
    next_group: usize,
    columns: Vec<Column>,
    nested: Option<Nested>,
    /// Rows of the group that are not handed out.
    left_in_group: u64,
    /// Rows in hand.
    in_hand: usize,
    /// The number of the row handed out last, counted from 1.
    row: u64,
    ended: bool,
}

impl Table {
    fn open(file: File, path: &Path, name: String) -> Result<Table, Fault> {
        let length = file.metadata().map_err(Fault::Io)?.len();
        let metadata = footer::read(&file, length)?;
        let choices = columns::choose(metadata.file_metadata().schema_descr());
        let flat = choices.flat.iter().map(|choice| choice.name.as_str());
        let nested = choices.nested.iter().flat_map(|table| table.root_schema().get_fields()).map(|field| field.name());
        let rows = Rows::of_papers(&flat.chain(nested).collect::<Vec<_>>())?;
        Ok(Table {
            path: path.to_owned(),
            name,
            file: Arc::new(file),
            length,
            metadata,
            choices,
            rows,
            next_group: 0,
            columns: Vec::new(),
            nested: None,
            left_in_group: 0,
            in_hand: 0,
            row: 0,
            ended: false,
        })
    }

    /// Reads rows if none are in hand; returns `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, Fault> {
        while self.in_hand == 0 {
            if self.left_in_group == 0 {
                let Some(group) = self.metadata.row_groups().get(self.next_group) else {
                    return Ok(false);
                };
                self.next_group += 1;
                self.left_in_group = u64::try_from(group.num_rows())
                    .map_err(|_| Mismatch::new("a number of rows", format!("{} of them", group.num_rows())))?;
                let open = |choice: &Choice| Column::open(choice, group, &self.file, self.length);
                self.columns = self.choices.flat.iter().map(open).collect::<Result<_, _>>()?;
                let open = |table| Nested::open(table, group, &self.file, self.length, ROWS_AT_ONCE);
                self.nested = self.choices.nested.as_ref().map(open).transpose()?;
                continue;
            }
            let wanted = self.left_in_group.min(ROWS_AT_ONCE as u64) as usize;
            for column in &mut self.columns {
                column.read(wanted)?;
            }
            self.left_in_group -= wanted as u64;
            self.in_hand = wanted;
        }
        Ok(true)
    }

    fn next_row(&mut self) -> Option<Result<Record, ReadError>> {
        match self.fill() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(fault) => return Some(Err(fault.at(&self.path))),
        }
        self.in_hand -= 1;
        self.row += 1;
        let (mut values, mut more) = (Vec::with_capacity(self.columns.len()), Map::new());
        let mut complaint = None;
        for (choice, column) in self.choices.flat.iter().zip(&mut self.columns) {
            let value = column.next_value().unwrap_or_else(|mismatch| {
                complaint = complaint.take().or(Some(mismatch));
                None
            });
            values.push(match value {
                Some(Value::Object(fields)) if choice.name == "extra" => {
                    more.extend(fields);
                    Value::Null
                }
                value => value.unwrap_or_default(),
            });
        }
        match self.nested.as_mut().map(Nested::next_values).transpose() {
            Ok(nested) => values.extend(nested.unwrap_or_default()),
            Err(fault) => return Some(Err(fault.at(&self.path))),
        }
        let read = complaint.map_or_else(|| self.rows.record(values, more), Err);
        Some(match read {
            Ok(mut record) => {
                record.document.source =
                    vec![Source { file: self.name.clone(), line: self.row, rank: None, key: None }];
                Ok(record)
            }
            Err(Mismatch { expected, found }) => {
                Err(ReadError::Row { path: self.path.clone(), row: self.row, expected, found })
            }
        })
    }
}

impl Iterator for Table {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = guarded(|| Ok(self.next_row()));
        let next = next.unwrap_or_else(|fault| Some(Err(fault.at(&self.path))));
        self.ended = next.as_ref().is_none_or(|row| row.as_ref().is_err_and(|error| !error.is_skippable()));
        next
    }
}

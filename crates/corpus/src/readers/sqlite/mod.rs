//! `SQLite` data bases: every table of papers.
//!
//! A table is one of papers if it has columns for a title or an abstract and for another field ([`table`](super::table)).
//! The other tables are named. With [`ReadOptions::table`] only the table of that name is read, whatever its columns are
//! called. Views are not tables: their query would have to be run.
//!
//! The file is read as it is, without the library: a data base of papers is a list of rows, and the format is small and
//! fixed for all times. What a program has written beside the file and not yet into it (`-wal`) is not seen.
//!
//! | file     | what it holds                                   |
//! |----------|-------------------------------------------------|
//! | `pages`  | pages, the rows of a tree of them, their values |
//! | `schema` | the names of tables and columns                 |
//!
//! Cost: one row, and a page of each level of the tree.

use std::path::PathBuf;

use serde_json::Map;

use super::table::rows::Rows;
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::notes::Note;
use crate::options::ReadOptions;
use crate::record::{Record, Records};
use pages::{File, Tree};
use schema::Table;

mod pages;
mod schema;

pub(crate) fn open(input: Input, name: String, options: &ReadOptions) -> Result<Records, ReadError> {
    let (path, notes) = (input.path().to_owned(), input.notes());
    let failure = |mismatch: Mismatch| mismatch.up_to_the_end(&path, 1);
    let file = File::open(input.into_file()?).map_err(failure)?;
    let mut tables = Vec::new();
    for table in schema::tables(&file).map_err(failure)? {
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        let rows = Rows::of(&columns);
        let is_wanted = match &options.table {
            Some(wanted) => wanted.eq_ignore_ascii_case(&table.name),
            None => rows.known().is_some(),
        };
        if is_wanted {
            notes.add(rows.note());
            tables.push((table, rows));
        } else if options.table.is_none() {
            let why = format!("the columns {}", columns.join(", "));
            notes.add(Note::NotRead { path: path.clone(), part: format!("the table `{}`", table.name), why });
        }
    }
    if tables.is_empty() {
        let found = match &options.table {
            Some(wanted) => format!("an SQLite data base without a table `{wanted}`"),
            None => "an SQLite data base in which no table has a column `title` or `abstract`".to_owned(),
        };
        return Err(ReadError::UnknownFormat { path, found });
    }
    let has_many = tables.len() > 1;
    tables.reverse();
    Ok(Box::new(Data { path, name, file, tables, has_many, current: None }))
}

struct Data {
    path: PathBuf,
    /// The value of [`Source::file`].
    name: String,
    file: File,
    /// The tables left, the next one last.
    tables: Vec<(Table, Rows)>,
    has_many: bool,
    current: Option<(Tree, Table, Rows)>,
}

impl Iterator for Data {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((tree, table, rows)) = &mut self.current else {
                let (table, rows) = self.tables.pop()?;
                self.current = Some((Tree::new(table.root), table, rows));
                continue;
            };
            let row = match tree.next(&self.file) {
                Ok(Some(row)) => row,
                Ok(None) => {
                    self.current = None;
                    continue;
                }
                Err(mismatch) => {
                    (self.current, self.tables) = (None, Vec::new());
                    return Some(Err(mismatch.up_to_the_end(&self.path, 1)));
                }
            };
            let line = u64::try_from(row.id).unwrap_or(0);
            let mut values = row.values;
            values.resize(table.columns.len(), serde_json::Value::Null);
            if let Some(place) = table.row_id {
                values[place] = row.id.into();
            }
            let file = if self.has_many { format!("{}/{}", self.name, table.name) } else { self.name.clone() };
            return Some(match rows.record(values, Map::new()) {
                Ok(mut record) => {
                    record.document.source = vec![Source { file, line, rank: None, key: None }];
                    Ok(record)
                }
                Err(Mismatch { expected, found }) => {
                    Err(ReadError::Row { path: self.path.clone(), row: line, expected, found })
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], table: Option<&str>) -> Result<Vec<Result<Record, ReadError>>, ReadError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let options = ReadOptions::new().with_table(table.map(str::to_owned));
        Ok(open(Input::open(file.path())?, "x".to_owned(), &options)?.collect())
    }

    fn whole() -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports/lists/papers.sqlite")).unwrap()
    }

    #[test]
    fn a_table_is_read_by_its_name() {
        assert_eq!(read(&whole(), Some("PAPERS")).unwrap().len(), read(&whole(), None).unwrap().len());
        let error = read(&whole(), Some("other")).err().unwrap().to_string();
        assert!(error.contains("an SQLite data base without a table `other`"), "{error}");
    }

    proptest! {
        #[test]
        fn damage_never_panics(at in 16usize..20_000, byte: u8, end in 100usize..40_000) {
            let mut bytes = whole();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(end);
            if let Ok(records) = read(&bytes, None) {
                prop_assert!(records.len() <= 10_000);
            }
        }
    }
}

//! Excel's workbooks (`.xlsx`): every sheet that is a table of papers.
//!
//! A sheet is a table of papers if one of its first rows names columns as a table of text does ([`table`](super::table)).
//! Rows in front of it, such as a title of the sheet, are passed over, and so are other sheets, which are named. A cell is
//! what Excel shows of it, except that a date is a date however it is shown. What a formula gave when the workbook was saved
//! is read, and no formula is run.
//!
//! With [`ReadOptions::table`] only the sheet of that name is read.
//!
//! An id names the row in this table only, as in a table of text.
//!
//! The sheets are read by a thread of their own, a few rows ahead. A workbook lists its texts in front of its sheets, so
//! these are held in memory.
//!
//! Cost: the texts of the workbook, each once, and a few rows.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader, Xlsx};
use serde_json::{Map, Value};
use zip::ZipArchive;

use super::table::rows::Rows;
use super::table::with_local_id;
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::notes::{Note, Notes};
use crate::options::ReadOptions;
use crate::record::{Record, Records};

/// Rows in which the names of the columns are looked for.
const ROWS_IN_FRONT: u32 = 20;

/// The most bytes that a workbook may unpack to.
const LARGEST: u64 = 4 << 30;

/// The most columns that are read; Excel has no more.
const MOST_COLUMNS: u32 = 16_384;

/// Rows that the thread is ahead.
const ROWS_AHEAD: usize = 64;

/// A cell by its column.
type Row = Vec<(u32, Value)>;

enum Sent {
    /// A sheet begins.
    Sheet(String),
    /// A row with its number, counted from 1.
    Row(u32, Row),
    /// The workbook cannot be read further.
    Fault(String),
}

pub(crate) fn open(input: Input, name: String, options: &ReadOptions) -> Result<Records, ReadError> {
    let (path, notes) = (input.path().to_owned(), input.notes());
    let file = input.into_file()?;
    check_size(&file, &path)?;
    let (sender, received) = sync_channel(ROWS_AHEAD);
    let scratch = |source| ReadError::Io { path: path.clone(), source };
    std::thread::Builder::new()
        .name("workbook".to_owned())
        .spawn(move || {
            let fault = match catch_unwind(AssertUnwindSafe(|| send(file, &sender))) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(_) => "one that its reader gives up on".to_owned(),
            };
            // Nobody may listen any more.
            _ = sender.send(Sent::Fault(fault));
        })
        .map_err(scratch)?;
    let sheet = Sheet { name: String::new(), rows: None, is_told: true };
    Ok(Box::new(Workbook {
        path,
        name,
        notes,
        received,
        sheet,
        wanted: options.table.clone(),
        tables: 0,
        ended: false,
    }))
}

/// Refuses a workbook that would unpack to more than memory holds.
fn check_size(file: &File, path: &Path) -> Result<(), ReadError> {
    let failure = |found: String| Mismatch::new("a whole workbook of Excel", found).up_to_the_end(path, 1);
    let whole = file.try_clone().map_err(|source| ReadError::reading(path, None, source))?;
    let mut archive = ZipArchive::new(BufReader::new(whole)).map_err(|error| failure(error.to_string()))?;
    let mut total = 0u64;
    for at in 0..archive.len() {
        total = total.saturating_add(archive.by_index_raw(at).map_err(|error| failure(error.to_string()))?.size());
    }
    match total > LARGEST {
        true => Err(failure(format!("one of {} GiB once unpacked; save its sheets as CSV", total >> 30))),
        false => Ok(()),
    }
}

/// Sends all rows of all sheets. Ends early if nobody listens.
fn send(mut file: File, sender: &SyncSender<Sent>) -> Result<(), String> {
    std::io::Seek::rewind(&mut file).map_err(|error| error.to_string())?;
    let mut workbook = Xlsx::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    for name in workbook.sheet_names() {
        // A sheet of charts has no cells.
        let Ok(mut cells) = workbook.worksheet_cells_reader(&name) else { continue };
        if sender.send(Sent::Sheet(name)).is_err() {
            return Ok(());
        }
        let (mut row, mut number) = (Row::new(), 0);
        while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
            let (at, column) = cell.get_position();
            if at != number && !row.is_empty() && sender.send(Sent::Row(number + 1, std::mem::take(&mut row))).is_err()
            {
                return Ok(());
            }
            number = at;
            let value = value_of(cell.get_value());
            if !value.is_null() && column < MOST_COLUMNS {
                row.push((column, value));
            }
        }
        if !row.is_empty() && sender.send(Sent::Row(number + 1, row)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn value_of(cell: &DataRef<'_>) -> Value {
    match cell {
        DataRef::Int(number) => (*number).into(),
        DataRef::Float(number) => match number.fract() == 0.0 && number.abs() < 1e15 {
            true => (*number as i64).into(),
            false => serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number),
        },
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Bool(truth) => (*truth).into(),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, of_month, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{of_month:02}").into()
        }
        DataRef::DateTime(time) => serde_json::Number::from_f64(time.as_f64()).map_or(Value::Null, Value::Number),
        DataRef::Error(_) | DataRef::Empty => Value::Null,
    }
}

/// The sheet whose rows come.
struct Sheet {
    name: String,
    /// The columns, once they were found.
    rows: Option<(Rows, Vec<u32>)>,
    /// Whether it was said that it is no table of papers.
    is_told: bool,
}

struct Workbook {
    path: PathBuf,
    /// The value of [`Source::file`].
    name: String,
    notes: Notes,
    received: Receiver<Sent>,
    sheet: Sheet,
    /// The sheet that is read; all if none is named.
    wanted: Option<String>,
    /// Sheets that are tables of papers.
    tables: u64,
    ended: bool,
}

impl Workbook {
    /// Tells that a sheet was not read, if no columns were found in it.
    fn end_sheet(&mut self) {
        if self.sheet.rows.is_none() && !self.sheet.is_told {
            self.sheet.is_told = true;
            let part = format!("the sheet `{}`", self.sheet.name);
            let why = "no row with names such as `title` and `abstract` at its beginning".to_owned();
            self.notes.add(Note::NotRead { path: self.path.clone(), part, why });
        }
    }

    /// Whether the sheet is among those that are read.
    fn is_wanted(&self) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&self.sheet.name))
    }

    /// Takes a row for the names of the columns if it holds them.
    fn look_for_names(&mut self, number: u32, row: &Row) {
        if number > ROWS_IN_FRONT || !self.is_wanted() {
            return;
        }
        let named: Vec<(u32, &str)> = row.iter().filter_map(|(column, name)| Some((*column, name.as_str()?))).collect();
        let names: Vec<&str> = named.iter().map(|(_, name)| *name).collect();
        let rows = Rows::of(&names);
        if rows.known().is_some() {
            self.notes.add(rows.note());
            self.tables += 1;
            self.sheet.rows = Some((rows, named.into_iter().map(|(column, _)| column).collect()));
        }
    }

    fn record(&self, rows: &Rows, columns: &[u32], row: Row) -> Result<Record, Mismatch> {
        let mut values = vec![Value::Null; columns.len()];
        for (column, value) in row {
            if let Ok(place) = columns.binary_search(&column) {
                values[place] = value;
            }
        }
        rows.record(values, Map::new()).map(with_local_id)
    }
}

impl Iterator for Workbook {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.received.recv() {
                Ok(Sent::Sheet(name)) => {
                    self.end_sheet();
                    self.sheet = Sheet { name, rows: None, is_told: false };
                    self.sheet.is_told = !self.is_wanted();
                }
                Ok(Sent::Row(number, row)) => {
                    let Some((rows, columns)) = &self.sheet.rows else {
                        self.look_for_names(number, &row);
                        continue;
                    };
                    let read = self.record(rows, columns, row);
                    let line = u64::from(number);
                    return Some(match read {
                        Ok(mut record) => {
                            // The first table is the workbook's own, whatever other sheets there are.
                            let file = match self.tables {
                                1 => self.name.clone(),
                                _ => format!("{}/{}", self.name, self.sheet.name),
                            };
                            record.document.source = vec![Source { file, line, rank: None, key: None }];
                            Ok(record)
                        }
                        Err(Mismatch { expected, found }) => {
                            Err(ReadError::Row { path: self.path.clone(), row: line, expected, found })
                        }
                    });
                }
                Ok(Sent::Fault(found)) => {
                    self.ended = true;
                    return Some(Err(Mismatch::new("a whole workbook of Excel", found).up_to_the_end(&self.path, 1)));
                }
                Err(_) => {
                    self.end_sheet();
                    self.ended = true;
                    if self.tables == 0 {
                        let found = "a workbook of Excel in which no sheet has names such as `title` and `abstract` in its first rows";
                        return Some(Err(ReadError::UnknownFormat {
                            path: self.path.clone(),
                            found: found.to_owned(),
                        }));
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole() -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports/lists/workbook.xlsx")).unwrap()
    }

    fn read(bytes: &[u8], table: Option<&str>) -> Result<(usize, Vec<Note>), ReadError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let input = Input::open(file.path())?;
        let (notes, options) = (input.notes(), ReadOptions::new().with_table(table.map(str::to_owned)));
        let records: Result<Vec<Record>, ReadError> = open(input, "x".to_owned(), &options)?.collect();
        let told = notes.take().into_iter().filter(|note| !matches!(note, Note::Named(_)));
        Ok((records?.len(), told.collect()))
    }

    #[test]
    fn sheets_without_papers_are_named() {
        let (records, notes) = read(&whole(), None).unwrap();
        assert_eq!(records, 4);
        assert!(matches!(&notes[..], [Note::NotRead { part, .. }] if part == "the sheet `Notes`"), "{notes:?}");
    }

    #[test]
    fn a_sheet_is_read_by_its_name() {
        let (records, notes) = read(&whole(), Some("more")).unwrap();
        assert_eq!((records, notes), (1, vec![]));
        assert!(read(&whole(), Some("Notes")).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damage_never_panics(at in 4usize..10_000, byte: u8, end in 100usize..20_000) {
            let mut bytes = whole();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(end);
            let _ = read(&bytes, None);
        }
    }
}

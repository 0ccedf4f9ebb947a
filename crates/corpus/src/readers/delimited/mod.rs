//! Tables as text: CSV, TSV, and tables with semicolons or bars as delimiters.
//!
//! The first line names the columns ([`table`](super::table)). The delimiter is the one that splits the first line into the
//! most known names. In front of it there may be a line `sep=;`, as Excel wants it, or one remark, as Dimensions writes it.
//!
//! A cell may be quoted, and then hold delimiters, line ends and doubled quotes, or quotes with a backslash in front of
//! them. In a file with tabs, quotes are text if its beginning shows that they are no delimiters of cells.
//!
//! An id names the row in this table only, unless it is a DOI, an arXiv id, a web address or a `_id`.
//!
//! A record with fewer cells than the first line lacks the last ones, if it has half of them and the title is among them. One
//! with more is malformed, unless these are empty or all rows begin with a name of their own. A quote that is never closed
//! would make the rest of the file one cell. So reading stops at a record longer than [`LONGEST_RECORD`]: the next one
//! cannot be found.
//!
//! Cost: one record.

use std::io::{self, BufRead, Read};
use std::path::PathBuf;

use csv::{ByteRecord, Terminator};
use serde_json::Value;

use super::table::{Columns, with_local_id};
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::input::{Bytes, Input};
use crate::lines::{LONGEST_RECORD, utf8};
use crate::notes::Note;
use crate::record::{Record, Records};
use layout::{Dialect, Layout, dialect_of, parser};

pub(crate) use layout::{is_nameless, layout_of};

mod layout;

pub(crate) fn open(input: Input, name: String) -> Result<Records, ReadError> {
    let head = input.head().trim_ascii_start();
    let layout = layout_of(head).unwrap_or(Layout { delimiter: b',', front: 0 });
    let dialect = dialect_of(head, layout);
    let notes = input.notes();
    let Bytes { path, compression, reader } = input.into_bytes();
    let bounded = Bounded { reader, left: LONGEST_RECORD, last: b'\n' };
    // Left to itself, the parser splits `\r\n` between two records and miscounts lines.
    let reader = parser(layout, dialect).terminator(Terminator::Any(b'\n')).from_reader(bounded);
    let mut table = Table {
        path,
        compression,
        reader,
        name,
        delimiter: char::from(layout.delimiter),
        dialect,
        columns: Columns::of(&[]),
        cells: ByteRecord::new(),
        ended: false,
    };
    for _ in 0..layout.front {
        if let Some(Err(error)) = table.read_cells() {
            return Err(error);
        }
    }
    match table.read_cells() {
        None => {}
        Some(Err(error)) => return Err(error),
        Some(Ok(line)) => table.read_columns(line)?,
    }
    notes.add(Note::Named(table.columns.origins()));
    Ok(Box::new(table))
}

struct Table {
    path: PathBuf,
    compression: Option<&'static str>,
    reader: csv::Reader<Bounded>,
    /// The value of [`Source::file`].
    name: String,
    delimiter: char,
    dialect: Dialect,
    columns: Columns,
    cells: ByteRecord,
    ended: bool,
}

impl Table {
    fn read_columns(&mut self, line: u64) -> Result<(), ReadError> {
        let headings: Result<Vec<&str>, Mismatch> = self.cells.iter().map(utf8).collect();
        let headings = headings.map_err(|mismatch| mismatch.up_to_the_end(&self.path, line))?;
        self.columns = Columns::of(&headings);
        Ok(())
    }

    /// Reads the next record that is not a blank line, and returns the line it begins on.
    fn read_cells(&mut self) -> Option<Result<u64, ReadError>> {
        while !self.ended {
            self.reader.get_mut().left = LONGEST_RECORD;
            match self.reader.read_byte_record(&mut self.cells) {
                Ok(true) => {
                    // The parser has read the line end behind the record, and is on the next line.
                    let inside = self.cells.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
                    let line = self.reader.position().line().saturating_sub(1 + inside);
                    self.drop_carriage_return();
                    if self.cells.len() > 1 || !self.cells.as_slice().is_empty() {
                        return Some(Ok(line));
                    }
                }
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    let line = self.reader.position().line();
                    return Some(Err(self.failure(error, line)));
                }
            }
        }
        None
    }

    /// Removes the `\r` of `\r\n` from the last cell.
    fn drop_carriage_return(&mut self) {
        if let Some(last) = self.cells.iter().next_back().and_then(|cell| cell.strip_suffix(b"\r")).map(<[u8]>::to_vec)
        {
            self.cells.truncate(self.cells.len() - 1);
            self.cells.push_field(&last);
        }
    }

    fn failure(&self, error: csv::Error, line: u64) -> ReadError {
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
                let expected = format!("a record of at most {} MiB", LONGEST_RECORD >> 20);
                Mismatch::new(expected, "a longer one, perhaps a quote that is not closed")
                    .up_to_the_end(&self.path, line)
            }
            csv::ErrorKind::Io(error) => ReadError::reading(&self.path, self.compression, error),
            other => Mismatch::new("a record of a table", format!("{other:?}")).up_to_the_end(&self.path, line),
        }
    }

    fn record(&mut self) -> Result<Record, Mismatch> {
        if self.dialect.is_escaped {
            self.unescape();
        }
        let first = usize::from(self.dialect.has_row_names);
        self.fits(first)?;
        let cells = &self.cells;
        let record = self.columns.record(|place| {
            let text = utf8(cells.get(place + first).unwrap_or_default())?;
            Ok(Value::String(text.to_owned()))
        })?;
        Ok(with_local_id(record))
    }

    /// Checks that the cells of a record are those of the columns.
    fn fits(&self, first: usize) -> Result<(), Mismatch> {
        let (found, expected) = (self.cells.len().saturating_sub(first), self.columns.count());
        let is_short = found < expected
            && found >= 2
            && found * 2 >= expected
            && self.columns.place_of_text().is_some_and(|place| place < found);
        let surplus = self.cells.iter().skip(expected + first).all(|cell| cell.trim_ascii().is_empty());
        // Behind an empty cell it may be that a delimiter within some text moved all cells by one.
        let is_full =
            self.cells.get((expected + first).wrapping_sub(1)).is_some_and(|last| !last.trim_ascii().is_empty());
        let has_empty_end = found > expected && surplus && (is_full || self.dialect.ends_with_delimiter);
        if found == expected || is_short || has_empty_end {
            return Ok(());
        }
        let hint = match found < expected {
            true => format!("{found} cells, perhaps because a line end in a cell is not in quotes"),
            false => format!(
                "{found} cells, perhaps because a `{}` in a cell is not in quotes",
                self.delimiter.escape_default()
            ),
        };
        Err(Mismatch::new(format!("{expected} cells, as in the first line"), hint))
    }

    /// Puts cells together that were divided at a delimiter with a backslash in front of it, and takes the backslashes of
    /// quotes away. Inside of quotes the parser has done both.
    fn unescape(&mut self) {
        if !self.cells.as_slice().contains(&b'\\') {
            return;
        }
        let surplus = self.cells.len() > self.columns.count();
        let mut whole = ByteRecord::new();
        let mut held: Vec<u8> = Vec::new();
        for cell in &self.cells {
            held.extend_from_slice(cell);
            if surplus && held.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1 {
                held.pop();
                held.extend(u8::try_from(self.delimiter).ok());
                continue;
            }
            whole.push_field(&without_escapes(&held));
            held.clear();
        }
        if !held.is_empty() {
            whole.push_field(&held);
        }
        self.cells = whole;
    }
}

/// A text without the backslashes in front of its quotes.
fn without_escapes(text: &[u8]) -> Vec<u8> {
    let mut bare = Vec::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        if !(byte == b'\\' && text.get(at + 1) == Some(&b'"')) {
            bare.push(byte);
        }
    }
    bare
}

impl Iterator for Table {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.read_cells()? {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        Some(match self.record() {
            Ok(mut record) => {
                record.document.source = vec![Source { file: self.name.clone(), line, rank: None, key: None }];
                Ok(record)
            }
            Err(mismatch) => Err(mismatch.at(&self.path, line)),
        })
    }
}

/// A reader that fails once a record is longer than [`LONGEST_RECORD`], and adds a missing end of the last line.
struct Bounded {
    reader: Box<dyn BufRead + Send>,
    left: usize,
    last: u8,
}

#[derive(Debug, thiserror::Error)]
#[error("the record is too long")]
struct TooLong;

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(TooLong)),
        }
        if let Some(&last) = buffer[..read].last() {
            self.last = last;
        } else if self.last != b'\n'
            && let Some(first) = buffer.first_mut()
        {
            (*first, self.last) = (b'\n', b'\n');
            return Ok(1);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_an_end_is_given_up() {
        let reader: Box<dyn BufRead + Send> = Box::new(io::BufReader::new(io::repeat(b'x')));
        let mut bounded = Bounded { reader, left: 100, last: b'\n' };
        let error = io::copy(&mut bounded, &mut io::sink()).unwrap_err();
        assert!(error.get_ref().unwrap().is::<TooLong>());
    }
}

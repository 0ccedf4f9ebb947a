//! Tables as text: CSV, TSV, and tables with semicolons or bars as delimiters.
//!
//! The first line names the columns, with the names of JSON lines ([`jsonl`](super::jsonl)) in any case: `Title` is
//! `title`. There must be a column for the abstract. The delimiter is the one that splits the first line into the most
//! known names. A cell may be quoted, and then hold delimiters, line ends and doubled quotes. An empty cell is a missing
//! field, except for the abstract, which is then empty. Lists are split as in JSON lines, or read as JSON if they are
//! written as such (`["A", "B"]`).
//!
//! A record with more or fewer cells than the first line is malformed. A quote that is never closed would make the rest
//! of the file one cell. So reading stops at a record longer than [`LONGEST_RECORD`]: the next one cannot be found.
//!
//! Cost: one record.

use std::io::{self, BufRead, Read};
use std::path::PathBuf;

use csv::{ByteRecord, ReaderBuilder, Terminator};
use serde_json::{Map, Value};

use super::jsonl::record;
use crate::document::Source;
use crate::error::{Mismatch, ReadError, snippet};
use crate::input::{Bytes, Input};
use crate::lines::{LONGEST_RECORD, utf8};
use crate::record::{Record, Records};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Columns of searched text.
const TEXTS: [&str; 4] = ["title", "abstract", "text", "summary"];

/// All known columns.
const KNOWN: [&str; 32] = [
    "id",
    "_id",
    "paper_id",
    "arxiv_id",
    "authors",
    "author",
    "authors_count",
    "n_authors",
    "organization",
    "organisation",
    "affiliation",
    "date",
    "published",
    "published_date",
    "created",
    "update_date",
    "year",
    "venue",
    "journal",
    "journal-ref",
    "doi",
    "arxiv",
    "url",
    "link",
    "keywords",
    "categories",
    "tags",
    "comments",
    "abstract",
    "text",
    "title",
    "summary",
];

/// Columns of whole numbers.
const COUNTS: [&str; 3] = ["authors_count", "n_authors", "comments"];

/// Columns of lists.
const LISTS: [&str; 5] = ["authors", "author", "keywords", "categories", "tags"];

/// The delimiter of the table of papers that begins with `head`; `None` if it is something else.
pub(crate) fn delimiter_of(head: &[u8]) -> Option<u8> {
    let known = |delimiter: u8| {
        let names: Vec<String> = header(head, delimiter)?;
        let holds_text = names.iter().any(|name| TEXTS.contains(&name.as_str()));
        let count = names.iter().filter(|name| KNOWN.contains(&name.as_str())).count();
        (holds_text && count >= 2).then_some(count)
    };
    // Two columns need a delimiter between them. Looking for it first is cheaper than a parser for each delimiter.
    DELIMITERS
        .into_iter()
        .filter(|delimiter| head.contains(delimiter))
        .filter_map(|delimiter| Some((known(delimiter)?, delimiter)))
        .max_by_key(|(count, _)| *count)
        .map(|(_, delimiter)| delimiter)
}

/// The names of the columns.
fn header(head: &[u8], delimiter: u8) -> Option<Vec<String>> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(head);
    let mut cells = ByteRecord::new();
    reader.read_byte_record(&mut cells).ok().filter(|&found| found)?;
    cells.iter().map(|cell| Some(name_of(std::str::from_utf8(cell).ok()?))).collect()
}

/// A column's name as JSON lines spell it; unchanged if they do not know it.
pub(crate) fn name_of(cell: &str) -> String {
    let name = cell.trim().trim_start_matches('\u{feff}');
    let lower = name.to_lowercase();
    if is_known(&lower) { lower } else { name.to_owned() }
}

/// Whether JSON lines know a name.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

pub(crate) fn open(input: Input, name: String) -> Result<Records, ReadError> {
    let delimiter = delimiter_of(input.head().trim_ascii_start()).unwrap_or(b',');
    let Bytes { path, compression, reader } = input.into_bytes();
    let bounded = Bounded { reader, left: LONGEST_RECORD, last: b'\n' };
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        // Left to itself, the parser splits `\r\n` between two records and miscounts lines.
        .terminator(Terminator::Any(b'\n'))
        .from_reader(bounded);
    let mut table =
        Table { path, compression, reader, name, columns: Vec::new(), cells: ByteRecord::new(), ended: false };
    match table.read_cells() {
        None => {}
        Some(Err(error)) => return Err(error),
        Some(Ok(line)) => table.columns = table.read_columns(line)?,
    }
    Ok(Box::new(table))
}

/// Refuses a table without a column for the abstract.
pub(super) fn holds_abstract(columns: &[String]) -> Result<(), Mismatch> {
    if TEXTS[1..].iter().any(|text| columns.iter().any(|column| column == text)) {
        return Ok(());
    }
    let shown: Vec<String> = columns.iter().map(|column| snippet(column)).collect();
    Err(Mismatch::new("a column `abstract`, `text` or `summary`", format!("the columns {}", shown.join(", "))))
}

struct Table {
    path: PathBuf,
    compression: Option<&'static str>,
    reader: csv::Reader<Bounded>,
    /// The value of [`Source::file`].
    name: String,
    columns: Vec<String>,
    cells: ByteRecord,
    ended: bool,
}

impl Table {
    fn read_columns(&self, line: u64) -> Result<Vec<String>, ReadError> {
        let named = |cell| Ok(name_of(utf8(cell)?));
        let columns: Result<Vec<String>, Mismatch> = self.cells.iter().map(named).collect();
        let columns = columns.map_err(|mismatch| mismatch.up_to_the_end(&self.path, line))?;
        holds_abstract(&columns).map_err(|mismatch| mismatch.up_to_the_end(&self.path, line))?;
        Ok(columns)
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

    fn record(&self) -> Result<Record, Mismatch> {
        if self.cells.len() != self.columns.len() {
            let expected = format!("{} cells, as in the first line", self.columns.len());
            return Err(Mismatch::new(expected, format!("{} cells", self.cells.len())));
        }
        let mut fields = Map::new();
        for (column, cell) in self.columns.iter().zip(&self.cells) {
            let text = utf8(cell)
                .map_err(|mismatch| Mismatch::new(format!("{} in `{column}`", mismatch.expected), mismatch.found))?;
            if !text.trim().is_empty() && !column.is_empty() {
                fields.entry(column.clone()).or_insert_with(|| value_of(column, text));
            }
        }
        record(with_abstract(fields))
    }
}

/// The fields of a row, with an empty abstract if the cell is empty.
pub(super) fn with_abstract(mut fields: Map<String, Value>) -> Map<String, Value> {
    if !TEXTS[1..].iter().any(|&name| fields.contains_key(name)) {
        fields.insert("abstract".to_owned(), Value::String(String::new()));
    }
    fields
}

/// The value of a cell in the form of JSON lines.
pub(super) fn value_of(column: &str, text: &str) -> Value {
    if COUNTS.contains(&column)
        && let Ok(count) = text.trim().parse::<u64>()
    {
        return count.into();
    }
    if LISTS.contains(&column)
        && text.trim_start().starts_with('[')
        && let Ok(list) = serde_json::from_str::<Vec<String>>(text)
    {
        return list.into();
    }
    Value::String(text.to_owned())
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
                record.document.source = vec![Source { file: self.name.clone(), line, rank: None }];
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
    fn the_delimiter_is_the_one_that_finds_names() {
        assert_eq!(delimiter_of(b"id,title,abstract\n1,a;b,c"), Some(b','));
        assert_eq!(delimiter_of(b"Title\tAbstract\tYear\n"), Some(b'\t'));
        assert_eq!(delimiter_of(b"\"title\";\"the text, whole\";\"text\"\r\n"), Some(b';'));
        assert_eq!(delimiter_of(b"\xef\xbb\xbfid|title"), Some(b'|'));
    }

    #[test]
    fn sentences_and_other_tables_are_no_table_of_papers() {
        for head in ["title\n", "name,price\n1,2", "The title, and the abstract, of a paper\n", "id,doi\n", "", "\n"] {
            assert_eq!(delimiter_of(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn cells_become_what_json_lines_would_hold() {
        assert_eq!(value_of("n_authors", " 3 "), Value::from(3));
        assert_eq!(value_of("comments", "12 pages"), Value::from("12 pages"));
        assert_eq!(value_of("authors", "[\"A\", \"B\"]"), Value::from(vec!["A", "B"]));
        assert_eq!(value_of("authors", "[A] B"), Value::from("[A] B"));
        assert_eq!(value_of("title", "[\"A\"]"), Value::from("[\"A\"]"));
    }

    #[test]
    fn a_record_without_an_end_is_given_up() {
        let reader: Box<dyn BufRead + Send> = Box::new(io::BufReader::new(io::repeat(b'x')));
        let mut bounded = Bounded { reader, left: 100, last: b'\n' };
        let error = io::copy(&mut bounded, &mut io::sink()).unwrap_err();
        assert!(error.get_ref().unwrap().is::<TooLong>());
    }
}

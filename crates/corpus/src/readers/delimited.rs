//! Tables as text: CSV, TSV, and tables with semicolons or bars as delimiters.
//!
//! The first line names the columns, with the names of JSON lines ([`jsonl`](super::jsonl)) in any case, or with those of
//! databases and reference managers ([`headings`](super::headings)): `Title` is `title`, `Source title` is `venue`. There
//! must be a column for the title or the abstract. The delimiter is the one that splits the first line into the most known
//! names. In front of it there may be a line `sep=;`, as Excel wants it, or one remark, as Dimensions writes it.
//!
//! A cell may be quoted, and then hold delimiters, line ends and doubled quotes. An empty cell is a missing field, except for
//! the abstract, which is then empty. Lists are split as in JSON lines, or read as JSON if they are written as such
//! (`["A", "B"]`). Dates and years may be written in any usual form; one that is not understood stays in `extra`.
//!
//! In a file with tabs, quotes are text if its beginning shows that they are no delimiters of cells.
//!
//! An id names the row in this table only, unless it is a DOI, an arXiv id, a web address or a `_id`.
//!
//! A record with more or fewer cells than the first line is malformed. A quote that is never closed would make the rest
//! of the file one cell. So reading stops at a record longer than [`LONGEST_RECORD`]: the next one cannot be found.
//!
//! Cost: one record.

use std::io::{self, BufRead, Read};
use std::path::PathBuf;

use csv::{ByteRecord, ReaderBuilder, Terminator};
use serde_json::{Map, Value};

use super::calendar;
use super::headings::{OF_PUBMED, meanings};
use super::jsonl::record;
use super::nbib::bare_title;
use super::people::spoken_initials;
use super::tagged::unless_missing;
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::identifiers;
use crate::input::{Bytes, Input};
use crate::lines::{LONGEST_RECORD, utf8};
use crate::record::{IdOrigin, Record, Records};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Columns of searched text.
pub(super) const TEXTS: [&str; 4] = ["title", "abstract", "text", "summary"];

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

/// Columns of dates.
const DATES: [&str; 5] = ["date", "published", "published_date", "created", "update_date"];

/// What programs write where they know no date.
const MISSING: [&str; 8] = ["nan", "nat", "na", "n/a", "null", "none", "<na>", "-"];

/// Known names in a line that has a remark in front of it.
const FEWEST_BEHIND_REMARK: usize = 3;

/// How a table is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    delimiter: u8,
    /// Records in front of the names of the columns.
    front: usize,
}

/// The layout of the table of papers that begins with `head`; `None` if it is something else.
pub(crate) fn layout_of(head: &[u8]) -> Option<Layout> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some(delimiter) = excel_delimiter(head) {
        return names_known(&first_records(head, delimiter).pop()?).map(|_| Layout { delimiter, front: 1 });
    }
    let known = |delimiter: u8| {
        let records = first_records(head, delimiter);
        if let Some(count) = records.first().and_then(|names| names_known(names)) {
            return Some((count, Layout { delimiter, front: 0 }));
        }
        let [remark, names] = &records[..] else { return None };
        let is_remark = remark.iter().filter(|cell| !cell.trim().is_empty()).count() == 1;
        let count = names_known(names).filter(|&count| is_remark && count >= FEWEST_BEHIND_REMARK)?;
        Some((count, Layout { delimiter, front: 1 }))
    };
    // Two columns need a delimiter between them. Looking for it first is cheaper than a parser for each delimiter.
    let found = DELIMITERS.into_iter().filter(|delimiter| head.contains(delimiter)).filter_map(known);
    found.max_by_key(|(count, _)| *count).map(|(_, layout)| layout)
}

/// The delimiter that a line `sep=;` names.
fn excel_delimiter(head: &[u8]) -> Option<u8> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let bare = line.strip_suffix(b"\r").unwrap_or(line);
    let bare = bare.strip_prefix(b"\"").and_then(|bare| bare.strip_suffix(b"\"")).unwrap_or(bare);
    match bare {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// How many of some names are known, if they are the columns of a table of papers.
fn names_known(names: &[String]) -> Option<usize> {
    let columns = columns_of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let holds_text = columns.iter().any(|column| TEXTS.contains(&column.name.as_str()));
    let count = columns.iter().filter(|column| is_known(&column.name)).count();
    (holds_text && count >= 2).then_some(count)
}

/// The first two records, or fewer.
fn first_records(head: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(head);
    let texts = |cells: ByteRecord| cells.iter().map(|cell| Some(std::str::from_utf8(cell).ok()?.to_owned())).collect();
    reader.byte_records().take(2).map_while(|cells| texts(cells.ok()?)).collect()
}

/// A column of a table.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    /// The place of its cell in a record.
    place: usize,
    heading: String,
    /// The name of JSON lines, or the heading.
    name: String,
}

/// The columns, in the order in which their cells are looked at.
fn columns_of(headings: &[&str]) -> Vec<Column> {
    let headings: Vec<&str> = headings.iter().map(|heading| heading.trim().trim_start_matches('\u{feff}')).collect();
    let mut columns: Vec<(usize, Column)> = Vec::with_capacity(headings.len());
    for (place, (heading, meaning)) in headings.iter().zip(meanings(&headings)).enumerate() {
        let (rank, name) = meaning.map_or_else(|| (0, name_of(heading)), |known| (known.rank, known.name.to_owned()));
        columns.push((rank, Column { place, heading: (*heading).to_owned(), name }));
    }
    columns.sort_by_key(|(rank, _)| *rank);
    columns.into_iter().map(|(_, column)| column).collect()
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
    let layout = layout_of(input.head().trim_ascii_start()).unwrap_or(Layout { delimiter: b',', front: 0 });
    let is_quoted = layout.delimiter != b'\t' || !are_quotes_text(input.head());
    let Bytes { path, compression, reader } = input.into_bytes();
    let bounded = Bounded { reader, left: LONGEST_RECORD, last: b'\n' };
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(layout.delimiter)
        .quoting(is_quoted)
        // Left to itself, the parser splits `\r\n` between two records and miscounts lines.
        .terminator(Terminator::Any(b'\n'))
        .from_reader(bounded);
    let mut table = Table {
        path,
        compression,
        reader,
        name,
        columns: Vec::new(),
        is_of_pubmed: false,
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
    Ok(Box::new(table))
}

/// Whether quotes in a tab-delimited file are text, as the format itself has it: some cell begins with a quote that does not
/// end it, and still every line has as many cells as the first.
fn are_quotes_text(head: &[u8]) -> bool {
    // The last line may be cut.
    let Some(end) = head.iter().rposition(|&byte| byte == b'\n') else { return false };
    let mut lines = head[..end].split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let cells = |line: &[u8]| line.split(|&byte| byte == b'\t').count();
    let Some(count) = lines.next().map(cells) else { return false };
    let is_lone = |cell: &[u8]| {
        let cell = cell.strip_suffix(b"\r").unwrap_or(cell);
        cell.starts_with(b"\"") && (cell.len() == 1 || !cell.ends_with(b"\""))
    };
    let mut has_lone = false;
    for line in lines {
        if cells(line) != count {
            return false;
        }
        has_lone |= line.split(|&byte| byte == b'\t').any(is_lone);
    }
    has_lone
}

struct Table {
    path: PathBuf,
    compression: Option<&'static str>,
    reader: csv::Reader<Bounded>,
    /// The value of [`Source::file`].
    name: String,
    columns: Vec<Column>,
    /// Whether titles end with a full stop, and names with initials.
    is_of_pubmed: bool,
    cells: ByteRecord,
    ended: bool,
}

impl Table {
    fn read_columns(&mut self, line: u64) -> Result<(), ReadError> {
        let headings: Result<Vec<&str>, Mismatch> = self.cells.iter().map(utf8).collect();
        let headings = headings.map_err(|mismatch| mismatch.up_to_the_end(&self.path, line))?;
        self.is_of_pubmed = headings.iter().any(|heading| heading.trim().eq_ignore_ascii_case(OF_PUBMED));
        self.columns = columns_of(&headings);
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

    fn record(&self) -> Result<Record, Mismatch> {
        if self.cells.len() != self.columns.len() {
            let expected = format!("{} cells, as in the first line", self.columns.len());
            return Err(Mismatch::new(expected, format!("{} cells", self.cells.len())));
        }
        let mut fields = Map::new();
        let mut not_understood = Vec::new();
        for Column { place, heading, name } in &self.columns {
            let text = utf8(self.cells.get(*place).unwrap_or_default())
                .map_err(|mismatch| Mismatch::new(format!("{} in `{heading}`", mismatch.expected), mismatch.found))?;
            // Of two columns for one field, the second one is kept under its heading.
            let key = if fields.contains_key(name) { heading } else { name };
            if text.trim().is_empty() || key.is_empty() || fields.contains_key(key) {
                continue;
            }
            match if key == name { self.value(name, text) } else { Some(Value::String(text.to_owned())) } {
                Some(value) => drop(fields.insert(key.clone(), value)),
                None => not_understood.push((name.clone(), text)),
            }
        }
        let mut record = record(fields);
        let told =
            not_understood.into_iter().filter(|(_, text)| !MISSING.contains(&text.trim().to_lowercase().as_str()));
        record.document.extra.extend(told.map(|(column, text)| (column, Value::String(text.trim().to_owned()))));
        if record.id_origin == IdOrigin::Given && !is_name_everywhere(&record.document.id) {
            record.id_origin = IdOrigin::Local;
        }
        Ok(record)
    }

    /// The value of a cell in the form of JSON lines; `None` for a date that is not understood.
    fn value(&self, column: &str, text: &str) -> Option<Value> {
        let value = match column {
            "year" => calendar::written(text)?.year().into(),
            date if DATES.contains(&date) => calendar::written(text)?.to_string().into(),
            "id" => text.trim().trim_start_matches("https://openalex.org/").into(),
            "url" => text.split("; ").next().unwrap_or_default().into(),
            "abstract" => unless_missing(text.to_owned()).into(),
            "title" if self.is_of_pubmed => bare_title(text.trim()).into(),
            "authors" if self.is_of_pubmed => {
                let names = text.trim().trim_end_matches('.').split(',').map(spoken_initials);
                names.filter(|name| !name.is_empty()).collect::<Vec<_>>().into()
            }
            _ => value_of(column, text),
        };
        Some(value)
    }
}

/// Whether the id of a row names the paper outside of its table too. A cell does not say whether `12` is a number.
fn is_name_everywhere(id: &str) -> bool {
    identifiers::doi(id).is_some() || identifiers::arxiv(id).is_some() || id.contains("://")
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
    fn the_delimiter_is_the_one_that_finds_names() {
        let delimiter_of = |head: &[u8]| layout_of(head).map(|layout| layout.delimiter);
        assert_eq!(delimiter_of(b"id,title,abstract\n1,a;b,c"), Some(b','));
        assert_eq!(delimiter_of(b"Title\tAbstract\tYear\n"), Some(b'\t'));
        assert_eq!(delimiter_of(b"\"title\";\"the text, whole\";\"text\"\r\n"), Some(b';'));
        assert_eq!(delimiter_of(b"\xef\xbb\xbfid|title"), Some(b'|'));
    }

    #[test]
    fn sentences_and_other_tables_are_no_table_of_papers() {
        for head in ["title\n", "name,price\n1,2", "The title, and the abstract, of a paper\n", "id,doi\n", "", "\n"] {
            assert_eq!(layout_of(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn one_line_may_stand_in_front_of_the_names() {
        let behind_one = |delimiter| Some(Layout { delimiter, front: 1 });
        assert_eq!(layout_of(b"sep=;\r\ntitle;abstract\n"), behind_one(b';'));
        assert_eq!(layout_of(b"\xef\xbb\xbf\"sep=\t\"\ntitle\tyear\n"), behind_one(b'\t'));
        assert_eq!(layout_of(b"\"About, the data\"\nRank,DOI,Title,PubYear\n"), behind_one(b','));
        for head in ["sep=;\nname;price\n", "A sentence, with a comma\ntitle,year,doi\n", "One\ntitle,year\n", "sep=;"]
        {
            assert_eq!(layout_of(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn the_best_of_two_columns_for_one_field_is_looked_at_first() {
        let columns = columns_of(&["\u{feff}Authors", "Author full names", "Source title", "Volume"]);
        let shown: Vec<_> = columns.iter().map(|column| (column.heading.as_str(), column.name.as_str())).collect();
        let expected =
            [("Volume", "Volume"), ("Author full names", "authors"), ("Authors", "authors"), ("Source title", "venue")];
        assert_eq!(shown, expected);
    }

    #[test]
    fn quotes_of_tables_with_tabs_may_be_text() {
        assert!(are_quotes_text(b"id\ttitle\n1\t\"Winds\n2\tLakes\"\n"));
        assert!(are_quotes_text(b"id\ttitle\r\n1\t\"\r\n"));
        for head in
            ["id\ttitle\n1\t\"Winds\nand lakes\"\n", "id\ttitle\n1\t\"Winds\"\n", "id\ttitle\n1\t\"a\tb\"\n", ""]
        {
            assert!(!are_quotes_text(head.as_bytes()), "{head}");
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

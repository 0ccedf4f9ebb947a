//! The JSON objects of an input, one by one, however they are arranged.
//!
//! Objects on lines of their own are read line by line. The items of one list, of the list inside a web service's
//! answer, and objects that take several lines or are the fields of one object, are cut out of the stream of bytes by following
//! brackets and strings, without parsing the JSON: only one item is in memory, and nesting takes no stack. An item with the
//! wrong content is one malformed record, and the next item is read; a list that breaks off ends reading. Several lists or
//! answers may follow each other, as `cat` makes them. Commas between items may be missing. An item that is `null` is a record
//! without text: web services answer so for a paper that they do not have.
//!
//! Cost: one item, of [`LONGEST_RECORD`] at most; columns are read whole ([`columnar`](super::columnar)).

use std::io;
use std::path::Path;

use super::columnar;
use super::opening::{Arrangement, Opening};
use crate::document::{Document, Source};
use crate::error::{Mismatch, ReadError};
use crate::identifiers;
use crate::input::{Bytes, Input};
use crate::lines::{LONGEST_RECORD, Lines, too_long, utf8};
use crate::record::{IdOrigin, Record, Records};

/// Makes a record of the JSON text of one item.
pub(super) type Parse = fn(&str) -> Result<Record, Mismatch>;

/// The records of an input whose items are on lines, in a list or in a web service's answers.
pub(super) fn records(input: Input, name: String, parse: Parse) -> Records {
    let arrangement = Opening::of(input.head()).map_or(Arrangement::List, |opening| opening.arrangement);
    let items = match arrangement {
        Arrangement::Lines => Items::Lines(input.into_lines()),
        Arrangement::Columns => Items::Columns(columnar::Rows::new(input.into_bytes())),
        Arrangement::List => Items::Cut(CutItems::new(input.into_bytes(), Layout::Lists(Vec::new()))),
        Arrangement::Page(path) => Items::Cut(CutItems::new(input.into_bytes(), Layout::Lists(path))),
        Arrangement::Objects => Items::Cut(CutItems::new(input.into_bytes(), Layout::Objects)),
        Arrangement::Keyed => Items::Cut(CutItems::new(input.into_bytes(), Layout::Keyed)),
    };
    Box::new(ItemReader { items, name, parse })
}

/// A stream of records from JSON items.
struct ItemReader {
    items: Items,
    /// The value of [`Source::file`].
    name: String,
    parse: Parse,
}

enum Items {
    Lines(Lines),
    Cut(CutItems),
    Columns(columnar::Rows),
}

impl Items {
    fn path(&self) -> &Path {
        match self {
            Items::Lines(lines) => lines.path(),
            Items::Cut(items) => &items.bytes.path,
            Items::Columns(rows) => rows.path(),
        }
    }

    /// The next item and the line it begins on.
    fn next(&mut self) -> Option<Result<(u64, &[u8]), ReadError>> {
        match self {
            Items::Lines(lines) => lines.next(),
            Items::Cut(items) => items.next(),
            Items::Columns(rows) => rows.next(),
        }
    }

    /// The name of the field that the item was the value of.
    fn key(&self) -> Option<&str> {
        match self {
            Items::Cut(items) if items.layout == Layout::Keyed => serde_json::from_slice(&items.key).ok(),
            _ => None,
        }
    }
}

impl Iterator for ItemReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, record) = match self.items.next()? {
                Err(error) => return Some(Err(error)),
                Ok((_, bytes)) if bytes.trim_ascii().is_empty() => continue,
                Ok((line, b"null")) => (line, Ok(Record { document: Document::default(), id_origin: IdOrigin::Made })),
                Ok((line, bytes)) => (line, utf8(bytes).and_then(self.parse)),
            };
            return Some(match record {
                Ok(mut record) => {
                    record.document.source = vec![Source { file: self.name.clone(), line, rank: None, key: None }];
                    if let Some(key) = self.items.key() {
                        name_by_key(&mut record, key);
                    }
                    Ok(record)
                }
                Err(mismatch) => Err(mismatch.at(self.items.path(), line)),
            });
        }
    }
}

/// Names a record without an id by the field that it was the value of. The numbers of rows name nothing.
fn name_by_key(record: &mut Record, key: &str) {
    let numbers_a_row = key.len() < 7 && key.bytes().all(|byte| byte.is_ascii_digit());
    if record.id_origin != IdOrigin::Made || numbers_a_row || key.trim().is_empty() {
        return;
    }
    let document = &mut record.document;
    document.arxiv = document.arxiv.take().or_else(|| identifiers::arxiv(key));
    document.doi = document.doi.take().or_else(|| identifiers::doi(key));
    let is_known_everywhere = identifiers::arxiv(key).is_some() || identifiers::doi(key).is_some();
    record.id_origin = if is_known_everywhere { IdOrigin::Given } else { IdOrigin::Local };
    key.trim().clone_into(&mut document.id);
}

/// Where items lie.
#[derive(Debug, PartialEq)]
enum Layout {
    /// In lists, or in the lists that lie under these names in objects, from the outside in.
    Lists(Vec<String>),
    /// One after the other.
    Objects,
    /// In the fields of objects.
    Keyed,
}

/// Items, cut out of a stream.
struct CutItems {
    bytes: Bytes,
    layout: Layout,
    place: Place,
    /// The line of the next byte, counted from 1.
    line: u64,
    item: Vec<u8>,
    /// The name of the field that was read last, in quotes.
    key: Vec<u8>,
    longest: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Before, between and behind lists and answers.
    Outside,
    /// Among the fields of a web service's answer, at this depth of the way to its list.
    Page(usize),
    /// Among the fields of an object whose values are the items.
    Keyed,
    List {
        in_page: bool,
    },
    Ended,
}

/// Why an item cannot be cut out.
enum Broken {
    Read(io::Error),
    Json(Mismatch),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Broken::Read(error)
    }
}

impl CutItems {
    fn new(bytes: Bytes, layout: Layout) -> CutItems {
        let (item, key) = (Vec::new(), Vec::new());
        CutItems { bytes, layout, place: Place::Outside, line: 1, item, key, longest: LONGEST_RECORD }
    }

    fn next(&mut self) -> Option<Result<(u64, &[u8]), ReadError>> {
        match self.find_item() {
            Ok(None) => None,
            Ok(Some(line)) if self.item.len() > self.longest => {
                Some(Err(too_long(self.longest).at(&self.bytes.path, line)))
            }
            Ok(Some(line)) => Some(Ok((line, &self.item))),
            Err(broken) => {
                self.place = Place::Ended;
                Some(Err(match broken {
                    Broken::Read(source) => self.bytes.failure(source),
                    Broken::Json(mismatch) => mismatch.up_to_the_end(&self.bytes.path, self.line),
                }))
            }
        }
    }

    /// Reads up to the end of the next item, keeps it, and returns the line it begins on.
    fn find_item(&mut self) -> Result<Option<u64>, Broken> {
        loop {
            let next = if self.place == Place::Ended { None } else { self.peek_visible()? };
            match (self.place, next) {
                (Place::Ended, _) | (Place::Outside, None) => return Ok(None),
                (Place::Outside, Some(b'[')) => self.enter(Place::List { in_page: false }),
                (Place::Outside, Some(b'{')) => match self.layout {
                    Layout::Lists(_) => self.enter(Place::Page(0)),
                    Layout::Keyed => self.enter(Place::Keyed),
                    Layout::Objects => return self.read_item(),
                },
                (Place::Outside, Some(byte)) => return Err(unexpected("a JSON list or object", Some(byte))),
                (Place::Page(0) | Place::Keyed, Some(b'}')) | (Place::List { in_page: false }, Some(b']')) => {
                    self.enter(Place::Outside);
                }
                (Place::Page(depth), Some(b'}')) => self.enter(Place::Page(depth - 1)),
                (Place::Page(depth), Some(b'"')) => self.read_page_field(depth)?,
                (Place::Keyed, Some(b'"')) => {
                    self.read_name()?;
                    return self.read_item();
                }
                (Place::Page(_) | Place::Keyed, other) => {
                    return Err(unexpected("a field or the end of the object", other));
                }
                (Place::List { in_page: true }, Some(b']')) => {
                    let depth = self.path().len().saturating_sub(1);
                    self.enter(Place::Page(depth));
                }
                (Place::List { .. }, next @ (None | Some(b'}' | b':'))) => {
                    return Err(unexpected("a record or the end of the list", next));
                }
                (Place::List { .. }, Some(_)) => return self.read_item(),
            }
        }
    }

    /// The names on the way to the list of an answer.
    fn path(&self) -> &[String] {
        match &self.layout {
            Layout::Lists(path) => path,
            Layout::Objects | Layout::Keyed => &[],
        }
    }

    /// Reads one value as an item, and returns the line it begins on.
    fn read_item(&mut self) -> Result<Option<u64>, Broken> {
        if self.peek_visible()?.is_none() {
            return Err(unexpected("a value", None));
        }
        let line = self.line;
        self.read_value()?;
        Ok(Some(line))
    }

    /// Passes over one byte, and is at `place` then.
    fn enter(&mut self, place: Place) {
        self.bytes.reader.consume(1);
        self.place = place;
    }

    /// Reads a field of an answer: up to its list if it is on the way to the papers, and to its end otherwise.
    fn read_page_field(&mut self, depth: usize) -> Result<(), Broken> {
        self.read_name()?;
        let path = self.path();
        let (is_on_the_way, is_last) =
            (path.get(depth).is_some_and(|name| self.key == format!("\"{name}\"").as_bytes()), depth + 1 >= path.len());
        match self.peek_visible()? {
            Some(b'[') if is_on_the_way && is_last => self.enter(Place::List { in_page: true }),
            Some(b'{') if is_on_the_way && !is_last => self.enter(Place::Page(depth + 1)),
            Some(_) => self.read_value()?,
            None => return Err(unexpected("a value", None)),
        }
        Ok(())
    }

    /// Reads the name of a field, and the colon behind it.
    fn read_name(&mut self) -> Result<(), Broken> {
        self.read_value()?;
        std::mem::swap(&mut self.item, &mut self.key);
        match self.peek_visible()? {
            Some(b':') => self.bytes.reader.consume(1),
            other => return Err(unexpected("a colon", other)),
        }
        Ok(())
    }

    /// The next byte that is neither white space nor a comma.
    fn peek_visible(&mut self) -> io::Result<Option<u8>> {
        loop {
            let chunk = self.bytes.reader.fill_buf()?;
            let skipped = chunk.iter().position(|byte| !is_between(*byte)).unwrap_or(chunk.len());
            let (is_end, visible) = (chunk.is_empty(), chunk.get(skipped).copied());
            self.line += count_lines(&chunk[..skipped]);
            self.bytes.reader.consume(skipped);
            if is_end || visible.is_some() {
                return Ok(visible);
            }
        }
    }

    /// Reads one value and keeps its text, or one byte more than `longest` of it.
    fn read_value(&mut self) -> Result<(), Broken> {
        self.item.clear();
        let mut scan = Scan::default();
        loop {
            let chunk = self.bytes.reader.fill_buf()?;
            if chunk.is_empty() {
                return if scan.is_scalar() { Ok(()) } else { Err(unexpected("the end of the record", None)) };
            }
            let (length, ended) = scan.over(chunk);
            let room = (self.longest + 1).saturating_sub(self.item.len());
            self.item.extend_from_slice(&chunk[..length.min(room)]);
            self.line += count_lines(&chunk[..length]);
            self.bytes.reader.consume(length);
            if ended {
                return Ok(());
            }
        }
    }
}

/// The state of a scan over a value.
#[derive(Default)]
struct Scan {
    depth: u64,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Scan {
    /// The number of bytes of a chunk that belong to the value, and whether the value ends there.
    fn over(&mut self, chunk: &[u8]) -> (usize, bool) {
        for (at, &byte) in chunk.iter().enumerate() {
            if self.in_string {
                self.in_string = byte != b'"' || self.escaped;
                self.escaped = byte == b'\\' && !self.escaped;
                if !self.in_string && self.depth == 0 {
                    return (at + 1, true);
                }
                continue;
            }
            match byte {
                b'"' if self.begun && self.depth == 0 => return (at, true),
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                // The bracket of the list or object around the value, or one that was never opened.
                b'}' | b']' if self.depth == 0 => return (at, true),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                byte if self.depth == 0 && (is_between(byte) || byte == b':') => return (at, true),
                _ => {}
            }
            self.begun = true;
        }
        (chunk.len(), false)
    }

    /// Whether the end of the data ends the value too.
    fn is_scalar(&self) -> bool {
        self.depth == 0 && !self.in_string
    }
}

fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xef | 0xbb | 0xbf)
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

fn unexpected(expected: &str, found: Option<u8>) -> Broken {
    let found = match found {
        None => "the end of the file, which may be cut short".to_owned(),
        Some(byte) => format!("`{}`", byte.escape_ascii()),
    };
    Broken::Json(Mismatch::new(expected, found))
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor, Read};

    use proptest::prelude::*;

    use super::*;

    fn list(text: &str, buffer: usize, longest: usize) -> CutItems {
        let layout = match Opening::of(text.as_bytes()).map(|opening| opening.arrangement) {
            Some(Arrangement::Page(path)) => Layout::Lists(path),
            Some(Arrangement::Keyed) => Layout::Keyed,
            Some(Arrangement::Lines | Arrangement::Objects) => Layout::Objects,
            _ => Layout::Lists(Vec::new()),
        };
        let reader = Box::new(BufReader::with_capacity(buffer, Cursor::new(text.to_owned()).take(u64::MAX)));
        let mut items = CutItems::new(Bytes { path: "x".into(), compression: None, reader }, layout);
        items.longest = longest;
        items
    }

    fn read(items: &mut CutItems) -> Vec<Result<(u64, String), String>> {
        let mut all = Vec::new();
        while let Some(item) = items.next() {
            all.push(
                item.map(|(line, item)| (line, String::from_utf8_lossy(item).into_owned())).map_err(|e| e.to_string()),
            );
        }
        all
    }

    fn items(text: &str) -> Vec<(u64, String)> {
        let whole: Result<Vec<_>, _> = read(&mut list(text, 1 << 16, 1 << 20)).into_iter().collect();
        let dripped: Result<Vec<_>, _> = read(&mut list(text, 1, 1 << 20)).into_iter().collect();
        assert_eq!(whole, dripped, "where the buffer ends makes no difference");
        whole.unwrap()
    }

    fn item(line: u64, text: &str) -> (u64, String) {
        (line, text.to_owned())
    }

    #[test]
    fn the_items_of_a_list_come_one_by_one_with_their_lines() {
        let text = "\n[\n{\"a\": \"}],\\\"\"},\n {\"b\":\n [1, {}]}, 7,null\n,\"x\"]\n";
        let expected = [
            item(3, "{\"a\": \"}],\\\"\"}"),
            item(4, "{\"b\":\n [1, {}]}"),
            item(5, "7"),
            item(5, "null"),
            item(6, "\"x\""),
        ];
        assert_eq!(items(text), expected);
        assert_eq!(items("[]"), []);
    }

    #[test]
    fn answers_of_a_web_service_give_the_papers_in_them() {
        let text = "{\"a\": {\"data\": [9]}, \"b\": {\"c\": [{\"text\": 1}, {}], \"x\": [8]}}\n{\"b\": {\"c\": [{}]}, \"next\": {\"c\": [7]}}";
        assert_eq!(items(text), [item(1, "{\"text\": 1}"), item(1, "{}"), item(2, "{}")]);
        assert_eq!(items("[{}]\n[{}]"), [item(1, "{}"), item(2, "{}")]);
    }

    #[test]
    fn objects_that_follow_each_other_and_objects_in_one_object_are_items() {
        assert_eq!(items("{\n\"title\": 1}{\"b\": 2}\n"), [item(1, "{\n\"title\": 1}"), item(2, "{\"b\": 2}")]);
        let keyed = "{\"a\": {\"title\": 1}, \"b\":\n{}}";
        assert_eq!(items(keyed), [item(1, "{\"title\": 1}"), item(2, "{}")]);
        let mut keys = list(keyed, 3, 100);
        read(&mut keys);
        assert_eq!(Items::Cut(keys).key(), Some("b"));
    }

    #[test]
    fn a_list_that_breaks_off_is_an_error_at_every_length_and_the_last_thing_said() {
        let whole = "[{\"a\": 1},\n{\"b\": [2]}]";
        for end in 1..whole.len() {
            let all = read(&mut list(&whole[..end], 4, 100));
            let error = all.last().unwrap().as_ref().unwrap_err();
            assert!(error.contains("found the end of the file, which may be cut short"), "{end}: {error}");
            assert!(all.iter().rev().skip(1).all(Result::is_ok), "{end}");
        }
        let all = read(&mut list("[{} }", 9, 100));
        assert!(all[1].as_ref().unwrap_err().contains("expected a record or the end of the list, found `}`"));
    }

    #[test]
    fn an_item_longer_than_any_record_is_passed_over() {
        let all = read(&mut list("[{\"a\": 123456789}, {}]", 3, 10));
        assert!(all[0].as_ref().unwrap_err().contains("line 1: expected a record of at most"));
        assert_eq!(all[1], Ok(item(1, "{}")));
    }

    #[test]
    fn depth_costs_nothing_here() {
        let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(items(&deep)[0].1.len(), 200_000);
    }

    proptest! {
        #[test]
        fn any_bytes_come_to_an_end(
            bytes in proptest::collection::vec(proptest::sample::select(b"{}[]\",:\\ a1\n".to_vec()), 0..80),
            buffer in 1usize..9,
        ) {
            let text = String::from_utf8(bytes).unwrap();
            prop_assert!(read(&mut list(&text, buffer, 20)).len() <= text.len() + 1);
        }
    }
}

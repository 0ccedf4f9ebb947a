//! Records out of YAML, one at a time.
//!
//! ```text
//! references:                dune2020:
//! - id: dune2020               type: article
//!   title: On tides            title: On tides
//! - id: wave2021             wave2021:
//!   title: …                   type: …
//! ```
//!
//! A file is cut into records by its indentation, before anything in it is read: an item of the list begins with a hyphen
//! in the column of the first one, a named entry in the first column. What is inside a record stands deeper. So a file may
//! be larger than memory, and a mistake costs one record. An alias finds only the anchors of its own record.
//!
//! | file    | what it holds                                     |
//! |---------|---------------------------------------------------|
//! | `value` | one record as a JSON value, within bounds         |
//!
//! Cost: one record, of at most [`LONGEST`] bytes.

use std::path::PathBuf;

use serde_json::Value;

use crate::document::Source;
use crate::error::{Mismatch, ReadError, snippet};
use crate::format::Format;
use crate::input::Input;
use crate::lines::{Lines, utf8};
use crate::readers::{csl_yaml, hayagriva};
use crate::record::{Record, Records};

mod value;

/// The longest record, in bytes.
const LONGEST: usize = 4 << 20;

/// The name of the list in a file of pandoc.
const REFERENCES: &str = "references:";

/// The format of a text that is YAML with papers.
pub(crate) fn format_of(head: &str) -> Option<Format> {
    let head = head.trim_start_matches('\u{feff}');
    let mut lines = head.lines().filter(|line| !is_remark(line)).peekable();
    let first = *lines.peek()?;
    if begins_item(first) && indent(first) == 0 {
        let keys = item_keys(lines);
        let has = |name: &str| keys.iter().any(|key| key == name);
        // A list of papers in words of our own is read as items are.
        let is_list = has("type") && (has("id") || has("title")) || has("title") && has("abstract");
        return is_list.then_some(Format::CslYaml);
    }
    let mut rest = lines.clone().skip_while(|line| !line.starts_with(REFERENCES));
    if is_key(first) && rest.next().is_some_and(|line| line.trim_end() == REFERENCES) {
        return rest.next().filter(|line| begins_item(line)).map(|_| Format::CslYaml);
    }
    lines.next();
    let is_entry = first.trim_end().ends_with(':') && is_key(first);
    let kind =
        lines.take_while(|line| indent(line) > 0).find_map(|line| line.trim().strip_prefix("type:").map(str::trim));
    let kind = kind.map(|kind| kind.trim_matches(['"', '\'']).to_ascii_lowercase());
    (is_entry && kind.is_some_and(|kind| hayagriva::KINDS.contains(&kind.as_str()))).then_some(Format::Hayagriva)
}

/// The names in the first item of a list.
fn item_keys<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines = lines.enumerate();
    let first = lines.next().map_or("", |(_, line)| line);
    let column = first.len() - first[1..].trim_start().len();
    let inside = lines.map(|(_, line)| line).take_while(|line| indent(line) > 0);
    let names = inside.filter(|line| indent(line) == column).chain([&first[1..]]);
    names.filter_map(|line| Some(line.trim().split_once(':')?.0.trim_matches(['"', '\'']).to_owned())).collect()
}

/// Whether a line says nothing: an empty one, a comment, a mark of a document, a directive.
fn is_remark(line: &str) -> bool {
    let trimmed = line.trim();
    trimmed.is_empty() || trimmed.starts_with('#') || is_mark(line) || line.starts_with('%')
}

/// Whether a line is where a document begins or ends.
fn is_mark(line: &str) -> bool {
    matches!(line.trim_end(), "---" | "...") || line.starts_with("--- ") || line.starts_with("... ")
}

/// Whether a line is a name and perhaps a value, in the first column.
fn is_key(line: &str) -> bool {
    line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | '_')) && line.contains(':')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether a line begins an item of a list.
fn begins_item(line: &str) -> bool {
    let line = line.trim_start_matches(' ');
    !is_mark(line) && line.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r']))
}

/// A list of items, under `references` or without a name.
pub(crate) fn open_list(input: Input, name: String) -> Records {
    // Behind the references of a text in Markdown stands the text, which may hold lists.
    let head = String::from_utf8_lossy(input.head());
    let is_bare = head.trim_start_matches('\u{feff}').lines().find(|line| !is_remark(line)).is_some_and(begins_item);
    let layout = Layout::List { is_bare, column: None, is_inside: false };
    Box::new(YamlReader::new(input, name, layout))
}

/// Entries with names.
pub(crate) fn open_entries(input: Input, name: String) -> Records {
    Box::new(YamlReader::new(input, name, Layout::Entries))
}

#[derive(Clone, Copy)]
enum Layout {
    List {
        /// Whether a list without a name is one of items.
        is_bare: bool,
        /// The column of the hyphens.
        column: Option<usize>,
        is_inside: bool,
    },
    Entries,
}

/// What a line is for the records.
enum Part {
    Begins(String),
    Holds,
    Ends,
    Outside,
    /// A list that is not cut into items.
    Wrong(Mismatch),
}

struct YamlReader {
    path: PathBuf,
    name: String,
    lines: Lines,
    layout: Layout,
    /// The text of the record that is open, and its first line.
    open: Option<(u64, String)>,
    fault: Option<ReadError>,
}

impl YamlReader {
    fn new(input: Input, name: String, layout: Layout) -> YamlReader {
        let lines = input.into_lines();
        YamlReader { path: lines.path().to_owned(), name, lines, layout, open: None, fault: None }
    }

    /// Reads one line. Gives a record if one ended there; `None` at the end of the file.
    fn advance(&mut self) -> Option<Option<Result<Record, ReadError>>> {
        let (number, line) = match self.lines.next()? {
            Ok(numbered) => numbered,
            // The line belongs to a record, which is not whole without it.
            Err(error) if error.is_skippable() && self.open.is_some() => {
                self.fault.get_or_insert(error);
                return Some(None);
            }
            Err(error) => return Some(Some(Err(error))),
        };
        let line = match utf8(line) {
            Ok(line) => line.to_owned(),
            Err(mismatch) => {
                // What stands between records is not read anyway.
                if self.open.is_some() {
                    self.fault.get_or_insert(mismatch.at(&self.path, number));
                }
                return Some(None);
            }
        };
        match self.layout.part(&line) {
            Part::Begins(text) => {
                let ended = self.close();
                self.open = Some((number, text));
                Some(ended)
            }
            Part::Holds => {
                self.hold(&line);
                Some(None)
            }
            Part::Ends => Some(self.close()),
            Part::Outside => Some(None),
            Part::Wrong(mismatch) => Some(Some(Err(mismatch.at(&self.path, number)))),
        }
    }

    fn hold(&mut self, line: &str) {
        let Some((first, text)) = &mut self.open else { return };
        if text.len() + line.len() > LONGEST {
            let mismatch = Mismatch::new(format!("a record of at most {} MiB", LONGEST >> 20), "a longer one");
            self.fault.get_or_insert(mismatch.at(&self.path, *first));
            return;
        }
        text.push('\n');
        text.push_str(line);
    }

    fn close(&mut self) -> Option<Result<Record, ReadError>> {
        let (first, text) = self.open.take()?;
        if let Some(fault) = self.fault.take() {
            return Some(Err(fault));
        }
        let value = match value::value(&text) {
            Ok(value) => value,
            Err((line, mismatch)) => return Some(Err(mismatch.at(&self.path, first + line as u64))),
        };
        let record = match (self.layout, value) {
            (Layout::List { .. }, Value::Object(item)) => csl_yaml::record(item),
            (Layout::Entries, Value::Object(entries)) => hayagriva::record(entries),
            // A hyphen without an item.
            (_, Value::Null) => return None,
            _ => Err(Mismatch::new("names with values", snippet(text.trim()))),
        };
        Some(match record {
            Ok(mut record) => {
                record.document.source = vec![Source { file: self.name.clone(), line: first, rank: None, key: None }];
                Ok(record)
            }
            Err(mismatch) => Err(mismatch.at(&self.path, first)),
        })
    }
}

impl Layout {
    fn part(&mut self, line: &str) -> Part {
        // Tabs are no indentation, but may stand in a text.
        let is_deeper = |column: usize| line.trim().is_empty() || line.starts_with('\t') || indent(line) > column;
        match self {
            _ if is_mark(line) => {
                if let Layout::List { is_inside, .. } = self {
                    *is_inside = false;
                }
                Part::Ends
            }
            Layout::Entries if is_deeper(0) || line.starts_with('#') => Part::Holds,
            Layout::Entries if line.starts_with('%') => Part::Outside,
            Layout::Entries => Part::Begins(line.to_owned()),
            Layout::List { is_bare, column, is_inside } => {
                let begins = begins_item(line) && column.is_none_or(|column| column == indent(line));
                if begins && (*is_inside || (*is_bare && indent(line) == 0)) {
                    (*column, *is_inside) = (Some(indent(line)), true);
                    return Part::Begins(line.replacen('-', " ", 1));
                }
                if *is_inside && (column.is_none_or(is_deeper) || line.trim_start().starts_with('#')) {
                    return Part::Holds;
                }
                (*column, *is_inside) = (None, false);
                match line.strip_prefix(REFERENCES).map(str::trim) {
                    None => Part::Ends,
                    Some(rest) if rest.starts_with('[') => {
                        Part::Wrong(Mismatch::new("a line with a hyphen for each item of `references`", snippet(rest)))
                    }
                    Some(_) => {
                        *is_inside = true;
                        Part::Ends
                    }
                }
            }
        }
    }
}

impl Iterator for YamlReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.advance() {
                Some(None) => {}
                Some(record) => return record,
                None => return self.close(),
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;
    use crate::document::Document;

    /// The papers of a text in the format that it has, and the messages about what is malformed.
    pub(in crate::readers) fn read(text: impl AsRef<[u8]>) -> Vec<Result<Document, String>> {
        let bytes = text.as_ref().to_vec();
        let is_list = format_of(&String::from_utf8_lossy(&bytes)) != Some(Format::Hayagriva);
        let input = Input::new(Path::new("x"), Cursor::new(bytes)).unwrap();
        let records = if is_list { open_list(input, "x".into()) } else { open_entries(input, "x".into()) };
        records.map(|record| record.map(|record| record.document).map_err(|error| error.to_string())).collect()
    }

    fn titles(text: &str) -> Vec<String> {
        let shown = |paper: Document| format!("{} of line {}", paper.title, paper.source[0].line);
        read(text).into_iter().map(|paper| paper.map_or_else(|error| error, shown)).collect()
    }

    #[test]
    fn items_are_cut_by_their_hyphens() {
        let indented = "---\n# a remark\nlang: en\nreferences:\n  - id: a\n    type: book\n    title: One\n    keyword:\n    - x\n\n  -\n    \
                        type: book\n    title: >\n      Two\n\n      - not three\nnocite: x\n...\n\nA text.\n- and a list\n";
        assert_eq!(titles(indented), ["One of line 5", "Two - not three of line 11"]);
        let bare = "- type: book\n  title: One\n- {type: book,\n   title: Two}\n-\n---\nreferences:\n- type: book\n  title: Three";
        assert_eq!(titles(bare), ["One of line 1", "Two of line 3", "Three of line 8"]);
    }

    #[test]
    fn entries_are_cut_by_their_names() {
        let text = "%YAML 1.2\n---\none:\n  type: article\n  title: One\n# remark\n\"two words\":\n  type: Book\n  title: Two\nthree: {type: \
                    web, title: Three}\n";
        assert_eq!(titles(text), ["One of line 3", "Two of line 7", "Three of line 10"]);
    }

    #[test]
    fn a_mistake_costs_one_record() {
        let text = b"references:\n- type: book\n  title: 'One\n- type: book\n  title: \xff\n- type: book\n  title: *x\n- type: book\n  \
                     title: Two\n- just words\n";
        let all = read(text);
        assert!(all[0].as_ref().unwrap_err().starts_with("x, line 3: expected YAML, found"), "{:?}", all[0]);
        let found = all[1].as_ref().unwrap_err();
        assert!(found.starts_with("x, line 5: expected UTF-8 text, found the byte 0xff"), "{found}");
        assert!(all[2].as_ref().unwrap_err().starts_with("x, line 7: expected YAML, found"), "{:?}", all[2]);
        assert_eq!(all[3].as_ref().unwrap().title, "Two");
        assert!(all[4].as_ref().unwrap_err().contains("expected names with values, found `just words`"));
        let flow = read("references: [{type: book, title: One}]\n");
        assert!(flow[0].as_ref().unwrap_err().contains("expected a line with a hyphen for each item"));
    }

    #[test]
    fn a_record_without_an_end_is_bounded() {
        let line = format!("  {}\n", "x".repeat(1 << 16));
        let text = format!("- type: book\n  title: |\n{}- type: book\n  title: Two\n", format!("  {line}").repeat(80));
        let all = read(text);
        assert!(all[0].as_ref().unwrap_err().contains("expected a record of at most 4 MiB"));
        assert_eq!(all[1].as_ref().unwrap().title, "Two");
    }

    #[test]
    fn files_are_known_by_their_first_record() {
        for head in [
            "---\nreferences:\n- id: a\n",
            "\u{feff}title: A paper\nreferences:\n  - type: book",
            "- id: a\n  type: book\n  title: T",
            "- title: T\n  issued:\n    year: 2020\n  type: book\n",
        ] {
            assert_eq!(format_of(head), Some(Format::CslYaml), "{head}");
        }
        for head in ["dune2020:\n  type: Article\n  title: On tides", "# x\n\"a b\":\n    title: T\n    type: 'web'\n"]
        {
            assert_eq!(format_of(head), Some(Format::Hayagriva), "{head}");
        }
        for head in [
            "- one\n- two\n",
            "references:\n",
            "references: a text\n- x",
            "services:\n  web:\n    type: article\n",
            "pet:\n  type: object\n",
            "# Title\n\n- type: of thing\n",
            "A sentence:\nand more\n",
            "",
            "-",
        ] {
            let is_service = head.starts_with("services");
            assert_eq!(format_of(head).is_some(), is_service, "{head}");
        }
    }
}

//! Records of tagged lines, which databases and reference managers exchange.
//!
//! ```text
//! TY  - JOUR
//! TI  - On tides of the north
//!       and the south
//! ER  -
//! ```
//!
//! A line with a tag begins a field, a line without one goes on with it. RIS, MEDLINE and Web of Science differ in how a tag
//! is written and in what divides records; [`Tags`] says how. A record that was begun is never given up: if the mark of its
//! end is missing, it ends where the next one begins.
//!
//! | file     | what it holds                          |
//! |----------|----------------------------------------|
//! | `fields` | the fields of a record                 |
//!
//! Cost: one record, of at most [`fields::LONGEST`] bytes.

use std::path::PathBuf;

use super::markup;
use crate::document::{Document, Source};
use crate::error::ReadError;
use crate::input::Input;
use crate::lines::{Lines, utf8};
use crate::record::{IdOrigin, Record, Records};
use crate::slug::slug;

pub(crate) use fields::{Fields, pages};

mod fields;

/// How a format writes tags and divides records.
pub(super) trait Tags: Send {
    /// The tag of a line and what stands behind it; `None` if the line goes on with the field before.
    fn split<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)>;

    /// What a tag means for the record.
    fn role(&self, tag: &str) -> Role;

    /// Whether the record that is open ended in front of this line, although no mark of its end was there.
    fn has_ended(&self, line: &str, is_behind_blank: bool) -> bool;

    /// Makes a document of a record. What a field cannot be is left in `extra`.
    fn paper(&self, fields: &mut Fields) -> Record;
}

/// What a tag means for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is the first field of a record.
    Begins,
    /// It is a field of a record.
    Holds,
    /// It ends a record, and is no field.
    Ends,
}

pub(super) fn open<T: Tags + 'static>(input: Input, name: String, tags: T) -> Records {
    Box::new(TaggedReader::new(input, name, tags))
}

/// A stream of records of tagged lines.
struct TaggedReader<T> {
    path: PathBuf,
    name: String,
    lines: Lines,
    tags: T,
    fields: Fields,
    open: Option<Open>,
    is_behind_blank: bool,
}

/// The record whose fields are gathered.
struct Open {
    line: u64,
    /// Whether its first tag was there. Without it, fields without a text are no record: they are a database's remarks between
    /// records.
    is_begun: bool,
    /// Why the record cannot be read.
    fault: Option<ReadError>,
}

type Outcome = Option<Result<Record, ReadError>>;

impl<T: Tags> TaggedReader<T> {
    fn new(input: Input, name: String, tags: T) -> TaggedReader<T> {
        let lines = input.into_lines();
        let path = lines.path().to_owned();
        TaggedReader { path, name, lines, tags, fields: Fields::default(), open: None, is_behind_blank: false }
    }

    /// Reads one line. Gives a record if one ended there; `None` at the end of the file.
    fn advance(&mut self) -> Option<Outcome> {
        let (number, line) = match self.lines.next()? {
            Ok(numbered) => numbered,
            // The line belongs to a record, which is not whole without it.
            Err(error) if error.is_skippable() && self.open.is_some() => {
                spoil(&mut self.open, error);
                return Some(None);
            }
            Err(error) => return Some(Some(Err(error))),
        };
        let line = match utf8(line) {
            Ok(line) => line.trim_start_matches('\u{feff}'),
            Err(mismatch) => {
                spoil(&mut self.open, mismatch.at(&self.path, number));
                return Some(None);
            }
        };
        if line.trim().is_empty() {
            self.is_behind_blank = true;
            return Some(None);
        }
        let is_behind_blank = std::mem::take(&mut self.is_behind_blank);
        let tagged = self.tags.split(line);
        let role = tagged.map(|(tag, _)| self.tags.role(tag));
        let ends = matches!(role, Some(Role::Begins | Role::Ends)) || self.tags.has_ended(line, is_behind_blank);
        let ended = if ends { self.open.take() } else { None };
        let record = ended.and_then(|open| close(open, &self.tags, &mut self.fields, &self.name));
        let kept = match tagged {
            Some((tag, value)) if role != Some(Role::Ends) => {
                if self.open.is_none() {
                    self.fields.clear();
                    self.open = Some(Open { line: number, is_begun: role == Some(Role::Begins), fault: None });
                }
                self.fields.push(tag, value)
            }
            None if self.open.is_some() => self.fields.go_on(line),
            _ => Ok(()),
        };
        if let Err(mismatch) = kept
            && let Some(open) = &mut self.open
        {
            open.fault.get_or_insert(mismatch.at(&self.path, open.line));
        }
        Some(record)
    }
}

fn spoil(open: &mut Option<Open>, fault: ReadError) {
    // What stands between records is not read anyway.
    if let Some(open) = open {
        open.fault.get_or_insert(fault);
    }
}

/// Makes a document of the fields of a record that ended.
fn close(open: Open, tags: &impl Tags, fields: &mut Fields, name: &str) -> Outcome {
    if let Some(fault) = open.fault {
        return Some(Err(fault));
    }
    let mut record = tags.paper(fields);
    let document = &mut record.document;
    if !open.is_begun && document.title.is_empty() && document.r#abstract.is_empty() {
        return None;
    }
    document.title = markup::without(std::mem::take(&mut document.title));
    document.r#abstract = markup::without(std::mem::take(&mut document.r#abstract));
    document.venue = document.venue.take().map(markup::without);
    document.source = vec![Source { file: name.to_owned(), line: open.line, rank: None, key: None }];
    Some(Ok(record))
}

impl<T: Tags> Iterator for TaggedReader<T> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.advance() {
                Some(None) => {}
                Some(record) => return record,
                None => {
                    let open = self.open.take()?;
                    // Nothing comes behind it, so `None` would be said of the last record only.
                    return close(open, &self.tags, &mut self.fields, &self.name);
                }
            }
        }
    }
}

/// A record under an id that its format gave, or one that is made of its title.
pub(super) fn named(id: Option<String>, mut document: Document) -> Record {
    let id_origin = if id.is_some() { IdOrigin::Given } else { IdOrigin::Made };
    let text = if document.title.is_empty() { &document.r#abstract } else { &document.title };
    document.id = id.unwrap_or_else(|| slug(text));
    Record { document, id_origin }
}

/// The abstract, unless it says that there is none.
pub(super) fn unless_missing(summary: String) -> String {
    let bare = summary.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    let is_missing = ["no abstract available", "no abstract", "abstract not available"].contains(&bare.as_str());
    if is_missing { String::new() } else { summary }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    /// The papers of a text, and the messages about what is malformed.
    pub(crate) fn read<T: Tags + 'static>(text: impl AsRef<[u8]>, tags: T) -> Vec<Result<Document, String>> {
        let input = Input::new(Path::new("x"), Cursor::new(text.as_ref().to_vec())).unwrap();
        let records = open(input, "x".into(), tags);
        records.map(|record| record.map(|record| record.document).map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn an_abstract_may_say_that_there_is_none() {
        assert_eq!(unless_missing("[No abstract available]".into()), "");
        assert_eq!(unless_missing("No abstract of ours is short.".into()), "No abstract of ours is short.");
    }
}

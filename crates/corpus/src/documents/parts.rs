//! Inputs of several files as one stream: a folder, an archive.
//!
//! The files are read one after the other. One that is not of a known format is noted and passed over; only if there is no
//! other, that is an error.

use std::path::PathBuf;

use super::stream::Documents;
use crate::error::ReadError;
use crate::format::Format;
use crate::notes::{Note, Notes};
use crate::record::{Record, Records};

/// A file of several, which is opened when its turn comes.
pub(super) struct Part {
    /// What notes call it.
    pub(super) name: String,
    pub(super) content: Result<Content, ReadError>,
    /// Fields that all records of the file have, which the folders around it tell: `year=2020/part.parquet`.
    pub(super) fields: Vec<(String, String)>,
}

/// What a file holds.
pub(super) enum Content {
    /// Papers.
    Papers(Documents),
    /// One paper that is not a file of a known format.
    Paper(Box<Record>),
    /// No papers, for a reason.
    Other(String),
}

/// The records of several files.
pub(super) struct Parts<I> {
    path: PathBuf,
    notes: Notes,
    parts: I,
    current: Option<Records>,
    /// The name of the current part while none of its records was read.
    is_first_of: Option<String>,
    has_read: bool,
    fields: Vec<(String, String)>,
    nothing: Option<ReadError>,
}

impl<I: Iterator<Item = Part> + Send + 'static> Parts<I> {
    /// The records of `parts`, or the error `nothing` if there are no files of papers among them.
    pub(super) fn new(path: PathBuf, notes: Notes, parts: I, nothing: ReadError) -> Parts<I> {
        Parts {
            path,
            notes,
            parts,
            current: None,
            is_first_of: None,
            has_read: false,
            fields: Vec::new(),
            nothing: Some(nothing),
        }
    }

    fn not_read(&self, part: String, why: String) {
        self.notes.add(Note::NotRead { path: self.path.clone(), part, why });
    }

    /// Opens the next file that holds papers.
    fn open_next(&mut self) -> Option<Result<Record, ReadError>> {
        loop {
            let Some(Part { name, content, fields }) = self.parts.next() else {
                return self.nothing.take().filter(|_| !self.has_read).map(Err);
            };
            self.fields = fields;
            match content {
                Ok(Content::Papers(documents)) => {
                    self.notes.append(&documents.notes);
                    // Settings and other lists are JSON too.
                    let is_ours = matches!(documents.format, Format::Jsonl | Format::JsonList);
                    self.is_first_of = is_ours.then_some(name);
                    self.has_read |= !is_ours;
                    self.current = Some(documents.records);
                    return None;
                }
                Ok(Content::Paper(record)) => {
                    self.has_read = true;
                    return Some(Ok(*record));
                }
                Ok(Content::Other(why)) => self.not_read(name, why),
                Err(error) => match error.without_path() {
                    Some(why) => self.not_read(name, why),
                    None => return Some(Err(error)),
                },
            }
        }
    }
}

impl<I: Iterator<Item = Part> + Send + 'static> Iterator for Parts<I> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(records) = &mut self.current {
                match (records.next(), self.is_first_of.take()) {
                    (Some(Err(error)), Some(name)) => {
                        self.not_read(name, format!("no list of papers: {error}"));
                        self.current = None;
                    }
                    (Some(Ok(record)), Some(name))
                        if record.document.passage().is_empty() && !record.document.judged =>
                    {
                        self.not_read(
                            name,
                            "no list of papers: its first record has neither title nor abstract".to_owned(),
                        );
                        self.current = None;
                    }
                    (None, _) => self.current = None,
                    (record, _) => {
                        self.has_read = true;
                        return record.map(|record| record.map(|record| with_fields(record, &self.fields)));
                    }
                }
            }
            let record = self.open_next();
            if record.is_some() || self.current.is_none() {
                return record;
            }
        }
    }
}

/// A record with the fields that the folders around its file tell, where it does not tell them itself.
fn with_fields(mut record: Record, fields: &[(String, String)]) -> Record {
    let document = &mut record.document;
    for (name, value) in fields {
        match name.to_lowercase().as_str() {
            "year" | "publication_year" if document.year.is_none() => document.year = value.parse().ok(),
            "venue" | "journal" if document.venue.is_none() => document.venue = Some(value.clone()),
            "year" | "publication_year" | "venue" | "journal" => {}
            _ => _ = document.extra.entry(name.clone()).or_insert_with(|| value.clone().into()),
        }
    }
    record
}

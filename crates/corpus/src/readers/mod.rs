//! One reader per format, each a stream of documents.
//!
//! | format            | reader         | memory                                              |
//! |-------------------|----------------|-----------------------------------------------------|
//! | JSON lines        | `jsonl`        | one line                                            |
//! | BEIR folder       | `beir`         | finds the file in the folder; then as JSON lines    |
//! | Daily Papers page | `daily_papers` | one file: a page's year shows only at its end       |
//! | OAI-PMH XML       | `oai`          | one record                                          |
//! | ACL Anthology XML | `acl`          | one paper                                           |
//! | PubMed XML        | `pubmed`       | one citation                                        |
//! | BibTeX, BibLaTeX  | `bibtex`       | one entry, and those that wait for one they name    |
//!
//! What is XML shares `xml`, which walks a file and bounds what it may do.
//!
//! [`Documents`] hides which one is at work. A malformed record comes out as an `Err` and the stream goes on
//! behind it; any other error is the last thing a stream gives.

use std::path::{Path, PathBuf};

use crate::corpus::ReadOptions;
use crate::detect::{Content, Format, detect};
use crate::document::Document;
use crate::error::ReadError;
use crate::input::{Input, name_of};
use jsonl::JsonlReader;

pub(crate) mod beir;
pub(crate) mod bibtex;
pub(crate) mod daily_papers;
pub(crate) mod jsonl;
pub(crate) mod xml;

mod acl;
mod calendar;
mod fields;
mod joined;
mod oai;
mod pubmed;

/// Opens a file, a BEIR folder or standard input (`-`) as a stream of its records, one document for each.
///
/// Nothing is merged and made-up ids may repeat; [`read_corpus`](crate::read_corpus) settles both.
///
/// # Errors
///
/// When the path cannot be opened, or its content is in no known format. Malformed records turn up in the
/// stream.
pub fn open(path: &Path) -> Result<Documents, ReadError> {
    Documents::open(path, &ReadOptions::default())
}

/// The records of one input, in order.
pub struct Documents {
    /// The file that is read; within a BEIR folder, the one that holds the documents.
    path: PathBuf,
    format: Format,
    records: Records,
}

/// What a reader gives, in order.
pub(crate) type Records = Box<dyn Iterator<Item = Result<Record, ReadError>> + Send>;

impl Documents {
    pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Documents, ReadError> {
        if path.is_dir() {
            let file = beir::corpus_file(path)?;
            let records = JsonlReader::new(Input::open(&file)?, beir::name_of(path, &file));
            return Ok(Documents { path: file, format: Format::Beir, records: Box::new(records) });
        }
        let input = Input::open(path)?;
        let name = name_of(path);
        let path = path.to_owned();
        match detect(input.head()) {
            Content::Known(format) => {
                let records = records_of(format, input, name, options)?;
                Ok(Documents { path, format, records })
            }
            Content::Nothing => Err(ReadError::Empty { path, expected: "record" }),
            Content::JsonArray => Err(ReadError::JsonArray { path }),
            Content::Binary(found) => Err(ReadError::UnknownFormat { path, found: found.to_owned() }),
            Content::OtherText(found) => Err(ReadError::UnknownFormat { path, found }),
        }
    }

    /// The format that was found.
    pub fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn next_record(&mut self) -> Option<Result<Record, ReadError>> {
        self.records.next()
    }
}

/// The reader of a file's format.
fn records_of(format: Format, input: Input, name: String, options: &ReadOptions) -> Result<Records, ReadError> {
    match format {
        Format::Jsonl | Format::Beir => Ok(Box::new(JsonlReader::new(input, name))),
        Format::DailyPapers => Ok(Box::new(daily_papers::read(input, &name, options.page_year)?.into_iter())),
        Format::OaiPmh => Ok(oai::open(input, name)),
        Format::AclAnthology => Ok(acl::open(input, name)),
        Format::Pubmed => Ok(pubmed::open(input, name)),
        Format::Bibtex => Ok(bibtex::open(input, name)),
    }
}

impl Iterator for Documents {
    type Item = Result<Document, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_record()?.map(|record| record.document))
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("format", &self.format).finish_non_exhaustive()
    }
}

/// A document as one reader gives it, together with what only matters until ids are settled.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) document: Document,
    pub(crate) id_origin: IdOrigin,
}

/// How much an id binds, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IdOrigin {
    /// Made from the title; may be changed to keep ids unique.
    Made,
    /// Given by the user; kept.
    Given,
    /// Given as `_id`, the spelling of benchmark corpora. Relevance judgements name such a document by its
    /// id, so it is merged with no document that has an id of its own, whatever the two hold.
    Judged,
}

//! One reader per format, each a stream of documents.
//!
//! | format               | reader             | memory                                           |
//! |----------------------|--------------------|--------------------------------------------------|
//! | JSON lines or a list | `jsonl`            | one record                                       |
//! | BEIR folder          | `beir`             | finds the file in the folder; then as JSON lines |
//! | Daily Papers page    | `daily_papers`     | one file: a page's year shows only at its end    |
//! | arXiv metadata       | `arxiv`            | one record                                       |
//! | Semantic Scholar     | `semantic_scholar` | one record                                       |
//! | OpenAlex             | `openalex`         | one record                                       |
//! | CSL-JSON             | `csl`              | one item                                         |
//! | CSV, TSV             | `delimited`        | one record                                       |
//! | OAI-PMH XML          | `oai`              | one record                                       |
//! | ACL Anthology XML    | `acl`              | one paper                                        |
//! | PubMed XML           | `pubmed`           | one citation                                     |
//! | BibTeX, BibLaTeX     | `bibtex`           | one entry, and those that wait for one they name |
//! | Parquet              | `parquet`          | a page of each column that is read               |
//! | folder of text files | `text_folder`      | one file                                         |
//!
//! Formats that are all JSON share `opening`, which tells them apart, and `items`, which cuts records out of lines,
//! lists and the answers of web services.
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

pub(crate) mod arxiv;
pub(crate) mod beir;
pub(crate) mod bibtex;
pub(crate) mod csl;
pub(crate) mod daily_papers;
pub(crate) mod delimited;
pub(crate) mod jsonl;
pub(crate) mod openalex;
pub(crate) mod opening;
pub(crate) mod semantic_scholar;
pub(crate) mod xml;

mod acl;
mod calendar;
mod fields;
mod front_matter;
mod items;
mod joined;
mod json;
mod oai;
mod parquet;
mod pubmed;
mod text_folder;

/// What a reader gives, in order.
pub(crate) type Records = Box<dyn Iterator<Item = Result<Record, ReadError>> + Send>;

/// Opens a file, a folder or standard input (`-`) as a stream of its records, one document for each.
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
    /// What is read; within a BEIR folder, the file that holds the documents.
    path: PathBuf,
    format: Format,
    records: Records,
}

impl Documents {
    pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Documents, ReadError> {
        if path.is_dir() {
            return Documents::open_folder(path);
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
            Content::Binary(found) => Err(ReadError::UnknownFormat { path, found: found.to_owned() }),
            Content::OtherText(found) => Err(ReadError::UnknownFormat { path, found }),
        }
    }

    /// A BEIR folder if it holds such a file, and a folder of text files otherwise.
    fn open_folder(path: &Path) -> Result<Documents, ReadError> {
        let Ok(file) = beir::corpus_file(path) else {
            let records = text_folder::open(path)?;
            return Ok(Documents { path: path.to_owned(), format: Format::TextFolder, records });
        };
        let records = jsonl::open(Input::open(&file)?, beir::name_of(path, &file), Format::Beir);
        Ok(Documents { path: file, format: Format::Beir, records })
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
        Format::Jsonl | Format::JsonList | Format::Beir | Format::TextFolder => Ok(jsonl::open(input, name, format)),
        Format::DailyPapers => Ok(Box::new(daily_papers::read(input, &name, options.page_year)?.into_iter())),
        Format::Arxiv => Ok(arxiv::open(input, name)),
        Format::SemanticScholar => Ok(semantic_scholar::open(input, name)),
        Format::OpenAlex => Ok(openalex::open(input, name)),
        Format::CslJson => Ok(csl::open(input, name)),
        Format::Delimited => delimited::open(input, name),
        Format::Parquet => parquet::open(&input, name),
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

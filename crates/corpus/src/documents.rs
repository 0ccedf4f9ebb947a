//! An input as a stream of documents, whatever its format.
//!
//! [`Documents`] hides which reader is at work. A malformed record comes out as an `Err` and the stream goes on
//! behind it; any other error is the last thing a stream gives.

use std::path::{Path, PathBuf};

use crate::detect::{Content, detect};
use crate::document::Document;
use crate::error::ReadError;
use crate::format::Format;
use crate::input::Input;
use crate::options::ReadOptions;
use crate::paths::name_of;
use crate::readers::{
    acl, arxiv, beir, bibtex, csl, daily_papers, delimited, jsonl, oai, openalex, parquet, pubmed, semantic_scholar,
    text_folder,
};
use crate::record::{Record, Records};

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
                let records = reader_of(format, input, name, options)?;
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
fn reader_of(format: Format, input: Input, name: String, options: &ReadOptions) -> Result<Records, ReadError> {
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

//! An input as a stream of documents, whatever its format.
//!
//! [`Documents`] hides which reader is used. A malformed record is an `Err`, and the stream goes on behind it; any other
//! error ends the stream.

use std::path::{Path, PathBuf};

use crate::detect::{Content, detect};
use crate::document::Document;
use crate::error::ReadError;
use crate::format::Format;
use crate::input::Input;
use crate::options::ReadOptions;
use crate::paths::name_of;
#[cfg(feature = "bibtex")]
use crate::readers::bibtex;
#[cfg(feature = "parquet")]
use crate::readers::parquet;
#[cfg(feature = "xml")]
use crate::readers::{acl, oai, pubmed};
use crate::readers::{
    arxiv, beir, csl, daily_papers, delimited, jsonl, nbib, openalex, ris, semantic_scholar, text_folder,
    web_of_science,
};
use crate::record::{Record, Records};

/// Opens a file, a folder or standard input (`-`) as a stream of documents, one for each record.
///
/// Duplicates are not merged and made ids may repeat; [`read_corpus`](crate::read_corpus) resolves both.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("papers.csv");
/// std::fs::write(&path, "title,abstract\nOn Tides,Why the sea moves.\n")?;
/// let mut documents = semsearch_corpus::open(&path)?;
/// assert_eq!(documents.format(), semsearch_corpus::Format::Delimited);
/// assert_eq!(documents.next().unwrap()?.title, "On Tides");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When the path cannot be opened, or its content has an unknown format. Malformed records are errors of the stream.
pub fn open(path: &Path) -> Result<Documents, ReadError> {
    Documents::open(path, &ReadOptions::default())
}

/// The records of one input, in order.
pub struct Documents {
    /// The input; within a BEIR folder, the file that holds the documents.
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

    /// Opens a BEIR folder if the folder holds such a file, and a folder of text files otherwise.
    fn open_folder(path: &Path) -> Result<Documents, ReadError> {
        let Ok(file) = beir::corpus_file(path) else {
            let records = text_folder::open(path)?;
            return Ok(Documents { path: path.to_owned(), format: Format::TextFolder, records });
        };
        let records = jsonl::open(Input::open(&file)?, beir::name_of(path, &file), Format::Beir);
        Ok(Documents { path: file, format: Format::Beir, records })
    }

    /// The format that was detected.
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
        Format::Nbib => Ok(nbib::open(input, name)),
        Format::WebOfScience => Ok(web_of_science::open(input, name)),
        Format::Ris => Ok(ris::open(input, name)),
        Format::Delimited => delimited::open(input, name),
        #[cfg(feature = "parquet")]
        Format::Parquet => parquet::open(&input, name),
        #[cfg(feature = "xml")]
        Format::OaiPmh => Ok(oai::open(input, name)),
        #[cfg(feature = "xml")]
        Format::AclAnthology => Ok(acl::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Pubmed => Ok(pubmed::open(input, name)),
        #[cfg(feature = "bibtex")]
        Format::Bibtex => Ok(bibtex::open(input, name)),
        #[cfg(not(all(feature = "bibtex", feature = "parquet", feature = "xml")))]
        format => Err(not_built(format, input.path())),
    }
}

/// The error for a format whose feature is off.
#[cfg(not(all(feature = "bibtex", feature = "parquet", feature = "xml")))]
fn not_built(format: Format, path: &Path) -> ReadError {
    let feature = match format {
        Format::Bibtex => "bibtex",
        Format::Parquet => "parquet",
        _ => "xml",
    };
    ReadError::NotBuilt { path: path.to_owned(), format, feature }
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

#[cfg(all(test, not(all(feature = "bibtex", feature = "parquet", feature = "xml"))))]
mod tests {
    use semsearch_task::ErrorKind;

    use super::*;

    #[test]
    fn a_format_that_is_not_built_in_is_named() {
        let (bibtex, parquet, xml) = (cfg!(feature = "bibtex"), cfg!(feature = "parquet"), cfg!(feature = "xml"));
        for (content, format, feature, is_built) in [
            ("PAR1....", Format::Parquet, "parquet", parquet),
            ("% by hand\n@misc{a, title = {T}}", Format::Bibtex, "bibtex", bibtex),
            ("<?xml version='1.0'?>\n<o:OAI-PMH xmlns:o='x'>", Format::OaiPmh, "xml", xml),
            ("<collection id='2020.acl'>", Format::AclAnthology, "xml", xml),
            ("<!DOCTYPE PubmedArticleSet PUBLIC 'x' 'y'>\n<PubmedArticleSet/>", Format::Pubmed, "xml", xml),
        ] {
            if is_built {
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("papers");
            std::fs::write(&path, content).unwrap();
            let error = open(&path).unwrap_err();
            assert!(matches!(error, ReadError::NotBuilt { .. }), "{error:?}");
            assert_eq!(error.kind(), ErrorKind::Usage);
            let expected = format!(
                "{}: found {format}, which this build cannot read: it has no feature `{feature}`",
                path.display()
            );
            assert_eq!(error.to_string(), expected);
        }
        assert!(open(Path::new("a path that leads nowhere")).is_err());
    }

    #[test]
    fn other_xml_is_still_an_unknown_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page");
        std::fs::write(&path, "<html><PubmedArticle/></html>").unwrap();
        assert!(matches!(open(&path), Err(ReadError::UnknownFormat { .. })));
    }
}

//! An input as a stream of documents, whatever its format.
//!
//! [`Documents`] hides which reader is used. A malformed record is an `Err`, and the stream goes on behind it; any other
//! error ends the stream.

use std::path::Path;

use crate::detect::{Content, detect};
use crate::error::ReadError;
use crate::format::Format;
use crate::input::Input;
use crate::notes::Note;
use crate::options::ReadOptions;
use crate::paths::name_of;
#[cfg(feature = "arrow")]
use crate::readers::arrow;
#[cfg(feature = "bibtex")]
use crate::readers::bibtex;
#[cfg(feature = "excel")]
use crate::readers::excel;
use crate::readers::origins::origins;
#[cfg(feature = "parquet")]
use crate::readers::parquet;
#[cfg(feature = "xml")]
use crate::readers::{acl, datacite, dblp, endnote, feed, jats, marc, mods, oai, pubmed, zotero_rdf};
use crate::readers::{
    arxiv, csl, daily_papers, delimited, jsonl, nbib, openalex, refer, ris, semantic_scholar, sqlite, web_of_science,
    yaml,
};
use crate::record::Records;

mod archive;
mod folder;
mod parts;
mod stream;

pub use stream::Documents;

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

impl Documents {
    pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Documents, ReadError> {
        if path.is_dir() {
            return folder::open(path, options, Documents::of_input);
        }
        Documents::of_input(Input::open(path)?, name_of(path), options)
    }

    /// The records of a file, or of a part of one, which sources call `name`.
    fn of_input(input: Input, name: String, options: &ReadOptions) -> Result<Documents, ReadError> {
        let (path, notes) = (input.path().to_owned(), input.notes());
        match detect(input.head()) {
            Content::Known(format) => {
                // Tables tell the names of their columns themselves.
                let origins = origins(format, input.head());
                if !origins.is_empty() {
                    notes.add(Note::Named(origins));
                }
                let records = reader_of(format, input, name, options)?;
                Ok(Documents::new(path, format, records, notes, options))
            }
            Content::Nothing => Err(ReadError::Empty { path, expected: "record" }),
            Content::Binary(found) => Err(ReadError::UnknownFormat { path, found: found.to_owned() }),
            Content::OtherText(found) => Err(ReadError::UnknownFormat { path, found }),
        }
    }
}

/// The reader of a file's format.
fn reader_of(format: Format, input: Input, name: String, options: &ReadOptions) -> Result<Records, ReadError> {
    match format {
        Format::Jsonl | Format::JsonList | Format::Beir | Format::TextFolder | Format::Folder => {
            Ok(jsonl::open(input, name))
        }
        Format::Zip => archive::open(input, &name, options, Documents::of_input),
        Format::DailyPapers => Ok(Box::new(daily_papers::read(input, &name, options.page_year)?.into_iter())),
        Format::Arxiv => Ok(arxiv::open(input, name)),
        Format::SemanticScholar => Ok(semantic_scholar::open(input, name)),
        Format::OpenAlex => Ok(openalex::open(input, name)),
        Format::CslJson => Ok(csl::open(input, name)),
        Format::Nbib => Ok(nbib::open(input, name)),
        Format::WebOfScience => Ok(web_of_science::open(input, name)),
        Format::Ris => Ok(ris::open(input, name)),
        Format::Refer => Ok(refer::open(input, name)),
        Format::CslYaml => Ok(yaml::open_list(input, name)),
        Format::Hayagriva => Ok(yaml::open_entries(input, name)),
        Format::Delimited => delimited::open(input, name),
        Format::Sqlite => sqlite::open(input, name, options),
        #[cfg(feature = "arrow")]
        Format::Arrow => arrow::open(input, name),
        #[cfg(feature = "excel")]
        Format::Excel => excel::open(input, name, options),
        #[cfg(feature = "parquet")]
        Format::Parquet => parquet::open(input, name),
        #[cfg(feature = "xml")]
        Format::OaiPmh => Ok(oai::open(input, name)),
        #[cfg(feature = "xml")]
        Format::AclAnthology => Ok(acl::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Pubmed => Ok(pubmed::open(input, name)),
        #[cfg(feature = "xml")]
        Format::EndNoteXml => Ok(endnote::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Feed => Ok(feed::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Jats => Ok(jats::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Dblp => Ok(dblp::open(input, name)),
        #[cfg(feature = "xml")]
        Format::DataCite => Ok(datacite::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Mods => Ok(mods::open(input, name)),
        #[cfg(feature = "xml")]
        Format::Marc => Ok(marc::open(input, name)),
        #[cfg(feature = "xml")]
        Format::ZoteroRdf => Ok(zotero_rdf::open(input, name)),
        #[cfg(feature = "bibtex")]
        Format::Bibtex => Ok(bibtex::open(input, name)),
        #[cfg(not(all(
            feature = "arrow",
            feature = "bibtex",
            feature = "excel",
            feature = "parquet",
            feature = "xml"
        )))]
        format => Err(not_built(format, input.path())),
    }
}

/// The error for a format whose feature is off.
#[cfg(not(all(feature = "arrow", feature = "bibtex", feature = "excel", feature = "parquet", feature = "xml")))]
fn not_built(format: Format, path: &Path) -> ReadError {
    let feature = match format {
        Format::Bibtex => "bibtex",
        Format::Arrow => "arrow",
        Format::Excel => "excel",
        Format::Parquet => "parquet",
        _ => "xml",
    };
    ReadError::NotBuilt { path: path.to_owned(), format, feature }
}

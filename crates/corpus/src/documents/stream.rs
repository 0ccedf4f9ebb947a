//! The records of one input as a stream of documents.
//!
//! Readers hand out what they find. Here it is decided that a record with neither title nor abstract is passed over (unless
//! relevance judgements may name it), and that with [`ReadOptions::strict`] it is malformed, like a record with a field that is
//! not understood.

use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::error::{Mismatch, ReadError, snippet};
use crate::family_names;
use crate::format::Format;
use crate::input::Input;
use crate::not_understood::not_understood;
use crate::notes::{Note, Notes};
use crate::options::ReadOptions;
use crate::record::{IdOrigin, Record, Records};
use crate::slug::slug;

/// Opens a file, or a part of one, which sources call by a name of its own.
pub(super) type OpenFile = fn(Input, String, &ReadOptions) -> Result<Documents, ReadError>;

/// The records of one input, in order.
pub struct Documents {
    /// The input; within a BEIR folder, the file that holds the documents.
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) records: Records,
    pub(super) notes: Notes,
    strict: bool,
    passed_over: u64,
    /// The fields of the first record that was passed over.
    without_text: String,
}

impl Documents {
    /// The format that was detected.
    pub fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn new(
        path: PathBuf,
        format: Format,
        records: Records,
        notes: Notes,
        options: &ReadOptions,
    ) -> Documents {
        let strict = options.strict;
        Documents { path, format, records, notes, strict, passed_over: 0, without_text: String::new() }
    }

    /// What there is to know about how the input was read so far, without what was told before.
    pub(crate) fn take_notes(&self) -> Vec<Note> {
        self.notes.take()
    }

    /// How many records were passed over, because they have neither title nor abstract.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    pub(crate) fn next_record(&mut self) -> Option<Result<Record, ReadError>> {
        loop {
            let mut record = match self.records.next()? {
                Ok(record) => record,
                error => return Some(error),
            };
            let document = &mut record.document;
            family_names::settle(document);
            // Relevance judgements may name a document that is empty.
            let has_text = !document.title.is_empty() || !document.r#abstract.is_empty() || document.judged;
            if has_text && document.id.is_empty() {
                document.id = slug(if document.title.is_empty() { &document.r#abstract } else { &document.title });
                record.id_origin = IdOrigin::Made;
            }
            let document = &record.document;
            if self.strict
                && let Some(mismatch) = complaint(document, has_text)
            {
                return Some(Err(self.at_its_place(mismatch, document)));
            }
            if has_text {
                return Some(Ok(record));
            }
            if self.passed_over == 0 {
                self.without_text = fields_of(document);
            }
            self.passed_over += 1;
        }
    }

    fn at_its_place(&self, mismatch: Mismatch, document: &Document) -> ReadError {
        let Some(place) = document.source.first() else { return mismatch.at(&self.path, 0) };
        // The file of a source begins with the folder that was read.
        match self.path.parent().filter(|_| self.path.is_dir()) {
            Some(around) => mismatch.at(&around.join(&place.file), place.line),
            None => mismatch.at(&self.path, place.line),
        }
    }

    /// The error for an input without a paper; `None` if its format may well hold none, such as the answer of a search.
    pub(crate) fn emptiness(&self) -> Option<ReadError> {
        let path = self.path.clone();
        match self.format {
            Format::DailyPapers | Format::Beir | Format::TextFolder if self.passed_over == 0 => {
                Some(ReadError::Empty { path, expected: "record" })
            }
            // Fields whose names we chose ourselves are missing, so it is most likely a file of something else.
            Format::Jsonl | Format::JsonList | Format::Beir if self.passed_over > 0 => {
                Some(ReadError::NoText { path, records: self.passed_over, found: self.without_text.clone() })
            }
            _ => None,
        }
    }
}

/// What is wrong with a document if nothing may be left out.
fn complaint(document: &Document, has_text: bool) -> Option<Mismatch> {
    if !has_text {
        return Some(Mismatch::new("a title or an abstract", format!("neither, beside {}", fields_of(document))));
    }
    let (field, found) = not_understood(document).next()?;
    Some(Mismatch::new(format!("a value of `{field}` that is understood"), snippet(&found)))
}

/// The names of the fields that a document without text has, for a message.
fn fields_of(document: &Document) -> String {
    let names: Vec<String> = document.extra.keys().map(|name| snippet(name)).collect();
    match names.is_empty() {
        true => "no other fields".to_owned(),
        false => format!("the fields {}", names.join(", ")),
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

#[cfg(all(
    test,
    not(all(feature = "arrow", feature = "bibtex", feature = "excel", feature = "parquet", feature = "xml"))
))]
mod tests {
    use semsearch_task::ErrorKind;

    use super::*;
    use crate::documents::open;

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

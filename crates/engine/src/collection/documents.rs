//! Documents on disk, one at a time.
//!
//! `documents.jsonl` holds one JSON object a line, in row order; `documents.idx` says where each line begins, how long
//! it is, a checksum of it, and the days it may have been published on. Showing ten hits reads ten lines; filtering by
//! date reads none. The index is small (about 30 bytes a document) and is read whole when a collection is opened.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use semsearch_corpus::Document;
use semsearch_index::RowId;
use serde::{Deserialize, Serialize};

use super::fields::{Days, known_date};

/// File of the documents themselves.
pub(crate) const DOCUMENTS: &str = "documents.jsonl";
/// File that says where each of them is.
pub(crate) const DOCUMENT_INDEX: &str = "documents.idx";

/// Where a document is and what can be asked of it without reading it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    offset: u64,
    bytes: u32,
    check: [u8; 8],
    days: Option<Days>,
}

/// Why a document could not be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The file does not hold what was written.
    #[error("{path}: document {row} is damaged: {problem}; build the index again with `semsearch embed`")]
    Damaged {
        /// The documents file.
        path: PathBuf,
        /// Which document, counted from 0.
        row: u32,
        /// What is wrong with it.
        problem: String,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The documents of a collection being written, one by one, in row order.
#[derive(Debug)]
pub(crate) struct DocumentsWriter {
    folder: PathBuf,
    path: PathBuf,
    out: BufWriter<File>,
    entries: Vec<Entry>,
    end: u64,
}

impl DocumentsWriter {
    /// Begins the documents of a collection in `folder`.
    pub(crate) fn create(folder: &Path) -> Result<Self, DocumentError> {
        let path = folder.join(DOCUMENTS);
        let file = File::create(&path).map_err(|source| write_error(&path, source))?;
        Ok(DocumentsWriter { folder: folder.to_owned(), path, out: BufWriter::new(file), entries: Vec::new(), end: 0 })
    }

    /// Adds a document, of which `json` is the line to keep.
    pub(crate) fn push(&mut self, document: &Document, json: &[u8]) -> Result<(), DocumentError> {
        let days = known_date(document).map(Days::of);
        let bytes = u32::try_from(json.len()).map_err(|_| {
            write_error(&self.path, io::Error::other(format!("document {} is over 4 GiB", document.id)))
        })?;
        self.entries.push(Entry { offset: self.end, bytes, check: check(json), days });
        self.out
            .write_all(json)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|source| write_error(&self.path, source))?;
        self.end += u64::from(bytes) + 1;
        Ok(())
    }

    /// Syncs what was written, writes the index of it, and opens both.
    pub(crate) fn finish(self) -> Result<Documents, DocumentError> {
        let DocumentsWriter { folder, path, out, entries, .. } = self;
        let file = out.into_inner().map_err(|error| write_error(&path, error.into_error()))?;
        file.sync_all().map_err(|source| write_error(&path, source))?;

        let index = folder.join(DOCUMENT_INDEX);
        let io_error = |source| write_error(&index, source);
        let encoded = postcard::to_allocvec(&entries).map_err(|error| io_error(io::Error::other(error)))?;
        let mut file = File::create(&index).map_err(io_error)?;
        file.write_all(&encoded).map_err(io_error)?;
        file.sync_all().map_err(io_error)?;
        Documents::with_entries(path, entries)
    }
}

fn write_error(path: &Path, source: io::Error) -> DocumentError {
    DocumentError::Io { action: "write", path: path.to_owned(), source }
}

fn check(line: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(line).as_bytes()[..8]);
    first
}

/// The documents of an opened collection.
#[derive(Debug)]
pub struct Documents {
    path: PathBuf,
    file: Mutex<File>,
    entries: Vec<Entry>,
}

impl Documents {
    /// Opens the documents in `folder`. `index` is the content of `documents.idx`, whose checksum the caller compared.
    pub(crate) fn open(folder: &Path, index: &[u8]) -> Result<Self, DocumentError> {
        let path = folder.join(DOCUMENTS);
        let entries = postcard::from_bytes(index).map_err(|error| DocumentError::Damaged {
            path: folder.join(DOCUMENT_INDEX),
            row: 0,
            problem: error.to_string(),
        })?;
        Self::with_entries(path, entries)
    }

    fn with_entries(path: PathBuf, entries: Vec<Entry>) -> Result<Self, DocumentError> {
        let file =
            File::open(&path).map_err(|source| DocumentError::Io { action: "open", path: path.clone(), source })?;
        Ok(Documents { path, file: Mutex::new(file), entries })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reads the document of a row.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] if what is there is not what was written, [`DocumentError::Io`] if it cannot be read.
    ///
    /// # Panics
    /// If `row` is not below [`Documents::len`].
    pub fn get(&self, row: RowId) -> Result<Document, DocumentError> {
        let entry = &self.entries[row.index()];
        let damaged = |problem: String| DocumentError::Damaged { path: self.path.clone(), row: row.0, problem };
        let mut line = vec![0; entry.bytes as usize];
        {
            let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let read = file.seek(SeekFrom::Start(entry.offset)).and_then(|_| file.read_exact(&mut line));
            read.map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => damaged("the file ends before it".to_owned()),
                _ => DocumentError::Io { action: "read", path: self.path.clone(), source },
            })?;
        }
        if check(&line) != entry.check {
            return Err(damaged("its checksum does not hold".to_owned()));
        }
        serde_json::from_slice(&line).map_err(|error| damaged(error.to_string()))
    }

    /// The days a document may have been published on; `None` when neither date nor year is known.
    #[cfg(test)]
    pub(crate) fn days(&self, row: RowId) -> Option<Days> {
        self.entries[row.index()].days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, date: Option<&str>, year: Option<i32>) -> Document {
        let date = date.map(|text| text.parse().unwrap());
        Document { id: id.to_owned(), title: format!("On {id}"), date, year, ..Document::default() }
    }

    fn write(folder: &Path, documents: &[Document]) {
        let mut out = DocumentsWriter::create(folder).unwrap();
        for document in documents {
            out.push(document, &serde_json::to_vec(document).unwrap()).unwrap();
        }
        assert_eq!(out.finish().unwrap().len(), documents.len());
    }

    #[test]
    fn documents_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let documents =
            [document("a", Some("2023-05-10"), None), document("ü", None, Some(2021)), document("c", None, None)];
        write(folder.path(), &documents);
        let index = std::fs::read(folder.path().join(DOCUMENT_INDEX)).unwrap();
        let stored = Documents::open(folder.path(), &index).unwrap();
        for (row, document) in (0..).map(RowId).zip(&documents) {
            assert_eq!(stored.get(row).unwrap(), *document);
        }
        assert_eq!(stored.days(RowId(0)), Some(Days { first: 20_230_510, last: 20_230_510 }));
        assert_eq!(stored.days(RowId(1)), Some(Days { first: 20_210_101, last: 20_211_231 }));
        assert_eq!(stored.days(RowId(2)), None);
    }

    #[test]
    fn a_changed_or_missing_line_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[document("a", None, None), document("b", None, None)]);
        let index = std::fs::read(folder.path().join(DOCUMENT_INDEX)).unwrap();
        let path = folder.path().join(DOCUMENTS);
        let whole = std::fs::read(&path).unwrap();

        let mut flipped = whole.clone();
        flipped[8] ^= 1;
        std::fs::write(&path, flipped).unwrap();
        let stored = Documents::open(folder.path(), &index).unwrap();
        assert!(matches!(stored.get(RowId(0)), Err(DocumentError::Damaged { row: 0, .. })));
        assert!(stored.get(RowId(1)).is_ok());

        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let stored = Documents::open(folder.path(), &index).unwrap();
        assert!(matches!(stored.get(RowId(1)), Err(DocumentError::Damaged { row: 1, .. })));
    }
}

//! The spool: where documents wait until the last record is read.
//!
//! Ids and content of a paper are final only after the last record, since that record may repeat the first. Until then,
//! documents are spooled: in memory, or in a file without a name ([`FileSpool`]), so that a corpus may be larger than
//! memory. A merged document is appended to the file again and its old place is wasted. Few papers are merged, so little
//! is wasted.
//!
//! Cost of a document in the file: 8 to 10 bytes of memory, and its JSON written once and read once.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::error::ReadError;
use crate::growth::push;

/// Bytes that are buffered before they are written.
const PENDING: usize = 1 << 20;

/// Bytes of the length in front of a document.
const LENGTH: usize = size_of::<u64>();

/// Documents by number, in the order of their first appearance.
pub(crate) trait Spool {
    /// The number of documents.
    fn len(&self) -> usize;

    /// Document `index`, which must be below [`Spool::len`].
    fn get(&mut self, index: usize) -> Result<Cow<'_, Document>, ReadError>;

    /// Appends a document.
    fn push(&mut self, document: Document) -> Result<(), ReadError>;

    /// Replaces document `index`.
    fn replace(&mut self, index: usize, document: Document) -> Result<(), ReadError>;
}

impl Spool for Vec<Document> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn get(&mut self, index: usize) -> Result<Cow<'_, Document>, ReadError> {
        Ok(Cow::Borrowed(&self[index]))
    }

    fn push(&mut self, document: Document) -> Result<(), ReadError> {
        Vec::push(self, document);
        Ok(())
    }

    fn replace(&mut self, index: usize, document: Document) -> Result<(), ReadError> {
        self[index] = document;
        Ok(())
    }
}

/// Documents in a file that has no name and is deleted with its process.
pub(crate) struct FileSpool {
    folder: PathBuf,
    file: File,
    /// Bytes of the file that were written; what follows them is in `pending`.
    written: u64,
    pending: Vec<u8>,
    /// The offset of each document. The length stands in front of the document in the file, which saves it in memory.
    places: Vec<u64>,
    line: Vec<u8>,
}

impl FileSpool {
    /// An empty spool on the disk that `folder` is on.
    pub(crate) fn new(folder: &Path) -> Result<Self, ReadError> {
        let file =
            tempfile::tempfile_in(folder).map_err(|source| ReadError::Scratch { folder: folder.to_owned(), source })?;
        Ok(FileSpool {
            folder: folder.to_owned(),
            file,
            written: 0,
            pending: Vec::new(),
            places: Vec::new(),
            line: Vec::new(),
        })
    }

    /// The JSON of document `index`, as it was spooled.
    pub(crate) fn json(&mut self, index: usize) -> Result<&[u8], ReadError> {
        let offset = self.places[index];
        if offset >= self.written {
            let (length, json) = self.pending[(offset - self.written) as usize..].split_at(LENGTH);
            return Ok(&json[..length_of(length)]);
        }
        let mut length = [0; LENGTH];
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(&mut length));
        self.line.resize(length_of(&length), 0);
        match read.and_then(|()| self.file.read_exact(&mut self.line)) {
            Ok(()) => Ok(&self.line),
            Err(source) => Err(self.failure(source)),
        }
    }

    /// The JSON that a document would be spooled as.
    pub(crate) fn written_as(&self, document: &Document) -> Result<Vec<u8>, ReadError> {
        serde_json::to_vec(document).map_err(|error| self.failure(error.into()))
    }

    fn write(&mut self, document: &Document) -> Result<u64, ReadError> {
        let start = self.pending.len();
        let offset = self.written + start as u64;
        self.pending.extend([0; LENGTH]);
        serde_json::to_writer(&mut self.pending, document).map_err(|error| self.failure(error.into()))?;
        let length = (self.pending.len() - start - LENGTH) as u64;
        self.pending[start..start + LENGTH].copy_from_slice(&length.to_le_bytes());
        if self.pending.len() >= PENDING {
            let end = SeekFrom::Start(self.written);
            self.file
                .seek(end)
                .and_then(|_| self.file.write_all(&self.pending))
                .map_err(|source| self.failure(source))?;
            self.written += self.pending.len() as u64;
            self.pending.clear();
        }
        Ok(offset)
    }

    fn failure(&self, source: io::Error) -> ReadError {
        ReadError::Scratch { folder: self.folder.clone(), source }
    }
}

impl Spool for FileSpool {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn get(&mut self, index: usize) -> Result<Cow<'_, Document>, ReadError> {
        let folder = self.folder.clone();
        let json = self.json(index)?;
        let document =
            serde_json::from_slice(json).map_err(|error| ReadError::Scratch { folder, source: error.into() })?;
        Ok(Cow::Owned(document))
    }

    fn push(&mut self, document: Document) -> Result<(), ReadError> {
        let place = self.write(&document)?;
        push(&mut self.places, place);
        Ok(())
    }

    fn replace(&mut self, index: usize, document: Document) -> Result<(), ReadError> {
        self.places[index] = self.write(&document)?;
        Ok(())
    }
}

/// The length that [`FileSpool::write`] put in front of a document.
fn length_of(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(number: usize, words: usize) -> Document {
        Document { id: number.to_string(), title: "word ".repeat(words), ..Document::default() }
    }

    #[test]
    fn a_file_gives_back_what_memory_would() {
        let folder = tempfile::tempdir().unwrap();
        let (mut filed, mut kept) = (FileSpool::new(folder.path()).unwrap(), Vec::new());
        // Long enough to be written in several pieces, with replacements on both sides of what is written.
        for number in 0..650 {
            filed.push(paper(number, 1_000)).unwrap();
            Spool::push(&mut kept, paper(number, 1_000)).unwrap();
            if number % 50 == 49 {
                for index in [0, number / 2, number] {
                    filed.replace(index, paper(number, index)).unwrap();
                    kept.replace(index, paper(number, index)).unwrap();
                }
            }
        }
        assert!(filed.written > PENDING as u64 && !filed.pending.is_empty());
        for index in (0..650).rev() {
            assert_eq!(filed.get(index).unwrap(), kept.get(index).unwrap());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let error = FileSpool::new(&gone).err().expect("there is no such folder");
        assert!(error.to_string().contains(&gone.display().to_string()), "{error}");
        assert!(error.kind() == semsearch_task::ErrorKind::Io && !error.is_skippable());
    }
}

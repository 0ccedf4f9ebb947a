//! Staging: new documents wait in a temporary file, one JSON object a line, until they are in a segment.
//!
//! They are compressed only when their segment is written. The place and checksum of each line stay in memory, 24 bytes a
//! document. The file is read twice: to encode the documents and to store them.

use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use semsearch_corpus::Document;
use semsearch_disk::File;

use crate::error::{CollectionError, damaged, io_error, unreadable};

#[derive(Clone, Copy, Debug)]
struct Line {
    offset: u64,
    bytes: u32,
    check: [u8; 8],
}

/// Documents being staged.
#[derive(Debug)]
pub struct StagingWriter {
    path: PathBuf,
    out: BufWriter<File>,
    lines: Vec<Line>,
    end: u64,
}

impl StagingWriter {
    /// Creates the file in `folder`; it is removed with its folder.
    pub fn create(folder: &Path) -> Result<Self, CollectionError> {
        let path = folder.join("documents.jsonl");
        let file = File::create(&path).map_err(|source| io_error("write", &path, source))?;
        Ok(StagingWriter { path, out: BufWriter::new(file), lines: Vec::new(), end: 0 })
    }

    /// Adds a document's line.
    pub fn push(&mut self, json: &[u8]) -> Result<(), CollectionError> {
        let bytes = u32::try_from(json.len())
            .map_err(|_| io_error("write", &self.path, std::io::Error::other("a document is over 4 GiB")))?;
        self.lines.push(Line { offset: self.end, bytes, check: check(json) });
        self.end += u64::from(bytes) + 1;
        let written = self.out.write_all(json).and_then(|()| self.out.write_all(b"\n"));
        written.map_err(|source| io_error("write", &self.path, source))
    }

    /// Finishes writing; the result reads the documents.
    pub fn finish(self) -> Result<Staged, CollectionError> {
        let StagingWriter { path, out, lines, .. } = self;
        let file = out.into_inner().map_err(|error| io_error("write", &path, error.into_error()))?;
        Ok(Staged { path, file: Mutex::new(file), lines })
    }
}

fn check(line: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(line).as_bytes()[..8]);
    first
}

/// Staged documents.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    file: Mutex<File>,
    lines: Vec<Line>,
}

impl Staged {
    /// The number of documents.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no document is staged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the line of a document.
    ///
    /// # Panics
    /// If `number` is not below [`Staged::len`].
    pub fn json(&self, number: usize) -> Result<Vec<u8>, CollectionError> {
        let line = self.lines[number];
        let mut json = vec![0; line.bytes as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(line.offset)).and_then(|_| file.read_exact(&mut json));
        drop(file);
        read.map_err(|source| unreadable(&self.path, source))?;
        if check(&json) != line.check {
            return Err(damaged(&self.path, "a document that was just written is not as it was"));
        }
        Ok(json)
    }

    /// Reads a document.
    ///
    /// # Panics
    /// As [`Staged::json`].
    pub fn get(&self, number: usize) -> Result<Document, CollectionError> {
        serde_json::from_slice(&self.json(number)?).map_err(|error| damaged(&self.path, &error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_documents_come_back_in_any_order_and_a_changed_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = StagingWriter::create(folder.path()).unwrap();
        let documents: Vec<Document> = ["a", "ü", ""].map(|id| Document::new(id, format!("On {id}"), "")).to_vec();
        for document in &documents {
            out.push(&serde_json::to_vec(document).unwrap()).unwrap();
        }
        let staged = out.finish().unwrap();
        for number in [2, 0, 1] {
            assert_eq!(staged.get(number).unwrap(), documents[number]);
        }
        let path = folder.path().join("documents.jsonl");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[9] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(staged.get(0), Err(CollectionError::Damaged { .. })));
        assert!(staged.get(1).is_ok());
    }
}

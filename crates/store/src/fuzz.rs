//! Entry points for `fuzz/`, which feeds arbitrary bytes to everything that reads a file.
//!
//! Most readers are public. The ones below are private, or need files that only this crate writes. A feature that only
//! `fuzz/` sets exports them, so that readers need not be public for their tests.

use std::path::Path;

use semsearch_corpus::Document;
use semsearch_index::{RowId, RowSet};

use crate::columns::ColumnsWriter;
use crate::deletes;
use crate::doc_store::{DocumentError, Record, StoreReader, StoreWriter};
use crate::error::CollectionError;
use crate::generation::{self, Pointer};
use crate::key::Key;
use crate::manifest::{FileRecord, Manifest};
use crate::segment::Tokens;

/// Writes a file of documents, each found by the given identities.
///
/// # Errors
/// If the file cannot be written.
pub fn write_documents(path: &Path, documents: &[(Document, Vec<[u8; 16]>)]) -> Result<(), DocumentError> {
    let mut writer = StoreWriter::create(path)?;
    for (document, identities) in documents {
        let json = serde_json::to_vec(document).unwrap_or_default();
        let Key(passage) = Key::of(&document.passage());
        writer.push(&Record { json: &json, content: [7; 16], passage, identities })?;
    }
    writer.finish()
}

/// Reads documents in the same way as merging segments, and counts their bytes.
///
/// # Errors
/// [`DocumentError`] if a document is damaged or cannot be read.
pub fn visit_documents(blocks: &StoreReader, rows: &[RowId]) -> Result<usize, DocumentError> {
    let mut bytes = 0;
    blocks.for_each::<DocumentError>(rows.iter().copied(), |_, record| {
        bytes += record.json.len() + record.identities.len();
        Ok(())
    })?;
    Ok(bytes)
}

/// The content of a file of columns.
#[must_use]
pub fn fields_file(documents: &[Document]) -> Vec<u8> {
    let mut writer = ColumnsWriter::new();
    documents.iter().for_each(|document| writer.push(document));
    writer.finish()
}

/// Reads the manifest of generation `number`.
///
/// # Errors
/// As opening a collection.
pub fn parse_manifest(path: &Path, number: u64, bytes: &[u8]) -> Result<Manifest, CollectionError> {
    generation::parse(path, number, bytes)
}

/// Reads `CURRENT` below `root`, and writes it as it would be written.
///
/// # Errors
/// As opening a collection.
pub fn read_pointer(root: &Path) -> Result<String, CollectionError> {
    Ok(Pointer::read(root)?.line())
}

/// Reads the deletes of a segment from the file that `record` names in the folder of a generation.
///
/// # Errors
/// As opening a collection.
pub fn read_deletes(folder: &Path, record: &FileRecord, rows: usize, deleted: u64) -> Result<RowSet, CollectionError> {
    deletes::read(folder, record, rows, deleted)
}

/// Reads the token counts of a segment whose vectors have these files. Returns them and the bytes that writing them makes.
///
/// # Errors
/// As [`SegmentVectors::tokens`](crate::SegmentVectors::tokens).
pub fn read_tokens(folder: &Path, files: &[FileRecord], rows: usize) -> Result<(Tokens, Vec<u8>), CollectionError> {
    let tokens = Tokens::read(folder, files, rows)?;
    let bytes = tokens.encode();
    Ok((tokens, bytes))
}

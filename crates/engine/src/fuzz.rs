//! Doors for `fuzz/`, which feeds arbitrary bytes to everything that reads a file.
//!
//! Most readers can be reached from outside; these cannot, or need files that only this crate writes. They are here, behind
//! a feature that nothing else sets, so that no reader has to be public for the sake of its tests.

use std::path::{Path, PathBuf};

use semsearch_corpus::Document;
use semsearch_embed::Fingerprint;
use semsearch_index::{RowId, RowSet};

use crate::collection::generation::{self, Pointer};
use crate::collection::{
    Blocks, BlocksWriter, CollectionError, DocumentError, FieldsWriter, FileRecord, Manifest, Record, Tokens, removed,
};
use crate::ingest::{Checkpoint, Facts, Key};
use crate::switch::{self, Bridge};

/// Writes a file of documents, each found by the given identities.
///
/// # Errors
/// If the file cannot be written.
pub fn write_documents(path: &Path, documents: &[(Document, Vec<[u8; 16]>)]) -> Result<(), DocumentError> {
    let mut writer = BlocksWriter::create(path)?;
    for (document, identities) in documents {
        let json = serde_json::to_vec(document).unwrap_or_default();
        let Key(passage) = Key::of(&document.passage());
        writer.push(&Record { json: &json, content: [7; 16], passage, identities })?;
    }
    writer.finish()
}

/// Reads documents as merging segments does, and counts their bytes.
///
/// # Errors
/// As merging.
pub fn visit_documents(blocks: &Blocks, rows: &[RowId]) -> Result<usize, DocumentError> {
    let mut bytes = 0;
    blocks.for_each::<DocumentError>(rows.iter().copied(), |_, record| {
        bytes += record.json.len() + record.identities.len();
        Ok(())
    })?;
    Ok(bytes)
}

/// The content of a file of fields.
#[must_use]
pub fn fields_file(documents: &[Document]) -> Vec<u8> {
    let mut writer = FieldsWriter::new();
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

/// Opens a checkpoint, adds a vector for each of `passages` that it has none for, and reads the vectors of all.
///
/// # Errors
/// As `embed`.
pub fn use_checkpoint(
    folder: &Path,
    fingerprint: &Fingerprint,
    dim: usize,
    passages: &[&str],
) -> Result<(), CollectionError> {
    let mut checkpoint = Checkpoint::open(folder, fingerprint, dim)?;
    let mut vector = vec![0.5; dim];
    for key in passages.iter().map(|passage| Key::of(passage)) {
        if checkpoint.find(key).is_none() {
            checkpoint.put([(Facts { key, tokens: 1, cut: false }, vector.as_slice())].into_iter())?;
        }
        if let Some(slot) = checkpoint.find(key) {
            checkpoint.read(slot, &mut vector)?;
        }
    }
    Ok(())
}

/// Reads which rows of a segment are removed, from the file of this record in the folder of a generation.
///
/// # Errors
/// As opening a collection.
pub fn read_removed(folder: &Path, record: &FileRecord, rows: usize, removed: u64) -> Result<RowSet, CollectionError> {
    removed::read(folder, record, rows, removed)
}

/// Reads the tokens of the documents of a segment, whose vectors have these files; and the bytes they would be written as.
///
/// # Errors
/// As [`SegmentVectors::tokens`](crate::SegmentVectors::tokens).
pub fn read_tokens(folder: &Path, files: &[FileRecord], rows: usize) -> Result<(Tokens, Vec<u8>), CollectionError> {
    let tokens = Tokens::read(folder, files, rows)?;
    let bytes = tokens.encode();
    Ok((tokens, bytes))
}

/// Where the bridge from questions of the model `new` to vectors of the model `old` is kept below `root`.
#[must_use]
pub fn bridge_path(root: &Path, new: &str, old: &str) -> PathBuf {
    switch::bridge_path(root, new, old)
}

/// Reads the bridge from questions of the model `new` to vectors of the model `old`.
///
/// # Errors
/// As searching over it.
pub fn read_bridge(root: &Path, new: &str, old: &str) -> Result<Option<Bridge>, CollectionError> {
    switch::read_bridge(root, new, old)
}

//! Which documents of a collection a model has embedded.

use std::collections::HashSet;

use semsearch_index::RowSet;
use semsearch_store::{Collection, CollectionError, DocId, Key};

/// A searchable document, and the key of its passage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    /// The document.
    pub(super) id: DocId,
    /// Whether the document's segment has vectors of the model.
    pub(super) is_stored: bool,
}

/// All searchable documents, ordered by the hash of their passage: the first ones are a random sample, and the same
/// sample after an interruption. Of documents with the same passage only one is listed.
pub(super) fn entries(collection: &Collection, fingerprint: &str) -> Result<Vec<Entry>, CollectionError> {
    let mut entries = Vec::with_capacity(collection.len());
    let mut seen = HashSet::with_capacity(collection.len());
    for (number, segment) in collection.segments().iter().enumerate() {
        let is_stored = segment.vectors_of(fingerprint).is_some();
        for row in segment.alive_rows() {
            let key = Key(segment.documents().passage(row)?);
            let Some(id) = collection.doc_id(number, row) else { continue };
            // A stored document does not stand for one that is not: its vector would have to be looked up.
            if seen.insert((key, is_stored)) {
                entries.push(Entry { key, id, is_stored });
            }
        }
    }
    entries.sort_unstable_by_key(|entry| (entry.key.0, entry.id));
    Ok(entries)
}

/// The number of searchable documents in segments without vectors of the model.
pub(super) fn missing(collection: &Collection, fingerprint: &str) -> u64 {
    let lacking = collection.segments().iter().filter(|segment| segment.vectors_of(fingerprint).is_none());
    lacking.map(|segment| segment.record().alive()).sum()
}

/// Whether every segment has vectors of the model.
pub(crate) fn is_complete(collection: &Collection, fingerprint: &str) -> bool {
    collection.segments().iter().all(|segment| segment.vectors_of(fingerprint).is_some())
}

/// The deleted rows of each segment.
pub(super) fn deletes_of(collection: &Collection) -> Vec<(String, RowSet)> {
    let segments = collection.segments().iter();
    segments.map(|segment| (segment.record().name.clone(), segment.deleted())).collect()
}

//! The places of documents that were not read: they left their source, or their source got another name.

use std::collections::HashSet;

use semsearch_corpus::{Document, Report};
use semsearch_store::{Collection, CollectionError, DocId};

use super::error::IngestError;

/// The document with the new names of its sources; `None` if no source of it got another name.
pub(super) fn with_names(document: &Document, renamed: &[(String, String)]) -> Option<Document> {
    let is_renamed = |file: &str| renamed.iter().any(|(from, _)| from == file);
    if !document.source.iter().any(|place| is_renamed(&place.file)) {
        return None;
    }
    let mut document = document.clone();
    for place in &mut document.source {
        if let Some((_, to)) = renamed.iter().find(|(from, _)| *from == place.file) {
            place.file.clone_from(to);
        }
    }
    Some(document)
}

/// The documents of the collection that were not read and whose sources change, in order: each with its new form, or without
/// if no source has it any more. `seen` are the numbers of documents that were read.
///
/// With `is_sync`, papers leave the inputs that they are not in any more. No paper leaves an input that was
/// recognised by its papers only, since that may be wrong, or while the record of a paper could not be read.
pub(super) fn left_behind(
    collection: &Collection,
    is_sync: bool,
    report: &Report,
    renamed: &[(String, String)],
    seen: &HashSet<u64>,
) -> Result<Vec<(DocId, Option<Document>)>, CollectionError> {
    let is_sync = is_sync && report.skipped == 0;
    let synced: Vec<&str> = report
        .inputs
        .iter()
        .filter(|input| is_sync && !input.is_recognised)
        .map(|input| input.source.as_str())
        .collect();
    let sources = synced.iter().copied().chain(renamed.iter().map(|(from, _)| from.as_str()));
    let mut ids = Vec::new();
    for source in sources {
        ids.extend(collection.doc_ids_of_source(source)?);
    }
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::new();
    for id in ids.into_iter().filter(|id| !seen.contains(&u64::from(id.number()))) {
        let document = collection.document(id)?;
        let renamed = with_names(&document, renamed);
        let mut changed = renamed.clone().unwrap_or_else(|| document.clone());
        changed.source.retain(|place| !synced.iter().any(|source| is_within(&place.file, source)));
        if changed.source.is_empty() && !document.source.is_empty() {
            found.push((id, None));
        } else if changed.source != document.source {
            found.push((id, Some(changed)));
        }
    }
    Ok(found)
}

/// Whether a place is in a source, which may be a folder.
fn is_within(file: &str, source: &str) -> bool {
    file.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The JSON of a document, to be stored.
pub(super) fn json_of(document: &Document) -> Result<Vec<u8>, IngestError> {
    serde_json::to_vec(document).map_err(|error| IngestError::Json(error.into()))
}

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

/// A source that papers did not leave, because the input of its name holds too few of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unlike {
    /// The name of the source.
    pub source: String,
    /// The papers that the collection has from the source.
    pub papers: u64,
    /// Those of them that are in the input.
    pub read: u64,
}

/// How much of a source an input must have for papers to leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Half,
    Any,
}

/// Documents that were not read and whose sources change.
#[derive(Default)]
pub(super) struct LeftBehind {
    /// In order, each with its new form, or without if no source has it any more.
    pub(super) documents: Vec<(DocId, Option<Document>)>,
    pub(super) unlike: Vec<Unlike>,
    /// Documents that left a source and that another source has.
    pub(super) detached: u64,
}

/// Finds what was left behind by a reading that `report` accounts for. `seen` are the numbers of documents that were read.
///
/// With `sync`, papers leave the inputs that they are not in any more. None does while the record of a paper could
/// not be read, or if the input may not be the whole source: it was recognised by its papers only, or it has less than half of
/// them. Two files called `references.bib` are not one, and half an export is none. [`Part::Any`] takes it as it is.
pub(super) fn left_behind(
    collection: &Collection,
    sync: Option<Part>,
    report: &Report,
    renamed: &[(String, String)],
    seen: &HashSet<u64>,
) -> Result<LeftBehind, CollectionError> {
    let mut left = LeftBehind::default();
    let (mut synced, mut ids) = (Vec::new(), Vec::new());
    for input in report.inputs.iter().filter(|input| sync.is_some() && report.skipped == 0 && !input.is_recognised) {
        let of_source = collection.doc_ids_of_source(&input.source)?;
        let read = of_source.iter().filter(|id| seen.contains(&u64::from(id.number()))).count();
        if sync == Some(Part::Any) || 2 * read >= of_source.len() {
            synced.push(input.source.as_str());
            ids.extend(of_source);
        } else {
            let (source, papers, read) = (input.source.clone(), of_source.len() as u64, read as u64);
            left.unlike.push(Unlike { source, papers, read });
        }
    }
    for (from, _) in renamed {
        ids.extend(collection.doc_ids_of_source(from)?);
    }
    ids.sort_unstable();
    ids.dedup();
    for id in ids.into_iter().filter(|id| !seen.contains(&u64::from(id.number()))) {
        let document = collection.document(id)?;
        let mut changed = with_names(&document, renamed).unwrap_or_else(|| document.clone());
        let places = changed.source.len();
        changed.source.retain(|place| !synced.iter().any(|source| is_within(&place.file, source)));
        if changed.source.is_empty() && !document.source.is_empty() {
            left.documents.push((id, None));
        } else if changed.source != document.source {
            left.detached += u64::from(changed.source.len() < places);
            left.documents.push((id, Some(changed)));
        }
    }
    Ok(left)
}

/// Whether a place is in a source, which may be a folder.
fn is_within(file: &str, source: &str) -> bool {
    file.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The JSON of a document, to be stored.
pub(super) fn json_of(document: &Document) -> Result<Vec<u8>, IngestError> {
    serde_json::to_vec(document).map_err(|error| IngestError::Json(error.into()))
}

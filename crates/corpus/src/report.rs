//! An account of what was read, merged and left out.

use serde::{Deserialize, Serialize};

use crate::document::{Document, Source};
use crate::duplicates::Evidence;
use crate::format::Format;

/// An account of reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Well-formed records, merged ones included.
    pub records: u64,
    /// Records that were merged into an earlier one.
    pub merged: u64,
    /// Documents of the collection that a record of another source was found to be.
    #[serde(default)]
    pub joined: u64,
    /// Malformed records that were left out.
    pub skipped: u64,
    /// Records with neither title nor abstract, which were passed over.
    #[serde(default)]
    pub passed_over: u64,
    /// The fields that some records tell in a way that is not understood, with how many. These records are among
    /// `records`, without the field.
    #[serde(default)]
    pub not_understood: Vec<NotUnderstood>,
    /// New documents that got a number because their name is the id of another one.
    #[serde(default)]
    pub numbered: u64,
    /// The documents that were merged from more than one record. Empty after [`stream_corpus`](crate::stream_corpus),
    /// which reports each as an event.
    pub merges: Vec<Merge>,
    /// An account of each input.
    pub inputs: Vec<InputReport>,
}

/// A field that some records tell in a way that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotUnderstood {
    /// The field of [`Document`] that stayed empty.
    pub field: String,
    /// The number of records.
    pub records: u64,
    /// What the first of them says, shortened.
    pub example: String,
    /// The place of the first of them.
    pub source: Option<Source>,
}

/// A document that was merged from several records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merge {
    /// The document's id.
    pub id: String,
    /// The document's title.
    pub title: String,
    /// How many records of these inputs it was made from.
    pub records: u64,
    /// Whether the collection had it from another source.
    #[serde(default)]
    pub is_joined: bool,
    /// The evidence by which they were recognised as one paper, the surest first. Evidence of earlier runs is not
    /// repeated.
    #[serde(default)]
    pub by: Vec<Evidence>,
    /// The places of the records, the first one first.
    pub sources: Vec<Source>,
}

/// A new document that got a number, because another paper has its name as an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Numbered {
    /// The id, with the number.
    pub id: String,
    /// The name that the document has in its file.
    pub key: String,
    /// The document's title.
    pub title: String,
    /// The place it was read from.
    pub source: Source,
}

/// A document that took the place of another paper, because its file gives it the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Replaced {
    /// The id of both.
    pub id: String,
    /// The title of the paper that was there.
    pub before: String,
    /// The title of the paper that is there now.
    pub after: String,
}

/// An account of one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputReport {
    /// The path as it was given; `standard input` for `-`.
    pub name: String,
    /// What the input is called in the places of its documents.
    #[serde(default)]
    pub source: String,
    /// Whether the caller gave it that name.
    #[serde(default)]
    pub is_named: bool,
    /// Whether the input is a source that the collection has under another name.
    #[serde(default)]
    pub is_recognised: bool,
    /// The format that was found.
    pub format: Format,
    /// The number of well-formed records.
    pub records: u64,
}

impl Numbered {
    /// The account of a document whose id is not its name any more. `None` if it never had a name.
    pub(crate) fn of(document: &Document) -> Option<Numbered> {
        let source = document.source.iter().find(|place| place.key.is_some())?.clone();
        let (id, title) = (document.id.clone(), document.title.clone());
        Some(Numbered { id, key: source.key.clone()?, title, source })
    }
}

impl Replaced {
    /// The account of a document that took the place of another.
    pub(crate) fn of(before: &Document, after: &Document) -> Replaced {
        Replaced { id: after.id.clone(), before: before.title.clone(), after: after.title.clone() }
    }
}

impl Merge {
    /// The account of a document that was merged from several records.
    pub(crate) fn of(document: &Document, by: Vec<Evidence>, records: u64, is_joined: bool) -> Merge {
        Merge {
            id: document.id.clone(),
            title: document.title.clone(),
            records,
            is_joined,
            by,
            sources: document.source.clone(),
        }
    }
}

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
    /// Malformed records that were left out.
    pub skipped: u64,
    /// The documents that more than one record went into. [`stream_corpus`](crate::stream_corpus) tells them one by
    /// one instead.
    pub merges: Vec<Merge>,
    /// What each input gave.
    pub inputs: Vec<InputReport>,
}

/// A document that several records went into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merge {
    /// The document's id.
    pub id: String,
    /// The document's title.
    pub title: String,
    /// How many records it was made from.
    pub records: u64,
    /// By what they were recognised as one paper, the surest first. What was recognised by an earlier run is not told
    /// again.
    #[serde(default)]
    pub by: Vec<Evidence>,
    /// Where they stand, the first one first.
    pub sources: Vec<Source>,
}

/// What one input gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputReport {
    /// The path as it was given; `standard input` for `-`.
    pub name: String,
    /// The format that was found.
    pub format: Format,
    /// Its well-formed records.
    pub records: u64,
}

impl Merge {
    /// How a document came about that several records went into.
    pub(crate) fn of(document: &Document, by: Vec<Evidence>) -> Merge {
        Merge {
            id: document.id.clone(),
            title: document.title.clone(),
            records: document.source.len() as u64,
            by,
            sources: document.source.clone(),
        }
    }
}

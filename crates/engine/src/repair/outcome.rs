//! What a repair did.

use std::path::PathBuf;

/// One thing that a repair did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action {
    /// The damaged file or folder.
    pub path: PathBuf,
    /// What was done about it, in words.
    pub text: String,
}

/// A document that could not be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// The file that held the document.
    pub path: PathBuf,
    /// The document's row in that file, counted from 0.
    pub row: u32,
    /// The hash of the document's id in hex; `None` if it is unknown.
    pub id_hash: Option<String>,
}

/// What a repair did, or would do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repaired {
    /// All actions in order; empty if the collection is whole.
    pub actions: Vec<Action>,
    /// Documents that could not be saved.
    pub lost: Vec<Lost>,
    /// The new generation; `None` if none was made.
    pub generation: Option<u64>,
    /// Searchable documents afterwards.
    pub documents: u64,
}

//! Findings: which part of a collection is damaged or unreadable, and why.

use std::path::{Path, PathBuf};

use crate::error::CollectionError;

/// A part of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
// Exhaustive, so that the compiler asks for a name in `crates/report` when one is added.
pub enum Part {
    /// `CURRENT`, which names the current generation.
    Pointer,
    /// `manifest.json`, which lists the files of a generation.
    Manifest,
    /// The documents of a segment.
    Documents,
    /// The columns of a segment.
    Columns,
    /// The words of a segment.
    Words,
    /// The deleted rows of a segment.
    Deletes,
    /// The vectors of a segment.
    Vectors,
    /// The graph over the vectors of a segment, and the codes it is searched with.
    Graph,
    /// The number of tokens of each document.
    Tokens,
    /// The saved searches.
    Searches,
}

impl Part {
    /// The name in reports and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Pointer => "pointer",
            Part::Manifest => "manifest",
            Part::Documents => "documents",
            Part::Columns => "fields",
            Part::Words => "words",
            Part::Deletes => "removed",
            Part::Vectors => "vectors",
            Part::Graph => "graph",
            Part::Tokens => "tokens",
            Part::Searches => "searches",
        }
    }
}

/// A part of a collection that is damaged or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// The part of the collection that the file holds.
    pub part: Part,
    /// What is wrong.
    pub problem: String,
}

/// A fact worth knowing that is not damage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The file or folder.
    pub path: PathBuf,
    /// The fact, in words.
    pub text: String,
}

/// All findings of a check.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Findings {
    /// Parts that are not as they were written, or contradict each other.
    pub damages: Vec<Finding>,
    /// Parts that could not be read.
    pub unreadable: Vec<Finding>,
}

impl Findings {
    /// Records that a part is damaged.
    pub fn damage(&mut self, part: Part, path: &Path, problem: impl Into<String>) {
        put(&mut self.damages, Finding { path: path.to_owned(), part, problem: problem.into() });
    }

    /// Records an error: I/O errors in `unreadable`, everything else in `damages`. An error that names no file is about
    /// `path`.
    pub fn error(&mut self, part: Part, path: &Path, error: &CollectionError) {
        let list = if error.is_damage() { &mut self.damages } else { &mut self.unreadable };
        let path = error.path().unwrap_or(path).to_owned();
        put(list, Finding { path, part, problem: error.problem() });
    }

    /// The number of findings.
    pub fn len(&self) -> usize {
        self.damages.len() + self.unreadable.len()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Adds a finding unless it is among the latest ones: a damaged table that all documents need is found once per block.
fn put(list: &mut Vec<Finding>, finding: Finding) {
    if !list.iter().rev().take(RECENT).any(|other| *other == finding) {
        list.push(finding);
    }
}

/// A new finding is compared with this many earlier ones.
const RECENT: usize = 8;

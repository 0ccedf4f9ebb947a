//! What may be wrong with which part of a collection, and what to do about it.

use std::path::{Path, PathBuf};

use semsearch_index::{Damage, OpenError};

use crate::doc_store::DocumentError;
use crate::error::CollectionError;

/// A part of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Which generation counts.
    Pointer,
    /// What the generation consists of.
    Manifest,
    /// The documents of a segment.
    Documents,
    /// The columns that filters ask.
    Fields,
    /// Which documents are not to be found any more.
    Removed,
    /// The vectors of a segment.
    Vectors,
    /// The graph over them, and the codes it is searched with.
    Graph,
    /// How many tokens each document has.
    Tokens,
}

impl Part {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Pointer => "pointer",
            Part::Manifest => "manifest",
            Part::Documents => "documents",
            Part::Fields => "fields",
            Part::Removed => "removed",
            Part::Vectors => "vectors",
            Part::Graph => "graph",
            Part::Tokens => "tokens",
        }
    }

    /// What can be done where it is damaged.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Part::Pointer | Part::Manifest => "`semsearch repair` goes back to the newest generation that is whole",
            Part::Documents => {
                "`semsearch repair` puts back single bits, takes lost papers from elsewhere in the index, and names those that it \
                 cannot save"
            }
            Part::Fields => "`semsearch repair` makes them anew from the papers",
            Part::Removed => "`semsearch repair` finds out, as far as that can be known, which papers were removed",
            Part::Vectors | Part::Tokens => "`semsearch repair` embeds these papers again",
            Part::Graph => "`semsearch repair` builds it anew from the vectors",
        }
    }
}

/// Something that is not as it should be, or that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// What it is for.
    pub part: Part,
    /// What is wrong.
    pub problem: String,
}

/// Something worth knowing that is no damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file or folder.
    pub path: PathBuf,
    /// What there is to know.
    pub text: String,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What is not as it was written, or contradicts itself.
    pub damages: Vec<Finding>,
    /// What could not be read, so that nothing can be said about it.
    pub unreadable: Vec<Finding>,
}

impl Findings {
    /// Records that a part is damaged.
    pub fn damage(&mut self, part: Part, path: &Path, problem: impl Into<String>) {
        put(&mut self.damages, Finding { path: path.to_owned(), part, problem: problem.into() });
    }

    /// Files an error: one of the disk is none of the collection.
    pub fn error(&mut self, part: Part, path: &Path, error: &CollectionError) {
        let list = if error.is_damage() { &mut self.damages } else { &mut self.unreadable };
        let (path, problem) = described(path, error);
        put(list, Finding { path, part, problem });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.damages.len() + self.unreadable.len()
    }
}

/// A table that all documents need is found damaged once for each block of them.
fn put(list: &mut Vec<Finding>, finding: Finding) {
    if !list.iter().rev().take(RECENT).any(|other| *other == finding) {
        list.push(finding);
    }
}

/// So many findings are compared with a new one.
const RECENT: usize = 8;

/// What is wrong with a section of an index file, without its path.
pub fn section_problem(damage: &Damage) -> String {
    let Damage { section, range, fault, .. } = damage;
    format!("section `{section}`, bytes {} to {}: {fault}", range.start, range.end)
}

/// Which file an error is about and what it says, without the advice that its own message ends with.
fn described(path: &Path, error: &CollectionError) -> (PathBuf, String) {
    match error {
        CollectionError::Damaged { path, problem } => (path.clone(), problem.clone()),
        CollectionError::Documents(DocumentError::Damaged { path, row, problem }) => {
            (path.clone(), format!("document {row}: {problem}"))
        }
        CollectionError::Documents(DocumentError::DamagedFile { path, problem }) => (path.clone(), problem.clone()),
        CollectionError::Index(OpenError::Damaged(damage)) => (damage.path.clone(), section_problem(damage)),
        CollectionError::Io { path, action, source }
        | CollectionError::Documents(DocumentError::Io { path, action, source }) => {
            (path.clone(), format!("cannot {action} it: {source}"))
        }
        other => {
            let mut problem = other.to_string();
            let mut cause = std::error::Error::source(other);
            while let Some(because) = cause {
                problem.push_str(&format!(": {because}"));
                cause = because.source();
            }
            (path.to_owned(), problem)
        }
    }
}

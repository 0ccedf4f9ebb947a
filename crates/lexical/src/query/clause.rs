//! The parts of a query.

use std::ops::Range;

use super::field::{FieldName, FieldValue};

/// What a person typed, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The parts, in the order in which they were typed.
    pub clauses: Vec<Clause>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Whether papers must answer it.
    pub occur: Occur,
    /// What papers are to hold.
    pub what: What,
    /// Where it stands in the text that was typed, with its sign.
    pub bytes: Range<usize>,
}

/// Whether papers must answer a part of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Occur {
    /// A paper that answers it is better.
    Should,
    /// A paper that does not is left out: `+word`.
    Must,
    /// A paper that does is left out: `-word`.
    MustNot,
}

/// What papers are to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Words, as they were typed. Words that follow each other are one text.
    Text(String),
    /// Words in a row: `"chain of thought"`.
    Phrase(String),
    /// A word that begins so: `transf*`.
    Prefix(String),
    /// Something known about a paper: `author:vaswani`.
    Field(FieldName, FieldValue),
}

impl Query {
    /// The words that say what the papers are about, which a vector is made of: texts and phrases, unless papers must not
    /// hold them.
    pub fn plain_text(&self) -> String {
        let mut plain = String::new();
        for clause in &self.clauses {
            let (What::Text(words) | What::Phrase(words)) = &clause.what else { continue };
            if clause.occur == Occur::MustNot {
                continue;
            }
            if !plain.is_empty() {
                plain.push(' ');
            }
            plain.push_str(words);
        }
        plain
    }
}

//! `count`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;

schema_name!(CountSchema, "semsearch.count/1");

/// How many papers have some words in a row, and how often: `count --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Count {
    /// Name and version of this document.
    pub schema: CountSchema,
    /// The words as they were typed.
    pub phrase: String,
    /// The words as they were compared: without case and accents, and with `forms` their stems.
    pub words: Vec<String>,
    /// Whether all forms of the words were counted.
    pub forms: bool,
    /// The filter, as an expression. `null` if every paper passed.
    pub filter: Option<String>,
    /// Papers in the index.
    pub documents: u64,
    /// Papers that pass the filter.
    pub passing: u64,
    /// Papers that have the words in a row in the title or in the abstract.
    pub papers: u64,
    /// Places where they do, in titles and abstracts.
    pub occurrences: u64,
    /// Of these, in titles.
    pub title: Place,
    /// Of these, in abstracts.
    pub r#abstract: Place,
}

/// How many titles, or abstracts, have the words in a row, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Place {
    /// How many papers have them there.
    pub papers: u64,
    /// How many places there are.
    pub occurrences: u64,
}

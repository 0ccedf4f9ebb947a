//! What tools answer: the documents of the command line, with what an agent needs beside them.

use schemars::JsonSchema;
use semsearch_report::ask::Answer;
use semsearch_report::facets::{FacetBy, FacetValue};
use semsearch_report::info::Info;
use semsearch_report::paper::PaperLine;
use semsearch_report::similar::Similar;
use serde::Serialize;

/// A page of the papers that answer a question: the document of a search, and what is said of the page.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    #[serde(flatten)]
    pub(crate) answer: Answer,
    /// What is said of this page.
    pub(crate) page: Page,
}

/// A page of the papers similar to others.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Alike {
    #[serde(flatten)]
    pub(crate) similar: Similar,
    /// What is said of this page.
    pub(crate) page: Page,
}

/// A page of papers.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Page {
    /// For the next page, with all other arguments as they were. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
    /// The generation of the collection that the page is from.
    pub(crate) generation: u64,
    /// Tokens of the text of this answer.
    pub(crate) tokens: u64,
    /// The most tokens that it could have.
    pub(crate) max_tokens: u64,
    /// Ids of papers whose abstracts are cut at the end of a sentence.
    pub(crate) cut: Vec<String>,
    /// Ids of papers whose field `extra` is left out for its length.
    pub(crate) without_extra: Vec<String>,
}

/// A paper with all that its record has.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Whole {
    #[serde(flatten)]
    pub(crate) paper: PaperLine,
    /// Tokens of the text of this answer.
    pub(crate) tokens: u64,
    /// Whether the abstract is cut at the end of a sentence.
    pub(crate) cut: bool,
}

/// What a collection holds.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stats {
    #[serde(flatten)]
    pub(crate) info: Info,
    /// The first year of a paper. Absent if no paper has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_year: Option<i32>,
    /// The last year of a paper. Absent if no paper has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_year: Option<i32>,
    /// The fields that papers can be counted and chosen by.
    pub(crate) fields: Vec<Field>,
}

/// A field that papers can be counted and chosen by.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Field {
    /// The field.
    pub(crate) by: FacetBy,
    /// Papers that have a value of it.
    pub(crate) papers: u64,
    /// Its distinct values.
    pub(crate) distinct_values: u64,
    /// The values that most papers have; of years the last ones.
    pub(crate) values: Vec<FacetValue>,
}

//! `ask`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::Agreement;

schema_name!(AnswerSchema, "semsearch.ask/1");
schema_name!(HitSchema, "semsearch.hit/1");

/// The answer to one question: `ask --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Answer {
    /// Name and version of this document.
    pub schema: AnswerSchema,
    /// The question.
    pub query: String,
    /// The model that encoded the question.
    pub model: String,
    /// How the hits were found.
    pub mode: Mode,
    /// What the alignment is worth over which the hits were found. Absent if the vectors are the model's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridged: Option<Agreement>,
    /// The filter, as an expression. Absent if every paper could be a hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// How long the answer took.
    pub took_us: Took,
    /// How the hits were found and why that way. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explain>,
    /// The papers found, best first.
    pub hits: Vec<Hit>,
}

/// How hits were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Mode {
    /// Beam search in the graph.
    #[serde(rename = "hnsw")]
    Hnsw,
    /// Beam search in the graph; everything it found was scored in full precision.
    #[serde(rename = "hnsw+rerank")]
    HnswReranked,
    /// Every paper was compared, or proven not to be among the best.
    #[serde(rename = "exact")]
    Exact,
}

/// Durations in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Took {
    /// Encoding the question.
    pub encode: u64,
    /// Searching.
    pub search: u64,
    /// Scoring again in full precision.
    pub rerank: u64,
    /// From question to hits.
    pub total: u64,
}

/// How hits were found and why that way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Explain {
    /// Papers in the index.
    pub papers: u64,
    /// Papers that pass the filter.
    pub papers_kept_by_filter: u64,
    /// What either strategy was expected to cost.
    pub expected_us: Expected,
    /// Rows of the graph whose neighbours were looked at.
    pub expanded: u64,
    /// Rows compared by their codes.
    pub compared_by_code: u64,
    /// Rows compared in full precision.
    pub compared_in_full: u64,
    /// Whether no paper outside the hits can be better than the hits.
    pub proven_exact: bool,
}

/// Expected durations in microseconds, to a tenth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Expected {
    /// Comparing with every paper.
    pub scan: f64,
    /// Beam search in the graph.
    pub graph: f64,
}

/// A paper that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Hit {
    /// Its place among the hits, from 1.
    pub rank: u64,
    /// Its id, unique in the index.
    pub id: String,
    /// Its cosine similarity to the question, -1 to 1.
    pub score: f32,
    /// Its title, which may be empty.
    pub title: String,
    /// Its abstract, which may be empty.
    pub r#abstract: String,
    /// When it appeared: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The year it appeared in.
    pub year: Option<i32>,
    /// Names of its authors, in the order of the source.
    pub authors: Vec<String>,
    /// How many authors it has, where a source gives the number without the names.
    pub authors_count: Option<u32>,
    /// The institution or company that the source names.
    pub organization: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
}

/// A paper that was found, with its question: one line of `ask --jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HitLine {
    /// Name and version of this document.
    pub schema: HitSchema,
    /// The question.
    pub query: String,
    /// `true` if the paper was found by vectors of another model, over an alignment. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bridged: bool,
    /// The paper.
    #[serde(flatten)]
    pub hit: Hit,
}

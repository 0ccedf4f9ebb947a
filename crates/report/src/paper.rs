//! `show` and `list`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::{Near, Place};

schema_name!(PaperSchema, "semsearch.paper/1");
schema_name!(ListSchema, "semsearch.list/1");

/// A paper with all that its record has: `show --json`, and a line of `list --jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PaperLine {
    /// Name and version of this document.
    pub schema: PaperSchema,
    /// The paper.
    #[serde(flatten)]
    pub paper: Paper,
}

/// Papers that pass a filter: `list --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct List {
    /// Name and version of this document.
    pub schema: ListSchema,
    /// The filter, as an expression. Absent if every paper passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// What the papers are sorted by. Absent if they are in the order of the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Papers in the index.
    pub documents: u64,
    /// Papers that pass the filter, those beyond the limit included.
    pub passing: u64,
    /// Where no paper passes the filter, what each of its parts matches by itself. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
    /// The papers, at most the limit.
    pub papers: Vec<Paper>,
}

/// A paper with all that its record has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Paper {
    /// Its id, unique in the index.
    pub id: String,
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
    /// The conference or journal.
    pub venue: Option<String>,
    /// Its DOI, without an address.
    pub doi: Option<String>,
    /// Its arXiv id, without a version.
    pub arxiv: Option<String>,
    /// Where the source says it is to be read.
    pub url: Option<String>,
    /// Where to read it: `url`, or else an address made of its DOI or arXiv id.
    pub link: Option<String>,
    /// Keywords or subject categories.
    pub keywords: Vec<String>,
    /// How many comments a results page counts.
    pub comments: Option<u32>,
    /// Every place it was read from, the first one first.
    pub source: Vec<Place>,
    /// Other fields of its source, under their own names.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

//! `dupes`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::Place;

schema_name!(DupesSchema, "semsearch.dupes/1");
schema_name!(GroupSchema, "semsearch.dupes-group/1");

/// Papers that say almost the same: `dupes --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Dupes {
    /// Name and version of this document.
    pub schema: DupesSchema,
    /// The model that made the vectors.
    pub model: String,
    /// The least cosine of a pair.
    pub threshold: f32,
    /// The filter, as an expression. `null` if every paper passed.
    pub filter: Option<String>,
    /// Papers in the index.
    pub documents: u64,
    /// Papers that were compared with each other: those that pass the filter.
    pub compared: u64,
    /// Pairs that reach the threshold, in all groups.
    pub pairs: u64,
    /// Groups, those beyond the limit included.
    pub groups_found: u64,
    /// Papers in these groups.
    pub papers: u64,
    /// The groups with most papers, at most the limit; of equally many papers, the group with the closest pair first.
    pub groups: Vec<Group>,
}

/// A group of papers that say almost the same: a line of `dupes --jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GroupLine {
    /// Name and version of this document.
    pub schema: GroupSchema,
    /// The place of the group, from 1.
    pub rank: u64,
    /// The group.
    #[serde(flatten)]
    pub group: Group,
}

/// Papers that are connected by pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Group {
    /// The papers, in the order of the index.
    pub papers: Vec<Paper>,
    /// The pairs among them that reach the threshold, the closest first.
    pub pairs: Vec<Pair>,
}

/// A paper of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Paper {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The date or year of publication, as far as it is known.
    pub date: Option<String>,
    /// The files that it was read from, without folders.
    pub source: Vec<String>,
    /// The cosine of its vector and that of the nearest other paper of the group.
    pub nearest: f32,
    /// Its abstract, which may be empty.
    #[serde(default)]
    pub r#abstract: String,
    /// The year it appeared in.
    #[serde(default)]
    pub year: Option<i32>,
    /// Names of its authors, in the order of the source.
    #[serde(default)]
    pub authors: Vec<String>,
    /// How many authors it has, where a source gives the number without the names.
    #[serde(default)]
    pub authors_count: Option<u32>,
    /// The institution or company that the source names.
    #[serde(default)]
    pub organization: Option<String>,
    /// The conference or journal.
    #[serde(default)]
    pub venue: Option<String>,
    /// Its DOI, without an address.
    #[serde(default)]
    pub doi: Option<String>,
    /// Its arXiv id, without a version.
    #[serde(default)]
    pub arxiv: Option<String>,
    /// Where the source says it is to be read.
    #[serde(default)]
    pub url: Option<String>,
    /// Where to read it: `url`, or else an address made of its DOI or arXiv id.
    #[serde(default)]
    pub link: Option<String>,
    /// Keywords or subject categories.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// How many comments a results page counts.
    #[serde(default)]
    pub comments: Option<u32>,
    /// Every place it was read from, the first one first.
    #[serde(default)]
    pub places: Vec<Place>,
    /// Other fields of its source, under their own names.
    #[serde(default)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// Two papers of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Pair {
    /// The id of the earlier paper of the index.
    pub first: String,
    /// The id of the later one.
    pub second: String,
    /// The cosine of their vectors.
    pub cosine: f32,
}

//! `map`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;

schema_name!(MapSchema, "semsearch.map/1");

/// Where the papers of an index lie in a plane, and what its regions are called: `map --json`, and `/api/map` of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Map {
    /// Name and version of this document.
    pub schema: MapSchema,
    /// The model whose vectors tell what is near what.
    pub model: String,
    /// The generation of the index that is shown.
    pub generation: u64,
    /// The filter, as an expression. `null` if every paper is shown.
    pub filter: Option<String>,
    /// Papers in the index.
    pub documents: u64,
    /// The side of the square: places are from 0 to this. The second number grows downwards.
    pub side: u16,
    /// The papers that are shown, field by field: every list has a value for each paper, in the same order.
    pub papers: Papers,
    /// The categories of papers, the one with most papers first.
    pub categories: Vec<String>,
    /// The regions: coarse ones, the one with most papers first, then those within them in the same order.
    pub regions: Vec<Region>,
    /// The question, with the papers that answer it. Absent if nothing was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// Papers, field by field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Papers {
    /// Their ids.
    pub id: Vec<String>,
    /// Their titles. Absent where they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Vec<String>>,
    /// Their web addresses, `null` for those without one. Absent where they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Vec<Option<String>>>,
    /// How far to the right they lie.
    pub x: Vec<u16>,
    /// How far down they lie.
    pub y: Vec<u16>,
    /// Their years, as far as they are known.
    pub year: Vec<Option<i32>>,
    /// The place of their category in `categories`: of several, the one that most papers have.
    pub category: Vec<Option<u32>>,
    /// The place of the finest region that they lie in, in `regions`.
    pub region: Vec<u16>,
}

/// A region of the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Region {
    /// Words that tell its papers from others, the most telling first.
    pub terms: Vec<String>,
    /// A place in its middle: how far to the right.
    pub x: u16,
    /// A place in its middle: how far down.
    pub y: u16,
    /// How many of the papers that are shown lie in it.
    pub papers: u64,
    /// The place in `regions` of the coarse region that it lies in. `null` for a coarse one.
    pub parent: Option<u16>,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Asked {
    /// The question.
    pub query: String,
    /// The places in `papers` of those that answer it, the best first.
    pub hits: Vec<u32>,
}

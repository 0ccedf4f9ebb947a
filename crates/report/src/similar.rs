//! `similar`.

use serde::{Deserialize, Serialize};

use crate::ask::{Hit, Took, Vectors};
use crate::name::schema_name;
use crate::shared::Near;

schema_name!(SimilarSchema, "semsearch.similar/1");

/// Papers similar to others: `similar --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Similar {
    /// Name and version of this document.
    pub schema: SimilarSchema,
    /// The papers that were named.
    pub papers: Vec<String>,
    /// The model whose vectors were compared.
    pub model: String,
    /// How vectors were searched. Absent if they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
    /// How much hits had to differ from each other, 0 to 1. Absent if they did not have to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f32>,
    /// In how many days of age a score halves. Absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_life_days: Option<f64>,
    /// The filter, as an expression. Absent if every paper could be a hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The least score of a hit. Absent if any would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f32>,
    /// The best score of a paper that was left out for its score. Absent if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_left_out: Option<f32>,
    /// What the hits are sorted by: `date`, `year` or `title`. Absent if by their scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Papers in the index.
    #[serde(default)]
    pub documents: u64,
    /// Where no paper passes the filter, what each of its parts matches by itself. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
    /// How long it took.
    pub took_us: Took,
    /// The papers found, the most similar first.
    pub hits: Vec<Hit>,
}

//! `facets`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::Near;

schema_name!(FacetsSchema, "semsearch.facets/1");

/// How many papers have which value of a field: `facets --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Facets {
    /// Name and version of this document.
    pub schema: FacetsSchema,
    /// The question whose papers were counted. `null` if all papers were.
    pub query: Option<String>,
    /// The model that encoded the question.
    pub model: Option<String>,
    /// `true` if the question is longer than the model reads, so that its end does not count. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The field.
    pub by: FacetBy,
    /// How many of the papers nearest to the question were counted. `null` if a score decided.
    pub top: Option<u64>,
    /// The least similarity of the papers that were counted. `null` if their number decided.
    pub min_score: Option<f32>,
    /// The filter, as an expression. `null` if every paper passed.
    pub filter: Option<String>,
    /// Papers in the index.
    pub documents: u64,
    /// Papers that pass the filter.
    pub passing: u64,
    /// Papers that were counted.
    pub papers: u64,
    /// Papers that were counted and have no value of the field.
    pub without: u64,
    /// Distinct values of the papers that were counted, those beyond the limit included.
    pub distinct_values: u64,
    /// The values that most papers have, at most the limit.
    pub values: Vec<FacetValue>,
    /// Where no paper passes the filter, what each of its parts matches by itself. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
}

/// A field that papers are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FacetBy {
    /// The year of publication.
    Year,
    /// The conference or journal.
    Venue,
    /// Categories and keywords.
    Category,
    /// The institution or company.
    Org,
    /// Names of authors.
    Author,
    /// The file that a paper was read from.
    Source,
}

impl FacetBy {
    /// The name of the field in JSON and in filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FacetBy::Year => "year",
            FacetBy::Venue => "venue",
            FacetBy::Category => "category",
            FacetBy::Org => "org",
            FacetBy::Author => "author",
            FacetBy::Source => "source",
        }
    }
}

/// A value and how many papers have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// How many papers have it.
    pub papers: u64,
}

//! `eval`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::Interval;

schema_name!(EvalSchema, "semsearch.eval/1");

/// How good answers are, by judgements of people: `eval --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Eval {
    /// Name and version of this document.
    pub schema: EvalSchema,
    /// The folder of queries and judgements.
    pub folder: String,
    /// The index that answered. `null` if it was made for this and is gone, or if a run was scored.
    pub index: Option<String>,
    /// The model that encoded the queries. `null` if a run was scored.
    pub model: Option<String>,
    /// The file of the run that was scored. `null` if a search answered.
    pub run: Option<String>,
    /// Queries that means are taken over.
    pub queries: u64,
    /// Papers in the index. `null` if a run was scored.
    pub documents: Option<u64>,
    /// Judged pairs of query and document.
    pub judgements: u64,
    /// Hits of a query. `null` if a run was scored.
    pub depth: Option<u64>,
    /// Judged queries without a ranking: the run lacks them, or the folder has no text for them.
    pub absent: u64,
    /// Of these, the ones that the folder has no text for.
    pub without_text: u64,
    /// Whether absent queries count as 0; they are left out otherwise.
    pub complete: bool,
    /// Queries of the run that nobody judged. They count for nothing.
    pub unjudged: u64,
    /// Relevant documents that the index lacks, so that no search can find them. `null` if a run was scored.
    pub relevant_not_in_index: Option<u64>,
    /// What ranked: `hybrid`, `dense`, `lexical`; `run` if a run was scored. The first one if several were measured.
    pub mode: String,
    /// The measures of `mode`, each by its name: `ndcg@10`.
    pub metrics: BTreeMap<String, Interval>,
    /// All modes. Absent if one was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<ModeMetrics>,
    /// What the modes have more than another configuration. Absent if that was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// The measures of each query, in the order of the judgements. Absent if that was not asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_query: Vec<QueryMetrics>,
}

/// The measures of one mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ModeMetrics {
    /// What ranked.
    pub mode: String,
    /// The measures, each by its name.
    pub metrics: BTreeMap<String, Interval>,
}

/// A comparison with another configuration, query by query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Against {
    /// The other configuration: a mode, the file of a run, or a model.
    pub name: String,
    /// Its own measures, each by its name.
    pub metrics: BTreeMap<String, Interval>,
    /// What each mode has more.
    pub differences: Vec<Difference>,
}

/// What one mode has more than another configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Difference {
    /// The mode.
    pub mode: String,
    /// Queries that both have; only these are compared.
    pub queries: u64,
    /// The difference of each measure, negative where the mode is worse. Both agree as far as the queries tell if the
    /// interval holds 0.
    pub metrics: BTreeMap<String, Gain>,
}

/// A mean difference and the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Gain {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The measures of one query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct QueryMetrics {
    /// The id of the query.
    pub id: String,
    /// Its text. `null` if the folder has none.
    pub text: Option<String>,
    /// The measures by mode, and those of the configuration that was compared with under its name.
    pub modes: BTreeMap<String, BTreeMap<String, f64>>,
}

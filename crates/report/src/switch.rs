//! `model switch`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::{Agreement, Interval, ModelState};

schema_name!(SwitchedSchema, "semsearch.switch/1");

/// Where the switch of an index to another model stands: `model switch --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Switched {
    /// Name and version of this document.
    pub schema: SwitchedSchema,
    /// What this run did.
    pub done: Done,
    /// The folder of the index.
    pub index: String,
    /// The generation of the index now.
    pub generation: u64,
    /// Papers in the index.
    pub documents: u64,
    /// The model that answers now.
    pub active: SwitchModel,
    /// Every other model that has vectors in the index.
    pub others: Vec<SwitchOther>,
    /// The models whose vectors this run dropped.
    #[serde(default)]
    pub dropped: Vec<SwitchModel>,
    /// Whether a process is embedding with another model now.
    pub is_running: bool,
    /// What this run embedded. Absent if it embedded nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<SwitchRun>,
    /// How the answers of the new model differ from those of the active one. Absent if they were not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// What a run of `model switch` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Done {
    /// It embedded papers with a new model.
    Embedded,
    /// It made the new model answer.
    Committed,
    /// It made the model before answer again.
    RolledBack,
    /// It dropped the vectors of other models.
    Forgotten,
    /// It changed nothing.
    None,
}

/// A model of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SwitchModel {
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Numbers in its vectors.
    pub dimension: u64,
    /// Its longest input in tokens.
    #[serde(default)]
    pub max_tokens: u64,
    /// What becomes of longer texts: `first` truncates them, `mean` takes the mean over windows.
    #[serde(default)]
    pub windows: String,
    /// What passages are encoded in: `f32` or `int8`.
    #[serde(default)]
    pub precision: String,
    /// The text put before every question.
    #[serde(default)]
    pub query_prompt: String,
    /// The text put before every paper.
    #[serde(default)]
    pub passage_prompt: String,
    /// What tells it from other models of its name in the index, in words. Absent if no other has its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_apart: Option<String>,
}

/// A model that does not answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SwitchOther {
    /// The model.
    #[serde(flatten)]
    pub model: SwitchModel,
    /// Where it stands.
    pub state: ModelState,
    /// Papers that it has embedded.
    pub embedded: u64,
    /// The alignment of its questions to the active model's vectors. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<SwitchBridge>,
}

/// An alignment of one model's questions to another model's vectors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SwitchBridge {
    /// Whether questions of that model are answered over it.
    pub is_used: bool,
    /// Papers it was fitted on.
    pub fitted_on: u64,
    /// What it is worth.
    #[serde(flatten)]
    pub agreement: Agreement,
}

/// What a run embedded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SwitchRun {
    /// Papers.
    pub embedded: u64,
    /// Papers that an interrupted run had embedded.
    pub resumed: u64,
    /// Tokens that this run encoded.
    pub tokens: u64,
    /// How long encoding took.
    pub seconds_encode: f64,
    /// How long building graphs took.
    pub seconds_index: f64,
}

/// How the answers of two models differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Comparison {
    /// Questions that were asked.
    pub queries: u64,
    /// The share of the first ten that both models find.
    pub overlap_at_10: Interval,
    /// Rank-biased overlap at a persistence of 0.9.
    pub rbo: Interval,
    /// The share of questions whose first hit is the same.
    pub first_kept: f64,
    /// How many hits of each model were compared: a paper without a rank is not among them.
    pub depth: u64,
    /// What moved, for some of the questions.
    pub examples: Vec<Example>,
}

/// What moved for one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Example {
    /// The question.
    pub query: String,
    /// Why it is shown.
    pub pick: Pick,
    /// The share of the first ten that both models find.
    pub overlap_at_10: f64,
    /// Rank-biased overlap.
    pub rbo: f64,
    /// Papers that are among the first ten now and were not before, best first.
    pub came_in: Vec<Moved>,
    /// Papers that were among the first ten before and are not now, best first.
    pub fell_out: Vec<Moved>,
}

/// Why a question is shown as an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pick {
    /// Its answers differ most.
    MostDifferent,
    /// Half of the questions differ more.
    Median,
}

/// A paper and its ranks, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Moved {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its rank by the old model. `null` if it is not among the hits that were compared.
    pub old_rank: Option<u64>,
    /// Its rank by the new model. `null` if it is not among the hits that were compared.
    pub new_rank: Option<u64>,
}

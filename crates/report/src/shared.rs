//! Parts that several documents have.

use serde::{Deserialize, Serialize};

/// A mean and its 95 % interval, all from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How far answers over an alignment can be trusted, measured on papers and questions that it was not fitted on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Agreement {
    /// Overlap@10 of what the aligned questions find and what the new model finds.
    pub bridged: Interval,
    /// Overlap@10 of what the old model finds and what the new model finds.
    pub models: Interval,
    /// Questions it was measured with.
    pub questions: u64,
    /// Papers that were searched.
    pub documents: u64,
}

/// How many bits the encoder computes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Bytes.
    Int8,
}

/// Where a model stands that does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ModelState {
    /// It has embedded some of the papers.
    Embedding,
    /// It has embedded all papers and can be switched to.
    Ready,
    /// It answered before and can be switched back to.
    Previous,
}

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

/// A paper by its id and its title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TitledPaper {
    /// Its id.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
}

/// A place that a paper was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Place {
    /// The file, without its folders; `-` for standard input.
    pub file: String,
    /// The line that the record begins on, from 1.
    pub line: u64,
    /// The place on a results page, from 1. Absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The name of the paper within the file, such as a citation key. Absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A part of a filter that no paper passes, by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Near {
    /// The part, as an expression.
    pub filter: String,
    /// How many papers pass it.
    pub papers: u64,
    /// How many papers have any value of the field, if the part asks for texts that no paper has. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub having: Option<u64>,
    /// Texts like the one that no paper has, the likest first.
    pub values: Vec<NearValue>,
    /// The first and the last year of any paper, if the part asks for a time of which there is none. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<Years>,
}

/// A text like the one that no paper has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NearValue {
    /// The text.
    pub value: String,
    /// How many papers have it.
    pub papers: u64,
}

/// A range of years, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Years {
    /// The first.
    pub first: i32,
    /// The last.
    pub last: i32,
}

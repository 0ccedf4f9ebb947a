//! `inspect`.

use serde::{Deserialize, Serialize};

use crate::change::{NotUnderstood, UnlikeSource};
use crate::name::schema_name;
use crate::shared::TitledPaper;

schema_name!(InspectSchema, "semsearch.inspect/1");

/// What embedding inputs would read: `inspect --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Inspect {
    /// Name and version of this document.
    pub schema: InspectSchema,
    /// Each input.
    pub inputs: Vec<InspectedInput>,
    /// Records that were read.
    pub records: u64,
    /// Papers, after records of one paper were merged.
    pub papers: u64,
    /// Records that were merged into a paper of another record.
    pub merged: u64,
    /// Some papers that were merged from several records.
    pub merges: Vec<MergedPaper>,
    /// Malformed records that were left out.
    pub skipped: u64,
    /// Records with neither title nor abstract, which were passed over.
    pub passed_over: u64,
    /// The fields that some records tell in a way that is not understood.
    pub not_understood: Vec<NotUnderstood>,
    /// What the index would get. `null` if there is no index.
    pub index: Option<IndexNews>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InspectedInput {
    /// The path as it was given.
    pub name: String,
    /// The format that was found.
    pub format: String,
    /// The encoding. `null` for UTF-8.
    pub encoding: Option<String>,
    /// Well-formed records.
    pub records: u64,
    /// The fields that some records fill.
    pub fields: Vec<InspectedField>,
    /// Fields that are kept under their own names.
    pub kept: Vec<KeptField>,
    /// The first papers.
    pub first: Vec<FirstPaper>,
    /// Parts that are not read, each with the reason.
    pub not_read: Vec<String>,
}

/// A field that some records fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InspectedField {
    /// The field of a paper.
    pub field: String,
    /// The number of records.
    pub records: u64,
    /// What the input calls it, the first name first.
    pub from: Vec<String>,
}

/// A field that is kept under its own name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct KeptField {
    /// Its name.
    pub name: String,
    /// The number of records.
    pub records: u64,
}

/// One of the first papers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FirstPaper {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its abstract.
    pub r#abstract: String,
    /// Its authors.
    pub authors: Vec<String>,
    /// When it appeared, as deep as the source tells. `null` if unknown.
    pub date: Option<String>,
    /// The year. `null` if unknown.
    pub year: Option<i32>,
    /// The conference or journal.
    pub venue: Option<String>,
    /// The DOI.
    pub doi: Option<String>,
    /// The line in the file, counted from 1.
    pub line: Option<u64>,
}

/// A paper that was merged from several records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MergedPaper {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How many records it was made from.
    pub records: u64,
    /// By what they were recognised.
    pub by: Vec<String>,
}

/// What an index would get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct IndexNews {
    /// Papers that are not in it.
    pub added: u64,
    /// Papers that are in it with another content.
    pub changed: u64,
    /// Papers that are in it with the same content.
    pub unchanged: u64,
    /// Papers that would be removed, because they left their source. Empty unless they were asked for.
    #[serde(default)]
    pub removed: Vec<TitledPaper>,
    /// Papers that would leave a source, and stay because another source has them.
    #[serde(default)]
    pub detached: u64,
    /// The sources that nothing would be removed of, because they may be others than the inputs called like them.
    #[serde(default)]
    pub unlike_sources: Vec<UnlikeSource>,
    /// Its folder.
    pub path: String,
}

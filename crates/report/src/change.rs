//! What changes an index: `embed`, `import`, `export`, `remove`, `vacuum`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::TitledPaper;

schema_name!(EmbeddedSchema, "semsearch.embed/1");
schema_name!(ImportedSchema, "semsearch.import/1");
schema_name!(ExportedSchema, "semsearch.exported/1");
schema_name!(RemovedSchema, "semsearch.remove/1");
schema_name!(VacuumedSchema, "semsearch.vacuum/1");

/// A field that some records tell in a way that is not understood; it is kept in `extra` of these papers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NotUnderstood {
    /// The field of a paper that stayed empty.
    pub field: String,
    /// The number of records.
    pub records: u64,
    /// What the first of them says, shortened.
    pub example: String,
    /// The file of the first of them. `null` if it came from no file.
    pub file: Option<String>,
    /// Its line in the file, counted from 1.
    pub line: Option<u64>,
}

/// A source of papers that got another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RenamedSource {
    /// Its name before.
    pub from: String,
    /// Its name now.
    pub to: String,
}

/// An input, and the source that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EmbeddedInput {
    /// The path as it was given; `standard input` for `-`.
    pub input: String,
    /// Records that were read.
    pub records: u64,
    /// What the source of its papers is called.
    pub source: String,
    /// Whether the input was recognised, by its papers, as a source that had another name.
    pub is_recognised: bool,
}

/// A source that `--sync` removed nothing of, because the input called like it has less than half of its papers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UnlikeSource {
    /// Its name.
    pub source: String,
    /// Papers that the index has from it.
    pub documents: u64,
    /// Those of them that are in the input.
    pub read: u64,
}

/// What was embedded: `embed --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Embedded {
    /// Name and version of this document.
    pub schema: EmbeddedSchema,
    /// Records that were read.
    pub records: u64,
    /// Papers in the index now.
    pub documents: u64,
    /// Papers that were not in the index before.
    pub added: u64,
    /// Papers that were in the index with another content.
    pub changed: u64,
    /// Papers that were in the index with the same content.
    pub unchanged: u64,
    /// Papers that were in the index and are not any more: replaced by others, or gone from their source.
    #[serde(default)]
    pub removed: u64,
    /// Papers that left a source, and stay because another source has them.
    #[serde(default)]
    pub detached: u64,
    /// The inputs, in their order.
    #[serde(default)]
    pub inputs: Vec<EmbeddedInput>,
    /// The sources that got another name.
    #[serde(default)]
    pub renamed_sources: Vec<RenamedSource>,
    /// The sources that `--sync` removed nothing of, because they may be others than the inputs called like them.
    #[serde(default)]
    pub unlike_sources: Vec<UnlikeSource>,
    /// Records that were merged into a paper of another record.
    pub merged: u64,
    /// Papers of other sources in the index that a record was found to be.
    #[serde(default)]
    pub joined: u64,
    /// New papers that got a number, because their name in their file is the id of another one.
    #[serde(default)]
    pub numbered: u64,
    /// Malformed records that were left out.
    pub skipped: u64,
    /// Records with neither title nor abstract, which were passed over.
    #[serde(default)]
    pub passed_over: u64,
    /// The fields that some records tell in a way that is not understood.
    #[serde(default)]
    pub not_understood: Vec<NotUnderstood>,
    /// Papers that this run stored: new ones, changed ones, and those whose sources changed or that were embedded again.
    #[serde(default)]
    pub stored: u64,
    /// Stored papers that this run encoded.
    #[serde(default)]
    pub encoded: u64,
    /// Stored papers that an interrupted run had embedded.
    pub resumed: u64,
    /// Stored papers whose text, and so whose vector, was in the index.
    pub taken_over: u64,
    /// Stored papers that were truncated.
    pub truncated: u64,
    /// The share of stored papers that were truncated, 0 to 1.
    #[serde(default)]
    pub truncated_share: f64,
    /// Tokens that this run encoded.
    pub tokens: u64,
    /// The model.
    pub model: String,
    /// Numbers in a vector.
    pub dimension: u64,
    /// From start to end.
    pub seconds: f64,
    /// Reading and merging records.
    pub seconds_read: f64,
    /// Encoding.
    pub seconds_encode: f64,
    /// Building graphs.
    pub seconds_index: f64,
    /// Writing files.
    pub seconds_write: f64,
    /// Papers encoded in a second.
    pub documents_per_second: f64,
    /// Tokens encoded in a second.
    pub tokens_per_second: f64,
    /// How long encoding threads waited for work, summed over threads.
    pub seconds_waiting: f64,
    /// The most memory the process had. `null` if the system does not say.
    pub peak_memory_bytes: Option<u64>,
    /// The generation of the index now.
    pub generation: u64,
    /// Segments of the index now.
    pub segments: u64,
    /// The folder of the index.
    pub index: String,
}

/// What was imported: `import --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Imported {
    /// Name and version of this document.
    pub schema: ImportedSchema,
    /// Papers in the index now.
    pub documents: u64,
    /// Papers that were not in the index before.
    pub added: u64,
    /// Papers that were in the index with another content.
    pub changed: u64,
    /// Papers that were in the index with the same content.
    pub unchanged: u64,
    /// Vectors that were scaled to length 1.
    pub normalised: u64,
    /// The generation of the index now.
    pub generation: u64,
    /// The folder of the index.
    pub index: String,
}

/// What was exported: `export --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Exported {
    /// Name and version of this document.
    pub schema: ExportedSchema,
    /// Papers that were written.
    pub documents: u64,
    /// The files that were written.
    pub files: Vec<String>,
    /// The folder of the index.
    pub index: String,
}

/// What was removed: `remove --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Removed {
    /// Name and version of this document.
    pub schema: RemovedSchema,
    /// Papers that were removed, or that would be.
    pub removed: u64,
    /// Whether nothing was removed, because only what would be was asked for.
    pub dry_run: bool,
    /// The papers that would be removed. Empty once they are removed.
    #[serde(default)]
    pub papers: Vec<TitledPaper>,
    /// Papers that are left, or that would be.
    pub documents: u64,
    /// The generation of the index now.
    pub generation: u64,
    /// The folder of the index.
    pub index: String,
}

/// What merging segments gave back: `vacuum --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Vacuumed {
    /// Name and version of this document.
    pub schema: VacuumedSchema,
    /// Papers in the index.
    pub documents: u64,
    /// Removed papers whose space was given back.
    pub dropped: u64,
    /// Segments before.
    pub segments_before: u64,
    /// Segments now.
    pub segments: u64,
    /// Bytes of all files before.
    pub bytes_before: u64,
    /// Bytes of all files now.
    pub bytes: u64,
    /// From start to end.
    pub seconds: f64,
    /// The generation of the index now.
    pub generation: u64,
    /// The folder of the index.
    pub index: String,
}

//! `info`, of an index and of the processor.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::ModelState;

schema_name!(InfoSchema, "semsearch.info/1");
schema_name!(MemorySchema, "semsearch.memory/1");
schema_name!(CpuSchema, "semsearch.cpu/1");

/// What an index is: `info --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Info {
    /// Name and version of this document.
    pub schema: InfoSchema,
    /// The folder of the index.
    pub index: String,
    /// Papers in it.
    pub documents: u64,
    /// Papers that were removed and whose space has not been given back.
    pub removed: u64,
    /// Its segments.
    pub segments: u64,
    /// Its generation.
    pub generation: u64,
    /// What made this generation out of the one before.
    pub change: String,
    /// Its sources, those with most papers first.
    #[serde(default)]
    pub sources: Vec<InfoSource>,
    /// Records that all runs read, whatever became of them: a file that is read every week counts every week.
    pub records: u64,
    /// Records that all runs merged into a paper of another record.
    pub merged: u64,
    /// Malformed records that all runs left out.
    pub skipped: u64,
    /// The model that answers.
    pub model: String,
    /// The name or folder by which the model is found again.
    pub model_reference: String,
    /// What passages were encoded in: `f32` or `int8`.
    pub precision: String,
    /// The fingerprint of the model: everything that shapes a vector.
    pub fingerprint: String,
    /// Numbers in a vector.
    pub dimension: u64,
    /// Numbers in a vector as the model makes it; more than `dimension` if vectors are truncated.
    #[serde(default)]
    pub full_dimension: u64,
    /// The longest input in tokens.
    pub max_tokens: u64,
    /// What becomes of longer texts: `first` truncates them, `mean` takes the mean over windows.
    #[serde(default)]
    pub windows: String,
    /// The text put before every question.
    #[serde(default)]
    pub query_prompt: String,
    /// The text put before every paper.
    #[serde(default)]
    pub passage_prompt: String,
    /// Papers that were truncated to the longest input.
    pub truncated: u64,
    /// The share of such papers, 0 to 1.
    pub truncated_share: f64,
    /// Tokens of all papers.
    pub tokens: u64,
    /// Models that have embedded its papers, too, or some of them.
    pub other_models: Vec<OtherModel>,
    /// Neighbours of a row in the graph.
    pub m: u64,
    /// Beam width that the graph was built with.
    pub ef_construction: u64,
    /// Whether new vectors are kept in half precision.
    #[serde(default)]
    pub half: bool,
    /// How long its papers took to encode.
    pub seconds_encode: f64,
    /// How long its graphs took to build.
    pub seconds_index: f64,
    /// What it takes on disk.
    pub bytes: DiskBytes,
    /// Bytes of vectors and graph for each vector.
    pub bytes_per_vector: f64,
    /// When this generation was made, in seconds since 1970.
    pub created_unix: u64,
    /// The program that made this generation, with its version.
    pub written_by: String,
}

/// A source of an index: a file or folder that papers came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InfoSource {
    /// Its name.
    pub name: String,
    /// Papers that came from it. A paper may come from several sources.
    pub documents: u64,
}

/// A model that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OtherModel {
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Numbers in its vectors.
    pub dimension: u64,
    /// Where it stands.
    pub state: ModelState,
    /// Papers that it has embedded.
    pub embedded: u64,
    /// What tells it from other models of its name in the index, in words. Absent if no other has its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_apart: Option<String>,
}

/// Bytes on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DiskBytes {
    /// Papers.
    pub documents: u64,
    /// Columns.
    pub fields: u64,
    /// Words of the papers.
    #[serde(default)]
    pub words: u64,
    /// Vectors of the model that answers.
    pub vectors: u64,
    /// The graph and codes of the model that answers.
    pub graph: u64,
    /// Vectors, graphs and codes of other models.
    pub other_models: u64,
    /// All of these together.
    pub total: u64,
}

/// What each segment takes: `info --memory --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Memory {
    /// Name and version of this document.
    pub schema: MemorySchema,
    /// The folder of the index.
    pub index: String,
    /// The segments.
    pub segments: Vec<SegmentMemory>,
    /// The sums over all segments, under the name `all`.
    pub total: SegmentMemory,
}

/// What a segment takes on disk and in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentMemory {
    /// Its name.
    pub segment: String,
    /// Its rows, removed papers included.
    pub rows: u64,
    /// Papers, on disk.
    pub documents_bytes: u64,
    /// Columns, on disk.
    pub fields_bytes: u64,
    /// Words on disk.
    #[serde(default)]
    pub words_bytes: u64,
    /// Vectors of the model that answers, on disk.
    pub vectors_bytes: u64,
    /// The graph and codes of the model that answers, on disk.
    pub graph_bytes: u64,
    /// Vectors, graphs and codes of other models, on disk.
    pub other_models_bytes: u64,
    /// What beam search reads, which should fit in memory.
    pub walk_bytes: u64,
    /// What building the graph is expected to take in memory, while it is built.
    pub build_bytes: u64,
}

/// Kernels of the processor: `info --cpu --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Cpu {
    /// Name and version of this document.
    pub schema: CpuSchema,
    /// Cores that the process may use.
    pub cores: u64,
    /// The kernel that is used for numbers in single precision.
    pub f32: String,
    /// The kernel that is used for numbers of one byte.
    pub int8: String,
    /// The kernels that this processor runs, fastest first.
    pub available: Vec<Kernel>,
}

/// A set of instructions, and the kernels that use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Kernel {
    /// The kernel for numbers in single precision.
    pub f32: String,
    /// The kernel for numbers of one byte.
    pub int8: String,
}

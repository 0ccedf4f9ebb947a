//! What a collection says about itself: `collection.json`.
//!
//! JSON, because it is small, read once, and the file a curious user opens first. It records how the collection was
//! made and by which model, and ties the other files to itself by length and checksum.

use semsearch_embed::{Manifest, Precision, Windows};
use serde::{Deserialize, Serialize};

/// Version of `collection.json`.
pub(crate) const SCHEMA: &str = "semsearch.collection/1";

/// The contents of `collection.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Description {
    /// Name and version of this form.
    pub schema: String,
    /// The program that wrote it.
    pub written_by: String,
    /// When, in seconds since 1970.
    pub created_unix: u64,
    /// Documents in the collection.
    pub documents: u64,
    /// Records that were read to get them.
    pub records: u64,
    /// Records that were merged into another as duplicates.
    pub merged: u64,
    /// Malformed records that were left out at the user's wish.
    pub skipped: u64,
    /// Documents longer than the model reads, which lost their end.
    pub truncated: u64,
    /// Tokens that were encoded.
    pub tokens: u64,
    /// Seconds spent on encoding.
    pub seconds_encode: f64,
    /// Seconds spent on building the graph.
    pub seconds_index: f64,
    /// The model that made the vectors.
    pub model: ModelRecord,
    /// The other files, by length and checksum.
    pub files: Vec<FileRecord>,
}

/// The model that made a collection's vectors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelRecord {
    /// How to find it again: a name for the model store, or an absolute folder.
    pub reference: String,
    /// Longest input in tokens, as it was used.
    pub max_tokens: usize,
    /// In how many bits the vectors were computed.
    #[serde(default)]
    pub precision: Precision,
    /// What became of longer texts.
    #[serde(default, skip_serializing_if = "Windows::is_first")]
    pub windows: Windows,
    /// Numbers kept of each vector, where they are fewer than the model makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// The fingerprint of all that.
    pub fingerprint: String,
    /// The model's manifest.
    pub manifest: Manifest,
}

impl ModelRecord {
    /// Numbers in one vector of the collection.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension.unwrap_or(self.manifest.dimension)
    }
}

/// A file of the collection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Path below the generation's folder.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// BLAKE3, hex; for the index of its first page, which holds the checksums of the rest; absent for other files that
    /// carry checksums of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

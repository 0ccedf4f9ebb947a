//! What a caller may choose when a model is loaded.

use std::path::PathBuf;

use crate::describe::{PrecisionChoice, Windows};
use crate::networks::DeviceChoice;

/// What a user may choose when a model is loaded.
#[derive(Clone, Debug, Default)]
pub struct EncoderOptions {
    /// Longest input in tokens; the manifest's when absent.
    pub max_tokens: Option<usize>,
    /// Keep only the first so many numbers of a vector, and scale it again. Good for models that were trained for it
    /// (Kusupati et al., 2022); others lose much.
    pub dimension: Option<usize>,
    /// Put before a query, in place of the manifest's.
    pub query_prefix: Option<String>,
    /// Put before a passage, in place of the manifest's.
    pub passage_prefix: Option<String>,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// In how many bits it computes.
    pub precision: PrecisionChoice,
    /// Where packed images of models are kept, usually [`crate::ModelStore::images`]; where absent, none is read or
    /// written and every load starts from the model's own files.
    pub images: Option<PathBuf>,
    /// What becomes of a text longer than that.
    pub windows: Windows,
}

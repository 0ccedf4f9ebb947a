//! The options of loading a model.

use std::path::PathBuf;

use crate::describe::{PrecisionChoice, Windows};
use crate::networks::DeviceChoice;

/// The options of loading a model.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EncoderOptions {
    /// Longest input in tokens, special tokens included; the manifest's if `None`.
    pub max_seq_length: Option<usize>,
    /// Keeps only this many numbers of each vector, the first ones, and normalises them again; all if `None`. Good for
    /// models that were trained for it (Matryoshka, Kusupati et al., 2022); others lose much.
    pub truncate_dim: Option<usize>,
    /// Text put before a query; the manifest's if `None`.
    pub query_prompt: Option<String>,
    /// Text put before a passage; the manifest's if `None`.
    pub passage_prompt: Option<String>,
    /// The device that runs the network.
    pub device: DeviceChoice,
    /// The precision in which the network computes.
    pub precision: PrecisionChoice,
    /// Folder of the packed-weights cache, usually [`ModelStore::weights_cache`](crate::ModelStore::weights_cache). If
    /// `None`, every load starts from the model's own files and writes nothing.
    pub weights_cache: Option<PathBuf>,
    /// How a text longer than the limit is encoded.
    pub windows: Windows,
}

impl EncoderOptions {
    /// Limits inputs to this number of tokens, special tokens included.
    #[must_use]
    pub fn with_max_seq_length(mut self, max_seq_length: impl Into<Option<usize>>) -> Self {
        self.max_seq_length = max_seq_length.into();
        self
    }

    /// Keeps only the first numbers of each vector.
    #[must_use]
    pub fn with_truncate_dim(mut self, truncate_dim: impl Into<Option<usize>>) -> Self {
        self.truncate_dim = truncate_dim.into();
        self
    }

    /// Puts this text before a query.
    #[must_use]
    pub fn with_query_prompt(mut self, prompt: impl Into<Option<String>>) -> Self {
        self.query_prompt = prompt.into();
        self
    }

    /// Puts this text before a passage.
    #[must_use]
    pub fn with_passage_prompt(mut self, prompt: impl Into<Option<String>>) -> Self {
        self.passage_prompt = prompt.into();
        self
    }

    /// Runs the network on this device.
    #[must_use]
    pub fn with_device(mut self, device: DeviceChoice) -> Self {
        self.device = device;
        self
    }

    /// Computes in this precision.
    #[must_use]
    pub fn with_precision(mut self, precision: PrecisionChoice) -> Self {
        self.precision = precision;
        self
    }

    /// Keeps packed weights in this folder.
    #[must_use]
    pub fn with_weights_cache(mut self, folder: impl Into<Option<PathBuf>>) -> Self {
        self.weights_cache = folder.into();
        self
    }

    /// Encodes texts longer than the limit in this way.
    #[must_use]
    pub fn with_windows(mut self, windows: Windows) -> Self {
        self.windows = windows;
        self
    }
}

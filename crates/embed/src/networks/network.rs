//! The trait of all networks, and why a network cannot be built.

use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;
use semsearch_vector::Matrix;
use serde::de::DeserializeOwned;

use super::dimensions::PackedBert;
use crate::describe::{CONFIG, Pooling};
use crate::tokens::Batch;
use crate::weights_cache::SectionsWriter;

/// A network that turns tokens into contextual token vectors.
pub(crate) trait Network: Send + Sync {
    /// The sizes of the network: limits on a text, and the dimension of its vectors.
    fn shape(&self) -> Shape;

    /// Writes the network for the packed-weights cache; `None` if the cache does not keep such networks.
    fn write_packed(&self, _sections: &mut SectionsWriter) -> Option<PackedBert> {
        None
    }

    /// The vectors of all tokens of `batch`, sequence after sequence, without padding: one row per token.
    ///
    /// # Errors
    /// [`candle_core::Error`] if the device fails or runs out of memory.
    fn forward(&self, batch: &Batch) -> Result<Matrix, candle_core::Error>;

    /// The pooled vectors of `batch`: one row a text.
    ///
    /// # Errors
    /// As [`Network::forward`].
    fn pooled(&self, batch: &Batch, pooling: Pooling) -> Result<Matrix, candle_core::Error> {
        let tokens = self.forward(batch)?;
        let dim = tokens.dim();
        let mut vectors = Matrix::zeros(batch.len(), dim);
        let mut rest = tokens.as_slice();
        for (index, sequence) in batch.sequences().enumerate() {
            let (own, after) = rest.split_at(sequence.len() * dim);
            rest = after;
            pooling.pool(own, vectors.row_mut(index));
        }
        Ok(vectors)
    }
}

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Numbers in a token vector.
    pub(crate) dimension: usize,
    /// Rows of the token table: every id must be below it.
    pub(crate) vocabulary: usize,
    /// The most tokens one sequence may have.
    pub(crate) max_positions: usize,
}

/// Why a network could not be built from its files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// `config.json` is malformed, or has a setting that this network does not run.
    #[error("{path}: {problem}")]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The weights file cannot be mapped, or is not a whole safetensors file.
    #[error("{path}: not a whole safetensors file: {problem}")]
    NotSafetensors {
        /// The weights file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The weights do not fit the configuration.
    #[error("{path}: the weights do not belong to this config.json: {problem}")]
    Weights {
        /// The weights file.
        path: PathBuf,
        /// What is missing or has another shape.
        problem: String,
    },
    /// The table of a static model is malformed.
    #[error("{path}: not a table of token vectors: {problem}")]
    Table {
        /// The weights file.
        path: PathBuf,
        /// What is missing or not as it should be.
        problem: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
}

impl NetworkError {
    /// What the error is about: always the model.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            NetworkError::Config { .. }
            | NetworkError::NotSafetensors { .. }
            | NetworkError::Weights { .. }
            | NetworkError::Table { .. }
            | NetworkError::Io { .. } => ErrorKind::Model,
        }
    }
}

/// Reads `config.json` in `folder`.
pub(super) fn read_config<C: DeserializeOwned>(folder: &Path) -> Result<C, NetworkError> {
    let bytes = std::fs::read(folder.join(CONFIG)).map_err(|error| refuse_config(folder, error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| refuse_config(folder, error.to_string()))
}

pub(super) fn refuse_config(folder: &Path, problem: String) -> NetworkError {
    NetworkError::Config { path: folder.join(CONFIG), problem }
}

/// candle's message without the path and the backtrace that it may carry.
pub(crate) fn brief(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithPath { inner, .. } => brief(inner),
        other => other.to_string().lines().next().unwrap_or_default().trim().to_owned(),
    }
}

//! What every network gives, and why one cannot be built.

use std::path::{Path, PathBuf};

use semsearch_vector::Matrix;
use serde::de::DeserializeOwned;

use super::dimensions::ImageOfBert;
use crate::describe::{CONFIG, Pooling};
use crate::tokens::Batch;
use crate::weights_cache::SectionsWriter;

/// A network that turns tokens into contextual token vectors.
pub(crate) trait Network: Send + Sync {
    /// The sizes that a text and its vectors must respect.
    fn shape(&self) -> Shape;

    /// Writes the network for [`super::load::from_image`]; `None` if it is not one that images are made of.
    fn write_image(&self, _sections: &mut SectionsWriter) -> Option<ImageOfBert> {
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
    /// `config.json` cannot be read or asks for something this network does not do.
    #[error("{path}: {problem}")]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The weights are in no file that can be mapped.
    #[error("{path}: not a whole safetensors file: {problem}; fetch or copy it again")]
    NotSafetensors {
        /// The weights file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The weights do not fit the configuration.
    #[error("{path}: {problem}; the weights do not belong to this config.json")]
    Weights {
        /// The weights file.
        path: PathBuf,
        /// What is missing or has another shape.
        problem: String,
    },
    /// The table of a static model is not one.
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
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
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

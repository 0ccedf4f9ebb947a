//! The networks: from a [`Batch`] of token ids to one vector per token.
//!
//! One file an architecture. Each takes a ragged batch, pads it as its own code needs, and gives back the token vectors
//! without the padding, so nothing outside ever sees a pad token. BERT has two: kernels of our own on the CPU, and
//! candle, which is what those are measured against.

mod bert;
mod bert_cpu;
mod weights;

use std::path::{Path, PathBuf};

use bert::Bert;
use bert_cpu::BertCpu;
use candle_core::Device;
use semsearch_vector::Matrix;

use crate::manifest::Family;
use crate::tokenise::Batch;

/// A network that turns tokens into contextual token vectors.
pub(crate) trait Network: Send + Sync {
    /// The sizes that a text and its vectors must respect.
    fn shape(&self) -> Shape;

    /// The vectors of all tokens of `batch`, sequence after sequence, without padding: one row per token.
    ///
    /// # Errors
    /// [`candle_core::Error`] if the device fails or runs out of memory.
    fn forward(&self, batch: &Batch) -> Result<Matrix, candle_core::Error>;
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

/// Loads the network in `folder` onto `device`.
///
/// # Panics
/// For [`Family::Static`], which has no network.
///
/// # Errors
/// [`NetworkError`] names the file and what is wrong with it.
pub(crate) fn load(family: Family, folder: &Path, device: &Device) -> Result<Box<dyn Network>, NetworkError> {
    match family {
        Family::Bert => {
            let ours = if device.is_cpu() { BertCpu::load(folder)? } else { None };
            match ours {
                Some(network) => Ok(Box::new(network)),
                None => Ok(Box::new(Bert::load(folder, device)?)),
            }
        }
        Family::Static => unreachable!("a static model is a table and not a network"),
    }
}

/// candle's message without the path and the backtrace that it may carry.
pub(crate) fn brief(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithPath { inner, .. } => brief(inner),
        other => other.to_string().lines().next().unwrap_or_default().trim().to_owned(),
    }
}

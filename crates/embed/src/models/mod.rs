//! The networks: from a [`Batch`] of token ids to one vector per token.
//!
//! One file an architecture. Each takes a ragged batch, pads it as its own code needs, and gives back the token vectors
//! without the padding, so nothing outside ever sees a pad token. The networks of candle share what they are made of
//! ([`layers`]) and how they are padded and pooled ([`padded`]). BERT and those like it have two networks: kernels of our
//! own on the CPU, and candle, which is what those are measured against.

mod bert;
pub(crate) mod bert_names;
mod fused;
mod gte;
mod layers;
mod modernbert;
mod mpnet;
pub(crate) mod nomic_bert;
pub(crate) mod padded;
mod qwen3;
pub(crate) mod weights;

use std::path::{Path, PathBuf};

use bert::Bert;
use fused::FusedBert;
pub(crate) use fused::ImageOfBert;
use gte::Gte;
use modernbert::ModernBert;
use nomic_bert::NomicBert;
use padded::Place;
use qwen3::Qwen3;
use semsearch_vector::Matrix;
use serde::de::DeserializeOwned;

use crate::image::{Sections, SectionsWriter};
use crate::manifest::{CONFIG, Family};
use crate::pooling::Pooling;
use crate::precision::Precision;
use crate::tokenise::Batch;

/// A network that turns tokens into contextual token vectors.
pub(crate) trait Network: Send + Sync {
    /// The sizes that a text and its vectors must respect.
    fn shape(&self) -> Shape;

    /// Writes the network for [`from_image`]; `None` if it is not one that images are made of.
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
}

/// Loads the network in `folder`; `None` if nothing here runs it in that precision.
///
/// # Errors
/// [`NetworkError`] names the file and what is wrong with it.
pub(crate) fn load(
    family: Family,
    folder: &Path,
    place: &Place,
    precision: Precision,
) -> Result<Option<Box<dyn Network>>, NetworkError> {
    if place.device.is_cpu()
        && family.is_bert_shaped()
        && let Some(network) = FusedBert::load(family, folder, precision)?
    {
        return Ok(Some(Box::new(network)));
    }
    if precision == Precision::Int8 {
        return Ok(None);
    }
    load_candle(family, folder, place).map(Some)
}

/// Takes a network out of an image; `None` if there is none in it.
pub(crate) fn from_image(about: &ImageOfBert, sections: &mut Sections) -> Option<Box<dyn Network>> {
    Some(Box::new(FusedBert::from_image(about, sections)?))
}

/// Loads the network in `folder` for candle, whatever else could run it.
fn load_candle(family: Family, folder: &Path, place: &Place) -> Result<Box<dyn Network>, NetworkError> {
    Ok(match family {
        Family::Bert | Family::Roberta | Family::XlmRoberta | Family::Distilbert | Family::Mpnet => {
            Box::new(Bert::load(family, folder, place)?)
        }
        Family::Modernbert => Box::new(ModernBert::load(folder, place)?),
        Family::NomicBert => Box::new(NomicBert::load(folder, place)?),
        Family::Gte => Box::new(Gte::load(folder, place)?),
        Family::Qwen3 => Box::new(Qwen3::load(folder, place)?),
    })
}

/// Reads `config.json` in `folder`.
fn read_config<C: DeserializeOwned>(folder: &Path) -> Result<C, NetworkError> {
    let bytes = std::fs::read(folder.join(CONFIG)).map_err(|error| refuse_config(folder, error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| refuse_config(folder, error.to_string()))
}

fn refuse_config(folder: &Path, problem: String) -> NetworkError {
    NetworkError::Config { path: folder.join(CONFIG), problem }
}

/// candle's message without the path and the backtrace that it may carry.
pub(crate) fn brief(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithPath { inner, .. } => brief(inner),
        other => other.to_string().lines().next().unwrap_or_default().trim().to_owned(),
    }
}

//! The networks: from a [`Batch`] of token ids to one vector per token.
//!
//! One file an architecture. Each takes a ragged batch, pads it as its own code needs, and gives back the token vectors
//! without the padding, so nothing outside ever sees a pad token. The networks of candle share what they are made of
//! ([`layers`]) and how they are padded and pooled ([`padded`]). BERT and those like it have two networks: kernels of our
//! own on the CPU, and candle, which is what those are measured against.
//!
//! | file | runs | differs from BERT by |
//! | --- | --- | --- |
//! | [`bert`], [`fused`] | BERT, RoBERTa, XLM-RoBERTa, DistilBERT | names only ([`bert_names`]) |
//! | [`mpnet`] | MPNet, in both of these | a number for the distance of two tokens |
//! | [`nomic_bert`] | Nomic-BERT | rotary places, gated middle, no biases |
//! | [`gte`] | GTE v1.5 and the multilingual one | rotary places, gated middle |
//! | [`modernbert`] | ModernBERT | the same, norms before layers, most layers see only nearby tokens |
//! | [`qwen3`] | Qwen3-Embedding | the same, tokens see only what is before them, heads share keys and values |
//!
//! The networks of the crate `candle-transformers` (0.11.1) were weighed and left: it has no MPNet and no GTE under its own
//! names; its DistilBERT has the tanh form of GELU, where the library has the exact one; its XLM-RoBERTa and ModernBERT
//! count places in the type of the weights, where f16 ends at 2,048, and its ModernBERT wants every name below `model.`;
//! its Qwen3 keeps a cache that one thread at a time may use. On shared parts each is a page.

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

/// Loads the network in `folder`; `None` if nothing here runs it in that precision.
///
/// # Panics
/// For [`Family::Static`], which has no network.
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
        Family::Static => unreachable!("a static model is a table and not a network"),
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

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use semsearch_vector::cosine;

    use super::*;

    const FAMILIES: [(Family, &str); 8] = [
        (Family::Roberta, "roberta"),
        (Family::XlmRoberta, "xlm_roberta"),
        (Family::Distilbert, "distilbert"),
        (Family::Mpnet, "mpnet"),
        (Family::Modernbert, "modernbert"),
        (Family::NomicBert, "nomic_bert"),
        (Family::Gte, "gte"),
        (Family::Qwen3, "qwen3"),
    ];

    fn folder(family: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families").join(family).join("model")
    }

    fn cpu(dtype: DType) -> Place {
        Place { device: Device::Cpu, dtype }
    }

    /// Texts of unequal lengths, of tokens that make no sense.
    fn batch(vocabulary: usize) -> Batch {
        let mut batch = Batch::default();
        for length in [3, 41, 1, 17, 60] {
            let tokens: Vec<u32> =
                (0..length).map(|place| ((place * 7919 + length * 31) % vocabulary) as u32).collect();
            batch.push(&tokens);
        }
        batch
    }

    /// The lowest cosine of two rows, and the largest difference of two numbers.
    fn compare(one: &Matrix, other: &Matrix) -> (f32, f32) {
        assert_eq!((one.rows(), one.dim()), (other.rows(), other.dim()));
        let pairs = one.as_slice().iter().zip(other.as_slice());
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        (one.iter().zip(other.iter()).map(|(a, b)| cosine(a, b)).fold(1.0, f32::min), largest)
    }

    #[test]
    fn candle_and_what_is_used_on_the_cpu_agree_on_every_token() {
        for (family, name) in FAMILIES {
            let used = load(family, &folder(name), &cpu(DType::F32), Precision::F32).unwrap().unwrap();
            let candle = load_candle(family, &folder(name), &cpu(DType::F32)).unwrap();
            let batch = batch(used.shape().vocabulary);
            let (lowest, largest) = compare(&used.forward(&batch).unwrap(), &candle.forward(&batch).unwrap());
            assert!(lowest >= 0.99999 && largest < 1e-4, "{name}: cosine {lowest}, difference {largest}");
        }
    }

    #[test]
    fn eight_bits_stay_close_where_there_are_kernels_for_them_and_are_refused_elsewhere() {
        for (family, name) in FAMILIES {
            let rounded = load(family, &folder(name), &cpu(DType::F32), Precision::Int8).unwrap();
            assert_eq!(rounded.is_some(), family.is_bert_shaped(), "{name}");
            let Some(rounded) = rounded else { continue };
            let full = load(family, &folder(name), &cpu(DType::F32), Precision::F32).unwrap().unwrap();
            let batch = batch(full.shape().vocabulary);
            let pooled = |network: &dyn Network| network.pooled(&batch, Pooling::Mean).unwrap();
            let (lowest, _) = compare(&pooled(&*full), &pooled(&*rounded));
            assert!((0.99..1.0).contains(&lowest), "{name}: cosine {lowest}");
        }
    }

    #[test]
    fn half_precision_stays_close_on_the_real_weights() {
        let found = crate::store::ModelStore::from_env(true).find(crate::manifest::DEFAULT_MODEL).unwrap();
        let Some(model) = semsearch_testing::needs::real_model(found) else { return };
        let whole = load(Family::Bert, &model.path, &cpu(DType::F32), Precision::F32).unwrap().unwrap();
        let half = load_candle(Family::Bert, &model.path, &cpu(DType::F16)).unwrap();
        let mut batch = Batch::default();
        for length in [3u32, 41, 120] {
            batch.push(&(0..length).map(|place| 1000 + (place * 7919 + length) % 25_000).collect::<Vec<_>>());
        }
        let pooled = |network: &dyn Network| network.pooled(&batch, Pooling::Mean).unwrap();
        let (lowest, _) = compare(&pooled(&*whole), &pooled(&*half));
        assert!((0.999..1.0).contains(&lowest), "cosine {lowest}");
    }

    #[test]
    fn pooling_on_the_device_is_pooling() {
        for (family, name) in FAMILIES {
            let network = load_candle(family, &folder(name), &cpu(DType::F32)).unwrap();
            let batch = batch(network.shape().vocabulary);
            let tokens = network.forward(&batch).unwrap();
            for pooling in Pooling::ALL {
                let mut expected = Matrix::zeros(batch.len(), tokens.dim());
                let mut rest = tokens.as_slice();
                for (row, sequence) in batch.sequences().enumerate() {
                    let (own, after) = rest.split_at(sequence.len() * tokens.dim());
                    pooling.pool(own, expected.row_mut(row));
                    rest = after;
                }
                let (_, largest) = compare(&network.pooled(&batch, pooling).unwrap(), &expected);
                assert!(largest < 1e-4, "{name} {pooling:?}: difference {largest}");
            }
            assert_eq!(network.pooled(&Batch::default(), Pooling::Mean).unwrap().rows(), 0);
        }
    }

    /// What a GPU runs, on the CPU: the same code in half precision.
    #[test]
    fn half_precision_stays_close() {
        for (family, name) in FAMILIES {
            let whole = load_candle(family, &folder(name), &cpu(DType::F32)).unwrap();
            let half = load_candle(family, &folder(name), &cpu(DType::F16)).unwrap();
            let batch = batch(whole.shape().vocabulary);
            for pooling in [Pooling::Mean, Pooling::LastToken] {
                let (one, other) = (whole.pooled(&batch, pooling).unwrap(), half.pooled(&batch, pooling).unwrap());
                let (lowest, _) = compare(&one, &other);
                assert!(lowest >= 0.999, "{name} {pooling:?}: cosine {lowest}");
                assert!(lowest < 1.0, "{name}: half precision rounds");
            }
        }
    }
}

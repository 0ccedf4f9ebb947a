//! BERT (Devlin et al., 2018), run by candle: on a GPU, and on the CPU where [`super::fused`] does not apply.
//!
//! The batch is padded to its longest sequence and masked; candle adds the most negative f32 to masked attention
//! scores, so a pad token's weight is exactly zero and a text's vector does not depend on its neighbours beyond the
//! rounding of a differently shaped matrix product.
//!
//! Cost: about `12 · layers · dim²` multiplications a token, and half as many again in attention at 256 tokens.

use std::path::Path;

use candle_core::{Device, Tensor};
use candle_transformers::models::bert::{BertModel, Config};
use semsearch_vector::Matrix;

use super::{Network, NetworkError, Shape, brief, weights};
use crate::manifest::{CONFIG, WEIGHTS};
use crate::tokenise::Batch;

/// A loaded BERT network.
pub(super) struct Bert {
    model: BertModel,
    config: Config,
}

impl Bert {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(folder: &Path, device: &Device) -> Result<Self, NetworkError> {
        let config = read_config(&folder.join(CONFIG))?;
        let path = folder.join(WEIGHTS);
        let tensors = weights::map(&path, device)
            .map_err(|error| NetworkError::NotSafetensors { path: path.clone(), problem: brief(&error) })?;
        let model = BertModel::load(tensors, &config)
            .map_err(|error| NetworkError::Weights { path, problem: brief(&error) })?;
        Ok(Bert { model, config })
    }

    /// Token ids and mask as rectangles, `rows × longest`.
    fn pad(&self, batch: &Batch) -> Result<(Tensor, Tensor), candle_core::Error> {
        let (rows, longest) = (batch.len(), batch.longest());
        // Any id would do, since the mask takes it out; 0 is in every table.
        let mut ids = vec![0; rows * longest];
        let mut mask = vec![0u32; rows * longest];
        for (row, sequence) in batch.sequences().enumerate() {
            let start = row * longest;
            ids[start..start + sequence.len()].copy_from_slice(sequence);
            mask[start..start + sequence.len()].fill(1);
        }
        let device = &self.model.device;
        Ok((Tensor::from_vec(ids, (rows, longest), device)?, Tensor::from_vec(mask, (rows, longest), device)?))
    }
}

impl Network for Bert {
    fn shape(&self) -> Shape {
        shape(&self.config)
    }

    fn forward(&self, batch: &Batch) -> Result<Matrix, candle_core::Error> {
        let dim = self.config.hidden_size;
        let mut rows = Matrix::new(dim);
        if batch.longest() == 0 {
            return Ok(rows);
        }
        let (ids, mask) = self.pad(batch)?;
        let hidden = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let hidden: Vec<f32> = hidden.flatten_all()?.to_vec1()?;
        for (padded, sequence) in hidden.chunks_exact(batch.longest() * dim).zip(batch.sequences()) {
            for token in padded.chunks_exact(dim).take(sequence.len()) {
                rows.push(token);
            }
        }
        Ok(rows)
    }
}

pub(super) fn shape(config: &Config) -> Shape {
    Shape {
        dimension: config.hidden_size,
        vocabulary: config.vocab_size,
        max_positions: config.max_position_embeddings,
    }
}

/// Reads `config.json` and refuses shapes that candle would divide by or index with blindly.
pub(super) fn read_config(path: &Path) -> Result<Config, NetworkError> {
    let refuse = |problem: String| NetworkError::Config { path: path.to_owned(), problem };
    let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let config: Config = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
    let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
    if heads == 0 || hidden == 0 || hidden % heads != 0 {
        return Err(refuse(format!("hidden_size {hidden} is not a multiple of num_attention_heads {heads}")));
    }
    Ok(config)
}

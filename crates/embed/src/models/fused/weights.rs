//! What both precisions are made from: the numbers of a BERT, as the file holds them.

use std::borrow::Cow;

use candle_core::Error;
use candle_transformers::models::bert::Config;

use super::Dimensions;
use crate::models::weights::Weights;

/// A BERT's numbers, layer by layer.
pub(super) struct BertWeights<'a> {
    file: &'a Weights,
    root: &'static str,
    /// The sizes.
    pub(super) dimensions: Dimensions,
    layers: usize,
}

/// A linear layer: `outputs × inputs` weights, one row an output, and what is added.
pub(super) struct Linear<'a> {
    pub(super) weights: Cow<'a, [f32]>,
    pub(super) bias: Cow<'a, [f32]>,
    pub(super) inputs: usize,
}

/// Gain and shift of a layer normalisation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Norm {
    pub(super) gain: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// What stands before the first layer.
pub(super) struct Embeddings<'a> {
    /// One row a token id.
    pub(super) words: Cow<'a, [f32]>,
    /// One row a place, with the vector of token type 0 added: a text is always the first of its kind.
    pub(super) positions: Vec<f32>,
    pub(super) norm: Norm,
}

/// One layer.
pub(super) struct LayerWeights<'a> {
    /// Query, key and value side by side.
    pub(super) qkv: Linear<'a>,
    pub(super) attended: Linear<'a>,
    pub(super) attended_norm: Norm,
    pub(super) up: Linear<'a>,
    pub(super) down: Linear<'a>,
    pub(super) down_norm: Norm,
}

impl<'a> BertWeights<'a> {
    /// The numbers in `file` of the network that `config` describes.
    pub(super) fn new(file: &'a Weights, config: &Config) -> Self {
        // Some files hold the network as part of a larger one.
        let root = if file.has("bert.embeddings.word_embeddings.weight") { "bert." } else { "" };
        let dimensions = Dimensions {
            dim: config.hidden_size,
            heads: config.num_attention_heads,
            wide: config.intermediate_size,
            vocabulary: config.vocab_size,
            positions: config.max_position_embeddings,
            epsilon: config.layer_norm_eps as f32,
        };
        BertWeights { file, root, dimensions, layers: config.num_hidden_layers }
    }

    /// The tables before the first layer.
    ///
    /// # Errors
    /// [`Error`] names the tensor that is missing, of another shape, or holds what is no finite number; so below.
    pub(super) fn embeddings(&self, types: usize) -> Result<Embeddings<'a>, Error> {
        let Dimensions { dim, vocabulary, positions, .. } = self.dimensions;
        let table = |name: &str, rows| self.floats(&format!("embeddings.{name}.weight"), &[rows, dim]);
        let words = table("word_embeddings", vocabulary)?;
        let mut positions = table("position_embeddings", positions)?.into_owned();
        let types = table("token_type_embeddings", types)?;
        let first_type = types.get(..dim).unwrap_or_default();
        for position in positions.chunks_exact_mut(dim) {
            position.iter_mut().zip(first_type).for_each(|(place, kind)| *place += kind);
        }
        Ok(Embeddings { words, positions, norm: self.norm("embeddings.LayerNorm")? })
    }

    /// Every layer in turn, read when it is asked for.
    pub(super) fn layers(&self) -> impl Iterator<Item = Result<LayerWeights<'a>, Error>> {
        (0..self.layers).map(|number| self.layer(&format!("encoder.layer.{number}")))
    }

    fn layer(&self, name: &str) -> Result<LayerWeights<'a>, Error> {
        let Dimensions { dim, wide, .. } = self.dimensions;
        let attention = ["query", "key", "value"].map(|part| format!("{name}.attention.self.{part}"));
        Ok(LayerWeights {
            qkv: self.side_by_side(&attention, dim, dim)?,
            attended: self.linear(&format!("{name}.attention.output.dense"), dim, dim)?,
            attended_norm: self.norm(&format!("{name}.attention.output.LayerNorm"))?,
            up: self.linear(&format!("{name}.intermediate.dense"), dim, wide)?,
            down: self.linear(&format!("{name}.output.dense"), wide, dim)?,
            down_norm: self.norm(&format!("{name}.output.LayerNorm"))?,
        })
    }

    fn linear(&self, name: &str, inputs: usize, outputs: usize) -> Result<Linear<'a>, Error> {
        let weights = self.floats(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.floats(&format!("{name}.bias"), &[outputs])?;
        Ok(Linear { weights, bias, inputs })
    }

    /// Linear layers of the same inputs as one, their outputs side by side.
    fn side_by_side(&self, names: &[String], inputs: usize, outputs: usize) -> Result<Linear<'a>, Error> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            let part = self.linear(name, inputs, outputs)?;
            weights.extend_from_slice(&part.weights);
            bias.extend_from_slice(&part.bias);
        }
        Ok(Linear { weights: weights.into(), bias: bias.into(), inputs })
    }

    fn norm(&self, name: &str) -> Result<Norm, Error> {
        let row = |part: &str| self.floats(&format!("{name}.{part}"), &[self.dimensions.dim]);
        Ok(Norm { gain: row("weight")?.into_owned(), shift: row("bias")?.into_owned() })
    }

    fn floats(&self, name: &str, shape: &[usize]) -> Result<Cow<'a, [f32]>, Error> {
        self.file.floats(&format!("{}{name}", self.root), shape)
    }
}

//! The weights of a BERT as the file holds them, from which both precisions are made.

use std::borrow::Cow;

use candle_core::Error;

use crate::networks::bert_names::BertShape;
use crate::networks::dimensions::Dimensions;
use crate::networks::mpnet;
use crate::networks::weights::Weights;

/// The weights of a BERT, layer by layer.
pub(super) struct BertWeights<'a> {
    file: &'a Weights,
    root: &'static str,
    /// The sizes.
    pub(super) dimensions: Dimensions,
    shape: BertShape,
}

/// A linear layer: `outputs × inputs` weights, one row an output, and a bias.
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

/// The embeddings before the first layer.
pub(super) struct Embeddings<'a> {
    /// Word embeddings, one row a token id.
    pub(super) words: Cow<'a, [f32]>,
    /// Position embeddings, one row a position, with the embedding of token type 0 added, which every text has.
    pub(super) places: Vec<f32>,
    pub(super) norm: Norm,
    /// MPNet's position bias, one row a range of distances, one number a head. It is divided by the scale of the scores,
    /// since the kernels add it before they scale.
    pub(super) distances: Option<Vec<f32>>,
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
    /// The weights in `file` of a network of that shape.
    pub(super) fn new(file: &'a Weights, shape: BertShape, by_distance: bool) -> Self {
        let root = shape.names.prefix(|name| file.has(name));
        let dimensions = Dimensions {
            dim: shape.hidden,
            heads: shape.heads,
            wide: shape.middle,
            vocabulary: shape.vocabulary,
            places: shape.places,
            epsilon: shape.epsilon as f32,
            by_distance,
        };
        BertWeights { file, root, dimensions, shape }
    }

    /// The embeddings before the first layer.
    ///
    /// # Errors
    /// [`Error`] names the tensor that is missing or has another shape.
    pub(super) fn embeddings(&self) -> Result<Embeddings<'a>, Error> {
        let (names, dim) = (self.shape.names, self.shape.hidden);
        let table = |name: &str, rows| self.floats(&format!("{name}.weight"), &[rows, dim]);
        let words = table(names.words, self.shape.vocabulary)?;
        let mut places = table(names.places, self.shape.places.rows)?.into_owned();
        if self.shape.types > 0 {
            let types = table(names.types, self.shape.types)?;
            for place in places.chunks_exact_mut(dim) {
                place.iter_mut().zip(types.iter()).for_each(|(place, kind)| *place += kind);
            }
        }
        let distances = match self.dimensions.by_distance {
            true => {
                let shape = [mpnet::RANGES, self.shape.heads];
                let table = self.floats("encoder.relative_attention_bias.weight", &shape)?;
                let scale = ((dim / self.shape.heads) as f32).sqrt();
                Some(table.iter().map(|number| number * scale).collect())
            }
            false => None,
        };
        Ok(Embeddings { words, places, norm: self.norm(names.norm)?, distances })
    }

    /// Every layer in turn, read lazily. Errors as for [`embeddings`](Self::embeddings).
    pub(super) fn layers(&self) -> impl Iterator<Item = Result<LayerWeights<'a>, Error>> {
        (0..self.shape.layers).map(|number| self.layer(&self.shape.names.layer(number)))
    }

    fn layer(&self, name: &str) -> Result<LayerWeights<'a>, Error> {
        let (names, dim, wide) = (self.shape.names, self.shape.hidden, self.shape.middle);
        let attention = names.attention.map(|part| format!("{name}.{part}"));
        let linear = |part: &str, inputs, outputs| self.linear(&format!("{name}.{part}"), inputs, outputs);
        let norm = |part: &str| self.norm(&format!("{name}.{part}"));
        Ok(LayerWeights {
            qkv: self.side_by_side(&attention, dim, dim)?,
            attended: linear(names.attended, dim, dim)?,
            attended_norm: norm(names.attended_norm)?,
            up: linear(names.up, dim, wide)?,
            down: linear(names.down, wide, dim)?,
            down_norm: norm(names.down_norm)?,
        })
    }

    fn linear(&self, name: &str, inputs: usize, outputs: usize) -> Result<Linear<'a>, Error> {
        let weights = self.floats(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.floats(&format!("{name}.bias"), &[outputs])?;
        Ok(Linear { weights, bias, inputs })
    }

    /// Several linear layers with the same inputs as one layer, their outputs side by side.
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

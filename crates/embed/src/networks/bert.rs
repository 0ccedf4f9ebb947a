//! BERT (Devlin et al., 2018) and the networks that differ from it by names only, run by candle: on a GPU, and on the CPU
//! where [`super::fused`] does not apply. MPNet is here too, with the position bias of [`super::mpnet`].
//!
//! Cost: about `12 · layers · dim²` multiplications a token, and half as many again in attention at 256 tokens.

use std::path::Path;

use candle_core::{Error, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding};

use super::bert_names::BertShape;
use super::layers::{Activation, AttentionMask, Norm, attend, linear, rooted, split_heads};
use super::mpnet::Distances;
use super::network::NetworkError;
use super::padded::{Architecture, Input, Padded};
use super::place::Place;
use crate::describe::Family;
use crate::tokens::Batch;

/// A loaded BERT-shaped network.
pub(super) struct Bert {
    shape: BertShape,
    words: Embedding,
    places: Embedding,
    /// The embedding of token type 0, which every text has.
    kind: Option<Tensor>,
    norm: Norm,
    layers: Vec<Layer>,
    /// The position bias of MPNet.
    distances: Option<Distances>,
}

struct Layer {
    attention: [Linear; 3],
    attended: Linear,
    attended_norm: Norm,
    up: Linear,
    down: Linear,
    down_norm: Norm,
    heads: usize,
    activation: Activation,
}

impl Bert {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(family: Family, folder: &Path, place: &Place) -> Result<Padded<Self>, NetworkError> {
        let shape = BertShape::read(family, folder)?;
        let limits = shape.limits();
        Padded::load(folder, place, limits, |tensors| Self::build(shape, family == Family::Mpnet, tensors))
    }

    fn build(shape: BertShape, by_distance: bool, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let names = shape.names;
        let prefix = names.prefix(|name| tensors.contains_tensor(name));
        let tensors = rooted(tensors, &[prefix], &format!("{}.weight", names.words));
        let hidden = shape.hidden;
        let words = embedding(shape.vocabulary, hidden, tensors.pp(names.words))?;
        let places = embedding(shape.places.rows, hidden, tensors.pp(names.places))?;
        let kind = match shape.types {
            0 => None,
            types => Some(tensors.pp(names.types).get((types, hidden), "weight")?.narrow(0, 0, 1)?.squeeze(0)?),
        };
        let norm = Norm::layer(hidden, shape.epsilon, true, &tensors.pp(names.norm))?;
        let layers = (0..shape.layers)
            .map(|number| Layer::build(&shape, &tensors.pp(names.layer(number))))
            .collect::<Result<_, _>>()?;
        let distances = match by_distance {
            true => {
                let table = tensors.pp("encoder.relative_attention_bias").get_unchecked("weight")?;
                Some(Distances::new(table, shape.heads)?)
            }
            false => None,
        };
        Ok(Bert { shape, words, places, kind, norm, layers, distances })
    }
}

impl Architecture for Bert {
    fn run(&self, input: &Input, batch: &Batch) -> Result<Tensor, Error> {
        let mut places = vec![0; batch.len() * input.longest];
        for (row, sequence) in places.chunks_exact_mut(input.longest).zip(batch.sequences()) {
            row.iter_mut().zip(self.shape.places.of(sequence)).for_each(|(to, place)| *to = place);
        }
        let places = Tensor::from_vec(places, (batch.len(), input.longest), &input.place.device)?;
        let mut x = (self.words.forward(&input.ids)? + self.places.forward(&places)?)?;
        if let Some(kind) = &self.kind {
            x = x.broadcast_add(kind)?;
        }
        let Place { device, dtype } = &input.place;
        let bias =
            self.distances.as_ref().map(|distances| distances.bias(input.longest, *dtype, device)).transpose()?;
        let mask = bias.as_ref().map_or(AttentionMask::Full, AttentionMask::Biased);
        let mut x = self.norm.forward(&x)?;
        for layer in &self.layers {
            x = layer.forward(&x, input.padding.as_ref(), &mask)?;
        }
        Ok(x)
    }
}

impl Layer {
    fn build(shape: &BertShape, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let (names, hidden, middle) = (shape.names, shape.hidden, shape.middle);
        let square = |name: &str| linear(hidden, hidden, true, &tensors.pp(name));
        let norm = |name: &str| Norm::layer(hidden, shape.epsilon, true, &tensors.pp(name));
        let [query, key, value] = names.attention;
        Ok(Layer {
            attention: [square(query)?, square(key)?, square(value)?],
            attended: square(names.attended)?,
            attended_norm: norm(names.attended_norm)?,
            up: linear(hidden, middle, true, &tensors.pp(names.up))?,
            down: linear(middle, hidden, true, &tensors.pp(names.down))?,
            down_norm: norm(names.down_norm)?,
            heads: shape.heads,
            activation: shape.activation,
        })
    }

    fn forward(&self, x: &Tensor, padding: Option<&Tensor>, mask: &AttentionMask<'_>) -> Result<Tensor, Error> {
        let [query, key, value] = &self.attention;
        let part = |of: &Linear| split_heads(&of.forward(x)?, self.heads);
        let context = attend(&part(query)?, &part(key)?, &part(value)?, padding, mask)?;
        let x = self.attended_norm.forward(&(self.attended.forward(&context)? + x)?)?;
        let middle = self.activation.apply(&self.up.forward(&x)?)?;
        self.down_norm.forward(&(self.down.forward(&middle)? + x)?)
    }
}

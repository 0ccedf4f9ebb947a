//! ModernBERT (Warner et al., 2024): rotary position embeddings, pre-norm, gated feed-forward, and sliding-window attention
//! in most layers.
//!
//! ```text
//! x = norm(words[id])
//! for each layer:
//!     x = x + attention(norm(x))        every third layer over the whole text, the others over 64 positions to each side
//!     x = x + down(gelu(gate) · up)     gate and up are projections of norm(x)
//! x = norm(x)
//! ```
//!
//! The first layer has no norm before its attention, since its input is normalised. The residual stream `x` stays in f32.

use std::path::Path;

use candle_core::{DType, Error, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding};
use serde::Deserialize;

use super::layers::{
    Activation, AttentionMask, Norm, Rotary, RotaryConfig, Turns, attend, check_heads, linear, rooted, split_heads,
    split_last,
};
use super::network::{NetworkError, Shape, read_config, refuse_config};
use super::padded::{Architecture, Input, Padded};
use super::place::Place;
use crate::tokens::Batch;

#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "gelu")]
    hidden_activation: Activation,
    #[serde(default = "norm_eps")]
    norm_eps: f64,
    #[serde(default)]
    norm_bias: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default = "every")]
    global_attn_every_n_layers: usize,
    #[serde(default = "local_attention")]
    local_attention: usize,
    global_rope_theta: Option<f64>,
    local_rope_theta: Option<f64>,
    /// The angles of both kinds of layers, in files of newer releases of the library.
    rope_parameters: Option<Kinds>,
    /// The kind of each layer, in files of newer releases of the library.
    layer_types: Option<Vec<Kind>>,
}

fn gelu() -> Activation {
    Activation::Gelu
}
fn norm_eps() -> f64 {
    1e-5
}
fn every() -> usize {
    3
}
fn local_attention() -> usize {
    128
}

#[derive(Deserialize)]
struct Kinds {
    full_attention: Option<RotaryConfig>,
    sliding_attention: Option<RotaryConfig>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    FullAttention,
    SlidingAttention,
}

/// A loaded ModernBERT network.
pub(super) struct ModernBert {
    words: Embedding,
    norm: Norm,
    layers: Vec<Layer>,
    last_norm: Norm,
    whole: Rotary,
    nearby: Rotary,
    /// Positions to each side that a layer with sliding-window attention attends to.
    distance: usize,
}

struct Layer {
    kind: Kind,
    attention_norm: Option<Norm>,
    qkv: Linear,
    attended: Linear,
    middle_norm: Norm,
    /// The projections `gate` and `up`, side by side.
    wide: Linear,
    down: Linear,
    heads: usize,
    activation: Activation,
}

impl ModernBert {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(folder: &Path, place: &Place) -> Result<Padded<Self>, NetworkError> {
        let config: Config = read_config(folder)?;
        let (whole, nearby) = config.check().map_err(|problem| refuse_config(folder, problem))?;
        let shape = Shape {
            dimension: config.hidden_size,
            vocabulary: config.vocab_size,
            max_positions: config.max_position_embeddings,
        };
        Padded::load(folder, place, shape, |tensors| Self::build(&config, whole, nearby, tensors))
    }

    fn build(config: &Config, whole: Rotary, nearby: Rotary, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let tensors = rooted(tensors, &["", "model."], "embeddings.tok_embeddings.weight");
        let hidden = config.hidden_size;
        Ok(ModernBert {
            words: embedding(config.vocab_size, hidden, tensors.pp("embeddings.tok_embeddings"))?,
            norm: config.norm(&tensors.pp("embeddings.norm"))?,
            layers: (0..config.num_hidden_layers)
                .map(|number| Layer::build(config, number, &tensors.pp("layers").pp(number)))
                .collect::<Result<_, _>>()?,
            last_norm: config.norm(&tensors.pp("final_norm"))?,
            whole,
            nearby,
            distance: config.local_attention / 2,
        })
    }
}

impl Config {
    /// Checks the settings, and returns the angles of both kinds of layers.
    fn check(&self) -> Result<(Rotary, Rotary), String> {
        check_heads(self.hidden_size, self.num_attention_heads)?;
        if self.global_attn_every_n_layers == 0 {
            return Err("global_attn_every_n_layers is 0, expected 1 or more".to_owned());
        }
        if let Some(types) = self.layer_types.as_ref().filter(|types| types.len() != self.num_hidden_layers) {
            return Err(format!("layer_types has {}, num_hidden_layers is {}", types.len(), self.num_hidden_layers));
        }
        let size = self.hidden_size / self.num_attention_heads;
        let kinds = self.rope_parameters.as_ref();
        let whole = kinds.and_then(|kinds| kinds.full_attention.as_ref());
        let nearby = kinds.and_then(|kinds| kinds.sliding_attention.as_ref());
        Ok((
            RotaryConfig::rotary(size, whole, self.global_rope_theta, 160_000.0)?,
            RotaryConfig::rotary(size, nearby, self.local_rope_theta, 10_000.0)?,
        ))
    }

    fn kind(&self, layer: usize) -> Kind {
        match &self.layer_types {
            Some(types) => types[layer],
            None if layer.is_multiple_of(self.global_attn_every_n_layers) => Kind::FullAttention,
            None => Kind::SlidingAttention,
        }
    }

    fn norm(&self, tensors: &VarBuilder<'_>) -> Result<Norm, Error> {
        Norm::layer(self.hidden_size, self.norm_eps, self.norm_bias, &tensors.clone().set_dtype(DType::F32))
    }
}

impl Layer {
    fn build(config: &Config, number: usize, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let (hidden, middle) = (config.hidden_size, config.intermediate_size);
        let (attention, mlp) = (tensors.pp("attn"), tensors.pp("mlp"));
        let attention_norm = (number > 0).then(|| config.norm(&tensors.pp("attn_norm"))).transpose()?;
        Ok(Layer {
            kind: config.kind(number),
            attention_norm,
            qkv: linear(hidden, hidden.saturating_mul(3), config.attention_bias, &attention.pp("Wqkv"))?,
            attended: linear(hidden, hidden, config.attention_bias, &attention.pp("Wo"))?,
            middle_norm: config.norm(&tensors.pp("mlp_norm"))?,
            wide: linear(hidden, middle.saturating_mul(2), config.mlp_bias, &mlp.pp("Wi"))?,
            down: linear(middle, hidden, config.mlp_bias, &mlp.pp("Wo"))?,
            heads: config.num_attention_heads,
            activation: config.hidden_activation,
        })
    }

    fn forward(&self, x: &Tensor, input: &Input, turns: &Turns, mask: &AttentionMask<'_>) -> Result<Tensor, Error> {
        let dtype = input.place.dtype;
        let normed = self.attention_norm.as_ref().map_or_else(|| Ok(x.clone()), |norm| norm.forward(x))?;
        let qkv = split_last(&self.qkv.forward(&normed.to_dtype(dtype)?)?, 3)?;
        let part = |of: usize| split_heads(&qkv[of], self.heads);
        let (query, key) = (turns.apply(&part(0)?)?, turns.apply(&part(1)?)?);
        let context = attend(&query, &key, &part(2)?, input.padding.as_ref(), mask)?;
        let x = (x + self.attended.forward(&context)?.to_dtype(DType::F32)?)?;
        let wide = split_last(&self.wide.forward(&self.middle_norm.forward(&x)?.to_dtype(dtype)?)?, 2)?;
        let middle = (self.activation.apply(&wide[0].contiguous()?)? * &wide[1])?;
        &x + self.down.forward(&middle)?.to_dtype(DType::F32)?
    }
}

impl Architecture for ModernBert {
    fn run(&self, input: &Input, _: &Batch) -> Result<Tensor, Error> {
        let Place { device, dtype } = &input.place;
        let turns = |rotary: &Rotary| rotary.turns(input.longest, *dtype, device);
        let (whole, nearby) = (turns(&self.whole)?, turns(&self.nearby)?);
        let mut x = self.norm.forward(&self.words.forward(&input.ids)?)?;
        for layer in &self.layers {
            x = match layer.kind {
                Kind::FullAttention => layer.forward(&x, input, &whole, &AttentionMask::Full)?,
                Kind::SlidingAttention => layer.forward(&x, input, &nearby, &AttentionMask::Window(self.distance))?,
            };
        }
        self.last_norm.forward(&x)
    }
}

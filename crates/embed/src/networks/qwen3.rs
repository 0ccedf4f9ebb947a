//! Qwen3 (Yang et al., 2025) as an encoder, as Qwen3-Embedding uses it (Zhang et al., 2025): causal attention, and the
//! vector of the last token is that of the text.
//!
//! ```text
//! x = words[id]
//! for each layer:
//!     x = x + attention(norm(x))            queries and keys are normalised head by head; heads share keys and values
//!     x = x + down(silu(gate) · up)         gate and up are projections of norm(x)
//! x = norm(x)
//! ```
//!
//! Padding comes after a text, and causal attention never looks ahead, so padding needs no mask. The residual stream `x`
//! stays in f32, since a few of its numbers exceed the range of f16. For the same reason products are in bf16 on a GPU, the
//! type in which the weights were published.

use std::path::Path;

use candle_core::{DType, Error, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding};
use serde::Deserialize;

use super::layers::{
    Activation, AttentionMask, Gated, Norm, Rotary, RotaryConfig, Turns, attend, linear, rooted, split_heads,
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
    num_key_value_heads: usize,
    #[serde(default = "head_dim")]
    head_dim: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    hidden_act: Activation,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    use_sliding_window: bool,
    rope_theta: Option<f64>,
    rope_scaling: Option<RotaryConfig>,
    rope_parameters: Option<RotaryConfig>,
}

fn head_dim() -> usize {
    128
}

impl Config {
    /// Checks the settings, and returns the angles.
    fn check(&self) -> Result<Rotary, String> {
        let (heads, shared) = (self.num_attention_heads, self.num_key_value_heads);
        if heads == 0 || shared == 0 || !heads.is_multiple_of(shared) {
            return Err(format!("num_attention_heads {heads} is not a multiple of num_key_value_heads {shared}"));
        }
        if self.hidden_size == 0 {
            return Err("hidden_size is 0".to_owned());
        }
        if self.use_sliding_window {
            return Err("use_sliding_window is true, this encoder sees all of a text".to_owned());
        }
        let given = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        RotaryConfig::rotary(self.head_dim, given, self.rope_theta, 10_000.0)
    }
}

/// A loaded Qwen3 network.
pub(super) struct Qwen3 {
    words: Embedding,
    layers: Vec<Layer>,
    norm: Norm,
    rotary: Rotary,
}

struct Layer {
    attention_norm: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    query_norm: Norm,
    key_norm: Norm,
    attended: Linear,
    middle_norm: Norm,
    middle: Gated,
    heads: usize,
    /// The number of key and value heads; each serves several query heads.
    shared: usize,
}

impl Qwen3 {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(folder: &Path, place: &Place) -> Result<Padded<Self>, NetworkError> {
        let config: Config = read_config(folder)?;
        let rotary = config.check().map_err(|problem| refuse_config(folder, problem))?;
        let shape = Shape {
            dimension: config.hidden_size,
            vocabulary: config.vocab_size,
            max_positions: config.max_position_embeddings,
        };
        let dtype = if place.dtype == DType::F16 { DType::BF16 } else { place.dtype };
        let place = Place { device: place.device.clone(), dtype };
        Padded::load(folder, &place, shape, |tensors| Self::build(&config, rotary, tensors))
    }

    fn build(config: &Config, rotary: Rotary, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let tensors = rooted(tensors, &["", "model."], "embed_tokens.weight");
        Ok(Qwen3 {
            words: embedding(config.vocab_size, config.hidden_size, tensors.pp("embed_tokens"))?,
            layers: (0..config.num_hidden_layers)
                .map(|number| Layer::build(config, &tensors.pp("layers").pp(number)))
                .collect::<Result<_, _>>()?,
            norm: running_norm(config, &tensors.pp("norm"))?,
            rotary,
        })
    }
}

/// A norm of the residual stream, in f32 like the stream.
fn running_norm(config: &Config, tensors: &VarBuilder<'_>) -> Result<Norm, Error> {
    Norm::rms(config.hidden_size, config.rms_norm_eps, &tensors.clone().set_dtype(DType::F32))
}

impl Layer {
    fn build(config: &Config, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let (hidden, middle, size) = (config.hidden_size, config.intermediate_size, config.head_dim);
        let (heads, shared, bias) = (config.num_attention_heads, config.num_key_value_heads, config.attention_bias);
        let (attention, mlp) = (tensors.pp("self_attn"), tensors.pp("mlp"));
        let head_norm = |name: &str| Norm::rms(size, config.rms_norm_eps, &attention.pp(name));
        Ok(Layer {
            attention_norm: running_norm(config, &tensors.pp("input_layernorm"))?,
            query: linear(hidden, heads.saturating_mul(size), bias, &attention.pp("q_proj"))?,
            key: linear(hidden, shared.saturating_mul(size), bias, &attention.pp("k_proj"))?,
            value: linear(hidden, shared.saturating_mul(size), bias, &attention.pp("v_proj"))?,
            query_norm: head_norm("q_norm")?,
            key_norm: head_norm("k_norm")?,
            attended: linear(heads.saturating_mul(size), hidden, bias, &attention.pp("o_proj"))?,
            middle_norm: running_norm(config, &tensors.pp("post_attention_layernorm"))?,
            middle: Gated {
                gate: linear(hidden, middle, false, &mlp.pp("gate_proj"))?,
                up: linear(hidden, middle, false, &mlp.pp("up_proj"))?,
                down: linear(middle, hidden, false, &mlp.pp("down_proj"))?,
                activation: config.hidden_act,
            },
            heads,
            shared,
        })
    }

    fn forward(&self, x: &Tensor, dtype: DType, turns: &Turns) -> Result<Tensor, Error> {
        let normed = self.attention_norm.forward(x)?.to_dtype(dtype)?;
        let query = self.query_norm.forward(&split_heads(&self.query.forward(&normed)?, self.heads)?)?;
        let key = self.key_norm.forward(&split_heads(&self.key.forward(&normed)?, self.shared)?)?;
        let value = split_heads(&self.value.forward(&normed)?, self.shared)?;
        let (query, key) = (turns.apply(&query)?, turns.apply(&key)?);
        let (key, value) = (self.for_each_query(&key)?, self.for_each_query(&value)?);
        let context = attend(&query, &key, &value, None, &AttentionMask::Causal)?;
        let x = (x + self.attended.forward(&context)?.to_dtype(DType::F32)?)?;
        let middle = self.middle.forward(&self.middle_norm.forward(&x)?.to_dtype(dtype)?)?;
        &x + middle.to_dtype(DType::F32)?
    }

    /// Repeats each key or value head for the query heads that it serves.
    fn for_each_query(&self, x: &Tensor) -> Result<Tensor, Error> {
        let (texts, shared, places, size) = x.dims4()?;
        let each = self.heads / self.shared;
        let x = x.unsqueeze(2)?.expand((texts, shared, each, places, size))?;
        x.contiguous()?.reshape((texts, shared * each, places, size))
    }
}

impl Architecture for Qwen3 {
    fn run(&self, input: &Input, _: &Batch) -> Result<Tensor, Error> {
        let Place { device, dtype } = &input.place;
        let turns = self.rotary.turns(input.longest, *dtype, device)?;
        let mut x = self.words.forward(&input.ids)?.to_dtype(DType::F32)?;
        for layer in &self.layers {
            x = layer.forward(&x, *dtype, &turns)?;
        }
        self.norm.forward(&x)
    }
}

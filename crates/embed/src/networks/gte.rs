//! GTE (Zhang et al., 2024), called `new` in its first publications: BERT with rotary position embeddings and a gated
//! feed-forward layer.
//!
//! ```text
//! x = norm(words[id] + type)
//! for each layer:
//!     x = norm(attention(x) + x)
//!     x = norm(down(gelu(gate(x)) · up(x)) + x)
//! ```
//!
//! Models that read longer texts than they were first trained on have stretched angles (`ntk`, Su, 2023): the base is
//! multiplied by a factor `f`, and every angle is divided by `f^(2/size)`.

use std::path::Path;

use candle_core::{Error, Tensor};
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
    type_vocab_size: usize,
    layer_norm_eps: f64,
    hidden_act: Activation,
    #[serde(default = "layer_norm")]
    layer_norm_type: String,
    #[serde(default = "rope")]
    position_embedding_type: String,
    #[serde(default)]
    logn_attention_scale: bool,
    #[serde(default = "packed")]
    pack_qkv: bool,
    rope_theta: Option<f64>,
    rope_scaling: Option<RotaryConfig>,
    rope_parameters: Option<RotaryConfig>,
}

fn layer_norm() -> String {
    "layer_norm".to_owned()
}
fn rope() -> String {
    "rope".to_owned()
}
fn packed() -> bool {
    true
}

impl Config {
    /// Checks that every setting is as in the published models, and returns the angles.
    fn check(&self) -> Result<Rotary, String> {
        check_heads(self.hidden_size, self.num_attention_heads)?;
        for (key, found, expected) in [
            ("layer_norm_type", &self.layer_norm_type, layer_norm()),
            ("position_embedding_type", &self.position_embedding_type, rope()),
        ] {
            if *found != expected {
                return Err(format!("{key} is {found:?}, this encoder runs {expected:?}"));
            }
        }
        if self.logn_attention_scale || !self.pack_qkv {
            return Err("expected logn_attention_scale false and pack_qkv true, as in the published models".to_owned());
        }
        let size = self.hidden_size / self.num_attention_heads;
        let given = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        RotaryConfig::rotary(size, given, self.rope_theta, 160_000.0)
    }
}

/// A loaded GTE network.
pub(super) struct Gte {
    words: Embedding,
    kind: Option<Tensor>,
    norm: Norm,
    layers: Vec<Layer>,
    rotary: Rotary,
}

struct Layer {
    qkv: Linear,
    attended: Linear,
    attended_norm: Norm,
    /// The projections `up` and `gate`, side by side.
    wide: Linear,
    down: Linear,
    middle_norm: Norm,
    heads: usize,
    activation: Activation,
}

impl Gte {
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
        Padded::load(folder, place, shape, |tensors| Self::build(&config, rotary, tensors))
    }

    fn build(config: &Config, rotary: Rotary, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let tensors = rooted(tensors, &["", "new."], "embeddings.word_embeddings.weight");
        let hidden = config.hidden_size;
        let kind = match config.type_vocab_size {
            0 => None,
            types => {
                let table = tensors.get((types, hidden), "embeddings.token_type_embeddings.weight")?;
                Some(table.narrow(0, 0, 1)?.squeeze(0)?)
            }
        };
        Ok(Gte {
            words: embedding(config.vocab_size, hidden, tensors.pp("embeddings.word_embeddings"))?,
            kind,
            norm: Norm::layer(hidden, config.layer_norm_eps, true, &tensors.pp("embeddings.LayerNorm"))?,
            layers: (0..config.num_hidden_layers)
                .map(|number| Layer::build(config, &tensors.pp("encoder.layer").pp(number)))
                .collect::<Result<_, _>>()?,
            rotary,
        })
    }
}

impl Layer {
    fn build(config: &Config, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let (hidden, middle) = (config.hidden_size, config.intermediate_size);
        let (attention, mlp) = (tensors.pp("attention"), tensors.pp("mlp"));
        let norm = |name: &str| Norm::layer(hidden, config.layer_norm_eps, true, &tensors.pp(name));
        Ok(Layer {
            qkv: linear(hidden, hidden.saturating_mul(3), true, &attention.pp("qkv_proj"))?,
            attended: linear(hidden, hidden, true, &attention.pp("o_proj"))?,
            attended_norm: norm("attn_ln")?,
            wide: linear(hidden, middle.saturating_mul(2), false, &mlp.pp("up_gate_proj"))?,
            down: linear(middle, hidden, true, &mlp.pp("down_proj"))?,
            middle_norm: norm("mlp_ln")?,
            heads: config.num_attention_heads,
            activation: config.hidden_act,
        })
    }

    fn forward(&self, x: &Tensor, padding: Option<&Tensor>, turns: &Turns) -> Result<Tensor, Error> {
        let qkv = split_last(&self.qkv.forward(x)?, 3)?;
        let part = |of: usize| split_heads(&qkv[of], self.heads);
        let (query, key) = (turns.apply(&part(0)?)?, turns.apply(&part(1)?)?);
        let context = attend(&query, &key, &part(2)?, padding, &AttentionMask::Full)?;
        let x = self.attended_norm.forward(&(self.attended.forward(&context)? + x)?)?;
        let wide = split_last(&self.wide.forward(&x)?, 2)?;
        let middle = (self.activation.apply(&wide[1].contiguous()?)? * &wide[0])?;
        self.middle_norm.forward(&(self.down.forward(&middle)? + x)?)
    }
}

impl Architecture for Gte {
    fn run(&self, input: &Input, _: &Batch) -> Result<Tensor, Error> {
        let turns = self.rotary.turns(input.longest, input.place.dtype, &input.place.device)?;
        let mut x = self.words.forward(&input.ids)?;
        if let Some(kind) = &self.kind {
            x = x.broadcast_add(kind)?;
        }
        let mut x = self.norm.forward(&x)?;
        for layer in &self.layers {
            x = layer.forward(&x, input.padding.as_ref(), &turns)?;
        }
        Ok(x)
    }
}

//! Nomic-BERT (Nussbaum et al., 2024): BERT with rotary position embeddings, a gated feed-forward layer and no biases.
//!
//! ```text
//! x = norm(words[id] + type)
//! for each layer:
//!     x = norm(attention(x) + x)
//!     x = norm(down(silu(gate(x)) · up(x)) + x)
//! ```
//!
//! `config.json` has two spellings: that of the published models, with `n_embd`, and that of newer releases of the
//! `transformers` library. The tensors have the same names in both.

use std::path::Path;

use candle_core::{Error, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding};
use serde::Deserialize;

use super::layers::{
    Activation, AttentionMask, Gated, Norm, Rotary, RotaryConfig, Turns, attend, check_heads, linear, split_heads,
    split_last,
};
use super::network::{NetworkError, Shape, read_config, refuse_config};
use super::padded::{Architecture, Input, Padded};
use super::place::Place;
use crate::describe::NOMIC_TRAINED_POSITIONS;
use crate::tokens::Batch;

#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    #[serde(alias = "n_embd")]
    hidden_size: usize,
    #[serde(alias = "n_layer")]
    num_hidden_layers: usize,
    #[serde(alias = "n_head")]
    num_attention_heads: usize,
    #[serde(alias = "n_inner")]
    intermediate_size: usize,
    #[serde(alias = "n_positions")]
    max_position_embeddings: usize,
    type_vocab_size: usize,
    #[serde(alias = "layer_norm_epsilon")]
    layer_norm_eps: f64,
    #[serde(alias = "activation_function", default = "swiglu")]
    hidden_act: String,
    #[serde(default)]
    prenorm: bool,
    #[serde(default)]
    qkv_proj_bias: bool,
    #[serde(default)]
    mlp_fc1_bias: bool,
    #[serde(default)]
    mlp_fc2_bias: bool,
    #[serde(default = "all")]
    rotary_emb_fraction: f64,
    #[serde(default)]
    rotary_emb_interleaved: bool,
    rotary_emb_base: Option<f64>,
    rotary_emb_scale_base: Option<f64>,
    rotary_scaling_factor: Option<f64>,
    max_trained_positions: Option<usize>,
    #[serde(default)]
    use_rms_norm: bool,
    num_experts: Option<usize>,
    rope_parameters: Option<RotaryConfig>,
}

fn swiglu() -> String {
    "swiglu".to_owned()
}
fn all() -> f64 {
    1.0
}

impl Config {
    /// Checks that every setting is as in the published models, and returns the angles and the activation.
    fn check(&self) -> Result<(Rotary, Activation), String> {
        check_heads(self.hidden_size, self.num_attention_heads)?;
        let expect = |holds: bool, problem: &str| if holds { Ok(()) } else { Err(problem.to_owned()) };
        expect(!self.prenorm, "prenorm is true, this encoder runs norms after a layer")?;
        expect(self.rotary_emb_fraction == 1.0, "rotary_emb_fraction is not 1, this encoder turns whole heads")?;
        expect(!self.rotary_emb_interleaved, "rotary_emb_interleaved is true, this encoder turns halves")?;
        expect(!self.use_rms_norm, "use_rms_norm is true, this encoder runs layer norms")?;
        expect(self.num_experts.unwrap_or(0) == 0, "num_experts is set, this encoder runs one middle for all tokens")?;
        expect(self.rotary_emb_scale_base.is_none(), "rotary_emb_scale_base is set, expected null")?;
        let activation = match self.hidden_act.as_str() {
            "swiglu" | "silu" => Activation::Silu,
            "geglu" => Activation::Gelu,
            other => return Err(format!("activation_function is {other:?}, this encoder runs swiglu and geglu")),
        };
        let size = self.hidden_size / self.num_attention_heads;
        let rotary = RotaryConfig::rotary(size, self.rope_parameters.as_ref(), self.rotary_emb_base, 1000.0)?;
        Ok((rotary, activation))
    }

    /// The most tokens a text may have. With a scaling factor, the angles of longer texts depend on their padded length, so
    /// such texts are not run.
    fn positions(&self) -> usize {
        match self.rotary_scaling_factor {
            None => self.max_position_embeddings,
            Some(_) => self.max_position_embeddings.min(self.max_trained_positions.unwrap_or(NOMIC_TRAINED_POSITIONS)),
        }
    }
}

/// A loaded Nomic-BERT network.
pub(super) struct NomicBert {
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
    middle: Gated,
    middle_norm: Norm,
    heads: usize,
}

impl NomicBert {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(folder: &Path, place: &Place) -> Result<Padded<Self>, NetworkError> {
        let config: Config = read_config(folder)?;
        let (rotary, activation) = config.check().map_err(|problem| refuse_config(folder, problem))?;
        let shape =
            Shape { dimension: config.hidden_size, vocabulary: config.vocab_size, max_positions: config.positions() };
        Padded::load(folder, place, shape, |tensors| Self::build(&config, rotary, activation, tensors))
    }

    fn build(config: &Config, rotary: Rotary, activation: Activation, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let hidden = config.hidden_size;
        let kind = match config.type_vocab_size {
            0 => None,
            types => {
                let table = tensors.get((types, hidden), "embeddings.token_type_embeddings.weight")?;
                Some(table.narrow(0, 0, 1)?.squeeze(0)?)
            }
        };
        Ok(NomicBert {
            words: embedding(config.vocab_size, hidden, tensors.pp("embeddings.word_embeddings"))?,
            kind,
            norm: Norm::layer(hidden, config.layer_norm_eps, true, &tensors.pp("emb_ln"))?,
            layers: (0..config.num_hidden_layers)
                .map(|number| Layer::build(config, activation, &tensors.pp("encoder.layers").pp(number)))
                .collect::<Result<_, _>>()?,
            rotary,
        })
    }
}

impl Layer {
    fn build(config: &Config, activation: Activation, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let (hidden, middle) = (config.hidden_size, config.intermediate_size);
        let (attention, mlp) = (tensors.pp("attn"), tensors.pp("mlp"));
        let norm = |name: &str| Norm::layer(hidden, config.layer_norm_eps, true, &tensors.pp(name));
        Ok(Layer {
            qkv: linear(hidden, hidden.saturating_mul(3), config.qkv_proj_bias, &attention.pp("Wqkv"))?,
            attended: linear(hidden, hidden, config.qkv_proj_bias, &attention.pp("out_proj"))?,
            attended_norm: norm("norm1")?,
            middle: Gated {
                up: linear(hidden, middle, config.mlp_fc1_bias, &mlp.pp("fc11"))?,
                gate: linear(hidden, middle, config.mlp_fc1_bias, &mlp.pp("fc12"))?,
                down: linear(middle, hidden, config.mlp_fc2_bias, &mlp.pp("fc2"))?,
                activation,
            },
            middle_norm: norm("norm2")?,
            heads: config.num_attention_heads,
        })
    }

    fn forward(&self, x: &Tensor, padding: Option<&Tensor>, turns: &Turns) -> Result<Tensor, Error> {
        let qkv = split_last(&self.qkv.forward(x)?, 3)?;
        let part = |of: usize| split_heads(&qkv[of], self.heads);
        let (query, key) = (turns.apply(&part(0)?)?, turns.apply(&part(1)?)?);
        let context = attend(&query, &key, &part(2)?, padding, &AttentionMask::Full)?;
        let x = self.attended_norm.forward(&(self.attended.forward(&context)? + x)?)?;
        self.middle_norm.forward(&(self.middle.forward(&x)? + x)?)
    }
}

impl Architecture for NomicBert {
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

//! The building blocks of the candle networks: linear layers, norms, activations, rotary position embeddings, attention.
//!
//! Every network computes in the type of its weights: f32 on the CPU, half precision on a GPU. On a GPU three things stay
//! in f32, since half precision is too coarse for them: sums inside a norm and a softmax, the angles of rotary position
//! embeddings, and the residual stream of pre-norm networks, which grows from layer to layer.

use candle_core::{D, DType, Device, Error, Tensor};
use candle_nn::{Linear, Module, VarBuilder};
use serde::Deserialize;

/// Added to an attention score to mask it: low enough that its weight is exactly zero in f16, bf16 and f32, and high
/// enough that twice the value is finite in f16. Minus infinity would turn a row that is masked whole, as a pad token's may
/// be, into NaN, which spreads.
const MASKED: f32 = -30_000.0;

/// Attention scores that are held at a time, over all heads and texts: 2²⁶, 256 MiB in f32. Longer texts attend in
/// several rounds.
const SCORES: usize = 1 << 26;

/// The activation function of a feed-forward layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Activation {
    /// GELU in its exact form, with the error function.
    Gelu,
    /// GELU in its tanh form.
    #[serde(alias = "gelu_pytorch_tanh")]
    GeluNew,
    Relu,
    #[serde(alias = "swish")]
    Silu,
}

impl Activation {
    pub(super) fn apply(self, x: &Tensor) -> Result<Tensor, Error> {
        match self {
            Activation::Gelu => x.gelu_erf(),
            Activation::GeluNew => x.gelu(),
            Activation::Relu => x.relu(),
            Activation::Silu => x.silu(),
        }
    }
}

/// Refuses a hidden size that the heads cannot share.
pub(super) fn check_heads(hidden: usize, heads: usize) -> Result<(), String> {
    if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) {
        return Err(format!("hidden_size {hidden} is not a multiple of num_attention_heads {heads}"));
    }
    Ok(())
}

/// A linear layer, with or without a bias.
pub(super) fn linear(inputs: usize, outputs: usize, bias: bool, tensors: &VarBuilder<'_>) -> Result<Linear, Error> {
    candle_nn::linear_b(inputs, outputs, bias, tensors.clone())
}

/// The tensors below the first prefix under which `name` exists.
pub(super) fn rooted<'a>(tensors: &VarBuilder<'a>, prefixes: &[&str], name: &str) -> VarBuilder<'a> {
    let held = |prefix: &&&str| tensors.contains_tensor(&format!("{prefix}{name}"));
    match prefixes.iter().find(held) {
        Some(prefix) if !prefix.is_empty() => tensors.pp(prefix.trim_end_matches('.')),
        _ => tensors.clone(),
    }
}

/// A layer norm or RMS norm of token vectors.
pub(super) struct Norm {
    gain: Tensor,
    /// The bias of a layer norm; `None` for an RMS norm (Zhang and Sennrich, 2019), which only scales.
    shift: Option<Tensor>,
    epsilon: f64,
}

impl Norm {
    /// A layer norm (Ba et al., 2016). If `bias` is false, the file has no bias, and it is zero.
    pub(super) fn layer(size: usize, epsilon: f64, bias: bool, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        let gain = tensors.get(size, "weight")?;
        let shift = if bias { tensors.get(size, "bias")? } else { gain.zeros_like()? };
        Ok(Norm { gain, shift: Some(shift), epsilon })
    }

    /// An RMS norm: divides by the root of the mean square.
    pub(super) fn rms(size: usize, epsilon: f64, tensors: &VarBuilder<'_>) -> Result<Self, Error> {
        Ok(Norm { gain: tensors.get(size, "weight")?, shift: None, epsilon })
    }

    /// `x` normalised, in the type of the norm's own weights.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        let own = self.gain.dtype();
        let x = x.to_dtype(own)?.contiguous()?;
        // candle's GPU kernels sum in f32 for every type; its CPU kernels do not.
        if own == DType::F32 || x.device().is_cuda() {
            return self.run(&x, &self.gain, self.shift.as_ref());
        }
        let shift = self.shift.as_ref().map(|shift| shift.to_dtype(DType::F32)).transpose()?;
        self.run(&x.to_dtype(DType::F32)?, &self.gain.to_dtype(DType::F32)?, shift.as_ref())?.to_dtype(own)
    }

    fn run(&self, x: &Tensor, gain: &Tensor, shift: Option<&Tensor>) -> Result<Tensor, Error> {
        match shift {
            Some(shift) => candle_nn::ops::layer_norm(x, gain, shift, self.epsilon as f32),
            None => candle_nn::ops::rms_norm(x, gain, self.epsilon as f32),
        }
    }
}

/// Rotary position embeddings, RoPE (Su et al., 2021): pairs of numbers of a query or key are turned by an angle that grows
/// with the position.
///
/// Only the parameters: `config.json` may claim any size, so no tensor is made before the weights turn out to have that
/// size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rotary {
    size: usize,
    base: f64,
    slower: f64,
}

impl Rotary {
    /// Angles for heads of `size` numbers: pair `i` turns by `base^(-2i/size)` radians a position.
    pub(super) fn new(size: usize, base: f64) -> Self {
        Rotary { size, base, slower: 1.0 }
    }

    /// Divides all angles by `factor`.
    pub(super) fn slower(self, factor: f64) -> Self {
        Rotary { slower: self.slower * factor, ..self }
    }

    /// Radians a position, for each pair.
    fn speeds(&self) -> Vec<f64> {
        let speed = |pair: usize| self.base.powf(-2.0 * pair as f64 / self.size as f64) / self.slower;
        (0..self.size / 2).map(speed).collect()
    }

    /// Cosines and sines of the first `places` positions.
    pub(super) fn turns(&self, places: usize, dtype: DType, device: &Device) -> Result<Turns, Error> {
        let speeds = self.speeds();
        let angles = || (0..places).flat_map(|place| speeds.iter().map(move |speed| place as f64 * speed));
        let table = |values: Vec<f32>| {
            Tensor::from_vec(values, (places, speeds.len()), device).and_then(|table| table.to_dtype(dtype))
        };
        Ok(Turns {
            cosines: table(angles().map(|angle| angle.cos() as f32).collect())?,
            sines: table(angles().map(|angle| angle.sin() as f32).collect())?,
        })
    }
}

/// The settings of rotary position embeddings in `config.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RotaryConfig {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f64>,
    factor: Option<f64>,
    mixed_b: Option<f64>,
}

impl RotaryConfig {
    /// The angles for heads of `size` numbers. `base` is used if `given` has none, and `usual`, that of the family, if
    /// there is neither.
    ///
    /// # Errors
    /// A message that names the setting that this encoder does not run.
    pub(super) fn rotary(
        size: usize,
        given: Option<&RotaryConfig>,
        base: Option<f64>,
        usual: f64,
    ) -> Result<Rotary, String> {
        if size == 0 || !size.is_multiple_of(2) {
            return Err(format!("heads of {size} numbers, rotary position embeddings need an even number"));
        }
        let base = given.and_then(|given| given.rope_theta).or(base).unwrap_or(usual);
        let factor = given.and_then(|given| given.factor).unwrap_or(1.0);
        for (key, number) in [("rope_theta", base), ("factor", factor)] {
            if !(number.is_finite() && number > 0.0) {
                return Err(format!("{key} of the rotary position embeddings is {number}, expected a positive number"));
            }
        }
        if given.is_some_and(|given| given.mixed_b.is_some()) {
            return Err("mixed_b of the rotary position embeddings is set, expected null".to_owned());
        }
        match given.and_then(|given| given.rope_type.as_deref()) {
            None | Some("default") => Ok(Rotary::new(size, base)),
            Some("linear") => Ok(Rotary::new(size, base).slower(factor)),
            Some("ntk") => Ok(Rotary::new(size, base * factor).slower(factor.powf(2.0 / size as f64))),
            Some(other) => Err(format!(
                "rotary position embeddings have the type {other:?}, this encoder runs default, linear and ntk"
            )),
        }
    }
}

/// Cosines and sines of the angles of every position of a batch.
pub(super) struct Turns {
    cosines: Tensor,
    sines: Tensor,
}

impl Turns {
    /// Turns queries or keys, `(texts, heads, places, size)`.
    pub(super) fn apply(&self, x: &Tensor) -> Result<Tensor, Error> {
        candle_nn::rotary_emb::rope(&x.contiguous()?, &self.cosines, &self.sines)
    }
}

/// The attention mask or bias within a text: which tokens attend to which, and what is added to their scores.
pub(super) enum AttentionMask<'a> {
    /// Every token to every token.
    Full,
    /// Every token to itself and the tokens before it.
    Causal,
    /// Every token to the tokens at most this many positions away (sliding window).
    Window(usize),
    /// Every token to every token, with a number added to the score: `(1, heads, places, places)`.
    Biased(&'a Tensor),
}

impl AttentionMask<'_> {
    /// The mask added to the scores of `count` tokens from `first` on; `None` if it is all zeros.
    fn rows(&self, first: usize, count: usize, places: usize, like: &Tensor) -> Result<Option<Tensor>, Error> {
        let sees = |from: usize, to: usize| match self {
            AttentionMask::Causal => to <= from,
            AttentionMask::Window(distance) => from.abs_diff(to) <= *distance,
            AttentionMask::Full | AttentionMask::Biased(_) => true,
        };
        match self {
            AttentionMask::Full => Ok(None),
            AttentionMask::Biased(bias) => bias.narrow(2, first, count).map(Some),
            AttentionMask::Window(distance) if places <= *distance => Ok(None),
            AttentionMask::Causal | AttentionMask::Window(_) => {
                let scores = (first..first + count).flat_map(|from| (0..places).map(move |to| (from, to)));
                let scores = scores.map(|(from, to)| if sees(from, to) { 0.0 } else { MASKED }).collect();
                let rows = Tensor::from_vec(scores, (1, 1, count, places), like.device())?;
                rows.to_dtype(like.dtype()).map(Some)
            }
        }
    }
}

/// The padding mask, added to the scores of keys: `(texts, 1, 1, places)`; `None` if no text is padded.
pub(super) fn padding_mask(
    lengths: &[usize],
    longest: usize,
    dtype: DType,
    device: &Device,
) -> Result<Option<Tensor>, Error> {
    if lengths.iter().all(|&length| length == longest) {
        return Ok(None);
    }
    let row = |&length: &usize| (0..longest).map(move |place| if place < length { 0.0 } else { MASKED });
    let scores: Vec<f32> = lengths.iter().flat_map(row).collect();
    Tensor::from_vec(scores, (lengths.len(), 1, 1, longest), device)?.to_dtype(dtype).map(Some)
}

/// Splits `(texts, places, heads · size)` into `(texts, heads, places, size)`.
pub(super) fn split_heads(x: &Tensor, heads: usize) -> Result<Tensor, Error> {
    let (texts, places, all) = x.dims3()?;
    x.reshape((texts, places, heads, all / heads))?.transpose(1, 2)?.contiguous()
}

/// Splits the last dimension into `parts` of equal size.
pub(super) fn split_last(x: &Tensor, parts: usize) -> Result<Vec<Tensor>, Error> {
    let size = x.dim(D::Minus1)? / parts;
    (0..parts).map(|part| x.narrow(D::Minus1, part * size, size)).collect()
}

/// Scaled dot-product attention over split heads; returns `(texts, places, heads · size)`.
pub(super) fn attend(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    padding: Option<&Tensor>,
    mask: &AttentionMask<'_>,
) -> Result<Tensor, Error> {
    let (texts, heads, places, size) = query.dims4()?;
    // Scaled before the product, while the numbers are small: half precision ends at 65,504.
    let query = (query * (1.0 / (size as f64).sqrt()))?;
    let key = key.transpose(2, 3)?.contiguous()?;
    let value = value.contiguous()?;
    let round = (SCORES / (texts * heads * places).max(1)).clamp(1, places.max(1));
    let mut parts = Vec::new();
    for first in (0..places).step_by(round) {
        let count = round.min(places - first);
        let mut scores = query.narrow(2, first, count)?.contiguous()?.matmul(&key)?;
        if let Some(rows) = mask.rows(first, count, places, &scores)? {
            scores = scores.broadcast_add(&rows)?;
        }
        if let Some(padding) = padding {
            scores = scores.broadcast_add(padding)?;
        }
        parts.push(softmax(&scores)?.matmul(&value)?);
    }
    let context = if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(&parts, 2)? };
    context.transpose(1, 2)?.contiguous()?.reshape((texts, places, heads * size))
}

/// Softmax over the last dimension, summed in f32.
fn softmax(scores: &Tensor) -> Result<Tensor, Error> {
    let own = scores.dtype();
    if own == DType::F32 || scores.device().is_cuda() {
        return candle_nn::ops::softmax_last_dim(scores);
    }
    candle_nn::ops::softmax_last_dim(&scores.to_dtype(DType::F32)?)?.to_dtype(own)
}

/// A gated feed-forward layer, GLU (Shazeer, 2020): `down(activation(gate(x)) · up(x))`.
pub(super) struct Gated {
    pub(super) gate: Linear,
    pub(super) up: Linear,
    pub(super) down: Linear,
    pub(super) activation: Activation,
}

impl Gated {
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        let gate = self.activation.apply(&self.gate.forward(x)?)?;
        self.down.forward(&(gate * self.up.forward(x)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(shape: &[usize], seed: usize) -> Tensor {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1000) as f32 / 250.0 - 2.0).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn a_text_of_several_rounds_attends_as_in_one() {
        // 2²⁶ scores are 1024 texts of 256 places and one head: these need two rounds.
        let (texts, places) = (1024, 300);
        let x = numbers(&[texts, 1, places, 4], 1);
        let together = attend(&x, &x, &x, None, &AttentionMask::Window(40)).unwrap();
        let alone = x.narrow(0, 3, 1).unwrap();
        let alone = attend(&alone, &alone, &alone, None, &AttentionMask::Window(40)).unwrap();
        let difference = (together.narrow(0, 3, 1).unwrap() - alone).unwrap().abs().unwrap();
        assert!(difference.max_all().unwrap().to_scalar::<f32>().unwrap() < 1e-6);
    }

    #[test]
    fn masked_tokens_have_no_weight() {
        let x = numbers(&[1, 2, 5, 4], 2);
        let value = |last: f32| {
            let mut values = vec![1.0f32; 40];
            values[16..20].fill(last);
            values[36..40].fill(last);
            Tensor::from_vec(values, (1, 2, 5, 4), &Device::Cpu).unwrap()
        };
        let mask = padding_mask(&[4], 5, DType::F32, &Device::Cpu).unwrap().unwrap();
        for (mask, padding) in
            [(AttentionMask::Full, Some(&mask)), (AttentionMask::Causal, None), (AttentionMask::Window(2), None)]
        {
            let run = |last| attend(&x, &x, &value(last), padding, &mask).unwrap().narrow(1, 0, 2).unwrap();
            let (one, other) = (run(1.0).flatten_all().unwrap(), run(1e9).flatten_all().unwrap());
            assert_eq!(one.to_vec1::<f32>().unwrap(), other.to_vec1::<f32>().unwrap());
        }
        let all = attend(&x, &x, &value(1e9), None, &AttentionMask::Full).unwrap();
        assert!(all.max_all().unwrap().to_scalar::<f32>().unwrap() > 100.0, "without a mask it is seen");
    }

    #[test]
    fn pairs_turn_slower_the_further_back_they_are() {
        let rotary = Rotary::new(8, 10_000.0);
        for (pair, expected) in [1.0, 0.1, 0.01, 0.001].into_iter().enumerate() {
            assert!((rotary.speeds()[pair] - expected).abs() < 1e-12);
        }
        assert!((rotary.slower(2.0).speeds()[1] - 0.05).abs() < 1e-12);
    }

    #[test]
    fn angles_that_are_not_run_are_refused_by_name() {
        let read = |text: &str| {
            let given: RotaryConfig = serde_json::from_str(text).unwrap();
            RotaryConfig::rotary(8, Some(&given), Some(100.0), 10.0)
        };
        assert!(read(r#"{"type": "yarn", "factor": 4.0}"#).unwrap_err().contains("yarn"));
        assert!(read(r#"{"type": "ntk", "factor": 2.0, "mixed_b": 0.6}"#).unwrap_err().contains("mixed_b"));
        assert!(read(r#"{"rope_theta": 0}"#).unwrap_err().contains("rope_theta"));
        assert!(RotaryConfig::rotary(7, None, None, 10.0).unwrap_err().contains("7"));
        assert_eq!(read("{}").unwrap(), Rotary::new(8, 100.0));
        let stretched = read(r#"{"type": "ntk", "factor": 16.0}"#).unwrap();
        assert!((stretched.speeds()[0] - 0.5).abs() < 1e-12, "{stretched:?}");
    }
}

//! BERT (Devlin et al., 2018), what differs from it by names only, and MPNet, on the CPU with kernels of our own.
//!
//! candle runs every operation as a pass over memory of its own, allocates each result anew and packs the weights again
//! for every product. Here weights are packed once when the model is loaded, query, key and value are one product, biases
//! come with the products, and each text goes through the network alone: no padding, no mask, and a vector that does not
//! depend on what else is encoded. The buffers belong to the thread and are kept, so after the first long text nothing is
//! allocated.
//!
//! ```text
//! x  = norm(words[id] + positions[place])
//! for each layer:
//!     qkv     = x · Wqkv + b
//!     context = for each head: softmax(q · kᵀ / √d) · v                    MPNet: + bias of the distance
//!     x       = norm(context · Wo + b + x)
//!     x       = norm(gelu(x · Wup + b) · Wdown + b + x)      in blocks of rows, so that the wide middle stays in cache
//! ```
//!
//! Cost: `12 · layers · dim²` multiplications a token, and `2 · layers · dim` for every pair of tokens. Memory: the
//! weights once more, packed, and a few megabytes a thread.

use std::cell::RefCell;
use std::path::Path;

use semsearch_vector::simd::{self, Kernels};
use semsearch_vector::{Matrix, Packed};

use super::bert_names::BertShape;
use super::layers::Activation;
use super::weights::Weights;
use super::{Network, NetworkError, Shape, brief, mpnet};
use crate::manifest::{Family, WEIGHTS};
use crate::tokenise::Batch;

/// Rows that go through the feed-forward part together: 96 × 1536 floats are 576 KiB, and the products take 12 rows at a
/// time.
const BLOCK: usize = 96;

/// A loaded BERT network, packed for this machine's kernels.
pub(super) struct BertCpu {
    shape: BertShape,
    kernels: &'static Kernels,
    /// One row a token id.
    words: Vec<f32>,
    /// One row a place, with the vector of token type 0 added: a text is always the first of its kind.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    /// What MPNet adds to attention scores by distance, one row a range, one number a head; divided by the scale of the
    /// scores, which comes after.
    distances: Option<Vec<f32>>,
}

struct Layer {
    /// Query, key and value side by side.
    qkv: Packed,
    attended: Packed,
    attended_norm: Norm,
    up: Packed,
    down: Packed,
    down_norm: Norm,
}

struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

/// What one thread needs while a text passes through.
#[derive(Default)]
struct Workspace {
    x: Vec<f32>,
    next: Vec<f32>,
    qkv: Vec<f32>,
    scores: Vec<f32>,
    context: Vec<f32>,
    middle: Vec<f32>,
    keys: Packed,
    values: Packed,
    /// What is added to scores, for each head and distance.
    bias: Vec<f32>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

impl BertCpu {
    /// Builds the network from `config.json` and `model.safetensors` in `folder`; `None` if it has an activation that only
    /// candle runs.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(family: Family, folder: &Path) -> Result<Option<Self>, NetworkError> {
        let shape = BertShape::read(family, folder)?;
        if shape.activation != Activation::Gelu {
            return Ok(None);
        }
        let path = folder.join(WEIGHTS);
        let weights = Weights::open(&path)
            .map_err(|error| NetworkError::NotSafetensors { path: path.clone(), problem: brief(&error) })?;
        let network = Self::pack(shape, family == Family::Mpnet, &weights)
            .map_err(|error| NetworkError::Weights { path, problem: brief(&error) })?;
        Ok(Some(network))
    }

    fn pack(shape: BertShape, by_distance: bool, weights: &Weights) -> Result<Self, candle_core::Error> {
        let (names, dim) = (shape.names, shape.hidden);
        let root = names.prefix(|name| weights.has(name));
        let table = |name: &str, rows| weights.floats(&format!("{root}{name}.weight"), &[rows, dim]);
        let words = table(names.words, shape.vocabulary)?.into_owned();
        let mut positions = table(names.places, shape.places)?.into_owned();
        if shape.types > 0 {
            let types = table(names.types, shape.types)?;
            for position in positions.chunks_exact_mut(dim) {
                position.iter_mut().zip(types.iter()).for_each(|(place, kind)| *place += kind);
            }
        }
        let norm = Norm::load(weights, &format!("{root}{}", names.norm), dim)?;
        let layers = (0..shape.layers)
            .map(|number| Layer::load(weights, &format!("{root}{}", names.layer(number)), &shape))
            .collect::<Result<_, _>>()?;
        let distances = match by_distance {
            true => {
                let name = format!("{root}encoder.relative_attention_bias.weight");
                let scale = ((dim / shape.heads) as f32).sqrt();
                let table = weights.floats(&name, &[mpnet::RANGES, shape.heads])?;
                Some(table.iter().map(|number| number * scale).collect())
            }
            false => None,
        };
        Ok(BertCpu { shape, kernels: simd::best(), words, positions, norm, layers, distances })
    }

    /// Leaves the vectors of `tokens` in `work.x`, one after another.
    fn run(&self, tokens: &[u32], work: &mut Workspace) {
        let dim = self.shape.hidden;
        let size = tokens.len() * dim;
        for (buffer, length) in [
            (&mut work.x, size),
            (&mut work.next, size),
            (&mut work.context, size),
            (&mut work.qkv, 3 * size),
            (&mut work.scores, tokens.len() * tokens.len()),
            (&mut work.middle, BLOCK.min(tokens.len()) * self.shape.middle),
        ] {
            buffer.resize(length, 0.0);
        }
        self.embed(tokens, &mut work.x);
        if let Some(table) = &self.distances {
            mpnet::by_distance(table, self.shape.heads, tokens.len(), &mut work.bias);
        }
        for layer in &self.layers {
            self.attend(layer, tokens.len(), work);
            self.feed_forward(layer, work);
        }
    }

    fn embed(&self, tokens: &[u32], x: &mut [f32]) {
        let dim = self.shape.hidden;
        let places = self.shape.places_of(tokens);
        for ((row, &token), place) in x.chunks_exact_mut(dim).zip(tokens).zip(places) {
            row.copy_from_slice(&self.words[token as usize * dim..][..dim]);
            self.normalise(row, &self.positions[place as usize * dim..][..dim], &self.norm);
        }
    }

    /// `x = norm(attention(x) + x)`.
    fn attend(&self, layer: &Layer, tokens: usize, work: &mut Workspace) {
        let (kernels, dim) = (self.kernels, self.shape.hidden);
        let head = dim / self.shape.heads;
        let scale = 1.0 / (head as f32).sqrt();
        let Workspace { x, next, qkv, scores, context, keys, values, bias, .. } = work;
        let stride = 3 * dim;
        kernels.matmul(x, dim, tokens, &layer.qkv, qkv, stride);
        for first in (0..dim).step_by(head) {
            keys.pack_transposed(&qkv[dim + first..], stride, tokens, head);
            kernels.matmul(&qkv[first..], stride, tokens, keys, scores, tokens);
            if self.distances.is_some() {
                let span = 2 * tokens - 1;
                let own = &bias[first / head * span..][..span];
                for (from, row) in scores.chunks_exact_mut(tokens).enumerate() {
                    row.iter_mut().zip(&own[tokens - 1 - from..]).for_each(|(score, more)| *score += more);
                }
            }
            scores.chunks_exact_mut(tokens).for_each(|row| kernels.softmax(row, scale));
            values.pack(&qkv[2 * dim + first..], stride, tokens, head);
            kernels.matmul(scores, tokens, tokens, values, &mut context[first..], dim);
        }
        kernels.matmul(context, dim, tokens, &layer.attended, next, dim);
        for (row, residual) in next.chunks_exact_mut(dim).zip(x.chunks_exact(dim)) {
            self.normalise(row, residual, &layer.attended_norm);
        }
        std::mem::swap(x, next);
    }

    /// `x = norm(gelu(x · Wup) · Wdown + x)`.
    fn feed_forward(&self, layer: &Layer, work: &mut Workspace) {
        let (kernels, dim, wide) = (self.kernels, self.shape.hidden, self.shape.middle);
        let Workspace { x, next, middle, .. } = work;
        for (x, next) in x.chunks(BLOCK * dim).zip(next.chunks_mut(BLOCK * dim)) {
            let rows = x.len() / dim;
            let middle = &mut middle[..rows * wide];
            kernels.matmul(x, dim, rows, &layer.up, middle, wide);
            kernels.gelu(middle);
            kernels.matmul(middle, wide, rows, &layer.down, next, dim);
            for (row, residual) in next.chunks_exact_mut(dim).zip(x.chunks_exact(dim)) {
                self.normalise(row, residual, &layer.down_norm);
            }
        }
        std::mem::swap(x, next);
    }

    fn normalise(&self, row: &mut [f32], residual: &[f32], norm: &Norm) {
        self.kernels.add_layer_norm(row, residual, &norm.gain, &norm.shift, self.shape.epsilon as f32);
    }
}

impl Network for BertCpu {
    fn shape(&self) -> Shape {
        self.shape.limits()
    }

    fn forward(&self, batch: &Batch) -> Result<Matrix, candle_core::Error> {
        let dim = self.shape.hidden;
        let mut rows = Matrix::new(dim);
        WORKSPACE.with_borrow_mut(|work| {
            for tokens in batch.sequences().filter(|tokens| !tokens.is_empty()) {
                self.run(tokens, work);
                work.x.chunks_exact(dim).for_each(|row| rows.push(row));
            }
        });
        Ok(rows)
    }
}

impl Layer {
    fn load(weights: &Weights, name: &str, shape: &BertShape) -> Result<Self, candle_core::Error> {
        let (names, dim, wide) = (shape.names, shape.hidden, shape.middle);
        let attention = names.attention.map(|part| format!("{name}.{part}"));
        let linear = |part: &str, inputs, outputs| linear(weights, &format!("{name}.{part}"), inputs, outputs);
        let norm = |part: &str| Norm::load(weights, &format!("{name}.{part}"), dim);
        Ok(Layer {
            qkv: side_by_side(weights, &attention, dim, dim)?,
            attended: linear(names.attended, dim, dim)?,
            attended_norm: norm(names.attended_norm)?,
            up: linear(names.up, dim, wide)?,
            down: linear(names.down, wide, dim)?,
            down_norm: norm(names.down_norm)?,
        })
    }
}

/// Packs a linear layer.
fn linear(weights: &Weights, name: &str, inputs: usize, outputs: usize) -> Result<Packed, candle_core::Error> {
    let matrix = weights.floats(&format!("{name}.weight"), &[outputs, inputs])?;
    let bias = weights.floats(&format!("{name}.bias"), &[outputs])?;
    Ok(Packed::linear(&matrix, &bias, inputs))
}

/// Packs linear layers of the same inputs as one, their outputs side by side.
fn side_by_side(
    weights: &Weights,
    names: &[String],
    inputs: usize,
    outputs: usize,
) -> Result<Packed, candle_core::Error> {
    let (mut matrix, mut bias) = (Vec::new(), Vec::new());
    for name in names {
        matrix.extend_from_slice(&weights.floats(&format!("{name}.weight"), &[outputs, inputs])?);
        bias.extend_from_slice(&weights.floats(&format!("{name}.bias"), &[outputs])?);
    }
    Ok(Packed::linear(&matrix, &bias, inputs))
}

impl Norm {
    fn load(weights: &Weights, name: &str, dim: usize) -> Result<Self, candle_core::Error> {
        let row = |part: &str| weights.floats(&format!("{name}.{part}"), &[dim]);
        Ok(Norm { gain: row("weight")?.into_owned(), shift: row("bias")?.into_owned() })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use semsearch_vector::cosine;

    use super::*;
    use crate::models::bert::Bert;
    use crate::models::padded::Place;
    use crate::store::ModelStore;

    /// Token ids that no text has: the network must not depend on words making sense.
    fn sequences(vocabulary: usize, lengths: &[usize]) -> Batch {
        let mut batch = Batch::default();
        for (number, &length) in lengths.iter().enumerate() {
            let tokens: Vec<u32> =
                (0..length).map(|place| ((place * 7919 + number * 104_729) % vocabulary) as u32).collect();
            batch.push(&tokens);
        }
        batch
    }

    fn assert_agrees_with_candle(folder: &Path, lengths: &[usize]) {
        let ours = BertCpu::load(Family::Bert, folder).unwrap().expect("gelu is ours");
        let place = Place { device: Device::Cpu, dtype: DType::F32 };
        let candle = Bert::load(Family::Bert, folder, &place).unwrap();
        let batch = sequences(ours.shape().vocabulary, lengths);
        let (found, expected) = (ours.forward(&batch).unwrap(), candle.forward(&batch).unwrap());
        assert_eq!(found.rows(), expected.rows());
        for (row, (found, expected)) in found.iter().zip(expected.iter()).enumerate() {
            let largest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let similarity = cosine(found, expected);
            assert!(similarity >= 0.999_99 && largest < 1e-4, "token {row}: cosine {similarity}, difference {largest}");
        }
    }

    #[test]
    fn every_token_vector_agrees_with_candle_on_the_toy_model() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/model");
        assert_agrees_with_candle(&folder, &[1, 2, 11, 12, 13, 31, 32, 33, 97, 128]);
    }

    #[test]
    fn every_token_vector_agrees_with_candle_on_the_real_weights() {
        let found = ModelStore::from_env(true).find(crate::manifest::DEFAULT_MODEL).unwrap();
        let Some(model) = found else {
            assert!(std::env::var_os("SEMSEARCH_REQUIRE_MODEL").is_none(), "the weights are required");
            return;
        };
        assert_agrees_with_candle(&model.path, &[3, 14, 256, 512]);
    }

    #[test]
    fn a_text_gets_the_same_bits_whatever_went_before_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/model");
        let network = BertCpu::load(Family::Bert, &folder).unwrap().unwrap();
        let short = sequences(network.shape().vocabulary, &[9]);
        let alone = network.forward(&short).unwrap();
        network.forward(&sequences(network.shape().vocabulary, &[128, 5, 64])).unwrap();
        assert_eq!(network.forward(&short).unwrap(), alone);
        assert_eq!(network.forward(&Batch::default()).unwrap().rows(), 0);
    }
}

//! The forward pass in single precision: the reference for [`super::int8`], equal to candle's but for the last digits.
//!
//! ```text
//! x  = norm(words[id] + positions[position])
//! for each layer:
//!     qkv     = x · Wqkv + b
//!     context = for each head: softmax(q · kᵀ / √d) · v                    MPNet: + position bias
//!     x       = norm(context · Wo + b + x)
//!     x       = norm(gelu(x · Wup + b) · Wdown + b + x)      in blocks of rows, so that gelu(…) stays in the cache
//! ```

use std::cell::RefCell;

use candle_core::Error;
use semsearch_vector::Packed;
use semsearch_vector::simd::Kernels;

use super::parts::{add_distances, normalise};
use super::weights::{BertWeights, Embeddings, Linear, Norm};
use crate::networks::dimensions::Dimensions;
use crate::networks::mpnet;

/// Rows that go through the feed-forward part together: all rows of a text of the usual 256 tokens. The weights of a layer
/// do not fit the second-level cache. Reading them again for every block costs more than the 1.6 MB of intermediate numbers
/// of a large block: 40 ms of processor time a text with blocks of 96, against 38.
const BLOCK: usize = 264;

/// A network whose weights are packed for the kernels.
pub(super) struct Full {
    dimensions: Dimensions,
    words: Vec<f32>,
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    /// As [`Embeddings::distances`].
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

/// The buffers of one thread, reused from text to text.
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
    /// The position bias of MPNet, for each head and distance.
    bias: Vec<f32>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

impl Full {
    pub(super) fn pack(weights: &BertWeights<'_>) -> Result<Self, Error> {
        let Embeddings { words, places, norm, distances } = weights.embeddings()?;
        let packed = |part: Linear<'_>| Packed::linear(&part.weights, &part.bias, part.inputs);
        let layers = weights.layers().map(|layer| {
            layer.map(|layer| Layer {
                qkv: packed(layer.qkv),
                attended: packed(layer.attended),
                attended_norm: layer.attended_norm,
                up: packed(layer.up),
                down: packed(layer.down),
                down_norm: layer.down_norm,
            })
        });
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Full { dimensions: weights.dimensions, words: words.into_owned(), places, norm, layers, distances })
    }

    /// Runs the network on `tokens`, and calls `give` with their vectors, one after another.
    pub(super) fn run(&self, kernels: &Kernels, tokens: &[u32], give: impl FnOnce(&[f32])) {
        WORKSPACE.with_borrow_mut(|work| {
            self.make_room(tokens.len(), work);
            self.embed(kernels, tokens, &mut work.x);
            if let Some(table) = &self.distances {
                mpnet::by_distance(table, self.dimensions.heads, tokens.len(), &mut work.bias);
            }
            for layer in &self.layers {
                self.attend(kernels, layer, tokens.len(), work);
                self.feed_forward(kernels, layer, work);
            }
            give(&work.x);
        });
    }

    fn make_room(&self, tokens: usize, work: &mut Workspace) {
        let size = tokens * self.dimensions.dim;
        for (buffer, length) in [
            (&mut work.x, size),
            (&mut work.next, size),
            (&mut work.context, size),
            (&mut work.qkv, 3 * size),
            (&mut work.scores, tokens * tokens),
            (&mut work.middle, BLOCK.min(tokens) * self.dimensions.wide),
        ] {
            buffer.resize(length, 0.0);
        }
    }

    fn embed(&self, kernels: &Kernels, tokens: &[u32], x: &mut [f32]) {
        let Dimensions { dim, places, epsilon, .. } = self.dimensions;
        for ((row, &token), place) in x.chunks_exact_mut(dim).zip(tokens).zip(places.of(tokens)) {
            row.copy_from_slice(&self.words[token as usize * dim..][..dim]);
            let place = &self.places[place as usize * dim..][..dim];
            kernels.add_layer_norm(row, place, &self.norm.gain, &self.norm.shift, epsilon);
        }
    }

    /// `x = norm(attention(x) + x)`.
    fn attend(&self, kernels: &Kernels, layer: &Layer, tokens: usize, work: &mut Workspace) {
        let Dimensions { dim, heads, epsilon, .. } = self.dimensions;
        let head = dim / heads;
        let scale = 1.0 / (head as f32).sqrt();
        let Workspace { x, next, qkv, scores, context, keys, values, bias, .. } = work;
        let stride = 3 * dim;
        kernels.matmul(x, dim, tokens, &layer.qkv, qkv, stride);
        for first in (0..dim).step_by(head) {
            keys.pack_transposed(&qkv[dim + first..], stride, tokens, head);
            kernels.matmul(&qkv[first..], stride, tokens, keys, scores, tokens);
            if self.distances.is_some() {
                let span = 2 * tokens - 1;
                add_distances(scores, 0, tokens, &bias[first / head * span..][..span]);
            }
            scores.chunks_exact_mut(tokens).for_each(|row| kernels.softmax(row, scale));
            values.pack(&qkv[2 * dim + first..], stride, tokens, head);
            kernels.matmul(scores, tokens, tokens, values, &mut context[first..], dim);
        }
        kernels.matmul(context, dim, tokens, &layer.attended, next, dim);
        normalise(kernels, next, x, &layer.attended_norm, epsilon);
        std::mem::swap(x, next);
    }

    /// `x = norm(gelu(x · Wup) · Wdown + x)`.
    fn feed_forward(&self, kernels: &Kernels, layer: &Layer, work: &mut Workspace) {
        let Dimensions { dim, wide, epsilon, .. } = self.dimensions;
        let Workspace { x, next, middle, .. } = work;
        for (x, next) in x.chunks(BLOCK * dim).zip(next.chunks_mut(BLOCK * dim)) {
            let rows = x.len() / dim;
            let middle = &mut middle[..rows * wide];
            kernels.matmul(x, dim, rows, &layer.up, middle, wide);
            kernels.gelu(middle);
            kernels.matmul(middle, wide, rows, &layer.down, next, dim);
            normalise(kernels, next, x, &layer.down_norm, epsilon);
        }
        std::mem::swap(x, next);
    }
}

//! The forward pass in eight bits: every product multiplies bytes and adds whole numbers.
//!
//! Weights are quantised once, with a scale for each output; activations when they are computed, with a scale for each
//! token. Everything else (softmax, GELU, the residual stream and its norms) stays in single precision.
//!
//! ```text
//! x  = norm(words[id] + positions[position])
//! for each layer:                                            ⌊·⌉ rounds rows to bytes
//!     qkv     = ⌊x⌉ · Wqkv + b
//!     context = for each head: ⌊softmax(⌊q⌉ · ⌊k⌉ᵀ / √d)⌉ · ⌊v⌉
//!     x       = norm(⌊context⌉ · Wo + b + x)
//!     x       = norm(⌊gelu(⌊x⌉ · Wup + b)⌉ · Wdown + b + x)
//! ```
//!
//! # What costs accuracy
//!
//! Mean cosine to the pass in single precision, all-MiniLM-L6-v2, measured product by product on 75 abstracts of 256
//! tokens with arithmetic emulated in f32:
//!
//! | rounded | cosine |
//! | --- | --- |
//! | attention's q · kᵀ only | 0.99999 |
//! | the token table only | 0.99999 |
//! | attention's output only | 0.99995 |
//! | first feed-forward product only | 0.99985 |
//! | second feed-forward product only | 0.99968 |
//! | query, key and value only | 0.99957 |
//! | attention's shares · v only, shares to the nearest step | 0.99921 |
//! | the same, shares dithered | 0.99989 |
//! | everything, shares to the nearest step | 0.99834 |
//!
//! - **Attention weights** (shares) were the largest loss: most are below half a quantisation step, and rounding to the
//!   nearest step turns them all into zero. Dithering ([`semsearch_vector::simd::Kernels::softmax_quantise`]) keeps them on
//!   average.
//! - **Asymmetric quantisation** (0 to 255 over the row's range, a zero point a row) beats signed bytes: 0.9991 against
//!   0.9978 for the four linear layers, because nearly all of GELU's output has one sign. Seven bits, which AVX2 could
//!   multiply without tricks, give 0.9976, so the AVX2 kernel works harder instead.
//! - **Outliers are mild.** At the input of the feed-forward part one channel (99) reaches 45 times the root mean square;
//!   elsewhere a row's largest number is only 3 to 7 times its root mean square. Clipping weights by mean square error,
//!   correcting biases, and moving scale from activations to weights without data gain nothing or lose. With 32 abstracts
//!   for calibration, moving scale takes the linear layers from 0.9991 to 0.9994. It was left out, since a user's own model
//!   comes without abstracts. A scale for every 128 inputs (0.9993) was left out because it costs more than it gains.
//!
//! With everything quantised, a test requires a cosine of 0.998 on average and 0.995 at least over the 225 captured
//! abstracts (`crates/engine/tests/it/precision.rs` prints the cosines). `docs/decisions/0008` measures the effect on
//! answers.

use std::cell::RefCell;

use candle_core::Error;
use semsearch_vector::simd::Kernels;
use semsearch_vector::{Bytes, PackedInt8, QuantisedRows};

use super::parts::{add_distances, normalise};
use super::weights::{BertWeights, Embeddings, Linear, Norm};
use crate::networks::dimensions::Dimensions;
use crate::networks::mpnet;
use crate::weights_cache::{Sections, SectionsWriter};

/// Rows that go through the feed-forward part together: 96 × 1536 floats are 576 KiB, and the products take 12 rows at a
/// time.
const BLOCK: usize = 96;
/// Rows whose attention is computed together: their scores stay in the first-level cache.
const ATTENTION_BLOCK: usize = 24;

/// A network whose weights are quantised to bytes and packed for the kernels.
pub(super) struct Int8 {
    dimensions: Dimensions,
    words: Words,
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    /// As [`Embeddings::distances`].
    distances: Option<Vec<f32>>,
}

/// The word embeddings, each row quantised with a scale of its own.
struct Words {
    /// Signed bytes.
    bytes: Bytes,
    scales: Vec<f32>,
}

struct Layer {
    /// Query, key and value side by side.
    qkv: PackedInt8,
    attended: PackedInt8,
    attended_norm: Norm,
    up: PackedInt8,
    down: PackedInt8,
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
    rounded: QuantisedRows,
    shares: QuantisedRows,
    keys: PackedInt8,
    values: PackedInt8,
    /// The position bias of MPNet, for each head and distance.
    bias: Vec<f32>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

impl Words {
    fn round(table: &[f32], dim: usize) -> Self {
        let (mut bytes, mut scales) = (Vec::with_capacity(table.len()), Vec::with_capacity(table.len() / dim));
        for row in table.chunks_exact(dim) {
            let largest = row.iter().fold(0.0_f32, |high, x| high.max(x.abs()));
            let steps = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            scales.push(largest / 127.0);
            bytes.extend(row.iter().map(|x| (x * steps).round_ties_even() as i8 as u8));
        }
        Words { bytes: bytes.into(), scales }
    }

    fn read(&self, token: u32, row: &mut [f32]) {
        let (dim, scale) = (row.len(), self.scales[token as usize]);
        let bytes = &self.bytes[token as usize * dim..][..dim];
        row.iter_mut().zip(bytes).for_each(|(x, &byte)| *x = f32::from(byte as i8) * scale);
    }
}

impl Int8 {
    pub(super) fn round(weights: &BertWeights<'_>) -> Result<Self, Error> {
        let dimensions = weights.dimensions;
        let Embeddings { words, places, norm, distances } = weights.embeddings()?;
        let rounded = |part: Linear<'_>| PackedInt8::linear(&part.weights, &part.bias, part.inputs);
        let layers = weights.layers().map(|layer| {
            layer.map(|layer| Layer {
                qkv: rounded(layer.qkv),
                attended: rounded(layer.attended),
                attended_norm: layer.attended_norm,
                up: rounded(layer.up),
                down: rounded(layer.down),
                down_norm: layer.down_norm,
            })
        });
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Int8 { dimensions, words: Words::round(&words, dimensions.dim), places, norm, layers, distances })
    }

    /// The number of layers.
    pub(super) fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Writes the whole network for [`Int8::read`].
    pub(super) fn write(&self, sections: &mut SectionsWriter) {
        sections.bytes_of(&self.words.bytes);
        sections.floats(&self.words.scales);
        sections.floats(&self.places);
        write_norm(&self.norm, sections);
        if let Some(distances) = &self.distances {
            sections.floats(distances);
        }
        for layer in &self.layers {
            write_matrix(&layer.qkv, sections);
            write_matrix(&layer.attended, sections);
            write_norm(&layer.attended_norm, sections);
            write_matrix(&layer.up, sections);
            write_matrix(&layer.down, sections);
            write_norm(&layer.down_norm, sections);
        }
    }

    /// Reads a network of `layers` layers that [`Int8::write`] wrote; `None` if the sections do not fit.
    pub(super) fn read(dimensions: Dimensions, layers: usize, sections: &mut Sections) -> Option<Self> {
        let Dimensions { dim, wide, vocabulary, places, .. } = dimensions;
        let words =
            Words { bytes: sections.bytes(vocabulary.checked_mul(dim)?)?, scales: sections.floats(vocabulary)? };
        let places = sections.floats(places.rows.checked_mul(dim)?)?;
        let norm = read_norm(dim, sections)?;
        let distances = match dimensions.by_distance {
            true => Some(sections.floats(mpnet::RANGES.checked_mul(dimensions.heads)?)?),
            false => None,
        };
        let layers = (0..layers).map(|_| {
            Some(Layer {
                qkv: read_matrix(dim, dim.checked_mul(3)?, sections)?,
                attended: read_matrix(dim, dim, sections)?,
                attended_norm: read_norm(dim, sections)?,
                up: read_matrix(dim, wide, sections)?,
                down: read_matrix(wide, dim, sections)?,
                down_norm: read_norm(dim, sections)?,
            })
        });
        Some(Int8 { dimensions, words, places, norm, layers: layers.collect::<Option<_>>()?, distances })
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
            (&mut work.scores, ATTENTION_BLOCK.min(tokens) * tokens),
            (&mut work.middle, BLOCK.min(tokens) * self.dimensions.wide),
        ] {
            buffer.resize(length, 0.0);
        }
    }

    fn embed(&self, kernels: &Kernels, tokens: &[u32], x: &mut [f32]) {
        let Dimensions { dim, places, epsilon, .. } = self.dimensions;
        for ((row, &token), place) in x.chunks_exact_mut(dim).zip(tokens).zip(places.of(tokens)) {
            self.words.read(token, row);
            let place = &self.places[place as usize * dim..][..dim];
            kernels.add_layer_norm(row, place, &self.norm.gain, &self.norm.shift, epsilon);
        }
    }

    /// `x = norm(attention(x) + x)`.
    fn attend(&self, kernels: &Kernels, layer: &Layer, tokens: usize, work: &mut Workspace) {
        let Dimensions { dim, heads, epsilon, .. } = self.dimensions;
        let head = dim / heads;
        let scale = 1.0 / (head as f32).sqrt();
        let Workspace { x, next, qkv, scores, context, rounded, shares, keys, values, bias, .. } = work;
        let stride = 3 * dim;
        kernels.quantise(x, dim, tokens, dim, rounded);
        kernels.matmul_int8(rounded, &layer.qkv, qkv, stride);
        for first in (0..dim).step_by(head) {
            kernels.pack_int8_transposed(&qkv[dim + first..], stride, head, tokens, keys);
            kernels.pack_int8(&qkv[2 * dim + first..], stride, tokens, head, values);
            for row in (0..tokens).step_by(ATTENTION_BLOCK) {
                let rows = ATTENTION_BLOCK.min(tokens - row);
                let scores = &mut scores[..rows * tokens];
                kernels.quantise(&qkv[row * stride + first..], stride, rows, head, rounded);
                kernels.matmul_int8(rounded, keys, scores, tokens);
                if self.distances.is_some() {
                    let span = 2 * tokens - 1;
                    add_distances(scores, row, tokens, &bias[first / head * span..][..span]);
                }
                kernels.softmax_quantise(scores, tokens, scale, shares);
                kernels.matmul_int8(shares, values, &mut context[row * dim + first..], dim);
            }
        }
        kernels.quantise(context, dim, tokens, dim, rounded);
        kernels.matmul_int8(rounded, &layer.attended, next, dim);
        normalise(kernels, next, x, &layer.attended_norm, epsilon);
        std::mem::swap(x, next);
    }

    /// `x = norm(gelu(x · Wup) · Wdown + x)`.
    fn feed_forward(&self, kernels: &Kernels, layer: &Layer, work: &mut Workspace) {
        let Dimensions { dim, wide, epsilon, .. } = self.dimensions;
        let Workspace { x, next, middle, rounded, .. } = work;
        for (x, next) in x.chunks(BLOCK * dim).zip(next.chunks_mut(BLOCK * dim)) {
            let rows = x.len() / dim;
            let middle = &mut middle[..rows * wide];
            kernels.quantise(x, dim, rows, dim, rounded);
            kernels.matmul_int8(rounded, &layer.up, middle, wide);
            kernels.gelu_quantise(middle, wide, rounded);
            kernels.matmul_int8(rounded, &layer.down, next, dim);
            normalise(kernels, next, x, &layer.down_norm, epsilon);
        }
        std::mem::swap(x, next);
    }
}

fn write_matrix(matrix: &PackedInt8, sections: &mut SectionsWriter) {
    sections.bytes_of(matrix.panels());
    sections.floats(matrix.scales());
    sections.floats(matrix.bias());
    sections.ints(matrix.sums());
}

fn read_matrix(inputs: usize, outputs: usize, sections: &mut Sections) -> Option<PackedInt8> {
    let (bytes, columns) = PackedInt8::sizes(inputs, outputs)?;
    let panels = sections.bytes(bytes)?;
    let (scales, bias) = (sections.floats(columns)?, sections.floats(columns)?);
    PackedInt8::from_parts(panels, scales, bias, sections.ints(columns)?, inputs, outputs)
}

fn write_norm(norm: &Norm, sections: &mut SectionsWriter) {
    sections.floats(&norm.gain);
    sections.floats(&norm.shift);
}

fn read_norm(dim: usize, sections: &mut Sections) -> Option<Norm> {
    Some(Norm { gain: sections.floats(dim)?, shift: sections.floats(dim)? })
}

//! Makes a static model from a transformer, in a minute of CPU time and without training.
//!
//! 1. Every piece of the vocabulary goes through the network alone, as `[CLS] piece [SEP]`.
//! 2. Principal component analysis reduces and whitens the vectors: see [`pca`].
//! 3. Each piece gets a weight, since rare pieces mean more than common ones. See [`Weights`].
//! 4. Numbers are quantised: see [`TablePrecision`].
//!
//! The idea is Model2Vec's (Tulkens and van Dongen, 2024). Three steps differ, each because it measured better
//! (models/static/README.md): the vector of a piece is that of its own token, not the mean with `[CLS]` and `[SEP]`;
//! components are whitened; and weights are logarithms, counted over real texts if there are any.
//!
//! The result is a Model2Vec folder. The same model, options and texts give the same bytes for any number of threads.
//! Another instruction set sums the network's products in another order, and may round a few numbers differently.

mod pca;
mod vocabulary;

use std::path::{Path, PathBuf};

use pca::Components;
use rayon::prelude::*;
use safetensors::{Dtype, serialize, tensor::TensorView};
use semsearch_task::{ErrorKind, Progress, Stage, Stopped};
use semsearch_vector::Matrix;
use vocabulary::Vocabulary;

use crate::describe::checksum::sha256_bytes;
use crate::describe::{
    CONFIG, Family, Manifest, ModelFile, Pooling, Precision, STATIC_POSITIONS, Source, TOKENIZER, WEIGHTS,
};
use crate::encode::{EncodeError, Encoder, SentenceTransformer};
use crate::find::{ModelError, ModelFolder, ModelStore};
use crate::networks::pack;
use crate::tokens::{Batch, TokeniseError, Tokeniser};

/// Pieces that go through the network together.
const CHUNK: usize = 64;

/// The weight of a piece of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
    /// `ln((N + 1) / (n + ½))` for a piece in `n` of these `N` texts, which should resemble the texts to be searched.
    Idf(&'a [String]),
    /// `ln(1 + rank / 1000)`: a vocabulary lists its commonest pieces first, and frequency falls with rank (Zipf).
    Zipf,
    /// Weight 1 for every piece.
    None,
}

impl Weights<'_> {
    fn name(self) -> &'static str {
        match self {
            Weights::Idf(_) => "idf",
            Weights::Zipf => "zipf",
            Weights::None => "none",
        }
    }
}

/// The form of a number in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TablePrecision {
    /// Four bytes.
    F32,
    /// One byte, and a scale for each row.
    Int8,
    /// Two bits, and a scale for each row: -3, -1, 1 or 3 times it. Rounding errors cancel in the mean, so the loss is
    /// small. Four levels around zero err least for a normal distribution (Max, 1960), so no code stands for zero.
    /// Model2Vec itself cannot read this form.
    Int2,
}

impl TablePrecision {
    fn name(self) -> &'static str {
        match self {
            TablePrecision::F32 => "float32",
            TablePrecision::Int8 => "int8",
            TablePrecision::Int2 => "int2",
        }
    }
}

/// The form of a static model.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DistillOptions<'a> {
    /// Numbers in a vector.
    pub dimension: usize,
    /// Weights of the pieces.
    pub weights: Weights<'a>,
    /// Form of the numbers.
    pub precision: TablePrecision,
}

impl<'a> DistillOptions<'a> {
    /// Vectors of `dimension` numbers, [`Weights::Zipf`], [`TablePrecision::Int2`].
    #[must_use]
    pub fn new(dimension: usize) -> Self {
        DistillOptions { dimension, weights: Weights::Zipf, precision: TablePrecision::Int2 }
    }

    /// Sets the weights of pieces.
    #[must_use]
    pub fn with_weights(mut self, weights: Weights<'a>) -> Self {
        self.weights = weights;
        self
    }

    /// Sets the form of the numbers.
    #[must_use]
    pub fn with_precision(mut self, precision: TablePrecision) -> Self {
        self.precision = precision;
        self
    }
}

/// A model that is not on disk yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Distilled {
    /// The manifest of the new model.
    pub manifest: Manifest,
    /// The share of the variance of the vectors that its dimensions keep.
    pub explained: f64,
    /// Path and contents of each file.
    files: Vec<(&'static str, Vec<u8>)>,
}

impl Distilled {
    /// Puts the model into `store`.
    ///
    /// # Errors
    /// [`ModelError`] if its name is taken by another model, or writing fails.
    pub fn install(&self, store: &ModelStore) -> Result<ModelFolder, ModelError> {
        store.install(&self.manifest, &self.files)
    }
}

/// Why a model could not be distilled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DistillError {
    /// The model has no network to learn from.
    #[error("model `{model}` is static already")]
    Static {
        /// The model's name.
        model: String,
    },
    /// The tokeniser cannot be rewritten.
    #[error("{path}: {problem}")]
    Tokeniser {
        /// The tokeniser's file.
        path: PathBuf,
        /// What is wrong with the file.
        problem: String,
    },
    /// The network's vectors vary in fewer dimensions than requested.
    #[error("the token vectors of `{model}` spread in {most} dimensions, {asked} were asked for")]
    Dimension {
        /// The model's name.
        model: String,
        /// Dimensions asked for.
        asked: usize,
        /// Dimensions there are.
        most: usize,
    },
    /// The requested dimensions do not fill whole bytes.
    #[error("{asked} dimensions do not fill bytes of four numbers: int2 takes a multiple of 4")]
    Ragged {
        /// Dimensions asked for.
        asked: usize,
    },
    /// The network gave a vector with infinite or undefined numbers.
    #[error("the network of `{model}` gives vectors that are not numbers; its weights are damaged")]
    NotFinite {
        /// The model's name.
        model: String,
    },
    /// The new tokeniser failed on a text.
    #[error(transparent)]
    Tokenise(#[from] TokeniseError),
    /// The network failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The caller stopped the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl DistillError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            DistillError::Dimension { .. } | DistillError::Ragged { .. } => ErrorKind::Usage,
            DistillError::Static { .. } | DistillError::Tokeniser { .. } | DistillError::NotFinite { .. } => {
                ErrorKind::Model
            }
            DistillError::Tokenise(inner) => inner.kind(),
            DistillError::Encode(inner) => inner.kind(),
            DistillError::Stopped(inner) => inner.kind(),
        }
    }
}

/// Makes a static model called `name` from `teacher`. Pieces of the vocabulary that went through the network are reported
/// to `progress`, which may stop the work.
///
/// # Errors
/// [`DistillError`] says what prevented it.
pub fn distill(
    teacher: &SentenceTransformer,
    name: &str,
    options: &DistillOptions<'_>,
    progress: &dyn Progress,
) -> Result<Distilled, DistillError> {
    let model = || teacher.manifest().name.clone();
    if teacher.manifest().family == Family::Static {
        return Err(DistillError::Static { model: model() });
    }
    let dim = options.dimension;
    if options.precision == TablePrecision::Int2 && !dim.is_multiple_of(4) {
        return Err(DistillError::Ragged { asked: dim });
    }
    let width = teacher.manifest().network_dimension();
    if dim == 0 || dim > width {
        return Err(DistillError::Dimension { model: model(), asked: dim, most: width });
    }
    // The limit of the transformer: later parts of a paper blur the mean more than they add.
    let max_seq_length = teacher.manifest().max_seq_length;
    let path = teacher.folder().join(TOKENIZER);
    let refuse = |problem| DistillError::Tokeniser { path: path.clone(), problem };
    let text = std::fs::read(&path).map_err(|error| refuse(error.to_string()))?;
    let vocabulary = Vocabulary::read(&text).map_err(refuse)?;

    let vectors = ask_network(teacher, &vocabulary.ids, &path, progress)?;
    let components = Components::of(&vectors).ok_or_else(|| DistillError::NotFinite { model: model() })?;
    let most = components.rank();
    if dim > most {
        return Err(DistillError::Dimension { model: model(), asked: dim, most });
    }
    let rows = components.whiten(&vectors, dim);
    let tokens = rows.rows();
    let tokeniser = vocabulary.into_file();
    let weights = weigh(options.weights, &tokeniser, &path, max_seq_length, tokens)?;
    let table = write_table(&rows, &weights, options.precision);
    let config = config(teacher, options, tokens);

    let files = vec![(CONFIG, config), (TOKENIZER, tokeniser), (WEIGHTS, table)];
    let described = files.iter().map(|(path, bytes)| ModelFile {
        path: (*path).to_owned(),
        bytes: bytes.len() as u64,
        sha256: sha256_bytes(bytes),
    });
    let manifest = Manifest {
        name: name.to_owned(),
        family: Family::Static,
        dimension: dim,
        max_seq_length,
        max_positions: STATIC_POSITIONS,
        pooling: Pooling::Mean,
        normalise: true,
        query_precision: Precision::F32,
        passage_precision: Precision::F32,
        query_prompt: String::new(),
        passage_prompt: String::new(),
        licence: teacher.manifest().licence.clone(),
        source: Source { distilled_from: Some(model()), ..Source::default() },
        dense: Vec::new(),
        files: described.collect(),
    };
    Ok(Distilled { manifest, explained: components.explained(dim), files })
}

/// The vector of each of the pieces `ids`.
fn ask_network(
    teacher: &SentenceTransformer,
    ids: &[u32],
    path: &Path,
    progress: &dyn Progress,
) -> Result<Matrix, DistillError> {
    let refuse = |problem| DistillError::Tokeniser { path: path.to_owned(), problem };
    let ([before], [after]) = teacher.around() else {
        let (before, after) = teacher.around();
        let found = format!("{} and {}", before.len(), after.len());
        return Err(refuse(format!("expected one special token before a text and one after it, found {found}")));
    };
    // A model that pools by [CLS] was trained on that vector; otherwise the piece's own vector is taken.
    let place = match teacher.manifest().pooling {
        Pooling::Cls => 0,
        _ => 1,
    };
    progress.begin(Stage::Encode, ids.len());
    let parts: Vec<Matrix> = ids
        .par_chunks(CHUNK)
        .with_max_len(1)
        .map(|chunk| {
            let mut batch = Batch::default();
            chunk.iter().for_each(|&id| batch.push(&[*before, id, *after]));
            let vectors = teacher.token_vectors(&batch)?;
            progress.advance(chunk.len(), 3 * chunk.len());
            progress.check()?;
            Ok(vectors)
        })
        .collect::<Result<_, DistillError>>()?;
    let mut rows = Matrix::new(teacher.manifest().network_dimension());
    parts.iter().flat_map(|part| part.iter().skip(place).step_by(3)).for_each(|row| rows.push(row));
    Ok(rows)
}

/// The weight of each piece.
fn weigh(
    weights: Weights<'_>,
    tokeniser: &[u8],
    path: &Path,
    max_seq_length: usize,
    tokens: usize,
) -> Result<Vec<f32>, DistillError> {
    match weights {
        Weights::None => Ok(vec![1.0; tokens]),
        Weights::Zipf => Ok((1..=tokens).map(|rank| (rank as f64 / 1000.0).ln_1p() as f32).collect()),
        Weights::Idf(texts) => {
            let tokeniser = Tokeniser::parse_bare(tokeniser, path, tokens)?;
            let mut split: Vec<Vec<u32>> = texts
                .par_iter()
                .map(|text| tokeniser.split_bare(text, max_seq_length).map(|tokens| tokens.ids))
                .collect::<Result<_, _>>()?;
            let mut found = vec![0u32; tokens];
            for ids in &mut split {
                ids.sort_unstable();
                ids.dedup();
                ids.iter().for_each(|&id| found[id as usize] += 1);
            }
            let all = texts.len() as f64 + 1.0;
            Ok(found.into_iter().map(|found| (all / (f64::from(found) + 0.5)).ln() as f32).collect())
        }
    }
}

/// The file of the rows, and of the weights with each row's scale in them.
fn write_table(rows: &Matrix, weights: &[f32], precision: TablePrecision) -> Vec<u8> {
    let (count, dim) = (rows.rows(), rows.dim());
    let mut factors = weights.to_vec();
    let (kind, width, numbers): (Dtype, usize, Vec<u8>) = match precision {
        TablePrecision::F32 => {
            (Dtype::F32, dim, rows.as_slice().iter().flat_map(|number| number.to_le_bytes()).collect())
        }
        TablePrecision::Int8 => {
            let bytes = rows.iter().zip(&mut factors).flat_map(|(row, factor)| {
                let most = row.iter().fold(0.0f32, |most, number| most.max(number.abs()));
                let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
                *factor *= scale;
                row.iter().map(move |number| ((number / scale).round() as i8).cast_unsigned())
            });
            (Dtype::I8, dim, bytes.collect())
        }
        TablePrecision::Int2 => {
            let bytes = rows.iter().zip(&mut factors).flat_map(|(row, factor)| {
                let (scale, numbers) = four_levels(row);
                *factor *= scale;
                pack(&numbers)
            });
            (Dtype::U8, dim / 4, bytes.collect())
        }
    };
    let factors: Vec<u8> = factors.iter().flat_map(|factor| factor.to_le_bytes()).collect();
    let view = |kind, shape, data| TensorView::new(kind, shape, data).expect("the data fill the shape");
    let embeddings = view(kind, vec![count, width], &numbers);
    let weights = view(Dtype::F32, vec![count], &factors);
    serialize([("embeddings", embeddings), ("weights", weights)], None).expect("two tensors can be written")
}

/// A row as -3, -1, 1 and 3 times a scale. The scale has the least error of several candidates around half the root mean
/// square, which is the best scale for a normal distribution (Max, 1960).
fn four_levels(row: &[f32]) -> (f32, Vec<i8>) {
    let mean_square = row.iter().map(|number| number * number).sum::<f32>() / row.len() as f32;
    if mean_square == 0.0 {
        return (0.0, vec![1; row.len()]);
    }
    let level = |number: f32, scale: f32| {
        let magnitude = if number.abs() < 2.0 * scale { 1 } else { 3 };
        if number < 0.0 { -magnitude } else { magnitude }
    };
    let error = |scale: f32| -> f32 {
        row.iter().map(|&number| (number - scale * f32::from(level(number, scale))).powi(2)).sum()
    };
    let scales = (10..=30).map(|step| mean_square.sqrt() * step as f32 / 40.0);
    let best = scales.map(|scale| (error(scale), scale)).min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, scale) = best.expect("there are scales to choose from");
    (scale, row.iter().map(|&number| level(number, scale)).collect())
}

/// `config.json`: the fields that Model2Vec reads, and the model's origin.
fn config(teacher: &SentenceTransformer, options: &DistillOptions<'_>, tokens: usize) -> Vec<u8> {
    let config = serde_json::json!({
        "architectures": ["StaticModel"],
        "embedding_dtype": options.precision.name(),
        "hidden_dim": options.dimension,
        "max_length": teacher.manifest().max_seq_length,
        "model_type": "model2vec",
        "normalize": true,
        "teacher": teacher.manifest().name,
        "teacher_fingerprint": teacher.fingerprint().as_str(),
        "token_weights": options.weights.name(),
        "tokens": tokens,
    });
    let mut text = serde_json::to_vec_pretty(&config).expect("strings and numbers can be written");
    text.push(b'\n');
    text
}

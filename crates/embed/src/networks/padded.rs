//! A candle network as a [`Network`]: pads a batch to a rectangle, and pools on the device.
//!
//! A pad token's attention weight is exactly zero. So a text's vector does not depend on the other texts of its batch,
//! except for the rounding of a differently shaped matrix product. Pooling is one more product, of a row of weights with
//! the token vectors of a text. So a GPU returns one vector a text instead of one a token.

use std::path::Path;

use candle_core::{DType, Error, Tensor};
use candle_nn::VarBuilder;
use semsearch_vector::Matrix;

use super::layers::padding_mask;
use super::network::{Network, NetworkError, Shape, brief};
use super::place::Place;
use super::weights;
use crate::describe::{Pooling, WEIGHTS};
use crate::tokens::Batch;

/// A rectangle of token ids.
pub(super) struct Input {
    /// `(texts, places)`.
    pub(super) ids: Tensor,
    /// The padding mask; `None` if no text is padded.
    pub(super) padding: Option<Tensor>,
    /// Tokens of the longest text.
    pub(super) longest: usize,
    pub(super) place: Place,
}

/// The part that differs between networks.
pub(super) trait Architecture: Send + Sync {
    /// The token vectors, `(texts, places, dimension)`; those of padding may be anything finite.
    ///
    /// `input` was made from `batch`, which is passed for architectures that need more than the ids.
    fn run(&self, input: &Input, batch: &Batch) -> Result<Tensor, Error>;
}

/// A candle network with its place and sizes.
pub(super) struct Padded<A> {
    architecture: A,
    shape: Shape,
    place: Place,
}

impl<A: Architecture> Padded<A> {
    /// Maps `model.safetensors` in `folder` and builds a network of its tensors.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(super) fn load(
        folder: &Path,
        place: &Place,
        shape: Shape,
        build: impl FnOnce(&VarBuilder<'_>) -> Result<A, Error>,
    ) -> Result<Self, NetworkError> {
        let path = folder.join(WEIGHTS);
        let tensors = weights::map(&path, place)
            .map_err(|error| NetworkError::NotSafetensors { path: path.clone(), problem: brief(&error) })?;
        let architecture = build(&tensors).map_err(|error| NetworkError::Weights { path, problem: brief(&error) })?;
        Ok(Padded { architecture, shape, place: place.clone() })
    }

    /// The token vectors of `batch` in f32, `(texts, places, dimension)`.
    fn run(&self, batch: &Batch) -> Result<Tensor, Error> {
        let Place { device, dtype } = &self.place;
        let (texts, longest) = (batch.len(), batch.longest());
        // Any id works as padding, since it is masked; 0 is in every table.
        let mut ids = vec![0; texts * longest];
        for (row, sequence) in ids.chunks_exact_mut(longest).zip(batch.sequences()) {
            row[..sequence.len()].copy_from_slice(sequence);
        }
        let lengths: Vec<usize> = batch.sequences().map(<[u32]>::len).collect();
        let input = Input {
            ids: Tensor::from_vec(ids, (texts, longest), device)?,
            padding: padding_mask(&lengths, longest, *dtype, device)?,
            longest,
            place: self.place.clone(),
        };
        self.architecture.run(&input, batch)?.to_dtype(DType::F32)
    }
}

impl<A: Architecture> Network for Padded<A> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn forward(&self, batch: &Batch) -> Result<Matrix, Error> {
        let dim = self.shape.dimension;
        let mut rows = Matrix::new(dim);
        if batch.longest() == 0 {
            return Ok(rows);
        }
        let hidden: Vec<f32> = self.run(batch)?.flatten_all()?.to_vec1()?;
        for (padded, sequence) in hidden.chunks_exact(batch.longest() * dim).zip(batch.sequences()) {
            padded.chunks_exact(dim).take(sequence.len()).for_each(|token| rows.push(token));
        }
        Ok(rows)
    }

    fn pooled(&self, batch: &Batch, pooling: Pooling) -> Result<Matrix, Error> {
        let mut rows = Matrix::new(self.shape.dimension);
        let (texts, longest) = (batch.len(), batch.longest());
        if longest == 0 {
            return Ok(rows);
        }
        let hidden = self.run(batch)?.contiguous()?;
        let mut weights = vec![0.0; texts * longest];
        let mut outside = vec![f32::MIN; texts * longest];
        for (row, sequence) in batch.sequences().enumerate() {
            let (from, count) = (row * longest, sequence.len());
            outside[from..from + count].fill(0.0);
            pooling.weigh(&mut weights[from..from + count]);
        }
        let device = &self.place.device;
        let pooled = if pooling == Pooling::Max {
            hidden.broadcast_add(&Tensor::from_vec(outside, (texts, longest, 1), device)?)?.max(1)?
        } else {
            Tensor::from_vec(weights, (texts, 1, longest), device)?.matmul(&hidden)?
        };
        let pooled: Vec<f32> = pooled.flatten_all()?.to_vec1()?;
        pooled.chunks_exact(self.shape.dimension).for_each(|row| rows.push(row));
        Ok(rows)
    }
}

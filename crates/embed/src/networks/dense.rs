//! Dense layers after pooling: a linear map and an activation, as some models end with.
//!
//! They run on the CPU, one text at a time. Their cost is small beside the network's.

use std::path::Path;

use semsearch_vector::simd;

use super::network::{NetworkError, brief};
use super::weights::Weights;
use crate::describe::{DenseActivation, DenseLayer};

/// A loaded dense layer.
pub(crate) struct Dense {
    inputs: usize,
    /// The weights, one row an output.
    matrix: Vec<f32>,
    bias: Vec<f32>,
    activation: DenseActivation,
}

impl Dense {
    /// Loads `layer` from the model in `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] names the file and what is wrong with it.
    pub(crate) fn load(folder: &Path, layer: &DenseLayer) -> Result<Self, NetworkError> {
        let path = folder.join(&layer.weights);
        let weights = Weights::open(&path)
            .map_err(|error| NetworkError::NotSafetensors { path: path.clone(), problem: brief(&error) })?;
        let wrong = |error| NetworkError::Weights { path: path.clone(), problem: brief(&error) };
        let matrix = weights.floats("linear.weight", &[layer.outputs, layer.inputs]).map_err(wrong)?.into_owned();
        let bias = match layer.bias {
            true => weights.floats("linear.bias", &[layer.outputs]).map_err(wrong)?.into_owned(),
            false => vec![0.0; layer.outputs],
        };
        Ok(Dense { inputs: layer.inputs, matrix, bias, activation: layer.activation })
    }

    /// The vector after this layer.
    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let kernels = simd::best();
        let rows = self.matrix.chunks_exact(self.inputs).zip(&self.bias);
        let mut out: Vec<f32> = rows.map(|(row, bias)| kernels.dot(row, vector) + bias).collect();
        match self.activation {
            DenseActivation::Identity => {}
            DenseActivation::Tanh => out.iter_mut().for_each(|x| *x = x.tanh()),
            DenseActivation::Relu => out.iter_mut().for_each(|x| *x = x.max(0.0)),
            DenseActivation::Gelu => kernels.gelu(&mut out),
            DenseActivation::Silu => out.iter_mut().for_each(|x| *x /= 1.0 + (-*x).exp()),
            DenseActivation::Sigmoid => out.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
        }
        out
    }
}

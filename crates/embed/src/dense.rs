//! Dense layers after pooling: a linear map and an activation, as some models end with.
//!
//! They run on the CPU, one text at a time: next to the network before them they are nothing.

use std::path::Path;

use semsearch_vector::simd;
use serde::{Deserialize, Serialize};

use crate::models::weights::Weights;
use crate::models::{NetworkError, brief};

/// One dense layer, as a manifest describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseLayer {
    /// The file of its weights.
    pub weights: String,
    /// Numbers in a vector before it.
    pub inputs: usize,
    /// Numbers in a vector after it.
    pub outputs: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// What is applied at the end.
    pub activation: DenseActivation,
}

/// What a dense layer ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenseActivation {
    /// Nothing.
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// The larger of 0 and the number.
    Relu,
    /// The number times how likely a normal one is smaller (Hendrycks and Gimpel, 2016), the exact form.
    Gelu,
    /// The number times its logistic function.
    Silu,
    /// The logistic function.
    Sigmoid,
}

impl DenseActivation {
    const CLASSES: [(DenseActivation, &str, &str); 6] = [
        (DenseActivation::Identity, "Identity", "identity"),
        (DenseActivation::Tanh, "Tanh", "tanh"),
        (DenseActivation::Relu, "ReLU", "relu"),
        (DenseActivation::Gelu, "GELU", "gelu"),
        (DenseActivation::Silu, "SiLU", "silu"),
        (DenseActivation::Sigmoid, "Sigmoid", "sigmoid"),
    ];

    /// The activation that a class of torch of this name is.
    pub(crate) fn of_class(name: &str) -> Option<Self> {
        Self::CLASSES.iter().find(|(_, class, _)| *class == name).map(|(activation, ..)| *activation)
    }

    /// Every class that is known.
    pub(crate) fn classes() -> String {
        Self::CLASSES.map(|(_, class, _)| class).join(", ")
    }

    /// The name used in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::CLASSES.iter().find(|(activation, ..)| *activation == self).map_or("identity", |(.., name)| name)
    }
}

/// A loaded dense layer.
pub(crate) struct Dense {
    inputs: usize,
    /// One row an output.
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

//! Dense layers after pooling, as a manifest describes them.

use serde::{Deserialize, Serialize};

/// One dense layer, as a manifest describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DenseLayer {
    /// The file of the layer's weights.
    pub weights: String,
    /// Numbers in a vector before the layer.
    pub inputs: usize,
    /// Numbers in a vector after the layer.
    pub outputs: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// The function applied to each number at the end.
    pub activation: DenseActivation,
}

/// The function at the end of a dense layer, applied to each number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DenseActivation {
    /// No function.
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// The larger of 0 and the number.
    Relu,
    /// The number times the normal distribution function (Hendrycks and Gimpel, 2016), the exact form.
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

    /// The activation of the torch class of this name.
    pub(crate) fn of_class(name: &str) -> Option<Self> {
        Self::CLASSES.iter().find(|(_, class, _)| *class == name).map(|(activation, ..)| *activation)
    }

    /// The names of all known torch classes.
    pub(crate) fn classes() -> String {
        Self::CLASSES.map(|(_, class, _)| class).join(", ")
    }

    /// The name used in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::CLASSES.iter().find(|(activation, ..)| *activation == self).map_or("identity", |(.., name)| name)
    }
}

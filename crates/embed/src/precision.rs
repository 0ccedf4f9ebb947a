//! In how many bits the network computes.

use std::fmt;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use crate::manifest::Manifest;

/// How numbers are multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision: the reference.
    #[default]
    F32,
    /// Bytes in every product: about twice as fast, and a quarter of the memory. Vectors lie within a cosine of 0.995 of
    /// the reference's, 0.998 on average.
    Int8,
}

impl Precision {
    /// The name it has on the command line and in fingerprints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Int8 => "int8",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The user's choice of precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrecisionChoice {
    /// Bytes for a model whose manifest says that they were measured to rank as well, otherwise single precision.
    #[default]
    Auto,
    /// This one.
    Fixed(Precision),
}

impl PrecisionChoice {
    /// What is meant for this model on this device.
    pub(crate) fn settle(self, manifest: &Manifest, device: &Device) -> Precision {
        match self {
            PrecisionChoice::Fixed(precision) => precision,
            PrecisionChoice::Auto if device.is_cpu() => manifest.precision,
            PrecisionChoice::Auto => Precision::F32,
        }
    }
}

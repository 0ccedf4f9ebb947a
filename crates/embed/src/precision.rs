//! In how many bits the network computes.

use std::fmt;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use crate::encoder::TextKind;
use crate::manifest::Manifest;

/// How numbers are multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision: the reference.
    #[default]
    F32,
    /// Bytes in every product: nearly three times as fast, and a quarter of the memory. Vectors lie within a cosine of
    /// 0.995 of the reference's, 0.998 on average.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrecisionChoice {
    /// What was measured to be as good as single precision for this kind of text: bytes for a question, where the model's
    /// manifest says so; single precision for everything else.
    Auto(TextKind),
    /// This one.
    Fixed(Precision),
}

impl Default for PrecisionChoice {
    fn default() -> Self {
        PrecisionChoice::Auto(TextKind::Passage)
    }
}

impl PrecisionChoice {
    /// What is meant for this model on this device.
    pub(crate) fn settle(self, manifest: &Manifest, device: &Device) -> Precision {
        match self {
            PrecisionChoice::Fixed(precision) => precision,
            PrecisionChoice::Auto(TextKind::Query) if device.is_cpu() => manifest.question_precision,
            PrecisionChoice::Auto(_) => Precision::F32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::bundled;

    #[test]
    fn auto_is_bytes_for_questions_to_the_measured_model_only() {
        let measured = bundled().remove(0);
        let other = Manifest { question_precision: Precision::F32, ..measured.clone() };
        let auto = |manifest, kind| PrecisionChoice::Auto(kind).settle(manifest, &Device::Cpu);
        assert_eq!(auto(&measured, TextKind::Query), Precision::Int8);
        assert_eq!(auto(&measured, TextKind::Passage), Precision::F32);
        assert_eq!(auto(&other, TextKind::Query), Precision::F32);
        let fixed = PrecisionChoice::Fixed(Precision::Int8);
        assert_eq!(fixed.settle(&other, &Device::Cpu), Precision::Int8);
    }
}

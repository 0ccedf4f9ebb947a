//! The precision of the network's arithmetic.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text_kind::TextKind;

/// The type of the numbers that the network multiplies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision: the reference.
    #[default]
    F32,
    /// Eight-bit integers in every product: nearly three times as fast, with a quarter of the memory. Vectors have a cosine
    /// of at least 0.995 with those of f32, 0.998 on average.
    Int8,
}

impl Precision {
    /// The name on the command line and in fingerprints.
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

/// The choice of a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrecisionChoice {
    /// The fastest precision that was measured to find as much as f32 for this kind of text: int8 on a CPU if the
    /// model's manifest says so, otherwise f32.
    Auto(TextKind),
    /// This precision.
    Fixed(Precision),
}

impl Default for PrecisionChoice {
    fn default() -> Self {
        PrecisionChoice::Auto(TextKind::Passage)
    }
}

impl PrecisionChoice {
    /// The precision to use on this device; `measured` says for a kind of text what the model's manifest says.
    pub(crate) fn settle(self, measured: impl FnOnce(TextKind) -> Precision, on_cpu: bool) -> Precision {
        match self {
            PrecisionChoice::Fixed(precision) => precision,
            PrecisionChoice::Auto(_) if !on_cpu => Precision::F32,
            PrecisionChoice::Auto(kind) => measured(kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::bundled;

    #[test]
    fn auto_is_bytes_on_a_cpu_where_the_manifest_says_so() {
        let default = bundled().remove(0);
        let measured = |kind| default.precision_of(kind);
        for kind in [TextKind::Query, TextKind::Passage] {
            let auto = PrecisionChoice::Auto(kind);
            assert_eq!(auto.settle(measured, true), Precision::Int8, "{kind:?}");
            assert_eq!(auto.settle(measured, false), Precision::F32, "{kind:?}");
            assert_eq!(auto.settle(|_| Precision::F32, true), Precision::F32, "{kind:?}");
        }
        assert_eq!(PrecisionChoice::Fixed(Precision::Int8).settle(|_| Precision::F32, true), Precision::Int8);
    }
}

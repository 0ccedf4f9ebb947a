//! The fingerprint: the identity of a model's vectors.
//!
//! Vectors of two models cannot be compared, even if their dimensions are equal. The attempt gives bad results and no
//! error. So every index stores the fingerprint of the model that made its vectors, and refuses queries of other models.
//!
//! The precision is the only part of the fingerprint that may differ. Rounding moves a vector by a few hundredths of its
//! length inside the same space, which hardly changes the results (docs/decisions/0008). So a query in one precision may
//! be compared with documents in another. [`Fingerprint::space`] is the part that has to be equal.

use std::fmt;

use super::checksum::sha256_text;
use super::manifest::{CONFIG, Manifest, TOKENIZER, WEIGHTS};
use super::precision::Precision;
use super::windows::Windows;

/// SHA-256 over everything that shapes a vector: network, weights, tokeniser, pooling, normalisation, prompts, longest
/// input and the treatment of longer texts. If the precision is not f32, `+` and its name follow.
///
/// The model's name is not included: a renamed copy gives the same vectors.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

/// The character between the digits and the precision.
const PRECISION: char = '+';

impl Fingerprint {
    /// The fingerprint of `manifest` with inputs truncated to `max_seq_length` tokens, in f32.
    #[must_use]
    pub fn of(manifest: &Manifest, max_seq_length: usize) -> Self {
        let sha = |path: &str| manifest.file(path).map_or("", |file| file.sha256.as_str());
        // Dense layers are included only if there are any, so that other models keep the fingerprints of older versions.
        let dense = manifest
            .dense
            .iter()
            .map(|layer| format!("dense {} {} {}\n", sha(&layer.weights), layer.bias, layer.activation.as_str()));
        // Debug form of the prompts: quotes and escapes keep a line break inside a prompt from looking like a field.
        Fingerprint(sha256_text(&format!(
            "semsearch fingerprint 1\nfamily {}\nconfig {}\nweights {}\ntokeniser {}\npooling {}\nnormalise {}\n\
             query_prefix {:?}\npassage_prefix {:?}\nmax_tokens {max_seq_length}\n{}",
            manifest.family,
            sha(CONFIG),
            sha(WEIGHTS),
            sha(TOKENIZER),
            manifest.pooling.as_str(),
            manifest.normalise,
            manifest.query_prompt,
            manifest.passage_prompt,
            dense.collect::<String>(),
        )))
    }

    /// The fingerprint of an encoder that this crate does not provide.
    ///
    /// `name` stands for everything that shapes a vector: an encoder that makes other vectors of the same `dimension`
    /// needs another name.
    #[must_use]
    pub fn custom(name: &str, dimension: usize) -> Self {
        Fingerprint(sha256_text(&format!("semsearch custom fingerprint 1\nname {name:?}\ndimension {dimension}\n")))
    }

    /// The fingerprint with long texts treated as `windows` says. [`Windows::First`] is the default and changes nothing.
    #[must_use]
    pub fn with_windows(self, windows: Windows) -> Self {
        match windows {
            Windows::First => self,
            Windows::Mean => Fingerprint(sha256_text(&format!("{}\nwindows {windows}\n", self.0))),
        }
    }

    /// The fingerprint of the same vectors computed in `precision`. Has to be applied last.
    #[must_use]
    pub fn in_precision(self, precision: Precision) -> Self {
        match precision {
            Precision::F32 => self,
            other => Fingerprint(format!("{}{PRECISION}{other}", self.0)),
        }
    }

    /// The fingerprint of the same vectors with only their first `dimension` numbers kept.
    #[must_use]
    pub fn shortened(&self, dimension: usize) -> Self {
        Fingerprint(sha256_text(&format!("{}\ndimension {dimension}\n", self.0)))
    }

    /// The whole fingerprint: 64 hex digits, and the precision if it is not f32.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits. Vectors with equal digits can be compared.
    #[must_use]
    pub fn space(&self) -> &str {
        Self::space_of(&self.0)
    }

    /// The digits of a fingerprint in text form.
    #[must_use]
    pub fn space_of(text: &str) -> &str {
        text.split(PRECISION).next().unwrap_or(text)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", &self.0[..12])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{DenseActivation, DenseLayer, Pooling, bundled};

    #[test]
    fn whatever_changes_a_vector_changes_the_fingerprint_and_a_name_does_not() {
        let manifest = bundled().remove(0);
        let original = Fingerprint::of(&manifest, 256);
        let changed = |change: &dyn Fn(&mut Manifest)| {
            let mut copy = manifest.clone();
            change(&mut copy);
            Fingerprint::of(&copy, 256)
        };
        assert_eq!(original, changed(&|copy| copy.name = "other".into()));
        assert_ne!(original, Fingerprint::of(&manifest, 128));
        assert_eq!(original, original.clone().with_windows(Windows::First));
        assert_ne!(original, original.clone().with_windows(Windows::Mean));
        assert_ne!(original, changed(&|copy| copy.pooling = Pooling::Cls));
        assert_ne!(original, changed(&|copy| copy.normalise = false));
        assert_ne!(original, changed(&|copy| copy.query_prompt = "query: ".into()));
        assert_ne!(original, changed(&|copy| copy.passage_prompt = "query: ".into()));
        assert_ne!(original, original.shortened(128));
        assert_ne!(original.shortened(64), original.shortened(128));
        let layer = |activation| DenseLayer {
            weights: "2_Dense/model.safetensors".into(),
            inputs: 384,
            outputs: 384,
            bias: true,
            activation,
        };
        let dense = |activation| changed(&|copy| copy.dense = vec![layer(activation)]);
        assert_ne!(original, dense(DenseActivation::Tanh));
        assert_ne!(dense(DenseActivation::Identity), dense(DenseActivation::Tanh));
        for index in 0..3 {
            assert_ne!(original, changed(&|copy| copy.files[index].sha256 = "0".repeat(64)));
        }
    }
    #[test]
    fn precision_tells_fingerprints_apart_but_not_spaces() {
        let manifest = bundled().remove(0);
        let full = Fingerprint::of(&manifest, 256);
        let rounded = full.clone().in_precision(Precision::Int8);
        assert_ne!(full, rounded);
        assert_eq!(full.space(), rounded.space());
        assert_eq!((full.as_str(), full.as_str().len()), (full.space(), 64));
        assert_eq!(Fingerprint::space_of(&rounded.to_string()), full.space());
        assert_ne!(full.space(), Fingerprint::of(&manifest, 128).in_precision(Precision::Int8).space());
    }
}

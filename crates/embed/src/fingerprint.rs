//! The identity of a model as far as its vectors are concerned.
//!
//! Vectors of two models cannot be compared, not even of two models of equal dimension, and the result of trying looks
//! like a bad search, not like an error. So every index stores the fingerprint of what made its vectors, and a query
//! made by anything else is refused.

use std::fmt;

use crate::checksum::sha256_text;
use crate::manifest::{CONFIG, Manifest, TOKENIZER, WEIGHTS};

/// SHA-256 over everything that shapes a vector: network, weights, tokeniser, pooling, normalisation, prefixes and
/// longest input. The model's name is no part of it: a renamed copy gives the same vectors.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `manifest` with inputs cut at `max_tokens`.
    #[must_use]
    pub fn of(manifest: &Manifest, max_tokens: usize) -> Self {
        let sha = |path: &str| manifest.file(path).map_or("", |file| file.sha256.as_str());
        // Dense layers are told only where there are some: fingerprints of models without are what they were before.
        let dense = manifest
            .dense
            .iter()
            .map(|layer| format!("dense {} {} {}\n", sha(&layer.weights), layer.bias, layer.activation.as_str()));
        // Debug form of the prefixes: quotes and escapes keep a line break inside one from looking like a field.
        Fingerprint(sha256_text(&format!(
            "semsearch fingerprint 1\nfamily {}\nconfig {}\nweights {}\ntokeniser {}\npooling {}\nnormalise {}\n\
             query_prefix {:?}\npassage_prefix {:?}\nmax_tokens {max_tokens}\n{}",
            manifest.family,
            sha(CONFIG),
            sha(WEIGHTS),
            sha(TOKENIZER),
            manifest.pooling.as_str(),
            manifest.normalise,
            manifest.query_prefix,
            manifest.passage_prefix,
            dense.collect::<String>(),
        )))
    }

    /// The fingerprint of the same vectors with only their first `dimension` numbers kept.
    #[must_use]
    pub fn shortened(&self, dimension: usize) -> Self {
        Fingerprint(sha256_text(&format!("{}\ndimension {dimension}\n", self.0)))
    }

    /// All 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
    use crate::dense::{DenseActivation, DenseLayer};
    use crate::manifest::bundled;
    use crate::pooling::Pooling;

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
        assert_ne!(original, changed(&|copy| copy.pooling = Pooling::Cls));
        assert_ne!(original, changed(&|copy| copy.normalise = false));
        assert_ne!(original, changed(&|copy| copy.query_prefix = "query: ".into()));
        assert_ne!(original, changed(&|copy| copy.passage_prefix = "query: ".into()));
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
}

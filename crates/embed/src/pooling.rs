//! From one vector per token to one vector per text.

use serde::{Deserialize, Serialize};

/// How the token vectors of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens, special tokens included (Reimers and Gurevych, 2019).
    Mean,
    /// The vector of the first token, `[CLS]`.
    Cls,
}

impl Pooling {
    /// The name used in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
        }
    }

    /// Writes the pooled vector of one text into `out`.
    ///
    /// `tokens` holds the token vectors one after another, each as long as `out`; padding is not among them.
    ///
    /// # Panics
    /// If there is no token, or the last one is incomplete: the tokeniser always emits at least `[CLS]`.
    pub fn pool(self, tokens: &[f32], out: &mut [f32]) {
        let dim = out.len();
        assert!(!tokens.is_empty() && tokens.len().is_multiple_of(dim), "whole token vectors, at least one");
        match self {
            Pooling::Cls => out.copy_from_slice(&tokens[..dim]),
            Pooling::Mean => {
                out.fill(0.0);
                for token in tokens.chunks_exact(dim) {
                    for (sum, value) in out.iter_mut().zip(token) {
                        *sum += value;
                    }
                }
                let scale = dim as f32 / tokens.len() as f32;
                out.iter_mut().for_each(|sum| *sum *= scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_averages_every_token_and_cls_takes_the_first() {
        let tokens = [1.0, 2.0, 3.0, 6.0, 5.0, 1.0];
        let mut out = [0.0; 2];
        Pooling::Mean.pool(&tokens, &mut out);
        assert_eq!(out, [3.0, 3.0]);
        Pooling::Cls.pool(&tokens, &mut out);
        assert_eq!(out, [1.0, 2.0]);
    }
}

//! From one vector per token to one vector per text.

use serde::{Deserialize, Serialize};

/// How the token vectors of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pooling {
    /// The mean over all tokens, special tokens included (Reimers and Gurevych, 2019).
    Mean,
    /// The vector of the first token, `[CLS]`.
    Cls,
    /// The largest of each number over all tokens.
    Max,
    /// The vector of the last token. In networks whose tokens attend only to earlier tokens, no other token has seen the
    /// whole text.
    LastToken,
    /// The mean with each token weighted by its place, the first being 1 (Muennighoff, 2022).
    WeightedMean,
    /// The sum divided by the square root of the number of tokens.
    MeanSqrtLen,
}

impl Pooling {
    /// Every mode.
    #[cfg(test)]
    pub(crate) const ALL: [Pooling; 6] =
        [Pooling::Mean, Pooling::Cls, Pooling::Max, Pooling::LastToken, Pooling::WeightedMean, Pooling::MeanSqrtLen];

    /// The name used in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
            Pooling::Max => "max",
            Pooling::LastToken => "last_token",
            Pooling::WeightedMean => "weighted_mean",
            Pooling::MeanSqrtLen => "mean_sqrt_len",
        }
    }

    /// Writes the weight of each token of a text into `weights`: the pooled vector is the sum of the token vectors, each
    /// times its weight. [`Pooling::Max`] cannot be written as such a sum and leaves zeros.
    pub(crate) fn weigh(self, weights: &mut [f32]) {
        let count = weights.len();
        match self {
            Pooling::Mean => weights.fill(1.0 / count as f32),
            Pooling::MeanSqrtLen => weights.fill(1.0 / (count as f32).sqrt()),
            Pooling::WeightedMean => {
                let total = (count * (count + 1) / 2) as f32;
                weights.iter_mut().zip(1..).for_each(|(weight, place)| *weight = place as f32 / total);
            }
            Pooling::Cls | Pooling::LastToken | Pooling::Max => {
                weights.fill(0.0);
                let chosen = match self {
                    Pooling::Cls => weights.first_mut(),
                    Pooling::LastToken => weights.last_mut(),
                    _ => None,
                };
                chosen.into_iter().for_each(|weight| *weight = 1.0);
            }
        }
    }

    /// Writes the pooled vector of one text into `out`.
    ///
    /// `tokens` holds the token vectors one after another, each as long as `out`; padding is not among them.
    ///
    /// # Panics
    /// If `tokens` is empty or ends within a vector. The tokeniser always emits at least `[CLS]`.
    pub fn pool(self, tokens: &[f32], out: &mut [f32]) {
        let dim = out.len();
        assert!(!tokens.is_empty() && tokens.len().is_multiple_of(dim), "whole token vectors, at least one");
        match self {
            Pooling::Cls => out.copy_from_slice(&tokens[..dim]),
            Pooling::LastToken => out.copy_from_slice(&tokens[tokens.len() - dim..]),
            Pooling::Max => {
                out.fill(f32::NEG_INFINITY);
                for token in tokens.chunks_exact(dim) {
                    out.iter_mut().zip(token).for_each(|(most, value)| *most = most.max(*value));
                }
            }
            Pooling::WeightedMean => {
                let mut weights = vec![0.0; tokens.len() / dim];
                self.weigh(&mut weights);
                out.fill(0.0);
                for (token, weight) in tokens.chunks_exact(dim).zip(weights) {
                    out.iter_mut().zip(token).for_each(|(sum, value)| *sum += weight * value);
                }
            }
            Pooling::Mean | Pooling::MeanSqrtLen => {
                out.fill(0.0);
                for token in tokens.chunks_exact(dim) {
                    for (sum, value) in out.iter_mut().zip(token) {
                        *sum += value;
                    }
                }
                let mean = dim as f32 / tokens.len() as f32;
                let scale = if self == Pooling::Mean { mean } else { mean.sqrt() };
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

    fn pooled(pooling: Pooling, tokens: &[f32]) -> [f32; 2] {
        let mut out = [9.0; 2];
        pooling.pool(tokens, &mut out);
        out
    }

    #[test]
    fn each_mode_does_what_its_name_says() {
        let tokens = [1.0, -2.0, 3.0, -6.0, 5.0, -1.0, 7.0, -4.0];
        assert_eq!(pooled(Pooling::Max, &tokens), [7.0, -1.0]);
        assert_eq!(pooled(Pooling::LastToken, &tokens), [7.0, -4.0]);
        assert_eq!(pooled(Pooling::MeanSqrtLen, &tokens), [8.0, -6.5]);
        // (1·1 + 2·3 + 3·5 + 4·7) / 10 and (1·2 + 2·6 + 3·1 + 4·4) / -10
        let [first, second] = pooled(Pooling::WeightedMean, &tokens);
        assert!((first - 5.0).abs() < 1e-6 && (second + 3.3).abs() < 1e-6, "{first} {second}");
    }

    #[test]
    fn weights_give_the_same_vector_as_pooling() {
        let tokens: Vec<f32> = (0..26).map(|number| ((number * 37) % 11) as f32 - 5.0).collect();
        for pooling in Pooling::ALL.into_iter().filter(|&pooling| pooling != Pooling::Max) {
            let mut weights = [3.0; 13];
            pooling.weigh(&mut weights);
            let expected = pooled(pooling, &tokens);
            for (number, expected) in expected.into_iter().enumerate() {
                let sum: f32 = tokens.chunks_exact(2).zip(weights).map(|(token, weight)| weight * token[number]).sum();
                assert!((sum - expected).abs() < 1e-5, "{pooling:?}: {sum}, expected {expected}");
            }
        }
    }
}

//! An encoder without a model: the vector of a word is drawn from its hash, and the vector of a text is the sum of its words.

use std::sync::Arc;

use semsearch_embed::{Batch, EncodeError, Encoder, ModelInfo, TextKind, Tokens};
use semsearch_testing::Random;
use semsearch_vector::{Matrix, normalise};

/// Numbers in a vector.
pub const DIMENSION: usize = 32;
/// The greatest number of words that are read of a text.
const MAX_TOKENS: usize = 64;
/// A token before the words of every text, since a text must have at least one token. Its vector is zero.
const BEGIN: u32 = 0;

/// A bag of hashed words.
#[derive(Clone)]
pub struct Words {
    model: ModelInfo,
    salt: u64,
}

impl Words {
    /// Model number `number`. Different models have different fingerprints, and their vectors cannot be compared.
    #[must_use]
    pub fn model(number: u64) -> Self {
        let model = ModelInfo::new(&format!("words-{number}"), DIMENSION).with_max_seq_length(MAX_TOKENS);
        Words { model, salt: number }
    }

    /// The vector of a text, of length 1.
    #[must_use]
    pub fn vector(&self, text: &str) -> Vec<f32> {
        self.of_tokens(&tokens(text).ids)
    }

    fn of_tokens(&self, ids: &[u32]) -> Vec<f32> {
        let mut sum = vec![0.0; DIMENSION];
        for &id in ids.iter().filter(|&&id| id != BEGIN) {
            let mut random = Random::part(self.salt, u64::from(id));
            sum.iter_mut().for_each(|number| *number += random.float());
        }
        normalise(&mut sum);
        sum
    }
}

fn tokens(text: &str) -> Tokens {
    let hash = |word: &str| {
        let hash = blake3::hash(word.as_bytes());
        let [one, two, three, four, ..] = *hash.as_bytes();
        u32::from_le_bytes([one, two, three, four]).max(1)
    };
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut ids: Vec<u32> = std::iter::once(BEGIN).chain(words.map(hash)).collect();
    let truncated = ids.len() > MAX_TOKENS;
    ids.truncate(MAX_TOKENS);
    Tokens::new(ids, truncated)
}

impl Encoder for Words {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn tokenise(&self, text: &str, _kind: TextKind) -> Result<Tokens, EncodeError> {
        Ok(tokens(text))
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let mut rows = Matrix::new(DIMENSION);
        batch.sequences().for_each(|ids| rows.push(&self.of_tokens(ids)));
        Ok(rows)
    }
}

/// The two models that collections are switched between.
pub struct Models([Arc<Words>; 2]);

impl Default for Models {
    fn default() -> Self {
        Self::new()
    }
}

impl Models {
    /// Both models.
    #[must_use]
    pub fn new() -> Self {
        Models([Arc::new(Words::model(1)), Arc::new(Words::model(2))])
    }

    /// One of the two models.
    #[must_use]
    pub fn of(&self, which: Which) -> &Arc<Words> {
        let [first, second] = &self.0;
        if which == Which::First { first } else { second }
    }

    /// The model with this fingerprint.
    #[must_use]
    pub fn by_fingerprint(&self, fingerprint: &str) -> Option<Which> {
        let is = |which: &Which| self.of(*which).fingerprint().as_str() == fingerprint;
        [Which::First, Which::Second].into_iter().find(is)
    }
}

/// One of two models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The model that collections begin with.
    #[default]
    First,
    /// The other model.
    Second,
}

impl Which {
    /// The other one of the two models.
    #[must_use]
    pub fn other(self) -> Self {
        if self == Which::First { Which::Second } else { Which::First }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_common_words_are_near_and_models_differ() {
        let (one, two) = (Words::model(1), Words::model(2));
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let text = one.vector("waves move the sea");
        assert!(dot(&text, &one.vector("waves move the sand")) > 0.4);
        assert!(dot(&text, &one.vector("prices of bread")) < 0.6);
        assert_ne!(text, two.vector("waves move the sea"));
        assert_ne!(one.fingerprint(), two.fingerprint());
        assert_eq!(one.encode(&["waves move the sea"], TextKind::Passage).unwrap().vectors.row(0), text);
    }
}

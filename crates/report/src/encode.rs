//! `encode`.

use serde::{Deserialize, Serialize};

/// A text and its vector: one line of `encode`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EncodedText {
    /// The text.
    pub text: String,
    /// Its vector.
    pub embedding: Vec<f32>,
    /// How many tokens the encoder read of the text.
    pub tokens: u64,
    /// `true` if the text is longer than the model reads, so that its end is not in the vector. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

impl EncodedText {
    /// A text, its vector and its number of tokens.
    #[must_use]
    pub fn new(text: &str, embedding: &[f32], tokens: usize) -> Self {
        EncodedText { text: text.to_owned(), embedding: embedding.to_vec(), tokens: tokens as u64, truncated: false }
    }

    /// The same, saying whether the text is longer than the model reads.
    #[must_use]
    pub fn with_truncated(self, truncated: bool) -> Self {
        EncodedText { truncated, ..self }
    }
}

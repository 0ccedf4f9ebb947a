//! From text to token ids.
//!
//! The tokeniser file of a model often carries limits of its own: that of all-MiniLM-L6-v2 cuts at 128 tokens and pads
//! to 128, where the model was made for 256. Loading it as it is loses 60 % of a typical abstract without a word. So
//! both settings are always replaced: truncation by the limit we were given, padding by none at all. A [`Batch`] is
//! ragged; whoever needs a rectangle pads it there.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

/// Token ids of several texts, one after another, without padding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    ids: Vec<u32>,
    ends: Vec<usize>,
}

impl Batch {
    /// Appends the tokens of one text.
    pub fn push(&mut self, tokens: &[u32]) {
        self.ids.extend_from_slice(tokens);
        self.ends.push(self.ids.len());
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The tokens of text `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Batch::len`].
    #[must_use]
    pub fn sequence(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.ids[start..self.ends[index]]
    }

    /// The tokens of each text in turn.
    pub fn sequences(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|index| self.sequence(index))
    }

    /// Tokens in the longest text; 0 when there is no text.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.sequences().map(<[u32]>::len).max().unwrap_or(0)
    }
}

/// The tokens of one text and whether they are all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// Whether the text was longer than the limit and lost its end.
    pub cut: bool,
}

/// Why a tokeniser could not be loaded or a text not be split.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokeniseError {
    /// `tokenizer.json` cannot be used.
    #[error("{path}: not a usable tokeniser: {problem}")]
    Load {
        /// The tokeniser's file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The tokeniser failed on a text.
    #[error("cannot split a text of {bytes} bytes into tokens: {problem}")]
    Text {
        /// Length of the text.
        bytes: usize,
        /// What the tokeniser said.
        problem: String,
    },
}

/// A loaded `tokenizer.json` with our own limit.
#[derive(Debug)]
pub(crate) struct Tokeniser {
    inner: Tokenizer,
}

impl Tokeniser {
    /// Loads `path` and sets the longest input to `max_tokens`, special tokens included.
    ///
    /// # Errors
    /// [`TokeniseError::Load`] if the file is no tokeniser, knows more tokens than the `vocabulary` rows of the
    /// model's table, or adds so many special tokens that no word fits.
    pub(crate) fn load(path: &Path, max_tokens: usize, vocabulary: usize) -> Result<Self, TokeniseError> {
        let refuse = |problem: String| TokeniseError::Load { path: path.to_owned(), problem };
        let (mut inner, around) = read(path).map_err(refuse)?;
        let special = around.len();
        if special == 0 {
            return Err(refuse("it adds no special tokens, expected [CLS] and [SEP] around a text".to_owned()));
        }
        if special >= max_tokens {
            return Err(refuse(format!("it adds {special} special tokens, the limit is {max_tokens} in all")));
        }
        let ids = inner.get_vocab(true).into_values().chain(around);
        if let Some(largest) = ids.max().filter(|&id| id as usize >= vocabulary) {
            return Err(refuse(format!("it has token ids up to {largest}, the model's table has {vocabulary} rows")));
        }
        let truncation = TruncationParams {
            max_length: max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        inner.with_truncation(Some(truncation)).map_err(|error| refuse(error.to_string()))?;
        Ok(Tokeniser { inner })
    }

    /// Splits one text.
    ///
    /// # Errors
    /// [`TokeniseError::Text`] if the tokeniser fails.
    pub(crate) fn split(&self, text: &str) -> Result<Tokens, TokeniseError> {
        let encoding = self
            .inner
            .encode_fast(text, true)
            .map_err(|error| TokeniseError::Text { bytes: text.len(), problem: error.to_string() })?;
        Ok(Tokens { ids: encoding.get_ids().to_vec(), cut: !encoding.get_overflowing().is_empty() })
    }
}

/// A tokeniser without limits, and the special tokens that it puts around every text.
///
/// The `tokenizers` crate (0.23) panics on some files: where a decoder is not JSON, a precompiled normaliser is none,
/// or a template names a special token that is not defined. A file somebody brings must not do that to us, so the text
/// is looked at first, for a message with its line, and what panics nevertheless is refused.
fn read(path: &Path) -> Result<(Tokenizer, Vec<u32>), String> {
    parse(&std::fs::read_to_string(path).map_err(|error| error.to_string())?)
}

/// The same from the file's text.
pub(crate) fn parse(text: &str) -> Result<(Tokenizer, Vec<u32>), String> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    let parse = || -> tokenizers::Result<(Tokenizer, Vec<u32>)> {
        let mut inner: Tokenizer = text.parse()?;
        inner.with_padding(None);
        inner.with_truncation(None)?;
        let around = inner.encode_fast("", true)?;
        let around = around.get_ids().to_vec();
        Ok((inner, around))
    };
    match catch_unwind(parse) {
        Ok(parsed) => parsed.map_err(|error| error.to_string()),
        Err(_) => Err("the `tokenizers` crate cannot run what it describes".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_the_sequences_it_was_given() {
        let mut batch = Batch::default();
        let sequences: [&[u32]; 3] = [&[1, 2, 3], &[], &[4]];
        for sequence in sequences {
            batch.push(sequence);
        }
        assert_eq!(batch.sequences().collect::<Vec<_>>(), sequences);
        assert_eq!((batch.len(), batch.longest()), (3, 3));
        assert_eq!(Batch::default().longest(), 0);
    }
}

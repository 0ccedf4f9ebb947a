//! Splitting a text for a static model: no special tokens around it, unknown pieces left out.
//!
//! The limit counts tokens before unknown ones are left out, as Model2Vec has it. Model2Vec also cuts a text by characters
//! before it is split, at the limit times the median token's length, to save time; a text of long words
//! loses its end by that, and it is not done here.

use std::path::Path;

use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use crate::tokenise::{TokeniseError, Tokens, parse};

/// A tokeniser that gives the tokens of the text alone.
#[derive(Debug)]
pub(crate) struct BareTokeniser {
    inner: Tokenizer,
    unknown: Option<u32>,
    max_tokens: usize,
}

impl BareTokeniser {
    /// Reads `text`, the contents of the file `path`, and sets the longest input to `max_tokens`.
    ///
    /// # Errors
    /// [`TokeniseError::Load`] if the text is no tokeniser, or knows more tokens than the table's `vocabulary`.
    pub(crate) fn read(text: &[u8], path: &Path, max_tokens: usize, vocabulary: usize) -> Result<Self, TokeniseError> {
        let refuse = |problem: String| TokeniseError::Load { path: path.to_owned(), problem };
        let text = std::str::from_utf8(text).map_err(|error| refuse(error.to_string()))?;
        let (mut inner, _) = parse(text).map_err(refuse)?;
        if let Some(largest) = inner.get_vocab(true).into_values().max().filter(|&id| id as usize >= vocabulary) {
            return Err(refuse(format!("it has token ids up to {largest}, the model's table has {vocabulary} tokens")));
        }
        let truncation = TruncationParams {
            // One more than is kept: the `tokenizers` crate (0.23) stops reading at the first word that reaches the limit
            // and does not say whether there was another.
            max_length: max_tokens + 1,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        inner.with_truncation(Some(truncation)).map_err(|error| refuse(error.to_string()))?;
        let unknown = unknown_token(text, &inner);
        Ok(BareTokeniser { inner, unknown, max_tokens })
    }

    /// The token that stands for pieces without one, if there is such a token.
    pub(crate) fn unknown(&self) -> Option<u32> {
        self.unknown
    }

    /// Splits one text. A text in which nothing is known has no tokens.
    ///
    /// # Errors
    /// [`TokeniseError::Text`] if the tokeniser fails.
    pub(crate) fn split(&self, text: &str) -> Result<Tokens, TokeniseError> {
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|error| TokeniseError::Text { bytes: text.len(), problem: error.to_string() })?;
        let ids = encoding.get_ids();
        let kept = &ids[..ids.len().min(self.max_tokens)];
        let known = kept.iter().copied().filter(|&id| Some(id) != self.unknown);
        Ok(Tokens { ids: known.collect(), cut: ids.len() > kept.len() })
    }
}

/// What `tokenizer.json` calls unknown: by name, or by number in a unigram model.
fn unknown_token(text: &str, inner: &Tokenizer) -> Option<u32> {
    #[derive(Deserialize)]
    struct File {
        model: Model,
    }
    #[derive(Deserialize)]
    struct Model {
        unk_token: Option<String>,
        unk_id: Option<u32>,
    }
    let Model { unk_token, unk_id } = serde_json::from_str::<File>(text).ok()?.model;
    unk_token.and_then(|token| inner.token_to_id(&token)).or(unk_id)
}

//! The `tokenizers` crate, for every tokeniser that is not BERT's.
//!
//! The crate gives the token ids of a text. Special tokens and truncation are code of our own, so that all tokenisers
//! truncate alike.

use std::panic::catch_unwind;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tokenizers::Tokenizer;

use super::packed::Around;

/// A tokeniser of the `tokenizers` crate, without limits.
#[derive(Debug)]
pub(super) struct Stock {
    inner: Tokenizer,
    unknown: Option<u32>,
}

impl Stock {
    /// Reads the text of a `tokenizer.json`, and the special tokens it puts around every text.
    ///
    /// The `tokenizers` crate (0.23) panics on some files: if a decoder is not JSON, a precompiled normaliser is invalid,
    /// or a template names an undefined special token. A file must not end the program. So the text is parsed as JSON
    /// first, for a message with its line, and a panic becomes an error.
    ///
    /// # Errors
    /// A message if the crate cannot use the file.
    pub(super) fn read(text: &str) -> Result<(Self, Around), String> {
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
        let parse = || -> tokenizers::Result<(Self, Around)> {
            let mut inner: Tokenizer = text.parse()?;
            inner.with_padding(None);
            inner.with_truncation(None)?;
            let around = around(&inner)?;
            let unknown = unknown(text, &inner);
            Ok((Stock { inner, unknown }, around))
        };
        match catch_unwind(parse) {
            Ok(parsed) => parsed.map_err(|error| error.to_string()),
            Err(_) => Err("the `tokenizers` crate cannot run what it describes".to_owned()),
        }
    }

    /// The token that stands for unknown pieces, if the model names one.
    pub(super) fn unknown(&self) -> Option<u32> {
        self.unknown
    }

    /// The largest id in its vocabulary.
    pub(super) fn largest_id(&self) -> Option<u32> {
        self.inner.get_vocab(true).into_values().max()
    }

    /// Appends at most `most` tokens of `text` to `ids`; returns whether there were more.
    ///
    /// # Errors
    /// The message of the `tokenizers` crate.
    pub(super) fn append(&self, text: &str, most: usize, ids: &mut Vec<u32>) -> Result<bool, String> {
        let encoding = self.inner.encode_fast(text, false).map_err(|error| error.to_string())?;
        let all = encoding.get_ids();
        ids.extend_from_slice(&all[..all.len().min(most)]);
        Ok(all.len() > most)
    }
}

/// The file's unknown token: given by name, or by number in a unigram model.
fn unknown(text: &str, inner: &Tokenizer) -> Option<u32> {
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

/// The special tokens before and after every text, found by tokenising a short text.
fn around(inner: &Tokenizer) -> tokenizers::Result<Around> {
    let special = inner.encode_fast("", true)?;
    if special.get_ids().is_empty() {
        return Ok(Around::default());
    }
    for text in ["a", "1", "."] {
        let whole = inner.encode(text, true)?;
        let mask = whole.get_special_tokens_mask();
        if let (Some(first), Some(last)) = (mask.iter().position(|&s| s == 0), mask.iter().rposition(|&s| s == 0)) {
            return Ok((whole.get_ids()[..first].to_vec(), whole.get_ids()[last + 1..].to_vec()));
        }
    }
    Err("cannot tell which special tokens stand before a text: `a`, `1` and `.` have no tokens".into())
}

//! A stand-in for the `tokenizers` crate in builds without the feature `tokenizers`, which refuses every file.

use super::packed::Around;

/// A type without values, since [`Stock::read`] always fails.
#[derive(Debug)]
pub(super) enum Stock {}

impl Stock {
    /// Refuses every file.
    ///
    /// # Errors
    /// Always: the feature is switched off.
    pub(super) fn read(_text: &str) -> Result<(Self, Around), String> {
        Err("it is not BERT's, and the feature `tokenizers` of semsearch-embed is switched off in this build"
            .to_owned())
    }

    /// The token that stands for unknown pieces.
    pub(super) fn unknown(&self) -> Option<u32> {
        match *self {}
    }

    /// The largest id in the vocabulary.
    pub(super) fn largest_id(&self) -> Option<u32> {
        match *self {}
    }

    /// Appends the tokens of a text.
    pub(super) fn append(&self, _text: &str, _most: usize, _ids: &mut Vec<u32>) -> Result<bool, String> {
        match *self {}
    }
}

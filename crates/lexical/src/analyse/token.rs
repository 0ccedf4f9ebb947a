//! One word of a text.

use std::ops::Range;

/// One word of a text, as it is compared with other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// The word without accents, in lower case.
    pub word: &'a str,
    /// Where it stands in the text that was given.
    pub bytes: Range<usize>,
    /// Whether it is a word of the text, or several of them written together.
    pub kind: TokenKind,
}

/// Whether a token is a word of the text, or several of them written together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word of the text.
    Word,
    /// A compound written together, beside the words it is made of: `gpt4` beside `gpt` and `4`. It is no part of the
    /// sequence of words, nor does it count towards the length of the text.
    Joined,
}

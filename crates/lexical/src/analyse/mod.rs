//! From text to words: what is a word, how it is written, and what it is reduced to.
//!
//! Papers and queries go through the same door, so that what is written in one way in a paper is found by all the other
//! ways in which people type it. `docs/words.md` lists the rules with examples.

mod compound;
mod fold;
mod latex;
mod link;
mod stem;
mod stop_words;
mod token;
mod tokens;

#[cfg(test)]
mod tests;

pub use self::stem::stem;
pub use self::stop_words::is_stop_word;
pub use self::token::{Token, TokenKind};
pub use self::tokens::for_each_token;

//! A text, word by word.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::token::{Token, TokenKind};

/// Calls `visit` with each word of the text, from left to right.
pub fn for_each_token(text: &str, visit: &mut dyn FnMut(Token<'_>)) {
    let mut word = String::new();
    let mut start = 0;
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        if letter.is_alphanumeric() {
            if word.is_empty() {
                start = at;
            }
            end = at + letter.len_utf8();
            word.extend(letter.nfkd().filter(|&part| !is_combining_mark(part)).flat_map(char::to_lowercase));
        } else if !is_combining_mark(letter) && !word.is_empty() {
            visit(Token { word: &word, bytes: start..end, kind: TokenKind::Word });
            word.clear();
        }
    }
    if !word.is_empty() {
        visit(Token { word: &word, bytes: start..end, kind: TokenKind::Word });
    }
}

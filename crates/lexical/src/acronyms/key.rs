//! When two long forms are the same.

use crate::analyse::{TokenKind, for_each_token, is_stop_word, stem};

/// The stems of a text, without stop words: "Graph Neural Networks" and "graph-neural network" have the same.
pub(super) fn stems(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    for_each_token(text, &mut |token| {
        if token.kind == TokenKind::Word && !is_stop_word(token.word) {
            stems.push(stem(token.word).into_owned());
        }
    });
    stems
}

//! When two long forms are the same.

use std::collections::HashMap;

use crate::analyse::{TokenKind, for_each_token, is_stop_word, stem};

/// The stems of a text, without stop words.
pub(super) fn stems(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    for_each_token(text, &mut |token| {
        if token.kind == TokenKind::Word && !is_stop_word(token.word) {
            stems.push(stem(token.word).into_owned());
        }
    });
    stems
}

/// The stems of an acronym: `GPT-4` is `gpt4`, if it is written together anywhere.
pub(super) fn acronym_stems(acronym: &str) -> Vec<String> {
    let mut joined = None;
    for_each_token(acronym, &mut |token| {
        let whole = token.kind == TokenKind::Joined && token.bytes == (0..acronym.len());
        joined = joined.take().or_else(|| whole.then(|| stem(token.word).into_owned()));
    });
    joined.map_or_else(|| stems(acronym), |joined| vec![joined])
}

/// Keys of many long forms that have their words in common. Each word is stemmed once: that is most of the time it
/// takes.
#[derive(Default)]
pub(super) struct Keys {
    stems: HashMap<String, String>,
}

impl Keys {
    /// What is equal for two spellings of one long form, and the number of words in it: its stems, without the stop
    /// words inside, a space between any two. A stop word at the start counts, since "in-distribution" is more than
    /// "distribution".
    pub(super) fn of(&mut self, long_form: &str) -> (String, usize) {
        let mut key = String::with_capacity(long_form.len());
        let mut count = 0;
        for_each_token(long_form, &mut |token| {
            if token.kind != TokenKind::Word || count > 0 && is_stop_word(token.word) {
                return;
            }
            if count > 0 {
                key.push(' ');
            }
            count += 1;
            match self.stems.get(token.word) {
                Some(known) => key.push_str(known),
                None => {
                    let stem = stem(token.word).into_owned();
                    key.push_str(&stem);
                    self.stems.insert(token.word.to_owned(), stem);
                }
            }
        });
        (key, count)
    }
}

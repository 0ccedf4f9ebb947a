//! Words that are written together, as they are read: each is passed on, and what they make together after them.

use std::ops::Range;

use super::fold::{is_greek, spell_greek};
use super::token::{Token, TokenKind};

/// A word of more bytes is passed on in pieces of at most this many.
pub(super) const LONGEST_WORD: usize = 64;

/// A compound of more words has no form written together.
const MOST_PARTS: usize = 3;

/// A compound of more letters has no form written together.
const MOST_LETTERS: usize = 24;

/// The compound that is being read.
///
/// Words may be linked by hyphens and their like, and more tightly by subscripts: `$\ell_1$-norm` is `l`, `1` and
/// together `l1`, `norm` and together `l1norm`.
#[derive(Default)]
pub(super) struct Compound {
    /// The word that is being read, and where it stands.
    word: String,
    bytes: Range<usize>,
    has_greek: bool,
    /// The words since the last hyphen.
    group: Joining,
    /// Whether one of the links in the group is a subscript, which counts only beside a number: `x_i` is not `xi`.
    needs_digit: bool,
    /// All of it.
    whole: Joining,
    spelt: String,
}

/// Words that are put together.
#[derive(Default)]
struct Joining {
    text: String,
    bytes: Range<usize>,
    parts: usize,
    too_long: bool,
}

impl Joining {
    fn push(&mut self, text: &str, bytes: Range<usize>) {
        if self.parts == 0 {
            self.bytes.start = bytes.start;
        }
        self.bytes.end = bytes.end;
        self.parts += 1;
        // What is too long is not kept, so that a text without spaces costs no memory.
        if self.text.len() + text.len() > MOST_LETTERS * 4 {
            self.too_long = true;
        } else {
            self.text.push_str(text);
        }
    }

    fn is_compound(&self) -> bool {
        (2..=MOST_PARTS).contains(&self.parts)
            && !self.too_long
            && self.text.chars().any(char::is_alphabetic)
            && self.text.chars().count() <= MOST_LETTERS
    }

    fn clear(&mut self) {
        self.text.clear();
        self.parts = 0;
        self.too_long = false;
    }
}

impl Compound {
    /// The word as it has been read so far.
    pub(super) fn word(&self) -> &str {
        &self.word
    }

    /// Appends what is written at `bytes` to the word.
    pub(super) fn push(&mut self, letters: &str, bytes: Range<usize>, visit: &mut dyn FnMut(Token<'_>)) {
        for letter in letters.chars() {
            if self.word.len() + letter.len_utf8() > LONGEST_WORD {
                self.end_word(visit);
                self.group.too_long = true;
            }
            if self.word.is_empty() {
                self.bytes.start = bytes.start;
            }
            self.has_greek |= is_greek(letter);
            self.word.push(letter);
            self.bytes.end = bytes.end;
        }
    }

    /// The word is read.
    pub(super) fn end_word(&mut self, visit: &mut dyn FnMut(Token<'_>)) {
        if self.word.is_empty() {
            return;
        }
        let word = if self.has_greek {
            spell_greek(&self.word, &mut self.spelt);
            &self.spelt
        } else {
            &self.word
        };
        let mut rest = word.as_str();
        while !rest.is_empty() {
            let mut end = rest.len().min(LONGEST_WORD);
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (piece, others) = rest.split_at(end);
            visit(Token { word: piece, bytes: self.bytes.clone(), kind: TokenKind::Word });
            rest = others;
        }
        self.group.push(word, self.bytes.clone());
        self.word.clear();
        self.has_greek = false;
    }

    /// A subscript follows.
    pub(super) fn subscript(&mut self, visit: &mut dyn FnMut(Token<'_>)) {
        self.end_word(visit);
        self.needs_digit = true;
    }

    /// A hyphen follows.
    pub(super) fn hyphen(&mut self, visit: &mut dyn FnMut(Token<'_>)) {
        self.end_word(visit);
        if self.group.parts == 0 {
            return;
        }
        let digit = !self.needs_digit || self.group.text.bytes().any(|byte| byte.is_ascii_digit());
        if digit && self.group.is_compound() {
            let Joining { text, bytes, .. } = &self.group;
            visit(Token { word: text, bytes: bytes.clone(), kind: TokenKind::Joined });
        }
        self.whole.push(&self.group.text, self.group.bytes.clone());
        self.whole.too_long |= self.group.too_long;
        self.group.clear();
        self.needs_digit = false;
    }

    /// Nothing that belongs to it follows.
    pub(super) fn end(&mut self, visit: &mut dyn FnMut(Token<'_>)) {
        self.hyphen(visit);
        if self.whole.is_compound() {
            let Joining { text, bytes, .. } = &self.whole;
            visit(Token { word: text, bytes: bytes.clone(), kind: TokenKind::Joined });
        }
        self.whole.clear();
        self.needs_digit = false;
    }
}

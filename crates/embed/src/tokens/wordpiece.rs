//! WordPiece: every word is spelled in the longest pieces of the vocabulary, taken from the left.
//!
//! A piece that continues a word is stored with a prefix ("##"). A word that cannot be spelled to its end, or is longer
//! than the model allows, becomes the unknown token. Most words are pieces themselves and cost one lookup.
//!
//! A text may also contain fixed tokens, such as "[MASK]", which are kept whole wherever they stand.
//!
//! Cost: no allocation a word. Spelling a word takes, for each piece, at most one lookup for each byte of the longest
//! piece.

use std::ops::ControlFlow;

use super::normalise::{Scratch, Steps, Visitor, Walker};
use super::table::{Place, Table, View};

/// A vocabulary and the rules of its use.
#[derive(Debug)]
pub(super) struct WordPiece {
    pub(super) rules: Rules,
    pub(super) vocabulary: Table,
    pub(super) fixed: Table,
    walker: Walker,
}

/// The rules in a tokeniser's file beside its vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) steps: Steps,
    /// Characters of the longest word that is spelled.
    pub(super) max_chars: u32,
    /// The token for all other words.
    pub(super) unknown: u32,
}

impl WordPiece {
    pub(super) fn new(rules: Rules, vocabulary: Table, fixed: Table) -> Self {
        let first = fixed.view().tokens().filter_map(|token| token.first().copied()).collect::<Vec<_>>();
        let walker = Walker::new(rules.steps, first, rules.max_chars as usize);
        WordPiece { rules, vocabulary, fixed, walker }
    }

    /// The largest id that a text can have.
    pub(super) fn largest_id(&self) -> Option<u32> {
        self.vocabulary.view().numbers().chain(self.fixed.view().numbers()).chain([self.rules.unknown]).max()
    }

    /// Appends at most `most` tokens of `text` to `ids`; returns whether there were more.
    pub(super) fn append(&self, text: &str, most: usize, ids: &mut Vec<u32>) -> bool {
        let end = ids.len().saturating_add(most);
        let mut speller = Speller {
            vocabulary: self.vocabulary.view(),
            fixed: self.fixed.view(),
            rules: self.rules,
            end,
            ids,
            hashes: Vec::new(),
            found: 0,
        };
        // The walk breaks off only if there are too many tokens.
        let _ = self.walker.walk(text, &mut Scratch::default(), &mut speller);
        let truncated = ids.len() > end;
        ids.truncate(end);
        truncated
    }
}

/// Turns the words of one text into ids.
struct Speller<'a> {
    vocabulary: View<'a>,
    fixed: View<'a>,
    rules: Rules,
    /// Length of `ids` that must not be passed.
    end: usize,
    ids: &'a mut Vec<u32>,
    hashes: Vec<u32>,
    /// The fixed token found last.
    found: u32,
}

impl Speller<'_> {
    /// Continues as long as there is room.
    #[inline]
    fn flow(&self) -> ControlFlow<()> {
        if self.ids.len() > self.end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Spells a word that is not a piece itself; `None` if no spelling exists.
    fn spell(&mut self, word: &[u8]) -> Option<()> {
        let (mut rest, mut place) = (word, Place::Begins);
        while !rest.is_empty() {
            let (len, id) = self.vocabulary.longest(place, rest, &mut self.hashes)?;
            self.ids.push(id);
            rest = &rest[len..];
            place = Place::Continues;
        }
        Some(())
    }

    fn is_too_long(&self, word: &[u8]) -> bool {
        let most = self.rules.max_chars as usize;
        // Continuation bytes of UTF-8 are not counted, so this is the number of characters.
        word.len() > most && word.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() > most
    }
}

impl Visitor for Speller<'_> {
    fn word(&mut self, word: &[u8]) -> ControlFlow<()> {
        if self.is_too_long(word) {
            self.ids.push(self.rules.unknown);
        } else if let Some(id) = self.vocabulary.find(Place::Begins, word) {
            self.ids.push(id);
        } else {
            let before = self.ids.len();
            if self.spell(word).is_none() {
                self.ids.truncate(before);
                self.ids.push(self.rules.unknown);
            }
        }
        self.flow()
    }

    fn fixed(&mut self, rest: &[u8]) -> Option<usize> {
        let (len, id) = self.fixed.longest(Place::Begins, rest, &mut self.hashes)?;
        self.found = id;
        Some(len)
    }

    fn fixed_found(&mut self) -> ControlFlow<()> {
        self.ids.push(self.found);
        self.flow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: u32 = 0;

    fn words(max_chars: u32, tokens: &[&str], fixed: &[&[u8]]) -> WordPiece {
        let number = |(index, token): (usize, &&str)| (token.as_bytes().to_vec(), index as u32 + 1);
        let tokens: Vec<_> = tokens.iter().enumerate().map(number).collect();
        let fixed: Vec<_> = fixed.iter().zip(100..).map(|(&token, id)| (token, id)).collect();
        let steps = Steps { lowercase: true, ..Steps::default() };
        let rules = Rules { steps, max_chars, unknown: UNKNOWN };
        WordPiece::new(rules, Table::build(&tokens, Some(b"##")).unwrap(), Table::build(&fixed, None).unwrap())
    }

    fn ids(words: &WordPiece, text: &str, most: usize) -> (Vec<u32>, bool) {
        let mut ids = vec![77];
        let truncated = words.append(text, most, &mut ids);
        assert_eq!(ids.remove(0), 77, "what was there stays");
        (ids, truncated)
    }

    #[test]
    fn the_longest_piece_is_taken_even_where_a_shorter_one_would_let_the_word_be_spelled() {
        let words = words(100, &["un", "unaff", "##aff", "##able"], &[]);
        assert_eq!(ids(&words, "un Unable unaff unaffable", 9), (vec![1, 1, 4, 2, 2, 4], false));
        assert_eq!(ids(&words, "unaffaff affable", 9), (vec![2, 3, UNKNOWN], false));
        assert_eq!(ids(&self::words(100, &["ab", "a", "##bc"], &[]), "abc", 9), (vec![UNKNOWN], false));
    }

    #[test]
    fn the_longest_word_is_counted_in_characters() {
        let words = words(3, &["\u{e9}", "##\u{e9}"], &[]);
        assert_eq!(ids(&words, "\u{e9}\u{e9}\u{e9} \u{e9}\u{e9}\u{e9}\u{e9}", 9), (vec![1, 2, 2, UNKNOWN], false));
        assert_eq!(ids(&words, &"\u{e9}".repeat(1000), 9), (vec![UNKNOWN], false));
        assert_eq!(ids(&self::words(0, &["a"], &[]), "a a", 9), (vec![UNKNOWN, UNKNOWN], false));
    }

    #[test]
    fn a_text_is_cut_exactly_where_it_is_longer_than_the_limit() {
        let words = words(100, &["a", "##b"], &[b"[X]"]);
        for text in ["ab a", "a ab", "a a a", "[X][X][X]", "a[X]a"] {
            assert_eq!(ids(&words, text, 3), (ids(&words, text, usize::MAX).0, false), "{text}");
            assert_eq!(ids(&words, text, 2), (ids(&words, text, usize::MAX).0[..2].to_vec(), true), "{text}");
        }
        assert_eq!(ids(&words, "  ", 0), (vec![], false));
        assert_eq!(ids(&words, "a", 0), (vec![], true));
    }

    #[test]
    fn of_fixed_tokens_the_longest_is_taken_as_it_is_written() {
        let words = words(100, &["a", "b"], &[b"[X]", b"[X]a", "\u{e9}".as_bytes()]);
        assert_eq!(
            ids(&words, "[X]a[X]b[x]\u{e9}\u{c9}", 99).0,
            [101, 100, 2, UNKNOWN, UNKNOWN, UNKNOWN, 102, UNKNOWN]
        );
    }

    #[test]
    fn a_fixed_token_that_ends_within_a_character_ends_the_text_there() {
        let words = words(100, &["a", "b"], &[b"\xC3"]);
        assert_eq!(ids(&words, "a\u{e9}b", 9).0, [1, 100]);
    }
}

//! From what a person typed to the parts of a query.

use std::ops::Range;

use super::clause::{Clause, Occur, What};
use super::field::{has_words, prefix, quoted_value, split_name, value};
use super::quotes::{Quotes, opens};

/// The parts of a query.
pub(super) fn parse(text: &str) -> Vec<Clause> {
    let items = Items { text, at: 0, quotes: Quotes::default() }.collect::<Vec<_>>();

    // What is to be left out is left out of something. A query of nothing but negations is a text with hyphens.
    let positive = items.iter().any(|item| item.occur != Occur::MustNot && item.has_words(text));
    if !positive {
        let words = text.trim();
        let start = text.len() - text.trim_start().len();
        let whole =
            Clause { occur: Occur::Should, what: What::Text(words.to_owned()), bytes: start..start + words.len() };
        return if words.is_empty() { Vec::new() } else { vec![whole] };
    }
    let only_one = items.iter().filter(|item| item.has_words(text)).count() == 1;

    let mut clauses: Vec<Clause> = Vec::new();
    let mut plain: Option<Range<usize>> = None;
    for item in items {
        let bytes = item.bytes.clone();
        let (occur, what) = match item.what {
            // Nothing else was asked for: the sign says nothing.
            Some(What::Text(_)) if only_one => (Occur::Should, None),
            what if only_one => (Occur::Should, what),
            what => (item.occur, what),
        };
        let Some(what) = what else {
            let behind_part = plain.is_none() && clauses.last().is_some_and(|clause| clause.bytes.end == bytes.start);
            if behind_part && !has_words(&text[bytes.clone()]) {
                // The comma of `"a b", c`.
                continue;
            }
            plain = Some(plain.map_or(bytes.clone(), |plain| plain.start..bytes.end));
            continue;
        };
        clauses.extend(text_clause(text, plain.take()));
        clauses.push(Clause { occur, what, bytes });
    }
    clauses.extend(text_clause(text, plain));
    clauses
}

/// The plain text that stands there. Marks without a word say nothing beside other parts.
fn text_clause(text: &str, bytes: Option<Range<usize>>) -> Option<Clause> {
    let bytes = bytes?;
    let words = &text[bytes.clone()];
    has_words(words).then(|| Clause { occur: Occur::Should, what: What::Text(words.to_owned()), bytes })
}

/// A part of what was typed: plain text, unless it says otherwise.
struct Item {
    occur: Occur,
    what: Option<What>,
    bytes: Range<usize>,
}

impl Item {
    fn plain(bytes: Range<usize>) -> Self {
        Self { occur: Occur::Should, what: None, bytes }
    }

    /// Whether papers can answer it. What was recognised has words; plain text may be marks only.
    fn has_words(&self, text: &str) -> bool {
        self.what.is_some() || has_words(&text[self.bytes.clone()])
    }
}

/// The parts of a text from left to right, divided at white space and quotation marks.
struct Items<'t> {
    text: &'t str,
    at: usize,
    quotes: Quotes,
}

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        if start == self.text.len() {
            return None;
        }
        let after_space = self.text[..start].chars().next_back().is_none_or(char::is_whitespace);
        let item = after_space.then(|| self.sign(start)).flatten().unwrap_or_else(|| self.plain(start));
        self.at = item.bytes.end;
        Some(item)
    }
}

impl Items<'_> {
    /// What begins at `start`, directly behind white space, if it is more than text.
    fn sign(&mut self, start: usize) -> Option<Item> {
        let occur = match self.text.as_bytes()[start] {
            b'+' => Occur::Must,
            b'-' => Occur::MustNot,
            _ => Occur::Should,
        };
        let at = start + usize::from(occur != Occur::Should);
        let first = self.text[at..].chars().next()?;
        if opens(first) {
            let (words, behind) = self.quotes.pair(self.text, at)?;
            let what = What::Phrase(has_words(words).then(|| words.to_owned())?);
            return Some(Item { occur, what: Some(what), bytes: start..behind });
        }
        if occur != Occur::Should && !first.is_alphabetic() {
            return None;
        }
        let word = self.text[at..].split(char::is_whitespace).next()?;
        let end = at + word.len();
        if let Some((field, behind)) = split_name(word) {
            let from = end - behind.len();
            if behind.starts_with(opens) {
                if let Some((words, behind)) = self.quotes.pair(self.text, from) {
                    let value = quoted_value(field, words)?;
                    return Some(Item { occur, what: Some(What::Field(field, value)), bytes: start..behind });
                }
            } else if let Some(value) = value(field, behind) {
                return Some(Item { occur, what: Some(What::Field(field, value)), bytes: start..end });
            }
        }
        // A sentence may go on behind the star.
        if let Some(beginning) = prefix(word.trim_end_matches([',', ';', '.', '!', '?', ')', ':'])) {
            return Some(Item { occur, what: Some(What::Prefix(beginning.to_owned())), bytes: start..end });
        }
        if occur == Occur::Should || !has_words(word) {
            return None;
        }
        Some(Item { occur, what: Some(What::Text(word.to_owned())), bytes: start..end })
    }

    /// The plain text at `start`, up to white space or a pair of quotation marks.
    fn plain(&mut self, start: usize) -> Item {
        let mut place = start;
        for letter in self.text[start..].chars() {
            if letter.is_whitespace() {
                break;
            }
            // Behind a bracket, say. At the start of the item it was tried already, unless something stands before it.
            if opens(letter)
                && let Some((words, behind)) = self.quotes.pair(self.text, place)
                && has_words(words)
            {
                if place > start {
                    return Item::plain(start..place);
                }
                let what = Some(What::Phrase(words.to_owned()));
                return Item { occur: Occur::Should, what, bytes: start..behind };
            }
            place += letter.len_utf8();
        }
        Item::plain(start..place)
    }
}

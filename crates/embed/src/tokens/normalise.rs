//! BERT's normaliser and its division of a text into words, in one walk.
//!
//! Four optional steps come first: drop control characters and unify white space, put spaces around Chinese characters,
//! decompose and drop accents, lower the case. Then white space divides words and every punctuation character is a word
//! of its own. The `tokenizers` crate does each step over the whole text and keeps a map from each byte to the text it
//! came from. That map is not used here, so one walk does all steps for one character before it looks at the next, and
//! a walk over a long text ends at the limit.
//!
//! Characters are classified exactly as in the `tokenizers` crate, by its tables of Unicode 9 (`unicode_categories`,
//! `unicode-normalization-alignments`). With newer tables a text could get other tokens than in the model's training.
//!
//! Cost: about a nanosecond a byte of ASCII, by a lookup in a table; a few dozen for other characters.

use std::ops::ControlFlow;

use unicode_categories::UnicodeCategories;
use unicode_normalization_alignments::char::{canonical_combining_class, decompose_canonical};

/// Which steps are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// Drop control characters and U+FFFD; treat tab, newline and the like as spaces.
    pub(super) clean_text: bool,
    /// Make every Chinese character a word of its own.
    pub(super) chinese_chars: bool,
    /// Decompose characters and drop nonspacing marks.
    pub(super) strip_accents: bool,
    /// Lower the case.
    pub(super) lowercase: bool,
}

/// Receives the words and fixed tokens of a text.
pub(super) trait Visitor {
    /// Called with a word, normalised and not empty. A word much longer than the limit of [`Walker::new`] is cut off.
    fn word(&mut self, word: &[u8]) -> ControlFlow<()>;

    /// The length in bytes of a fixed token at the beginning of `rest`, the text from a byte on that may begin one; `None`
    /// if there is none. A fixed token ends the word before it.
    fn fixed(&mut self, rest: &[u8]) -> Option<usize>;

    /// Called after a fixed token was found and the word before it was passed on.
    fn fixed_found(&mut self) -> ControlFlow<()>;
}

/// The class of a byte of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Belongs to a word, perhaps with its case lowered.
    Letter,
    Space,
    Punctuation,
    Dropped,
    /// Begins a character outside ASCII.
    Wide,
    /// May begin a fixed token.
    Fixed,
}

/// The steps as tables for ASCII.
#[derive(Clone, Debug)]
pub(super) struct Walker {
    steps: Steps,
    /// The class of each byte.
    classes: [Class; 256],
    /// The classes without [`Class::Fixed`].
    plain: [Class; 256],
    lower: [u8; 256],
    /// Bytes of a word that are kept.
    keep: usize,
}

/// The memory of a walk, reused for the next text.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    word: Vec<u8>,
    /// Combining characters that wait to be put in canonical order, with their combining class.
    waiting: Vec<(u8, char)>,
}

impl Walker {
    /// A walker that asks its visitor for a fixed token at each of the bytes `first`. It keeps a little more than `longest`
    /// characters of each word, enough to see that a word is longer.
    pub(super) fn new(steps: Steps, first: impl IntoIterator<Item = u8>, longest: usize) -> Self {
        let plain = std::array::from_fn(|byte| class(byte as u8, steps));
        let mut classes = plain;
        for byte in first {
            classes[usize::from(byte)] = Class::Fixed;
        }
        let lower = std::array::from_fn(|byte| {
            let byte = byte as u8;
            if steps.lowercase { byte.to_ascii_lowercase() } else { byte }
        });
        // A character has at most four bytes.
        Walker { steps, classes, plain, lower, keep: longest.saturating_mul(4).saturating_add(4) }
    }

    /// Walks over `text` until its end or until the visitor breaks.
    pub(super) fn walk(&self, text: &str, scratch: &mut Scratch, visitor: &mut impl Visitor) -> ControlFlow<()> {
        scratch.word.clear();
        scratch.waiting.clear();
        let mut walk = Walk { walker: self, scratch, visitor };
        let mut rest = text.as_bytes();
        loop {
            let letters =
                rest.iter().position(|&byte| self.classes[usize::from(byte)] != Class::Letter).unwrap_or(rest.len());
            walk.letters(&rest[..letters])?;
            rest = &rest[letters..];
            let Some(&byte) = rest.first() else { break };
            let mut class = self.classes[usize::from(byte)];
            if class == Class::Fixed {
                if let Some(len) = walk.visitor.fixed(rest) {
                    walk.end_word()?;
                    walk.visitor.fixed_found()?;
                    rest = rest.get(len.max(1)..).unwrap_or_default();
                    continue;
                }
                class = self.plain[usize::from(byte)];
            }
            match class {
                Class::Letter => walk.letters(&rest[..1])?,
                Class::Space => walk.end_word()?,
                Class::Punctuation => {
                    walk.end_word()?;
                    walk.visitor.word(&rest[..1])?;
                }
                Class::Dropped | Class::Fixed => {}
                Class::Wide => {
                    let at = text.len() - rest.len();
                    let Some(wide) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                    walk.wide(wide)?;
                    rest = &rest[wide.len_utf8()..];
                    continue;
                }
            }
            rest = &rest[1..];
        }
        walk.end_word()
    }
}

/// The class of a byte, ASCII or not.
fn class(byte: u8, steps: Steps) -> Class {
    let c = char::from(byte);
    if !byte.is_ascii() {
        Class::Wide
    } else if steps.clean_text && is_dropped(c) {
        Class::Dropped
    } else if c.is_whitespace() {
        Class::Space
    } else if is_punctuation(c) {
        Class::Punctuation
    } else {
        Class::Letter
    }
}

struct Walk<'a, V> {
    walker: &'a Walker,
    scratch: &'a mut Scratch,
    visitor: &'a mut V,
}

impl<V: Visitor> Walk<'_, V> {
    /// Appends a run of ASCII bytes to the word.
    #[inline]
    fn letters(&mut self, run: &[u8]) -> ControlFlow<()> {
        if !run.is_empty() && !self.scratch.waiting.is_empty() {
            self.release()?;
        }
        let room = self.walker.keep.saturating_sub(self.scratch.word.len());
        let kept = &run[..run.len().min(room)];
        self.scratch.word.extend(kept.iter().map(|&byte| self.walker.lower[usize::from(byte)]));
        ControlFlow::Continue(())
    }

    /// Passes the word to the visitor, unless it is empty.
    #[inline]
    fn end_word(&mut self) -> ControlFlow<()> {
        if !self.scratch.waiting.is_empty() {
            self.release()?;
        }
        if !self.scratch.word.is_empty() {
            self.visitor.word(&self.scratch.word)?;
            self.scratch.word.clear();
        }
        ControlFlow::Continue(())
    }

    /// Handles a character outside ASCII, before any step.
    fn wide(&mut self, c: char) -> ControlFlow<()> {
        let steps = self.walker.steps;
        if steps.clean_text && is_dropped(c) {
            return ControlFlow::Continue(());
        }
        let alone = steps.chinese_chars && is_chinese(c);
        if alone {
            self.end_word()?;
        }
        if steps.strip_accents {
            let mut flow = ControlFlow::Continue(());
            decompose_canonical(c, |part| {
                if flow.is_continue() {
                    flow = self.part(part);
                }
            });
            flow?;
        } else {
            self.lowered(c)?;
        }
        if alone { self.end_word() } else { ControlFlow::Continue(()) }
    }

    /// Handles a character of a decomposition. Characters of combining class 0 keep their place; those between two of them
    /// are sorted by their class. Nonspacing marks are dropped before sorting, with the same result as dropping them after.
    fn part(&mut self, c: char) -> ControlFlow<()> {
        let class = canonical_combining_class(c);
        if class == 0 {
            self.release()?;
        }
        if c.is_mark_nonspacing() {
            return ControlFlow::Continue(());
        }
        if class == 0 {
            return self.lowered(c);
        }
        self.scratch.waiting.push((class, c));
        ControlFlow::Continue(())
    }

    /// Sorts the waiting characters and passes them on.
    #[cold]
    fn release(&mut self) -> ControlFlow<()> {
        let mut waiting = std::mem::take(&mut self.scratch.waiting);
        waiting.sort_by_key(|&(class, _)| class);
        let flow = waiting.iter().try_for_each(|&(_, c)| self.lowered(c));
        waiting.clear();
        self.scratch.waiting = waiting;
        flow
    }

    fn lowered(&mut self, c: char) -> ControlFlow<()> {
        if self.walker.steps.lowercase { c.to_lowercase().try_for_each(|c| self.placed(c)) } else { self.placed(c) }
    }

    /// Handles a character after all steps.
    fn placed(&mut self, c: char) -> ControlFlow<()> {
        let mut buffer = [0; 4];
        let encoded = c.encode_utf8(&mut buffer).as_bytes();
        let space = c.is_whitespace();
        if !space && !is_punctuation(c) {
            if self.scratch.word.len() < self.walker.keep {
                self.scratch.word.extend_from_slice(encoded);
            }
            return ControlFlow::Continue(());
        }
        self.end_word()?;
        if space { ControlFlow::Continue(()) } else { self.visitor.word(encoded) }
    }
}

/// Whether cleaning drops a character: NUL, U+FFFD, and control, format and private characters, except tab, newline and
/// return.
fn is_dropped(c: char) -> bool {
    match c {
        '\0' | '\u{FFFD}' => true,
        '\t' | '\n' | '\r' => false,
        _ => c.is_other(),
    }
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || c.is_punctuation()
}

/// Whether a character is in one of the blocks that the `tokenizers` crate takes for Chinese. As there, the sixth begins at
/// U+2B920, 0x100 after the block does.
fn is_chinese(c: char) -> bool {
    matches!(
        u32::from(c),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x2_0000..=0x2_A6DF
            | 0x2_A700..=0x2_B73F
            | 0x2_B740..=0x2_B81F
            | 0x2_B920..=0x2_CEAF
            | 0xF900..=0xFAFF
            | 0x2_F800..=0x2_FA1F
    )
}

// The `tokenizers` crate is what this is compared with.
#[cfg(all(test, feature = "tokenizers"))]
mod tests {
    use tokenizers::normalizers::BertNormalizer;
    use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
    use tokenizers::{NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

    use super::*;

    /// Collects words; `|` is a fixed token.
    #[derive(Default)]
    struct Words(Vec<String>);

    impl Visitor for Words {
        fn word(&mut self, word: &[u8]) -> ControlFlow<()> {
            self.0.push(String::from_utf8(word.to_vec()).expect("words are whole characters"));
            ControlFlow::Continue(())
        }

        fn fixed(&mut self, rest: &[u8]) -> Option<usize> {
            rest.starts_with(b"|").then_some(1)
        }

        fn fixed_found(&mut self) -> ControlFlow<()> {
            self.0.push("fixed".to_owned());
            ControlFlow::Continue(())
        }
    }

    fn words(steps: Steps, text: &str) -> Vec<String> {
        let mut words = Words::default();
        let walker = Walker::new(steps, [b'|'], 100);
        assert!(walker.walk(text, &mut Scratch::default(), &mut words).is_continue());
        words.0
    }

    fn oracle(steps: Steps, text: &str) -> Vec<String> {
        let Steps { clean_text, chinese_chars, strip_accents, lowercase } = steps;
        let mut text = NormalizedString::from(text);
        BertNormalizer::new(clean_text, chinese_chars, Some(strip_accents), lowercase).normalize(&mut text).unwrap();
        let mut text = PreTokenizedString::from(text);
        BertPreTokenizer.pre_tokenize(&mut text).unwrap();
        let words = text.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        words.into_iter().map(|(word, ..)| word.to_owned()).collect()
    }

    const ALL: Steps = Steps { clean_text: true, chinese_chars: true, strip_accents: true, lowercase: true };

    #[test]
    fn every_character_is_treated_as_the_tokenizers_crate_treats_it() {
        let bare = Steps { strip_accents: true, ..Steps::default() };
        let cased = Steps { strip_accents: false, ..ALL };
        for steps in [ALL, cased, bare, Steps::default()] {
            let every: Vec<char> = ('\0'..=char::MAX).filter(|&c| c != '|').collect();
            for some in every.chunks(1024) {
                // Beyond plane 3 lie tags, private characters, and nothing.
                if ('\u{40000}'..'\u{E0000}').contains(&some[0]) || ('\u{E1000}'..'\u{10F800}').contains(&some[0]) {
                    continue;
                }
                let text: String = some.iter().flat_map(|&c| ['a', c, 'b', ' ']).collect();
                assert_eq!(words(steps, &text), oracle(steps, &text), "{steps:?}, {:?} and on", some[0]);
            }
        }
    }

    #[test]
    fn combining_characters_are_put_in_canonical_order_up_to_the_next_that_does_not_combine() {
        // U+1D16D (class 226) before U+302E (224) and U+1D165 (216): spacing marks, which are not dropped.
        let marks = "a\u{1D16D}\u{302E}\u{301}\u{1D165}\u{1D165}b\u{302E}\u{34F}\u{1D165} \u{302E}";
        let expected = ["a\u{1D165}\u{1D165}\u{302E}\u{1D16D}b\u{302E}\u{1D165}", "\u{302E}"];
        assert_eq!(words(ALL, marks), expected);
        assert_eq!(words(ALL, marks), oracle(ALL, marks));
        let unsorted = Steps { strip_accents: false, ..ALL };
        assert_eq!(words(unsorted, marks), oracle(unsorted, marks));
    }

    #[test]
    fn a_fixed_token_ends_a_word_and_takes_part_in_no_step() {
        assert_eq!(words(ALL, "Ab|c| |\u{301}|"), ["ab", "fixed", "c", "fixed", "fixed", "fixed"]);
    }

    #[test]
    fn a_word_far_longer_than_the_limit_is_not_gathered_to_its_end() {
        let text = "x".repeat(100_000);
        let mut found = Words::default();
        let walker = Walker::new(ALL, [], 10);
        assert!(walker.walk(&text, &mut Scratch::default(), &mut found).is_continue());
        assert!((11..100).contains(&found.0[0].len()), "{} bytes", found.0[0].len());
    }

    #[test]
    fn a_walk_stops_where_the_visitor_does() {
        struct First(usize);

        impl Visitor for First {
            fn word(&mut self, _: &[u8]) -> ControlFlow<()> {
                self.0 += 1;
                ControlFlow::Break(())
            }

            fn fixed(&mut self, _: &[u8]) -> Option<usize> {
                None
            }

            fn fixed_found(&mut self) -> ControlFlow<()> {
                ControlFlow::Continue(())
            }
        }

        for text in ["one two", "! two", "\u{4E2D}\u{6587}", "\u{3002} two", "one"] {
            let mut first = First(0);
            assert!(Walker::new(ALL, [], 10).walk(text, &mut Scratch::default(), &mut first).is_break());
            assert_eq!(first.0, 1, "{text}");
        }
    }
}

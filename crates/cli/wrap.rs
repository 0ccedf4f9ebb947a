//! Lines that fit: text broken between words.
//!
//! A line ends where there is white space, or between characters of two columns, which are written without spaces. Never
//! within a word: `head-wise`, an id and a link stay whole, to be copied, even where they are wider than the terminal.

use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Options that break between words alone.
pub(crate) fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
}

/// A text in lines of this width.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, options(width)).into_iter().map(String::from).collect()
}

/// The pieces of a line that stay whole.
///
/// Not all of what Unicode says of line breaks: it would never break in front of `/`, even behind a space.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for word in WordSeparator::AsciiSpace.find_words(line) {
        let mut start = end;
        end += word.word.len() + word.whitespace.len();
        if word.word.chars().any(is_wide) {
            let mut at = start;
            for part in WordSeparator::UnicodeBreakProperties.find_words(&line[start..end]) {
                at += part.word.len() + part.whitespace.len();
                let (before, after) = (part.word.chars().next_back(), line[at..end].chars().next());
                if at < end && (before.is_some_and(is_wide) || after.is_some_and(is_wide)) {
                    pieces.push(Word::from(&line[start..at]));
                    start = at;
                }
            }
        }
        pieces.push(Word::from(&line[start..end]));
    }
    Box::new(pieces.into_iter())
}

fn is_wide(letter: char) -> bool {
    display_width(letter.encode_utf8(&mut [0; 4])) > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_between_words_and_never_within_one() {
        let lines = wrap("An evict-then-merge strategy for head-wise caches at https://example.org/a-b/c-d", 20);
        assert_eq!(
            lines,
            ["An evict-then-merge", "strategy for", "head-wise caches at", "https://example.org/a-b/c-d"]
        );
        assert_eq!(wrap("対数尤度を最大化する方法", 10), ["対数尤度を", "最大化する", "方法"]);
        assert_eq!(wrap("in /a/path/of/some/length", 20), ["in", "/a/path/of/some/length"]);
        assert_eq!(wrap("", 10), [""]);
    }
}

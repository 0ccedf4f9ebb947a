//! The sentences of an abstract.
//!
//! A dot ends a sentence less often than not: `et al.`, `Fig. 2`, `e.g.`, `0.05`, `https://a.b/c.`, `$f(x) = 1.$`. So
//! a dot counts if white space follows, then something a sentence can begin with, and if the word before it is no
//! abbreviation. What stands in brackets, quotation marks or `$...$` stays together. After what is often an abbreviation
//! and sometimes a last word (`etc.`, `U.S.`, `vitamin C.`), the next word decides: `The` begins a sentence, `Smith`
//! continues one.
//!
//! Where it errs, two sentences stay one. That is the better error: half a sentence says nothing.

use std::ops::Range;

/// Where the sentences of a text lie, in order, without white space around them.
///
/// They do not overlap, none is empty, and between them there is only white space: nothing of the text is lost. An empty
/// line ends a sentence, a single line break does not. Takes time in proportion to the length of the text.
///
/// ```
/// use semsearch_lexical::sentences::sentences;
///
/// let text = "Smith et al. show, e.g. in Fig. 2, that p < 0.05. We do not.";
/// let found: Vec<&str> = sentences(text).into_iter().map(|bytes| &text[bytes]).collect();
/// assert_eq!(found, ["Smith et al. show, e.g. in Fig. 2, that p < 0.05.", "We do not."]);
/// ```
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        let (next, ends) = step(text, start, at, letter);
        if ends {
            found.extend(trimmed(text, start..next));
            start = next;
        }
        at = next;
    }
    found.extend(trimmed(text, start..text.len()));
    found
}

/// Where reading goes on after what begins with `letter`, and whether a sentence that began at `start` ends there.
fn step(text: &str, start: usize, at: usize, letter: char) -> (usize, bool) {
    if let Some(end) = end_of_span(text, at, letter) {
        let inside = text[at + letter.len_utf8()..end].trim_end_matches(is_closer);
        let alone = letter != '(' && letter != '[' && letter != '{' || text[start..at].trim().is_empty();
        return (end, alone && inside.ends_with(is_end) && begins_sentence(&text[end..]));
    }
    if letter == '\n' {
        let line_end = at + 1 + text[at + 1..].find(|letter: char| !matches!(letter, ' ' | '\t' | '\r')).unwrap_or(0);
        return (at + 1, text[line_end..].starts_with('\n'));
    }
    if !is_end(letter) {
        return (at + letter.len_utf8(), false);
    }
    let rest = text[at..].trim_start_matches(is_end);
    let run = &text[at..text.len() - rest.len()];
    let after = rest.trim_start_matches(is_closer);
    let ends = run.ends_with(is_wide_end)
        || begins_sentence(after) && (run != "." || !is_abbreviated(&text[start..at], after.trim_start()));
    (text.len() - after.len(), ends)
}

/// Brackets, quotations and formulas are not searched any further for their end.
const LONGEST_SPAN: usize = 300;

/// The end of what opens at `at` and closes before the paragraph does.
fn end_of_span(text: &str, at: usize, open: char) -> Option<usize> {
    let inside = at + open.len_utf8();
    let close = match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '\u{201c}' => '\u{201d}',
        '\u{ff08}' => '\u{ff09}',
        '"' | '$' => open,
        _ => return None,
    };
    if close == open && !text[inside..].starts_with(|letter: char| !letter.is_whitespace() && letter != close) {
        // `$$` opens a formula by its second half.
        return None;
    }
    let mut depth = 1_usize;
    let mut before = open;
    for (offset, letter) in text[inside..].char_indices().take_while(|&(offset, _)| offset < LONGEST_SPAN) {
        let end = inside + offset + letter.len_utf8();
        if letter == '\n' && before == '\n' {
            return None;
        } else if letter == close && before != '\\' {
            // Two prices are no formula: it has no space inside its end, and `$5 and$10` are prices, `2D$\to$4D` is not.
            let digit = |place: usize| text[place..].starts_with(|letter: char| letter.is_ascii_digit());
            let price = || before.is_whitespace() || digit(inside) && digit(end);
            if open == '$' && price() {
                return None;
            }
            depth -= 1;
            if depth == 0 {
                return Some(end);
            }
        } else if letter == open {
            depth += 1;
        }
        before = letter;
    }
    None
}

fn is_end(letter: char) -> bool {
    matches!(letter, '.' | '!' | '?' | '\u{2026}') || is_wide_end(letter)
}

/// Ends of sentences in Chinese and Japanese, after which there is no space.
fn is_wide_end(letter: char) -> bool {
    matches!(letter, '\u{3002}' | '\u{ff01}' | '\u{ff1f}')
}

fn is_closer(letter: char) -> bool {
    matches!(letter, ')' | ']' | '}' | '"' | '\'' | '\u{201d}' | '\u{2019}' | '\u{bb}' | '$' | '\u{ff09}' | '\u{300d}')
}

/// Whether a sentence can begin after this end: white space, then anything but a word in small letters. A name such as
/// `mRNA` may.
fn begins_sentence(after: &str) -> bool {
    if !after.starts_with(char::is_whitespace) {
        return after.is_empty();
    }
    let word = first_word(after);
    let named = || word.chars().skip(1).any(|letter| letter.is_uppercase() || letter.is_ascii_digit());
    !word.starts_with(char::is_lowercase) || named()
}

/// The next word without the brackets and marks before it. Empty if there is none, or a formula.
fn first_word(after: &str) -> &str {
    let marks =
        |letter: char| matches!(letter, '(' | '[' | '{' | '"' | '\'' | '\u{201c}' | '\u{2018}' | '\u{ab}' | '*');
    let word = after.trim_start().trim_start_matches(marks);
    let end = word.find(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '\u{2019}');
    &word[..end.unwrap_or(word.len())]
}

/// Never the last word of a sentence.
const NEVER_LAST: &[&str] = &[
    "e.g", "i.e", "eg", "ie", "cf", "vs", "viz", "dr", "prof", "mr", "mrs", "ms", "fig", "figs", "eq", "eqs", "eqn",
    "eqns", "ref", "refs", "approx", "resp", "esp", "incl", "thm", "ca", "aka", "a.k.a", "w.r.t", "wrt", "s.t",
    "i.i.d",
];
/// Abbreviations before a number, otherwise words.
const BEFORE_NUMBERS: &[&str] = &[
    "no", "nos", "sec", "secs", "sect", "tab", "vol", "vols", "p", "pp", "ch", "chap", "app", "alg", "art", "ver", "v",
    "def", "lem", "prop", "cor", "ex", "suppl", "n", "st", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec",
];
/// Sometimes the last word of a sentence.
const SOMETIMES_LAST: &[&str] = &[
    "al", "etc", "inc", "ltd", "co", "corp", "jr", "sr", "st", "sp", "spp", "subsp", "var", "univ", "dept", "est",
    "trans", "inf", "proc", "comput", "comb", "lett", "symp",
];
/// Words that begin sentences and seldom names.
const FIRST_WORDS: &[&str] = &[
    "A",
    "Across",
    "Additionally",
    "After",
    "All",
    "Although",
    "An",
    "And",
    "As",
    "At",
    "Based",
    "Because",
    "Both",
    "But",
    "By",
    "Compared",
    "Despite",
    "Each",
    "Existing",
    "Experiments",
    "Extensive",
    "Finally",
    "First",
    "For",
    "From",
    "Furthermore",
    "Given",
    "Here",
    "Hence",
    "How",
    "However",
    "If",
    "In",
    "Instead",
    "It",
    "Its",
    "Keywords",
    "Moreover",
    "Most",
    "Motivated",
    "No",
    "Note",
    "On",
    "Our",
    "Overall",
    "Previous",
    "Prior",
    "Recent",
    "Results",
    "Second",
    "Since",
    "Some",
    "Specifically",
    "Such",
    "That",
    "The",
    "Then",
    "There",
    "Therefore",
    "These",
    "They",
    "This",
    "Those",
    "Through",
    "Thus",
    "To",
    "Unlike",
    "Using",
    "We",
    "What",
    "When",
    "Where",
    "While",
    "With",
    "You",
];

/// Whether the dot after `before`, a sentence so far, belongs to its last word.
fn is_abbreviated(before: &str, after: &str) -> bool {
    let outside = |letter: char| letter.is_whitespace() || matches!(letter, '(' | '[' | '{' | '~' | '\u{201c}' | '"');
    let word = before.rsplit(outside).next().unwrap_or("");
    let lower = word.to_lowercase();
    let next = first_word(after);
    let number_follows = next.chars().any(|letter| letter.is_ascii_digit())
        || !next.is_empty() && next.chars().all(|letter| matches!(letter, 'I' | 'V' | 'X'));
    // `AL` is active learning, and no `et al`; but `FIG. 2` is a figure.
    let capitals = word.chars().count() > 1 && word.chars().all(char::is_uppercase);
    let listed = |list: &[&str]| list.contains(&lower.as_str()) && (number_follows || !capitals);
    if listed(NEVER_LAST) || listed(BEFORE_NUMBERS) && number_follows {
        return true;
    }
    // `1. First` at the start.
    let mark = !word.is_empty() && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    if mark && before.trim() == word {
        return true;
    }
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() <= 2 && is_alphabetic(part));
    (initial || dotted || listed(SOMETIMES_LAST)) && !FIRST_WORDS.contains(&next)
}

fn is_alphabetic(part: &str) -> bool {
    !part.is_empty() && part.chars().all(char::is_alphabetic)
}

fn trimmed(text: &str, bytes: Range<usize>) -> Option<Range<usize>> {
    let sentence = &text[bytes.clone()];
    let start = bytes.start + (sentence.len() - sentence.trim_start().len());
    let sentence = sentence.trim();
    (!sentence.is_empty()).then(|| start..start + sentence.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|bytes| &text[bytes]).collect()
    }

    /// Sentences are written with a bar between them.
    fn check(expected: &str) {
        let text = expected.replace('|', " ");
        assert_eq!(split(&text), expected.split('|').collect::<Vec<_>>());
    }

    #[test]
    fn dots_of_abbreviations_end_nothing() {
        for expected in [
            "We follow Smith et al. (2019) here.|It works.",
            "Vaswani et al. [3] and Fig. 2, Figs. S1 and Eq. (4) say so.",
            "Many things, e.g. Transformers, i.e. BERT vs. GPT, cf. Table 3.|We do.",
            "Dr. Smith, J. R. Smith and A. Turing met.|They left.",
            "As No. 5 of vol. 3, pp. 4 has it, v. 2.",
            "It grows in E. coli and S. aureus.|We measured.",
            "In the U.S. Senate it failed.|In the U.S.|We won.",
            "Written w.r.t. X and a.k.a. Y by a Ph.D. Student.",
            "Vitamin C.|The dose was low.",
            "Proposed by Lee et al.|We extend it.",
            "Cats, dogs, etc.|However, no birds.",
            "The answer is no.|People disagree.",
            "It is hard in AL.|Specifically, see FIG. 2 for DR.|Others agree.",
            "In IEEE Trans. Inf. Theory they say so.",
            "1. First things.|2. Second things.",
        ] {
            check(expected);
        }
    }

    #[test]
    fn dots_inside_of_things_end_nothing() {
        for expected in [
            "Here p < 0.05 and v1.5.2 holds.|GPT-4.5 too.",
            "See https://github.com/a/b.c for code.|Or www.example.org.",
            "Code at github.com/IDEA-XL/SGRPO.",
            "With $f(x. Y) = 1.5$ we win.|$x$ is free.",
            "The bound is $n^2$.|We prove it.",
            "It holds that $n = 1.$ We win.".replace("$ We", "$|We").as_str(),
            "It costs $5.|We pay $10.",
            "From 2D$\\to$4D.|It is $x$ then.",
            "We ask (Is it so? It is. We know.) and answer.",
            "(This is aside. Really.)|This is not.",
            "They ask \u{201c}What is it? Where?\u{201d} and leave.|He said \u{201c}Stop.\u{201d}|We did.",
            "They ask \"Why? Then what?\" often.|She said \"No.\"|We left.",
            "A list [a. B, c. D] follows.",
            "Waiting ... for more.|More came!|Really?!|Yes.",
        ] {
            check(expected);
        }
    }

    #[test]
    fn sentences_begin_with_more_than_capitals() {
        for expected in [
            "It fell.|2019 was better.",
            "Proteins vary.|mRNA does too.",
            "It is so.|\u{201c}No,\u{201d} they say.",
            "It is so.|(Not always.)|Often.",
            "Yahoo! search is old.",
            "Of dimension n.|Moreover, it shrinks.",
        ] {
            check(expected);
        }
        assert_eq!(split("\u{6df1}\u{5ea6}\u{3002}\u{5b66}\u{4e60}\u{3002}").len(), 2);
    }

    #[test]
    fn an_empty_line_ends_a_sentence_and_a_line_break_does_not() {
        assert_eq!(
            split("BACKGROUND\n \nA line\nthat goes on. And\n\n\nan end"),
            ["BACKGROUND", "A line\nthat goes on.", "And", "an end"]
        );
    }

    #[test]
    fn texts_without_sentences() {
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split(" \n\n "), [""; 0]);
        assert_eq!(split("..."), ["..."]);
        assert_eq!(split("no end (open. Bracket"), ["no end (open.", "Bracket"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "([a-cA-C]{1,3}|et al|Fig|[ .!?$()\"\n\u{201c}\u{201d}\u{3002}\u{e9}\\\\]){0,60}") {
            let found = sentences(&text);
            let mut end = 0;
            for bytes in &found {
                prop_assert!(bytes.start < bytes.end);
                prop_assert!(text[end..bytes.start].trim().is_empty());
                prop_assert_eq!(text[bytes.clone()].trim(), &text[bytes.clone()]);
                end = bytes.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}

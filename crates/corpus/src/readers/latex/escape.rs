//! Plain text into LaTeX that says it: the inverse of reading.
//!
//! Letters stay as they are, since today's programs read UTF-8. Mathematics stays, if its braces are balanced: BibTeX
//! counts them.

use super::commands::{Command, word};
use super::text::{Math, math_length};
use crate::readers::markup;

/// A value in braces that reads as this text.
pub(crate) fn escaped(text: &str) -> String {
    let text = markup::escaped(text);
    let mut latex = String::with_capacity(text.len() + 8);
    let mut rest: &str = &text;
    let mut before = ' ';
    let mut has_math = true;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        let is_ligature = matches!((before, character), ('-', '-') | ('`' | '?' | '!', '`') | ('\'', '\''));
        if is_ligature {
            latex.push_str("{}");
        }
        match character {
            '$' => match if has_math { mathematics(rest) } else { None } {
                Some(math) => {
                    latex.push_str(math);
                    length = math.len();
                }
                None => {
                    has_math &= rest[1..].contains('$');
                    latex.push_str("\\$");
                }
            },
            '\\' => latex.push_str("\\textbackslash{}"),
            '{' => latex.push_str("\\textbraceleft{}"),
            '}' => latex.push_str("\\textbraceright{}"),
            '~' => latex.push_str("\\textasciitilde{}"),
            '^' => latex.push_str("\\textasciicircum{}"),
            '%' | '&' | '#' | '_' => latex.extend(['\\', character]),
            _ => latex.push(character),
        }
        before = character;
        rest = &rest[length..];
    }
    latex
}

/// A value in braces that reads as this link, where no LaTeX is expected.
pub(crate) fn escaped_link(link: &str) -> String {
    let mut latex = String::with_capacity(link.len());
    for (at, character) in link.char_indices() {
        match character {
            '{' => latex.push_str("\\textbraceleft{}"),
            '}' => latex.push_str("\\textbraceright{}"),
            '\\' if would_be_read(&link[at + 1..]) => latex.push_str("\\textbackslash{}"),
            _ => latex.push(character),
        }
    }
    latex
}

/// Whether a backslash in front of this text would be read as the beginning of a command.
fn would_be_read(behind: &str) -> bool {
    let length = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
    let name = &behind[..length];
    behind.starts_with(['_', '%', '&', '#', '~', '$', '{', '}'])
        || behind.is_empty()
        || name.starts_with("text")
        || matches!(word(name), Command::Link | Command::HiddenLink)
}

/// The mathematics that a text begins with, as the reader sees it.
fn mathematics(text: &str) -> Option<&str> {
    let length = |sign: &str| match math_length(text, sign, sign) {
        Math::Ends(length) => Some(length),
        Math::IsMoney | Math::HasNoEnd => None,
    };
    let double = if text.starts_with("$$") { length("$$") } else { None };
    let math = &text[..double.or_else(|| length("$"))?];
    are_braces_balanced(math).then_some(math)
}

fn are_braces_balanced(text: &str) -> bool {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return false,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plain::{plain, verbatim};
    use super::*;

    #[test]
    fn text_is_written_as_programs_expect_it() {
        for (text, latex) in [
            ("Schrödinger's 5 % of A&B_c", "Schrödinger's 5 \\% of A\\&B\\_c"),
            ("$x_{1}$ for $5", "$x_{1}$ for \\$5"),
            ("a--b ``c''", "a-{}-b `{}`c'{}'"),
        ] {
            assert_eq!(escaped(text), latex);
        }
        assert_eq!(escaped_link("https://a.example/~b_c%20"), "https://a.example/~b_c%20");
    }

    fn text() -> impl Strategy<Value = String> {
        let pieces = vec![
            "$",
            "$$",
            "{",
            "}",
            "\\",
            "\\(",
            "\\)",
            "a",
            "5",
            " ",
            "--",
            "-",
            "``",
            "`",
            "'",
            "''",
            "?",
            "!",
            "~",
            "^",
            "_",
            "%",
            "#",
            "&",
            "&amp;",
            "<i>",
            "<",
            "é",
            "\\alpha",
            "\\textless",
            "text",
            "url",
            "\u{301}",
            "i",
            "\\url",
            "ı",
        ];
        (proptest::collection::vec(proptest::sample::select(pieces), 0..20), "\\PC{0,8}")
            .prop_map(|(pieces, any)| (pieces.concat() + &any).split_whitespace().collect::<Vec<_>>().join(" "))
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_it_was(text in text()) {
            let latex = escaped(&text);
            prop_assert!(are_braces_balanced(&latex), "{latex}");
            prop_assert_eq!(plain(&latex), text.as_str(), "{}", latex);
            let link = escaped_link(&text);
            prop_assert!(are_braces_balanced(&link), "{link}");
            prop_assert_eq!(verbatim(&link), text.as_str(), "{}", link);
        }
    }
}

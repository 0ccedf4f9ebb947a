//! What links two words that are written without a space between them.

use super::fold::{begins_word, is_cjk};
use super::latex::{Command, command_at};

/// How what follows a word belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// It is the same word: `{T}ransformer`, `$k$NN`.
    Same,
    /// It is a subscript or a superscript: `H$_2$O`, `n^2`.
    Subscript,
    /// It is another word of a compound: `GPT-4`, `TCP/IP`, `Q&A`, `R@10`.
    Hyphen,
}

/// The most marks between two words that are linked.
const MOST_MARKS: usize = 12;

/// The most white space between a hyphen at the end of a line and the rest of its word.
const MOST_INDENT: usize = 8;

/// How the word that ends at `end` is linked with what follows, and where that begins; `None` if it is not.
pub(super) fn link(text: &str, end: usize) -> Option<(Link, usize)> {
    let mut at = end;
    let mut subscript = false;
    let mut hyphen = false;
    let mut closed = false;
    for _ in 0..MOST_MARKS {
        let mark = text[at..].chars().next()?;
        let was_closed = std::mem::replace(&mut closed, mark == '}');
        match mark {
            '{' if was_closed => return None,
            '$' | '{' | '}' => at += 1,
            '_' | '^' => {
                subscript = true;
                at += 1;
            }
            '\\' => match command_at(text, at) {
                (Command::Accent | Command::Font | Command::Hyphenation, behind) => at = behind,
                (Command::MathFont, behind) if at > end => at = behind,
                (Command::Subscript, behind) => {
                    subscript = true;
                    at = behind;
                }
                (Command::Ampersand, behind) if !hyphen => {
                    hyphen = true;
                    at = behind;
                }
                (Command::Letter(_), _) => break,
                (Command::Name(_) | Command::Unknown(_), _) if at > end => break,
                _ => return None,
            },
            _ if is_hyphen(mark) => {
                if hyphen {
                    return None;
                }
                hyphen = true;
                at += mark.len_utf8();
                at = behind_line_break(text, at)?;
            }
            _ if begins_word(mark) && !is_cjk(mark) => break,
            _ => return None,
        }
    }
    let follows = match text[at..].chars().next()? {
        '\\' => matches!(command_at(text, at).0, Command::Letter(_) | Command::Name(_) | Command::Unknown(_)),
        letter => begins_word(letter) && !is_cjk(letter),
    };
    let link = match (hyphen, subscript) {
        (true, _) => Link::Hyphen,
        (false, true) => Link::Subscript,
        (false, false) => Link::Same,
    };
    (follows && at > end).then_some((link, at))
}

/// Marks that link two words. Two of them in a row, and the longer dashes, do not: `tendencies--validating`.
fn is_hyphen(mark: char) -> bool {
    matches!(mark, '-' | '/' | '@' | '&' | '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// Where the word goes on that is divided at the end of a line by the hyphen before `at`; `at` if the line goes on, and
/// `None` if what follows is no small letter.
fn behind_line_break(text: &str, at: usize) -> Option<usize> {
    let bytes = &text.as_bytes()[at..];
    let carriage_return = usize::from(bytes.first() == Some(&b'\r'));
    if bytes.get(carriage_return) != Some(&b'\n') {
        return Some(at);
    }
    let indent = bytes[carriage_return + 1..].iter().take(MOST_INDENT).take_while(|&&byte| byte == b' ').count();
    let next = carriage_return + 1 + indent;
    bytes.get(next).is_some_and(u8::is_ascii_lowercase).then_some(at + next)
}

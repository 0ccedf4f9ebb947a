//! The tokeniser: from text to the words and signs of an expression, each with its place.

use std::ops::Range;

use super::error::FilterError;

/// A word or sign, and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, a number, a date, a text without quotes, or a word of the language.
    Word(String),
    /// A text in quotes, with its escapes resolved.
    Text(String),
    /// One of `= != < <= > >= ~ ( ) ,`.
    Sign(&'static str),
    /// The end of the expression.
    End,
}

/// The signs of the language. A sign stands before its own prefixes, so that the longest one is found.
const SIGNS: [&str; 10] = ["!=", "<=", ">=", "=", "<", ">", "~", "(", ")", ","];

/// Signs of other languages, and the form that this language uses.
const FOREIGN: [(&str, &str); 6] = [
    ("==", "`=`"),
    ("<>", "`!=`"),
    ("&&", "`and`"),
    ("||", "`or`"),
    ("!", "`not` or `!=`"),
    ("*", "`~` or `starts with`"),
];

/// Reserved words, which are texts only in quotes.
pub(super) const KEYWORDS: [&str; 10] =
    ["and", "or", "not", "in", "between", "starts", "with", "has", "everything", "nothing"];

/// Splits a text into tokens. The last token is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            tokens.push(Token { kind: Kind::End, place: at..at });
            return Ok(tokens);
        };
        let foreign = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign) && !rest.starts_with("!="));
        let (kind, len) = if let Some((sign, ours)) = foreign {
            let problem = format!("`{sign}` is not a sign of the language");
            return Err(FilterError::new(text, at..at + sign.len(), problem).hint(format!("it is written {ours}")));
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Kind::Sign(sign), sign.len())
        } else if matches!(first, '"' | '\'') {
            quoted(text, at, first)?
        } else {
            let len = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            if len == 0 {
                let problem = format!("expected a word or a text in quotes, found `{}`", first.escape_default());
                return Err(FilterError::new(text, at..at + first.len_utf8(), problem));
            }
            (Kind::Word(rest[..len].to_owned()), len)
        };
        tokens.push(Token { kind, place: at..at + len });
        at += len;
    }
}

/// Whether a text without quotes may contain `letter`: enough for `cs.CL`, `2024-05-01`, `ICLR/2024` and `José`.
fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '+' | '/' | ':' | '@' | '#')
}

/// Reads the text in quotes that begins at `at`. Returns it and its length in bytes, quotes included.
fn quoted(text: &str, at: usize, quote: char) -> Result<(Kind, usize), FilterError> {
    let mut content = String::new();
    let mut letters = text[at..].char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        if letter == quote {
            return Ok((Kind::Text(content), place + 1));
        }
        if letter != '\\' {
            content.push(letter);
            continue;
        }
        content.push(match letters.next() {
            Some((_, escaped @ ('\\' | '"' | '\''))) => escaped,
            Some((_, 'n')) => '\n',
            Some((_, 't')) => '\t',
            Some((end, other)) => {
                let place = at + place..at + end + other.len_utf8();
                let problem = format!("`\\{}` means nothing", other.escape_default());
                return Err(FilterError::new(text, place, problem).hint(r#"what may follow is \ " ' n t"#));
            }
            None => break,
        });
    }
    let problem = format!("the text that begins here has no second {quote}");
    Err(FilterError::new(text, at..at + 1, problem))
}

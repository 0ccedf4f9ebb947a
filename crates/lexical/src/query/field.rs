//! What is known about a paper besides its words: `author:vaswani`, `year:2019..2021`.

use crate::analyse::for_each_token;

/// What a part of a query may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// `title:`
    Title,
    /// `abstract:`
    Abstract,
    /// `author:`
    Author,
    /// `venue:`
    Venue,
    /// `id:`, whatever the collection knows a paper by.
    Id,
    /// `arxiv:`
    Arxiv,
    /// `doi:`
    Doi,
    /// `year:`
    Year,
}

/// What stands behind the colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// One word, or what is written without a space: `author:vaswani`, `doi:10.1000/182`.
    Words(String),
    /// Words in a row: `author:"ashish vaswani"`.
    Phrase(String),
    /// A word that begins so: `title:transf*`.
    Prefix(String),
    /// Years, ends included: `year:2019`, `year:2019..2021`, `year:>=2020`. Only of the field `year`, which has no other.
    Years {
        /// The first year, if there is one.
        from: Option<i32>,
        /// The last year, if there is one.
        to: Option<i32>,
    },
}

/// Names of fields, each with its colon.
const NAMES: [(&str, FieldName); 8] = [
    ("title:", FieldName::Title),
    ("abstract:", FieldName::Abstract),
    ("author:", FieldName::Author),
    ("venue:", FieldName::Venue),
    ("id:", FieldName::Id),
    ("arxiv:", FieldName::Arxiv),
    ("doi:", FieldName::Doi),
    ("year:", FieldName::Year),
];

impl FieldName {
    /// The name as it is typed, without the colon.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(_, name)| *name == self).map_or("", |(text, _)| &text[..text.len() - 1])
    }
}

/// The field that `text` begins with, and what follows its colon.
pub(super) fn split_name(text: &str) -> Option<(FieldName, &str)> {
    NAMES.iter().find_map(|&(name, field)| Some((field, text.strip_prefix(name)?)))
}

/// What `value`, in which there is no space, says of a field; `None` if it says nothing.
pub(super) fn value(field: FieldName, value: &str) -> Option<FieldValue> {
    // A sentence goes on behind the value, or ends.
    let value = value.trim_end_matches([',', ';', '!', '?', ')', ']']);
    if field == FieldName::Year {
        return years(value);
    }
    let value = value.trim_end_matches('.');
    if !value.starts_with(char::is_alphanumeric) || !has_words(value) {
        return None;
    }
    Some(match prefix(value) {
        Some(beginning) => FieldValue::Prefix(beginning.to_owned()),
        None => FieldValue::Words(value.to_owned()),
    })
}

/// What words in quotation marks say of a field; `None` if they say nothing.
pub(super) fn quoted_value(field: FieldName, value: &str) -> Option<FieldValue> {
    match field {
        FieldName::Year => years(value.trim()),
        _ => has_words(value).then(|| FieldValue::Phrase(value.to_owned())),
    }
}

/// `2019`, `2019..2021`, `2019-2021`, `2019..`, `..2021`, `>=2019`, `>2019`, `<=2019`, `<2019`.
fn years(value: &str) -> Option<FieldValue> {
    let (from, to) = if let Some(year) = value.strip_prefix(">=") {
        (Some(a_year(year)?), None)
    } else if let Some(year) = value.strip_prefix("<=") {
        (None, Some(a_year(year)?))
    } else if let Some(year) = value.strip_prefix('>') {
        (Some(a_year(year)? + 1), None)
    } else if let Some(year) = value.strip_prefix('<') {
        (None, Some(a_year(year)? - 1))
    } else if let Some((from, to)) = value.split_once("..").or_else(|| value.split_once(['-', '–'])) {
        let open = |year: &str| if year.is_empty() { Some(None) } else { a_year(year).map(Some) };
        let (from, to) = (open(from)?, open(to)?);
        match (from, to) {
            (None, None) => return None,
            (Some(first), Some(last)) if first > last => (to, from),
            _ => (from, to),
        }
    } else {
        // A full stop may end the sentence.
        let year = a_year(value.strip_suffix('.').unwrap_or(value))?;
        (Some(year), Some(year))
    };
    Some(FieldValue::Years { from, to })
}

/// A year of four digits.
fn a_year(text: &str) -> Option<i32> {
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The beginning of a word that `word` asks for: at least two letters and a star.
pub(super) fn prefix(word: &str) -> Option<&str> {
    let beginning = word.strip_suffix('*')?;
    let letters = beginning.chars().take_while(|letter| letter.is_alphanumeric()).count();
    (letters >= 2 && beginning.chars().nth(letters).is_none()).then_some(beginning)
}

/// Whether there is a word in the text.
pub(super) fn has_words(text: &str) -> bool {
    let mut found = false;
    // Queries are short: what stands behind the first word is read for nothing, but quickly.
    for_each_token(text, &mut |_| found = true);
    found
}

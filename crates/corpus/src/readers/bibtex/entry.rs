//! The key and the fields of one entry.
//!
//! A value is made of pieces joined by `#`: text in braces, text in quotation marks, a number, or a name that `@string`
//! gave to a text. An undefined name stays as it is: months are written so, and journals whose `@string` is in another
//! file.
//!
//! A key that is missing, a comma that is missing and brackets in the name of a field, as Web of Science writes them, cost
//! nothing. A field may stand several times in an entry: ScienceDirect writes one for each keyword.
//!
//! # What a file cannot do
//!
//! Names are replaced by their texts where a `@string` is defined, so no name can contain itself. The total length of an
//! entry's values is bounded like the entry itself, and so is that of all named texts.

use std::collections::HashMap;

use super::scan::{Braces, LONGEST, Scanned, newlines};
use crate::error::{Mismatch, snippet};

/// An entry with its values joined. Values may still contain LaTeX.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) line: u64,
    /// The fields in their order, their names in lower case. Fields of one name have different values.
    pub(super) fields: Vec<(String, String)>,
}

impl Entry {
    /// The first value of a field that is not blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        values.find(|value| !value.trim().is_empty())
    }

    /// Takes the first of these fields that is present and not blank.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<String> {
        let at = names
            .iter()
            .find_map(|name| self.fields.iter().position(|(field, value)| field == name && !value.trim().is_empty()))?;
        Some(self.fields.remove(at).1)
    }

    /// Takes all fields of the first of these names that is present and not blank, joined.
    pub(super) fn take_all(&mut self, names: &[&str], between: &str) -> Option<String> {
        let mut values = Vec::new();
        for name in names {
            while let Some(value) = self.take(&[name]) {
                values.push(value);
            }
            if !values.is_empty() {
                break;
            }
        }
        (!values.is_empty()).then(|| values.join(between))
    }
}

/// The named texts, which `@string` defines.
#[derive(Default)]
pub(super) struct Strings {
    texts: HashMap<String, String>,
    bytes: usize,
}

/// The most bytes of all named texts together.
const MOST_TEXT: usize = 16 << 20;

impl Strings {
    /// Adds the text that a `@string` defines.
    pub(super) fn define(&mut self, scanned: &Scanned) -> Result<(), (u64, Mismatch)> {
        let mut parser = Parser::new(scanned, self);
        let mut defined = Vec::new();
        while parser.skip_to_field() {
            defined.push(parser.field().map_err(|mismatch| parser.at(mismatch))?);
        }
        for (name, text) in defined {
            self.bytes = self.bytes.saturating_add(name.len() + text.len());
            if self.bytes > MOST_TEXT {
                let expected = format!("at most {MOST_TEXT} bytes of texts with names");
                return Err((scanned.line, Mismatch::new(expected, "more")));
            }
            self.texts.insert(name, text);
        }
        Ok(())
    }
}

/// Reads an entry that the scanner found.
pub(super) fn entry(scanned: &Scanned, strings: &Strings) -> Result<Entry, (u64, Mismatch)> {
    let mut parser = Parser::new(scanned, strings);
    let key = parser.key().map_err(|mismatch| parser.at(mismatch))?;
    let mut fields: Vec<(String, String)> = Vec::new();
    while parser.skip_to_field() {
        let (name, value) = parser.field().map_err(|mismatch| parser.at(mismatch))?;
        if fields.len() == MOST_FIELDS {
            return Err(parser.at(Mismatch::new(format!("at most {MOST_FIELDS} fields"), "more")));
        }
        if !fields.iter().any(|known| known.0 == name && known.1 == value) {
            fields.push((name, value));
        }
    }
    Ok(Entry { kind: scanned.kind.clone(), key, line: scanned.line, fields })
}

const MOST_FIELDS: usize = 1000;

struct Parser<'a> {
    body: &'a str,
    at: usize,
    first_line: u64,
    strings: &'a Strings,
    braces: Braces,
    /// Bytes of all values so far.
    bytes: usize,
}

impl<'a> Parser<'a> {
    fn new(scanned: &'a Scanned, strings: &'a Strings) -> Parser<'a> {
        Parser { body: &scanned.body, at: 0, first_line: scanned.body_line, strings, braces: scanned.braces, bytes: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.body[self.at..]
    }

    fn at(&self, mismatch: Mismatch) -> (u64, Mismatch) {
        (self.first_line + newlines(&self.body.as_bytes()[..self.at]), mismatch)
    }

    fn skip_space(&mut self) {
        self.at = self.body.len() - self.rest().trim_start().len();
    }

    /// A description of the next text, for behind "found".
    fn found(&self) -> String {
        match self.rest().lines().next() {
            None => "the end of the entry".to_owned(),
            Some(line) => snippet(line),
        }
    }

    fn key(&mut self) -> Result<String, Mismatch> {
        self.skip_space();
        let end = self.rest().find([',', '=', '{', '"']).unwrap_or(self.rest().len());
        let key = self.rest()[..end].trim();
        match self.rest()[end..].chars().next() {
            Some(',') => self.at += end + 1,
            None => self.at += end,
            // The name of a field: the key is missing, or only the comma behind it.
            Some('=') if !key.is_empty() => {
                let (key, _) = key.split_once(char::is_whitespace).unwrap_or_default();
                self.at += key.len();
                return Ok(key.to_owned());
            }
            Some(_) => return Err(Mismatch::new("a key and a comma in front of the fields", self.found())),
        }
        Ok(key.to_owned())
    }

    /// Passes over commas and comments to the next field; `false` if there is none.
    fn skip_to_field(&mut self) -> bool {
        loop {
            self.skip_space();
            match self.rest().chars().next() {
                Some(',') => self.at += 1,
                Some('%') => self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len()),
                next => return next.is_some(),
            }
        }
    }

    fn field(&mut self) -> Result<(String, String), Mismatch> {
        let name = self.field_name();
        if name.is_empty() {
            return Err(Mismatch::new("the name of a field", self.found()));
        }
        self.skip_space();
        if !self.rest().starts_with('=') {
            return Err(Mismatch::new(format!("`=` behind the field name {}", snippet(name)), self.found()));
        }
        self.at += 1;
        let value = self.value(name)?;
        if !self.rest().is_empty() && !self.rest().starts_with([',', '%']) && !self.is_at_field() {
            return Err(Mismatch::new(format!("a comma behind the value of {}", snippet(name)), self.found()));
        }
        Ok((name.to_lowercase(), value))
    }

    /// Whether a field begins here, so that only a comma is missing in front.
    fn is_at_field(&self) -> bool {
        let name = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | ':' | '.'));
        name.is_some_and(|length| length > 0 && self.rest()[length..].trim_start().starts_with('='))
    }

    /// The name of a field; Web of Science wrote `Usage-Count-(Last-180-days)`.
    fn field_name(&mut self) -> &'a str {
        let start = self.at;
        while !self.name().is_empty() && self.rest().starts_with(['(', ')']) {
            self.at += 1;
        }
        &self.body[start..self.at]
    }

    fn name(&mut self) -> &'a str {
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '=' | ',' | '{' | '}' | '"' | '#' | '%' | '(' | ')' | '\\');
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        let name = &self.rest()[..length];
        self.at += length;
        name
    }

    /// The pieces of a value, joined.
    fn value(&mut self, field: &str) -> Result<String, Mismatch> {
        let mut value = String::new();
        loop {
            self.skip_space();
            let piece = match self.rest().chars().next() {
                Some('{') => self.delimited(1, b'}'),
                Some('"') => self.delimited(1, b'"'),
                _ => {
                    let name = self.name();
                    // `number = ,`, as some programs write what they do not know.
                    if name.is_empty() && value.is_empty() && (self.rest().is_empty() || self.rest().starts_with(',')) {
                        return Ok(value);
                    }
                    if name.is_empty() {
                        return Err(Mismatch::new(format!("a value for {}", snippet(field)), self.found()));
                    }
                    let text = self.strings.texts.get(&name.to_lowercase());
                    Some(text.map_or(name, String::as_str))
                }
            };
            let Some(piece) = piece else {
                return Err(Mismatch::new(format!("the end of the value of {}", snippet(field)), self.found()));
            };
            self.bytes = self.bytes.saturating_add(piece.len());
            if self.bytes > LONGEST {
                return Err(Mismatch::new(format!("values of at most {LONGEST} bytes in one entry"), "more"));
            }
            value.push_str(piece);
            self.skip_space();
            if !self.rest().starts_with('#') {
                return Ok(value);
            }
            self.at += 1;
        }
    }

    /// The text up to the byte `end` outside of braces.
    fn delimited(&mut self, opening: usize, end: u8) -> Option<&'a str> {
        let text = &self.rest()[opening..];
        let mut depth = 0_usize;
        let mut is_escaped = false;
        for (at, byte) in text.bytes().enumerate() {
            let counts = self.braces == Braces::All || !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            match byte {
                _ if !counts => {}
                _ if byte == end && depth == 0 => {
                    self.at += opening + at + 1;
                    return Some(&text[..at]);
                }
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scanned(body: &str) -> Scanned {
        Scanned { kind: "article".into(), body: body.into(), line: 7, body_line: 7, braces: Braces::All }
    }

    fn strings(definitions: &[&str]) -> Strings {
        let mut strings = Strings::default();
        for definition in definitions {
            strings.define(&scanned(definition)).unwrap();
        }
        strings
    }

    fn read(body: &str) -> Result<Entry, (u64, Mismatch)> {
        entry(&scanned(body), &strings(&["js = {Journal of Seas}", "both = js # \" and \" # js"]))
    }

    fn fields(body: &str) -> Vec<(String, String)> {
        read(body).unwrap().fields
    }

    fn value(text: &str) -> String {
        fields(&format!("k, v = {text}")).remove(0).1
    }

    #[test]
    fn values_come_in_braces_quotation_marks_numbers_and_names() {
        assert_eq!(value("{a {b} \"c\"}"), "a {b} \"c\"");
        assert_eq!(value("\"a {\"}b{\"} c\""), "a {\"}b{\"} c");
        assert_eq!((value("2011"), value("mar"), value("JS")), ("2011".into(), "mar".into(), "Journal of Seas".into()));
        assert_eq!(value("{a } # js#\"!\""), "a Journal of Seas!");
        assert_eq!(value("both"), "Journal of Seas and Journal of Seas");
    }

    #[test]
    fn commas_and_comments_stand_where_they_like() {
        let all = fields("k, % a comment\n A = {1},, % another\n b = 2,\n");
        assert_eq!(all, [("a".into(), "1".into()), ("b".into(), "2".into())]);
        assert_eq!(read("k").unwrap().fields, []);
        assert_eq!(read(" a key , x = 1").unwrap().key, "a key");
        assert_eq!(read(",x=1").unwrap().key, "");
    }

    #[test]
    fn fields_of_one_name_are_all_kept() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(fields("k, a = 1, A = 2, a = 1"), [pair("a", "1"), pair("a", "2")]);
        let mut entry = read("k, a = 1, b = { }, b = 3, A = 2").unwrap();
        assert_eq!(entry.take_all(&["c", "a", "b"], " and ").as_deref(), Some("1 and 2"));
        assert_eq!(entry.take_all(&["b"], "; ").as_deref(), Some("3"));
    }

    #[test]
    fn a_key_a_comma_and_brackets_may_be_amiss() {
        let without_key = read("\n title = {x},\n year = 2").unwrap();
        assert_eq!((without_key.key.as_str(), without_key.fields.len()), ("", 2));
        let without_comma = read("k title = {x}\n year = 2").unwrap();
        assert_eq!((without_comma.key.as_str(), without_comma.fields.len()), ("k", 2));
        assert_eq!(fields("k, number = , x = "), [("number".into(), String::new()), ("x".into(), String::new())]);
        let brackets = fields("k, Usage-Count-(Last-180-days) = {1}, Usage-Count-(Since-2013)={2}, x = 3");
        let names: Vec<&str> = brackets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["usage-count-(last-180-days)", "usage-count-(since-2013)", "x"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let complaint = |body: &str| {
            let (line, mismatch) = read(body).unwrap_err();
            format!("{line}: {} / {}", mismatch.expected, mismatch.found)
        };
        assert_eq!(complaint("{k}, title = {x}"), "7: a key and a comma in front of the fields / `{k}, title = {x}`");
        assert_eq!(complaint("k,\n\n title {x}"), "9: `=` behind the field name `title` / `{x}`");
        assert_eq!(complaint("k, title = {x}\n of 3"), "8: a comma behind the value of `title` / `of 3`");
        assert_eq!(complaint("k, title = #"), "7: a value for `title` / `#`");
        assert_eq!(complaint("k, title = \"x"), "7: the end of the value of `title` / `\"x`");
        assert_eq!(complaint("k, {x}"), "7: the name of a field / `{x}`");
        assert_eq!(complaint("k, title = {x} #"), "7: a value for `title` / the end of the entry");
    }

    #[test]
    fn names_for_texts_cannot_grow_without_end() {
        let mut laughs = Strings::default();
        laughs.define(&scanned("l0 = {laugh}")).unwrap();
        let mut refused = None;
        for level in 1..40 {
            let doubled = scanned(&format!("l{level} = l{0} # l{0}", level - 1));
            if let Err((_, mismatch)) = laughs.define(&doubled) {
                refused = Some(mismatch.expected);
                break;
            }
        }
        assert!(refused.unwrap().contains("bytes"));
        let many = format!("k, x = {}js", "js # ".repeat(1_000_000));
        assert!(read(&many).unwrap_err().1.expected.contains("values of at most"));
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec!["{", "}", "\"", "#", ",", "=", "a", "js", " ", "\n", "%", "é", "\\", "1", "("]),
                0..40,
            ),
        ) {
            let body = pieces.concat();
            let _ = read(&body);
            let _ = Strings::default().define(&scanned(&body));
        }
    }
}

//! The fields of one record, in the order of the file, and how they are taken out.
//!
//! Fields that nobody took are kept in a document's `extra`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::Mismatch;
use crate::identifiers;
use crate::readers::joined::fold_white_space;
use crate::readers::people::spoken;

/// The longest record, in bytes.
pub(super) const LONGEST: usize = 4 << 20;

/// What a field costs beside its text, so that a record of many empty fields is bounded too.
const COST_OF_FIELD: usize = 32;

/// The most letters of a tag.
pub(super) const LONGEST_TAG: usize = 4;

#[derive(Default)]
pub(crate) struct Fields {
    /// The values, one behind the other.
    text: String,
    fields: Vec<Field>,
}

struct Field {
    /// ASCII, with zeros behind it.
    tag: [u8; LONGEST_TAG],
    from: usize,
    to: usize,
    is_taken: bool,
}

fn padded(tag: &str) -> [u8; LONGEST_TAG] {
    let mut padded = [0; LONGEST_TAG];
    padded.iter_mut().zip(tag.bytes()).for_each(|(place, byte)| *place = byte);
    padded
}

impl Field {
    fn tag(&self) -> &str {
        let length = self.tag.iter().position(|&byte| byte == 0).unwrap_or(LONGEST_TAG);
        std::str::from_utf8(&self.tag[..length]).unwrap_or_default()
    }
}

impl Fields {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
    }

    /// Adds a field.
    pub(crate) fn push(&mut self, tag: &str, value: &str) -> Result<(), Mismatch> {
        self.make_room(value)?;
        let from = self.text.len();
        self.text.push_str(value.trim());
        self.fields.push(Field { tag: padded(tag), from, to: self.text.len(), is_taken: false });
        Ok(())
    }

    /// Adds a line to the last field.
    pub(super) fn go_on(&mut self, line: &str) -> Result<(), Mismatch> {
        self.make_room(line)?;
        if let Some(last) = self.fields.last_mut() {
            self.text.push('\n');
            self.text.push_str(line.trim());
            last.to = self.text.len();
        }
        Ok(())
    }

    fn make_room(&self, more: &str) -> Result<(), Mismatch> {
        if self.text.len() + more.len() + self.fields.len() * COST_OF_FIELD < LONGEST {
            return Ok(());
        }
        Err(Mismatch::new(format!("a record of at most {} MiB", LONGEST >> 20), "a longer one"))
    }

    /// Indices of fields that were not taken and say something, of the first of these tags first.
    fn indices<'a>(&'a self, tags: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
        tags.iter().flat_map(move |tag| {
            // Four bytes are compared at once; this is asked of every field for every tag.
            let tag = padded(tag);
            let is_left = move |field: &Field| {
                field.tag == tag && !field.is_taken && !self.text[field.from..field.to].trim().is_empty()
            };
            self.fields.iter().enumerate().filter(move |(_, field)| is_left(field)).map(|(at, _)| at)
        })
    }

    fn raw(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |field| &self.text[field.from..field.to])
    }

    fn mark(&mut self, at: usize) {
        if let Some(field) = self.fields.get_mut(at) {
            field.is_taken = true;
        }
    }

    /// The values of these tags, of the first tag first. They stay.
    pub(crate) fn values<'a>(&'a self, tags: &'a [&str]) -> impl Iterator<Item = &'a str> + 'a {
        self.indices(tags).map(|at| self.raw(at))
    }

    /// Takes the first value.
    pub(crate) fn take(&mut self, tags: &[&str]) -> Option<String> {
        self.take_as(tags, |value| Some(fold_white_space(value)))
    }

    /// Takes the first value that `read` understands.
    pub(crate) fn take_as<T>(&mut self, tags: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (at, found) = self.indices(tags).find_map(|at| Some((at, read(self.raw(at))?)))?;
        self.mark(at);
        Some(found)
    }

    /// Takes all values of the first tag that is present, joined by a space.
    pub(crate) fn take_joined(&mut self, tags: &[&str]) -> Option<String> {
        let first = tags.iter().find(|&&tag| self.indices(&[tag]).next().is_some())?;
        Some(fold_white_space(&self.take_all(&[first]).join(" ")))
    }

    /// Takes all values, in the order of the file.
    pub(crate) fn take_all(&mut self, tags: &[&str]) -> Vec<String> {
        let mut at: Vec<usize> = self.indices(tags).collect();
        at.sort_unstable();
        at.into_iter()
            .map(|at| {
                self.mark(at);
                self.raw(at).to_owned()
            })
            .collect()
    }

    /// Takes the names of the authors, or, where there are none, those of the others, as people read them.
    pub(crate) fn take_people(&mut self, authors: &[&str], others: &[&str]) -> Vec<String> {
        // Names are divided by lines. A semicolon divides them where a program put all into one field.
        let divides = ['\n', ';'];
        let mut names = self.take_list(authors, &divides);
        if names.is_empty() {
            names = self.take_list(others, &divides);
        }
        names.iter().map(|name| spoken(name)).filter(|name| !name.is_empty()).collect()
    }

    /// Takes all values, in the order of the file, divided where `divides` does, each once.
    pub(crate) fn take_list(&mut self, tags: &[&str], divides: &[char]) -> Vec<String> {
        let values = self.take_all(tags);
        let parts = values.iter().flat_map(|value| value.split(divides)).map(fold_white_space);
        // A record may hold a million of them.
        let mut known = HashSet::new();
        parts.filter(|part| !part.is_empty() && known.insert(part.clone())).collect()
    }

    /// Takes the first DOI, which may have company (`10.1000/7 [doi]`).
    pub(crate) fn take_doi(&mut self, tags: &[&str]) -> Option<String> {
        self.take_as(tags, |value| {
            identifiers::doi(value).or_else(|| value.split([' ', '\n', ';', ',']).find_map(identifiers::doi))
        })
    }

    /// What was not taken, under its tags or the names given for them. A tag that repeats gives a list.
    pub(crate) fn rest(&mut self, names: &[(&str, &str)], passed_over: &[&str]) -> Map<String, Value> {
        let mut rest = Map::new();
        for field in &self.fields {
            let value = fold_white_space(&self.text[field.from..field.to]);
            if field.is_taken || value.is_empty() || passed_over.contains(&field.tag()) {
                continue;
            }
            let name = names.iter().find(|(tag, _)| *tag == field.tag()).map_or(field.tag(), |(_, name)| *name);
            let value = Value::String(value);
            match rest.get_mut(name) {
                None => {
                    rest.insert(name.to_owned(), value);
                }
                Some(Value::Array(list)) => list.push(value),
                Some(one) if *one != value => *one = Value::Array(vec![one.take(), value]),
                Some(_) => {}
            }
        }
        rest
    }
}

/// `339-354` of a first and a last page.
pub(crate) fn pages(first: Option<String>, last: Option<String>) -> Option<String> {
    match (first, last) {
        (Some(first), Some(last)) if first != last => Some(format!("{first}-{last}")),
        (first, last) => first.or(last),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(list: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        list.iter().for_each(|(tag, value)| fields.push(tag, value).unwrap());
        fields
    }

    #[test]
    fn the_first_tag_wins_and_the_others_are_left() {
        let mut fields = fields(&[("T1", "One"), ("TI", " "), ("KW", "a; b"), ("TI", "Two"), ("KW", "b"), ("VL", "3")]);
        fields.go_on(" and more").unwrap();
        assert_eq!(fields.take(&["TI", "T1"]).as_deref(), Some("Two"));
        assert_eq!(fields.take_list(&["KW"], &[';']), ["a", "b"]);
        assert_eq!(Value::Object(fields.rest(&[("VL", "volume")], &[])), json!({"T1": "One", "volume": "3 and more"}));
    }

    #[test]
    fn a_tag_that_repeats_gives_a_list_of_what_differs() {
        let mut fields = fields(&[("N1", "a"), ("N1", "a"), ("N1", "b"), ("N1", "c"), ("XX", "no")]);
        assert_eq!(Value::Object(fields.rest(&[], &["XX"])), json!({"N1": ["a", "b", "c"]}));
    }

    #[test]
    fn a_doi_may_have_company() {
        let shown = |text: &str| fields(&[("DO", text)]).take_doi(&["DO"]);
        assert_eq!(shown("10.1000/A.1 [doi]").as_deref(), Some("10.1000/a.1"));
        assert_eq!(shown("DOI 10.1000/a.1").as_deref(), Some("10.1000/a.1"));
        assert_eq!(shown("https://dx.doi.org/10.1000/a.1").as_deref(), Some("10.1000/a.1"));
        assert_eq!(shown("S0140-1 [pii]"), None);
    }

    #[test]
    fn a_million_keywords_take_no_square_of_them() {
        let started = std::time::Instant::now();
        let words: String = (0..500_000).map(|word| format!("{word:x};")).collect();
        assert_eq!(fields(&[("KW", &words)]).take_list(&["KW"], &[';']).len(), 500_000);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn records_without_an_end_are_bounded() {
        let mut fields = Fields::default();
        let pushed = (0..LONGEST).take_while(|_| fields.push("A", "").is_ok()).count();
        assert_eq!(pushed, LONGEST / COST_OF_FIELD);
        assert!(fields.go_on("b").is_err());
    }
}

//! The fields of one JSON object, taken out under any of several names and turned into what a document holds.
//!
//! Taking a field removes it. The fields that remain are kept in the document's `extra`.

use serde_json::{Map, Value};

use super::joined::{non_empty, split_keywords};
use super::people::split_authors;
use crate::date::{Date, DateError};
use crate::error::{Mismatch, snippet};
use crate::identifiers;

/// The fields that may hold an id.
const IDS: [&str; 4] = ["id", "_id", "paper_id", "arxiv_id"];

/// The largest number that is taken for that of a row. Registries number papers far beyond it.
const LARGEST_ROW: u64 = 999_999;

pub(super) struct Fields {
    object: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(object: Map<String, Value>) -> Fields {
        Fields { object }
    }

    /// The names that are present, for a message.
    pub(super) fn keys(&self) -> String {
        let shown = |(key, value): (&String, &Value)| match value {
            Value::Null => format!("{} (null)", snippet(key)),
            _ => snippet(key),
        };
        match self.object.is_empty() {
            true => "no fields".to_owned(),
            false => format!("the fields {}", self.object.iter().map(shown).collect::<Vec<_>>().join(", ")),
        }
    }

    /// The fields that are left, without null and empty ones.
    pub(super) fn into_rest(self) -> Map<String, Value> {
        let says_something = |value: &Value| match value {
            Value::Null => false,
            Value::Object(object) => !object.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        self.object.into_iter().filter(|(_, value)| says_something(value)).collect()
    }

    /// Takes the fields of an object, which may be JSON within a string. Anything else stays.
    pub(super) fn take_object(&mut self, name: &str) -> Map<String, Value> {
        let object = match self.object.get(name) {
            Some(Value::Object(object)) => Some(object.clone()),
            Some(Value::String(text)) if text.starts_with('{') => serde_json::from_str(text).ok(),
            _ => None,
        };
        if object.is_some() {
            self.object.remove(name);
        }
        object.unwrap_or_default()
    }

    /// The first of these fields that is present and not null, with its name.
    fn take(&mut self, names: &[&'static str]) -> Option<(&'static str, Value)> {
        let name = names.iter().find(|&&name| self.object.get(name).is_some_and(|value| !value.is_null()))?;
        self.object.remove(*name).map(|value| (*name, value))
    }

    /// Whether the id is a small number, as programs give it to the rows of a table.
    pub(super) fn numbers_rows(&self) -> bool {
        let id = IDS.iter().find_map(|&name| Some((name, self.object.get(name).filter(|id| !id.is_null())?)));
        id.is_some_and(|(name, id)| name != "_id" && id.as_u64().is_some_and(|number| number <= LARGEST_ROW))
    }

    /// The id and the name of its field. An empty id counts as absent.
    pub(super) fn id(&mut self) -> Result<Option<(String, &'static str)>, Mismatch> {
        let id = match self.take(&IDS) {
            None => return Ok(None),
            Some((name, Value::String(text))) => (text.trim().to_owned(), name),
            Some((name, Value::Number(number))) if number.is_u64() || number.is_i64() => (number.to_string(), name),
            Some((name, other)) => return Err(wrong("a string or an integer", name, &other)),
        };
        Ok(Some(id).filter(|(id, _)| !id.is_empty()))
    }

    pub(super) fn string(&mut self, names: &[&'static str]) -> Result<Option<String>, Mismatch> {
        match self.take(names) {
            None => Ok(None),
            Some((_, Value::String(text))) => Ok(Some(text)),
            Some((name, other)) => Err(wrong("a string", name, &other)),
        }
    }

    /// The DOI. A value that is not a valid DOI (`none`, a list) remains among the fields.
    pub(super) fn doi(&mut self) -> Option<String> {
        self.take_name(&["doi", "DOI"], identifiers::doi)
    }

    /// The arXiv id in the field `arxiv`.
    pub(super) fn own_arxiv(&mut self) -> Option<String> {
        self.take_name(&["arxiv"], identifiers::arxiv)
    }

    /// The first of these fields whose value `read` accepts.
    fn take_name(&mut self, names: &[&'static str], read: fn(&str) -> Option<String>) -> Option<String> {
        names.iter().find_map(|&name| {
            let found = read(self.object.get(name)?.as_str()?)?;
            self.object.remove(name);
            Some(found)
        })
    }

    /// The arXiv id of a field that may hold one. The field stays.
    pub(super) fn arxiv(&self, name: &str) -> Option<String> {
        identifiers::arxiv(self.object.get(name)?.as_str()?)
    }

    /// A string; `None` if it is blank.
    pub(super) fn filled_string(&mut self, names: &[&'static str]) -> Result<Option<String>, Mismatch> {
        Ok(self.string(names)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    pub(super) fn count(&mut self, names: &[&'static str]) -> Result<Option<u32>, Mismatch> {
        match self.take(names) {
            None => Ok(None),
            Some((name, value)) => match value.as_u64().and_then(|count| u32::try_from(count).ok()) {
                Some(count) => Ok(Some(count)),
                None => Err(wrong("a count", name, &value)),
            },
        }
    }

    /// The number of comments. Comments in words have another meaning and stay among the fields.
    pub(super) fn integer_comments(&mut self) -> Result<Option<u32>, Mismatch> {
        match self.object.get("comments") {
            Some(Value::Number(_)) => self.count(&["comments"]),
            _ => Ok(None),
        }
    }

    pub(super) fn year(&mut self, name: &'static str) -> Result<Option<i32>, Mismatch> {
        let Some((_, value)) = self.take(&[name]) else {
            return Ok(None);
        };
        let year = match &value {
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_i64().and_then(|year| i32::try_from(year).ok()),
            _ => None,
        };
        match year.filter(|&year| Date::new(year, None, None).is_ok()) {
            Some(year) => Ok(Some(year)),
            None => Err(wrong("a year", name, &value)),
        }
    }

    pub(super) fn date(&mut self, names: &[&'static str]) -> Result<Option<Date>, Mismatch> {
        let Some((name, value)) = self.take(names) else {
            return Ok(None);
        };
        let parsed = match &value {
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => text.parse(),
            // A bare year, as some exports write it.
            Value::Number(number) => number.to_string().parse(),
            _ => return Err(wrong("a date in a string", name, &value)),
        };
        parsed.map(Some).map_err(|error| wrong(&expected_by(&error), name, &value))
    }

    pub(super) fn authors(&mut self, names: &[&'static str]) -> Result<Vec<String>, Mismatch> {
        match self.take(names) {
            None => Ok(Vec::new()),
            Some((_, Value::String(text))) => Ok(split_authors(&text)),
            Some((name, value)) => list_of(&value, author_name)
                .ok_or_else(|| wrong("a list of names, a list of objects with `name`, or one string", name, &value)),
        }
    }

    pub(super) fn keywords(&mut self, names: &[&'static str]) -> Result<Vec<String>, Mismatch> {
        match self.take(names) {
            None => Ok(Vec::new()),
            Some((name, Value::String(text))) => Ok(split_keywords(name, &text)),
            Some((name, value)) => {
                list_of(&value, Value::as_str).ok_or_else(|| wrong("a list of strings or one string", name, &value))
            }
        }
    }
}

fn wrong(expected: &str, field: &str, found: &Value) -> Mismatch {
    Mismatch::new(format!("{expected} in `{field}`"), kind_of(found))
}

/// The part of a date error's message about the expected value.
fn expected_by(error: &DateError) -> String {
    let message = error.to_string();
    let message = message.split(", found").next().unwrap_or_default();
    message.trim_start_matches("expected ").to_owned()
}

/// A description of a JSON value that fits behind "found".
pub(crate) fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {}", snippet(text)),
        Value::Array(list) => match list.iter().find(|item| !item.is_string()) {
            Some(Value::Object(_)) => "a list with an object in it".to_owned(),
            Some(Value::Null) => "a list with null in it".to_owned(),
            _ => "a list".to_owned(),
        },
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Every item of a list as non-empty text; `None` if the value is not a list or an item has no text.
fn list_of<'a>(value: &'a Value, text: impl Fn(&'a Value) -> Option<&'a str>) -> Option<Vec<String>> {
    let texts: Option<Vec<&str>> = value.as_array()?.iter().map(text).collect();
    Some(non_empty(texts?.into_iter()))
}

fn author_name(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("name")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_objects_give_names() {
        let mut fields = Fields::new(json!({"author": [{"name": "A"}, "B", " "]}).as_object().unwrap().clone());
        assert_eq!(fields.authors(&["authors", "author"]).unwrap(), ["A", "B"]);
    }

    #[test]
    fn fields_that_say_nothing_are_not_kept() {
        let fields = Fields::new(json!({"a": null, "b": {}, "c": [], "d": "", "e": 0}).as_object().unwrap().clone());
        assert_eq!(Value::Object(fields.into_rest()), json!({"d": "", "e": 0}));
    }

    #[test]
    fn years_and_dates_come_as_numbers_or_text() {
        let fields =
            || Fields::new(json!({"year": " 1999 ", "date": 2001, "created": "x"}).as_object().unwrap().clone());
        assert_eq!(fields().year("year").unwrap(), Some(1999));
        assert_eq!(fields().date(&["date", "created"]).unwrap(), Some("2001".parse().unwrap()));
        assert!(fields().date(&["created"]).is_err());
    }
}

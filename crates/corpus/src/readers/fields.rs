//! The fields of one JSON object, by what they mean ([`field_names`](super::field_names)).
//!
//! Taking a field removes it. Of the names of one field the first with a value that is understood wins; all values that are not
//! taken are kept in the document's `extra`, but for those that say nothing.

use serde_json::{Map, Value};

use super::field_names::{Field, meaning};
use super::joined::fold_white_space;
use super::markup::plain;
use super::paper_ids;
use super::people::spoken_initials;
use super::values::{self, is_nothing, whole};
use crate::date::Date;
use crate::document::Document;
use crate::error::snippet;
use crate::readers::missing::is_missing;

/// The largest number that is taken for that of a row. Registries number papers far beyond it.
const LARGEST_ROW: u64 = 999_999;

pub(super) struct Fields {
    /// The fields that mean something, those of one meaning next to each other and the first in its row first.
    known: Vec<Known>,
    others: Map<String, Value>,
}

struct Known {
    field: Field,
    name: String,
    /// `None` once it is taken.
    value: Option<Value>,
}

/// How good the id of a record is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// A name that is given to the paper.
    Given(String),
    /// A name within the file: the number of a row, a citation key.
    Local(String),
    /// A name that relevance judgements use.
    Judged(String),
}

impl Fields {
    pub(super) fn new(object: Map<String, Value>) -> Fields {
        let mut known: Vec<(usize, Known)> = Vec::new();
        let mut others = Map::new();
        // As schema.org calls the title of a thing that has a type.
        let is_thing = object.contains_key("@type");
        for (name, value) in object {
            let value = without_type(value);
            match meaning(&name) {
                None if is_thing && name == "name" => {
                    known.push((usize::MAX, Known { field: Field::Title, name, value: Some(value) }));
                }
                Some((field, place)) => known.push((place, Known { field, name, value: Some(value) })),
                None => _ = others.insert(name, value),
            }
        }
        // Of two spellings of one name, the one without capitals comes first.
        let has_capitals = |name: &str| name.bytes().any(|byte| byte.is_ascii_uppercase());
        known.sort_by_key(|(place, known)| (known.field, *place, has_capitals(&known.name)));
        Fields { known: known.into_iter().map(|(_, known)| known).collect(), others }
    }

    /// The fields that are left and say something.
    pub(super) fn into_rest(self) -> Map<String, Value> {
        let mut rest = self.others;
        rest.extend(self.known.into_iter().filter_map(|known| Some((known.name, known.value?))));
        rest.retain(|_, value| !is_empty(value));
        rest
    }

    /// Takes the fields of an object that has no meaning itself, which may be JSON within a string. Anything else stays.
    pub(super) fn take_object(&mut self, name: &str) -> Map<String, Value> {
        let object = match self.others.get_mut(name) {
            Some(Value::Object(object)) => Some(std::mem::take(object)),
            Some(Value::String(text)) if text.starts_with('{') => serde_json::from_str(text).ok(),
            _ => None,
        };
        if object.is_some() {
            self.others.remove(name);
        }
        object.unwrap_or_default()
    }

    /// The fields of one meaning, the first in its row first.
    fn all(&mut self, field: Field) -> impl Iterator<Item = &mut Known> {
        self.known.iter_mut().filter(move |known| known.field == field)
    }

    /// The value of a field, from the first of its names that has one that is understood.
    fn take<T>(&mut self, field: Field, read: impl Fn(&str, &Value) -> Option<T>) -> Option<T> {
        self.all(field).find_map(|known| {
            let value = known.value.as_ref()?;
            // A paper may be called `None`.
            let is_title = field == Field::Title && value.as_str().is_some_and(|title| !title.trim().is_empty());
            if !is_title && is_nothing(value) {
                known.value = None;
                return None;
            }
            let found = read(&known.name, value)?;
            known.value = None;
            Some(found)
        })
    }

    /// The id. One that is no string and no whole number stays among the fields.
    pub(super) fn id(&mut self) -> Option<Id> {
        self.take(Field::Id, |name, value| {
            let id = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => match whole(number) {
                    Some(whole) => whole.to_string(),
                    // What pandas makes of an arXiv id.
                    None => paper_ids::arxiv(value)?,
                },
                // As databases of documents write it.
                Value::Object(object) => object.get("$oid")?.as_str()?.to_owned(),
                _ => return None,
            };
            let is_key = matches!(meaning(name), Some((_, place)) if place >= 9);
            let numbers_a_row = value.is_number() && id.parse().is_ok_and(|number: u64| number <= LARGEST_ROW);
            Some(match name {
                _ if id.is_empty() => return None,
                "_id" if !value.is_object() => Id::Judged(id),
                _ if is_key || numbers_a_row => Id::Local(id),
                _ => Id::Given(id),
            })
        })
    }

    /// The title, without markup, white space folded.
    pub(super) fn title(&mut self) -> Option<String> {
        self.take(Field::Title, |_, value| Some(fold_white_space(&plain(&values::title(value)?))))
    }

    /// The abstract, without markup, white space folded.
    pub(super) fn summary(&mut self) -> Option<String> {
        self.take(Field::Abstract, |_, value| Some(fold_white_space(&plain(&values::summary(value)?))))
    }

    pub(super) fn authors(&mut self) -> Vec<String> {
        let read = |name: &str, value: &Value| match value.as_str() {
            // `Dune AB, Wave C.`, as Europe PMC writes names.
            Some(text) if name == "authorString" && !is_missing(text) => Some(
                text.trim()
                    .trim_end_matches('.')
                    .split(',')
                    .map(spoken_initials)
                    .filter(|name| !name.is_empty())
                    .collect(),
            ),
            _ => values::people(value),
        };
        self.take(Field::Authors, read).unwrap_or_default()
    }

    pub(super) fn authors_count(&mut self) -> Option<u32> {
        self.take(Field::AuthorsCount, |_, value| values::count(value))
    }

    pub(super) fn organization(&mut self) -> Option<String> {
        self.take(Field::Organization, |_, value| Some(values::text(value)?.into_owned()))
    }

    /// The date. When a record was made or changed says nothing about a paper of another year.
    pub(super) fn date(&mut self, year: Option<i32>) -> Option<Date> {
        let is_of_record = |name: &str| {
            let name = name.to_ascii_lowercase();
            ["created", "cdate", "updated", "updatedate", "update_date"].contains(&name.as_str())
        };
        self.take(Field::Date, |name, value| {
            values::date(if name == "dates" { issued(value)? } else { value })
                .filter(|date| !is_of_record(name) || year.is_none_or(|year| year == date.year()))
        })
    }

    pub(super) fn year(&mut self) -> Option<i32> {
        self.take(Field::Year, |_, value| values::year(value))
    }

    pub(super) fn venue(&mut self) -> Option<String> {
        // A `source` in words is that of the record, and what a thing is part of may be an address.
        self.take(Field::Venue, |name, value| {
            let is_told = !matches!(name, "source" | "Source" | "isPartOf") || !value.is_string();
            is_told.then(|| Some(fold_white_space(&plain(&values::text(value)?))))?
        })
    }

    /// The DOI. A value that is not a valid DOI (`none`, a list) stays among the fields.
    pub(super) fn doi(&mut self) -> Option<String> {
        // Lists of all names of a paper hold more than the DOI, and stay.
        let holds_others = |name: &str| matches!(meaning(name), Some((_, place)) if place >= 4);
        let alone = self.take(Field::Doi, |name, value| (!holds_others(name)).then(|| paper_ids::doi(value))?);
        alone.or_else(|| self.all(Field::Doi).find_map(|known| paper_ids::doi(known.value.as_ref()?)))
    }

    /// The arXiv id of a field that is meant for one, or that is among all names of a paper.
    pub(super) fn arxiv(&mut self) -> Option<String> {
        let alone = self.take(Field::Arxiv, |_, value| paper_ids::arxiv(value));
        alone.or_else(|| self.all(Field::Doi).find_map(|known| paper_ids::arxiv(known.value.as_ref()?)))
    }

    /// The arXiv id in `arxiv_id` and the like. The field stays.
    pub(super) fn arxiv_in_id(&self) -> Option<String> {
        let ids = self.known.iter().filter(|known| known.field == Field::Id);
        ids.filter_map(|known| known.value.as_ref()).find_map(paper_ids::arxiv)
    }

    pub(super) fn url(&mut self) -> Option<String> {
        self.take(Field::Url, |_, value| values::url(value))
    }

    pub(super) fn keywords(&mut self) -> Vec<String> {
        self.take(Field::Keywords, values::words).unwrap_or_default()
    }

    /// The number of comments. Comments in words have another meaning and stay among the fields.
    pub(super) fn comments(&mut self) -> Option<u32> {
        self.take(Field::Comments, |_, value| value.is_number().then(|| values::count(value))?)
    }
}

/// Fills the gaps of a document with fields that its reader did not understand, and keeps the others.
pub(super) fn fill_gaps(document: &mut Document, odd: Map<String, Value>) {
    if odd.is_empty() {
        return;
    }
    let mut fields = Fields::new(odd);
    if document.title.is_empty() {
        document.title = fields.title().unwrap_or_default();
    }
    if document.r#abstract.is_empty() {
        document.r#abstract = fields.summary().unwrap_or_default();
    }
    if document.authors.is_empty() {
        document.authors = fields.authors();
    }
    if document.keywords.is_empty() {
        document.keywords = fields.keywords();
    }
    document.year = document.year.or_else(|| fields.year());
    document.date = document.date.or_else(|| fields.date(document.year));
    document.year = document.year.or(document.date.as_ref().map(Date::year));
    document.venue = document.venue.take().or_else(|| fields.venue());
    document.doi = document.doi.take().or_else(|| fields.doi());
    document.url = document.url.take().or_else(|| fields.url());
    document.extra.extend(fields.into_rest());
}

/// The date of issue among the dates that `DataCite` has for a work.
fn issued(dates: &Value) -> Option<&Value> {
    dates.as_array()?.iter().find(|date| date.get("dateType").is_some_and(|kind| kind == "Issued"))?.get("date")
}

/// The value in `{"$numberInt": "2020"}` and `{"$date": {"$numberLong": "…"}}`, as MongoDB writes numbers and dates.
fn without_type(value: Value) -> Value {
    let Value::Object(object) = &value else { return value };
    let Some((name, inner)) = object.iter().next().filter(|_| object.len() == 1) else { return value };
    match (name.as_str(), inner) {
        ("$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal", Value::String(number)) => {
            serde_json::from_str::<serde_json::Number>(number).map_or(value, Value::Number)
        }
        ("$date", Value::Object(_)) => without_type(inner.clone()),
        _ => value,
    }
}

/// Whether a field is not worth keeping.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(object) => object.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        Fields::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn the_first_name_with_a_value_that_is_understood_wins_and_the_others_stay() {
        let mut read =
            fields(json!({"abstract": "", "text": "T", "summary": "S", "published": true, "created": "2020"}));
        assert_eq!(read.summary().as_deref(), Some("T"));
        assert_eq!(read.date(None).unwrap().to_string(), "2020");
        assert_eq!(Value::Object(read.into_rest()), json!({"summary": "S", "published": true}));
    }

    #[test]
    fn an_id_is_as_good_as_its_name() {
        let id = |value: Value| fields(value).id();
        assert_eq!(id(json!({"id": "a", "_id": "b"})), Some(Id::Given("a".into())));
        assert_eq!(id(json!({"id": null, "_id": 12})), Some(Id::Judged("12".into())));
        assert_eq!(id(json!({"id": 12})), Some(Id::Local("12".into())));
        assert_eq!(id(json!({"id": 12.0})), Some(Id::Local("12".into())));
        assert_eq!(id(json!({"id": 31_000_000})), Some(Id::Given("31000000".into())));
        assert_eq!(id(json!({"citation-key": "dune2020"})), Some(Id::Local("dune2020".into())));
        assert_eq!(id(json!({"id": 1.5, "paper_id": "7"})), Some(Id::Given("7".into())));
        assert_eq!(id(json!({"id": "", "title": "T"})), None);
    }

    #[test]
    fn fields_that_say_nothing_are_not_kept() {
        let mut read = fields(json!({"a": null, "b": {}, "c": [], "d": "", "e": 0, "doi": "NaN", "title": "NaN"}));
        assert_eq!((read.doi(), read.title().as_deref()), (None, Some("NaN")));
        assert_eq!(Value::Object(read.into_rest()), json!({"d": "", "e": 0}));
    }
}

//! What a record says about a field and no reader understood.
//!
//! A record is taken for what is good in it: a date such as `n.d.`, or a list where a name should be, stays in
//! [`Document::extra`] under its own name, and the field stays empty. So what was not understood shows in the document
//! itself, as a value in `extra` under a name of an empty field, whichever reader made it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::Document;
use crate::error::shortened;
use crate::readers::fields::kind_of;
pub(crate) use crate::readers::missing::is_missing;
use crate::report::NotUnderstood;

/// What formats call the date and the year.
const DATES: [&str; 17] = [
    "date",
    "year",
    "issued",
    "published",
    "published_date",
    "publication_date",
    "publicationdate",
    "publication_year",
    "publish_time",
    "pubdate",
    "pubyear",
    "created",
    "py",
    "y1",
    "da",
    "dp",
    "pd",
];

/// The names of the other fields that may be told in a form of their own.
const OTHERS: [(&str, &[&str]); 8] = [
    ("title", &["title", "titles"]),
    ("abstract", &["abstract", "summary", "text"]),
    ("authors", &["authors", "author", "creators", "creator"]),
    ("venue", &["venue", "journal", "container-title", "booktitle"]),
    ("doi", &["doi"]),
    ("arxiv", &["arxiv"]),
    ("url", &["url", "link"]),
    ("keywords", &["keywords", "tags", "categories"]),
];

/// The fields of a document that are empty although its source says something about them, each with what it says.
pub(crate) fn not_understood(document: &Document) -> impl Iterator<Item = (&'static str, String)> {
    let found = |names: &[&str]| {
        let mut named = document.extra.iter().filter(|(name, _)| names.iter().any(|n| n.eq_ignore_ascii_case(name)));
        named.find_map(|(_, value)| told(value))
    };
    let date = match document.year {
        None => found(&DATES).map(|text| ("date", text)),
        Some(_) => None,
    };
    let others = OTHERS.into_iter().filter(|(field, _)| is_empty(document, field));
    date.into_iter().chain(others.filter_map(move |(field, names)| Some((field, found(names)?))))
}

/// A value as a message shows it; `None` if it says nothing.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if is_missing(text) => None,
        Value::String(text) => Some(shortened(text.trim()).into_owned()),
        other => Some(kind_of(other)),
    }
}

fn is_empty(document: &Document, field: &str) -> bool {
    match field {
        "title" => document.title.is_empty(),
        "abstract" => document.r#abstract.is_empty(),
        "authors" => document.authors.is_empty(),
        "venue" => document.venue.is_none(),
        "doi" => document.doi.is_none(),
        "arxiv" => document.arxiv.is_none(),
        "url" => document.url.is_none(),
        _ => document.keywords.is_empty(),
    }
}

/// Counts what was not understood, field by field.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    fields: BTreeMap<&'static str, NotUnderstood>,
}

impl Tally {
    pub(crate) fn add(&mut self, document: &Document) {
        // Most documents have few other fields, or none.
        if document.extra.is_empty() {
            return;
        }
        for (field, example) in not_understood(document) {
            let account = self.fields.entry(field).or_insert_with(|| NotUnderstood {
                field: field.to_owned(),
                records: 0,
                example,
                source: document.source.first().cloned(),
            });
            account.records += 1;
        }
    }

    pub(crate) fn into_accounts(self) -> Vec<NotUnderstood> {
        self.fields.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(extra: Value, year: Option<i32>) -> Vec<(&'static str, String)> {
        let mut document = Document::new("a", "On Tides", "").with_year(year);
        document.extra = extra.as_object().unwrap().clone();
        not_understood(&document).collect()
    }

    #[test]
    fn a_value_under_the_name_of_an_empty_field_was_not_understood() {
        assert_eq!(of(json!({"date": "n.d."}), None), [("date", "n.d.".to_owned())]);
        assert_eq!(of(json!({"Year": "in press", "volume": "3"}), None), [("date", "in press".to_owned())]);
        assert_eq!(of(json!({"venue": {"x": 1}}), None), [("venue", "an object".to_owned())]);
    }

    #[test]
    fn a_value_beside_a_filled_field_and_one_that_says_nothing_are_no_complaint() {
        assert_eq!(of(json!({"update_date": "2008-11-26", "year": "2008a", "title": "x"}), Some(2008)), []);
        assert_eq!(of(json!({"doi": "none", "date": "NaT", "authors": null, "url": " "}), None), []);
    }
}

//! JSON lines: one object a paper, with the names that the reader looks for first.
//!
//! Kept fields stand beside the others under their own names. One that is named like a field, such as a second `url` or a
//! `year` that is none, stands in an object `extra`, which the reader takes apart again: a year is a number, where there is one.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::document::Document;

/// Other names for fields, and the field that a document has for them. The reader takes the first name that is present.
const NAMES: [(&str, &[&str]); 13] = [
    ("id", &["_id", "paper_id", "arxiv_id"]),
    ("abstract", &["text", "summary"]),
    ("authors", &["author"]),
    ("authors_count", &["n_authors"]),
    ("organization", &["organisation", "affiliation"]),
    ("date", &["published", "published_date", "created", "update_date"]),
    ("venue", &["journal", "journal-ref"]),
    ("url", &["link"]),
    ("keywords", &["categories", "tags"]),
    ("title", &[]),
    ("year", &[]),
    ("doi", &["DOI"]),
    ("arxiv", &[]),
];

/// The field whose values are fields.
const EXTRA: &str = "extra";

pub(super) fn write(out: &mut impl Write, document: &Document) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &fields_of(document)).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// A paper as JSON lines hold it: kept fields in their places, empty fields left out. The source is left out, too: the next
/// reader records its own.
#[must_use]
pub fn fields_of(document: &Document) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(document) {
        Ok(Value::Object(fields)) => fields,
        // A struct is always an object.
        _ => Map::new(),
    };
    for name in ["source", "judged", EXTRA] {
        fields.remove(name);
    }
    fields.retain(|name, value| match value {
        Value::Null => false,
        Value::Array(values) => !values.is_empty(),
        // A paper has an abstract, though it may be empty.
        Value::String(text) => !text.is_empty() || name == "abstract",
        _ => true,
    });
    if document.judged
        && let Some(id) = fields.remove("id")
    {
        fields.insert("_id".to_owned(), id);
    }
    let mut hidden = Map::new();
    for (name, value) in &document.extra {
        let is_taken = fields.contains_key(name) || name == EXTRA || may_be_taken(document, name);
        let place = if is_taken { &mut hidden } else { &mut fields };
        place.insert(name.clone(), value.clone());
    }
    if !hidden.is_empty() {
        fields.insert(EXTRA.to_owned(), Value::Object(hidden));
    }
    fields
}

/// Whether a kept value has the name of a field, or another name under which the reader would take it for one.
fn may_be_taken(document: &Document, name: &str) -> bool {
    if NAMES.iter().any(|(field, _)| *field == name) {
        return true;
    }
    let Some((field, _)) = NAMES.iter().find(|(_, others)| others.contains(&name)) else { return false };
    match *field {
        "id" => true,
        "authors" => document.authors.is_empty(),
        "authors_count" => document.authors_count.is_none(),
        "organization" => document.organization.is_none(),
        "date" => document.date.is_none(),
        "doi" => document.doi.is_none(),
        "venue" => document.venue.is_none(),
        "url" => document.url.is_none(),
        "keywords" => document.keywords.is_empty(),
        _ => false,
    }
}

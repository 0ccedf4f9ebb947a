//! JSON lines: one object a paper, with the names that the reader looks for first.
//!
//! Kept fields stand beside the others under their own names. One that is named like a field, such as a second `url` or a
//! `year` that is none, stands in an object `extra`, which the reader takes apart again: a year is a number, where there is one.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::kept::may_be_taken;
use crate::document::Document;
use crate::readers::markup::escaped;
use crate::readers::people::spoken;

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
    for name in ["title", "abstract", "venue"] {
        if let Some(Value::String(text)) = fields.get_mut(name) {
            *text = escaped(text).into_owned();
        }
    }
    if let Some(Value::Array(names)) = fields.get_mut("authors") {
        names.iter_mut().for_each(|author| *author = name(author));
    }
    let mut hidden = Map::new();
    for (name, value) in &document.extra {
        let is_taken = fields.contains_key(name) || name == EXTRA || may_be_taken(&fields, name);
        let place = if is_taken { &mut hidden } else { &mut fields };
        place.insert(name.clone(), value.clone());
    }
    if !hidden.is_empty() {
        fields.insert(EXTRA.to_owned(), Value::Object(hidden));
    }
    fields
}

/// A name as the reader leaves it.
fn name(name: &Value) -> Value {
    match name.as_str() {
        Some(text) if spoken(text) != text => json!({ "literal": text }),
        _ => name.clone(),
    }
}

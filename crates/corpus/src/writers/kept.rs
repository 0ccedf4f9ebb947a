//! Kept fields whose names the reader of JSON would take for fields of the paper.

use serde_json::{Map, Value};

use crate::readers::field_names::{Field, meaning};
use crate::readers::wrapped::WRAPPERS;

/// Whether the reader would take a kept value beside these fields for a field, by its name, or for a paper inside the record.
pub(super) fn may_be_taken(fields: &Map<String, Value>, name: &str) -> bool {
    let Some((field, place)) = meaning(name) else { return WRAPPERS.contains(&name) };
    // The reader takes the first name that is there, and of two spellings the one without capitals.
    let order = |name: &str, place: usize| (place, name.bytes().any(|byte| byte.is_ascii_uppercase()));
    let comes_first = |known: &String| {
        meaning(known).is_some_and(|(of, first)| of == field && order(known, first) < order(name, place))
    };
    field == Field::Id || !fields.keys().any(comes_first)
}

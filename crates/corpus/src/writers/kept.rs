//! Kept fields: those whose names the reader of JSON would take for fields of the paper, and pages told one by one.

use serde_json::{Map, Value};

use crate::document::Document;
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

/// The first and the last page of a paper whose source has them in two fields, such as `Page start`, and none with both.
pub(super) fn page_range(document: &Document) -> Option<(&str, &str)> {
    if ["pages", "page"].iter().any(|name| document.extra.contains_key(*name)) {
        return None;
    }
    let page = |name: &str| {
        let (_, value) = document.extra.iter().find(|(own, _)| is_called(own, name))?;
        value.as_str().map(str::trim).filter(|page| !page.is_empty())
    };
    page(ENDS[0]).zip(page(ENDS[1]))
}

/// Whether a field has one of the pages of a [`page_range`].
pub(super) fn is_end_of_range(own: &str) -> bool {
    ENDS.iter().any(|name| is_called(own, name))
}

const ENDS: [&str; 2] = ["page start", "page end"];

fn is_called(own: &str, name: &str) -> bool {
    own.eq_ignore_ascii_case(name) || own.replace(['-', '_'], " ").eq_ignore_ascii_case(name)
}

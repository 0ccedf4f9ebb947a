//! CSL-JSON: the items of one list.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::kept::{is_end_of_range, may_be_taken, page_range};
use super::kinds::kind_of;
use crate::document::{Document, MERGED_IDS};
use crate::family_names::{self, FAMILY_NAMES};
use crate::identifiers;
use crate::readers::markup::escaped;

/// Fields of BibTeX and RIS that CSL calls otherwise.
const NAMED: [(&str, &str); 8] = [
    ("pages", "page"),
    ("number", "issue"),
    ("address", "publisher-place"),
    ("langid", "language"),
    ("isbn", "ISBN"),
    ("issn", "ISSN"),
    ("pmid", "PMID"),
    ("shorttitle", "title-short"),
];

/// The field that CSL leaves to programs.
const CUSTOM: &str = "custom";

pub(super) fn write(out: &mut impl Write, document: &Document) -> io::Result<()> {
    serde_json::to_writer(out, &item(document)).map_err(io::Error::from)
}

fn item(document: &Document) -> Map<String, Value> {
    let mut item = Map::new();
    let mut put = |name: &str, value: Value| _ = item.insert(name.to_owned(), value);
    put("id", json!(document.id));
    put("type", json!(kind_of(document).csl));
    if !document.title.is_empty() {
        put("title", json!(escaped(&document.title)));
    }
    if !document.authors.is_empty() {
        put("author", document.authors.iter().map(|name| person(document, name)).collect());
    }
    let parts = match (&document.date, document.year) {
        (Some(date), _) => Some((date.year(), date.month(), date.day())),
        (None, year) => year.map(|year| (year, None, None)),
    };
    if let Some((year, month, day)) = parts {
        let parts: Vec<i64> =
            [Some(year.into()), month.map(i64::from), day.map(i64::from)].into_iter().flatten().collect();
        put("issued", json!({ "date-parts": [parts] }));
    }
    let venue = document.venue.as_deref().map(|venue| escaped(venue).into_owned());
    let texts = [("container-title", &venue), ("DOI", &document.doi), ("URL", &document.url)];
    for (name, value) in texts {
        if let Some(value) = value {
            put(name, json!(value));
        }
    }
    if !document.keywords.is_empty() {
        // pandoc refuses a whole list for a `keyword` that is a list of its own.
        let is_divided = !document.keywords.iter().any(|keyword| keyword.contains(','));
        put("keyword", json!(document.keywords.join(if is_divided { ", " } else { "; " })));
    }
    if !document.r#abstract.is_empty() {
        put("abstract", json!(escaped(&document.r#abstract)));
    }
    if let Some(organization) = &document.organization {
        put("publisher", json!(organization));
    }
    if let Some(arxiv) = &document.arxiv {
        let told = [&document.url, &document.doi].into_iter().flatten().find_map(|text| identifiers::arxiv(text));
        if told.as_ref() != Some(arxiv) && document.url.is_none() {
            put("URL", json!(format!("https://arxiv.org/abs/{arxiv}")));
        } else if told.as_ref() != Some(arxiv) {
            put("arxiv", json!(arxiv));
        }
    }
    let range = page_range(document);
    if let Some((first, last)) = range {
        put("page", json!(format!("{first}-{last}")));
    }
    let mut hidden = Map::new();
    for (name, value) in &document.extra {
        let is_ours =
            [MERGED_IDS, "type", "entry_type"].contains(&name.as_str()) || (name == FAMILY_NAMES && value.is_object());
        let named = NAMED.iter().find(|(known, _)| known == name).map(|(_, csl)| *csl);
        let name = named.filter(|csl| !document.extra.contains_key(*csl)).unwrap_or(name);
        if is_ours || (range.is_some() && is_end_of_range(name)) {
            continue;
        }
        // A date that is not understood stays where programs look for it.
        let is_hidden = item.contains_key(name) || (name != "issued" && may_be_taken(&item, name));
        let place = if is_hidden { &mut hidden } else { &mut item };
        place.insert(name.to_owned(), value.clone());
    }
    if !hidden.is_empty() {
        item.insert(CUSTOM.to_owned(), Value::Object(hidden));
    }
    // A list is known for CSL-JSON by the fields of its first item.
    if !["issued", "container-title", "author", "DOI", "citation-key", "URL"]
        .iter()
        .any(|name| item.contains_key(*name))
    {
        item.insert("citation-key".to_owned(), json!(document.id));
    }
    item
}

fn person(document: &Document, name: &str) -> Value {
    match family_names::parts(document, name) {
        None => json!({ "literal": name }),
        Some(parts) => {
            let mut person = json!({ "family": parts.family });
            if !parts.given.is_empty() {
                person["given"] = json!(parts.given);
            }
            if let Some(suffix) = parts.suffix {
                person["suffix"] = json!(suffix);
            }
            person
        }
    }
}

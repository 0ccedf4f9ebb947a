//! CSL-JSON, which reference managers such as Zotero export: one list of items.
//!
//! | field            | from                                                                                |
//! |------------------|-------------------------------------------------------------------------------------|
//! | id               | `id`, a string or a number, good in this file; without it made of the title         |
//! | title, abstract  | `title`, `abstract`; a missing abstract is ordinary, an item needs one of the two   |
//! | authors          | `author`: `given`, particles, `family` and `suffix`, or `literal`                   |
//! | date             | `issued`: the first of `date-parts`; or `raw` if it is a date                       |
//! | venue            | `container-title`                                                                   |
//! | doi, arxiv, url  | `DOI`, `URL`; an arXiv id from `arxiv` or either of them                           |
//! | keywords         | `keyword`, split at commas or semicolons                                            |
//!
//! Crossref writes some values as a list of one string; the string is taken. All other fields (`type`, `publisher`,
//! `page`, `editor`, …) are kept in `extra`, and a date that cannot be read (`circa 1900`) stays there as `issued`.
//!
//! Cost: one item.

use serde_json::{Map, Value};

use super::fields::{Fields, kind_of};
use super::items::records;
use super::joined::{fold_white_space, non_empty};
use super::jsonl::object;
use super::opening::{Arrangement, Opening};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Record, Records};
use crate::slug::slug;

/// Whether this is a list of items. Each has a `type`; its other fields distinguish it from other lists.
pub(crate) fn knows(opening: &Opening<'_>) -> bool {
    const OWN: [&str; 7] = ["issued", "container-title", "author", "DOI", "citation-key", "accessed", "URL"];
    opening.arrangement == Arrangement::List
        && opening.value("type").is_some_and(|kind| kind.starts_with(b"\""))
        && OWN.iter().any(|name| opening.has(name))
}

pub(crate) fn open(input: Input, name: String) -> Records {
    records(input, name, |item| record(object(item)?))
}

fn record(mut item: Map<String, Value>) -> Result<Record, Mismatch> {
    for name in ["title", "container-title", "abstract"] {
        unwrap_list(&mut item, name);
    }
    let authors = match item.remove("author") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(people)) => {
            non_empty(people.iter().map(name_of).collect::<Vec<_>>().iter().map(String::as_str))
        }
        Some(other) => return Err(Mismatch::new("a list of names in `author`", kind_of(&other))),
    };
    let date = item.get("issued").and_then(issued);
    if date.is_some() {
        item.remove("issued");
    }

    let mut fields = Fields::new(item);
    let id = fields.id()?.map(|(id, _)| id);
    let title = fields.string(&["title"])?.map(|title| fold_white_space(&title)).unwrap_or_default();
    let summary = fields.string(&["abstract"])?.map(|summary| fold_white_space(&summary)).unwrap_or_default();
    if title.is_empty() && summary.is_empty() {
        return Err(Mismatch::new("an item with a `title` or an `abstract`", fields.keys()));
    }
    let (id, id_origin) = match id {
        Some(id) => (id, IdOrigin::Local),
        None if title.is_empty() => return Err(Mismatch::new("an `id`, or a `title` to make one from", "neither")),
        None => (slug(&title), IdOrigin::Made),
    };
    let (doi, url) = (fields.doi(), fields.filled_string(&["URL"])?);
    let told = fields.own_arxiv();
    let arxiv = told.or_else(|| [url.as_deref(), doi.as_deref()].into_iter().flatten().find_map(identifiers::arxiv));
    let document = Document {
        id,
        title,
        r#abstract: summary,
        authors,
        date,
        year: date.as_ref().map(Date::year),
        venue: fields.filled_string(&["container-title"])?,
        arxiv,
        doi,
        url,
        keywords: fields.keywords(&["keyword"])?,
        extra: fields.into_rest(),
        ..Document::default()
    };
    Ok(Record { document, id_origin })
}

/// A list of one string becomes the string.
fn unwrap_list(item: &mut Map<String, Value>, name: &str) {
    if let Some(Value::Array(list)) = item.get_mut(name) {
        let only = if list.is_empty() { Value::Null } else { list.swap_remove(0) };
        item.insert(name.to_owned(), only);
    }
}

fn name_of(person: &Value) -> String {
    let part = |name: &str| person.get(name).and_then(Value::as_str).unwrap_or_default();
    let literal = person.as_str().unwrap_or(part("literal"));
    let parts = ["given", "dropping-particle", "non-dropping-particle", "family", "suffix"];
    let joined = fold_white_space(&parts.map(part).join(" "));
    if joined.is_empty() { fold_white_space(literal) } else { joined }
}

/// The date in `issued`; `None` if it is not a valid date.
fn issued(issued: &Value) -> Option<Date> {
    let Some(parts) = issued.get("date-parts").and_then(|list| list.get(0)) else {
        return issued.get("raw").and_then(Value::as_str)?.parse().ok();
    };
    let part = |at: usize| match parts.get(at)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let year = i32::try_from(part(0)?).ok()?;
    let small = |at: usize| part(at).and_then(|number| u8::try_from(number).ok());
    // A part that is not valid, such as month 0 or a season, is left out; the parts before it are kept.
    let exact = Date::new(year, small(1), small(2)).or_else(|_| Date::new(year, small(1), None));
    exact.or_else(|_| Date::new(year, None, None)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Record, Mismatch> {
        record(value.as_object().unwrap().clone())
    }

    #[test]
    fn an_item_of_zotero_finds_its_place() {
        let Record { document, id_origin } = read(json!({
            "id": "http://zotero.org/users/1/items/AB", "type": "article-journal", "title": "On\n Tides",
            "abstract": "The sea moves.", "container-title": "Journal of Seas", "DOI": "10.1000/SEAS.7", "page": "1-9",
            "URL": "https://arxiv.org/abs/2104.00007", "keyword": "tides, moon; deep sea",
            "author": [{"family": "Brandt", "given": "Ida"}, {"literal": "GULL team"}, {"family": "Berg",
                "given": "Jo", "non-dropping-particle": "van den", "suffix": "Jr."}, {}],
            "issued": {"date-parts": [["2020", 5, 1]]},
        }))
        .unwrap();
        assert_eq!(id_origin, IdOrigin::Local);
        assert_eq!((document.id.as_str(), document.title.as_str()), ("http://zotero.org/users/1/items/AB", "On Tides"));
        assert_eq!(document.authors, ["Ida Brandt", "GULL team", "Jo van den Berg Jr."]);
        assert_eq!((document.date.unwrap().to_string(), document.year), ("2020-05-01".to_owned(), Some(2020)));
        assert_eq!((document.doi.as_deref(), document.arxiv.as_deref()), (Some("10.1000/seas.7"), Some("2104.00007")));
        assert_eq!(document.keywords, ["tides", "moon", "deep sea"]);
        assert_eq!(Value::Object(document.extra), json!({"type": "article-journal", "page": "1-9"}));
    }

    #[test]
    fn dates_are_as_exact_as_they_are_told() {
        let date = |value: Value| issued(&value).map(|date| date.to_string());
        assert_eq!(date(json!({"date-parts": [[2020, 5]]})).as_deref(), Some("2020-05"));
        assert_eq!(date(json!({"date-parts": [[2020]]})).as_deref(), Some("2020"));
        assert_eq!(date(json!({"date-parts": [[2020, 2, 30]]})).as_deref(), Some("2020-02"));
        assert_eq!(date(json!({"date-parts": [[2020, 13, 1]]})).as_deref(), Some("2020"));
        assert_eq!(date(json!({"raw": "2020-05-01"})).as_deref(), Some("2020-05-01"));
        assert_eq!(date(json!({"literal": "circa 1900"})), None);
        assert_eq!(date(json!({"date-parts": []})), None);
        let kept = read(json!({"type": "book", "title": "T", "issued": {"literal": "circa 1900"}})).unwrap().document;
        assert_eq!(kept.extra["issued"], json!({"literal": "circa 1900"}));
    }

    #[test]
    fn an_item_needs_words_and_gets_an_id() {
        let made = read(json!({"type": "book", "title": ["On Tides"], "container-title": []})).unwrap();
        assert_eq!((made.document.id.as_str(), made.id_origin), ("on-tides", IdOrigin::Made));
        let mismatch = read(json!({"id": 3, "type": "book", "title": " "})).unwrap_err();
        assert_eq!(
            (mismatch.expected.as_str(), mismatch.found.as_str()),
            ("an item with a `title` or an `abstract`", "the fields `type`")
        );
        let mismatch = read(json!({"id": 3, "title": "T", "author": "I. Brandt"})).unwrap_err();
        assert_eq!(mismatch.found, "the string `I. Brandt`");
    }
}

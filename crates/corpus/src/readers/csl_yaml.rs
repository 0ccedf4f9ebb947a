//! CSL-YAML, the items of CSL-JSON as pandoc, Zotero's Better BibTeX and people write them: a list, alone or under
//! `references`.
//!
//! The fields are those of [`csl`](super::csl). What pandoc allows beyond them is brought into their form first: dates as
//! texts or as `year`, `month` and `day`, one author as a text, and texts in Markdown (`On *tides*`, `H~2~O`).

use serde_json::{Map, Value, json};

use super::{calendar, csl};
use crate::document::Document;
use crate::error::Mismatch;
use crate::record::{IdOrigin, Record};

/// Fields with texts in Markdown.
const TEXTS: [&str; 3] = ["title", "abstract", "container-title"];

pub(super) fn record(mut item: Map<String, Value>) -> Result<Record, Mismatch> {
    for name in TEXTS {
        if let Some(Value::String(text)) = item.get_mut(name) {
            *text = without_markdown(text);
        }
    }
    let says = |name: &str| item.get(name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    if !says("title") && !says("abstract") {
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        return Ok(Record {
            document: Document { id, extra: item, ..Document::default() },
            id_origin: IdOrigin::Local,
        });
    }
    let named = |name: &str| json!({"name": name});
    match item.get_mut("author") {
        Some(Value::Array(people)) => {
            people.iter_mut().for_each(|person| *person = person.as_str().map(named).unwrap_or_else(|| person.take()));
        }
        Some(one) if one.is_string() => *one = Value::Array(one.as_str().map(named).into_iter().collect()),
        _ => {}
    }
    if let Some(issued) = item.remove("issued") {
        item.insert("issued".to_owned(), with_parts(issued));
    }
    Ok(csl::record(item))
}

/// A date with `date-parts`, if it can be told as such.
fn with_parts(issued: Value) -> Value {
    let first = match &issued {
        Value::Array(list) => list.first().cloned().unwrap_or_default(),
        other => other.clone(),
    };
    let date = match &first {
        Value::String(text) => calendar::written(text),
        Value::Object(date) => {
            let part = |name: &str| date.get(name).and_then(Value::as_str);
            part("year").and_then(|year| calendar::date(year, part("month"), part("day"))).or_else(|| {
                let text = part("raw").or_else(|| part("literal"))?;
                calendar::written(text)
            })
        }
        _ => None,
    };
    let Some(date) = date else { return issued };
    let parts: Vec<i64> = [Some(i64::from(date.year())), date.month().map(i64::from), date.day().map(i64::from)]
        .into_iter()
        .flatten()
        .collect();
    json!({"date-parts": [parts]})
}

/// A text without the marks of Markdown that change its looks.
fn without_markdown(text: &str) -> String {
    let text = without_pairs(text, "**", true);
    let text = without_pairs(&text, "*", true);
    let text = without_pairs(&text, "~", false);
    without_pairs(&text, "^", false).replace("]{.nocase}", "").replace("]{.smallcaps}", "").replace("\\*", "*")
}

/// A text without pairs of a mark around words. Marks of what is lowered or raised have no space between them.
fn without_pairs(text: &str, mark: &str, may_hold_spaces: bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        plain.push_str(before);
        let inside = after.split_once(mark).map(|(inside, _)| inside).filter(|inside| {
            let is_framed = !inside.is_empty() && !inside.starts_with(' ') && !inside.ends_with([' ', '\\']);
            let is_in_word = may_hold_spaces && before.ends_with(char::is_alphanumeric);
            is_framed
                && !is_in_word
                && !before.ends_with('\\')
                && (may_hold_spaces || !inside.contains(char::is_whitespace))
        });
        match inside {
            Some(inside) => {
                plain.push_str(inside);
                rest = &after[inside.len() + mark.len()..];
            }
            None => {
                plain.push_str(mark);
                rest = after;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::super::yaml::tests::read;
    use super::*;

    #[test]
    fn an_item_of_pandoc_finds_its_place() {
        let item = read(
            "---\nreferences:\n- id: dune2020\n  type: article-journal\n  title: On *tides* of H~2~O\n  author:\n  - family: Dune\n    \
             given: Ada\n  - literal: Sea Lab\n  issued:\n  - year: 2020\n    month: 5\n  abstract: |\n    The sea\n    moves.\n  \
             container-title: Journal of Seas\n  DOI: 10.1000/SEAS.7\n  volume: 3\n",
        );
        let item = item.into_iter().next().unwrap().unwrap();
        assert_eq!(
            (item.id.as_str(), item.title.as_str(), item.r#abstract.as_str()),
            ("dune2020", "On tides of H2O", "The sea moves.")
        );
        assert_eq!(item.authors, ["Ada Dune", "Sea Lab"]);
        assert_eq!((item.date.unwrap().to_string().as_str(), item.year), ("2020-05", Some(2020)));
        assert_eq!((item.venue.as_deref(), item.doi.as_deref()), (Some("Journal of Seas"), Some("10.1000/seas.7")));
        assert_eq!(Value::Object(item.extra), json!({"type": "article-journal", "volume": "3"}));
    }

    #[test]
    fn names_may_be_texts() {
        let authors =
            |written: &str| read(format!("- type: book\n  title: T\n  author: {written}\n")).remove(0).unwrap().authors;
        assert_eq!(authors("Dune, Ada"), ["Ada Dune"]);
        assert_eq!(authors("[\"Dune, Ada\", {family: Wave, given: C.}]"), ["Ada Dune", "C. Wave"]);
    }

    #[test]
    fn dates_have_many_forms() {
        let date = |written: &str| {
            let item = read(format!("- type: book\n  title: T\n  issued: {written}\n")).remove(0).unwrap();
            item.date.map(|date| date.to_string()).unwrap_or_default()
        };
        assert_eq!(date("2020-05-01"), "2020-05-01");
        assert_eq!(date("2020"), "2020");
        assert_eq!(date("{year: 2020, month: May}"), "2020-05");
        assert_eq!(date("{date-parts: [[2020, 5, 1]]}"), "2020-05-01");
        assert_eq!(date("[{year: 2020}, {year: 2021}]"), "2020");
        assert_eq!(date("{literal: May 2020}"), "2020-05");
        assert_eq!(date("n.d."), "");
    }

    #[test]
    fn only_marks_of_markdown_go() {
        assert_eq!(without_markdown("**On** *the deep* sea, 2*3*4, a * b * c"), "On the deep sea, 2*3*4, a * b * c");
        assert_eq!(without_markdown("x^2^ and ~ 5 ~ 6, 2^nd"), "x2 and ~ 5 ~ 6, 2^nd");
        assert_eq!(without_markdown("*"), "*");
    }
}

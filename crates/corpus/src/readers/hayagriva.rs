//! Hayagriva, the YAML in which Typst keeps bibliographies.
//!
//! | field    | from                                                                                        |
//! |----------|---------------------------------------------------------------------------------------------|
//! | id       | the name of the entry                                                                       |
//! | title    | `title`                                                                                     |
//! | abstract | `abstract`                                                                                  |
//! | authors  | `author`; without it `editor`, or the people of `affiliated`                                |
//! | date     | `date`, or that of the `parent`                                                             |
//! | venue    | the title of the `parent`                                                                   |
//! | doi      | `serial-number: {doi: …}`, or a link                                                        |
//! | arxiv    | `serial-number: {arxiv: …}`, or a link                                                      |
//! | url      | `url`                                                                                       |
//! | extra    | `type`, `volume` and `issue` of entry or parent, `serial-number`, `short-title`, `accessed` |
//! |          | (the date of the `url`), all other fields                                                   |
//!
//! A text may be one with forms (`{value: …, short: …}`), a name one of parts (`{name: Dune, given-name: Ada}`), and there may
//! be several parents, of which the first with a title counts. Braces in a title protect its letters and are dropped.

use serde_json::{Map, Value};

use super::calendar;
use super::joined::fold_white_space;
use super::people::spoken;
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::family_names::name_of;
use crate::identifiers;
use crate::record::{IdOrigin, Record};

/// Kinds of entries, in lower case.
pub(super) const KINDS: [&str; 30] = [
    "article",
    "chapter",
    "entry",
    "anthos",
    "report",
    "thesis",
    "web",
    "scene",
    "artwork",
    "patent",
    "case",
    "newspaper",
    "legislation",
    "manuscript",
    "original",
    "post",
    "misc",
    "performance",
    "periodical",
    "proceedings",
    "book",
    "blog",
    "reference",
    "conference",
    "anthology",
    "repository",
    "thread",
    "video",
    "audio",
    "exhibition",
];

/// Makes a record of a mapping that holds one entry under its name.
pub(super) fn record(entries: Map<String, Value>) -> Result<Record, Mismatch> {
    match entries.into_iter().next() {
        Some((key, Value::Object(entry))) => Ok(Record { document: paper(key, entry), id_origin: IdOrigin::Local }),
        Some((key, Value::Null)) => {
            Ok(Record { document: Document { id: key, ..Document::default() }, id_origin: IdOrigin::Local })
        }
        _ => Err(Mismatch::new("an entry with fields", "a text or a list")),
    }
}

fn paper(key: String, mut entry: Map<String, Value>) -> Document {
    let parents = match entry.remove("parent") {
        Some(Value::Array(parents)) => parents,
        Some(parent) => vec![parent],
        None => Vec::new(),
    };
    let mut parents: Vec<Map<String, Value>> = parents.into_iter().filter_map(into_object).collect();
    let title = take_text(&mut entry, "title").replace(['{', '}'], "");
    let summary = take_text(&mut entry, "abstract");
    let authors = take_people(&mut entry);
    let date = take_date(&mut entry).or_else(|| parents.iter_mut().find_map(take_date));
    let place = parents.iter().position(|parent| !text_of(parent.get("title")).is_empty());
    let mut parent = place.map(|at| parents.remove(at)).unwrap_or_default();
    let venue = Some(take_text(&mut parent, "title").replace(['{', '}'], "")).filter(|venue| !venue.is_empty());
    let url = Some(text_of(entry.get("url"))).filter(|url| !url.is_empty());
    let numbers = entry.get("serial-number");
    let number = |name: &str, read: fn(&str) -> Option<String>| {
        let named = numbers.and_then(|numbers| numbers.get(name)).and_then(Value::as_str).and_then(read);
        let alone = || numbers.and_then(Value::as_str).and_then(read);
        // Old versions of the format had a field for each.
        let old = || entry.get(name).and_then(Value::as_str).and_then(read);
        named.or_else(alone).or_else(old).or_else(|| url.as_deref().and_then(read))
    };
    let doi = number("doi", identifiers::doi);
    let arxiv = number("arxiv", identifiers::arxiv).or_else(|| doi.as_deref().and_then(identifiers::arxiv));
    if url.is_some()
        && let Some(day) = entry.remove("url").and_then(|mut url| Some(url.get_mut("date")?.take()))
    {
        entry.insert("accessed".to_owned(), day);
    }
    if let Some(Value::Object(numbers)) = entry.get_mut("serial-number") {
        numbers.retain(|name, _| !(name == "doi" && doi.is_some() || name == "arxiv" && arxiv.is_some()));
    }
    for (name, is_told) in [("doi", doi.is_some()), ("arxiv", arxiv.is_some())] {
        entry.retain(|field, _| field != name || !is_told);
    }
    for name in ["volume", "issue", "publisher", "editor"] {
        if let Some(value) = parent.remove(name) {
            entry.entry(name).or_insert(value);
        }
    }
    parent.remove("type");
    if !parent.is_empty() {
        parents.insert(0, parent);
    }
    if !parents.is_empty() {
        entry.insert("parent".to_owned(), parents.into_iter().map(Value::Object).collect());
    }
    entry.retain(|_, value| match value {
        Value::Null => false,
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    });
    Document {
        id: key,
        title,
        r#abstract: summary,
        authors,
        year: date.as_ref().map(Date::year),
        date,
        venue,
        doi,
        arxiv,
        url,
        extra: entry,
        ..Document::default()
    }
}

fn into_object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        // A parent may be told by its title alone.
        Value::String(title) => Some(Map::from_iter([("title".to_owned(), Value::String(title))])),
        _ => None,
    }
}

/// A text, or the value of one with forms.
fn text_of(value: Option<&Value>) -> String {
    let text = match value {
        Some(Value::Object(forms)) => {
            ["value", "verbatim", "sentence-case", "title-case"].iter().find_map(|form| forms.get(*form)?.as_str())
        }
        Some(value) => value.as_str(),
        None => None,
    };
    fold_white_space(text.unwrap_or_default())
}

/// Takes a text; anything else is left. Of one with forms, the short form stays under a name of its own.
fn take_text(entry: &mut Map<String, Value>, name: &str) -> String {
    let text = text_of(entry.get(name));
    if !text.is_empty()
        && let Some(short) = entry.remove(name).and_then(|mut forms| Some(forms.get_mut("short")?.take()))
    {
        entry.insert(format!("short-{name}"), short);
    }
    text
}

/// Takes the date; one that is not understood is left.
fn take_date(entry: &mut Map<String, Value>) -> Option<Date> {
    let date = calendar::written(text_of(entry.get("date")).trim_start_matches('~'))?;
    entry.remove("date");
    Some(date)
}

/// Takes the authors, or else the editors, or else the people with other tasks.
fn take_people(entry: &mut Map<String, Value>) -> Vec<String> {
    for name in ["author", "editor"] {
        let people = entry.get(name).map(people).unwrap_or_default();
        if !people.is_empty() {
            entry.remove(name);
            return people;
        }
    }
    match entry.get("affiliated") {
        Some(Value::Array(groups)) => groups.iter().filter_map(|group| group.get("names")).flat_map(people).collect(),
        Some(group) => group.get("names").map(people).unwrap_or_default(),
        None => Vec::new(),
    }
}

/// The names of a list, or of one person.
fn people(value: &Value) -> Vec<String> {
    let names = match value {
        Value::Array(list) => list.iter().map(name).collect(),
        one => vec![name(one)],
    };
    names.into_iter().filter(|name: &String| !name.is_empty()).collect()
}

fn name(person: &Value) -> String {
    let part = |name: &str| person.get(name).and_then(Value::as_str).unwrap_or_default();
    let family = format!("{} {}", part("prefix"), part("name"));
    person.as_str().map_or_else(|| name_of(part("given-name"), &family, part("suffix")), spoken)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::yaml::tests::read;
    use super::*;

    #[test]
    fn an_entry_finds_its_place() {
        let entry = read(
            "dune2020:\n  type: Article\n  title:\n    value: On {T}ides\n    short: Tides\n  author: [\"Dune, Ada\", {name: Wave, \
             given-name: Carl, prefix: van der, suffix: Jr.}]\n  date: 2020-05\n  abstract: The sea moves.\n  page-range: 7-9\n  url: \
             {value: https://sea.example/7, date: 2021-01-01}\n  serial-number:\n    doi: 10.1000/SEAS.7\n    issn: 1234-5678\n  \
             parent:\n    type: Periodical\n    title: Journal of Seas\n    volume: 3\n    issue: 1\n",
        );
        let entry = entry.into_iter().next().unwrap().unwrap();
        assert_eq!(
            (entry.id.as_str(), entry.title.as_str(), entry.r#abstract.as_str()),
            ("dune2020", "On Tides", "The sea moves.")
        );
        assert_eq!(entry.authors, ["Ada Dune", "Carl van der Wave Jr."]);
        assert_eq!((entry.date.unwrap().to_string().as_str(), entry.year), ("2020-05", Some(2020)));
        assert_eq!((entry.venue.as_deref(), entry.doi.as_deref()), (Some("Journal of Seas"), Some("10.1000/seas.7")));
        assert_eq!(entry.url.as_deref(), Some("https://sea.example/7"));
        let expected = json!({"type": "Article", "short-title": "Tides", "page-range": "7-9",
            "accessed": "2021-01-01", "serial-number": {"issn": "1234-5678"},
            "volume": "3", "issue": "1"});
        assert_eq!(Value::Object(entry.extra), expected);
    }

    #[test]
    fn fields_have_many_forms() {
        let read = |fields: &str| read(format!("a:\n  type: article\n  title: T\n{fields}")).remove(0).unwrap();
        let several =
            read("  author: Dune, Ada\n  parent:\n  - type: conference\n  - title: Sea 2020\n    date: 2020\n");
        assert_eq!(
            (several.authors, several.venue.as_deref(), several.year),
            (vec!["Ada Dune".to_owned()], Some("Sea 2020"), Some(2020))
        );
        assert_eq!(several.extra["parent"], json!([{"type": "conference"}]));
        let arxiv = read("  serial-number: arXiv:2101.00001\n  editor: [Sand]\n  date: ~2020\n");
        assert_eq!(
            (arxiv.arxiv.as_deref(), arxiv.authors, arxiv.year),
            (Some("2101.00001"), vec!["Sand".to_owned()], Some(2020))
        );
        assert_eq!(read("  doi: 10.1000/SEAS.7\n").doi.as_deref(), Some("10.1000/seas.7"));
        let odd = read("  date: soon\n  author: []\n  affiliated:\n  - role: director\n    names: [\"Dune, Ada\"]\n");
        assert_eq!((odd.date, &odd.extra["date"], odd.authors), (None, &json!("soon"), vec!["Ada Dune".to_owned()]));
    }

    #[test]
    fn an_entry_without_fields_is_handed_out() {
        let all = super::super::yaml::tests::read("a:\n  type: web\n  title: T\nb:\nc: text\n");
        assert_eq!((all.len(), all[1].as_ref().unwrap().id.as_str()), (3, "b"));
        assert!(all[2].as_ref().unwrap_err().contains("expected an entry with fields"));
    }
}

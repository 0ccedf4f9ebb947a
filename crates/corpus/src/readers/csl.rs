//! CSL-JSON, which reference managers such as Zotero export, and Crossref's JSON, which is the same but for lists around texts.
//!
//! | field            | from                                                                                |
//! |------------------|-------------------------------------------------------------------------------------|
//! | id               | `id`, a string or a number, good in this file; without it made of the title         |
//! | title, abstract  | `title`, `abstract`, without markup; a missing abstract is ordinary                 |
//! | authors          | `author`: `given`, particles, `family` and `suffix`, or `literal`                   |
//! | date             | `issued`: the first of `date-parts`; `raw` or `literal`; a list or a text           |
//! | venue            | `container-title`                                                                   |
//! | doi, arxiv, url  | `DOI`, `URL`; an arXiv id from either                                               |
//! | keywords         | `keyword`, split at commas or semicolons; Crossref's `subject`                      |
//!
//! Items are read as JSON lines are ([`jsonl`](super::jsonl)). All other fields (`type`, `publisher`, `page`, `editor`, …) are
//! kept in `extra`, and a date that cannot be read (`n.d.`) stays there as `issued`. Of Crossref's items what is about
//! other works, or about the record, is passed over: [`CROSSREF_OWN`].
//!
//! Items come as a list, as lines, alone (as a DOI's address answers), or inside Crossref's answers.
//!
//! Cost: one item.

use serde_json::{Map, Value};

use super::items::records;
use super::jsonl::{self, object};
use super::opening::Opening;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Record, Records};

/// Fields of Crossref that are not about the paper.
const CROSSREF_OWN: [&str; 21] = [
    "assertion",
    "content-created",
    "content-domain",
    "created",
    "deposited",
    "indexed",
    "issn-type",
    "journal-issue",
    "license",
    "link",
    "member",
    "message-type",
    "message-version",
    "prefix",
    "published-print",
    "published-online",
    "reference",
    "relation",
    "resource",
    "score",
    "update-policy",
];

/// Whether this is an item or a list of items. Each has a `type`, or `issued` or `author` as only CSL has them; its other fields
/// distinguish it from other lists. DOAJ has `author` too, beside `identifier`.
pub(crate) fn knows(opening: &Opening<'_>) -> bool {
    const OWN: [&str; 7] = ["issued", "container-title", "author", "DOI", "citation-key", "accessed", "URL"];
    let has_type = opening.value("type").is_some_and(|kind| kind.starts_with(b"\""));
    let begins = |name: &str, text: &[u8]| opening.value(name).is_some_and(|value| value.starts_with(text));
    let is_issued = begins("issued", b"{") || begins("author", b"[{");
    (has_type && OWN.iter().any(|name| opening.has(name)))
        || (opening.has("title") && is_issued && !opening.has("authors") && !opening.has("identifier"))
}

pub(crate) fn open(input: Input, name: String) -> Records {
    records(input, name, |item| Ok(record(object(item)?)))
}

/// The record of an item.
pub(super) fn record(mut item: Map<String, Value>) -> Record {
    let message = match item.get_mut("message") {
        Some(Value::Object(message)) if message.contains_key("DOI") => Some(std::mem::take(message)),
        _ => None,
    };
    let mut item = message.unwrap_or(item);
    if item.contains_key("indexed") || item.contains_key("DOI") && item.get("title").is_some_and(Value::is_array) {
        item.retain(|name, _| !CROSSREF_OWN.contains(&name.as_str()));
    }
    // The field that CSL leaves to programs; our exports have kept fields there whose names mean something.
    if let Some(Value::Object(custom)) = item.get_mut("custom") {
        let custom = std::mem::take(custom);
        item.remove("custom");
        item.entry("extra").or_insert(Value::Object(custom));
    }
    let mut record = jsonl::record(item);
    let is_known_everywhere = identifiers::doi(&record.document.id).is_some();
    if record.id_origin == IdOrigin::Given && !is_known_everywhere {
        record.id_origin = IdOrigin::Local;
    }
    record
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Record {
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
        }));
        assert_eq!(id_origin, IdOrigin::Local);
        assert_eq!((document.id.as_str(), document.title.as_str()), ("http://zotero.org/users/1/items/AB", "On Tides"));
        assert_eq!(document.authors, ["Ida Brandt", "GULL team", "Jo van den Berg Jr."]);
        assert_eq!((document.date.unwrap().to_string(), document.year), ("2020-05-01".to_owned(), Some(2020)));
        assert_eq!((document.doi.as_deref(), document.arxiv.as_deref()), (Some("10.1000/seas.7"), Some("2104.00007")));
        assert_eq!(document.keywords, ["tides", "moon", "deep sea"]);
        assert_eq!(Value::Object(document.extra), json!({"type": "article-journal", "page": "1-9"}));
    }

    #[test]
    fn an_item_of_crossref_is_read_without_what_is_not_about_it() {
        let work = json!({
            "DOI": "10.1000/seas.7", "type": "journal-article", "title": ["On Tides"], "container-title": ["Journal of Seas"],
            "author": [{"given": "Ada", "family": "Dune", "sequence": "first", "affiliation": []}], "subject": ["Tides"],
            "issued": {"date-parts": [[2020, 5, 1]]}, "created": {"date-parts": [[2021, 1, 1]]}, "volume": "3",
            "abstract": "<jats:title>Abstract</jats:title><jats:p>The sea moves.</jats:p>", "reference": [{"key": "1"}],
        });
        for work in [work.clone(), json!({"status": "ok", "message-type": "work", "message": work})] {
            let Record { document, id_origin } = read(work);
            assert_eq!((document.id.as_str(), id_origin), ("on-tides", IdOrigin::Made));
            assert_eq!(
                (document.r#abstract.as_str(), document.venue.as_deref()),
                ("The sea moves.", Some("Journal of Seas"))
            );
            assert_eq!((document.authors, document.keywords), (vec!["Ada Dune".to_owned()], vec!["Tides".to_owned()]));
            assert_eq!(document.date.unwrap().to_string(), "2020-05-01");
            assert_eq!(Value::Object(document.extra), json!({"type": "journal-article", "volume": "3"}));
        }
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let item = read(json!({"id": 3, "type": "book", "title": "T", "issued": {"literal": "n.d."}, "author": [{}]}));
        assert_eq!((item.document.id.as_str(), item.id_origin, item.document.date), ("3", IdOrigin::Local, None));
        let kept = json!({"type": "book", "issued": {"literal": "n.d."}, "author": [{}]});
        assert_eq!(Value::Object(item.document.extra), kept);
    }
}

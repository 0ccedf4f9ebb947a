//! JSON lines: one object per line, one object per paper; or one list of such objects.
//!
//! Field names differ between exports, so each field is looked up under several names, in this order:
//!
//! | field         | names, the first in the row wins                                | forms                |
//! |---------------|-----------------------------------------------------------------|----------------------|
//! | id            | `id`, `_id`, `paper_id`, `arxiv_id`                             | string, integer      |
//! | title         | `title`                                                         | string               |
//! | abstract      | `abstract`, `text`, `summary`                                   | string, may be empty |
//! | authors       | `authors`, `author`                                             | list, string         |
//! | authors_count | `authors_count`, `n_authors`                                    | integer              |
//! | organization  | `organization`, `organisation`, `affiliation`                   | string               |
//! | date          | `date`, `published`, `published_date`, `created`, `update_date` | [`Date`]             |
//! | year          | `year`                                                          | integer, string      |
//! | venue         | `venue`, `journal`, `journal-ref`                               | string               |
//! | doi           | `doi`, `DOI`                                                    | string               |
//! | arxiv         | `arxiv`, `arxiv_id`, or an id, a link or a DOI that contains it | string               |
//! | url           | `url`, `link`                                                   | string               |
//! | keywords      | `keywords`, `categories`, `tags`                                | list, string         |
//! | comments      | `comments`                                                      | integer              |
//!
//! The fields of an object `extra` are kept as fields of the paper, whatever their names; so an export writes them.
//!
//! A `doi` or `arxiv` that is not valid stays in `extra`, as does an `arxiv_id` beside an `id`.
//!
//! An `id` in quotes is the user's own name of the paper, wherever it is read. A whole number of up to six digits is taken
//! for the number of a row, which names the paper in this file only.
//!
//! An item of a list of authors may also be an object with a `name`.
//!
//! Where two names of one field are present, the first in the table wins. The other, and every field the
//! table does not know (BEIR's `metadata`, arXiv's textual `comments`), is kept in `extra`. `null` counts as
//! absent. White space in titles and abstracts is folded, because exports wrap lines where a paper does not.
//!
//! A missing `year` follows from the date, a missing id from the title. A record without the abstract field
//! is malformed rather than empty: it is most likely a file of something else.

use serde_json::{Map, Value};

use super::fields::{Fields, kind_of};
use super::items::{Parse, records, records_on_lines};
use super::joined::fold_white_space;
use super::json::complaint;
use crate::date::Date;
use crate::document::Document;
use crate::error::{Mismatch, snippet};
use crate::format::Format;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Record, Records};
use crate::slug::slug;

/// JSON lines, or one list of the same objects.
pub(crate) fn open(input: Input, name: String, format: Format) -> Records {
    let parse: Parse = |item| record(object(item)?);
    if format == Format::JsonList { records(input, name, parse) } else { records_on_lines(input, name, parse) }
}

/// Parses a line that has to hold one JSON object.
pub(crate) fn object(line: &str) -> Result<Map<String, Value>, Mismatch> {
    let expected = "one JSON object on the line";
    match serde_json::from_str(line) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(Mismatch::new(expected, kind_of(&other))),
        Err(_) if line.trim() == "{" => Err(Mismatch::new(
            expected,
            "the beginning of one that goes on in the next (`jq -c . FILE` gives each object its own line)",
        )),
        Err(error) => Err(complaint(expected, &error)),
    }
}

/// A record of fields under the names of the table above.
pub(super) fn record(object: Map<String, Value>) -> Result<Record, Mismatch> {
    let mut fields = Fields::new(object);
    let kept = fields.take_object("extra");
    let keys = fields.keys();

    let arxiv_id = fields.own_arxiv().or_else(|| fields.arxiv("arxiv_id"));
    let numbers_rows = fields.numbers_rows();
    let id = fields.id()?;
    let title = fields.string(&["title"])?.map(|title| fold_white_space(&title)).unwrap_or_default();
    let summary = fields
        .string(&["abstract", "text", "summary"])?
        .ok_or_else(|| Mismatch::new("a field `abstract`, `text` or `summary`", keys))?;
    let date = fields.date(&["date", "published", "published_date", "created", "update_date"])?;
    let year = fields.year("year")?.or(date.as_ref().map(Date::year));

    let (id, id_origin) = match id {
        Some((id, "_id")) => (id, IdOrigin::Judged),
        Some((id, _)) if numbers_rows => (id, IdOrigin::Local),
        Some((id, _)) => (id, IdOrigin::Given),
        None => (slug(&title), IdOrigin::Made),
    };
    if id.is_empty() {
        let found = format!("neither, beside the abstract {}", snippet(&summary));
        return Err(Mismatch::new("an `id`, or a `title` to make one from", found));
    }

    let doi = fields.doi();
    let url = fields.filled_string(&["url", "link"])?;
    let told = [Some(id.as_str()), url.as_deref(), doi.as_deref()];
    let arxiv = arxiv_id.or_else(|| told.into_iter().flatten().find_map(identifiers::arxiv));
    let mut document = Document {
        id,
        title,
        r#abstract: fold_white_space(&summary),
        authors: fields.authors(&["authors", "author"])?,
        authors_count: fields.count(&["authors_count", "n_authors"])?,
        organization: fields.filled_string(&["organization", "organisation", "affiliation"])?,
        date,
        year,
        venue: fields.filled_string(&["venue", "journal", "journal-ref"])?,
        doi,
        arxiv,
        url,
        keywords: fields.keywords(&["keywords", "categories", "tags"])?,
        comments: fields.integer_comments()?,
        judged: id_origin == IdOrigin::Judged,
        source: Vec::new(),
        extra: fields.into_rest(),
    };
    for (name, value) in kept {
        document.extra.entry(name).or_insert(value);
    }
    Ok(Record { document, id_origin })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Document, Mismatch> {
        object(&value.to_string()).and_then(record).map(|record| record.document)
    }

    fn good(value: Value) -> Document {
        read(value).unwrap()
    }

    fn mismatch(value: Value) -> (String, String) {
        let mismatch = read(value).unwrap_err();
        (mismatch.expected, mismatch.found)
    }

    #[test]
    fn the_fields_of_an_arxiv_export_find_their_place() {
        let paper = good(json!({
            "id": "0704.0001", "submitter": "A. Person", "authors": "A. Person, B. Person and C. Person",
            "title": "On the\n  tides", "comments": "37 pages, 15 figures", "journal-ref": "J. Seas 3 (2008)",
            "doi": null, "categories": "hep-ph cs.CL", "abstract": "  The sea\n moves. ",
            "update_date": "2008-11-26",
        }));
        assert_eq!((paper.id.as_str(), paper.title.as_str()), ("0704.0001", "On the tides"));
        assert_eq!(paper.r#abstract, "The sea moves.");
        assert_eq!(paper.authors, ["A. Person", "B. Person", "C. Person"]);
        assert_eq!(paper.keywords, ["hep-ph", "cs.CL"]);
        assert_eq!((paper.year, paper.venue.as_deref()), (Some(2008), Some("J. Seas 3 (2008)")));
        assert_eq!(paper.comments, None);
        assert_eq!(Value::Object(paper.extra), json!({"submitter": "A. Person", "comments": "37 pages, 15 figures"}));
    }

    #[test]
    fn the_first_name_in_the_table_wins_and_the_other_is_kept() {
        let paper = good(json!({"_id": "b", "id": "a", "text": "second", "abstract": "first", "summary": null}));
        assert_eq!((paper.id.as_str(), paper.r#abstract.as_str()), ("a", "first"));
        assert_eq!(Value::Object(paper.extra), json!({"_id": "b", "text": "second"}));
    }

    #[test]
    fn a_doi_and_an_arxiv_id_are_found_wherever_they_stand() {
        let named = |value: Value| {
            let mut object = json!({"id": "a", "title": "T", "abstract": "A"});
            value.as_object().unwrap().iter().for_each(|(name, value)| object[name] = value.clone());
            let paper = good(object);
            (paper.doi, paper.arxiv, Value::Object(paper.extra))
        };
        let (doi, arxiv) = (Some("10.1000/7".to_owned()), Some("2401.01234".to_owned()));
        assert_eq!(named(json!({"DOI": "https://doi.org/10.1000/7"})), (doi.clone(), None, json!({})));
        assert_eq!(named(json!({"doi": "none", "DOI": "10.1000/7"})), (doi, None, json!({"doi": "none"})));
        assert_eq!(named(json!({"doi": ["10.1000/7"]})), (None, None, json!({"doi": ["10.1000/7"]})));
        assert_eq!(named(json!({"id": "2401.01234v2"})), (None, arxiv.clone(), json!({})));
        assert_eq!(named(json!({"url": "https://arxiv.org/abs/2401.01234"})), (None, arxiv.clone(), json!({})));
        let beside = json!({"arxiv_id": "2401.01234v2"});
        assert_eq!(named(beside.clone()), (None, arxiv.clone(), beside));
        assert_eq!(named(json!({"arxiv": "arXiv:2401.01234"})), (None, arxiv.clone(), json!({})));
        assert_eq!(named(json!({"arxiv": "yes"})), (None, None, json!({"arxiv": "yes"})));
        let registered = "10.48550/arxiv.2401.01234";
        assert_eq!(named(json!({"doi": registered})), (Some(registered.to_owned()), arxiv, json!({})));
    }

    #[test]
    fn benchmark_records_keep_their_metadata() {
        let paper = good(json!({"_id": 12, "title": "", "text": "", "metadata": {"year": 1962}}));
        assert_eq!((paper.id.as_str(), paper.year), ("12", None));
        assert_eq!(paper.extra["metadata"], json!({"year": 1962}));
    }

    #[test]
    fn a_missing_id_is_made_from_the_title() {
        let paper = good(json!({"title": "On Tides", "abstract": "x", "id": "", "comments": 3, "n_authors": 2}));
        assert_eq!((paper.id.as_str(), paper.comments, paper.authors_count), ("on-tides", Some(3), Some(2)));
        let (expected, found) = mismatch(json!({"abstract": "The sea moves."}));
        assert_eq!(expected, "an `id`, or a `title` to make one from");
        assert_eq!(found, "neither, beside the abstract `The sea moves.`");
    }

    #[test]
    fn a_record_without_an_abstract_is_told_which_fields_it_has() {
        let (expected, found) = mismatch(json!({"id": "1", "title": "T", "abstract": null}));
        assert_eq!(expected, "a field `abstract`, `text` or `summary`");
        assert_eq!(found, "the fields `abstract` (null), `id`, `title`");
        assert_eq!(mismatch(json!({})).1, "no fields");
    }

    #[test]
    fn wrong_types_are_named_with_their_field() {
        let with = |field: &str, value: Value| {
            let mut object = json!({"id": "1", "title": "T", "abstract": "A"});
            object[field] = value;
            mismatch(object)
        };
        assert_eq!(with("title", json!(3)), ("a string in `title`".into(), "the number 3".into()));
        assert_eq!(with("year", json!("MMX")), ("a year in `year`".into(), "the string `MMX`".into()));
        assert_eq!(with("id", json!(1.5)), ("a string or an integer in `id`".into(), "the number 1.5".into()));
        assert_eq!(with("comments", json!(-1)).1, "the number -1");
        assert_eq!(with("keywords", json!(["a", {}])).1, "a list with an object in it");
        assert_eq!(with("authors", json!([{"family": "P"}])).1, "a list with an object in it");
        assert_eq!(
            with("date", json!("spring 2023")),
            ("a date as YYYY, YYYY-MM or YYYY-MM-DD in `date`".into(), "the string `spring 2023`".into())
        );
        assert_eq!(
            with("date", json!("2023-02-30")),
            ("a day from 1 to 28 in 2023-02 in `date`".into(), "the string `2023-02-30`".into())
        );
    }

    #[test]
    fn lines_that_are_no_object_are_described() {
        assert_eq!(object("[1]").unwrap_err().found, "a list");
        assert_eq!(object(r#"{"a": "#).unwrap_err().found, "at column 6: EOF while parsing a value");
        assert!(object("{").unwrap_err().found.contains("jq -c"));
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(object(&deep).unwrap_err().found.contains("recursion limit"));
    }
}

//! JSON lines: one object per line, one object per paper; or one list of such objects.
//!
//! Field names differ between exports, so each field is looked up under several names
//! ([`field_names`](super::field_names)), and each value may have several shapes ([`values`](super::values)). A paper inside a
//! record of a web service is taken out of it ([`wrapped`](super::wrapped)).
//!
//! An `id` in quotes is the user's own name of the paper, wherever it is read. A whole number of up to six digits is taken
//! for the number of a row, which names the paper in this file only, as does a citation key.
//!
//! An arXiv id is found in `arxiv`, `arxiv_id`, or an id, a link or a DOI that contains it. An `arxiv_id` beside an `id` stays
//! in `extra`.
//!
//! Where two names of one field are present, the first in the table that says something wins. The other, a value that is not
//! understood, and every field the table does not know (BEIR's `metadata`, arXiv's textual `comments`), is kept in `extra`.
//! Markup is taken out of titles and abstracts, and white space in them is folded, because exports wrap lines where a paper
//! does not.
//!
//! The fields of an object `extra` are kept as fields of the paper, whatever their names; so an export writes them.
//!
//! A missing `year` follows from the date, a missing id from the title.

use serde_json::{Map, Value};

use super::fields::{Fields, Id};
use super::items::{Parse, records};
use super::json;
use super::tagged::unless_missing;
use super::wrapped::unwrapped;
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Record, Records};
use crate::slug::slug;

/// JSON lines, or one list of the same objects.
pub(crate) fn open(input: Input, name: String) -> Records {
    let parse: Parse = |item| Ok(record(object(item)?));
    records(input, name, parse)
}

/// Parses a text that has to hold one JSON object.
pub(crate) fn object(text: &str) -> Result<Map<String, Value>, Mismatch> {
    json::object(text, "one JSON object on the line")
}

/// A record of fields under the names of the table above.
pub(super) fn record(object: Map<String, Value>) -> Record {
    let mut fields = Fields::new(unwrapped(object));
    let kept = fields.take_object("extra");
    let arxiv_id = fields.arxiv().or_else(|| fields.arxiv_in_id());
    let id = fields.id();
    let title = fields.title().unwrap_or_default();
    let summary = unless_missing(fields.summary().unwrap_or_default());
    let year = fields.year();
    let date = fields.date(year);
    let year = year.or(date.as_ref().map(Date::year));
    let (id, id_origin) = match id {
        Some(Id::Judged(id)) => (id, IdOrigin::Judged),
        Some(Id::Local(id)) => (id, IdOrigin::Local),
        // arXiv's own library gives the link.
        Some(Id::Given(id)) if id.contains("://arxiv.org/") => (identifiers::arxiv(&id).unwrap_or(id), IdOrigin::Given),
        Some(Id::Given(id)) => (id, IdOrigin::Given),
        None => (slug(&title), IdOrigin::Made),
    };
    let (doi, url) = (fields.doi(), fields.url());
    let told = [Some(id.as_str()), url.as_deref(), doi.as_deref()];
    let arxiv = arxiv_id.or_else(|| told.into_iter().flatten().find_map(identifiers::arxiv));
    let mut document = Document {
        id,
        title,
        r#abstract: summary,
        authors: fields.authors(),
        authors_count: fields.authors_count(),
        organization: fields.organization(),
        date,
        year,
        venue: fields.venue(),
        doi,
        arxiv,
        url,
        keywords: fields.keywords(),
        comments: fields.comments(),
        judged: id_origin == IdOrigin::Judged,
        source: Vec::new(),
        extra: fields.into_rest(),
    };
    for (name, value) in kept {
        document.extra.entry(name).or_insert(value);
    }
    Record { document, id_origin }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good(value: Value) -> Document {
        record(object(&value.to_string()).unwrap()).document
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
        assert_eq!(named(json!({"doi": "none", "DOI": "10.1000/7"})), (doi, None, json!({})));
        assert_eq!(named(json!({"doi": ["10.1000/7"]})).0.as_deref(), Some("10.1000/7"));
        assert_eq!(named(json!({"doi": ["x"]})), (None, None, json!({"doi": ["x"]})));
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
    }

    #[test]
    fn a_record_without_an_abstract_is_a_paper_and_one_without_both_is_told_apart_later() {
        let paper = good(json!({"id": "1", "title": "T", "abstract": null}));
        assert_eq!((paper.title.as_str(), paper.r#abstract.as_str()), ("T", ""));
        assert_eq!(good(json!({"abstract": "", "text": "Body."})).r#abstract, "Body.");
        assert_eq!(good(json!({})), Document::default());
    }

    #[test]
    fn values_of_another_shape_are_read_or_kept() {
        let with = |field: &str, value: Value| {
            let mut object = json!({"id": "1", "title": "T", "abstract": "A"});
            object[field] = value;
            good(object)
        };
        assert_eq!(with("title", json!(["On", "Tides"])).title, "On");
        assert_eq!(with("title", json!("<i>On</i> Tides &amp; Seas")).title, "On Tides & Seas");
        assert_eq!(with("venue", json!({"name": "J. Seas"})).venue.as_deref(), Some("J. Seas"));
        assert_eq!(with("year", json!("2021.0")).year, Some(2021));
        assert_eq!(with("date", json!("spring 2023")).date.unwrap().to_string(), "2023");
        for (field, value) in [
            ("year", json!("MMX")),
            ("date", json!("n.d.")),
            ("comments", json!(-1)),
            ("keywords", json!([{}])),
            ("authors", json!([{"orcid": "1"}])),
            ("published", json!(true)),
        ] {
            assert_eq!(with(field, value.clone()).extra.get(field), Some(&value), "{field}");
        }
    }

    #[test]
    fn lines_that_are_no_object_are_described() {
        assert_eq!(object("[1]").unwrap_err().found, "a list");
        assert_eq!(object(r#"{"a": "#).unwrap_err().found, "at column 6: EOF while parsing a value");
    }
}

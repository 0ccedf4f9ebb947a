//! arXiv's own list of its papers: the metadata snapshot, one record a line.
//!
//! | field            | from                                                                                |
//! |------------------|-------------------------------------------------------------------------------------|
//! | id, arxiv, url   | `id`; the link is `https://arxiv.org/abs/` and the id                               |
//! | title, abstract  | `title`, `abstract`, white space folded                                             |
//! | authors          | `authors_parsed`, each as first name, last name, suffix; without it `authors`       |
//! | date             | `created` of the first of `versions`: when the paper appeared, not when its record  |
//! |                  | last changed; without versions `update_date`                                        |
//! | venue, doi       | `journal-ref`, `doi`                                                                |
//! | keywords         | `categories`, split at white space                                                  |
//! | extra            | `submitter`, `comments`, `report-no`, `license`, `update_date`                      |
//!
//! Everything else, such as the later versions, is passed over. Copies of the list have some fields in another shape, such as
//! `categories` in a list; they are read as in JSON lines. Accents in LaTeX become letters. The file has millions of records, so each is read into a
//! type of its own rather than into a JSON tree.
//!
//! Cost: one record.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::fill_gaps;
use super::items::records;
use super::joined::{fold_white_space, folded, non_empty};
use super::json::{Typed, typed};
use super::opening::Opening;
use super::people::split_authors;
use super::{calendar, latex, markup};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::readers::missing::is_missing;
use crate::record::{IdOrigin, Record, Records};

/// Whether the first record is of this format. `versions` and `authors_parsed` are arXiv's own names.
pub(crate) fn knows(opening: &Opening<'_>) -> bool {
    let ordinary = ["id", "title", "abstract", "categories"].iter().all(|name| opening.has(name));
    ordinary && (opening.has("versions") || opening.has("authors_parsed"))
}

pub(crate) fn open(input: Input, name: String) -> Records {
    records(input, name, record)
}

#[derive(Deserialize)]
struct Paper {
    id: Option<String>,
    submitter: Option<String>,
    authors: Option<String>,
    title: Option<String>,
    comments: Option<String>,
    #[serde(rename = "journal-ref")]
    journal_ref: Option<String>,
    doi: Option<String>,
    #[serde(rename = "report-no")]
    report_no: Option<String>,
    categories: Option<String>,
    license: Option<String>,
    r#abstract: Option<String>,
    versions: Option<Vec<Version>>,
    update_date: Option<String>,
    authors_parsed: Option<Vec<Vec<String>>>,
}

#[derive(Deserialize)]
struct Version {
    created: Option<String>,
}

pub(super) fn record(text: &str) -> Result<Record, Mismatch> {
    let Typed { value: paper, odd } = typed::<Paper>(text, "an arXiv record, one JSON object")?;
    let id = paper.id.as_deref().map(|id| id.trim().to_owned()).unwrap_or_default();
    let date = date_of(&paper);
    let text_of = |text: Option<String>| folded(latex::unaccented(markup::without(text.unwrap_or_default())));
    let arxiv = identifiers::arxiv(&id);
    let mut document = Document {
        title: text_of(paper.title),
        r#abstract: text_of(paper.r#abstract),
        authors: authors_of(paper.authors_parsed.as_deref(), paper.authors.as_deref()),
        date,
        year: date.as_ref().map(Date::year),
        venue: paper.journal_ref.as_deref().and_then(filled),
        // Some records have two DOIs: of the article and of its correction.
        doi: paper.doi.as_deref().and_then(identifiers::find_doi),
        url: arxiv.as_ref().map(|_| format!("https://arxiv.org/abs/{id}")),
        arxiv,
        keywords: non_empty(paper.categories.unwrap_or_default().split_whitespace()),
        extra: [
            ("submitter", paper.submitter),
            ("comments", paper.comments),
            ("report-no", paper.report_no),
            ("license", paper.license),
            ("update_date", paper.update_date),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(filled(&value?)?))))
        .collect::<Map<String, Value>>(),
        id,
        ..Document::default()
    };
    fill_gaps(&mut document, odd);
    Ok(Record { document, id_origin: IdOrigin::Given })
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !is_missing(text)).map(str::to_owned)
}

fn authors_of(parsed: Option<&[Vec<String>]>, joined: Option<&str>) -> Vec<String> {
    let parsed = parsed.unwrap_or_default().iter();
    let names: Vec<String> = parsed.map(|name| name_of(name)).filter(|name| !name.is_empty()).collect();
    if names.is_empty() { split_authors(&unaccented(joined.unwrap_or_default())) } else { names }
}

/// The name in `[last, first, suffix]`; affiliations may follow.
fn name_of(parts: &[String]) -> String {
    let part = |at: usize| parts.get(at).map_or("", |part| part.trim());
    fold_white_space(&unaccented(&format!("{} {} {}", part(1), part(0), part(2))))
}

/// A name with its accents as letters rather than as LaTeX.
fn unaccented(name: &str) -> Cow<'_, str> {
    if name.contains('\\') { Cow::Owned(latex::plain(name)) } else { Cow::Borrowed(name) }
}

/// The date of the first version that has one, or else that of the last change.
fn date_of(paper: &Paper) -> Option<Date> {
    let created = paper.versions.as_deref().unwrap_or_default().first().and_then(|first| first.created.as_deref());
    let created = created.and_then(|created| day_of(created).or_else(|| calendar::written(created)));
    created.or_else(|| calendar::written(paper.update_date.as_deref()?))
}

/// The day of a date in the form of mail, `Mon, 2 Apr 2007 19:18:42 GMT`; the weekday and the time may be missing.
fn day_of(text: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day_first = text.split_once(',').map_or(text, |(_weekday, rest)| rest);
    let mut words = day_first.split_whitespace();
    let day: u8 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
    let year: i32 = words.next()?.parse().ok()?;
    Date::new(year, u8::try_from(month + 1).ok(), Some(day)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paper() -> Value {
        json!({
            "id": "0704.0001", "submitter": "Ida Brandt", "authors": "I. Brandt and T. Quiroga", "title": "On the\n  tides",
            "comments": "37 pages", "journal-ref": "J. Seas 3 (2008)", "doi": "10.1000/Seas.3 10.1000/seas.4",
            "report-no": null, "categories": "hep-ph cs.CL", "license": null, "abstract": "  The sea\n moves. ",
            "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
                         {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"}],
            "update_date": "2008-11-26",
            "authors_parsed": [["Brandt", "Ida", ""], ["Quiroga", "T.", "Jr.", "Harbour Institute"], ["GULL team", "", ""]],
        })
    }

    fn read(value: &Value) -> Result<Document, Mismatch> {
        record(&value.to_string()).map(|record| record.document)
    }

    #[test]
    fn every_field_finds_its_place() {
        let document = read(&paper()).unwrap();
        assert_eq!((document.id.as_str(), document.title.as_str()), ("0704.0001", "On the tides"));
        assert_eq!(document.r#abstract, "The sea moves.");
        assert_eq!(document.authors, ["Ida Brandt", "T. Quiroga Jr.", "GULL team"]);
        assert_eq!((document.date.unwrap().to_string(), document.year), ("2007-04-02".to_owned(), Some(2007)));
        assert_eq!(document.keywords, ["hep-ph", "cs.CL"]);
        assert_eq!((document.doi.as_deref(), document.arxiv.as_deref()), (Some("10.1000/seas.3"), Some("0704.0001")));
        assert_eq!(document.url.as_deref(), Some("https://arxiv.org/abs/0704.0001"));
        assert_eq!(document.venue.as_deref(), Some("J. Seas 3 (2008)"));
        let extra = json!({"submitter": "Ida Brandt", "comments": "37 pages", "update_date": "2008-11-26"});
        assert_eq!(Value::Object(document.extra), extra);
    }

    #[test]
    fn what_is_missing_is_made_up_for_where_it_can_be() {
        let mut value = paper();
        value["versions"] = json!([]);
        value["authors_parsed"] = Value::Null;
        let document = read(&value).unwrap();
        assert_eq!(document.date.unwrap().to_string(), "2008-11-26");
        assert_eq!(document.authors, ["I. Brandt", "T. Quiroga"]);
    }

    #[test]
    fn dates_of_mail_are_read_with_and_without_their_weekday() {
        for text in ["Mon, 2 Apr 2007 19:18:42 GMT", "2 apr 2007", "02 Apr 2007 x"] {
            assert_eq!(day_of(text).unwrap().to_string(), "2007-04-02");
        }
        for text in ["", "Mon, 31 Apr 2007", "Apr 2 2007", "2 April 2007", "2 Apr", "999 Apr 2007"] {
            assert_eq!(day_of(text), None, "{text}");
        }
    }

    #[test]
    fn names_lose_their_latex() {
        let mut value = paper();
        value["authors_parsed"] = json!([["Bal\\'azs", "Zolt\\'an", ""]]);
        assert_eq!(read(&value).unwrap().authors, ["Zoltán Balázs"]);
        value["authors_parsed"] = Value::Null;
        value["authors"] = json!("Zolt\\'an Bal\\'azs, A. D\\\"une");
        assert_eq!(read(&value).unwrap().authors, ["Zoltán Balázs", "A. Düne"]);
    }

    #[test]
    fn copies_of_the_list_have_other_shapes() {
        let with = |field: &str, other: Value| {
            let mut value = paper();
            value[field] = other;
            read(&value).unwrap()
        };
        assert_eq!(with("categories", json!(["hep-ph", "cs.CL"])).keywords, ["hep-ph", "cs.CL"]);
        assert_eq!(with("categories", json!(["hep-ph cs.CL"])).keywords, ["hep-ph", "cs.CL"]);
        let iso = with("versions", json!([{"version": "v1", "created": "2007-04-02T19:18:42Z"}]));
        assert_eq!(iso.date.unwrap().to_string(), "2007-04-02");
        assert_eq!(with("versions", json!(["v1", "v2"])).date.unwrap().to_string(), "2008-11-26");
        let unknown = with("versions", json!([{"created": "yesterday"}]));
        assert_eq!(unknown.date.unwrap().to_string(), "2008-11-26");
        assert_eq!(with("authors_parsed", json!([["Brandt", "Ida", null]])).authors, ["I. Brandt", "T. Quiroga"]);
        assert_eq!(with("title", Value::Null).title, "");
    }
}

//! DBLP's XML: the file of all publications, which is gigabytes long, a person's page, or a single record.
//!
//! ```text
//! <article mdate="2019-10-25" key="journals/sea/Dune20">
//!   <author>Ada D&uuml;ne 0001</author> <title>On tides.</title> <journal>J. Seas</journal> <year>2020</year> …
//! ```
//!
//! | field    | from                                                                                        |
//! |----------|---------------------------------------------------------------------------------------------|
//! | id       | `key`                                                                                       |
//! | title    | `title` without the full stop that DBLP puts behind it                                      |
//! | authors  | `author` without the number of a homonym (`0001`); without authors `editor`                 |
//! | date     | `year` with `month`                                                                         |
//! | venue    | `journal`, `booktitle`, `school`                                                            |
//! | doi      | the `ee` that leads to one                                                                  |
//! | arxiv    | an id in `ee`, or in the `volume` of CoRR                                                   |
//! | url      | the first `ee`, or DBLP's page                                                              |
//! | extra    | `type` (the kind of publication), `dblp_url` (`url`), all other elements and `publtype`,    |
//! |          | `mdate` under their own names                                                               |
//!
//! There are no abstracts and no keywords. Pages of people (`www`, `person`) are no papers and are passed over. The entities
//! that DBLP's document type declares are those of HTML, which are known here; the document type itself is not read.

use super::calendar;
use super::kept::{is_address, keep};
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::record::Records;

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Dblp))
}

struct Dblp;

impl Layout for Dblp {
    fn is_whole(&self, name: &str) -> bool {
        matches!(
            name,
            "article"
                | "inproceedings"
                | "proceedings"
                | "book"
                | "incollection"
                | "phdthesis"
                | "mastersthesis"
                | "data"
        )
    }

    fn is_passed_over(&self, name: &str) -> bool {
        matches!(name, "www" | "person" | "homonyms" | "coauthors" | "cite")
    }

    fn read(&mut self, element: &Element) -> Result<Option<Document>, Mismatch> {
        Ok(Some(paper(element)))
    }
}

/// Elements with a place in a document.
const TAKEN: [&str; 5] = ["author", "title", "year", "month", "url"];

fn paper(element: &Element) -> Document {
    let key = element.attribute("key").unwrap_or_default();
    let links = element.texts("ee");
    let doi = links.iter().find_map(|link| identifiers::doi(link));
    let volume = element.text_at(&["volume"]).unwrap_or_default();
    let arxiv = links.iter().find_map(|link| identifiers::arxiv(link));
    let arxiv = arxiv.or_else(|| identifiers::arxiv(volume.strip_prefix("abs/")?));
    let page = || (!key.is_empty()).then(|| format!("https://dblp.org/rec/{key}"));
    let url = links.iter().find(|link| is_address(link)).cloned().or_else(page);
    let year = element.text_at(&["year"]).unwrap_or_default();
    let date = calendar::date(&year, element.text_at(&["month"]).as_deref(), None);
    let venue = ["journal", "booktitle", "school"].into_iter().find_map(|name| Some((name, element.text_at(&[name])?)));
    let authors: Vec<String> = element.texts("author").iter().map(|name| without_number(name)).collect();
    let has_authors = !authors.is_empty();
    let mut document = Document {
        title: without_stop(&element.text_at(&["title"]).unwrap_or_default()),
        authors: if has_authors {
            authors
        } else {
            element.texts("editor").iter().map(|name| without_number(name)).collect()
        },
        year: date.as_ref().map(Date::year),
        venue: venue.as_ref().map(|(_, text)| text.clone()),
        doi,
        arxiv,
        ..Document::default()
    };
    let extra = &mut document.extra;
    keep(extra, "type", element.name());
    for name in ["publtype", "mdate"] {
        keep(extra, name, element.attribute(name).unwrap_or_default());
    }
    keep(extra, "dblp_url", element.text_at(&["url"]).unwrap_or_default());
    if date.is_none() {
        keep(extra, "year", year);
    }
    if date.as_ref().is_none_or(|date| date.month().is_none()) {
        keep(extra, "month", element.text_at(&["month"]).unwrap_or_default());
    }
    for part in element.elements().filter(|part| !TAKEN.contains(&part.name())) {
        let text = part.text();
        let is_told = match part.name() {
            "ee" => url.as_ref() == Some(&text) || (document.doi.is_some() && identifiers::doi(&text) == document.doi),
            "editor" => !has_authors,
            name => venue.as_ref().is_some_and(|(told, _)| *told == name),
        };
        if !is_told {
            keep(extra, part.name(), text);
        }
    }
    Document { id: key, date, url, ..document }
}

/// A name without the number by which DBLP tells people of one name apart.
fn without_number(name: &str) -> String {
    let is_number = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let bare = name.rsplit_once(' ').filter(|(_, last)| is_number(last));
    bare.map_or(name, |(name, _)| name).to_owned()
}

fn without_stop(title: &str) -> String {
    title.strip_suffix('.').filter(|title| !title.ends_with('.')).unwrap_or(title).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;

    fn read(xml: &str) -> Vec<Document> {
        let input = Input::new(Path::new("x"), Cursor::new(xml.as_bytes().to_vec())).unwrap();
        open(input, "x".into()).map(|record| record.unwrap().document).collect()
    }

    #[test]
    fn a_publication_finds_its_place() {
        let all = read(
            "<dblp><article mdate='2020-01-02' key='journals/sea/Dune20' publtype='informal'><author>Ada D&uuml;ne 0001\
             </author><author>Carl Wave</author><title>On <i>tides</i> of H<sub>2</sub>O.</title><journal>CoRR</journal>\
             <volume>abs/2101.00001</volume><year>2021</year><month>May/June</month><ee type='oa'>https://sea.example/7</ee>\
             <ee>https://doi.org/10.1000/SEAS.7</ee><url>db/journals/sea#Dune20</url><cite>...</cite></article><www \
             key='homepages/7'><title>Home Page</title></www><proceedings key='conf/sea/2020'><editor>B. Sand</editor><title>\
             Sea 2020.</title><year>n.d.</year></proceedings></dblp>",
        );
        assert_eq!(all.len(), 2);
        let paper = &all[0];
        assert_eq!((paper.id.as_str(), paper.title.as_str()), ("journals/sea/Dune20", "On tides of H2O"));
        assert_eq!(paper.authors, ["Ada Düne", "Carl Wave"]);
        assert_eq!((paper.date.unwrap().to_string().as_str(), paper.venue.as_deref()), ("2021-05", Some("CoRR")));
        assert_eq!((paper.doi.as_deref(), paper.arxiv.as_deref()), (Some("10.1000/seas.7"), Some("2101.00001")));
        assert_eq!(paper.url.as_deref(), Some("https://sea.example/7"));
        let expected = json!({"type": "article", "publtype": "informal", "mdate": "2020-01-02",
            "dblp_url": "db/journals/sea#Dune20", "volume": "abs/2101.00001"});
        assert_eq!(Value::Object(paper.extra.clone()), expected);
        let volume = &all[1];
        assert_eq!(
            (volume.authors.as_slice(), volume.url.as_deref()),
            (&["B. Sand".to_owned()][..], Some("https://dblp.org/rec/conf/sea/2020"))
        );
        assert_eq!(volume.extra["year"], "n.d.");
    }

    #[test]
    fn only_what_dblp_adds_is_taken_away() {
        assert_eq!(without_number("Wei Wang 0012"), "Wei Wang");
        assert_eq!(without_number("Agent 007"), "Agent 007");
        assert_eq!(without_stop("And so on..."), "And so on...");
        assert_eq!(without_stop("Why?"), "Why?");
    }
}

//! Metadata harvested over OAI-PMH: answers to `ListRecords` and `GetRecord`, unchanged, of arXiv, repositories and
//! libraries.
//!
//! ```text
//! <record>
//!   <header> <identifier>oai:arXiv.org:0704.0001</identifier> … </header>
//!   <metadata> <arXiv> … </arXiv> </metadata>
//! </record>
//! ```
//!
//! | metadata                                | read by                                    |
//! |-----------------------------------------|--------------------------------------------|
//! | `arXiv`, `arXivRaw`                     | here                                       |
//! | `oai_dc`, `qdc` and other Dublin Core   | [`dublin_core`]                            |
//! | `oai_datacite`, `datacite`              | [`datacite`]                               |
//! | `mods`                                  | [`mods`]                                   |
//! | `marcxml`, `marc21`                     | [`marc`]                                   |
//! | `pmc`, `jats`                           | [`jats`]                                   |
//!
//! | field    | `arXiv`                               | `arXivRaw`                  |
//! |----------|---------------------------------------|-----------------------------|
//! | id       | `id`                                  | `id`                        |
//! | title    | `title`                               | `title`                     |
//! | abstract | `abstract`                            | `abstract`                  |
//! | authors  | `forenames`, `keyname`, `suffix`      | `authors`, split            |
//! | date     | `created`                             | `date` of the first version |
//! | venue    | `journal-ref`                         | `journal-ref`               |
//! | keywords | `categories`                          | `categories`                |
//! | doi      | `doi`                                 | `doi`                       |
//!
//! `updated`, `comments`, `report-no`, `license`, `msc-class`, `acm-class` and `submitter` are kept in `extra`. Of the other
//! libraries' records the id is the identifier of the header, whole; for articles of PubMed Central it is their own.
//!
//! A record whose header says `deleted` has no metadata. It is passed over and not counted, neither as read nor as
//! malformed. An answer that says `noRecordsMatch` is an empty list; any other error is told.

use serde_json::Value;

use super::people::split_authors;
use super::xml::{Element, Layout, XmlReader};
use super::{calendar, datacite, dublin_core, jats, latex, marc, mods};
use crate::date::Date;
use crate::document::Document;
use crate::error::{Mismatch, shortened, snippet};
use crate::identifiers;
use crate::input::Input;
use crate::record::Records;

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Oai))
}

struct Oai;

impl Layout for Oai {
    fn is_whole(&self, name: &str) -> bool {
        matches!(name, "record" | "error")
    }

    fn is_passed_over(&self, name: &str) -> bool {
        jats::is_text(name)
    }

    fn read(&mut self, record: &Element) -> Result<Option<Document>, Mismatch> {
        if record.name() == "error" {
            return refused(record);
        }
        let header = record.at(&["header"]);
        if header.and_then(|header| header.attribute("status")).is_some_and(|status| status == "deleted") {
            return Ok(None);
        }
        let metadata = record.at(&["metadata"]).and_then(|metadata| metadata.elements().next());
        let identifier = record.text_at(&["header", "identifier"]).unwrap_or_default();
        let (mut document, has_own_id) = match metadata {
            None => (Document::default(), false),
            Some(paper) => of(paper).ok_or_else(|| {
                let expected = "metadata as `<arXiv>`, `<dc>`, DataCite, MODS, MARC or JATS";
                Mismatch::new(expected, format!("`<{}>`", shortened(paper.name())))
            })?,
        };
        if !identifier.is_empty() && (!has_own_id || document.id.is_empty()) {
            document.id = identifier.strip_prefix("oai:arXiv.org:").unwrap_or(&identifier).to_owned();
        }
        if let Some(id) = identifiers::arxiv(&document.id) {
            document.url = Some(format!("https://arxiv.org/abs/{id}"));
            document.arxiv = Some(id);
        }
        document.year = document.date.as_ref().map(Date::year);
        Ok(Some(document))
    }
}

/// What an `<error>` says, unless it says that the list is empty.
fn refused(error: &Element) -> Result<Option<Document>, Mismatch> {
    let code = error.attribute("code").unwrap_or_default();
    if code == "noRecordsMatch" {
        return Ok(None);
    }
    let found = format!("the error {} of the repository: {}", snippet(&code), snippet(&error.text()));
    Err(Mismatch::new("records", found))
}

/// The paper in metadata, and whether its own id is a better one than that of the header.
fn of(paper: &Element) -> Option<(Document, bool)> {
    Some(match paper.name() {
        "arXiv" => (of_arxiv(paper), true),
        "arXivRaw" => (of_arxiv_raw(paper), true),
        "oai_datacite" | "resource" => (datacite::paper(paper), false),
        "mods" | "modsCollection" => (mods::paper(paper.at(&["mods"]).unwrap_or(paper)), false),
        "collection" => (marc::paper(paper.at(&["record"])?), false),
        "record" => (marc::paper(paper), false),
        "article" => (jats::paper(paper), true),
        "dc" => (dublin_core::paper(paper), false),
        // Many repositories have a kind of Dublin Core of their own.
        _ if paper.at(&["title"]).is_some() => (dublin_core::paper(paper), false),
        _ => return None,
    })
}

fn of_arxiv(paper: &Element) -> Document {
    let authors = paper.at(&["authors"]).into_iter().flat_map(|authors| authors.all("author"));
    let name = |author: &Element| {
        let parts = ["forenames", "keyname", "suffix"].into_iter().filter_map(|part| author.text_at(&[part]));
        parts.collect::<Vec<_>>().join(" ")
    };
    Document {
        authors: authors.map(name).filter(|name| !name.is_empty()).collect(),
        date: paper.text_at(&["created"]).and_then(|created| calendar::written(&created)),
        ..of_either(paper)
    }
}

fn of_arxiv_raw(paper: &Element) -> Document {
    Document {
        authors: paper.text_at(&["authors"]).map(|authors| split_raw_authors(&authors)).unwrap_or_default(),
        date: paper.text_at(&["version", "date"]).and_then(|date| mail_date(&date)),
        ..of_either(paper)
    }
}

/// The fields that both of arXiv's own forms have.
fn of_either(paper: &Element) -> Document {
    let mut document = Document {
        id: paper.text_at(&["id"]).unwrap_or_default(),
        title: latex::unaccented(paper.text_at(&["title"]).unwrap_or_default()),
        r#abstract: latex::unaccented(paper.text_at(&["abstract"]).unwrap_or_default()),
        venue: paper.text_at(&["journal-ref"]),
        // A paper of several parts has a DOI for each.
        doi: paper.text_at(&["doi"]).and_then(|dois| dois.split_whitespace().find_map(identifiers::doi)),
        keywords: paper.text_at(&["categories"]).unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        ..Document::default()
    };
    for name in ["updated", "comments", "report-no", "license", "msc-class", "acm-class", "submitter"] {
        if let Some(text) = paper.text_at(&[name]) {
            document.extra.insert(name.to_owned(), Value::String(text));
        }
    }
    document
}

/// Splits `A. Dune (Sea Lab, Kiel), B. Bal\'azs and C. Wave`, without the affiliations in brackets.
fn split_raw_authors(text: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut names = String::new();
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => names.push(character),
            _ => {}
        }
    }
    split_authors(&latex::plain(&names))
}

/// The day of `Mon, 2 Apr 2007 19:18:42 GMT`.
fn mail_date(text: &str) -> Option<Date> {
    let date = text.split_once(',').map_or(text, |(_weekday, date)| date);
    let mut parts = date.split_whitespace();
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    calendar::date(year, Some(month), Some(day))
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::elements;
    use super::*;

    fn read(inside: &str) -> Result<Option<Document>, Mismatch> {
        let record = format!("<record>{inside}</record>");
        Oai.read(&elements(record, &["record"]).remove(0).unwrap())
    }

    #[test]
    fn authors_in_one_line_lose_their_laboratories() {
        assert_eq!(
            split_raw_authors("A. Dune (Sea Lab (Kiel), Baltic), Zolt\\'an Bal\\'azs and C. Wave"),
            ["A. Dune", "Zoltán Balázs", "C. Wave"]
        );
    }

    #[test]
    fn the_date_of_a_mail_is_a_day() {
        assert_eq!(mail_date("Mon, 2 Apr 2007 19:18:42 GMT").unwrap().to_string(), "2007-04-02");
        assert_eq!(mail_date("Mon"), None);
    }

    #[test]
    fn dublin_core_of_another_library_keeps_its_id() {
        let paper = read(
            "<header><identifier>oai:sea.example:7</identifier></header><metadata><oai_dc:dc>\
             <dc:title>On Tides</dc:title></oai_dc:dc></metadata>",
        );
        let paper = paper.unwrap().unwrap();
        assert_eq!((paper.id.as_str(), paper.arxiv, paper.url), ("oai:sea.example:7", None, None));
    }

    #[test]
    fn records_may_hold_records_of_catalogues() {
        let xml = "<OAI-PMH><ListRecords><record><header><identifier>oai:x:1</identifier></header><metadata>\
                   <marc:record><marc:datafield tag='245'><marc:subfield code='a'>On tides</marc:subfield></marc:datafield>\
                   </marc:record></metadata></record><record><header><identifier>oai:x:2</identifier></header>\
                   <metadata><mods><titleInfo><title>Two</title></titleInfo></mods></metadata></record>";
        let all = elements(xml, &["record"]).into_iter().filter_map(Result::ok);
        let titles: Vec<String> = all.map(|record| Oai.read(&record).unwrap().unwrap().title).collect();
        assert_eq!(titles, ["On tides", "Two"]);
    }

    #[test]
    fn an_answer_may_be_an_error() {
        let error = |xml: &str| Oai.read(&elements(xml, &["error"]).remove(0).unwrap());
        assert_eq!(error("<error code='noRecordsMatch'>Nothing.</error>"), Ok(None));
        let refused = error("<error code='badResumptionToken'>It is too old.</error>").unwrap_err();
        assert_eq!(refused.found, "the error `badResumptionToken` of the repository: `It is too old.`");
    }

    #[test]
    fn a_deleted_record_is_no_paper_and_no_complaint() {
        let deleted = "<header status=\"deleted\"><identifier>oai:arXiv.org:0704.0001</identifier></header>";
        assert_eq!(read(deleted), Ok(None));
    }

    #[test]
    fn metadata_that_is_not_read_is_named_and_none_is_no_complaint() {
        assert_eq!(read("<metadata><xoai><x/></xoai></metadata>").unwrap_err().found, "`<xoai>`");
        assert_eq!(read(""), Ok(Some(Document::default())));
        let nameless = read("<metadata><arXiv><title>T</title></arXiv></metadata>").unwrap().unwrap();
        assert_eq!((nameless.id.as_str(), nameless.title.as_str()), ("", "T"));
    }
}

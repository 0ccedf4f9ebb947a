//! arXiv's metadata, harvested over OAI-PMH: answers to `ListRecords` and `GetRecord`, unchanged.
//!
//! ```text
//! <record>
//!   <header> <identifier>oai:arXiv.org:0704.0001</identifier> … </header>
//!   <metadata> <arXiv> … </arXiv> </metadata>
//! </record>
//! ```
//!
//! | field    | `arXiv`                               | `arXivRaw`               | `oai_dc`                            |
//! |----------|---------------------------------------|--------------------------|-------------------------------------|
//! | id       | `id`                                  | `id`                     | of the header                       |
//! | title    | `title`                               | `title`                  | `title`                             |
//! | abstract | `abstract`                            | `abstract`               | the first `description`             |
//! | authors  | `forenames`, `keyname`, `suffix`      | `authors`, split         | `creator`, turned round             |
//! | date     | `created`                             | `date` of the first version | the first `date`                 |
//! | venue    | `journal-ref`                         | `journal-ref`            | none                                |
//! | keywords | `categories`                          | `categories`             | `subject`                           |
//! | doi      | `doi`                                 | `doi`                    | the `identifier` that is one        |
//!
//! `updated`, `comments`, `report-no`, `license`, `msc-class`, `acm-class` and `submitter` are kept in `extra`. Every
//! library offers `oai_dc`, so files of other libraries are read too; an id that is not arXiv's is kept whole.
//!
//! A record whose header says `deleted` has no metadata. It is passed over and not counted, neither as read nor as
//! malformed.

use serde_json::Value;

use super::calendar;
use super::latex;
use super::people::split_authors;
use super::xml::{Element, Layout, XmlReader};
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
        name == "record"
    }

    fn read(&mut self, record: &Element) -> Result<Option<Document>, Mismatch> {
        let header = record.at(&["header"]);
        if header.and_then(|header| header.attribute("status")).is_some_and(|status| status == "deleted") {
            return Ok(None);
        }
        let metadata = record.at(&["metadata"]).and_then(|metadata| metadata.elements().next());
        let mut document = match metadata {
            Some(paper) if paper.name() == "arXiv" => of_arxiv(paper),
            Some(paper) if paper.name() == "arXivRaw" => of_arxiv_raw(paper),
            Some(paper) if paper.name() == "dc" => of_dublin_core(paper),
            other => {
                let found = other.map_or("none".to_owned(), |other| format!("`<{}>`", shortened(other.name())));
                return Err(Mismatch::new("metadata as `<arXiv>`, `<arXivRaw>` or `<dc>`", found));
            }
        };
        if document.id.is_empty() {
            let identifier = record.text_at(&["header", "identifier"]).unwrap_or_default();
            document.id = identifier.strip_prefix("oai:arXiv.org:").unwrap_or(&identifier).to_owned();
        }
        if document.id.is_empty() {
            let found = format!("neither, at the title {}", snippet(&document.title));
            return Err(Mismatch::new("an `<id>`, or an `<identifier>` in the header", found));
        }
        if document.title.is_empty() && document.r#abstract.is_empty() {
            return Err(Mismatch::new("a title or an abstract", format!("neither in {}", snippet(&document.id))));
        }
        document.arxiv = identifiers::arxiv(&document.id);
        if let Some(id) = &document.arxiv {
            document.url = Some(format!("https://arxiv.org/abs/{id}"));
        }
        document.year = document.date.as_ref().map(Date::year);
        Ok(Some(document))
    }
}

fn of_arxiv(paper: &Element) -> Document {
    let authors = paper.at(&["authors"]).into_iter().flat_map(|authors| authors.all("author"));
    let name = |author: &Element| {
        let parts = ["forenames", "keyname", "suffix"].into_iter().filter_map(|part| author.text_at(&[part]));
        parts.collect::<Vec<_>>().join(" ")
    };
    Document {
        authors: authors.map(name).filter(|name| !name.is_empty()).collect(),
        date: paper.text_at(&["created"]).and_then(|created| created.parse().ok()),
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
        title: paper.text_at(&["title"]).unwrap_or_default(),
        r#abstract: paper.text_at(&["abstract"]).unwrap_or_default(),
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

fn of_dublin_core(paper: &Element) -> Document {
    let dates = paper.texts("date");
    let mut descriptions = paper.texts("description").into_iter();
    let mut document = Document {
        title: paper.text_at(&["title"]).unwrap_or_default(),
        r#abstract: descriptions.next().unwrap_or_default(),
        authors: paper.texts("creator").iter().map(|name| turned_round(name)).collect(),
        date: dates.first().and_then(|date| date.parse().ok()),
        doi: paper.texts("identifier").iter().find_map(|identifier| identifiers::doi(identifier)),
        keywords: paper.texts("subject"),
        ..Document::default()
    };
    let others: Vec<Value> = descriptions.map(Value::String).collect();
    if !others.is_empty() {
        document.extra.insert("description".to_owned(), Value::Array(others));
    }
    document
}

/// `Dune, Ada` as `Ada Dune`.
fn turned_round(name: &str) -> String {
    match name.split_once(',') {
        Some((last, first)) if !first.contains(',') => format!("{} {}", first.trim(), last.trim()).trim().to_owned(),
        _ => name.to_owned(),
    }
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
             <dc:title>On Tides</dc:title><dc:creator>Dune, Ada</dc:creator><dc:creator>Sea Lab</dc:creator>\
             <dc:description>They move.</dc:description><dc:description>Comment: 3 pages</dc:description>\
             <dc:date>2011-02-03</dc:date><dc:date>2012-01-01</dc:date><dc:identifier>http://sea.example/7</dc:identifier>\
             <dc:identifier>doi:10.1000/TIDES</dc:identifier></oai_dc:dc></metadata>",
        );
        let paper = paper.unwrap().unwrap();
        assert_eq!((paper.id.as_str(), paper.arxiv, paper.url), ("oai:sea.example:7", None, None));
        assert_eq!((paper.authors, paper.year), (vec!["Ada Dune".to_owned(), "Sea Lab".to_owned()], Some(2011)));
        assert_eq!((paper.doi.as_deref(), paper.r#abstract.as_str()), (Some("10.1000/tides"), "They move."));
        assert_eq!(paper.extra["description"], serde_json::json!(["Comment: 3 pages"]));
    }

    #[test]
    fn a_deleted_record_is_no_paper_and_no_complaint() {
        let deleted = "<header status=\"deleted\"><identifier>oai:arXiv.org:0704.0001</identifier></header>";
        assert_eq!(read(deleted), Ok(None));
    }

    #[test]
    fn what_a_record_lacks_is_named() {
        let complaint = |inside: &str| read(inside).unwrap_err();
        assert_eq!(complaint("<metadata><mods/></metadata>").found, "`<mods>`");
        assert_eq!(complaint("").found, "none");
        assert_eq!(
            complaint("<metadata><arXiv><title>T</title></arXiv></metadata>").found,
            "neither, at the title `T`"
        );
        let empty = complaint("<metadata><arXiv><id>0704.0001</id><title> </title></arXiv></metadata>");
        assert_eq!(
            (empty.expected.as_str(), empty.found.as_str()),
            ("a title or an abstract", "neither in `0704.0001`")
        );
    }
}

//! The ACL Anthology's own XML: a collection of volumes of papers.
//!
//! ```text
//! <collection id="2020.acl">
//!   <volume id="main">
//!     <meta> <booktitle>…</booktitle> <month>July</month> <year>2020</year> … </meta>
//!     <frontmatter> … </frontmatter>
//!     <paper id="1"> <title>…</title> <author><first>…</first><last>…</last></author> <abstract>…</abstract> … </paper>
//! ```
//!
//! The title of the volume is the venue and its year and month the date, unless a paper has its own; a journal's title
//! comes before that of its issue. Marks inside titles and abstracts (`<fixed-case>`, `<i>`, `<tex-math>`) leave their
//! text. The id is the Anthology's: `2020.acl-main.1` today, `P19-1001` before 2020. `pages`, `bibkey`, `award`,
//! `language`, `retracted`, `note`, `publisher` and `editors` are kept in `extra`.
//!
//! The month may hold a day or several (`05 August`, `July 6--8`, `2-4 November 2022`); the first day is taken, and the year
//! is that of `<year>`.
//!
//! Front matter and back matter are passed over, and so are tables of contents and indices that are listed as papers. An
//! entry without title and abstract stands for a withdrawn paper.

use serde_json::Value;

use super::calendar;
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::record::Records;

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Acl::default()))
}

/// The place in a collection, and the fields of the volume that apply to every paper in it.
#[derive(Default)]
struct Acl {
    collection: String,
    volume: String,
    venue: Option<String>,
    year: Option<String>,
    month: Option<String>,
    publisher: Option<String>,
    editors: Vec<String>,
}

impl Layout for Acl {
    fn is_whole(&self, name: &str) -> bool {
        matches!(name, "meta" | "paper")
    }

    fn is_passed_over(&self, name: &str) -> bool {
        matches!(name, "frontmatter" | "event")
    }

    fn enter(&mut self, element: &Element) {
        let id = || element.attribute("id").unwrap_or_default();
        match element.name() {
            "collection" => *self = Acl { collection: id(), ..Acl::default() },
            "volume" => {
                *self = Acl { collection: std::mem::take(&mut self.collection), volume: id(), ..Acl::default() }
            }
            _ => {}
        }
    }

    fn read(&mut self, element: &Element) -> Result<Option<Document>, Mismatch> {
        if element.name() == "meta" {
            self.take_meta(element);
            return Ok(None);
        }
        if is_matter(element) {
            return Ok(None);
        }
        let title = element.text_at(&["title"]).unwrap_or_default();
        let id = self.id(element);
        let year = element.text_at(&["year"]).or_else(|| self.year.clone()).unwrap_or_default();
        let month = element.text_at(&["month"]).or_else(|| self.month.clone());
        let date = date(&year, month.as_deref());
        let mut document = Document {
            title,
            r#abstract: element.text_at(&["abstract"]).unwrap_or_default(),
            authors: element.all("author").map(name).filter(|name| !name.is_empty()).collect(),
            year: date.as_ref().map(Date::year),
            date,
            venue: self.venue.clone(),
            doi: element.text_at(&["doi"]).and_then(|doi| identifiers::doi(&doi)),
            url: link(element, id.as_deref()),
            id: id.unwrap_or_default(),
            ..Document::default()
        };
        let is_dated = document.date.is_some();
        let mut keep =
            |name: &str, value: Option<Value>| value.map(|value| document.extra.insert(name.to_owned(), value));
        for field in ["pages", "bibkey", "award", "language", "retracted", "note"] {
            keep(field, element.text_at(&[field]).map(Value::String));
        }
        keep("date", Some(year).filter(|year| !is_dated && !year.is_empty()).map(Value::String));
        keep("publisher", self.publisher.clone().map(Value::String));
        keep("editors", (!self.editors.is_empty()).then(|| self.editors.clone().into()));
        Ok(Some(document))
    }
}

impl Acl {
    fn take_meta(&mut self, meta: &Element) {
        self.venue = meta.text_at(&["journal-title"]).or_else(|| meta.text_at(&["booktitle"]));
        (self.year, self.month) = (meta.text_at(&["year"]), meta.text_at(&["month"]));
        self.publisher = meta.text_at(&["publisher"]);
        self.editors = meta.all("editor").map(name).filter(|name| !name.is_empty()).collect();
    }

    /// The id by the Anthology's own rules. The file names papers within their volume only; a part of a file may lack the
    /// names of volume and collection.
    fn id(&self, paper: &Element) -> Option<String> {
        let given = paper.text_at(&["url"]).and_then(|url| {
            let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let is_ours = url == last || url.contains("aclanthology.org/") || url.contains("aclweb.org/anthology/");
            is_ours.then(|| last.strip_suffix(".pdf").unwrap_or(last).to_owned())
        });
        if let Some(given) = given.filter(|id| !id.is_empty()) {
            return Some(given);
        }
        let number = paper.attribute("id").unwrap_or_default();
        let (collection, volume) = (&self.collection, &self.volume);
        if number.is_empty() || collection.is_empty() || volume.is_empty() {
            return None;
        }
        if collection.contains('.') {
            return Some(format!("{collection}-{volume}.{number}"));
        }
        // Workshops had a hundred volumes of a hundred papers, everything else ten of a thousand.
        let is_workshop =
            collection.starts_with('W') || collection == "C69" || (collection == "D19" && volume.as_str() >= "5");
        Some(match is_workshop {
            true => format!("{collection}-{volume:0>2}{number:0>2}"),
            false => format!("{collection}-{volume}{number:0>3}"),
        })
    }
}

/// What stands in front of the papers of a volume or behind them, in lower case.
const MATTER: [&str; 10] = [
    "frontmatter",
    "front matter",
    "backmatter",
    "back matter",
    "author index",
    "authors index",
    "index of authors",
    "subject index",
    "keyword index",
    "table of contents",
];

/// Whether an entry is a part of the volume and no paper.
fn is_matter(paper: &Element) -> bool {
    let is_marked = paper.attribute("type").is_some_and(|kind| kind == "backmatter" || kind == "frontmatter");
    let title = paper.text_at(&["title"]).unwrap_or_default().to_lowercase();
    let is_named = MATTER.contains(&title.trim_end_matches('.'));
    is_marked || (is_named && paper.at(&["author"]).is_none() && paper.text_at(&["abstract"]).is_none())
}

/// The date of a year and a month, which may hold days too.
fn date(year: &str, month: Option<&str>) -> Option<Date> {
    let named = month.filter(|month| month.chars().any(char::is_alphabetic));
    match named {
        Some(month) => calendar::written(&format!("{:04} {month}", calendar::year(year)?)),
        None => calendar::date(year, month, None),
    }
}

fn name(person: &Element) -> String {
    let parts: Vec<String> = ["first", "last"].into_iter().filter_map(|part| person.text_at(&[part])).collect();
    // Old volumes do not divide all names into first and last.
    if parts.is_empty() { person.text() } else { parts.join(" ") }
}

fn link(paper: &Element, id: Option<&str>) -> Option<String> {
    let given = paper.text_at(&["url"]).filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    given.or_else(|| Some(format!("https://aclanthology.org/{}/", id?)))
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::elements;
    use super::*;

    fn element(xml: &str) -> Element {
        elements(xml, &["paper", "meta", "collection", "volume"]).remove(0).unwrap()
    }

    fn within(collection: &str, volume: &str) -> Acl {
        let mut acl = Acl::default();
        acl.enter(&element(&format!("<collection id='{collection}'/>")));
        acl.enter(&element(&format!("<volume id='{volume}'/>")));
        acl
    }

    #[test]
    fn ids_are_those_of_the_anthology() {
        let id = |collection, volume, paper: &str| within(collection, volume).id(&element(paper)).unwrap();
        assert_eq!(id("2020.acl", "main", "<paper id='1'/>"), "2020.acl-main.1");
        assert_eq!(id("P19", "1", "<paper id='1'/>"), "P19-1001");
        assert_eq!(id("P19", "1", "<paper id='17'><url>P19-1017</url></paper>"), "P19-1017");
        assert_eq!(id("W19", "1", "<paper id='7'/>"), "W19-0107");
        assert_eq!(id("D19", "51", "<paper id='12'/>"), "D19-5112");
        assert_eq!(id("D19", "1", "<paper id='12'/>"), "D19-1012");
        let elsewhere = "<paper id='3'><url>http://www.lrec-conf.example/pdf/12_Paper.pdf</url></paper>";
        assert_eq!(id("L08", "1", elsewhere), "L08-1003");
        assert_eq!(
            id("L08", "1", "<paper id='3'><url>https://aclanthology.org/L08-1003.pdf</url></paper>"),
            "L08-1003"
        );
    }

    #[test]
    fn a_paper_has_the_date_and_venue_of_its_volume_until_the_next_one_begins() {
        let mut acl = within("2020.sea", "main");
        acl.read(&element("<meta><booktitle>Tides 2020</booktitle><month>July 6--8</month><year>2020</year></meta>"))
            .unwrap();
        let paper = element("<paper id='1'><title>On <fixed-case>T</fixed-case>ides</title></paper>");
        let read = acl.read(&paper).unwrap().unwrap();
        assert_eq!((read.title.as_str(), read.venue.as_deref()), ("On Tides", Some("Tides 2020")));
        assert_eq!((read.date.unwrap().to_string().as_str(), read.year), ("2020-07-06", Some(2020)));
        assert_eq!(read.url.as_deref(), Some("https://aclanthology.org/2020.sea-main.1/"));
        acl.enter(&element("<volume id='short'/>"));
        let read = acl.read(&paper).unwrap().unwrap();
        assert_eq!((read.id.as_str(), read.venue, read.date), ("2020.sea-short.1", None, None));
    }

    #[test]
    fn a_paper_without_a_title_or_an_id_is_handed_out() {
        let mut acl = within("2020.sea", "main");
        let withdrawn = acl.read(&element("<paper id='1'><url>2020.sea-main.1</url></paper>")).unwrap().unwrap();
        assert_eq!((withdrawn.id.as_str(), withdrawn.title.as_str()), ("2020.sea-main.1", ""));
        let nameless = Acl::default().read(&element("<paper id='1'><title>T</title></paper>")).unwrap().unwrap();
        assert_eq!((nameless.id.as_str(), nameless.url), ("", None));
    }

    #[test]
    fn indices_are_no_papers_unless_somebody_wrote_them() {
        let mut acl = within("2020.sea", "main");
        let is_paper = |acl: &mut Acl, xml: &str| acl.read(&element(xml)).unwrap().is_some();
        assert!(!is_paper(&mut acl, "<paper id='3' type='backmatter'><title>Author index</title></paper>"));
        assert!(!is_paper(&mut acl, "<paper id='3'><title>Front Matter</title></paper>"));
        assert!(is_paper(
            &mut acl,
            "<paper id='3'><title>Author Index</title><author><last>Dune</last></author></paper>"
        ));
        assert!(is_paper(&mut acl, "<paper id='3'><title>Author index of the sea</title></paper>"));
    }

    #[test]
    fn months_may_hold_days() {
        for (month, read) in [
            ("05 August", "2020-08-05"),
            ("12--14 August", "2020-08-12"),
            ("26\u{2013}30 August", "2020-08-26"),
            ("July 5\u{2013}10", "2020-07-05"),
            ("12 October", "2020-10-12"),
            ("5th-10th July", "2020-07-05"),
            ("2-4 November 2022", "2020-11-02"),
            ("June 30 - July 2", "2020-06-30"),
            ("jul", "2020-07"),
            ("Sept", "2020-09"),
            ("7", "2020-07"),
            ("Spring", "2020"),
            ("", "2020"),
        ] {
            assert_eq!(date("2020", Some(month)).unwrap().to_string(), read, "{month}");
        }
        assert_eq!((date("soon", Some("May")), date("2020", None).unwrap().to_string()), (None, "2020".to_owned()));
    }
}

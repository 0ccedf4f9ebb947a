//! EndNote's XML, which Zotero, Mendeley, Citavi, Covidence and library catalogues write too.
//!
//! | field    | element of `record`                                                                            |
//! |----------|------------------------------------------------------------------------------------------------|
//! | id       | `rec-number`, a name in one library                                                            |
//! | title    | `titles/title`                                                                                 |
//! | abstract | `abstract`                                                                                     |
//! | authors  | `contributors/authors`; without them `secondary-authors`, `tertiary-authors`                   |
//! | date     | `dates/year` with `dates/pub-dates/date`                                                       |
//! | venue    | `periodical/full-title`, `titles/secondary-title`, `periodical/abbr-1`, `titles/alt-title`     |
//! | doi      | `electronic-resource-num`, or a link                                                           |
//! | arxiv    | an id among these                                                                              |
//! | url      | `urls`: `web-urls`, `related-urls`, `pdf-urls`, `text-urls`                                    |
//! | keywords | `keywords/keyword`, one a line or divided by semicolons                                        |
//! | extra    | `type` (`ref-type`), `volume`, `issue` (`number`), `pages`, `publisher`, `issn` (`isbn`),      |
//! |          | `language`, other people and titles, all other elements under their own names                  |
//!
//! EndNote puts runs of one style into `<style>`; a value is all of its runs. Names are turned: `Dune, Ada` is `Ada Dune`.

use serde_json::{Map, Value};

use super::calendar;
use super::kept::{distinct, is_address, keep};
use super::people::spoken;
use super::tagged::unless_missing;
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Records};

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, EndNote))
}

struct EndNote;

impl Layout for EndNote {
    fn is_whole(&self, name: &str) -> bool {
        name == "record"
    }

    fn read(&mut self, record: &Element) -> Result<Option<Document>, Mismatch> {
        Ok(Some(paper(record)))
    }

    fn id_origin(&self) -> IdOrigin {
        IdOrigin::Local
    }
}

/// The parts of `urls`, the best first.
const LINKS: [&str; 4] = ["web-urls", "related-urls", "pdf-urls", "text-urls"];

/// Elements with a place in a document or under another name in `extra`.
const TAKEN: [&str; 14] = [
    "rec-number",
    "ref-type",
    "contributors",
    "titles",
    "periodical",
    "dates",
    "urls",
    "keywords",
    "abstract",
    "electronic-resource-num",
    "foreign-keys",
    "database",
    "source-app",
    "number",
];

fn paper(record: &Element) -> Document {
    let mut extra = Map::new();
    let links: Vec<String> = LINKS
        .iter()
        .flat_map(|list| record.all("urls").flat_map(move |urls| urls.all(list)).flat_map(|list| list.all("url")))
        .flat_map(|url| url.text().split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let number = record.text_at(&["electronic-resource-num"]).unwrap_or_default();
    let in_number = |read: fn(&str) -> Option<String>| {
        read(&number)
            .or_else(|| number.split([' ', ';', ',', '\n']).find_map(read))
            .or_else(|| links.iter().find_map(|link| read(link)))
    };
    let (doi, arxiv) = (in_number(identifiers::doi), in_number(identifiers::arxiv));
    if doi.is_none() && arxiv.is_none() {
        keep(&mut extra, "doi", number.as_str());
    }
    let venue_paths: [&[&str]; 4] = [
        &["periodical", "full-title"],
        &["titles", "secondary-title"],
        &["periodical", "abbr-1"],
        &["titles", "alt-title"],
    ];
    let venue = venue_paths.iter().find_map(|path| record.text_at(path));
    let date = take_date(record, &mut extra);
    let title = record.text_at(&["titles", "title"]).unwrap_or_default();
    let kind = record.at(&["ref-type"]);
    let kind = kind.and_then(|kind| kind.attribute("name").or_else(|| Some(kind.text())));
    keep(&mut extra, "type", kind.unwrap_or_default());
    keep(&mut extra, "issue", record.text_at(&["number"]).unwrap_or_default());
    for other in record.all("titles").chain(record.all("periodical")).flat_map(Element::elements) {
        let text = other.text();
        let is_told = other.name() == "title" || Some(&text) == venue.as_ref();
        keep(&mut extra, other.name(), if is_told { String::new() } else { text });
    }
    for element in record.elements().filter(|element| !TAKEN.contains(&element.name())) {
        keep(&mut extra, if element.name() == "isbn" { "issn" } else { element.name() }, element.text());
    }
    Document {
        id: record.text_at(&["rec-number"]).unwrap_or_default(),
        title,
        r#abstract: unless_missing(record.text_at(&["abstract"]).unwrap_or_default()),
        authors: take_people(record, &mut extra),
        year: date.as_ref().map(Date::year),
        date,
        venue,
        doi,
        arxiv,
        url: links.into_iter().find(|link| is_address(link)),
        keywords: keywords(record),
        extra,
        ..Document::default()
    }
}

/// Takes the authors, or the people of the next list; the others are kept under the names of their lists.
fn take_people(record: &Element, extra: &mut Map<String, Value>) -> Vec<String> {
    let mut authors = Vec::new();
    for list in record.all("contributors").flat_map(Element::elements) {
        // Names are divided by elements, and by lines or semicolons where a program put all into one.
        let names = list.elements().flat_map(Element::lines);
        let names = names.flat_map(|line| line.split(';').map(spoken).collect::<Vec<_>>());
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        match authors.is_empty() {
            true => authors = names,
            false => names.into_iter().for_each(|name| keep(extra, list.name(), name)),
        }
    }
    authors
}

/// Takes the date; a text that is none is kept.
fn take_date(record: &Element, extra: &mut Map<String, Value>) -> Option<Date> {
    let year = record.text_at(&["dates", "year"]).unwrap_or_default();
    let day = record.text_at(&["dates", "pub-dates", "date"]).unwrap_or_default();
    let whole = calendar::written(&day);
    let date = match calendar::year(&year) {
        // `May 4` and `2020`; the day may have the year too.
        Some(number) => whole.filter(|date| date.year() == number).or_else(|| {
            let is_of_year = calendar::year(&day).is_none_or(|other| other == number);
            let joined = if day.is_empty() || !is_of_year { year.clone() } else { format!("{number:04} {day}") };
            calendar::written(&joined).filter(|date| date.year() == number)
        }),
        None => whole,
    };
    if date.as_ref().is_none_or(|date| date.month().is_none()) {
        keep(extra, "pub-date", day);
    }
    if date.is_none() {
        keep(extra, "year", year);
    }
    date
}

fn keywords(record: &Element) -> Vec<String> {
    let lines = record.all("keywords").flat_map(|list| list.all("keyword")).flat_map(Element::lines);
    distinct(
        lines.flat_map(|line| line.split(';').map(|word| word.trim_matches([' ', '*']).to_owned()).collect::<Vec<_>>()),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::xml::tests::elements;
    use super::*;

    fn read(inside: &str) -> Document {
        paper(&elements(format!("<record>{inside}</record>"), &["record"]).remove(0).unwrap())
    }

    #[test]
    fn a_reference_finds_its_place() {
        let reference = read(
            "<database name='My.enl'>My.enl</database><rec-number>7</rec-number><ref-type name='Journal Article'>17</ref-type>\
             <contributors><authors><author><style face='normal'>Dune, Ada</style></author><author>Wave, Carl, Jr.</author>\
             </authors><secondary-authors><author>Sand, B.</author></secondary-authors></contributors><titles><title><style>On \
             </style><style face='italic'>tides</style></title><secondary-title>J Seas</secondary-title></titles><periodical>\
             <full-title>Journal of Seas</full-title></periodical><volume>3</volume><number>1</number><keywords><keyword>\
             tides&#xD;moon</keyword><keyword>sea; tides</keyword></keywords><dates><year>2020</year><pub-dates><date>May 4\
             </date></pub-dates></dates><isbn>1234-5678</isbn><abstract>The sea&#xD;moves.</abstract><urls><related-urls><url>\
             https://sea.example/7</url></related-urls></urls><electronic-resource-num>doi: 10.1000/SEAS.7\
             </electronic-resource-num><custom1>mine</custom1>",
        );
        assert_eq!((reference.id.as_str(), reference.title.as_str()), ("7", "On tides"));
        assert_eq!(
            (reference.r#abstract.as_str(), reference.venue.as_deref()),
            ("The sea moves.", Some("Journal of Seas"))
        );
        assert_eq!(reference.authors, ["Ada Dune", "Carl Wave Jr."]);
        assert_eq!((reference.date.unwrap().to_string().as_str(), reference.year), ("2020-05-04", Some(2020)));
        assert_eq!(
            (reference.doi.as_deref(), reference.url.as_deref()),
            (Some("10.1000/seas.7"), Some("https://sea.example/7"))
        );
        assert_eq!(reference.keywords, ["tides", "moon", "sea"]);
        let expected = json!({"type": "Journal Article", "issue": "1", "secondary-title": "J Seas", "volume": "3",
            "issn": "1234-5678", "secondary-authors": "B. Sand", "custom1": "mine"});
        assert_eq!(Value::Object(reference.extra), expected);
    }

    #[test]
    fn dates_are_as_deep_as_they_are_told() {
        let date = |year: &str, day: &str| {
            let dates = format!("<dates><year>{year}</year><pub-dates><date>{day}</date></pub-dates></dates>");
            read(&dates).date.map(|date| date.to_string()).unwrap_or_default()
        };
        assert_eq!(date("2020", ""), "2020");
        assert_eq!(date("2020", "2020-05-04"), "2020-05-04");
        assert_eq!(date("2020", "Spring"), "2020");
        assert_eq!(date("2020", "2019 Dec"), "2020");
        assert_eq!(date("", "4 May 2020"), "2020-05-04");
        let odd = read("<dates><year>in press</year></dates><electronic-resource-num>none</electronic-resource-num>");
        assert_eq!(Value::Object(odd.extra), json!({"year": "in press", "doi": "none"}));
    }

    #[test]
    fn editors_are_people_where_there_are_no_authors() {
        let book = read(
            "<contributors><authors/><secondary-authors><author>Sand, B.; Wave, C.</author></secondary-authors></contributors>",
        );
        assert_eq!(book.authors, ["B. Sand", "C. Wave"]);
    }
}

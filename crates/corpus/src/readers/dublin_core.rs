//! Dublin Core, the metadata that every library offers over OAI-PMH.
//!
//! | field    | element                                                                                      |
//! |----------|----------------------------------------------------------------------------------------------|
//! | title    | the first `title`                                                                            |
//! | abstract | `abstract`, or the longest `description` that does not tell how DSpace came by the paper     |
//! | authors  | `creator`, turned: `Dune, Ada` is `Ada Dune`                                                 |
//! | date     | the earliest of `issued`, `date`, `created`, `dateAccepted`                                  |
//! | doi      | the `identifier` or the `relation` that is one                                               |
//! | url      | the first `identifier` that is an address                                                    |
//! | keywords | `subject`, divided at semicolons                                                             |
//! | extra    | all other elements under their own names, as a list if there are several; further titles as  |
//! |          | `other_titles`                                                                               |
//!
//! Repositories give several dates without saying which is which. DSpace puts first when it got the paper, then when it
//! showed it, then when the paper appeared: the earliest year is right, and within it a date without a time of day.

use serde_json::Map;

use super::calendar;
use super::kept::{distinct, is_address, keep, plain};
use super::people::spoken;
use super::xml::Element;
use crate::date::Date;
use crate::document::Document;
use crate::identifiers;

/// Years in which papers appear.
const YEARS: std::ops::RangeInclusive<i32> = 1400..=2100;

/// Elements that hold a date of the paper, rather than one of its record.
const DATES: [&str; 4] = ["issued", "date", "created", "dateAccepted"];

pub(super) fn paper(core: &Element) -> Document {
    let identifiers: Vec<String> = core.texts("identifier");
    let relations = core.texts("relation");
    let doi = identifiers.iter().chain(&relations).find_map(|identifier| doi_in(identifier));
    let url = identifiers.iter().find(|identifier| is_address(identifier)).cloned();
    let title = core.text_at(&["title"]).map(|title| plain(&title)).unwrap_or_default();
    let date = date(core);
    let (summary, is_description) = summary(core);

    let mut extra = Map::new();
    for element in core.elements() {
        let (name, text) = (element.name(), plain(&element.text()));
        let is_taken = match name {
            "title" => text == title,
            "description" | "abstract" => text == summary && (is_description || name == "abstract"),
            "creator" | "subject" => true,
            "identifier" | "relation" => url.as_ref() == Some(&text) || (doi.is_some() && doi_in(&text) == doi),
            _ if DATES.contains(&name) => date.is_some() && calendar::written(&text) == date,
            _ => false,
        };
        if !is_taken {
            keep(&mut extra, if name == "title" { "other_titles" } else { name }, text);
        }
    }
    let creators = core.texts("creator");
    let subjects = core.texts("subject");
    Document {
        title,
        r#abstract: summary,
        authors: creators
            .iter()
            .flat_map(|names| names.split(';'))
            .map(spoken)
            .filter(|name| !name.is_empty())
            .collect(),
        year: date.as_ref().map(Date::year),
        date,
        doi,
        url,
        keywords: distinct(subjects.iter().flat_map(|subject| subject.split(';')).map(plain)),
        extra,
        ..Document::default()
    }
}

/// The abstract, and whether it is a description.
fn summary(core: &Element) -> (String, bool) {
    let longest = |name: &str| {
        let texts = core.texts(name).into_iter().map(|text| plain(&text)).filter(|text| !is_provenance(text));
        // The first one of those that are equally long.
        texts.fold(String::new(), |longest, text| if text.len() > longest.len() { text } else { longest })
    };
    match longest("abstract") {
        none if none.is_empty() => (longest("description"), true),
        summary => (summary, false),
    }
}

/// Whether a description tells how DSpace came by the paper, rather than what is in it.
fn is_provenance(text: &str) -> bool {
    const BEGINNINGS: [&str; 4] =
        ["Made available in DSpace on ", "Submitted by ", "Approved for entry into archive by ", "Rejected by "];
    text.contains(BEGINNINGS[0]) || (BEGINNINGS.iter().any(|words| text.starts_with(words)) && text.contains("(GMT)"))
}

/// The date in which the paper appeared, as far as one can tell.
fn date(core: &Element) -> Option<Date> {
    let texts: Vec<String> = DATES.iter().flat_map(|name| core.texts(name)).collect();
    let dates = texts.iter().filter_map(|text| {
        let date = calendar::written(text).filter(|date| YEARS.contains(&date.year()))?;
        let has_time = text.contains(['T', ':']);
        let depth = u8::from(date.month().is_some()) + u8::from(date.day().is_some());
        Some(((date.year(), has_time, 2 - depth, date.earliest()), date))
    });
    dates.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, date)| date)
}

/// The DOI that a text is, or that follows OpenAIRE's words for another identifier.
fn doi_in(text: &str) -> Option<String> {
    let text = text.strip_prefix("info:eu-repo/semantics/altIdentifier/doi/").unwrap_or(text);
    identifiers::doi(text.trim_start_matches("DOI:").trim_start_matches("info:doi/"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::xml::tests::elements;
    use super::*;

    fn read(inside: &str) -> Document {
        paper(&elements(format!("<dc>{inside}</dc>"), &["dc"]).remove(0).unwrap())
    }

    #[test]
    fn a_thesis_of_a_repository_finds_its_place() {
        let thesis = read(
            "<title>On tides</title><title>Sobre mareas</title><creator>Dune, Ada</creator><creator>Sea Lab</creator>\
             <description>Thesis, 2009</description><description>The sea moves &lt;b&gt;twice&lt;/b&gt; a day.</description>\
             <date>2012-06-28T12:34:21Z</date><date>2012-06-28T12:34:21Z</date><date>2009</date><type>Thesis</type>\
             <identifier>http://hdl.handle.net/1/7</identifier><identifier>doi:10.1000/TIDES</identifier>\
             <identifier>urn:x</identifier><subject>tides; moon</subject><subject>tides</subject><language>en</language>",
        );
        assert_eq!((thesis.title.as_str(), thesis.r#abstract.as_str()), ("On tides", "The sea moves twice a day."));
        assert_eq!((thesis.authors, thesis.year), (vec!["Ada Dune".to_owned(), "Sea Lab".to_owned()], Some(2009)));
        assert_eq!(thesis.date.unwrap().to_string(), "2009");
        assert_eq!(thesis.doi.as_deref(), Some("10.1000/tides"));
        assert_eq!(thesis.url.as_deref(), Some("http://hdl.handle.net/1/7"));
        assert_eq!(thesis.keywords, ["tides", "moon"]);
        let expected = json!({"other_titles": "Sobre mareas", "description": "Thesis, 2009", "type": "Thesis",
            "date": "2012-06-28T12:34:21Z", "identifier": "urn:x", "language": "en"});
        assert_eq!(Value::Object(thesis.extra), expected);
    }

    #[test]
    fn the_earliest_sensible_date_is_that_of_the_paper() {
        let date = |dates: &[&str]| {
            let dates: String = dates.iter().map(|date| format!("<date>{date}</date>")).collect();
            read(&dates).date.map(|date| date.to_string()).unwrap_or_default()
        };
        assert_eq!(date(&["Published in 1983"]), "1983");
        assert_eq!(date(&["2020-00-00"]), "2020");
        assert_eq!(date(&["0001-01-01", "2011-02-03", "2010"]), "2010");
        assert_eq!(date(&["2012-06-28T12:34:21Z", "2012-03"]), "2012-03");
        assert_eq!(date(&["2009", "2009-05-12"]), "2009-05-12");
        assert_eq!(date(&["2011-02-03", "2012-01-01"]), "2011-02-03");
        assert_eq!(date(&["2012-06-28T12:34:21Z"]), "2012-06-28");
        let odd = read("<title>T</title><date>n.d.</date>");
        assert_eq!((odd.date, &odd.extra["date"]), (None, &json!("n.d.")));
    }

    #[test]
    fn how_a_repository_came_by_a_paper_is_no_abstract() {
        let thesis = read(
            "<title>T</title><description>The sea moves.</description><description>Submitted by Ada Dune (ada@sea.example) on \
             2012-06-28T12:34:21Z No. of bitstreams: 1 thesis.pdf: 1234567 bytes, checksum: 0 (MD5). Made available in DSpace \
             on 2012-06-28T12:34:21Z (GMT).</description>",
        );
        assert_eq!(thesis.r#abstract, "The sea moves.");
        assert!(thesis.extra["description"].as_str().unwrap().starts_with("Submitted by"));
    }

    #[test]
    fn qualified_elements_are_read_too() {
        let qualified = read(
            "<title>T</title><abstract>It.</abstract><description>A longer remark.</description><issued>2001-05</issued>\
             <relation>info:eu-repo/semantics/altIdentifier/doi/10.1000/a.1</relation>",
        );
        assert_eq!((qualified.r#abstract.as_str(), qualified.date.unwrap().to_string().as_str()), ("It.", "2001-05"));
        assert_eq!(qualified.doi.as_deref(), Some("10.1000/a.1"));
        assert_eq!(Value::Object(qualified.extra), json!({"description": "A longer remark."}));
    }
}

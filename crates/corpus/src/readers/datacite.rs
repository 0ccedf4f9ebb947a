//! DataCite's metadata, over OAI-PMH (Zenodo, `oai_datacite`) or as a file.
//!
//! | field    | element                                                                                       |
//! |----------|-----------------------------------------------------------------------------------------------|
//! | id       | `identifier` (over OAI-PMH that of the header)                                                |
//! | title    | the first `title` without a `titleType`                                                       |
//! | abstract | the `description` of type `Abstract`; without one the longest of those that may be one        |
//! | authors  | `creator`: `givenName` and `familyName`, or `creatorName`                                     |
//! | date     | the `date` of type `Issued`, `Available`, `Created` or `Submitted`, or the `publicationYear`  |
//! | venue    | the title of the `relatedItem` in which it is published, or OpenAIRE's `citationTitle`        |
//! | doi      | `identifier`, or an `alternateIdentifier`                                                     |
//! | arxiv    | an id among these                                                                             |
//! | url      | an `identifier` or `alternateIdentifier` that is an address                                   |
//! | keywords | `subject`                                                                                     |
//! | extra    | `publisher`, `type`, `language`, `version`, `contributors`, further titles (`other_titles`)   |
//! |          | and descriptions by their types, `relatedIdentifier`, `rights`, the other dates               |
//!
//! Descriptions hold HTML as text, which is dropped. OpenAIRE's form has the same elements, some without the lists around
//! them; it is read too.

use serde_json::Map;

use super::calendar;
use super::kept::{distinct, is_address, keep, plain};
use super::people::spoken;
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::family_names::{group, name_of};
use crate::identifiers;
use crate::input::Input;
use crate::record::Records;

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, DataCite))
}

struct DataCite;

impl Layout for DataCite {
    fn is_whole(&self, name: &str) -> bool {
        name == "resource"
    }

    fn read(&mut self, resource: &Element) -> Result<Option<Document>, Mismatch> {
        Ok(Some(paper(resource)))
    }
}

/// Kinds of dates, from that of the paper to those of its making.
const DATES: [&str; 5] = ["Issued", "Available", "Created", "Submitted", "Accepted"];

/// The paper of a `resource`, or of the `oai_datacite` around one.
pub(super) fn paper(metadata: &Element) -> Document {
    let resource = metadata.at(&["payload", "resource"]).or_else(|| metadata.at(&["resource"])).unwrap_or(metadata);
    let own = resource.texts("identifier");
    let alternate: Vec<String> =
        listed(resource, "alternateIdentifiers", "alternateIdentifier").map(Element::text).collect();
    let names = || own.iter().chain(&alternate);
    let doi = names().find_map(|name| identifiers::doi(name));
    let mut extra = Map::new();

    let (main, others): (Vec<&Element>, Vec<&Element>) =
        listed(resource, "titles", "title").partition(|title| title.attribute("titleType").is_none());
    let mut titles = main.into_iter().chain(others).map(|title| plain(&title.text())).filter(|text| !text.is_empty());
    let title = titles.next().unwrap_or_default();
    titles.for_each(|title| keep(&mut extra, "other_titles", title));

    let summary = take_summary(resource, &mut extra);
    let date = take_date(resource, &mut extra);
    let url = names().find(|name| is_address(name) && identifiers::doi(name).is_none()).cloned();
    for name in names().filter(|name| Some(*name) != url.as_ref() && identifiers::doi(name) != doi) {
        keep(&mut extra, "identifier", name);
    }
    for (list, element, name) in [
        ("contributors", "contributor", "contributors"),
        ("relatedIdentifiers", "relatedIdentifier", "related"),
        ("rightsList", "rights", "rights"),
    ] {
        for element in listed(resource, list, element) {
            let text =
                element.text_at(&["contributorName"]).map(|name| spoken(&name)).unwrap_or_else(|| element.text());
            keep(&mut extra, name, text);
        }
    }
    for name in
        ["publisher", "language", "version", "citationVolume", "citationIssue", "citationStartPage", "citationEndPage"]
    {
        keep(&mut extra, name, resource.text_at(&[name]).unwrap_or_default());
    }
    keep(&mut extra, "type", kind(resource));
    let published = listed(resource, "relatedItems", "relatedItem")
        .find(|item| item.attribute("relationType").is_some_and(|relation| relation == "IsPublishedIn"));
    let arxiv = names().find_map(|name| identifiers::arxiv(name));
    Document {
        id: doi.clone().or_else(|| own.first().cloned()).unwrap_or_default(),
        title,
        r#abstract: summary,
        authors: listed(resource, "creators", "creator").map(creator).filter(|name| !name.is_empty()).collect(),
        year: date.as_ref().map(Date::year),
        date,
        venue: published
            .and_then(|item| item.text_at(&["titles", "title"]))
            .or_else(|| resource.text_at(&["citationTitle"])),
        doi,
        arxiv,
        url,
        keywords: distinct(listed(resource, "subjects", "subject").map(|subject| plain(&subject.text()))),
        extra,
        ..Document::default()
    }
}

/// The elements of a list, and those that stand without it.
fn listed<'a>(resource: &'a Element, list: &'a str, element: &'a str) -> impl Iterator<Item = &'a Element> {
    resource.all(list).flat_map(move |list| list.all(element)).chain(resource.all(element))
}

fn creator(creator: &Element) -> String {
    if let (Some(given), Some(family)) = (creator.text_at(&["givenName"]), creator.text_at(&["familyName"])) {
        return name_of(&given, &family, "");
    }
    let name = creator.at(&["creatorName"]).unwrap_or(creator);
    match name.attribute("nameType").is_some_and(|kind| kind == "Organizational") {
        true => group(&name.text()),
        false => spoken(&name.text()),
    }
}

/// Takes the abstract; the other descriptions are kept.
fn take_summary(resource: &Element, extra: &mut Map<String, serde_json::Value>) -> String {
    let described = |description: &Element| {
        let kind = description.attribute("descriptionType").unwrap_or_default();
        (kind, plain(&description.prose(&|_| false)))
    };
    let mut all: Vec<(String, String)> = listed(resource, "descriptions", "description").map(described).collect();
    all.retain(|(_, text)| !text.is_empty());
    let longest = |all: &[(String, String)], kinds: &[&str]| {
        let of_kinds = all.iter().enumerate().filter(|(_, (kind, _))| kinds.contains(&kind.as_str()));
        of_kinds.max_by_key(|(at, (_, text))| (text.len(), usize::MAX - at)).map(|(at, _)| at)
    };
    let place = longest(&all, &["Abstract"]).or_else(|| longest(&all, &["", "Other"]));
    let summary = place.map(|at| all.remove(at).1).unwrap_or_default();
    for (kind, text) in all {
        keep(extra, if kind.is_empty() { "description" } else { &kind }, text);
    }
    summary
}

/// Takes the date of the paper; the other dates are kept under their kinds.
fn take_date(resource: &Element, extra: &mut Map<String, serde_json::Value>) -> Option<Date> {
    let dates: Vec<(String, String)> = listed(resource, "dates", "date")
        .map(|date| (date.attribute("dateType").unwrap_or_default(), date.text()))
        .collect();
    let year = resource.text_at(&["publicationYear"]);
    let of_kind =
        |kind: &str| dates.iter().position(|(found, text)| found == kind && calendar::written(text).is_some());
    let place = DATES.iter().find_map(|kind| of_kind(kind)).or_else(|| of_kind(""));
    for (_, (kind, text)) in dates.iter().enumerate().filter(|(at, _)| Some(*at) != place) {
        keep(extra, if kind.is_empty() { "date" } else { kind }, text);
    }
    let date = place.and_then(|at| calendar::written(&dates[at].1));
    let date = date.or_else(|| calendar::written(year.as_deref()?));
    if date.is_none() {
        keep(extra, "publication_year", year.unwrap_or_default());
    }
    date
}

/// `Article` of `JournalArticle`, whichever is told.
fn kind(resource: &Element) -> String {
    let Some(kind) = resource.at(&["resourceType"]) else { return String::new() };
    match kind.text() {
        none if none.is_empty() => kind.attribute("resourceTypeGeneral").unwrap_or_default(),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::xml::tests::elements;
    use super::*;

    fn read(inside: &str) -> Document {
        paper(&elements(format!("<resource>{inside}</resource>"), &["resource"]).remove(0).unwrap())
    }

    #[test]
    fn a_preprint_finds_its_place() {
        let preprint = read(
            "<identifier identifierType='DOI'>10.1000/SEAS.7</identifier><creators><creator><creatorName \
             nameType='Personal'>Dune, Ada</creatorName><givenName>Ada</givenName><familyName>Dune</familyName></creator>\
             <creator><creatorName nameType='Organizational'>Sea Lab, Kiel</creatorName></creator><creator><creatorName>van \
             der Wave, Carl</creatorName></creator></creators><titles><title titleType='Subtitle'>and more</title><title>On \
             tides</title></titles><publisher>Sea Press</publisher><publicationYear>2021</publicationYear><subjects><subject>\
             tides</subject></subjects><dates><date dateType='Updated'>2022-01-01</date><date dateType='Issued'>2021-03-04\
             </date></dates><resourceType resourceTypeGeneral='Preprint'/><descriptions><description descriptionType='Other'>\
             A longer remark on money.</description><description descriptionType='Abstract'>&lt;p&gt;The sea&lt;br&gt;moves.\
             &lt;/p&gt;</description></descriptions><alternateIdentifiers><alternateIdentifier>https://sea.example/7\
             </alternateIdentifier><alternateIdentifier>arXiv:2101.00001</alternateIdentifier></alternateIdentifiers>",
        );
        assert_eq!((preprint.id.as_str(), preprint.doi.as_deref()), ("10.1000/seas.7", Some("10.1000/seas.7")));
        assert_eq!((preprint.title.as_str(), preprint.r#abstract.as_str()), ("On tides", "The sea moves."));
        assert_eq!(preprint.authors, ["Ada Dune", "Sea Lab, Kiel", "Carl van der Wave"]);
        assert_eq!((preprint.date.unwrap().to_string().as_str(), preprint.year), ("2021-03-04", Some(2021)));
        assert_eq!(
            (preprint.url.as_deref(), preprint.arxiv.as_deref()),
            (Some("https://sea.example/7"), Some("2101.00001"))
        );
        assert_eq!(preprint.keywords, ["tides"]);
        let expected = json!({"other_titles": "and more", "publisher": "Sea Press", "type": "Preprint",
            "Updated": "2022-01-01", "Other": "A longer remark on money.", "identifier": "arXiv:2101.00001"});
        assert_eq!(Value::Object(preprint.extra), expected);
    }

    #[test]
    fn lists_and_kinds_may_be_missing() {
        let bare = read(
            "<titles><title>T</title></titles><description>It.</description><creator><creatorName>Dune, A.</creatorName>\
             </creator><date dateType='Issued'>soon</date><publicationYear>2020</publicationYear>",
        );
        assert_eq!(
            (bare.r#abstract.as_str(), bare.authors, bare.year),
            ("It.", vec!["A. Dune".to_owned()], Some(2020))
        );
        assert_eq!(bare.extra["Issued"], "soon");
        let odd = read("<titles><title>T</title></titles><publicationYear>:unav</publicationYear>");
        assert_eq!((odd.year, &odd.extra["publication_year"]), (None, &json!(":unav")));
    }
}

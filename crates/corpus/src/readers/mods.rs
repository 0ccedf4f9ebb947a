//! MODS, the Library of Congress' description of books and articles, over OAI-PMH or as a file.
//!
//! | field    | element                                                                                          |
//! |----------|--------------------------------------------------------------------------------------------------|
//! | id       | `recordIdentifier`, a name in one catalogue (over OAI-PMH that of the header)                    |
//! | title    | the first `titleInfo` without a `type`: `nonSort`, `title`, `subTitle`, `partNumber`, `partName` |
//! | abstract | `abstract`, all of them joined                                                                   |
//! | authors  | `name` in the role of an author, or without a role; without these the other names                |
//! | date     | `dateIssued`, `copyrightDate`, `dateCreated`, `dateOther`, or the date of the host's `part`      |
//! | venue    | the title of the `relatedItem` of type `host`, or else `series`                                  |
//! | doi      | `identifier` of that type                                                                        |
//! | arxiv    | an id among the identifiers                                                                      |
//! | url      | `location/url`, or an `identifier` that is an address                                            |
//! | keywords | `subject`: `topic`, `geographic`, `temporal`                                                     |
//! | extra    | `publisher`, `language`, `type` (`genre`), `volume`, `issue`, `pages`, other identifiers by      |
//! |          | their types, other people by their roles, `note`, further titles (`other_titles`)                |

use serde_json::{Map, Value};

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
use crate::record::{IdOrigin, Records};

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Mods))
}

struct Mods;

impl Layout for Mods {
    fn is_whole(&self, name: &str) -> bool {
        name == "mods"
    }

    fn read(&mut self, mods: &Element) -> Result<Option<Document>, Mismatch> {
        Ok(Some(paper(mods)))
    }

    fn id_origin(&self) -> IdOrigin {
        IdOrigin::Local
    }
}

/// Roles of authors.
const AUTHORS: [&str; 6] = ["aut", "author", "cre", "creator", "dis", "dissertant"];

/// Elements of `originInfo` with a date, the best first.
const DATES: [&str; 4] = ["dateIssued", "copyrightDate", "dateCreated", "dateOther"];

pub(super) fn paper(mods: &Element) -> Document {
    let mut extra = Map::new();
    let (main, others): (Vec<&Element>, Vec<&Element>) =
        mods.all("titleInfo").partition(|info| info.attribute("type").is_none());
    let mut titles = main.into_iter().chain(others).map(title).filter(|title| !title.is_empty());
    let title = titles.next().unwrap_or_default();
    titles.for_each(|title| keep(&mut extra, "other_titles", title));

    let host = related(mods, "host");
    let venue = host.or_else(|| related(mods, "series")).and_then(|item| item.at(&["titleInfo"])).map(self::title);
    let summaries: Vec<String> = mods.all("abstract").map(|text| plain(&text.prose(&|_| false))).collect();
    let identifiers: Vec<(String, String)> = mods
        .all("identifier")
        .map(|identifier| (identifier.attribute("type").unwrap_or_default(), identifier.text()))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let texts = || identifiers.iter().map(|(_, text)| text.as_str());
    let doi = texts().find_map(identifiers::doi);
    let arxiv = texts().find_map(identifiers::arxiv);
    let urls: Vec<String> = mods.all("location").flat_map(|location| location.texts("url")).collect();
    let url = urls.first().map(String::as_str).or_else(|| texts().find(|text| is_address(text))).map(str::to_owned);
    for (kind, text) in &identifiers {
        if identifiers::doi(text) != doi || doi.is_none() {
            keep(&mut extra, if kind.is_empty() { "identifier" } else { kind }, text);
        }
    }
    let date = take_date(mods, host, &mut extra);
    let authors = take_people(mods, &mut extra);
    if let Some(host) = host {
        take_part(host, &mut extra);
        for identifier in host.all("identifier") {
            let kind = identifier.attribute("type").unwrap_or_default();
            keep(&mut extra, if kind.is_empty() { "identifier" } else { &kind }, identifier.text());
        }
    }
    let languages: Vec<String> = mods.all("language").flat_map(|language| language.texts("languageTerm")).collect();
    for (name, values) in [("language", languages), ("type", mods.texts("genre")), ("note", mods.texts("note"))] {
        values.into_iter().for_each(|value| keep(&mut extra, name, value));
    }
    keep(&mut extra, "publisher", mods.text_at(&["originInfo", "publisher"]).unwrap_or_default());
    let subjects = mods.all("subject").flat_map(Element::elements);
    let is_word = |part: &&Element| matches!(part.name(), "topic" | "geographic" | "temporal");
    Document {
        id: mods.text_at(&["recordInfo", "recordIdentifier"]).unwrap_or_default(),
        title,
        r#abstract: summaries.join(" ").trim().to_owned(),
        authors,
        year: date.as_ref().map(Date::year),
        date,
        venue: venue.filter(|venue| !venue.is_empty()),
        doi,
        arxiv,
        url,
        keywords: distinct(subjects.filter(is_word).map(Element::text)),
        extra,
        ..Document::default()
    }
}

fn related<'a>(mods: &'a Element, kind: &str) -> Option<&'a Element> {
    mods.all("relatedItem").find(|item| item.attribute("type").is_some_and(|found| found == kind))
}

/// `The sea: a history. Part 2, Tides`.
fn title(info: &Element) -> String {
    let part = |name: &str| info.text_at(&[name]).unwrap_or_default();
    let article = part("nonSort");
    let space = if article.is_empty() || article.ends_with(['\'', '’', '-']) { "" } else { " " };
    let mut title = format!("{article}{space}{}", part("title"));
    for (between, name) in [(": ", "subTitle"), (". ", "partNumber"), (". ", "partName")] {
        let more = part(name);
        if !more.is_empty() {
            let between = if title.is_empty() || title.ends_with([':', '?', '!']) { " " } else { between };
            title = title + between + &more;
        }
    }
    title.trim().to_owned()
}

/// Takes the authors; other people are kept under their roles.
fn take_people(mods: &Element, extra: &mut Map<String, Value>) -> Vec<String> {
    let (mut authors, mut others) = (Vec::new(), Vec::new());
    for name in mods.all("name") {
        let roles: Vec<String> = name.all("role").flat_map(|role| role.texts("roleTerm")).collect();
        let is_author = roles.is_empty()
            || roles.iter().any(|role| AUTHORS.contains(&role.trim_end_matches('.').to_lowercase().as_str()));
        let person = person(name);
        match is_author {
            _ if person.is_empty() => {}
            true => authors.push(person),
            false => others.push((roles.into_iter().next().unwrap_or_default(), person)),
        }
    }
    if authors.is_empty() {
        return others.into_iter().map(|(_, person)| person).collect();
    }
    for (role, person) in others {
        keep(extra, &role.to_lowercase(), person);
    }
    authors
}

fn person(name: &Element) -> String {
    let of_kind = |kind: &str| {
        let parts = name.all("namePart").filter(|part| part.attribute("type").unwrap_or_default() == kind);
        parts.map(Element::text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let parts = [of_kind("given"), of_kind("family"), of_kind("termsOfAddress")];
    if !parts[1].is_empty() {
        return name_of(&parts[0], &parts[1], &parts[2]);
    }
    let whole = of_kind("");
    let whole = if whole.is_empty() { name.text_at(&["displayForm"]).unwrap_or_default() } else { whole };
    match name.attribute("type").is_some_and(|kind| kind == "corporate" || kind == "conference") {
        true => group(&whole),
        false => spoken(&whole),
    }
}

/// Takes the date; one that is not understood is kept.
fn take_date(mods: &Element, host: Option<&Element>, extra: &mut Map<String, Value>) -> Option<Date> {
    let origins = || mods.all("originInfo").chain(host.into_iter().flat_map(|host| host.all("originInfo")));
    let mut texts: Vec<String> =
        DATES.iter().flat_map(|name| origins().flat_map(|origin| origin.texts(name))).collect();
    texts.extend(host.into_iter().flat_map(|host| host.all("part")).flat_map(|part| part.texts("date")));
    let date = texts.iter().find_map(|text| calendar::written(text));
    if date.is_none() {
        texts.into_iter().for_each(|text| keep(extra, "date", text));
    }
    date
}

/// Takes volume, issue and pages within the host.
fn take_part(host: &Element, extra: &mut Map<String, Value>) {
    for part in host.all("part") {
        for detail in part.all("detail") {
            let name = detail.attribute("type").unwrap_or_else(|| "detail".to_owned());
            let number = detail.text_at(&["number"]).or_else(|| detail.text_at(&["caption"]));
            keep(extra, if name == "number" { "issue" } else { &name }, number.unwrap_or_default());
        }
        for extent in part.all("extent") {
            let pages = match (extent.text_at(&["start"]), extent.text_at(&["end"])) {
                (Some(start), Some(end)) if start != end => Some(format!("{start}-{end}")),
                (start, end) => start.or(end).or_else(|| extent.text_at(&["list"])),
            };
            keep(extra, "pages", pages.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::xml::tests::elements;
    use super::*;

    fn read(inside: &str) -> Document {
        paper(&elements(format!("<mods>{inside}</mods>"), &["mods"]).remove(0).unwrap())
    }

    #[test]
    fn an_article_finds_its_place() {
        let article = read(
            "<titleInfo type='alternative'><title>Tides</title></titleInfo><titleInfo><nonSort>The</nonSort><title>sea</title>\
             <subTitle>a history</subTitle></titleInfo><name type='personal'><namePart type='family'>Dune</namePart>\
             <namePart type='given'>Ada</namePart><role><roleTerm type='code'>aut</roleTerm></role></name><name \
             type='personal'><namePart>van der Wave, Carl</namePart><namePart type='date'>1970-</namePart></name><name \
             type='personal'><namePart>Sand, B.</namePart><role><roleTerm>Editor</roleTerm></role></name><name \
             type='corporate'><namePart>Sea Lab, Kiel</namePart></name><abstract>The sea moves.</abstract><originInfo>\
             <publisher>Sea Press</publisher><dateIssued encoding='w3cdtf'>2020-05</dateIssued></originInfo><relatedItem \
             type='host'><titleInfo><title>Journal of Seas</title></titleInfo><part><detail type='volume'><number>3</number>\
             </detail><detail type='issue'><number>1</number></detail><extent unit='pages'><start>7</start><end>9</end>\
             </extent></part></relatedItem><identifier type='doi'>10.1000/SEAS.7</identifier><identifier type='issn'>1234-5678\
             </identifier><location><url>https://sea.example/7</url></location><subject><topic>tides</topic><geographic>Kiel\
             </geographic></subject><genre>article</genre><recordInfo><recordIdentifier>7</recordIdentifier></recordInfo>",
        );
        assert_eq!((article.id.as_str(), article.title.as_str()), ("7", "The sea: a history"));
        assert_eq!(article.authors, ["Ada Dune", "Carl van der Wave", "Sea Lab, Kiel"]);
        assert_eq!((article.date.unwrap().to_string().as_str(), article.year), ("2020-05", Some(2020)));
        assert_eq!(
            (article.venue.as_deref(), article.doi.as_deref()),
            (Some("Journal of Seas"), Some("10.1000/seas.7"))
        );
        assert_eq!(article.url.as_deref(), Some("https://sea.example/7"));
        assert_eq!(article.keywords, ["tides", "Kiel"]);
        let expected = json!({"other_titles": "Tides", "publisher": "Sea Press", "editor": "B. Sand", "issn": "1234-5678",
            "volume": "3", "issue": "1", "pages": "7-9", "type": "article"});
        assert_eq!(Value::Object(article.extra), expected);
    }

    #[test]
    fn what_is_told_otherwise_is_understood_or_kept() {
        let other = read(
            "<titleInfo><nonSort>L'</nonSort><title>eau?</title><subTitle>Oui</subTitle></titleInfo><name><namePart>Sand, B.\
             </namePart><role><roleTerm>edt</roleTerm></role></name><originInfo><dateIssued>[n.d.]</dateIssued></originInfo>",
        );
        assert_eq!((other.title.as_str(), other.authors), ("L'eau? Oui", vec!["B. Sand".to_owned()]));
        assert_eq!((other.date, &other.extra["date"]), (None, &json!("[n.d.]")));
        assert_eq!(read(""), Document::default());
    }
}

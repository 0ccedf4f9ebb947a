//! MARC 21 as XML, the records of library catalogues, over OAI-PMH or as a file.
//!
//! | field    | field and subfields                                                                              |
//! |----------|--------------------------------------------------------------------------------------------------|
//! | id       | `001`, a name in one catalogue (over OAI-PMH that of the header)                                 |
//! | title    | `245` `a`, `b`, `n`, `p`                                                                         |
//! | abstract | `520` `a`, `b`                                                                                   |
//! | authors  | `100`, `110`, `111`, then `700`, `710`, `711`; those with another role than an author's are kept |
//! | date     | `264` or `260` `c`; the year in `008`; the host's year in `773` `g`                              |
//! | venue    | `773` `t`                                                                                        |
//! | doi      | `024` `a`, or a link in `856` `u`                                                                |
//! | arxiv    | an id in `024` `a` or `856` `u`                                                                  |
//! | url      | `856` `u`                                                                                        |
//! | keywords | `650`, `651`, `653`, `648`, `600`, `610`, `611`, `630`, `655`: `a`                               |
//! | extra    | `publisher` (`264` or `260` `b`), `issn`, `isbn`, `language`, `part` (`773` `g`), other people   |
//! |          | by their roles, all other fields under their numbers                                             |
//!
//! UNIMARC, in which the title is `200` and the abstract `330`, is read as far as these, authors, dates and subjects.
//! Cataloguers divide a field's parts by punctuation in front of the next one (`On tides /`), which is dropped.

use serde_json::{Map, Value};

use super::calendar;
use super::kept::{distinct, is_address, keep};
use super::people::spoken;
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Records};

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Marc))
}

struct Marc;

impl Layout for Marc {
    fn is_whole(&self, name: &str) -> bool {
        name == "record"
    }

    fn read(&mut self, record: &Element) -> Result<Option<Document>, Mismatch> {
        // An answer to a search holds each record in one of its own.
        Ok(Some(paper(record.at(&["recordData", "record"]).unwrap_or(record))))
    }

    fn id_origin(&self) -> IdOrigin {
        IdOrigin::Local
    }
}

/// The fields of a record that have places in a document, in MARC 21 or UNIMARC.
struct Places {
    title: (&'static str, &'static [&'static str]),
    summary: &'static str,
    people: &'static [&'static str],
    published: &'static [(&'static str, &'static str)],
    subjects: &'static [&'static str],
}

const MARC21: Places = Places {
    title: ("245", &["a", "b", "n", "p"]),
    summary: "520",
    people: &["100", "110", "111", "700", "710", "711"],
    published: &[("264", "c"), ("260", "c")],
    subjects: &["650", "651", "653", "648", "600", "610", "611", "630", "655"],
};

const UNIMARC: Places = Places {
    title: ("200", &["a", "e", "h", "i"]),
    summary: "330",
    people: &["700", "701", "710", "711"],
    published: &[("214", "d"), ("210", "d")],
    subjects: &["606", "607", "610", "600", "601", "608"],
};

/// Fields that are told in words of their own, or hold nothing but a catalogue's housekeeping.
const TAKEN: [&str; 8] = ["001", "003", "005", "006", "007", "008", "856", "773"];

pub(super) fn paper(record: &Element) -> Document {
    let is_unimarc = fields(record, "245").next().is_none() && fields(record, "200").next().is_some();
    let places = if is_unimarc { &UNIMARC } else { &MARC21 };
    let mut extra = Map::new();

    let titles: Vec<String> = fields(record, places.title.0).map(|field| title(field, places.title.1)).collect();
    let summaries: Vec<String> = fields(record, places.summary).map(|field| joined(field, &["a", "b"])).collect();
    let authors = take_people(record, places.people, is_unimarc, &mut extra);
    let control = |tag: &str| {
        let control = record.all("controlfield").find(|field| field.attribute("tag").is_some_and(|found| found == tag));
        control.map(Element::text).unwrap_or_default()
    };
    let date = take_date(record, places, &control("008"), &mut extra);
    let links: Vec<String> = fields(record, "856").flat_map(|field| subfields(field, "u")).collect();
    let names: Vec<String> = fields(record, "024").flat_map(|field| subfields(field, "a")).collect();
    let all_names = || names.iter().chain(&links);
    let (doi, arxiv) =
        (all_names().find_map(|name| identifiers::doi(name)), all_names().find_map(|name| identifiers::arxiv(name)));
    let host = fields(record, "773").next();
    for (name, tag, code) in
        [("issn", "022", "a"), ("isbn", "020", "a"), ("part", "773", "g"), ("language", "041", "a")]
    {
        fields(record, tag)
            .flat_map(|field| subfields(field, code))
            .for_each(|text| keep(&mut extra, name, unpunctuated(&text)));
    }
    let publishers =
        ["264", "260"].into_iter().flat_map(|tag| fields(record, tag)).flat_map(|field| subfields(field, "b"));
    publishers.for_each(|text| keep(&mut extra, "publisher", unpunctuated(&text)));
    keep_others(record, places, doi.as_deref(), &mut extra);
    let subjects = places.subjects.iter().flat_map(|tag| fields(record, tag)).flat_map(|field| subfields(field, "a"));
    let keywords = distinct(subjects.map(|subject| unpunctuated(&subject)));
    Document {
        id: control("001"),
        title: titles.into_iter().find(|title| !title.is_empty()).unwrap_or_default(),
        r#abstract: summaries.join(" ").trim().to_owned(),
        authors,
        year: date.as_ref().map(Date::year),
        date,
        venue: host.and_then(|host| subfields(host, "t").next()).map(|title| unpunctuated(&title)),
        doi,
        arxiv,
        url: links.into_iter().find(|link| is_address(link)),
        keywords,
        extra,
        ..Document::default()
    }
}

/// The data fields with a tag. A field in the original script (`880`) repeats one in another.
fn fields<'a>(record: &'a Element, tag: &'a str) -> impl Iterator<Item = &'a Element> {
    record.all("datafield").filter(move |field| field.attribute("tag").is_some_and(|found| found == tag))
}

fn subfields<'a>(field: &'a Element, code: &'a str) -> impl Iterator<Item = String> + 'a {
    let found = field.all("subfield").filter(move |part| part.attribute("code").is_some_and(|found| found == code));
    found.map(Element::text).filter(|text| !text.is_empty())
}

/// The subfields with these codes, in the order of the field.
fn joined(field: &Element, codes: &[&str]) -> String {
    let is_asked = |part: &&Element| part.attribute("code").is_some_and(|found| codes.contains(&found.as_str()));
    let texts = field.all("subfield").filter(is_asked).map(Element::text).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(" ")
}

/// A title: what stands behind it after ` : ` is its second part.
fn title(field: &Element, codes: &[&str]) -> String {
    unpunctuated(&joined(field, codes)).replace(" : ", ": ")
}

/// A text without the punctuation that divides it from the next part of the record.
fn unpunctuated(text: &str) -> String {
    let text = text.trim_end_matches([' ', '/', ':', ';', ',', '=']);
    let last = text.rsplit([' ', '.']).nth(1).unwrap_or_default();
    // The stop of an initial or of an abbreviation belongs to the text.
    let is_stop = text.ends_with('.') && !text.ends_with("..") && last.chars().count() > 3;
    text.strip_suffix(if is_stop { "." } else { "" }).unwrap_or(text).to_owned()
}

/// Roles of authors, as words and as codes of MARC 21.
const AUTHORS: [&str; 7] = ["author", "aut", "creator", "cre", "dissertant", "dis", "verfasser"];

/// Takes the authors; other people are kept under their roles.
fn take_people(record: &Element, tags: &[&str], is_unimarc: bool, extra: &mut Map<String, Value>) -> Vec<String> {
    let (mut authors, mut others) = (Vec::new(), Vec::new());
    for tag in tags {
        for field in fields(record, tag) {
            let is_person = tag.ends_with('0') && !tag.ends_with("10") || (is_unimarc && *tag == "701");
            let name = if is_person { person(field, is_unimarc) } else { unpunctuated(&joined(field, &["a", "b"])) };
            let roles: Vec<String> = if is_unimarc {
                Vec::new()
            } else {
                ["e", "4"].iter().flat_map(|code| subfields(field, code)).collect()
            };
            let roles: Vec<String> =
                roles.iter().map(|role| unpunctuated(role).trim_end_matches('.').to_lowercase()).collect();
            let is_author = roles.is_empty() || roles.iter().any(|role| AUTHORS.contains(&role.as_str()));
            match is_author {
                _ if name.is_empty() => {}
                true => authors.push(name),
                false => others.push((roles.into_iter().next().unwrap_or_default(), name)),
            }
        }
    }
    let mut authors = distinct(authors);
    if authors.is_empty() {
        authors = distinct(others.into_iter().map(|(_, name)| name));
    } else {
        others.into_iter().for_each(|(role, name)| keep(extra, &role, name));
    }
    authors
}

fn person(field: &Element, is_unimarc: bool) -> String {
    let name = unpunctuated(&joined(field, &["a"]));
    if is_unimarc {
        return spoken(&format!("{name}, {}", joined(field, &["b"])));
    }
    // `c` holds `Jr.`, and titles that nobody needs.
    let suffix = unpunctuated(&joined(field, &["c"]));
    let with_suffix = format!("{name}, {suffix}");
    let is_suffix = ["jr", "sr", "ii", "iii", "iv"].contains(&suffix.trim_end_matches('.').to_lowercase().as_str());
    spoken(if is_suffix { &with_suffix } else { &name })
}

/// Takes the date of publication; a text that is none is kept.
fn take_date(record: &Element, places: &Places, fixed: &str, extra: &mut Map<String, Value>) -> Option<Date> {
    let told =
        places.published.iter().flat_map(|(tag, code)| fields(record, tag).flat_map(|field| subfields(field, code)));
    let told: Vec<String> = told.collect();
    // Columns 7 to 10 are the year.
    let fixed = fixed.get(7..11).unwrap_or_default();
    let host = fields(record, "773").flat_map(|field| subfields(field, "g"));
    let date = told.iter().find_map(|text| year_of(text)).or_else(|| year_of(fixed)).or_else(|| {
        let years: Vec<Date> = host.filter_map(|part| year_of(&part)).collect();
        years.into_iter().next()
    });
    if date.is_none() {
        told.into_iter().for_each(|text| keep(extra, "date", text));
    }
    date
}

/// The date in `c2020.` or `[2020]`, which has only a year unless it is written as a date.
fn year_of(text: &str) -> Option<Date> {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    text.parse().ok().or_else(|| calendar::written(text))
}

/// Keeps the fields that have no place under their numbers.
fn keep_others(record: &Element, places: &Places, doi: Option<&str>, extra: &mut Map<String, Value>) {
    for field in record.all("datafield") {
        let tag = field.attribute("tag").unwrap_or_default();
        let is_taken = TAKEN.contains(&tag.as_str())
            || [places.title.0, places.summary, "020", "022", "041", "260", "264"].contains(&tag.as_str())
            || places.people.contains(&tag.as_str())
            || places.subjects.contains(&tag.as_str());
        let texts: Vec<String> = field.all("subfield").map(Element::text).filter(|text| !text.is_empty()).collect();
        let is_doi = doi.is_some() && texts.iter().any(|text| identifiers::doi(text).as_deref() == doi);
        if !is_taken && !is_doi && !tag.is_empty() {
            keep(extra, &tag, texts.join(" "));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::xml::tests::elements;
    use super::*;

    fn read(list: &[(&str, &[(&str, &str)])]) -> Document {
        let mut xml = "<record><leader>00000nam</leader>".to_owned();
        for (tag, parts) in list {
            if let [("", text)] = parts {
                xml += &format!("<controlfield tag='{tag}'>{text}</controlfield>");
                continue;
            }
            xml += &format!("<datafield tag='{tag}' ind1=' ' ind2='0'>");
            parts.iter().for_each(|(code, text)| xml += &format!("<subfield code='{code}'>{text}</subfield>"));
            xml += "</datafield>";
        }
        paper(&elements(xml + "</record>", &["record"]).remove(0).unwrap())
    }

    #[test]
    fn a_record_of_a_catalogue_finds_its_place() {
        let book = read(&[
            ("001", &[("", "990")]),
            ("020", &[("a", "9780000000001")]),
            ("024", &[("a", "10.1000/SEAS.7"), ("2", "doi")]),
            ("100", &[("a", "Dune, Ada B.,"), ("c", "Jr.,"), ("d", "1970-"), ("e", "author.")]),
            ("245", &[("a", "On tides :"), ("b", "a history /"), ("c", "by Ada Dune.")]),
            ("264", &[("a", "Kiel :"), ("b", "Sea Press,"), ("c", "[2020]")]),
            ("300", &[("a", "200 p.")]),
            ("520", &[("a", "The sea moves.")]),
            ("650", &[("a", "Tides."), ("x", "History.")]),
            ("653", &[("a", "moon")]),
            ("700", &[("a", "Wave, Carl.")]),
            ("700", &[("a", "Sand, B."), ("e", "editor.")]),
            ("710", &[("a", "Sea Lab.")]),
            ("856", &[("u", "https://sea.example/7")]),
        ]);
        assert_eq!((book.id.as_str(), book.title.as_str()), ("990", "On tides: a history"));
        assert_eq!(book.authors, ["Ada B. Dune Jr.", "Carl Wave", "Sea Lab."]);
        assert_eq!((book.year, book.r#abstract.as_str()), (Some(2020), "The sea moves."));
        assert_eq!((book.doi.as_deref(), book.url.as_deref()), (Some("10.1000/seas.7"), Some("https://sea.example/7")));
        assert_eq!(book.keywords, ["Tides", "moon"]);
        let expected = json!({"isbn": "9780000000001", "publisher": "Sea Press", "editor": "B. Sand", "300": "200 p."});
        assert_eq!(Value::Object(book.extra), expected);
    }

    #[test]
    fn an_article_lies_in_its_journal() {
        let article = read(&[
            ("008", &[("", "200501s2019    gw            000 0 eng d")]),
            ("245", &[("a", "Tides")]),
            ("773", &[("t", "Journal of Seas."), ("g", "3 (2018), 7-9")]),
        ]);
        assert_eq!((article.venue.as_deref(), article.year), (Some("Journal of Seas"), Some(2019)));
        assert_eq!(article.extra["part"], "3 (2018), 7-9");
        let undated = read(&[("245", &[("a", "Tides")]), ("260", &[("c", "[n.d.]")])]);
        assert_eq!((undated.year, &undated.extra["date"]), (None, &json!("[n.d.]")));
    }

    #[test]
    fn unimarc_is_read_too() {
        let book = read(&[
            ("200", &[("a", "Les marées"), ("e", "une histoire"), ("f", "A. Dune")]),
            ("214", &[("d", "2020")]),
            ("330", &[("a", "La mer bouge.")]),
            ("606", &[("a", "Marées")]),
            ("700", &[("a", "Dune"), ("b", "Ada"), ("4", "070")]),
        ]);
        assert_eq!((book.title.as_str(), book.r#abstract.as_str()), ("Les marées une histoire", "La mer bouge."));
        assert_eq!((book.authors, book.year), (vec!["Ada Dune".to_owned()], Some(2020)));
        assert_eq!(book.keywords, ["Marées"]);
    }
}

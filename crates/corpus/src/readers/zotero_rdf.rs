//! Zotero's RDF, its own form of a library.
//!
//! ```text
//! <bib:Article rdf:about="#item_1"> <dcterms:isPartOf rdf:resource="urn:issn:1234-5678"/> … </bib:Article>
//! <bib:Journal rdf:about="urn:issn:1234-5678"> <dc:title>Journal of Seas</dc:title> <prism:volume>3</prism:volume> … </bib:Journal>
//! ```
//!
//! | field    | element                                                                                      |
//! |----------|----------------------------------------------------------------------------------------------|
//! | id       | `about`, a name in one library                                                               |
//! | title    | `title`                                                                                      |
//! | abstract | `abstract`                                                                                   |
//! | authors  | `authors`: `givenName` and `surname`; without them other people                              |
//! | date     | `date`                                                                                       |
//! | venue    | the title of what the item `isPartOf`, or of the conference at which it was `presentedAt`    |
//! | doi      | the `identifier` that is one, of the item or of its journal                                  |
//! | arxiv    | an id among these and the addresses                                                          |
//! | url      | the `identifier` that is an address                                                          |
//! | keywords | `subject`                                                                                    |
//! | extra    | `type` (`itemType`), `volume`, `issue` (`number`), `issn`, all other elements                |
//!
//! Attachments, notes and collections are no papers. A journal stands behind the first of its items; items wait for it, a few
//! hundred at most, and come in the order of the file. Zotero writes the DOI of an article to its journal.

use std::collections::{HashMap, VecDeque};

use super::calendar;
use super::kept::{distinct, is_address, keep};
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::{Mismatch, ReadError};
use crate::family_names::name_of;
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Record, Records};

/// The most items that wait for a journal.
const MOST_WAITING: usize = 512;

/// The most bytes of journals that are kept for items behind them.
const MOST_KEPT: usize = 16 << 20;

pub(crate) fn open(input: Input, name: String) -> Records {
    let inner = XmlReader::new(input, name, Rdf::default());
    Box::new(ZoteroReader { inner, waiting: VecDeque::new(), ended: false })
}

/// The items of a file, each with what its journal says.
struct ZoteroReader {
    inner: XmlReader<Rdf>,
    waiting: VecDeque<Result<Record, ReadError>>,
    ended: bool,
}

impl Iterator for ZoteroReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let journals = &self.inner.layout().journals;
            let is_ready = |item: &Result<Record, ReadError>| match item {
                Ok(record) => journal_of(&record.document).is_none_or(|name| journals.contains_key(name)),
                Err(_) => true,
            };
            if self.waiting.front().is_some_and(is_ready) || self.ended || self.waiting.len() > MOST_WAITING {
                let mut item = self.waiting.pop_front()?;
                if let Ok(record) = &mut item {
                    let journal = journal_of(&record.document).and_then(|name| journals.get(name));
                    if let Some(journal) = journal {
                        journal.complete(&mut record.document);
                    }
                }
                return Some(item);
            }
            match self.inner.next() {
                Some(item) => self.waiting.push_back(item),
                None => self.ended = true,
            }
        }
    }
}

/// The field of `extra` under which an item waits for its journal.
const PART_OF: &str = "isPartOf";

fn journal_of(item: &Document) -> Option<&str> {
    item.extra.get(PART_OF)?.as_str()
}

#[derive(Default)]
struct Rdf {
    journals: HashMap<String, Journal>,
    /// The bytes of all journals.
    kept: usize,
}

/// What a journal, a book or a series says of the items in it.
struct Journal {
    title: Option<String>,
    volume: Option<String>,
    issue: Option<String>,
    identifiers: Vec<String>,
}

impl Journal {
    fn of(element: &Element) -> Journal {
        Journal {
            title: element.text_at(&["title"]).or_else(|| element.text_at(&["alternative"])),
            volume: element.text_at(&["volume"]),
            issue: element.text_at(&["number"]),
            identifiers: element.texts("identifier"),
        }
    }

    fn complete(&self, item: &mut Document) {
        item.extra.remove(PART_OF);
        item.venue = item.venue.take().or_else(|| self.title.clone());
        for (name, value) in [("volume", &self.volume), ("issue", &self.issue)] {
            keep(&mut item.extra, name, value.clone().unwrap_or_default());
        }
        for identifier in &self.identifiers {
            let (name, bare) = named(identifier);
            match identifiers::doi(bare) {
                Some(doi) => _ = item.doi.get_or_insert(doi),
                None => keep(&mut item.extra, &name, bare),
            }
        }
    }

    fn length(&self) -> usize {
        let texts = [&self.title, &self.volume, &self.issue].into_iter().flatten().chain(&self.identifiers);
        texts.map(|text| text.len() + 64).sum()
    }
}

/// `ISSN 1234-5678` as a name and what is named.
fn named(identifier: &str) -> (String, &str) {
    match identifier.split_once(' ') {
        Some((name, bare)) if name.len() <= 8 && name.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            (name.to_lowercase(), bare)
        }
        _ => ("identifier".to_owned(), identifier),
    }
}

impl Layout for Rdf {
    fn is_whole(&self, name: &str) -> bool {
        name != "RDF"
    }

    fn read(&mut self, element: &Element) -> Result<Option<Document>, Mismatch> {
        let about = element.attribute("about").unwrap_or_default();
        let kind = element.text_at(&["itemType"]);
        let is_journal = matches!(element.name(), "Journal" | "Series" | "Periodical" | "Website" | "CourtReporter");
        if kind.is_none() && (is_journal || about.starts_with("urn:")) {
            let journal = Journal::of(element);
            let length = journal.length() + about.len();
            if self.kept + length <= MOST_KEPT {
                self.kept += length;
                self.journals.insert(about, journal);
            }
            return Ok(None);
        }
        let is_other = matches!(element.name(), "Attachment" | "Memo" | "Collection" | "Person" | "Organization")
            || kind.as_deref().is_some_and(|kind| kind == "attachment" || kind == "note");
        Ok((!is_other).then(|| paper(element, about)))
    }

    fn id_origin(&self) -> IdOrigin {
        IdOrigin::Local
    }
}

/// Lists of people, the authors first.
const PEOPLE: [&str; 4] = ["authors", "contributors", "editors", "inventors"];

/// Elements with a place in a document.
const TAKEN: [&str; 8] = ["title", "abstract", "date", "identifier", "subject", "itemType", "isPartOf", "presentedAt"];

fn paper(item: &Element, about: String) -> Document {
    let identifiers = item.texts("identifier");
    let doi = identifiers.iter().find_map(|identifier| identifiers::doi(named(identifier).1));
    let url = identifiers.iter().find(|identifier| is_address(identifier)).cloned();
    let arxiv = identifiers.iter().find_map(|identifier| identifiers::arxiv(named(identifier).1));
    let told = item.text_at(&["date"]);
    let date = told.as_deref().and_then(calendar::written);
    let mut document = Document {
        id: about,
        title: item.text_at(&["title"]).unwrap_or_default(),
        r#abstract: item.text_at(&["abstract"]).unwrap_or_default(),
        year: date.as_ref().map(Date::year),
        venue: item.text_at(&["presentedAt", "Conference", "title"]),
        doi,
        arxiv,
        keywords: distinct(item.texts("subject")),
        ..Document::default()
    };
    for list in PEOPLE {
        let people: Vec<String> = item.all(list).flat_map(people).collect();
        match document.authors.is_empty() {
            true => document.authors = people,
            false => people.into_iter().for_each(|name| keep(&mut document.extra, list, name)),
        }
    }
    let extra = &mut document.extra;
    keep(extra, "type", item.text_at(&["itemType"]).unwrap_or_default());
    if date.is_none() {
        keep(extra, "date", told.unwrap_or_default());
    }
    for identifier in &identifiers {
        let (name, bare) = named(identifier);
        let is_told = url.as_ref() == Some(identifier) || identifiers::doi(bare).is_some();
        keep(extra, &name, if is_told { "" } else { bare });
    }
    for part in item.elements().filter(|part| !TAKEN.contains(&part.name()) && !PEOPLE.contains(&part.name())) {
        keep(extra, part.name(), part.text());
    }
    // A journal inside the item, or the name of one elsewhere in the file. A series is not where an article appeared.
    let inside = item.all("isPartOf").flat_map(Element::elements);
    let (series, journals): (Vec<&Element>, Vec<&Element>) = inside.partition(|part| part.name() == "Series");
    if let Some(journal) = journals.first().or(series.first()) {
        Journal::of(journal).complete(&mut document);
    } else if let Some(name) = item.all("isPartOf").find_map(|part| part.attribute("resource")) {
        keep(&mut document.extra, PART_OF, name);
    }
    Document { date, url, ..document }
}

fn people(list: &Element) -> Vec<String> {
    // A list of people, perhaps in a `Seq` of `li`.
    let places = list.all("Seq").flat_map(|seq| seq.all("li")).chain(list.all("li"));
    let people = places.flat_map(Element::elements).chain(list.all("Person"));
    let name = |person: &Element| {
        let given = person.text_at(&["givenName"]).or_else(|| person.text_at(&["givenname"]));
        let family = person.text_at(&["surname"]).or_else(|| person.text_at(&["name"]));
        name_of(&given.unwrap_or_default(), &family.unwrap_or_default(), "")
    };
    people.map(name).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;

    fn read(inside: &str) -> Vec<Document> {
        let xml = format!("<rdf:RDF>{inside}</rdf:RDF>");
        let input = Input::new(Path::new("x"), Cursor::new(xml.into_bytes())).unwrap();
        open(input, "x".into()).map(|record| record.unwrap().document).collect()
    }

    const ARTICLE: &str = "<bib:Article rdf:about='#item_1'><z:itemType>journalArticle</z:itemType><dcterms:isPartOf rdf:resource='urn:issn:1'/>\
         <bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Dune</foaf:surname><foaf:givenName>Ada</foaf:givenName>\
         </foaf:Person></rdf:li></rdf:Seq></bib:authors><bib:editors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Sand\
         </foaf:surname></foaf:Person></rdf:li></rdf:Seq></bib:editors><dc:subject>tides</dc:subject><dc:subject>\
         <z:AutomaticTag><rdf:value>moon</rdf:value></z:AutomaticTag></dc:subject><dc:title>On tides</dc:title>\
         <dcterms:abstract>The sea moves.</dcterms:abstract><dc:date>2020-05-01</dc:date><dc:identifier><dcterms:URI><rdf:value>\
         https://sea.example/7</rdf:value></dcterms:URI></dc:identifier><bib:pages>7-9</bib:pages><link:link \
         rdf:resource='#item_2'/></bib:Article>";

    #[test]
    fn an_item_waits_for_its_journal() {
        let journal = "<bib:Journal rdf:about='urn:issn:1'><prism:volume>3</prism:volume><dc:title>Journal of Seas</dc:title>\
             <dc:identifier>DOI 10.1000/SEAS.7</dc:identifier><dc:identifier>ISSN 1234-5678</dc:identifier></bib:Journal>";
        let second = "<bib:Document rdf:about='#item_3'><z:itemType>webpage</z:itemType><dc:title>Two</dc:title><dc:date>n.d.\
             </dc:date></bib:Document><z:Attachment rdf:about='#item_2'><z:itemType>attachment</z:itemType><dc:title>PDF\
             </dc:title></z:Attachment><bib:Memo rdf:about='#item_4'><rdf:value>x</rdf:value></bib:Memo>";
        for all in [read(&format!("{ARTICLE}{second}{journal}")), read(&format!("{journal}{ARTICLE}{second}"))] {
            assert_eq!(all.len(), 2);
            let article = &all[0];
            assert_eq!((article.id.as_str(), article.title.as_str()), ("#item_1", "On tides"));
            assert_eq!(
                (article.r#abstract.as_str(), article.venue.as_deref()),
                ("The sea moves.", Some("Journal of Seas"))
            );
            assert_eq!(
                (article.authors.as_slice(), article.keywords.as_slice()),
                (&["Ada Dune".to_owned()][..], &["tides".to_owned(), "moon".to_owned()][..])
            );
            assert_eq!(
                (article.date.unwrap().to_string().as_str(), article.doi.as_deref()),
                ("2020-05-01", Some("10.1000/seas.7"))
            );
            assert_eq!(article.url.as_deref(), Some("https://sea.example/7"));
            let expected = json!({"type": "journalArticle", "pages": "7-9", "volume": "3", "issn": "1234-5678", "editors": "Sand"});
            assert_eq!(Value::Object(article.extra.clone()), expected);
            assert_eq!((all[1].title.as_str(), &all[1].extra["date"]), ("Two", &json!("n.d.")));
        }
    }

    #[test]
    fn a_journal_that_never_comes_holds_nothing_up() {
        let all = read(&ARTICLE.repeat(MOST_WAITING + 10));
        assert_eq!(all.len(), MOST_WAITING + 10);
        assert_eq!((all[0].venue.as_deref(), &all[0].extra[PART_OF]), (None, &json!("urn:issn:1")));
    }

    #[test]
    fn a_journal_may_stand_in_its_item() {
        let inside = "<bib:BookSection rdf:about='x'><dc:title>One</dc:title><dcterms:isPartOf><bib:Series><dc:title>S\
             </dc:title></bib:Series></dcterms:isPartOf><dcterms:isPartOf><bib:Book><dc:title>All the seas</dc:title></bib:Book>\
             </dcterms:isPartOf></bib:BookSection>";
        assert_eq!(read(inside)[0].venue.as_deref(), Some("All the seas"));
    }
}

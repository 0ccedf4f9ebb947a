//! JATS, the XML of journal articles: PubMed Central, Europe PMC, and most publishers.
//!
//! | field    | element of `front` (or of `front-stub`)                                                          |
//! |----------|--------------------------------------------------------------------------------------------------|
//! | id       | the `article-id` of PubMed, PubMed Central or the DOI                                            |
//! | title    | `article-title` and `subtitle`, without footnotes                                                |
//! | abstract | the `abstract` without an `abstract-type`, or else the first; each section behind its title      |
//! | authors  | `contrib` of type `author`: `given-names` and `surname`, `string-name` or `collab`               |
//! | date     | the `pub-date` online, then in print, then of the collection                                     |
//! | venue    | `journal-title`, the short title, or the `conf-name`                                             |
//! | doi      | `article-id` of that type                                                                        |
//! | arxiv    | `article-id` of that type                                                                        |
//! | url      | `self-uri`, or the page of PubMed Central                                                        |
//! | keywords | `kwd`, without lists of abbreviations                                                            |
//! | extra    | `type`, `language`, `pmid`, `pmc`, `volume`, `issue`, `pages`, `issn`, `publisher`, `subjects`,  |
//! |          | other people by their types, titles and abstracts in other languages (`other_titles`,            |
//! |          | `other_abstracts`) and of other kinds                                                            |
//!
//! The text, its references, and reviews and replies inside the article are passed over.

use serde_json::{Map, Value};

use super::calendar;
use super::kept::{distinct, is_address, keep};
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
    Box::new(XmlReader::new(input, name, Jats))
}

struct Jats;

impl Layout for Jats {
    fn is_whole(&self, name: &str) -> bool {
        name == "article"
    }

    fn is_passed_over(&self, name: &str) -> bool {
        is_text(name)
    }

    fn read(&mut self, article: &Element) -> Result<Option<Document>, Mismatch> {
        Ok(Some(paper(article)))
    }
}

/// Whether an element holds the text of an article rather than what is said about it.
pub(super) fn is_text(name: &str) -> bool {
    matches!(name, "body" | "back" | "floats-group" | "sub-article" | "response" | "ref-list" | "processing-meta")
}

pub(super) fn paper(article: &Element) -> Document {
    let front = article.at(&["front"]).or_else(|| article.at(&["front-stub"])).unwrap_or(article);
    let meta = front.at(&["article-meta"]).unwrap_or(front);
    let journal = front.at(&["journal-meta"]);
    let mut extra = Map::new();
    let id = |kinds: &[&str]| {
        let is_kind = |id: &&Element| id.attribute("pub-id-type").is_some_and(|kind| kinds.contains(&kind.as_str()));
        meta.all("article-id").find(is_kind).map(Element::text).filter(|id| !id.is_empty())
    };
    let pmid = id(&["pmid"]);
    let pmc = id(&["pmcid", "pmc", "pmcaid"]).map(|id| if id.starts_with("PMC") { id } else { format!("PMC{id}") });
    let doi = id(&["doi"]).and_then(|doi| identifiers::doi(&doi));
    let date = take_date(meta, &mut extra);
    let own_link = meta.all("self-uri").filter_map(|link| link.attribute("href")).find(|link| is_address(link));
    let of_pmc = pmc.as_ref().map(|id| format!("https://www.ncbi.nlm.nih.gov/pmc/articles/{id}/"));
    for (name, value) in [("pmid", pmid.clone()), ("pmc", pmc.clone()), ("type", article.attribute("article-type"))] {
        keep(&mut extra, name, value.unwrap_or_default());
    }
    keep(&mut extra, "language", article.attribute("lang").unwrap_or_default());
    for (name, path) in [("volume", ["volume"].as_slice()), ("issue", &["issue"])] {
        keep(&mut extra, name, meta.text_at(path).unwrap_or_default());
    }
    let pages = super::tagged::pages(meta.text_at(&["fpage"]), meta.text_at(&["lpage"]));
    keep(&mut extra, "pages", pages.or_else(|| meta.text_at(&["elocation-id"])).unwrap_or_default());
    for issn in journal.into_iter().flat_map(|journal| journal.texts("issn")) {
        keep(&mut extra, "issn", issn);
    }
    let publisher = journal.and_then(|journal| journal.text_at(&["publisher", "publisher-name"]));
    keep(&mut extra, "publisher", publisher.unwrap_or_default());
    for subject in
        meta.all("article-categories").flat_map(|list| list.all("subj-group")).flat_map(|group| group.texts("subject"))
    {
        keep(&mut extra, "subjects", subject);
    }
    let title = take_title(meta, &mut extra);
    let summary = take_summary(meta, &mut extra);
    let is_of_words = |group: &&Element| group.attribute("kwd-group-type").is_none_or(|kind| !kind.starts_with("abbr"));
    let words = meta.all("kwd-group").filter(is_of_words);
    let words = words.flat_map(|group| group.all("kwd").chain(group.all("compound-kwd"))).map(Element::text);
    Document {
        id: pmid.or(pmc).or_else(|| doi.clone()).unwrap_or_default(),
        title,
        r#abstract: summary,
        authors: take_people(meta, &mut extra),
        year: date.as_ref().map(Date::year),
        date,
        venue: venue(journal, meta),
        arxiv: id(&["arxiv"]).or_else(|| doi.clone()).and_then(|id| identifiers::arxiv(&id)),
        doi,
        url: own_link.or(of_pmc),
        keywords: distinct(words),
        extra,
        ..Document::default()
    }
}

fn venue(journal: Option<&Element>, meta: &Element) -> Option<String> {
    let paths: [&[&str]; 4] = [
        &["journal-title-group", "journal-title"],
        &["journal-title"],
        &["journal-title-group", "abbrev-journal-title"],
        &["journal-id"],
    ];
    let journal = journal.and_then(|journal| paths.iter().find_map(|path| journal.text_at(path)));
    journal.or_else(|| meta.text_at(&["conference", "conf-name"]))
}

/// Elements in titles and abstracts that are no part of the text.
fn is_note(name: &str) -> bool {
    matches!(name, "fn" | "xref" | "object-id")
}

/// The text of a title or a paragraph. A formula may stand in it twice, as MathML and as a whole document of LaTeX.
fn text(element: &Element) -> String {
    let text = element.prose(&is_note);
    if !text.contains("\\documentclass") {
        return text;
    }
    element.prose(&|name| is_note(name) || name == "tex-math")
}

fn take_title(meta: &Element, extra: &mut Map<String, Value>) -> String {
    let group = meta.at(&["title-group"]).unwrap_or(meta);
    let mut title = group.at(&["article-title"]).map(text).unwrap_or_default();
    for subtitle in group.all("subtitle").map(text).filter(|text| !text.is_empty()) {
        let between = if title.is_empty() || title.ends_with([':', '?', '!', '.']) { " " } else { ": " };
        title = title + between + &subtitle;
    }
    for other in
        group.all("trans-title-group").flat_map(|group| group.all("trans-title")).chain(group.all("trans-title"))
    {
        keep(extra, "other_titles", text(other));
    }
    let title = title.trim().to_owned();
    // A few old articles have a title in another language only.
    match (title.is_empty(), extra.get("other_titles").and_then(Value::as_str)) {
        (true, Some(other)) => other.to_owned(),
        _ => title,
    }
}

fn take_summary(meta: &Element, extra: &mut Map<String, Value>) -> String {
    let kind = |summary: &Element| summary.attribute("abstract-type").unwrap_or_default();
    let mut all: Vec<(String, String)> =
        meta.all("abstract").map(|found| (kind(found), summary(found))).filter(|(_, text)| !text.is_empty()).collect();
    // Some publishers mark the abstract itself.
    let is_whole =
        |kind: &str| matches!(kind, "" | "section" | "sections" | "structured" | "normal" | "abstract" | "main");
    let place = all.iter().position(|(kind, _)| is_whole(kind)).or((!all.is_empty()).then_some(0));
    let summary = place.map(|at| all.remove(at).1).unwrap_or_default();
    all.into_iter().for_each(|(kind, text)| keep(extra, if kind.is_empty() { "other_abstracts" } else { &kind }, text));
    let translated: Vec<String> = meta.all("trans-abstract").map(self::summary).collect();
    if summary.is_empty() {
        let mut translated = translated.into_iter().filter(|text| !text.is_empty());
        let first = translated.next().unwrap_or_default();
        translated.for_each(|text| keep(extra, "other_abstracts", text));
        return first;
    }
    translated.into_iter().for_each(|text| keep(extra, "other_abstracts", text));
    summary
}

/// The parts of an abstract, each section behind its title. The title of the whole (`Abstract`) is left out.
fn summary(summary: &Element) -> String {
    if !summary.elements().any(|part| matches!(part.name(), "p" | "sec")) {
        // A few abstracts have no paragraphs.
        return summary.prose(&|name| is_note(name) || name == "title");
    }
    let parts = summary.elements().map(|part| match part.name() {
        "title" | "label" => String::new(),
        "sec" => section(part),
        _ if is_note(part.name()) => String::new(),
        _ => text(part),
    });
    parts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn section(section: &Element) -> String {
    let title = section.at(&["title"]).map(text).unwrap_or_default();
    let parts = section.elements().filter(|part| !matches!(part.name(), "title" | "label")).map(text);
    let inside = parts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    match title.trim_end_matches([':', '.', ' ']) {
        "" => inside,
        title => format!("{title}: {inside}"),
    }
}

/// Takes the authors; other people are kept under their types.
fn take_people(meta: &Element, extra: &mut Map<String, Value>) -> Vec<String> {
    let mut authors = Vec::new();
    for group in meta.all("contrib-group") {
        let of_group = group.attribute("content-type").unwrap_or_default();
        for contrib in group.all("contrib") {
            let kind = contrib.attribute("contrib-type").unwrap_or_else(|| of_group.clone());
            let name = name(contrib);
            match kind.as_str() {
                _ if name.is_empty() => {}
                "" | "author" | "authors" | "corresp" | "collab" | "group" => authors.push(name),
                other => keep(extra, other, name),
            }
        }
        // Groups may stand beside people.
        group.texts("collab").into_iter().for_each(|name| authors.push(name));
    }
    distinct(authors)
}

fn name(contrib: &Element) -> String {
    let alternatives = contrib.at(&["name-alternatives"]).unwrap_or(contrib);
    if let Some(name) = alternatives.at(&["name"]) {
        let part = |part: &str| name.text_at(&[part]);
        let given = part("given-names").or_else(|| name.at(&["given-names"])?.attribute("initials"));
        // Eastern names are told in the order in which they are spoken.
        let [given, family, suffix] = [given, part("surname"), part("suffix")].map(Option::unwrap_or_default);
        return match name.attribute("name-style").is_some_and(|style| style == "eastern") {
            true => name_of("", &family, &format!("{given} {suffix}")),
            false => name_of(&given, &family, &suffix),
        };
    }
    if let Some(name) = alternatives.at(&["string-name"]) {
        let part = |part: &str| name.text_at(&[part]).unwrap_or_default();
        return match name.text_at(&["surname"]) {
            Some(family) => name_of(&part("given-names"), &family, &part("suffix")),
            None => spoken(&name.text()),
        };
    }
    let collab = contrib.at(&["collab"]).or_else(|| contrib.at(&["collab-alternatives", "collab"]));
    // A group may hold the list of its members.
    let name = |element: &Element| element.prose(&|name| matches!(name, "contrib-group" | "xref" | "fn"));
    collab.map(|element| group(&name(element))).unwrap_or_default()
}

/// Kinds of dates, in both of the ways to name them, the best first.
const DATES: [&str; 9] =
    ["epub", "pub electronic", "pub", "epub-ppub", "ppub", "pub print", "collection", "collection electronic", ""];

/// Takes the date on which the article appeared; one that is not understood is kept.
fn take_date(meta: &Element, extra: &mut Map<String, Value>) -> Option<Date> {
    let kind = |date: &Element| {
        let kinds =
            [date.attribute("pub-type").or_else(|| date.attribute("date-type")), date.attribute("publication-format")];
        kinds.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let dates: Vec<(String, &Element)> = meta.all("pub-date").map(|date| (kind(date), date)).collect();
    let best = DATES.iter().flat_map(|kind| dates.iter().filter(move |(found, _)| found == kind));
    // Other kinds are dates of a repository, or words of a publisher's own.
    let others = dates.iter().filter(|(found, _)| !DATES.contains(&found.as_str()));
    let date = best.chain(others).find_map(|(_, date)| day(date));
    if date.is_none() {
        dates.iter().for_each(|(_, date)| keep(extra, "date", date.prose(&|_| false)));
    }
    date
}

fn day(date: &Element) -> Option<Date> {
    let part = |name: &str| date.text_at(&[name]);
    match part("year") {
        Some(year) => {
            calendar::date(&year, part("month").or_else(|| part("season")).as_deref(), part("day").as_deref())
        }
        None => {
            date.attribute("iso-8601-date").or_else(|| part("string-date")).and_then(|text| calendar::written(&text))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::xml::tests::elements;
    use super::*;

    fn read(meta: &str) -> Document {
        let xml = format!("<article><front><article-meta>{meta}</article-meta></front></article>");
        paper(&elements(xml, &["article"]).remove(0).unwrap())
    }

    #[test]
    fn an_article_finds_its_place() {
        let xml = "<article article-type='research-article' xml:lang='en'><front><journal-meta><journal-id>J Seas</journal-id>\
             <journal-title-group><journal-title>Journal of Seas</journal-title></journal-title-group><issn>1234-5678</issn>\
             </journal-meta><article-meta><article-id pub-id-type='pmid'>7</article-id><article-id pub-id-type='pmc'>8\
             </article-id><article-id pub-id-type='doi'>10.1000/SEAS.7</article-id><title-group><article-title>On <italic>\
             tides</italic><xref>*</xref></article-title><subtitle>a history</subtitle><trans-title-group><trans-title>Mareas\
             </trans-title></trans-title-group></title-group><contrib-group><contrib contrib-type='author'><name><surname>Dune\
             </surname><given-names>Ada</given-names><suffix>Jr</suffix></name><xref>1</xref></contrib><contrib \
             contrib-type='author'><collab>Sea Group<contrib-group><contrib><name><surname>No</surname></name></contrib>\
             </contrib-group></collab></contrib><contrib contrib-type='editor'><name><surname>Sand</surname></name></contrib>\
             </contrib-group><pub-date pub-type='pmc-release'><year>2022</year></pub-date><pub-date pub-type='ppub'><month>6\
             </month><year>2020</year></pub-date><pub-date pub-type='epub'><day>4</day><month>5</month><year>2020</year>\
             </pub-date><volume>3</volume><fpage>7</fpage><lpage>9</lpage><abstract><title>Abstract</title><sec><title>Aims.\
             </title><p>The sea.</p></sec><sec><title>Results</title><p>It moves.</p><p>Twice.</p></sec></abstract>\
             <trans-abstract><p>El mar.</p></trans-abstract><abstract abstract-type='teaser'><p>Wow.</p></abstract><kwd-group>\
             <kwd>tides</kwd></kwd-group><kwd-group kwd-group-type='abbreviations'><kwd>T</kwd></kwd-group></article-meta>\
             </front></article>";
        let article = paper(&elements(xml, &["article"]).remove(0).unwrap());
        assert_eq!((article.id.as_str(), article.title.as_str()), ("7", "On tides: a history"));
        assert_eq!(article.r#abstract, "Aims: The sea. Results: It moves. Twice.");
        assert_eq!(article.authors, ["Ada Dune Jr", "Sea Group"]);
        assert_eq!((article.date.unwrap().to_string().as_str(), article.year), ("2020-05-04", Some(2020)));
        assert_eq!(
            (article.venue.as_deref(), article.doi.as_deref()),
            (Some("Journal of Seas"), Some("10.1000/seas.7"))
        );
        assert_eq!(article.url.as_deref(), Some("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8/"));
        assert_eq!(article.keywords, ["tides"]);
        let expected = json!({"pmid": "7", "pmc": "PMC8", "type": "research-article", "language": "en", "volume": "3",
            "pages": "7-9", "issn": "1234-5678", "other_titles": "Mareas", "other_abstracts": "El mar.", "teaser": "Wow.",
            "editor": "Sand"});
        assert_eq!(Value::Object(article.extra), expected);
    }

    #[test]
    fn a_formula_is_told_once() {
        let twice = read(
            "<title-group><article-title>T</article-title></title-group><abstract><p>We use <inline-formula><alternatives>\
             <tex-math>\\documentclass[12pt]{minimal}$$n$$</tex-math><math><mi>n</mi></math></alternatives></inline-formula> \
             tides and H<sub>2</sub>O.</p></abstract>",
        );
        assert_eq!(twice.r#abstract, "We use n tides and H2O.");
        let once = read("<abstract>Take <tex-math>$x^2$</tex-math>.</abstract>");
        assert_eq!(once.r#abstract, "Take $x^2$.");
    }

    #[test]
    fn dates_and_names_have_many_forms() {
        let date = |inside: &str| read(inside).date.map(|date| date.to_string()).unwrap_or_default();
        let electronic = "<pub-date date-type='pub' publication-format='electronic' iso-8601-date='2021-02-03'/>";
        assert_eq!(
            date(&format!("<pub-date pub-type='collection'><year>2020</year></pub-date>{electronic}")),
            "2021-02-03"
        );
        assert_eq!(date("<pub-date><season>Spring</season><year>2020</year></pub-date>"), "2020");
        assert_eq!(date("<pub-date><string-date>May 2020</string-date></pub-date>"), "2020-05");
        assert_eq!(date("<pub-date pub-type='pmc-release'><year>2022</year></pub-date>"), "2022");
        assert_eq!(read("<pub-date><year>soon</year></pub-date>").extra["date"], "soon");
        let people = read(
            "<contrib-group content-type='authors'><contrib><string-name>Dune, Ada</string-name></contrib><contrib>\
             <name-alternatives><name name-style='eastern'><surname>Li</surname><given-names>Wave</given-names></name>\
             </name-alternatives></contrib><contrib><anonymous/></contrib></contrib-group>",
        );
        // The family name stands in front.
        assert_eq!(people.authors, ["Ada Dune".to_owned(), name_of("", "Li", "Wave")]);
    }

    #[test]
    fn translations_are_taken_where_there_is_nothing_else() {
        let only = read(
            "<title-group><trans-title-group><trans-title>Mareas</trans-title></trans-title-group></title-group>\
             <trans-abstract><p>El mar.</p></trans-abstract>",
        );
        assert_eq!((only.title.as_str(), only.r#abstract.as_str()), ("Mareas", "El mar."));
        assert_eq!(read(""), Document::default());
    }
}

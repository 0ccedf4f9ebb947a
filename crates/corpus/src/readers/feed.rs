//! Feeds as Atom and RSS: answers of arXiv's search, arXiv's daily lists, and those of journals.
//!
//! | field    | Atom `entry`                                     | RSS `item` (also in RDF)                       |
//! |----------|--------------------------------------------------|------------------------------------------------|
//! | id       | the arXiv id, or `id`                            | the arXiv id, or `guid`                        |
//! | title    | `title`                                          | `title`, without `(arXiv:…)` behind it         |
//! | abstract | `summary`, or `content`                          | `encoded` or `description`, the longer one     |
//! | authors  | `author/name`, or `creator`                      | `creator`, divided; or `author`                |
//! | date     | `published`                                      | `pubDate`, `date`, `publicationDate`           |
//! | venue    | `journal_ref`                                    | `journal_reference`, `publicationName`         |
//! | doi      | `doi`, or a link                                 | `doi`, `DOI`, `identifier`, or a link          |
//! | arxiv    | `id`                                             | `guid`, `link`, or the title                   |
//! | url      | the page of arXiv, or the `link`                 | the page of arXiv, or `link`                   |
//! | keywords | `category`                                       | `category`, `subject`                          |
//! | extra    | `updated`, `comment`, `announce_type`, `rights`, all other elements under their own names         |
//!
//! arXiv's lists begin an abstract with `arXiv:2101.00001v1 Announce Type: new Abstract:`, which is dropped. Their dates are
//! those of the announcement, which is the date of the paper if the paper is new, and is kept as `announced` otherwise. An
//! answer of arXiv's search that is an error is told as one.

use super::calendar;
use super::kept::{distinct, is_address, keep, plain};
use super::latex;
use super::people::split_authors;
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::{Mismatch, snippet};
use crate::identifiers;
use crate::input::Input;
use crate::record::{IdOrigin, Records};

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Feed { is_of_arxiv: false }))
}

struct Feed {
    /// Whether the last entry has an id of arXiv, rather than a name in one feed.
    is_of_arxiv: bool,
}

impl Layout for Feed {
    fn is_whole(&self, name: &str) -> bool {
        matches!(name, "entry" | "item")
    }

    fn read(&mut self, entry: &Element) -> Result<Option<Document>, Mismatch> {
        let id = entry.text_at(&["id"]).unwrap_or_default();
        if id.contains("arxiv.org/api/errors") {
            let said = entry.text_at(&["summary"]).unwrap_or_default();
            return Err(Mismatch::new("papers", format!("the error {} of arXiv", snippet(&said))));
        }
        let document = paper(entry);
        self.is_of_arxiv = document.arxiv.as_ref().is_some_and(|arxiv| *arxiv == document.id);
        Ok(Some(document))
    }

    fn id_origin(&self) -> IdOrigin {
        if self.is_of_arxiv { IdOrigin::Given } else { IdOrigin::Local }
    }
}

/// Elements with a place in a document.
const TAKEN: [&str; 21] = [
    "id",
    "guid",
    "title",
    "summary",
    "description",
    "content",
    "encoded",
    "author",
    "creator",
    "published",
    "pubDate",
    "date",
    "publicationDate",
    "journal_ref",
    "journal_reference",
    "publicationName",
    "doi",
    "DOI",
    "link",
    "category",
    "subject",
];

fn paper(entry: &Element) -> Document {
    let first = |names: &[&str]| names.iter().find_map(|name| entry.text_at(&[name]));
    let name = first(&["id", "guid"]).or_else(|| entry.attribute("about")).unwrap_or_default();
    let links = links(entry);
    let (title, of_title) = title(&plain(&entry.text_at(&["title"]).unwrap_or_default()));
    let (summary, of_summary) = summary(entry);
    let names = || std::iter::once(&name).chain(&links);
    let arxiv = names()
        .find_map(|name| identifiers::arxiv(name.strip_prefix("oai:").unwrap_or(name)))
        .or(of_title)
        .or(of_summary);
    let identifiers = entry.texts("identifier");
    let doi = first(&["doi", "DOI"]).and_then(|doi| doi.split_whitespace().find_map(identifiers::doi));
    let doi = doi.or_else(|| identifiers.iter().chain(names()).find_map(|name| identifiers::doi(name)));
    let is_new = first(&["announce_type"]).is_none_or(|kind| kind == "new");
    let told = first(&["published", "pubDate", "publicationDate", "date"]).unwrap_or_default();
    let date = calendar::written(&told).filter(|_| is_new);
    let url = arxiv.as_ref().map(|id| format!("https://arxiv.org/abs/{id}"));
    let url = url.or_else(|| links.iter().chain([&name]).find(|link| is_address(link)).cloned());
    let words = entry.all("category").map(|category| category.attribute("term").unwrap_or_else(|| category.text()));
    let words = words
        .chain(entry.texts("subject"))
        .flat_map(|word| word.split(';').map(|word| word.trim().to_owned()).collect::<Vec<_>>());
    let mut document = Document {
        title,
        r#abstract: summary,
        authors: authors(entry),
        year: date.as_ref().map(Date::year),
        date,
        venue: first(&["journal_ref", "journal_reference", "publicationName"]),
        url,
        keywords: distinct(words),
        ..Document::default()
    };
    if date.is_none() {
        keep(&mut document.extra, if is_new { "date" } else { "announced" }, told);
    }
    for part in entry.elements().filter(|part| !TAKEN.contains(&part.name())) {
        let term = part.attribute("term").filter(|_| part.name() == "primary_category");
        keep(&mut document.extra, part.name(), term.unwrap_or_else(|| part.text()));
    }
    Document { id: arxiv.clone().unwrap_or(name), doi, arxiv, ..document }
}

/// Where links lead: to the page first, then to other copies.
fn links(entry: &Element) -> Vec<String> {
    let kind = |link: &&Element| link.attribute("rel").is_none_or(|rel| rel == "alternate");
    let (pages, others): (Vec<&Element>, Vec<&Element>) = entry.all("link").partition(kind);
    let address = |link: &Element| link.attribute("href").unwrap_or_else(|| link.text());
    let links = pages.into_iter().chain(others).map(address).chain(entry.texts("origLink"));
    links.filter(|link| !link.is_empty()).collect()
}

/// A title without `(arXiv:2101.00001v1 [cs.CL] UPDATED)` behind it, and the id in that.
fn title(title: &str) -> (String, Option<String>) {
    let behind = title.rsplit_once("(arXiv:").filter(|(_, behind)| behind.ends_with(')'));
    let id = behind.and_then(|(_, id)| identifiers::arxiv(id.split([' ', ')']).next().unwrap_or_default()));
    match (behind, id) {
        (Some((title, _)), Some(id)) => (title.trim_end().trim_end_matches('.').to_owned(), Some(id)),
        _ => (title.to_owned(), None),
    }
}

/// The abstract without what arXiv's lists put in front of it, and the id in that.
fn summary(entry: &Element) -> (String, Option<String>) {
    let of = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| entry.at(&[name])).map(|text| plain(&text.prose(&|_| false)));
        texts.fold(String::new(), |longest, text| if text.len() > longest.len() { text } else { longest })
    };
    // The content of an entry may be a whole article.
    let kinds: [&[&str]; 3] = [&["summary"], &["encoded", "description"], &["content"]];
    let text = kinds.iter().map(|names| of(names)).find(|text| !text.is_empty()).unwrap_or_default();
    let front = text.strip_prefix("arXiv:").and_then(|rest| rest.split_once("Abstract:"));
    match front.filter(|(front, _)| front.contains("Announce Type:")) {
        Some((front, summary)) => {
            (summary.trim().to_owned(), identifiers::arxiv(front.split(' ').next().unwrap_or_default()))
        }
        None => (text, None),
    }
}

fn authors(entry: &Element) -> Vec<String> {
    let names = entry.all("author").flat_map(|author| author.texts("name"));
    let names = distinct(names);
    if !names.is_empty() {
        return names;
    }
    let creators = entry.texts("creator");
    // `ada@sea.example (Ada Dune)` is what RSS has for an author.
    let in_brackets =
        |name: String| match name.split_once(" (").and_then(|(mail, name)| Some((mail, name.strip_suffix(')')?))) {
            Some((mail, name)) if mail.contains('@') => name.to_owned(),
            _ => name,
        };
    let names =
        if creators.is_empty() { entry.texts("author").into_iter().map(in_brackets).collect() } else { creators };
    distinct(names.iter().flat_map(|names| split_authors(&without_latex(plain(names)))))
}

/// arXiv's lists write names with the accents of LaTeX.
fn without_latex(names: String) -> String {
    if names.contains('\\') { latex::plain(&names) } else { names }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::xml::tests::elements;
    use super::*;

    fn read(xml: &str) -> Document {
        let entry = elements(xml, &["entry", "item"]).remove(0).unwrap();
        Feed { is_of_arxiv: false }.read(&entry).unwrap().unwrap()
    }

    #[test]
    fn an_answer_of_arxiv_finds_its_place() {
        let paper = read(
            "<entry><id>http://arxiv.org/abs/2101.00001v2</id><updated>2021-02-05T00:00:00Z</updated><published>\
             2021-01-04T18:59:59Z</published><title>On tides of\n  the sea</title><summary>  The sea moves.\n</summary>\
             <author><name>Ada Dune</name></author><author><name>Carl Wave</name><affiliation>Sea Lab</affiliation></author>\
             <arxiv:doi>10.1000/SEAS.7</arxiv:doi><arxiv:comment>3 pages</arxiv:comment><arxiv:journal_ref>J. Seas 3\
             </arxiv:journal_ref><link href='http://arxiv.org/abs/2101.00001v2' rel='alternate'/><link title='pdf' \
             href='http://arxiv.org/pdf/2101.00001v2' rel='related'/><arxiv:primary_category term='cs.CL'/><category \
             term='cs.CL'/><category term='cs.LG'/></entry>",
        );
        assert_eq!((paper.id.as_str(), paper.arxiv.as_deref()), ("2101.00001", Some("2101.00001")));
        assert_eq!((paper.title.as_str(), paper.r#abstract.as_str()), ("On tides of the sea", "The sea moves."));
        assert_eq!(paper.authors, ["Ada Dune", "Carl Wave"]);
        assert_eq!((paper.date.unwrap().to_string().as_str(), paper.year), ("2021-01-04", Some(2021)));
        assert_eq!((paper.doi.as_deref(), paper.venue.as_deref()), (Some("10.1000/seas.7"), Some("J. Seas 3")));
        assert_eq!(paper.url.as_deref(), Some("https://arxiv.org/abs/2101.00001"));
        assert_eq!(paper.keywords, ["cs.CL", "cs.LG"]);
        let expected = json!({"updated": "2021-02-05T00:00:00Z", "comment": "3 pages", "primary_category": "cs.CL"});
        assert_eq!(Value::Object(paper.extra), expected);
    }

    #[test]
    fn lists_of_arxiv_announce_papers() {
        let item = |kind: &str| {
            read(&format!(
                "<item><title>On tides</title><link>https://arxiv.org/abs/2101.00001</link><description>arXiv:2101.00001v1 \
                 Announce Type: {kind} \nAbstract: The sea moves.</description><guid>oai:arXiv.org:2101.00001v1</guid>\
                 <category>cs.CL</category><pubDate>Mon, 04 Jan 2021 00:00:00 -0500</pubDate><arxiv:announce_type>{kind}\
                 </arxiv:announce_type><dc:creator>Ada Dune, Carl Wave</dc:creator></item>"
            ))
        };
        let new = item("new");
        assert_eq!((new.id.as_str(), new.r#abstract.as_str()), ("2101.00001", "The sea moves."));
        assert_eq!(new.authors, ["Ada Dune", "Carl Wave"]);
        assert_eq!(new.date.unwrap().to_string(), "2021-01-04");
        let replaced = item("replace");
        assert_eq!((replaced.date, &replaced.extra["announced"]), (None, &json!("Mon, 04 Jan 2021 00:00:00 -0500")));
        let rdf = read(
            "<item rdf:about='http://arxiv.org/abs/2101.00001'><title>On tides. (arXiv:2101.00001v1 [cs.CL])</title><link>\
             http://arxiv.org/abs/2101.00001</link><description rdf:parseType='Literal'>&lt;p&gt;The sea moves.&lt;/p&gt;\
             </description><dc:creator> &lt;a href=\"x\"&gt;Ada Dune&lt;/a&gt;, &lt;a href=\"y\"&gt;Carl Wave&lt;/a&gt;\
             </dc:creator></item>",
        );
        assert_eq!(
            (rdf.id.as_str(), rdf.title.as_str(), rdf.r#abstract.as_str()),
            ("2101.00001", "On tides", "The sea moves.")
        );
        assert_eq!(rdf.authors, ["Ada Dune", "Carl Wave"]);
    }

    #[test]
    fn lists_of_journals_are_read_too() {
        let item = read(
            "<item rdf:about='https://sea.example/7'><title><![CDATA[On <i>tides</i>]]></title><link>https://sea.example/7</link>\
             <description>Short.</description><content:encoded><![CDATA[<p>The sea moves.</p>]]></content:encoded><dc:creator>\
             Ada Dune</dc:creator><dc:creator>Carl Wave</dc:creator><dc:identifier>doi:10.1000/seas.7</dc:identifier><dc:date>\
             2021-01-04</dc:date><prism:publicationName>Seas</prism:publicationName></item>",
        );
        assert_eq!(
            (item.id.as_str(), item.title.as_str(), item.r#abstract.as_str()),
            ("https://sea.example/7", "On tides", "The sea moves.")
        );
        assert_eq!(
            (item.authors.len(), item.doi.as_deref(), item.venue.as_deref()),
            (2, Some("10.1000/seas.7"), Some("Seas"))
        );
        assert_eq!(item.date.unwrap().to_string(), "2021-01-04");
        assert_eq!(read("<item><author>a@sea.example (Ada Dune)</author></item>").authors, ["Ada Dune"]);
    }

    #[test]
    fn an_error_of_arxiv_is_told() {
        let xml =
            "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>incorrect id</summary></entry>";
        let error = Feed { is_of_arxiv: false }.read(&elements(xml, &["entry"]).remove(0).unwrap()).unwrap_err();
        assert_eq!(error.found, "the error `incorrect id` of arXiv");
    }
}

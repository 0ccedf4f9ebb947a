//! PubMed's XML: the yearly files, the daily ones, and saved searches.
//!
//! | field    | of a `PubmedArticle`                                           | of a `PubmedBookArticle`           |
//! |----------|----------------------------------------------------------------|------------------------------------|
//! | id       | `PMID`                                                         | `PMID`                             |
//! | title    | `ArticleTitle`; `VernacularTitle` if that is `[Not Available].` | `ArticleTitle`, or `BookTitle`     |
//! | abstract | `AbstractText`, each part behind its `Label`; `OtherAbstract`  | the same                           |
//! | authors  | `ForeName`, `LastName`, `Suffix`, or `CollectiveName`          | the same                           |
//! | date     | `ArticleDate`, or the issue's `PubDate`, or its `MedlineDate`  | `ContributionDate`, or the book's  |
//! | venue    | the journal's `Title`                                          | `BookTitle`                        |
//! | keywords | `MeshHeading`s by their `DescriptorName`, then `Keyword`s      | `Keyword`s                         |
//! | doi      | `ELocationID` or `ArticleId` of that type                      | `ArticleId` of that type           |
//!
//! PubMed puts a full stop at the end of titles, and brackets around translated ones; both are removed. `language`,
//! `volume`, `issue`, `pages`, `pmc` and `publication_types` are kept in `extra`. References, grants and lists of
//! substances are passed over, as is `DeleteCitation`, which names deleted papers. Many records have no abstract. An abstract
//! in another language, or for patients, is taken where there is no other: the English one if there is one.

use serde_json::Value;

use super::calendar;
use super::kept::distinct;
use super::nbib::{bare_title, is_not_available};
use super::tagged::unless_missing;
use super::xml::{Element, Layout, XmlReader};
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::family_names::{group, name_of};
use crate::identifiers;
use crate::input::Input;
use crate::record::Records;

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(XmlReader::new(input, name, Pubmed))
}

struct Pubmed;

impl Layout for Pubmed {
    fn is_whole(&self, name: &str) -> bool {
        matches!(name, "PubmedArticle" | "PubmedBookArticle")
    }

    fn is_passed_over(&self, name: &str) -> bool {
        matches!(
            name,
            "DeleteCitation"
                | "DeleteDocument"
                | "ReferenceList"
                | "ChemicalList"
                | "GrantList"
                | "CommentsCorrectionsList"
                | "AffiliationInfo"
                | "History"
                | "DataBankList"
                | "InvestigatorList"
        )
    }

    fn read(&mut self, record: &Element) -> Result<Option<Document>, Mismatch> {
        let (book, citation) = (record.at(&["BookDocument"]), record.at(&["MedlineCitation"]));
        // A record without any of these has nothing to say, and is passed over.
        let citation = citation.or(book).unwrap_or(record);
        let article = citation.at(&["Article"]).unwrap_or(citation);
        let data = record.at(&["PubmedData"]).or_else(|| record.at(&["PubmedBookData"]));
        let id = citation.text_at(&["PMID"]);
        let summary = article.at(&["Abstract"]).map(summary).filter(|text| !text.is_empty());
        let date = date(article);
        let mut document = Document {
            url: id.as_ref().map(|id| format!("https://pubmed.ncbi.nlm.nih.gov/{id}/")),
            id: id.unwrap_or_default(),
            title: title(article),
            r#abstract: summary.or_else(|| other_summary(citation)).map(unless_missing).unwrap_or_default(),
            authors: authors(article),
            year: date.as_ref().map(Date::year),
            date,
            venue: article.text_at(&["Journal", "Title"]).or_else(|| article.text_at(&["Book", "BookTitle"])),
            doi: doi(article, data),
            keywords: keywords(citation),
            ..Document::default()
        };
        let texts = [
            ("volume", article.text_at(&["Journal", "JournalIssue", "Volume"])),
            ("issue", article.text_at(&["Journal", "JournalIssue", "Issue"])),
            ("pages", article.text_at(&["Pagination", "MedlinePgn"])),
            ("pmc", article_ids(article, data, "pmc").next()),
            ("pubdate", date.is_none().then(|| article.text_at(&["Journal", "JournalIssue", "PubDate"])).flatten()),
        ];
        let lists = [
            ("language", article.texts("Language")),
            ("publication_types", article.at(&["PublicationTypeList"]).unwrap_or(article).texts("PublicationType")),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::String(text?))));
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, list.into()));
        document.extra.extend(texts.chain(lists).map(|(name, value): (&str, Value)| (name.to_owned(), value)));
        Ok(Some(document))
    }
}

fn title(article: &Element) -> String {
    let paths: [&[&str]; 3] = [&["ArticleTitle"], &["VernacularTitle"], &["Book", "BookTitle"]];
    let titles = paths.iter().filter_map(|path| article.text_at(path)).map(|title| bare_title(&title).to_owned());
    titles.into_iter().find(|title| !is_not_available(title)).unwrap_or_default()
}

/// An abstract in another language or for other readers, the English one if there is one.
fn other_summary(citation: &Element) -> Option<String> {
    let is_english = |other: &&Element| other.attribute("Language").is_none_or(|language| language.starts_with("en"));
    let texts = |others: Vec<&Element>| others.into_iter().map(summary).find(|text| !text.is_empty());
    let (english, foreign) = citation.all("OtherAbstract").partition(is_english);
    texts(english).or_else(|| texts(foreign))
}

/// The parts of an abstract, each behind its label.
fn summary(summary: &Element) -> String {
    let parts = summary.all("AbstractText").map(|part| (part.attribute("Label").unwrap_or_default(), part.text()));
    let labelled = parts.filter(|(_, text)| !text.is_empty()).map(|(label, text)| match label.trim() {
        "" | "UNLABELLED" => text,
        label => format!("{label}: {text}"),
    });
    labelled.collect::<Vec<_>>().join(" ")
}

fn authors(article: &Element) -> Vec<String> {
    // A book has a list of authors and one of editors.
    let is_of_authors = |list: &&Element| list.attribute("Type").is_none_or(|kind| kind == "authors");
    let list = article.all("AuthorList").find(is_of_authors);
    list.into_iter().flat_map(|list| list.all("Author")).map(name).filter(|name| !name.is_empty()).collect()
}

fn name(author: &Element) -> String {
    let first = author.text_at(&["ForeName"]).or_else(|| author.text_at(&["Initials"]));
    let parts = [first, author.text_at(&["LastName"]), author.text_at(&["Suffix"])];
    let [given, family, suffix] = parts.map(Option::unwrap_or_default);
    match author.text_at(&["CollectiveName"]) {
        Some(collective) => group(&collective),
        None => name_of(&given, &family, &suffix),
    }
}

/// The day on which the paper appeared online; otherwise the date of its issue or book.
fn date(article: &Element) -> Option<Date> {
    let paths: [&[&str]; 4] =
        [&["ArticleDate"], &["Journal", "JournalIssue", "PubDate"], &["ContributionDate"], &["Book", "PubDate"]];
    paths.iter().filter_map(|path| article.at(path)).find_map(|date| {
        let part = |name: &str| date.text_at(&[name]);
        match part("MedlineDate") {
            // `1998 Dec-1999 Jan` begins in December.
            Some(text) => calendar::date(&text, text.split_once(' ').map(|(_year, month)| month), None),
            None => calendar::date(&part("Year")?, part("Month").as_deref(), part("Day").as_deref()),
        }
    })
}

fn doi(article: &Element, data: Option<&Element>) -> Option<String> {
    let is_doi = |place: &&Element| place.attribute("EIdType").is_some_and(|kind| kind == "doi");
    let places = article.all("ELocationID").filter(is_doi).map(Element::text);
    places.chain(article_ids(article, data, "doi")).find_map(|doi| identifiers::doi(&doi))
}

fn article_ids<'a>(
    article: &'a Element,
    data: Option<&'a Element>,
    kind: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let lists = [Some(article), data].into_iter().flatten().filter_map(|place| place.at(&["ArticleIdList"]));
    let ids = lists.flat_map(|list| list.all("ArticleId"));
    ids.filter(move |id| id.attribute("IdType").is_some_and(|found| found == kind)).map(Element::text)
}

fn keywords(citation: &Element) -> Vec<String> {
    let headings = citation.at(&["MeshHeadingList"]).into_iter().flat_map(|list| list.all("MeshHeading"));
    let headings = headings.filter_map(|heading| heading.text_at(&["DescriptorName"]));
    let own = citation.all("KeywordList").flat_map(|list| list.texts("Keyword"));
    distinct(headings.chain(own))
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::elements;
    use super::*;

    fn element(xml: &str) -> Element {
        elements(xml, &["x", "PubmedArticle", "PubmedBookArticle"]).remove(0).unwrap()
    }

    #[test]
    fn titles_lose_what_pubmed_adds_to_them() {
        let shown = |text: &str| title(&element(&format!("<x><ArticleTitle>{text}</ArticleTitle></x>")));
        assert_eq!(shown("On tides."), "On tides");
        assert_eq!(shown("[On tides.]"), "On tides");
        assert_eq!(shown("[On tides]."), "On tides");
        assert_eq!(shown("[On] tides [again]."), "[On] tides [again]");
        assert_eq!(shown("On tides..."), "On tides...");
        assert_eq!(title(&element("<x><VernacularTitle>Om tidvann.</VernacularTitle></x>")), "Om tidvann");
    }

    #[test]
    fn parts_of_an_abstract_stand_behind_their_labels() {
        let parts = element(
            "<x><AbstractText Label='AIM'>To see.</AbstractText><AbstractText Label='UNLABELLED'>So.</AbstractText>\
             <AbstractText Label='RESULTS'/><AbstractText>H<sub>2</sub>O.</AbstractText></x>",
        );
        assert_eq!(summary(&parts), "AIM: To see. So. H2O.");
    }

    #[test]
    fn the_day_of_the_paper_comes_before_the_month_of_the_issue() {
        let issue =
            "<Journal><JournalIssue><PubDate><Year>2021</Year><Month>Mar</Month></PubDate></JournalIssue></Journal>";
        let shown = |xml: &str| date(&element(&format!("<x>{xml}</x>"))).map(|date| date.to_string());
        assert_eq!(shown(issue).as_deref(), Some("2021-03"));
        let day = "<ArticleDate><Year>2020</Year><Month>12</Month><Day>09</Day></ArticleDate>";
        assert_eq!(shown(&format!("{issue}{day}")).as_deref(), Some("2020-12-09"));
        let medline = |text| {
            shown(&issue.replace("<Year>2021</Year><Month>Mar</Month>", &format!("<MedlineDate>{text}</MedlineDate>")))
        };
        assert_eq!(medline("1998 Dec-1999 Jan").as_deref(), Some("1998-12"));
        assert_eq!(medline("2000 Spring").as_deref(), Some("2000"));
        assert_eq!(medline("1999-2000").as_deref(), Some("1999"));
        assert_eq!(medline("soon"), None);
    }

    #[test]
    fn authors_are_people_or_groups() {
        let list = element(
            "<x><AuthorList Type='editors'><Author><LastName>No</LastName></Author></AuthorList><AuthorList>\
             <Author><LastName>Dune</LastName><ForeName>Ada B</ForeName><Initials>AB</Initials><Suffix>Jr</Suffix></Author>\
             <Author><CollectiveName>Sea Group</CollectiveName></Author><Author/>\
             <Author><LastName>Wave</LastName><Initials>C</Initials></Author></AuthorList></x>",
        );
        assert_eq!(authors(&list), ["Ada B Dune Jr", "Sea Group", "C Wave"]);
    }

    #[test]
    fn a_title_or_an_abstract_may_stand_elsewhere() {
        let read = |inside: &str| {
            let xml =
                format!("<PubmedArticle><MedlineCitation><PMID>7</PMID>{inside}</MedlineCitation></PubmedArticle>");
            let paper = Pubmed.read(&element(&xml)).unwrap().unwrap();
            (paper.title, paper.r#abstract)
        };
        let vernacular = "<Article><ArticleTitle>[Not Available].</ArticleTitle><VernacularTitle>Le maree.</VernacularTitle></Article>";
        assert_eq!(read(vernacular), ("Le maree".to_owned(), String::new()));
        assert_eq!(read("<Article><ArticleTitle>[Not Available].</ArticleTitle></Article>").0, "");
        let other = |language: &str, text: &str| {
            format!("<OtherAbstract Language='{language}'><AbstractText>{text}</AbstractText></OtherAbstract>")
        };
        let (spanish, english) = (other("spa", "El mar."), other("eng", "The sea."));
        let bare = "<Article><ArticleTitle>T.</ArticleTitle></Article>";
        assert_eq!(read(&format!("{bare}{spanish}")).1, "El mar.");
        assert_eq!(read(&format!("{bare}{spanish}{english}")).1, "The sea.");
        let own = "<Article><Abstract><AbstractText>Own.</AbstractText></Abstract></Article>";
        assert_eq!(read(&format!("{own}{english}")).1, "Own.");
    }

    #[test]
    fn a_record_without_text_is_handed_out() {
        let read = |xml: &str| Pubmed.read(&element(xml)).unwrap().unwrap();
        for xml in ["<PubmedArticle/>", "<PubmedBookArticle><Book/><Other/></PubmedBookArticle>"] {
            assert_eq!(read(xml), Document::default());
        }
        let nameless = "<PubmedArticle><MedlineCitation><Article><ArticleTitle>T</ArticleTitle></Article></MedlineCitation>\
                        </PubmedArticle>";
        assert_eq!((read(nameless).id.as_str(), read(nameless).url), ("", None));
        let odd = nameless.replace(
            "<ArticleTitle>",
            "<Journal><JournalIssue><PubDate><MedlineDate>soon</MedlineDate></PubDate>\
                                                       </JournalIssue></Journal><ArticleTitle>",
        );
        assert_eq!(read(&odd).extra["pubdate"], "soon");
    }
}

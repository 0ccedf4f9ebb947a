//! Papers of Semantic Scholar: the bulk data sets and the answers of its web service.
//!
//! The two spell field names differently, and both spellings are read. So is the data set of abstracts, whose records have
//! no title. Papers may be one a line, or in lists or pages.
//!
//! | field            | from (data sets · web service)                                                         |
//! |------------------|----------------------------------------------------------------------------------------|
//! | id               | `paperId`; without it `CorpusId:` and `corpusid` · `corpusId`                          |
//! | title, abstract  | `title`, `abstract`; a missing abstract is ordinary, and `tldr` then stands in for it  |
//! | authors          | `authors[].name`                                                                       |
//! | date, year       | `publicationdate` · `publicationDate`, `year`                                          |
//! | venue            | `venue`, or the name of `publicationVenue` or `journal`                                |
//! | doi, arxiv       | `externalids` · `externalIds`                                                          |
//! | url              | `url`                                                                                  |
//! | keywords         | `fieldsOfStudy`, `s2fieldsofstudy[].category` · `s2FieldsOfStudy[].category`           |
//! | extra            | `citationcount` · `citationCount` as `citationCount`, `corpusId`, `tldr`               |
//!
//! Of the data sets of full texts (S2ORC), title and abstract are what the annotations of the text mark as such
//! ([`annotated`](super::annotated)).
//!
//! Everything else is passed over. A paper of an answer about citations lies in `citingPaper` or `citedPaper`; recommendations are
//! a list of their own. A field of another shape is read as in JSON lines, and kept where it is not understood.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::annotated::FullText;
use super::calendar;
use super::fields::fill_gaps;
use super::items::records;
use super::joined::{fold_white_space, non_empty};
use super::json::{Typed, object, of_fields, typed};
use super::markup::plain;
use super::opening::Opening;
use super::wrapped::unwrapped;
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::readers::missing::is_missing;
use crate::record::{IdOrigin, Record, Records};

/// Whether the first record is of this format.
pub(crate) fn knows(opening: &Opening<'_>) -> bool {
    let has_number = opening.has("corpusid") || opening.has("corpusId");
    let has_text = opening.has("title") || opening.has("abstract");
    let is_full_text = opening.has("corpusid") && (opening.has("content") || opening.has("body"));
    is_full_text || has_text && (has_number || opening.has("paperId"))
}

pub(crate) fn open(input: Input, name: String) -> Records {
    records(input, name, record)
}

#[derive(Deserialize)]
struct Paper {
    #[serde(rename = "paperId", alias = "paperid")]
    paper_id: Option<String>,
    #[serde(rename = "corpusId", alias = "corpusid")]
    corpus_id: Option<u64>,
    #[serde(rename = "externalIds", alias = "externalids")]
    external_ids: Option<BTreeMap<String, Value>>,
    title: Option<String>,
    r#abstract: Option<String>,
    #[serde(alias = "body")]
    content: Option<FullText>,
    tldr: Option<Tldr>,
    authors: Option<Vec<Named>>,
    venue: Option<String>,
    #[serde(rename = "publicationVenue")]
    publication_venue: Option<Named>,
    journal: Option<Named>,
    year: Option<i32>,
    #[serde(rename = "publicationDate", alias = "publicationdate")]
    publication_date: Option<String>,
    #[serde(rename = "citationCount", alias = "citationcount")]
    citation_count: Option<u64>,
    #[serde(rename = "fieldsOfStudy", alias = "fieldsofstudy")]
    fields: Option<Vec<String>>,
    #[serde(rename = "s2FieldsOfStudy", alias = "s2fieldsofstudy")]
    s2_fields: Option<Vec<Field>>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Tldr {
    text: Option<String>,
}

#[derive(Deserialize)]
struct Field {
    category: Option<String>,
}

pub(super) fn record(text: &str) -> Result<Record, Mismatch> {
    let expected = "a Semantic Scholar paper, one JSON object";
    let Typed { value: mut paper, mut odd } = typed::<Paper>(text, expected)?;
    let has_text = paper.title.is_some() || paper.r#abstract.is_some() || paper.content.is_some();
    if paper.paper_id.is_none() && !has_text {
        Typed { value: paper, odd } = of_fields(unwrapped(object(text, expected)?), expected)?;
    }
    let id = paper.paper_id.filter(|id| !id.trim().is_empty());
    let id = id.or(paper.corpus_id.map(|number| format!("CorpusId:{number}"))).unwrap_or_default();
    let folded = |text: Option<String>| fold_white_space(&plain(&text.unwrap_or_default()));
    let marked = |name: &str| paper.content.as_ref().and_then(|content| content.marked(name));
    let title = paper.title.filter(|title| !title.trim().is_empty()).or_else(|| marked("title"));
    let summary = paper.r#abstract.or_else(|| marked("abstract"));
    let (title, tldr) = (folded(title), folded(paper.tldr.and_then(|tldr| tldr.text)));
    let summary = Some(folded(summary)).filter(|summary| !is_missing(summary));
    let summary = summary.unwrap_or_else(|| tldr.clone());
    let date = paper.publication_date.as_deref().and_then(calendar::written);
    if let Some(text) = paper.publication_date.filter(|text| date.is_none() && !is_missing(text)) {
        odd.insert("publicationDate".to_owned(), text.into());
    }
    let external = |name: &str| {
        let ids = paper.external_ids.as_ref()?;
        ids.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str()
    };
    let doi = external("DOI").and_then(identifiers::doi);
    let arxiv = external("ArXiv").and_then(identifiers::arxiv).or_else(|| doi.as_deref().and_then(identifiers::arxiv));
    let mut extra = Map::new();
    if let Some(count) = paper.citation_count {
        extra.insert("citationCount".into(), count.into());
    }
    if let Some(number) = paper.corpus_id {
        extra.insert("corpusId".into(), number.into());
    }
    if !tldr.is_empty() {
        extra.insert("tldr".into(), tldr.into());
    }

    let names = paper.authors.unwrap_or_default();
    let places =
        [paper.venue, paper.publication_venue.and_then(|venue| venue.name), paper.journal.and_then(|j| j.name)];
    let s2_fields = paper.s2_fields.unwrap_or_default().into_iter().filter_map(|field| field.category);
    let mut keywords: Vec<String> = Vec::new();
    for field in paper.fields.unwrap_or_default().into_iter().chain(s2_fields) {
        if !field.trim().is_empty() && !keywords.contains(&field) {
            keywords.push(field);
        }
    }
    let mut document = Document {
        id: id.trim().to_owned(),
        title,
        r#abstract: summary,
        authors: non_empty(names.iter().filter_map(|author| author.name.as_deref())),
        date,
        year: date.as_ref().map(Date::year).or(paper.year.filter(|&year| Date::new(year, None, None).is_ok())),
        venue: places.into_iter().flatten().map(|name| name.trim().to_owned()).find(|name| !is_missing(name)),
        doi,
        arxiv,
        url: paper.url.filter(|url| !is_missing(url)),
        keywords,
        extra,
        ..Document::default()
    };
    fill_gaps(&mut document, odd);
    Ok(Record { document, id_origin: IdOrigin::Given })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Document, Mismatch> {
        record(&value.to_string()).map(|record| record.document)
    }

    #[test]
    fn a_paper_of_the_data_sets_finds_its_place() {
        let paper = read(json!({
            "corpusid": 81234, "externalids": {"DOI": "10.1000/SEAS.7", "ArXiv": "2104.00007", "MAG": null},
            "url": "https://www.semanticscholar.org/paper/81234", "title": "On\n Tides",
            "authors": [{"authorId": "1", "name": "Ida Brandt"}, {"authorId": null, "name": " "}],
            "venue": "", "journal": {"name": "Journal of Seas", "pages": "1-9"}, "year": 2021,
            "publicationdate": null, "citationcount": 12, "isopenaccess": true,
            "s2fieldsofstudy": [{"category": "Geology", "source": "s2-fos-model"}, {"category": "Geology", "source": "x"}],
        }))
        .unwrap();
        assert_eq!(
            (paper.id.as_str(), paper.title.as_str(), paper.r#abstract.as_str()),
            ("CorpusId:81234", "On Tides", "")
        );
        assert_eq!((paper.doi.as_deref(), paper.arxiv.as_deref()), (Some("10.1000/seas.7"), Some("2104.00007")));
        assert_eq!((paper.date, paper.year, paper.venue.as_deref()), (None, Some(2021), Some("Journal of Seas")));
        assert_eq!((paper.authors, paper.keywords), (vec!["Ida Brandt".to_owned()], vec!["Geology".to_owned()]));
        assert_eq!(Value::Object(paper.extra), json!({"citationCount": 12, "corpusId": 81234}));
    }

    #[test]
    fn an_answer_of_the_web_service_finds_its_place() {
        let paper = read(json!({
            "paperId": "0f1e", "corpusId": 9, "externalIds": {"DOI": "10.48550/arXiv.2104.00007", "CorpusId": 9},
            "title": "On Tides", "abstract": null, "tldr": {"model": "tldr@v2", "text": "Seas move."},
            "publicationDate": "2021-04-03", "year": 2021, "fieldsOfStudy": ["Geology"], "citationCount": 0,
            "s2FieldsOfStudy": null, "authors": null, "publicationVenue": {"name": "Seas"}, "venue": null,
        }))
        .unwrap();
        assert_eq!((paper.id.as_str(), paper.r#abstract.as_str()), ("0f1e", "Seas move."));
        assert_eq!((paper.date.unwrap().to_string(), paper.year), ("2021-04-03".to_owned(), Some(2021)));
        assert_eq!((paper.arxiv.as_deref(), paper.venue.as_deref()), (Some("2104.00007"), Some("Seas")));
        assert_eq!(paper.extra["tldr"], "Seas move.");
    }

    #[test]
    fn a_record_of_the_abstracts_needs_no_title() {
        assert_eq!(read(json!({"corpusid": 9, "abstract": "Seas."})).unwrap().r#abstract, "Seas.");
        assert_eq!(read(json!({"corpusid": 9, "title": " ", "abstract": null})).unwrap().title, "");
    }

    #[test]
    fn a_paper_may_lie_in_a_citation() {
        let citing = json!({"contexts": [], "citingPaper": {"paperId": "a", "title": "T", "year": 2020}});
        let paper = read(citing).unwrap();
        assert_eq!((paper.id.as_str(), paper.title.as_str(), paper.year), ("a", "T", Some(2020)));
    }

    #[test]
    fn title_and_abstract_of_a_full_text_are_what_its_annotations_mark() {
        let content = json!({"text": "On Tides\nThe séa moves. It rests.", "annotations": {
            "title": "[{\"start\": 0, \"end\": 8}]", "abstract": "[{\"start\":\"9\",\"end\":\"23\"}]",
            "bibref": null}});
        for name in ["content", "body"] {
            let paper = read(json!({"corpusid": 9, name: content})).unwrap();
            assert_eq!((paper.title.as_str(), paper.r#abstract.as_str()), ("On Tides", "The séa moves."));
        }
        let beside = read(json!({"corpusid": 9, "title": "Other", "content": content})).unwrap();
        assert_eq!((beside.title.as_str(), beside.extra.len()), ("Other", 1));
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let paper =
            read(json!({"paperId": "a", "title": "T", "publicationDate": "soon", "year": "2021", "venue": {"x": 1}}));
        let paper = paper.unwrap();
        assert_eq!((paper.date, paper.year, paper.venue), (None, Some(2021), None));
        assert_eq!(Value::Object(paper.extra), json!({"publicationDate": "soon", "venue": {"x": 1}}));
        assert_eq!(read(json!({"paperId": "a", "title": "T", "publicationDate": "2021"})).unwrap().year, Some(2021));
    }
}

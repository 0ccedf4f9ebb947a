//! A paper, as the rest of the program sees it.
//!
//! Every reader fills the same [`Document`], whatever the file called its fields. Values without a field here are kept in
//! `extra`, so nothing that a user wrote is lost.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::date::Date;
use crate::numbered::is_made_from;

/// The field of `extra` with the ids of records that were merged into a document with another id.
pub(crate) const MERGED_IDS: &str = "merged_ids";

/// A paper: its text, what is known about it, and where it was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Document {
    /// Unique within a [`Corpus`](crate::Corpus): the given id, or a slug of the title if none was given.
    pub id: String,
    /// The title; may be empty.
    pub title: String,
    /// The abstract; may be empty.
    pub r#abstract: String,
    /// Names in the order they were given.
    pub authors: Vec<String>,
    /// The number of authors, if a source gives the number without the names.
    pub authors_count: Option<u32>,
    /// The institution or company that a source names.
    pub organization: Option<String>,
    /// When the paper appeared, to the depth that the source gives.
    pub date: Option<Date>,
    /// The year of `date`, or the year if only that is known.
    pub year: Option<i32>,
    /// The conference or journal.
    pub venue: Option<String>,
    /// The DOI, as [`identifiers::doi`](crate::identifiers::doi) spells it.
    pub doi: Option<String>,
    /// The arXiv id without its version, as [`identifiers::arxiv`](crate::identifiers::arxiv) spells it.
    pub arxiv: Option<String>,
    /// Where to read the paper.
    pub url: Option<String>,
    /// Keywords or subject categories.
    pub keywords: Vec<String>,
    /// How many comments a results page counts.
    pub comments: Option<u32>,
    /// Whether relevance judgements name the paper by its id (`_id` in benchmark corpora). It is then never merged with a
    /// paper that has another given id.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub judged: bool,
    /// Every place the paper was read from, the first one first.
    pub source: Vec<Source>,
    /// Other fields of the source, under their own names.
    pub extra: Map<String, Value>,
}

impl Document {
    /// A document with only an id, a title and an abstract, for papers that do not come from files.
    #[must_use]
    pub fn new(id: impl Into<String>, title: impl Into<String>, r#abstract: impl Into<String>) -> Self {
        Document { id: id.into(), title: title.into(), r#abstract: r#abstract.into(), ..Document::default() }
    }

    /// Sets the names of the authors.
    #[must_use]
    pub fn with_authors(mut self, authors: Vec<String>) -> Self {
        self.authors = authors;
        self
    }

    /// Sets how many authors there are, for a source that tells the number without the names.
    #[must_use]
    pub fn with_authors_count(mut self, authors_count: Option<u32>) -> Self {
        self.authors_count = authors_count;
        self
    }

    /// Sets the institution or company.
    #[must_use]
    pub fn with_organization(mut self, organization: Option<String>) -> Self {
        self.organization = organization;
        self
    }

    /// Sets when the paper appeared. The year is a field of its own.
    #[must_use]
    pub fn with_date(mut self, date: Option<Date>) -> Self {
        self.date = date;
        self
    }

    /// Sets the year.
    #[must_use]
    pub fn with_year(mut self, year: Option<i32>) -> Self {
        self.year = year;
        self
    }

    /// Sets the conference or journal.
    #[must_use]
    pub fn with_venue(mut self, venue: Option<String>) -> Self {
        self.venue = venue;
        self
    }

    /// Sets the DOI.
    #[must_use]
    pub fn with_doi(mut self, doi: Option<String>) -> Self {
        self.doi = doi;
        self
    }

    /// Sets the arXiv id, without its version.
    #[must_use]
    pub fn with_arxiv(mut self, arxiv: Option<String>) -> Self {
        self.arxiv = arxiv;
        self
    }

    /// Sets where to read the paper.
    #[must_use]
    pub fn with_url(mut self, url: Option<String>) -> Self {
        self.url = url;
        self
    }

    /// Sets keywords or subject categories.
    #[must_use]
    pub fn with_keywords(mut self, keywords: Vec<String>) -> Self {
        self.keywords = keywords;
        self
    }

    /// Sets how many comments a results page counts.
    #[must_use]
    pub fn with_comments(mut self, comments: Option<u32>) -> Self {
        self.comments = comments;
        self
    }

    /// Sets the places the paper was read from.
    #[must_use]
    pub fn with_source(mut self, source: Vec<Source>) -> Self {
        self.source = source;
        self
    }

    /// The text that is encoded: title and abstract, or only one of them if the other is empty.
    pub fn passage(&self) -> String {
        match (self.title.as_str(), self.r#abstract.as_str()) {
            (title, "") => title.to_owned(),
            ("", summary) => summary.to_owned(),
            (title, summary) => format!("{title}. {summary}"),
        }
    }

    /// Where to read the paper: the address that its source gives, else that of its DOI, else that of its arXiv id.
    ///
    /// ```
    /// use semsearch_corpus::Document;
    ///
    /// let paper = Document::new("lora", "LoRA", "").with_arxiv(Some("2106.09685".into()));
    /// assert_eq!(paper.link().as_deref(), Some("https://arxiv.org/abs/2106.09685"));
    /// assert_eq!(Document::new("x", "X", "").link(), None);
    /// ```
    #[must_use]
    pub fn link(&self) -> Option<String> {
        let of_doi = || self.doi.as_ref().map(|doi| format!("https://doi.org/{doi}"));
        let of_arxiv = || self.arxiv.as_ref().map(|arxiv| format!("https://arxiv.org/abs/{arxiv}"));
        self.url.clone().filter(|url| !url.trim().is_empty()).or_else(of_doi).or_else(of_arxiv)
    }

    /// Whether the id is a name within a file, as it is or with a number: a paper of another file may have the same name.
    pub(crate) fn is_named_in_a_file(&self) -> bool {
        let names_it = |key: &String| is_made_from(&self.id, key);
        !self.judged && self.source.iter().filter_map(|place| place.key.as_ref()).any(names_it)
    }

    /// The names of the paper within files, each behind its file.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.source.iter().filter_map(|place| Some((place.file.as_str(), place.key.as_deref()?)))
    }

    /// Whether a name is the id, or the id of a record that was merged into the document.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.id == name || self.merged_ids().any(|id| id == name)
    }

    /// The ids of records that were merged into this document, other than its own.
    pub(crate) fn merged_ids(&self) -> impl Iterator<Item = &str> {
        let noted = self.extra.get(MERGED_IDS).and_then(|noted| noted.as_array());
        noted.into_iter().flatten().filter_map(|id| id.as_str())
    }

    /// Notes the id of a record that was merged into this document, unless it is the document's own.
    pub(crate) fn note_merged_id(&mut self, id: &str) {
        if self.id == id {
            return;
        }
        let noted = self.extra.entry(MERGED_IDS).or_insert_with(|| Value::Array(Vec::new()));
        // A field of that name in the user's file stays as it is, unless it is a list too.
        if let Value::Array(ids) = noted
            && !ids.iter().any(|noted| noted == id)
        {
            ids.push(Value::String(id.to_owned()));
        }
    }
}

/// One place a document was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file's name without its folders (`folder/corpus.jsonl` for a BEIR folder), `-` for standard input.
    pub file: String,
    /// The line the record begins on, counted from 1.
    pub line: u64,
    /// The place on a results page, counted from 1.
    pub rank: Option<u32>,
    /// The name of the paper within the file, such as a citation key or the number of a row. `None` if the file names its
    /// papers for the whole world, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(title: &str, summary: &str) -> Document {
        Document { title: title.into(), r#abstract: summary.into(), ..Document::default() }
    }

    #[test]
    fn a_passage_joins_title_and_abstract() {
        assert_eq!(paper("On Tides", "The sea moves.").passage(), "On Tides. The sea moves.");
    }

    #[test]
    fn a_passage_is_the_one_text_there_is() {
        assert_eq!(paper("On Tides", "").passage(), "On Tides");
        assert_eq!(paper("", "The sea moves.").passage(), "The sea moves.");
        assert_eq!(paper("", "").passage(), "");
    }

    #[test]
    fn a_document_survives_json_and_calls_its_abstract_abstract() {
        let mut document = paper("On Tides", "The sea moves.");
        document.date = Some("1898-05".parse().unwrap());
        document.source.push(Source { file: "-".into(), line: 3, rank: Some(1), key: None });
        let json = serde_json::to_value(&document).unwrap();
        assert_eq!(json["abstract"], "The sea moves.");
        assert_eq!(json["date"], "1898-05");
        assert_eq!(serde_json::from_value::<Document>(json).unwrap(), document);
    }

    #[test]
    fn a_document_written_before_dois_were_known_is_still_read() {
        let old = r#"{"id": "a", "title": "On Tides", "abstract": "", "url": null, "extra": {"doi": "10.1000/7"}}"#;
        let document: Document = serde_json::from_str(old).unwrap();
        assert_eq!((document.title.as_str(), document.doi, document.arxiv), ("On Tides", None, None));
    }
}

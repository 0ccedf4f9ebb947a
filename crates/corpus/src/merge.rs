//! Merging two documents of the same paper.
//!
//! The first document read keeps its values, the other fills the gaps. Where more is better, more is kept: the longer list
//! of authors, the larger count of comments, all keywords.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::Document;
use crate::family_names::{self, FAMILY_NAMES};
use crate::identifiers::is_arxiv_doi;
use crate::record::IdOrigin;

impl Document {
    /// Fills the gaps of this document from `other`. The id stays.
    pub(crate) fn absorb(&mut self, other: Document) {
        fill(&mut self.title, other.title);
        fill(&mut self.r#abstract, other.r#abstract);
        if other.authors.len() > self.authors.len() {
            self.authors = other.authors;
        }
        self.authors_count = self.authors_count.or(other.authors_count);
        self.organization = self.organization.take().or(other.organization);
        self.date = self.date.or(other.date);
        self.year = self.year.or(other.year);
        self.venue = self.venue.take().or(other.venue);
        // arXiv's own DOI says no more than the arXiv id; the one of the journal does.
        if self.doi.as_deref().is_none_or(is_arxiv_doi) {
            self.doi = other.doi.or(self.doi.take());
        }
        self.arxiv = self.arxiv.take().or(other.arxiv);
        self.url = self.url.take().or(other.url);
        for keyword in other.keywords {
            if !self.keywords.contains(&keyword) {
                self.keywords.push(keyword);
            }
        }
        self.comments = self.comments.max(other.comments);
        self.judged |= other.judged;
        self.source.extend(other.source);
        for (key, value) in other.extra {
            match value {
                Value::Object(told) if key == FAMILY_NAMES => family_names::add(&mut self.extra, told),
                value => _ = self.extra.entry(key).or_insert(value),
            }
        }
    }
}

fn fill(text: &mut String, other: String) {
    if text.is_empty() {
        *text = other;
    }
}

/// Notes the id, DOI and arXiv id of a record that is merged into a document that has others.
pub(crate) fn note_names(document: &mut Document, other: &Document, origin: IdOrigin) {
    if origin >= IdOrigin::Given {
        document.note_merged_id(&other.id);
    }
    let dois = [&document.doi, &other.doi].map(|doi| doi.clone().filter(|doi| !is_arxiv_doi(doi)));
    if let [Some(own), Some(doi)] = dois
        && own != doi
    {
        document.note_merged_id(&doi);
    }
    if let (Some(own), Some(arxiv)) = (document.arxiv.clone(), &other.arxiv)
        && own != *arxiv
    {
        document.note_merged_id(arxiv);
    }
}

/// Restores the places of an existing document, in their order. In files that were read again, the document stands where
/// it was read now.
pub(crate) fn put_places_back(document: &mut Document, existing: &Document) {
    let mut read = std::mem::take(&mut document.source);
    let again: HashSet<String> = read.iter().map(|place| place.file.clone()).collect();
    for place in &existing.source {
        if again.contains(&place.file) {
            document.source.extend(read.extract_if(.., |read| read.file == place.file));
        } else {
            document.source.push(place.clone());
        }
    }
    document.source.append(&mut read);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Source;

    #[test]
    fn the_first_keeps_what_it_has_and_the_other_fills_the_gaps() {
        let from = |line| vec![Source { file: "a".into(), line, rank: None, key: None }];
        let mut first = Document {
            id: "one".into(),
            title: "On Tides".into(),
            authors: vec!["A".into()],
            year: Some(2001),
            keywords: vec!["sea".into()],
            comments: Some(2),
            source: from(1),
            ..Document::default()
        };
        first.extra.insert("kept".into(), json!(1));
        let mut other = Document {
            id: "two".into(),
            title: "on tides".into(),
            r#abstract: "Why.".into(),
            authors: vec!["A".into(), "B".into()],
            year: Some(2002),
            venue: Some("Seas".into()),
            keywords: vec!["sea".into(), "moon".into()],
            comments: Some(5),
            source: from(2),
            ..Document::default()
        };
        other.extra.insert("kept".into(), json!(2));
        other.extra.insert("new".into(), json!(3));

        first.absorb(other);
        assert_eq!((first.id.as_str(), first.title.as_str(), first.r#abstract.as_str()), ("one", "On Tides", "Why."));
        assert_eq!((first.authors.len(), first.year, first.comments), (2, Some(2001), Some(5)));
        assert_eq!((first.venue.as_deref(), first.keywords), (Some("Seas"), vec!["sea".to_owned(), "moon".to_owned()]));
        assert_eq!((first.extra["kept"].clone(), first.extra["new"].clone()), (json!(1), json!(3)));
        assert_eq!(first.source.iter().map(|source| source.line).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn family_names_that_either_tells_are_known() {
        let told = |names: serde_json::Value| {
            let mut document = Document::default();
            document.extra.insert(FAMILY_NAMES.to_owned(), names);
            document
        };
        let mut first = told(json!({"Vincent Van Gogh": "Van Gogh"}));
        first.absorb(told(json!({"Vincent Van Gogh": "Gogh", "Ada Sand Dune": "Sand Dune"})));
        assert_eq!(first.extra[FAMILY_NAMES], json!({"Vincent Van Gogh": "Van Gogh", "Ada Sand Dune": "Sand Dune"}));
    }

    #[test]
    fn the_doi_of_arxiv_gives_way_to_the_one_of_a_journal() {
        let with = |doi: Option<&str>| Document { doi: doi.map(str::to_owned), ..Document::default() };
        let merged = |first, second| {
            let mut first = with(first);
            first.absorb(with(second));
            first.doi
        };
        let (arxiv, journal, other) = (Some("10.48550/arxiv.2401.01234"), Some("10.1000/7"), Some("10.1000/8"));
        assert_eq!(merged(arxiv, journal).as_deref(), journal);
        assert_eq!(merged(journal, arxiv).as_deref(), journal);
        assert_eq!(merged(journal, other).as_deref(), journal);
        assert_eq!(merged(arxiv, None).as_deref(), arxiv);
        assert_eq!(merged(None, arxiv).as_deref(), arxiv);
    }
}

//! Papers with all that their records have.

use semsearch_corpus::Document;
use semsearch_engine::Listing;

use super::shared::{expression, place};
use crate::paper::{List, ListSchema, Paper, PaperLine, PaperSchema};
use crate::shared::Near;

impl From<Document> for Paper {
    fn from(document: Document) -> Self {
        let link = document.link();
        let Document { id, title, r#abstract, authors, authors_count, organization, date, year, .. } = document;
        let Document { venue, doi, arxiv, url, keywords, comments, source, extra, .. } = document;
        Paper {
            id,
            title,
            r#abstract,
            date: date.map(|date| date.to_string()),
            year,
            authors,
            authors_count,
            organization,
            venue,
            doi,
            arxiv,
            url,
            link,
            keywords,
            comments,
            source: source.iter().map(place).collect(),
            extra,
        }
    }
}

impl From<Document> for PaperLine {
    fn from(document: Document) -> Self {
        PaperLine { schema: PaperSchema::V1, paper: document.into() }
    }
}

impl List {
    /// A list of `papers`, of `passing` papers that pass the filter among `documents`.
    #[must_use]
    pub fn new(listing: &Listing, documents: u64, passing: u64, papers: Vec<Paper>) -> Self {
        List {
            schema: ListSchema::V1,
            filter: expression(&listing.filter),
            sort: listing.order.map(|order| order.as_str().to_owned()),
            documents,
            passing,
            near: Vec::new(),
            papers,
        }
    }

    /// The same list with what each part of its filter matches by itself.
    #[must_use]
    pub fn with_near(self, near: Vec<Near>) -> Self {
        List { near, ..self }
    }
}

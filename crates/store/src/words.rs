//! Words of documents: what the lexical index is given, and the file it becomes.
//!
//! A segment has its words in one immutable file, beside documents and columns. Segments of earlier versions have none;
//! their collection answers by vectors alone until it is compacted or repaired, which takes no model.

use semsearch_corpus::Document;
use semsearch_lexical::{Analysed, Paper};

/// The words of a document, counted. May be called on any thread.
pub(crate) fn analysed(document: &Document) -> Analysed {
    Analysed::of(&Paper {
        title: &document.title,
        text: &document.r#abstract,
        authors: document.authors.iter().map(String::as_str).collect(),
        venue: document.venue.as_deref(),
        // Documents are found by their identifiers through the tables of the document store.
        identifiers: Vec::new(),
    })
}

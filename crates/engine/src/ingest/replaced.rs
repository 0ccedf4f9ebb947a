//! A collection whose papers are all replaced: which of them come again, and which do not.
//!
//! The new papers are read as into an empty collection, and not merged with the old ones. So a paper comes again if a new one
//! has its id.
//!
//! Cost: a lookup for each new paper, and reading the old paper of that id.

use std::collections::HashSet;

use semsearch_corpus::Document;
use semsearch_store::{Collection, CollectionError, DocId};

use super::tally::Fate;

/// The papers of a collection before they are replaced.
pub(super) struct Before<'a> {
    collection: Option<&'a Collection>,
    again: HashSet<DocId>,
}

impl<'a> Before<'a> {
    pub(super) fn new(collection: Option<&'a Collection>) -> Self {
        Before { collection, again: HashSet::new() }
    }

    /// What a new paper is to the collection.
    pub(super) fn fate_of(&mut self, document: &Document) -> Result<Fate, CollectionError> {
        let Some(collection) = self.collection else { return Ok(Fate::Added) };
        let Some(id) = collection.find_id(&document.id)? else { return Ok(Fate::Added) };
        self.again.insert(id);
        let held = collection.document(id)?;
        Ok(Fate::of(&held, document))
    }

    /// The number of papers that did not come again.
    pub(super) fn left(&self) -> u64 {
        self.collection.map_or(0, |collection| (collection.len() - self.again.len()) as u64)
    }
}

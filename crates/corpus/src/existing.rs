//! Existing documents, which a collection holds when more papers are added to it.
//!
//! A collection may be larger than memory, so it answers two questions in place of handing out its documents: which
//! documents have an [`Identity`], and what is the document with a number. A shared identity is only a hint to look:
//! `duplicates` decides, from the two documents themselves.

use crate::document::Document;
use crate::error::ReadError;
use crate::identity::Identity;

/// The documents of a collection that is added to, by number.
///
/// Both methods are called a few times for each new record. No caller goes through all documents.
pub trait ExistingDocuments {
    /// The numbers of the documents that have an identity, in any order, without deleted documents.
    ///
    /// # Errors
    /// [`ReadError::Existing`] when the collection cannot be read.
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError>;

    /// The document with a number that [`ExistingDocuments::find`] returned.
    ///
    /// # Errors
    /// [`ReadError::Existing`] when the collection cannot be read.
    fn document(&self, number: u64) -> Result<Document, ReadError>;

    /// How many documents come from the source of this name, without deleted documents. With `None`, which is the default,
    /// no input is recognised as a source under a new name.
    ///
    /// # Errors
    /// [`ReadError::Existing`] when the collection cannot be read.
    fn papers_of(&self, source: &str) -> Result<Option<u64>, ReadError> {
        let _ = source;
        Ok(None)
    }
}

/// A document whose id and content are final, because all records have been read.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ResolvedRecord<'a> {
    /// The document, with its final id.
    pub document: &'a Document,
    /// The JSON of the document, to be stored.
    pub json: &'a [u8],
    /// The number of the existing document that this document replaces; `None` for a new paper.
    pub replaces: Option<u64>,
    /// Whether the content is that of the existing document, so that nothing has to be stored.
    pub unchanged: bool,
}

impl<'a> ResolvedRecord<'a> {
    /// A new paper, with its JSON.
    #[must_use]
    pub fn new(document: &'a Document, json: &'a [u8]) -> Self {
        ResolvedRecord { document, json, replaces: None, unchanged: false }
    }

    /// Sets the number of the existing document that this one replaces, and whether it has the same content.
    #[must_use]
    pub fn with_replaced(mut self, number: u64, unchanged: bool) -> Self {
        (self.replaces, self.unchanged) = (Some(number), unchanged);
        self
    }
}

/// Takes one resolved record after another.
pub type Each<'a, E> = dyn FnMut(ResolvedRecord<'_>) -> Result<(), E> + 'a;

//! Documents that are there already, when a collection is added to.

use crate::document::Document;
use crate::error::ReadError;
use crate::identity::Identity;

/// The documents of a collection that is being added to, by number.
///
/// Both are asked for what a new record may be, a few times for each; nothing ever goes through all documents.
pub trait Known {
    /// The documents that have an identity, in no particular order. Documents that are gone are not among them.
    ///
    /// # Errors
    /// [`ReadError::Known`] when the collection cannot be read.
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError>;

    /// A document that [`Known::find`] gave.
    ///
    /// # Errors
    /// [`ReadError::Known`] when the collection cannot be read.
    fn document(&self, number: u64) -> Result<Document, ReadError>;
}

/// A document that is handed out when all records have been read.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The document, with its final id.
    pub document: &'a Document,
    /// The JSON to keep it as.
    pub json: &'a [u8],
    /// The known document it stands in the place of; a new paper if there is none.
    pub replaces: Option<u64>,
    /// Whether it says nothing that the known document does not say, so that nothing need be done.
    pub unchanged: bool,
}

/// Takes a document when all is settled.
pub type Each<'a, E> = dyn FnMut(Arrival<'_>) -> Result<(), E> + 'a;

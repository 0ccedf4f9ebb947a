//! What readers yield.

use crate::document::Document;
use crate::error::ReadError;

/// What a reader gives, in order.
pub(crate) type Records = Box<dyn Iterator<Item = Result<Record, ReadError>> + Send>;

/// A document as one reader gives it, together with what only matters until ids are settled.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) document: Document,
    pub(crate) id_origin: IdOrigin,
}

/// How much an id binds, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IdOrigin {
    /// Made from the title; may be changed to keep ids unique.
    Made,
    /// Given by the user; kept.
    Given,
    /// Given as `_id`, the spelling of benchmark corpora. Relevance judgements name such a document by its
    /// id, so it is merged with no document that has an id of its own, whatever the two hold.
    Judged,
}

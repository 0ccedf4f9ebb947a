//! The records that readers yield.

use crate::document::Document;
use crate::error::ReadError;

/// The records of an input, in order.
pub(crate) type Records = Box<dyn Iterator<Item = Result<Record, ReadError>> + Send>;

/// A document as a reader yields it, with the origin of its id, which matters until ids are final.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) document: Document,
    pub(crate) id_origin: IdOrigin,
}

/// The origin of an id; ids of later origins are kept over earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IdOrigin {
    /// Made from the title; may be changed to keep ids unique.
    Made,
    /// Given as a name within its file: a citation key, the number of a row. Kept as it is if no other paper has it, and
    /// with a number otherwise.
    Local,
    /// Given by the user or by a registry; kept.
    Given,
    /// Given as `_id`, the spelling of benchmark corpora. Relevance judgements name such a document by its id, so it is
    /// never merged with a document that has another given id.
    Judged,
}

//! What a reading would remove, said before it is done.

use semsearch_corpus::Inspection;
use semsearch_store::{Collection, CollectionError, Titled};

use super::intake::IntakeMode;
use super::places::{Unlike, left_behind};

/// What reading inputs would do to papers that are not in them any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leaving {
    /// The papers that would be removed.
    pub removed: Vec<Titled>,
    /// Papers that would leave a source, and stay because another source has them.
    pub detached: u64,
    /// The sources that no paper would leave, because their inputs hold too few of their papers.
    pub unlike: Vec<Unlike>,
}

/// Says which papers inputs that were inspected would remove, if they were read so.
///
/// # Errors
/// What is wrong with the collection.
pub fn would_leave(collection: &Collection, mode: IntakeMode, found: &Inspection) -> Result<Leaving, CollectionError> {
    let left = left_behind(collection, mode.part(), &found.report, &[], &found.held)?;
    let gone = left.documents.into_iter().filter(|(_, document)| document.is_none());
    let removed = gone.map(|(id, _)| Ok(Titled::of(collection.document(id)?)));
    let removed = removed.collect::<Result<_, CollectionError>>()?;
    Ok(Leaving { removed, detached: left.detached, unlike: left.unlike })
}

//! Papers whose vectors are nearly the same.
//!
//! Reading merges records that are the same paper by their identifiers, titles and texts. What is left are papers that say
//! almost the same: other versions under another title, abstracts that were written twice. They are found by comparing
//! every stored vector with every other one, exactly; no model is needed, and nothing is changed.
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | why papers were not compared |
//! | `pairs` | the pairs of papers whose cosine reaches a threshold |
//! | `groups` | papers that are connected by pairs |
//!
//! Papers of a group are connected, each to at least one other; two of them may be further apart than the threshold. A low
//! threshold therefore joins many papers of one subject into a group.

mod error;
mod groups;
mod pairs;

use semsearch_store::{Collection, DocId, Filter, SegmentedIndex};
use semsearch_task::Progress;

pub use error::DupesError;
pub use groups::{Group, Member, Pair};

/// The cosine that two papers need without a threshold by the user. Of 10,000 abstracts by all-MiniLM-L6-v2, the pairs
/// from here on are almost all papers on the same thing by the same people; below, they are papers on the same subject.
pub const DEFAULT_THRESHOLD: f32 = 0.9;

/// The most pairs that are kept in memory, 16 bytes each.
const MOST_PAIRS: usize = 5_000_000;

/// What was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dupes {
    /// How many papers were compared with each other: those that pass the filter.
    pub compared: usize,
    /// Pairs whose cosine reaches the threshold.
    pub pairs: usize,
    /// Groups of papers that are connected by pairs, the largest first, then the closest.
    pub groups: Vec<Group>,
}

/// Compares all papers that pass a filter by their vectors of the active model, on the threads of the current rayon pool.
///
/// Cost: half a product of the rows with themselves; memory for two blocks of rows a thread, and for the pairs.
///
/// # Errors
/// [`DupesError`] if vectors or columns are damaged, too many pairs reach the threshold, or the caller stops the work.
pub fn find_dupes(
    collection: &Collection,
    threshold: f32,
    filter: &Filter,
    progress: &dyn Progress,
) -> Result<Dupes, DupesError> {
    let index = SegmentedIndex::of(collection, &collection.manifest().active)?;
    let papers: Vec<DocId> = collection.doc_ids_where(filter)?;
    let pairs = pairs::reaching(&index, &papers, threshold, MOST_PAIRS, progress)?;
    let (compared, count) = (papers.len(), pairs.len());
    Ok(Dupes { compared, pairs: count, groups: groups::connected(pairs) })
}

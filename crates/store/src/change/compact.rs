//! Compacting: all segments are merged into one, without deleted documents.

use std::path::Path;

use crate::change::Change;
use crate::collection::Collection;
use crate::error::{ChangeError, CollectionError, io_error};
use crate::manifest::{Manifest, SegmentRecord};
use semsearch_task::Progress;

/// The result of [`compact`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Compacted {
    /// The number of segments before and after.
    pub segments: (usize, usize),
    /// The number of deleted documents whose disk space was freed.
    pub dropped: u64,
    /// Bytes of the collection's files before and after.
    pub bytes: (u64, u64),
    /// The collection as it is now.
    pub manifest: Manifest,
}

/// Merges the segments of the collection in `root` into one, without deleted documents, and removes all older
/// generations: afterwards no generation is left to fall back to.
///
/// # Errors
/// [`ChangeError`]; the collection is then what it was.
pub fn compact(root: &Path, watch: &dyn Progress) -> Result<Compacted, ChangeError> {
    Collection::expect_folder(root)?;
    let change = Change::begin(root)?;
    let Some(collection) = change.collection() else {
        return Err(CollectionError::Missing { path: root.to_owned() }.into());
    };
    let before = collection.manifest().clone();
    let dropped: u64 = before.segments.iter().map(|segment| segment.deleted).sum();
    let is_whole = before.segments.len() <= 1 && dropped == 0 && before.segments.iter().all(SegmentRecord::has_words);
    let bytes_before = disk_bytes(root)?;
    // A single segment without deletes needs no merge, but older generations are still removed.
    let change_text = if is_whole { "vacuum: nothing to merge" } else { "vacuum" };
    let manifest = before.next(change_text.to_owned());
    let manifest = change.commit(manifest, None, true, watch)?;
    Ok(Compacted {
        segments: (before.segments.len(), manifest.segments.len()),
        dropped,
        bytes: (bytes_before, disk_bytes(root)?),
        manifest,
    })
}

/// Bytes of all files below a folder.
pub fn disk_bytes(root: &Path) -> Result<u64, CollectionError> {
    semsearch_disk::length_of_all(root).map_err(|source| io_error("list", root, source))
}

//! Removing documents.

use std::path::Path;

use crate::change::Change;
use crate::collection::Collection;
use crate::doc_id::DocId;
use crate::error::ChangeError;
use crate::error::CollectionError;
use crate::filter::Filter;
use crate::manifest::Manifest;
use semsearch_task::{ErrorKind, Progress};

/// Which documents are meant.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Those with these ids.
    Ids(Vec<String>),
    /// Those that pass a filter.
    Where(Filter),
}

/// Why no document was removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// Some of the documents are not there. None was removed.
    #[error(
        "{} not in the collection: {}; nothing was removed",
        if ids.len() == 1 { "this id is" } else { "these ids are" }, ids.join(", ")
    )]
    Unknown {
        /// The ids that no document has.
        ids: Vec<String>,
    },
    /// The change failed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl RemoveError {
    /// What the error is about: unknown ids are the caller's.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            RemoveError::Unknown { .. } => ErrorKind::Usage,
            RemoveError::Change(error) => error.kind(),
        }
    }
}

impl From<CollectionError> for RemoveError {
    fn from(error: CollectionError) -> Self {
        RemoveError::Change(error.into())
    }
}

/// What was removed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Removed {
    /// How many documents.
    pub documents: u64,
    /// How many are left.
    pub left: u64,
    /// The collection as it is now.
    pub manifest: Manifest,
}

/// Removes the selected documents from the collection in `root`. They are deleted at once; the disk space they take is
/// given back when their segment is merged, at the latest by [`compact`](super::compact).
///
/// # Errors
/// [`RemoveError`]; the collection is then what it was.
pub fn remove(root: &Path, selection: &Selection, watch: &dyn Progress) -> Result<Removed, RemoveError> {
    Collection::expect_folder(root)?;
    let mut change = Change::begin(root)?;
    let Some(collection) = change.collection() else {
        return Err(CollectionError::Missing { path: root.to_owned() }.into());
    };
    let ids = selected(collection, selection)?;
    if ids.is_empty() {
        return Ok(Removed { documents: 0, left: collection.len() as u64, manifest: collection.manifest().clone() });
    }
    let manifest = collection.manifest().next(format!("{} removed", ids.len()));
    ids.iter().try_for_each(|&id| change.remove(id))?;
    let manifest = change.commit(manifest, None, false, watch)?;
    Ok(Removed { documents: ids.len() as u64, left: manifest.documents(), manifest })
}

/// Finds out what [`remove`] would do, and changes no file.
///
/// # Errors
/// [`RemoveError`].
pub fn would_remove(root: &Path, selection: &Selection) -> Result<Removed, RemoveError> {
    let collection = Collection::open(root)?;
    let documents = selected(&collection, selection)?.len() as u64;
    let left = collection.len() as u64 - documents;
    Ok(Removed { documents, left, manifest: collection.manifest().clone() })
}

/// The documents that are meant, in ascending order, each once.
fn selected(collection: &Collection, selection: &Selection) -> Result<Vec<DocId>, RemoveError> {
    match selection {
        Selection::Ids(ids) => {
            let (mut rows, mut unknown) = (Vec::with_capacity(ids.len()), Vec::new());
            for id in ids {
                match collection.find_id(id).map_err(CollectionError::from)? {
                    Some(row) => rows.push(row),
                    None => unknown.push(id.clone()),
                }
            }
            if !unknown.is_empty() {
                return Err(RemoveError::Unknown { ids: unknown });
            }
            rows.sort_unstable();
            rows.dedup();
            Ok(rows)
        }
        Selection::Where(filter) => Ok(collection.doc_ids_where(filter)?),
    }
}

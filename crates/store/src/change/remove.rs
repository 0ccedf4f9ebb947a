//! Removing documents.

use std::path::Path;

use crate::change::Change;
use crate::collection::Collection;
use crate::doc_id::DocId;
use crate::error::ChangeError;
use crate::error::CollectionError;
use crate::filter::Filter;
use crate::manifest::Manifest;
use semsearch_corpus::Document;
use semsearch_task::{ErrorKind, Progress};

/// The documents to remove.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Documents with these ids.
    Ids(Vec<String>),
    /// Documents that pass this filter.
    Where(Filter),
}

/// Why no document was removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// Some ids are not in the collection. No document was removed.
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
    /// The kind of error: [`ErrorKind::Usage`] for unknown ids.
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

/// A document by its id and its title.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Titled {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

impl Titled {
    /// A document.
    #[must_use]
    pub fn of(document: Document) -> Self {
        Titled { id: document.id, title: document.title }
    }
}

/// The result of [`remove`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Removed {
    /// The first of the documents that would be removed; none once they are removed.
    pub titled: Vec<Titled>,
    /// The number of documents removed.
    pub documents: u64,
    /// The number of documents left.
    pub left: u64,
    /// The collection as it is now.
    pub manifest: Manifest,
}

/// Removes the selected documents from the collection in `root`. They are deleted at once; their disk space is freed when
/// their segment is merged, at the latest by [`compact`](super::compact).
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
        let (left, manifest) = (collection.len() as u64, collection.manifest().clone());
        return Ok(Removed { titled: Vec::new(), documents: 0, left, manifest });
    }
    let manifest = collection.manifest().next(format!("{} removed", ids.len()));
    ids.iter().try_for_each(|&id| change.remove(id))?;
    let manifest = change.commit(manifest, None, false, watch)?;
    Ok(Removed { titled: Vec::new(), documents: ids.len() as u64, left: manifest.documents(), manifest })
}

/// Says what [`remove`] would do, without changing any file, and names the first `most` of the documents.
///
/// # Errors
/// [`RemoveError`].
pub fn would_remove(root: &Path, selection: &Selection, most: usize) -> Result<Removed, RemoveError> {
    let collection = Collection::open(root)?;
    let ids = selected(&collection, selection)?;
    let titled = ids.iter().take(most).map(|&id| Ok(Titled::of(collection.document(id)?)));
    let titled = titled.collect::<Result<_, CollectionError>>()?;
    let documents = ids.len() as u64;
    let left = collection.len() as u64 - documents;
    Ok(Removed { titled, documents, left, manifest: collection.manifest().clone() })
}

/// The selected documents, in ascending order, each once.
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

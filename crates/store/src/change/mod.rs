//! How a collection changes: documents are added and deleted, segments are merged.
//!
//! ```text
//! Writer::begin ──▶ Change: rows deleted, documents staged ──▶ merge_policy ──▶ merger ──▶ Writer::commit
//!                                                              which segments   writes new
//!                                                              to merge         segments
//! ```
//!
//! A change makes one generation. The new generation keeps every segment that did not change: adding a thousand papers
//! does not rewrite the segment with the sixty thousand before them.

mod compact;
mod remove;

use std::path::{Path, PathBuf};

use semsearch_index::{RowId, RowSet};
use semsearch_task::Progress;

pub use compact::{Compacted, compact, disk_bytes};
pub use remove::{RemoveError, Removed, Selection, Titled, remove, would_remove};

use crate::collection::Collection;
use crate::doc_id::DocId;
use crate::doc_store::DocumentError;
use crate::error::{ChangeError, CollectionError};
use crate::manifest::{Manifest, ModelRecord, SegmentRecord};
use crate::merge_policy::{self, Group, Size};
use crate::merger::{self, Source, StagedVectors};
use crate::staging::Staged;
use crate::writer::Writer;

/// Staged documents and their vectors.
#[non_exhaustive]
pub struct Addition<'a> {
    /// The documents.
    pub documents: &'a Staged,
    /// Their vectors.
    pub vectors: &'a mut dyn StagedVectors,
}

impl<'a> Addition<'a> {
    /// Documents and their vectors, in the same order.
    #[must_use]
    pub fn new(documents: &'a Staged, vectors: &'a mut dyn StagedVectors) -> Self {
        Addition { documents, vectors }
    }
}

/// A change that is being prepared; [`Change::commit`] makes it.
pub struct Change {
    writer: Writer,
    collection: Option<Collection>,
    /// For each segment, the deleted rows.
    deleted: Vec<RowSet>,
}

impl Change {
    /// Prepares to change the collection in `root`, creating it if it does not exist.
    pub fn begin(root: &Path) -> Result<Self, CollectionError> {
        let (writer, collection) = Writer::begin(root)?;
        Ok(Self::with(writer, collection))
    }

    /// Prepares to replace the collection in `root`, which may be damaged, with a new one.
    pub fn begin_replacing(root: &Path) -> Result<Self, CollectionError> {
        let (writer, collection) = Writer::begin_replacing(root)?;
        Ok(Self::with(writer, collection))
    }

    fn with(writer: Writer, collection: Option<Collection>) -> Self {
        let segments = collection.iter().flat_map(|collection| collection.segments());
        let deleted = segments.map(|segment| segment.deleted()).collect();
        Change { writer, collection, deleted }
    }

    /// The collection before the change; `None` if there is none or it is damaged.
    pub fn collection(&self) -> Option<&Collection> {
        self.collection.as_ref()
    }

    /// The writer.
    pub fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// The folder of the checkpoint: vectors that are not part of a generation yet.
    pub fn checkpoint(&self) -> PathBuf {
        self.writer.root().join(crate::layout::CHECKPOINT)
    }

    /// Deletes a document.
    ///
    /// # Errors
    /// [`DocumentError::NoDocument`] if the id is of another collection.
    pub fn remove(&mut self, id: DocId) -> Result<(), CollectionError> {
        let Some(collection) = &self.collection else {
            return Err(DocumentError::NoDocument { id: id.number(), documents: 0 }.into());
        };
        let (number, row) = collection.place(id)?;
        self.deleted[number].insert(row);
        Ok(())
    }

    /// Deletes all documents.
    pub fn remove_all(&mut self) {
        for deleted in &mut self.deleted {
            *deleted = RowSet::filled(deleted.rows(), |_| true);
        }
    }

    /// Makes the change. `manifest` is the manifest of the new generation, except for its segments, which are filled in
    /// here. The documents of `addition` come after the existing ones. With `all`, as many segments as possible are merged,
    /// and no older generation is kept.
    pub fn commit(
        mut self,
        mut manifest: Manifest,
        mut addition: Option<Addition<'_>>,
        all: bool,
        watch: &dyn Progress,
    ) -> Result<Manifest, ChangeError> {
        let segments = self.collection.as_ref().map_or(&[][..], Collection::segments);
        let mut sizes: Vec<Size> = Vec::with_capacity(segments.len() + 1);
        let mut kinds: Vec<Vec<&str>> = Vec::new();
        let kept = |fingerprint: &str| manifest.model_of(fingerprint).is_some();
        for (segment, deleted) in segments.iter().zip(&self.deleted) {
            let mut models: Vec<&str> =
                segment.vectors().iter().map(|vectors| &*vectors.record().fingerprint).collect();
            models.retain(|fingerprint| kept(fingerprint));
            models.sort_unstable();
            let alive = (segment.rows() - deleted.len()) as u64;
            let (deleted, kind) = (deleted.len() as u64, kind_of(&mut kinds, models));
            sizes.push(Size { alive, deleted, kind, is_new: false, lacks_words: !segment.record().has_words() });
        }
        if let Some(addition) = &addition {
            // The addition has vectors by the active model only.
            let kind = kind_of(&mut kinds, vec![&manifest.active]);
            let alive = addition.documents.len() as u64;
            sizes.push(Size { alive, deleted: 0, kind, is_new: true, lacks_words: false });
        }

        let mut records: Vec<SegmentRecord> = Vec::new();
        let mut deleted = Vec::new();
        for Group { parts, is_rewritten } in merge_policy::plan(&sizes, all) {
            if !is_rewritten {
                let mut record = segments[parts.start].record().clone();
                record.vectors.retain(|vectors| manifest.model_of(&vectors.fingerprint).is_some());
                deleted.push((record.name.clone(), self.deleted[parts.start].clone()));
                records.push(record);
                continue;
            }
            let kind = parts.clone().find(|&part| sizes[part].alive > 0).map_or(0, |part| sizes[part].kind);
            let models: Vec<&ModelRecord> =
                manifest.models.iter().filter(|model| kinds[kind as usize].contains(&&*model.fingerprint)).collect();
            let mut sources: Vec<Source<'_>> = Vec::new();
            for part in parts.filter(|&part| sizes[part].alive > 0) {
                match segments.get(part) {
                    Some(segment) => {
                        let gone = &self.deleted[part];
                        let rows = (0..segment.rows() as u32).map(RowId).filter(|row| !gone.contains(*row)).collect();
                        sources.push(Source::Segment { segment, rows });
                    }
                    None => {
                        if let Some(Addition { documents, vectors }) = addition.take() {
                            sources.push(Source::Staged { documents, vectors });
                        }
                    }
                }
            }
            records.push(merger::assemble(&mut self.writer, &mut sources, &models, &manifest.graph, watch)?);
        }
        if watch.is_stopped() {
            return Err(ChangeError::Stopped);
        }
        manifest.segments = records;
        Ok(self.writer.commit(self.collection, manifest, &deleted, !all)?)
    }
}

/// The index of `models` in `kinds`, to which it is appended if it is new.
fn kind_of<'a>(kinds: &mut Vec<Vec<&'a str>>, models: Vec<&'a str>) -> u32 {
    let known = kinds.iter().position(|kind| *kind == models);
    known.unwrap_or_else(|| {
        kinds.push(models);
        kinds.len() - 1
    }) as u32
}

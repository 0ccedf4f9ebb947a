//! A collection: documents, their vectors, and the indexes over them, in one folder that many may read and one may change.
//!
//! Opening checks small files as a whole; of large files it checks the length and the first page, whose checksums cover
//! the rest, which is checked when it is first used. So a damaged file gives an error that names it, never a wrong answer.

use std::io;
use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, ExistingDocuments, Identity, ReadError};
use semsearch_disk::File;
use semsearch_index::{RowId, RowSet};
use semsearch_lexical::LexicalIndex;

use crate::doc_id::DocId;
use crate::doc_store::DocumentError;
use crate::error::{CollectionError, damaged, io_error};
use crate::facets::Facets;
use crate::filter::Filter;
use crate::generation::{self, Pointer};
use crate::layout;
use crate::manifest::{Manifest, ModelRecord};
use crate::segment::Segment;

/// An opened collection, ready to be searched. It shows one generation, and does not change when the folder does.
#[derive(Debug)]
pub struct Collection {
    root: PathBuf,
    pointer: Pointer,
    manifest: Manifest,
    segments: Vec<Segment>,
    /// The [`DocId`] of the first row of each segment.
    bases: Vec<u32>,
    /// Keeps writers from removing the files, some of which are read only when they are needed.
    _held: File,
}

impl Collection {
    /// Opens the collection in `root`.
    ///
    /// # Errors
    /// [`CollectionError`] names the file and what is wrong with it.
    pub fn open(root: &Path) -> Result<Self, CollectionError> {
        let mut pointer = Pointer::read(root)?;
        loop {
            let outcome = Self::open_generation(root, &pointer);
            // A writer may have replaced the generation between reading the pointer and following it.
            let now = Pointer::read(root)?;
            if outcome.is_ok() || now == pointer {
                return outcome;
            }
            pointer = now;
        }
    }

    /// The manifest of the collection in `root`, whose other files may be damaged.
    ///
    /// # Errors
    /// [`CollectionError`] names the file and what is wrong with it.
    pub fn read_manifest(root: &Path) -> Result<Manifest, CollectionError> {
        Ok(generation::open_manifest(root, &Pointer::read(root)?)?.manifest)
    }

    /// Refuses a folder that does not exist, before a writer creates it.
    pub fn expect_folder(root: &Path) -> Result<(), CollectionError> {
        match semsearch_disk::length(root) {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(CollectionError::Missing { path: root.to_owned() })
            }
            Err(source) => Err(io_error("open", root, source)),
        }
    }

    fn open_generation(root: &Path, pointer: &Pointer) -> Result<Self, CollectionError> {
        let generation::Held { manifest, file, .. } = generation::open_manifest(root, pointer)?;
        let folder = layout::generation(root, manifest.generation);
        let segments = manifest.segments.iter().map(|record| Segment::open(root, &folder, record));
        let segments = segments.collect::<Result<Vec<_>, _>>()?;
        let bases = segments.iter().scan(0_u32, |next, segment| {
            let base = *next;
            // Below 2^32 together: the manifest was checked.
            *next = next.saturating_add(segment.rows() as u32);
            Some(base)
        });
        Ok(Collection {
            root: root.to_owned(),
            pointer: pointer.clone(),
            bases: bases.collect(),
            manifest,
            segments,
            _held: file,
        })
    }

    /// Whether the folder's current generation is the one that is open. Reads one small file.
    ///
    /// # Errors
    /// [`CollectionError`] if the pointer to the generation cannot be read.
    pub fn is_current(&self) -> Result<bool, CollectionError> {
        Ok(Pointer::read(&self.root)? == self.pointer)
    }

    /// The folder of the collection.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The manifest of the open generation.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The BLAKE3 of the manifest of the open generation, hex.
    pub(crate) fn manifest_hash(&self) -> &str {
        &self.pointer.blake3
    }

    /// The active model.
    #[must_use]
    pub fn model(&self) -> &ModelRecord {
        self.manifest.model()
    }

    /// The segments, in the order of their documents.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The number of documents that are not deleted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.manifest.documents() as usize
    }

    /// Whether all documents are deleted, or there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The [`DocId`] of the first row of segment `number`. Deleted rows have numbers too.
    pub(crate) fn base(&self, number: usize) -> u32 {
        self.bases[number]
    }

    /// The document in a row of segment `segment`; `None` if there is no such row.
    #[must_use]
    pub fn doc_id(&self, segment: usize, row: RowId) -> Option<DocId> {
        let is_there = self.segments.get(segment).is_some_and(|segment| row.index() < segment.rows());
        is_there.then(|| DocId::of(self.bases[segment], row))
    }

    /// The document with this [number](DocId::number); `None` if there is no such document.
    #[must_use]
    pub fn doc_id_numbered(&self, number: u64) -> Option<DocId> {
        let number = u32::try_from(number).ok()?;
        (u64::from(number) < self.rows()).then(|| DocId::numbered(number))
    }

    /// Documents of all segments, deleted ones included.
    fn rows(&self) -> u64 {
        self.manifest.segments.iter().map(|segment| segment.rows).sum()
    }

    /// The segment that a document is in, and its row there.
    ///
    /// # Errors
    /// [`DocumentError::NoDocument`] if the id is of another collection.
    pub fn locate(&self, id: DocId) -> Result<(&Segment, RowId), DocumentError> {
        let (number, row) = self.place(id)?;
        Ok((&self.segments[number], row))
    }

    /// The number of the segment that a document is in, and its row there.
    ///
    /// # Errors
    /// [`DocumentError::NoDocument`] if the id is of another collection.
    pub fn place(&self, id: DocId) -> Result<(usize, RowId), DocumentError> {
        let documents = self.rows();
        if u64::from(id.number()) >= documents {
            return Err(DocumentError::NoDocument { id: id.number(), documents });
        }
        // An empty segment begins where the next one does, so the last segment that begins here has the row.
        let number = self.bases.partition_point(|base| *base <= id.number()) - 1;
        Ok((number, RowId(id.number() - self.bases[number])))
    }

    /// All documents that are not deleted, in order.
    pub fn doc_ids(&self) -> impl Iterator<Item = DocId> + '_ {
        let of_segment = |(segment, &base): (_, &u32)| -> Box<dyn Iterator<Item = DocId> + '_> {
            let segment: &Segment = segment;
            Box::new(segment.alive_rows().map(move |row| DocId::of(base, row)))
        };
        self.segments.iter().zip(&self.bases).flat_map(of_segment)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError`] if it is damaged or cannot be read, or if the id is of another collection.
    pub fn document(&self, id: DocId) -> Result<Document, DocumentError> {
        let (segment, row) = self.locate(id)?;
        segment.documents().get(row)
    }

    /// The documents with this identity that are not deleted.
    ///
    /// # Errors
    /// [`DocumentError`] if a table is damaged or cannot be read.
    pub fn find(&self, identity: Identity) -> Result<Vec<DocId>, DocumentError> {
        self.find_key(identity.0)
    }

    /// The document with this id.
    ///
    /// # Errors
    /// [`DocumentError`] if a table is damaged or cannot be read.
    pub fn find_id(&self, id: &str) -> Result<Option<DocId>, DocumentError> {
        // The id may also be an identity of another document, into which a duplicate with this id was merged.
        for found in self.find(Identity::of_id(id))? {
            if self.document(found)?.id == id {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The documents that pass a filter and are not deleted, in order.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn doc_ids_where(&self, filter: &Filter) -> Result<Vec<DocId>, CollectionError> {
        let passing = self.passing(filter)?;
        let of_segment = |(rows, &base): (_, &u32)| {
            let rows: &RowSet = rows;
            rows.iter().map(|row| DocId::of(base, row)).collect::<Vec<_>>()
        };
        Ok(passing.iter().zip(&self.bases).flat_map(of_segment).collect())
    }

    /// The tokens of all documents that are not deleted, as the active model reads them, and how many of these documents it
    /// truncates.
    ///
    /// # Errors
    /// If a file of tokens cannot be read.
    pub fn tokens(&self) -> Result<(u64, u64), CollectionError> {
        let (mut all, mut truncated) = (0, 0);
        for segment in &self.segments {
            let Some(vectors) = segment.vectors_of(&self.manifest.active) else { continue };
            let tokens = vectors.tokens()?;
            for (count, is_truncated) in segment.alive_rows().map(|row| tokens.get(row)) {
                all += u64::from(count);
                truncated += u64::from(is_truncated);
            }
        }
        Ok((all, truncated))
    }

    /// For each segment, the rows that pass a filter and are not deleted.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn passing(&self, filter: &Filter) -> Result<Vec<RowSet>, CollectionError> {
        self.segments.iter().map(|segment| segment.passing(filter)).collect()
    }

    /// Counts `rows`, a set for each segment, by the values of a field.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn count(&self, rows: &[RowSet], facets: &mut Facets) -> Result<(), CollectionError> {
        self.segments.iter().zip(rows).try_for_each(|(segment, rows)| segment.count(rows, facets))
    }

    /// The words of all documents, numbered by [`DocId::number`]; `None` if an earlier version wrote a segment, without
    /// words.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the words of a segment are not what was written.
    pub fn lexical(&self) -> Result<Option<LexicalIndex>, CollectionError> {
        let mut parts = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let Some(words) = segment.words()? else { return Ok(None) };
            let removed = (segment.record().deleted > 0).then(|| segment.deleted().iter().map(|row| row.0).collect());
            parts.push((words.clone(), removed));
        }
        let index = LexicalIndex::new(parts);
        Ok(Some(index.map_err(|error| damaged(&self.root.join(layout::SEGMENTS), &error.to_string()))?))
    }

    /// The documents with this key, the hash of an identity or of a passage, that are not deleted.
    pub fn find_key(&self, key: [u8; 16]) -> Result<Vec<DocId>, DocumentError> {
        let mut found = Vec::new();
        for (segment, base) in self.segments.iter().zip(&self.bases) {
            let rows = segment.documents().find(key)?;
            found.extend(rows.into_iter().filter(|&row| segment.is_alive(row)).map(|row| DocId::of(*base, row)));
        }
        Ok(found)
    }
}

/// The existing documents, for a reader of new ones.
impl ExistingDocuments for Collection {
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        let found = self.find_key(identity.0).map_err(unanswered)?;
        Ok(found.into_iter().map(|id| u64::from(id.number())).collect())
    }

    fn document(&self, number: u64) -> Result<Document, ReadError> {
        let id = self.doc_id_numbered(number).unwrap_or(DocId::numbered(u32::MAX));
        Collection::document(self, id).map_err(unanswered)
    }

    fn papers_of(&self, source: &str) -> Result<Option<u64>, ReadError> {
        let found = self.doc_ids_of_source(source).map_err(|error| ReadError::existing(error.kind(), error))?;
        Ok(Some(found.len() as u64))
    }
}

fn unanswered(error: DocumentError) -> ReadError {
    ReadError::existing(error.kind(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_another_collection_is_an_error() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/collection-v2");
        let collection = Collection::open(&golden).unwrap();
        let last = collection.doc_ids().last().unwrap();
        assert!(collection.document(last).is_ok());
        let stranger = DocId::numbered(last.number() + 1);
        let error = collection.document(stranger).unwrap_err();
        assert!(matches!(error, DocumentError::NoDocument { id: 6, documents: 6 }), "{error}");
        assert!(collection.locate(stranger).is_err());
        assert_eq!(collection.doc_id_numbered(6), None);
        assert_eq!(collection.doc_id(0, RowId(5)), Some(last));
        assert_eq!(collection.doc_id(0, RowId(6)), None);
    }
}

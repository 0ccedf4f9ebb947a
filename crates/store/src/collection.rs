//! A collection: documents, their vectors, and the indexes over them, in one folder that many may read and one may change.
//!
//! Opening checks the small files whole and of the large ones length and first page, whose checksums answer for the rest
//! when it is first used; so a damaged collection is refused with the name of the damaged file and never answers wrongly.

use std::io;
use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, ExistingDocuments, Identity, ReadError};
use semsearch_disk::File;
use semsearch_index::{RowId, RowSet};
use semsearch_task::ErrorKind;

use crate::doc_store::DocumentError;
use crate::error::{CollectionError, io_error};
use crate::facets::Facets;
use crate::filter::Filter;
use crate::generation::{self, Pointer};
use crate::layout;
use crate::manifest::{Manifest, ModelRecord};
use crate::segment::Segment;

/// An opened collection, ready to be searched. It does not change, whatever happens to its folder.
#[derive(Debug)]
pub struct Collection {
    root: PathBuf,
    pointer: Pointer,
    manifest: Manifest,
    segments: Vec<Segment>,
    /// The number of the first row of each segment.
    bases: Vec<u32>,
    /// Keeps writers from removing the files, some of which are read only when they are needed.
    _held: File,
}

impl Collection {
    /// Opens the collection in `root`.
    ///
    /// # Errors
    /// [`CollectionError`] names the file, what is wrong with it and what to do.
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

    /// Refuses a folder that is not there, before it is made to be written into.
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
        let generation::Held { manifest, file } = generation::open_manifest(root, pointer)?;
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

    /// The folder it was opened from.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What it consists of, and how it was made.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The model that questions are put to.
    #[must_use]
    pub fn model(&self) -> &ModelRecord {
        self.manifest.model()
    }

    /// Its parts, in the order of their documents.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// How many documents can be found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.manifest.documents() as usize
    }

    /// Whether there is no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the first row of segment `number`. Rows are numbered through all segments, removed ones included.
    #[must_use]
    pub fn base(&self, number: usize) -> u32 {
        self.bases[number]
    }

    /// Which segment a row is in, and which of its rows it is.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn locate(&self, row: RowId) -> (&Segment, RowId) {
        let (number, row) = self.place(row);
        (&self.segments[number], row)
    }

    /// The same by the number of the segment.
    pub fn place(&self, row: RowId) -> (usize, RowId) {
        // An empty segment begins where the next one does; the last of them has the row.
        let number = self.bases.partition_point(|base| *base <= row.0) - 1;
        (number, RowId(row.0 - self.bases[number]))
    }

    /// All documents that can be found, in order.
    pub fn rows(&self) -> impl Iterator<Item = RowId> + '_ {
        let of_segment = |(segment, &base): (_, &u32)| -> Box<dyn Iterator<Item = RowId> + '_> {
            let segment: &Segment = segment;
            Box::new(segment.live_rows().map(move |row| RowId(base + row.0)))
        };
        self.segments.iter().zip(&self.bases).flat_map(of_segment)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError`] if it is damaged or cannot be read.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn document(&self, row: RowId) -> Result<Document, DocumentError> {
        let (segment, row) = self.locate(row);
        segment.documents().get(row)
    }

    /// The documents that can be found and have this identity.
    ///
    /// # Errors
    /// [`DocumentError`] if a table is damaged or cannot be read.
    pub fn find(&self, identity: Identity) -> Result<Vec<RowId>, DocumentError> {
        self.find_key(identity.0)
    }

    /// The document with this id.
    ///
    /// # Errors
    /// [`DocumentError`] if a table is damaged or cannot be read.
    pub fn find_id(&self, id: &str) -> Result<Option<RowId>, DocumentError> {
        // An id may also be noted in another document, which took its paper in.
        for row in self.find(Identity::of_id(id))? {
            if self.document(row)?.id == id {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The documents that can be found and pass a filter, in order.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn rows_where(&self, filter: &Filter) -> Result<Vec<RowId>, CollectionError> {
        let passing = self.passing(filter)?;
        let rows =
            passing.iter().zip(&self.bases).flat_map(|(rows, &base)| rows.iter().map(move |row| RowId(base + row.0)));
        Ok(rows.collect())
    }

    /// For each segment, the rows that can be found and pass a filter.
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

    /// The documents that can be found and have this key, of whatever kind.
    pub fn find_key(&self, key: [u8; 16]) -> Result<Vec<RowId>, DocumentError> {
        let mut found = Vec::new();
        for (segment, base) in self.segments.iter().zip(&self.bases) {
            let rows = segment.documents().find(key)?;
            found.extend(rows.into_iter().filter(|&row| segment.is_live(row)).map(|row| RowId(base + row.0)));
        }
        Ok(found)
    }
}

/// What is there already, for whoever reads more.
impl ExistingDocuments for Collection {
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        let rows = self.find_key(identity.0).map_err(unanswered)?;
        Ok(rows.into_iter().map(|row| u64::from(row.0)).collect())
    }

    fn document(&self, number: u64) -> Result<Document, ReadError> {
        let row = RowId(u32::try_from(number).unwrap_or(u32::MAX));
        Collection::document(self, row).map_err(unanswered)
    }
}

fn unanswered(error: DocumentError) -> ReadError {
    let kind = match error {
        DocumentError::Io { .. } => ErrorKind::Io,
        _ => ErrorKind::Damaged,
    };
    ReadError::existing(kind, error)
}

//! A collection: documents, their vectors, and the indexes over them, in one folder that many may read and one may change.
//!
//! | file         | what it settles                                                                       |
//! |--------------|---------------------------------------------------------------------------------------|
//! | `layout`     | where everything is                                                                   |
//! | `manifest`   | what a generation consists of: `manifest.json`                                        |
//! | `generation` | which generation counts, who reads it, what can be removed                            |
//! | `segment`    | a part: documents, columns, removed rows, vectors by one model or more                |
//! | `blocks`     | documents, compressed, by row or by id                                                |
//! | `fields`     | columns that filters ask                                                              |
//! | `removed`    | which rows are not to be found                                                        |
//! | `writer`     | the order in which a change becomes the current generation                            |
//! | `staging`    | documents on their way in                                                             |
//!
//! Opening checks the small files whole and of the large ones length and first page, whose checksums answer for the rest
//! when it is first used; so a damaged collection is refused with the name of the damaged file and never answers wrongly.

mod blocks;
mod documents;
mod fields;
pub(crate) mod generation;
pub(crate) mod layout;
mod manifest;
pub(crate) mod removed;
mod segment;
mod sizes;
mod staging;
mod writer;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, Identity, Known, ReadError};
use semsearch_disk::File;
use semsearch_embed::{Encoder, Fingerprint};
use semsearch_index::{OpenError, RowId, RowSet};

use crate::facets::Facets;
use crate::filter::Filter;

pub(crate) use blocks::{BlockParts, BlocksWriter, Record, Recorded};
pub use blocks::{Blocks, DocumentSizes};
pub use documents::DocumentError;
pub(crate) use fields::{Days, FieldsWriter, fold};
pub use fields::{Field, Fields, FieldsError, NumberField, TextField};
#[cfg(test)]
pub(crate) use fields::{authors_count, known_date, known_year};
use generation::Pointer;
pub(crate) use layout::{CHECKPOINT, DOCUMENTS_FILE, FIELDS_FILE, INDEX_FILE, SWITCH_LOCK, TOKENS_FILE};
pub(crate) use manifest::SCHEMA;
pub use manifest::{FileRecord, GraphRecord, IntakeTotals, Manifest, ModelRecord, SegmentRecord, VectorsRecord};
pub use segment::{Segment, SegmentVectors, Tokens};
pub use sizes::CollectionSizes;
pub(crate) use staging::{Staged, StagingWriter};
pub(crate) use writer::{Object, Writer, record};

/// Why a collection cannot be opened or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// There is none.
    #[error("there is no index in {path}; make one with `semsearch embed INPUT... --index {path}`")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file is not what was written.
    #[error(
        "{path} is damaged: {problem}; `semsearch verify` says what else is, `semsearch repair` saves what can be saved"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It was written by a version of the program with another form.
    #[error(
        "{path} has the form {found:?}, this program reads {SCHEMA:?}; `semsearch repair` rewrites an older one, a newer \
         one needs a newer program"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The form it names.
        found: String,
    },
    /// The folder holds something else.
    #[error("{path} is not empty and not an index (it holds {found}); choose another folder with --index")]
    NotACollection {
        /// The folder.
        path: PathBuf,
        /// Something in it that no index has.
        found: String,
    },
    /// Another process is writing.
    #[error("another semsearch is writing to {path}; wait for it to finish")]
    Busy {
        /// The collection's folder.
        path: PathBuf,
    },
    /// The vectors were made by another model.
    #[error(transparent)]
    ModelMismatch(Box<ModelMismatch>),
    /// The vectors or the graph cannot be used.
    #[error(transparent)]
    Index(#[from] OpenError),
    /// A part has no vectors of the model that is asked for.
    #[error(
        "{path}: segment {segment} has no vectors of the model with fingerprint {fingerprint}; finish changing the model \
         with `semsearch model switch`"
    )]
    Incomplete {
        /// The collection's folder.
        path: PathBuf,
        /// The segment.
        segment: String,
        /// The model's fingerprint.
        fingerprint: String,
    },
    /// The model of a question has not embedded the collection, and what leads from its questions to the vectors that are
    /// there does not lead far enough.
    #[error(
        "the index {path} answers with `{index}`, and `{query}` has not embedded all of it; ask without --model until \
         `semsearch model switch {query}` is done"
    )]
    Bridge {
        /// The collection's folder.
        path: PathBuf,
        /// The model that answers.
        index: String,
        /// The model of the question.
        query: String,
        /// What was measured.
        #[source]
        source: Box<crate::switch::BridgeError>,
    },
    /// A stored document is no document.
    #[error("a stored document cannot be read: {problem}; run `semsearch repair`")]
    Document {
        /// What is wrong with it.
        problem: String,
    },
    /// The documents cannot be used.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl CollectionError {
    /// Whether the collection is there and its content is not what it should be, as opposed to a disk that cannot be read
    /// just now.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            CollectionError::Damaged { .. } | CollectionError::Schema { .. } | CollectionError::Document { .. } => true,
            CollectionError::Documents(error) => !matches!(error, DocumentError::Io { .. }),
            CollectionError::Index(error) => !matches!(error, OpenError::Io { .. }),
            _ => false,
        }
    }
}

/// A collection and an encoder whose vectors cannot be compared.
#[derive(Debug, thiserror::Error)]
#[error(
    "the index {} holds vectors of model {index}, those of {query} cannot be compared with them. Go on with the index's own \
     model, without --model, or change it with `semsearch model switch {}`",
    path.display(), query.name
)]
pub struct ModelMismatch {
    /// The collection's folder.
    pub path: PathBuf,
    /// The model that made the collection's vectors.
    pub index: ModelIdentity,
    /// The model whose vectors were to be compared with them.
    pub query: ModelIdentity,
}

/// Which model, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The model's name, which another model may have too.
    pub name: String,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// What tells it from all others.
    pub fingerprint: String,
}

impl fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Twelve digits are enough to tell two models apart by eye.
        let short = self.fingerprint.get(..12).unwrap_or(&self.fingerprint);
        write!(f, "`{}` ({} tokens, fingerprint {short})", self.name, self.max_tokens)
    }
}

/// An opened collection, ready to be searched. It does not change, whatever happens to its folder.
#[derive(Debug)]
pub struct Collection {
    root: PathBuf,
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
    pub(crate) fn expect_folder(root: &Path) -> Result<(), CollectionError> {
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
        Ok(Collection { root: root.to_owned(), bases: bases.collect(), manifest, segments, _held: file })
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
    pub(crate) fn base(&self, number: usize) -> u32 {
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
    pub(crate) fn place(&self, row: RowId) -> (usize, RowId) {
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
    pub(crate) fn find_key(&self, key: [u8; 16]) -> Result<Vec<RowId>, DocumentError> {
        let mut found = Vec::new();
        for (segment, base) in self.segments.iter().zip(&self.bases) {
            let rows = segment.documents().find(key)?;
            found.extend(rows.into_iter().filter(|&row| segment.is_live(row)).map(|row| RowId(base + row.0)));
        }
        Ok(found)
    }

    /// Refuses an encoder whose vectors cannot be compared with the collection's. Precision may differ.
    ///
    /// # Errors
    /// [`ModelMismatch`] says which model is which.
    pub fn expect_model(&self, encoder: &dyn Encoder) -> Result<(), CollectionError> {
        let ours = Fingerprint::space_of(&self.model().fingerprint);
        if ours == encoder.fingerprint().space() { Ok(()) } else { Err(self.mismatch(encoder)) }
    }

    /// Refuses an encoder whose vectors are not the very ones that the collection holds. Precision counts.
    ///
    /// # Errors
    /// [`ModelMismatch`] says which model is which.
    pub fn expect_fingerprint(&self, encoder: &dyn Encoder) -> Result<(), CollectionError> {
        let same = self.model().fingerprint == encoder.fingerprint().to_string();
        if same { Ok(()) } else { Err(self.mismatch(encoder)) }
    }

    pub(crate) fn mismatch(&self, encoder: &dyn Encoder) -> CollectionError {
        let ours = self.model();
        CollectionError::ModelMismatch(Box::new(ModelMismatch {
            path: self.root.clone(),
            index: ModelIdentity {
                name: ours.manifest.name.clone(),
                max_tokens: ours.max_tokens,
                fingerprint: ours.fingerprint.clone(),
            },
            query: ModelIdentity {
                name: encoder.model().name.clone(),
                max_tokens: encoder.model().max_seq_length,
                fingerprint: encoder.fingerprint().to_string(),
            },
        }))
    }
}

/// What is there already, for whoever reads more.
impl Known for Collection {
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        let rows = self.find_key(identity.0).map_err(|error| ReadError::Known(Box::new(error)))?;
        Ok(rows.into_iter().map(|row| u64::from(row.0)).collect())
    }

    fn document(&self, number: u64) -> Result<Document, ReadError> {
        let row = RowId(u32::try_from(number).unwrap_or(u32::MAX));
        Collection::document(self, row).map_err(|error| ReadError::Known(Box::new(error)))
    }
}

pub(crate) fn damaged(path: &Path, problem: &str) -> CollectionError {
    CollectionError::Damaged { path: path.to_owned(), problem: problem.to_owned() }
}

pub(crate) fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> CollectionError {
    CollectionError::Io { action, path: path.to_owned(), source }
}

/// A file that `CURRENT` or a manifest promises and that is not there is damage, and no trouble with the disk.
pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> CollectionError {
    match source.kind() {
        std::io::ErrorKind::NotFound => damaged(path, "the file is missing"),
        _ => io_error("read", path, source),
    }
}

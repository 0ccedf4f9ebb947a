//! A segment: a part of an opened collection, with documents, columns, deletes, and vectors by one model or more.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use semsearch_corpus::Date;
use semsearch_disk::File;
use semsearch_index::{RowId, RowSet, StoredIndex, map_file};
use semsearch_lexical::LexicalSegment;

use crate::columns::{Columns, ColumnsError};
use crate::deletes;
use crate::doc_store::StoreReader;
use crate::error::{CollectionError, damaged, unreadable};
use crate::facets::Facets;
use crate::filter::{Filter, Unread};
use crate::layout::{COLUMNS_FILE, DOCUMENTS_FILE, INDEX_FILE, TOKENS_FILE, WORDS_FILE};
use crate::layout::{SEGMENTS, VECTORS};
use crate::manifest::{FileRecord, SegmentRecord, VectorsRecord};

/// A segment of an opened collection.
#[derive(Debug)]
pub struct Segment {
    record: SegmentRecord,
    /// The folder of the collection.
    root: PathBuf,
    documents: StoreReader,
    /// The file of columns. It is opened with the segment, because the file may be removed later, and read on first use.
    fields_file: Mutex<File>,
    fields: OnceLock<Columns>,
    /// The file of words, opened with the segment and mapped on first use; `None` if an earlier version wrote the segment.
    words_file: Option<File>,
    words: OnceLock<Arc<LexicalSegment>>,
    deletes: Option<RowSet>,
    alive: Option<RowSet>,
    vectors: Vec<SegmentVectors>,
}

/// The vectors of a segment by one model.
#[derive(Debug)]
pub struct SegmentVectors {
    record: VectorsRecord,
    folder: PathBuf,
    index: StoredIndex,
}

impl SegmentVectors {
    /// The entry of these vectors in the manifest.
    #[must_use]
    pub fn record(&self) -> &VectorsRecord {
        &self.record
    }

    /// Vectors and graph.
    #[must_use]
    pub fn index(&self) -> &StoredIndex {
        &self.index
    }

    /// The number of tokens of each document, and whether it was truncated.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the file is damaged.
    pub fn tokens(&self) -> Result<Tokens, CollectionError> {
        Tokens::read(&self.folder, &self.record.files, self.index.len())
    }
}

/// The number of tokens of each document of a segment, and whether it was truncated: a little-endian u32 per document,
/// whose highest bit is set if the document was truncated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens(Vec<u32>);

const CUT: u32 = 1 << 31;

impl Tokens {
    /// Adds the next document.
    pub fn push(&mut self, tokens: u32, cut: bool) {
        self.0.push(tokens.min(CUT - 1) | if cut { CUT } else { 0 });
    }

    /// The tokens of a document, and whether it was truncated.
    ///
    /// # Panics
    /// If `row` is not below the number of rows.
    #[must_use]
    pub fn get(&self, row: RowId) -> (u32, bool) {
        let number = self.0[row.index()];
        (number & !CUT, number & CUT != 0)
    }

    /// The tokens of all documents together, and the number of truncated documents.
    pub fn totals(&self) -> (u64, u64) {
        let tokens = self.0.iter().map(|number| u64::from(number & !CUT)).sum();
        (tokens, self.0.iter().filter(|number| *number & CUT != 0).count() as u64)
    }

    /// Reads the file in `folder`, which must have `rows` rows and match its record in `files`.
    pub fn read(folder: &Path, files: &[FileRecord], rows: usize) -> Result<Self, CollectionError> {
        let path = folder.join(TOKENS_FILE);
        let record = find(files, TOKENS_FILE, &path)?;
        let bytes = semsearch_disk::read(&path).map_err(|source| unreadable(&path, source))?;
        if blake3::hash(&bytes).to_hex().as_str() != record.blake3 {
            return Err(damaged(&path, "its checksum does not hold"));
        }
        if rows.checked_mul(4) != Some(bytes.len()) {
            return Err(damaged(&path, &format!("expected {rows} rows, found {} bytes", bytes.len())));
        }
        Ok(Tokens::decode(&bytes))
    }

    /// The content of a file of tokens.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Reads the content of a file of tokens.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let (numbers, _) = bytes.as_chunks::<4>();
        Tokens(numbers.iter().map(|number| u32::from_le_bytes(*number)).collect())
    }
}

impl Segment {
    /// Opens the segment of `record`. `generation` is the folder of its generation.
    pub(crate) fn open(root: &Path, generation: &Path, record: &SegmentRecord) -> Result<Self, CollectionError> {
        let folder = root.join(SEGMENTS).join(&record.name);
        let rows = usize::try_from(record.rows).map_err(|_| damaged(&folder, "it has more rows than fit memory"))?;

        let path = folder.join(DOCUMENTS_FILE);
        expect_head(&folder, &record.files, DOCUMENTS_FILE)?;
        let documents = StoreReader::open(&path)?;
        if documents.len() != rows {
            return Err(damaged(&path, &format!("expected {rows} documents, found {}", documents.len())));
        }
        let fields_file = Mutex::new(expect_head(&folder, &record.files, COLUMNS_FILE)?);
        let words_file = match record.has_words() {
            true => Some(expect_head(&folder, &record.files, WORDS_FILE)?),
            false => None,
        };
        let deletes = match &record.deletes {
            Some(file) => Some(deletes::read(generation, file, rows, record.deleted)?),
            None if record.deleted > 0 => return Err(damaged(generation, "it does not say which rows are removed")),
            None => None,
        };
        let alive = deletes.as_ref().map(|deletes| RowSet::filled(rows, |row| !deletes.contains(row)));
        let vectors = record.vectors.iter().map(|vectors| {
            let folder = root.join(VECTORS).join(&vectors.name);
            // Opened before comparing records, so that an index of an earlier version gives the error that says so.
            let index = semsearch_index::open(&folder)?;
            expect_head(&folder, &vectors.files, INDEX_FILE)?;
            let path = folder.join(INDEX_FILE);
            if index.len() != rows {
                return Err(damaged(&path, &format!("expected {rows} vectors, found {}", index.len())));
            }
            if index.expect_fingerprint(&vectors.fingerprint).is_err() {
                return Err(damaged(&path, "its vectors are of another model than the manifest says"));
            }
            Ok(SegmentVectors { record: vectors.clone(), folder, index })
        });
        let vectors = vectors.collect::<Result<_, CollectionError>>()?;
        let fields = OnceLock::new();
        Ok(Segment {
            record: record.clone(),
            root: root.to_owned(),
            documents,
            fields_file,
            fields,
            words_file,
            words: OnceLock::new(),
            deletes,
            alive,
            vectors,
        })
    }

    /// The entry of this segment in the manifest.
    #[must_use]
    pub fn record(&self) -> &SegmentRecord {
        &self.record
    }

    /// The number of rows, deleted ones included.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.documents.len()
    }

    /// The document store of the segment, deleted documents included.
    #[must_use]
    pub fn documents(&self) -> &StoreReader {
        &self.documents
    }

    /// The rows that are not deleted; `None` if no row is deleted.
    #[must_use]
    pub fn alive(&self) -> Option<&RowSet> {
        self.alive.as_ref()
    }

    /// Whether a row exists and is not deleted.
    #[must_use]
    pub fn is_alive(&self, row: RowId) -> bool {
        row.index() < self.rows() && self.alive.as_ref().is_none_or(|alive| alive.contains(row))
    }

    /// The rows that are not deleted, in ascending order.
    pub fn alive_rows(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..self.rows() as u32).map(RowId).filter(|&row| self.is_alive(row))
    }

    /// The deleted rows.
    #[must_use]
    pub fn deleted(&self) -> RowSet {
        self.deletes.clone().unwrap_or_else(|| RowSet::empty(self.rows()))
    }

    /// Its vectors, one set for each model.
    #[must_use]
    pub fn vectors(&self) -> &[SegmentVectors] {
        &self.vectors
    }

    /// Its vectors by the model with this fingerprint.
    #[must_use]
    pub fn vectors_of(&self, fingerprint: &str) -> Option<&SegmentVectors> {
        self.vectors.iter().find(|vectors| vectors.record.fingerprint == fingerprint)
    }

    /// The columns that answer filters and facets.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the file is damaged.
    pub fn columns(&self) -> Result<&Columns, CollectionError> {
        if let Some(fields) = self.fields.get() {
            return Ok(fields);
        }
        let mut file = self.fields_file.lock().unwrap_or_else(PoisonError::into_inner);
        let path = file.path().to_owned();
        let record = find(&self.record.files, COLUMNS_FILE, &path)?;
        let mut bytes = Vec::new();
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|source| unreadable(&path, source))?;
        if blake3::hash(&bytes).to_hex().as_str() != record.blake3 {
            return Err(damaged(&path, "its checksum does not hold"));
        }
        let fields = Columns::decode(bytes).map_err(|error| damaged(&path, &error.to_string()))?;
        if fields.rows() != self.rows() {
            return Err(damaged(&path, &format!("expected {} rows, found {}", self.rows(), fields.rows())));
        }
        Ok(self.fields.get_or_init(|| fields))
    }

    /// The words of the documents; `None` if an earlier version wrote the segment, without words.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the file is not what was written.
    pub fn words(&self) -> Result<Option<&Arc<LexicalSegment>>, CollectionError> {
        let Some(file) = &self.words_file else { return Ok(None) };
        if let Some(words) = self.words.get() {
            return Ok(Some(words));
        }
        let bytes = map_file(file).map_err(|source| unreadable(file.path(), source))?;
        let words = LexicalSegment::open(bytes).map_err(|error| damaged(file.path(), &error.to_string()))?;
        if words.rows() as usize != self.rows() {
            let problem = format!("expected {} rows, found {}", self.rows(), words.rows());
            return Err(damaged(file.path(), &problem));
        }
        Ok(Some(self.words.get_or_init(|| Arc::new(words))))
    }

    /// The rows that pass a filter and are not deleted.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the columns, or documents that the filter asks for, are damaged.
    pub fn passing(&self, filter: &Filter) -> Result<RowSet, CollectionError> {
        if filter.is_everything() {
            return Ok(self.alive.clone().unwrap_or_else(|| RowSet::all(self.rows())));
        }
        let passing = filter.passing(self.columns()?, &self.documents, self.alive.as_ref());
        passing.map_err(|error| match error {
            Unread::Columns(error) => self.damaged_columns(&error),
            Unread::Documents(error) => error.into(),
        })
    }

    /// Counts rows by the values of a field.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the columns are damaged.
    pub(crate) fn count(&self, rows: &RowSet, facets: &mut Facets) -> Result<(), CollectionError> {
        facets.add(self.columns()?, rows).map_err(|error| self.damaged_columns(&error))
    }

    /// Hands the rows that have a date, or else a year, to `visit`, in order; deleted rows too.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the columns are damaged.
    pub fn each_date(&self, visit: impl FnMut(RowId, Date)) -> Result<(), CollectionError> {
        self.columns()?.each_date(visit).map_err(|error| self.damaged_columns(&error))
    }

    fn damaged_columns(&self, error: &ColumnsError) -> CollectionError {
        let path = self.root.join(SEGMENTS).join(&self.record.name).join(COLUMNS_FILE);
        damaged(&path, &error.to_string())
    }
}

/// The record of a file; an error if the manifest does not mention it.
fn find<'a>(files: &'a [FileRecord], name: &str, path: &Path) -> Result<&'a FileRecord, CollectionError> {
    files.iter().find(|file| file.path == name).ok_or_else(|| damaged(path, "the manifest does not mention it"))
}

/// Opens a file after comparing its length and its beginning with the record.
fn expect_head(folder: &Path, files: &[FileRecord], name: &str) -> Result<File, CollectionError> {
    let path = folder.join(name);
    let record = find(files, name, &path)?;
    let file = File::open(&path).map_err(|source| unreadable(&path, source))?;
    let length = file.length().map_err(|source| unreadable(&path, source))?;
    if length != record.bytes {
        return Err(damaged(&path, &format!("expected {} bytes, found {length}", record.bytes)));
    }
    let mut head = Vec::new();
    (&file).take(FileRecord::HEAD_BYTES as u64).read_to_end(&mut head).map_err(|source| unreadable(&path, source))?;
    if FileRecord::of(String::new(), &head).head != record.head {
        return Err(damaged(&path, "it is not the file that was written"));
    }
    Ok(file)
}

//! The merger: makes a new segment from staged documents and existing segments.
//!
//! Documents and vectors are copied unchanged, columns, words and the graph are rebuilt from them: a merged segment is what
//! embedding all its documents at once would have made.
//!
//! Cost: reading and compressing the documents, on all threads, and building the graph, about a second for 25,000 rows.
//! Memory: a few thousand documents, the columns, and what [`HnswIndex::build`] takes.

use std::time::Instant;

use rayon::prelude::*;
use semsearch_corpus::Document;
use semsearch_index::{BuildError, HnswIndex, IndexMeta, RowId, RowsWriter, SaveError, StoredRows, VectorsError};
use semsearch_lexical::{Analysed, LexicalWriter};

use crate::columns::ColumnsWriter;
use crate::doc_store::{Record, StoreWriter};
use crate::error::{ChangeError, CollectionError};
use crate::key::Key;
use crate::layout::{COLUMNS_FILE, DOCUMENTS_FILE, INDEX_FILE, TOKENS_FILE, WORDS_FILE};
use crate::manifest::{FileRecord, GraphRecord, ModelRecord, SegmentRecord, VectorsRecord};
use crate::segment::{Segment, Tokens};
use crate::staging::Staged;
use crate::words;
use crate::writer::{Object, Writer, record};
use semsearch_task::{Progress, Stage};

/// A source of documents for a new segment.
pub(crate) enum Source<'a> {
    /// Some documents of a segment.
    Segment {
        /// The segment.
        segment: &'a Segment,
        /// The rows that are taken, in ascending order.
        rows: Vec<RowId>,
    },
    /// Staged documents.
    Staged {
        /// The documents.
        documents: &'a Staged,
        /// The vectors of the documents, by the active model.
        vectors: &'a mut dyn StagedVectors,
    },
}

/// The vectors of staged documents.
pub trait StagedVectors {
    /// Reads the vector of a document, of length 1. Returns the number of tokens, and whether the document was truncated.
    fn read(&mut self, number: usize, vector: &mut [f32]) -> Result<(u32, bool), CollectionError>;

    /// The fingerprint of their model.
    fn fingerprint(&self) -> &str;

    /// Seconds spent on encoding.
    fn seconds(&self) -> f64;
}

impl Source<'_> {
    fn len(&self) -> usize {
        match self {
            Source::Segment { rows, .. } => rows.len(),
            Source::Staged { documents, .. } => documents.len(),
        }
    }
}

/// Documents read and parsed in one batch.
const CHUNK: usize = 2048;

/// Makes a segment of all documents of `sources`, in order, with vectors by each of `models`. All sources must have vectors
/// by these models. The files of the segment are synced.
///
/// # Errors
/// [`ChangeError`]. Files written until then belong to no generation.
pub(crate) fn assemble(
    writer: &mut Writer,
    sources: &mut [Source<'_>],
    models: &[&ModelRecord],
    graph: &GraphRecord,
    watch: &dyn Progress,
) -> Result<SegmentRecord, ChangeError> {
    let rows: usize = sources.iter().map(Source::len).sum();
    let object = writer.new_segment()?;
    watch.begin(Stage::Write, rows);
    let files = write_documents(&object, sources, watch)?;
    let mut vectors = Vec::with_capacity(models.len());
    for model in models {
        let object = writer.new_vectors()?;
        vectors.push(write_vectors(&object, sources, model, graph, rows, watch)?);
    }
    Ok(SegmentRecord::new(object.name, rows as u64, files, vectors))
}

/// A parsed document, with all that is stored of it.
struct Item {
    json: Vec<u8>,
    document: Document,
    content: [u8; 16],
    passage: [u8; 16],
    identities: Vec<[u8; 16]>,
    words: Analysed,
}

impl Item {
    /// Parses a stored document.
    fn of_stored(item: StoredItem, segment: &Segment) -> Result<Self, CollectionError> {
        let StoredItem { row, json, content, passage, identities } = item;
        let document = serde_json::from_slice(&json).map_err(|error| segment.documents().no_document(row, &error))?;
        let words = words::analysed(&document);
        Ok(Item { json, document, content, passage, identities, words })
    }

    fn of_staged(json: Vec<u8>) -> Result<Self, CollectionError> {
        let document = parse(&json)?;
        let passage = Key::of(&document.passage()).0;
        // The passage is an identity too, so that another document with the same text can reuse the vector.
        let identities = document.identities().into_iter().map(|identity| identity.0).chain([passage]).collect();
        let words = words::analysed(&document);
        Ok(Item { content: document.content_hash(), json, document, passage, identities, words })
    }
}

struct StoredItem {
    row: RowId,
    json: Vec<u8>,
    content: [u8; 16],
    passage: [u8; 16],
    identities: Vec<[u8; 16]>,
}

fn parse(json: &[u8]) -> Result<Document, CollectionError> {
    serde_json::from_slice(json).map_err(|error| CollectionError::Document { problem: error.to_string() })
}

fn write_documents(
    object: &Object,
    sources: &[Source<'_>],
    watch: &dyn Progress,
) -> Result<Vec<FileRecord>, ChangeError> {
    let mut out = SegmentWriter::create(object)?;
    for source in sources {
        match source {
            Source::Staged { documents, .. } => {
                for first in (0..documents.len()).step_by(CHUNK) {
                    let chunk = first..(first + CHUNK).min(documents.len());
                    let items = chunk.into_par_iter().map(|number| Item::of_staged(documents.json(number)?));
                    out.put(items.collect::<Result<_, _>>()?, watch)?;
                }
            }
            Source::Segment { segment, rows } => {
                for rows in rows.chunks(CHUNK) {
                    let mut stored = Vec::with_capacity(rows.len());
                    segment.documents().for_each(rows.iter().copied(), |row, record| {
                        stored.push(StoredItem {
                            row,
                            json: record.json.to_vec(),
                            content: record.content,
                            passage: record.passage,
                            identities: record.identities.to_vec(),
                        });
                        Ok::<_, CollectionError>(())
                    })?;
                    let items = stored.into_par_iter().map(|item| Item::of_stored(item, segment));
                    out.put(items.collect::<Result<_, _>>()?, watch)?;
                }
            }
        }
    }
    out.finish()
}

/// Writes the document store, the columns and the words of a segment from lines of JSON, in row order. The files are
/// synced.
pub fn write_lines(
    object: &Object,
    lines: &mut dyn Iterator<Item = Result<Vec<u8>, CollectionError>>,
    watch: &dyn Progress,
) -> Result<Vec<FileRecord>, ChangeError> {
    let mut out = SegmentWriter::create(object)?;
    loop {
        let chunk = lines.take(CHUNK).collect::<Result<Vec<_>, _>>()?;
        if chunk.is_empty() {
            break;
        }
        out.put(chunk.into_par_iter().map(Item::of_staged).collect::<Result<_, _>>()?, watch)?;
    }
    out.finish()
}

/// The files of a segment that its documents are written to.
struct SegmentWriter<'a> {
    object: &'a Object,
    documents: StoreWriter,
    columns: ColumnsWriter,
    words: LexicalWriter,
}

impl<'a> SegmentWriter<'a> {
    fn create(object: &'a Object) -> Result<Self, CollectionError> {
        let documents = StoreWriter::create(&object.folder.join(DOCUMENTS_FILE))?;
        Ok(SegmentWriter { object, documents, columns: ColumnsWriter::new(), words: LexicalWriter::new() })
    }

    fn put(&mut self, items: Vec<Item>, watch: &dyn Progress) -> Result<(), ChangeError> {
        if watch.is_stopped() {
            return Err(ChangeError::Stopped);
        }
        let count = items.len();
        for Item { json, document, content, passage, identities, words } in items {
            let record = Record { json: &json, content, passage, identities: &identities };
            self.documents.push(&record).map_err(CollectionError::from)?;
            self.columns.push(&document);
            self.words.push(words);
        }
        watch.advance(count, 0);
        Ok(())
    }

    /// Completes the files and syncs them, and their folder. Returns their entries in the manifest.
    fn finish(self) -> Result<Vec<FileRecord>, ChangeError> {
        self.documents.finish().map_err(CollectionError::from)?;
        let folder = &self.object.folder;
        for (file, bytes) in [(COLUMNS_FILE, self.columns.finish()), (WORDS_FILE, self.words.finish())] {
            let path = folder.join(file);
            let written = semsearch_disk::write_synced(&path, &bytes);
            written.map_err(|source| CollectionError::Io { action: "write", path, source })?;
        }
        sync_folder(self.object)?;
        let records = [DOCUMENTS_FILE, COLUMNS_FILE, WORDS_FILE].map(|file| record(folder, file));
        Ok(records.into_iter().collect::<Result<_, _>>()?)
    }
}

fn write_vectors(
    object: &Object,
    sources: &mut [Source<'_>],
    model: &ModelRecord,
    graph: &GraphRecord,
    rows: usize,
    watch: &dyn Progress,
) -> Result<VectorsRecord, ChangeError> {
    let (stored, tokens, seconds_encode) = write_rows(object, sources, model, graph, rows)?;
    build_graph(object, model, graph, &stored, &tokens, seconds_encode, watch)
}

/// Builds the graph over rows that are already written, completes their file, and writes their token counts beside it.
pub fn build_graph(
    object: &Object,
    model: &ModelRecord,
    graph: &GraphRecord,
    stored: &StoredRows,
    tokens: &Tokens,
    seconds_encode: f64,
    watch: &dyn Progress,
) -> Result<VectorsRecord, ChangeError> {
    let started = Instant::now();
    let built = HnswIndex::build(stored.vectors().clone(), &graph.params(), watch).map_err(|error| match error {
        BuildError::Stopped(_) => ChangeError::Stopped,
        other => other.into(),
    })?;
    let seconds_index = started.elapsed().as_secs_f64();

    let meta = IndexMeta::new(model.fingerprint.clone()).with_build_seconds(seconds_index);
    stored.complete(Some(&built), &meta)?;
    let path = object.folder.join(TOKENS_FILE);
    let written = semsearch_disk::write_synced(&path, &tokens.encode());
    written.map_err(|source| CollectionError::Io { action: "write", path, source })?;
    sync_folder(object)?;
    let files =
        [INDEX_FILE, TOKENS_FILE].map(|file| record(&object.folder, file)).into_iter().collect::<Result<_, _>>()?;
    let (tokens, truncated) = tokens.totals();
    Ok(VectorsRecord {
        name: object.name.clone(),
        fingerprint: model.fingerprint.clone(),
        tokens,
        truncated,
        seconds_encode,
        seconds_index,
        files,
    })
}

/// Writes the vectors of all sources in row order.
fn write_rows(
    object: &Object,
    sources: &mut [Source<'_>],
    model: &ModelRecord,
    graph: &GraphRecord,
    rows: usize,
) -> Result<(StoredRows, Tokens, f64), ChangeError> {
    let dimension = model.dimension();
    let mut out = RowsWriter::create(&object.folder, rows as u64, dimension, graph.element())?;
    let mut vector = vec![0.0; dimension];
    let mut tokens = Tokens::default();
    let mut seconds = 0.0;
    for source in sources {
        match source {
            Source::Staged { documents, vectors } => {
                debug_assert_eq!(vectors.fingerprint(), model.fingerprint, "embedded with this model");
                for number in 0..documents.len() {
                    let (count, cut) = vectors.read(number, &mut vector)?;
                    out.push(&vector).map_err(|error| unusable(error, documents, number, model))?;
                    tokens.push(count, cut);
                }
                seconds += vectors.seconds();
            }
            Source::Segment { segment, rows } => {
                let Some(vectors) = segment.vectors_of(&model.fingerprint) else {
                    return Err(ChangeError::NoVectors { segment: segment.record().name.clone() });
                };
                let counts = vectors.tokens()?;
                for &row in rows.iter() {
                    vectors.index().vectors().copy_row(row, &mut vector).map_err(SaveError::from)?;
                    out.push(&vector)?;
                    let (count, cut) = counts.get(row);
                    tokens.push(count, cut);
                }
                // The remaining documents' share of the time that embedding the segment took.
                seconds += vectors.record().seconds_encode * rows.len() as f64 / segment.rows().max(1) as f64;
            }
        }
    }
    Ok((out.finish()?, tokens, seconds))
}

/// Adds model and document to the error of a vector that the index refuses: the model made it.
fn unusable(error: SaveError, documents: &Staged, number: usize, model: &ModelRecord) -> ChangeError {
    match error {
        SaveError::Vectors(source @ (VectorsError::NotFinite { .. } | VectorsError::NotNormalised { .. })) => {
            let document = documents.get(number).map_or_else(|_| number.to_string(), |document| document.id);
            ChangeError::Vector { model: model.name().to_owned(), document, source }
        }
        other => other.into(),
    }
}

fn sync_folder(object: &Object) -> Result<(), CollectionError> {
    let fail = |source| CollectionError::Io { action: "sync", path: object.folder.clone(), source };
    semsearch_disk::sync_folder(&object.folder).map_err(fail)
}

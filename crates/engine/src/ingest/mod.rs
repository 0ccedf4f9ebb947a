//! From documents to a searchable collection: encode every passage, build the graph, write it all, swap it in.
//!
//! ```text
//! inputs ──intake──▶ documents on disk ──pipeline──▶ checkpoint ──▶ rows ──▶ graph ──▶ published
//!          read, merge                   encode       vectors       in order
//! ```
//!
//! | file            | holds                                                             |
//! |-----------------|-------------------------------------------------------------------|
//! | `intake`        | reading and merging, which must end before encoding can begin     |
//! | `pipeline`      | reading back, tokenising, encoding and appending, all at once     |
//! | `desk`          | where workers of the pipeline take what is to be done next        |
//! | `checkpoint`    | the vectors made so far, which outlive a killed process           |
//!
//! The target is opened for writing first, so that a folder that cannot be written costs a second and not the hour of
//! encoding before it. Until the very last step the old collection, if there is one, stays what readers see.
//!
//! What overlaps and what cannot: nothing is encoded before merging is settled, and no graph is built before the last
//! vector is made. Of embedding 10,000 abstracts with all-MiniLM-L6-v2, reading is 0.2 %, the graph 1.5 %, and in between
//! encoding threads waited for work 0.02 % of their time.
//!
//! Memory: documents and vectors are on disk, and some 300 bytes a document in memory while reading, 100 while
//! encoding. Two things are not bounded so. Building the graph maps all vectors and holds candidates for links and a copy
//! of the rows in bytes, some 2.5 kB a row of 384 numbers at the default `ef_construction`; and a single text is split into
//! tokens whole, however long it is.

mod checkpoint;
mod desk;
mod intake;
mod pipeline;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use semsearch_corpus::{Corpus, ReadError};
use semsearch_embed::{EncodeError, Encoder};
use semsearch_index::{
    BuildError, Element, HnswIndex, HnswParams, IndexMeta, RowId, RowsWriter, SaveError, StoredRows, VectorsError,
};
use semsearch_vector::normalise;

use crate::collection::{
    CollectionError, DOCUMENT_INDEX, DOCUMENTS, Description, DocumentError, Documents, FileRecord, INDEX, INDEX_FILE,
    ModelRecord, SCHEMA, first_page_checksum,
};
use checkpoint::{Checkpoint, Slot};
pub use intake::Intake;
use pipeline::encode;

/// What [`IngestOptions::memory_bytes`] is unless somebody says otherwise.
pub const DEFAULT_MEMORY_BYTES: u64 = 1 << 30;

/// What is being done, for a progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Passages are being encoded.
    Encode,
    /// Rows are being linked into the graph.
    Index,
    /// Files are being written.
    Write,
}

/// Somebody who watches an ingest and may stop it. Called from several threads.
pub trait Watch: Sync {
    /// A stage begins, with so many documents before it.
    fn begin(&self, _stage: Stage, _documents: usize) {}

    /// Of `documents`, so many need not be encoded, because a run that was interrupted has done so. `damaged` vectors of
    /// that run could not be used.
    fn resumed(&self, _resumed: usize, _documents: usize, _damaged: u64) {}

    /// So many more documents, and tokens where they are counted, are done.
    fn advance(&self, _documents: usize, _tokens: usize) {}

    /// Whether to give up. Asked between batches.
    fn stopped(&self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// How a collection is to be made.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// How the encoder can be found again: a name for the model store, or an absolute folder.
    pub model_reference: String,
    /// How the graph is built.
    pub graph: HnswParams,
    /// Memory that texts, tokens and vectors on their way through the encoder may take.
    pub memory_bytes: u64,
    /// Encode everything, whatever an interrupted run has left.
    pub fresh: bool,
    /// The kind of number that vectors are kept in.
    pub element: Element,
}

impl IngestOptions {
    /// The defaults, for an encoder that can be found again by `model_reference`.
    #[must_use]
    pub fn new(model_reference: impl Into<String>) -> Self {
        IngestOptions {
            model_reference: model_reference.into(),
            graph: HnswParams::default(),
            memory_bytes: DEFAULT_MEMORY_BYTES,
            fresh: false,
            element: Element::F32,
        }
    }
}

/// Why a collection could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// There is nothing to search in.
    #[error("there are no documents to embed")]
    NoDocuments,
    /// The inputs could not be read.
    #[error(transparent)]
    Read(ReadError),
    /// A document or the description could not be put into JSON.
    #[error("the documents could not be written")]
    Json(#[source] std::io::Error),
    /// The encoder failed.
    #[error("the documents could not be encoded")]
    Encode(#[source] EncodeError),
    /// The model gave a vector that is no vector.
    #[error("the model `{model}` gave an unusable vector for document `{document}`")]
    Vector {
        /// The model.
        model: String,
        /// The id of the document.
        document: String,
        /// What is wrong with the vector.
        #[source]
        source: VectorsError,
    },
    /// The graph could not be built.
    #[error("the index could not be built")]
    Build(#[source] BuildError),
    /// The vectors or the graph could not be written.
    #[error("the index could not be written")]
    Save(#[from] SaveError),
    /// The collection could not be written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The watcher asked to stop; the collection was not changed.
    #[error("{}", stopped(*kept))]
    Stopped {
        /// Documents whose vectors the next run will find.
        kept: usize,
    },
}

fn stopped(kept: usize) -> String {
    match kept {
        0 => "stopped; nothing was changed".to_owned(),
        _ => format!(
            "stopped; the index was not changed, and what was embedded so far is kept: the same command goes on after \
             {kept} documents"
        ),
    }
}

impl IngestError {
    /// The same, if it is a stop, with what is kept.
    fn with_kept(self, kept: usize) -> Self {
        if let IngestError::Stopped { .. } = self { IngestError::Stopped { kept } } else { self }
    }
}

impl From<ReadError> for IngestError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Stopped => IngestError::Stopped { kept: 0 },
            other => IngestError::Read(other),
        }
    }
}

impl From<DocumentError> for IngestError {
    fn from(error: DocumentError) -> Self {
        IngestError::Collection(error.into())
    }
}

/// What was made, and how it went.
#[derive(Clone, Debug)]
pub struct Ingested {
    /// The collection's description of itself.
    pub description: Description,
    /// Documents whose vectors an interrupted run had made already.
    pub resumed: u64,
    /// Tokens that this run encoded.
    pub tokens_encoded: u64,
    /// Seconds spent on reading and merging.
    pub seconds_read: f64,
    /// Seconds that encoding threads waited for work, all threads together.
    pub seconds_waiting: f64,
}

impl Ingested {
    /// Documents that this run encoded, a second of encoding.
    #[must_use]
    pub fn documents_per_second(&self) -> f64 {
        (self.description.documents - self.resumed) as f64 / self.description.seconds_encode.max(1e-3)
    }

    /// Tokens that this run encoded, a second of encoding.
    #[must_use]
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens_encoded as f64 / self.description.seconds_encode.max(1e-3)
    }
}

/// Encodes `corpus` and puts the collection in `target`, in place of the one that may be there.
///
/// # Errors
/// [`IngestError`]; the old collection, if any, is then still there.
pub fn ingest(
    corpus: &Corpus,
    encoder: &dyn Encoder,
    target: &Path,
    options: &IngestOptions,
    watch: &dyn Watch,
) -> Result<Ingested, IngestError> {
    Intake::of(target, corpus)?.embed(encoder, options, watch)
}

impl Intake {
    /// Encodes the papers and puts the collection in place of the one that may be there.
    ///
    /// # Errors
    /// [`IngestError`]; the old collection, if any, is then still there, and so are the vectors that were made, for the
    /// next run.
    pub fn embed(
        self,
        encoder: &dyn Encoder,
        options: &IngestOptions,
        watch: &dyn Watch,
    ) -> Result<Ingested, IngestError> {
        let Intake { writer, documents, keys, report, seconds: seconds_read } = self;
        let place = writer.checkpoint();
        if options.fresh {
            writer.remove_checkpoint()?;
        }
        let mut checkpoint = Checkpoint::open(&place, encoder.fingerprint(), encoder.dimension())?;
        let encoded =
            encode(&documents, &keys, encoder, &mut checkpoint, options.memory_bytes, watch).inspect_err(|error| {
                // An empty checkpoint is only litter.
                if matches!(error, IngestError::Stopped { kept: 0 }) {
                    let _ = writer.remove_checkpoint();
                }
            })?;
        let stopped = || IngestError::Stopped { kept: keys.len() };
        let index = writer.folder().join(INDEX);
        let rows = write_rows(&index, options.element, &encoded.slots, &mut checkpoint, &documents, encoder)?;

        watch.begin(Stage::Index, keys.len());
        let started = Instant::now();
        // The builder tells how many rows are linked so far, from several threads; the watcher wants to know how many
        // more.
        let linked = AtomicUsize::new(0);
        let progress = |rows| watch.advance(rows - linked.fetch_max(rows, Ordering::Relaxed).min(rows), 0);
        let graph = HnswIndex::build(rows.stored.vectors().clone(), &options.graph, &progress, &|| watch.stopped())
            .map_err(|error| if watch.stopped() { stopped() } else { IngestError::Build(error) })?;
        let seconds_index = started.elapsed().as_secs_f64();

        watch.begin(Stage::Write, keys.len());
        let meta = IndexMeta { fingerprint: encoder.fingerprint().to_string(), build_seconds: seconds_index };
        semsearch_index::complete(&rows.stored, Some(&graph), &meta)?;
        let description = Description {
            schema: SCHEMA.to_owned(),
            written_by: format!("semsearch {}", env!("CARGO_PKG_VERSION")),
            created_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            documents: keys.len() as u64,
            records: report.records,
            merged: report.merged,
            skipped: report.skipped,
            truncated: rows.truncated,
            tokens: rows.tokens,
            seconds_encode: encoded.seconds,
            seconds_index,
            model: ModelRecord {
                reference: options.model_reference.clone(),
                max_tokens: encoder.max_tokens(),
                dimension: Some(encoder.dimension()).filter(|&kept| kept != encoder.manifest().dimension),
                precision: encoder.precision(),
                windows: encoder.windows(),
                fingerprint: encoder.fingerprint().to_string(),
                manifest: encoder.manifest().clone(),
            },
            files: vec![
                record(writer.folder(), DOCUMENTS, false)?,
                record(writer.folder(), DOCUMENT_INDEX, true)?,
                FileRecord {
                    blake3: Some(first_page(writer.folder())?),
                    ..record(writer.folder(), INDEX_FILE, false)?
                },
            ],
        };
        let json = serde_json::to_vec_pretty(&description).map_err(|error| IngestError::Json(error.into()))?;
        if watch.stopped() {
            return Err(stopped());
        }
        // Closed before its folder is removed.
        drop(checkpoint);
        writer.publish(&json)?;
        Ok(Ingested {
            description,
            resumed: encoded.resumed as u64,
            tokens_encoded: encoded.tokens,
            seconds_read,
            seconds_waiting: encoded.seconds_waiting,
        })
    }
}

struct Rows {
    stored: StoredRows,
    tokens: u64,
    truncated: u64,
}

/// Puts the vectors in the order of their rows, scaled to length 1 for models that leave it to the reader.
fn write_rows(
    folder: &Path,
    element: Element,
    slots: &[Slot],
    checkpoint: &mut Checkpoint,
    documents: &Documents,
    encoder: &dyn Encoder,
) -> Result<Rows, IngestError> {
    let (manifest, dimension) = (encoder.manifest(), encoder.dimension());
    // A vector that no index takes is the model's doing, and the paper says which one it was.
    let unusable = |error| match error {
        SaveError::Vectors(source) => {
            let row = match &source {
                VectorsError::NotFinite { row, .. } | VectorsError::NotNormalised { row, .. } => *row,
                _ => 0,
            };
            let document = documents.get(RowId(row as u32)).map_or_else(|_| row.to_string(), |document| document.id);
            IngestError::Vector { model: manifest.name.clone(), document, source }
        }
        other => IngestError::Save(other),
    };
    let mut out = RowsWriter::create(folder, slots.len() as u64, dimension, element)?;
    let mut vector = vec![0.0; dimension];
    let (mut tokens, mut truncated) = (0, 0);
    for &slot in slots {
        let facts = checkpoint.read(slot, &mut vector)?;
        if !manifest.normalise {
            normalise(&mut vector);
        }
        out.push(&vector).map_err(unusable)?;
        tokens += u64::from(facts.tokens);
        truncated += u64::from(facts.cut);
    }
    let stored = out.finish()?;
    Ok(Rows { stored, tokens, truncated })
}

fn first_page(folder: &Path) -> Result<String, IngestError> {
    let path = folder.join(INDEX_FILE);
    first_page_checksum(&path).map_err(|source| io_error("read", &path, source))
}

fn record(folder: &Path, path: &str, checksum: bool) -> Result<FileRecord, IngestError> {
    let full = folder.join(path);
    let fail = |source| io_error("read", &full, source);
    let bytes = std::fs::metadata(&full).map_err(fail)?.len();
    let blake3 =
        if checksum { Some(blake3::hash(&std::fs::read(&full).map_err(fail)?).to_hex().to_string()) } else { None };
    Ok(FileRecord { path: path.to_owned(), bytes, blake3 })
}

fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> IngestError {
    IngestError::Collection(CollectionError::Io { action, path: PathBuf::from(path), source })
}

//! From documents to a searchable collection: encode every passage, build the graph, write it all, swap it in.
//!
//! The target is opened for writing first, so that a folder that cannot be written costs a second and not the hour of
//! encoding before it. Until the very last step the old collection, if there is one, stays what readers see.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use semsearch_corpus::{Corpus, Document};
use semsearch_embed::{EncodeError, Encoder, TextKind};
use semsearch_index::{BuildError, HnswIndex, HnswParams, IndexMeta, SaveError, Vectors, VectorsError};
use semsearch_vector::{Matrix, normalise};

use crate::collection::{
    CollectionError, DOCUMENT_INDEX, DOCUMENTS, Description, FileRecord, INDEX, INDEX_META, ModelRecord, SCHEMA,
    Writer, write_documents,
};

/// Documents handed to the encoder at once: enough for every core to have several batches, few enough that their
/// tokens and vectors in flight stay small whatever the size of the corpus.
const CHUNK: usize = 1024;

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
}

/// Why a collection could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// There is nothing to search in.
    #[error("there are no documents to embed")]
    NoDocuments,
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
    /// The watcher asked to stop; nothing was changed.
    #[error("stopped; nothing was changed")]
    Stopped,
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
) -> Result<Description, IngestError> {
    let documents = &corpus.documents;
    if documents.is_empty() {
        return Err(IngestError::NoDocuments);
    }
    let writer = Writer::begin(target)?;
    let encoded = encode(documents, encoder, watch)?;
    let vectors = check_vectors(encoded.vectors, documents, encoder)?;

    watch.begin(Stage::Index, documents.len());
    let started = Instant::now();
    // The builder tells how many rows are linked so far, from several threads; the watcher wants to know how many more.
    let linked = AtomicUsize::new(0);
    let progress = |rows| watch.advance(rows - linked.fetch_max(rows, Ordering::Relaxed).min(rows), 0);
    let graph = HnswIndex::build(vectors.clone(), &options.graph, &progress, &|| watch.stopped())
        .map_err(|error| if watch.stopped() { IngestError::Stopped } else { IngestError::Build(error) })?;
    let seconds_index = started.elapsed().as_secs_f64();

    watch.begin(Stage::Write, documents.len());
    let meta = IndexMeta { fingerprint: encoder.fingerprint().to_string(), build_seconds: seconds_index };
    semsearch_index::save(&writer.folder().join(INDEX), &vectors, Some(&graph), &meta)?;
    write_documents(writer.folder(), documents).map_err(CollectionError::from)?;
    let description = Description {
        schema: SCHEMA.to_owned(),
        written_by: format!("semsearch {}", env!("CARGO_PKG_VERSION")),
        created_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        documents: documents.len() as u64,
        records: corpus.report.records,
        merged: corpus.report.merged,
        skipped: corpus.report.skipped,
        truncated: encoded.truncated,
        tokens: encoded.tokens,
        seconds_encode: encoded.seconds,
        seconds_index,
        model: ModelRecord {
            reference: options.model_reference.clone(),
            max_tokens: encoder.max_tokens(),
            dimension: Some(encoder.dimension()).filter(|&kept| kept != encoder.manifest().dimension),
            fingerprint: encoder.fingerprint().to_string(),
            manifest: encoder.manifest().clone(),
        },
        files: vec![
            record(writer.folder(), DOCUMENTS, false)?,
            record(writer.folder(), DOCUMENT_INDEX, true)?,
            record(writer.folder(), INDEX_META, true)?,
        ],
    };
    let json =
        serde_json::to_vec_pretty(&description).map_err(|error| io_error("write", writer.folder(), error.into()))?;
    if watch.stopped() {
        return Err(IngestError::Stopped);
    }
    writer.publish(&json)?;
    Ok(description)
}

struct EncodedCorpus {
    vectors: Matrix,
    tokens: u64,
    truncated: u64,
    seconds: f64,
}

fn encode(documents: &[Document], encoder: &dyn Encoder, watch: &dyn Watch) -> Result<EncodedCorpus, IngestError> {
    watch.begin(Stage::Encode, documents.len());
    let started = Instant::now();
    let mut all = EncodedCorpus {
        vectors: Matrix::with_capacity(documents.len(), encoder.dimension()),
        tokens: 0,
        truncated: 0,
        seconds: 0.0,
    };
    let observe = |batch: semsearch_embed::Progress| {
        watch.advance(batch.texts, batch.tokens);
        if watch.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    for chunk in documents.chunks(CHUNK) {
        let passages: Vec<String> = chunk.iter().map(Document::passage).collect();
        let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
        let encoded = encoder.encode_observed(&texts, TextKind::Passage, &observe).map_err(|error| match error {
            EncodeError::Stopped => IngestError::Stopped,
            other => IngestError::Encode(other),
        })?;
        all.tokens += encoded.tokens.iter().sum::<usize>() as u64;
        all.truncated += encoded.cut.iter().filter(|&&cut| cut).count() as u64;
        for row in encoded.vectors.iter() {
            all.vectors.push(row);
        }
    }
    all.seconds = started.elapsed().as_secs_f64();
    Ok(all)
}

/// Scales rows to length 1, for models that leave it to the reader, and checks every number once.
fn check_vectors(mut rows: Matrix, documents: &[Document], encoder: &dyn Encoder) -> Result<Vectors, IngestError> {
    if !encoder.manifest().normalise {
        (0..rows.rows()).for_each(|row| normalise(rows.row_mut(row)));
    }
    Vectors::new(rows).map_err(|source| {
        let row = match &source {
            VectorsError::NotFinite { row, .. } | VectorsError::NotNormalised { row, .. } => *row,
            _ => 0,
        };
        let document = documents.get(row).map_or_else(String::new, |document| document.id.clone());
        IngestError::Vector { model: encoder.manifest().name.clone(), document, source }
    })
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

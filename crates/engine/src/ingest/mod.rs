//! Papers into a collection: read them, encode what is new or changed, and make a generation of it.
//!
//! ```text
//! inputs ──intake──▶ staged documents ──pipeline──▶ checkpoint ──change──▶ a new generation
//!          read, merge,                  encode       vectors    segments
//!          compare                                               and graphs
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

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use semsearch_corpus::{Corpus, ReadError, Report};
use semsearch_embed::{EncodeError, Encoder};
use semsearch_index::{BuildError, SaveError, VectorsError};
use semsearch_store::{
    Addition, ChangeError, Collection, CollectionError, DocumentError, GraphRecord, IntakeTotals, Key, Manifest,
    Staged, StagedVectors, VectorsRecord,
};
use semsearch_task::Progress;
use semsearch_vector::normalise;

use crate::model::{expect_fingerprint, is_same, record_of};
pub(crate) use checkpoint::{Checkpoint, Facts, Slot, checkpoint_records, discard_checkpoint};
pub use intake::{Intake, Mode};
pub(crate) use pipeline::{Passages, encode};

/// What [`IngestOptions::memory_bytes`] is unless somebody says otherwise.
pub const DEFAULT_MEMORY_BYTES: u64 = 1 << 30;

/// How a collection is to be added to.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// How the encoder can be found again: a name for the model store, or an absolute folder.
    pub model_reference: String,
    /// Links of a row in the graph; if not said, as the collection has it.
    pub m: Option<usize>,
    /// Candidates from which a row chooses them; if not said, as the collection has it.
    pub ef_construction: Option<usize>,
    /// Whether vectors are kept in half precision; if not said, as the collection has it.
    pub half: Option<bool>,
    /// Memory that texts, tokens and vectors on their way through the encoder may take.
    pub memory_bytes: u64,
    /// Encode everything, whatever an interrupted run or the collection has.
    pub fresh: bool,
}

impl IngestOptions {
    /// The defaults, for an encoder that can be found again by `model_reference`.
    #[must_use]
    pub fn new(model_reference: impl Into<String>) -> Self {
        IngestOptions {
            model_reference: model_reference.into(),
            m: None,
            ef_construction: None,
            half: None,
            memory_bytes: DEFAULT_MEMORY_BYTES,
            fresh: false,
        }
    }

    fn graph(&self, recorded: GraphRecord) -> GraphRecord {
        GraphRecord {
            m: self.m.unwrap_or(recorded.m),
            ef_construction: self.ef_construction.unwrap_or(recorded.ef_construction),
            half: self.half.unwrap_or(recorded.half),
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
    /// The collection could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The segments could not be made.
    #[error(transparent)]
    Change(ChangeError),
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

/// What was done, and how it went.
#[derive(Clone, Debug)]
pub struct Ingested {
    /// The collection as it is now.
    pub manifest: Manifest,
    /// What was read and merged.
    pub report: Report,
    /// Papers that were not there before.
    pub added: u64,
    /// Papers that were there in another form.
    pub changed: u64,
    /// Papers that were there as they are.
    pub unchanged: u64,
    /// Of the added and changed ones, those whose vectors an interrupted run had made already.
    pub resumed: u64,
    /// And those whose vectors the collection had, since their passages are the same.
    pub taken_over: u64,
    /// Those that are longer than the model reads, and lost their end.
    pub truncated: u64,
    /// Tokens that this run encoded.
    pub tokens_encoded: u64,
    /// Seconds spent on reading and merging.
    pub seconds_read: f64,
    /// Seconds spent on encoding.
    pub seconds_encode: f64,
    /// Seconds that encoding threads waited for work, all threads together.
    pub seconds_waiting: f64,
    /// Seconds spent on building graphs.
    pub seconds_index: f64,
    /// Seconds spent on storing documents and vectors.
    pub seconds_write: f64,
}

impl Ingested {
    /// Documents that this run encoded, a second of encoding.
    #[must_use]
    pub fn documents_per_second(&self) -> f64 {
        (self.added + self.changed - self.resumed - self.taken_over) as f64 / self.seconds_encode.max(1e-3)
    }

    /// Tokens that this run encoded, a second of encoding.
    #[must_use]
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens_encoded as f64 / self.seconds_encode.max(1e-3)
    }
}

/// Encodes what is new or changed in `corpus` and adds it to the collection in `target`, which is made if there is none.
///
/// # Errors
/// [`IngestError`]; the collection is then what it was.
pub fn ingest(
    corpus: &Corpus,
    encoder: &dyn Encoder,
    target: &Path,
    options: &IngestOptions,
    watch: &dyn Progress,
) -> Result<Ingested, IngestError> {
    Intake::of(target, Mode::Add, corpus)?.embed(encoder, options, watch)
}

impl Intake {
    /// Encodes the papers and makes a generation with them.
    ///
    /// # Errors
    /// [`IngestError`]; the collection is then what it was, and the vectors that were made are kept for the next run.
    pub fn embed(
        self,
        encoder: &dyn Encoder,
        options: &IngestOptions,
        watch: &dyn Progress,
    ) -> Result<Ingested, IngestError> {
        let Intake {
            mut change, staged, keys, replaces_all, changed, unchanged, report, seconds: seconds_read, ..
        } = self;
        let fingerprint = encoder.fingerprint().to_string();
        let before = change.collection().map(|collection| collection.manifest().clone());
        let base = match change.collection().filter(|_| !replaces_all) {
            Some(collection) => {
                expect_fingerprint(collection, encoder)?;
                collection.manifest().clone()
            }
            None => {
                let graph = before.as_ref().map(|before| before.graph).unwrap_or_default();
                Manifest::empty(record_of(encoder, &options.model_reference), graph)
            }
        };
        let added = staged.len() as u64 - changed;
        // The model may have moved: what finds it again is what was said last.
        let model = record_of(encoder, &options.model_reference);
        let same_model = is_same(base.model(), &model);
        let nothing_to_do = staged.len() == 0 && !replaces_all && same_model;
        let mut ingested = Ingested {
            manifest: base.clone(),
            report,
            added,
            changed,
            unchanged,
            resumed: 0,
            taken_over: 0,
            truncated: 0,
            tokens_encoded: 0,
            seconds_read,
            seconds_encode: 0.0,
            seconds_waiting: 0.0,
            seconds_index: 0.0,
            seconds_write: 0.0,
        };
        if nothing_to_do {
            return Ok(ingested);
        }

        let place = change.checkpoint();
        let mut checkpoint = Checkpoint::open(&place, encoder.fingerprint(), encoder.dimension())?;
        if options.fresh {
            checkpoint.clear()?;
        }
        let collection = change.collection().filter(|_| !options.fresh);
        let taken_over =
            collection.map_or(Ok(0), |collection| take_over(collection, &keys, &fingerprint, &mut checkpoint))?;
        let encoded = encode(&staged, &keys, encoder, &mut checkpoint, taken_over, options.memory_bytes, watch);
        let encoded = match encoded {
            // An empty checkpoint is only litter.
            Err(IngestError::Stopped { kept: 0 }) => {
                checkpoint.discard();
                return Err(IngestError::Stopped { kept: 0 });
            }
            outcome => outcome?,
        };

        let intake = IntakeTotals {
            records: base.intake.records + ingested.report.records,
            merged: base.intake.merged + ingested.report.merged,
            skipped: base.intake.skipped + ingested.report.skipped,
        };
        let mut manifest = base.next(format!("{added} added, {changed} changed"));
        (manifest.intake, manifest.graph) = (intake, options.graph(base.graph));
        manifest.replace_model(model);
        if replaces_all {
            change.remove_all();
        }
        let mut vectors = Made {
            checkpoint: &mut checkpoint,
            slots: &encoded.slots,
            normalise: !encoder.model().normalised,
            fingerprint: &fingerprint,
            seconds: encoded.seconds,
            cut: 0,
        };
        let started = Instant::now();
        let addition = Some(Addition { documents: &staged, vectors: &mut vectors }).filter(|_| staged.len() > 0);
        let manifest = change.commit(manifest, addition, false, watch).map_err(|error| match error {
            ChangeError::Stopped => IngestError::Stopped { kept: keys.len() },
            other => other.into(),
        })?;
        let seconds = started.elapsed().as_secs_f64();
        ingested.truncated = vectors.cut;
        checkpoint.discard();

        let is_new = |vectors: &&VectorsRecord| {
            !before
                .iter()
                .flat_map(|before| &before.segments)
                .flat_map(|segment| &segment.vectors)
                .any(|old| old.name == vectors.name)
        };
        let made = manifest.segments.iter().flat_map(|segment| &segment.vectors).filter(is_new);
        ingested.seconds_index = made.map(|vectors| vectors.seconds_index).sum();
        ingested.seconds_write = (seconds - ingested.seconds_index).max(0.0);
        ingested.manifest = manifest;
        (ingested.resumed, ingested.taken_over) = (encoded.resumed as u64, taken_over as u64);
        (ingested.tokens_encoded, ingested.seconds_encode) = (encoded.tokens, encoded.seconds);
        ingested.seconds_waiting = encoded.seconds_waiting;
        Ok(ingested)
    }
}

impl From<ChangeError> for IngestError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Collection(error) => IngestError::Collection(error),
            ChangeError::Save(error) => IngestError::Save(error),
            ChangeError::Build(error) => IngestError::Build(error),
            ChangeError::Vector { model, document, source } => IngestError::Vector { model, document, source },
            ChangeError::Stopped => IngestError::Stopped { kept: 0 },
            other => IngestError::Change(other),
        }
    }
}

/// Puts the vectors that the collection has of staged passages into the checkpoint, unless they are there already, and
/// tells how many. A paper whose venue changed need not be embedded again.
fn take_over(
    collection: &Collection,
    keys: &[Key],
    fingerprint: &str,
    checkpoint: &mut Checkpoint,
) -> Result<usize, IngestError> {
    let mut taken = Vec::new();
    let mut tokens = HashMap::new();
    let mut seen = std::collections::HashSet::new();
    for &key in keys {
        if checkpoint.find(key).is_some() || !seen.insert(key) {
            continue;
        }
        let Some(row) = collection.find_key(key.0)?.into_iter().next() else { continue };
        let (number, row) = collection.place(row);
        let Some(vectors) = collection.segments()[number].vectors_of(fingerprint) else { continue };
        let tokens = match tokens.entry(number) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(vectors.tokens()?),
        };
        let (count, cut) = tokens.get(row);
        let vector = vectors.index().vectors().row(row).map_err(semsearch_index::OpenError::Damaged);
        let vector = vector.map_err(CollectionError::from)?.into_owned();
        taken.push((Facts { key, tokens: count, cut }, vector));
    }
    for batch in taken.chunks(512) {
        checkpoint.put(batch.iter().map(|(facts, vector)| (*facts, &vector[..])))?;
    }
    // Several papers may share a passage.
    let taken: std::collections::HashSet<Key> = taken.iter().map(|(facts, _)| facts.key).collect();
    Ok(keys.iter().filter(|key| taken.contains(key)).count())
}

/// Encodes documents that are staged, and hands their vectors to `take`.
pub(crate) fn with_vectors<T>(
    staged: &Staged,
    keys: &[Key],
    encoder: &dyn Encoder,
    checkpoint: &mut Checkpoint,
    watch: &dyn Progress,
    take: impl FnOnce(&mut dyn StagedVectors) -> Result<T, ChangeError>,
) -> Result<T, IngestError> {
    let encoded = encode(staged, keys, encoder, checkpoint, 0, DEFAULT_MEMORY_BYTES, watch)?;
    let mut made = Made {
        checkpoint,
        slots: &encoded.slots,
        normalise: !encoder.model().normalised,
        fingerprint: encoder.fingerprint().as_str(),
        seconds: encoded.seconds,
        cut: 0,
    };
    Ok(take(&mut made)?)
}

/// Vectors from the checkpoint, scaled to length 1 for models that leave it to the reader.
struct Made<'a> {
    checkpoint: &'a mut Checkpoint,
    slots: &'a [Slot],
    normalise: bool,
    fingerprint: &'a str,
    seconds: f64,
    /// Documents that were cut, so far.
    cut: u64,
}

impl StagedVectors for Made<'_> {
    fn read(&mut self, number: usize, vector: &mut [f32]) -> Result<(u32, bool), CollectionError> {
        let facts = self.checkpoint.read(self.slots[number], vector)?;
        if self.normalise {
            normalise(vector);
        }
        self.cut += u64::from(facts.cut);
        Ok((facts.tokens, facts.cut))
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint
    }

    fn seconds(&self) -> f64 {
        self.seconds
    }
}

//! Embeds a collection with a second model, beside the first.
//!
//! ```text
//! switch.lock ─▶ rounds: 1,000, 2,000, 4,000 … all documents ─▶ lock of the writer ─▶ a generation with both
//!                each embedded into the checkpoint, then          rows, graphs
//!                an alignment is fitted
//! ```
//!
//! All encoding is done without the writer's lock: meanwhile papers come and go, and segments are merged. Vectors are
//! found by their passages, so it does not matter in which segment a document is by then. Once the lock is held, the
//! documents are listed again; if new ones came, the lock is released and they are embedded first.
//!
//! A process that is killed loses the batch it was encoding. A process that is killed while it writes the generation
//! leaves the vectors in the checkpoint, and files that the next writer removes.
//!
//! Cost: as much as embedding all documents; on disk, a second copy of vectors and graphs.

use std::path::Path;
use std::time::Duration;

use semsearch_embed::Encoder;
use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{ChangeError, Collection, CollectionError, DocId, Key, Manifest, ModelRecord, Writer};
use semsearch_task::{Progress, Stage};

use super::coverage::{Entry, deletes_of, entries, is_complete, missing};
use super::error::SwitchError;
use super::fitting::fit_alignment;
use super::making::Making;
use super::pending::{Pending, SwitchLock};
use crate::align::LEAST_DOCUMENTS;
use crate::ingest::{Checkpoint, DEFAULT_MEMORY_BYTES, IngestError, Passages, discard_checkpoint, encode};
use crate::model::record_of;

/// The time between two attempts to take the writer's lock.
const PATIENCE: Duration = Duration::from_millis(100);

/// How a collection is embedded with a second model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SwitchOptions {
    /// How the new model can be found again: a name for the model store, or an absolute folder.
    pub model_reference: String,
    /// Memory in bytes for texts, tokens and vectors on their way through the encoder.
    pub memory_bytes: u64,
}

impl SwitchOptions {
    /// The defaults, for a model that can be found again by `model_reference`.
    #[must_use]
    pub fn new(model_reference: impl Into<String>) -> Self {
        SwitchOptions { model_reference: model_reference.into(), memory_bytes: DEFAULT_MEMORY_BYTES }
    }

    /// Sets the memory for encoding, in bytes.
    #[must_use]
    pub fn with_memory_bytes(mut self, memory_bytes: u64) -> Self {
        self.memory_bytes = memory_bytes;
        self
    }
}

/// What a run of [`prepare`] did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// The collection after the run.
    pub manifest: Manifest,
    /// The new model.
    pub model: ModelRecord,
    /// Counts of the run.
    pub totals: Totals,
}

/// Counts of a run of [`prepare`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Totals {
    /// Documents that the run embedded.
    pub embedded: u64,
    /// Documents that were embedded before the run.
    pub resumed: u64,
    /// Tokens that the run encoded.
    pub tokens_encoded: u64,
    /// Seconds spent on encoding.
    pub seconds_encode: f64,
    /// Seconds spent on building graphs.
    pub seconds_index: f64,
}

/// Embeds every document that the model of `new` has not embedded yet, and makes a generation with the vectors of both
/// models. The active model stays active. With `old`, the active model, alignments are fitted on the way.
///
/// # Errors
/// [`SwitchError`]; the vectors that were made are kept for the next run.
pub fn prepare(
    root: &Path,
    new: &dyn Encoder,
    old: Option<&dyn Encoder>,
    options: &SwitchOptions,
    progress: &dyn Progress,
) -> Result<Prepared, SwitchError> {
    let fingerprint = new.fingerprint().to_string();
    let collection = Collection::open(root)?;
    let model = match collection.manifest().model_of(&fingerprint) {
        Some(known) => known.clone(),
        None => record_of(new, &options.model_reference),
    };
    if collection.manifest().active == fingerprint {
        return Err(SwitchError::Active { model: model.name().to_owned() });
    }
    let _lock = SwitchLock::take(root)?;
    match Pending::read(root)? {
        Some(pending) if pending.model.fingerprint == fingerprint => {}
        Some(pending) => {
            let other = &pending.model.fingerprint;
            if collection.manifest().model_of(other).is_none() || !is_complete(&collection, other) {
                let all = collection.manifest().models.iter().chain([&model]).cloned().collect();
                return Err(SwitchError::Another { pending: Box::new(pending.model), all });
            }
            // That switch was done, and its process died before it could remove the record.
            discard_checkpoint(&root.join(CHECKPOINT), other)?;
            Pending::begin(model.clone()).write(root)?;
        }
        None => Pending::begin(model.clone()).write(root)?,
    }
    drop(collection);
    let mut run =
        Run { root, new, old, options, progress, model, fingerprint, begun: false, totals: Totals::default() };
    loop {
        run.embed()?;
        if let Some(manifest) = run.finish()? {
            // A record that stays does no harm: the next run removes it.
            let _ = Pending::remove(root);
            let Run { model, totals, .. } = run;
            return Ok(Prepared { manifest, model, totals });
        }
    }
}

/// The number of documents in the first round: those the first alignment is fitted on.
const FIRST_ROUND: usize = LEAST_DOCUMENTS;

struct Run<'a> {
    root: &'a Path,
    new: &'a dyn Encoder,
    old: Option<&'a dyn Encoder>,
    options: &'a SwitchOptions,
    progress: &'a dyn Progress,
    model: ModelRecord,
    fingerprint: String,
    /// Whether the caller was told how many documents there are.
    begun: bool,
    totals: Totals,
}

impl Run<'_> {
    fn checkpoint(&self) -> Result<Checkpoint, CollectionError> {
        Checkpoint::open(&self.root.join(CHECKPOINT), self.new.fingerprint(), self.new.dimension())
    }

    /// Embeds the documents that have no vector yet, in rounds, each as large as all rounds before it.
    fn embed(&mut self) -> Result<(), SwitchError> {
        let collection = Collection::open(self.root)?;
        let entries = entries(&collection, &self.fingerprint)?;
        let mut checkpoint = self.checkpoint()?;
        let made = entries.iter().filter(|entry| is_made(entry, &checkpoint)).count();
        if !self.begun {
            self.begun = true;
            self.totals.resumed = made as u64;
            self.progress.begin(Stage::Encode, entries.len());
            self.progress.resumed(made, entries.len(), checkpoint.damaged());
        }
        let mut end = FIRST_ROUND;
        loop {
            let round = &entries[..end.min(entries.len())];
            let mut open: Vec<&Entry> = round.iter().filter(|entry| !is_made(entry, &checkpoint)).collect();
            if !open.is_empty() {
                // Neighbours in the file are read together.
                open.sort_unstable_by_key(|entry| entry.id);
                let keys: Vec<Key> = open.iter().map(|entry| entry.key).collect();
                let rows =
                    StoredPassages { collection: &collection, documents: open.iter().map(|entry| entry.id).collect() };
                let memory = self.options.memory_bytes;
                let encoded = encode(&rows, &keys, self.new, &mut checkpoint, 0, memory, &Quiet(self.progress));
                let encoded = encoded.map_err(|error| match error {
                    IngestError::Stopped { kept } => {
                        SwitchError::Stopped { kept: self.totals.resumed + self.totals.embedded + kept as u64 }
                    }
                    other => other.into(),
                })?;
                self.totals.embedded += keys.len() as u64;
                self.totals.tokens_encoded += encoded.tokens;
                self.totals.seconds_encode += encoded.seconds;
                // Opened again, it finds what was appended.
                drop(checkpoint);
                checkpoint = self.checkpoint()?;
            }
            if end >= entries.len() {
                // Everything is embedded, and needs no alignment.
                return Ok(());
            }
            if let Some(old) = self.old {
                fit_alignment(self.root, &collection, [self.new, old], round, &mut checkpoint)?;
            }
            end = end.saturating_mul(2);
        }
    }

    /// Makes the generation with the vectors of both models; `None` if papers came that have to be embedded first.
    fn finish(&mut self) -> Result<Option<Manifest>, SwitchError> {
        let (mut writer, collection) = self.begin_writing()?;
        let collection = collection.ok_or_else(|| CollectionError::Missing { path: self.root.to_owned() })?;
        let mut checkpoint = self.checkpoint()?;
        if entries(&collection, &self.fingerprint)?.iter().any(|entry| !is_made(entry, &checkpoint)) {
            return Ok(None);
        }
        if collection.manifest().model_of(&self.fingerprint).is_some() && is_complete(&collection, &self.fingerprint) {
            checkpoint.discard();
            return Ok(Some(collection.manifest().clone()));
        }
        let name = self.model.name();
        let mut manifest = collection.manifest().next(format!("embedded with {name} too"));
        if manifest.model_of(&self.fingerprint).is_none() {
            manifest.models.push(self.model.clone());
        }
        let lacking = missing(&collection, &self.fingerprint).max(1) as f64;
        let graph = manifest.graph;
        for (record, segment) in manifest.segments.iter_mut().zip(collection.segments()) {
            if segment.vectors_of(&self.fingerprint).is_none() {
                let seconds = self.totals.seconds_encode * segment.record().alive() as f64 / lacking;
                let (normalise, progress) = (!self.new.model().normalised, self.progress);
                let making = Making { model: &self.model, graph: &graph, normalise, seconds, progress };
                let vectors = making.write(&mut writer, segment, &mut checkpoint).map_err(|error| self.stop(error))?;
                self.totals.seconds_index += vectors.seconds_index;
                record.vectors.push(vectors);
            }
        }
        if self.progress.is_stopped() {
            return Err(self.stopped());
        }
        let removed = deletes_of(&collection);
        let manifest = writer.commit(Some(collection), manifest, &removed, true)?;
        checkpoint.discard();
        Ok(Some(manifest))
    }

    /// Waits for the writer's lock.
    fn begin_writing(&self) -> Result<(Writer, Option<Collection>), SwitchError> {
        loop {
            match Writer::begin(self.root) {
                Err(CollectionError::Busy { .. }) if !self.progress.is_stopped() => std::thread::sleep(PATIENCE),
                Err(CollectionError::Busy { .. }) => return Err(self.stopped()),
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Converts an error; a stop says how many vectors are kept.
    fn stop(&self, error: ChangeError) -> SwitchError {
        if let ChangeError::Stopped = error { self.stopped() } else { error.into() }
    }

    fn stopped(&self) -> SwitchError {
        SwitchError::Stopped { kept: self.totals.resumed + self.totals.embedded }
    }
}

fn is_made(entry: &Entry, checkpoint: &Checkpoint) -> bool {
    entry.is_stored || checkpoint.find(entry.key).is_some()
}

/// Passages of a collection, to be encoded.
struct StoredPassages<'a> {
    collection: &'a Collection,
    documents: Vec<DocId>,
}

impl Passages for StoredPassages<'_> {
    fn passage(&self, number: usize) -> Result<String, IngestError> {
        Ok(self.collection.document(self.documents[number])?.passage())
    }
}

/// Passes on everything but the beginnings of stages: the caller sees one stage for all rounds.
struct Quiet<'a>(&'a dyn Progress);

impl Progress for Quiet<'_> {
    fn advance(&self, documents: usize, tokens: usize) {
        self.0.advance(documents, tokens);
    }

    fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }
}

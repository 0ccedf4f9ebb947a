//! Embeds a collection with a second model, beside the first.
//!
//! ```text
//! switch.lock ─▶ rounds: 1,000, 2,000, 4,000 … all documents ─▶ lock of the writer ─▶ a generation with both
//!                each embedded into the checkpoint, and           rows, graphs
//!                a bridge fitted behind it
//! ```
//!
//! All of the encoding is done without the writer's lock: papers come and go meanwhile, and segments are merged. Vectors are
//! known by their passages, so what segment a document is in by then does not matter. With the lock in hand it is looked
//! once more which documents there are; if new ones came, they are embedded first, without the lock again.
//!
//! A process that is killed loses the batch it was at. One that is killed while it writes the generation leaves the
//! vectors where they were, and files that the next writer removes.
//!
//! Cost: what embedding all documents costs; on disk, a second copy of vectors and graphs.

use std::path::Path;
use std::time::Duration;

use semsearch_embed::{Encoder, Fingerprint, TextKind};
use semsearch_index::{OpenError, RowId, RowSet, RowsWriter, SaveError, VectorsError};
use semsearch_vector::{Matrix, normalise};

use super::bridge::{Bridge, BridgeError, LEAST_DOCUMENTS};
use super::coverage::{Entry, entries, is_complete, missing};
use super::error::SwitchError;
use super::pairs::{Pairs, Questions};
use super::pending::{Pending, SwitchLock, read_bridge, write_bridge};
use crate::change::{ChangeError, build_graph};
use crate::collection::{
    CHECKPOINT, Collection, CollectionError, GraphRecord, Manifest, ModelRecord, Segment, Tokens, VectorsRecord, Writer,
};
use crate::ingest::{Checkpoint, IngestError, Key, Passages, Stage, Watch, encode};

/// How long to wait before asking for the writer's lock again.
const PATIENCE: Duration = Duration::from_millis(100);

/// How a collection is embedded once more.
#[derive(Clone, Debug)]
pub struct SwitchOptions {
    /// How the new model can be found again: a name for the model store, or an absolute folder.
    pub model_reference: String,
    /// Memory that texts, tokens and vectors on their way through the encoder may take.
    pub memory_bytes: u64,
}

/// What was done, and how it went.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The collection as it is now.
    pub manifest: Manifest,
    /// The new model.
    pub model: ModelRecord,
    /// What this run did.
    pub totals: Totals,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Documents that it embedded.
    pub embedded: u64,
    /// Documents that were embedded before it.
    pub resumed: u64,
    /// Tokens that it encoded.
    pub tokens_encoded: u64,
    /// Seconds spent on encoding.
    pub seconds_encode: f64,
    /// Seconds spent on building graphs.
    pub seconds_index: f64,
}

/// Embeds what the model of `new` has not embedded yet, and makes a generation that has the vectors of both models, the
/// active one staying what it is. With `old`, the active model, bridges are fitted on the way.
///
/// # Errors
/// [`SwitchError`]; what was embedded is kept for the next run.
pub fn prepare(
    root: &Path,
    new: &dyn Encoder,
    old: Option<&dyn Encoder>,
    options: &SwitchOptions,
    watch: &dyn Watch,
) -> Result<Prepared, SwitchError> {
    let fingerprint = new.fingerprint().to_string();
    let collection = Collection::open(root)?;
    let model = match collection.manifest().model_of(&fingerprint) {
        Some(known) => known.clone(),
        None => ModelRecord::of(new, &options.model_reference),
    };
    if collection.manifest().active == fingerprint {
        return Err(SwitchError::Active { model: model.manifest.name });
    }
    drop(collection);
    let _lock = SwitchLock::take(root)?;
    match Pending::read(root)? {
        Some(pending) if pending.model.fingerprint != fingerprint => {
            return Err(SwitchError::Another { pending: pending.model.manifest.name });
        }
        Some(_) => {}
        None => Pending::begin(model.clone()).write(root)?,
    }
    let mut run = Run { root, new, old, options, watch, model, fingerprint, begun: false, totals: Totals::default() };
    loop {
        run.embed()?;
        if let Some(manifest) = run.finish()? {
            // What is left is of no use any more, and no harm.
            let _ = Pending::remove(root);
            let Run { model, totals, .. } = run;
            return Ok(Prepared { manifest, model, totals });
        }
    }
}

/// The first round's documents: what the first bridge is fitted on.
const FIRST_ROUND: usize = LEAST_DOCUMENTS;
/// A bridge is fitted on no more. Twice as many change its agreement by about a hundredth from here on, and vectors of both
/// models are in memory for it.
const MOST_FITTED: usize = 8 * LEAST_DOCUMENTS;
/// Titles that a bridge is measured with.
const QUESTIONS: usize = 300;

struct Run<'a> {
    root: &'a Path,
    new: &'a dyn Encoder,
    old: Option<&'a dyn Encoder>,
    options: &'a SwitchOptions,
    watch: &'a dyn Watch,
    model: ModelRecord,
    fingerprint: String,
    /// Whether the watcher knows what is before it.
    begun: bool,
    totals: Totals,
}

impl Run<'_> {
    fn checkpoint(&self) -> Result<Checkpoint, CollectionError> {
        Checkpoint::open(&self.root.join(CHECKPOINT), self.new.fingerprint(), self.new.dimension())
    }

    /// Embeds the documents that have no vector yet, in rounds, each as large as all before it.
    fn embed(&mut self) -> Result<(), SwitchError> {
        let collection = Collection::open(self.root)?;
        let entries = entries(&collection, &self.fingerprint)?;
        let mut checkpoint = self.checkpoint()?;
        let made = entries.iter().filter(|entry| is_made(entry, &checkpoint)).count();
        if !self.begun {
            self.begun = true;
            self.totals.resumed = made as u64;
            self.watch.begin(Stage::Encode, entries.len());
            self.watch.resumed(made, entries.len(), checkpoint.damaged());
        }
        let mut end = FIRST_ROUND;
        loop {
            let round = &entries[..end.min(entries.len())];
            let mut open: Vec<&Entry> = round.iter().filter(|entry| !is_made(entry, &checkpoint)).collect();
            if !open.is_empty() {
                // Documents that stand together are read together.
                open.sort_unstable_by_key(|entry| entry.row);
                let keys: Vec<Key> = open.iter().map(|entry| entry.key).collect();
                let rows = Rows { collection: &collection, rows: open.iter().map(|entry| entry.row).collect() };
                let memory = self.options.memory_bytes;
                let encoded = encode(&rows, &keys, self.new, &mut checkpoint, 0, memory, &Quiet(self.watch));
                let encoded = encoded.map_err(|error| match error {
                    IngestError::Stopped { kept } => {
                        SwitchError::Stopped { kept: self.totals.resumed + self.totals.embedded + kept as u64 }
                    }
                    other => other.into(),
                })?;
                self.totals.embedded += keys.len() as u64;
                self.totals.tokens_encoded += encoded.tokens;
                self.totals.seconds_encode += encoded.seconds;
                // Opened anew, it knows what was appended.
                drop(checkpoint);
                checkpoint = self.checkpoint()?;
            }
            if end >= entries.len() {
                // Everything is embedded, and found without a bridge in a moment.
                return Ok(());
            }
            self.fit(&collection, round, &mut checkpoint)?;
            end = end.saturating_mul(2);
        }
    }

    /// Fits a bridge on what both models have embedded, unless there is one that was fitted on as much.
    fn fit(&self, collection: &Collection, round: &[Entry], checkpoint: &mut Checkpoint) -> Result<(), SwitchError> {
        let active = &collection.manifest().active;
        let Some(old) = self.old.filter(|old| old.fingerprint().space() == Fingerprint::space_of(active)) else {
            return Ok(());
        };
        let sample = &round[..round.len().min(MOST_FITTED)];
        match read_bridge(self.root, &self.fingerprint, active) {
            Ok(Some(bridge)) if bridge.documents() >= sample.len() => return Ok(()),
            // A damaged one is replaced.
            Ok(_) | Err(CollectionError::Damaged { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let (mut by_new, mut by_old) =
            (Matrix::with_capacity(sample.len(), self.new.dimension()), Matrix::new(old.dimension()));
        let (mut new_row, mut old_row) = (vec![0.0; self.new.dimension()], vec![0.0; old.dimension()]);
        let (mut titles, mut own) = (Vec::new(), Vec::new());
        for (number, entry) in sample.iter().enumerate() {
            let (segment, row) = collection.locate(entry.row);
            match checkpoint.find(entry.key) {
                Some(slot) => {
                    checkpoint.read(slot, &mut new_row)?;
                }
                None => copy_stored(segment, &self.fingerprint, row, &mut new_row)?,
            }
            copy_stored(segment, active, row, &mut old_row)?;
            normalise(&mut new_row);
            by_new.push(&new_row);
            by_old.push(&old_row);
            if titles.len() < QUESTIONS {
                let title = collection.document(entry.row).map_err(CollectionError::from)?.title;
                if !title.trim().is_empty() {
                    titles.push(title);
                    own.push(Some(number));
                }
            }
        }
        let questions = |encoder: &dyn Encoder| encode_questions(encoder, &titles);
        let (asked_new, asked_old) = (questions(self.new)?, questions(old)?);
        let fitted = Pairs::new(&by_new, &by_old).and_then(|documents| {
            let questions = Questions::new(Pairs::new(&asked_new, &asked_old)?, &own)?;
            Bridge::fit(self.new.fingerprint(), old.fingerprint(), documents, questions)
        });
        match fitted {
            Ok(bridge) => Ok(write_bridge(self.root, &bridge)?),
            // There is none to be had; the switch goes on without.
            Err(
                BridgeError::TooFew { .. }
                | BridgeError::NoQuestions { .. }
                | BridgeError::Undetermined
                | BridgeError::SameModel { .. }
                | BridgeError::NotFinite,
            ) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the generation that has the vectors of both models; `None` if papers came that have to be embedded first.
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
        let name = &self.model.manifest.name;
        let mut manifest = collection.manifest().next(format!("embedded with {name} too"));
        if manifest.model_of(&self.fingerprint).is_none() {
            manifest.models.push(self.model.clone());
        }
        let lacking = missing(&collection, &self.fingerprint).max(1) as f64;
        let graph = manifest.graph;
        for (record, segment) in manifest.segments.iter_mut().zip(collection.segments()) {
            if segment.vectors_of(&self.fingerprint).is_none() {
                let seconds = self.totals.seconds_encode * segment.record().live() as f64 / lacking;
                let vectors = self.write(&mut writer, segment, &mut checkpoint, &graph, seconds)?;
                self.totals.seconds_index += vectors.seconds_index;
                record.vectors.push(vectors);
            }
        }
        if self.watch.stopped() {
            return Err(self.stopped());
        }
        let removed = removed_rows(&collection);
        let manifest = writer.commit(Some(collection), manifest, &removed, true)?;
        checkpoint.discard();
        Ok(Some(manifest))
    }

    /// Waits for the writer's lock.
    fn begin_writing(&self) -> Result<(Writer, Option<Collection>), SwitchError> {
        loop {
            match Writer::begin(self.root) {
                Err(CollectionError::Busy { .. }) if !self.watch.stopped() => std::thread::sleep(PATIENCE),
                Err(CollectionError::Busy { .. }) => return Err(self.stopped()),
                outcome => return Ok(outcome?),
            }
        }
    }

    fn stopped(&self) -> SwitchError {
        SwitchError::Stopped { kept: self.totals.resumed + self.totals.embedded }
    }

    /// Writes the vectors of a segment and the graph over them.
    fn write(
        &self,
        writer: &mut Writer,
        segment: &Segment,
        checkpoint: &mut Checkpoint,
        graph: &GraphRecord,
        seconds: f64,
    ) -> Result<VectorsRecord, SwitchError> {
        let object = writer.new_vectors()?;
        let dimension = self.model.dimension();
        let save = |error: SaveError| SwitchError::Change(error.into());
        let mut out =
            RowsWriter::create(&object.folder, segment.rows() as u64, dimension, graph.element()).map_err(save)?;
        let mut tokens = Tokens::default();
        let mut vector = vec![0.0; dimension];
        for row in (0..segment.rows() as u32).map(RowId) {
            let key = Key(segment.documents().passage(row).map_err(CollectionError::from)?);
            match checkpoint.find(key) {
                Some(slot) => {
                    let facts = checkpoint.read(slot, &mut vector)?;
                    // As `embed` does it, to the last bit.
                    if !self.new.manifest().normalise {
                        normalise(&mut vector);
                    }
                    tokens.push(facts.tokens, facts.cut);
                }
                // It was removed before it was embedded, and is never found: a row without direction keeps its place.
                None => {
                    vector.fill(0.0);
                    tokens.push(0, false);
                }
            }
            out.push(&vector).map_err(|error| self.unusable(error, segment, row))?;
        }
        let stored = out.finish().map_err(save)?;
        let built = build_graph(&object, &self.model, graph, &stored, &tokens, seconds, self.watch);
        built.map_err(|error| match error {
            ChangeError::Stopped => self.stopped(),
            other => other.into(),
        })
    }

    /// A vector that no index takes is the model's doing, and the paper says which one it was.
    fn unusable(&self, error: SaveError, segment: &Segment, row: RowId) -> SwitchError {
        let change = match error {
            SaveError::Vectors(source @ (VectorsError::NotFinite { .. } | VectorsError::NotNormalised { .. })) => {
                let document = segment.documents().get(row).map_or_else(|_| row.0.to_string(), |document| document.id);
                ChangeError::Vector { model: self.model.manifest.name.clone(), document, source }
            }
            other => other.into(),
        };
        change.into()
    }
}

/// For each segment, the rows that are not to be found.
pub(super) fn removed_rows(collection: &Collection) -> Vec<(String, RowSet)> {
    let segments = collection.segments().iter();
    segments.map(|segment| (segment.record().name.clone(), segment.removed())).collect()
}

/// Vectors of questions, of length 1.
pub(super) fn encode_questions(encoder: &dyn Encoder, questions: &[String]) -> Result<Matrix, SwitchError> {
    let texts: Vec<&str> = questions.iter().map(String::as_str).collect();
    let mut vectors = encoder.encode(&texts, TextKind::Query)?.vectors;
    (0..vectors.rows()).for_each(|row| normalise(vectors.row_mut(row)));
    Ok(vectors)
}

fn is_made(entry: &Entry, checkpoint: &Checkpoint) -> bool {
    entry.is_stored || checkpoint.find(entry.key).is_some()
}

/// Copies the vector of a row of a segment that has vectors of the model.
fn copy_stored(segment: &Segment, fingerprint: &str, row: RowId, out: &mut [f32]) -> Result<(), SwitchError> {
    let Some(vectors) = segment.vectors_of(fingerprint) else {
        return Err(ChangeError::NoVectors { segment: segment.record().name.clone() }.into());
    };
    let copied = vectors.index().vectors().copy_row(row, out);
    Ok(copied.map_err(|damage| CollectionError::from(OpenError::Damaged(damage)))?)
}

/// Passages of a collection.
struct Rows<'a> {
    collection: &'a Collection,
    rows: Vec<RowId>,
}

impl Passages for Rows<'_> {
    fn passage(&self, number: usize) -> Result<String, IngestError> {
        Ok(self.collection.document(self.rows[number])?.passage())
    }
}

/// A watcher who is told of no beginnings: rounds are no business of the user's.
struct Quiet<'a>(&'a dyn Watch);

impl Watch for Quiet<'_> {
    fn advance(&self, documents: usize, tokens: usize) {
        self.0.advance(documents, tokens);
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

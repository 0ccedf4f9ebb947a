//! Encodes papers that were taken in, and makes a generation with them.

use std::path::Path;
use std::time::Instant;

use semsearch_corpus::{Corpus, Report};
use semsearch_embed::Encoder;
use semsearch_store::{Addition, ChangeError, Manifest, VectorsRecord};
use semsearch_task::Progress;

use super::checkpoint::Checkpoint;
use super::encoded::EncodedVectors;
use super::error::IngestError;
use super::intake::{Intake, IntakeMode};
use super::options::IngestOptions;
use super::pipeline::encode;
use super::places::Unlike;
use super::reuse::reuse_vectors;
use super::tally::Tally;
use crate::model::{expect_fingerprint, is_same, record_of};

/// What an ingest did, and how long its steps took.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ingested {
    /// The collection after the ingest.
    pub manifest: Manifest,
    /// What was read and merged.
    pub report: Report,
    /// What became of the papers.
    pub tally: Tally,
    /// The sources that got another name, each with the name before.
    pub renamed: Vec<(String, String)>,
    /// The sources that no paper left with [`IntakeMode::Sync`], because their inputs hold too few of their papers.
    pub unlike: Vec<Unlike>,
    /// Papers that were stored: new ones, changed ones, and those whose sources changed or that were embedded again.
    pub stored: u64,
    /// Stored papers whose vectors an interrupted run had made.
    pub resumed: u64,
    /// Stored papers whose vectors the collection had, because their passages are the same.
    pub taken_over: u64,
    /// Stored papers that are longer than the model reads, and lost their end.
    pub truncated: u64,
    /// Tokens that this run encoded.
    pub tokens_encoded: u64,
    /// Seconds spent on reading and merging.
    pub seconds_read: f64,
    /// Seconds spent on encoding.
    pub seconds_encode: f64,
    /// Seconds that encoding threads waited for work, added over all threads.
    pub seconds_waiting: f64,
    /// Seconds spent on building graphs.
    pub seconds_index: f64,
    /// Seconds spent on storing documents and vectors.
    pub seconds_write: f64,
}

impl Ingested {
    /// Documents that this run encoded.
    #[must_use]
    pub fn encoded(&self) -> u64 {
        self.stored.saturating_sub(self.resumed + self.taken_over)
    }

    /// Documents that this run encoded, per second of encoding.
    #[must_use]
    pub fn documents_per_second(&self) -> f64 {
        self.encoded() as f64 / self.seconds_encode.max(1e-3)
    }

    /// Tokens that this run encoded, per second of encoding.
    #[must_use]
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens_encoded as f64 / self.seconds_encode.max(1e-3)
    }
}

/// Encodes the documents of `corpus` that are new or changed, and adds them to the collection in `target`, which is
/// made if there is none.
///
/// # Errors
/// [`IngestError`]; the collection is then what it was.
pub fn ingest(
    corpus: &Corpus,
    encoder: &dyn Encoder,
    target: &Path,
    options: &IngestOptions,
    progress: &dyn Progress,
) -> Result<Ingested, IngestError> {
    Intake::of(target, IntakeMode::Add, corpus)?.embed(encoder, options, progress)
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
        progress: &dyn Progress,
    ) -> Result<Ingested, IngestError> {
        let Intake {
            mut change,
            staged,
            keys,
            replaces_all,
            tally,
            renamed,
            unlike,
            report,
            seconds: seconds_read,
            ..
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
        // The model may have moved: the reference that was given last is the one that finds it.
        let model = record_of(encoder, &options.model_reference);
        let same_model = is_same(base.model(), &model);
        let nothing_to_do = staged.is_empty() && tally.removed == 0 && !replaces_all && same_model;
        let mut ingested = Ingested {
            manifest: base.clone(),
            report,
            tally,
            renamed,
            unlike,
            stored: staged.len() as u64,
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
            collection.map_or(Ok(0), |collection| reuse_vectors(collection, &keys, &fingerprint, &mut checkpoint))?;
        let encoded = encode(&staged, &keys, encoder, &mut checkpoint, taken_over, options.memory_bytes, progress);
        let encoded = match encoded {
            // An empty checkpoint is of no use.
            Err(IngestError::Stopped { kept: 0 }) => {
                checkpoint.discard();
                return Err(IngestError::Stopped { kept: 0 });
            }
            outcome => outcome?,
        };

        let intake = base.intake.plus(&ingested.report);
        let Tally { added, changed, removed, .. } = tally;
        let mut manifest = base.next(format!("{added} added, {changed} changed, {removed} removed"));
        (manifest.intake, manifest.graph) = (intake, options.graph(base.graph));
        manifest.replace_model(model);
        if replaces_all {
            change.remove_all();
        }
        let mut vectors = EncodedVectors::new(&mut checkpoint, &encoded, encoder);
        let started = Instant::now();
        let addition = Some(Addition::new(&staged, &mut vectors)).filter(|_| !staged.is_empty());
        let manifest = change.commit(manifest, addition, false, progress).map_err(|error| match error {
            ChangeError::Stopped => IngestError::Stopped { kept: keys.len() },
            other => other.into(),
        })?;
        let seconds = started.elapsed().as_secs_f64();
        ingested.truncated = vectors.truncated();
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

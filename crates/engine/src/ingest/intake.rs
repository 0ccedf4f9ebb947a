//! Intake: papers are read, merged, compared with the collection, and staged.
//!
//! Merging needs every record, since the last may repeat the first; so encoding begins when reading is done. That costs
//! little: reading goes at tens of thousands of papers a second where encoding goes at hundreds. Memory holds the place
//! of each staged paper and the key of its passage, 40 bytes a paper.
//!
//! Papers that the collection has already are not staged, unless they changed; then they replace the document that is
//! there.

use std::path::{Path, PathBuf};
use std::time::Instant;

use semsearch_corpus::{
    Corpus, Each, ExistingDocuments, ReadEvent, ReadOptions, Report, ResolvedRecord, stream_corpus,
};
use semsearch_store::{Change, Collection, CollectionError, Key, ModelRecord, Staged, StagingWriter};
use semsearch_task::Progress;

use super::error::IngestError;

/// Papers that were read and wait to be embedded. Holds the writer's lock of the collection.
pub struct Intake {
    pub(crate) change: Change,
    pub(crate) staged: Staged,
    /// The key of each staged document's passage.
    pub(super) keys: Vec<Key>,
    /// The number of each staged document among the documents that were read, counted from 0.
    pub(crate) numbers: Vec<u32>,
    /// Documents that were read, after merging.
    pub(crate) arrivals: u64,
    /// Whether the documents that were there are removed.
    pub(crate) replaces_all: bool,
    /// Staged documents that the collection has in another form.
    pub(crate) changed: u64,
    /// Documents that were read and that the collection has as they are.
    pub(crate) unchanged: u64,
    pub(crate) report: Report,
    pub(super) seconds: f64,
}

/// What becomes of papers that the collection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntakeMode {
    /// New papers are added, changed ones replaced, all others kept.
    Add,
    /// As [`Add`](IntakeMode::Add), but unchanged papers among the inputs are embedded again as well.
    Refresh,
    /// The collection holds only the papers of the inputs afterwards.
    Replace,
}

impl IntakeMode {
    fn begin(self, target: &Path) -> Result<Change, CollectionError> {
        match self {
            IntakeMode::Add | IntakeMode::Refresh => Change::begin(target),
            IntakeMode::Replace => Change::begin_replacing(target),
        }
    }
}

impl Intake {
    /// Reads `inputs` for the collection in `target`. The collection is opened for writing first: a folder that cannot
    /// be written fails at once and not after reading.
    ///
    /// # Errors
    /// [`IngestError`]; the collection is then what it was.
    pub fn read(
        target: &Path,
        mode: IntakeMode,
        inputs: &[PathBuf],
        options: &ReadOptions,
        on_event: &mut dyn FnMut(ReadEvent<'_>),
        progress: &dyn Progress,
    ) -> Result<Self, IngestError> {
        let mut change = mode.begin(target)?;
        let started = Instant::now();
        let scratch = change.writer().staging()?.to_owned();
        Self::take_in(change, mode, started, |existing, put| {
            stream_corpus(inputs, options, progress, on_event, &scratch, existing, put)
        })
    }

    /// Takes in papers that are in memory. A paper replaces the one that the collection has under the same id, unless
    /// the two are equal.
    ///
    /// # Errors
    /// As [`Intake::read`].
    pub fn of(target: &Path, mode: IntakeMode, corpus: &Corpus) -> Result<Self, IngestError> {
        if corpus.documents.is_empty() {
            return Err(IngestError::NoDocuments);
        }
        let change = mode.begin(target)?;
        Self::take_in(change, mode, Instant::now(), |existing, put| {
            for document in &corpus.documents {
                let mut replaces = None;
                if let Some(existing) = existing {
                    for number in existing.find(semsearch_corpus::Identity::of_id(&document.id))? {
                        let held = existing.document(number)?;
                        if held.id == document.id {
                            replaces = Some((number, held.content_hash() == document.content_hash()));
                        }
                    }
                }
                let json = serde_json::to_vec(document).map_err(|error| IngestError::Json(error.into()))?;
                let record = ResolvedRecord::new(document, &json);
                put(match replaces {
                    Some((number, unchanged)) => record.with_replaced(number, unchanged),
                    None => record,
                })?;
            }
            Ok(corpus.report.clone())
        })
    }

    fn take_in(
        mut change: Change,
        mode: IntakeMode,
        started: Instant,
        fill: impl FnOnce(Option<&dyn ExistingDocuments>, &mut Each<'_, IngestError>) -> Result<Report, IngestError>,
    ) -> Result<Self, IngestError> {
        let mut out = StagingWriter::create(change.writer().staging()?)?;
        let (mut keys, mut replaced, mut unchanged) = (Vec::new(), Vec::new(), 0);
        let (mut numbers, mut arrivals) = (Vec::new(), 0_u64);
        let existing = change
            .collection()
            .filter(|_| mode != IntakeMode::Replace)
            .map(|collection| collection as &dyn ExistingDocuments);
        let report = fill(existing, &mut |resolved| {
            let number = u32::try_from(arrivals).unwrap_or(u32::MAX);
            arrivals += 1;
            if resolved.unchanged && mode != IntakeMode::Refresh {
                unchanged += 1;
                return Ok(());
            }
            keys.push(Key::of(&resolved.document.passage()));
            numbers.push(number);
            replaced.extend(resolved.replaces);
            Ok(out.push(resolved.json)?)
        })?;
        let staged = out.finish()?;
        // Without news, a collection stays as it is.
        if staged.is_empty() && unchanged == 0 && (change.collection().is_none() || mode == IntakeMode::Replace) {
            return Err(IngestError::NoDocuments);
        }
        for &number in &replaced {
            let id = change.collection().and_then(|collection| collection.doc_id_numbered(number));
            id.map_or(Ok(()), |id| change.remove(id))?;
        }
        Ok(Intake {
            change,
            staged,
            keys,
            numbers,
            arrivals,
            replaces_all: mode == IntakeMode::Replace,
            changed: replaced.len() as u64,
            unchanged,
            report,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// The number of papers to embed: new ones and changed ones.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.staged.len()
    }

    /// The number of papers to embed that the collection has in another form.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// The number of papers that were read and that the collection has as they are.
    #[must_use]
    pub fn unchanged(&self) -> u64 {
        self.unchanged
    }

    /// The model of the collection that is added to; `None` for a new collection.
    #[must_use]
    pub fn model(&self) -> Option<&ModelRecord> {
        self.change.collection().filter(|_| !self.replaces_all).map(Collection::model)
    }

    /// What was read and merged. Merges were reported one by one while reading.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

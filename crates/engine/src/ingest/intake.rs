//! Papers taken in: read, merged, compared with those that are there, and staged.
//!
//! Merging needs every record, since the last may repeat the first; so nothing can be encoded before all is read. That
//! costs little: reading goes at tens of thousands of papers a second where encoding goes at hundreds. What stays in
//! memory is where each staged paper is and the key of its passage, 40 bytes a paper.
//!
//! Papers that the collection has already are not staged, unless they say something new; then they take the place of
//! what is there.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use semsearch_corpus::{Arrival, Corpus, Each, Known, ReadEvent, ReadOptions, Report, stream_corpus};
use semsearch_index::RowId;
use semsearch_store::{Change, Collection, CollectionError, Key, ModelRecord, Staged, StagingWriter};
use semsearch_task::Progress;

use super::IngestError;

/// Papers that are read and wait to be embedded. The folder of the index is held for them.
pub struct Intake {
    pub(crate) change: Change,
    pub(crate) staged: Staged,
    /// What the passage of each staged document is known by.
    pub(super) keys: Vec<Key>,
    /// Which of the documents that were read each staged one is, counted from 0.
    pub(crate) numbers: Vec<u32>,
    /// How many documents were read, after merging.
    pub(crate) arrivals: u64,
    /// Whether everything that was there goes.
    pub(crate) replaces_all: bool,
    /// Staged documents that are in the collection in another form.
    pub(crate) changed: u64,
    /// Documents that were read and are in the collection as they are.
    pub(crate) unchanged: u64,
    pub(crate) report: Report,
    pub(super) seconds: f64,
}

/// How papers are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What is new is added, what changed is replaced, everything else is kept.
    Add,
    /// The same, but papers that did not change are replaced as well, to be embedded anew.
    Refresh,
    /// The collection is to hold these papers and no other.
    Replace,
}

impl Mode {
    fn begin(self, target: &Path) -> Result<Change, CollectionError> {
        match self {
            Mode::Add | Mode::Refresh => Change::begin(target),
            Mode::Replace => Change::begin_anew(target),
        }
    }
}

impl Intake {
    /// Reads `inputs` for the collection in `target`, which is opened for writing first: a folder that cannot be written
    /// costs a second and not the time of reading.
    ///
    /// # Errors
    /// [`IngestError`]; the collection is then what it was.
    pub fn read(
        target: &Path,
        mode: Mode,
        inputs: &[PathBuf],
        options: &ReadOptions,
        on_event: &mut dyn FnMut(ReadEvent<'_>),
        watch: &dyn Progress,
    ) -> Result<Self, IngestError> {
        let mut change = mode.begin(target)?;
        let started = Instant::now();
        let scratch = change.writer().staging()?.to_owned();
        let mut on_event = |event: ReadEvent<'_>| {
            on_event(event);
            if watch.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        Self::take_in(change, mode, started, |known, put| {
            stream_corpus(inputs, options, &scratch, known, &mut on_event, put)
        })
    }

    /// Takes in papers that are in memory, each under its id: one that the collection has under that id is replaced
    /// unless it is the same.
    ///
    /// # Errors
    /// As [`Intake::read`].
    pub fn of(target: &Path, mode: Mode, corpus: &Corpus) -> Result<Self, IngestError> {
        if corpus.documents.is_empty() {
            return Err(IngestError::NoDocuments);
        }
        let change = mode.begin(target)?;
        Self::take_in(change, mode, Instant::now(), |known, put| {
            for document in &corpus.documents {
                let mut replaces = None;
                if let Some(known) = known {
                    for number in known.find(semsearch_corpus::Identity::of_id(&document.id))? {
                        let held = known.document(number)?;
                        if held.id == document.id {
                            replaces = Some((number, held.content_hash() == document.content_hash()));
                        }
                    }
                }
                let json = serde_json::to_vec(document).map_err(|error| IngestError::Json(error.into()))?;
                put(Arrival {
                    document,
                    json: &json,
                    replaces: replaces.map(|(number, _)| number),
                    unchanged: replaces.is_some_and(|(_, same)| same),
                })?;
            }
            Ok(corpus.report.clone())
        })
    }

    fn take_in(
        mut change: Change,
        mode: Mode,
        started: Instant,
        fill: impl FnOnce(Option<&dyn Known>, &mut Each<'_, IngestError>) -> Result<Report, IngestError>,
    ) -> Result<Self, IngestError> {
        let mut out = StagingWriter::create(change.writer().staging()?)?;
        let (mut keys, mut replaced, mut unchanged) = (Vec::new(), Vec::new(), 0);
        let (mut numbers, mut arrivals) = (Vec::new(), 0_u64);
        let known = change.collection().filter(|_| mode != Mode::Replace).map(|collection| collection as &dyn Known);
        let report = fill(known, &mut |arrival| {
            let number = u32::try_from(arrivals).unwrap_or(u32::MAX);
            arrivals += 1;
            if arrival.unchanged && mode != Mode::Refresh {
                unchanged += 1;
                return Ok(());
            }
            keys.push(Key::of(&arrival.document.passage()));
            numbers.push(number);
            replaced.extend(arrival.replaces.and_then(|number| u32::try_from(number).ok()).map(RowId));
            Ok(out.push(arrival.json)?)
        })?;
        let staged = out.finish()?;
        if staged.len() == 0 && unchanged == 0 {
            return Err(IngestError::NoDocuments);
        }
        replaced.iter().for_each(|&row| change.remove(row));
        Ok(Intake {
            change,
            staged,
            keys,
            numbers,
            arrivals,
            replaces_all: mode == Mode::Replace,
            changed: replaced.len() as u64,
            unchanged,
            report,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// How many papers are to be embedded: new ones and changed ones.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.staged.len()
    }

    /// How many of these are in the collection in another form.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// How many papers were read that the collection has as they are.
    #[must_use]
    pub fn unchanged(&self) -> u64 {
        self.unchanged
    }

    /// The model of the collection that is added to, if there is one.
    #[must_use]
    pub fn model(&self) -> Option<&ModelRecord> {
        self.change.collection().filter(|_| !self.replaces_all).map(Collection::model)
    }

    /// What was read and merged. What was merged into what is told while reading.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

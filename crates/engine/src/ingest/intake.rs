//! Intake: papers are read, merged, compared with the collection, and staged.
//!
//! Merging needs every record, since the last may repeat the first; so encoding begins when reading is done. That costs
//! little: reading goes at tens of thousands of papers a second where encoding goes at hundreds. Memory holds the place
//! of each staged paper and the key of its passage, 40 bytes a paper.
//!
//! Papers that the collection has already are not staged, unless they changed; then they replace the document that is
//! there. A paper that stays and only comes from other sources than before is staged again, too: its places are part of the
//! document.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use semsearch_corpus::{
    Corpus, Each, ExistingDocuments, KnownSource, ReadEvent, ReadOptions, Report, ResolvedRecord, stream_corpus,
};
use semsearch_store::{Change, Collection, CollectionError, Key, ModelRecord, Staged, StagingWriter};
use semsearch_task::Progress;

use super::error::IngestError;
use super::places::{Part, Unlike, json_of, left_behind, with_names};
use super::replaced::Before;
use super::tally::{Fate, Tally};

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
    pub(crate) tally: Tally,
    /// The sources that got another name, each with the name before.
    pub(crate) renamed: Vec<(String, String)>,
    /// The sources that no paper left, because their inputs hold too few of their papers.
    pub(super) unlike: Vec<Unlike>,
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
    /// As [`Add`](IntakeMode::Add), and papers that the collection has from one of the inputs, and that are not in it any more,
    /// are removed. They stay if they come from another source, too; if a malformed record was left out, which may be theirs;
    /// and if the input has less than half of the papers of the source.
    Sync,
    /// As [`Sync`](IntakeMode::Sync), however few papers of the source are left.
    SyncAll,
    /// The collection holds only the papers of the inputs afterwards.
    Replace,
}

impl IntakeMode {
    /// How much of a source must be read for papers to leave it; `None` if none does.
    pub(super) fn part(self) -> Option<Part> {
        match self {
            IntakeMode::Sync => Some(Part::Half),
            IntakeMode::SyncAll => Some(Part::Any),
            _ => None,
        }
    }

    fn begin(self, target: &Path) -> Result<Change, CollectionError> {
        match self {
            IntakeMode::Add | IntakeMode::Refresh | IntakeMode::Sync | IntakeMode::SyncAll => Change::begin(target),
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
        let renamed = RefCell::new(Vec::new());
        let mut hear = |event: ReadEvent<'_>| {
            if let ReadEvent::Recognised { source: KnownSource { name, wanted: Some(wanted), .. }, .. } = &event {
                renamed.borrow_mut().push((name.clone(), wanted.clone()));
            }
            on_event(event);
        };
        Self::take_in(change, mode, started, &renamed, |existing, put| {
            stream_corpus(inputs, options, progress, &mut hear, &scratch, existing, put)
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
        Self::take_in(change, mode, Instant::now(), &RefCell::default(), |existing, put| {
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
                let json = json_of(document)?;
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
        renamed: &RefCell<Vec<(String, String)>>,
        fill: impl FnOnce(Option<&dyn ExistingDocuments>, &mut Each<'_, IngestError>) -> Result<Report, IngestError>,
    ) -> Result<Self, IngestError> {
        let mut out = StagingWriter::create(change.writer().staging()?)?;
        let (mut keys, mut replaced, mut tally) = (Vec::new(), Vec::new(), Tally::default());
        let (mut numbers, mut arrivals) = (Vec::new(), 0_u64);
        let (mut seen, mut before) = (HashSet::new(), Before::new(change.collection()));
        let existing = change
            .collection()
            .filter(|_| mode != IntakeMode::Replace)
            .map(|collection| collection as &dyn ExistingDocuments);
        let report = fill(existing, &mut |resolved| {
            let number = u32::try_from(arrivals).unwrap_or(u32::MAX);
            arrivals += 1;
            seen.extend(resolved.replaces);
            let fate = match (resolved.replaces, resolved.unchanged) {
                _ if mode == IntakeMode::Replace => before.fate_of(resolved.document)?,
                (None, _) => Fate::Added,
                (Some(_), true) => Fate::Unchanged,
                (Some(number), false) => match existing {
                    Some(existing) => Fate::of(&existing.document(number)?, resolved.document),
                    None => Fate::Changed,
                },
            };
            tally.count(fate);
            let moved = with_names(resolved.document, &renamed.borrow());
            if resolved.unchanged && moved.is_none() && mode != IntakeMode::Refresh {
                return Ok(());
            }
            keys.push(Key::of(&resolved.document.passage()));
            numbers.push(number);
            replaced.extend(resolved.replaces);
            match moved {
                Some(document) => Ok(out.push(&json_of(&document)?)?),
                None => Ok(out.push(resolved.json)?),
            }
        })?;
        let renamed = renamed.take();
        let (mut gone, mut unlike) = (Vec::new(), Vec::new());
        if let Some(collection) = change.collection() {
            match mode {
                IntakeMode::Replace => tally.removed = before.left(),
                _ => {
                    let left = left_behind(collection, mode.part(), &report, &renamed, &seen)?;
                    unlike = left.unlike;
                    tally.detached = left.detached;
                    for (id, document) in left.documents {
                        let Some(document) = document else {
                            gone.push(id);
                            continue;
                        };
                        keys.push(Key::of(&document.passage()));
                        // Not among the documents that were read, so it has no number of theirs.
                        numbers.push(u32::MAX);
                        replaced.push(u64::from(id.number()));
                        out.push(&json_of(&document)?)?;
                    }
                    tally.removed = gone.len() as u64;
                }
            }
        }
        let staged = out.finish()?;
        // Without news, a collection stays as it is.
        let is_empty = staged.is_empty() && tally.unchanged == 0 && gone.is_empty();
        if is_empty && (change.collection().is_none() || mode == IntakeMode::Replace) {
            return Err(IngestError::NoDocuments);
        }
        for &number in &replaced {
            let id = change.collection().and_then(|collection| collection.doc_id_numbered(number));
            id.map_or(Ok(()), |id| change.remove(id))?;
        }
        gone.into_iter().try_for_each(|id| change.remove(id))?;
        Ok(Intake {
            change,
            staged,
            keys,
            numbers,
            arrivals,
            replaces_all: mode == IntakeMode::Replace,
            tally,
            renamed,
            unlike,
            report,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// The number of papers that are stored: new ones, changed ones, and those whose sources changed.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.staged.len()
    }

    /// What becomes of the papers.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The sources that get another name, each with the name before.
    #[must_use]
    pub fn renamed(&self) -> &[(String, String)] {
        &self.renamed
    }

    /// The sources that no paper left with [`IntakeMode::Sync`], because their inputs hold too few of their papers.
    #[must_use]
    pub fn unlike(&self) -> &[Unlike] {
        &self.unlike
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

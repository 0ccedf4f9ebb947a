//! Files in, one list of papers out.
//!
//! Inputs are read in the order given and their records in the order they stand in. Each record either
//! becomes a document, is merged into the earlier document it repeats, or is malformed; the [`Report`]
//! accounts for all three. The same inputs in the same order give the same corpus.
//!
//! Ids are unique afterwards; `gather` tells which one a repeated paper has.
//!
//! Two ways lead there. [`read_corpus`] keeps the documents in memory. [`stream_corpus`] puts them aside in a file
//! while it reads and hands them out one by one when all is settled, so that a corpus may be larger than memory.
//!
//! Cost: the documents themselves, in memory or on disk, and while reading 60 to 75 bytes of memory beside each (32 where duplicates are kept).

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::documents::Documents;
use crate::error::ReadError;
use crate::existing::{Each, Known};
use crate::format::Format;
use crate::gather::Gathered;
use crate::options::ReadOptions;
use crate::paths::shown;
use crate::report::{InputReport, Merge, Report};
use crate::shelf::{FileShelf, Shelf};

/// Documents with unique ids, and how they came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corpus {
    /// In the order of their first appearance.
    pub documents: Vec<Document>,
    /// What was read, merged and skipped.
    pub report: Report,
}

/// What happens while reading, for progress and warnings.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadEvent<'a> {
    /// An input was opened and its format found.
    Opened {
        /// The input.
        path: &'a Path,
        /// Its format.
        format: Format,
    },
    /// Another [`PROGRESS_EVERY`] records were read.
    Progress {
        /// Well-formed records of all inputs so far.
        records: u64,
    },
    /// A malformed record was left out.
    Skipped(&'a ReadError),
    /// Several records went into one document. Told by [`stream_corpus`], when all are read.
    Merged(&'a Merge),
}

/// How many records lie between two [`ReadEvent::Progress`].
pub const PROGRESS_EVERY: u64 = 1_000;

/// Reads files, BEIR folders and standard input (`-`) into one corpus, and tells `on_event` what happens on
/// the way.
///
/// # Errors
///
/// When an input cannot be read, is in no known format or holds no record; at the first malformed record
/// unless `skip_bad` is set; with it, when no record was well-formed.
pub fn read_corpus(
    inputs: &[PathBuf],
    options: &ReadOptions,
    on_event: &mut dyn FnMut(ReadEvent<'_>),
) -> Result<Corpus, ReadError> {
    let mut gathered = Gathered::on(Vec::new(), None, options.keep_duplicates);
    let mut tell = |event: ReadEvent<'_>| {
        on_event(event);
        ControlFlow::Continue(())
    };
    let mut report = read_inputs(inputs, options, &mut gathered, &mut tell)?;
    let (documents, merges) = gathered.into_documents()?;
    report.merges = merges;
    Ok(Corpus { documents, report })
}

/// Reads the same as [`read_corpus`] and hands every document to `each`, in order, with the JSON to keep it as.
///
/// `known` are the documents that are there already: a record may be one of them, and those that no record touches are
/// not handed out.
///
/// Until all is read, documents wait in a file without a name on the disk that `scratch` is on. `on_event` may end
/// reading.
///
/// # Errors
///
/// As [`read_corpus`]; [`ReadError::Scratch`] when `scratch` cannot be written, [`ReadError::Stopped`] when `on_event`
/// said so; and whatever `each` gives.
pub fn stream_corpus<E: From<ReadError>>(
    inputs: &[PathBuf],
    options: &ReadOptions,
    scratch: &Path,
    known: Option<&dyn Known>,
    on_event: &mut dyn FnMut(ReadEvent<'_>) -> ControlFlow<()>,
    each: &mut Each<'_, E>,
) -> Result<Report, E> {
    let mut gathered = Gathered::on(FileShelf::new(scratch)?, known, options.keep_duplicates);
    let report = read_inputs(inputs, options, &mut gathered, on_event)?;
    gathered.for_each(&mut |merge| tell(on_event, ReadEvent::Merged(merge)), each)?;
    Ok(report)
}

/// Hears of an event, and may end reading.
type OnEvent<'a> = &'a mut dyn FnMut(ReadEvent<'_>) -> ControlFlow<()>;

fn tell(on_event: OnEvent<'_>, event: ReadEvent<'_>) -> Result<(), ReadError> {
    if on_event(event).is_break() { Err(ReadError::Stopped) } else { Ok(()) }
}

fn read_inputs<S: Shelf>(
    inputs: &[PathBuf],
    options: &ReadOptions,
    gathered: &mut Gathered<'_, S>,
    on_event: OnEvent<'_>,
) -> Result<Report, ReadError> {
    let mut report = Report::default();
    for path in inputs {
        read_input(path, options, gathered, &mut report, on_event)?;
    }
    if gathered.len() == 0 && report.skipped > 0 {
        return Err(ReadError::NothingLeft { skipped: report.skipped });
    }
    report.merged = report.records - gathered.len() as u64;
    Ok(report)
}

fn read_input<S: Shelf>(
    path: &Path,
    options: &ReadOptions,
    gathered: &mut Gathered<'_, S>,
    report: &mut Report,
    on_event: OnEvent<'_>,
) -> Result<(), ReadError> {
    let mut documents = Documents::open(path, options)?;
    let format = documents.format();
    tell(on_event, ReadEvent::Opened { path, format })?;

    let (mut records, mut skipped) = (0, 0);
    while let Some(record) = documents.next_record() {
        match record.and_then(|record| gathered.add(record, documents.path())) {
            Ok(()) => {
                records += 1;
                if (report.records + records).is_multiple_of(PROGRESS_EVERY) {
                    tell(on_event, ReadEvent::Progress { records: report.records + records })?;
                }
            }
            Err(error) if options.skip_bad && error.is_skippable() => {
                skipped += 1;
                tell(on_event, ReadEvent::Skipped(&error))?;
            }
            Err(error) => return Err(error),
        }
    }
    if records + skipped == 0 {
        return Err(ReadError::Empty { path: documents.path().to_owned(), expected: "record" });
    }
    report.records += records;
    report.skipped += skipped;
    report.inputs.push(InputReport { name: shown(path), format, records });
    Ok(())
}

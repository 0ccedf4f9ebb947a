//! Files in, one list of papers out.
//!
//! Inputs are read in the given order, and so are the records of an input. Each record becomes a document, is merged into
//! an earlier document of the same paper, or is malformed; the [`Report`] counts all three. The same inputs in the same
//! order give the same corpus, with unique ids.
//!
//! [`read_corpus`] keeps the documents in memory. [`stream_corpus`] spools them to a file while it reads and hands them out
//! one by one at the end, so that a corpus may be larger than memory.
//!
//! Cost: the documents themselves, in memory or on disk, and while reading 64 to 79 bytes of memory beside each document
//! (36 bytes where duplicates are kept).

use std::path::{Path, PathBuf};

use semsearch_task::{Progress, Stage};

use crate::deduplicator::{Deduplicator, Outcome};
use crate::document::Document;
use crate::documents::Documents;
use crate::error::ReadError;
use crate::existing::{Each, ExistingDocuments};
use crate::format::Format;
use crate::not_understood::Tally;
use crate::notes::Note;
use crate::options::ReadOptions;
use crate::origin::Origin;
use crate::paths::shown;
use crate::report::{InputReport, Merge, Numbered, Replaced, Report};
use crate::sources::{KnownSource, SourceName};
use crate::spool::{FileSpool, Spool};

/// Documents with unique ids, and an account of reading them.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Corpus {
    /// In the order of their first appearance.
    pub documents: Vec<Document>,
    /// What was read, merged and skipped.
    pub report: Report,
}

impl Corpus {
    /// Documents that were not read from files; each counts as one record. Their ids must be unique.
    #[must_use]
    pub fn new(documents: Vec<Document>) -> Self {
        Corpus { report: Report { records: documents.len() as u64, ..Report::default() }, documents }
    }
}

/// An event of reading, for messages. [`Progress`] gets the number of records read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadEvent<'a> {
    /// An input was opened and its format detected.
    Opened {
        /// The input.
        path: &'a Path,
        /// The format of the input.
        format: Format,
    },
    /// An input is not UTF-8 and was read in another encoding.
    Decoded {
        /// The file.
        path: &'a Path,
        /// The name of the encoding.
        encoding: &'a str,
        /// Whether the encoding was guessed: the file does not tell it.
        is_guess: bool,
    },
    /// A part of an input was not read: a file of a folder, a column or a sheet of a table.
    NotRead {
        /// The input.
        path: &'a Path,
        /// The part, by its name.
        part: &'a str,
        /// What was found there instead of papers.
        why: &'a str,
    },
    /// An input is a source that the collection has under another name.
    Recognised {
        /// The input.
        path: &'a Path,
        /// The source.
        source: &'a KnownSource,
    },
    /// What the input that was opened last calls the fields of papers.
    Named(&'a [Origin]),
    /// A record was read, as it stands in the input.
    Read(&'a Document),
    /// A malformed record was left out.
    Skipped(&'a ReadError),
    /// Several records were merged into one document. Sent by [`stream_corpus`], after the last record.
    Merged(&'a Merge),
    /// A new document got a number, because another paper has its name as an id. Sent by [`stream_corpus`], after the last
    /// record.
    Numbered(&'a Numbered),
    /// A document took the place of another paper that had the same id. Sent by [`stream_corpus`], after the last record.
    Replaced(&'a Replaced),
}

/// A function that is called with each event while inputs are read.
pub type OnEvent<'a> = dyn FnMut(ReadEvent<'_>) + 'a;

/// How many records are read between two reports to [`Progress`].
const RECORDS_PER_REPORT: usize = 1_000;

/// Reads files, BEIR folders and standard input (`-`) into one corpus in memory.
///
/// `progress` is told of every 1,000 records of [`Stage::Read`] and may stop reading; `on_event` is called for opened
/// inputs and skipped records.
///
/// # Errors
///
/// When an input cannot be read, has an unknown format or holds no record; at the first malformed record unless
/// [`ReadOptions::skip_bad`] is set; with it, when no record was well-formed. [`ReadError::Stopped`] when `progress` stops.
pub fn read_corpus(
    inputs: &[PathBuf],
    options: &ReadOptions,
    progress: &dyn Progress,
    on_event: &mut OnEvent<'_>,
) -> Result<Corpus, ReadError> {
    let mut deduplicator = Deduplicator::new(Vec::new(), None, options.keep_duplicates);
    let mut report = read_inputs(inputs, options, progress, on_event, &mut deduplicator)?;
    let (documents, merges, numbered) = deduplicator.into_documents()?;
    report.merges = merges;
    report.numbered = numbered;
    Ok(Corpus { documents, report })
}

/// Reads inputs as [`read_corpus`] does and hands every document to `each`, in order.
///
/// Documents are spooled to a file without a name on the disk of the folder `scratch` until the last record is read. A
/// record may be one of the `existing` documents; existing documents without a new record are not handed out.
///
/// # Errors
///
/// The errors of [`read_corpus`], [`ReadError::Scratch`] when `scratch` cannot be written, [`ReadError::Existing`] when
/// `existing` cannot be read, and the errors of `each`.
pub fn stream_corpus<E: From<ReadError>>(
    inputs: &[PathBuf],
    options: &ReadOptions,
    progress: &dyn Progress,
    on_event: &mut OnEvent<'_>,
    scratch: &Path,
    existing: Option<&dyn ExistingDocuments>,
    each: &mut Each<'_, E>,
) -> Result<Report, E> {
    let mut deduplicator = Deduplicator::new(FileSpool::new(scratch)?, existing, options.keep_duplicates);
    let mut report = read_inputs(inputs, options, progress, on_event, &mut deduplicator)?;
    let mut numbered = 0;
    let mut on_outcome = |outcome: Outcome<'_>| {
        on_event(match outcome {
            Outcome::Merged(merge) => ReadEvent::Merged(merge),
            Outcome::Numbered(document) => {
                numbered += 1;
                ReadEvent::Numbered(document)
            }
            Outcome::Replaced(document) => ReadEvent::Replaced(document),
        });
        Ok(progress.check()?)
    };
    deduplicator.for_each(&mut on_outcome, each)?;
    report.numbered = numbered;
    Ok(report)
}

fn read_inputs<S: Spool>(
    inputs: &[PathBuf],
    options: &ReadOptions,
    progress: &dyn Progress,
    on_event: &mut OnEvent<'_>,
    deduplicator: &mut Deduplicator<'_, S>,
) -> Result<Report, ReadError> {
    progress.begin(Stage::Read, 0);
    let (mut report, mut tally) = (Report::default(), Tally::default());
    for path in inputs {
        let source = SourceName::of(path, inputs, options, deduplicator.existing())?;
        if let Some(known) = &source.known {
            on_event(ReadEvent::Recognised { path, source: known });
        }
        read_input(path, &source, options, progress, on_event, deduplicator, &mut report, &mut tally)?;
    }
    report.not_understood = tally.into_accounts();
    if deduplicator.len() == 0 && report.skipped > 0 {
        return Err(ReadError::NothingLeft { skipped: report.skipped });
    }
    report.merged = report.records - deduplicator.len() as u64;
    report.joined = deduplicator.joined();
    Ok(report)
}

fn tell_notes(documents: &Documents, on_event: &mut OnEvent<'_>) {
    for note in documents.take_notes() {
        on_event(match &note {
            Note::Decoded { path, encoding, is_guess } => ReadEvent::Decoded { path, encoding, is_guess: *is_guess },
            Note::Named(origins) => ReadEvent::Named(origins),
            Note::NotRead { path, part, why } => ReadEvent::NotRead { path, part, why },
        });
    }
}

#[expect(clippy::too_many_arguments, reason = "what an input is read from, and all that is told of it")]
fn read_input<S: Spool>(
    path: &Path,
    source: &SourceName,
    options: &ReadOptions,
    progress: &dyn Progress,
    on_event: &mut OnEvent<'_>,
    deduplicator: &mut Deduplicator<'_, S>,
    report: &mut Report,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let mut documents = Documents::open(path, options)?;
    let format = documents.format();
    on_event(ReadEvent::Opened { path, format });
    tell_notes(&documents, on_event);
    progress.check()?;

    let (mut records, mut skipped, mut unreported) = (0, 0, 0);
    while let Some(mut record) = documents.next_record() {
        if let Ok(record) = &mut record {
            source.put_into(&mut record.document);
            tally.add(&record.document);
            on_event(ReadEvent::Read(&record.document));
        }
        match record.and_then(|record| deduplicator.add(record, documents.path())) {
            Ok(()) => {
                records += 1;
                unreported += 1;
                if unreported == RECORDS_PER_REPORT {
                    progress.advance(unreported, 0);
                    progress.check()?;
                    unreported = 0;
                }
            }
            Err(error) if options.skip_bad && error.is_skippable() => {
                skipped += 1;
                on_event(ReadEvent::Skipped(&error));
                progress.check()?;
            }
            Err(error) => return Err(error),
        }
    }
    progress.advance(unreported, 0);
    tell_notes(&documents, on_event);
    if records + skipped == 0
        && let Some(error) = documents.emptiness()
    {
        return Err(error);
    }
    report.records += records;
    report.passed_over += documents.passed_over();
    report.skipped += skipped;
    let (source, is_recognised) = (source.name.clone(), source.known.is_some());
    let (name, is_named) = (shown(path), options.source.is_some());
    report.inputs.push(InputReport { name, source, is_named, is_recognised, format, records });
    Ok(())
}

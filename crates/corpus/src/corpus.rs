//! Files in, one list of papers out.
//!
//! Inputs are read in the order given and their records in the order they stand in. Each record either
//! becomes a document, is merged into the earlier document it repeats, or is malformed; the [`Report`]
//! accounts for all three. The same inputs in the same order give the same corpus.
//!
//! Ids are unique afterwards; `gather` tells which one a repeated paper has.
//!
//! Cost: the documents themselves, and some 150 bytes beside each while reading.

use std::path::{Path, PathBuf};

use crate::detect::Format;
use crate::document::Document;
use crate::error::{ReadError, shown};
use crate::gather::Gathered;
use crate::readers::Documents;
use crate::report::{InputReport, Merge, Report};

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Leave malformed records out and count them, rather than stop at the first.
    pub skip_bad: bool,
    /// The year captured Daily Papers pages are from. They show none; without it the year is inferred from
    /// each page's dates where that is safe, and such dates stay unknown where it is not.
    pub page_year: Option<i32>,
}

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
    let mut gathered = Gathered::default();
    let mut report = Report::default();
    for path in inputs {
        read_input(path, options, &mut gathered, &mut report, on_event)?;
    }
    let documents = gathered.into_documents();
    if documents.is_empty() && report.skipped > 0 {
        return Err(ReadError::NothingLeft { skipped: report.skipped });
    }
    report.merged = report.records - documents.len() as u64;
    report.merges = Merge::list(&documents);
    Ok(Corpus { documents, report })
}

fn read_input(
    path: &Path,
    options: &ReadOptions,
    gathered: &mut Gathered,
    report: &mut Report,
    on_event: &mut dyn FnMut(ReadEvent<'_>),
) -> Result<(), ReadError> {
    let mut documents = Documents::open(path, options)?;
    let format = documents.format();
    on_event(ReadEvent::Opened { path, format });

    let (mut records, mut skipped) = (0, 0);
    while let Some(record) = documents.next_record() {
        match record.and_then(|record| gathered.add(record, documents.path())) {
            Ok(()) => {
                records += 1;
                if (report.records + records).is_multiple_of(PROGRESS_EVERY) {
                    on_event(ReadEvent::Progress { records: report.records + records });
                }
            }
            Err(error) if options.skip_bad && error.is_skippable() => {
                skipped += 1;
                on_event(ReadEvent::Skipped(&error));
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

//! Papers taken in: read, merged, and written where the new collection will have them.
//!
//! Merging needs every record, since the last may repeat the first; so nothing can be encoded before all is read. That
//! costs little: reading goes at tens of thousands of papers a second where encoding goes at hundreds. What stays in
//! memory is a line of the index of documents and the key of the passage, 48 bytes a paper.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use semsearch_corpus::corpus::Each;
use semsearch_corpus::{Arrival, Corpus, ReadEvent, ReadOptions, Report, stream_corpus};

use super::checkpoint::Key;
use super::{IngestError, Watch};
use crate::collection::{Documents, DocumentsWriter, Writer};

/// Papers that are read and wait to be embedded. The folder of the index is held for them.
#[derive(Debug)]
pub struct Intake {
    pub(super) writer: Writer,
    pub(super) documents: Documents,
    /// What the passage of each document is known by.
    pub(super) keys: Vec<Key>,
    pub(super) report: Report,
    pub(super) seconds: f64,
}

impl Intake {
    /// Reads `inputs` for an index in `target`, which is opened for writing first: a folder that cannot be written costs
    /// a second and not the time of reading.
    ///
    /// # Errors
    /// [`IngestError`]; the old collection, if any, is then still there.
    pub fn read(
        target: &Path,
        inputs: &[PathBuf],
        options: &ReadOptions,
        on_event: &mut dyn FnMut(ReadEvent<'_>),
        watch: &dyn Watch,
    ) -> Result<Self, IngestError> {
        let writer = Writer::begin(target)?;
        let started = Instant::now();
        let scratch = writer.folder().to_owned();
        let mut on_event = |event: ReadEvent<'_>| {
            on_event(event);
            if watch.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let fill = |put: &mut Each<'_, IngestError>| stream_corpus(inputs, options, &scratch, None, &mut on_event, put);
        Self::take_in(writer, started, fill)
    }

    /// Takes in papers that are in memory.
    ///
    /// # Errors
    /// As [`Intake::read`].
    pub fn of(target: &Path, corpus: &Corpus) -> Result<Self, IngestError> {
        if corpus.documents.is_empty() {
            return Err(IngestError::NoDocuments);
        }
        let writer = Writer::begin(target)?;
        let fill = |put: &mut Each<'_, IngestError>| {
            for document in &corpus.documents {
                let json = serde_json::to_vec(document).map_err(|error| IngestError::Json(error.into()))?;
                put(Arrival { document, json: &json, replaces: None, unchanged: false })?;
            }
            Ok(corpus.report.clone())
        };
        Self::take_in(writer, Instant::now(), fill)
    }

    fn take_in(
        writer: Writer,
        started: Instant,
        fill: impl FnOnce(&mut Each<'_, IngestError>) -> Result<Report, IngestError>,
    ) -> Result<Self, IngestError> {
        let mut out = DocumentsWriter::create(writer.folder())?;
        let mut keys = Vec::new();
        let report = fill(&mut |arrival| {
            keys.push(Key::of(&arrival.document.passage()));
            Ok(out.push(arrival.document, arrival.json)?)
        })?;
        let documents = out.finish()?;
        if documents.is_empty() {
            return Err(IngestError::NoDocuments);
        }
        Ok(Intake { writer, documents, keys, report, seconds: started.elapsed().as_secs_f64() })
    }

    /// How many papers there are.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents.len()
    }

    /// What was read and merged. What was merged into what is told while reading.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

//! What changed an index.

use std::path::Path;
use std::time::Duration;

use semsearch_engine::Ingested;

use crate::change::{
    Embedded, EmbeddedInput, EmbeddedSchema, Exported, ExportedSchema, Imported, ImportedSchema, NotUnderstood,
    Removed, RemovedSchema, RenamedSource, UnlikeSource, Vacuumed, VacuumedSchema,
};
use crate::shared::TitledPaper;

impl NotUnderstood {
    /// An account of reading.
    #[must_use]
    pub fn new(account: &semsearch_corpus::NotUnderstood) -> Self {
        NotUnderstood {
            field: account.field.clone(),
            records: account.records,
            example: account.example.clone(),
            file: account.source.as_ref().map(|source| source.file.clone()),
            line: account.source.as_ref().map(|source| source.line),
        }
    }
}

impl From<&semsearch_corpus::InputReport> for EmbeddedInput {
    fn from(input: &semsearch_corpus::InputReport) -> Self {
        EmbeddedInput {
            input: input.name.clone(),
            records: input.records,
            source: input.source.clone(),
            is_recognised: input.is_recognised,
        }
    }
}

impl From<&semsearch_engine::Unlike> for UnlikeSource {
    fn from(unlike: &semsearch_engine::Unlike) -> Self {
        UnlikeSource { source: unlike.source.clone(), documents: unlike.papers, read: unlike.read }
    }
}

impl Embedded {
    /// What was embedded into `index`, from start to end in `took`, with at most `peak_memory_bytes` of memory.
    #[must_use]
    pub fn new(ingested: &Ingested, index: &Path, took: Duration, peak_memory_bytes: Option<u64>) -> Self {
        let Ingested { manifest, report, tally, .. } = ingested;
        let model = manifest.model();
        let renamed = |(from, to): &(String, String)| RenamedSource { from: from.clone(), to: to.clone() };
        Embedded {
            schema: EmbeddedSchema::V1,
            records: report.records,
            documents: manifest.documents(),
            added: tally.added,
            changed: tally.changed,
            unchanged: tally.unchanged,
            removed: tally.removed,
            detached: tally.detached,
            inputs: report.inputs.iter().map(EmbeddedInput::from).collect(),
            renamed_sources: ingested.renamed.iter().map(renamed).collect(),
            unlike_sources: ingested.unlike.iter().map(UnlikeSource::from).collect(),
            merged: report.merged,
            joined: report.joined,
            numbered: report.numbered,
            skipped: report.skipped,
            passed_over: report.passed_over,
            not_understood: report.not_understood.iter().map(NotUnderstood::new).collect(),
            stored: ingested.stored,
            encoded: ingested.encoded(),
            resumed: ingested.resumed,
            taken_over: ingested.taken_over,
            truncated: ingested.truncated,
            truncated_share: ingested.truncated as f64 / ingested.stored.max(1) as f64,
            tokens: ingested.tokens_encoded,
            model: model.name().to_owned(),
            dimension: model.dimension() as u64,
            seconds: took.as_secs_f64(),
            seconds_read: ingested.seconds_read,
            seconds_encode: ingested.seconds_encode,
            seconds_index: ingested.seconds_index,
            seconds_write: ingested.seconds_write,
            documents_per_second: ingested.documents_per_second(),
            tokens_per_second: ingested.tokens_per_second(),
            seconds_waiting: ingested.seconds_waiting,
            peak_memory_bytes,
            generation: manifest.generation,
            segments: manifest.segments.len() as u64,
            index: index.display().to_string(),
        }
    }
}

impl Imported {
    /// What was imported into `index`.
    #[must_use]
    pub fn new(imported: &semsearch_engine::exchange::Imported, index: &Path) -> Self {
        Imported {
            schema: ImportedSchema::V1,
            documents: imported.manifest.documents(),
            added: imported.added,
            changed: imported.changed,
            unchanged: imported.unchanged,
            normalised: imported.normalised,
            generation: imported.manifest.generation,
            index: index.display().to_string(),
        }
    }
}

impl Exported {
    /// What was exported from `index`.
    #[must_use]
    pub fn new(exported: &semsearch_engine::exchange::Exported, index: &Path) -> Self {
        Exported {
            schema: ExportedSchema::V1,
            documents: exported.documents,
            files: exported.files.iter().map(|file| file.display().to_string()).collect(),
            index: index.display().to_string(),
        }
    }
}

impl Removed {
    /// What was removed from `index`, or would be if not for `dry_run`.
    #[must_use]
    pub fn new(removed: &semsearch_store::Removed, index: &Path, dry_run: bool) -> Self {
        Removed {
            schema: RemovedSchema::V1,
            removed: removed.documents,
            dry_run,
            papers: removed.titled.iter().map(TitledPaper::from).collect(),
            documents: removed.left,
            generation: removed.manifest.generation,
            index: index.display().to_string(),
        }
    }
}

impl Vacuumed {
    /// What merging the segments of `index` gave back, from start to end in `took`.
    #[must_use]
    pub fn new(vacuumed: &semsearch_store::Compacted, index: &Path, took: Duration) -> Self {
        Vacuumed {
            schema: VacuumedSchema::V1,
            documents: vacuumed.manifest.documents(),
            dropped: vacuumed.dropped,
            segments_before: vacuumed.segments.0 as u64,
            segments: vacuumed.segments.1 as u64,
            bytes_before: vacuumed.bytes.0,
            bytes: vacuumed.bytes.1,
            seconds: took.as_secs_f64(),
            generation: vacuumed.manifest.generation,
            index: index.display().to_string(),
        }
    }
}

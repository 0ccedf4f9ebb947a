//! What reading inputs would give.

use std::path::Path;

use semsearch_corpus::{Document, Inspection, Merge};
use semsearch_engine::Leaving;

use crate::change::{NotUnderstood, UnlikeSource};
use crate::inspect::{
    FirstPaper, IndexNews, Inspect, InspectSchema, InspectedField, InspectedInput, KeptField, MergedPaper,
};
use crate::shared::TitledPaper;

impl Inspect {
    /// What was found in inputs, for an index in a folder if there is one, and what it would lose.
    #[must_use]
    pub fn new(found: &Inspection, index: Option<&Path>, leaving: &Leaving) -> Self {
        let report = &found.report;
        Inspect {
            schema: InspectSchema::V1,
            inputs: found.inputs.iter().map(InspectedInput::new).collect(),
            records: report.records,
            papers: found.added + found.changed + found.unchanged,
            merged: report.merged,
            merges: found.merges.iter().map(MergedPaper::new).collect(),
            skipped: report.skipped,
            passed_over: report.passed_over,
            not_understood: report.not_understood.iter().map(NotUnderstood::new).collect(),
            index: index.map(|path| IndexNews {
                added: found.added,
                changed: found.changed,
                unchanged: found.unchanged,
                removed: leaving.removed.iter().map(TitledPaper::from).collect(),
                detached: leaving.detached,
                unlike_sources: leaving.unlike.iter().map(UnlikeSource::from).collect(),
                path: path.display().to_string(),
            }),
        }
    }
}

impl InspectedInput {
    fn new(input: &semsearch_corpus::InspectedInput) -> Self {
        let field = |field: &semsearch_corpus::InspectedField| InspectedField {
            field: field.field.to_owned(),
            records: field.records,
            from: field.from.clone(),
        };
        InspectedInput {
            name: input.name.clone(),
            format: input.format.to_string(),
            encoding: input.encoding.clone(),
            records: input.records,
            fields: input.fields.iter().map(field).collect(),
            kept: input
                .kept
                .iter()
                .map(|(name, records)| KeptField { name: name.clone(), records: *records })
                .collect(),
            first: input.first.iter().map(FirstPaper::new).collect(),
            not_read: input.not_read.clone(),
        }
    }
}

impl FirstPaper {
    fn new(document: &Document) -> Self {
        FirstPaper {
            id: document.id.clone(),
            title: document.title.clone(),
            r#abstract: document.r#abstract.clone(),
            authors: document.authors.clone(),
            date: document.date.map(|date| date.to_string()),
            year: document.year,
            venue: document.venue.clone(),
            doi: document.doi.clone(),
            line: document.source.first().map(|source| source.line),
        }
    }
}

impl MergedPaper {
    fn new(merge: &Merge) -> Self {
        MergedPaper {
            id: merge.id.clone(),
            title: merge.title.clone(),
            records: merge.records,
            by: merge.by.iter().map(ToString::to_string).collect(),
        }
    }
}

//! A collection of the first version becomes one of this version.
//!
//! Documents are copied line by line, and vectors bit for bit. The first version did not record the tokens of each
//! document, so the model's tokeniser counts them; nothing is encoded.

use std::collections::HashSet;

use semsearch_corpus::Identity;
use semsearch_index::{Element, RowId};
use semsearch_store::{CollectionError, GraphRecord, Manifest, SegmentRecord};

use super::documents::parse;
use super::error::RepairError;
use super::job::Job;
use super::make::Taken;
use super::outcome::{Lost, Repaired};
use super::version_1::{DOCUMENTS, INDEX, Version1};

impl Job<'_> {
    /// Rewrites a collection of the first version.
    pub(super) fn rewrite(mut self, old: &Version1) -> Result<Repaired, RepairError> {
        let Version1 { folder, description, lines, index } = old;
        let (mut kept, mut ids, mut replaced) = (Vec::new(), HashSet::new(), 0);
        for (row, line) in lines.iter().enumerate().rev() {
            let Some(line) = line else { continue };
            // As everywhere, a later paper replaces an earlier one of the same id.
            if ids.insert(Identity::of_id(&parse(line)?.id).0) {
                kept.push(RowId(row as u32));
            } else {
                replaced += 1;
            }
        }
        kept.reverse();
        for row in (0..lines.len()).filter(|&row| lines[row].is_none()) {
            self.lost.push(Lost { path: folder.join(DOCUMENTS), row: row as u32, id_hash: None });
        }
        if kept.is_empty() {
            return Err(RepairError::Hopeless { path: self.root.to_owned() });
        }
        let model = &description.model;
        self.act(folder.join(DOCUMENTS), format!("{} of {} papers taken over", kept.len(), description.documents));
        if replaced > 0 {
            self.act(folder.join(DOCUMENTS), format!("{replaced} papers have the id of a later one: left out"));
        }
        self.act(
            folder.join(INDEX),
            match index {
                Some(_) => format!("vectors taken over, tokens counted anew by model `{}`", model.reference),
                None => format!("damaged: papers embedded again by model `{}`", model.reference),
            },
        );
        if self.is_dry_run {
            return Ok(Repaired {
                documents: kept.len() as u64,
                actions: self.actions,
                lost: self.lost,
                generation: None,
            });
        }
        let mut graph = GraphRecord::default();
        if let Some(index) = index {
            if let Some(params) = index.hnsw_params() {
                (graph.m, graph.ef_construction) = (params.m, params.ef_construction);
            }
            graph.half = index.vectors().element() == Element::F16;
        }
        let line = |place: usize| {
            let line = kept.get(place).and_then(|row| lines.get(row.index())?.clone());
            line.ok_or_else(|| CollectionError::Document { problem: "it is not there".to_owned() })
        };
        let (name, files) = self.make_documents(kept.len(), &line)?;
        let taken =
            index.as_ref().map(|index| Taken { index, rows: &kept, tokens: None, seconds: description.seconds_encode });
        let vectors = self.make_vectors(model, &graph, kept.len(), taken, &line)?;
        let mut manifest = Manifest::empty(model.clone(), graph).next("rewritten from version 1".to_owned());
        manifest.intake.records = description.records;
        manifest.intake.merged = description.merged;
        manifest.intake.skipped = description.skipped;
        let rows = kept.len() as u64;
        manifest.segments = vec![SegmentRecord::new(name, rows, files, vec![vectors])];
        self.commit(manifest, &[])
    }
}

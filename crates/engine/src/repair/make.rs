//! Documents, columns, vectors and graphs made again.

use semsearch_embed::TextKind;
use semsearch_index::{RowId, RowsWriter, StoredIndex};
use semsearch_store::check::Inspected;
use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{
    CollectionError, FileRecord, GraphRecord, Key, Manifest, ModelRecord, SegmentRecord, StagingWriter, Tokens,
    VectorsRecord, build_graph, write_lines,
};
use semsearch_task::Stage;

use super::documents::parse;
use super::error::RepairError;
use super::job::Job;
use super::plan::{Plan, VectorsPlan};
use crate::ingest::{Checkpoint, with_vectors};

/// Documents as JSON, by their place in the new segment.
pub(super) type Lines<'a> = dyn Fn(usize) -> Result<Vec<u8>, CollectionError> + 'a;

/// Stored vectors that are copied to the new segment.
pub(super) struct Taken<'a> {
    /// The index that holds them.
    pub(super) index: &'a StoredIndex,
    /// The rows to copy, in the order of the new segment.
    pub(super) rows: &'a [RowId],
    /// The tokens of each row of the index; `None` if they are lost.
    pub(super) tokens: Option<&'a Tokens>,
    /// Seconds that encoding them took.
    pub(super) seconds: f64,
}

impl Job<'_> {
    /// Makes the new segment as planned.
    pub(super) fn carry_out(
        &mut self,
        base: &Manifest,
        record: &SegmentRecord,
        inspected: &Inspected,
        plan: &Plan,
    ) -> Result<SegmentRecord, RepairError> {
        let line = |place: usize| match (&plan.kept[place].found, &inspected.documents) {
            (Some(found), _) => Ok(found.clone()),
            (None, Some(blocks)) => Ok(blocks.json(plan.kept[place].row)?),
            (None, None) => Err(CollectionError::Document { problem: "its file is gone".to_owned() }),
        };
        let (name, files) = match plan.is_rewritten {
            true => self.make_documents(plan.kept.len(), &line)?,
            false => (record.name.clone(), record.files.clone()),
        };
        let rows: Vec<RowId> = plan.kept.iter().map(|kept| kept.row).collect();
        let mut vectors = Vec::with_capacity(record.vectors.len());
        for ((old, seen), &what) in record.vectors.iter().zip(&inspected.vectors).zip(&plan.vectors) {
            let taken = match (what, &seen.index) {
                (VectorsPlan::Drop, _) => continue,
                (VectorsPlan::Stay, _) => {
                    vectors.push(old.clone());
                    continue;
                }
                (VectorsPlan::Embed, _) | (_, None) => None,
                (VectorsPlan::Graph | VectorsPlan::Tokens, Some(index)) => {
                    let seconds = old.seconds_encode;
                    Some(Taken { index, rows: &rows, tokens: seen.tokens.as_ref(), seconds })
                }
            };
            let Some(model) = base.model_of(&old.fingerprint) else { continue };
            vectors.push(self.make_vectors(model, &base.graph, rows.len(), taken, &line)?);
        }
        Ok(SegmentRecord::new(name, rows.len() as u64, files, vectors))
    }

    /// Writes documents and columns; returns the name of their segment, and its files.
    pub(super) fn make_documents(
        &mut self,
        rows: usize,
        line: &Lines<'_>,
    ) -> Result<(String, Vec<FileRecord>), RepairError> {
        self.progress.begin(Stage::Write, rows);
        let object = self.writer()?.new_segment()?;
        let files = write_lines(&object, &mut (0..rows).map(line), self.progress)?;
        Ok((object.name, files))
    }

    /// Writes vectors, tokens and graph, copied from stored vectors or made from documents.
    pub(super) fn make_vectors(
        &mut self,
        model: &ModelRecord,
        graph: &GraphRecord,
        rows: usize,
        taken: Option<Taken<'_>>,
        line: &Lines<'_>,
    ) -> Result<VectorsRecord, RepairError> {
        let Some(Taken { index, rows: from, tokens: known, seconds }) = taken else {
            return self.embed(model, graph, rows, line);
        };
        let mut tokens = Tokens::default();
        match known {
            Some(known) => from.iter().for_each(|&row| {
                let (count, truncated) = known.get(row);
                tokens.push(count, truncated);
            }),
            None => {
                let encoder = self.encoder(model)?;
                for place in 0..rows {
                    let passage = parse(&line(place)?)?.passage();
                    let pieces = encoder.pieces(&passage, TextKind::Passage).map_err(RepairError::Tokenise)?;
                    tokens.push(u32::try_from(pieces.tokens()).unwrap_or(u32::MAX), pieces.truncated);
                }
            }
        }
        let object = self.writer()?.new_vectors()?;
        let vectors = index.vectors();
        let mut out = RowsWriter::create(&object.folder, rows as u64, vectors.dim(), vectors.element())?;
        let mut vector = vec![0.0; vectors.dim()];
        for &row in from {
            vectors.copy_row(row, &mut vector).map_err(semsearch_index::SaveError::from)?;
            out.push(&vector)?;
        }
        Ok(build_graph(&object, model, graph, &out.finish()?, &tokens, seconds, self.progress)?)
    }

    /// Writes vectors, tokens and graph, made from documents.
    fn embed(
        &mut self,
        model: &ModelRecord,
        graph: &GraphRecord,
        rows: usize,
        line: &Lines<'_>,
    ) -> Result<VectorsRecord, RepairError> {
        let encoder = self.encoder(model)?;
        let object = self.writer()?.new_vectors()?;
        let staging = self.writer()?.staging()?.to_owned();
        let mut out = StagingWriter::create(&staging)?;
        let mut keys = Vec::with_capacity(rows);
        for place in 0..rows {
            let json = line(place)?;
            keys.push(Key::of(&parse(&json)?.passage()));
            out.push(&json)?;
        }
        let staged = out.finish()?;
        // Vectors of an interrupted ingest are used, and stay there for it.
        let place = self.root.join(CHECKPOINT);
        let (mut checkpoint, is_ours) = match self.checkpoint.take() {
            Some(checkpoint) => (checkpoint, true),
            None => {
                let checkpoint = Checkpoint::open(&place, encoder.fingerprint(), encoder.dimension())?;
                let is_ours = checkpoint.is_empty();
                (checkpoint, is_ours)
            }
        };
        let (progress, dimension, element) = (self.progress, model.dimension(), graph.element());
        let made = with_vectors(&staged, &keys, &*encoder, &mut checkpoint, progress, |vectors| {
            let mut out = RowsWriter::create(&object.folder, rows as u64, dimension, element)?;
            let mut tokens = Tokens::default();
            let mut vector = vec![0.0; dimension];
            for number in 0..rows {
                let (count, truncated) = vectors.read(number, &mut vector)?;
                out.push(&vector)?;
                tokens.push(count, truncated);
            }
            build_graph(&object, model, graph, &out.finish()?, &tokens, vectors.seconds(), progress)
        })?;
        self.checkpoint = is_ours.then_some(checkpoint);
        Ok(made)
    }
}

//! Documents, columns, vectors and graphs made anew.

use std::sync::Arc;

use semsearch_corpus::Document;
use semsearch_embed::{Encoder, TextKind};
use semsearch_index::{RowId, RowsWriter, StoredIndex};
use semsearch_store::check::Inspected;
use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{
    CollectionError, FileRecord, GraphRecord, Key, Manifest, ModelRecord, SegmentRecord, StagingWriter, Tokens,
    VectorsRecord, Writer, build_graph, write_lines,
};
use semsearch_task::Stage;

use super::plan::{Plan, VectorsPlan};
use super::{Repair, RepairError};
use crate::ingest::{Checkpoint, with_vectors};

/// Documents, as lines of JSON, by their place in the new segment.
pub(super) type Lines<'a> = dyn Fn(usize) -> Result<Vec<u8>, CollectionError> + 'a;

/// Vectors that are there, and what there is to them.
pub(super) struct Taken<'a> {
    /// Where they are.
    pub(super) index: &'a StoredIndex,
    /// Which of them, in the order of the new segment.
    pub(super) rows: &'a [RowId],
    /// The tokens of each row that is there, if that is known.
    pub(super) tokens: Option<&'a Tokens>,
    /// Seconds that making them took.
    pub(super) seconds: f64,
}

impl Repair<'_> {
    /// Makes of a segment what was planned.
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
        Ok(SegmentRecord { name, rows: rows.len() as u64, removed: 0, files, removed_rows: None, vectors })
    }

    /// Documents and columns; the name of their segment, and its files.
    pub(super) fn make_documents(
        &mut self,
        rows: usize,
        line: &Lines<'_>,
    ) -> Result<(String, Vec<FileRecord>), RepairError> {
        self.watch.begin(Stage::Write, rows);
        let object = self.writer()?.new_segment()?;
        let files = write_lines(&object, &mut (0..rows).map(line), self.watch)?;
        Ok((object.name, files))
    }

    /// Vectors, tokens and graph, of what is there already and of documents.
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
                let (count, cut) = known.get(row);
                tokens.push(count, cut);
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
        Ok(build_graph(&object, model, graph, &out.finish()?, &tokens, seconds, self.watch)?)
    }

    /// All of it from documents.
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
        // What an interrupted `embed` has made is found there, and stays there for it.
        let place = self.root.join(CHECKPOINT);
        let (mut checkpoint, is_ours) = match self.checkpoint.take() {
            Some(checkpoint) => (checkpoint, true),
            None => {
                let checkpoint = Checkpoint::open(&place, encoder.fingerprint(), encoder.dimension())?;
                let is_ours = checkpoint.is_empty();
                (checkpoint, is_ours)
            }
        };
        let (watch, dimension, element) = (self.watch, model.dimension(), graph.element());
        let made = with_vectors(&staged, &keys, &*encoder, &mut checkpoint, watch, |vectors| {
            let mut out = RowsWriter::create(&object.folder, rows as u64, dimension, element)?;
            let mut tokens = Tokens::default();
            let mut vector = vec![0.0; dimension];
            for number in 0..rows {
                let (count, cut) = vectors.read(number, &mut vector)?;
                out.push(&vector)?;
                tokens.push(count, cut);
            }
            build_graph(&object, model, graph, &out.finish()?, &tokens, vectors.seconds(), watch)
        })?;
        self.checkpoint = is_ours.then_some(checkpoint);
        Ok(made)
    }

    /// The encoder of a model, which has to make the very vectors that are there.
    fn encoder(&mut self, model: &ModelRecord) -> Result<Arc<dyn Encoder>, RepairError> {
        if let Some(encoder) = &self.encoder {
            return Ok(encoder.clone());
        }
        let name = || model.reference.clone();
        let encoder: Arc<dyn Encoder> =
            (self.encoder_of)(model).map_err(|source| RepairError::Model { model: name(), source })?.into();
        let found = encoder.fingerprint().to_string();
        if found != model.fingerprint {
            return Err(RepairError::OtherModel { model: name(), expected: model.fingerprint.clone(), found });
        }
        let (expected, found) = (model.dimension(), encoder.dimension());
        if found != expected {
            return Err(RepairError::OtherDimension { model: name(), expected, found });
        }
        self.encoder = Some(encoder.clone());
        Ok(encoder)
    }

    fn writer(&mut self) -> Result<&mut Writer, RepairError> {
        // Nothing is made in a dry run.
        self.writer.as_mut().ok_or_else(|| RepairError::Hopeless { path: self.root.to_owned() })
    }
}

pub(super) fn parse(json: &[u8]) -> Result<Document, CollectionError> {
    serde_json::from_slice(json).map_err(|error| CollectionError::Document { problem: error.to_string() })
}

//! A segment's vectors by the new model, taken from the checkpoint.

use semsearch_index::{RowId, RowsWriter, SaveError, VectorsError};
use semsearch_store::{
    ChangeError, CollectionError, GraphRecord, Key, ModelRecord, Segment, Tokens, VectorsRecord, Writer, build_graph,
};
use semsearch_task::Progress;
use semsearch_vector::normalise;

use crate::ingest::Checkpoint;

/// How vectors are made.
pub(super) struct Making<'a> {
    pub(super) model: &'a ModelRecord,
    pub(super) graph: &'a GraphRecord,
    /// Whether vectors have to be scaled to length 1 because the model does not do so.
    pub(super) normalise: bool,
    /// Seconds that encoding took.
    pub(super) seconds: f64,
    pub(super) progress: &'a dyn Progress,
}

impl Making<'_> {
    /// Writes the vectors of all rows of `segment` and the graph over them, and syncs the files.
    pub(super) fn write(
        &self,
        writer: &mut Writer,
        segment: &Segment,
        checkpoint: &mut Checkpoint,
    ) -> Result<VectorsRecord, ChangeError> {
        let object = writer.new_vectors()?;
        let dimension = self.model.dimension();
        let mut out = RowsWriter::create(&object.folder, segment.rows() as u64, dimension, self.graph.element())?;
        let mut tokens = Tokens::default();
        let mut vector = vec![0.0; dimension];
        for row in (0..segment.rows() as u32).map(RowId) {
            let key = Key(segment.documents().passage(row).map_err(CollectionError::from)?);
            match checkpoint.find(key) {
                Some(slot) => {
                    let facts = checkpoint.read(slot, &mut vector)?;
                    // Exactly as `Intake::embed` does it, so that the bits are the same.
                    if self.normalise {
                        normalise(&mut vector);
                    }
                    tokens.push(facts.tokens, facts.truncated);
                }
                // The document was deleted before it was embedded, and no search returns it: a row of zeros keeps its
                // place.
                None => {
                    vector.fill(0.0);
                    tokens.push(0, false);
                }
            }
            out.push(&vector).map_err(|error| self.unusable(error, segment, row))?;
        }
        let stored = out.finish()?;
        build_graph(&object, self.model, self.graph, &stored, &tokens, self.seconds, self.progress)
    }

    /// Names the model and the paper where the error is an unusable vector.
    fn unusable(&self, error: SaveError, segment: &Segment, row: RowId) -> ChangeError {
        match error {
            SaveError::Vectors(source @ (VectorsError::NotFinite { .. } | VectorsError::NotNormalised { .. })) => {
                let document = segment.documents().get(row).map_or_else(|_| row.0.to_string(), |document| document.id);
                ChangeError::Vector { model: self.model.name().to_owned(), document, source }
            }
            other => other.into(),
        }
    }
}

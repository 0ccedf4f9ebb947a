//! Vectors of a segment that has its documents already, from the checkpoint.

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
    /// Whether the model leaves it to the reader to bring vectors to length 1.
    pub(super) normalise: bool,
    /// What encoding them took.
    pub(super) seconds: f64,
    pub(super) watch: &'a dyn Progress,
}

impl Making<'_> {
    /// Writes the vectors of all rows of `segment` and the graph over them; files are synced.
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
                    // As `embed` does it, to the last bit.
                    if self.normalise {
                        normalise(&mut vector);
                    }
                    tokens.push(facts.tokens, facts.cut);
                }
                // It was removed before it was embedded, and is never found: a row without direction keeps its place.
                None => {
                    vector.fill(0.0);
                    tokens.push(0, false);
                }
            }
            out.push(&vector).map_err(|error| self.unusable(error, segment, row))?;
        }
        let stored = out.finish()?;
        build_graph(&object, self.model, self.graph, &stored, &tokens, self.seconds, self.watch)
    }

    /// A vector that no index takes is the model's doing, and the paper says which one it was.
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

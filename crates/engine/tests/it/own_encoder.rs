//! An encoder of one's own: no files, no manifest, and a collection all the same.

use semsearch_embed::{Batch, EncodeError, Encoder, ModelInfo};
use semsearch_engine::model::expect_model;
use semsearch_engine::{IngestOptions, ingest};
use semsearch_store::Collection;
use semsearch_task::NoProgress;
use semsearch_vector::{Matrix, normalise};

use crate::common::papers;

/// A text is what letters it has.
struct Letters(ModelInfo);

impl Encoder for Letters {
    fn model(&self) -> &ModelInfo {
        &self.0
    }
    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let mut vectors = Matrix::zeros(batch.len(), self.dimension());
        for (row, text) in batch.sequences().enumerate() {
            text.iter().for_each(|&token| vectors.row_mut(row)[token as usize % self.dimension()] += 1.0);
            normalise(vectors.row_mut(row));
        }
        Ok(vectors)
    }
}

#[test]
fn a_collection_knows_the_encoder_that_made_it_by_name_size_and_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let letters = Letters(ModelInfo::new("letters", 26).with_max_seq_length(100));
    ingest(&papers(0..3), &letters, &root, &IngestOptions::new("letters"), &NoProgress).unwrap();

    let collection = Collection::open(&root).unwrap();
    let recorded = collection.model();
    assert_eq!((recorded.name(), recorded.dimension(), recorded.max_seq_length), ("letters", 26, 100));
    expect_model(&collection, &letters).unwrap();
    for other in [ModelInfo::new("letters", 27), ModelInfo::new("words", 26)] {
        assert!(expect_model(&collection, &Letters(other)).is_err());
    }
}

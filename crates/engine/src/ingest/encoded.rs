//! Vectors of staged documents, read back from the checkpoint.

use semsearch_embed::Encoder;
use semsearch_store::{ChangeError, CollectionError, Key, Staged, StagedVectors};
use semsearch_task::Progress;
use semsearch_vector::normalise;

use super::checkpoint::Checkpoint;
use super::checkpoint_format::Slot;
use super::error::IngestError;
use super::options::DEFAULT_MEMORY_BYTES;
use super::pipeline::{Encoded, encode};

/// Vectors from the checkpoint, scaled to length 1 for models that do not do so themselves.
pub(super) struct EncodedVectors<'a> {
    checkpoint: &'a mut Checkpoint,
    slots: &'a [Slot],
    normalise: bool,
    fingerprint: &'a str,
    seconds: f64,
    truncated: u64,
}

impl<'a> EncodedVectors<'a> {
    /// The vectors that `encode` made with this encoder.
    pub(super) fn new(checkpoint: &'a mut Checkpoint, encoded: &'a Encoded, encoder: &'a dyn Encoder) -> Self {
        EncodedVectors {
            checkpoint,
            slots: &encoded.slots,
            normalise: !encoder.model().normalised,
            fingerprint: encoder.fingerprint().as_str(),
            seconds: encoded.seconds,
            truncated: 0,
        }
    }

    /// How many of the documents that were read lost their end.
    pub(super) fn truncated(&self) -> u64 {
        self.truncated
    }
}

impl StagedVectors for EncodedVectors<'_> {
    fn read(&mut self, number: usize, vector: &mut [f32]) -> Result<(u32, bool), CollectionError> {
        let facts = self.checkpoint.read(self.slots[number], vector)?;
        if self.normalise {
            normalise(vector);
        }
        self.truncated += u64::from(facts.truncated);
        Ok((facts.tokens, facts.truncated))
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint
    }

    fn seconds(&self) -> f64 {
        self.seconds
    }
}

/// Encodes staged documents, and hands their vectors to `take`.
pub(crate) fn with_vectors<T>(
    staged: &Staged,
    keys: &[Key],
    encoder: &dyn Encoder,
    checkpoint: &mut Checkpoint,
    progress: &dyn Progress,
    take: impl FnOnce(&mut dyn StagedVectors) -> Result<T, ChangeError>,
) -> Result<T, IngestError> {
    let encoded = encode(staged, keys, encoder, checkpoint, 0, DEFAULT_MEMORY_BYTES, progress)?;
    Ok(take(&mut EncodedVectors::new(checkpoint, &encoded, encoder))?)
}

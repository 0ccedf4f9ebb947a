//! A stub model without weights: it has the name and the shape of the toy model, and makes vectors from the letters of a text.

use std::sync::OnceLock;

use semsearch_embed::{Batch, EncodeError, Encoder, Manifest, ModelInfo, TextKind, Tokens, read_folder};
use semsearch_testing::toy;
use semsearch_vector::{Matrix, normalise};

/// What stands in for a model where only its vectors matter.
#[derive(Clone)]
pub struct Stub {
    model: ModelInfo,
}

/// As the golden collections have been made with.
const MAX_TOKENS: usize = 64;

impl Stub {
    /// The toy model, by the fingerprint under which the golden collections know it.
    ///
    /// # Panics
    /// If the toy model is not there.
    #[must_use]
    pub fn toy() -> &'static Stub {
        static TOY: OnceLock<Stub> = OnceLock::new();
        TOY.get_or_init(|| Stub::of(&read_folder(&toy::folder(), "toy").expect("the toy model is whole")))
    }

    /// Another model, of another width.
    #[must_use]
    pub fn other() -> &'static Stub {
        static OTHER: OnceLock<Stub> = OnceLock::new();
        OTHER.get_or_init(|| Stub { model: ModelInfo::new("other", 3).with_max_seq_length(MAX_TOKENS) })
    }

    fn of(manifest: &Manifest) -> Self {
        Stub { model: ModelInfo::of(manifest, MAX_TOKENS) }
    }
}

impl Encoder for Stub {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn tokenise(&self, text: &str, _: TextKind) -> Result<Tokens, EncodeError> {
        let mut ids: Vec<u32> = std::iter::once(0).chain(text.bytes().map(u32::from)).collect();
        let truncated = ids.len() > MAX_TOKENS;
        ids.truncate(MAX_TOKENS);
        Ok(Tokens::new(ids, truncated))
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let mut rows = Matrix::zeros(batch.len(), self.dimension());
        for (number, ids) in batch.sequences().enumerate() {
            let row = rows.row_mut(number);
            for (place, id) in ids.iter().enumerate() {
                row[(*id as usize + place / 8) % self.model.dimension] += 1.0;
            }
            normalise(row);
        }
        Ok(rows)
    }
}

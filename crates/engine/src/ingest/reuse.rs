//! Vectors that the collection already has. A paper whose venue changed need not be embedded again.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use semsearch_index::OpenError;
use semsearch_store::{Collection, CollectionError, Key};

use super::checkpoint::Checkpoint;
use super::checkpoint_format::Facts;
use super::error::IngestError;

/// Vectors that are written to the checkpoint at once.
const BATCH: usize = 512;

/// Copies the collection's vectors of staged passages into the checkpoint, unless it has them, and returns for how many
/// staged documents.
pub(super) fn reuse_vectors(
    collection: &Collection,
    keys: &[Key],
    fingerprint: &str,
    checkpoint: &mut Checkpoint,
) -> Result<usize, IngestError> {
    let mut reused = Vec::new();
    let mut tokens = HashMap::new();
    let mut seen = HashSet::new();
    for &key in keys {
        if checkpoint.find(key).is_some() || !seen.insert(key) {
            continue;
        }
        let Some(id) = collection.find_key(key.0)?.into_iter().next() else { continue };
        let (number, row) = collection.place(id)?;
        let Some(vectors) = collection.segments()[number].vectors_of(fingerprint) else { continue };
        let tokens = match tokens.entry(number) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(vectors.tokens()?),
        };
        let (count, truncated) = tokens.get(row);
        let vector = vectors.index().vectors().row(row).map_err(OpenError::Damaged);
        let vector = vector.map_err(CollectionError::from)?.into_owned();
        reused.push((Facts { key, tokens: count, truncated }, vector));
    }
    for batch in reused.chunks(BATCH) {
        checkpoint.put(batch.iter().map(|(facts, vector)| (*facts, &vector[..])))?;
    }
    // Several papers may share a passage.
    let reused: HashSet<Key> = reused.iter().map(|(facts, _)| facts.key).collect();
    Ok(keys.iter().filter(|key| reused.contains(key)).count())
}

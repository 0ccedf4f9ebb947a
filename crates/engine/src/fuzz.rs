//! Entry points for `fuzz/`, which feeds arbitrary bytes to everything that reads a file, for the readers of this crate.

use std::path::{Path, PathBuf};

use semsearch_embed::Fingerprint;
use semsearch_store::{CollectionError, Key};

use crate::align::{self, Alignment};
use crate::ingest::{Checkpoint, Facts};

/// Opens a checkpoint, adds a vector for each of `passages` that has none, and reads the vectors of all.
///
/// # Errors
/// As an ingest.
pub fn use_checkpoint(
    folder: &Path,
    fingerprint: &Fingerprint,
    dim: usize,
    passages: &[&str],
) -> Result<(), CollectionError> {
    let mut checkpoint = Checkpoint::open(folder, fingerprint, dim)?;
    let mut vector = vec![0.5; dim];
    for key in passages.iter().map(|passage| Key::of(passage)) {
        if checkpoint.find(key).is_none() {
            checkpoint.put([(Facts { key, tokens: 1, truncated: false }, vector.as_slice())].into_iter())?;
        }
        if let Some(slot) = checkpoint.find(key) {
            checkpoint.read(slot, &mut vector)?;
        }
    }
    Ok(())
}

/// Where the alignment from queries of the model `new` to vectors of the model `old` is kept below `root`.
#[must_use]
pub fn alignment_path(root: &Path, new: &str, old: &str) -> PathBuf {
    align::alignment_path(root, new, old)
}

/// Reads the alignment from queries of the model `new` to vectors of the model `old`.
///
/// # Errors
/// As a search that needs the alignment.
pub fn read_alignment(root: &Path, new: &str, old: &str) -> Result<Option<Alignment>, CollectionError> {
    align::read_alignment(root, new, old)
}

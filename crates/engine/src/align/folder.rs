//! Where a collection keeps its alignments: `checkpoint/bridge-OLD-NEW`, named by the beginnings of both fingerprints.

use std::io;
use std::path::{Path, PathBuf};

use semsearch_embed::Fingerprint;
use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{CollectionError, io_error};

use super::alignment::Alignment;

/// The beginning of the names of all such files.
pub(crate) const ALIGNMENT_PREFIX: &str = "bridge-";

/// Where an alignment is kept. Precision is left out: queries in one precision search vectors in another.
pub(crate) fn alignment_path(root: &Path, new: &str, old: &str) -> PathBuf {
    let short = |fingerprint: &str| Fingerprint::space_of(fingerprint).chars().take(16).collect::<String>();
    root.join(CHECKPOINT).join(format!("{ALIGNMENT_PREFIX}{}-{}", short(old), short(new)))
}

/// Reads the alignment from queries of `new` to vectors of `old`; `None` if there is none.
///
/// # Errors
/// [`CollectionError`] if the file cannot be read or is damaged.
pub(crate) fn read_alignment(root: &Path, new: &str, old: &str) -> Result<Option<Alignment>, CollectionError> {
    let path = alignment_path(root, new, old);
    let bytes = match semsearch_disk::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error("read", &path, source)),
    };
    let damaged = |problem| CollectionError::Damaged { path: path.clone(), problem };
    Ok(Some(Alignment::decode(&bytes).map_err(|error| damaged(error.to_string()))?))
}

/// Writes an alignment in place of the one between the same models.
pub(crate) fn write_alignment(root: &Path, alignment: &Alignment) -> Result<(), CollectionError> {
    let path = alignment_path(root, alignment.new_fingerprint(), alignment.old_fingerprint());
    let written = semsearch_disk::create_folder(&root.join(CHECKPOINT))
        .and_then(|()| semsearch_disk::replace(&path, &alignment.encode()));
    written.map_err(|source| io_error("write", &path, source))
}

//! The cache of the Hugging Face libraries, read only.
//!
//! ```text
//! models--owner--name/
//! ├── refs/main                 the commit of `main` when it was last fetched
//! └── snapshots/<commit>/       the files, as links into a folder of blobs
//! ```

use std::path::{Path, PathBuf};

use crate::describe::Manifest;

/// The snapshot that holds every file of a known model in full length.
pub(super) fn find(cache: &Path, manifest: &Manifest) -> Option<PathBuf> {
    let repository = manifest.source.hugging_face.as_deref()?;
    let whole = |path: &Path, bytes| path.metadata().is_ok_and(|found| found.len() == bytes);
    [manifest.source.revision.clone(), main(cache, repository)]
        .into_iter()
        .flatten()
        .map(|commit| snapshot(cache, repository, &commit))
        .find(|folder| manifest.files.iter().all(|file| whole(&folder.join(&file.path), file.bytes)))
}

/// The snapshot that `main` points at, if `repository` has the form `owner/name` and is in the cache.
pub(super) fn find_latest(cache: &Path, repository: &str) -> Option<PathBuf> {
    let (owner, name) = repository.split_once('/')?;
    if !Manifest::allows_name(owner) || !Manifest::allows_name(name) {
        return None;
    }
    let folder = snapshot(cache, repository, &main(cache, repository)?);
    folder.is_dir().then_some(folder)
}

fn main(cache: &Path, repository: &str) -> Option<String> {
    let text = std::fs::read_to_string(root(cache, repository).join("refs").join("main")).ok()?;
    Some(text.trim().to_owned())
}

fn snapshot(cache: &Path, repository: &str, commit: &str) -> PathBuf {
    root(cache, repository).join("snapshots").join(commit)
}

fn root(cache: &Path, repository: &str) -> PathBuf {
    cache.join(format!("models--{}", repository.replace('/', "--")))
}

//! A model that is not where it was: found again by its files.
//!
//! An index records the manifest of its model, with the size and SHA-256 of every file. A folder that was renamed, moved
//! beside its old place or added to the store under another name holds files of the same sizes. Only the few folders that do
//! are read in full.
//!
//! | looked through | how deep |
//! | --- | --- |
//! | the model store | every model |
//! | what is left of the old path: its nearest folder that exists | 2 levels |
//! | the current folder | 1 level |

use std::path::{Path, PathBuf};

use super::model_folder::ModelFolder;
use super::store::ModelStore;
use crate::describe::Manifest;

/// The most folders that are looked into around a place.
const MOST_FOLDERS: usize = 2_000;

impl ModelStore {
    /// The models on this machine whose files have the sizes of those of `wanted`, which was found in `place` before. A name
    /// that is no path gives no hint where to look.
    #[must_use]
    pub fn find_moved(&self, wanted: &Manifest, place: &Path) -> Vec<ModelFolder> {
        let listed = self.list().unwrap_or_default();
        let in_store = listed.into_iter().filter_map(|listing| listing.path).filter(|path| fits(path, wanted));
        let mut folders: Vec<PathBuf> = in_store.collect();
        if place.is_absolute()
            && let Some(left) = place.ancestors().skip(1).find(|folder| folder.is_dir())
        {
            gather(left, 2, wanted, &mut folders, &mut 0);
        }
        if let Ok(current) = std::env::current_dir() {
            gather(&current, 1, wanted, &mut folders, &mut 0);
        }
        folders.dedup();
        folders.iter().filter_map(|folder| self.find(&folder.display().to_string()).ok().flatten()).collect()
    }
}

/// Appends the folders below `folder` that hold files of the wanted sizes.
fn gather(folder: &Path, depth: usize, wanted: &Manifest, found: &mut Vec<PathBuf>, seen: &mut usize) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let is_hidden = |path: &Path| path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let mut folders: Vec<PathBuf> = entries.filter(|path| !is_hidden(path) && path.is_dir()).collect();
    folders.sort();
    for path in folders {
        *seen += 1;
        if *seen > MOST_FOLDERS {
            return;
        }
        if fits(&path, wanted) {
            found.push(path);
        } else if depth > 1 {
            gather(&path, depth - 1, wanted, found, seen);
        }
    }
}

/// Whether a folder holds files of the names and lengths of a manifest's.
fn fits(folder: &Path, wanted: &Manifest) -> bool {
    let fits = |path: &str, bytes| folder.join(path).metadata().is_ok_and(|found| found.len() == bytes);
    !wanted.files.is_empty() && wanted.files.iter().all(|file| fits(&file.path, file.bytes))
}

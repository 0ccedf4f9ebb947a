//! Putting a model into the store: copied from a folder, or fetched.
//!
//! Its files are gathered in a staging folder beside the models, compared with their SHA-256 and moved to the model's name
//! by one rename. Readers see the whole model or none of it. After a failure the staging folder is removed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use semsearch_task::Progress;
use tempfile::TempDir;

use super::error::ModelError;
use super::fetch;
use super::model_folder::ModelFolder;
use super::settings::NetworkSettings;
use crate::describe::{MANIFEST_FILE, Manifest, checksum};

/// The beginning of the names of staging folders.
const PREFIX: &str = ".staging-";

/// The age at which a staging folder counts as left behind by a killed program: longer than fetching a model takes.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A model on its way into the store.
pub(super) struct Staging<'a> {
    /// The store's folder.
    store: &'a Path,
    /// The staging folder, which is removed with its contents when dropped.
    folder: TempDir,
}

impl<'a> Staging<'a> {
    /// Creates a folder beside the models, so that its contents can be moved by a rename.
    pub(super) fn new(store: &'a Path) -> Result<Self, ModelError> {
        std::fs::create_dir_all(store).map_err(|source| ModelError::io("create", store, source))?;
        remove_abandoned(store);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(store)
            .map_err(|source| ModelError::io("write in", store, source))?;
        Ok(Staging { store, folder })
    }

    /// Copies the files of `manifest` from `folder`.
    pub(super) fn copy(self, folder: &Path, manifest: Manifest) -> Result<ModelFolder, ModelError> {
        for file in &manifest.files {
            let (from, to) = (folder.join(&file.path), self.model().join(&file.path));
            let parent = to.parent().unwrap_or(&to);
            std::fs::create_dir_all(parent).map_err(|source| ModelError::io("create", parent, source))?;
            std::fs::copy(&from, &to).map_err(|source| ModelError::io("copy", &from, source))?;
            checksum::verify(&self.model(), file).map_err(ModelError::Copy)?;
        }
        self.put_in_place(manifest)
    }

    /// Writes the files of `manifest`, whose contents the caller passes.
    pub(super) fn write(
        self,
        files: &[(&'static str, Vec<u8>)],
        manifest: Manifest,
    ) -> Result<ModelFolder, ModelError> {
        let folder = self.model();
        std::fs::create_dir_all(&folder).map_err(|source| ModelError::io("create", &folder, source))?;
        for (path, bytes) in files {
            let path = folder.join(path);
            std::fs::write(&path, bytes).map_err(|source| ModelError::io("write", &path, source))?;
        }
        self.put_in_place(manifest)
    }

    /// Fetches the files of `manifest`.
    pub(super) fn fetch(
        self,
        network: &NetworkSettings,
        manifest: Manifest,
        progress: &dyn Progress,
    ) -> Result<ModelFolder, ModelError> {
        fetch::fetch(network, &manifest, self.folder.path(), &self.model(), progress)?;
        self.put_in_place(manifest)
    }

    /// Takes a model out of the store.
    pub(super) fn take_away(self, path: &Path) -> Result<(), ModelError> {
        let failed = |source| ModelError::io("remove", path, source);
        std::fs::rename(path, self.folder.path().join("removed")).map_err(failed)?;
        self.folder.close().map_err(failed)
    }

    /// The folder in which the model's files are gathered.
    fn model(&self) -> PathBuf {
        self.folder.path().join("model")
    }

    /// Writes the manifest and moves the model to its name.
    fn put_in_place(self, manifest: Manifest) -> Result<ModelFolder, ModelError> {
        let own = self.model().join(MANIFEST_FILE);
        std::fs::write(&own, manifest.to_toml()).map_err(|source| ModelError::io("write", &own, source))?;
        let path = self.store.join(&manifest.name);
        if path.exists() {
            // A damaged copy is moved into the staging folder, and disappears with it.
            std::fs::rename(&path, self.folder.path().join("damaged"))
                .map_err(|source| ModelError::io("replace", &path, source))?;
        }
        std::fs::rename(self.model(), &path).map_err(|source| ModelError::io("create", &path, source))?;
        Ok(ModelFolder { path, manifest, verified: true, built_in: false })
    }
}

/// Removes abandoned staging folders. Errors are ignored.
fn remove_abandoned(store: &Path) {
    for entry in std::fs::read_dir(store).into_iter().flatten().flatten() {
        let changed = entry.metadata().and_then(|found| found.modified());
        let age = changed.ok().and_then(|changed| changed.elapsed().ok());
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && age.is_some_and(|age| age > ABANDONED) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

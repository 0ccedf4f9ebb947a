//! Where models live on this machine, and how one is found by name.
//!
//! Models are looked for in this order, and the first place that has one wins:
//!
//! 1. a folder, if the name is one;
//! 2. the program itself: see [`ModelFolder::built_in`];
//! 3. our own model directory, where [`ModelStore::add`], [`ModelStore::pull`] and [`crate::Distilled::install`] put models;
//! 4. the cache of the Hugging Face libraries, where another program may have put the model;
//! 5. the network, unless it is switched off: see [`super::fetch`].
//!
//! [`StoreSettings`] says where these places are.
//!
//! Files of known models are compared with the SHA-256 in the manifest when they arrive, and again when the model is
//! loaded.

use std::path::{Path, PathBuf};

use semsearch_task::Progress;

use super::built_in;
use super::error::ModelError;
use super::folder::read_folder;
use super::hub_cache;
use super::install::Staging;
use super::model_folder::ModelFolder;
use super::settings::StoreSettings;
use crate::describe::{MANIFEST_FILE, Manifest, checksum};

/// The model directory, and the other places where models are found.
#[derive(Clone, Debug)]
pub struct ModelStore {
    settings: StoreSettings,
}

/// An entry of [`ModelStore::list`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listing {
    /// The model.
    pub manifest: Manifest,
    /// Where the model is, if it is on this machine.
    pub path: Option<PathBuf>,
    /// Whether the model is part of the program; `path` is then only a message.
    pub built_in: bool,
    /// Whether the model can be fetched.
    pub can_be_fetched: bool,
}

impl From<&ModelFolder> for Listing {
    fn from(model: &ModelFolder) -> Self {
        let ModelFolder { path, manifest, built_in, .. } = model;
        Listing {
            manifest: manifest.clone(),
            path: Some(path.clone()),
            built_in: *built_in,
            can_be_fetched: can_be_fetched(manifest),
        }
    }
}

impl From<&Manifest> for Listing {
    /// A known model that is not on this machine.
    fn from(manifest: &Manifest) -> Self {
        Listing { manifest: manifest.clone(), path: None, built_in: false, can_be_fetched: can_be_fetched(manifest) }
    }
}

impl ModelStore {
    /// A store with these settings.
    #[must_use]
    pub fn new(settings: StoreSettings) -> Self {
        ModelStore { settings }
    }

    /// The store of this user's environment: see [`StoreSettings::from_env`].
    #[must_use]
    pub fn from_env(offline: bool) -> Self {
        Self::new(StoreSettings::from_env(offline))
    }

    /// A store in `folder` that looks nowhere else.
    #[must_use]
    pub fn only(folder: &Path) -> Self {
        Self::new(StoreSettings::new(folder))
    }

    /// The directory that models are put in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.settings.folder
    }

    /// The folder of the packed-weights cache, beside the models.
    #[must_use]
    pub fn weights_cache(&self) -> PathBuf {
        self.settings.folder.join(".images")
    }

    /// Finds a model, fetching it if it is not on this machine and the network is allowed. Downloads are reported to
    /// `progress`, which may stop them.
    ///
    /// # Errors
    /// [`ModelError`] if no model of that name is known, or it cannot be read or fetched.
    pub fn resolve(&self, wanted: &str, progress: &dyn Progress) -> Result<ModelFolder, ModelError> {
        if let Some(found) = self.find(wanted)? {
            return Ok(found);
        }
        match self.known(wanted) {
            Some(manifest) => self.fetch(manifest, progress),
            None if looks_like_path(wanted) => Err(ModelError::NoFolder { path: PathBuf::from(wanted) }),
            None => Err(ModelError::Unknown { name: wanted.to_owned() }),
        }
    }

    /// Finds a model without the network; `None` if it is nowhere on this machine.
    ///
    /// # Errors
    /// [`ModelError`] if a file of the model cannot be read.
    pub fn find(&self, wanted: &str) -> Result<Option<ModelFolder>, ModelError> {
        if Path::new(wanted).is_dir() {
            return self.open_folder(Path::new(wanted)).map(Some);
        }
        let cache = self.settings.hub_cache.as_deref();
        if let Some(manifest) = self.known(wanted) {
            if let Some(model) = ModelFolder::built_in(manifest) {
                return Ok(Some(model));
            }
            // The manifest of the program counts, even if another one lies beside the files.
            let path = self.own_folder(&manifest.name).or_else(|| hub_cache::find(cache?, manifest));
            return Ok(path.map(|path| ModelFolder {
                path,
                manifest: manifest.clone(),
                verified: false,
                built_in: false,
            }));
        }
        if let Some(folder) = self.own_folder(wanted) {
            return self.open_folder(&folder).map(Some);
        }
        let Some(path) = cache.and_then(|cache| hub_cache::find_latest(cache, wanted)) else {
            return Ok(None);
        };
        let manifest = read_folder(&path, wanted.rsplit('/').next().unwrap_or(wanted))?;
        Ok(Some(ModelFolder { path, manifest, verified: true, built_in: false }))
    }

    /// Makes sure that a known model is in the store and undamaged; fetches it if it is not.
    ///
    /// # Errors
    /// As [`ModelStore::resolve`].
    pub fn pull(&self, name: &str, progress: &dyn Progress) -> Result<ModelFolder, ModelError> {
        let Some(manifest) = self.known(name) else {
            return Err(match self.own_folder(name) {
                Some(folder) => ModelError::NoSource { name: name.to_owned(), folder },
                None => ModelError::NotFetchable { name: name.to_owned(), fetchable: self.fetchable() },
            });
        };
        if let Some(model) = ModelFolder::built_in(manifest) {
            return Ok(model);
        }
        if let Some(path) = self.own_folder(&manifest.name) {
            match checksum::verify_all(&path, manifest) {
                Ok(()) => {
                    return Ok(ModelFolder { path, manifest: manifest.clone(), verified: true, built_in: false });
                }
                Err(damage) => progress.note(&format!("{damage}; fetching it again")),
            }
        }
        self.fetch(manifest, progress)
    }

    /// The names of the models that can be fetched.
    #[must_use]
    pub fn fetchable(&self) -> Vec<String> {
        let known = self.settings.known.iter().filter(|manifest| can_be_fetched(manifest));
        known.map(|manifest| manifest.name.clone()).collect()
    }

    /// Removes a model from the store, and returns what was removed. Copies elsewhere stay.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] if there is no such model, [`ModelError::NotInStore`] if it lies elsewhere.
    pub fn remove(&self, name: &str) -> Result<ModelFolder, ModelError> {
        let known = self.known(name);
        let own = known.map_or(name, |manifest| manifest.name.as_str());
        if let Some(path) = self.own_folder(own) {
            let manifest = match known {
                Some(manifest) => manifest.clone(),
                None => Manifest::read(&path.join(MANIFEST_FILE))?,
            };
            // By a rename, so that a reader finds the whole model or none.
            Staging::new(&self.settings.folder)?.take_away(&path)?;
            return Ok(ModelFolder { path, manifest, verified: false, built_in: false });
        }
        let not_here = |place: String| ModelError::NotInStore { name: name.to_owned(), place };
        Err(match self.find(name)? {
            Some(model) if model.built_in => not_here("part of semsearch".to_owned()),
            Some(model) => not_here(format!("in {}, which is not the model directory", model.path.display())),
            None if known.is_some() => not_here("not on this machine".to_owned()),
            None => ModelError::Unknown { name: name.to_owned() },
        })
    }

    /// Copies a sentence-transformers folder into the store under `name`, or under the folder's own name.
    ///
    /// # Errors
    /// [`ModelError`] if the folder is not a model that this crate runs, another model has the name, or copying fails.
    pub fn add(&self, folder: &Path, name: Option<&str>) -> Result<ModelFolder, ModelError> {
        if !folder.is_dir() {
            return Err(ModelError::NoFolder { path: folder.to_owned() });
        }
        let name = name.map_or_else(|| folder_name(folder), str::to_owned);
        if !Manifest::allows_name(&name) {
            return Err(ModelError::BadName { name });
        }
        let mut manifest = read_folder(folder, &name)?;
        if let Some(known) = self.known(&name).filter(|known| known.files == manifest.files) {
            manifest = known.clone();
        }
        match self.already(&manifest)? {
            Some(model) => Ok(model),
            None => Staging::new(&self.settings.folder)?.copy(folder, manifest),
        }
    }

    /// Puts a new model into the store: its manifest and the contents of its `files`.
    ///
    /// # Errors
    /// [`ModelError`] if another model has the name, or writing fails.
    pub(crate) fn install(
        &self,
        manifest: &Manifest,
        files: &[(&'static str, Vec<u8>)],
    ) -> Result<ModelFolder, ModelError> {
        match self.already(manifest)? {
            Some(model) => Ok(model),
            None => Staging::new(&self.settings.folder)?.write(files, manifest.clone()),
        }
    }

    /// Checks that a new model may be called `name`: the name is well formed and not taken.
    ///
    /// # Errors
    /// [`ModelError::BadName`] and [`ModelError::NameTaken`].
    pub fn check_new_name(&self, name: &str) -> Result<(), ModelError> {
        if !Manifest::allows_name(name) {
            return Err(ModelError::BadName { name: name.to_owned() });
        }
        if self.known(name).is_some() || self.own_folder(name).is_some() {
            return Err(ModelError::NameTaken { name: name.to_owned() });
        }
        Ok(())
    }

    /// The model with the manifest's name and files, if it is in the store and undamaged.
    fn already(&self, manifest: &Manifest) -> Result<Option<ModelFolder>, ModelError> {
        let taken = || ModelError::NameTaken { name: manifest.name.clone() };
        if self.known(&manifest.name).is_some_and(|known| known.files != manifest.files) {
            return Err(taken());
        }
        let Some(path) = self.own_folder(&manifest.name) else {
            return Ok(None);
        };
        if Manifest::read(&path.join(MANIFEST_FILE))?.files != manifest.files {
            return Err(taken());
        }
        // A damaged copy is replaced by the caller's files.
        let whole = checksum::verify_all(&path, manifest).is_ok();
        Ok(whole.then(|| ModelFolder { path, manifest: manifest.clone(), verified: true, built_in: false }))
    }

    /// All models: the known ones first, then those the user added.
    ///
    /// # Errors
    /// [`ModelError`] if the model directory cannot be read.
    pub fn list(&self) -> Result<Vec<Listing>, ModelError> {
        let folder = &self.settings.folder;
        let mut all = Vec::new();
        for manifest in &self.settings.known {
            let found = self.find(&manifest.name)?;
            all.push(Listing {
                manifest: manifest.clone(),
                built_in: found.as_ref().is_some_and(|found| found.built_in),
                path: found.map(|found| found.path),
                can_be_fetched: can_be_fetched(manifest),
            });
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
            Err(source) => return Err(ModelError::io("list", folder, source)),
        };
        let mut added: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        added.sort();
        for path in added {
            if path.join(MANIFEST_FILE).exists() && self.known(&folder_name(&path)).is_none() {
                let manifest = Manifest::read(&path.join(MANIFEST_FILE))?;
                all.push(Listing { manifest, path: Some(path), built_in: false, can_be_fetched: false });
            }
        }
        Ok(all)
    }

    /// The manifest of a known model.
    fn known(&self, name: &str) -> Option<&Manifest> {
        self.settings.known.iter().find(|manifest| manifest.answers_to(name))
    }

    /// The folder of a model in our own directory, if it is there.
    fn own_folder(&self, name: &str) -> Option<PathBuf> {
        let folder = self.settings.folder.join(name);
        (Manifest::allows_name(name) && folder.join(MANIFEST_FILE).exists()).then_some(folder)
    }

    /// Reads a folder by its own manifest, or by its sentence-transformers files if it has no manifest.
    fn open_folder(&self, folder: &Path) -> Result<ModelFolder, ModelError> {
        let path = std::fs::canonicalize(folder).map_err(|source| ModelError::io("open", folder, source))?;
        let own = path.join(MANIFEST_FILE);
        if !own.exists() {
            let manifest = read_folder(&path, &folder_name(&path))?;
            return Ok(ModelFolder { path, manifest, verified: true, built_in: false });
        }
        let manifest = Manifest::read(&own)?;
        let manifest = self.known(&manifest.name).cloned().unwrap_or(manifest);
        Ok(ModelFolder { path, manifest, verified: false, built_in: false })
    }

    fn fetch(&self, manifest: &Manifest, progress: &dyn Progress) -> Result<ModelFolder, ModelError> {
        if built_in::is_left_out(&manifest.name) {
            return Err(ModelError::FeatureOff { name: manifest.name.clone(), feature: "static-model" });
        }
        let Some(network) = &self.settings.network else {
            return Err(ModelError::Offline { name: manifest.name.clone() });
        };
        Staging::new(&self.settings.folder)?.fetch(network, manifest.clone(), progress)
    }
}

fn can_be_fetched(manifest: &Manifest) -> bool {
    manifest.source.hugging_face.is_some() && !built_in::holds(&manifest.name)
}

fn folder_name(path: &Path) -> String {
    let full = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn looks_like_path(wanted: &str) -> bool {
    wanted.contains(['/', '\\']) || wanted.starts_with('.')
}

//! Where models live on this machine, and how one is found by name.
//!
//! A model is looked for in this order, and the first place that has it wins:
//!
//! 1. a folder, if the name is one;
//! 2. our own model directory, `$SEMSEARCH_MODELS` or `semsearch/models` in the XDG data directory;
//! 3. the cache of the Hugging Face libraries, where another program may have put it;
//! 4. the network, unless it is switched off: see [`crate::fetch`].
//!
//! Nothing is taken on trust: files of known models are compared with the SHA-256 in the manifest when they arrive and
//! again when the model is loaded.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::checksum::{self, ChecksumError};
use crate::fetch::{self, FetchError};
use crate::manifest::{MANIFEST_FILE, Manifest, ManifestError, bundled, find_bundled};
use crate::sentence_transformers::{FolderError, read_folder};

/// A model on disk.
#[derive(Clone, Debug)]
pub struct ModelFolder {
    /// The folder that holds its files.
    pub path: PathBuf,
    /// What the files are.
    pub manifest: Manifest,
    /// Whether the files' hashes were taken just now, so that loading need not take them again.
    pub verified: bool,
}

/// Why a model is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No model of that name is known.
    #[error(
        "no model is called `{name}`; `semsearch model list` shows those that are, and `semsearch model add DIR` adds \
         a sentence-transformers folder of your own"
    )]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// A folder was named that is not there.
    #[error("there is no model folder {path}")]
    NoFolder {
        /// What was asked for.
        path: PathBuf,
    },
    /// The model is known, not here, and the network is switched off.
    #[error(
        "model `{name}` is not on this machine and the network is switched off; run `semsearch model pull {name}` once \
         with a network, or bring its folder with `semsearch model add DIR`"
    )]
    Offline {
        /// The model's name.
        name: String,
    },
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A folder is not a model we can run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A stored manifest is not valid.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A model of that name is there and is another one.
    #[error("there is already another model called `{name}` in {folder}; choose a name with --name")]
    NameTaken {
        /// The name.
        name: String,
        /// Where it is.
        folder: PathBuf,
    },
    /// A copied file is not the one that was read.
    #[error("the model changed while it was copied; try again")]
    Copy(#[source] ChecksumError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// The model directory and the rules for looking further.
#[derive(Clone, Debug)]
pub struct ModelStore {
    folder: PathBuf,
    hub_cache: PathBuf,
    offline: bool,
}

/// One line of `model list`.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The model.
    pub manifest: Manifest,
    /// Where it is, if it is on this machine.
    pub path: Option<PathBuf>,
}

impl ModelStore {
    /// The store of this user; `offline` forbids the network.
    ///
    /// The network is also forbidden when `HF_HUB_OFFLINE` is set, as the Hugging Face libraries have it.
    #[must_use]
    pub fn from_env(offline: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = etcetera::choose_base_strategy().ok();
        let data = base.as_ref().map_or_else(|| PathBuf::from("."), BaseStrategy::data_dir);
        let cache = base.as_ref().map_or_else(|| PathBuf::from("."), BaseStrategy::cache_dir);
        let hub_cache = set("HF_HUB_CACHE")
            .or_else(|| set("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| set("HF_HOME").map(|home| home.join("hub")))
            .unwrap_or_else(|| cache.join("huggingface").join("hub"));
        let on = |value: String| matches!(value.to_ascii_lowercase().as_str(), "1" | "on" | "yes" | "true");
        ModelStore {
            folder: set("SEMSEARCH_MODELS").unwrap_or_else(|| data.join("semsearch").join("models")),
            hub_cache,
            offline: offline || std::env::var("HF_HUB_OFFLINE").is_ok_and(on),
        }
    }

    /// A store in `folder` that looks nowhere else.
    #[must_use]
    pub fn only(folder: &Path) -> Self {
        ModelStore { folder: folder.to_owned(), hub_cache: PathBuf::new(), offline: true }
    }

    /// The directory that models are put in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Finds a model, fetching it if it has to and may; `say` is told what happens when that takes time.
    ///
    /// # Errors
    /// [`ModelError`] says where it looked or what went wrong, and what to do.
    pub fn resolve(&self, wanted: &str, say: &dyn Fn(&str)) -> Result<ModelFolder, ModelError> {
        if let Some(found) = self.find(wanted)? {
            return Ok(found);
        }
        match find_bundled(wanted) {
            Some(manifest) => self.fetch(&manifest, say),
            None if looks_like_path(wanted) => Err(ModelError::NoFolder { path: PathBuf::from(wanted) }),
            None => Err(ModelError::Unknown { name: wanted.to_owned() }),
        }
    }

    /// Finds a model without touching the network; `None` if it is nowhere on this machine.
    ///
    /// # Errors
    /// [`ModelError`] if what is there cannot be read.
    pub fn find(&self, wanted: &str) -> Result<Option<ModelFolder>, ModelError> {
        let path = Path::new(wanted);
        if path.is_dir() {
            return self.open_folder(path).map(Some);
        }
        let known = find_bundled(wanted);
        let name = known.as_ref().map_or(wanted, |manifest| manifest.name.as_str());
        if !looks_like_path(name) && self.folder.join(name).join(MANIFEST_FILE).exists() {
            return self.open_folder(&self.folder.join(name)).map(Some);
        }
        match known {
            Some(manifest) => Ok(self.find_in_hub_cache(&manifest)),
            None => self.find_unknown_in_hub_cache(wanted),
        }
    }

    /// Makes sure a known model is in the store and whole, fetching it again if it is damaged.
    ///
    /// # Errors
    /// As [`ModelStore::resolve`].
    pub fn pull(&self, name: &str, say: &dyn Fn(&str)) -> Result<ModelFolder, ModelError> {
        let Some(manifest) = find_bundled(name) else {
            return Err(ModelError::Unknown { name: name.to_owned() });
        };
        let path = self.folder.join(&manifest.name);
        if path.join(MANIFEST_FILE).exists() {
            match manifest.files.iter().try_for_each(|file| checksum::verify(&path, file)) {
                Ok(()) => return Ok(ModelFolder { path, manifest, verified: true }),
                Err(damage) => say(&format!("{damage}; fetching it again")),
            }
        }
        self.fetch(&manifest, say)
    }

    /// Copies a sentence-transformers folder into the store under `name`.
    ///
    /// # Errors
    /// [`ModelError`] if the folder is no model we can run, the name is taken by another model, or copying fails.
    pub fn add(&self, folder: &Path, name: Option<&str>) -> Result<ModelFolder, ModelError> {
        if !folder.is_dir() {
            return Err(ModelError::NoFolder { path: folder.to_owned() });
        }
        let name = name.map_or_else(|| folder_name(folder), str::to_owned);
        let manifest = read_folder(folder, &name)?;
        // Reading it back applies the checks every manifest has to pass, the name's among them.
        let manifest = Manifest::parse(&manifest.to_toml(), &folder.join(MANIFEST_FILE))?;
        let target = self.folder.join(&name);
        if target.join(MANIFEST_FILE).exists() {
            if Manifest::read(&target.join(MANIFEST_FILE))?.files == manifest.files {
                return Ok(ModelFolder { path: target, manifest, verified: false });
            }
            return Err(ModelError::NameTaken { name, folder: self.folder.clone() });
        }
        if find_bundled(&name).is_some_and(|known| known.files != manifest.files) {
            return Err(ModelError::NameTaken { name, folder: self.folder.clone() });
        }
        let staging = self.staging()?;
        let copy = staging.path().join("model");
        for file in &manifest.files {
            let to = copy.join(&file.path);
            create_parent(&to)?;
            let from = folder.join(&file.path);
            std::fs::copy(&from, &to).map_err(|source| ModelError::Io { action: "copy", path: from, source })?;
            checksum::verify(&copy, file).map_err(ModelError::Copy)?;
        }
        self.put_in_place(&copy, manifest, &staging)
    }

    /// All models: the known ones first, then those the user added.
    ///
    /// # Errors
    /// [`ModelError`] if the model directory cannot be read.
    pub fn list(&self) -> Result<Vec<Listing>, ModelError> {
        let mut all = Vec::new();
        for manifest in bundled() {
            let path = self.find(&manifest.name)?.map(|found| found.path);
            all.push(Listing { manifest, path });
        }
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
            Err(source) => return Err(ModelError::Io { action: "list", path: self.folder.clone(), source }),
        };
        let mut added: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        added.sort();
        for path in added {
            if path.join(MANIFEST_FILE).exists() && find_bundled(&folder_name(&path)).is_none() {
                all.push(Listing { manifest: Manifest::read(&path.join(MANIFEST_FILE))?, path: Some(path) });
            }
        }
        Ok(all)
    }

    /// Reads a folder by its own manifest where it has one, otherwise by its sentence-transformers files.
    fn open_folder(&self, folder: &Path) -> Result<ModelFolder, ModelError> {
        let path = std::fs::canonicalize(folder)
            .map_err(|source| ModelError::Io { action: "open", path: folder.to_owned(), source })?;
        let own = path.join(MANIFEST_FILE);
        if !own.exists() {
            let manifest = read_folder(&path, &folder_name(&path))?;
            return Ok(ModelFolder { path, manifest, verified: true });
        }
        let manifest = Manifest::read(&own)?;
        // For a model we know, what counts is the manifest compiled into the program, not the one lying there.
        let manifest = find_bundled(&manifest.name).unwrap_or(manifest);
        Ok(ModelFolder { path, manifest, verified: false })
    }

    /// A known model in the Hugging Face cache: `models--owner--name/snapshots/<revision>/`.
    fn find_in_hub_cache(&self, manifest: &Manifest) -> Option<ModelFolder> {
        let repository = manifest.source.hugging_face.as_deref()?;
        let revision = manifest.source.revision.as_deref();
        let path = self.hub_snapshots(repository, revision).into_iter().find(|snapshot| {
            let whole = |path: &str, bytes| snapshot.join(path).metadata().is_ok_and(|found| found.len() == bytes);
            manifest.files.iter().all(|file| whole(&file.path, file.bytes))
        })?;
        Some(ModelFolder { path, manifest: manifest.clone(), verified: false })
    }

    /// A model we have no manifest for, named `owner/name` and present in the Hugging Face cache.
    fn find_unknown_in_hub_cache(&self, wanted: &str) -> Result<Option<ModelFolder>, ModelError> {
        if wanted.split('/').count() != 2 || wanted.starts_with(['.', '/']) {
            return Ok(None);
        }
        let Some(path) = self.hub_snapshots(wanted, None).into_iter().next() else {
            return Ok(None);
        };
        let name = wanted.rsplit('/').next().unwrap_or(wanted);
        let manifest = read_folder(&path, name)?;
        Ok(Some(ModelFolder { path, manifest, verified: true }))
    }

    /// Snapshot folders of a repository: the wanted revision, then the one `main` points at.
    fn hub_snapshots(&self, repository: &str, revision: Option<&str>) -> Vec<PathBuf> {
        let root = self.hub_cache.join(format!("models--{}", repository.replace('/', "--")));
        let main = std::fs::read_to_string(root.join("refs").join("main")).ok();
        [revision.map(str::to_owned), main.map(|text| text.trim().to_owned())]
            .into_iter()
            .flatten()
            .map(|commit| root.join("snapshots").join(commit))
            .filter(|path| path.is_dir())
            .collect()
    }

    fn fetch(&self, manifest: &Manifest, say: &dyn Fn(&str)) -> Result<ModelFolder, ModelError> {
        if self.offline {
            return Err(ModelError::Offline { name: manifest.name.clone() });
        }
        let staging = self.staging()?;
        let copy = staging.path().join("model");
        fetch::fetch(manifest, staging.path(), &copy, say)?;
        self.put_in_place(&copy, manifest.clone(), &staging)
    }

    /// A temporary folder beside the models, so that a rename can move what is in it. Removed when dropped.
    fn staging(&self) -> Result<tempfile::TempDir, ModelError> {
        std::fs::create_dir_all(&self.folder)
            .map_err(|source| ModelError::Io { action: "create", path: self.folder.clone(), source })?;
        tempfile::Builder::new()
            .prefix(".staging-")
            .tempdir_in(&self.folder)
            .map_err(|source| ModelError::Io { action: "write in", path: self.folder.clone(), source })
    }

    /// Writes the manifest and moves the verified folder `copy` to its name in one rename.
    fn put_in_place(
        &self,
        copy: &Path,
        manifest: Manifest,
        staging: &tempfile::TempDir,
    ) -> Result<ModelFolder, ModelError> {
        let path = self.folder.join(&manifest.name);
        let own = copy.join(MANIFEST_FILE);
        std::fs::write(&own, manifest.to_toml())
            .map_err(|source| ModelError::Io { action: "write", path: own, source })?;
        if path.exists() {
            // A damaged copy: out of the way first, and gone with the staging folder.
            std::fs::rename(&path, staging.path().join("damaged"))
                .map_err(|source| ModelError::Io { action: "replace", path: path.clone(), source })?;
        }
        std::fs::rename(copy, &path)
            .map_err(|source| ModelError::Io { action: "create", path: path.clone(), source })?;
        Ok(ModelFolder { path, manifest, verified: true })
    }
}

pub(crate) fn create_parent(path: &Path) -> Result<(), ModelError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|source| ModelError::Io {
        action: "create",
        path: parent.to_owned(),
        source,
    })
}

fn folder_name(path: &Path) -> String {
    let full = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn looks_like_path(wanted: &str) -> bool {
    wanted.contains(['/', '\\']) || wanted.starts_with('.')
}

//! What several tests need: the toy model, copies of it to alter, and messages as a user sees them.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use semsearch_embed::{
    EncoderOptions, LoadError, Manifest, ModelError, ModelFolder, ModelStore, SentenceTransformer, read_folder,
};
use semsearch_task::Progress;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use semsearch_testing::toy::{FILES, copy as copy_files, folder as toy};

/// The toy model's manifest, under the name `toy`.
pub(crate) fn toy_manifest() -> Manifest {
    read_folder(&toy(), "toy").expect("the toy model is whole")
}

/// A copy of the toy model that may be altered.
pub(crate) struct Copy {
    parent: TempDir,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let copy = Copy { parent: tempfile::tempdir().unwrap() };
        copy_files(&toy(), &copy.folder());
        copy
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.parent.path().join("toy")
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder().join(file)
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), bytes).unwrap();
        self
    }

    pub(crate) fn remove(&self, file: &str) -> &Self {
        fs::remove_file(self.path(file)).unwrap();
        self
    }

    /// Changes a JSON file.
    pub(crate) fn edit(&self, file: &str, change: impl FnOnce(&mut Value)) -> &Self {
        let mut value = serde_json::from_slice(&fs::read(self.path(file)).unwrap()).unwrap();
        change(&mut value);
        self.write(file, value.to_string())
    }

    /// Sets one key of a JSON file.
    pub(crate) fn set(&self, file: &str, key: &str, to: impl Into<Value>) -> &Self {
        self.edit(file, |value| value[key] = to.into())
    }

    /// Opens the folder as `--model DIR` does.
    pub(crate) fn open(&self) -> Result<ModelFolder, ModelError> {
        let store = ModelStore::only(&self.parent.path().join("no models here"));
        store.find(self.folder().to_str().unwrap()).map(|found| found.expect("a folder that is there is found"))
    }

    /// Loads the folder as `--model DIR` does.
    pub(crate) fn load(&self) -> Result<SentenceTransformer, LoadError> {
        load(&self.open().expect("the folder reads as a model"))
    }
}

/// Loads a model with the default options.
pub(crate) fn load(model: &ModelFolder) -> Result<SentenceTransformer, LoadError> {
    SentenceTransformer::load(model, &EncoderOptions::default())
}

/// The error of something that must fail.
pub(crate) fn refused<T, E>(result: Result<T, E>) -> E {
    match result {
        Ok(_) => panic!("expected a refusal"),
        Err(error) => error,
    }
}

/// An error and its causes, as the command line prints them.
pub(crate) fn message(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Asserts that a message has all these parts.
#[track_caller]
pub(crate) fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in the message: {message}");
    }
}

/// The names in a folder, sorted; empty if the folder does not exist.
pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Keeps the notes of long work.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    /// The notes so far, which are then forgotten.
    pub(crate) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Progress for Notes {
    fn note(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// Panics on a note: there is nothing to say.
pub(crate) struct Silence;

impl Progress for Silence {
    fn note(&self, message: &str) {
        panic!("nothing to say, yet: {message}");
    }
}

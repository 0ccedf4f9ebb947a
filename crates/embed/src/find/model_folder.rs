//! A model that was found.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use super::built_in;
use crate::describe::{Manifest, ModelFile};

/// The path that is shown for a model inside the program.
const PLACE: &str = "(part of semsearch)";

/// A model on disk.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelFolder {
    /// The folder that holds its files.
    pub path: PathBuf,
    /// The manifest of the files.
    pub manifest: Manifest,
    /// Whether the files were just compared with their SHA-256, so that loading need not do it again.
    pub verified: bool,
    /// Whether the files are part of the program; `path` is then only a message.
    pub built_in: bool,
}

impl ModelFolder {
    /// The model of `manifest` in the folder `path`, whose files are compared with the manifest when it is loaded.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, manifest: Manifest) -> Self {
        ModelFolder { path: path.into(), manifest, verified: false, built_in: false }
    }

    /// The model of `manifest`, if it is part of the program.
    pub(crate) fn built_in(manifest: &Manifest) -> Option<Self> {
        let fits = |file: &ModelFile| {
            built_in::file(&manifest.name, &file.path).is_some_and(|own| own.len() as u64 == file.bytes)
        };
        let whole = built_in::holds(&manifest.name) && manifest.files.iter().all(fits);
        whole.then(|| ModelFolder {
            path: PathBuf::from(PLACE),
            manifest: manifest.clone(),
            verified: true,
            built_in: true,
        })
    }

    /// The contents of one of the model's files.
    ///
    /// # Errors
    /// The error of reading the file.
    pub(crate) fn read(&self, file: &str) -> io::Result<Cow<'static, [u8]>> {
        match self.built_in {
            false => std::fs::read(self.path.join(file)).map(Cow::Owned),
            true => {
                let bytes = built_in::file(&self.manifest.name, file);
                bytes.map(Cow::Borrowed).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::bundled;

    #[test]
    fn another_model_of_that_name_is_not_taken_for_it() {
        let mut manifest = bundled().into_iter().find(|manifest| manifest.name == "static").unwrap();
        assert!(ModelFolder::built_in(&manifest).is_some());
        manifest.files[0].bytes += 1;
        assert!(ModelFolder::built_in(&manifest).is_none());
    }
}

//! Models that are part of the program: there on a machine that never had a network, and never written to its disk.
//!
//! Their files lie in `models/NAME/` and are compiled in. Nothing compares them with their SHA-256 again when they are
//! used; a test does, once a build.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::manifest::{CONFIG, Manifest, ModelFile, TOKENIZER, WEIGHTS};
use crate::store::ModelFolder;

/// Shown in place of a folder.
const PLACE: &str = "(part of semsearch)";

/// A model inside the program.
#[derive(Debug)]
struct BuiltIn {
    name: &'static str,
    files: &'static [(&'static str, &'static [u8])],
}

static MODELS: [BuiltIn; 1] = [BuiltIn {
    name: "static",
    files: &[
        (CONFIG, include_bytes!("../../../models/static/config.json")),
        (TOKENIZER, include_bytes!("../../../models/static/tokenizer.json")),
        (WEIGHTS, include_bytes!("../../../models/static/model.safetensors")),
    ],
}];

/// The model of `manifest`, if the program holds it.
pub(crate) fn find(manifest: &Manifest) -> Option<ModelFolder> {
    let model = MODELS.iter().find(|model| model.name == manifest.name)?;
    let fits = |file: &ModelFile| model.file(&file.path).is_some_and(|own| own.len() as u64 == file.bytes);
    let path = PathBuf::from(PLACE);
    let whole = manifest.files.iter().all(fits);
    whole.then(|| ModelFolder { path, manifest: manifest.clone(), verified: true, built_in: true })
}

impl BuiltIn {
    fn file(&self, name: &str) -> Option<&'static [u8]> {
        self.files.iter().find(|(path, _)| *path == name).map(|(_, bytes)| *bytes)
    }
}

/// Where the files of a model are read from.
pub(crate) enum Files<'a> {
    /// A folder.
    Folder(&'a Path),
    /// The program, under the name of a model.
    Program(&'a str),
}

impl Files<'_> {
    /// The contents of a file, and of no other than those of the model.
    ///
    /// # Errors
    /// Whatever reading it gives.
    pub(crate) fn read(&self, file: &str) -> io::Result<Cow<'static, [u8]>> {
        match self {
            Files::Folder(folder) => std::fs::read(folder.join(file)).map(Cow::Owned),
            Files::Program(name) => {
                let model = MODELS.iter().find(|model| model.name == *name);
                let bytes = model.and_then(|model| model.file(file));
                bytes.map(Cow::Borrowed).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::sha256_bytes;
    use crate::manifest::bundled;

    #[test]
    fn the_files_in_the_program_are_those_of_the_manifests() {
        for model in &MODELS {
            let manifest = bundled().into_iter().find(|manifest| manifest.name == model.name).unwrap();
            assert!(find(&manifest).is_some(), "{}", model.name);
            assert_eq!(manifest.files.len(), model.files.len());
            for file in &manifest.files {
                assert_eq!(sha256_bytes(model.file(&file.path).unwrap()), file.sha256, "{}/{}", model.name, file.path);
            }
        }
    }

    #[test]
    fn another_model_of_that_name_is_not_taken_for_it() {
        let mut manifest = bundled().into_iter().find(|manifest| manifest.name == "static").unwrap();
        manifest.files[0].bytes += 1;
        assert!(find(&manifest).is_none());
    }
}

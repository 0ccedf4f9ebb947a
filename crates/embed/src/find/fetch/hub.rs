//! The Hugging Face hub, by way of the `hf-hub` crate.
//!
//! The crate would read the environment by itself. Here it is told everything instead, so that one place decides
//! ([`crate::find::settings`]) and a test can point it at a server of its own. It keeps a cache with lock files, which goes
//! into the staging folder and disappears with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use super::staged::{chain, place};
use crate::describe::Manifest;
use crate::find::settings::{AccessToken, NetworkSettings};

/// Downloads every file of `manifest` into `target`. The files are not verified yet.
pub(super) fn fetch(
    network: &NetworkSettings,
    manifest: &Manifest,
    repository: &str,
    staging: &Path,
    target: &Path,
) -> Result<(), String> {
    let endpoint = address(network);
    if !is_trusted(endpoint) {
        return Err(format!("HF_ENDPOINT is {endpoint:?}, expected an address that begins with https://"));
    }
    let api = ApiBuilder::from_cache(Cache::new(staging.join("hub")))
        .with_endpoint(endpoint.to_owned())
        .with_token(network.token.clone().map(|AccessToken(secret)| secret))
        .with_progress(network.progress)
        .build()
        .map_err(|error| chain(&error))?;
    let revision = manifest.source.revision.clone().unwrap_or_else(|| "main".to_owned());
    let repository = api.repo(Repo::with_revision(repository.to_owned(), RepoType::Model, revision));
    for file in &manifest.files {
        let fetched = download(&repository, &file.path).map_err(|reason| format!("{}: {reason}", file.path))?;
        // The hub's cache holds links into a folder of blobs; the blob is what we want.
        let blob = std::fs::canonicalize(&fetched).map_err(|error| format!("{}: {error}", file.path))?;
        place(&blob, target, &file.path)?;
    }
    Ok(())
}

/// Whether nobody but the hub can answer for it. `hf-hub` (0.5) makes file names of what the hub answers, so over plain
/// http anybody on the way could have it write where they like; only this machine may be asked so.
fn is_trusted(endpoint: &str) -> bool {
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    endpoint.starts_with("https://")
        || endpoint.strip_prefix("http://").map(host).is_some_and(|host| host == "127.0.0.1" || host == "localhost")
}

/// Downloads one file. `hf-hub` (0.5) panics on some answers no hub should give, such as a redirect to nowhere; what
/// comes from the network must not do that to us.
fn download(repository: &ApiRepo, path: &str) -> Result<PathBuf, String> {
    match catch_unwind(AssertUnwindSafe(|| repository.download(path))) {
        Ok(fetched) => fetched.map_err(|error| chain(&error)),
        Err(_) => Err("the answer is not one that a hub gives".to_owned()),
    }
}

/// The hub's address without the `/` that some write at its end.
pub(super) fn address(network: &NetworkSettings) -> &str {
    network.endpoint.trim_end_matches('/')
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

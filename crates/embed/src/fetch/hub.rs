//! The Hugging Face hub, by way of the `hf-hub` crate.
//!
//! The crate reads `HF_HOME` and `HF_ENDPOINT` itself; `HF_TOKEN` we hand over. `HF_HUB_OFFLINE` it does not know: the
//! model store checks it before anything gets here.

use std::io::IsTerminal;
use std::path::Path;

use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Repo, RepoType};

use crate::manifest::Manifest;

/// Downloads every file of `manifest` into `target`. The files are not verified yet.
pub(super) fn fetch(manifest: &Manifest, repository: &str, staging: &Path, target: &Path) -> Result<(), String> {
    if let Ok(endpoint) = std::env::var("HF_ENDPOINT")
        && !endpoint.starts_with("https://")
        && !endpoint.starts_with("http://")
    {
        return Err(format!("HF_ENDPOINT is {endpoint:?}, expected an address that begins with https://"));
    }
    let mut builder = ApiBuilder::from_env()
        .with_cache_dir(staging.join("hub"))
        .with_progress(std::io::stderr().is_terminal());
    if let Ok(token) = std::env::var("HF_TOKEN")
        && !token.trim().is_empty()
    {
        builder = builder.with_token(Some(token.trim().to_owned()));
    }
    let api = builder.build().map_err(|error| chain(&error))?;
    let revision = manifest.source.revision.clone().unwrap_or_else(|| "main".to_owned());
    let repository = api.repo(Repo::with_revision(repository.to_owned(), RepoType::Model, revision));
    for file in &manifest.files {
        let fetched = repository.download(&file.path).map_err(|error| format!("{}: {}", file.path, chain(&error)))?;
        // The hub's cache holds links into a folder of blobs; the blob is what we want.
        let blob = std::fs::canonicalize(&fetched).map_err(|error| format!("{}: {error}", file.path))?;
        super::place(&blob, target, &file.path)?;
    }
    Ok(())
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

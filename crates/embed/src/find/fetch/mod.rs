//! Fetching a model from the network. No other code of the project opens a socket.
//!
//! The source is the Hugging Face hub. The attempt is announced, and fetched files are compared with the SHA-256 of the
//! manifest before any other code reads them.

#[cfg(feature = "hub")]
mod hub;

use std::path::Path;

use semsearch_task::{ErrorKind, Progress, Stopped};

use super::settings::NetworkSettings;
use crate::describe::Manifest;

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The source did not give the model.
    #[error("model `{name}` could not be fetched from {place}: {reason}")]
    Failed {
        /// The model's name.
        name: String,
        /// The source, in words.
        place: String,
        /// What went wrong, and the name of the file, on one line.
        reason: String,
    },
    /// The manifest names no repository of the hub.
    #[error("model `{name}` could not be fetched: its manifest names no repository of the Hugging Face hub")]
    NoSource {
        /// The model's name.
        name: String,
    },
    /// This build cannot fetch.
    #[error("model `{name}` could not be fetched: the feature `hub` of semsearch-embed is switched off in this build")]
    FeatureOff {
        /// The model's name.
        name: String,
    },
    /// The caller stopped the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl FetchError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            FetchError::Failed { .. } | FetchError::NoSource { .. } | FetchError::FeatureOff { .. } => ErrorKind::Model,
            FetchError::Stopped(inner) => inner.kind(),
        }
    }
}

/// Puts the files of `manifest`, all verified, into `target`, working in the folder `staging`.
///
/// # Errors
/// [`FetchError`] with the reason.
#[cfg(feature = "hub")]
pub(super) fn fetch(
    network: &NetworkSettings,
    manifest: &Manifest,
    staging: &Path,
    target: &Path,
    progress: &dyn Progress,
) -> Result<(), FetchError> {
    let name = || manifest.name.clone();
    let Some(repository) = &manifest.source.hugging_face else {
        return Err(FetchError::NoSource { name: name() });
    };
    let place = format!("the Hugging Face hub ({}/{repository})", hub::address(network));
    progress.note(&format!("fetching {} from {place}", manifest.name));
    hub::fetch(network, manifest, repository, staging, target, progress).map_err(|error| match error {
        hub::HubError::Reason(reason) => FetchError::Failed { name: name(), place, reason },
        hub::HubError::Stopped(stopped) => FetchError::Stopped(stopped),
    })
}

/// Refuses: this build cannot fetch.
///
/// # Errors
/// [`FetchError::FeatureOff`].
#[cfg(not(feature = "hub"))]
pub(super) fn fetch(
    _network: &NetworkSettings,
    manifest: &Manifest,
    _staging: &Path,
    _target: &Path,
    _progress: &dyn Progress,
) -> Result<(), FetchError> {
    Err(FetchError::FeatureOff { name: manifest.name.clone() })
}

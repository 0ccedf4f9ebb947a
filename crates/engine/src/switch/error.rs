//! Why a model was not switched.

use std::path::PathBuf;

use semsearch_embed::EncodeError;
use semsearch_store::{ChangeError, CollectionError};

use super::bridge::BridgeError;
use crate::ingest::IngestError;

/// Why a model was not switched. What questions are answered with is then what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// Somebody else is at it.
    #[error("another semsearch is switching the model of {path}; wait for it, or stop it and go on later")]
    Running {
        /// The collection's folder.
        path: PathBuf,
    },
    /// There is nothing to change.
    #[error("the index answers with model `{model}` already")]
    Active {
        /// The model.
        model: String,
    },
    /// One at a time.
    #[error(
        "a switch to model `{pending}` is under way; finish it with `semsearch model switch {pending}`, or drop its vectors \
         with `semsearch model switch --forget`"
    )]
    Another {
        /// The model that is being switched to.
        pending: String,
    },
    /// No model waits to answer for the first time.
    #[error("{}", no_other(previous.as_deref()))]
    NoOther {
        /// The model that was active before, if there was one.
        previous: Option<String>,
    },
    /// No model was active before.
    #[error("there is no model to go back to: {active} was never switched to from another")]
    NoPrevious {
        /// The model that is active.
        active: String,
    },
    /// Documents have to be embedded first.
    #[error(
        "model `{model}` has not embedded {missing} of {of} papers yet; finish with `semsearch model switch {model}`"
    )]
    Incomplete {
        /// The model.
        model: String,
        /// Documents without its vectors.
        missing: u64,
        /// Documents in all.
        of: u64,
    },
    /// Documents could not be embedded, or somebody asked to stop.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Vectors or graphs could not be written.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The collection could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// Questions could not be encoded.
    #[error("the questions could not be encoded")]
    Encode(#[from] EncodeError),
    /// Questions could not be answered.
    #[error("the index could not be searched")]
    Search(#[from] semsearch_index::SearchError),
    /// A bridge could not be used.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// The watcher asked to stop.
    #[error("{}", stopped(*kept))]
    Stopped {
        /// Documents whose vectors the next run will find.
        kept: u64,
    },
}

fn no_other(previous: Option<&str>) -> String {
    let before = previous
        .map(|previous| format!("; {previous} answered before: `semsearch model switch --rollback` goes back to it"));
    format!(
        "there is no other model to switch to{}; `semsearch model switch NAME` embeds with one",
        before.unwrap_or_default()
    )
}

fn stopped(kept: u64) -> String {
    format!("stopped; {kept} papers have vectors of the new model, and the same command goes on from there")
}

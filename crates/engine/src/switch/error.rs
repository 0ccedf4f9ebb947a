//! Why a model was not switched.

use std::path::PathBuf;

use semsearch_embed::EncodeError;
use semsearch_store::{ChangeError, CollectionError, ModelRecord};
use semsearch_task::ErrorKind;

use crate::align::AlignmentError;
use crate::ingest::IngestError;
use crate::settings::told_apart;

/// Why a model was not switched. The active model then stays what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// Another process switches the model of the same collection.
    #[error("another process is switching the model of {path}")]
    Running {
        /// The collection's folder.
        path: PathBuf,
    },
    /// The model is the active one already.
    #[error("the index answers with model `{model}` already")]
    Active {
        /// The model.
        model: String,
    },
    /// A switch to a third model is under way.
    #[error("a switch to model `{}` is under way{}", pending.name(), used(pending, all))]
    Another {
        /// The model that is being switched to.
        pending: Box<ModelRecord>,
        /// The models of the collection, and the one that was asked for.
        all: Vec<ModelRecord>,
    },
    /// Several models have vectors, and the caller did not say which one is meant.
    #[error("{} models can be switched to: {}", models.len(), listed(models, active))]
    Several {
        /// The models.
        models: Vec<ModelRecord>,
        /// The active model.
        active: Box<ModelRecord>,
    },
    /// No other model has vectors, except the one that was active before.
    #[error("there is no other model to switch to{}", answered_before(previous.as_deref()))]
    NoOther {
        /// The model that was active before, if there was one.
        previous: Option<String>,
    },
    /// No vectors are kept of a model that was active before.
    #[error("there is no model to go back to: the index keeps no vectors of one that answered before {active}")]
    NoPrevious {
        /// The model that is active.
        active: String,
    },
    /// Documents have to be embedded first.
    #[error("model `{model}` has not embedded {missing} of {of} papers yet")]
    Incomplete {
        /// The model.
        model: String,
        /// Documents without its vectors.
        missing: u64,
        /// Documents in all.
        of: u64,
    },
    /// Documents could not be embedded.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Vectors or graphs could not be written.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The collection could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// Queries could not be encoded.
    #[error("the queries could not be encoded")]
    Encode(#[from] EncodeError),
    /// Queries could not be answered.
    #[error("the index could not be searched")]
    Search(#[from] semsearch_index::SearchError),
    /// The two models could not be aligned.
    #[error(transparent)]
    Alignment(#[from] AlignmentError),
    /// The caller stopped the switch.
    #[error("stopped; {kept} papers have vectors of the new model")]
    Stopped {
        /// Documents whose vectors the next run will find.
        kept: u64,
    },
}

impl SwitchError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SwitchError::Active { .. }
            | SwitchError::Another { .. }
            | SwitchError::Several { .. }
            | SwitchError::NoOther { .. }
            | SwitchError::NoPrevious { .. } => ErrorKind::Usage,
            SwitchError::Incomplete { .. } | SwitchError::Alignment(_) => ErrorKind::Model,
            SwitchError::Running { .. } => ErrorKind::Busy,
            SwitchError::Ingest(error) => error.kind(),
            SwitchError::Change(error) => error.kind(),
            SwitchError::Collection(error) => error.kind(),
            SwitchError::Encode(error) => error.kind(),
            SwitchError::Search(error) => error.kind(),
            SwitchError::Stopped { .. } => ErrorKind::Stopped,
        }
    }
}

fn used(pending: &ModelRecord, all: &[ModelRecord]) -> String {
    let words = told_apart(pending, all);
    if words.is_empty() { words } else { format!(", with {words}") }
}

fn listed(models: &[ModelRecord], active: &ModelRecord) -> String {
    let name = |model: &ModelRecord| match told_apart(model, models.iter().chain([active])) {
        words if words.is_empty() => format!("`{}`", model.name()),
        words => format!("`{}` ({words})", model.name()),
    };
    models.iter().map(name).collect::<Vec<_>>().join(" and ")
}

fn answered_before(previous: Option<&str>) -> String {
    previous.map(|previous| format!("; {previous} answered before")).unwrap_or_default()
}

//! How far a switch has come.

use std::path::Path;

use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{Collection, CollectionError, ModelRecord};

use super::coverage::missing;
use super::cutover::previous;
use super::pending::{Pending, SwitchLock};
use crate::align::{OverlapAt10, read_alignment};
use crate::settings::told_apart;

/// The models of a collection, and what can be done with each.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SwitchStatus {
    /// The active model.
    pub active: ModelRecord,
    /// Searchable documents.
    pub documents: u64,
    /// Every other model with vectors.
    pub others: Vec<OtherModel>,
    /// Whether a process is embedding for the switch right now.
    pub is_running: bool,
}

impl SwitchStatus {
    /// Every model of the collection, the active one first.
    pub fn all(&self) -> impl Iterator<Item = &ModelRecord> {
        std::iter::once(&self.active).chain(self.others.iter().map(|other| &other.model))
    }
}

/// A model that is not active.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OtherModel {
    /// The model.
    pub model: ModelRecord,
    /// What the model is kept for.
    pub state: SwitchState,
    /// What tells it from other models of its name in the collection, in words. Empty if no other has its name.
    pub told_apart: String,
    /// Documents that the model has embedded. While a switch is under way, deleted ones may be among them.
    pub embedded: u64,
    /// What the alignment from its queries to the active model's vectors is worth, and the number of documents it was
    /// fitted on; `None` if there is no alignment.
    pub alignment: Option<(OverlapAt10, usize)>,
}

/// What a model that is not active is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchState {
    /// The model has not embedded everything.
    Embedding,
    /// The model has embedded everything, and can be cut over to.
    Ready,
    /// The model was active before, and can be made active again.
    Previous,
}

impl SwitchState {
    /// The name of the state in JSON: `embedding`, `ready` or `previous`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SwitchState::Embedding => "embedding",
            SwitchState::Ready => "ready",
            SwitchState::Previous => "previous",
        }
    }
}

/// Reports how far a switch has come in an opened collection.
///
/// # Errors
/// [`CollectionError`] if the record of the switch or an alignment cannot be read.
pub fn status(collection: &Collection) -> Result<SwitchStatus, CollectionError> {
    let (root, manifest) = (collection.root(), collection.manifest());
    let documents = collection.len() as u64;
    let alignment = |model: &ModelRecord| -> Result<Option<(OverlapAt10, usize)>, CollectionError> {
        let found = read_alignment(root, &model.fingerprint, &manifest.active)?;
        Ok(found.map(|alignment| (alignment.overlap(), alignment.documents())))
    };
    let pending = Pending::read(root)?;
    let pending_model = pending.as_ref().map(|pending| &pending.model);
    let is_pending = |model: &ModelRecord| pending_model.is_some_and(|other| other.fingerprint == model.fingerprint);
    let all = || manifest.models.iter().chain(pending_model);
    let mut others = Vec::new();
    for model in manifest.models.iter().filter(|model| model.fingerprint != manifest.active) {
        let lacking = missing(collection, &model.fingerprint);
        let state = match lacking {
            _ if previous(manifest).is_some_and(|other| other.fingerprint == model.fingerprint) => {
                SwitchState::Previous
            }
            0 => SwitchState::Ready,
            _ => SwitchState::Embedding,
        };
        let made = if is_pending(model) { made(root, model)? } else { 0 };
        let embedded = (documents - lacking + made).min(documents);
        let told_apart = told_apart(model, all());
        others.push(OtherModel { model: model.clone(), state, told_apart, embedded, alignment: alignment(model)? });
    }
    if let Some(model) = pending_model.filter(|model| manifest.model_of(&model.fingerprint).is_none()) {
        let embedded = made(root, model)?.min(documents);
        others.push(OtherModel {
            model: model.clone(),
            state: SwitchState::Embedding,
            told_apart: told_apart(model, all()),
            embedded,
            alignment: alignment(model)?,
        });
    }
    Ok(SwitchStatus { active: manifest.model().clone(), documents, others, is_running: SwitchLock::is_taken(root) })
}

/// The number of vectors in the checkpoint.
fn made(root: &Path, model: &ModelRecord) -> Result<u64, CollectionError> {
    crate::ingest::checkpoint_records(&root.join(CHECKPOINT), &model.fingerprint, model.dimension())
}

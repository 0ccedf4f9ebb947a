//! How far a switch has come.

use std::path::Path;

use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{Collection, CollectionError, ModelRecord};

use super::agreement::Agreement;
use super::coverage::missing;
use super::cutover::previous;
use super::pending::{Pending, SwitchLock, read_bridge};

/// The models of a collection, and what can be done with each.
#[derive(Clone, Debug)]
pub struct SwitchStatus {
    /// The model that answers.
    pub active: ModelRecord,
    /// Documents that can be found.
    pub documents: u64,
    /// Every other model of which there are vectors.
    pub others: Vec<OtherModel>,
    /// Whether a process is at work on it right now.
    pub is_running: bool,
}

/// A model that does not answer.
#[derive(Clone, Debug)]
pub struct OtherModel {
    /// The model.
    pub model: ModelRecord,
    /// What it is there for.
    pub state: SwitchState,
    /// Documents that it has embedded. While a switch is under way, removed ones may be among them.
    pub embedded: u64,
    /// What the bridge from its questions to the active model's vectors is worth, if there is one, and on how many documents
    /// it was fitted.
    pub bridge: Option<(Agreement, usize)>,
}

/// What a model that does not answer is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchState {
    /// It has not embedded everything.
    Embedding,
    /// It has embedded everything, and can be cut over to.
    Ready,
    /// It answered before, and can be gone back to.
    Previous,
}

impl SwitchState {
    /// The word for it in reports: `embedding`, `ready` or `previous`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SwitchState::Embedding => "embedding",
            SwitchState::Ready => "ready",
            SwitchState::Previous => "previous",
        }
    }
}

/// Says how far a switch has come in a collection that was opened.
///
/// # Errors
/// If what is kept of the switch cannot be read.
pub fn status(collection: &Collection) -> Result<SwitchStatus, CollectionError> {
    let (root, manifest) = (collection.root(), collection.manifest());
    let documents = collection.len() as u64;
    let bridge = |model: &ModelRecord| -> Result<Option<(Agreement, usize)>, CollectionError> {
        let bridge = read_bridge(root, &model.fingerprint, &manifest.active)?;
        Ok(bridge.map(|bridge| (bridge.agreement(), bridge.documents())))
    };
    let pending = Pending::read(root)?;
    let pending_model = pending.as_ref().map(|pending| &pending.model);
    let is_pending = |model: &ModelRecord| pending_model.is_some_and(|other| other.fingerprint == model.fingerprint);
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
        others.push(OtherModel { model: model.clone(), state, embedded, bridge: bridge(model)? });
    }
    if let Some(model) = pending_model.filter(|model| manifest.model_of(&model.fingerprint).is_none()) {
        let embedded = made(root, model)?.min(documents);
        others.push(OtherModel {
            model: model.clone(),
            state: SwitchState::Embedding,
            embedded,
            bridge: bridge(model)?,
        });
    }
    Ok(SwitchStatus { active: manifest.model().clone(), documents, others, is_running: SwitchLock::is_taken(root) })
}

/// Vectors on their way into the collection.
fn made(root: &Path, model: &ModelRecord) -> Result<u64, CollectionError> {
    crate::ingest::checkpoint_records(&root.join(CHECKPOINT), &model.fingerprint, model.dimension())
}

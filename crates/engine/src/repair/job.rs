//! A repair under way.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_embed::Encoder;
use semsearch_index::RowSet;
use semsearch_store::{ChangeError, Manifest, ModelRecord, Writer, io_error};
use semsearch_task::Progress;

use super::error::RepairError;
use super::outcome::{Action, Lost, Repaired};
use super::version_1;
use crate::ingest::Checkpoint;

/// Loads the encoder of a recorded model, when vectors or tokens have to be made again.
pub type EncoderOf<'a> = dyn Fn(&ModelRecord) -> Result<Box<dyn Encoder>, Box<dyn Error + Send + Sync>> + 'a;

/// A repair under way.
pub(super) struct Job<'a> {
    pub(super) root: &'a Path,
    /// `None` in a dry run, and after the commit.
    pub(super) writer: Option<Writer>,
    pub(super) encoder_of: &'a EncoderOf<'a>,
    /// Loaded when it was first needed.
    pub(super) encoder: Option<Arc<dyn Encoder>>,
    pub(super) progress: &'a dyn Progress,
    /// Vectors that were made again, if this repair began the checkpoint.
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) is_dry_run: bool,
    pub(super) actions: Vec<Action>,
    pub(super) lost: Vec<Lost>,
}

impl<'a> Job<'a> {
    /// A repair of the collection in `root`; a dry run without `writer`.
    pub(super) fn new(
        root: &'a Path,
        writer: Option<Writer>,
        encoder_of: &'a EncoderOf<'a>,
        progress: &'a dyn Progress,
    ) -> Self {
        Job {
            root,
            is_dry_run: writer.is_none(),
            writer,
            encoder_of,
            encoder: None,
            progress,
            checkpoint: None,
            actions: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Records an action.
    pub(super) fn act(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        self.actions.push(Action { path: path.into(), text: text.into() });
    }

    /// The encoder of a model. It has to make exactly the vectors of the collection.
    pub(super) fn encoder(&mut self, model: &ModelRecord) -> Result<Arc<dyn Encoder>, RepairError> {
        if let Some(encoder) = &self.encoder {
            return Ok(encoder.clone());
        }
        let name = || model.reference.clone();
        let encoder: Arc<dyn Encoder> =
            (self.encoder_of)(model).map_err(|source| RepairError::Model { model: name(), source })?.into();
        let found = encoder.fingerprint().to_string();
        if found != model.fingerprint {
            return Err(RepairError::OtherModel { model: name(), expected: model.fingerprint.clone(), found });
        }
        let (expected, found) = (model.dimension(), encoder.dimension());
        if found != expected {
            return Err(RepairError::OtherDimension { model: name(), expected, found });
        }
        self.encoder = Some(encoder.clone());
        Ok(encoder)
    }

    /// The writer of the collection.
    pub(super) fn writer(&mut self) -> Result<&mut Writer, RepairError> {
        // A dry run makes no files.
        self.writer.as_mut().ok_or_else(|| RepairError::Hopeless { path: self.root.to_owned() })
    }

    /// Makes `manifest` the current generation.
    pub(super) fn commit(mut self, manifest: Manifest, deletes: &[(String, RowSet)]) -> Result<Repaired, RepairError> {
        if self.progress.is_stopped() {
            return Err(ChangeError::Stopped.into());
        }
        let documents = manifest.documents();
        let Some(writer) = self.writer.take() else { return self.tidy(None, documents) };
        let manifest = writer.commit(None, manifest, deletes, true)?;
        if let Some(checkpoint) = self.checkpoint.take() {
            checkpoint.discard();
        }
        self.tidy(Some(manifest.generation), manifest.documents())
    }

    /// Removes folders of version 1, which no generation needs, and ends the repair.
    pub(super) fn tidy(mut self, generation: Option<u64>, documents: u64) -> Result<Repaired, RepairError> {
        for folder in version_1::folders(self.root)? {
            if version_1::is_read(&folder) {
                continue;
            }
            if !self.is_dry_run {
                let removed = semsearch_disk::remove_folder(&folder);
                removed.map_err(|source| io_error("remove", &folder, source))?;
            }
            self.act(folder, "is of version 1 and not needed any more: removed");
        }
        Ok(Repaired { actions: self.actions, lost: self.lost, generation, documents })
    }
}

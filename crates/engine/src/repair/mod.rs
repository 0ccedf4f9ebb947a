//! A damaged collection made whole again, as far as it can be.
//!
//! | file        | holds                                                              |
//! |-------------|--------------------------------------------------------------------|
//! | `base`      | the generation to go out from                                      |
//! | `plan`      | what becomes of each segment                                       |
//! | `put_back`  | single bits of manifests and of lists of what is removed           |
//! | `make`      | documents, columns, vectors and graphs made anew                   |
//! | `version_1` | collections of the first version, which become such of this one    |
//!
//! What is lost is made anew from what is there: the pointer from the generations, columns from documents, graphs from
//! vectors, vectors from documents by the model that made them. Documents have no other source than copies of themselves
//! elsewhere in the folder, so what is damaged around them is put back or done without as far as its redundancy goes; those
//! that still cannot be read and have no copy are dropped and named.
//!
//! All of it becomes one new generation, by the same steps as any other change: until it counts, nothing of what is there
//! is touched, and a repair that fails leaves everything as it was. A second one finds nothing to do.

mod base;
mod make;
mod plan;
mod put_back;
mod version_1;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_embed::{EncodeError, Encoder};
use semsearch_index::{RowSet, SaveError};
use semsearch_store::check::{Finding, Findings, inspect};
use semsearch_store::{ChangeError, Collection, CollectionError, Manifest, ModelRecord, Writer, layout};
use semsearch_task::{Progress, Stage};

use crate::ingest::{Checkpoint, IngestError};
use base::Base;
use plan::Plan;

/// Gives the encoder of a model, when it turns out to be needed.
pub type EncoderOf<'a> = dyn Fn(&ModelRecord) -> Result<Box<dyn Encoder>, Box<dyn Error + Send + Sync>> + 'a;

/// Why a collection could not be repaired. It is then what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// It could not be read or written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// What was made anew could not be put together.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// Documents could not be embedded again.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A file could not be read, which need not mean that it is damaged.
    #[error(
        "{}: {}; what cannot be read is not taken for damaged: check permissions and the disk",
        .0.path.display(), .0.problem
    )]
    Unreadable(Finding),
    /// The model that has to make vectors anew cannot be had.
    #[error("vectors have to be made anew, and their model `{model}` cannot be used")]
    Model {
        /// How the collection calls it.
        model: String,
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The model has changed since.
    #[error(
        "vectors have to be made anew by model `{model}` with fingerprint {expected}, and the one at hand has {found}; \
         name the one that made the index with --model"
    )]
    OtherModel {
        /// How the collection calls it.
        model: String,
        /// The fingerprint of the collection's vectors.
        expected: String,
        /// The fingerprint of the vectors it would make.
        found: String,
    },
    /// The collection says of the model what is not so.
    #[error(
        "vectors have to be made anew by model `{model}`, which the index says makes {expected} numbers of a text, and it \
         makes {found}; the record of the model is damaged: make the index anew with `semsearch embed --replace`"
    )]
    OtherDimension {
        /// How the collection calls it.
        model: String,
        /// Numbers in a vector, by the collection.
        expected: usize,
        /// Numbers in a vector, by the model.
        found: usize,
    },
    /// The tokeniser failed.
    #[error("the tokens of a document could not be counted")]
    Tokenise(#[source] EncodeError),
    /// Nothing can be saved.
    #[error("{path}: no document of the index can be read any more; make it anew with `semsearch embed --replace`")]
    Hopeless {
        /// The folder.
        path: PathBuf,
    },
}

impl From<SaveError> for RepairError {
    fn from(error: SaveError) -> Self {
        RepairError::Change(error.into())
    }
}

/// Something that was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The file or folder that was the reason.
    pub path: PathBuf,
    /// What was done about it.
    pub text: String,
}

/// A document that could not be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The file it was in.
    pub path: PathBuf,
    /// Which document of that file, counted from 0.
    pub row: u32,
    /// The hash of its id in hex, where that is known.
    pub id_hash: Option<String>,
}

/// What a repair did.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// What was done, or would be, in order; nothing if all is whole.
    pub actions: Vec<Action>,
    /// Documents that are gone.
    pub lost: Vec<Lost>,
    /// The new generation, if one was made.
    pub generation: Option<u64>,
    /// Documents that can be found.
    pub documents: u64,
}

/// Repairs the collection in `root`; with `dry_run`, only says how, and writes nothing.
///
/// `encoder_of` is asked for a model only if vectors or tokens have to be made anew.
///
/// # Errors
/// [`RepairError`]; the collection is then what it was.
pub fn repair(
    root: &Path,
    dry_run: bool,
    encoder_of: &EncoderOf<'_>,
    watch: &dyn Progress,
) -> Result<Repaired, RepairError> {
    Collection::expect_folder(root)?;
    let writer = if dry_run { None } else { Some(Writer::lock(root)?) };
    let mut repair = Repair {
        root,
        writer,
        dry_run,
        encoder_of,
        encoder: None,
        watch,
        checkpoint: None,
        actions: Vec::new(),
        lost: Vec::new(),
    };
    match base::find(root, &mut repair.actions)? {
        Base::Generation { manifest } => repair.generation(&manifest),
        Base::Version1(old) => repair.rewrite(&old),
    }
}

/// A repair at work.
struct Repair<'a> {
    root: &'a Path,
    /// None if nothing is to be written, and once everything is.
    writer: Option<Writer>,
    dry_run: bool,
    encoder_of: &'a EncoderOf<'a>,
    /// Loaded when it was first needed.
    encoder: Option<Arc<dyn Encoder>>,
    watch: &'a dyn Progress,
    /// Vectors made anew, if it is this repair that began it.
    checkpoint: Option<Checkpoint>,
    actions: Vec<Action>,
    lost: Vec<Lost>,
}

impl Repair<'_> {
    fn act(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        self.actions.push(Action { path: path.into(), text: text.into() });
    }

    /// Repairs what a generation consists of.
    fn generation(mut self, base: &Manifest) -> Result<Repaired, RepairError> {
        let folder = layout::generation(self.root, base.generation);
        let mut findings = Findings::default();
        self.watch.begin(Stage::Verify, base.segments.iter().map(|segment| segment.rows as usize).sum());
        let mut inspected = Vec::with_capacity(base.segments.len());
        for segment in &base.segments {
            inspected.push(inspect(self.root, &folder, base, segment, &mut findings, self.watch));
        }
        if let Some(unreadable) = findings.unreadable.into_iter().next() {
            return Err(RepairError::Unreadable(unreadable));
        }
        let removed = self.resolve_removed(base, &inspected)?;
        let dropped = self.models_to_drop(base, &inspected);
        let mut plans = Vec::with_capacity(inspected.len());
        for ((record, inspected), removed) in base.segments.iter().zip(&inspected).zip(removed) {
            plans.push(self.plan(base, record, inspected, removed, &dropped)?);
        }
        let documents = plans.iter().map(Plan::documents).sum();
        if documents == 0 && base.documents() > 0 {
            return Err(RepairError::Hopeless { path: self.root.to_owned() });
        }
        if self.actions.is_empty() || self.dry_run {
            return self.tidy(None, documents);
        }

        let mut manifest = base.next("repair".to_owned());
        manifest.models.retain(|model| !dropped.contains(&model.fingerprint));
        manifest.previous = manifest.previous.filter(|previous| !dropped.contains(previous));
        let (mut records, mut removed) = (Vec::new(), Vec::new());
        for ((record, inspected), plan) in base.segments.iter().zip(&inspected).zip(&plans) {
            if plan.documents() == 0 {
                continue;
            }
            let record = self.carry_out(base, record, inspected, plan)?;
            if plan.rows_stay {
                removed.push((record.name.clone(), plan.removed.clone()));
            }
            records.push(record);
        }
        manifest.segments = records;
        self.commit(manifest, &removed)
    }

    fn commit(mut self, manifest: Manifest, removed: &[(String, RowSet)]) -> Result<Repaired, RepairError> {
        if self.watch.is_stopped() {
            return Err(ChangeError::Stopped.into());
        }
        let documents = manifest.documents();
        let Some(writer) = self.writer.take() else { return self.tidy(None, documents) };
        let manifest = writer.commit(None, manifest, removed, true)?;
        if let Some(checkpoint) = self.checkpoint.take() {
            checkpoint.discard();
        }
        self.tidy(Some(manifest.generation), manifest.documents())
    }

    /// Folders of version 1 go once something else counts.
    fn tidy(mut self, generation: Option<u64>, documents: u64) -> Result<Repaired, RepairError> {
        for folder in version_1::folders(self.root)? {
            if version_1::is_read(&folder) {
                continue;
            }
            if !self.dry_run {
                let removed = semsearch_disk::remove_folder(&folder);
                removed.map_err(|source| semsearch_store::io_error("remove", &folder, source))?;
            }
            self.act(folder, "is of version 1 and not needed any more: removed");
        }
        Ok(Repaired { actions: self.actions, lost: self.lost, generation, documents })
    }
}

//! A switch that is not done: `checkpoint/switch.json`.
//!
//! ```text
//! INDEX/
//!   switch.lock                     held while a process embeds with the new model, or cuts over
//!   checkpoint/switch.json          the new model
//!   checkpoint/bridge-OLD-NEW       alignment of its queries with the old model's vectors; the names are the
//!                                   beginnings of the fingerprints
//!   checkpoint/….vectors            vectors it has made
//! ```
//!
//! None of these files is part of a generation. All of them can be lost: vectors are then made again.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use semsearch_disk::File;
use semsearch_store::layout::{CHECKPOINT, SWITCH_LOCK};
use semsearch_store::{CollectionError, ModelRecord, io_error};
use serde::{Deserialize, Serialize};

use super::error::SwitchError;
use crate::align::ALIGNMENT_PREFIX;

const SCHEMA: &str = "semsearch.switch/1";
const FILE: &str = "switch.json";

/// A switch that was begun and is not done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pending {
    schema: String,
    /// When the switch was begun, in seconds since 1970.
    pub begun_unix: u64,
    /// The new model.
    pub model: ModelRecord,
}

impl Pending {
    /// A switch that begins now.
    pub(super) fn begin(model: ModelRecord) -> Self {
        let begun_unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Pending { schema: SCHEMA.to_owned(), begun_unix, model }
    }

    /// Reads the switch that is under way in the collection in `root`; `None` if there is none.
    ///
    /// # Errors
    /// [`CollectionError`] if the file cannot be read or is damaged.
    pub fn read(root: &Path) -> Result<Option<Self>, CollectionError> {
        let path = path(root);
        let bytes = match semsearch_disk::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io_error("read", &path, source)),
        };
        let damaged = |problem| CollectionError::Damaged { path: path.clone(), problem };
        let pending: Pending = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if pending.schema != SCHEMA {
            return Err(damaged(format!("it has the form {:?}, this program reads {SCHEMA:?}", pending.schema)));
        }
        pending.model.check().map_err(damaged)?;
        Ok(Some(pending))
    }

    pub(super) fn write(&self, root: &Path) -> Result<(), CollectionError> {
        let path = path(root);
        let fail = |source| io_error("write", &path, source);
        let json = serde_json::to_vec_pretty(self).map_err(|error| fail(error.into()))?;
        semsearch_disk::create_folder(&root.join(CHECKPOINT)).map_err(fail)?;
        semsearch_disk::replace(&path, &json).map_err(fail)
    }

    /// Removes the record of the switch, and all alignments.
    pub(super) fn remove(root: &Path) -> Result<(), CollectionError> {
        let folder = root.join(CHECKPOINT);
        let names = match semsearch_disk::list(&folder) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(io_error("list", &folder, source)),
        };
        for name in names.iter().filter(|name| *name == FILE || name.starts_with(ALIGNMENT_PREFIX)) {
            let path = folder.join(name);
            semsearch_disk::remove_file(&path).map_err(|source| io_error("remove", &path, source))?;
        }
        // Fails if another file is in it, and then the folder stays.
        let _ = semsearch_disk::remove_empty_folder(&folder);
        Ok(())
    }
}

fn path(root: &Path) -> PathBuf {
    root.join(CHECKPOINT).join(FILE)
}

/// The right to embed with another model and to cut over. The system releases the lock even if the process dies.
#[derive(Debug)]
pub(super) struct SwitchLock {
    _file: File,
}

impl SwitchLock {
    /// Takes the lock.
    pub(super) fn take(root: &Path) -> Result<Self, SwitchError> {
        let path = root.join(SWITCH_LOCK);
        let file = File::append(&path).map_err(|source| io_error("write", &path, source))?;
        match file.inner().try_lock() {
            Ok(()) => Ok(SwitchLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(SwitchError::Running { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(io_error("lock", &path, source).into()),
        }
    }

    /// Whether a process holds the lock.
    pub(super) fn is_taken(root: &Path) -> bool {
        let file = File::open(&root.join(SWITCH_LOCK));
        file.is_ok_and(|file| matches!(file.inner().try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

//! What is known of a switch that is not done: `checkpoint/switch.json`, and the bridges beside it.
//!
//! ```text
//! INDEX/
//!   switch.lock                     held while somebody embeds with the new model, or cuts over
//!   checkpoint/switch.json          the new model
//!   checkpoint/bridge-OLD-NEW       how its questions find documents that it has not embedded; the names are the
//!                                   beginnings of the fingerprints
//!   checkpoint/….vectors            what it has embedded
//! ```
//!
//! None of it is part of a generation, and all of it can be lost: vectors are then made again.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use semsearch_disk::File;
use semsearch_embed::Fingerprint;
use semsearch_store::layout::{CHECKPOINT, SWITCH_LOCK};
use semsearch_store::{CollectionError, ModelRecord};
use serde::{Deserialize, Serialize};

use super::bridge::Bridge;
use super::error::SwitchError;

const SCHEMA: &str = "semsearch.switch/1";
const FILE: &str = "switch.json";

/// A switch that was begun and is not done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    schema: String,
    /// When it was begun, in seconds since 1970.
    pub begun_unix: u64,
    /// The model that is switched to.
    pub model: ModelRecord,
}

impl Pending {
    /// A switch that begins now.
    pub(super) fn begin(model: ModelRecord) -> Self {
        let begun_unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Pending { schema: SCHEMA.to_owned(), begun_unix, model }
    }

    /// The switch that is under way in the collection in `root`, if any is.
    ///
    /// # Errors
    /// If the file cannot be read, or is not what was written.
    pub fn read(root: &Path) -> Result<Option<Self>, CollectionError> {
        let path = path(root, FILE);
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let damaged = |problem| CollectionError::Damaged { path: path.clone(), problem };
        let pending: Pending = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if pending.schema != SCHEMA {
            return Err(damaged(format!("it has the form {:?}, this program reads {SCHEMA:?}", pending.schema)));
        }
        pending.model.check().map_err(damaged)?;
        Ok(Some(pending))
    }

    pub(super) fn write(&self, root: &Path) -> Result<(), CollectionError> {
        let path = path(root, FILE);
        let json = serde_json::to_vec_pretty(self).map_err(|error| io_error("write", &path, error.into()))?;
        replace(&path, &json)
    }

    /// Forgets it, and all bridges.
    pub(super) fn remove(root: &Path) -> Result<(), CollectionError> {
        let folder = root.join(CHECKPOINT);
        let names = match semsearch_disk::list(&folder) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(io_error("list", &folder, source)),
        };
        for name in names.iter().filter(|name| *name == FILE || name.starts_with("bridge-")) {
            let path = folder.join(name);
            semsearch_disk::remove_file(&path).map_err(|source| io_error("remove", &path, source))?;
        }
        // Unless something else is in it.
        let _ = std::fs::remove_dir(folder);
        Ok(())
    }
}

/// The bridge from questions of `new` to vectors of `old`, if there is one.
///
/// # Errors
/// If the file cannot be read, or is not what was written.
pub(crate) fn read_bridge(root: &Path, new: &str, old: &str) -> Result<Option<Bridge>, CollectionError> {
    let path = bridge_path(root, new, old);
    let Some(bytes) = read(&path)? else { return Ok(None) };
    let bridge = Bridge::decode(&bytes)
        .map_err(|error| CollectionError::Damaged { path: path.clone(), problem: error.to_string() })?;
    Ok(Some(bridge))
}

pub(super) fn write_bridge(root: &Path, bridge: &Bridge) -> Result<(), CollectionError> {
    replace(&bridge_path(root, bridge.new_fingerprint(), bridge.old_fingerprint()), &bridge.encode())
}

/// Where a bridge is kept. Precision is left out: questions in one precision find documents in another.
pub(crate) fn bridge_path(root: &Path, new: &str, old: &str) -> PathBuf {
    let short = |fingerprint: &str| Fingerprint::space_of(fingerprint).chars().take(16).collect::<String>();
    path(root, &format!("bridge-{}-{}", short(old), short(new)))
}

/// The right to embed with another model and to cut over. The system gives it back even if the process dies.
#[derive(Debug)]
pub(super) struct SwitchLock {
    _file: File,
}

impl SwitchLock {
    /// Takes it.
    pub(super) fn take(root: &Path) -> Result<Self, SwitchError> {
        let path = root.join(SWITCH_LOCK);
        let file = File::append(&path).map_err(|source| io_error("write", &path, source))?;
        match file.inner().try_lock() {
            Ok(()) => Ok(SwitchLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(SwitchError::Running { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(io_error("lock", &path, source).into()),
        }
    }

    /// Whether somebody has it.
    pub(super) fn is_taken(root: &Path) -> bool {
        let file = File::open(&root.join(SWITCH_LOCK));
        file.is_ok_and(|file| matches!(file.inner().try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn path(root: &Path, name: &str) -> PathBuf {
    root.join(CHECKPOINT).join(name)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, CollectionError> {
    match semsearch_disk::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error("read", path, source)),
    }
}

/// Writes a file beside its place and renames it, so that nobody reads half of it.
fn replace(path: &Path, content: &[u8]) -> Result<(), CollectionError> {
    let fail = |source| io_error("write", path, source);
    if let Some(folder) = path.parent() {
        semsearch_disk::create_folder(folder).map_err(fail)?;
    }
    let next = path.with_extension("next");
    semsearch_disk::write_synced(&next, content).map_err(fail)?;
    semsearch_disk::rename(&next, path).map_err(fail)
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> CollectionError {
    CollectionError::Io { action, path: path.to_owned(), source }
}

//! Generations: how a collection changes without ever being half changed.
//!
//! ```text
//! INDEX/
//!   CURRENT        one line: the folder of the generation that counts, and the BLAKE3 of its collection.json
//!   lock           held while somebody writes
//!   checkpoint/    vectors that were made for a generation which is not complete yet
//!   g000007/       one whole collection; never written again
//! ```
//!
//! A writer builds a new folder beside the old one, syncs everything in it, and then replaces `CURRENT` by rename: a
//! reader finds the old collection or the new one. A writer that dies leaves a `.building-` folder, which the next
//! writer removes; the checkpoint outlives it, and is removed once its vectors are in a generation. A reader holds a shared lock on the description of its generation, because it opens some files only
//! when it needs them; a generation that is being read stays, and a later writer removes it.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::CollectionError;

const CURRENT: &str = "CURRENT";
const LOCK: &str = "lock";
const BUILDING: &str = ".building-";
const CHECKPOINT: &str = "checkpoint";

/// The generation that `CURRENT` names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) folder: String,
    pub(super) blake3: String,
}

/// Reads `CURRENT` below `root`.
pub(super) fn current(root: &Path) -> Result<Pointer, CollectionError> {
    let path = root.join(CURRENT);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(CollectionError::Missing { path: root.to_owned() });
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(CollectionError::Damaged { path, problem: "it is not text".to_owned() });
        }
        Err(source) => {
            return Err(CollectionError::Io { action: "read", path, source });
        }
    };
    let damaged = || CollectionError::Damaged {
        path: path.clone(),
        problem: format!(
            "expected a generation and its checksum, found {:?}",
            text.chars().take(80).collect::<String>()
        ),
    };
    let (folder, blake3) = text.trim_end_matches('\n').split_once(' ').ok_or_else(damaged)?;
    if number(folder).is_none() || blake3.len() != 64 || !blake3.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(damaged());
    }
    Ok(Pointer { folder: folder.to_owned(), blake3: blake3.to_owned() })
}

/// `g000007` is generation 7.
fn number(folder: &str) -> Option<u64> {
    let digits = folder.strip_prefix('g')?;
    (digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// The folder of a collection that was not there before. Unless something came into it, it goes again: an input that
/// cannot be read should leave nothing behind.
#[derive(Debug)]
struct Made(Option<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        let Some(root) = &self.0 else { return };
        if entries(root).is_ok_and(|mut names| names.all(|name| name == LOCK)) {
            // The lock is still held, so nobody else is at work here.
            let _ = std::fs::remove_file(root.join(LOCK));
            let _ = std::fs::remove_dir(root);
        }
    }
}

/// A generation being written. Dropping it without [`Writer::publish`] leaves the collection as it was.
#[derive(Debug)]
pub(crate) struct Writer {
    root: PathBuf,
    building: tempfile::TempDir,
    _made: Made,
    /// Held until the writer is gone; the system releases it even if the process dies.
    _lock: File,
}

impl Writer {
    /// Prepares to write a generation below `root`, which is created if need be.
    ///
    /// # Errors
    /// If `root` holds something that is not a collection, another process is writing, or `root` cannot be written.
    pub(crate) fn begin(root: &Path) -> Result<Self, CollectionError> {
        let fail = |action, path: &Path| {
            let path = path.to_owned();
            move |source| CollectionError::Io { action, path, source }
        };
        let made = Made((!root.exists()).then(|| root.to_owned()));
        std::fs::create_dir_all(root).map_err(fail("create", root))?;
        refuse_foreign(root)?;
        let lock_path = root.join(LOCK);
        let lock = File::create(&lock_path).map_err(fail("write", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CollectionError::Busy { path: root.to_owned() });
            }
            Err(TryLockError::Error(source)) => {
                return Err(CollectionError::Io { action: "lock", path: lock_path, source });
            }
        }
        for leftover in entries(root)?.filter(|name| name.starts_with(BUILDING)) {
            let path = root.join(leftover);
            std::fs::remove_dir_all(&path).map_err(fail("remove", &path))?;
        }
        let building = tempfile::Builder::new().prefix(BUILDING).tempdir_in(root).map_err(fail("write in", root))?;
        Ok(Writer { root: root.to_owned(), building, _made: made, _lock: lock })
    }

    /// The folder to write into.
    pub(crate) fn folder(&self) -> &Path {
        self.building.path()
    }

    /// The folder for what must outlive this writer should it not come to [`Writer::publish`].
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.root.join(CHECKPOINT)
    }

    /// Removes that folder.
    pub(crate) fn remove_checkpoint(&self) -> Result<(), CollectionError> {
        let path = self.checkpoint();
        match std::fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(CollectionError::Io { action: "remove", path, source })
            }
            _ => Ok(()),
        }
    }

    /// Makes what was written the current generation. `description` is the content of its `collection.json`, which
    /// this writes last.
    pub(crate) fn publish(self, description: &[u8]) -> Result<PathBuf, CollectionError> {
        let fail = |action, path: &Path| {
            let path = path.to_owned();
            move |source| CollectionError::Io { action, path, source }
        };
        let path = self.folder().join(super::DESCRIPTION);
        write_synced(&path, description).map_err(fail("write", &path))?;
        sync_folder(self.folder()).map_err(fail("sync", self.folder()))?;

        let newest = entries(&self.root)?.filter_map(|name| number(&name)).max().unwrap_or(0);
        let name = format!("g{:06}", newest + 1);
        let folder = self.root.join(&name);
        std::fs::rename(self.folder(), &folder).map_err(fail("create", &folder))?;
        sync_folder(&self.root).map_err(fail("sync", &self.root))?;

        let pointer = self.root.join(CURRENT);
        let next = self.root.join("CURRENT.next");
        let line = format!("{name} {}\n", blake3::hash(description).to_hex());
        write_synced(&next, line.as_bytes()).map_err(fail("write", &next))?;
        std::fs::rename(&next, &pointer).map_err(fail("replace", &pointer))?;
        sync_folder(&self.root).map_err(fail("sync", &self.root))?;

        // From here on the new generation counts; what is left to do is tidying, and failing at it costs only disk.
        for old in entries(&self.root)?.filter(|old| number(old).is_some() && *old != name) {
            remove_unread(&self.root.join(old));
        }
        let _ = self.remove_checkpoint();
        Ok(folder)
    }
}

/// Opens the description of a generation and marks the generation as being read for as long as the file is open.
///
/// Where the file system knows no locks the mark is missing, and a reader may find the graph, which is loaded late,
/// gone; it then says so.
pub(super) fn open_to_read(description: &Path) -> io::Result<File> {
    let file = File::open(description)?;
    let _ = file.lock_shared();
    Ok(file)
}

/// Removes the generation in `folder` unless somebody reads it.
fn remove_unread(folder: &Path) {
    // Held to the end: a reader that comes now waits, finds the files gone, and looks where `CURRENT` points by then.
    let description = File::open(folder.join(super::DESCRIPTION));
    let is_read = |file: &File| matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    if !description.as_ref().is_ok_and(is_read) {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Refuses a folder that holds anything a collection does not, so that a mistyped `--index` harms nothing.
fn refuse_foreign(root: &Path) -> Result<(), CollectionError> {
    let ours = |name: &str| {
        name.starts_with(CURRENT)
            || name == LOCK
            || name == CHECKPOINT
            || name.starts_with(BUILDING)
            || number(name).is_some()
    };
    match entries(root)?.find(|name| !ours(name)) {
        Some(found) => Err(CollectionError::NotACollection { path: root.to_owned(), found }),
        None => Ok(()),
    }
}

fn entries(root: &Path) -> Result<impl Iterator<Item = String>, CollectionError> {
    let fail = |source| CollectionError::Io { action: "list", path: root.to_owned(), source };
    let names: Vec<String> = std::fs::read_dir(root)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(fail)?;
    Ok(names.into_iter())
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes the names in a folder durable. Only Unix can open a folder for that.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_replaces_the_generation_and_removes_the_old_one() {
        let root = tempfile::tempdir().unwrap();
        for expected in ["g000001", "g000002"] {
            let writer = Writer::begin(root.path()).unwrap();
            assert_eq!(writer.publish(b"{}").unwrap(), root.path().join(expected));
            let pointer = current(root.path()).unwrap();
            assert_eq!((pointer.folder.as_str(), pointer.blake3), (expected, blake3::hash(b"{}").to_hex().to_string()));
        }
        assert!(!root.path().join("g000001").exists());
    }

    #[test]
    fn a_generation_that_is_being_read_stays_until_a_later_writer() {
        let root = tempfile::tempdir().unwrap();
        let publish = || Writer::begin(root.path()).unwrap().publish(b"{}").unwrap();
        let first = publish();
        let reader = open_to_read(&first.join(super::super::DESCRIPTION)).unwrap();
        let second = publish();
        assert!(first.exists() && second.exists());
        drop(reader);
        publish();
        assert!(!first.exists() && !second.exists());
    }

    #[test]
    fn a_writer_that_gives_up_leaves_the_collection_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        Writer::begin(root.path()).unwrap().publish(b"1").unwrap();
        let before = current(root.path()).unwrap();
        drop(Writer::begin(root.path()).unwrap());
        std::fs::create_dir(root.path().join(".building-dead")).unwrap();
        assert_eq!(current(root.path()).unwrap(), before);
        drop(Writer::begin(root.path()).unwrap());
        assert!(!root.path().join(".building-dead").exists(), "what a dead writer left is removed");
    }

    #[test]
    fn two_writers_cannot_work_at_once() {
        let root = tempfile::tempdir().unwrap();
        let first = Writer::begin(root.path()).unwrap();
        assert!(matches!(Writer::begin(root.path()), Err(CollectionError::Busy { .. })));
        drop(first);
        Writer::begin(root.path()).unwrap();
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("thesis.tex"), "years of work").unwrap();
        let error = Writer::begin(root.path()).unwrap_err();
        assert!(matches!(error, CollectionError::NotACollection { ref found, .. } if found == "thesis.tex"), "{error}");
    }

    #[test]
    fn a_pointer_cannot_name_a_folder_outside() {
        let root = tempfile::tempdir().unwrap();
        for line in ["", "g000001", "../x 00", &format!("../../etc {}", "0".repeat(64)), "g1 abc"] {
            std::fs::write(root.path().join(CURRENT), line).unwrap();
            assert!(matches!(current(root.path()), Err(CollectionError::Damaged { .. })), "{line:?}");
        }
    }
}

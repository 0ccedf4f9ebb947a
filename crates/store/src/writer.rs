//! The writer: the only process that changes a collection.
//!
//! A [`Writer`] holds the lock of its folder from [`Writer::begin`] on. It makes folders for new segments and vectors,
//! whose names no generation has, and [`Writer::commit`] then makes a generation of them, in this order:
//!
//! 1. every file of the new segments and vectors is on the disk, and so are their folders;
//! 2. the generation's folder with the bitmaps of deleted rows is on the disk, and so is `CURRENT.next`, which names it;
//! 3. its manifest is on the disk;
//! 4. `CURRENT.next` is renamed to `CURRENT`: from here on the new generation is the current one;
//! 5. the folder is on the disk; older generations are removed.
//!
//! Because 2 comes before 3, a first change that did not finish can be told from a collection that lost `CURRENT`.
//!
//! An error before the rename leaves the collection as it was; the files written for the new generation are removed, since
//! the disk may be full. An error of the sync after the rename leaves the new generation in place, but a power cut may
//! still bring the old one back, so the caller gets the error. Files of a writer that died belong to no generation, and the
//! next writer removes them.

use std::fs::TryLockError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use semsearch_disk::File;
use semsearch_disk::fault::{Operation, check};
use semsearch_index::RowSet;

use crate::collection::Collection;
use crate::deletes;
use crate::error::{CollectionError, io_error};
use crate::generation;
use crate::generation::Pointer;
use crate::layout::{self, GENERATIONS, MANIFEST_FILE, SEGMENTS, VECTORS};
use crate::manifest::{FileRecord, Manifest};

/// A folder that the writer created. It is removed again if it is still empty: an input that cannot be read should leave
/// no folder behind.
#[derive(Debug)]
struct Made(Option<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        let Some(root) = &self.0 else { return };
        if semsearch_disk::list(root).is_ok_and(|names| names.iter().all(|name| name == layout::LOCK)) {
            // The lock is still held, so nobody else is at work here.
            let _ = semsearch_disk::remove_file(&root.join(layout::LOCK));
            let _ = semsearch_disk::remove_empty_folder(root);
        }
    }
}

/// Changes a collection; there is one writer at a time.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    /// The number of the next segment or vectors.
    next_object: u64,
    next_generation: u64,
    /// Folders made for the new generation, to be removed if it is not committed.
    made: Vec<PathBuf>,
    /// Declared before the folder that contains it, so that it is dropped first.
    staging: Option<tempfile::TempDir>,
    _made: Made,
    /// Held until the writer is gone; the system releases it even if the process dies.
    _lock: File,
}

/// A new folder for a segment or for vectors.
#[derive(Clone, Debug)]
pub struct Object {
    /// The name of the folder.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
}

impl Writer {
    /// Prepares to change the collection in `root`, creating the folder if it does not exist. Also opens the collection, if
    /// there is one.
    ///
    /// # Errors
    /// If `root` holds something that is not a collection, or one that cannot be opened; if another process is writing; if
    /// `root` cannot be written.
    pub fn begin(root: &Path) -> Result<(Self, Option<Collection>), CollectionError> {
        let writer = Self::lock(root)?;
        let collection = match Collection::open(root) {
            Ok(collection) => collection,
            Err(CollectionError::Missing { .. }) => {
                // A first change that did not finish may have left many files.
                let _ = generation::sweep(root, 0, false);
                return Ok((writer, None));
            }
            Err(error) => return Err(error),
        };
        // A failure to tidy costs only disk space.
        let _ = generation::sweep(root, collection.manifest().generation, true);
        Ok((writer, Some(collection)))
    }

    /// Prepares to replace the collection in `root`, which may be damaged or of an older version. It stays until the new
    /// one is committed.
    ///
    /// # Errors
    /// As [`Writer::begin`], except for damage. A file that the system fails to read is an error, not damage.
    pub fn begin_replacing(root: &Path) -> Result<(Self, Option<Collection>), CollectionError> {
        match Self::begin(root) {
            Err(error) if error.is_damage() => Ok((Self::lock(root)?, None)),
            outcome => outcome,
        }
    }

    /// Prepares to write into `root` without opening the collection, whatever its state.
    pub fn lock(root: &Path) -> Result<Self, CollectionError> {
        let cannot_create = |source| io_error("create", root, source);
        let made = Made((!semsearch_disk::is_there(root).map_err(cannot_create)?).then(|| root.to_owned()));
        semsearch_disk::create_folder(root).map_err(cannot_create)?;
        refuse_foreign(root)?;
        let lock_path = root.join(layout::LOCK);
        let lock = File::append(&lock_path).map_err(|source| io_error("write", &lock_path, source))?;
        match lock.inner().try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CollectionError::Busy { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(io_error("lock", &lock_path, source)),
        }
        for leftover in list(root)?.iter().filter(|name| name.starts_with(layout::STAGING)) {
            let path = root.join(leftover);
            semsearch_disk::remove_folder(&path).map_err(|source| io_error("remove", &path, source))?;
        }
        let mut next_object = 1;
        for place in [root.join(SEGMENTS), root.join(VECTORS)] {
            // Using a number twice would overwrite a segment.
            let names = generation::list_if_there(&place).map_err(|source| io_error("list", &place, source))?;
            let largest = names.iter().filter_map(|name| layout::object_number(name)).max();
            next_object = next_object.max(largest.map_or(1, |largest| largest + 1));
        }
        let newest = generation::numbers(root).map_err(|source| io_error("list", &root.join(GENERATIONS), source))?;
        // A generation must not have the name of a folder of version 1, or its pointer would be read as one of version 1.
        let of_version_1 = list(root)?.into_iter().filter_map(|name| layout::generation_number(&name)).max();
        let newest = newest.last().copied().max(of_version_1);
        Ok(Writer {
            root: root.to_owned(),
            next_object,
            next_generation: newest.map_or(1, |newest| newest + 1),
            made: Vec::new(),
            staging: None,
            _made: made,
            _lock: lock,
        })
    }

    /// Whether another process is changing the collection in `root`.
    #[must_use]
    pub fn is_busy(root: &Path) -> bool {
        let lock = File::open(&root.join(layout::LOCK));
        lock.is_ok_and(|lock| matches!(lock.inner().try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// The folder of the collection.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A temporary folder, removed when the change is made or given up.
    pub fn staging(&mut self) -> Result<&Path, CollectionError> {
        if self.staging.is_none() {
            #[expect(
                clippy::disallowed_methods,
                reason = "the crate finds a free name, and its result removes the folder"
            )]
            let make = || tempfile::Builder::new().prefix(layout::STAGING).tempdir_in(&self.root);
            let made = check(Operation::CreateFolder, &self.root).and_then(|()| make());
            self.staging = Some(made.map_err(|source| io_error("write in", &self.root, source))?);
        }
        Ok(self.staging.as_ref().expect("made above").path())
    }

    /// Makes a folder for a new segment.
    pub fn new_segment(&mut self) -> Result<Object, CollectionError> {
        self.new_object(SEGMENTS, 's')
    }

    /// Makes a folder for new vectors.
    pub fn new_vectors(&mut self) -> Result<Object, CollectionError> {
        self.new_object(VECTORS, 'v')
    }

    fn new_object(&mut self, place: &str, letter: char) -> Result<Object, CollectionError> {
        let name = format!("{letter}{:06}", self.next_object);
        let folder = self.root.join(place).join(&name);
        self.made.push(folder.clone());
        semsearch_disk::create_folder(&folder).map_err(|source| io_error("create", &folder, source))?;
        self.next_object += 1;
        Ok(Object { name, folder })
    }

    /// Makes `manifest` the current generation in place of `collection`. `deletes` are the deleted rows of each segment that
    /// has some, by the segment's name. The files of new segments and vectors are already written and synced.
    ///
    /// # Errors
    /// If a file cannot be written. Unless the very last sync failed, the collection is unchanged.
    pub fn commit(
        mut self,
        collection: Option<Collection>,
        mut manifest: Manifest,
        deletes: &[(String, RowSet)],
        keep_previous: bool,
    ) -> Result<Manifest, CollectionError> {
        let root = self.root.clone();
        let point = |name| semsearch_disk::point(name, &root).map_err(|source| io_error("change", &root, source));
        let sync = |path: &Path| semsearch_disk::sync_folder(path).map_err(|source| io_error("sync", path, source));

        point("commit: files are written")?;
        for place in [root.join(SEGMENTS), root.join(VECTORS)] {
            semsearch_disk::create_folder(&place).map_err(|source| io_error("create", &place, source))?;
            sync(&place)?;
        }
        point("commit: files have names")?;

        manifest.generation = self.next_generation;
        let folder = layout::generation(&root, manifest.generation);
        self.made.push(folder.clone());
        semsearch_disk::create_folder(&folder).map_err(|source| io_error("create", &folder, source))?;
        for segment in &mut manifest.segments {
            segment.deletes = None;
            segment.deleted = 0;
            if let Some((_, rows)) = deletes.iter().find(|(name, rows)| *name == segment.name && !rows.is_empty()) {
                segment.deleted = rows.len() as u64;
                segment.deletes = Some(deletes::write(&folder, &segment.name, rows)?);
            }
        }
        point("commit: removed rows are written")?;
        let path = folder.join(MANIFEST_FILE);
        let json = serde_json::to_vec_pretty(&manifest).map_err(|error| io_error("write", &path, error.into()))?;
        // A generation that cannot be opened must not be written.
        generation::parse(&path, manifest.generation, &json)?;
        let (next, pointer) = (root.join(layout::NEXT), root.join(layout::CURRENT));
        let line = Pointer::to(manifest.generation, &json).line();
        semsearch_disk::write_synced(&next, line.as_bytes()).map_err(|source| io_error("write", &next, source))?;
        point("commit: pointer is written")?;
        sync(&root)?;
        point("commit: pointer has a name")?;

        semsearch_disk::write_synced(&path, &json).map_err(|source| io_error("write", &path, source))?;
        point("commit: manifest is written")?;
        sync(&folder)?;
        sync(&root.join(GENERATIONS))?;
        point("commit: manifest has a name")?;

        // From here on the new generation may be the current one, even if the rename returns an error.
        self.made.clear();
        semsearch_disk::rename(&next, &pointer).map_err(|source| io_error("replace", &pointer, source))?;
        point("commit: pointer is replaced")?;
        sync(&root)?;
        point("commit: done")?;

        // The new generation is current. What follows only tidies; a failure costs only disk space.
        drop(collection);
        let _ = generation::sweep(&root, manifest.generation, keep_previous);
        let _ = semsearch_disk::point("commit: swept", &root);
        Ok(manifest)
    }
}

/// Removes the files of a change that was not committed. If this fails, the next writer removes them.
impl Drop for Writer {
    fn drop(&mut self) {
        let mut gone = !self.made.is_empty();
        for folder in &self.made {
            gone &= !matches!(semsearch_disk::remove_folder(folder), Err(error) if error.kind() != ErrorKind::NotFound);
        }
        // `CURRENT.next` marks the manifest as one of an unfinished change, so it is removed after the manifest.
        if gone {
            let _ = semsearch_disk::remove_file(&self.root.join(layout::NEXT));
        }
        for place in [SEGMENTS, VECTORS, GENERATIONS] {
            // Removes only an empty folder.
            let _ = semsearch_disk::remove_empty_folder(&self.root.join(place));
        }
    }
}

/// The record of a file below `folder` that was written and synced.
pub fn record(folder: &Path, path: &str) -> Result<FileRecord, CollectionError> {
    let full = folder.join(path);
    FileRecord::measure(&full, path).map_err(|source| io_error("read", &full, source))
}

/// Refuses a folder that holds foreign files, so that a mistyped path does no harm.
fn refuse_foreign(root: &Path) -> Result<(), CollectionError> {
    match list(root)?.into_iter().find(|name| !layout::is_ours(name)) {
        Some(found) => Err(CollectionError::NotACollection { path: root.to_owned(), found }),
        None => Ok(()),
    }
}

fn list(folder: &Path) -> Result<Vec<String>, CollectionError> {
    semsearch_disk::list(folder).map_err(|source| io_error("list", folder, source))
}

#[cfg(test)]
mod tests {
    use semsearch_disk::fault::{Failure, Plan};

    use super::*;

    #[test]
    fn no_number_is_taken_twice_because_a_folder_could_not_be_listed() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("segments/s000007")).unwrap();
        let operations = {
            let counting = Plan::count().below(root.path()).arm();
            // Kept, so that what it does in the end is not counted: no failure of that is an error.
            let _writer = Writer::lock(root.path()).unwrap();
            counting.operations()
        };
        for nth in 1..=operations {
            let armed = Plan::nth(nth, Failure::Errno(13)).below(root.path()).arm();
            let error = Writer::lock(root.path()).unwrap_err();
            assert!(matches!(error, CollectionError::Io { .. }), "operation {nth}: {error}");
            drop(armed);
        }
        let mut writer = Writer::lock(root.path()).unwrap();
        assert_eq!(writer.new_segment().unwrap().name, "s000008");
    }

    #[test]
    fn a_folder_that_cannot_be_looked_at_is_not_a_missing_collection() {
        let root = tempfile::tempdir().unwrap();
        let _armed = Plan::nth(1, Failure::Errno(13)).below(root.path()).arm();
        let error = crate::change::compact(root.path(), &semsearch_task::NoProgress).unwrap_err();
        assert!(matches!(error, crate::error::ChangeError::Collection(CollectionError::Io { .. })), "{error}");
        let error = crate::change::compact(root.path(), &semsearch_task::NoProgress).unwrap_err();
        assert!(matches!(error, crate::error::ChangeError::Collection(CollectionError::Missing { .. })), "{error}");
    }
}

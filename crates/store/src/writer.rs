//! The writer: the only process that changes a collection.
//!
//! A [`Writer`] holds the lock of its folder from [`Writer::begin`] on. It makes folders for new segments and vectors,
//! whose names no generation has, and [`Writer::commit`] then makes a generation of them, in this order:
//!
//! 1. every file of the new segments and vectors is on the disk, and so are their folders;
//! 2. the generation's folder with the bitmaps of removed rows is on the disk, and so is `CURRENT.next`, which names it;
//! 3. its manifest is on the disk;
//! 4. `CURRENT.next` is renamed to `CURRENT`: from here on the new generation counts;
//! 5. the folder is on the disk; older generations are removed.
//!
//! Because of the order of 2 and 3, a manifest without any `CURRENT` can be told from a collection that lost its pointer.
//!
//! An error before the rename leaves the collection as it was, and what was written for the new generation is removed: the
//! disk may have been full. One of the sync behind it leaves the new generation in place, but a power cut may still bring
//! the old one back, and the caller learns of it. What a writer that died has left is named by no generation, and the next
//! writer removes it.

use std::fs::TryLockError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use semsearch_disk::File;
use semsearch_index::RowSet;

use crate::collection::Collection;
use crate::deletes;
use crate::error::{CollectionError, io_error};
use crate::generation;
use crate::generation::Pointer;
use crate::layout::{self, GENERATIONS, MANIFEST_FILE, SEGMENTS, VECTORS};
use crate::manifest::{FileRecord, Manifest};

/// The folder of a collection that was not there before. Unless something came into it, it goes again: an input that
/// cannot be read should leave no folder behind.
#[derive(Debug)]
struct Made(Option<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        let Some(root) = &self.0 else { return };
        if semsearch_disk::list(root).is_ok_and(|names| names.iter().all(|name| name == layout::LOCK)) {
            // The lock is still held, so nobody else is at work here.
            let _ = std::fs::remove_file(root.join(layout::LOCK));
            let _ = std::fs::remove_dir(root);
        }
    }
}

/// Changes a collection; there is one writer at a time.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    /// Segments and vectors get numbers from here on.
    next_object: u64,
    next_generation: u64,
    /// What was made for the new generation, to be taken away again if it does not come to be.
    made: Vec<PathBuf>,
    /// Declared before the folder that it may be in, so that it goes first.
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
    /// Prepares to change the collection in `root`, which is created if need be, and opens it as it is, if there is one.
    ///
    /// # Errors
    /// If `root` holds something that is not a collection, or one that cannot be opened; if another process is writing; if
    /// `root` cannot be written.
    pub fn begin(root: &Path) -> Result<(Self, Option<Collection>), CollectionError> {
        let writer = Self::lock(root)?;
        let collection = match Collection::open(root) {
            Ok(collection) => collection,
            Err(CollectionError::Missing { .. }) => {
                // A first change that never ended may have left a lot.
                let _ = generation::sweep(root, 0, false);
                return Ok((writer, None));
            }
            Err(error) => return Err(error),
        };
        // Tidying: failing at it costs only disk.
        let _ = generation::sweep(root, collection.manifest().generation, true);
        Ok((writer, Some(collection)))
    }

    /// Prepares to put another collection in the place of the one in `root`, which need not be one that can be opened: what
    /// is damaged or of an older form is still there until the new one is.
    ///
    /// # Errors
    /// As [`Writer::begin`]. A file that cannot be read for other reasons than its content is not damage.
    pub fn begin_anew(root: &Path) -> Result<(Self, Option<Collection>), CollectionError> {
        match Self::begin(root) {
            Err(error) if error.is_damage() => Ok((Self::lock(root)?, None)),
            outcome => outcome,
        }
    }

    /// Prepares to write into `root` whatever state the collection is in.
    pub fn lock(root: &Path) -> Result<Self, CollectionError> {
        let made = Made((!root.exists()).then(|| root.to_owned()));
        semsearch_disk::create_folder(root).map_err(|source| io_error("create", root, source))?;
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
            // A number that is taken twice would overwrite a segment.
            let names = generation::list_if_there(&place).map_err(|source| io_error("list", &place, source))?;
            let largest = names.iter().filter_map(|name| layout::object_number(name)).max();
            next_object = next_object.max(largest.map_or(1, |largest| largest + 1));
        }
        let newest = generation::numbers(root).map_err(|source| io_error("list", &root.join(GENERATIONS), source))?;
        // A pointer to a generation that shares its name with a folder of version 1 would be taken for one to that.
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

    /// The folder of the collection.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder for what is needed until the change is made, and no longer.
    pub fn staging(&mut self) -> Result<&Path, CollectionError> {
        if self.staging.is_none() {
            let made = tempfile::Builder::new().prefix(layout::STAGING).tempdir_in(&self.root);
            self.staging = Some(made.map_err(|source| io_error("write in", &self.root, source))?);
        }
        Ok(self.staging.as_ref().expect("made above").path())
    }

    /// A folder for a new segment.
    pub fn new_segment(&mut self) -> Result<Object, CollectionError> {
        self.new_object(SEGMENTS, 's')
    }

    /// A folder for new vectors.
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

    /// Makes `manifest` the current generation in place of `collection`. `removed` are the rows of its segments that are not
    /// to be found, for those segments that have some. Its new segments and vectors are in their folders, files synced.
    ///
    /// # Errors
    /// If something cannot be written. Unless it was the very last sync, the collection is what it was.
    pub fn commit(
        mut self,
        collection: Option<Collection>,
        mut manifest: Manifest,
        removed: &[(String, RowSet)],
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
            segment.removed_rows = None;
            segment.removed = 0;
            if let Some((_, rows)) = removed.iter().find(|(name, rows)| *name == segment.name && !rows.is_empty()) {
                segment.removed = rows.len() as u64;
                segment.removed_rows = Some(deletes::write(&folder, &segment.name, rows)?);
            }
        }
        point("commit: removed rows are written")?;
        let path = folder.join(MANIFEST_FILE);
        let json = serde_json::to_vec_pretty(&manifest).map_err(|error| io_error("write", &path, error.into()))?;
        // What is written must be what can be read.
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

        // From here on it may count, whatever comes back.
        self.made.clear();
        semsearch_disk::rename(&next, &pointer).map_err(|source| io_error("replace", &pointer, source))?;
        point("commit: pointer is replaced")?;
        sync(&root)?;
        point("commit: done")?;

        // The new generation counts; what is left to do is tidying, and failing at it costs only disk.
        drop(collection);
        let _ = generation::sweep(&root, manifest.generation, keep_previous);
        let _ = semsearch_disk::point("commit: swept", &root);
        Ok(manifest)
    }
}

/// Gives back the space of what will not be part of a generation. Failing at it costs only disk: the next writer sweeps.
impl Drop for Writer {
    fn drop(&mut self) {
        let mut gone = !self.made.is_empty();
        for folder in &self.made {
            gone &= !matches!(std::fs::remove_dir_all(folder), Err(error) if error.kind() != ErrorKind::NotFound);
        }
        // It says that a manifest without any `CURRENT` is that of a change that never ended: it goes after that.
        if gone {
            let _ = std::fs::remove_file(self.root.join(layout::NEXT));
        }
        for place in [SEGMENTS, VECTORS, GENERATIONS] {
            // Only where nothing is in it.
            let _ = std::fs::remove_dir(self.root.join(place));
        }
    }
}

/// The record of a file that was written and synced, below `folder`.
pub fn record(folder: &Path, path: &str) -> Result<FileRecord, CollectionError> {
    let full = folder.join(path);
    FileRecord::measure(&full, path).map_err(|source| io_error("read", &full, source))
}

/// Refuses a folder that holds anything a collection does not, so that a mistyped path does no harm.
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
            Writer::lock(root.path()).unwrap();
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

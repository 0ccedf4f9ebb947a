//! Generations: how a collection changes atomically.
//!
//! `CURRENT` names one generation and the checksum of its manifest. A change writes its files beside the existing ones and
//! then replaces `CURRENT` by rename, so a reader finds either the old generation or the new one.
//!
//! A reader holds a shared lock on the manifest of its generation, because it reads some files only when it needs them.
//! The generation before the current one is kept until the next change, to fall back to if the current one is damaged. The
//! next writer removes older generations that no process reads, together with the segments and vectors that no kept
//! generation names.

use std::collections::HashSet;
use std::fs::TryLockError;
use std::io::{self, Read};
use std::path::Path;

use semsearch_disk::File;

use crate::error::{CollectionError, damaged, io_error, unreadable};
use crate::layout::SCHEMA;
use crate::layout::{self, GENERATIONS, MANIFEST_FILE, SEGMENTS, VECTORS};
use crate::manifest::Manifest;

/// The generation that `CURRENT` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Its number.
    pub number: u64,
    /// BLAKE3 of its manifest, hex.
    pub blake3: String,
}

impl Pointer {
    /// The pointer to generation `number`, whose manifest has the content `manifest`.
    pub fn to(number: u64, manifest: &[u8]) -> Self {
        Pointer { number, blake3: blake3::hash(manifest).to_hex().to_string() }
    }

    /// The content of `CURRENT`.
    pub fn line(&self) -> String {
        format!("{} {}\n", layout::generation_name(self.number), self.blake3)
    }

    /// Reads `CURRENT` below `root`.
    ///
    /// # Errors
    /// [`CollectionError::Missing`] if there is no collection. A file that cannot be read is an I/O error: if it counted as
    /// missing, the next writer would begin an empty collection.
    pub fn read(root: &Path) -> Result<Self, CollectionError> {
        let path = root.join(layout::CURRENT);
        let bytes = match semsearch_disk::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(missing_or_lost(root));
            }
            Err(source) => return Err(io_error("read", &path, source)),
        };
        Self::parse(&bytes).ok_or_else(|| {
            let found: String = String::from_utf8_lossy(&bytes).chars().take(80).collect();
            damaged(&path, &format!("expected a generation and its checksum, found {found:?}"))
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (name, blake3) = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split_once(' ')?;
        let number = layout::generation_number(name)?;
        let is_hash = blake3.len() == 64 && blake3.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Pointer { number, blake3: blake3.to_owned() })
    }
}

/// Tells why `CURRENT` is missing: there never was a collection, or its pointer was lost.
///
/// The writer of a first generation may have died before it renamed `CURRENT.next` to `CURRENT`. It wrote `CURRENT.next`
/// before the manifest; so if `CURRENT.next` names the only manifest, that change was never committed.
fn missing_or_lost(root: &Path) -> CollectionError {
    let numbers = match numbers(root) {
        Ok(numbers) => numbers,
        Err(source) => return io_error("list", &root.join(GENERATIONS), source),
    };
    let next = root.join(layout::NEXT);
    let unfinished = match semsearch_disk::read(&next) {
        Ok(bytes) => Pointer::parse(&bytes).map(|pointer| pointer.number),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => None,
        Err(source) => return io_error("read", &next, source),
    };
    for number in numbers.into_iter().filter(|number| Some(*number) != unfinished) {
        let path = layout::generation(root, number).join(MANIFEST_FILE);
        match semsearch_disk::length(&path) {
            Ok(_) => {
                return damaged(&root.join(layout::CURRENT), "the file is missing, although there are generations");
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return io_error("read", &path, source),
        }
    }
    CollectionError::Missing { path: root.to_owned() }
}

/// The manifest of a generation, locked for as long as the file is open.
#[derive(Debug)]
pub struct Held {
    /// The manifest.
    pub manifest: Manifest,
    /// Its BLAKE3, hex.
    pub hash: String,
    /// Holds the lock that keeps writers from removing the generation's files. On a file system without locks, a file that
    /// the reader opens late may be gone; the reader then returns an error.
    pub file: File,
}

/// Opens the manifest that `pointer` names.
pub fn open_manifest(root: &Path, pointer: &Pointer) -> Result<Held, CollectionError> {
    if let Some(found) = version_1(root, pointer) {
        return Err(found);
    }
    let path = layout::generation(root, pointer.number).join(MANIFEST_FILE);
    let mut file = File::open(&path).map_err(|source| unreadable(&path, source))?;
    // A writer that is removing this generation holds the lock. Its files are gone afterwards, and the caller reads the
    // pointer again.
    let _ = file.inner().lock_shared();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|source| unreadable(&path, source))?;
    if Pointer::to(pointer.number, &bytes) != *pointer {
        return Err(damaged(&path, "its checksum does not hold"));
    }
    Ok(Held { manifest: parse(&path, pointer.number, &bytes)?, hash: pointer.blake3.clone(), file })
}

/// Reads the manifest of a generation whose checksum is not known from a pointer.
pub fn parse(path: &Path, number: u64, bytes: &[u8]) -> Result<Manifest, CollectionError> {
    #[derive(serde::Deserialize)]
    struct SchemaOnly {
        schema: String,
    }
    let wrong = |error: serde_json::Error| damaged(path, &error.to_string());
    let SchemaOnly { schema } = serde_json::from_slice(bytes).map_err(wrong)?;
    if schema != SCHEMA {
        return Err(CollectionError::Schema { path: path.to_owned(), found: schema });
    }
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(wrong)?;
    if manifest.generation != number {
        return Err(damaged(path, &format!("it is that of generation {}", manifest.generation)));
    }
    manifest.check().map_err(|problem| damaged(path, &problem))?;
    Ok(manifest)
}

/// A collection of the first version had its files in a folder of the generation's name.
fn version_1(root: &Path, pointer: &Pointer) -> Option<CollectionError> {
    let path = root.join(layout::generation_name(pointer.number)).join("collection.json");
    semsearch_disk::is_there(&path)
        .is_ok_and(|there| there)
        .then(|| CollectionError::Schema { path, found: "semsearch.collection/1".to_owned() })
}

/// The numbers of all generations that have a folder, in ascending order.
pub fn numbers(root: &Path) -> io::Result<Vec<u64>> {
    let names = list_if_there(&root.join(GENERATIONS))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| layout::generation_number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The names in a folder; an empty list if the folder does not exist, an error if it cannot be listed.
pub fn list_if_there(folder: &Path) -> io::Result<Vec<String>> {
    match semsearch_disk::list(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        outcome => outcome,
    }
}

/// Removes all generations except `current`, generations that a process reads and, if `keep_previous`, the one before
/// `current`. Then removes the segments and vectors that no remaining generation names.
///
/// Callers hold the writer lock. An error ends the sweep: a generation that could not be read may still need its files.
pub fn sweep(root: &Path, current: u64, keep_previous: bool) -> Result<(), CollectionError> {
    let fail = |action, path: &Path| {
        let path = path.to_owned();
        move |source| io_error(action, &path, source)
    };
    let generations = root.join(GENERATIONS);
    let all = numbers(root).map_err(fail("list", &generations))?;
    let previous = all.iter().copied().filter(|&number| number < current).max().filter(|_| keep_previous);
    let mut needed = HashSet::new();
    for number in all {
        let folder = layout::generation(root, number);
        let kept = number == current || Some(number) == previous;
        if !kept && !is_read(&folder)? {
            semsearch_disk::remove_folder(&folder).map_err(fail("remove", &folder))?;
            continue;
        }
        let path = folder.join(MANIFEST_FILE);
        let manifest = match semsearch_disk::read(&path) {
            Ok(bytes) => parse(&path, number, &bytes),
            Err(source) => Err(unreadable(&path, source)),
        };
        match manifest {
            Ok(manifest) => {
                for segment in manifest.segments {
                    needed.extend(segment.vectors.into_iter().map(|vectors| vectors.name));
                    needed.insert(segment.name);
                }
            }
            // A generation with a damaged manifest cannot be opened, so it needs no files.
            Err(CollectionError::Damaged { .. } | CollectionError::Schema { .. }) if number != current => {}
            Err(error) => return Err(error),
        }
    }
    for place in [root.join(SEGMENTS), root.join(VECTORS)] {
        let names = list_if_there(&place).map_err(fail("list", &place))?;
        for name in names.iter().filter(|name| layout::object_number(name).is_some() && !needed.contains(*name)) {
            let path = place.join(name);
            semsearch_disk::remove_folder(&path).map_err(fail("remove", &path))?;
        }
    }
    Ok(())
}

/// Whether a process reads the generation in `folder`. A generation without a manifest was never finished.
fn is_read(folder: &Path) -> Result<bool, CollectionError> {
    let path = folder.join(MANIFEST_FILE);
    match File::open(&path) {
        Ok(file) => Ok(matches!(file.inner().try_lock(), Err(TryLockError::WouldBlock))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(io_error("open", &path, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_cannot_name_a_folder_outside() {
        let root = tempfile::tempdir().unwrap();
        let zeros = "0".repeat(64);
        let odd = ["", "g000001", "../x 00", &format!("../../etc {zeros}\n"), "g1 abc\n", &format!("g000001 {zeros}")];
        for line in odd {
            std::fs::write(root.path().join(layout::CURRENT), line).unwrap();
            assert!(matches!(Pointer::read(root.path()), Err(CollectionError::Damaged { .. })), "{line:?}");
        }
        let pointer = Pointer::to(7, b"{}");
        std::fs::write(root.path().join(layout::CURRENT), pointer.line()).unwrap();
        assert_eq!(Pointer::read(root.path()).unwrap(), pointer);
    }

    #[test]
    fn a_lost_pointer_is_damage_and_the_one_of_a_first_change_that_never_ended_is_not() {
        use semsearch_disk::fault::{Failure, Plan};

        let root = tempfile::tempdir().unwrap();
        let read = || Pointer::read(root.path()).unwrap_err();
        let manifest = |number| {
            let folder = layout::generation(root.path(), number);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(MANIFEST_FILE), b"{}").unwrap();
        };
        manifest(1);
        assert!(matches!(read(), CollectionError::Damaged { .. }), "{}", read());
        std::fs::write(root.path().join(layout::NEXT), Pointer::to(1, b"{}").line()).unwrap();
        assert!(matches!(read(), CollectionError::Missing { .. }), "{}", read());
        let operations = {
            let counting = Plan::count().below(root.path()).arm();
            read();
            counting.operations()
        };
        for nth in 1..=operations {
            let _armed = Plan::nth(nth, Failure::Errno(5)).below(root.path()).arm();
            assert!(matches!(read(), CollectionError::Io { .. }), "operation {nth}: {}", read());
        }
        manifest(2);
        assert!(matches!(read(), CollectionError::Damaged { .. }), "{}", read());
    }

    #[test]
    fn a_pointer_that_cannot_be_read_is_not_a_missing_one() {
        use semsearch_disk::fault::{Failure, Plan};

        let root = tempfile::tempdir().unwrap();
        assert!(matches!(Pointer::read(root.path()), Err(CollectionError::Missing { .. })));
        std::fs::write(root.path().join(layout::CURRENT), Pointer::to(7, b"{}").line()).unwrap();
        // Too many open files, a device that fails, no memory, no permission.
        for errno in [24, 5, 12, 13] {
            let _armed = Plan::nth(1, Failure::Errno(errno)).below(root.path()).arm();
            assert!(matches!(Pointer::read(root.path()), Err(CollectionError::Io { .. })), "{errno}");
        }
    }
}

//! The generation that a repair starts from.
//!
//! Usually the current one. If the pointer or its manifest is lost, the newest generation without a lost document:
//! everything else can be made again, and an older generation would undo changes. Only if every generation has lost
//! documents, the newest that can be read.

use std::path::Path;

use semsearch_store::check::{compare_file, files};
use semsearch_store::generation::{self, Pointer};
use semsearch_store::layout::DOCUMENTS_FILE;
use semsearch_store::{CollectionError, Manifest, io_error, layout, unreadable};

use super::bit_flip::put_back;
use super::error::RepairError;
use super::outcome::Action;
use super::version_1::{self, Version1};

/// What a repair starts from.
pub(super) enum Base {
    Generation { manifest: Box<Manifest> },
    Version1(Box<Version1>),
}

/// Finds the base, and records an action if it is not the current generation.
pub(super) fn find(root: &Path, actions: &mut Vec<Action>) -> Result<Base, RepairError> {
    let error = match Pointer::read(root) {
        Ok(pointer) => match generation::open_manifest(root, &pointer) {
            Ok(held) => return Ok(Base::Generation { manifest: Box::new(held.manifest) }),
            Err(CollectionError::Schema { found, .. }) if found == version_1::SCHEMA => {
                let old = Version1::open(root, pointer.number, Some(&pointer.blake3))?;
                actions.push(Action { path: old.folder.clone(), text: "is of version 1: rewritten".to_owned() });
                return Ok(Base::Version1(Box::new(old)));
            }
            Err(error) => {
                if let Some(manifest) = with_bit_put_back(root, &pointer)? {
                    let path = layout::generation(root, pointer.number).join(layout::MANIFEST_FILE);
                    actions.push(Action { path, text: "one bit of it has changed: put back".to_owned() });
                    return Ok(Base::Generation { manifest: Box::new(manifest) });
                }
                match error {
                    // A newer version of the program wrote it.
                    CollectionError::Schema { .. } => return Err(error.into()),
                    error => error,
                }
            }
        },
        Err(error) => error,
    };
    let (path, problem) = match error {
        CollectionError::Damaged { path, problem } => (path, problem),
        CollectionError::Missing { .. } => (root.join(layout::CURRENT), "the file is missing".to_owned()),
        other => return Err(other.into()),
    };
    let base = fall_back(root)?;
    let found = match &base {
        Some(Base::Generation { manifest }) => format!("generation {}", manifest.generation),
        Some(Base::Version1(old)) => old.folder.display().to_string(),
        None if path.ends_with(layout::CURRENT) && problem == "the file is missing" => {
            return Err(CollectionError::Missing { path: root.to_owned() }.into());
        }
        None => return Err(RepairError::Hopeless { path: root.to_owned() }),
    };
    actions.push(Action { path, text: format!("{problem}: going on with {found}") });
    base.ok_or_else(|| RepairError::Hopeless { path: root.to_owned() })
}

/// The manifest of the pointer with one changed bit put back; `None` if that does not restore it.
fn with_bit_put_back(root: &Path, pointer: &Pointer) -> Result<Option<Manifest>, CollectionError> {
    let path = layout::generation(root, pointer.number).join(layout::MANIFEST_FILE);
    let bytes = match semsearch_disk::read(&path).map_err(|source| unreadable(&path, source)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_damage() => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(put_back(&bytes, &pointer.blake3).and_then(|bytes| generation::parse(&path, pointer.number, &bytes).ok()))
}

fn fall_back(root: &Path) -> Result<Option<Base>, RepairError> {
    let list = root.join(layout::GENERATIONS);
    let numbers = generation::numbers(root).map_err(|source| io_error("list", &list, source))?;
    let mut readable = None;
    for number in numbers.into_iter().rev() {
        let path = layout::generation(root, number).join(layout::MANIFEST_FILE);
        let read = semsearch_disk::read(&path).map_err(|source| unreadable(&path, source));
        let manifest = match read.and_then(|bytes| generation::parse(&path, number, &bytes)) {
            Ok(manifest) => manifest,
            Err(error) if error.is_damage() => continue,
            Err(error) => return Err(error.into()),
        };
        if keeps_documents(root, &manifest)? {
            return Ok(Some(Base::Generation { manifest: Box::new(manifest) }));
        }
        readable.get_or_insert(manifest);
    }
    if let Some(manifest) = readable {
        return Ok(Some(Base::Generation { manifest: Box::new(manifest) }));
    }
    match version_1::numbers(root)?.last() {
        Some(&number) => Ok(Some(Base::Version1(Box::new(Version1::open(root, number, None)?)))),
        None => Ok(None),
    }
}

/// Whether all documents and all deletes of a generation are undamaged.
fn keeps_documents(root: &Path, manifest: &Manifest) -> Result<bool, CollectionError> {
    let deletes: Vec<_> = manifest.segments.iter().filter_map(|segment| segment.deletes.as_ref()).collect();
    for (folder, record) in files(root, manifest) {
        if record.path != DOCUMENTS_FILE && !deletes.contains(&record) {
            continue;
        }
        match compare_file(&folder.join(&record.path), record) {
            Ok(()) => {}
            Err(error) if error.is_damage() => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

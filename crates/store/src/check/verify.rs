//! Verifies a collection: reads and compares all of it.
//!
//! The verdict is about the current generation. Every file is compared with its recorded length and checksum. Checksums
//! do not catch the mistakes of the program that wrote the file, so the content is checked too: documents are found by
//! their identities, ids are unique, columns agree with the documents, vectors have length 1, links lead to existing rows.
//! Files left over from earlier generations or from writers that died are noted and do not count as damage.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use semsearch_index::RowId;

use super::finding::{Finding, Findings, Note, Part};
use super::inspect::{Inspected, files, inspect};
use crate::error::{CollectionError, unreadable};
use crate::generation::{self, Held, Pointer};
use crate::layout;
use crate::manifest::Manifest;
use crate::map::read_map;
use crate::searches::SavedSearches;
use semsearch_task::{Progress, Stage};

/// The result of verifying a collection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verdict {
    /// The current generation; `None` if `CURRENT` cannot be read.
    pub generation: Option<u64>,
    /// Documents that are not deleted.
    pub documents: u64,
    /// The number of files read.
    pub files: u64,
    /// The bytes of these files.
    pub bytes: u64,
    /// Parts that differ from what was written, or contradict each other.
    pub damages: Vec<Finding>,
    /// Parts that could not be read.
    pub unreadable: Vec<Finding>,
    /// Facts worth knowing that are not damage.
    pub notes: Vec<Note>,
}

impl Verdict {
    /// Whether everything was read and no damage was found.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damages.is_empty() && self.unreadable.is_empty()
    }
}

/// Reads everything in the collection in `root`, without stopping at damage.
///
/// # Errors
/// If there is no collection, or a collection of another version. Damage is part of the verdict, not an error.
pub fn verify(root: &Path, watch: &dyn Progress) -> Result<Verdict, CollectionError> {
    let mut findings = Findings::default();
    let mut notes = Vec::new();
    let held = match current(root) {
        Ok(held) => Some(held),
        Err(error @ (CollectionError::Missing { .. } | CollectionError::Schema { .. })) => return Err(error),
        Err(error) => {
            let is_pointer = matches!(&error,
                CollectionError::Damaged { path, .. } | CollectionError::Io { path, .. }
                    if path.file_name().is_some_and(|name| name == layout::CURRENT));
            let part = if is_pointer { Part::Pointer } else { Part::Manifest };
            findings.error(part, &root.join(layout::CURRENT), &error);
            None
        }
    };
    let (mut count, mut bytes) = (0, 0);
    if let Some(Held { manifest, .. }) = &held {
        let folder = layout::generation(root, manifest.generation);
        watch.begin(Stage::Verify, manifest.segments.iter().map(|segment| segment.rows as usize).sum());
        let inspected: Vec<Inspected> = manifest
            .segments
            .iter()
            .map(|segment| inspect(root, &folder, manifest, segment, &mut findings, watch))
            .collect();
        expect_unique_ids(root, manifest, &inspected, &mut findings);
        for (_, record) in files(root, manifest) {
            count += 1;
            bytes += record.bytes;
        }
    }
    match SavedSearches::read(root) {
        Ok(None) => {}
        Ok(Some(_)) => {
            count += 1;
            bytes += semsearch_disk::length(&root.join(layout::SEARCHES)).unwrap_or(0);
        }
        Err(error) => findings.error(Part::Searches, &root.join(layout::SEARCHES), &error),
    }
    if let Some(held) = &held
        && let Some(map) = look_at_map(root, held, &mut notes)
    {
        count += 1;
        bytes += map;
    }
    let manifest = held.as_ref().map(|held| &held.manifest);
    note_other_generations(root, manifest.map(|manifest| manifest.generation), &mut notes);
    note_leftovers(root, &mut notes);
    Ok(Verdict {
        generation: manifest.map(|manifest| manifest.generation),
        documents: manifest.map_or(0, Manifest::documents),
        files: count,
        bytes,
        damages: findings.damages,
        unreadable: findings.unreadable,
        notes,
    })
}

/// The manifest of the current generation, locked so that no writer removes its files.
fn current(root: &Path) -> Result<Held, CollectionError> {
    let mut pointer = Pointer::read(root)?;
    loop {
        let outcome = generation::open_manifest(root, &pointer);
        let now = Pointer::read(root)?;
        if outcome.is_ok() || now == pointer {
            return outcome;
        }
        pointer = now;
    }
}

/// The bytes of the map of the current generation. A map is made of all else, and made again when it is not right, so a wrong
/// one is no damage.
fn look_at_map(root: &Path, held: &Held, notes: &mut Vec<Note>) -> Option<u64> {
    match read_map(root, &held.manifest, &held.hash) {
        Ok(map) => map.map(|(_, bytes)| bytes),
        Err(error) => {
            let path = error.path().unwrap_or(root).to_owned();
            notes.push(Note { path, text: format!("the map will be made again: {}", error.problem()) });
            None
        }
    }
}

/// Records a finding for each id that two searchable documents share: `remove` and `embed` would confuse them.
fn expect_unique_ids(root: &Path, manifest: &Manifest, inspected: &[Inspected], findings: &mut Findings) {
    let mut ids: Vec<([u8; 16], usize, RowId)> = Vec::new();
    for (number, segment) in inspected.iter().enumerate() {
        let Some(deletes) = &segment.deletes else { continue };
        ids.extend(segment.ids.iter().filter(|(_, row)| !deletes.contains(*row)).map(|(id, row)| (*id, number, *row)));
    }
    ids.sort_unstable();
    for pair in ids.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let (_, number, row) = pair[1];
        let path = root.join(layout::SEGMENTS).join(&manifest.segments[number].name).join(layout::DOCUMENTS_FILE);
        let other = &manifest.segments[pair[0].1].name;
        let problem = format!("document {} has the same id as document {} of {other}", row.0, pair[0].2.0);
        findings.damage(Part::Documents, &path, problem);
    }
}

/// Notes whether there is an older generation to fall back to.
fn note_other_generations(root: &Path, current: Option<u64>, notes: &mut Vec<Note>) {
    let Ok(numbers) = generation::numbers(root) else { return };
    for number in numbers.into_iter().filter(|number| Some(*number) != current) {
        let path = layout::generation(root, number).join(layout::MANIFEST_FILE);
        let text = match look_at(root, &path, number) {
            Ok(()) => "generation is kept to fall back to; its files are there".to_owned(),
            Err(CollectionError::Damaged { path: other, problem }) if other != path => {
                format!("generation cannot be fallen back to: {}: {problem}", other.display())
            }
            Err(CollectionError::Damaged { problem, .. }) => format!("generation cannot be fallen back to: {problem}"),
            Err(error) => format!("generation cannot be looked at: {error}"),
        };
        notes.push(Note { path, text: format!("an older {text}") });
    }
}

/// A quick check: the manifest is consistent, and its files exist with the recorded lengths.
fn look_at(root: &Path, path: &Path, number: u64) -> Result<(), CollectionError> {
    let bytes = semsearch_disk::read(path).map_err(|source| unreadable(path, source))?;
    let manifest = generation::parse(path, number, &bytes)?;
    for (folder, record) in files(root, &manifest) {
        let path = folder.join(&record.path);
        let found = semsearch_disk::length(&path).map_err(|source| unreadable(&path, source))?;
        if found != record.bytes {
            return Err(crate::error::damaged(&path, &format!("expected {} bytes, found {found}", record.bytes)));
        }
    }
    Ok(())
}

/// Notes files and folders that no generation names. The next writer removes most of them.
fn note_leftovers(root: &Path, notes: &mut Vec<Note>) {
    let mut named: HashSet<PathBuf> = HashSet::new();
    for number in generation::numbers(root).unwrap_or_default() {
        let path = layout::generation(root, number).join(layout::MANIFEST_FILE);
        let Ok(bytes) = semsearch_disk::read(&path) else { continue };
        let Ok(manifest) = generation::parse(&path, number, &bytes) else { continue };
        for segment in manifest.segments {
            named.extend(segment.vectors.iter().map(|vectors| root.join(layout::VECTORS).join(&vectors.name)));
            named.insert(root.join(layout::SEGMENTS).join(segment.name));
        }
    }
    for place in [layout::SEGMENTS, layout::VECTORS] {
        let place = root.join(place);
        for name in semsearch_disk::list(&place).unwrap_or_default() {
            let path = place.join(name);
            if !named.contains(&path) {
                notes.push(Note { path, text: "left over: no generation names it".to_owned() });
            }
        }
    }
    for name in semsearch_disk::list(root).unwrap_or_default() {
        let text = match &*name {
            layout::NEXT | layout::SEARCHES_NEXT => "left over from a writer that did not finish",
            layout::CHECKPOINT => {
                "vectors that an interrupted `embed` or `model switch` has made; the same command goes on there"
            }
            name if name.starts_with(layout::STAGING) => "left over from a writer, unless one is at work",
            name if layout::generation_number(name).is_some() => "left over from an index of version 1",
            _ => continue,
        };
        notes.push(Note { path: root.join(&name), text: text.to_owned() });
    }
}

//! What `verify` finds: every byte that counts, every damage, and never more than there is.

use std::path::{Path, PathBuf};

use semsearch_engine::{IngestOptions, ingest};
use semsearch_store::{Part, verify};
use semsearch_task::NoProgress;

use crate::common::{papers, toy_model};

struct Built {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

/// A collection of two segments, some of whose documents are removed.
fn build() -> Built {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let encoder = toy_model();
    ingest(&papers(0..60), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    ingest(&papers(60..70), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    let gone = semsearch_store::Selection::Ids(vec!["paper-3".to_owned(), "paper-65".to_owned()]);
    semsearch_store::remove(&root, &gone, &NoProgress).unwrap();
    Built { _folder: folder, root }
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else if path.metadata().unwrap().len() > 0 {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn a_whole_collection_has_nothing_wrong_with_it() {
    let built = build();
    let verdict = verify(&built.root, &NoProgress).unwrap();
    assert!(verdict.is_whole(), "{verdict:?}");
    assert_eq!((verdict.generation, verdict.documents), (Some(3), 68));
    assert_eq!(verdict.files, 12, "two segments of five files, and removed rows of each");
    assert_eq!(verdict.notes.len(), 1, "the generation before is kept: {:?}", verdict.notes);
}

#[test]
fn no_changed_byte_of_the_current_generation_goes_unnoticed() {
    let built = build();
    for path in files_of(&built.root) {
        // An older generation is not part of the verdict.
        if path.parent().is_some_and(|folder| folder.ends_with("g000002")) {
            continue;
        }
        let whole = std::fs::read(&path).unwrap();
        // Steps of a prime, so that every kind of section is hit somewhere.
        let step = (whole.len() / 23).max(1) | 1;
        for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            std::fs::write(&path, changed).unwrap();
            let verdict = verify(&built.root, &NoProgress).unwrap();
            assert!(!verdict.damages.is_empty(), "{} at {at}: {verdict:?}", path.display());
            assert!(verdict.unreadable.is_empty(), "{verdict:?}");
        }
        for other in [Some(&whole[..whole.len() / 2]), Some(&[]), None] {
            match other {
                Some(bytes) => std::fs::write(&path, bytes).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let verdict = verify(&built.root, &NoProgress).unwrap();
            assert!(!verdict.is_whole(), "{}", path.display());
        }
        std::fs::write(&path, &whole).unwrap();
    }
    assert!(verify(&built.root, &NoProgress).unwrap().is_whole());
}

#[test]
fn damage_is_told_apart_by_what_it_takes_to_mend_it() {
    let built = build();
    let expected = [
        ("documents.blocks", Part::Documents),
        ("fields.columns", Part::Columns),
        ("words.lexical", Part::Words),
        ("tokens.u32", Part::Tokens),
        ("s000001.removed", Part::Deletes),
        ("manifest.json", Part::Manifest),
        ("CURRENT", Part::Pointer),
    ];
    for (name, part) in expected {
        let all = files_of(&built.root);
        let path = all.iter().rev().find(|path| path.ends_with(name)).unwrap_or_else(|| panic!("{name}"));
        let whole = std::fs::read(path).unwrap();
        std::fs::remove_file(path).unwrap();
        let verdict = verify(&built.root, &NoProgress).unwrap();
        let parts: Vec<Part> = verdict.damages.iter().map(|finding| finding.part).collect();
        assert_eq!(parts, [part], "{name}: {verdict:?}");
        std::fs::write(path, whole).unwrap();
    }
}

#[test]
fn a_file_that_cannot_be_read_is_no_damaged_one() {
    use semsearch_disk::fault::{Failure, Plan};

    let built = build();
    let operations = {
        let counting = Plan::count().below(&built.root).arm();
        verify(&built.root, &NoProgress).unwrap();
        counting.operations()
    };
    assert!(operations > 20, "{operations}");
    for nth in 1..=operations {
        let armed = Plan::nth(nth, Failure::Errno(5)).below(&built.root).arm();
        // Either the verdict says that something could not be read, or it was only a look at what is left over.
        if let Ok(verdict) = verify(&built.root, &NoProgress) {
            assert!(verdict.damages.is_empty(), "operation {nth}: {verdict:?}");
        }
        drop(armed);
    }
}

//! What `repair` restores: everything that can be rebuilt from the undamaged parts, and nothing else.

use std::cell::Cell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_embed::Encoder;
use semsearch_engine::repair::{RepairError, Repaired, repair, would_repair};
use semsearch_engine::{IngestOptions, Searcher, Strategy, ingest};
use semsearch_store::{Collection, CollectionError, ModelRecord, Selection, remove, verify};
use semsearch_task::NoProgress;

use crate::common::{papers, toy_model};

/// A collection of two segments, some of whose documents are removed.
struct Built {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

fn build() -> Built {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let encoder = toy_model();
    ingest(&papers(0..60), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    ingest(&papers(60..70), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    let gone = Selection::Ids(vec!["paper-3".to_owned(), "paper-65".to_owned()]);
    remove(&root, &gone, &NoProgress).unwrap();
    Built { _folder: folder, root }
}

type Refusal = Box<dyn Error + Send + Sync>;

fn with_model(root: &Path) -> Result<Repaired, RepairError> {
    repair(root, &|_: &ModelRecord| Ok(Box::new(toy_model()) as Box<dyn Encoder>), &NoProgress)
}

fn without_model(root: &Path) -> Result<Repaired, RepairError> {
    repair(root, &|_: &ModelRecord| Err(Refusal::from("there is none")), &NoProgress)
}

/// Ids and scores of all answers to some questions.
fn answers(root: &Path) -> Vec<(String, u32)> {
    let (collection, encoder) = (Collection::open(root).unwrap(), toy_model());
    let searcher = Searcher::new(collection, Arc::new(encoder)).unwrap();
    let mut all = Vec::new();
    for strategy in [Strategy::Exact, Strategy::Graph] {
        for query in ["graphs and seas", "tokens", "method 37"] {
            let options = crate::common::dense().with_k(20).with_strategy(strategy);
            let hits = searcher.search(query, &options).unwrap().hits;
            all.extend(hits.into_iter().map(|hit| (hit.document.id, hit.score.to_bits())));
        }
    }
    all
}

/// The file of this name of the first or the last segment.
fn file(root: &Path, name: &str, first: bool) -> PathBuf {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() == name {
                found.push(path);
            }
        }
    }
    found.sort();
    if first { found.remove(0) } else { found.pop().unwrap() }
}

fn flip(path: &Path, at: impl FnOnce(usize) -> usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = at(bytes.len());
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// Damages some bytes beyond what their checksum can put back.
fn spoil(path: &Path, at: impl FnOnce(usize) -> std::ops::Range<usize>) {
    let mut bytes = std::fs::read(path).unwrap();
    let range = at(bytes.len());
    bytes[range].iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(path, bytes).unwrap();
}

/// Expects a second repair to find nothing, and the collection to be whole.
fn assert_mended(root: &Path) {
    let verdict = verify(root, &NoProgress).unwrap();
    assert!(verdict.is_whole(), "{verdict:?}");
    let again = without_model(root).unwrap();
    assert_eq!((again.actions.len(), again.generation), (0, None), "{again:?}");
}

#[test]
fn a_whole_collection_is_left_alone() {
    let built = build();
    assert_mended(&built.root);
}

#[test]
fn what_follows_from_the_rest_is_made_anew_without_the_model() {
    for (name, problem) in [("fields.columns", "columns"), ("vectors.index", "graph")] {
        let built = build();
        let before = answers(&built.root);
        // The rows come first in an index file, and what is behind them is the graph.
        flip(&file(&built.root, name, true), |bytes| bytes - 200);
        assert!(!verify(&built.root, &NoProgress).unwrap().is_whole(), "{problem}");
        let repaired = without_model(&built.root).unwrap();
        assert_eq!((repaired.actions.len(), repaired.lost.len()), (1, 0), "{problem}: {repaired:?}");
        assert_eq!((repaired.generation, repaired.documents), (Some(4), 68), "{problem}");
        assert_eq!(answers(&built.root), before, "{problem}");
        assert_mended(&built.root);
    }
}

#[test]
fn vectors_and_tokens_are_made_anew_by_the_model_and_not_without_it() {
    for (name, at) in [("vectors.index", 4100), ("tokens.u32", 3), ("vectors.index", 9)] {
        let built = build();
        let before = answers(&built.root);
        flip(&file(&built.root, name, true), |_| at);
        let damaged = verify(&built.root, &NoProgress).unwrap().damages;
        let refused = without_model(&built.root).unwrap_err();
        assert!(matches!(refused, RepairError::Model { .. }), "{refused}");
        assert_eq!(verify(&built.root, &NoProgress).unwrap().damages, damaged, "a repair that fails changes nothing");
        let repaired = with_model(&built.root).unwrap();
        assert_eq!((repaired.lost.len(), repaired.documents), (0, 68), "{repaired:?}");
        assert_eq!(answers(&built.root), before, "{name} at {at}");
        assert_mended(&built.root);
    }
}

#[test]
fn the_model_is_loaded_once_and_only_if_it_is_needed() {
    let built = build();
    let loads = Cell::new(0);
    let load = |_: &ModelRecord| {
        loads.set(loads.get() + 1);
        Ok(Box::new(toy_model()) as Box<dyn Encoder>)
    };
    repair(&built.root, &load, &NoProgress).unwrap();
    assert_eq!(loads.get(), 0);
    for first in [true, false] {
        flip(&file(&built.root, "tokens.u32", first), |_| 0);
    }
    repair(&built.root, &load, &NoProgress).unwrap();
    assert_eq!(loads.get(), 1);
    assert_mended(&built.root);
}

#[test]
fn a_lost_pointer_or_manifest_is_found_again_in_the_generations() {
    for name in ["CURRENT", "manifest.json"] {
        for change in ["removed", "one bit", "spoiled"] {
            let built = build();
            let before = answers(&built.root);
            let path = file(&built.root, name, false);
            match change {
                "removed" => std::fs::remove_file(&path).unwrap(),
                "one bit" => flip(&path, |bytes| bytes / 2),
                _ => spoil(&path, |bytes| bytes / 2..bytes / 2 + 4),
            }
            assert!(matches!(Collection::open(&built.root), Err(CollectionError::Damaged { .. })));
            let repaired = without_model(&built.root).unwrap();
            assert_eq!(repaired.actions.len(), 1, "{repaired:?}");
            if name == "CURRENT" || change == "one bit" {
                assert_eq!(answers(&built.root), before, "{name} {change}");
            } else {
                // The generation before is the one without the removal.
                assert_eq!(repaired.documents, 70, "{name} {change}");
            }
            assert_mended(&built.root);
        }
    }
}

#[test]
fn a_wrong_checksum_in_a_manifest_that_nothing_vouches_for_is_made_right() {
    for name in ["documents.blocks", "fields.columns", "vectors.index", "tokens.u32", "s000001.removed"] {
        for kind in ["head", "blake3"] {
            let built = build();
            let before = answers(&built.root);
            let path = file(&built.root, "manifest.json", false);
            let text = std::fs::read_to_string(&path).unwrap();
            let place = text.find(&format!("\"{name}\"")).unwrap();
            let place = place + text[place..].find(&format!("\"{kind}\": \"")).unwrap() + kind.len() + 5;
            flip(&path, |_| place);
            std::fs::remove_file(built.root.join("CURRENT")).unwrap();
            with_model(&built.root).unwrap();
            if name != "documents.blocks" && name != "s000001.removed" {
                assert_eq!(answers(&built.root), before, "{kind} of {name}");
            }
            Collection::open(&built.root).unwrap();
            assert_mended(&built.root);
        }
    }
}

#[test]
fn documents_that_cannot_be_read_are_dropped_and_named_and_the_others_stay() {
    let built = build();
    // Some bytes of the second block of sixteen.
    spoil(&file(&built.root, "documents.blocks", true), |_| 4096 + 900..4096 + 910);
    let dry = would_repair(&built.root, &NoProgress).unwrap();
    let repaired = without_model(&built.root).unwrap();
    assert_eq!((&dry.actions, &dry.lost, dry.generation), (&repaired.actions, &repaired.lost, None));
    assert!((14..=16).contains(&repaired.lost.len()), "{repaired:?}");
    assert!(repaired.lost.iter().all(|lost| lost.id_hash.as_ref().is_some_and(|hash| hash.len() == 32)));
    assert_eq!(repaired.documents, 68 - repaired.lost.len() as u64);
    let lost: Vec<String> = repaired.lost.iter().map(|lost| format!("paper-{}", lost.row)).collect();
    let collection = Collection::open(&built.root).unwrap();
    for number in 0..70 {
        let id = format!("paper-{number}");
        let expected = number != 3 && number != 65 && !lost.contains(&id);
        assert_eq!(collection.find_id(&id).unwrap().is_some(), expected, "{id}");
    }
    assert_mended(&built.root);
}

#[test]
fn a_document_is_taken_from_elsewhere_in_the_folder_if_it_is_there() {
    let built = build();
    let encoder = toy_model();
    // All of it becomes one segment; those it was made of are kept for the generation before.
    ingest(&papers(70..110), &encoder, &built.root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    let before = answers(&built.root);
    let current = Collection::open(&built.root).unwrap();
    assert_eq!(current.segments().len(), 1, "merged");
    let name = current.segments()[0].record().name.clone();
    drop(current);
    spoil(&built.root.join("segments").join(name).join("documents.blocks"), |_| 4096 + 900..4096 + 910);
    let repaired = without_model(&built.root).unwrap();
    assert_eq!((repaired.lost.len(), repaired.documents), (0, 108), "{repaired:?}");
    assert_eq!(answers(&built.root), before);
    assert_mended(&built.root);
}

#[test]
fn removed_documents_stay_removed_as_far_as_that_is_known() {
    let built = build();
    // Another generation, which knows the same removed rows.
    let gone = Selection::Ids(vec!["paper-9".to_owned()]);
    remove(&built.root, &gone, &NoProgress).unwrap();
    std::fs::remove_file(built.root.join("generations/g000004/s000001.removed")).unwrap();
    let repaired = without_model(&built.root).unwrap();
    assert!(repaired.actions[0].text.contains("for 1 of 2"), "{repaired:?}");
    let collection = Collection::open(&built.root).unwrap();
    let is_there = |id: &str| collection.find_id(id).unwrap().is_some();
    assert_eq!(["paper-3", "paper-9", "paper-65"].map(is_there), [false, true, false]);
    assert_mended(&built.root);
}

#[test]
fn any_single_damage_is_mended_or_refused_and_never_makes_it_worse() {
    let built = build();
    let whole = tempfile::tempdir().unwrap();
    copy(&built.root, whole.path());
    let mut files = Vec::new();
    list(whole.path(), whole.path(), &mut files);
    for name in files {
        for part in [0.1, 0.5, 0.9] {
            let folder = tempfile::tempdir().unwrap();
            copy(whole.path(), folder.path());
            flip(&folder.path().join(&name), |bytes| (bytes as f64 * part) as usize);
            let repaired = with_model(folder.path()).unwrap_or_else(|error| panic!("{name:?} at {part}: {error}"));
            assert!(repaired.documents >= 68 && repaired.lost.is_empty(), "{name:?} at {part}: {repaired:?}");
            assert_mended(folder.path());
        }
    }
}

#[test]
fn no_single_bit_of_the_documents_loses_one() {
    let built = build();
    let before = answers(&built.root);
    let path = file(&built.root, "documents.blocks", true);
    let whole = std::fs::read(&path).unwrap();
    for at in (0..400).step_by(23).chain((4090..whole.len()).step_by(97)).chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        std::fs::write(&path, damaged).unwrap();
        assert!(!verify(&built.root, &NoProgress).unwrap().is_whole(), "byte {at}");
        let dry = would_repair(&built.root, &NoProgress).unwrap();
        assert_eq!((dry.lost.len(), dry.documents), (0, 68), "byte {at}: {dry:?}");
    }
    let repaired = without_model(&built.root).unwrap();
    assert_eq!((repaired.lost.len(), repaired.documents), (0, 68), "{repaired:?}");
    assert_eq!(answers(&built.root), before);
    assert_mended(&built.root);
}

#[test]
fn documents_outlive_their_first_page_and_their_checksums() {
    for what in ["first page", "zeros", "checksums"] {
        let built = build();
        let before = answers(&built.root);
        let path = file(&built.root, "documents.blocks", true);
        match what {
            "first page" => spoil(&path, |_| 0..4096),
            "checksums" => spoil(&path, |len| len - 10..len),
            _ => {
                let mut bytes = std::fs::read(&path).unwrap();
                bytes[..4096].fill(0);
                std::fs::write(&path, bytes).unwrap();
            }
        }
        assert!(!verify(&built.root, &NoProgress).unwrap().is_whole(), "{what}");
        let repaired = without_model(&built.root).unwrap();
        assert_eq!((repaired.lost.len(), repaired.documents), (0, 68), "{what}: {repaired:?}");
        assert_eq!(answers(&built.root), before, "{what}");
        assert_mended(&built.root);
    }
}

#[test]
fn trouble_with_the_disk_is_not_taken_for_damage() {
    use semsearch_disk::fault::{Failure, Plan};

    let built = build();
    let before = answers(&built.root);
    flip(&file(&built.root, "fields.columns", true), |bytes| bytes / 2);
    for nth in (1..400).step_by(7) {
        let outcome = {
            let _armed = Plan::nth(nth, Failure::Errno(5)).below(&built.root).sticky().arm();
            without_model(&built.root)
        };
        match outcome {
            Err(error) => {
                let is_lost = matches!(
                    error,
                    RepairError::Hopeless { .. } | RepairError::Collection(CollectionError::Missing { .. })
                );
                assert!(!is_lost, "operation {nth}: {error}");
            }
            // What fails behind the last step is tidying.
            Ok(repaired) => assert_eq!(repaired.lost.len(), 0, "operation {nth}"),
        }
    }
    without_model(&built.root).unwrap();
    assert_eq!(answers(&built.root), before);
    assert_mended(&built.root);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn list(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, files);
        } else if path.metadata().unwrap().len() > 0 {
            files.push(path.strip_prefix(root).unwrap().to_owned());
        }
    }
    files.sort();
}

/// Copies a collection that is kept with the tests.
fn golden(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/golden").join(name), folder.path());
    folder
}

/// What the program that wrote the golden collections answered to "the sea", exactly.
const THE_SEA: [(&str, f32); 6] = [
    ("größe", 0.7841187),
    ("draft", 0.71259546),
    ("cache", 0.6758025),
    ("graph", 0.6488538),
    ("prune", 0.5828881),
    ("tides", 0.4932786),
];

fn assert_golden(root: &Path) {
    let (collection, encoder) = (Collection::open(root).unwrap(), toy_model());
    let searcher = Searcher::new(collection, Arc::new(encoder)).unwrap();
    for strategy in [Strategy::Exact, Strategy::Graph] {
        let hits = searcher.search("the sea", &crate::common::dense().with_strategy(strategy)).unwrap().hits;
        assert_eq!(hits.len(), THE_SEA.len());
        for (hit, (id, score)) in hits.iter().zip(THE_SEA) {
            assert_eq!(hit.document.id, id);
            assert!((hit.score - score).abs() < 1e-5, "{id}: {} and not {score}", hit.score);
        }
    }
    let collection = searcher.collection();
    let (segment, row) = collection.locate(collection.find_id("größe").unwrap().unwrap()).unwrap();
    let tokens = segment.vectors()[0].tokens().unwrap();
    assert_eq!(tokens.get(row), (64, true), "as it was cut");
    assert_eq!((collection.manifest().tokens(), collection.manifest().truncated()), (221, 1));
}

#[test]
fn a_collection_written_by_an_earlier_program_of_this_version_opens_and_answers() {
    let folder = golden("collection-v2");
    assert_golden(folder.path());
    // That program knew no words: they are added, without a model.
    let repaired = without_model(folder.path()).unwrap();
    let added: Vec<&str> = repaired.actions.iter().map(|action| &*action.text).collect();
    assert_eq!((added, repaired.generation), (vec!["words of the papers added"], Some(2)));
    assert_golden(folder.path());
    assert_mended(folder.path());
}

#[test]
fn a_collection_of_version_1_is_refused_and_rewritten_by_repair() {
    let folder = golden("collection-v1");
    let refused = Collection::open(folder.path()).unwrap_err();
    assert!(
        matches!(&refused, CollectionError::Schema { found, .. } if found == "semsearch.collection/1"),
        "{refused}"
    );
    assert!(matches!(verify(folder.path(), &NoProgress), Err(CollectionError::Schema { .. })));
    let refused = without_model(folder.path()).unwrap_err();
    assert!(matches!(refused, RepairError::Model { .. }), "its tokens are not made up: {refused}");

    let repaired = with_model(folder.path()).unwrap();
    assert_eq!((repaired.documents, repaired.lost.len(), repaired.generation), (6, 0, Some(2)), "{repaired:?}");
    assert!(!folder.path().join("g000001").exists());
    assert_golden(folder.path());
    assert_mended(folder.path());
}

#[test]
fn a_collection_of_version_1_with_a_damaged_index_or_document_gives_what_is_left() {
    let folder = golden("collection-v1");
    flip(&folder.path().join("g000001/index/vectors.index"), |_| 4100);
    with_model(folder.path()).unwrap();
    assert_golden(folder.path());

    let folder = golden("collection-v1");
    flip(&folder.path().join("g000001/documents.jsonl"), |_| 20);
    let repaired = with_model(folder.path()).unwrap();
    assert_eq!((repaired.documents, repaired.lost.len()), (5, 1), "{repaired:?}");
    assert_mended(folder.path());
}

#[test]
fn a_collection_of_version_1_with_two_papers_of_one_id_keeps_the_later_one() {
    let folder = golden("collection-v1");
    // Without the list of where they are, papers are taken as they stand there.
    std::fs::remove_file(folder.path().join("g000001/documents.idx")).unwrap();
    let path = folder.path().join("g000001/documents.jsonl");
    let lines = std::fs::read_to_string(&path).unwrap();
    let (first, rest) = lines.split_once('\n').unwrap();
    std::fs::write(&path, format!("{first}\n{first}\n{rest}")).unwrap();
    let repaired = with_model(folder.path()).unwrap();
    assert_eq!((repaired.documents, repaired.lost.len()), (5, 0), "{repaired:?}");
    assert!(repaired.actions.iter().any(|action| action.text.contains("1 papers have the id of a later one")));
    assert_mended(folder.path());
}

#[test]
fn a_record_of_the_model_that_is_not_so_is_refused() {
    let folder = golden("collection-v1");
    let path = folder.path().join("g000001/collection.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("\"dimension\": 32", "\"dimension\": 33");
    std::fs::write(&path, text).unwrap();
    // Without a pointer nothing says that this is not what was written.
    std::fs::remove_file(folder.path().join("CURRENT")).unwrap();
    let refused = with_model(folder.path()).unwrap_err();
    assert!(matches!(refused, RepairError::OtherDimension { expected: 33, found: 32, .. }), "{refused}");
}

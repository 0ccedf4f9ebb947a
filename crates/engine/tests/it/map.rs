//! Maps: what lies near what, against comparing all papers; how a map is kept, and made again.

use std::path::Path;

use semsearch_corpus::{Document, ReadOptions};
use semsearch_engine::map::{Mapped, map};
use semsearch_engine::{IngestOptions, ingest};
use semsearch_map::Principal;
use semsearch_store::{Collection, DocId, Map, SegmentedIndex, Selection, compact, remove, verify};
use semsearch_task::{NoProgress, Progress};

use crate::common::{corpus, paper, toy_model};

fn made(root: &Path) -> Mapped {
    map(&Collection::open(root).unwrap(), &NoProgress).unwrap()
}

fn collection_of(root: &Path, documents: impl IntoIterator<Item = Document>) {
    ingest(&corpus(documents), &toy_model(), root, &IngestOptions::new("toy"), &NoProgress).unwrap();
}

fn demo(root: &Path) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo_papers.jsonl");
    let read = semsearch_corpus::read_corpus(&[demo], &ReadOptions::default(), &NoProgress, &mut |_| {}).unwrap();
    // Two segments, and some papers removed again.
    for part in read.documents.chunks(150) {
        collection_of(root, part.iter().cloned());
    }
    remove(root, &Selection::Ids(vec![read.documents[3].id.clone(), read.documents[170].id.clone()]), &NoProgress)
        .unwrap();
}

fn file_of(root: &Path) -> std::path::PathBuf {
    let number = Collection::open(root).unwrap().manifest().generation;
    root.join(format!("generations/g{number:06}/places.map"))
}

/// The share of the ten papers nearest to each paper that are among the ten nearest in the plane.
fn kept_neighbours(collection: &Collection, places: &[[f32; 2]]) -> f32 {
    let index = SegmentedIndex::of(collection, &collection.manifest().active).unwrap();
    let papers: Vec<DocId> = collection.doc_ids().collect();
    let mut vector = vec![0.0; index.dim()];
    let mut shared = 0;
    for (number, paper) in papers.iter().enumerate() {
        index.copy_row(*paper, &mut vector).unwrap();
        let truth: Vec<DocId> = index.truth(&vector, 11).unwrap().iter().map(|hit| hit.id).collect();
        let far = |other: usize| {
            let [x, y] = [0, 1].map(|axis| places[other][axis] - places[number][axis]);
            x * x + y * y
        };
        let mut order: Vec<usize> = (0..papers.len()).filter(|other| *other != number).collect();
        order.sort_by(|a, b| far(*a).total_cmp(&far(*b)));
        shared += order[..10].iter().filter(|other| truth.contains(&papers[**other])).count();
    }
    shared as f32 / (10 * papers.len()) as f32
}

#[test]
fn papers_that_are_near_each_other_lie_near_each_other_far_more_than_in_two_directions() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    demo(&root);
    let collection = Collection::open(&root).unwrap();
    let found = map(&collection, &NoProgress).unwrap().map;
    let index = SegmentedIndex::of(&collection, &collection.manifest().active).unwrap();
    let mut rows = vec![0.0; collection.len() * index.dim()];
    for (paper, row) in collection.doc_ids().zip(rows.chunks_exact_mut(index.dim())) {
        index.copy_row(paper, row).unwrap();
    }
    let principal = Principal::of(&rows, index.dim());
    let flat: Vec<[f32; 2]> = rows.chunks_exact(index.dim()).map(|row| principal.place(row)).collect();
    let places: Vec<[f32; 2]> = found.places.iter().map(|place| place.map(f32::from)).collect();
    let (here, there) = (kept_neighbours(&collection, &places), kept_neighbours(&collection, &flat));
    assert!(here > 0.2 && here > 1.5 * there, "{here} {there}");
}

#[test]
fn the_same_papers_have_the_same_map_on_however_many_threads() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    demo(&root);
    let with = |threads: usize| {
        _ = std::fs::remove_file(file_of(&root));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| made(&root)).map
    };
    let one = with(1);
    assert_eq!(one, with(3));
    assert!(one.regions.len() > 3);
    let mut names: Vec<&String> = one.regions.iter().flat_map(|region| &region.terms).collect();
    assert!(one.regions.iter().all(|region| (1..=3).contains(&region.terms.len())), "{:?}", one.regions);
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "no term names two regions: {:?}", one.regions);
    assert_eq!(one.regions.iter().map(|region| region.papers).sum::<u32>() as usize, one.places.len());
}

#[test]
fn a_map_is_kept_until_papers_change_and_made_again_if_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    collection_of(&root, (0..40).map(paper));
    assert!(made(&root).is_new && !made(&root).is_new);
    let file = file_of(&root);
    assert!(verify(&root, &NoProgress).unwrap().notes.is_empty());
    let files = verify(&root, &NoProgress).unwrap().files;

    let right = std::fs::read(&file).unwrap();
    let mut wrong = right.clone();
    *wrong.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &wrong).unwrap();
    let verdict = verify(&root, &NoProgress).unwrap();
    assert!(verdict.is_whole() && verdict.files == files - 1);
    assert!(verdict.notes[0].text.contains("the map will be made again: its checksum"), "{:?}", verdict.notes);
    let again = made(&root);
    assert!(again.is_new && again.damage.unwrap().contains("its checksum does not hold"));
    assert_eq!(std::fs::read(&file).unwrap(), right);

    collection_of(&root, [paper(99)]);
    let more = made(&root);
    assert!(more.is_new && more.damage.is_none());
    assert_eq!(more.map.places.len(), 41);
    // The map of another generation is not taken for the right one.
    std::fs::copy(&file, file_of(&root)).unwrap();
    assert!(made(&root).damage.unwrap().contains("a map of other papers"));
    compact(&root, &NoProgress).unwrap();
    assert!(!file.exists(), "it goes with its generation");
    assert!(made(&root).is_new);
}

#[test]
fn few_papers_papers_that_are_alike_and_papers_without_words_have_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, documents: Vec<Document>| -> Map {
        let root = folder.path().join(name);
        collection_of(&root, documents);
        made(&root).map
    };
    for count in [1, 2, 3] {
        let map = of(&format!("few{count}"), (0..count).map(paper).collect());
        assert_eq!((map.places.len(), map.regions.len()), (count, 1));
    }
    let alike = |count: usize, title: &str| {
        (0..count).map(|at| Document::new(format!("p{at}"), title, "The same words.")).collect()
    };
    let map = of("alike", alike(50, "The same"));
    assert_eq!(map.places.len(), 50);
    assert!(map.regions.iter().map(|region| region.papers).sum::<u32>() >= 50);
    assert_eq!(
        of("numbers", (0..5).map(|at| Document::new(format!("p{at}"), "12 34", "5")).collect()).regions.len(),
        1
    );

    let root = folder.path().join("few1");
    let only = Collection::open(&root)
        .unwrap()
        .document(DocId::clone(&Collection::open(&root).unwrap().doc_ids().next().unwrap()))
        .unwrap();
    remove(&root, &Selection::Ids(vec![only.id]), &NoProgress).unwrap();
    let none = made(&root);
    assert_eq!(none.map, Map::default());
    assert!(!made(&root).is_new, "and it is kept");
}

#[test]
fn a_collection_that_cannot_be_written_has_a_map_and_work_that_is_to_stop_stops() {
    struct Enough;
    impl Progress for Enough {
        fn is_stopped(&self) -> bool {
            true
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    collection_of(&root, (0..20).map(paper));
    let collection = Collection::open(&root).unwrap();
    assert_eq!(map(&collection, &Enough).unwrap_err().kind(), semsearch_task::ErrorKind::Stopped);
    // A folder where the file should be: also root cannot write it.
    std::fs::create_dir(file_of(&root).with_extension("next")).unwrap();
    let found = made(&root);
    assert!(found.is_new && found.unkept.unwrap().contains("cannot write"));
    assert_eq!(found.map.places.len(), 20);
}

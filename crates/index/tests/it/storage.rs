//! Indexes on disk: what is saved is found again, and what was damaged is refused.

use std::fs;
use std::path::Path;

use crate::rows::{Random, vectors};
use semsearch_index::{
    FlatIndex, HnswIndex, HnswParams, Index, IndexMeta, OpenError, SaveError, StoredIndex, Vectors, open, save,
};
use semsearch_vector::Matrix;
use tempfile::TempDir;

const FILES: [&str; 4] = ["index.meta", "vectors.f32", "graph.hnsw.graph", "graph.hnsw.data"];
const ROWS: usize = 50;
const DIM: usize = 16;

fn graph(vectors: &Vectors) -> HnswIndex {
    HnswIndex::build(vectors.clone(), &HnswParams::default(), &|_| {}, &|| false).unwrap()
}

fn meta() -> IndexMeta {
    IndexMeta { fingerprint: "model-a".to_owned(), build_seconds: 0.25 }
}

fn saved(seed: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let vectors = vectors(ROWS, DIM, seed);
    save(dir.path(), &vectors, Some(&graph(&vectors)), &meta()).unwrap();
    dir
}

/// Opens everything there is to open.
fn open_all(dir: &Path) -> Result<(StoredIndex, HnswIndex), OpenError> {
    let stored = open(dir)?;
    let hnsw = stored.hnsw()?;
    Ok((stored, hnsw))
}

/// Replaces one file, gives the error that opening then gives, and puts the file back.
fn error_with(dir: &Path, name: &str, bytes: &[u8]) -> Option<OpenError> {
    let path = dir.join(name);
    let good = fs::read(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    let error = open_all(dir).err();
    fs::write(&path, good).unwrap();
    error
}

#[test]
fn what_is_saved_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = vectors(700, 24, 1);
    let built = graph(&vectors);
    save(dir.path(), &vectors, Some(&built), &meta()).unwrap();

    let (stored, loaded) = open_all(dir.path()).unwrap();
    assert_eq!((stored.len(), stored.dim(), stored.meta()), (700, 24, &meta()));
    assert_eq!(stored.hnsw_params(), Some(&HnswParams::default()));
    assert_eq!(stored.vectors().as_slice(), vectors.as_slice());
    assert_eq!(loaded.unreached(), built.unreached());
    let exact = FlatIndex::new(vectors.clone());
    for query in vectors.iter().step_by(7) {
        for (k, ef) in [(1, 1), (10, 10), (10, 100), (700, 1)] {
            assert_eq!(loaded.search(query, k, ef), built.search(query, k, ef));
            assert_eq!(stored.flat().search(query, k, ef), exact.search(query, k, ef));
        }
    }
}

#[test]
fn sizes_are_those_of_the_files() {
    let dir = saved(1);
    let sizes = open(dir.path()).unwrap().sizes();
    let on_disk: Vec<u64> = FILES.iter().map(|name| fs::metadata(dir.path().join(name)).unwrap().len()).collect();
    assert_eq!(sizes.vectors_bytes, 64 + (ROWS * DIM * 4) as u64);
    assert_eq!((sizes.meta_bytes, sizes.vectors_bytes), (on_disk[0], on_disk[1]));
    assert_eq!(sizes.graph_bytes, on_disk[2] + on_disk[3]);
    assert_eq!(sizes.bytes_per_vector(), on_disk.iter().sum::<u64>() as f64 / ROWS as f64);
}

#[test]
fn small_and_empty_indexes_make_the_round_trip() {
    for rows in [0, 1, 2, 3] {
        let dir = tempfile::tempdir().unwrap();
        let vectors = vectors(rows, 3, 9);
        save(dir.path(), &vectors, Some(&graph(&vectors)), &meta()).unwrap();
        let (_, hnsw) = open_all(dir.path()).unwrap();
        assert_eq!(hnsw.search(&[1.0, 0.0, 0.0], 10, 1).unwrap().len(), rows);
    }
}

#[test]
fn an_opened_index_can_be_saved_elsewhere() {
    let (first, second) = (saved(1), tempfile::tempdir().unwrap());
    let (stored, hnsw) = open_all(first.path()).unwrap();
    save(second.path(), stored.vectors(), Some(&hnsw), stored.meta()).unwrap();
    let (_, again) = open_all(second.path()).unwrap();
    for query in stored.vectors() {
        assert_eq!(again.search(query, 5, 10), hnsw.search(query, 5, 10));
    }
}

#[test]
fn an_index_without_a_graph_says_so_when_asked_for_one() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), &vectors(5, 4, 1), None, &meta()).unwrap();
    let stored = open(dir.path()).unwrap();
    assert_eq!(stored.hnsw_params(), None);
    assert!(matches!(stored.hnsw(), Err(OpenError::NoGraph { .. })));
    assert_eq!(stored.flat().search(&[1.0, 0.0, 0.0, 0.0], 3, 0).unwrap().len(), 3);
}

#[test]
fn a_finished_index_is_never_written_over() {
    let dir = saved(1);
    let before = fs::read(dir.path().join(FILES[1])).unwrap();
    let error = save(dir.path(), &vectors(3, 4, 2), None, &meta()).unwrap_err();
    assert!(matches!(error, SaveError::Exists { .. }), "{error}");
    assert_eq!(fs::read(dir.path().join(FILES[1])).unwrap(), before);
}

#[test]
fn a_graph_is_saved_with_its_own_rows_only() {
    let dir = tempfile::tempdir().unwrap();
    let error = save(dir.path(), &vectors(30, 4, 1), Some(&graph(&vectors(30, 4, 2))), &meta()).unwrap_err();
    assert!(matches!(error, SaveError::OtherRows { graph_rows: 30, rows: 30 }), "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a file");
    fs::write(&file, "").unwrap();
    assert!(save(&file, &vectors(3, 4, 1), None, &meta()).is_err());
}

#[test]
fn another_model_is_refused_with_both_names() {
    let dir = saved(1);
    let stored = open(dir.path()).unwrap();
    assert!(stored.expect_fingerprint("model-a").is_ok());
    let error = stored.expect_fingerprint("model-b").unwrap_err();
    assert!(
        matches!(&error, OpenError::ModelMismatch { expected, found, .. } if expected == "model-b" && found == "model-a")
    );
    assert!(error.to_string().contains("`semsearch embed`"));
}

#[test]
fn every_missing_file_is_reported_as_missing() {
    for name in FILES {
        let dir = saved(1);
        fs::remove_file(dir.path().join(name)).unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(matches!(&error, OpenError::Missing { path } if path.ends_with(name)), "{error}");
    }
}

#[test]
fn another_kind_of_file_another_version_and_another_byte_order_are_told_apart() {
    let dir = saved(1);
    let good = fs::read(dir.path().join("index.meta")).unwrap();
    let with = |place: std::ops::Range<usize>, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[place].copy_from_slice(bytes);
        error_with(dir.path(), "index.meta", &changed).unwrap()
    };
    assert!(matches!(with(0..8, b"%PDF-1.7"), OpenError::NotAnIndex { .. }));
    assert!(matches!(with(8..12, &[2, 0, 0, 0]), OpenError::Version { expected: 1, found: 2, .. }));
    assert!(matches!(with(12..16, &[0x0a, 0x0b, 0x0c, 0x0d]), OpenError::Machine { .. }));
}

#[test]
fn every_truncation_is_detected() {
    let dir = saved(1);
    let mut random = Random(20);
    for name in FILES {
        let good = fs::read(dir.path().join(name)).unwrap();
        let len = good.len();
        let edges = [0, 8, 12, 16, 24, 64, len.saturating_sub(32), len];
        let near_edges = edges.iter().flat_map(|edge| edge.saturating_sub(8)..=edge + 8);
        let anywhere: Vec<usize> = (0..500).map(|_| random.below(len)).collect();
        for cut in near_edges.chain(anywhere).filter(|cut| *cut < len) {
            match error_with(dir.path(), name, &good[..cut]) {
                Some(OpenError::Truncated { path, end, len, .. }) => {
                    assert!(path.ends_with(name) && len == cut as u64 && end > len);
                }
                other => panic!("{name} cut at {cut}: {other:?}"),
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_detected() {
    let dir = saved(1);
    let mut random = Random(30);
    let good = FILES.map(|name| fs::read(dir.path().join(name)).unwrap());
    for _ in 0..2000 {
        let file = random.below(FILES.len());
        let (place, bit) = (random.below(good[file].len()), random.below(8));
        let mut changed = good[file].clone();
        changed[place] ^= 1 << bit;
        assert!(error_with(dir.path(), FILES[file], &changed).is_some(), "{} byte {place} bit {bit}", FILES[file]);
    }
}

#[test]
fn appended_bytes_are_detected() {
    let dir = saved(1);
    for name in FILES {
        let mut longer = fs::read(dir.path().join(name)).unwrap();
        longer.push(0);
        let error = error_with(dir.path(), name, &longer).unwrap();
        assert!(matches!(error, OpenError::TrailingBytes { .. }), "{name}: {error}");
    }
}

#[test]
fn a_zeroed_page_is_detected() {
    let dir = saved(1);
    for name in FILES {
        let mut zeroed = fs::read(dir.path().join(name)).unwrap();
        let half = zeroed.len() / 2;
        zeroed[half..].fill(0);
        assert!(error_with(dir.path(), name, &zeroed).is_some(), "{name}");
    }
}

#[test]
fn a_file_of_another_index_is_detected() {
    let (dir, other) = (saved(1), saved(2));
    for name in FILES {
        let foreign = fs::read(other.path().join(name)).unwrap();
        if foreign == fs::read(dir.path().join(name)).unwrap() {
            // Row ids in the order of the layers: equal for two serial builds of as many rows.
            continue;
        }
        assert!(error_with(dir.path(), name, &foreign).is_some(), "{name}");
    }
}

#[test]
fn two_files_of_one_index_cannot_be_swapped() {
    let dir = saved(1);
    for (a, b) in [(0, 1), (0, 2), (1, 2), (2, 3), (1, 3)] {
        let bytes = fs::read(dir.path().join(FILES[b])).unwrap();
        assert!(error_with(dir.path(), FILES[a], &bytes).is_some(), "{} in place of {}", FILES[b], FILES[a]);
    }
}

#[test]
fn rows_of_zeros_survive_the_round_trip() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = Vectors::new(Matrix::zeros(3, 4)).unwrap();
    save(dir.path(), &vectors, Some(&graph(&vectors)), &meta()).unwrap();
    assert_eq!(open_all(dir.path()).unwrap().1.search(&[1.0; 4], 3, 3).unwrap().len(), 3);
}

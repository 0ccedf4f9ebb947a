//! A stored index of format version 2 still opens and answers as it did, and one of version 1 is refused by name.
//!
//! `tests/golden/v2` holds 24 rows of 8 numbers, `v1` the same in the four files of that version. When the first test
//! fails, the format changed, and then it needs a new version number, a new folder here and a decision about old files.
//! The folder is written again, on purpose only, by
//! `cargo test -p semsearch-index -- --ignored write_the_stored_index`.

use std::fs;
use std::path::{Path, PathBuf};

use semsearch_index::storage::INDEX_FILE;
use semsearch_index::{
    CodeBits, HnswIndex, HnswParams, Index, IndexMeta, NoProgress, OpenError, RowId, SearchParams, Vectors, open,
};
use semsearch_vector::Matrix;

use crate::rows::{by_graph, vectors};

const ROWS: usize = 24;

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(version)
}

fn params() -> HnswParams {
    HnswParams::default().with_m(4).with_alpha(1.2)
}

/// Row `i` points along axis `i mod 8`, turned a little towards the next axis; all numbers are exact in binary.
fn rows() -> Matrix {
    let mut matrix = Matrix::zeros(ROWS, 8);
    for i in 0..ROWS {
        let (along, aside) = [(1.0, 0.0), (0.96875, 0.25), (0.875, 0.484375)][i / 8];
        matrix.row_mut(i)[i % 8] = along;
        matrix.row_mut(i)[(i + 1) % 8] = aside;
    }
    matrix
}

#[test]
fn the_stored_index_opens_and_answers_as_it_did() {
    let stored = open(&folder("v2")).unwrap();
    stored.verify_all().unwrap();
    assert_eq!((stored.len(), stored.dim()), (ROWS, 8));
    assert_eq!(stored.meta(), &IndexMeta::new("golden").with_build_seconds(0.5));
    assert_eq!(stored.hnsw_params(), Some(params()));
    assert_eq!(*stored.vectors().to_f32().unwrap(), *rows().as_slice());

    let hnsw = stored.hnsw().unwrap();
    for axis in 0..8 {
        let mut query = [0.0; 8];
        query[axis] = 1.0;
        let hits = hnsw.search(&query, &by_graph(3, 12)).unwrap();
        assert_eq!(hits, stored.flat().search(&query, &SearchParams::new(3)).unwrap());
        let expected = [(axis, 1.0), (axis + 8, 0.96875), (axis + 16, 0.875)];
        for (hit, (row, score)) in hits.iter().zip(expected) {
            assert_eq!((hit.id, hit.score), (RowId(row as u32), score));
        }
    }
}

#[test]
fn the_stored_index_is_written_as_it_was() {
    let stored = open(&folder("v2")).unwrap();
    let again = tempfile::tempdir().unwrap();
    stored.hnsw().unwrap().save(again.path(), stored.meta()).unwrap();
    let read = |folder: &Path| fs::read(folder.join(INDEX_FILE)).unwrap();
    assert!(read(again.path()) == read(&folder("v2")), "the same parts give another file");
}

/// When this fails, the same rows give another graph or another layout than they gave in earlier builds: on purpose only.
#[test]
#[cfg_attr(miri, ignore = "builds graphs of thousands of rows")]
fn made_rows_give_the_files_that_they_always_gave() {
    let default = HnswParams::default();
    let least = default.with_m(2);
    let other = default.with_m(7).with_ef_construction(20).with_alpha(1.3).with_seed(9).with_codes(CodeBits::Eight);
    for (rows, dim, half, params, expected) in [
        (1024, 4, false, least, 0x0f8a_e80e_187c_e113),
        (3000, 48, false, default, 0x93b0_590d_6233_2ef2),
        (2500, 130, false, default, 0x42f2_02a8_e930_bb89),
        (700, 130, true, other, 0xd476_eb62_2436_672f),
    ] {
        let single = vectors(rows, dim, 41);
        let vectors = if half { single.to_half().unwrap() } else { single };
        let graph = HnswIndex::build(vectors, &params, &NoProgress).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let meta = IndexMeta::new("golden").with_build_seconds(0.5);
        graph.save(folder.path(), &meta).unwrap();
        let found = fnv1a(&fs::read(folder.path().join(INDEX_FILE)).unwrap());
        assert_eq!(found, expected, "{rows} rows of {dim}, {params:?}: {found:#018x}");
    }
}

/// The hash of Fowler, Noll and Vo. A checksum of the kind that the file holds would not tell two header pages apart.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn an_index_of_version_1_is_refused_by_its_version() {
    let error = open(&folder("v1")).unwrap_err();
    assert!(matches!(&error, OpenError::Version { path, expected: 2, found: 1 } if path.ends_with("index.meta")));
    assert!(error.to_string().ends_with("has format version 1, expected 2"), "{error}");
}

#[test]
#[ignore = "writes the stored index instead of testing it"]
fn write_the_stored_index() {
    let vectors = Vectors::new(rows()).unwrap();
    let graph = HnswIndex::build(vectors, &params(), &NoProgress).unwrap();
    let meta = IndexMeta::new("golden").with_build_seconds(0.5);
    let _ = fs::remove_file(folder("v2").join(INDEX_FILE));
    graph.save(&folder("v2"), &meta).unwrap();
}

//! A stored index of format version 1 still opens, and answers as it did.
//!
//! `tests/golden/v1` holds 24 rows of 8 numbers. When this test fails, either the format changed, and then it needs a
//! new version number, a new folder here and a decision about old files; or `hnsw_rs` or the name of the distance type
//! did, with the same consequence. The folder is written anew, on purpose only, by
//! `cargo test -p semsearch-index -- --ignored write_the_stored_index`.

use std::path::Path;

use semsearch_index::{HnswIndex, HnswParams, Index, IndexMeta, RowId, Vectors, open, save};
use semsearch_vector::Matrix;

const ROWS: usize = 24;
/// Version 1 stores neither α nor the seed; they read as the defaults.
const PARAMS: HnswParams = HnswParams { m: 4, ef_construction: 16, alpha: 1.1, seed: 0 };

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
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
    let stored = open(&folder()).unwrap();
    assert_eq!((stored.len(), stored.dim()), (ROWS, 8));
    assert_eq!(stored.meta(), &IndexMeta { fingerprint: "golden".to_owned(), build_seconds: 0.5 });
    assert_eq!(stored.hnsw_params(), Some(&PARAMS));
    assert_eq!(stored.vectors().as_slice(), rows().as_slice());

    let hnsw = stored.hnsw().unwrap();
    for axis in 0..8 {
        let mut query = [0.0; 8];
        query[axis] = 1.0;
        let hits = hnsw.search(&query, 3, 12).unwrap();
        assert_eq!(hits, stored.flat().search(&query, 3, 0).unwrap());
        let expected = [(axis, 1.0), (axis + 8, 0.96875), (axis + 16, 0.875)];
        for (hit, (row, score)) in hits.iter().zip(expected) {
            assert_eq!((hit.id, hit.score), (RowId(row as u32), score));
        }
    }
}

#[test]
#[ignore = "writes the stored index instead of testing it"]
fn write_the_stored_index() {
    let vectors = Vectors::new(rows()).unwrap();
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let graph = one_thread.install(|| HnswIndex::build(vectors.clone(), &PARAMS, &|_| {}, &|| false)).unwrap();
    let meta = IndexMeta { fingerprint: "golden".to_owned(), build_seconds: 0.5 };
    save(&folder(), &vectors, Some(&graph), &meta).unwrap();
}

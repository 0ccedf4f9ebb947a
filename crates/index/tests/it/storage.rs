//! Indexes on disk: a saved index opens with the same content, and other files are refused. Damage is in `damage.rs`.

use std::fs;
use std::path::Path;

use crate::rows::{by_graph, clustered, vectors};
use semsearch_index::storage::INDEX_FILE;
use semsearch_index::{
    CodeBits, Element, FlatIndex, HnswIndex, HnswParams, Index, IndexMeta, NoProgress, OpenError, RowId, SaveError,
    SearchParams, SectionKind, Strategy, Vectors, open,
};
use semsearch_task::ErrorKind;
use semsearch_vector::Matrix;
use tempfile::TempDir;

const ROWS: usize = 50;
const DIM: usize = 16;

fn graph(vectors: &Vectors) -> HnswIndex {
    HnswIndex::build(vectors.clone(), &HnswParams::default(), &NoProgress).unwrap()
}

fn meta() -> IndexMeta {
    IndexMeta::new("model-a").with_build_seconds(0.25)
}

fn saved(seed: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let vectors = vectors(ROWS, DIM, seed);
    graph(&vectors).save(dir.path(), &meta()).unwrap();
    dir
}

fn file_in(dir: &Path) -> Vec<u8> {
    fs::read(dir.join(INDEX_FILE)).unwrap()
}

#[test]
fn what_is_saved_is_found_again() {
    for element in [Element::F32, Element::F16] {
        let dir = tempfile::tempdir().unwrap();
        let single = vectors(700, 24, 1);
        let vectors = if element == Element::F16 { single.to_half().unwrap() } else { single };
        let built = graph(&vectors);
        built.save(dir.path(), &meta()).unwrap();

        let stored = open(dir.path()).unwrap();
        let loaded = stored.hnsw().unwrap();
        assert_eq!((stored.len(), stored.dim(), stored.meta()), (700, 24, &meta()));
        // Rows as narrow as these have codes of 8 bits.
        let params = HnswParams::default().with_codes(CodeBits::Eight);
        assert_eq!((stored.hnsw_params(), stored.vectors().element()), (Some(params), element));
        assert_eq!(stored.vectors().to_f32(), vectors.to_f32());
        let hot = loaded.in_memory().unwrap();
        let exact = FlatIndex::new(vectors.clone());
        for id in (0..700).step_by(7).map(RowId) {
            let query = &*vectors.row(id).unwrap();
            for (k, ef) in [(1, 1), (10, 10), (10, 100), (700, 1)] {
                let params = by_graph(k, ef);
                assert_eq!(loaded.search(query, &params), built.search(query, &params));
                assert_eq!(hot.search(query, &params), built.search(query, &params));
                assert_eq!(stored.flat().search(query, &params), exact.search(query, &params));
            }
        }
        stored.verify_all().unwrap();
    }
}

#[test]
fn codes_of_8_bits_are_kept_on_request_and_say_more() {
    let vectors = vectors(3000, 80, 2);
    let [four, eight] = [CodeBits::Four, CodeBits::Eight].map(|codes| {
        let dir = tempfile::tempdir().unwrap();
        let params = HnswParams::default().with_codes(codes);
        let built = HnswIndex::build(vectors.clone(), &params, &NoProgress).unwrap();
        built.save(dir.path(), &meta()).unwrap();
        let stored = open(dir.path()).unwrap();
        assert_eq!(stored.hnsw_params(), Some(params));
        let bytes = stored.sizes().sections.iter().find(|section| section.section == SectionKind::Codes).unwrap().bytes;
        let query = vectors.row(RowId(7)).unwrap();
        let params = SearchParams::new(10).with_ef(10).with_strategy(Strategy::Exact);
        (bytes, stored.hnsw().unwrap().search_with(&query, &params, None).unwrap())
    });
    assert_eq!((four.0, eight.0), (3000 * 64, 3000 * 128));
    assert_eq!(four.1.0, eight.1.0, "the same hits");
    assert!(eight.1.1.full < four.1.1.full, "{:?} and {:?}", eight.1.1, four.1.1);
}

#[test]
fn sizes_are_those_of_the_file() {
    let dir = saved(1);
    let sizes = open(dir.path()).unwrap().sizes();
    let len = file_in(dir.path()).len() as u64;
    assert_eq!((sizes.rows, sizes.file_bytes), (ROWS as u64, len));
    assert_eq!(sizes.vectors_bytes, (ROWS * DIM * 4) as u64);
    let gaps = 64 * sizes.sections.len() as u64;
    let sections: u64 = sizes.sections.iter().map(|section| section.bytes).sum();
    assert!((sections..sections + gaps).contains(&len), "{sizes:?}");
    // Codes and links of 64 and 128 bytes, a row for each node, and the levels.
    let of = |kind| sizes.sections.iter().find(|section| section.section == kind).unwrap().bytes;
    assert_eq!(
        (of(SectionKind::Codes), of(SectionKind::Links), of(SectionKind::RowOfNode)),
        (50 * 64, 50 * 128, 50 * 4)
    );
    assert_eq!(sizes.hot_bytes, 50 * (64 + 128 + 4) + of(SectionKind::LevelNodes) + of(SectionKind::EntryCodes));
    assert_eq!(sizes.bytes_per_vector(), len as f64 / ROWS as f64);
}

#[test]
fn small_and_empty_indexes_make_the_round_trip() {
    for rows in [0, 1, 2, 3] {
        let dir = tempfile::tempdir().unwrap();
        let vectors = vectors(rows, 3, 9);
        graph(&vectors).save(dir.path(), &meta()).unwrap();
        let stored = open(dir.path()).unwrap();
        stored.verify_all().unwrap();
        let hnsw = stored.hnsw().unwrap();
        assert_eq!(hnsw.search(&[1.0, 0.0, 0.0], &by_graph(10, 1)).unwrap().len(), rows);
        assert_eq!(hnsw.in_memory().unwrap().search(&[1.0, 0.0, 0.0], &by_graph(10, 1)).unwrap().len(), rows);
    }
}

#[test]
fn an_opened_index_is_saved_elsewhere_as_it_is() {
    let (first, second) = (saved(1), tempfile::tempdir().unwrap());
    let stored = open(first.path()).unwrap();
    stored.hnsw().unwrap().save(second.path(), stored.meta()).unwrap();
    assert!(file_in(first.path()) == file_in(second.path()));
}

#[test]
fn an_index_without_a_graph_says_so_when_asked_for_one() {
    let dir = tempfile::tempdir().unwrap();
    FlatIndex::new(vectors(5, 4, 1)).save(dir.path(), &meta()).unwrap();
    let stored = open(dir.path()).unwrap();
    stored.verify_all().unwrap();
    assert_eq!(stored.hnsw_params(), None);
    assert!(matches!(stored.hnsw(), Err(OpenError::NoGraph { .. })));
    assert_eq!(stored.flat().search(&[1.0, 0.0, 0.0, 0.0], &SearchParams::new(3)).unwrap().len(), 3);
}

#[test]
fn a_finished_index_is_never_written_over() {
    let dir = saved(1);
    let before = file_in(dir.path());
    let error = FlatIndex::new(vectors(3, 4, 2)).save(dir.path(), &meta()).unwrap_err();
    assert!(matches!(error, SaveError::Exists { .. }), "{error}");
    assert!(file_in(dir.path()) == before);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a file");
    fs::write(&file, "").unwrap();
    assert!(FlatIndex::new(vectors(3, 4, 1)).save(&file, &meta()).is_err());
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
    assert!(error.to_string().contains("`model-a`") && error.to_string().contains("`model-b`"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Model);
}

#[test]
fn a_fingerprint_that_is_too_long_for_the_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let meta = IndexMeta::new("x".repeat(65_537));
    let error = FlatIndex::new(vectors(3, 4, 1)).save(dir.path(), &meta).unwrap_err();
    assert!(matches!(error, SaveError::Fingerprint { len: 65_537 }), "{error}");
}

#[test]
fn a_folder_without_an_index_and_a_file_that_was_never_finished_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(&error, OpenError::Missing { path } if path.ends_with(INDEX_FILE)), "{error}");
    fs::write(dir.path().join(INDEX_FILE), [0; 5000]).unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::NotAnIndex { .. })));
    fs::write(dir.path().join(INDEX_FILE), "").unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::Truncated { end: 4096, len: 0, .. })));
}

#[test]
fn another_kind_of_file_another_version_and_another_byte_order_are_told_apart() {
    let dir = saved(1);
    let good = file_in(dir.path());
    let with = |place: std::ops::Range<usize>, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[place].copy_from_slice(bytes);
        fs::write(dir.path().join(INDEX_FILE), changed).unwrap();
        open(dir.path()).unwrap_err()
    };
    assert!(matches!(with(0..8, b"%PDF-1.7"), OpenError::NotAnIndex { .. }));
    assert!(matches!(with(8..12, &[3, 0, 0, 0]), OpenError::Version { expected: 2, found: 3, .. }));
    assert!(matches!(with(12..16, &[0x0a, 0x0b, 0x0c, 0x0d]), OpenError::Machine { .. }));
}

#[test]
fn a_damaged_row_is_an_error_of_the_search_that_reads_it() {
    let dir = saved(1);
    let mut bytes = file_in(dir.path());
    // Blocks of 128 rows: everything is in the first one.
    bytes[4096 + 64 * 49] ^= 1;
    fs::write(dir.path().join(INDEX_FILE), bytes).unwrap();
    let stored = open(dir.path()).unwrap();
    let error = stored.flat().search(&[0.25; DIM], &SearchParams::new(1)).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("section `rows`, bytes 4096 to 7296"), "{message}");
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert_eq!(stored.verify_all().unwrap_err().to_string(), message);
    assert!(stored.flat().score(RowId(0), &[0.25; DIM]).is_err());
}

#[test]
fn rows_of_zeros_survive_the_round_trip() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = Vectors::new(Matrix::zeros(3, 4)).unwrap();
    graph(&vectors).save(dir.path(), &meta()).unwrap();
    assert_eq!(open(dir.path()).unwrap().hnsw().unwrap().search(&[1.0; 4], &by_graph(3, 3)).unwrap().len(), 3);
}

#[test]
fn levels_are_found_again() {
    let dir = tempfile::tempdir().unwrap();
    // Enough rows for a level with links: more than 256 of them are left on the first.
    let vectors = Vectors::new(clustered(3000, 4, 5, 3)).unwrap();
    let params = HnswParams::default().with_m(4);
    let graph = HnswIndex::build(vectors.clone(), &params, &NoProgress).unwrap();
    graph.save(dir.path(), &meta()).unwrap();
    let stored = open(dir.path()).unwrap();
    stored.verify_all().unwrap();
    let kinds: Vec<SectionKind> = stored.sizes().sections.iter().map(|section| section.section).collect();
    assert!(kinds.contains(&SectionKind::LevelLinks), "{kinds:?}");
    assert_eq!(stored.hnsw().unwrap().search(&[1.0; 4], &by_graph(5, 9)), graph.search(&[1.0; 4], &by_graph(5, 9)));
}

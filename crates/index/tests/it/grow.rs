//! Rows added to an index that is there, through the disk and back.

use crate::rows::{Kind, clustered, vectors};
use semsearch_index::{
    BuildError, Element, FlatIndex, HnswIndex, HnswParams, Index, IndexMeta, OtherRows, RowId, SearchParams, Vectors,
    Way, open, save,
};
use semsearch_vector::Matrix;

fn build(vectors: &Vectors) -> HnswIndex {
    HnswIndex::build(vectors.clone(), &HnswParams::default(), &|_| {}, &|| false).unwrap()
}

fn add(index: &HnswIndex, all: &Vectors) -> Result<HnswIndex, BuildError> {
    index.with_added(all.clone(), &|_| {}, &|| false)
}

/// The first rows of some, in single precision.
fn first(vectors: &Vectors, rows: usize) -> Vectors {
    part(vectors, 0, rows)
}

fn part(vectors: &Vectors, from: usize, to: usize) -> Vectors {
    let dim = vectors.dim();
    let numbers = vectors.to_f32().unwrap()[from * dim..to * dim].to_vec();
    Vectors::new(Matrix::from_vec(numbers, dim).unwrap()).unwrap()
}

fn bytes(index: &HnswIndex) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), index.vectors(), Some(index), &IndexMeta::default()).unwrap();
    std::fs::read(dir.path().join(semsearch_index::storage::INDEX_FILE)).unwrap()
}

fn reopened(index: &HnswIndex) -> HnswIndex {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), index.vectors(), Some(index), &IndexMeta::default()).unwrap();
    open(dir.path()).unwrap().hnsw().unwrap()
}

/// Of the ten best rows, how many a walk with a beam of `ef` finds, on average.
fn recall(index: &HnswIndex, queries: &Vectors, ef: usize) -> f64 {
    let flat = FlatIndex::new(index.vectors().clone());
    let params = SearchParams { way: Way::Walk, ..SearchParams::new(10, ef) };
    let mut found = 0;
    for query in 0..queries.len() {
        let query = queries.row(RowId(query as u32)).unwrap();
        let worst = flat.search(&query, 10, 0).unwrap()[9].score;
        let hits = index.search_with(&query, &params, None).unwrap().0;
        found += hits.iter().filter(|hit| hit.score >= worst).count();
    }
    found as f64 / (10 * queries.len()) as f64
}

#[test]
fn three_tenths_added_lose_at_most_a_point_of_recall() {
    let all = Vectors::new(Kind::Random.rows(9300, 32, 7)).unwrap();
    let (rows, queries) = (first(&all, 9000), part(&all, 9000, 9300));
    let bulk = build(&rows);
    // In two portions, each saved and opened again before the next.
    let grown = reopened(&build(&first(&rows, 6300)));
    let grown = reopened(&add(&grown, &first(&rows, 8300)).unwrap());
    let grown = reopened(&add(&grown, &rows).unwrap());
    assert_eq!(grown.len(), 9000);
    for ef in [16, 64] {
        let (bulk, grown) = (recall(&bulk, &queries, ef), recall(&grown, &queries, ef));
        assert!(bulk < 0.99 || ef > 16, "otherwise this compares nothing: {bulk}");
        assert!(grown >= bulk - 0.01, "recall@10 at {ef}: {bulk} in bulk, {grown} after additions");
    }
}

#[test]
fn an_index_grows_from_nothing() {
    let all = Vectors::new(clustered(1540, 24, 9, 3)).unwrap();
    let (rows, queries) = (first(&all, 1500), part(&all, 1500, 1540));
    let mut index = build(&first(&rows, 0));
    for count in [1, 2, 3, 40, 400, 1500] {
        index = reopened(&add(&index, &first(&rows, count)).unwrap());
        assert_eq!(index.len(), count);
    }
    let found = recall(&index, &queries, 64);
    assert!(found >= 0.95, "recall@10 {found}");
}

#[test]
fn nothing_added_gives_the_same_index() {
    for rows in [0, 1, 700] {
        let single = vectors(rows, 12, 4);
        for vectors in [single.to_half().unwrap(), single] {
            let index = build(&vectors);
            assert!(bytes(&add(&index, &vectors).unwrap()) == bytes(&index), "{rows} rows");
        }
    }
}

#[test]
fn an_index_with_the_fewest_links_is_saved_and_grows() {
    let rows = vectors(1700, 12, 4);
    let params = HnswParams { m: 2, ..HnswParams::default() };
    // Enough for a level with links between the lowest and the top.
    let index = HnswIndex::build(first(&rows, 1200), &params, &|_| {}, &|| false).unwrap();
    let grown = reopened(&add(&reopened(&index), &rows).unwrap());
    assert_eq!((grown.len(), grown.params().m), (1700, 2));
}

#[test]
fn the_same_rows_added_give_the_same_index_on_any_number_of_threads() {
    let rows = vectors(1500, 24, 4);
    let index = build(&first(&rows, 1000));
    let [one, four] = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bytes(&add(&index, &rows).unwrap()))
    });
    assert!(one == four);
}

#[test]
fn exact_search_stays_exact_after_an_addition() {
    // What is added lies where nothing was, so means and steps have to follow.
    let (old, new) = (Kind::Tight.rows(400, 16, 1), Kind::Random.rows(100, 16, 2));
    let all = Matrix::from_vec([old.as_slice(), new.as_slice()].concat(), 16).unwrap();
    for half in [false, true] {
        let kept = |matrix: Matrix| {
            let single = Vectors::new(matrix).unwrap();
            if half { single.to_half().unwrap() } else { single }
        };
        let (index, all) = (build(&kept(old.clone())), kept(all.clone()));
        let grown = add(&index, &all).unwrap();
        assert_eq!(grown.vectors().element(), if half { Element::F16 } else { Element::F32 });
        let flat = FlatIndex::new(all.clone());
        let params = SearchParams { way: Way::Exact, ..SearchParams::new(10, 10) };
        for row in (0..500).map(RowId) {
            let query = all.row(row).unwrap();
            let found = grown.search_with(&query, &params, None).unwrap().0;
            assert_eq!(found, flat.search(&query, 10, 0).unwrap());
        }
    }
}

#[test]
fn rows_that_do_not_begin_with_those_of_the_index_are_refused() {
    let rows = vectors(100, 12, 4);
    let index = build(&first(&rows, 60));
    let refused = |all: &Vectors| match add(&index, all) {
        Err(BuildError::OtherRows(other)) => other,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&first(&rows, 59)), OtherRows::Fewer { expected: 60, found: 59 });
    assert_eq!(refused(&vectors(100, 11, 4)), OtherRows::Width { expected: 12, found: 11 });
    assert_eq!(refused(&rows.to_half().unwrap()), OtherRows::Kind { expected: Element::F32, found: Element::F16 });
    let mut numbers = rows.to_f32().unwrap().to_vec();
    numbers[59 * 12..60 * 12].iter_mut().for_each(|x| *x = -*x);
    let changed = Vectors::new(Matrix::from_vec(numbers, 12).unwrap()).unwrap();
    assert_eq!(refused(&changed), OtherRows::Changed { row: 59 });
    let error = add(&index, &changed).unwrap_err().to_string();
    assert!(error.contains("row 59") && error.contains("give all rows"), "{error}");
    let stopped = index.with_added(rows, &|_| {}, &|| true).unwrap_err();
    assert_eq!(stopped, BuildError::Cancelled { linked: 60, rows: 100 });
}

//! Search through the graph against the scan, on every kind of rows, with filters, reopened, on any number of threads and
//! with any kernels.

use crate::rows::{Kind, by_graph, clustered, mask, shape};
use proptest::prelude::*;
use rayon::prelude::*;
use semsearch_index::{
    DEFAULT_EF, FlatIndex, Hit, HnswIndex, HnswParams, Index, IndexMeta, NoProgress, RowSet, SearchError, SearchParams,
    Strategy, Vectors, open,
};
use semsearch_testing::Random;
use semsearch_vector::{Matrix, simd};

fn build(rows: Matrix) -> HnswIndex {
    HnswIndex::build(Vectors::new(rows).unwrap(), &HnswParams::default(), &NoProgress).unwrap()
}

fn hits(index: &HnswIndex, query: &[f32], params: &SearchParams, filter: Option<&RowSet>) -> Vec<Hit> {
    index.search_with(query, params, filter).unwrap().0
}

/// The share of the `k` best rows that pass the filter which the index finds, on average. A hit counts if its score comes
/// within a millionth of that of the true last one: it does not matter for recall which of two equal rows is returned.
fn recall(index: &HnswIndex, queries: &Matrix, params: &SearchParams, filter: Option<&RowSet>) -> f64 {
    let flat = FlatIndex::new(index.vectors().clone());
    let (mut found, mut wanted) = (0, 0);
    for query in queries {
        let exact = flat.search_where(query, params.k, |row| filter.is_none_or(|filter| filter.contains(row))).unwrap();
        let Some(worst) = exact.last() else { continue };
        wanted += exact.len();
        found += hits(index, query, params, filter).iter().filter(|hit| hit.score >= worst.score - 1e-6).count();
    }
    if wanted == 0 { 1.0 } else { found as f64 / wanted as f64 }
}

/// Rows of a kind, and queries of the same: those that come last.
fn rows_and_queries(kind: Kind, rows: usize, dim: usize, seed: u64) -> (Matrix, Matrix) {
    let all = kind.rows(rows + 40, dim, seed);
    let (rows, queries) = all.as_slice().split_at(rows * dim);
    (Matrix::from_vec(rows.to_vec(), dim).unwrap(), Matrix::from_vec(queries.to_vec(), dim).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn answers_are_well_formed(
        kind in prop::sample::select(Kind::ALL.to_vec()),
        (rows, dim) in shape(0..=5000),
        (k, ef, rerank) in (0usize..60, 0usize..200, 0usize..200),
        share in prop::option::of(prop::sample::select(vec![0.0, 0.001, 0.01, 0.1, 0.5])),
        seed in any::<u64>(),
    ) {
        let (rows, queries) = rows_and_queries(kind, rows, dim, seed);
        let index = build(rows);
        let flat = FlatIndex::new(index.vectors().clone());
        let filter = share.map(|share| mask(index.len(), share, seed));
        let kept = filter.as_ref().map_or(index.len(), RowSet::len);
        // Often more hits than there are rows.
        for k in [k, 10 * k] {
            for strategy in [Strategy::Auto, Strategy::Graph, Strategy::Exact] {
                let params = SearchParams::new(k).with_ef(ef).with_rerank(rerank).with_strategy(strategy);
                for query in queries.iter().step_by(8) {
                    let found = hits(&index, query, &params, filter.as_ref());
                    prop_assert_eq!(found.len(), k.min(kept), "as many as there are");
                    prop_assert!(found.is_sorted_by(|a, b| a.best_first(b).is_lt()), "best first, none twice");
                    for hit in &found {
                        prop_assert!(filter.as_ref().is_none_or(|filter| filter.contains(hit.id)));
                        prop_assert_eq!(hit.score.to_bits(), flat.score(hit.id, query).unwrap().to_bits());
                    }
                    prop_assert_eq!(&hits(&index, query, &params, filter.as_ref()), &found, "the same every time");
                }
            }
        }
    }

    #[test]
    fn graph_searches_and_what_a_search_chooses_by_itself_find_nearly_everything(
        kind in prop::sample::select(Kind::WALKABLE.to_vec()), (rows, dim) in shape(0..=5000), seed in any::<u64>(),
    ) {
        let (rows, queries) = rows_and_queries(kind, rows, dim, seed);
        let index = build(rows);
        for params in [by_graph(10, 2 * DEFAULT_EF), SearchParams::new(10)] {
            let found = recall(&index, &queries, &params, None);
            prop_assert!(
                found >= 0.95, "recall@10 {} of {:?}, {} rows of {}, {:?}", found, kind, index.len(), dim, params
            );
        }
    }

    #[test]
    fn the_same_rows_give_the_same_answers_on_any_number_of_threads_and_from_disk(
        kind in prop::sample::select(Kind::ALL.to_vec()), (rows, dim) in shape(0..=2000), seed in any::<u64>(),
    ) {
        let (rows, queries) = rows_and_queries(kind, rows, dim, seed);
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| build(rows.clone()))
        });
        let dir = tempfile::tempdir().unwrap();
        one.save(dir.path(), &IndexMeta::default()).unwrap();
        let reopened = open(dir.path()).unwrap().hnsw().unwrap();
        for strategy in [Strategy::Auto, Strategy::Graph, Strategy::Exact] {
            let params = SearchParams::new(10).with_ef(30).with_strategy(strategy);
            // One by one, and on four threads.
            let asked: Vec<Vec<Hit>> = queries.iter().map(|query| hits(&one, query, &params, None)).collect();
            for index in [&four, &reopened] {
                let side_by_side: Vec<Vec<Hit>> = queries.as_slice().par_chunks(dim)
                    .map(|query| hits(index, query, &params, None)).collect();
                prop_assert_eq!(&side_by_side, &asked);
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_answers(
        kind in prop::sample::select(Kind::ALL.to_vec()), (rows, dim) in shape(0..=1500), seed in any::<u64>(),
    ) {
        let (rows, queries) = rows_and_queries(kind, rows, dim, seed);
        let index = build(rows);
        let filter = mask(index.len(), 0.3, seed);
        let ask = |index: &HnswIndex| -> Vec<Vec<(u32, u32)>> {
            let strategies = [Strategy::Graph, Strategy::Exact].map(|strategy| SearchParams::new(10).with_ef(30).with_strategy(strategy));
            let cases = strategies.iter().flat_map(|params| [(params, None), (params, Some(&filter))]);
            cases.flat_map(|(params, filter)| queries.iter().map(move |query| {
                hits(index, query, params, filter).iter().map(|hit| (hit.id.0, hit.score.to_bits())).collect()
            })).collect()
        };
        let expected = ask(&index);
        let mut index = index;
        for kernels in simd::available() {
            index = index.with_kernels(kernels);
            prop_assert_eq!(&ask(&index), &expected, "{}", kernels.name);
        }
    }
}

#[test]
fn filters_of_any_width_find_nearly_all_that_match() {
    let all = clustered(5050, 48, 40, 21);
    let (rows, queries) = all.as_slice().split_at(5000 * 48);
    let index = build(Matrix::from_vec(rows.to_vec(), 48).unwrap());
    let queries = Matrix::from_vec(queries.to_vec(), 48).unwrap();
    for share in [1.0, 0.5, 0.1, 0.01, 0.001] {
        let filter = mask(5000, share, 3);
        assert!(!filter.is_empty() && (filter.len() as f64 / 5000.0 - share).abs() < 0.05, "a mask of another width");
        for strategy in [Strategy::Auto, Strategy::Graph] {
            let params = SearchParams::new(10).with_ef(DEFAULT_EF).with_strategy(strategy);
            let found = recall(&index, &queries, &params, Some(&filter));
            assert!(found >= 0.95, "recall@10 {found} where {share} match, {strategy:?}");
        }
    }
}

#[test]
fn a_filter_that_no_row_passes_finds_nothing() {
    let rows = clustered(1000, 48, 40, 21);
    let query = rows.row(0).to_vec();
    let index = build(rows);
    let none = RowSet::filled(1000, |_| false);
    for strategy in [Strategy::Auto, Strategy::Graph, Strategy::Exact] {
        let params = SearchParams::new(10).with_ef(DEFAULT_EF).with_strategy(strategy);
        assert_eq!(hits(&index, &query, &params, Some(&none)), [], "{strategy:?}");
    }
}

#[test]
fn a_filter_that_follows_the_clusters_finds_nearly_all_that_match() {
    // The worst case for a graph search: what matches lies where the query is not.
    let all = clustered(4040, 32, 8, 5);
    let (rows, queries) = all.as_slice().split_at(4000 * 32);
    let index = build(Matrix::from_vec(rows.to_vec(), 32).unwrap());
    let queries = Matrix::from_vec(queries.to_vec(), 32).unwrap();
    let (flat, axis) = (index.flat(), queries.row(0).to_vec());
    let filter = RowSet::filled(4000, |row| flat.score(row, &axis).unwrap() < 0.0);
    assert!((400..3600).contains(&filter.len()), "otherwise this shows nothing: {}", filter.len());
    for strategy in [Strategy::Auto, Strategy::Graph] {
        let found =
            recall(&index, &queries, &SearchParams::new(10).with_ef(DEFAULT_EF).with_strategy(strategy), Some(&filter));
        assert!(found >= 0.95, "recall@10 {found}, {strategy:?}");
    }
}

#[test]
fn deleted_rows_are_never_returned_and_the_others_still_found() {
    let all = clustered(5100, 48, 40, 8);
    let (rows, queries) = all.as_slice().split_at(5000 * 48);
    let index = build(Matrix::from_vec(rows.to_vec(), 48).unwrap());
    let mut queries = Matrix::from_vec(queries.to_vec(), 48).unwrap();
    let mut random = Random::new(4);
    let mut left = RowSet::filled(5000, |_| true);
    while left.len() > 3500 {
        let row = semsearch_index::RowId(random.index(5000) as u32);
        left.remove(row);
        if left.len().is_multiple_of(15) {
            // Among the queries are rows that were deleted: they have to make room for others.
            queries.push(&index.vectors().row(row).unwrap());
        }
    }
    for strategy in [Strategy::Auto, Strategy::Graph, Strategy::Exact] {
        let params = SearchParams::new(10).with_ef(DEFAULT_EF).with_strategy(strategy);
        for query in &queries {
            assert!(hits(&index, query, &params, Some(&left)).iter().all(|hit| left.contains(hit.id)));
        }
        let found = recall(&index, &queries, &params, Some(&left));
        assert!(found >= 0.95, "recall@10 {found}, {strategy:?}");
    }
}

#[test]
fn a_filter_of_another_index_is_refused() {
    let index = build(clustered(30, 8, 2, 1));
    let filter = RowSet::all(31);
    let error = index.search_with(&[0.5; 8], &SearchParams::new(3), Some(&filter)).unwrap_err();
    assert_eq!(error, SearchError::Filter { expected: 30, found: 31 });
}

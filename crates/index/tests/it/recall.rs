//! The graph against the scan, and the scan against a matrix product.

use crate::rows::{by_graph, clustered};
use ndarray::ArrayView2;
use proptest::prelude::*;
use semsearch_index::{
    DEFAULT_EF, FlatIndex, Hit, HnswIndex, HnswParams, Index, NoProgress, RowId, SearchParams, Vectors,
};
use semsearch_vector::Matrix;

fn graph(rows: Matrix) -> HnswIndex {
    HnswIndex::build(Vectors::new(rows).unwrap(), &HnswParams::default(), &NoProgress).unwrap()
}

/// How many of the true `k` best the graph finds, on average. A hit counts if its score reaches that of the true last
/// one: it does not matter for recall which of two equal rows is returned.
fn recall(graph: &HnswIndex, queries: &Matrix, k: usize, ef: usize) -> f64 {
    let exact = FlatIndex::new(graph.vectors().clone());
    let mut found = 0;
    for query in queries {
        let worst = exact.search(query, &SearchParams::new(k)).unwrap().last().unwrap().score;
        found += graph.search(query, &by_graph(k, ef)).unwrap().iter().filter(|hit| hit.score >= worst).count();
    }
    found as f64 / (k * queries.rows()) as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_graph_finds_nearly_everything(
        rows in 400usize..1500, dim in 4usize..64, clusters in 1usize..20, seed in any::<u64>()
    ) {
        let all = clustered(rows + 50, dim, clusters, seed);
        let (rows_data, queries) = all.as_slice().split_at(rows * dim);
        let graph = graph(Matrix::from_vec(rows_data.to_vec(), dim).unwrap());
        let queries = Matrix::from_vec(queries.to_vec(), dim).unwrap();
        let recall = recall(&graph, &queries, 10, DEFAULT_EF);
        prop_assert!(recall >= 0.95, "recall@10 {recall} for {rows} rows of {dim} in {clusters} clusters");
    }

    #[test]
    fn every_search_of_one_graph_gives_the_same_answer(seed in any::<u64>(), k in 1usize..40, ef in 1usize..60) {
        let rows = clustered(500, 12, 4, seed);
        let graph = graph(rows.clone());
        for query in rows.iter().step_by(50) {
            let hits = graph.search(query, &by_graph(k, ef)).unwrap();
            prop_assert_eq!(hits.len(), k);
            prop_assert!(hits.is_sorted_by(|a, b| a.best_first(b).is_lt()), "best first, none twice");
            prop_assert_eq!(&graph.search(query, &by_graph(k, ef)).unwrap(), &hits);
        }
    }

    #[test]
    fn the_scan_agrees_with_a_matrix_product(rows in 1usize..200, dim in 1usize..70, seed in any::<u64>(), k in 1usize..20) {
        let matrix = clustered(rows, dim, 3, seed);
        let queries = clustered(5, dim, 3, seed ^ 1);
        let product = ArrayView2::from_shape((5, dim), queries.as_slice()).unwrap()
            .dot(&ArrayView2::from_shape((rows, dim), matrix.as_slice()).unwrap().t());
        let index = FlatIndex::new(Vectors::new(matrix).unwrap());
        for (query, scores) in queries.iter().zip(product.rows()) {
            let mut expected: Vec<Hit> =
                scores.iter().zip(0..).map(|(score, id)| Hit { id: RowId(id), score: *score }).collect();
            expected.sort_by(Hit::best_first);
            let hits = index.search(query, &SearchParams::new(k)).unwrap();
            prop_assert_eq!(hits.len(), k.min(rows));
            for (hit, expected) in hits.iter().zip(expected) {
                // Two ways of adding up to 70 products of unit vectors; near ties may swap, scores may not differ.
                prop_assert!((hit.score - expected.score).abs() < 2e-5);
                prop_assert!((hit.score - scores[hit.id.index()]).abs() < 2e-5);
            }
        }
    }
}

#[test]
fn a_wider_beam_finds_more() {
    let graph = graph(clustered(3000, 48, 40, 11));
    let queries = clustered(100, 48, 40, 12);
    let at: Vec<f64> = [10, 40, 160, 640].iter().map(|ef| recall(&graph, &queries, 10, *ef)).collect();
    assert!(at.is_sorted_by(|narrow, wide| narrow < wide || *narrow == 1.0), "{at:?}");
    assert!(at[0] < 0.99 && at[3] > 0.999, "{at:?}");
}

#[test]
fn equal_rows_are_returned_in_the_order_of_their_ids() {
    // Every row occurs twice, 300 places apart.
    let half = clustered(300, 16, 5, 3);
    let mut rows = half.clone();
    rows.append(&half);
    let graph = graph(rows);
    for (i, query) in half.iter().enumerate() {
        let hits = graph.search(query, &by_graph(2, 50)).unwrap();
        assert_eq!([hits[0].id.index(), hits[1].id.index()], [i, i + 300]);
        assert_eq!(hits[0].score, hits[1].score);
    }
}

#[test]
fn rows_of_zeros_do_no_harm() {
    let mut rows = clustered(400, 8, 3, 5);
    for i in (0..400).step_by(10) {
        rows.row_mut(i).fill(0.0);
    }
    let query = rows.row(7).to_vec();
    let graph = graph(rows);
    assert_eq!(graph.search(&query, &by_graph(1, 50)).unwrap()[0].id, RowId(7));
    assert_eq!(graph.search(&query, &by_graph(400, 50)).unwrap().len(), 400);
}

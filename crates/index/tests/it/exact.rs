//! Exact search: for any rows and query, the hits are those of the scan that compares every row in full precision, with the
//! same ids, the same bits of scores, and in the same order.

use crate::rows::{Kind, mask, query};
use proptest::prelude::*;
use rayon::prelude::*;
use semsearch_index::{
    CodeBits, FlatIndex, Hit, HnswIndex, HnswParams, NoProgress, RowSet, SearchParams, Strategy, Vectors,
};
use semsearch_testing::Random;
use semsearch_vector::simd;

const QUERIES: usize = 100_000;

/// The parts of hits that have to be equal.
fn bits(hits: &[Hit]) -> Vec<(u32, u32)> {
    hits.iter().map(|hit| (hit.id.0, hit.score.to_bits())).collect()
}

fn exact(index: &HnswIndex, query: &[f32], k: usize, filter: Option<&RowSet>) -> Vec<Hit> {
    let params = SearchParams::new(k).with_strategy(Strategy::Exact);
    index.search_with(query, &params, filter).unwrap().0
}

fn by_comparing_all(vectors: &Vectors, query: &[f32], k: usize, filter: Option<&RowSet>) -> Vec<Hit> {
    let flat = FlatIndex::new(vectors.clone());
    flat.search_where(query, k, |row| filter.is_none_or(|filter| filter.contains(row))).unwrap()
}

/// Searches `queries` hard queries in an index over rows of one kind, with and without filters. The seed decides whether
/// the index has rows in half precision, and codes of 8 bits.
fn agree(kind: Kind, rows: usize, dim: usize, queries: usize, seed: u64) {
    let single = Vectors::new(kind.rows(rows, dim, seed)).unwrap();
    let half = seed % 3 == 1;
    let vectors = if half { single.to_half().unwrap() } else { single };
    let codes = if seed % 5 < 3 { CodeBits::Four } else { CodeBits::Eight };
    let params = HnswParams::default().with_m(4).with_ef_construction(8).with_codes(codes);
    let all = simd::available();
    let kernels = all[seed as usize % all.len()];
    let index = HnswIndex::build(vectors.clone(), &params, &NoProgress).unwrap().with_kernels(kernels);
    let mut random = Random::new(seed);
    for number in 0..queries {
        let query = query(&vectors, &mut random);
        let k = [1, 1, 2, 3, 10, 10, 10, 50, rows, rows + 5][random.index(10)];
        let share = [1.0, 1.0, 0.5, 0.1, 0.01, 0.0][random.index(6)];
        let filter = (share < 1.0).then(|| mask(rows, share, random.number()));
        let found = exact(&index, &query, k, filter.as_ref());
        let expected = by_comparing_all(&vectors, &query, k, filter.as_ref());
        assert_eq!(
            bits(&found),
            bits(&expected),
            "{kind:?}, {rows} rows of {dim}, seed {seed}, query {number}, the {k} best of {share}, half: {half}, {codes:?}, {}",
            kernels.name
        );
    }
}

#[test]
fn a_hundred_thousand_hard_queries_are_answered_as_by_comparing_all_rows() {
    const DIMS: [usize; 8] = [1, 2, 3, 8, 33, 64, 130, 384];
    // Every kind with every dimension, and several sizes of each.
    let cases: Vec<(Kind, usize, usize)> = Kind::ALL
        .into_iter()
        .flat_map(|kind| DIMS.map(|dim| (kind, dim)))
        .flat_map(|(kind, dim)| [40, 300, 550].map(|rows| (kind, dim, rows)))
        .collect();
    let each = QUERIES.div_ceil(cases.len());
    cases.par_iter().enumerate().for_each(|(seed, &(kind, dim, rows))| agree(kind, rows, dim, each, seed as u64));
}

#[test]
fn the_smallest_indexes_are_searched_exactly() {
    for rows in 0..5 {
        for (seed, kind) in (0..).zip(Kind::ALL) {
            agree(kind, rows, [5, 70][rows % 2], 20, seed);
        }
    }
}

#[test]
fn rows_beyond_one_chunk_of_the_scan_are_searched_exactly() {
    // The scan works on 2,048 codes at a time, and on what is left in the end.
    for (rows, kind) in [(2047, Kind::Clustered), (2048, Kind::NearTies), (4097, Kind::Tight), (5000, Kind::Zeros)] {
        agree(kind, rows, 24, 200, rows as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn exact_search_is_exact(
        kind in prop::sample::select(Kind::ALL.to_vec()), (rows, dim) in crate::rows::shape(0..=800), seed in any::<u64>(),
    ) {
        agree(kind, rows, dim, 30, seed);
    }
}

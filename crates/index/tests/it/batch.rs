//! Many queries at once: the same hits as one by one and as by comparing all rows, to the last bit.

use crate::rows::{Kind, query};
use rayon::prelude::*;
use semsearch_index::{
    CodeBits, FlatIndex, Hit, HnswIndex, HnswParams, Index, NoProgress, SearchError, SearchParams, Vectors,
};
use semsearch_testing::Random;
use semsearch_vector::{Matrix, simd};

fn build(vectors: &Vectors, codes: CodeBits) -> HnswIndex {
    let params = HnswParams::default().with_m(4).with_ef_construction(8).with_codes(codes);
    HnswIndex::build(vectors.clone(), &params, &NoProgress).unwrap()
}

fn bits(hits: &[Vec<Hit>]) -> Vec<Vec<(u32, u32)>> {
    hits.iter().map(|hits| hits.iter().map(|hit| (hit.id.0, hit.score.to_bits())).collect()).collect()
}

/// Searches batches of hard queries in an index over rows of one kind.
fn agree(kind: Kind, rows: usize, dim: usize, half: bool, seed: u64) {
    let single = Vectors::new(kind.rows(rows, dim, seed)).unwrap();
    let vectors = if half { single.to_half().unwrap() } else { single };
    let all = simd::available();
    let kernels = all[seed as usize % all.len()];
    let codes = if seed % 4 < 2 { CodeBits::Four } else { CodeBits::Eight };
    let index = build(&vectors, codes).with_kernels(kernels);
    let flat = FlatIndex::new(vectors.clone());
    let mut random = Random::new(seed);
    for (queries, k) in [(1, 10), (12, 1), (40, 10), (300, 3), (20, rows), (20, rows + 5), (15, 0)] {
        let mut asked = Matrix::new(dim);
        (0..queries).for_each(|_| asked.push(&query(&vectors, &mut random)));
        let expected: Vec<Vec<Hit>> =
            asked.iter().map(|query| flat.search(query, &SearchParams::new(k)).unwrap()).collect();
        for threads in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| index.exact_batch(&asked, k)).unwrap();
            assert!(
                bits(&found) == bits(&expected),
                "{kind:?}, {rows} rows of {dim}, half: {half}, seed {seed}, the {k} best for {queries}, {}",
                kernels.name
            );
        }
    }
}

#[test]
fn a_batch_of_hard_queries_is_answered_as_by_comparing_all_rows() {
    let cases: Vec<(Kind, usize, usize)> = Kind::ALL
        .into_iter()
        .flat_map(|kind| [1, 8, 33, 130, 384].map(|dim| (kind, dim)))
        .flat_map(|(kind, dim)| [0, 1, 3, 130, 700].map(|rows| (kind, dim, rows)))
        .collect();
    cases
        .par_iter()
        .enumerate()
        .for_each(|(seed, &(kind, dim, rows))| agree(kind, rows, dim, seed % 2 == 1, seed as u64));
}

#[test]
fn more_rows_than_may_wait_for_a_query_are_searched_exactly() {
    // All of several equal rows, or of rows with equal codes, reach every floor.
    for (kind, dim) in [(Kind::Constant, 24), (Kind::Tight, 24), (Kind::NearTies, 24), (Kind::Random, 2)] {
        agree(kind, 6000, dim, false, 3);
    }
}

#[test]
fn rows_too_wide_for_exact_sums_in_single_precision_are_searched_one_by_one() {
    // Codes of 4 bits from 8,739 numbers a row on, codes of 8 bits from 515.
    agree(Kind::Clustered, 60, 9000, false, 5);
    agree(Kind::Clustered, 60, 600, false, 6);
}

#[test]
fn one_query_that_cannot_be_asked_fails_the_batch() {
    let index = build(&Vectors::new(Kind::Random.rows(300, 8, 1)).unwrap(), CodeBits::Four);
    let mut queries = Matrix::new(8);
    (0..20).for_each(|_| queries.push(&[0.5; 8]));
    assert_eq!(index.exact_batch(&queries, 3).unwrap().len(), 20);
    assert_eq!(index.exact_batch(&Matrix::new(8), 3).unwrap(), Vec::<Vec<Hit>>::new());
    queries.push(&[f32::NAN; 8]);
    assert!(matches!(index.exact_batch(&queries, 3), Err(SearchError::NotFinite { place: 0, .. })));
    let narrow = Matrix::from_vec(vec![1.0; 40], 2).unwrap();
    assert_eq!(index.exact_batch(&narrow, 3), Err(SearchError::Dimension { expected: 8, found: 2 }));
}

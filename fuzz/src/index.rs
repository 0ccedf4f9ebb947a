//! The file of an index, as it is and with checksums that hold.

use std::path::Path;

use semsearch_index::{
    Hit, Index, OpenError, RowId, RowSet, SearchError, SearchParams, StoredIndex, Strategy, open_bytes,
};
use semsearch_vector::Matrix;

use crate::{mend, tell};

/// Opens, searches and verifies an index.
#[must_use]
pub fn index(input: &[u8]) -> bool {
    let mut file = mend::unfold(input);
    let as_it_is = look(file.clone());
    mend::index(&mut file);
    let mended = look(file);
    as_it_is || mended
}

/// Tells whether it could be opened.
fn look(file: Vec<u8>) -> bool {
    match open_bytes(Path::new("vectors.index"), file.into()) {
        Ok(index) => use_it(&index),
        Err(error) => {
            tell(&error);
            return false;
        }
    }
    true
}

fn use_it(index: &StoredIndex) {
    let _ = (index.sizes(), index.meta(), index.hnsw_params());
    // Before all is verified, so that every part finds out for itself; and afterwards, when no part may refuse.
    let before = search(index);
    let whole = index.verify_all();
    if let Err(damage) = &whole {
        tell(damage);
    }
    let after = search(index);
    if whole.is_ok() {
        for (place, result) in before.into_iter().chain(after).enumerate() {
            if let Err(error) = result {
                panic!("search {place} found damage that verifying had not: {error}");
            }
        }
    }
}

/// Every way to search.
fn search(index: &StoredIndex) -> Vec<Result<(), SearchError>> {
    const K: usize = 5;
    let rows = index.len();
    let query: Vec<f32> = (0..index.dim()).map(|place| (1.0 + place as f32).sin()).collect();
    let third = RowSet::filled(rows, |row| row.0 % 3 == 1);
    let only = RowSet::filled(rows, |row| row.0 == 2);
    let mut results =
        vec![index.flat().search(&query, &SearchParams::new(K)).map(|hits| check(&hits, rows.min(K), None))];
    let graph = match index.hnsw() {
        Ok(graph) => graph,
        Err(OpenError::Damaged(damage)) => {
            results.push(Err(damage.into()));
            return results;
        }
        Err(error) => {
            tell(&error);
            return results;
        }
    };
    for strategy in [Strategy::Graph, Strategy::Exact, Strategy::Auto] {
        for filter in [None, Some(&third), Some(&only)] {
            let params = SearchParams::new(K).with_ef(8).with_strategy(strategy);
            let wanted = filter.map_or(rows, RowSet::len).min(K);
            results.push(graph.search_with(&query, &params, filter).map(|(hits, _)| check(&hits, wanted, filter)));
        }
    }
    let queries = Matrix::from_vec(query.repeat(3), index.dim()).expect("three queries of one width");
    results.push(graph.exact_batch(&queries, K).map(|all| all.iter().for_each(|hits| check(hits, rows.min(K), None))));
    results.push(graph.in_memory().map(drop).map_err(SearchError::from));
    if rows > 0 {
        let last = RowId((rows - 1) as u32);
        results.push(index.vectors().row(last).map(drop).map_err(SearchError::from));
    }
    results
}

/// Checks an answer: the right number of hits, best first, each row once, and no row that the filter excludes.
fn check(hits: &[Hit], wanted: usize, filter: Option<&RowSet>) {
    assert_eq!(hits.len(), wanted);
    assert!(hits.iter().all(|hit| hit.score.is_finite()), "a score that is no number: {hits:?}");
    assert!(hits.is_sorted_by(|a, b| a.best_first(b).is_lt()), "hits out of order: {hits:?}");
    assert!(hits.iter().all(|hit| filter.is_none_or(|filter| filter.contains(hit.id))), "a row that was filtered out");
}

//! Linking all rows of an index into a graph.
//!
//! The first rows are linked one at a time. Until a first point is complete the library has no entry point, and rows
//! inserted meanwhile by other threads would each believe to be the first and stay without links for good; and as long
//! as the graph is tiny, rows inserted side by side hardly see each other. The rest goes to all threads.
//!
//! Cost: one search at `ef_construction` per row, about 1 ms of one core per row at the defaults and 20,000 rows.

use std::sync::atomic::{AtomicUsize, Ordering};

use hnsw_rs::hnsw::Hnsw;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::distance::{self, RowDistance};
use super::{Graph, HnswParams, ParamsError};
use crate::hit::RowId;
use crate::vectors::Vectors;

/// Why there is no graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A parameter is out of range.
    #[error("cannot build a graph like this")]
    Params(#[from] ParamsError),
    /// The caller asked to stop.
    #[error("the build was stopped after {linked} of {rows} rows")]
    Cancelled {
        /// How many rows were linked by then.
        linked: usize,
        /// How many there are.
        rows: usize,
    },
}

/// How many rows are linked before other threads join.
const ALONE: usize = 256;

/// The layers `hnsw_rs` has; its files can only be written with all of them. A row reaches layer `l` with probability
/// `m⁻ˡ`, so at `m` 16 an index of 100,000 rows uses about five.
const LAYERS: usize = 16;

pub(super) fn link(
    vectors: &Vectors,
    params: &HnswParams,
    progress: &(dyn Fn(usize) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Graph>, BuildError> {
    let rows = vectors.len();
    if rows == 0 {
        return Ok(None);
    }
    let graph = Hnsw::new(params.m, rows, LAYERS, params.ef_construction, RowDistance(vectors.clone()));
    let linked = AtomicUsize::new(0);
    let insert = |row: usize| {
        if !cancelled() {
            graph.insert_slice((&distance::row(RowId(row as u32)), row));
            progress(linked.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };

    let alone = if rayon::current_num_threads() == 1 { rows } else { ALONE.min(rows) };
    (0..alone).for_each(insert);
    (alone..rows).into_par_iter().for_each(insert);

    match linked.into_inner() {
        linked if linked == rows => Ok(Some(graph)),
        linked => Err(BuildError::Cancelled { linked, rows }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HnswIndex, Index};
    use semsearch_vector::Matrix;

    fn vectors(rows: usize) -> Vectors {
        let mut matrix = Matrix::new(4);
        for i in 0..rows {
            let mut row = [0.3, 1.7, 2.9, 4.1].map(|step| (i as f32 * step).sin());
            semsearch_vector::normalise(&mut row);
            matrix.push(&row);
        }
        Vectors::new(matrix).unwrap()
    }

    #[test]
    fn every_row_is_reported_once() {
        let seen = std::sync::Mutex::new(Vec::new());
        HnswIndex::build(vectors(600), &HnswParams::default(), &|n| seen.lock().unwrap().push(n), &|| false).unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert!(seen.into_iter().eq(1..=600));
    }

    #[test]
    fn a_cancelled_build_stops_and_says_how_far_it_got() {
        let linked = AtomicUsize::new(0);
        let result =
            HnswIndex::build(vectors(600), &HnswParams::default(), &|n| linked.store(n, Ordering::Relaxed), &|| {
                linked.load(Ordering::Relaxed) >= 100
            });
        assert_eq!(result.unwrap_err(), BuildError::Cancelled { linked: 100, rows: 600 });
    }

    #[test]
    fn parameters_out_of_range_are_refused_before_any_work() {
        let params = HnswParams { m: 0, ..HnswParams::default() };
        let result = HnswIndex::build(vectors(10), &params, &|_| panic!("no row may be linked"), &|| false);
        assert!(matches!(result, Err(BuildError::Params(_))));
    }

    #[test]
    fn one_thread_builds_the_same_graph_twice() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let build = || HnswIndex::build(vectors(800), &HnswParams::default(), &|_| {}, &|| false).unwrap();
        let (first, second) = (pool.install(build), pool.install(build));
        for query in &vectors(800) {
            assert_eq!(first.search(query, 10, 10), second.search(query, 10, 10));
        }
    }
}

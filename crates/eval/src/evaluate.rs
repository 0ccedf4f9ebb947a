//! Measures recall and speed of graph search against exact search.
//!
//! The ground truth of a query comes from comparing every row in full precision. A hit of the graph counts as found if its
//! score is no less than that of the k-th exact hit, so ties do not count as misses. Speed is measured from vector to hits,
//! without encoding, on one thread query by query and on all threads; a round is repeated until it is long enough to be timed.

use std::time::{Duration, Instant};

use rayon::prelude::*;
use semsearch_engine::{Interval, mean_with_interval};
use semsearch_index::{OpenError, SearchError, SearchParams, Strategy, VectorsError};
use semsearch_store::{DocHit, SegmentedIndex};
use semsearch_task::ErrorKind;
use semsearch_vector::Matrix;

use crate::sweep::SweepError;

/// A timed round lasts at least this long.
const ROUND: Duration = Duration::from_millis(300);

/// What [`evaluate`] measures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EvaluateOptions {
    /// The number of hits of a query.
    pub k: usize,
    /// The beam widths of graph search to measure.
    pub efs: Vec<usize>,
}

impl EvaluateOptions {
    /// The number of hits of a query, and the beam widths to measure.
    #[must_use]
    pub fn new(k: usize, efs: Vec<usize>) -> Self {
        EvaluateOptions { k, efs }
    }
}

/// The result of [`evaluate`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// Speed of exact search: the scan of codes that proves its result.
    pub exact: Speed,
    /// The number of queries for which exact search gave the same ids and scores as comparing every row in full
    /// precision. If it is not the number of queries, the program has a bug.
    pub exact_equal: usize,
    /// The graph at each beam width, in the requested order.
    pub graph: Vec<GraphPoint>,
}

/// The graph at one beam width.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GraphPoint {
    /// The beam width.
    pub ef: usize,
    /// Recall: the share of the exact top k that was found, with a 95 % interval.
    pub recall: Interval,
    /// Speed of graph search at this beam width.
    pub speed: Speed,
}

/// Throughput and latency of a search strategy.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Speed {
    /// Queries a second on one thread.
    pub qps_1: f64,
    /// Queries a second on all threads.
    pub qps_all: f64,
    /// Median latency on one thread, in microseconds.
    pub p50_us: f64,
    /// 95th percentile of latency, in microseconds.
    pub p95_us: f64,
    /// 99th percentile of latency, in microseconds.
    pub p99_us: f64,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// There are no queries.
    #[error("there are no queries to measure with")]
    NoQueries,
    /// The vectors or the graph cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A query was refused.
    #[error("the index could not be searched")]
    Search(#[from] SearchError),
    /// The rows of the index are not valid vectors.
    #[error("the rows of the index cannot be measured")]
    Rows(#[from] VectorsError),
    /// The sweep could not be measured.
    #[error("the quantisation sweep could not be measured")]
    Sweep(#[from] SweepError),
}

impl EvaluateError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            EvaluateError::NoQueries => ErrorKind::Usage,
            EvaluateError::Open(OpenError::Io { .. }) => ErrorKind::Io,
            EvaluateError::Open(_) | EvaluateError::Search(SearchError::Damaged(_)) => ErrorKind::Damaged,
            EvaluateError::Search(_) | EvaluateError::Rows(_) => ErrorKind::Usage,
            EvaluateError::Sweep(error) => error.kind(),
        }
    }
}

/// Measures `index` with `queries`, one row each, in the current Rayon pool.
///
/// # Errors
/// [`EvaluateError`].
pub fn evaluate(
    index: &SegmentedIndex,
    queries: &Matrix,
    options: &EvaluateOptions,
) -> Result<Evaluation, EvaluateError> {
    if queries.rows() == 0 {
        return Err(EvaluateError::NoQueries);
    }
    let truth: Vec<Vec<DocHit>> = (0..queries.rows())
        .into_par_iter()
        .map(|row| index.truth(queries.row(row), options.k))
        .collect::<Result<_, _>>()?;
    // In memory, as in a long-running process.
    let graph = index.in_memory()?;
    let params = SearchParams::new(options.k);
    let (found, speed) = measure(&graph, queries, &params.with_strategy(Strategy::Exact))?;
    let equal = truth.iter().zip(&found).filter(|(truth, found)| truth == found).count();
    let mut points = Vec::with_capacity(options.efs.len());
    for &ef in &options.efs {
        let (found, speed) = measure(&graph, queries, &params.with_ef(ef).with_strategy(Strategy::Graph))?;
        let recalls: Vec<f64> = truth.iter().zip(&found).map(|(truth, found)| recall(truth, found)).collect();
        let recall = mean_with_interval(&recalls, options.k).ok_or(EvaluateError::NoQueries)?;
        points.push(GraphPoint { ef, recall, speed });
    }
    Ok(Evaluation { exact: speed, exact_equal: equal, graph: points })
}

/// The share of the exact hits that were found. A hit whose score ties with that of the last exact hit counts as found.
#[must_use]
pub fn recall(truth: &[DocHit], found: &[DocHit]) -> f64 {
    let Some(last) = truth.last() else { return 1.0 };
    let good = found.iter().filter(|hit| hit.score >= last.score).count();
    good.min(truth.len()) as f64 / truth.len() as f64
}

/// Answers all queries, and measures the speed.
fn measure(
    index: &SegmentedIndex,
    queries: &Matrix,
    params: &SearchParams,
) -> Result<(Vec<Vec<DocHit>>, Speed), EvaluateError> {
    let n = queries.rows();
    // The first round gives the answers, and warms the caches for the timed rounds.
    let answers: Vec<Vec<DocHit>> =
        (0..n).into_par_iter().map(|row| index.search(queries.row(row), params)).collect::<Result<_, _>>()?;

    let mut latencies = Vec::with_capacity(n);
    let started = Instant::now();
    while latencies.is_empty() || started.elapsed() < ROUND {
        for row in 0..n {
            let one = Instant::now();
            index.search(queries.row(row), params)?;
            latencies.push(one.elapsed());
        }
    }
    let qps_1 = latencies.len() as f64 / started.elapsed().as_secs_f64();
    latencies.sort_unstable();

    let mut rounds = 0;
    let started = Instant::now();
    while rounds == 0 || started.elapsed() < ROUND {
        (0..n).into_par_iter().try_for_each(|row| index.search(queries.row(row), params).map(|_| ()))?;
        rounds += 1;
    }
    let qps_all = (rounds * n) as f64 / started.elapsed().as_secs_f64();
    let at = |share: f64| percentile(&latencies, share).as_secs_f64() * 1e6;
    Ok((answers, Speed { qps_1, qps_all, p50_us: at(0.50), p95_us: at(0.95), p99_us: at(0.99) }))
}

/// The smallest value that at least `share` of the sorted values do not exceed (nearest rank).
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use semsearch_index::{HnswIndex, HnswParams, NoProgress, Vectors};

    use super::*;

    /// An index of rows that lie evenly on a circle.
    fn circle(rows: usize) -> SegmentedIndex {
        let angles = (0..rows).map(|row| (row as f32 * 360.0 / rows as f32).to_radians());
        let rows = Matrix::from_vec(angles.flat_map(|angle| [angle.cos(), angle.sin()]).collect(), 2).unwrap();
        HnswIndex::build(Vectors::new(rows).unwrap(), &HnswParams::default(), &NoProgress).unwrap().into()
    }

    fn hits(scores: &[(usize, f32)]) -> Vec<DocHit> {
        let ids: Vec<_> = circle(10).doc_ids().collect();
        scores.iter().map(|&(id, score)| DocHit { id: ids[id], score }).collect()
    }

    #[test]
    fn recall_counts_what_was_found_and_forgives_ties() {
        let truth = hits(&[(1, 0.9), (2, 0.8), (3, 0.5)]);
        assert_eq!(recall(&truth, &truth), 1.0);
        assert_eq!(recall(&truth, &hits(&[(1, 0.9), (2, 0.8), (7, 0.5)])), 1.0, "7 ties with 3");
        assert_eq!(recall(&truth, &hits(&[(1, 0.9), (8, 0.4), (9, 0.3)])), 1.0 / 3.0);
        assert_eq!(recall(&truth, &[]), 0.0);
        assert_eq!(recall(&[], &[]), 1.0);
    }

    #[test]
    fn evaluation_gives_perfect_recall_where_the_beam_covers_everything() {
        let index = circle(60);
        let queries = Matrix::from_vec(vec![0.6, 0.8, 0.0, 1.0, -1.0, 0.0], 2).unwrap();
        let evaluation = evaluate(&index, &queries, &EvaluateOptions { k: 5, efs: vec![8, 64] }).unwrap();
        assert_eq!((evaluation.exact_equal, evaluation.graph.len()), (3, 2));
        assert_eq!(evaluation.graph[1].recall.mean, 1.0);
        for point in &evaluation.graph {
            let (recall, speed) = (point.recall, point.speed);
            assert!(recall.low <= recall.mean && recall.mean <= recall.high && recall.high <= 1.0);
            assert!(speed.qps_1 > 0.0 && speed.p50_us <= speed.p95_us && speed.p95_us <= speed.p99_us);
        }
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let sorted: Vec<Duration> = (1..=100).map(Duration::from_micros).collect();
        assert_eq!(percentile(&sorted, 0.5), Duration::from_micros(50));
        assert_eq!(percentile(&sorted, 0.99), Duration::from_micros(99));
        assert_eq!(percentile(&sorted[..1], 0.99), Duration::from_micros(1));
    }
}

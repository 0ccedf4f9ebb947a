//! The quantisation sweep: recall and speed of searching vectors in fewer and fewer bytes.
//!
//! Every encoding stores the rows in its own way, finds the best rows for a query by a scan, and reranks the best of them
//! in full precision. Size, recall and speed are measured side by side, on the caller's rows and queries.
//!
//! | encoding         | file         | bytes of 384 numbers | what a scan computes                        |
//! |--------------|--------------|----------------------|---------------------------------------------|
//! | f32          | `floats.rs`  | 1,536                | the inner product: the truth                |
//! | f16          | `floats.rs`  | 768                  | the inner product of rounded numbers        |
//! | int8         | `codes.rs`   | 384                  | `Σ code · query`, whole numbers             |
//! | 4-bit        | `codes.rs`   | 192                  | as int8; the graph of the index uses these  |
//! | 1-bit scaled | `bits.rs`    | 52                   | bits against four bits, scaled for each row |
//! | 1-bit        | `bits.rs`    | 48                   | the Hamming distance                        |
//! | pq           | `product.rs` | 48                   | 48 entries of a table made for the query    |
//!
//! `encoding.rs` is the trait of all encodings; `best.rs` selects the best rows of a scan; `kmeans.rs` trains the centroids of
//! `product.rs`.
//!
//! The bytes are those that a scan reads; reranking also needs the rows in full precision, on the disk or in memory. Graph
//! search reads the same codes, but only of a few hundred rows.
//!
//! Cost: about 25 s of one core for 60,000 rows and 500 queries, mostly for the scans in full precision and the centroids.

mod best;
mod bits;
mod codes;
mod encoding;
mod floats;
mod kmeans;
mod product;

use std::time::{Duration, Instant};

use rayon::prelude::*;
use semsearch_index::measured::check;
use semsearch_index::{Hit, RowId, SearchError, Vectors};
use semsearch_task::{ErrorKind, Progress, Stage, Stopped};
use semsearch_vector::{CodeBits, Matrix};

use encoding::{Encoding, Full};

/// Queries of an encoding are timed until this much time has passed, each query at most once.
const ROUND: Duration = Duration::from_millis(150);
/// The least number of queries that are timed.
const FEWEST: usize = 5;

/// What [`measure`] measures.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// The number of hits of a query.
    pub k: usize,
    /// The depths of reranking to measure: how many of a scan's best rows are scored again in full precision. 0 means no
    /// reranking; other depths below `k` count as `k`.
    pub rerank: Vec<usize>,
    /// The seed by which the training rows of centroids are drawn.
    pub seed: u64,
}

/// The measurements of one encoding.
#[derive(Clone, Debug)]
pub struct Swept {
    /// `f32`, `f16`, `int8`, `4-bit`, `1-bit scaled`, `1-bit` or `pq`.
    pub name: &'static str,
    /// Bytes of a row that a scan reads.
    pub bytes_per_vector: usize,
    /// Bytes that all rows share: means, steps, centroids.
    pub shared_bytes: usize,
    /// Seconds that encoding all rows took on all threads, training included.
    pub encode_seconds: f64,
    /// Each depth of reranking, in the requested order.
    pub depths: Vec<SweptDepth>,
}

/// An encoding at one depth of reranking.
#[derive(Clone, Debug)]
pub struct SweptDepth {
    /// Rows scored again in full precision.
    pub rerank: usize,
    /// The recall of each query: the share of the exact top k that was found. A row whose score ties with that of the last
    /// exact row counts as found.
    pub recall: Vec<f64>,
    /// Median time of a query on one thread, in microseconds.
    pub median_us: f64,
}

/// Why nothing could be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A query does not fit the rows, or the rows are damaged.
    #[error(transparent)]
    Query(#[from] SearchError),
    /// The caller asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl SweepError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SweepError::Query(SearchError::Damaged(_)) => ErrorKind::Damaged,
            SweepError::Query(_) => ErrorKind::Usage,
            SweepError::Stopped(stopped) => stopped.kind(),
        }
    }
}

/// Measures every encoding over these rows with these queries, one row each, on the threads of the current rayon pool.
///
/// `progress` is told when an encoding is finished, and asked before each step whether to stop. Recall does not depend on
/// the number of threads.
///
/// # Errors
/// If a query has another width than the rows or a number that is not finite, if rows are damaged, or if `progress` is
/// stopped.
pub fn measure(
    vectors: &Vectors,
    queries: &Matrix,
    options: &SweepOptions,
    progress: &dyn Progress,
) -> Result<Vec<Swept>, SweepError> {
    queries.iter().try_for_each(|query| check(query, vectors.dim()))?;
    let numbers = vectors.to_f32().map_err(SearchError::from)?;
    let full = Full { numbers: &numbers, dim: vectors.dim() };
    let depth = |&rerank: &usize| if rerank == 0 { 0 } else { rerank.max(options.k) };
    let depths: Vec<usize> = options.rerank.iter().map(depth).collect();
    progress.begin(Stage::Measure, Kind::ALL.len());
    progress.check()?;
    let exact = floats::Singles(full);
    let truth: Vec<Truth> = (0..queries.rows())
        .into_par_iter()
        .map(|query| Truth::new(full, queries.row(query), &exact.best(queries.row(query), options.k)))
        .collect();
    let mut encodings = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        progress.check()?;
        let started = Instant::now();
        let encoding = kind.encode(vectors, full, options.seed);
        let encode_seconds = started.elapsed().as_secs_f64();
        progress.check()?;
        let recall = recall(&*encoding, full, queries, &truth, &depths);
        progress.check()?;
        let depths = depths.iter().zip(recall).map(|(&rerank, recall)| {
            let median_us = median_us(queries, |query| drop(answer(&*encoding, full, query, options.k, rerank)));
            SweptDepth { rerank, recall, median_us }
        });
        encodings.push(Swept {
            name: kind.name(),
            bytes_per_vector: encoding.bytes_per_vector(),
            shared_bytes: encoding.shared_bytes(),
            encode_seconds,
            depths: depths.collect(),
        });
        progress.advance(1, 0);
    }
    Ok(encodings)
}

/// The encodings, from the largest to the smallest.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Single,
    Half,
    Eight,
    Four,
    BitsScaled,
    Bits,
    Product,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Single, Self::Half, Self::Eight, Self::Four, Self::BitsScaled, Self::Bits, Self::Product];

    fn name(self) -> &'static str {
        match self {
            Self::Single => "f32",
            Self::Half => "f16",
            Self::Eight => "int8",
            Self::Four => "4-bit",
            Self::BitsScaled => "1-bit scaled",
            Self::Bits => "1-bit",
            Self::Product => "pq",
        }
    }

    fn encode<'a>(self, vectors: &Vectors, full: Full<'a>, seed: u64) -> Box<dyn Encoding + 'a> {
        match self {
            Self::Single => Box::new(floats::Singles(full)),
            Self::Half => Box::new(floats::Halves::encode(full)),
            Self::Eight => Box::new(codes::Codes::encode(vectors, full, CodeBits::Eight)),
            Self::Four => Box::new(codes::Codes::encode(vectors, full, CodeBits::Four)),
            Self::BitsScaled => Box::new(bits::Scaled::encode(full)),
            Self::Bits => Box::new(bits::Plain::encode(full)),
            Self::Product => Box::new(product::ProductCodes::encode(full, seed)),
        }
    }
}

/// The exact result of a query: the number of hits, and the least score of a hit.
struct Truth {
    hits: usize,
    floor: f32,
}

impl Truth {
    fn new(full: Full<'_>, query: &[f32], best: &[u32]) -> Self {
        let floor = best.last().map_or(f32::INFINITY, |&row| full.score(row, query));
        Truth { hits: best.len(), floor }
    }

    /// The share of the hits that are among these rows.
    fn recall(&self, scores: impl Iterator<Item = f32>) -> f64 {
        if self.hits == 0 {
            return 1.0;
        }
        scores.filter(|score| *score >= self.floor).count().min(self.hits) as f64 / self.hits as f64
    }
}

/// For each depth, the recall of each query.
fn recall(
    encoding: &dyn Encoding,
    full: Full<'_>,
    queries: &Matrix,
    truth: &[Truth],
    depths: &[usize],
) -> Vec<Vec<f64>> {
    let deepest = |truth: &Truth| depths.iter().copied().max().unwrap_or(0).max(truth.hits);
    let by_query: Vec<Vec<f64>> = truth
        .par_iter()
        .enumerate()
        .map(|(query, truth)| {
            let query = queries.row(query);
            let best = encoding.best(query, deepest(truth));
            let scores: Vec<f32> = best.iter().map(|&row| full.score(row, query)).collect();
            // Reranking finds every hit among its rows, and the rows of a smaller depth are a prefix of those of a larger one.
            let looked_at = |depth: usize| scores.iter().take(if depth == 0 { truth.hits } else { depth }).copied();
            depths.iter().map(|&depth| truth.recall(looked_at(depth))).collect()
        })
        .collect();
    (0..depths.len()).map(|depth| by_query.iter().map(|recall| recall[depth]).collect()).collect()
}

/// Answers a query as a search would: a scan, then reranking.
fn answer(encoding: &dyn Encoding, full: Full<'_>, query: &[f32], k: usize, rerank: usize) -> Vec<u32> {
    if rerank == 0 {
        return encoding.best(query, k);
    }
    let best = encoding.best(query, rerank).into_iter();
    let mut hits: Vec<Hit> = best.map(|row| Hit { id: RowId(row), score: full.score(row, query) }).collect();
    hits.sort_unstable_by(Hit::best_first);
    hits.truncate(k);
    hits.into_iter().map(|hit| hit.id.0).collect()
}

/// The median time of `search` over the queries, in microseconds; 0 without queries.
fn median_us(queries: &Matrix, search: impl Fn(&[f32])) -> f64 {
    let mut times = Vec::with_capacity(queries.rows());
    let started = Instant::now();
    for query in queries {
        if started.elapsed() >= ROUND && times.len() >= FEWEST {
            break;
        }
        let one = Instant::now();
        search(query);
        times.push(one.elapsed());
    }
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;
    use semsearch_index::{FlatIndex, Index, SearchParams};
    use semsearch_task::NoProgress;
    use semsearch_vector::normalise;

    use super::*;
    use crate::random::numbers;

    /// Rows of length 1 around a few directions and off the origin, as embeddings are.
    pub(super) fn made_rows(rows: usize, dim: usize, seed: u64) -> Matrix {
        let mut centres = numbers(1);
        let mut random = numbers(seed);
        let normal = |random: &mut dyn FnMut() -> u64| -> f32 {
            (0..4).map(|_| (random() >> 40) as f32 / (1 << 24) as f32 - 0.5).sum()
        };
        let centres: Vec<f32> = (0..8 * dim).map(|_| normal(&mut centres)).collect();
        let mut matrix = Matrix::with_capacity(rows, dim);
        for _ in 0..rows {
            let centre = &centres[(random() % 8) as usize * dim..][..dim];
            let mut row: Vec<f32> = centre.iter().map(|x| x + 0.3 + normal(&mut random)).collect();
            normalise(&mut row);
            matrix.push(&row);
        }
        matrix
    }

    pub(super) fn full_of(vectors: &Vectors) -> Full<'_> {
        let std::borrow::Cow::Borrowed(numbers) = vectors.to_f32().unwrap() else { panic!("made in single precision") };
        Full { numbers, dim: vectors.dim() }
    }

    /// Expects an encoding to give the rows that `slow` gives the highest scores, but for differences below `error`.
    pub(super) fn expect_ranking(
        encoding: &dyn Encoding,
        query: &[f32],
        rows: usize,
        error: f64,
        slow: impl Fn(usize) -> f64,
    ) {
        let best = encoding.best(query, 100);
        assert_eq!(best.len(), rows.min(100));
        let scores: Vec<f64> = (0..rows).map(slow).collect();
        let score = |row: &u32| scores[*row as usize];
        for pair in best.windows(2) {
            assert!(score(&pair[0]) >= score(&pair[1]) - error, "{pair:?}: {} {}", score(&pair[0]), score(&pair[1]));
            assert!(error > 0.0 || score(&pair[0]) > score(&pair[1]) || pair[0] < pair[1], "{pair:?}");
        }
        let (inside, mut outside) = (best.iter().map(score).fold(f64::INFINITY, f64::min), f64::NEG_INFINITY);
        for row in (0..rows as u32).filter(|row| !best.contains(row)) {
            outside = outside.max(score(&row));
        }
        assert!(outside <= inside + error, "{outside} was left out, {inside} was not");
    }

    fn options(rerank: &[usize]) -> SweepOptions {
        SweepOptions { k: 10, rerank: rerank.to_vec(), seed: 3 }
    }

    fn sweep(rows: Matrix, queries: &Matrix, options: &SweepOptions) -> Vec<Swept> {
        measure(&Vectors::new(rows).unwrap(), queries, options, &NoProgress).unwrap()
    }

    fn mean(depth: &SweptDepth) -> f64 {
        depth.recall.iter().sum::<f64>() / depth.recall.len() as f64
    }

    #[test]
    fn full_precision_finds_everything_and_each_rung_down_less() {
        let sweep = sweep(made_rows(4000, 64, 1), &made_rows(50, 64, 2), &options(&[0, 20, 100]));
        let names: Vec<&str> = sweep.iter().map(|encoding| encoding.name).collect();
        assert_eq!(names, ["f32", "f16", "int8", "4-bit", "1-bit scaled", "1-bit", "pq"]);
        let bytes: Vec<usize> = sweep.iter().map(|encoding| encoding.bytes_per_vector).collect();
        assert_eq!(bytes, [256, 128, 64, 64, 12, 8, 8], "four-bit rows are whole blocks of 64 bytes");
        assert!(sweep[0].depths.iter().all(|depth| depth.recall == vec![1.0; 50]));
        let plain: Vec<f64> = sweep.iter().map(|encoding| mean(&encoding.depths[0])).collect();
        assert!(plain[1] > 0.99 && plain[2] > 0.96 && plain[3] > 0.7, "{plain:?}");
        assert!(plain[3] > plain[4] && plain[4] > plain[5] && plain[6] > plain[5], "{plain:?}");
        assert!(
            sweep
                .iter()
                .all(|encoding| mean(&encoding.depths[2]) > mean(&encoding.depths[0])
                    || mean(&encoding.depths[0]) == 1.0)
        );
        assert!(sweep.iter().all(|encoding| encoding.depths.iter().all(|depth| depth.median_us > 0.0)));
    }

    #[test]
    fn full_precision_is_the_exact_index() {
        let (rows, queries) = (made_rows(3000, 33, 4), made_rows(20, 33, 5));
        let vectors = Vectors::new(rows).unwrap();
        let flat = FlatIndex::new(vectors.clone());
        for query in &queries {
            let expected: Vec<u32> =
                flat.search(query, &SearchParams::new(30)).unwrap().iter().map(|hit| hit.id.0).collect();
            let exact = floats::Singles(full_of(&vectors));
            assert_eq!(exact.best(query, 30), expected);
            assert_eq!(answer(&exact, full_of(&vectors), query, 30, 0), expected);
            // All rows scored again is an exact search whatever the encoding.
            for kind in Kind::ALL {
                let encoding = kind.encode(&vectors, full_of(&vectors), 1);
                assert_eq!(answer(&*encoding, full_of(&vectors), query, 30, 3000), expected, "{}", kind.name());
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let sweep = pool.install(|| sweep(made_rows(2500, 20, 6), &made_rows(40, 20, 7), &options(&[0, 30])));
            sweep.into_iter().flat_map(|encoding| encoding.depths).map(|depth| depth.recall).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(4));
        let vectors = Vectors::new(made_rows(2500, 20, 6)).unwrap();
        let codes = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let best = |kind: Kind| kind.encode(&vectors, full_of(&vectors), 1).best(made_rows(1, 20, 8).row(0), 2500);
            pool.install(|| Kind::ALL.map(best))
        };
        assert_eq!(codes(1), codes(4));
    }

    #[test]
    fn nothing_to_find_is_found() {
        let queries = made_rows(3, 12, 9);
        for encoding in sweep(Matrix::new(12), &queries, &options(&[0, 50])) {
            assert!(encoding.depths.iter().all(|depth| depth.recall == [1.0; 3]), "{}", encoding.name);
        }
        for encoding in sweep(made_rows(40, 12, 9), &Matrix::new(12), &options(&[0, 50])) {
            assert!(
                encoding.depths.iter().all(|depth| depth.recall.is_empty() && depth.median_us == 0.0),
                "{}",
                encoding.name
            );
        }
        let none = SweepOptions { k: 0, ..options(&[0]) };
        for encoding in sweep(made_rows(40, 12, 9), &queries, &none) {
            assert_eq!(encoding.depths[0].recall, [1.0; 3], "{}", encoding.name);
        }
    }

    #[test]
    fn rows_that_tie_with_the_last_hit_count_for_it() {
        let mut rows = made_rows(300, 16, 10);
        let copy = rows.row(0).to_vec();
        (1..200).for_each(|row| rows.row_mut(row).copy_from_slice(&copy));
        (290..300).for_each(|row| rows.row_mut(row).fill(0.0));
        let query = Matrix::from_vec(copy, 16).unwrap();
        for encoding in sweep(rows, &query, &options(&[0, 20])) {
            // Of 200 equal rows any ten will do.
            assert!(encoding.depths.iter().all(|depth| depth.recall == [1.0]), "{}", encoding.name);
        }
    }

    #[test]
    fn rows_of_zeros_only_are_all_alike() {
        for encoding in sweep(Matrix::zeros(300, 10), &Matrix::zeros(2, 10), &options(&[0, 20])) {
            assert!(encoding.depths.iter().all(|depth| depth.recall == [1.0; 2]), "{}", encoding.name);
        }
    }

    #[test]
    fn queries_that_do_not_fit_are_refused_before_any_work() {
        let vectors = Vectors::new(made_rows(10, 4, 1)).unwrap();
        struct Never;
        impl Progress for Never {
            fn begin(&self, _: Stage, _: usize) {
                panic!("nothing may be encoded");
            }
        }
        let refused = |queries: Matrix| measure(&vectors, &queries, &options(&[0]), &Never).unwrap_err();
        assert_eq!(refused(Matrix::zeros(1, 5)), SweepError::Query(SearchError::Dimension { expected: 4, found: 5 }));
        let broken = Matrix::from_vec(vec![0.0, f32::NAN, 0.0, 0.0], 4).unwrap();
        assert!(matches!(refused(broken), SweepError::Query(SearchError::NotFinite { place: 1, .. })));
    }

    #[test]
    fn measuring_stops_when_asked_to() {
        let vectors = Vectors::new(made_rows(100, 4, 1)).unwrap();
        struct StopsAfter(usize, AtomicUsize);
        impl Progress for StopsAfter {
            fn advance(&self, items: usize, _: usize) {
                self.1.fetch_add(items, Ordering::Relaxed);
            }

            fn is_stopped(&self) -> bool {
                self.1.load(Ordering::Relaxed) == self.0
            }
        }
        let stops = StopsAfter(3, AtomicUsize::new(0));
        let result = measure(&vectors, &made_rows(2, 4, 2), &options(&[0]), &stops);
        assert_eq!(result.unwrap_err(), SweepError::Stopped(Stopped));
        assert_eq!(stops.1.into_inner(), 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn deeper_reranking_never_finds_less(
            rows in 0usize..400, dim in 1usize..40, copies in 0usize..100, zeros in 0usize..20, seed in any::<u64>(),
        ) {
            let mut matrix = made_rows(rows, dim, seed);
            for row in 0..copies.min(rows) {
                let copy = matrix.row(row / 7).to_vec();
                matrix.row_mut(row).copy_from_slice(&copy);
            }
            (0..zeros).for_each(|_| matrix.push(&vec![0.0; dim]));
            let depths = [0, 1, 15, 40, 1000];
            for encoding in sweep(matrix, &made_rows(4, dim, seed ^ 1), &options(&depths)) {
                for query in 0..4 {
                    let recall: Vec<f64> = encoding.depths.iter().map(|depth| depth.recall[query]).collect();
                    prop_assert!(recall.is_sorted() && recall[4] == 1.0, "{} {:?}", encoding.name, recall);
                }
                prop_assert_eq!(encoding.depths.iter().map(|depth| depth.rerank).collect::<Vec<_>>(), [0, 10, 15, 40, 1000]);
            }
        }
    }
}

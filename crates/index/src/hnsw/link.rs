//! Building the graph of all rows at once.
//!
//! ```text
//! neighbours of every row        neighbours.rs, beyond 200,000 rows clusters.rs
//! links chosen among them        select.rs
//! links back                     a row is offered to those it links to, and they choose again
//! paths to every row             repair.rs
//! the levels above, likewise     levels.rs
//! ```
//!
//! Nothing here depends on the order in which rows or threads come: the same rows and the same seed give the same graph
//! on any number of threads.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use semsearch_task::{Progress, Stopped};
use semsearch_vector::{PackedInt8, QuantisedRows, simd};

use super::clusters;
use super::error::BuildError;
use super::graph::{Graph, Level};
use super::landmarks;
use super::levels;
use super::neighbours::{self, Neighbours, Rounded};
use super::params::HnswParams;
use super::repair::{self, Links};
use super::select::{self, Candidate};
use crate::hit::RowId;
use crate::layout::NONE;
use crate::vectors::Vectors;

/// The most rows for which all pairs are compared. With more, that takes longer than all other steps together, and minutes
/// at a million.
pub(crate) const EXACT_ROWS: usize = 200_000;
/// Rows whose neighbours are compared with the true ones where not all pairs were.
const MEASURED_ROWS: usize = 1000;

/// Links all rows, on the threads of the current rayon pool. Returns the graph, and the recall of the neighbours that its
/// links were chosen from: 1 but for rounding with up to `exact_rows` rows, measured on a thousand rows with more.
///
/// `progress` advances by the finished share of the work, in rows.
///
/// # Errors
/// If a parameter is out of range, or the build was stopped.
pub(crate) fn link_measured(
    vectors: &Vectors,
    params: &HnswParams,
    exact_rows: usize,
    progress: &dyn Progress,
) -> Result<(Graph, f64), BuildError> {
    params.check()?;
    let work = Work { rows: vectors.len(), done: Mutex::default(), progress };
    let (links, recall) =
        level(vectors, 2 * params.m, params, exact_rows, &|share| work.add(share * 0.95)).ok_or(Stopped)?;
    let levels = levels(vectors, vectors.len(), params, &|_| work.add(0.0)).ok_or(Stopped)?;
    work.finish();
    Ok((Graph { degree: 2 * params.m, links, levels }, recall))
}

/// [`link_measured`] with the usual `exact_rows`, without the measurement.
#[cfg(test)]
pub(crate) fn link(vectors: &Vectors, params: &HnswParams, progress: &dyn Progress) -> Result<Graph, BuildError> {
    link_measured(vectors, params, EXACT_ROWS, progress).map(|(graph, _)| graph)
}

/// The levels above the lowest for the first `rows` rows; `None` if `done` says to stop.
fn levels(
    vectors: &Vectors,
    rows: usize,
    params: &HnswParams,
    done: &(dyn Fn(f64) -> bool + Sync),
) -> Option<Vec<Level>> {
    let members = levels::members(rows, params.m, params.seed);
    let degree = params.m.max(repair::LEAST_DEGREE);
    let mut levels = Vec::with_capacity(members.len());
    let top = members.len().saturating_sub(1);
    for (number, rows) in members.into_iter().enumerate() {
        if number == top {
            levels.push(Level { degree: 0, rows, links: Vec::new() });
            continue;
        }
        let part = gather(vectors, &rows);
        let (mut links, _) = level(&part, degree, params, EXACT_ROWS, done)?;
        links.iter_mut().filter(|link| **link != NONE).for_each(|link| *link = rows[*link as usize]);
        levels.push(Level { degree, rows, links });
    }
    Some(levels)
}

/// The progress of a build.
struct Work<'a> {
    rows: usize,
    done: Mutex<Done>,
    progress: &'a dyn Progress,
}

/// The work that is finished.
#[derive(Default)]
struct Done {
    /// Its share of the whole.
    share: f64,
    /// The rows by which the progress has advanced.
    reported: usize,
}

impl Work<'_> {
    /// Adds a share of the work, and returns whether to go on.
    fn add(&self, share: f64) -> bool {
        if share > 0.0 {
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.share += share;
            let linked = ((done.share * self.rows as f64) as usize).min(self.rows);
            let more = linked - done.reported;
            done.reported = linked;
            drop(done);
            self.progress.advance(more, 0);
        }
        !self.progress.is_stopped()
    }

    fn finish(self) {
        let Done { reported, .. } = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.progress.advance(self.rows - reported, 0);
    }
}

fn gather(vectors: &Vectors, rows: &[u32]) -> Vectors {
    let mut part = semsearch_vector::Matrix::with_capacity(rows.len(), vectors.dim());
    rows.iter().for_each(|row| part.push(vectors.plain(RowId(*row))));
    Vectors::new(part).expect("rows that were checked before")
}

/// The links of one level, `degree` places a row, and the recall of the neighbours they were chosen from; `None` if
/// `done` says to stop.
fn level(
    vectors: &Vectors,
    degree: usize,
    params: &HnswParams,
    exact_rows: usize,
    done: &(dyn Fn(f64) -> bool + Sync),
) -> Option<(Vec<u32>, f64)> {
    let rows = vectors.len();
    let k = params.ef_construction.max(degree).min(rows.saturating_sub(1));
    let rounded = Rounded::new(vectors);
    let (nearest, recall) = if rows <= exact_rows {
        (neighbours::exact(&rounded, k, &|share| done(share * 0.6))?, 1.0)
    } else {
        let nearest = clusters::nearest(&rounded, k, &|share| done(share * 0.6))?;
        let recall = clusters::measured_recall(&rounded, &nearest, MEASURED_ROWS);
        (nearest, recall)
    };
    let far = landmarks::nearest(&rounded, &|share| done(share * 0.05))?;
    let chosen = choose(&rounded, &nearest, &far, degree, params.alpha, &|share| done(share * 0.15))?;
    let mut links = both_ways(&rounded, &chosen, degree, params.alpha, &|share| done(share * 0.2))?;
    repair::connect(&mut Links { links: &mut links, degree });
    Some((links, recall))
}

/// Rows handled between two checks of whether to go on.
const PART: usize = 256;
/// Candidates that a row chooses again from, for each place it has. More distant candidates are never picked, and a row
/// with thousands of candidates would score them all against each other.
const MOST_CANDIDATES: usize = 4;

/// The links each row chooses among its neighbours, best first.
fn choose(
    rounded: &Rounded,
    nearest: &Neighbours,
    far: &[Vec<Candidate>],
    degree: usize,
    alpha: f32,
    done: &(dyn Fn(f64) -> bool + Sync),
) -> Option<Vec<Vec<Candidate>>> {
    let rows = rounded.len();
    let mut chosen = vec![Vec::new(); rows];
    let all = chosen.par_chunks_mut(PART).enumerate().map_init(Chooser::default, |chooser, (part, chosen)| {
        for (row, chosen) in (part * PART..).zip(&mut *chosen) {
            let mut candidates: Vec<Candidate> = nearest.of(row).map(|(score, id)| Candidate { score, id }).collect();
            let near = candidates.len();
            for far in &far[row] {
                // Compared by id: the score of a pair may differ in its last bit, depending on which row comes first.
                if candidates[..near].iter().all(|candidate| candidate.id != far.id) {
                    candidates.push(*far);
                }
            }
            candidates.sort_unstable_by(Candidate::best_first);
            *chosen = chooser.pick(rounded, &candidates, degree, alpha);
        }
        done(chosen.len() as f64 / rows as f64)
    });
    all.reduce(|| true, |a, b| a & b).then_some(chosen)
}

/// Offers every row to the rows it links to. Rows that then have too many links choose again.
fn both_ways(
    rounded: &Rounded,
    chosen: &[Vec<Candidate>],
    degree: usize,
    alpha: f32,
    done: &(dyn Fn(f64) -> bool + Sync),
) -> Option<Vec<u32>> {
    let rows = rounded.len();
    let mut offered = vec![Vec::new(); rows];
    for (row, links) in (0..).zip(chosen) {
        for link in links {
            offered[link.id as usize].push(Candidate { score: link.score, id: row });
        }
    }
    let mut links = vec![NONE; rows * degree];
    let all = links.par_chunks_mut(PART * degree).enumerate().map_init(Chooser::default, |chooser, (part, links)| {
        for (row, links) in (part * PART..).zip(links.chunks_mut(degree)) {
            let mut candidates = [&chosen[row][..], &offered[row][..]].concat();
            // By id first: neighbours and landmarks may give one pair scores that differ in the last bit.
            candidates.sort_unstable_by(|a, b| a.id.cmp(&b.id).then(a.best_first(b)));
            candidates.dedup_by_key(|candidate| candidate.id);
            candidates.sort_unstable_by(Candidate::best_first);
            if candidates.len() > degree {
                candidates.truncate(MOST_CANDIDATES * degree);
                candidates = chooser.pick(rounded, &candidates, degree, alpha);
            }
            links.iter_mut().zip(&candidates).for_each(|(link, candidate)| *link = candidate.id);
        }
        done(links.len() as f64 / degree as f64 / rows as f64)
    });
    all.reduce(|| true, |a, b| a & b).then_some(links)
}

/// Chooses links for a row among candidates, whose pairs are scored in one product.
#[derive(Default)]
struct Chooser {
    left: QuantisedRows,
    right: PackedInt8,
    scores: Vec<f32>,
    offsets: Vec<f32>,
}

impl Chooser {
    fn pick(&mut self, rounded: &Rounded, candidates: &[Candidate], degree: usize, alpha: f32) -> Vec<Candidate> {
        let rows = || candidates.iter().map(|candidate| candidate.id as usize);
        rounded.rows.left(rows(), &mut self.left);
        rounded.rows.right(rows(), &mut self.right);
        self.scores.resize(candidates.len() * candidates.len(), 0.0);
        simd::best().matmul_int8(&self.left, &self.right, &mut self.scores, candidates.len());
        self.offsets.clear();
        self.offsets.extend(rows().map(|row| rounded.offsets[row]));
        for (scores, offset) in self.scores.chunks_mut(candidates.len().max(1)).zip(&self.offsets) {
            scores.iter_mut().zip(&self.offsets).for_each(|(score, other)| *score += offset + other);
        }
        let picked = select::diverse(candidates, degree, alpha, &self.scores);
        picked.into_iter().map(|place| candidates[place]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hnsw::sample;
    use proptest::prelude::*;
    use semsearch_task::NoProgress;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    fn build(vectors: &Vectors, params: &HnswParams) -> Graph {
        link(vectors, params, &NoProgress).unwrap()
    }

    #[test]
    fn rows_of_every_kind_and_number_make_a_sound_graph() {
        let params = HnswParams::default();
        for rows in [0, 1, 2, 3, 31, 32, 33, 64, 65, 66, 255, 256, 257, 300, 513] {
            for vectors in [
                sample::clustered(rows, 8, 3, 1),
                sample::equal(rows, 8),
                sample::zeros(rows, 8),
                sample::spread(rows, 8, 3, 1e-6, 2),
            ] {
                build(&vectors, &params).check(rows).unwrap_or_else(|rule| panic!("{rows} rows: {rule}"));
            }
        }
    }

    #[test]
    fn the_fewest_links_a_row_can_have_are_enough_for_levels_too() {
        let graph = build(&sample::clustered(1100, 8, 3, 1), &HnswParams { m: 2, ..HnswParams::default() });
        assert_eq!((graph.levels.len(), graph.check(1100)), (2, Ok(())));
    }

    #[test]
    fn five_thousand_rows_in_groups_far_apart_make_a_sound_graph() {
        // 50 groups of 100 rows: all 64 neighbours of a row are in its own.
        let vectors = sample::spread(5000, 64, 50, 0.01, 3);
        build(&vectors, &HnswParams { m: 4, ..HnswParams::default() }).check(5000).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_row_is_reached(
            (rows, dim, clusters) in (0usize..900, prop::sample::select(vec![1usize, 2, 3, 17, 64, 200, 1024]), 1usize..30),
            apart in prop::sample::select(vec![0.0, 1e-7, 0.01, 0.3, 3.0]),
            (m, ef_construction, seed) in (2usize..20, 8usize..80, any::<u64>()),
        ) {
            let vectors = sample::spread(rows, dim, clusters, apart, seed);
            let params = HnswParams { m, ef_construction, seed, ..HnswParams::default() };
            prop_assert_eq!(build(&vectors, &params).check(rows), Ok(()));
        }
    }

    #[test]
    fn the_graph_is_the_same_on_any_number_of_threads_and_another_with_another_seed() {
        let vectors = sample::clustered(9000, 8, 20, 5);
        let params = HnswParams { ef_construction: 16, m: 8, ..HnswParams::default() };
        let on = |threads: usize, params: &HnswParams| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| build(&vectors, params))
        };
        let one = on(1, &params);
        assert!(one.levels.len() > 1, "otherwise this shows nothing of the levels between");
        assert_eq!(one, on(2, &params));
        assert_eq!(one, on(4, &params));
        assert_ne!(one.levels, on(2, &HnswParams { seed: 1, ..params }).levels);
    }

    #[test]
    fn a_graph_from_clusters_is_sound_and_the_same_on_any_number_of_threads() {
        let params = HnswParams { ef_construction: 16, m: 8, ..HnswParams::default() };
        for vectors in
            [sample::clustered(9000, 8, 20, 5), sample::equal(5000, 3), sample::spread(5000, 16, 40, 0.01, 1)]
        {
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| link_measured(&vectors, &params, 2000, &NoProgress).unwrap())
            };
            let (graph, recall) = on(1);
            graph.check(vectors.len()).unwrap();
            assert!(recall >= 0.9, "{recall}");
            assert_eq!((graph, recall), on(4));
        }
    }

    /// Counts rows, and stops once there are more than `most`.
    struct Counted {
        linked: AtomicUsize,
        most: usize,
    }

    impl Progress for Counted {
        fn advance(&self, rows: usize, _: usize) {
            self.linked.fetch_add(rows, Relaxed);
        }

        fn is_stopped(&self) -> bool {
            self.linked.load(Relaxed) > self.most
        }
    }

    #[test]
    fn progress_ends_with_all_rows_and_a_stopped_build_ends_before() {
        let vectors = sample::clustered(3000, 8, 4, 5);
        let params = HnswParams::default();
        let progress = Counted { linked: AtomicUsize::new(0), most: 3000 };
        link(&vectors, &params, &progress).unwrap();
        assert_eq!(progress.linked.into_inner(), 3000);

        let progress = Counted { linked: AtomicUsize::new(0), most: 600 };
        assert_eq!(link(&vectors, &params, &progress), Err(BuildError::Stopped(Stopped)));
        assert!((601..3000).contains(&progress.linked.into_inner()));
    }

    #[test]
    fn parameters_out_of_range_are_refused_before_any_work() {
        let params = HnswParams { alpha: 0.5, ..HnswParams::default() };
        let progress = Counted { linked: AtomicUsize::new(0), most: 0 };
        assert!(matches!(link(&sample::equal(10, 2), &params, &progress), Err(BuildError::Params(_))));
        assert_eq!(progress.linked.into_inner(), 0);
    }
}

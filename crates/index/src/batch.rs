//! Exact search for many queries at once, at a lower cost than one query after another.
//!
//! A scan reads every code for each query, and spends its time on unpacking them. A batch unpacks a block of codes once and
//! multiplies it with the codes of many queries, a product of matrices of bytes: five times as many scores a second. The
//! scores of all rows and queries would not fit into memory, so each block of them is looked at once:
//!
//! 1. a row whose upper bound reaches a query's floor waits, with its score; before there is a floor, every row waits;
//! 2. when enough rows wait for a query, the rows whose estimates put them among its best `k` are scored in full precision.
//!    The k-th best score so far is the new floor, and waiting rows that no longer reach it are dropped;
//! 3. in the end every row that still waits is scored in full precision, in the order of nodes: a row is read once for all
//!    queries.
//!
//! A row that was dropped, or never waited, has an upper bound below a floor that only rises. The hits are therefore those
//! of `scan.rs`, by the same comparison of the same numbers, whatever the order and the size of blocks.
//!
//! Nodes near each other are alike, so blocks are taken from all over the index: floors then rise early.
//!
//! Cost: a product of bytes for each row and query, and for the ten best of paper abstracts some 250 rows in full
//! precision; memory for [`MOST_WAITING`] rows a query or some more, and for [`GROUP`] queries a thread.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;
use semsearch_vector::simd::{Kernels, Thresholds, offer_reaching};
use semsearch_vector::{Matrix, PackedInt8, QuantisedRows};

use crate::file::Damage;
use crate::hit::{Hit, TopK};
use crate::layout::Parts;
use crate::quantiser::{Bound, CodedQuery, Quantiser};
use crate::vectors::Rows;

/// Rows whose codes are unpacked and multiplied at a time.
const BLOCK: usize = 60;
/// The most queries that a block is multiplied with: the products stay in the second cache.
const GROUP: usize = 1024;
/// Queries that a product takes at a time; with fewer, part of it is wasted.
const PANEL: usize = 32;
/// Scores that [`offer_reaching`] compares at a time; it takes whole groups only.
const LANES: usize = 16;
/// How many rows ahead of its score in full precision a row is prefetched.
const AHEAD: usize = 3;
/// The fewest queries of a batch; fewer are answered sooner one by one.
const FEWEST: usize = 12;
/// The most hits of a query for which a batch keeps its rows in memory.
const MOST_HITS: usize = 1024;
/// The most rows that go on waiting once there is a floor.
const MOST_WAITING: usize = 1024;

/// Whether [`exact`] takes this many queries for the `k` best, and is faster than one by one.
pub(crate) fn takes(parts: &Parts, queries: usize, k: usize) -> bool {
    queries >= FEWEST && k <= MOST_HITS && parts.header.bits().scores_are_exact_in_f32(parts.dim())
}

/// The `k` best rows for each query, on the threads of the current rayon pool. The caller has checked the queries, that
/// there are codes and at least `k` rows, and that [`takes`] says yes.
pub(crate) fn exact(
    parts: &Parts,
    quantiser: &Quantiser,
    kernels: &Kernels,
    queries: &Matrix,
    k: usize,
) -> Result<Vec<Vec<Hit>>, Damage> {
    let dim = parts.dim();
    let groups = queries.rows().div_ceil(GROUP).max(queries.rows().div_ceil(PANEL).min(rayon::current_num_threads()));
    let size = queries.rows().div_ceil(groups).next_multiple_of(PANEL);
    let hits: Result<Vec<Vec<Vec<Hit>>>, Damage> = queries
        .as_slice()
        .par_chunks(size * dim)
        .map(|queries| {
            let mut batch = Batch::new(parts, quantiser, kernels, queries, k);
            batch.blocks()?;
            batch.finish()
        })
        .collect();
    Ok(hits?.into_iter().flatten().collect())
}

/// Some queries on their way through all rows.
struct Batch<'a> {
    parts: &'a Parts,
    rows: Rows<'a>,
    kernels: &'a Kernels,
    asked: Vec<Asked<'a>>,
    limits: Limits,
    /// How many rows are scored in full precision at a time for a better floor.
    leaders: usize,
}

/// One query.
struct Asked<'a> {
    full: &'a [f32],
    coded: CodedQuery,
    rounding: f64,
    top: TopK,
    /// Rows that may be among the best, by their nodes, with the sums of their codes.
    waiting: Vec<(f32, u32)>,
    /// How many may wait before the floor is raised.
    room: usize,
}

/// The [`Bound`] of each query, filled up to whole lanes with bounds that no row reaches.
struct Limits {
    sum_scale: Vec<f32>,
    error_scale: Vec<f32>,
    threshold: Vec<f32>,
}

impl Limits {
    fn new(queries: usize) -> Self {
        let lanes = queries.next_multiple_of(LANES);
        let mut limits = Limits {
            sum_scale: vec![0.0; lanes],
            error_scale: vec![0.0; lanes],
            threshold: vec![f32::NEG_INFINITY; lanes],
        };
        limits.threshold[queries..].fill(f32::INFINITY);
        limits
    }

    fn set(&mut self, query: usize, bound: Bound) {
        self.sum_scale[query] = bound.sum_scale;
        self.error_scale[query] = bound.error_scale;
        self.threshold[query] = bound.threshold;
    }

    fn reached(&self, query: usize, sum: f32, norm: f32) -> bool {
        sum * self.sum_scale[query] + norm * self.error_scale[query] >= self.threshold[query]
    }

    fn view(&self) -> Thresholds<'_> {
        Thresholds { score_scales: &self.sum_scale, error_scales: &self.error_scale, thresholds: &self.threshold }
    }
}

impl<'a> Batch<'a> {
    fn new(parts: &'a Parts, quantiser: &Quantiser, kernels: &'a Kernels, queries: &'a [f32], k: usize) -> Self {
        let leaders = 2 * k + 16;
        let asked: Vec<Asked<'a>> = queries
            .chunks_exact(parts.dim())
            .map(|full| {
                let mut coded = CodedQuery::default();
                quantiser.query_into(full, &mut coded);
                let rounding = quantiser.rounding(full, &coded, parts.header.code_norm);
                Asked { full, coded, rounding, top: TopK::new(k), waiting: Vec::new(), room: 8 * leaders }
            })
            .collect();
        let limits = Limits::new(asked.len());
        Batch { parts, rows: parts.rows.view(), kernels, asked, limits, leaders }
    }

    /// Looks at all rows.
    fn blocks(&mut self) -> Result<(), Damage> {
        let (codes, rows) = (self.parts.code_rows(), self.parts.len());
        let stride = codes.bits().query_len(codes.dim());
        let packed: Vec<i8> = self.asked.iter().flat_map(|asked| &asked.coded.bytes).copied().collect();
        let right = PackedInt8::whole(&packed, stride, codes.dim(), self.asked.len());
        let width = self.limits.threshold.len();
        let (mut left, mut sums, mut found) = (QuantisedRows::default(), vec![0.0; BLOCK * width], Vec::new());
        let norms = self.parts.residual_norms.f32s();
        for start in spread(rows.div_ceil(BLOCK)).map(|block| block * BLOCK) {
            let nodes = start..(start + BLOCK).min(rows);
            self.parts.codes.verify_range(nodes.clone())?;
            self.parts.residual_norms.verify_range(nodes.clone())?;
            self.kernels.unpack_codes(&codes, start, nodes.len(), &mut left);
            self.kernels.matmul_int8(&left, &right, &mut sums, width);
            for (node, sums) in nodes.zip(sums.chunks_exact(width)) {
                offer_reaching(sums, norms[node], self.limits.view(), &mut found);
                for &query in &found {
                    self.asked[query as usize].waiting.push((sums[query as usize], node as u32));
                }
            }
            for query in 0..self.asked.len() {
                if self.asked[query].waiting.len() >= self.asked[query].room {
                    self.settle(query)?;
                }
            }
        }
        Ok(())
    }

    /// Raises the floor of a query, and drops what no longer reaches it.
    fn settle(&mut self, query: usize) -> Result<(), Damage> {
        self.raise(query)?;
        if self.asked[query].waiting.len() > MOST_WAITING {
            self.score_waiting(query..query + 1)?;
        }
        let asked = &mut self.asked[query];
        asked.room = (2 * asked.waiting.len()).max(8 * self.leaders);
        Ok(())
    }

    /// Scores in full precision the waiting rows that are among the best by their codes.
    fn raise(&mut self, query: usize) -> Result<(), Damage> {
        let asked = &mut self.asked[query];
        let leaders = self.leaders.min(asked.waiting.len());
        if leaders < asked.waiting.len() {
            asked.waiting.select_nth_unstable_by(leaders, best_first);
        }
        let (worst, coded) = (asked.top.worst(), &asked.coded);
        let hopeful = |sum: f32| worst.is_none_or(|worst| coded.estimate(sum as i32) >= f64::from(worst));
        let mut leading: Vec<(f32, u32)> = asked.waiting.extract_if(..leaders, |(sum, _)| hopeful(*sum)).collect();
        leading.sort_unstable_by(best_first);
        for (place, &(sum, node)) in leading.iter().enumerate() {
            if let Some(next) = leading.get(place + AHEAD) {
                self.rows.prefetch(self.parts.row_of(next.1)?);
            }
            if asked.top.worst().is_none_or(|worst| asked.coded.estimate(sum as i32) >= f64::from(worst)) {
                asked.top.offer(hit(self.parts, &self.rows, node, asked.full)?);
            } else {
                asked.waiting.push((sum, node));
            }
        }
        self.lower_waiting(query);
        Ok(())
    }

    /// Takes the worst hit for the floor.
    fn lower_waiting(&mut self, query: usize) {
        let asked = &mut self.asked[query];
        if let Some(worst) = asked.top.worst() {
            self.limits.set(query, asked.coded.bound(worst, asked.rounding));
            let (limits, norms) = (&self.limits, self.parts.residual_norms.f32s());
            asked.waiting.retain(|&(sum, node)| limits.reached(query, sum, norms[node as usize]));
        }
    }

    /// Scores in full precision the rows that wait for some queries, except rows that fall below a rising floor meanwhile.
    fn score_waiting(&mut self, queries: Range<usize>) -> Result<(), Damage> {
        let norms = self.parts.residual_norms.f32s();
        // In the order of nodes: a row is then read once for all queries, and rows are read nearly in sequence.
        let mut waiting: Vec<(u32, u32, f32)> = Vec::new();
        for (query, asked) in (queries.start..).zip(&mut self.asked[queries]) {
            waiting.extend(asked.waiting.drain(..).map(|(sum, node)| (node, query as u32, sum)));
        }
        waiting.sort_unstable_by_key(|&(node, query, _)| u64::from(node) << 32 | u64::from(query));
        for (place, &(node, query, sum)) in waiting.iter().enumerate() {
            if let Some(next) = waiting.get(place + AHEAD) {
                self.rows.prefetch(self.parts.row_of(next.0)?);
            }
            let query = query as usize;
            if self.limits.reached(query, sum, norms[node as usize]) {
                let asked = &mut self.asked[query];
                let worst = asked.top.worst();
                asked.top.offer(hit(self.parts, &self.rows, node, asked.full)?);
                if let Some(risen) = asked.top.worst().filter(|risen| Some(*risen) > worst) {
                    self.limits.set(query, asked.coded.bound(risen, asked.rounding));
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Vec<Hit>>, Damage> {
        for query in 0..self.asked.len() {
            self.raise(query)?;
        }
        self.score_waiting(0..self.asked.len())?;
        Ok(self.asked.into_iter().map(|asked| asked.top.into_hits()).collect())
    }
}

fn best_first(a: &(f32, u32), b: &(f32, u32)) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

fn hit(parts: &Parts, rows: &Rows<'_>, node: u32, query: &[f32]) -> Result<Hit, Damage> {
    let id = parts.row_of(node)?;
    Ok(Hit { id, score: rows.try_score(id, query)? })
}

/// The numbers below `count`, each once, in steps of the golden ratio: any few in succession come from all over the range.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    let divides_both = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a > 1
    };
    let golden = (count as f64 * 0.618) as usize;
    let step = (golden..).find(|step| !divides_both(*step, count)).unwrap_or(1);
    (0..count).scan(0, move |place, _| {
        let this = *place;
        *place = (*place + step) % count;
        Some(this)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_order_has_every_number_once() {
        for count in 0..200 {
            let mut order: Vec<usize> = spread(count).collect();
            assert_eq!(order.len(), count);
            order.sort_unstable();
            assert!(order.into_iter().eq(0..count));
        }
    }
}

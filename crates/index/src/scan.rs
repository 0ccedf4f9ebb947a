//! Exact search at the speed of a scan over codes, with a proof.
//!
//! Codes of four bits take an eighth of the bytes of rows in single precision, and bound the score of every row (see
//! `quantiser.rs`). So:
//!
//! 1. score all codes, and keep the best few dozen by that estimate: the leaders;
//! 2. score the leaders in full precision; the k-th best of them is a floor that the true k-th best cannot be below;
//! 3. score in full precision every other row whose upper bound reaches the floor, which rises meanwhile.
//!
//! A row that was never scored in full precision has an upper bound below the k-th best score found, so it cannot be among
//! the k best: the hits are those of [`FlatIndex`](crate::FlatIndex), ids, scores and ties. Rows that codes describe badly
//! cost time, never answers.
//!
//! Cost: one pass over the codes, and some 200 rows in full precision for the ten best of 20,000 to 60,000 paper
//! abstracts.

use std::ops::Range;

use semsearch_vector::simd::Kernels;

use crate::file::Damage;
use crate::hit::{Hit, TopK};
use crate::layout::Parts;
use crate::query::Query;
use crate::row_set::RowSet;
use crate::vectors::Rows;

/// Codes scored at a time: their sums stay in the first cache until they have been looked at.
const CHUNK: usize = 2048;

/// The nodes that are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Domain<'a> {
    /// All nodes, in the order of the file.
    All,
    /// All nodes, of which only those of these rows may be hits.
    Where(&'a RowSet),
    /// Exactly these nodes.
    Only(&'a [u32]),
}

/// Memory of a scan, kept for the next one.
#[derive(Debug, Default)]
pub(crate) struct ScanScratch {
    scores: Vec<i32>,
    residual_norms: Vec<f32>,
    leaders: Vec<(i32, u32)>,
    found: Vec<u32>,
}

/// How much a scan looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Rows compared by their codes.
    pub(crate) coded: usize,
    /// Rows compared in full precision.
    pub(crate) full: usize,
}

/// The `k` best rows of a domain, exactly, into `top`. `rounding` is [`Quantiser::rounding`](crate::quantiser::Quantiser).
pub(crate) fn scan(
    parts: &Parts,
    kernels: &Kernels,
    query: Query<'_>,
    rounding: f64,
    domain: Domain<'_>,
    top: &mut TopK,
    scratch: &mut ScanScratch,
) -> Result<Scanned, Damage> {
    let nodes = match domain {
        Domain::All | Domain::Where(_) => parts.len(),
        Domain::Only(nodes) => nodes.len(),
    };
    let scan = Scan { parts, rows: parts.rows.view(), kernels, query, rounding, domain, nodes };
    scan.leaders(2 * top.room() + 16, scratch)?;
    let mut full = 0;
    // In the order of nodes: full rows are then looked up least randomly, and step 3 can skip the leaders in one pass.
    scratch.leaders.sort_unstable_by_key(|leader| leader.1);
    for &(_, place) in &scratch.leaders {
        top.offer(scan.hit(place)?);
        full += 1;
    }
    full += scan.rest(top, scratch)?;
    Ok(Scanned { coded: nodes, full })
}

struct Scan<'a> {
    parts: &'a Parts,
    rows: Rows<'a>,
    kernels: &'a Kernels,
    query: Query<'a>,
    rounding: f64,
    domain: Domain<'a>,
    nodes: usize,
}

impl Scan<'_> {
    /// Scores all codes, and keeps the best `most` places whose rows may be hits.
    fn leaders(&self, most: usize, scratch: &mut ScanScratch) -> Result<(), Damage> {
        let ScanScratch { scores, residual_norms, leaders, found } = scratch;
        leaders.clear();
        scores.resize(self.nodes, 0);
        let mut floor = f32::NEG_INFINITY;
        for (chunk, scores) in chunks(self.nodes).zip(scores.chunks_mut(CHUNK)) {
            self.score(chunk.clone(), scores)?;
            residual_norms.clear();
            residual_norms.resize(scores.len(), 0.0);
            found.clear();
            self.kernels.reaching(scores, residual_norms, 1.0, 0.0, floor, chunk.start as u32, found);
            for &place in &*found {
                if self.wanted(place)? {
                    leaders.push((scores[place as usize - chunk.start], place));
                }
            }
            if leaders.len() > 4 * most {
                keep_best(leaders, most);
                floor = leaders.iter().map(|leader| leader.0).min().map_or(floor, |least| least as f32);
            }
        }
        keep_best(leaders, most);
        Ok(())
    }

    /// Scores the rows that may still be better than the worst of `top`, except the leaders. Returns how many rows that
    /// were.
    fn rest(&self, top: &mut TopK, scratch: &mut ScanScratch) -> Result<usize, Damage> {
        let ScanScratch { scores, residual_norms, leaders, found } = scratch;
        // With fewer leaders than hits wanted, every row that may be a hit has been a leader.
        let Some(mut worst) = top.worst() else { return Ok(0) };
        let (mut full, mut leaders) = (0, leaders.iter().map(|leader| leader.1).peekable());
        for (chunk, scores) in chunks(self.nodes).zip(scores.chunks(CHUNK)) {
            let norms = self.residual_norms(chunk.clone(), residual_norms)?;
            let mut bound = self.query.coded.bound(worst, self.rounding);
            found.clear();
            let start = chunk.start;
            self.kernels.reaching(
                scores,
                norms,
                bound.sum_scale,
                bound.error_scale,
                bound.threshold,
                start as u32,
                found,
            );
            for &place in &*found {
                while leaders.next_if(|leader| *leader < place).is_some() {}
                let at = place as usize - start;
                let upper = scores[at] as f32 * bound.sum_scale + norms[at] * bound.error_scale;
                if leaders.peek() == Some(&place) || upper < bound.threshold || !self.wanted(place)? {
                    continue;
                }
                top.offer(self.hit(place)?);
                full += 1;
                let risen = top.worst().unwrap_or(worst);
                if risen > worst {
                    worst = risen;
                    bound = self.query.coded.bound(worst, self.rounding);
                }
            }
        }
        Ok(full)
    }

    fn score(&self, places: Range<usize>, scores: &mut [i32]) -> Result<(), Damage> {
        let codes = self.parts.code_rows();
        match self.domain {
            Domain::All | Domain::Where(_) => {
                self.parts.codes.verify_range(places.clone())?;
                self.kernels.score_code_run(&codes, &self.query.coded.bytes, places.start, scores);
            }
            Domain::Only(nodes) => {
                let nodes = &nodes[places];
                self.parts.codes.verify_each(nodes)?;
                self.kernels.score_codes(&codes, &self.query.coded.bytes, nodes, scores);
            }
        }
        Ok(())
    }

    /// The residual norms of some places, gathered into `gathered` unless they lie together.
    fn residual_norms<'m>(&'m self, places: Range<usize>, gathered: &'m mut Vec<f32>) -> Result<&'m [f32], Damage> {
        let norms = self.parts.residual_norms.f32s();
        match self.domain {
            Domain::All | Domain::Where(_) => {
                self.parts.residual_norms.verify_range(places.clone())?;
                Ok(&norms[places])
            }
            Domain::Only(nodes) => {
                let nodes = &nodes[places];
                self.parts.residual_norms.verify_each(nodes)?;
                gathered.clear();
                gathered.extend(nodes.iter().map(|node| norms[*node as usize]));
                Ok(gathered)
            }
        }
    }

    fn node(&self, place: u32) -> u32 {
        if let Domain::Only(nodes) = self.domain { nodes[place as usize] } else { place }
    }

    fn wanted(&self, place: u32) -> Result<bool, Damage> {
        match self.domain {
            Domain::All | Domain::Only(_) => Ok(true),
            Domain::Where(set) => Ok(set.contains(self.parts.row_of(place)?)),
        }
    }

    fn hit(&self, place: u32) -> Result<Hit, Damage> {
        let id = self.parts.row_of(self.node(place))?;
        Ok(Hit { id, score: self.rows.try_score(id, self.query.full)? })
    }
}

fn chunks(nodes: usize) -> impl Iterator<Item = Range<usize>> {
    (0..nodes).step_by(CHUNK).map(move |start| start..(start + CHUNK).min(nodes))
}

/// Keeps the `most` leaders with the best scores. Which of equal ones stay does not matter: step 3 finds the others by
/// their bounds.
fn keep_best(leaders: &mut Vec<(i32, u32)>, most: usize) {
    if leaders.len() > most {
        leaders.select_nth_unstable_by(most, |a, b| b.cmp(a));
        leaders.truncate(most);
    }
}

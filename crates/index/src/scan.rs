//! Exact search at the speed of a scan over codes, with a proof.
//!
//! Codes are a twelfth of the rows' size at least, and say of every row within which bounds its score lies (see
//! `quantiser.rs`). So:
//!
//! 1. score all codes, and keep the best few dozen by that estimate: the leaders;
//! 2. score the leaders in full precision; the k-th best of them is a floor that the true k-th best cannot be below;
//! 3. score in full precision every other row whose upper bound reaches the floor, which rises meanwhile.
//!
//! What was never looked at in full precision has an upper bound below the k-th best score found, so it cannot be among
//! the k best: the hits are those of [`FlatIndex`](crate::FlatIndex), ids, scores and ties. Rows that codes describe badly
//! cost time, never answers.
//!
//! Cost: one pass over the codes, and some 200 rows in full precision for the ten best of 20,000 to 60,000 paper
//! abstracts.

use std::ops::Range;

use semsearch_vector::simd::Kernels;

use crate::hit::{Hit, TopK};
use crate::layout::Parts;
use crate::quantiser::CodedQuery;
use crate::row_set::RowSet;
use crate::storage::Damage;
use crate::vectors::Rows;

/// Codes scored at a time: their sums stay in the first cache until they have been looked at.
const CHUNK: usize = 2048;

/// Which nodes are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Domain<'a> {
    /// All, in the order of the file.
    All,
    /// All, and those of other rows than these are passed over.
    Where(&'a RowSet),
    /// Exactly these.
    Only(&'a [u32]),
}

/// Memory of scans, used again and again.
#[derive(Debug, Default)]
pub(crate) struct ScanMemory {
    scores: Vec<i32>,
    errors: Vec<f32>,
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

/// A query in both forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) full: &'a [f32],
    pub(crate) coded: &'a CodedQuery,
}

/// The `k` best rows of a domain, exactly, into `top`. `rounding` is [`Quantiser::rounding`](crate::quantiser::Quantiser).
pub(crate) fn scan(
    parts: &Parts,
    kernels: &Kernels,
    query: Query<'_>,
    rounding: f64,
    domain: Domain<'_>,
    top: &mut TopK,
    memory: &mut ScanMemory,
) -> Result<Scanned, Damage> {
    let nodes = match domain {
        Domain::All | Domain::Where(_) => parts.len(),
        Domain::Only(nodes) => nodes.len(),
    };
    let scan = Scan { parts, rows: parts.rows.view(), kernels, query, rounding, domain, nodes };
    scan.leaders(2 * top.room() + 16, memory)?;
    let mut full = 0;
    // In the order of nodes, in which full rows were looked up least randomly, and by which step 3 knows them again.
    memory.leaders.sort_unstable_by_key(|leader| leader.1);
    for &(_, place) in &memory.leaders {
        top.offer(scan.hit(place)?);
        full += 1;
    }
    full += scan.rest(top, memory)?;
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
    /// Scores all codes, and keeps the best `most` places that are wanted.
    fn leaders(&self, most: usize, memory: &mut ScanMemory) -> Result<(), Damage> {
        let ScanMemory { scores, errors, leaders, found } = memory;
        leaders.clear();
        scores.resize(self.nodes, 0);
        let mut floor = f32::NEG_INFINITY;
        for (chunk, scores) in chunks(self.nodes).zip(scores.chunks_mut(CHUNK)) {
            self.score(chunk.clone(), scores)?;
            errors.clear();
            errors.resize(scores.len(), 0.0);
            found.clear();
            self.kernels.reaching(scores, errors, 1.0, 0.0, floor, chunk.start as u32, found);
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

    /// Scores what may still be better than the worst of `top`, the leaders left out. Returns how many rows that took.
    fn rest(&self, top: &mut TopK, memory: &mut ScanMemory) -> Result<usize, Damage> {
        let ScanMemory { scores, errors, leaders, found } = memory;
        // If there was not even a full set of leaders, every row that is wanted has been a leader.
        let Some(mut worst) = top.worst() else { return Ok(0) };
        let (mut full, mut leaders) = (0, leaders.iter().map(|leader| leader.1).peekable());
        for (chunk, scores) in chunks(self.nodes).zip(scores.chunks(CHUNK)) {
            let errors = self.errors(chunk.clone(), errors)?;
            let mut bound = self.query.coded.bound(worst, self.rounding);
            found.clear();
            let start = chunk.start;
            self.kernels.reaching(
                scores,
                errors,
                bound.sum_scale,
                bound.error_scale,
                bound.threshold,
                start as u32,
                found,
            );
            for &place in &*found {
                while leaders.next_if(|leader| *leader < place).is_some() {}
                let at = place as usize - start;
                let upper = scores[at] as f32 * bound.sum_scale + errors[at] * bound.error_scale;
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

    /// The residual lengths of some places, gathered into `memory` unless they lie together.
    fn errors<'m>(&'m self, places: Range<usize>, memory: &'m mut Vec<f32>) -> Result<&'m [f32], Damage> {
        let errors = self.parts.errors.f32s();
        match self.domain {
            Domain::All | Domain::Where(_) => {
                self.parts.errors.verify_range(places.clone())?;
                Ok(&errors[places])
            }
            Domain::Only(nodes) => {
                let nodes = &nodes[places];
                self.parts.errors.verify_each(nodes)?;
                memory.clear();
                memory.extend(nodes.iter().map(|node| errors[*node as usize]));
                Ok(memory)
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

/// Keeps the `most` with the best scores; which of equal ones is no matter, since the others come in by their bounds.
fn keep_best(leaders: &mut Vec<(i32, u32)>, most: usize) {
    if leaders.len() > most {
        leaders.select_nth_unstable_by(most, |a, b| b.cmp(a));
        leaders.truncate(most);
    }
}

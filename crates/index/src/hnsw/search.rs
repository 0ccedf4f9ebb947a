//! Searching a finished graph: down the levels, along the lowest one, and the best candidates again in full precision.
//!
//! ```text
//! entry codes, at most 256 side by side     all scored: where to begin
//!   levels in between, few members          a narrow beam each: nearer
//!     level 0, every row                    the beam of `ef`
//!       full rows of the best candidates    the scores and the order that are returned
//! ```

use semsearch_vector::CodeRows;
use semsearch_vector::simd::{Kernels, prefetch};

use super::beam::{BeamScratch, GraphView, Steps, beam_search};
use super::pool::Pool;
use crate::file::{Damage, SectionKind};
use crate::hit::{Hit, TopK};
use crate::layout::{LevelParts, Parts};
use crate::limits::MAX_LINKS;
use crate::quantiser::CodedQuery;
use crate::query::Query;
use crate::row_set::RowSet;

/// The beam width on the levels above the lowest.
const LEVEL_BEAM: usize = 2;
/// Members of the top level at which the first beam search begins.
const ENTRIES: usize = 4;

/// Memory of a graph search, kept for the next one.
#[derive(Debug, Default)]
pub(crate) struct SearchScratch {
    beam: BeamScratch,
    scores: Vec<i32>,
    entries: Vec<(i32, u32)>,
    results: Pool,
}

/// The parameters of a graph search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) query: Query<'a>,
    /// The beam width.
    pub(crate) ef: usize,
    /// The most candidates scored in full precision.
    pub(crate) rerank: usize,
    /// The rows that may be hits; `None` for all.
    pub(crate) filter: Option<&'a RowSet>,
}

/// The work of a graph search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Searched {
    /// Nodes whose links were followed.
    pub(crate) expanded: usize,
    /// Codes scored.
    pub(crate) scored: usize,
    /// Rows scored in full precision.
    pub(crate) full: usize,
}

/// Finds the rows nearest to the query, and puts the best of them, by their full rows, into `top`.
///
/// With a filter, rows that the search meets and the filter keeps are collected beside the beam, so that a beam full of
/// rows that the filter drops does not crowd them out.
pub(crate) fn search(
    parts: &Parts,
    kernels: &Kernels,
    request: &Request<'_>,
    top: &mut TopK,
    scratch: &mut SearchScratch,
) -> Result<Searched, Damage> {
    let Request { query, ef, rerank, filter } = *request;
    let lowest = Lowest {
        parts,
        kernels,
        query: query.coded,
        links: parts.links.u32s(),
        degree: parts.degree(),
        codes: parts.code_rows(),
        verified: parts.graph_is_verified(),
    };
    let mut steps = descend(&lowest, scratch)?;
    let SearchScratch { beam, entries, results, .. } = scratch;
    let candidates = match filter {
        None => {
            add(&mut steps, beam_search(&lowest, entries.iter().copied(), ef, beam, |_, _| ())?);
            &beam.pool
        }
        Some(filter) => {
            results.reset(rerank);
            let mut damage = None;
            let mut collect = |nodes: &[u32], scores: &[i32]| {
                for (&node, &score) in nodes.iter().zip(scores) {
                    if results.worst().is_some_and(|worst| score < worst) {
                        continue;
                    }
                    match parts.row_of(node) {
                        Ok(row) if filter.contains(row) => results.offer(score, node),
                        Ok(_) => {}
                        Err(error) => damage = Some(error),
                    }
                }
            };
            entries.iter().for_each(|&(score, node)| collect(&[node], &[score]));
            let searched = beam_search(&lowest, entries.iter().copied(), ef, beam, collect)?;
            if let Some(damage) = damage {
                return Err(damage);
            }
            add(&mut steps, searched);
            &*results
        }
    };
    let full = score_fully(parts, query, candidates, rerank, top)?;
    Ok(Searched { expanded: steps.expanded, scored: steps.scored, full })
}

/// Finds the nodes at which the search of the lowest level begins, best first, and puts them into `scratch.entries`.
fn descend(lowest: &Lowest<'_>, scratch: &mut SearchScratch) -> Result<Steps, Damage> {
    let Lowest { parts, kernels, query, .. } = *lowest;
    let SearchScratch { beam, scores, entries, .. } = scratch;
    entries.clear();
    let mut steps = Steps::default();
    let Some((top, between)) = parts.levels.split_last() else { return Ok(steps) };
    if !lowest.verified {
        parts.entry_codes.verify_all()?;
        top.nodes.verify_all()?;
    }
    let codes = parts.entry_code_rows();
    scores.resize(codes.len(), 0);
    kernels.score_code_run(&codes, &query.bytes, 0, scores);
    steps.scored += scores.len();
    // The pool of the beam search, which has not begun yet, keeps the best few.
    beam.pool.reset(ENTRIES);
    scores.iter().zip(top.nodes.u32s()).for_each(|(score, node)| beam.pool.offer(*score, *node));
    entries.extend(beam.pool.scored());
    for level in between.iter().rev() {
        let level = Between { lowest, level };
        for entry in &mut *entries {
            entry.1 = level.place_of(entry.1)?;
        }
        add(&mut steps, beam_search(&level, entries.iter().copied(), LEVEL_BEAM, beam, |_, _| ())?);
        entries.clear();
        for (score, place) in beam.pool.scored() {
            entries.push((score, level.node(place)?));
        }
    }
    Ok(steps)
}

/// The number of full rows that are prefetched ahead of their use.
const AHEAD: usize = 3;

/// Offers the full scores of at most `most` candidates, best estimate first, and returns how many that were.
///
/// Once there are as many hits as wanted, the first candidate whose estimate is several standard deviations below the worst
/// hit ends the loop. The residual of a row lies in no particular direction, so its product with a query is about the
/// residual norm divided by the root of the number of dimensions.
fn score_fully(
    parts: &Parts,
    query: Query<'_>,
    candidates: &Pool,
    most: usize,
    top: &mut TopK,
) -> Result<usize, Damage> {
    let rows = parts.rows.view();
    let doubt = deviations(candidates.room()) * query.coded.estimate_deviation(parts.header.mean_residual);
    let mut ahead = candidates.nodes().take(most);
    for node in ahead.by_ref().take(AHEAD) {
        rows.prefetch(parts.row_of(node)?);
    }
    let mut full = 0;
    for (sum, node) in candidates.scored().take(most) {
        if top.worst().is_some_and(|worst| query.coded.estimate(sum) + doubt < f64::from(worst)) {
            break;
        }
        if let Some(node) = ahead.next() {
            rows.prefetch(parts.row_of(node)?);
        }
        let id = parts.row_of(node)?;
        top.offer(Hit { id, score: rows.try_score(id, query.full)? });
        full += 1;
    }
    Ok(full)
}

/// Standard deviations within which a candidate is still scored: 2 at a beam of 16, and three quarters of one more each
/// time the beam is twice as wide. Callers who ask for a wide beam want the last hit as well.
fn deviations(beam: usize) -> f64 {
    2.0 + 0.75 * (f64::from(beam.max(1).ilog2()) - 4.0).max(0.0)
}

fn add(steps: &mut Steps, more: Steps) {
    steps.expanded += more.expanded;
    steps.scored += more.scored;
}

/// Level 0.
#[derive(Clone, Copy)]
struct Lowest<'a> {
    parts: &'a Parts,
    kernels: &'a Kernels,
    query: &'a CodedQuery,
    links: &'a [u32],
    degree: usize,
    codes: CodeRows<'a>,
    /// Whether all that a beam search reads has been compared with its checksums.
    verified: bool,
}

impl GraphView for Lowest<'_> {
    fn len(&self) -> usize {
        self.parts.len()
    }

    #[inline]
    fn links(&self, node: u32) -> Result<&[u32], Damage> {
        if !self.verified {
            self.parts.links.verify(node as usize)?;
        }
        Ok(&self.links[node as usize * self.degree..][..self.degree])
    }

    #[inline]
    fn prefetch(&self, node: u32) {
        prefetch(&self.links[node as usize * self.degree..][..self.degree]);
    }

    #[inline]
    fn score(&self, nodes: &[u32], scores: &mut [i32]) -> Result<(), Damage> {
        if !self.verified {
            self.parts.codes.verify_each(nodes)?;
        }
        self.kernels.score_codes(&self.codes, &self.query.bytes, nodes, scores);
        Ok(())
    }
}

/// A level between the top and the lowest. What it calls a node is a place among its members.
#[derive(Clone, Copy)]
struct Between<'a> {
    lowest: &'a Lowest<'a>,
    level: &'a LevelParts,
}

impl Between<'_> {
    /// The node of a member.
    fn node(&self, place: u32) -> Result<u32, Damage> {
        if !self.lowest.verified {
            self.level.nodes.verify(place as usize)?;
        }
        let node = self.level.nodes.u32s()[place as usize];
        if (node as usize) < self.lowest.len() {
            return Ok(node);
        }
        Err(self.fault(place as usize, "a member of a level is not a node"))
    }

    fn place_of(&self, node: u32) -> Result<u32, Damage> {
        if !self.lowest.verified {
            self.level.nodes.verify_all()?;
        }
        let place = self.level.nodes.u32s().binary_search(&node);
        let problem = "a member of the level above is missing";
        place.map(|place| place as u32).map_err(|place| self.fault(place, problem))
    }

    fn fault(&self, place: usize, problem: &'static str) -> Damage {
        self.level.nodes.fault(SectionKind::LevelNodes, place, problem)
    }
}

impl GraphView for Between<'_> {
    fn len(&self) -> usize {
        self.level.nodes.len()
    }

    fn links(&self, node: u32) -> Result<&[u32], Damage> {
        if !self.lowest.verified {
            self.level.links.verify(node as usize)?;
        }
        Ok(&self.level.links.u32s()[node as usize * self.level.degree..][..self.level.degree])
    }

    fn score(&self, places: &[u32], scores: &mut [i32]) -> Result<(), Damage> {
        let mut nodes = [0; MAX_LINKS];
        let nodes = &mut nodes[..places.len()];
        for (node, &place) in nodes.iter_mut().zip(places) {
            *node = self.node(place)?;
        }
        self.lowest.score(nodes, scores)
    }
}

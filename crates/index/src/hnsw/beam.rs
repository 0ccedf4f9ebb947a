//! Beam search over one layer of the graph.
//!
//! Keep the `ef` best nodes met so far and expand the best one not yet expanded; stop when all that are kept have been.
//! Algorithm 2 of Malkov and Yashunin (2018), with three differences. Scores come from codes, as whole numbers, so every
//! instruction set takes the same steps. Ties go to the lower node, so a search does not depend on the order of links. And
//! candidates and results are one list, since a node that is not good enough to be a result is not expanded either.
//!
//! An expansion takes two passes over the node's links. The first keeps the links not met before. The second scores them
//! together, so that a kernel can fetch the codes of the next ones while it works on the first.
//!
//! Cost: about `ef` expansions and 10 to 20 `ef` scores; one bit of memory a node and 8 bytes a candidate, kept between
//! searches.

use super::pool::Pool;
use super::visited::Visited;
use crate::file::Damage;

/// A layer of the graph as a beam search sees it: nodes with links, and their scores with the query. What it reads of a
/// file is compared with its checksums on the way.
pub(super) trait GraphView {
    /// The number of nodes.
    fn len(&self) -> usize;

    /// The links of a node. Links that are not below [`len`](Self::len) do not count.
    fn links(&self, node: u32) -> Result<&[u32], Damage>;

    /// Prefetches the links of a node.
    fn prefetch(&self, _node: u32) {}

    /// Writes the scores of some nodes with the query.
    fn score(&self, nodes: &[u32], scores: &mut [i32]) -> Result<(), Damage>;
}

/// Memory of a beam search, kept for the next one.
#[derive(Debug, Default)]
pub(super) struct BeamScratch {
    pub(super) pool: Pool,
    visited: Visited,
    scores: Vec<i32>,
}

/// The work of a beam search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// Nodes whose links were looked at.
    pub(super) expanded: usize,
    /// Nodes that were scored.
    pub(super) scored: usize,
}

/// Searches from `entries`, keeping `ef` candidates, which are in `scratch.pool` afterwards. `met` is given every node that
/// was scored, with its score, except `entries`, which the caller has scored.
pub(super) fn beam_search<G: GraphView>(
    graph: &G,
    entries: impl IntoIterator<Item = (i32, u32)>,
    ef: usize,
    scratch: &mut BeamScratch,
    mut met: impl FnMut(&[u32], &[i32]),
) -> Result<Steps, Damage> {
    let BeamScratch { pool, visited, scores } = scratch;
    let nodes = graph.len();
    pool.reset(ef);
    visited.reset(nodes);
    for (score, node) in entries {
        if (node as usize) < nodes && visited.insert(node) {
            pool.offer(score, node);
        }
    }
    let mut steps = Steps::default();
    while let Some(node) = pool.expand() {
        steps.expanded += 1;
        let fresh = visited.insert_new(graph.links(node)?, nodes);
        if fresh.is_empty() {
            continue;
        }
        if scores.len() < fresh.len() {
            scores.resize(fresh.len(), 0);
        }
        let scores = &mut scores[..fresh.len()];
        if let Some(next) = pool.peek() {
            graph.prefetch(next);
        }
        graph.score(fresh, scores)?;
        steps.scored += fresh.len();
        met(fresh, scores);
        let mut worst = pool.worst();
        for (&node, &score) in fresh.iter().zip(&*scores) {
            // Most newcomers are worse than the worst; a tie may still win by its number.
            if worst.is_none_or(|worst| score >= worst) {
                pool.offer(score, node);
                worst = pool.worst();
            }
        }
        if let Some(next) = pool.peek() {
            graph.prefetch(next);
        }
    }
    Ok(steps)
}

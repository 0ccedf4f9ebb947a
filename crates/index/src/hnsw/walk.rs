//! Best-first search over one layer of the graph.
//!
//! Keep the `ef` best nodes met so far and expand the best one not yet expanded; stop when all that are kept have been.
//! Algorithm 2 of Malkov and Yashunin (2018), with three differences. Scores come from codes, as whole numbers, so every
//! instruction set walks the same way. Ties go to the lower node, so a walk does not depend on the order of links. And
//! the candidates and the results are one list, since one that is not good enough to be a result is not expanded either.
//!
//! An expansion takes two passes over the node's links. The first keeps those not met before; the second scores them
//! together, so that a kernel can fetch the codes of the next ones while it works on the first.
//!
//! Cost: about `ef` expansions and 10 to 20 `ef` scores; one bit of memory a node and 8 bytes a candidate, kept between
//! walks.

use super::pool::Pool;
use super::visited::Visited;

/// What can be walked on: nodes with links, and scores. A finished index checks its file as it goes, a graph that is
/// still growing cannot fail.
pub(crate) trait Ground {
    /// Why a step was impossible.
    type Error;

    /// How many nodes there are.
    fn len(&self) -> usize;

    /// The links of a node; those that are no nodes do not count.
    fn links(&self, node: u32) -> Result<&[u32], Self::Error>;

    /// Asks for a node's links to be brought near.
    fn prefetch(&self, _node: u32) {}

    /// The scores of some nodes with the query.
    fn score(&self, nodes: &[u32], scores: &mut [i32]) -> Result<(), Self::Error>;
}

/// Memory of walks, used again and again.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    pub(crate) pool: Pool,
    visited: Visited,
    scores: Vec<i32>,
}

/// How far a walk went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Nodes whose links were looked at.
    pub(crate) expanded: usize,
    /// Nodes that were scored.
    pub(crate) scored: usize,
}

/// Walks from `entries`, keeping `ef` candidates, which are in `tracks.pool` afterwards. `met` is told of every node that
/// was scored, with its score; `entries` are scored by the caller and not told of.
pub(crate) fn walk<G: Ground>(
    ground: &G,
    entries: impl IntoIterator<Item = (i32, u32)>,
    ef: usize,
    tracks: &mut Tracks,
    mut met: impl FnMut(&[u32], &[i32]),
) -> Result<Steps, G::Error> {
    let Tracks { pool, visited, scores } = tracks;
    let nodes = ground.len();
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
        let fresh = visited.insert_new(ground.links(node)?, nodes);
        if fresh.is_empty() {
            continue;
        }
        if scores.len() < fresh.len() {
            scores.resize(fresh.len(), 0);
        }
        let scores = &mut scores[..fresh.len()];
        if let Some(next) = pool.peek() {
            ground.prefetch(next);
        }
        ground.score(fresh, scores)?;
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
            ground.prefetch(next);
        }
    }
    Ok(steps)
}

//! More rows into an index that is there: from its layout back to links between rows, and forth again.
//!
//! A frozen index has everything a graph has, under other numbers: links lead from node to node, and on a level from place
//! to place. [`thaw`] gives them the numbers of rows again, `insert.rs` links the new rows, and `freeze.rs` lays all out
//! anew, with an order and codes that suit the rows there are now.
//!
//! Searches of a mapped file look at what they come by; here all of the graph is read and compared with its checksums.
//!
//! Cost: beside the walks of the new rows (`insert.rs`), one pass over all links and rows.

use super::graph::{Graph, Level, NONE, present};
use super::repair::LEAST_DEGREE;
use super::{BuildError, HnswIndex, freeze, insert};
use crate::layout::Parts;
use crate::storage::{Damage, Section};
use crate::vectors::{Element, Vectors};

/// Why rows are not those of an index and some more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OtherRows {
    /// There are fewer.
    #[error("the index has {expected} rows, and only {found} were given")]
    Fewer {
        /// How many the index has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// They have another width.
    #[error("the rows of the index have {expected} numbers, those given have {found}")]
    Width {
        /// How wide the rows of the index are.
        expected: usize,
        /// How wide those are that were given.
        found: usize,
    },
    /// They are kept in another kind of number.
    #[error("the rows of the index are kept as {expected:?}, those given as {found:?}")]
    Kind {
        /// What the index keeps.
        expected: Element,
        /// What was given.
        found: Element,
    },
    /// One of them is another row than that of the index.
    #[error("row {row} is not the one the index has")]
    Changed {
        /// The first such row.
        row: usize,
    },
}

impl HnswIndex {
    /// An index over `all` rows: first those of this one, as they are, and then new ones, which are inserted on the threads
    /// of the current rayon pool. Parameters are those this index was built with.
    ///
    /// A row costs 0.6 ms of a core among 20,000 of 384 numbers, and laying all out anew 0.1 s: good for a few rows in a
    /// hundred. Where a large share is new, a collection of that size is sooner built in bulk. Recall stays within a point
    /// of such a build if three tenths of all rows were added like this. The same index and rows give the same index, on
    /// any number of threads. `progress` is told how many rows are linked so far, the old ones included; `cancelled` is
    /// asked now and then.
    ///
    /// # Errors
    /// If `all` does not begin with the rows of this index, a part of it is damaged, or the caller asked to stop.
    pub fn with_added(
        &self,
        all: Vectors,
        progress: &(dyn Fn(usize) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, BuildError> {
        begins_with(&all, &self.parts.rows)?;
        let params = self.params();
        let plain = all.made_plain()?;
        let graph = insert::insert(thaw(&self.parts)?, &plain, self.parts.len(), &params, progress, cancelled)?;
        let mut index = Self::of(freeze::freeze(&all, &plain, &graph, &params))?;
        index.kernels = self.kernels;
        index.parts.header.build_seconds = self.parts.header.build_seconds;
        index.parts.header.neighbour_recall = self.parts.header.neighbour_recall;
        index.parts.header.walk_cost = index.measure_walk()?;
        Ok(index)
    }
}

/// Makes sure that the first of `all` rows are `old`, bit by bit.
fn begins_with(all: &Vectors, old: &Vectors) -> Result<(), BuildError> {
    let differ = |other| Err(BuildError::OtherRows(other));
    if all.dim() != old.dim() {
        return differ(OtherRows::Width { expected: old.dim(), found: all.dim() });
    }
    if all.element() != old.element() {
        return differ(OtherRows::Kind { expected: old.element(), found: all.element() });
    }
    if all.len() < old.len() {
        return differ(OtherRows::Fewer { expected: old.len(), found: all.len() });
    }
    all.section().verify_all()?;
    old.section().verify_all()?;
    let (ours, theirs) = (old.section().bytes(), all.section().bytes());
    let width = old.section().record();
    match ours.chunks(width).zip(theirs.chunks(width)).position(|(old, new)| old != new) {
        Some(row) => differ(OtherRows::Changed { row }),
        None => Ok(()),
    }
}

/// The links of an index between rows: `freeze.rs` the other way round.
///
/// # Errors
/// If a part of the index is damaged, or breaks a rule of graphs that no search depends on.
fn thaw(parts: &Parts) -> Result<Graph, Damage> {
    parts.row_of_node.verify_all()?;
    parts.node_of_row.verify_all()?;
    let (row_of_node, node_of_row) = (parts.row_of_node.u32s(), parts.node_of_row.u32s());
    let by_node = numbered(&parts.links, parts.degree(), row_of_node)?;
    let lists = node_of_row.iter().map(|&node| &by_node[node as usize * parts.degree()..][..parts.degree()]);
    let links = lists.flatten().copied().collect();

    let mut levels: Vec<Level> = Vec::with_capacity(parts.levels.len());
    for level in &parts.levels {
        level.nodes.verify_all()?;
        let rows: Vec<u32> = level.nodes.u32s().iter().map(|&node| row_of_node[node as usize]).collect();
        if let Some(below) = levels.last()
            && let Some(place) = rows.iter().position(|row| below.rows.binary_search(row).is_err())
        {
            return Err(level.nodes.fault(place, "a member of a level is missing on the one below"));
        }
        let links = if level.degree == 0 { Vec::new() } else { numbered(&level.links, level.degree, &rows)? };
        levels.push(ascending(level.degree, rows, &links));
    }
    Ok(Graph { degree: parts.degree(), links, levels })
}

/// Lists of links with the numbers that places stand for.
fn numbered(links: &Section, degree: usize, numbers: &[u32]) -> Result<Vec<u32>, Damage> {
    links.verify_all()?;
    if degree < LEAST_DEGREE && links.len() > 0 {
        return Err(links.fault(0, "fewer places for links than any graph has"));
    }
    for (own, list) in links.u32s().chunks_exact(degree).enumerate() {
        let list = present(list);
        let twice = |(place, link): (usize, &u32)| *link as usize == own || list[..place].contains(link);
        if list.iter().enumerate().any(twice) {
            return Err(links.fault(own, "a link leads back to its row, or is there twice"));
        }
    }
    let number = |&link: &u32| if link == NONE { NONE } else { numbers[link as usize] };
    Ok(links.u32s().iter().map(number).collect())
}

/// A level whose members are in the order of their rows, of one in any order.
fn ascending(degree: usize, rows: Vec<u32>, links: &[u32]) -> Level {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_unstable_by_key(|place| rows[*place]);
    let links = match degree {
        0 => Vec::new(),
        _ => order.iter().flat_map(|place| &links[place * degree..][..degree]).copied().collect(),
    };
    Level { degree, rows: order.iter().map(|place| rows[*place]).collect(), links }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hnsw::{HnswParams, link, sample};

    #[test]
    fn what_was_frozen_thaws_to_the_same_graph() {
        for (rows, m) in [(0, 16), (1, 16), (700, 16), (5000, 4)] {
            let vectors = sample::clustered(rows, 8, 3, 5);
            let params = HnswParams { m, ef_construction: 16, ..HnswParams::default() };
            let graph = link::link(&vectors, &params, &|_| {}, &|| false).unwrap();
            assert!(rows < 5000 || graph.levels.len() == 2, "otherwise no level has links");
            let parts = freeze::freeze(&vectors, &vectors, &graph, &params);
            assert_eq!(thaw(&parts).unwrap(), graph);
        }
    }

    #[test]
    fn a_graph_that_no_build_would_make_is_refused() {
        let vectors = sample::clustered(5000, 8, 3, 5);
        let params = HnswParams { m: 4, ef_construction: 16, ..HnswParams::default() };
        let graph = link::link(&vectors, &params, &|_| {}, &|| false).unwrap();
        let parts = freeze::freeze(&vectors, &vectors, &graph, &params);
        let refused = |change: &dyn Fn(&mut Parts)| {
            let mut parts = parts.clone();
            change(&mut parts);
            thaw(&parts).unwrap_err().to_string()
        };
        let relinked = |place: usize, to: u32| {
            move |parts: &mut Parts| {
                let mut links = parts.links.u32s().to_vec();
                links[place] = to;
                parts.links = Section::of_u32s(links, parts.degree());
            }
        };
        assert!(refused(&relinked(3 * 8, 3)).contains("leads back to its row"));
        assert!(refused(&relinked(3 * 8 + 1, parts.links.u32s()[3 * 8])).contains("there twice"));
        let error = refused(&|parts| {
            let stranger = (0..).find(|node| !parts.levels[0].nodes.u32s().contains(node)).unwrap();
            parts.levels[1].nodes = Section::of_u32s(vec![stranger], 1);
            parts.levels[1].links = Section::of_u32s(vec![NONE; 4], 4);
        });
        assert!(error.contains("missing on the one below"), "{error}");
    }
}

//! The nodes a beam search has met: one bit each.
//!
//! A bitset of 60,000 nodes has 7.5 KB and stays in the first cache. Clearing it whole before every search would cost
//! more than the search once there are millions, so the nodes are kept in a list as well and only their words are cleared.
//! The end of that list is also what the search scores next.

/// A set of nodes that is emptied in the time it took to fill it.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    words: Vec<u64>,
    /// The nodes of the set, in the order in which they came; only the first `count` of them.
    log: Vec<u32>,
    count: usize,
}

impl Visited {
    /// Forgets all nodes, and makes room for `nodes` of them.
    pub(crate) fn reset(&mut self, nodes: usize) {
        for node in &self.log[..self.count] {
            self.words[(node / 64) as usize] = 0;
        }
        self.count = 0;
        let words = nodes.div_ceil(64);
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
    }

    /// Adds a node, and says whether it is new.
    ///
    /// # Panics
    /// If [`reset`](Self::reset) did not make room for it.
    pub(crate) fn insert(&mut self, node: u32) -> bool {
        !self.insert_new(&[node], usize::MAX).is_empty()
    }

    /// Adds those of `nodes` that are below `end`, and gives the new ones.
    ///
    /// A branch on whether a node is new would be mispredicted every other time. Instead every node is written behind the
    /// last new one, and stays there if it is new.
    ///
    /// # Panics
    /// If [`reset`](Self::reset) did not make room for a node below `end`.
    #[inline]
    pub(crate) fn insert_new(&mut self, nodes: &[u32], end: usize) -> &[u32] {
        let before = self.count;
        if self.log.len() < before + nodes.len() {
            self.log.resize((before + nodes.len()).next_power_of_two(), 0);
        }
        let fresh = &mut self.log[before..][..nodes.len()];
        let mut news = 0;
        for &node in nodes {
            let inside = (node as usize) < end;
            let place = if inside { (node / 64) as usize } else { 0 };
            // Without nodes there are no words, and no node is inside.
            let Some(word) = self.words.get_mut(place) else {
                assert!(!inside, "no room for node {node}");
                continue;
            };
            let bit = u64::from(inside) << (node % 64);
            fresh[news] = node;
            news += usize::from(inside & (*word & bit == 0));
            *word |= bit;
        }
        self.count += news;
        &self.log[before..self.count]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_node_is_new_once_until_all_are_forgotten() {
        let mut visited = Visited::default();
        for nodes in [100, 1000, 65] {
            visited.reset(nodes);
            for node in [0, 63, 64] {
                assert!(visited.insert(node), "{node} of {nodes}");
                assert!(!visited.insert(node), "{node} of {nodes}");
            }
        }
    }

    proptest! {
        #[test]
        fn many_nodes_at_once_are_taken_like_one_after_the_other(
            end in 0usize..200, lists in prop::collection::vec(prop::collection::vec(0u32..260, 0..40), 0..20)
        ) {
            let mut visited = Visited::default();
            for round in 0..2 {
                visited.reset(end);
                let mut seen = BTreeSet::new();
                for nodes in &lists {
                    let expected: Vec<u32> =
                        nodes.iter().copied().filter(|node| (*node as usize) < end && seen.insert(*node)).collect();
                    prop_assert_eq!(visited.insert_new(nodes, end), &expected[..], "round {}", round);
                }
            }
        }
    }
}

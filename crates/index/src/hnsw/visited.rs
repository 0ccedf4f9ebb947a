//! The nodes a walk has met: one bit each.
//!
//! A bitset of 60,000 nodes has 7.5 KB and stays in the first cache. Clearing it whole before every walk would cost more
//! than the walk once there are millions, so the words that were written are remembered and only they are cleared.

/// A set of nodes that is emptied in the time it took to fill it.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    words: Vec<u64>,
    written: Vec<u32>,
}

impl Visited {
    /// Forgets all nodes, and makes room for `nodes` of them.
    pub(crate) fn reset(&mut self, nodes: usize) {
        for place in self.written.drain(..) {
            self.words[place as usize] = 0;
        }
        let words = nodes.div_ceil(64);
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
    }

    /// Adds a node, and says whether it is new.
    ///
    /// # Panics
    /// If there was made no room for it.
    #[inline]
    pub(crate) fn insert(&mut self, node: u32) -> bool {
        let place = (node / 64) as usize;
        let (word, bit) = (self.words[place], 1 << (node % 64));
        if word & bit != 0 {
            return false;
        }
        if word == 0 {
            self.written.push(place as u32);
        }
        self.words[place] = word | bit;
        true
    }

    /// Adds those of `nodes` that are below `end`, and puts the new ones into `fresh`.
    ///
    /// Whether a node is new cannot be foretold, so a branch on it would be taken wrongly every other time. Instead
    /// every node is written behind the last new one, and stays there if it is new.
    ///
    /// # Panics
    /// If there was made no room for `end` nodes.
    #[inline]
    pub(crate) fn insert_new(&mut self, nodes: &[u32], end: usize, fresh: &mut Vec<u32>) {
        let before = self.written.len();
        fresh.resize(nodes.len(), 0);
        self.written.resize(before + nodes.len(), 0);
        let (words, written) = (&mut self.words[..end.div_ceil(64)], &mut self.written[before..]);
        let (mut news, mut firsts) = (0, 0);
        for &node in nodes {
            let inside = (node as usize) < end;
            let place = if inside { (node / 64) as usize } else { 0 };
            let Some(word) = words.get_mut(place) else { break };
            let bit = u64::from(inside) << (node % 64);
            fresh[news] = node;
            written[firsts] = place as u32;
            news += usize::from(inside && *word & bit == 0);
            firsts += usize::from(inside && *word == 0);
            *word |= bit;
        }
        fresh.truncate(news);
        self.written.truncate(before + firsts);
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
                let (mut seen, mut fresh) = (BTreeSet::new(), Vec::new());
                for nodes in &lists {
                    visited.insert_new(nodes, end, &mut fresh);
                    let expected: Vec<u32> =
                        nodes.iter().copied().filter(|node| (*node as usize) < end && seen.insert(*node)).collect();
                    prop_assert_eq!(&fresh, &expected, "round {}", round);
                }
            }
        }
    }
}

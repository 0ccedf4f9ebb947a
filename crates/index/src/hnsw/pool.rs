//! The best candidates of a beam search so far: a sorted list in one piece of memory.
//!
//! A heap would be the book's choice. With a few dozen to a few hundred candidates a sorted array is quicker: the place
//! of a newcomer is found by halving, what is behind it moves by one, and the next candidate to look at is the first that
//! has not been.
//!
//! A candidate is one 64-bit number, ordered as candidates are: the better score first, then the lower node.
//!
//! ```text
//! 63                      32 31          1  0
//! │ score, turned around    │ node        │ expanded │
//! ```

/// Up to `room` candidates, best first.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    keys: Vec<u64>,
    room: usize,
    /// No candidate before this place is waiting to be expanded.
    next: usize,
}

const EXPANDED: u64 = 1;

impl Pool {
    /// Forgets all candidates and makes room for `room`.
    pub(crate) fn reset(&mut self, room: usize) {
        self.keys.clear();
        self.room = room;
        self.next = 0;
    }

    /// How many candidates are kept.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Takes a candidate in if there is room or it is better than the worst one. A node must be offered once only.
    #[inline]
    pub(crate) fn offer(&mut self, score: i32, node: u32) {
        let key = key(score, node);
        if self.keys.len() == self.room {
            // A pool without room keeps nothing.
            match self.keys.last() {
                Some(worst) if key < *worst => self.keys.pop(),
                _ => return,
            };
        }
        let place = self.keys.partition_point(|other| *other < key);
        self.keys.insert(place, key);
        self.next = self.next.min(place);
    }

    /// The best candidate not expanded yet, which then counts as expanded.
    #[inline]
    pub(crate) fn expand(&mut self) -> Option<u32> {
        let place = self.peek_place()?;
        self.keys[place] |= EXPANDED;
        self.next = place + 1;
        Some(node(self.keys[place]))
    }

    /// The node that [`Pool::expand`] would give.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u32> {
        self.peek_place().map(|place| node(self.keys[place]))
    }

    #[inline]
    fn peek_place(&self) -> Option<usize> {
        let waiting = self.keys[self.next.min(self.keys.len())..].iter().position(|key| key & EXPANDED == 0)?;
        Some(self.next + waiting)
    }

    /// The score a newcomer has to beat; none while there is room.
    #[inline]
    pub(crate) fn worst(&self) -> Option<i32> {
        if self.keys.len() < self.room { None } else { self.keys.last().map(|key| score(*key)) }
    }

    /// All candidates, best first.
    pub(crate) fn nodes(&self) -> impl ExactSizeIterator<Item = u32> + Clone + '_ {
        self.keys.iter().map(|key| node(*key))
    }

    /// All candidates with their scores, best first.
    pub(crate) fn scored(&self) -> impl ExactSizeIterator<Item = (i32, u32)> + '_ {
        self.keys.iter().map(|key| (score(*key), node(*key)))
    }
}

fn key(score: i32, node: u32) -> u64 {
    // Flipping the sign bit orders signed numbers like unsigned ones; the complement puts the greatest first.
    let turned = !(score as u32 ^ 0x8000_0000);
    u64::from(turned) << 32 | u64::from(node) << 1
}

fn score(key: u64) -> i32 {
    (!((key >> 32) as u32) ^ 0x8000_0000) as i32
}

fn node(key: u64) -> u32 {
    key as u32 >> 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_holds_score_and_node() {
        for score in [i32::MIN, -1, 0, 1, i32::MAX] {
            for node in [0, 1, 0x7f7f_ffff] {
                let key = key(score, node) | EXPANDED;
                assert_eq!((super::score(key), super::node(key)), (score, node));
            }
        }
    }

    #[test]
    fn a_pool_without_room_keeps_nothing() {
        let mut pool = Pool::default();
        pool.offer(3, 1);
        assert_eq!(pool.expand(), None);
        assert_eq!(pool.nodes().len(), 0);
    }

    proptest! {
        /// Offers and expansions in any order, against a list that is sorted again each time.
        #[test]
        fn the_pool_is_what_sorting_would_give(
            room in 1usize..40, steps in prop::collection::vec(prop::option::of(-5i32..5), 0..200)
        ) {
            let mut pool = Pool::default();
            pool.reset(room);
            let mut expected: Vec<(i32, u32, bool)> = Vec::new();
            for (step, id) in steps.into_iter().zip(0u32..) {
                match step {
                    Some(score) => {
                        pool.offer(score, id);
                        expected.push((-score, id, false));
                        expected.sort_unstable();
                        expected.truncate(room);
                    }
                    None => {
                        let waiting = expected.iter_mut().find(|candidate| !candidate.2);
                        prop_assert_eq!(pool.peek(), waiting.as_ref().map(|candidate| candidate.1));
                        let node = waiting.map(|candidate| { candidate.2 = true; candidate.1 });
                        prop_assert_eq!(pool.expand(), node);
                    }
                }
                prop_assert!(pool.scored().eq(expected.iter().map(|(score, id, _)| (-score, *id))));
                let full = expected.len() == room;
                prop_assert_eq!(pool.worst(), expected.last().filter(|_| full).map(|worst| -worst.0));
            }
        }
    }
}

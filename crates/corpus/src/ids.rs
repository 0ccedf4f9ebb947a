//! Unique ids.
//!
//! An id the user gave is kept as it is. An id made from a title is a proposal: once every given id is known,
//! made ones that are taken get `-2`, `-3` and so on, in the order of reading.
//!
//! Ids are remembered by 128 bits of hash, which do not collide by accident, so that ids of any length cost the same.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// An id, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IdKey(u64, u64);

impl IdKey {
    pub(crate) fn of(id: &str) -> Self {
        let half = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            (seed, id).hash(&mut hasher);
            hasher.finish()
        };
        IdKey(half(0), half(1))
    }
}

/// Makes every made-up id different from every other id.
pub(crate) struct Settler {
    taken: HashSet<IdKey>,
    /// The number last tried for each proposal: without it, many equal titles would each count up from two.
    last_tried: HashMap<IdKey, u64>,
}

impl Settler {
    /// Every id that a user gave, and that a document has, must be known first.
    pub(crate) fn new(given: impl Iterator<Item = IdKey>) -> Self {
        Settler { taken: given.collect(), last_tried: HashMap::new() }
    }

    /// Turns the next proposal into an id.
    pub(crate) fn settle(&mut self, id: &mut String) {
        if self.taken.contains(&IdKey::of(id)) {
            *id = self.next_free(id);
        }
        self.taken.insert(IdKey::of(id));
    }

    fn next_free(&mut self, proposal: &str) -> String {
        let last_tried = self.last_tried.entry(IdKey::of(proposal)).or_insert(1);
        loop {
            *last_tried += 1;
            let id = format!("{proposal}-{last_tried}");
            if !self.taken.contains(&IdKey::of(&id)) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::IdOrigin::{self, Given, Judged, Made};

    fn settled(ids: &[(&str, IdOrigin)]) -> Vec<String> {
        let given = ids.iter().filter(|(_, origin)| *origin != Made);
        let mut settler = Settler::new(given.map(|(id, _)| IdKey::of(id)));
        let mut settled: Vec<String> = ids.iter().map(|(id, _)| (*id).to_owned()).collect();
        let made = settled.iter_mut().zip(ids).filter(|(_, (_, origin))| *origin == Made);
        made.for_each(|(id, _)| settler.settle(id));
        settled
    }

    #[test]
    fn repeated_titles_are_numbered_in_order() {
        assert_eq!(settled(&[("a", Made), ("a", Made), ("b", Made), ("a", Made)]), ["a", "a-2", "b", "a-3"]);
    }

    #[test]
    fn a_given_id_is_kept_even_when_it_comes_later() {
        assert_eq!(settled(&[("a", Made), ("a", Given), ("a-2", Judged)]), ["a-3", "a", "a-2"]);
    }

    #[test]
    fn a_number_that_is_itself_a_title_is_passed_over() {
        assert_eq!(settled(&[("a-2", Made), ("a", Made), ("a", Made), ("a-2", Made)]), ["a-2", "a", "a-3", "a-2-2"]);
    }
}

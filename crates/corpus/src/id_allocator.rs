//! Allocation of unique ids.
//!
//! A given id is kept as it is. An id made from a title, or a name within a file, is a proposal: after the last record,
//! proposals that are taken get `-2`, `-3` and so on, in the order of reading. The id of an existing document is taken, and
//! so is an id that was merged into an existing document.
//!
//! Ids are remembered by 64 bits of hash, so that ids of any length cost the same. If two ids have the same bits, one id
//! more gets a number.

use std::collections::HashMap;

use crate::error::ReadError;
use crate::existing::ExistingDocuments;
use crate::identity::Identity;

/// An id, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct IdKey(u64);

impl IdKey {
    pub(crate) fn of(id: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = Identity::of_id(id).0;
        IdKey(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// Makes proposed ids unique.
pub(crate) struct IdAllocator<'k> {
    /// All given ids, sorted.
    given: Vec<IdKey>,
    /// Allocated proposals, and the number last tried for each. Without the number, each of many equal titles would count
    /// up from 2.
    last_tried: HashMap<IdKey, u64>,
    existing: Option<&'k dyn ExistingDocuments>,
}

impl<'k> IdAllocator<'k> {
    /// An allocator that avoids the ids in `given`, which must be all given ids, and those of existing documents.
    pub(crate) fn new(given: impl Iterator<Item = IdKey>, existing: Option<&'k dyn ExistingDocuments>) -> Self {
        let mut given: Vec<IdKey> = given.collect();
        given.sort_unstable();
        IdAllocator { given, last_tried: HashMap::new(), existing }
    }

    /// Turns a proposal into a unique id. Returns whether the id differs from the proposal.
    pub(crate) fn allocate(&mut self, id: &mut String) -> Result<bool, ReadError> {
        let proposal = IdKey::of(id);
        let is_taken = self.is_taken(id)?;
        if is_taken {
            let mut last_tried = self.last_tried.get(&proposal).copied().unwrap_or(1);
            let free = loop {
                last_tried += 1;
                let numbered = format!("{id}-{last_tried}");
                if !self.is_taken(&numbered)? {
                    break numbered;
                }
            };
            self.last_tried.insert(proposal, last_tried);
            *id = free;
        }
        self.last_tried.entry(IdKey::of(id)).or_insert(1);
        Ok(is_taken)
    }

    fn is_taken(&self, id: &str) -> Result<bool, ReadError> {
        let key = IdKey::of(id);
        if self.last_tried.contains_key(&key) || self.given.binary_search(&key).is_ok() {
            return Ok(true);
        }
        Ok(match self.existing {
            Some(existing) => !existing.find(Identity::of_id(id))?.is_empty(),
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::IdOrigin::{self, Given, Judged, Made};

    fn settled(ids: &[(&str, IdOrigin)]) -> Vec<String> {
        let given = ids.iter().filter(|(_, origin)| *origin != Made);
        let mut allocator = IdAllocator::new(given.map(|(id, _)| IdKey::of(id)), None);
        let mut settled: Vec<String> = ids.iter().map(|(id, _)| (*id).to_owned()).collect();
        let made = settled.iter_mut().zip(ids).filter(|(_, (_, origin))| *origin == Made);
        for (id, _) in made {
            let proposal = id.clone();
            assert_eq!(allocator.allocate(id).unwrap(), *id != proposal);
        }
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

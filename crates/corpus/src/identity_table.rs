//! A hash table from identities to documents that needs little memory.
//!
//! The standard table would keep 16 bytes of identity, 8 bytes of number and 1 byte of its own for each entry, and be half
//! empty after growing. This table keeps 32 bits of the identity and a 32-bit number: 8 bytes. A result is only a
//! candidate, since 32 bits may coincide: callers compare the documents themselves. Among a million documents, one lookup
//! in a thousand meets an unrelated document.
//!
//! Open addressing with linear probing, in [`SHARDS`] tables. Each table grows on its own, by an eighth, so neither the
//! growing nor the slack takes much memory. The place of an entry follows from the 32 bits alone, so a table grows
//! without the identities. An entry takes 10 to 11.3 bytes.

use crate::identity::Identity;

/// The number of tables, each of which grows on its own.
const SHARDS: usize = 64;

/// The most documents under one identity. An identity with more of them, such as the title "Untitled", does not identify a
/// paper.
pub(crate) const MOST_PER_IDENTITY: usize = 16;

/// Documents by identity.
pub(crate) struct IdentityTable {
    shards: Vec<Shard>,
}

#[derive(Default, Clone)]
struct Shard {
    slots: Vec<Slot>,
    filled: usize,
}

/// Some bits of an identity, and a document's number counted from 1; 0 is an empty slot.
#[derive(Default, Clone, Copy)]
struct Slot {
    tag: u32,
    number: u32,
}

impl Default for IdentityTable {
    fn default() -> Self {
        IdentityTable { shards: vec![Shard::default(); SHARDS] }
    }
}

impl IdentityTable {
    /// The most documents that the table can number.
    pub(crate) const LARGEST: usize = u32::MAX as usize - 1;

    /// The documents that may have an identity, in ascending order, at most [`MOST_PER_IDENTITY`].
    pub(crate) fn find(&self, identity: Identity) -> Vec<usize> {
        let (shard, tag) = place(identity);
        let mut found: Vec<usize> = self.shards[shard].of(tag).map(|number| number as usize - 1).collect();
        found.sort_unstable();
        found
    }

    /// Adds a document under an identity, unless [`MOST_PER_IDENTITY`] documents are there already. `document` is below
    /// [`IdentityTable::LARGEST`].
    pub(crate) fn insert(&mut self, identity: Identity, document: usize) {
        let (shard, tag) = place(identity);
        let Some(number) = u32::try_from(document).ok().and_then(|document| document.checked_add(1)) else { return };
        let shard = &mut self.shards[shard];
        let mut count = 0;
        for held in shard.of(tag) {
            count += 1;
            if held == number || count == MOST_PER_IDENTITY {
                return;
            }
        }
        shard.insert(Slot { tag, number });
    }
}

/// The shard of an identity, and the bits of it that are kept.
fn place(Identity([shard, a, b, c, d, ..]): Identity) -> (usize, u32) {
    (usize::from(shard) % SHARDS, u32::from_be_bytes([a, b, c, d]))
}

impl Shard {
    /// The numbers under a tag, from the tag's place to the first empty slot.
    fn of(&self, tag: u32) -> impl Iterator<Item = u32> {
        let start = self.place(tag);
        let (before, behind) = self.slots.split_at(start);
        let run = behind.iter().chain(before).take_while(|slot| slot.number != 0);
        run.filter(move |slot| slot.tag == tag).map(|slot| slot.number)
    }

    /// The first slot to try for a tag. Ascending tags have ascending places, so growing walks both tables once, in order.
    fn place(&self, tag: u32) -> usize {
        ((u64::from(tag) * self.slots.len() as u64) >> 32) as usize
    }

    fn insert(&mut self, slot: Slot) {
        // At most four fifths are filled: there always is an empty one.
        if (self.filled + 1) * 5 > self.slots.len() * 4 {
            let larger = (self.slots.len() + self.slots.len() / 8).max(16);
            let slots = std::mem::replace(&mut self.slots, vec![Slot::default(); larger]);
            slots.into_iter().filter(|slot| slot.number != 0).for_each(|slot| self.put(slot));
        }
        self.put(slot);
        self.filled += 1;
    }

    fn put(&mut self, slot: Slot) {
        let start = self.place(slot.tag);
        let (before, behind) = self.slots.split_at_mut(start);
        if let Some(empty) = behind.iter_mut().chain(before).find(|slot| slot.number == 0) {
            *empty = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(number: usize) -> Identity {
        Identity::of_id(&number.to_string())
    }

    #[test]
    fn every_entry_is_found_and_few_others_with_it() {
        let mut table = IdentityTable::default();
        (0..100_000).for_each(|number| table.insert(identity(number), number));
        for number in 0..100_000 {
            assert!(table.find(identity(number)).contains(&number));
        }
        let strangers = (100_000..200_000).filter(|&number| !table.find(identity(number)).is_empty()).count();
        assert!(strangers < 50, "{strangers} questions met a document that has nothing to do with them");
        let slots: usize = table.shards.iter().map(|shard| shard.slots.len()).sum();
        assert!(slots < 160_000, "{slots} slots for 100,000 entries");
    }

    #[test]
    fn an_identity_leads_to_the_first_few_documents_that_have_it() {
        let mut table = IdentityTable::default();
        assert!(table.find(identity(1)).is_empty());
        for document in [7, 3, 7, 9] {
            table.insert(identity(1), document);
        }
        assert_eq!(table.find(identity(1)), [3, 7, 9]);
        (10..10_000).for_each(|document| table.insert(identity(1), document));
        assert_eq!(table.find(identity(1)).len(), MOST_PER_IDENTITY);
    }
}

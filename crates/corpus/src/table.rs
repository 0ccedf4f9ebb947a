//! From identities to documents, in little memory.
//!
//! A table like the standard one would keep the 16 bytes of an identity, 8 of a number and a byte of its own for each
//! entry, and be half empty after it grew. This one keeps 32 bits of the identity and a 32-bit number: 8 bytes. What it
//! finds is only a candidate, and whoever asks compares the documents themselves; of a million documents, one question
//! in a thousand meets one that has nothing to do with it.
//!
//! Open addressing with linear probing, in [`SHARDS`] tables that grow each for itself and by an eighth, so that
//! neither growing nor having grown takes much more than what is kept. An identity's place follows from the 32 bits
//! alone, so growing needs nothing else. That makes 10 to 11.3 bytes an entry.

use crate::identity::Identity;

/// Tables that grow each for itself.
const SHARDS: usize = 64;

/// How many documents one identity leads to. What more papers share is no mark of theirs: a title like "Untitled".
pub(crate) const FELLOWS: usize = 16;

/// Which documents have an identity.
pub(crate) struct Table {
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

impl Default for Table {
    fn default() -> Self {
        Table { shards: vec![Shard::default(); SHARDS] }
    }
}

impl Table {
    /// The most documents there may be.
    pub(crate) const LARGEST: usize = u32::MAX as usize - 1;

    /// Documents that may have this identity, the earliest first, at most [`FELLOWS`].
    pub(crate) fn find(&self, identity: Identity) -> Vec<usize> {
        let (shard, tag) = place(identity);
        let mut found: Vec<usize> = self.shards[shard].of(tag).map(|number| number as usize - 1).collect();
        found.sort_unstable();
        found
    }

    /// Lets an identity lead to a document, unless it leads to [`FELLOWS`] already. `document` is below
    /// [`Table::LARGEST`].
    pub(crate) fn insert(&mut self, identity: Identity, document: usize) {
        let (shard, tag) = place(identity);
        let Some(number) = u32::try_from(document).ok().and_then(|document| document.checked_add(1)) else { return };
        let shard = &mut self.shards[shard];
        let mut fellows = 0;
        for fellow in shard.of(tag) {
            fellows += 1;
            if fellow == number || fellows == FELLOWS {
                return;
            }
        }
        shard.insert(Slot { tag, number });
    }
}

/// The shard, and the bits that are kept.
fn place(Identity([shard, a, b, c, d, ..]): Identity) -> (usize, u32) {
    (usize::from(shard) % SHARDS, u32::from_be_bytes([a, b, c, d]))
}

impl Shard {
    /// What stands under a tag, from its place on to the first empty slot.
    fn of(&self, tag: u32) -> impl Iterator<Item = u32> {
        let start = self.place(tag);
        let (before, behind) = self.slots.split_at(start);
        let run = behind.iter().chain(before).take_while(|slot| slot.number != 0);
        run.filter(move |slot| slot.tag == tag).map(|slot| slot.number)
    }

    /// Tags in order have places in order, so that moving to a larger table goes through both from end to end.
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
    fn everything_that_was_put_in_is_found_and_little_else() {
        let mut table = Table::default();
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
        let mut table = Table::default();
        assert!(table.find(identity(1)).is_empty());
        for document in [7, 3, 7, 9] {
            table.insert(identity(1), document);
        }
        assert_eq!(table.find(identity(1)), [3, 7, 9]);
        (10..10_000).for_each(|document| table.insert(identity(1), document));
        assert_eq!(table.find(identity(1)).len(), FELLOWS);
    }
}

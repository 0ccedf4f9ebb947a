//! Records of the tables, and the hash table that leads from an identity to its rows.
//!
//! The hash table uses open addressing with linear probing: a lookup starts at the slot given by the first bytes of the
//! identity and goes on until it finds the identity or an empty slot. A slot holds four bytes of the identity and the
//! number of an entry, so slots of other identities are skipped without reading the entry. Entries of one identity form a
//! chain, and only the first of them has a slot.

/// A hash of a document, a passage or an identity.
pub(crate) type Key = [u8; 16];

/// The place, lengths and checksum of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockEntry {
    /// Where it begins, counted from the beginning of the first block.
    pub(super) offset: u64,
    /// Compressed bytes.
    pub(super) packed: u32,
    /// Decompressed bytes.
    pub(super) raw: u32,
    /// CRC-32C of the compressed bytes.
    pub(super) check: u32,
}

/// The facts of a row that can be read without its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowFacts {
    pub(super) content: Key,
    pub(super) passage: Key,
    /// The first of its entries among the identities.
    pub(super) first: u32,
    /// The number of its entries, which follow each other.
    pub(super) count: u32,
}

/// An identity of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdentityEntry {
    pub(super) identity: Key,
    pub(super) row: u32,
    /// The next entry of the same identity, counted from 1; 0 if there is none.
    pub(super) next: u32,
}

/// A slot of the hash table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// Bytes 8 to 11 of the identity.
    pub(super) tag: u32,
    /// The first entry of the identity, counted from 1; 0 if the slot is empty.
    pub(super) entry: u32,
}

impl BlockEntry {
    pub(super) const BYTES: usize = 20;

    pub(super) fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.packed.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.raw.to_le_bytes());
        bytes[16..].copy_from_slice(&self.check.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; Self::BYTES]) -> Self {
        BlockEntry {
            offset: u64::from(number(bytes, 0)) | u64::from(number(bytes, 4)) << 32,
            packed: number(bytes, 8),
            raw: number(bytes, 12),
            check: number(bytes, 16),
        }
    }
}

impl RowFacts {
    pub(super) const BYTES: usize = 40;

    pub(super) fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.content);
        bytes[16..32].copy_from_slice(&self.passage);
        bytes[32..36].copy_from_slice(&self.first.to_le_bytes());
        bytes[36..].copy_from_slice(&self.count.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; Self::BYTES]) -> Self {
        RowFacts { content: key(bytes, 0), passage: key(bytes, 16), first: number(bytes, 32), count: number(bytes, 36) }
    }
}

impl IdentityEntry {
    pub(super) const BYTES: usize = 24;

    pub(super) fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.identity);
        bytes[16..20].copy_from_slice(&self.row.to_le_bytes());
        bytes[20..].copy_from_slice(&self.next.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; Self::BYTES]) -> Self {
        IdentityEntry { identity: key(bytes, 0), row: number(bytes, 16), next: number(bytes, 20) }
    }
}

impl Slot {
    pub(super) const BYTES: usize = 8;

    pub(super) fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.tag.to_le_bytes());
        bytes[4..].copy_from_slice(&self.entry.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; Self::BYTES]) -> Self {
        Slot { tag: number(bytes, 0), entry: number(bytes, 4) }
    }
}

fn number(bytes: &[u8], offset: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[offset..][..4]);
    u32::from_le_bytes(four)
}

fn key(bytes: &[u8], offset: usize) -> Key {
    let mut key = [0; 16];
    key.copy_from_slice(&bytes[offset..][..16]);
    key
}

/// The number of slots of a hash table for this number of identities: a power of two, of which at least a quarter stays
/// empty.
pub(super) fn slots_for(identities: u64) -> u64 {
    // At most 2^33, since there are fewer than 2^32 identities.
    if identities == 0 { 0 } else { (identities.saturating_mul(4) / 3 + 1).checked_next_power_of_two().unwrap_or(0) }
}

/// The slot at which the lookup of an identity starts. `slots` is a power of two.
pub(super) fn home(identity: &Key, slots: u64) -> u64 {
    (u64::from(number(identity, 0)) | u64::from(number(identity, 4)) << 32) & (slots - 1)
}

/// The bytes of an identity that its slot holds.
pub(super) fn tag(identity: &Key) -> u32 {
    number(identity, 8)
}

/// Fills the hash table, and links entries of one identity. The same entries always give the same table, so a table can be
/// verified by making it again.
///
/// Goes from the last entry to the first, so that each chain begins with its first entry.
pub(super) fn link(entries: &mut [IdentityEntry]) -> Vec<Slot> {
    let count = slots_for(entries.len() as u64);
    let mut slots = vec![Slot::default(); usize::try_from(count).unwrap_or(usize::MAX)];
    for place in (0..entries.len()).rev() {
        let identity = entries[place].identity;
        let tag = tag(&identity);
        let mut at = home(&identity, count);
        let next = loop {
            let slot = slots[at as usize];
            if slot.entry == 0 {
                break 0;
            }
            if slot.tag == tag && entries[slot.entry as usize - 1].identity == identity {
                break slot.entry;
            }
            at = (at + 1) & (count - 1);
        };
        entries[place].next = next;
        // There are fewer than 2^32 entries; the writer and the header check this.
        slots[at as usize] = Slot { tag, entry: place as u32 + 1 };
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(identity: Key, row: u32) -> IdentityEntry {
        IdentityEntry { identity, row, next: 0 }
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let block = BlockEntry { offset: 0x1234_5678_9abc, packed: 7, raw: 90, check: 0xdead_beef };
        assert_eq!(BlockEntry::decode(&block.encode()), block);
        let row = RowFacts { content: [1; 16], passage: [2; 16], first: 3, count: 4 };
        assert_eq!(RowFacts::decode(&row.encode()), row);
        let identity = IdentityEntry { identity: [9; 16], row: 5, next: 6 };
        assert_eq!(IdentityEntry::decode(&identity.encode()), identity);
        let slot = Slot { tag: 1, entry: 2 };
        assert_eq!(Slot::decode(&slot.encode()), slot);
    }

    #[test]
    fn a_quarter_of_the_slots_stays_empty() {
        for identities in (0..200).chain([1 << 20, (1 << 20) + 1, u64::from(u32::MAX) - 1]) {
            let slots = slots_for(identities);
            assert!(slots == 0 || slots.is_power_of_two());
            assert!(identities * 4 <= slots * 3, "{identities} in {slots}");
        }
    }

    #[test]
    fn a_chain_goes_from_the_first_entry_to_the_last() {
        let mut entries = [entry([1; 16], 0), entry([2; 16], 1), entry([1; 16], 2), entry([1; 16], 3)];
        let slots = link(&mut entries);
        assert_eq!(entries.map(|entry| entry.next), [3, 0, 4, 0]);
        let firsts: Vec<u32> = slots.iter().map(|slot| slot.entry).filter(|entry| *entry > 0).collect();
        assert_eq!(firsts.len(), 2);
        assert!(firsts.contains(&1) && firsts.contains(&2));
    }
}

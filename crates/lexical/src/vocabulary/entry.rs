//! What a dictionary says of a key.

use crate::file::numbers::{push_varint, take_u32, take_varint};

use super::code::FIRST;

/// What has been counted before an entry.
pub(crate) type Counters = [u64; 4];

/// What a dictionary says of a key, beside what it counts along the keys.
pub(crate) trait Entry: Copy {
    /// How many counters are stored with each block.
    const COUNTERS: usize;

    /// Appends the entry.
    fn push(self, out: &mut Vec<u8>);

    /// Takes an entry off the front.
    fn take(bytes: &mut &[u8]) -> Option<Self>;

    /// Counts the entry; `None` if a counter has no room for it.
    fn count(self, counters: &mut Counters) -> Option<()>;
}

/// A word as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// How many rows have it.
    pub(crate) rows: u32,
    /// How many bytes its number takes: a place in [`FIRST`].
    pub(crate) class: usize,
}

impl Word {
    /// The number of the word, before which `counters` were counted.
    pub(crate) fn number(self, counters: &Counters) -> Option<u32> {
        u32::try_from(counters[self.class]).ok()?.checked_add(FIRST[self.class])
    }
}

impl Entry for Word {
    const COUNTERS: usize = 4;

    fn push(self, out: &mut Vec<u8>) {
        push_varint(out, u64::from(self.rows) << 2 | self.class as u64);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let value = take_varint(bytes)?;
        Some(Word { rows: u32::try_from(value >> 2).ok()?, class: (value & 3) as usize })
    }

    fn count(self, counters: &mut Counters) -> Option<()> {
        counters[self.class] = counters[self.class].checked_add(1)?;
        Some(())
    }
}

/// A key that has a run of bytes in another section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// How many rows the run names, or authors.
    pub(crate) rows: u32,
    /// How many bytes the run has.
    pub(crate) len: u64,
}

impl Entry for Run {
    const COUNTERS: usize = 1;

    fn push(self, out: &mut Vec<u8>) {
        push_varint(out, u64::from(self.rows));
        push_varint(out, self.len);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Run { rows: take_u32(bytes)?, len: take_varint(bytes)? })
    }

    fn count(self, counters: &mut Counters) -> Option<()> {
        counters[0] = counters[0].checked_add(self.len)?;
        Some(())
    }
}

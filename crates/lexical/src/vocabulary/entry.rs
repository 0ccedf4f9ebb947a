//! What a dictionary says of a key.

use crate::file::numbers::{push_varint, take_u32, take_varint};

/// A key that has a run of bytes in another section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// How many numbers the run has: rows, authors or words.
    pub(crate) count: u32,
    /// How many bytes the run has.
    pub(crate) len: u64,
}

impl Run {
    /// Appends the entry. Most keys have one number.
    pub(crate) fn push(self, out: &mut Vec<u8>) {
        push_varint(out, self.len << 1 | u64::from(self.count != 1));
        if self.count != 1 {
            push_varint(out, u64::from(self.count));
        }
    }

    /// Takes an entry off the front.
    pub(crate) fn take(bytes: &mut &[u8]) -> Option<Self> {
        let len = take_varint(bytes)?;
        let count = if len & 1 == 0 { 1 } else { take_u32(bytes)? };
        Some(Run { count, len: len >> 1 })
    }
}

/// A key that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What is said of it.
    pub(crate) run: Run,
    /// Where its bytes begin.
    pub(crate) start: u64,
    /// How many keys are before it.
    pub(crate) ordinal: u32,
}

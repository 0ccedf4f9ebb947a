//! Bytes that somebody owns: a buffer of ours, or a part of a mapped file.
//!
//! What is stored packed (a tokeniser's tables) is read where it lies. Whoever reads it asks for `&[u8]` and need not
//! know which of the two it is; parts share their owner, which lives as long as the last of them.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use memmap2::Mmap;

/// Bytes with shared ownership; a clone and a part cost no copy.
#[derive(Clone)]
pub struct Bytes {
    owner: Owner,
    // Lies within the owner: `part` is the only place that narrows it.
    range: Range<usize>,
}

#[derive(Clone)]
enum Owner {
    Buffer(Arc<Vec<u8>>),
    Map(Arc<Mmap>),
}

impl Bytes {
    /// The bytes in `range`; None if it is not within these.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Option<Bytes> {
        self.get(range.clone())?;
        let start = self.range.start;
        Some(Bytes { owner: self.owner.clone(), range: start + range.start..start + range.end })
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(buffer: Vec<u8>) -> Self {
        Bytes { range: 0..buffer.len(), owner: Owner::Buffer(Arc::new(buffer)) }
    }
}

impl From<Arc<Mmap>> for Bytes {
    fn from(map: Arc<Mmap>) -> Self {
        Bytes { range: 0..map.len(), owner: Owner::Map(map) }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let all: &[u8] = match &self.owner {
            Owner::Buffer(buffer) => buffer,
            Owner::Map(map) => map,
        };
        &all[self.range.clone()]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = match self.owner {
            Owner::Buffer(_) => "buffer",
            Owner::Map(_) => "map",
        };
        write!(formatter, "Bytes({owner}, {:?})", self.range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_part_counts_from_the_part() {
        let whole = Bytes::from(vec![0, 1, 2, 3, 4, 5]);
        let part = whole.part(1..5).unwrap();
        assert_eq!(*part, [1, 2, 3, 4]);
        assert_eq!(*part.part(2..4).unwrap(), [3, 4]);
        assert!(part.part(4..4).unwrap().is_empty());
    }

    #[test]
    fn nothing_outside_a_part_can_be_reached_from_it() {
        let part = Bytes::from(vec![0, 1, 2, 3, 4, 5]).part(1..5).unwrap();
        assert!(part.part(0..5).is_none());
        assert!(part.part(usize::MAX - 1..usize::MAX).is_none());
        #[expect(clippy::reversed_empty_ranges, reason = "what a damaged file may say")]
        let reversed = part.part(3..2);
        assert!(reversed.is_none());
    }
}

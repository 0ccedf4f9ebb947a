//! Bytes with shared ownership: a buffer, or a part of a mapped file.
//!
//! Packed data (weights, a tokeniser's tables) is read in place. Readers ask for `&[u8]` and need not know what holds it;
//! parts share their owner, which lives as long as the last part.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Bytes with shared ownership; a clone and a part cost no copy.
#[derive(Clone)]
pub struct Bytes {
    owner: Arc<dyn AsRef<[u8]> + Send + Sync>,
    // Lies within the owner: `part` is the only place that narrows it.
    range: Range<usize>,
}

impl Bytes {
    /// All bytes of `owner`, which has to return the same bytes every time.
    #[must_use]
    pub fn of(owner: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Self {
        let range = 0..(*owner).as_ref().len();
        Bytes { owner, range }
    }

    /// The bytes in `range`; `None` if the range is not within these bytes.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Option<Bytes> {
        self.get(range.clone())?;
        let start = self.range.start;
        Some(Bytes { owner: self.owner.clone(), range: start + range.start..start + range.end })
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(buffer: Vec<u8>) -> Self {
        Bytes::of(Arc::new(buffer))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &(*self.owner).as_ref()[self.range.clone()]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({:?})", self.range)
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

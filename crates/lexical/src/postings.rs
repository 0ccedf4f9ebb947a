//! Which rows have a word: the gaps between them, and how often it is in the title and in the abstract.
//!
//! Most words are in an abstract once and not in the title, so one bit of the gap says that, and half of all postings are
//! one byte.

use crate::file::numbers::{push_varint, take_varint};

/// Title counts below this are in one number with the count of the abstract.
const TITLE: u64 = 3;

/// How often a row has a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// In the title.
    pub title: u32,
    /// In the abstract.
    pub text: u32,
}

/// Appends rows or other ascending numbers as the gaps between them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gaps {
    /// The smallest number that may come next.
    next: u32,
}

impl Gaps {
    /// The gap before a number.
    ///
    /// # Panics
    /// If it is not above the number before it, or is the highest that there is.
    pub(crate) fn gap(&mut self, number: u32) -> u64 {
        let gap = number.checked_sub(self.next).expect("numbers ascend");
        self.next = number.checked_add(1).expect("no segment has 2³² of anything");
        u64::from(gap)
    }

    /// The number behind a gap; `None` if it is not below `end`.
    #[inline]
    pub(crate) fn number(&mut self, gap: u64, end: u32) -> Option<u32> {
        let number = u64::from(self.next).checked_add(gap).filter(|&number| number < u64::from(end))? as u32;
        self.next = number + 1;
        Some(number)
    }
}

/// Appends a posting.
pub(crate) fn push_posting(out: &mut Vec<u8>, gap: u64, count: Occurrences) {
    if count == (Occurrences { title: 0, text: 1 }) {
        push_varint(out, gap << 1 | 1);
    } else {
        push_varint(out, gap << 1);
        push_varint(out, u64::from(count.text) << 2 | u64::from(count.title).min(TITLE));
        if u64::from(count.title) >= TITLE {
            push_varint(out, u64::from(count.title) - TITLE);
        }
    }
}

/// Takes a gap and the occurrences off the front.
#[inline]
pub(crate) fn take_posting(bytes: &mut &[u8]) -> Option<(u64, Occurrences)> {
    let gap = take_varint(bytes)?;
    if gap & 1 == 1 {
        return Some((gap >> 1, Occurrences { title: 0, text: 1 }));
    }
    let counts = take_varint(bytes)?;
    let mut title = counts & 3;
    if title == TITLE {
        title = title.checked_add(take_varint(bytes)?)?;
    }
    let (title, text) = (u32::try_from(title).ok()?, u32::try_from(counts >> 2).ok()?);
    (title > 0 || text > 0).then_some((gap >> 1, Occurrences { title, text }))
}

/// Calls `visit` with each row of a list of postings. `None` if the list is not `count` rows below `end`.
#[inline]
pub(crate) fn for_each_posting(
    mut bytes: &[u8],
    count: u32,
    end: u32,
    mut visit: impl FnMut(u32, Occurrences),
) -> Option<()> {
    let mut gaps = Gaps::default();
    for _ in 0..count {
        let (gap, occurrences) = take_posting(&mut bytes)?;
        visit(gaps.number(gap, end)?, occurrences);
    }
    bytes.is_empty().then_some(())
}

/// Calls `visit` with each number of a list of gaps. `None` if the list is not `count` numbers below `end`.
pub(crate) fn for_each_number(mut bytes: &[u8], count: u32, end: u32, mut visit: impl FnMut(u32)) -> Option<()> {
    let mut gaps = Gaps::default();
    for _ in 0..count {
        visit(gaps.number(take_varint(&mut bytes)?, end)?);
    }
    bytes.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_come_back_as_they_were() {
        let counts = [(0, 1), (1, 0), (0, 2), (2, 1), (3, 0), (3, 7), (200, 1), (u32::MAX, u32::MAX), (0, 1)];
        let postings: Vec<(u32, Occurrences)> =
            counts.iter().enumerate().map(|(i, &(title, text))| (i as u32 * 37, Occurrences { title, text })).collect();
        let (mut bytes, mut gaps) = (Vec::new(), Gaps::default());
        for (row, count) in &postings {
            push_posting(&mut bytes, gaps.gap(*row), *count);
        }
        let read = |bytes: &[u8], count, end| {
            let mut found = Vec::new();
            for_each_posting(bytes, count, end, |row, count| found.push((row, count))).map(|()| found)
        };
        assert_eq!(read(&bytes, 9, 297).as_ref(), Some(&postings));
        assert_eq!(read(&bytes, 9, 296), None, "a row too many");
        assert_eq!(read(&bytes, 8, 297), None, "more than it says");
        assert_eq!(read(&bytes, 10, 297), None, "less than it says");
    }

    #[test]
    fn a_posting_without_the_word_is_none() {
        let mut bytes = Vec::new();
        push_varint(&mut bytes, 2);
        push_varint(&mut bytes, 0);
        assert_eq!(take_posting(&mut &bytes[..]), None);
    }
}

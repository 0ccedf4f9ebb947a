//! Rows, how often the title and the abstract of each have a word, and in which slots.
//!
//! Most words are in an abstract once and not in the title, so one bit says that. Slots lie behind all rows: what a word is
//! worth in each document is found without them.

use crate::file::bits::{BitReader, BitWriter};

use super::numbers::Gaps;
use super::slots::Length;

/// How often a document has a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// In the title.
    pub title: u32,
    /// In the abstract.
    pub text: u32,
}

/// A row of a word that is written.
#[derive(Clone, Debug)]
pub(crate) struct Posting<'a> {
    pub(crate) row: u32,
    /// How many of the slots are of the title; they come first.
    pub(crate) title: u32,
    pub(crate) slots: &'a [u32],
    /// The length of the row.
    pub(crate) length: Length,
}

/// The postings of a word among `rows` rows as bytes.
pub(crate) fn write(postings: &[Posting<'_>], rows: u32) -> Vec<u8> {
    let mut bits = BitWriter::default();
    let mut gaps = Gaps::new(postings.len() as u32, rows);
    for posting in postings {
        gaps.push(&mut bits, posting.row);
        if posting.title == 0 && posting.slots.len() == 1 {
            bits.push(1, 1);
        } else {
            bits.push(0, 1);
            bits.push_gamma(posting.slots.len() as u64);
            bits.push_gamma(u64::from(posting.title) + 1);
        }
    }
    for posting in postings {
        let (title, text) = posting.slots.split_at(posting.title as usize);
        let last = posting.length.last().expect("a row has less than 2³² words");
        push_slots(&mut bits, title, 0, posting.length.title);
        push_slots(&mut bits, text, posting.length.wall(), last);
    }
    bits.finish()
}

/// Appends ascending slots behind `before` up to `last`, of which 0 may come as often as it likes, before all others.
fn push_slots(bits: &mut BitWriter, slots: &[u32], mut before: u32, last: u32) {
    for &slot in slots {
        bits.push_below(slot.saturating_sub(before), last - before + 1);
        before = before.max(slot);
    }
}

/// The rows of a word in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Postings<'a> {
    bytes: &'a [u8],
    count: u32,
    rows: u32,
}

impl<'a> Postings<'a> {
    /// `count` of `rows` rows.
    pub(crate) fn new(bytes: &'a [u8], count: u32, rows: u32) -> Self {
        Postings { bytes, count, rows }
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Calls `visit` with each row. Gives the bits behind the rows, or `None` if the bytes are something else.
    #[inline]
    pub(crate) fn for_each(&self, mut visit: impl FnMut(u32, Occurrences)) -> Option<BitReader<'a>> {
        let mut bits = BitReader::new(self.bytes);
        let mut gaps = Gaps::new(self.count, self.rows);
        for _ in 0..self.count {
            let row = gaps.take(&mut bits)?;
            visit(row, take_occurrences(&mut bits)?);
        }
        Some(bits)
    }

    /// Calls `visit` with each row and its slots, given the length of each row. `None` if the bytes are something else.
    pub(crate) fn for_each_with_slots(
        &self,
        length: impl Fn(u32) -> Length,
        mut visit: impl FnMut(u32, Occurrences, &[u32]),
    ) -> Option<()> {
        let mut slot_bits = self.for_each(|_, _| {})?;
        let mut slots = Vec::new();
        let mut whole = Some(());
        self.for_each(|row, occurrences| {
            let length = length(row);
            if whole.is_some() {
                whole = take_slots(&mut slot_bits, occurrences, length, &mut slots);
                visit(row, occurrences, &slots);
            }
        })?;
        whole?;
        slot_bits.rest()?.is_empty().then_some(())
    }
}

#[inline]
fn take_occurrences(bits: &mut BitReader<'_>) -> Option<Occurrences> {
    if bits.take(1) == 1 {
        return bits.is_within().then_some(Occurrences { title: 0, text: 1 });
    }
    let all = u32::try_from(bits.take_gamma()).ok()?;
    let title = u32::try_from(bits.take_gamma()).ok()? - 1;
    Some(Occurrences { title, text: all.checked_sub(title)? })
}

/// Takes the slots of a row: those of the title first.
fn take_slots(bits: &mut BitReader<'_>, count: Occurrences, length: Length, slots: &mut Vec<u32>) -> Option<()> {
    slots.clear();
    let last = length.last()?;
    for (count, mut before, last) in [(count.title, 0, length.title), (count.text, length.wall(), last)] {
        let mut is_placed = false;
        for _ in 0..count {
            let passed = bits.take_below(last - before + 1);
            // Beside another slot none is meant: 0 comes first.
            if !bits.is_within() || is_placed && passed == 0 || passed > last - before {
                return None;
            }
            is_placed = passed > 0;
            before += passed;
            slots.push(if is_placed { before } else { 0 });
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], count: u32, rows: u32, length: Length) -> Option<Vec<(u32, Occurrences, Vec<u32>)>> {
        let mut found = Vec::new();
        let visit = |row, count, slots: &[u32]| found.push((row, count, slots.to_vec()));
        Postings::new(bytes, count, rows).for_each_with_slots(|_| length, visit)?;
        Some(found)
    }

    #[test]
    fn postings_come_back_as_they_were() {
        let length = Length { title: 3, text: 9 };
        let slots: [(u32, &[u32]); 5] = [(0, &[5]), (1, &[3]), (2, &[0, 1, 0, 0, 12, 13]), (0, &[5, 6, 7]), (0, &[0])];
        let postings = slots.iter().enumerate().map(|(place, &(title, slots))| {
            let row = place as u32 * 37;
            Posting { row, title, slots, length }
        });
        let postings: Vec<Posting<'_>> = postings.collect();
        let bytes = write(&postings, 200);
        let found = read(&bytes, 5, 200, length).unwrap();
        assert_eq!(found.len(), 5);
        for (posting, (row, count, slots)) in postings.iter().zip(found) {
            assert_eq!((posting.row, posting.title, posting.slots), (row, count.title, &slots[..]));
            assert_eq!((count.title + count.text) as usize, slots.len());
        }
        assert_eq!(read(&bytes[..bytes.len() - 1], 5, 200, length), None, "cut off");
        assert_eq!(read(&[&bytes[..], &[0]].concat(), 5, 200, length), None, "goes on");
    }
}

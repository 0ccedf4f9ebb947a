//! Ascending numbers as gaps.
//!
//! The gaps between `count` numbers below `end` are `end / count` on average. Rice's code with that in mind takes one or
//! two bits more for each than there is to know (Witten, Moffat and Bell, Managing Gigabytes, 1999); whole bytes would take
//! half as much again.

use crate::file::bits::{BitReader, BitWriter};

/// The parameter of Rice's code: the logarithm of what a gap is in the middle.
fn parameter(count: u32, end: u32) -> u32 {
    let middle = u64::from(end) * 11 / 16 / u64::from(count.max(1));
    middle.max(1).ilog2()
}

/// Writes and reads the gaps of one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gaps {
    k: u32,
    end: u32,
    /// The smallest number that may come next.
    next: u32,
}

impl Gaps {
    /// The gaps of `count` numbers below `end`.
    pub(crate) fn new(count: u32, end: u32) -> Self {
        Gaps { k: parameter(count, end), end, next: 0 }
    }

    /// Appends a number, which is above the one before it and below `end`.
    pub(crate) fn push(&mut self, bits: &mut BitWriter, number: u32) {
        debug_assert!((self.next..self.end).contains(&number), "numbers ascend");
        bits.push_rice(u64::from(number - self.next), self.k);
        self.next = number + 1;
    }

    /// Takes the next number; `None` if it is not below `end`, or the bits have ended.
    #[inline]
    pub(crate) fn take(&mut self, bits: &mut BitReader<'_>) -> Option<u32> {
        let number = bits.take_rice(self.k).saturating_add(u64::from(self.next));
        if number >= u64::from(self.end) || !bits.is_within() {
            return None;
        }
        self.next = number as u32 + 1;
        Some(number as u32)
    }
}

/// Ascending numbers below `end` as bytes.
pub(crate) fn write(numbers: &[u32], end: u32) -> Vec<u8> {
    let mut bits = BitWriter::default();
    let mut gaps = Gaps::new(numbers.len() as u32, end);
    numbers.iter().for_each(|&number| gaps.push(&mut bits, number));
    bits.finish()
}

/// Calls `visit` with each of `count` numbers below `end`. `None` if the bytes are something else.
pub(crate) fn for_each(bytes: &[u8], count: u32, end: u32, mut visit: impl FnMut(u32)) -> Option<()> {
    let mut bits = BitReader::new(bytes);
    let mut gaps = Gaps::new(count, end);
    for _ in 0..count {
        visit(gaps.take(&mut bits)?);
    }
    bits.rest()?.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were() {
        let lists: [(&[u32], u32); 5] = [
            (&[], 0),
            (&[0], 1),
            (&[0, 1, 2, 99], 100),
            (&[4_000_000_000], 4_000_000_001),
            (&[7, 4_294_967_293], u32::MAX),
        ];
        for (numbers, end) in lists {
            let bytes = write(numbers, end);
            let count = numbers.len() as u32;
            let mut found = Vec::new();
            assert_eq!(for_each(&bytes, count, end, |number| found.push(number)), Some(()));
            assert_eq!(found, numbers);
            if let Some(&last) = numbers.last() {
                assert_eq!(for_each(&bytes[..bytes.len() - 1], count, end, |_| {}), None, "cut off");
                let same_code = parameter(count, end) == parameter(count, last);
                assert!(!same_code || for_each(&bytes, count, last, |_| {}).is_none(), "too high");
            }
            assert_eq!(for_each(&[&bytes[..], &[0]].concat(), count, end, |_| {}), None, "goes on");
        }
        assert_eq!(for_each(&[], u32::MAX, u32::MAX, |_| {}), None);
    }
}

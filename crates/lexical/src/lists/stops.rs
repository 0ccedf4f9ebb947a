//! The stop words of a row, and between which slots they are.
//!
//! A third of all words are stop words, which nothing is found by. Only phrases ask for them, and only in a few rows, so
//! they have no postings; each takes a byte that also says how many slots lie before it.

use crate::analyse::is_stop_word;
use crate::file::body::Body;
use crate::file::error::LexicalError;
use crate::file::numbers::{push_varint, take_bytes, take_varint};
use crate::file::section::Section;

/// The stop words by their numbers in the file.
pub(crate) const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// How many slots before a stop word its byte can say; from the last on, a varint follows.
const NEAR: u64 = 7;
/// Rows that share a line of the index.
const BLOCK: u32 = 16;

/// The number of a stop word; `None` if it is none.
pub(crate) fn number_of(word: &str) -> Option<u8> {
    if !is_stop_word(word) {
        return None;
    }
    STOP_WORDS.binary_search(&word).ok().map(|number| number as u8)
}

/// Writes the stop words of a segment, and where those of each row are.
#[derive(Debug, Default)]
pub(crate) struct StopsWriter {
    rows: u32,
    index: Vec<u8>,
    stops: Vec<u8>,
    row: Vec<u8>,
    /// The last slot before the last stop word.
    slot: u64,
}

impl StopsWriter {
    /// Appends a stop word to the row, behind a slot.
    pub(crate) fn push(&mut self, stop: u8, slot: u64) {
        let passed = slot - self.slot;
        self.slot = slot;
        self.row.push(stop * NEAR as u8 + passed.min(NEAR - 1) as u8);
        if passed >= NEAR - 1 {
            push_varint(&mut self.row, passed - (NEAR - 1));
        }
    }

    /// Ends the row.
    pub(crate) fn end_row(&mut self) {
        if self.rows.is_multiple_of(BLOCK) {
            self.index.extend_from_slice(&(self.stops.len() as u64).to_le_bytes());
        }
        push_varint(&mut self.stops, self.row.len() as u64);
        self.stops.append(&mut self.row);
        self.slot = 0;
        self.rows += 1;
    }

    /// The index and the stop words.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.index, self.stops)
    }
}

/// The stop words of a segment.
#[derive(Clone, Copy)]
pub(crate) struct Stops<'a>(pub(crate) &'a Body);

/// The stop words of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopsOfRow<'a>(&'a [u8]);

impl StopsOfRow<'_> {
    /// Calls `visit` with each stop word and the last slot before it.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(u8, u64)) -> Result<(), LexicalError> {
        let mut bytes = self.0;
        let mut slot = 0_u64;
        while let Some((&first, rest)) = bytes.split_first() {
            bytes = rest;
            let (stop, mut passed) = (first / NEAR as u8, u64::from(first) % NEAR);
            if usize::from(stop) >= STOP_WORDS.len() {
                return Err(malformed());
            }
            if passed == NEAR - 1 {
                let more = take_varint(&mut bytes).ok_or_else(malformed)?;
                passed = passed.saturating_add(more);
            }
            slot = slot.saturating_add(passed);
            visit(stop, slot);
        }
        Ok(())
    }
}

impl<'a> Stops<'a> {
    /// The stop words of a row.
    pub(crate) fn row(&self, row: u32) -> Result<StopsOfRow<'a>, LexicalError> {
        let mut block = self.block(row / BLOCK)?;
        for _ in 0..row % BLOCK {
            take_row(&mut block)?;
        }
        take_row(&mut block)
    }

    /// Calls `visit` with every row.
    pub(crate) fn for_each_row(
        &self,
        mut visit: impl FnMut(u32, StopsOfRow<'a>) -> Result<(), LexicalError>,
    ) -> Result<(), LexicalError> {
        let rows = self.0.rows();
        for block in 0..rows.div_ceil(BLOCK) {
            let mut bytes = self.block(block)?;
            for row in block * BLOCK..rows.min(block.saturating_add(1).saturating_mul(BLOCK)) {
                visit(row, take_row(&mut bytes)?)?;
            }
            if !bytes.is_empty() {
                return Err(malformed());
            }
        }
        Ok(())
    }

    fn block(&self, block: u32) -> Result<&'a [u8], LexicalError> {
        let body = self.0;
        let place = 8 * u64::from(block);
        let at = |place: u64| {
            let line = body.part(Section::StopIndex, place..place + 8)?;
            Ok(line.first_chunk().map_or(0, |line| u64::from_le_bytes(*line)))
        };
        let is_last = block + 1 >= body.rows().div_ceil(BLOCK);
        let end = if is_last { body.len(Section::Stops) as u64 } else { at(place + 8)? };
        body.part(Section::Stops, at(place)?..end)
    }
}

fn take_row<'a>(bytes: &mut &'a [u8]) -> Result<StopsOfRow<'a>, LexicalError> {
    let row = take_varint(bytes).and_then(|len| take_bytes(bytes, len));
    row.map(StopsOfRow).ok_or_else(malformed)
}

fn malformed() -> LexicalError {
    Section::Stops.damaged("the stop words of a row are malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_word_has_a_number() {
        assert!(STOP_WORDS.is_sorted());
        for (number, word) in STOP_WORDS.iter().enumerate() {
            assert_eq!(number_of(word), Some(number as u8), "{word}");
        }
        assert_eq!(number_of("graph"), None);
        assert!((STOP_WORDS.len() as u64) * NEAR <= 256);
    }

    #[test]
    fn stop_words_come_back_with_the_slots_before_them() {
        let stops = [(0, 0), (32, 0), (5, 1), (6, 7), (7, 12), (8, 18), (9, 1000), (9, 1000)];
        let mut writer = StopsWriter::default();
        stops.iter().for_each(|&(stop, slot)| writer.push(stop, slot));
        let row = writer.row.clone();
        let mut found = Vec::new();
        StopsOfRow(&row).for_each(|stop, slot| found.push((stop, slot))).unwrap();
        assert_eq!(found, stops);
        assert!(StopsOfRow(&[255]).for_each(|_, _| {}).is_err());
        assert!(StopsOfRow(&[6]).for_each(|_, _| {}).is_err());
    }
}

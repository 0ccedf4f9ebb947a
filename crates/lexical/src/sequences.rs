//! The words of each row in order, stop words included, as numbers.
//!
//! For all that is asked of a few rows: neighbouring words, phrases, which words are in the title, and which words a
//! removed row had.

use crate::file::body::Body;
use crate::file::error::LexicalError;
use crate::file::numbers::{push_varint, take_bytes, take_varint};
use crate::file::section::Section;
use crate::vocabulary::code::{push_code, take_code};

/// Rows that share a line of the index.
const BLOCK: u32 = 16;

/// Where in a row a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A word of the title.
    Title,
    /// Words of the title written together.
    TitleJoined,
    /// Words of the abstract written together.
    TextJoined,
    /// A word of the abstract.
    Text,
}

/// Words of a row, as numbers of any kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pub(crate) title: Vec<u32>,
    pub(crate) title_joined: Vec<u32>,
    pub(crate) text_joined: Vec<u32>,
    pub(crate) text: Vec<u32>,
}

impl Words {
    /// All words, with their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Place, u32)> {
        let title = self.title.iter().map(|&number| (Place::Title, number));
        let title_joined = self.title_joined.iter().map(|&number| (Place::TitleJoined, number));
        let text_joined = self.text_joined.iter().map(|&number| (Place::TextJoined, number));
        let text = self.text.iter().map(|&number| (Place::Text, number));
        title.chain(title_joined).chain(text_joined).chain(text)
    }
}

/// The words of a row, as they are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sequence<'a> {
    title: u64,
    title_joined: u64,
    text_joined: u64,
    codes: &'a [u8],
}

impl<'a> Sequence<'a> {
    /// Takes a row off the front.
    pub(crate) fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        let len = take_varint(bytes)?;
        let mut row = take_bytes(bytes, len)?;
        let (title, title_joined, text_joined) =
            (take_varint(&mut row)?, take_varint(&mut row)?, take_varint(&mut row)?);
        Some(Sequence { title, title_joined, text_joined, codes: row })
    }

    /// Appends a row.
    pub(crate) fn push(out: &mut Vec<u8>, words: &Words) {
        let mut row = Vec::new();
        push_varint(&mut row, words.title.len() as u64);
        push_varint(&mut row, words.title_joined.len() as u64);
        push_varint(&mut row, words.text_joined.len() as u64);
        words.iter().for_each(|(_, number)| push_code(&mut row, number));
        push_varint(out, row.len() as u64);
        out.extend_from_slice(&row);
    }

    /// Calls `visit` with each word: the title, then what is written together, then the abstract. `None` if the bytes
    /// are no such words.
    #[inline]
    pub(crate) fn for_each(&self, mut visit: impl FnMut(Place, u32)) -> Option<()> {
        let mut codes = self.codes;
        let before = [
            (Place::Title, self.title),
            (Place::TitleJoined, self.title_joined),
            (Place::TextJoined, self.text_joined),
        ];
        for (place, count) in before {
            for _ in 0..count {
                visit(place, take_code(&mut codes)?);
            }
        }
        while !codes.is_empty() {
            visit(Place::Text, take_code(&mut codes)?);
        }
        Some(())
    }
}

/// Writes the sequences of a segment, and where they are.
#[derive(Debug, Default)]
pub(crate) struct SequencesWriter {
    rows: u32,
    index: Vec<u8>,
    sequences: Vec<u8>,
}

impl SequencesWriter {
    /// Appends a row.
    pub(crate) fn push(&mut self, words: &Words) {
        if self.rows.is_multiple_of(BLOCK) {
            self.index.extend_from_slice(&(self.sequences.len() as u64).to_le_bytes());
        }
        Sequence::push(&mut self.sequences, words);
        self.rows += 1;
    }

    /// The index and the sequences.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.index, self.sequences)
    }
}

/// The sequences of a segment.
#[derive(Clone, Copy)]
pub(crate) struct Sequences<'a>(pub(crate) &'a Body);

impl<'a> Sequences<'a> {
    /// The words of a row.
    pub(crate) fn row(&self, row: u32) -> Result<Sequence<'a>, LexicalError> {
        let mut block = self.block(row / BLOCK)?;
        for _ in 0..row % BLOCK {
            let skipped = take_varint(&mut block).and_then(|len| take_bytes(&mut block, len));
            skipped.ok_or_else(damaged)?;
        }
        Sequence::take(&mut block).ok_or_else(damaged)
    }

    /// Calls `visit` with every row.
    pub(crate) fn for_each_row(
        &self,
        mut visit: impl FnMut(u32, Sequence<'a>) -> Result<(), LexicalError>,
    ) -> Result<(), LexicalError> {
        let rows = self.0.rows();
        for block in 0..rows.div_ceil(BLOCK) {
            let mut bytes = self.block(block)?;
            for row in block * BLOCK..rows.min(block.saturating_add(1).saturating_mul(BLOCK)) {
                visit(row, Sequence::take(&mut bytes).ok_or_else(damaged)?)?;
            }
            if !bytes.is_empty() {
                return Err(damaged());
            }
        }
        Ok(())
    }

    fn block(&self, block: u32) -> Result<&'a [u8], LexicalError> {
        let body = self.0;
        let place = 8 * u64::from(block);
        let at = |place: u64| {
            let line = body.part(Section::SequenceIndex, place..place + 8)?;
            Ok(line.first_chunk().map_or(0, |line| u64::from_le_bytes(*line)))
        };
        let end =
            if block + 1 < body.rows().div_ceil(BLOCK) { at(place + 8)? } else { body.len(Section::Sequences) as u64 };
        body.part(Section::Sequences, at(place)?..end)
    }
}

/// The error for a sequence that is none.
pub(crate) fn damaged() -> LexicalError {
    Section::Sequences.damaged("the words of a row are malformed")
}

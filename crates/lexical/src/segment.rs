//! The lexical index of one segment.

use semsearch_vector::Bytes;

use crate::file::body::Body;
use crate::file::error::LexicalError;
use crate::file::numbers::{take_u32, take_varint};
use crate::file::section::Section;
use crate::postings::{Occurrences, for_each_number, for_each_posting};
use crate::sequences::Sequences;
use crate::vocabulary::code::take_code;
use crate::vocabulary::dictionary::{Dictionary, Found};
use crate::vocabulary::entry::{Run, Word};

/// An opened `words.lexical`: which words the papers of a segment have.
///
/// Opening reads the header. Everything else is compared with its checksums before its first use.
#[derive(Debug)]
pub struct LexicalSegment {
    body: Body,
}

/// The rows of a stem, and its words.
pub(crate) struct StemRows<'a> {
    /// How many rows there are.
    pub(crate) count: u32,
    postings: &'a [u8],
    rows: u32,
    /// Numbers of its words; none if the stem is its only word.
    pub(crate) words: Vec<u32>,
}

impl StemRows<'_> {
    /// Calls `visit` with each row.
    #[inline]
    pub(crate) fn for_each(&self, visit: impl FnMut(u32, Occurrences)) -> Result<(), LexicalError> {
        for_each_posting(self.postings, self.count, self.rows, visit)
            .ok_or_else(|| Section::Postings.damaged("the rows of a stem are malformed"))
    }
}

impl LexicalSegment {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is no lexical index, or its header is damaged.
    pub fn open(file: Bytes) -> Result<Self, LexicalError> {
        Ok(LexicalSegment { body: Body::open(file)? })
    }

    /// How many papers there are.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.body.rows()
    }

    pub(crate) fn words(&self) -> Result<Dictionary<'_, Word>, LexicalError> {
        Dictionary::open(&self.body, Section::Words)
    }

    pub(crate) fn dictionary(&self, section: Section) -> Result<Dictionary<'_, Run>, LexicalError> {
        Dictionary::open(&self.body, section)
    }

    pub(crate) fn sequences(&self) -> Sequences<'_> {
        Sequences(&self.body)
    }

    /// The bytes of a key that was found.
    pub(crate) fn run(&self, section: Section, found: Found<Run>) -> Result<&[u8], LexicalError> {
        let start = found.before[0];
        let end = start.checked_add(found.entry.len).ok_or_else(|| section.damaged("something lies behind its end"))?;
        self.body.part(section, start..end)
    }

    /// The rows of a stem.
    pub(crate) fn stem(&self, stem: &str) -> Result<Option<StemRows<'_>>, LexicalError> {
        match self.dictionary(Section::Stems)?.find(stem.as_bytes())? {
            Some(found) => self.stem_rows(found).map(Some),
            None => Ok(None),
        }
    }

    /// The rows of a stem that was found.
    pub(crate) fn stem_rows(&self, found: Found<Run>) -> Result<StemRows<'_>, LexicalError> {
        let mut postings = self.run(Section::Postings, found)?;
        let malformed = || Section::Postings.damaged("the words of a stem are malformed");
        let count = take_varint(&mut postings).ok_or_else(malformed)?;
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(take_code(&mut postings).ok_or_else(malformed)?);
        }
        Ok(StemRows { count: found.entry.rows, postings, rows: self.rows(), words })
    }

    /// Calls `visit` with the ascending numbers, all below `end`, of a key that was found.
    pub(crate) fn numbers(
        &self,
        section: Section,
        found: Found<Run>,
        end: u32,
        visit: impl FnMut(u32),
    ) -> Result<(), LexicalError> {
        for_each_number(self.run(section, found)?, found.entry.rows, end, visit)
            .ok_or_else(|| section.damaged("the rows of a key are malformed"))
    }

    /// For each row the number of words in its title and in its abstract, stop words not counted.
    pub(crate) fn for_each_length(&self, mut visit: impl FnMut(u32, u32)) -> Result<(), LexicalError> {
        let mut bytes = self.body.section(Section::Lengths)?;
        for _ in 0..self.rows() {
            let lengths = take_u32(&mut bytes).zip(take_u32(&mut bytes));
            let (title, text) = lengths.ok_or_else(|| Section::Lengths.damaged("it ends early"))?;
            visit(title, text);
        }
        if bytes.is_empty() { Ok(()) } else { Err(Section::Lengths.damaged("it goes on behind the last row")) }
    }
}

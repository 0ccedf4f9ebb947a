//! The lexical index of one segment.

use semsearch_vector::Bytes;

use crate::analyse::stem;
use crate::file::body::Body;
use crate::file::error::LexicalError;
use crate::file::numbers::take_u32;
use crate::file::section::Section;
use crate::lists::numbers;
use crate::lists::postings::Postings;
use crate::lists::slots::Length;
use crate::lists::stops::Stops;
use crate::vocabulary::dictionary::Dictionary;
use crate::vocabulary::entry::Found;

/// An opened `words.lexical`: which words the papers of a segment have.
///
/// Opening reads the header. Everything else is compared with its checksums before its first use.
#[derive(Debug)]
pub struct LexicalSegment {
    body: Body,
}

impl LexicalSegment {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is no lexical index, or its header is damaged.
    pub fn open(file: Bytes) -> Result<Self, LexicalError> {
        let body = Body::open(file)?;
        // So that no number of rows can be claimed that the file has no room for.
        let rows = u64::from(body.rows());
        if (body.len(Section::Lengths) as u64) < 2 * rows {
            return Err(Section::Lengths.damaged("it has less rows than the header says"));
        }
        if body.len(Section::StopIndex) as u64 != 8 * rows.div_ceil(16) {
            return Err(Section::StopIndex.damaged("it has another number of rows than the header says"));
        }
        Ok(LexicalSegment { body })
    }

    /// How many papers there are.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.body.rows()
    }

    pub(crate) fn body(&self) -> &Body {
        &self.body
    }

    pub(crate) fn dictionary(&self, section: Section) -> Result<Dictionary<'_>, LexicalError> {
        Dictionary::open(&self.body, section)
    }

    pub(crate) fn stops(&self) -> Stops<'_> {
        Stops(&self.body)
    }

    /// The bytes of a key that was found.
    fn run(&self, section: Section, found: Found) -> Result<&[u8], LexicalError> {
        let end = found.start.checked_add(found.run.len);
        let end = end.ok_or_else(|| section.damaged("something lies behind its end"))?;
        self.body.part(section, found.start..end)
    }

    /// The rows of a word that was found.
    pub(crate) fn postings(&self, found: Found) -> Result<Postings<'_>, LexicalError> {
        Ok(Postings::new(self.run(Section::Postings, found)?, found.run.count, self.rows()))
    }

    /// The rows of a word, if it is one.
    pub(crate) fn word(&self, word: &str) -> Result<Option<Postings<'_>>, LexicalError> {
        let found = self.dictionary(Section::Words)?.find(word.as_bytes())?;
        found.map(|found| self.postings(found)).transpose()
    }

    /// The words with a stem.
    pub(crate) fn words_of_stem(&self, wanted: &str) -> Result<Vec<Found>, LexicalError> {
        let words = self.dictionary(Section::Words)?;
        let Some(found) = self.dictionary(Section::Stems)?.find(wanted.as_bytes())? else {
            // A stem that only one word has, and one that begins with it and is near, has no entry of its own.
            let found = words.find_near(wanted.as_bytes(), |walk| {
                let word = walk.key().starts_with(wanted.as_bytes()).then(|| std::str::from_utf8(walk.key()).ok());
                word.flatten().filter(|word| stem(word) == wanted).map(|_| walk.found())
            })?;
            return Ok(found.into_iter().collect());
        };
        let mut ordinals = Vec::new();
        self.numbers(Section::StemWords, found, words.len(), |ordinal| ordinals.push(ordinal))?;
        ordinals.into_iter().map(|ordinal| words.at(ordinal)).collect()
    }

    /// Calls `visit` with the ascending numbers, all below `end`, of a key that was found.
    pub(crate) fn numbers(
        &self,
        section: Section,
        found: Found,
        end: u32,
        visit: impl FnMut(u32),
    ) -> Result<(), LexicalError> {
        numbers::for_each(self.run(section, found)?, found.run.count, end, visit)
            .ok_or_else(|| section.damaged("the numbers of a key are malformed"))
    }

    /// For each row the number of words in its title and in its abstract, stop words not counted.
    pub(crate) fn for_each_length(&self, mut visit: impl FnMut(Length)) -> Result<(), LexicalError> {
        let mut bytes = self.body.section(Section::Lengths)?;
        for _ in 0..self.rows() {
            let lengths = take_u32(&mut bytes).zip(take_u32(&mut bytes));
            let (title, text) = lengths.ok_or_else(|| Section::Lengths.damaged("it ends early"))?;
            visit(Length { title, text });
        }
        if bytes.is_empty() { Ok(()) } else { Err(Section::Lengths.damaged("it goes on behind the last row")) }
    }

    /// For each row how many authors its paper and those before it have.
    pub(crate) fn author_ends(&self) -> Result<Vec<u32>, LexicalError> {
        let malformed = || Section::Authors.damaged("the numbers of authors are malformed");
        let mut bytes = self.body.section(Section::Authors)?;
        let mut end = 0_u32;
        let mut ends = Vec::new();
        for _ in 0..self.rows() {
            end = take_u32(&mut bytes).and_then(|count| end.checked_add(count)).ok_or_else(malformed)?;
            ends.push(end);
        }
        if bytes.is_empty() { Ok(ends) } else { Err(malformed()) }
    }
}

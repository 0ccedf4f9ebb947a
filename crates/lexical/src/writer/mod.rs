//! From papers to a file.
//!
//! Words are split and folded where the caller has threads to do it ([`Analysed::of`]); what is left is to number the
//! words and to append, one paper after another ([`LexicalWriter`]), so the file is the same however many threads there
//! were.
//!
//! Memory: about what the file takes, twice while [`finish`](LexicalWriter::finish) puts its parts together.

mod analysed;
mod hash;
mod keyed;
mod words;

pub use self::analysed::{Analysed, Paper};

use crate::file::header;
use crate::file::numbers::push_varint;
use crate::file::section::Section;

use self::keyed::Keyed;
use self::words::WordsWriter;

/// Makes the lexical index of a segment.
///
/// ```
/// use semsearch_lexical::{Analysed, LexicalSegment, LexicalWriter, Paper};
///
/// let paper = Paper { title: "Attention Is All You Need", text: "We propose a new simple network.", ..Paper::default() };
/// let mut writer = LexicalWriter::new();
/// writer.push(Analysed::of(&paper));
/// let segment = LexicalSegment::open(writer.finish().into())?;
/// assert_eq!(segment.rows(), 1);
/// # Ok::<(), semsearch_lexical::LexicalError>(())
/// ```
#[derive(Debug, Default)]
pub struct LexicalWriter {
    rows: u32,
    words: WordsWriter,
    lengths: Vec<u8>,
    authors: Vec<u8>,
    /// How many authors the papers have so far.
    all_authors: u32,
    names: Keyed,
    venues: Keyed,
    identifiers: Keyed,
    acronyms: Keyed,
}

impl LexicalWriter {
    /// No papers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many papers there are.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Appends a paper: the next row.
    ///
    /// # Panics
    /// If there are 2³² − 2 rows, or as many authors.
    pub fn push(&mut self, paper: Analysed) {
        let row = self.rows;
        self.rows = row.checked_add(1).filter(|&rows| rows < u32::MAX).expect("a segment has less than 2³² rows");
        let length = self.words.push(row, &paper);
        push_varint(&mut self.lengths, u64::from(length.title));
        push_varint(&mut self.lengths, u64::from(length.text));

        let authors = paper.authors.iter().filter(|name| !name.is_empty());
        let before = self.all_authors;
        for name in authors {
            for word in name {
                self.names.push(word, self.all_authors);
            }
            self.all_authors = self.all_authors.checked_add(1).expect("a segment has less than 2³² authors");
        }
        push_varint(&mut self.authors, u64::from(self.all_authors - before));
        for (keys, keyed) in [
            (paper.venue.as_slice(), &mut self.venues),
            (&paper.identifiers, &mut self.identifiers),
            (&paper.acronyms, &mut self.acronyms),
        ] {
            keys.iter().for_each(|key| keyed.push(key, row));
        }
    }

    /// The file.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut sections = [const { Vec::new() }; Section::ALL.len()];
        let mut put = |section: Section, bytes| sections[section as usize] = bytes;
        let words = self.words.finish();
        put(Section::Words, words.words);
        put(Section::Postings, words.postings);
        put(Section::Stems, words.stems);
        put(Section::StemWords, words.stem_words);
        put(Section::StopIndex, words.stop_index);
        put(Section::Stops, words.stops);
        put(Section::Lengths, self.lengths);
        put(Section::Authors, self.authors);
        for (keyed, end, dictionary, runs) in [
            (self.names, self.all_authors, Section::Names, Section::NamePostings),
            (self.venues, self.rows, Section::Venues, Section::VenueRows),
            (self.identifiers, self.rows, Section::Identifiers, Section::IdentifierRows),
            (self.acronyms, self.rows, Section::Acronyms, Section::AcronymRows),
        ] {
            let (keys, rows) = keyed.finish(end);
            put(dictionary, keys);
            put(runs, rows);
        }
        header::write(self.rows, &sections)
    }
}

//! Words with their rows and slots, stems with their words, and stop words.

use std::collections::HashMap;

use crate::analyse::stem;
use crate::file::numbers::{push_varint, take_u32};
use crate::lists::postings::{self, Posting};
use crate::lists::slots::Length;
use crate::lists::stops::{StopsWriter, number_of};
use crate::vocabulary::dictionary::{DictionaryWriter, NEAR};
use crate::vocabulary::entry::Run;

use super::analysed::{Analysed, Words};
use super::hash::WordHash;
use super::keyed::Keyed;

/// Words, stems and stop words of the papers so far.
#[derive(Debug, Default)]
pub(super) struct WordsWriter {
    numbers: HashMap<Box<str>, Known, WordHash>,
    words: Vec<Rows>,
    lengths: Vec<Length>,
    stops: StopsWriter,
    // Kept between papers, for their memory.
    local: Vec<Known>,
    slots: Vec<(u32, bool, u32)>,
}

/// What a word is.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// The stop word with this number.
    Stop(u8),
    /// The word with this place in the list of words.
    Word(u32),
}

/// The rows of a word: for each its distance from the row before, how many slots, how many of these in the title, and the
/// slots.
#[derive(Debug, Default)]
struct Rows {
    count: u32,
    last: u32,
    numbers: Vec<u8>,
}

/// Sections of the file.
pub(super) struct Finished {
    pub(super) words: Vec<u8>,
    pub(super) postings: Vec<u8>,
    pub(super) stems: Vec<u8>,
    pub(super) stem_words: Vec<u8>,
    pub(super) stop_index: Vec<u8>,
    pub(super) stops: Vec<u8>,
}

impl WordsWriter {
    /// Appends a row; gives its length.
    pub(super) fn push(&mut self, row: u32, paper: &Analysed) -> Length {
        let mut local = std::mem::take(&mut self.local);
        let mut slots = std::mem::take(&mut self.slots);
        local.clear();
        local.extend(paper.distinct().map(|word| self.known(word)));
        slots.clear();
        let title = self.place(&paper.title, &local, 0, false, &mut slots);
        let text = self.place(&paper.text, &local, title + 1, true, &mut slots) - title - 1;
        self.stops.end_row();
        let length = Length { title, text };
        self.lengths.push(length);
        slots.sort_unstable();
        for slots in slots.chunk_by(|a, b| a.0 == b.0) {
            let title = slots.iter().filter(|(_, in_text, _)| !in_text).count();
            self.words[slots[0].0 as usize].push(row, title, slots);
        }
        (self.local, self.slots) = (local, slots);
        length
    }

    /// Puts the words of a text into the slots behind `last`; gives the last one then.
    fn place(
        &mut self,
        words: &Words,
        known: &[Known],
        mut last: u32,
        in_text: bool,
        slots: &mut Vec<(u32, bool, u32)>,
    ) -> u32 {
        for &word in &words.words {
            match known[word as usize] {
                Known::Stop(stop) => self.stops.push(stop, u64::from(last)),
                Known::Word(word) => {
                    last += 1;
                    slots.push((word, in_text, last));
                }
            }
        }
        for &word in &words.joined {
            if let Known::Word(word) = known[word as usize] {
                slots.push((word, in_text, 0));
            }
        }
        last
    }

    fn known(&mut self, word: &str) -> Known {
        if let Some(&known) = self.numbers.get(word) {
            return known;
        }
        let known = match number_of(word) {
            Some(stop) => Known::Stop(stop),
            None => {
                self.words.push(Rows::default());
                Known::Word(self.words.len() as u32 - 1)
            }
        };
        self.numbers.insert(word.into(), known);
        known
    }

    /// The sections.
    pub(super) fn finish(self) -> Finished {
        let is_word = |(word, known)| match known {
            Known::Word(number) => Some((word, number)),
            Known::Stop(_) => None,
        };
        let mut words: Vec<(Box<str>, u32)> = self.numbers.into_iter().filter_map(is_word).collect();
        words.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let (mut dictionary, mut runs) = (DictionaryWriter::default(), Vec::new());
        let mut of_stem: HashMap<String, Vec<u32>, WordHash> = HashMap::default();
        for (ordinal, (word, number)) in (0..).zip(&words) {
            let rows = &self.words[*number as usize];
            let run = rows.write(&self.lengths);
            dictionary.push(word.as_bytes(), Run { count: rows.count, len: run.len() as u64 });
            runs.extend_from_slice(&run);
            of_stem.entry(stem(word).into_owned()).or_default().push(ordinal);
        }
        let mut stems = Keyed::default();
        for (stem, ordinals) in of_stem {
            let first = ordinals[0] as usize;
            let is_near = first.checked_sub(NEAR).is_none_or(|before| *words[before].0 < *stem);
            if ordinals.len() > 1 || !is_near || !words[first].0.starts_with(&stem) {
                ordinals.into_iter().for_each(|ordinal| stems.push(&stem, ordinal));
            }
        }
        let (stems, stem_words) = stems.finish(words.len() as u32);
        let (stop_index, stops) = self.stops.finish();
        Finished { words: dictionary.finish(), postings: runs, stems, stem_words, stop_index, stops }
    }
}

impl Rows {
    fn push(&mut self, row: u32, title: usize, slots: &[(u32, bool, u32)]) {
        push_varint(&mut self.numbers, u64::from(row - self.last));
        push_varint(&mut self.numbers, slots.len() as u64);
        push_varint(&mut self.numbers, title as u64);
        slots.iter().for_each(|&(_, _, slot)| push_varint(&mut self.numbers, u64::from(slot)));
        self.last = row;
        self.count += 1;
    }

    /// The bytes of the file.
    fn write(&self, lengths: &[Length]) -> Vec<u8> {
        let mut rest = &self.numbers[..];
        let mut next = || take_u32(&mut rest).expect("what this process wrote");
        let mut row = 0;
        let mut slots = Vec::new();
        let mut postings = Vec::with_capacity(self.count as usize);
        for _ in 0..self.count {
            row += next();
            let (count, title) = (next() as usize, next());
            let first = slots.len();
            slots.extend((0..count).map(|_| next()));
            postings.push((row, title, first..slots.len()));
        }
        let postings: Vec<Posting<'_>> = postings
            .into_iter()
            .map(|(row, title, range)| Posting { row, title, slots: &slots[range], length: lengths[row as usize] })
            .collect();
        postings::write(&postings, lengths.len() as u32)
    }
}

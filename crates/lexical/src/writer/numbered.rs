//! Words and stems, their rows, and the sequences.
//!
//! While papers come in, words are numbered as they are first seen; how often each occurs is known at the end, and then
//! they get the numbers of the file.

use std::collections::HashMap;

use crate::analyse::{is_stop_word, stem};
use crate::file::numbers::push_varint;
use crate::postings::{Gaps, Occurrences, push_posting};
use crate::sequences::{Place, Sequence, SequencesWriter, Words};
use crate::vocabulary::code::{FIRST, class_of, push_code};
use crate::vocabulary::dictionary::DictionaryWriter;
use crate::vocabulary::entry::{Run, Word};

use super::analysed::Analysed;

/// The stem of a stop word, which is no stem.
const NONE: u32 = u32::MAX;

/// Words, stems and sequences of the papers so far.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    numbers: HashMap<Box<str>, u32>,
    words: Vec<Known>,
    stem_numbers: HashMap<Box<str>, u32>,
    stems: Vec<Stem>,
    rows: u32,
    /// Rows, with the first numbers of words.
    sequences: Vec<u8>,
    /// For each different word of a paper its number; kept between papers.
    local: Vec<u32>,
    /// For each stem of a paper how often it occurs; kept between papers.
    counts: Vec<(u32, Occurrences)>,
}

/// What is known of a word.
#[derive(Debug)]
struct Known {
    stem: u32,
    rows: u32,
    occurrences: u64,
}

/// What is known of a stem.
#[derive(Debug, Default)]
struct Stem {
    rows: u32,
    gaps: Gaps,
    postings: Vec<u8>,
    words: Vec<u32>,
    /// Where in `counts` the stem is, for the row that is being counted.
    place: u32,
    counted: u32,
}

/// Sections of the file.
pub(super) struct Finished {
    pub(super) words: Vec<u8>,
    pub(super) stems: Vec<u8>,
    pub(super) postings: Vec<u8>,
    pub(super) sequence_index: Vec<u8>,
    pub(super) sequences: Vec<u8>,
}

impl Numbered {
    /// Appends a row; gives the number of words in its title and in its abstract, stop words not counted.
    pub(super) fn push(&mut self, row: u32, paper: &Analysed) -> (u32, u32) {
        let mut local = std::mem::take(&mut self.local);
        local.clear();
        local.extend(paper.distinct().map(|word| self.number(word)));
        for &number in &local {
            self.words[number as usize].rows += 1;
        }
        let (mut title, mut text) = (0, 0);
        let mut counts = std::mem::take(&mut self.counts);
        counts.clear();
        for (place, word) in paper.words.iter() {
            let word = &mut self.words[local[word as usize] as usize];
            word.occurrences += 1;
            if word.stem == NONE {
                continue;
            }
            let stem = &mut self.stems[word.stem as usize];
            if stem.counted != row + 1 {
                (stem.counted, stem.place) = (row + 1, counts.len() as u32);
                counts.push((word.stem, Occurrences::default()));
            }
            let count = &mut counts[stem.place as usize].1;
            match place {
                Place::Title | Place::TitleJoined => count.title += 1,
                Place::Text | Place::TextJoined => count.text += 1,
            }
            title += u32::from(place == Place::Title);
            text += u32::from(place == Place::Text);
        }
        for &(stem, count) in &counts {
            let stem = &mut self.stems[stem as usize];
            push_posting(&mut stem.postings, stem.gaps.gap(row), count);
            stem.rows += 1;
        }
        let map = |words: &[u32]| words.iter().map(|&word| local[word as usize]).collect();
        let words = Words {
            title: map(&paper.words.title),
            title_joined: map(&paper.words.title_joined),
            text_joined: map(&paper.words.text_joined),
            text: map(&paper.words.text),
        };
        Sequence::push(&mut self.sequences, &words);
        self.rows += 1;
        (self.local, self.counts) = (local, counts);
        (title, text)
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = self.words.len() as u32;
        let stem = if is_stop_word(word) { NONE } else { self.stem(&stem(word), number) };
        self.words.push(Known { stem, rows: 0, occurrences: 0 });
        self.numbers.insert(word.into(), number);
        number
    }

    fn stem(&mut self, stem: &str, word: u32) -> u32 {
        let number = match self.stem_numbers.get(stem) {
            Some(&number) => number,
            None => {
                let number = self.stems.len() as u32;
                self.stem_numbers.insert(stem.into(), number);
                self.stems.push(Stem::default());
                number
            }
        };
        self.stems[number as usize].words.push(word);
        number
    }

    /// The sections.
    pub(super) fn finish(self) -> Finished {
        let mut words: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        words.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        // The order of frequency decides how many bytes a number takes; in a class numbers follow the alphabet.
        let mut order: Vec<u32> = words.iter().map(|&(_, number)| number).collect();
        order.sort_by_key(|&number| std::cmp::Reverse(self.words[number as usize].occurrences));
        let mut classes = vec![0; words.len()];
        order.iter().enumerate().for_each(|(place, &number)| classes[number as usize] = class_of(place));
        let mut dictionary = DictionaryWriter::new();
        let mut next = FIRST;
        let mut numbers = vec![0; words.len()];
        for (word, number) in &words {
            let class = classes[*number as usize];
            numbers[*number as usize] = next[class];
            next[class] += 1;
            dictionary.push(word.as_bytes(), Word { rows: self.words[*number as usize].rows, class });
        }

        let mut spelling = vec![""; words.len()];
        words.iter().for_each(|(word, number)| spelling[*number as usize] = word);
        let mut stems: Vec<(&str, &Stem)> =
            self.stem_numbers.iter().map(|(stem, &number)| (&**stem, &self.stems[number as usize])).collect();
        stems.sort_unstable_by_key(|(stem, _)| *stem);
        let (mut stem_dictionary, mut postings) = (DictionaryWriter::new(), Vec::new());
        for (text, stem) in stems {
            let start = postings.len();
            if let [word] = stem.words[..]
                && spelling[word as usize] == text
            {
                push_varint(&mut postings, 0);
            } else {
                let mut of_stem: Vec<u32> = stem.words.iter().map(|&word| numbers[word as usize]).collect();
                of_stem.sort_unstable();
                push_varint(&mut postings, of_stem.len() as u64);
                of_stem.iter().for_each(|&number| push_code(&mut postings, number));
            }
            postings.extend_from_slice(&stem.postings);
            let len = (postings.len() - start) as u64;
            stem_dictionary.push(text.as_bytes(), Run { rows: stem.rows, len });
        }

        let mut sequences = SequencesWriter::default();
        let mut rest = &self.sequences[..];
        for _ in 0..self.rows {
            let row = Sequence::take(&mut rest).expect("what this process wrote");
            let mut words = Words::default();
            let pushed = row.for_each(|place, number| {
                let number = numbers[number as usize];
                match place {
                    Place::Title => words.title.push(number),
                    Place::TitleJoined => words.title_joined.push(number),
                    Place::TextJoined => words.text_joined.push(number),
                    Place::Text => words.text.push(number),
                }
            });
            pushed.expect("what this process wrote");
            sequences.push(&words);
        }
        let (sequence_index, sequences) = sequences.finish();
        Finished { words: dictionary.finish(), stems: stem_dictionary.finish(), postings, sequence_index, sequences }
    }
}

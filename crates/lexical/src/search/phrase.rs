//! Documents that have words directly behind each other.
//!
//! Words that are no stop words are looked for by their slots; which stop words are between these is then looked up for
//! each place that was found.

use crate::file::error::LexicalError;
use crate::lists::postings::Occurrences;
use crate::lists::slots::Length;
use crate::lists::stops::number_of;

use super::collection::{Collection, Part, malformed};
use super::documents::words;

/// A phrase, taken apart.
struct Phrase {
    /// Its words without stop words.
    words: Vec<String>,
    /// The stop words before each of these, and those behind the last.
    stops: Vec<Vec<u8>>,
}

/// The documents that have the words of a phrase in a row, and how often.
pub(super) fn with_phrase(collection: &Collection, text: &str) -> Result<Vec<(u32, Occurrences)>, LexicalError> {
    let mut phrase = Phrase { words: Vec::new(), stops: vec![Vec::new()] };
    for word in words(text) {
        match number_of(&word) {
            Some(stop) => phrase.stops[phrase.words.len()].push(stop),
            None => {
                phrase.words.push(word);
                phrase.stops.push(Vec::new());
            }
        }
    }
    let mut found = Vec::new();
    for part in &collection.parts {
        let lengths = &collection.lengths[part.base as usize..][..part.segment.rows() as usize];
        if !phrase.words.is_empty() {
            phrase.find(part, lengths, &mut found)?;
        } else if !phrase.stops[0].is_empty() {
            find_stops(part, lengths, &phrase.stops[0], &mut found)?;
        }
    }
    Ok(found)
}

impl Phrase {
    fn find(&self, part: &Part, lengths: &[Length], found: &mut Vec<(u32, Occurrences)>) -> Result<(), LexicalError> {
        let mut words = Vec::with_capacity(self.words.len());
        for (place, word) in (0..).zip(&self.words) {
            let Some(postings) = part.segment.word(word)? else { return Ok(()) };
            words.push((place, postings));
        }
        words.sort_by_key(|(_, postings)| postings.count());
        // Rows, and the slots of the first word in each.
        let mut starts: Option<Vec<(u32, u32)>> = None;
        for (place, postings) in words {
            let mut with_word = Vec::new();
            let mut earlier = starts.as_deref().unwrap_or_default().iter().peekable();
            let read = postings.for_each_with_slots(
                |row| lengths[row as usize],
                |row, _, slots| {
                    for start in slots.iter().filter(|&&slot| slot > place).map(|slot| slot - place) {
                        while earlier.next_if(|&&before| before < (row, start)).is_some() {}
                        if starts.is_none() || earlier.next_if_eq(&&(row, start)).is_some() {
                            with_word.push((row, start));
                        }
                    }
                },
            );
            read.ok_or_else(malformed)?;
            starts = Some(with_word);
        }
        let mut starts = starts.unwrap_or_default();
        starts.retain(|&(row, _)| part.has(row));
        let is_one_word = self.words.len() == 1 && self.stops.iter().all(Vec::is_empty);
        for places in starts.chunk_by(|a, b| a.0 == b.0) {
            let row = places[0].0;
            let mut stops: Vec<(u64, u8)> = Vec::new();
            if !is_one_word {
                part.segment.stops().row(row)?.for_each(|stop, slot| stops.push((slot, stop)))?;
            }
            let mut count = Occurrences::default();
            let title = lengths[row as usize].title;
            for &(_, start) in places {
                if is_one_word || self.has_stops(&stops, start) {
                    *(if start <= title { &mut count.title } else { &mut count.text }) += 1;
                }
            }
            if count != Occurrences::default() {
                found.push((part.base + row, count));
            }
        }
        Ok(())
    }

    /// Whether the stop words of the phrase are where they have to be, if its first other word is in slot `start`.
    fn has_stops(&self, stops: &[(u64, u8)], start: u32) -> bool {
        let behind = |slot: u64| {
            let first = stops.partition_point(|&(other, _)| other < slot);
            let end = stops.partition_point(|&(other, _)| other <= slot);
            stops[first..end].iter().map(|&(_, stop)| stop)
        };
        let last = self.words.len();
        (0..).zip(&self.stops).all(|(place, wanted)| {
            let slot = u64::from(start) + place - 1;
            let wanted = wanted.iter().copied();
            if place == 0 {
                behind(slot).rev().zip(wanted.clone().rev()).filter(|(a, b)| a == b).count() == wanted.len()
            } else if place as usize == last {
                behind(slot).zip(wanted.clone()).filter(|(a, b)| a == b).count() == wanted.len()
            } else {
                behind(slot).eq(wanted)
            }
        })
    }
}

/// The rows that have these stop words in a row.
fn find_stops(
    part: &Part,
    lengths: &[Length],
    wanted: &[u8],
    found: &mut Vec<(u32, Occurrences)>,
) -> Result<(), LexicalError> {
    let mut stops: Vec<(u64, u8)> = Vec::new();
    part.segment.stops().for_each_row(|row, words| {
        if !part.has(row) {
            return Ok(());
        }
        stops.clear();
        words.for_each(|stop, slot| stops.push((slot, stop)))?;
        let title = u64::from(lengths[row as usize].title);
        let mut count = Occurrences::default();
        for run in stops.windows(wanted.len()) {
            if run[0].0 == run[wanted.len() - 1].0 && run.iter().map(|(_, stop)| stop).eq(wanted) {
                *(if run[0].0 <= title { &mut count.title } else { &mut count.text }) += 1;
            }
        }
        if count != Occurrences::default() {
            found.push((part.base + row, count));
        }
        Ok(())
    })
}

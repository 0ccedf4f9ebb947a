//! What a stem is worth in each document that has it, and where it is there.

use std::sync::OnceLock;

use crate::file::error::LexicalError;
use crate::lists::postings::Occurrences;
use crate::lists::slots::Length;

use super::bm25;
use super::cache::Heavy;
use super::collection::{Collection, malformed};
use super::dense::Dense;
use super::members::Members;
use super::scores::Best;

/// A stem, and what it is worth in each document that has it.
#[derive(Debug)]
pub(super) struct Term {
    /// How much is known once the stem is known.
    pub(super) idf: f32,
    /// How many documents have it.
    pub(super) frequency: u32,
    documents: Members,
    /// What it is worth in each document that has it.
    impacts: Vec<f32>,
    /// The highest of these.
    pub(super) max: f32,
    /// The same in another form, if many documents have it.
    pub(super) dense: Option<Dense>,
    /// The documents in which it is worth most, found by the first query that wants them.
    exemplars: OnceLock<Vec<u32>>,
}

/// How many documents stand for a stem.
const EXEMPLARS: usize = 16;

impl Term {
    /// Reads a stem from all segments.
    pub(super) fn read(collection: &Collection, stem: &str) -> Result<Self, LexicalError> {
        let found = with_stem(collection, stem)?;
        let frequency = found.len() as u32;
        let idf = bm25::idf(frequency, collection.documents);
        let impact = |&(document, count): &(u32, Occurrences)| {
            idf * bm25::saturation(count, collection.norms[document as usize])
        };
        let impacts: Vec<f32> = found.iter().map(impact).collect();
        let documents = Members::new(found.into_iter().map(|(document, _)| document).collect(), collection.end);
        let max = impacts.iter().copied().fold(0.0, f32::max);
        let dense = Dense::of(&documents, &impacts, collection.end);
        Ok(Term { idf, frequency, documents, impacts, max, dense, exemplars: OnceLock::new() })
    }

    /// Calls `visit` with each document that has the stem, ascending, and what it is worth there.
    #[inline]
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32, f32)) {
        let mut impacts = self.impacts.iter();
        self.documents.for_each(|document| {
            if let Some(&impact) = impacts.next() {
                visit(document, impact);
            }
        });
    }

    /// The documents in which the stem is worth most, those first; of equal ones the lower numbers.
    pub(super) fn exemplars(&self) -> &[u32] {
        self.exemplars.get_or_init(|| {
            let mut best = Best::new(EXEMPLARS);
            self.for_each(|document, impact| {
                if impact > best.floor() {
                    best.push(document, impact);
                }
            });
            best.finish().into_iter().map(|(document, _)| document).collect()
        })
    }

    /// What the stem is worth in a document, if that has it; `near` is where the document before was, and becomes where
    /// this one is.
    #[inline]
    pub(super) fn impact(&self, document: u32, near: &mut usize) -> Option<f32> {
        self.documents.place(document, near).map(|place| self.impacts[place])
    }
}

impl Heavy for Term {
    fn bytes(&self) -> usize {
        let dense = self.dense.as_ref().map_or(0, Dense::bytes);
        self.documents.bytes() + (self.impacts.capacity() + EXEMPLARS) * size_of::<f32>() + dense
    }
}

/// The documents that have a stem, and how often.
pub(super) fn with_stem(collection: &Collection, stem: &str) -> Result<Vec<(u32, Occurrences)>, LexicalError> {
    let mut found: Vec<(u32, Occurrences)> = Vec::new();
    for part in &collection.parts {
        let first = found.len();
        let words = part.segment.words_of_stem(stem)?;
        for &word in &words {
            let postings = part.segment.postings(word)?;
            let read = postings.for_each(|row, count| {
                if part.has(row) {
                    found.push((part.base + row, count));
                }
            });
            read.ok_or_else(malformed)?;
        }
        if words.len() > 1 {
            merge(&mut found, first);
        }
    }
    Ok(found)
}

/// Puts documents from `first` on in order; what they say of one is added up.
fn merge(found: &mut Vec<(u32, Occurrences)>, first: usize) {
    found[first..].sort_by_key(|&(document, _)| document);
    let mut kept = first;
    for next in first + 1..found.len() {
        let (document, count) = found[next];
        if document == found[kept].0 {
            let sum = &mut found[kept].1;
            sum.title = sum.title.saturating_add(count.title);
            sum.text = sum.text.saturating_add(count.text);
        } else {
            kept += 1;
            found[kept] = (document, count);
        }
    }
    found.truncate(found.len().min(kept + 1));
}

/// The slot that stands for words of the abstract written together; 0 stands for those of the title.
const JOINED_TEXT: u32 = u32::MAX;

/// Where a stem is in each document that has it.
#[derive(Debug)]
pub(super) struct Places {
    documents: Members,
    /// Where the slots of each document begin, and where the last ones end.
    starts: Box<[u32]>,
    /// Ascending in each document.
    slots: Box<[u32]>,
}

impl Places {
    /// Reads a stem from all segments.
    pub(super) fn read(collection: &Collection, stem: &str) -> Result<Self, LexicalError> {
        let mut found: Vec<(u32, u32)> = Vec::new();
        for part in &collection.parts {
            let first = found.len();
            let words = part.segment.words_of_stem(stem)?;
            for &word in &words {
                let lengths = &collection.lengths[part.base as usize..];
                let read = part.segment.postings(word)?.for_each_with_slots(
                    |row| lengths[row as usize],
                    |row, count, slots| {
                        if part.has(row) {
                            let in_title = |place| place < count.title as usize;
                            let slot = |(place, &slot)| if slot > 0 || in_title(place) { slot } else { JOINED_TEXT };
                            found.extend(slots.iter().enumerate().map(|place| (part.base + row, slot(place))));
                        }
                    },
                );
                read.ok_or_else(malformed)?;
            }
            found[first..].sort_unstable();
        }
        let (mut documents, mut starts) = (Vec::new(), Vec::new());
        for (place, &(document, _)) in (0..).zip(&found) {
            if documents.last() != Some(&document) {
                documents.push(document);
                starts.push(place);
            }
        }
        starts.push(found.len() as u32);
        let documents = Members::new(documents, collection.end);
        // Collecting would go on with the memory of `found`, twice as much as there are slots.
        let mut slots = Vec::with_capacity(found.len());
        slots.extend(found.iter().map(|&(_, slot)| slot));
        Ok(Places { documents, starts: starts.into_boxed_slice(), slots: slots.into_boxed_slice() })
    }

    /// The slots of a document, ascending; `near` is where the document before was, and becomes where this one is.
    pub(super) fn of(&self, document: u32, near: &mut usize) -> Slots<'_> {
        match self.documents.place(document, near) {
            Some(place) => Slots(&self.slots[self.starts[place] as usize..self.starts[place + 1] as usize]),
            None => Slots(&[]),
        }
    }
}

impl Heavy for Places {
    fn bytes(&self) -> usize {
        self.documents.bytes() + (self.starts.len() + self.slots.len()) * size_of::<u32>()
    }
}

/// Where a stem is in a document.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slots<'a>(&'a [u32]);

impl Slots<'_> {
    /// Whether it is nowhere there.
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is in the title.
    pub(super) fn is_in_title(self, length: Length) -> bool {
        self.0.first().is_some_and(|&slot| slot <= length.title)
    }

    /// How often it is there.
    pub(super) fn count(self, length: Length) -> Occurrences {
        let title = self.0.partition_point(|&slot| slot <= length.title);
        Occurrences { title: title as u32, text: (self.0.len() - title) as u32 }
    }

    /// How often `next` is in the slot behind.
    pub(super) fn before(self, next: Slots<'_>, length: Length) -> Occurrences {
        let mut count = Occurrences::default();
        let mut rest = next.0;
        for &slot in self.0.iter().filter(|&&slot| slot > 0 && slot != JOINED_TEXT) {
            while rest.first().is_some_and(|&other| other <= slot) {
                rest = &rest[1..];
            }
            if rest.first() == Some(&(slot + 1)) {
                *(if slot <= length.title { &mut count.title } else { &mut count.text }) += 1;
            }
        }
        count
    }
}

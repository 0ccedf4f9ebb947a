//! How a document has the words of a query: which, how often, and which beside each other.

use std::sync::Arc;

use crate::file::error::LexicalError;
use crate::lists::postings::Occurrences;
use crate::lists::slots::Length;

use super::bm25;
use super::collection::Collection;
use super::terms::{Places, Slots};

/// The stems of a query, to be looked for in one document after another.
///
/// Takes least time if documents come in ascending order.
#[derive(Debug)]
pub struct Matcher<'a> {
    collection: &'a Collection,
    stems: Vec<String>,
    places: Vec<Arc<Places>>,
    /// Where in `places` the last document was.
    near: Vec<usize>,
    pairs: Vec<(usize, usize)>,
    matches: Matches,
}

/// How a document has the words of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// For each of [`Matcher::stems`] how often the document has it.
    pub stems: Vec<Occurrences>,
    /// For each of [`Matcher::pairs`] how often the first is directly before the second, stop words left out.
    pub pairs: Vec<Occurrences>,
    /// How many words the document has, stop words left out.
    pub length: Length,
}

impl Matches {
    /// Whether the title has every stem of the query. True if there are none.
    #[must_use]
    pub fn are_all_in_title(&self) -> bool {
        self.stems.iter().all(|count| count.title > 0)
    }
}

/// How some documents have the pairs of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    all_in_title: Vec<bool>,
    /// For each document, what each pair is worth.
    saturations: Vec<f32>,
    pairs: usize,
}

impl Neighbours {
    /// Whether the title of the document in this place has every stem of the query. True if there are none.
    ///
    /// # Panics
    /// If there were fewer documents.
    #[must_use]
    pub fn are_all_in_title(&self, place: usize) -> bool {
        self.all_in_title[place]
    }

    /// What each pair is worth in the document in this place, before its idf: BM25 with a title that counts twice.
    ///
    /// # Panics
    /// If there were fewer documents.
    #[must_use]
    pub fn saturations(&self, place: usize) -> &[f32] {
        &self.saturations[place * self.pairs..][..self.pairs]
    }
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        collection: &'a Collection,
        query: &[String],
        mut places: impl FnMut(&str) -> Result<Arc<Places>, LexicalError>,
    ) -> Result<Self, LexicalError> {
        let mut stems: Vec<String> = Vec::new();
        let mut sequence = Vec::with_capacity(query.len());
        for stem in query {
            let known = stems.iter().position(|known| known == stem);
            sequence.push(known.unwrap_or(stems.len()));
            if known.is_none() {
                stems.push(stem.clone());
            }
        }
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for pair in sequence.windows(2).map(|pair| (pair[0], pair[1])) {
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        let places = stems.iter().map(|stem| places(stem)).collect::<Result<_, _>>()?;
        let near = vec![0; stems.len()];
        Ok(Matcher { collection, stems, places, near, pairs, matches: Matches::default() })
    }

    /// The different stems of the query, in its order.
    #[must_use]
    pub fn stems(&self) -> &[String] {
        &self.stems
    }

    /// The different pairs of stems that are directly behind each other in the query, as places in
    /// [`stems`](Self::stems).
    #[must_use]
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// How a document has them.
    ///
    /// # Panics
    /// If there is no such document.
    pub fn look_at(&mut self, document: u32) -> &Matches {
        let length = self.collection.lengths[document as usize];
        let matches = &mut self.matches;
        matches.length = length;
        matches.stems.clear();
        matches.pairs.clear();
        let mut found = Vec::with_capacity(self.places.len());
        for (places, near) in self.places.iter().zip(&mut self.near) {
            let slots = places.of(document, near);
            matches.stems.push(slots.count(length));
            found.push(slots);
        }
        matches.pairs.extend(self.pairs.iter().map(|&(a, b)| found[a].before(found[b], length)));
        matches
    }

    /// How some documents have the pairs: what looking at one after the other would say, in less time.
    ///
    /// Goes through the places of one stem after the other, so that what it reads lies close together.
    ///
    /// # Panics
    /// If there is no such document.
    #[must_use]
    pub fn neighbours(&self, documents: &[u32]) -> Neighbours {
        let stems = self.stems.len();
        let mut found = vec![Slots::default(); stems * documents.len()];
        for (stem, places) in self.places.iter().enumerate() {
            let mut near = 0;
            for (row, &document) in documents.iter().enumerate() {
                found[row * stems + stem] = places.of(document, &mut near);
            }
        }
        let mut neighbours = Neighbours {
            all_in_title: Vec::with_capacity(documents.len()),
            saturations: vec![0.0; self.pairs.len() * documents.len()],
            pairs: self.pairs.len(),
        };
        for (row, &document) in documents.iter().enumerate() {
            let length = self.collection.lengths[document as usize];
            let found = &found[row * stems..][..stems];
            neighbours.all_in_title.push(found.iter().all(|slots| slots.is_in_title(length)));
            for (pair, &(a, b)) in self.pairs.iter().enumerate() {
                if found[a].is_empty() || found[b].is_empty() {
                    continue;
                }
                let count = found[a].before(found[b], length);
                if count != Occurrences::default() {
                    neighbours.saturations[row * self.pairs.len() + pair] =
                        bm25::pair_saturation(count, length, self.collection.average_pair_length);
                }
            }
        }
        neighbours
    }

    /// What a pair of the last document is worth before its idf: BM25 with a title that counts twice.
    #[must_use]
    pub fn pair_saturation(&self, pair: usize) -> f32 {
        bm25::pair_saturation(self.matches.pairs[pair], self.matches.length, self.collection.average_pair_length)
    }
}

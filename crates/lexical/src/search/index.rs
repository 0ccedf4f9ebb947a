//! All segments of a collection, as one.

use std::sync::{Arc, OnceLock};

use crate::file::error::LexicalError;
use crate::lists::postings::Occurrences;
use crate::lists::slots::Length;
use crate::segment::LexicalSegment;

use super::best::{self, Terms};
use super::bm25;
use super::cache::Cache;
use super::collection::Collection;
use super::matcher::Matcher;
use super::scores::{Pool, Scores};
use super::terms::{Places, Term};
use super::words::{CountedDefinition, WordList};
use super::{documents, phrase, terms, words};

/// Bytes of memory for what queries have read of stems, at least; as much again for where these are.
const ROOM: usize = 128 << 20;

/// A stem that is looked for, and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedStem {
    /// The stem, as [`stem`](crate::analyse::stem) gives it.
    pub stem: String,
    /// What its score is multiplied with. A weight that is not above 0 leaves the stem out.
    pub weight: f32,
}

/// The words of all segments of a collection.
///
/// The documents of a segment have the numbers from that behind the last of the segment before. All that is counted
/// (documents, their average length, how many have a word) is counted over the whole collection less what was removed, so
/// what a document is worth does not depend on which segment holds it, to the last bit.
///
/// Stems that were asked for are kept in memory with what they are worth in each document, 8 bytes a document that has
/// the stem.
///
/// ```
/// use std::sync::Arc;
///
/// use semsearch_lexical::{Analysed, LexicalIndex, LexicalSegment, LexicalWriter, Paper, WeightedStem};
///
/// let mut writer = LexicalWriter::new();
/// for (title, text) in [("Graph networks", "We learn on graphs."), ("Attention", "The state of the art in graphs.")] {
///     writer.push(Analysed::of(&Paper { title, text, ..Paper::default() }));
/// }
/// let segment = Arc::new(LexicalSegment::open(writer.finish().into())?);
/// let index = LexicalIndex::new(vec![(segment, None)])?;
///
/// let query = [WeightedStem { stem: "graph".into(), weight: 1.0 }];
/// let best = index.best(&query, 10, &|_| true)?;
/// assert_eq!(best[0].0, 0, "a title counts three times");
/// assert_eq!(index.with_phrase("state of the art")?.len(), 1);
///
/// let stems = ["graph", "network"].map(String::from);
/// let mut matcher = index.matcher(&stems)?;
/// assert!(matcher.look_at(0).are_all_in_title());
/// assert_eq!(matcher.look_at(0).pairs[0].title, 1);
/// # Ok::<(), semsearch_lexical::LexicalError>(())
/// ```
#[derive(Debug)]
pub struct LexicalIndex {
    collection: Collection,
    terms: Cache<Term>,
    places: Cache<Places>,
    words: OnceLock<Arc<WordList>>,
    pool: Arc<Pool<f32>>,
    sums: Pool<i16>,
}

impl LexicalIndex {
    /// The segments in the order of their documents, each with the rows that were removed from it, ascending.
    ///
    /// # Errors
    /// If a segment is damaged, or the rows are not ascending rows of it.
    pub fn new(segments: Vec<(Arc<LexicalSegment>, Option<Vec<u32>>)>) -> Result<Self, LexicalError> {
        let collection = Collection::new(segments)?;
        let room = ROOM.max(collection.end as usize * 64);
        Ok(LexicalIndex {
            collection,
            terms: Cache::new(room),
            places: Cache::new(room),
            words: OnceLock::new(),
            pool: Arc::default(),
            sums: Pool::default(),
        })
    }

    /// How many documents there are, those that were removed not counted.
    #[must_use]
    pub fn documents(&self) -> u32 {
        self.collection.documents
    }

    /// How many documents have a word with this stem.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn document_frequency(&self, stem: &str) -> Result<u32, LexicalError> {
        Ok(self.term(stem)?.frequency)
    }

    /// How much is known once a word with this stem is known: `ln(1 + (N - n + 0.5) / (n + 0.5))` for n of N documents.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn idf(&self, stem: &str) -> Result<f32, LexicalError> {
        Ok(self.term(stem)?.idf)
    }

    /// The sixteen documents in which a stem is worth most, or all if fewer have it, those first; of equal ones the lower
    /// numbers.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn exemplars(&self, stem: &str) -> Result<Vec<u32>, LexicalError> {
        Ok(self.term(stem)?.exemplars().to_vec())
    }

    /// [`idf`](Self::idf) for a number of documents.
    #[must_use]
    pub fn idf_of(&self, frequency: u32) -> f32 {
        bm25::idf(frequency, self.documents())
    }

    /// The score of every document that has one of the stems: the sum of their BM25 in the order given, k1 0.9, b 0.75,
    /// with a title that counts three times.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn scores(&self, terms: &[WeightedStem]) -> Result<Scores, LexicalError> {
        Ok(self.add_up(&self.terms_of(terms)?))
    }

    /// The `count` documents with the highest scores among those that `keep` holds for, highest first; of equal scores
    /// the lower number first. The same as [`top`](Scores::top) of [`scores`](Self::scores), in a fraction of the time.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn best(
        &self,
        terms: &[WeightedStem],
        count: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<(u32, f32)>, LexicalError> {
        let terms = self.terms_of(terms)?;
        let best = best::best(&terms, self.collection.end, count, keep, &self.sums);
        Ok(best.unwrap_or_else(|| self.add_up(&terms).top(count, keep)))
    }

    /// The scores of some documents, in their order: the same as [`scores`](Self::scores) would give them.
    ///
    /// Takes least time if documents come in ascending order.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn scores_of(&self, terms: &[WeightedStem], documents: &[u32]) -> Result<Vec<f32>, LexicalError> {
        let mut scores = vec![0.0; documents.len()];
        for (term, weight) in self.terms_of(terms)? {
            let mut near = 0;
            for (score, &document) in scores.iter_mut().zip(documents) {
                if let Some(impact) = term.impact(document, &mut near) {
                    *score += weight * impact;
                }
            }
        }
        Ok(scores)
    }

    fn terms_of(&self, terms: &[WeightedStem]) -> Result<Terms, LexicalError> {
        let terms = terms.iter().filter(|term| term.weight > 0.0);
        terms.map(|term| Ok((self.term(&term.stem)?, term.weight))).collect()
    }

    fn add_up(&self, terms: &Terms) -> Scores {
        let mut values = self.pool.take(self.collection.end as usize);
        for (term, weight) in terms {
            term.for_each(|document, impact| values[document as usize] += weight * impact);
        }
        Scores::new(values, self.pool.clone())
    }

    /// The stems of a query in its order, to be looked for in documents.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn matcher(&self, query: &[String]) -> Result<Matcher<'_>, LexicalError> {
        Matcher::new(&self.collection, query, |stem| self.places.get(stem, || Places::read(&self.collection, stem)))
    }

    /// How many words a document has, stop words left out.
    ///
    /// # Panics
    /// If there is no such document.
    #[must_use]
    pub fn length(&self, document: u32) -> Length {
        self.collection.lengths[document as usize]
    }

    /// The documents that have a word with this stem, and how often.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn with_stem(&self, stem: &str) -> Result<Vec<(u32, Occurrences)>, LexicalError> {
        terms::with_stem(&self.collection, stem)
    }

    /// The documents that have the words of a text in a row, as they are written (not their stems), stop words included,
    /// and how often.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn with_phrase(&self, phrase: &str) -> Result<Vec<(u32, Occurrences)>, LexicalError> {
        phrase::with_phrase(&self.collection, phrase)
    }

    /// The documents that have a word which begins so, and how often they have such words.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn with_prefix(&self, prefix: &str) -> Result<Vec<(u32, Occurrences)>, LexicalError> {
        documents::with_prefix(&self.collection, prefix)
    }

    /// The documents one of whose authors has all of the words in her name.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn of_author(&self, name: &str) -> Result<Vec<u32>, LexicalError> {
        documents::of_author(&self.collection, name)
    }

    /// The documents whose venue has all of the words.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn of_venue(&self, venue: &str) -> Result<Vec<u32>, LexicalError> {
        documents::of_venue(&self.collection, venue)
    }

    /// The documents with an identifier, in whatever case it is typed.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn with_identifier(&self, identifier: &str) -> Result<Vec<u32>, LexicalError> {
        documents::with_identifier(&self.collection, identifier)
    }

    /// How many documents have a word, as it is written.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn word_frequency(&self, word: &str) -> Result<u32, LexicalError> {
        words::frequency(&self.collection, word)
    }

    /// All words, stop words left out. Read from the segments by the first call, and kept.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn words(&self) -> Result<Arc<WordList>, LexicalError> {
        if let Some(words) = self.words.get() {
            return Ok(words.clone());
        }
        let words = Arc::new(WordList::read(&self.collection)?);
        Ok(self.words.get_or_init(|| words).clone())
    }

    /// What the papers define, in the order of acronyms and long forms. Read from the segments by every call.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn definitions(&self) -> Result<Vec<CountedDefinition>, LexicalError> {
        words::definitions(&self.collection)
    }

    fn term(&self, stem: &str) -> Result<Arc<Term>, LexicalError> {
        self.terms.get(stem, || Term::read(&self.collection, stem))
    }
}

//! All segments of a collection, as one.

use std::sync::Arc;

use crate::file::error::LexicalError;
use crate::segment::LexicalSegment;

use super::bm25;
use super::collection::Collection;
use super::scores::{Pool, Scores};
use super::terms::{Term, Terms};

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
#[derive(Debug)]
pub struct LexicalIndex {
    collection: Collection,
    terms: Terms,
    pool: Arc<Pool>,
}

impl LexicalIndex {
    /// The segments in the order of their documents, each with the rows that were removed from it, ascending.
    ///
    /// # Errors
    /// If a segment is damaged, or the rows are not ascending rows of it.
    pub fn new(segments: Vec<(Arc<LexicalSegment>, Option<Vec<u32>>)>) -> Result<Self, LexicalError> {
        let collection = Collection::new(segments)?;
        let room = (64 << 20).max(collection.end as usize * 32);
        Ok(LexicalIndex { collection, terms: Terms::new(room), pool: Arc::default() })
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
        Ok(self.term(stem)?.documents.len() as u32)
    }

    /// How much is known once a word with this stem is known: `ln(1 + (N - n + 0.5) / (n + 0.5))` for n of N documents.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn idf(&self, stem: &str) -> Result<f32, LexicalError> {
        Ok(self.term(stem)?.idf)
    }

    /// The same for a number of documents.
    #[must_use]
    pub fn idf_of(&self, frequency: u32) -> f32 {
        bm25::idf(frequency, self.documents())
    }

    /// The score of every document that has one of the stems: the sum of their BM25 in the order given, k1 1.2, b 0.75,
    /// with a title that counts three times.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub fn scores(&self, terms: &[WeightedStem]) -> Result<Scores, LexicalError> {
        let mut values = self.pool.take(self.collection.end as usize);
        for WeightedStem { stem, weight } in terms.iter().filter(|term| term.weight > 0.0) {
            let term = self.term(stem)?;
            for (&document, &impact) in term.documents.iter().zip(&term.impacts) {
                values[document as usize] += weight * impact;
            }
        }
        Ok(Scores::new(values, self.pool.clone()))
    }

    fn term(&self, stem: &str) -> Result<Arc<Term>, LexicalError> {
        self.terms.get(&self.collection, stem)
    }
}

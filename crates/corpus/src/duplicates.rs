//! Whether two documents are the same paper.
//!
//! Two records are one paper when their titles agree in letters and digits and their abstracts agree nearly:
//! at least [`ENOUGH`] of the word triples that occur in either occur in both (Jaccard similarity over 3-word
//! shingles). The title alone does not do, as "Correspondence" and "Summary" head many papers; the abstract
//! alone does not either, since a second part of a paper may repeat the first one's. Records without a title
//! are one only when their abstracts agree in every letter and digit.
//!
//! # Why one half
//!
//! Between versions of a paper a few sentences change, and each changed word takes three triples with it;
//! between different papers hardly any triple is shared. Measured over pairs with the same title:
//!
//! | pairs                                                     | similarity                       |
//! |-----------------------------------------------------------|----------------------------------|
//! | the 61 repeated papers of the five Daily Papers captures  | 1.00 each                        |
//! | reprints in Cranfield (843 and 889, 1274 and 1319)        | 0.59, 0.80                       |
//! | other pairs in Cranfield and SciFact                      | 0.03 at most                     |
//! | 225 captured abstracts against summaries retold by hand   | 0.06 at most                     |
//!
//! Nothing lies between 0.06 and 0.59, so the exact value matters little; one half also is easy to say: more
//! text in common than not.
//!
//! # Cost
//!
//! Two hashes and two table slots per document. Triples are formed only where titles are equal, and there for
//! at most [`FELLOWS`] earlier papers, so reading stays linear even if every paper were called "Untitled".

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use crate::document::Document;
use crate::error::ReadError;
use crate::shelf::Shelf;

/// The share of common word triples from which on two abstracts count as the same.
const ENOUGH: f64 = 0.5;

/// How many papers of the same title a new one is compared with. A title that more papers share is no title
/// of theirs; from there on only equal abstracts are recognised.
const FELLOWS: usize = 16;

/// The documents read so far, findable by text.
#[derive(Default)]
pub(crate) struct Duplicates {
    by_text: HashMap<TextKey, usize>,
    by_title: HashMap<u64, Vec<usize>>,
}

/// Title and abstract, reduced to letters and digits and hashed. Two times 64 bits do not collide by
/// accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TextKey {
    title: Option<u64>,
    summary: Option<u64>,
}

impl TextKey {
    pub(crate) fn of(document: &Document) -> TextKey {
        TextKey { title: key(&document.title), summary: key(&document.r#abstract) }
    }
}

impl Duplicates {
    /// The earliest document that is the same paper, among those that `may_merge` admits.
    pub(crate) fn find(
        &self,
        text: TextKey,
        document: &Document,
        documents: &mut impl Shelf,
        may_merge: impl Fn(usize) -> bool,
    ) -> Result<Option<usize>, ReadError> {
        // Without an abstract there is nothing to compare: equal titles are not enough.
        if text.summary.is_none() {
            return Ok(None);
        }
        if let Some(&same) = self.by_text.get(&text)
            && may_merge(same)
        {
            return Ok(Some(same));
        }
        let fellows = text.title.and_then(|title| self.by_title.get(&title)).map_or(&[][..], Vec::as_slice);
        if fellows.is_empty() {
            return Ok(None);
        }
        let shingles = Shingles::of(&document.r#abstract);
        for &fellow in fellows.iter().filter(|&&fellow| may_merge(fellow)) {
            if shingles.similarity(&Shingles::of(&documents.get(fellow)?.r#abstract)) >= ENOUGH {
                return Ok(Some(fellow));
            }
        }
        Ok(None)
    }

    /// Makes a document findable. After a merge, `index` is the document that took this text in.
    pub(crate) fn insert(&mut self, text: TextKey, index: usize) {
        self.by_text.entry(text).or_insert(index);
        if let (Some(title), Some(_)) = (text.title, text.summary) {
            let fellows = self.by_title.entry(title).or_default();
            if fellows.len() < FELLOWS && !fellows.contains(&index) {
                fellows.push(index);
            }
        }
    }
}

/// Whether two documents that share an id are the same paper, which they may also be without a title or an
/// abstract.
pub(crate) fn same_paper(one: &Document, other: &Document) -> bool {
    let (text, other_text) = (TextKey::of(one), TextKey::of(other));
    let near = || Shingles::of(&one.r#abstract).similarity(&Shingles::of(&other.r#abstract)) >= ENOUGH;
    text == other_text || (text.title.is_some() && text.title == other_text.title && near())
}

/// A hash of the letters and digits of a text; nothing if it has none.
fn key(text: &str) -> Option<u64> {
    let normalised = normalise(text);
    (!normalised.is_empty()).then(|| hash_of(normalised.as_str()))
}

fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Letters and digits in lower case, accents and ligatures taken apart (NFKD).
pub(crate) fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    }
    text.nfkd().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// The set of word triples of a text, as sorted hashes.
struct Shingles(Vec<u64>);

impl Shingles {
    const WORDS: usize = 3;

    fn of(text: &str) -> Shingles {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words: Vec<u64> = words.filter_map(key).collect();
        // A text of fewer words is its own only shingle.
        let width = Self::WORDS.min(words.len()).max(1);
        let mut hashes: Vec<u64> = words.windows(width).map(hash_of).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Shingles(hashes)
    }

    /// Jaccard similarity: what both hold, as a share of what either holds. Nothing is similar to an empty
    /// text.
    fn similarity(&self, other: &Shingles) -> f64 {
        let common = self.0.iter().filter(|hash| other.0.binary_search(hash).is_ok()).count();
        let either = self.0.len() + other.0.len() - common;
        if either == 0 { 0.0 } else { common as f64 / either as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIDES: &str = "The sea rises and falls twice a day because the moon pulls at the near side of the \
                         earth more strongly than at its far side, and we measure how much";

    fn paper(title: &str, summary: &str) -> Document {
        Document { title: title.into(), r#abstract: summary.into(), ..Document::default() }
    }

    fn is_found(first: &Document, second: &Document) -> bool {
        let mut duplicates = Duplicates::default();
        duplicates.insert(TextKey::of(first), 0);
        duplicates.find(TextKey::of(second), second, &mut vec![first.clone()], |_| true).unwrap().is_some()
    }

    #[test]
    fn case_accents_and_punctuation_make_no_difference() {
        assert!(is_found(&paper("Ragnarök: A Test", TIDES), &paper("RAGNAROK a test", &TIDES.replace(',', ";"))));
        assert_eq!(normalise("Eﬃcient Naïve-2²"), "efficientnaive22");
    }

    #[test]
    fn a_revised_abstract_is_still_the_same_paper() {
        let revised = TIDES.replace("twice a day", "twice daily");
        assert!(is_found(&paper("On Tides", TIDES), &paper("On tides", &revised)));
    }

    #[test]
    fn the_same_title_over_another_abstract_is_another_paper() {
        let other = "Winds blow from high pressure to low, bent by the turning of the earth; we give a table of them";
        assert!(!is_found(&paper("Summary", TIDES), &paper("Summary", other)));
    }

    #[test]
    fn the_same_abstract_under_another_title_is_another_paper() {
        assert!(!is_found(&paper("On Tides I", TIDES), &paper("On Tides II", TIDES)));
    }

    #[test]
    fn without_titles_only_equal_abstracts_are_the_same() {
        assert!(is_found(&paper("", TIDES), &paper(" ", &TIDES.to_uppercase())));
        assert!(!is_found(&paper("", TIDES), &paper("", &TIDES.replace("twice a day", "twice daily"))));
    }

    #[test]
    fn empty_abstracts_are_never_the_same() {
        assert!(!is_found(&paper("", ""), &paper("", "")));
        assert!(!is_found(&paper("Summary", ""), &paper("Summary", "")));
        assert!(!is_found(&paper("Summary", "–"), &paper("Summary", "–")));
    }

    #[test]
    fn under_a_shared_id_even_empty_documents_are_the_same() {
        assert!(same_paper(&paper("", ""), &paper("", "")));
        assert!(same_paper(&paper("T", TIDES), &paper("t", &TIDES.replace("twice a day", "twice daily"))));
        assert!(!same_paper(&paper("T", ""), &paper("T", TIDES)));
    }

    #[test]
    fn a_title_shared_by_thousands_does_not_slow_reading_down() {
        let mut duplicates = Duplicates::default();
        let mut documents: Vec<Document> =
            (0..5_000).map(|n| paper("Untitled", &format!("paper {n} has its own {n} words {n} in it"))).collect();
        for (index, document) in documents.clone().iter().enumerate() {
            let text = TextKey::of(document);
            assert_eq!(duplicates.find(text, document, &mut documents, |_| true).unwrap(), None);
            duplicates.insert(text, index);
        }
        assert!(duplicates.by_title.values().all(|fellows| fellows.len() <= FELLOWS));
        let last = documents.last().unwrap().clone();
        assert_eq!(duplicates.find(TextKey::of(&last), &last, &mut documents, |_| true).unwrap(), Some(4_999));
    }
}

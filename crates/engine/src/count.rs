//! How many papers have some words in a row, and how often.
//!
//! The lexical index has the places of all words, so both counts are exact and no paper is read. Words are compared as they
//! are written, after what `docs/words.md` calls folding; no stems. For counts of all forms of the words, the index says which
//! papers have a form of each word, and these papers are read: their words are reduced to stems and looked through.

use rayon::prelude::*;
use semsearch_index::RowSet;
use semsearch_lexical::analyse::{TokenKind, for_each_token, is_stop_word, stem};
use semsearch_lexical::{LexicalIndex, Occurrences};
use semsearch_store::{Collection, DocId};

use crate::search::SearchError;

/// How many papers have some words in a row, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhraseCount {
    /// Papers that have them in the title or the abstract.
    pub papers: u64,
    /// In titles.
    pub title: PlaceCount,
    /// In abstracts.
    pub r#abstract: PlaceCount,
}

/// How many titles, or abstracts, have some words in a row, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceCount {
    /// Papers.
    pub papers: u64,
    /// Places at which the words begin.
    pub occurrences: u64,
}

impl PhraseCount {
    /// Places at which the words begin, in titles and abstracts.
    #[must_use]
    pub fn occurrences(&self) -> u64 {
        self.title.occurrences + self.r#abstract.occurrences
    }

    fn add(&mut self, count: Occurrences) {
        self.papers += u64::from(count.title + count.text > 0);
        for (sum, count) in [(&mut self.title, count.title), (&mut self.r#abstract, count.text)] {
            sum.papers += u64::from(count > 0);
            sum.occurrences += u64::from(count);
        }
    }
}

/// Which words are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Same {
    /// Those that are written in the same way, whatever case and accents.
    #[default]
    Written,
    /// Those with the same stem: `network` and `networks`.
    Form,
}

/// The words of a phrase, as they are compared. A phrase without words, such as `?!`, is found nowhere.
#[must_use]
pub fn words_of(phrase: &str, same: Same) -> Vec<String> {
    let mut words = Vec::new();
    for_each_token(phrase, &mut |token| {
        if token.kind == TokenKind::Word {
            words.push(match same {
                Same::Form if !is_stop_word(token.word) => stem(token.word).into_owned(),
                _ => token.word.to_owned(),
            });
        }
    });
    words
}

/// Counts the papers of `passing`, a set of rows a segment, that have the words of a phrase in a row.
///
/// # Errors
/// [`SearchError::NoWords`] if an earlier version wrote a segment of the collection, and what else is wrong with it.
pub fn count_phrase(
    collection: &Collection,
    phrase: &str,
    same: Same,
    passing: &[RowSet],
) -> Result<PhraseCount, SearchError> {
    let index = collection.lexical()?.ok_or_else(|| SearchError::NoWords { path: collection.root().to_owned() })?;
    let words = words_of(phrase, same);
    let has_stems = words.iter().any(|word| !is_stop_word(word));
    let mut sum = PhraseCount::default();
    if same == Same::Form && has_stems {
        let papers = kept(collection, passing, candidates(&index, &words)?, |document| *document)?;
        let counts: Vec<Occurrences> = papers
            .into_par_iter()
            .map(|(id, _)| {
                let document = collection.document(id)?;
                let count = |text: &str| occurrences(&words_of(text, same), &words);
                Ok(Occurrences { title: count(&document.title), text: count(&document.r#abstract) })
            })
            .collect::<Result<_, SearchError>>()?;
        counts.into_iter().for_each(|count| sum.add(count));
    } else {
        let found = index.with_phrase(phrase)?;
        for (_, (_, count)) in kept(collection, passing, found, |(document, _)| *document)? {
            sum.add(count);
        }
    }
    Ok(sum)
}

/// The papers that have some form of each word; stop words are passed over.
fn candidates(index: &LexicalIndex, stems: &[String]) -> Result<Vec<u32>, SearchError> {
    let mut all: Option<Vec<u32>> = None;
    for stem in stems.iter().filter(|stem| !is_stop_word(stem)) {
        let found: Vec<u32> = index.with_stem(stem)?.into_iter().map(|(document, _)| document).collect();
        all = Some(match all {
            None => found,
            Some(all) => all.into_iter().filter(|document| found.binary_search(document).is_ok()).collect(),
        });
    }
    Ok(all.unwrap_or_default())
}

/// Of what was found, that which is about papers of `passing`.
fn kept<T>(
    collection: &Collection,
    passing: &[RowSet],
    found: Vec<T>,
    document: impl Fn(&T) -> u32,
) -> Result<Vec<(DocId, T)>, SearchError> {
    let mut kept = Vec::new();
    for one in found {
        let Some(id) = collection.doc_id_numbered(u64::from(document(&one))) else { continue };
        let (segment, row) = collection.place(id)?;
        if passing.get(segment).is_some_and(|rows| rows.contains(row)) {
            kept.push((id, one));
        }
    }
    Ok(kept)
}

/// How many times `phrase` begins in `words`.
fn occurrences(words: &[String], phrase: &[String]) -> u32 {
    // A phrase has words: without, there are no candidates.
    words.windows(phrase.len().max(1)).filter(|window| *window == phrase).count() as u32
}

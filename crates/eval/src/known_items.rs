//! Questions whose answer is known without judgements: what a paper says of itself finds the paper.
//!
//! Papers of a collection are drawn, and three kinds of questions are made of each: three words in a row of its title, as
//! people type what they half remember; its whole title; the first sentence of its abstract. The paper itself is the one
//! right answer.
//!
//! The figures compare rankings and models on one's own papers. They are not those of real questions: words that stand in
//! the paper favour a search by words. Where two papers have one title, only the drawn one counts, and three words may
//! fit several papers, so 1 is out of reach.
//!
//! The draw follows from the seed and from the number of papers, so an index that was made of the same files with another
//! model is asked the same questions.

use std::collections::HashSet;

use semsearch_lexical::sentences::sentences;
use semsearch_store::{Collection, DocumentError};

use crate::random::{below, numbers};
use crate::retrieval::{Judgements, Query};

/// What of a paper is the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KnownItem {
    /// Three words in a row of the title.
    Words,
    /// The whole title.
    Title,
    /// The first sentence of the abstract.
    Sentence,
}

impl KnownItem {
    /// All of them.
    pub const ALL: [KnownItem; 3] = [KnownItem::Words, KnownItem::Title, KnownItem::Sentence];

    /// The name in JSON: one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            KnownItem::Words => "words",
            KnownItem::Title => "title",
            KnownItem::Sentence => "sentence",
        }
    }
}

/// Questions of one kind with their answers. A question has the id of its paper.
#[derive(Clone, Debug)]
pub struct KnownItems {
    /// The kind.
    pub kind: KnownItem,
    /// The questions.
    pub queries: Vec<Query>,
    /// The one paper that answers each.
    pub judgements: Judgements,
}

/// How many words of a title are a question.
const WORDS: usize = 3;

/// Draws `count` papers and makes questions of them, or fewer where the collection has fewer: a paper without a title of
/// more than three words and an abstract is passed over.
///
/// # Errors
/// [`DocumentError`] if a document cannot be read.
pub fn known_items(collection: &Collection, count: usize, seed: u64) -> Result<Vec<KnownItems>, DocumentError> {
    let mut questions = KnownItem::ALL.map(|_| Vec::new());
    let mut random = numbers(seed);
    let mut drawn = HashSet::new();
    let mut ids: Vec<_> = collection.doc_ids().collect();
    // Fisher and Yates, one paper at a time until there are enough.
    for place in 0..ids.len() {
        if drawn.len() == count {
            break;
        }
        let other = place + below(ids.len() - place, random());
        ids.swap(place, other);
        let document = collection.document(ids[place])?;
        let start = random();
        let Some(texts) = texts(&document.title, &document.r#abstract, start) else { continue };
        // An id is unique within a collection; two questions of one id would be refused.
        if drawn.insert(document.id.clone()) {
            for (queries, text) in questions.iter_mut().zip(texts) {
                queries.push(Query { id: document.id.clone(), text });
            }
        }
    }
    let items = KnownItem::ALL.into_iter().zip(questions).map(|(kind, queries)| {
        let mut judgements = Judgements::default();
        for query in &queries {
            judgements.insert(&query.id, &query.id, 1);
        }
        KnownItems { kind, queries, judgements }
    });
    Ok(items.collect())
}

/// The questions in the order of [`KnownItem::ALL`]; `bits` decide where in the title the words begin.
fn texts(title: &str, r#abstract: &str, bits: u64) -> Option<[String; 3]> {
    let words: Vec<&str> = title.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let first = sentences(r#abstract).into_iter().next()?;
    if words.len() <= WORDS {
        return None;
    }
    let start = below(words.len() - WORDS + 1, bits);
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    Some([words[start..start + WORDS].join(" "), title, r#abstract[first].to_owned()])
}

/// A word without the punctuation around it: quotation marks would ask for a phrase.
fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric() && !"+#$".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_stand_in_a_row_in_the_title_without_its_punctuation() {
        let title = "\"ColBERT\": Efficient  (and effective) search in C++";
        let all = ["ColBERT Efficient and", "Efficient and effective", "and effective search", "effective search in"];
        for part in 0..5_u64 {
            let bits = part * (u64::MAX / 5) + 1000;
            let [words, whole, sentence] = texts(title, "It is quick, e.g. in Fig. 2. It is small.", bits).unwrap();
            assert_eq!(words, if part < 4 { all[part as usize] } else { "search in C++" });
            assert_eq!(whole, "\"ColBERT\": Efficient (and effective) search in C++");
            assert_eq!(sentence, "It is quick, e.g. in Fig. 2.");
        }
    }

    #[test]
    fn papers_without_a_title_of_some_words_and_an_abstract_are_no_questions() {
        assert_eq!(texts("Three words only", "An abstract.", 0), None);
        assert_eq!(texts("A title of five words", " ", 0), None);
    }
}

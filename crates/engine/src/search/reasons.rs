//! Why a paper was found: the words it shares with the query, and the sentence that is nearest to it.

use semsearch_corpus::Document;
use semsearch_embed::{Encoder, TextKind};
use semsearch_lexical::analyse::{TokenKind, for_each_token, is_stop_word, stem};
use semsearch_lexical::sentences::sentences;
use semsearch_lexical::{LexicalError, LexicalIndex};
use semsearch_vector::normalise;

use super::error::SearchError;
use super::question::Question;

/// Why a paper was found.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reasons {
    /// Words of the query that the paper holds, in the order of the query.
    pub matched: Vec<MatchedTerm>,
    /// Whether the title holds every word of the query.
    pub all_in_title: bool,
    /// Whether the query is an identifier or an author of the paper.
    pub is_named: bool,
    /// The sentence of the abstract that is nearest to the query; `None` without an abstract, or without vectors.
    pub sentence: Option<String>,
}

/// A word of the query that a paper holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MatchedTerm {
    /// The word, as the paper writes it first.
    pub word: String,
    /// Its inverse document frequency: near 0 if all papers hold it, 11 if one of 60,000 does.
    pub idf: f32,
}

/// The words that the paper shares with the questions, corrections and expansions included.
pub(crate) fn matched<'a>(
    questions: impl IntoIterator<Item = &'a Question>,
    document: &Document,
    index: &LexicalIndex,
) -> Result<Vec<MatchedTerm>, LexicalError> {
    let terms: Vec<&str> = questions.into_iter().flat_map(|question| &question.terms).map(|term| &*term.stem).collect();
    let mut written: Vec<Option<String>> = vec![None; terms.len()];
    for text in [&document.title, &document.r#abstract] {
        for_each_token(text, &mut |token| {
            if token.kind == TokenKind::Word && !is_stop_word(token.word) {
                let stem = stem(token.word);
                let terms = terms.iter().zip(&mut written);
                for (_, word) in terms.filter(|(term, word)| word.is_none() && **term == stem) {
                    *word = text.get(token.bytes.clone()).map(str::to_owned);
                }
            }
        });
    }
    let mut matched: Vec<MatchedTerm> = Vec::new();
    for (term, word) in terms.into_iter().zip(written) {
        let Some(word) = word else { continue };
        if !matched.iter().any(|other| other.word == word) {
            matched.push(MatchedTerm { word, idf: index.idf(term)? });
        }
    }
    Ok(matched)
}

/// The sentence of each abstract that is nearest to the vector beside it; none without a vector. Encodes all their
/// sentences at once.
pub(crate) fn nearest_sentences(
    abstracts: &[(Option<&[f32]>, &str)],
    encoder: &dyn Encoder,
) -> Result<Vec<Option<String>>, SearchError> {
    let parts: Vec<Vec<&str>> = abstracts
        .iter()
        .map(|(vector, text)| {
            let sentences = if vector.is_some() { sentences(text) } else { Vec::new() };
            sentences.into_iter().filter_map(|bytes| text.get(bytes)).collect()
        })
        .collect();
    let all: Vec<&str> = parts.iter().flatten().copied().collect();
    if all.is_empty() {
        return Ok(vec![None; abstracts.len()]);
    }
    let mut encoded = encoder.encode(&all, TextKind::Passage)?;
    let mut first = 0;
    let mut nearest = Vec::with_capacity(parts.len());
    for (sentences, (vector, _)) in parts.iter().zip(abstracts) {
        let vector = vector.unwrap_or_default();
        let mut best: Option<(f32, &str)> = None;
        for (place, sentence) in sentences.iter().enumerate() {
            let row = encoded.vectors.row_mut(first + place);
            normalise(row);
            let score: f32 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
            if best.is_none_or(|(other, _)| score > other) {
                best = Some((score, sentence));
            }
        }
        first += sentences.len();
        nearest.push(best.map(|(_, sentence)| sentence.to_owned()));
    }
    Ok(nearest)
}

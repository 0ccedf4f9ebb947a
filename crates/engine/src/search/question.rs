//! What a query asks of vectors and of words.
//!
//! The query is read ([`Query::parse`]), and its plain text then goes through three steps, each of which can be switched
//! off: request talk at its start is cut off ("could you recommend papers on"), words that neither the collection nor the
//! model knows are corrected to words of the collection, and acronyms and their long forms meet. The constants are those
//! that were measured in `docs/decisions/0017-hybrid.md`.

use std::ops::Range;

use semsearch_lexical::acronyms::{AcronymDictionary, Expansion, spelt_out};
use semsearch_lexical::analyse::{TokenKind, for_each_token, is_stop_word, stem};
use semsearch_lexical::query::{Clause, Occur, Query, What, strip_request_talk};
use semsearch_lexical::spelling::{Speller, is_correctable};
use semsearch_lexical::{LexicalError, LexicalIndex, WeightedStem};

/// In longer queries, words in quotes need not stand in a row.
const LONGEST_WITH_PHRASES: usize = 8;
/// In longer queries, acronyms are told by their capitals.
const LONGEST_ANY_CASE: usize = 3;
/// A query of so many words may be a name or a part of a title.
const LONGEST_NAME: usize = 4;
/// What a letter or digit alone weighs: the `p` of `protein P` is also that of `p < 0.05`. Beside another word it
/// tells something, and pairs of words count that.
const WEIGHT_ALONE: f32 = 0.25;
/// Longer queries are not expanded: a sentence already says what its acronym means.
const LONGEST_EXPANDED: usize = 6;

/// Which of the steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuestionOptions {
    /// Correct words that occur nowhere in the collection.
    pub correct: bool,
    /// Let acronyms and their long forms meet.
    pub expand: bool,
    /// Cut request talk off.
    pub strip_request: bool,
}

impl Default for QuestionOptions {
    fn default() -> Self {
        QuestionOptions { correct: true, expand: true, strip_request: true }
    }
}

impl QuestionOptions {
    /// The query is searched as it was typed.
    #[must_use]
    pub fn as_typed() -> Self {
        QuestionOptions { correct: false, expand: false, strip_request: false }
    }

    /// Sets whether words that occur nowhere are corrected.
    #[must_use]
    pub fn with_correct(mut self, correct: bool) -> Self {
        self.correct = correct;
        self
    }
}

/// A word that was corrected.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Correction {
    /// The word as typed.
    pub typed: String,
    /// The words that were searched in its place, the likeliest first.
    pub used: Vec<String>,
    /// How far the first of them stands for the word as typed, 0 to 1.
    pub certainty: f32,
}

/// For whom a text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuestionKind {
    /// For the search: quotes, signs and colons in it may bind.
    Typed,
    /// For readers.
    Prose,
}

/// What a query asks for.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// What is encoded as a vector; empty if the query has no plain text.
    pub(crate) text: String,
    /// The stems of the words, without stop words, in order, repeats included: "n" of the formula is their number.
    pub(crate) stems: Vec<String>,
    /// The stems that are scored, with weights: those of the query, of corrections and of expansions.
    pub(crate) terms: Vec<WeightedStem>,
    /// What every answer has to satisfy, or must not.
    pub(crate) constraints: Vec<Clause>,
    pub(crate) corrections: Vec<Correction>,
    /// The names that were added.
    pub(crate) expansions: Vec<String>,
}

impl Question {
    /// Reads a query.
    pub(crate) fn read<'a>(
        query: &str,
        kind: QuestionKind,
        options: QuestionOptions,
        index: &LexicalIndex,
        knows_word: impl Fn(&str) -> bool,
        acronyms: impl FnOnce() -> Result<&'a AcronymDictionary, LexicalError>,
    ) -> Result<Self, LexicalError> {
        let clauses = match kind {
            QuestionKind::Typed => Query::parse(query).clauses,
            QuestionKind::Prose => Vec::new(),
        };
        let parsed = Query { clauses };
        let mut text = match kind {
            QuestionKind::Typed => parsed.plain_text(),
            // A question's quotes are not encoded either: the same words are to be judged alike.
            QuestionKind::Prose => query.replace(['"', '\u{201c}', '\u{201d}'], ""),
        };
        if options.strip_request {
            text = strip_request_talk(&text).to_owned();
        }
        // In a sentence, words in quotes are mostly somebody's choice of words, and no paper need hold them in a row.
        let is_sentence = text.split_whitespace().count() > LONGEST_WITH_PHRASES;
        let constraints = parsed.clauses.into_iter().filter(|clause| is_constraint(clause, is_sentence)).collect();
        let mut question = Question {
            text,
            stems: Vec::new(),
            terms: Vec::new(),
            constraints,
            corrections: Vec::new(),
            expansions: Vec::new(),
        };
        let known = stems_of(&question.text);
        let weight = |stem: &str| if is_alone(stem) { WEIGHT_ALONE } else { 1.0 };
        question.terms = known.into_iter().map(|stem| WeightedStem { weight: weight(&stem), stem }).collect();
        if options.correct {
            question.correct(index, knows_word)?;
        }
        question.stems = stems_of(&question.text);
        if options.expand && question.stems.len() <= LONGEST_EXPANDED {
            question.expand(index, acronyms()?)?;
        }
        Ok(question)
    }

    /// A question to vectors alone.
    pub(crate) fn without_words() -> Self {
        Question {
            text: String::new(),
            stems: Vec::new(),
            terms: Vec::new(),
            constraints: Vec::new(),
            corrections: Vec::new(),
            expansions: Vec::new(),
        }
    }

    /// How far a stem stands for the word that was typed, 0 to 1: less than 1 if it was corrected.
    pub(crate) fn certainty_of(&self, wanted: &str) -> f32 {
        let corrected = |correction: &&Correction| correction.used.first().is_some_and(|used| stem(used) == wanted);
        self.corrections.iter().find(corrected).map_or(1.0, |correction| correction.certainty)
    }

    /// The weight of the words in the fused score.
    pub(crate) fn lexical_weight(&self) -> f32 {
        if self.stems.len() <= 3 { 0.5 } else { 0.3 }
    }

    /// Whether the words are more than a name or a part of a title, which they would find by themselves. Then what they are
    /// about counts.
    pub(crate) fn is_sentence(&self) -> bool {
        self.stems.len() > LONGEST_NAME
    }

    /// The weight of pairs of neighbouring words in the lexical score.
    pub(crate) fn pair_weight(&self) -> f32 {
        match self.stems.len() {
            count if count <= LONGEST_NAME => 0.5,
            ..=32 => 0.2,
            _ => 0.0,
        }
    }

    /// Corrects words that the collection does not know: the likeliest word takes the place of the typed one in the text,
    /// and the likeliest three join the terms. A word that the model knows is no slip of the keyboard.
    fn correct(&mut self, index: &LexicalIndex, knows_word: impl Fn(&str) -> bool) -> Result<(), LexicalError> {
        let mut candidates = Vec::new();
        for_each_token(&self.text, &mut |token| {
            if token.kind == TokenKind::Word && is_correctable(token.word) && !is_stop_word(token.word) {
                candidates.push((token.word.to_owned(), token.bytes));
            }
        });
        // From the end, so that places before stay what they are.
        for (word, bytes) in candidates.into_iter().rev() {
            if index.document_frequency(&stem(&word))? > 0 {
                continue;
            }
            let mut speller = if knows_word(&word) { Speller::of_known_word(&word) } else { Speller::new(&word) };
            index.words()?.iter().for_each(|(known, papers)| speller.offer(known, papers));
            let found = speller.finish();
            let Some(first) = found.first() else { continue };
            for (place, suggestion) in found.iter().enumerate() {
                let stem = stem(&suggestion.word).into_owned();
                self.terms.push(WeightedStem { stem, weight: suggestion.weight(place) });
            }
            self.text.replace_range(bytes, &first.word);
            let certainty = first.certainty();
            let used = found.into_iter().map(|suggestion| suggestion.word).collect();
            self.corrections.insert(0, Correction { typed: word, used, certainty });
        }
        Ok(())
    }

    /// Adds the other form of acronyms and long forms.
    fn expand(&mut self, index: &LexicalIndex, acronyms: &AcronymDictionary) -> Result<(), LexicalError> {
        // Typed in lower case, an acronym is told from a word only where there are few words.
        let any_case = self.stems.len() <= LONGEST_ANY_CASE;
        let mut found = acronyms.find(&self.text, any_case);
        // What a correction made is a guess already; what it might stand for would be a guess at a guess.
        let is_guess = |bytes: &Range<usize>| {
            let typed = self.text.get(bytes.clone()).unwrap_or_default();
            self.corrections
                .iter()
                .any(|correction| correction.used.first().is_some_and(|used| typed.contains(&**used)))
        };
        found.retain(|expansion| !is_guess(&expansion.bytes));
        let sum = |stems: &[String]| -> Result<f32, LexicalError> { stems.iter().map(|stem| index.idf(stem)).sum() };
        for expansion in &found {
            let added = expansion.added_stems();
            let weight = Expansion::weight(sum(&expansion.typed_stems())?, sum(&added)?);
            self.terms.extend(added.into_iter().map(|stem| WeightedStem { stem, weight }));
            self.expansions.push(expansion.added().to_owned());
        }
        self.text = spelt_out(&self.text, &found);
        Ok(())
    }
}

/// The stems of a text, without stop words and compounds, in order.
pub(crate) fn stems_of(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    for_each_token(text, &mut |token| {
        if token.kind == TokenKind::Word && !is_stop_word(token.word) {
            stems.push(stem(token.word).into_owned());
        }
    });
    stems
}

/// Whether this is a letter a to z, or a digit.
fn is_alone(stem: &str) -> bool {
    matches!(stem.as_bytes(), [b'a'..=b'z' | b'0'..=b'9'])
}

/// Whether a clause decides if a paper may be an answer at all.
fn is_constraint(clause: &Clause, is_sentence: bool) -> bool {
    match (&clause.what, clause.occur) {
        (_, Occur::Must | Occur::MustNot) => true,
        (What::Text(_), Occur::Should) => false,
        (What::Phrase(_), Occur::Should) => !is_sentence,
        (What::Prefix(_) | What::Field(..), Occur::Should) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use semsearch_lexical::{Analysed, LexicalSegment, LexicalWriter, Paper};

    use super::*;

    fn read(query: &str) -> Question {
        let mut writer = LexicalWriter::new();
        writer.push(Analysed::of(&Paper { title: "Vitamin D", text: "p = 0.05", ..Paper::default() }));
        let segment = Arc::new(LexicalSegment::open(writer.finish().into()).unwrap());
        let index = LexicalIndex::new(vec![(segment, None)]).unwrap();
        let acronyms = AcronymDictionary::new([]);
        let options = QuestionOptions::default();
        Question::read(query, QuestionKind::Typed, options, &index, |word| word == "vitamix", || Ok(&acronyms)).unwrap()
    }

    #[test]
    fn a_word_that_the_model_knows_is_not_corrected() {
        assert_eq!(read("vitamni").corrections[0].used, ["vitamin"]);
        assert_eq!(read("vitamix").corrections, []);
    }

    #[test]
    fn a_letter_alone_weighs_a_quarter() {
        let terms = read("vitamin D 5 c++").terms;
        assert_eq!(terms.iter().map(|term| term.weight).collect::<Vec<_>>(), [1.0, 0.25, 0.25, 1.0]);
    }

    #[test]
    fn four_words_may_be_a_name_and_five_are_a_sentence() {
        assert!(!read("vitamin D against cancer").is_sentence());
        assert!(read("vitamin D against lung cancer").is_sentence());
    }
}

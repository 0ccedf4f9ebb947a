//! The same answers, slowly: every paper is read word by word for every question.

use semsearch_lexical::analyse::{TokenKind, for_each_token, is_stop_word, stem};
use semsearch_lexical::{Occurrences, WeightedStem};

use crate::papers::Owned;

/// Papers that are not removed, with their numbers.
pub(crate) struct Oracle<'a>(pub(crate) Vec<(u32, &'a Owned)>);

impl<'a> Oracle<'a> {
    pub(crate) fn of(papers: &'a [Owned], removed: &[bool]) -> Self {
        let kept = papers.iter().enumerate().filter(|(number, _)| !removed[*number]);
        Oracle(kept.map(|(number, paper)| (number as u32, paper)).collect())
    }

    /// How often a paper has a word with a stem.
    pub(crate) fn count(paper: &Owned, wanted: &str) -> Occurrences {
        let count = |text| {
            let all = words(text, true);
            all.iter().filter(|word| !is_stop_word(word) && stem(word) == wanted).count() as u32
        };
        Occurrences { title: count(&paper.title), text: count(&paper.text) }
    }

    pub(crate) fn frequency(&self, stem: &str) -> u32 {
        self.0.iter().filter(|(_, paper)| Self::count(paper, stem) != Occurrences::default()).count() as u32
    }

    /// The score of each paper, in numbers of 64 bits.
    pub(crate) fn scores(&self, terms: &[WeightedStem]) -> Vec<(u32, f64)> {
        let length = |paper: &Owned| {
            let count = |text| words(text, false).iter().filter(|word| !is_stop_word(word)).count() as f64;
            3.0 * count(&paper.title) + count(&paper.text)
        };
        let documents = self.0.len() as f64;
        let average = self.0.iter().map(|(_, paper)| length(paper)).sum::<f64>() / documents.max(1.0);
        let score = |paper: &Owned, term: &WeightedStem| {
            let frequency = f64::from(self.frequency(&term.stem));
            let count = Self::count(paper, &term.stem);
            let tf = f64::from(3 * count.title + count.text);
            let idf = (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln();
            let norm = 0.9 * (0.25 + 0.75 * length(paper) / average.max(1e-9));
            f64::from(term.weight) * idf * tf * 1.9 / (tf + norm)
        };
        let sum = |paper| terms.iter().filter(|term| term.weight > 0.0).map(|term| score(paper, term)).sum();
        self.0.iter().map(|(number, paper)| (*number, sum(paper))).collect()
    }
}

/// The words of a text, with or without what is written together.
pub(crate) fn words(text: &str, joined: bool) -> Vec<String> {
    let mut words = Vec::new();
    for_each_token(text, &mut |token| {
        if joined || token.kind == TokenKind::Word {
            words.push(token.word.to_owned());
        }
    });
    words
}

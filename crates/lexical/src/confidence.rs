//! Whether anything here answers the query.
//!
//! A list of results has a first one whatever was asked. Two numbers tell an answer from the least bad page: the cosine
//! of the nearest vector, and the *cover*, how much of what the query says the best results say too. Either alone is
//! wrong too often: a name nobody's model has seen is near nothing, and its paper is found by its letters; a question in
//! other words than the paper's has no cover, and is found by its vector. Only where both are low there is no answer.
//!
//! Cover weighs words by their idf, so a paper that has `the` and `best` of `the best pasta recipe` covers little.

/// A word of a query, without stop words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryWord {
    /// The idf of the word as typed, or [`unknown_idf`] if no document has it.
    pub idf: f32,
    /// 1 if the word is searched for as it was typed; less if it was corrected, see
    /// [`Suggestion::certainty`](crate::spelling::Suggestion::certainty); 0 if nothing is searched for in its place.
    pub certainty: f32,
}

/// The idf of a word that none of `documents` has.
pub fn unknown_idf(documents: u32) -> f32 {
    (1.0 + (f64::from(documents) + 0.5) / 0.5).ln() as f32
}

/// The share of the query's idf that a document has, from 0 to 1. `has` tells for the number of a word whether the
/// document has it, or the word it was corrected to.
///
/// A corrected word counts by the root of its certainty: a name with one slip (.84) is then above the bound of
/// [`Thresholds`], and one with two (.7) below it.
///
/// 1 if the query has no words: nothing is missing.
pub fn cover(words: &[QueryWord], has: impl Fn(usize) -> bool) -> f32 {
    let all: f32 = words.iter().map(|word| word.idf).sum();
    if all <= 0.0 {
        return 1.0;
    }
    let found = words.iter().enumerate().filter(|&(number, _)| has(number));
    (found.map(|(_, word)| word.idf * word.certainty.sqrt()).sum::<f32>() / all).clamp(0.0, 1.0)
}

/// The best cover of the first three results, of which more may be given. 0 if there are none.
pub fn best_cover(covers: impl IntoIterator<Item = f32>) -> f32 {
    covers.into_iter().take(FIRST).fold(0.0, f32::max)
}

const FIRST: usize = 3;

/// Whether anything here answers the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Nothing does.
    None,
    /// Perhaps; in between.
    Weak,
    /// Something does.
    Good,
}

/// Below which cosine and cover there is no answer, or a doubtful one. Both have to be below.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// Cosine and cover below which the answer is [`Confidence::None`].
    pub none: Bounds,
    /// Cosine and cover below which it is at most [`Confidence::Weak`].
    pub weak: Bounds,
}

/// A cosine and a cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Cosine of the query and the nearest document.
    pub cosine: f32,
    /// Cover of the best of the first results.
    pub cover: f32,
}

impl Default for Thresholds {
    /// For all-MiniLM-L6-v2. Below .43 and .75 are 97.8 % of everyday questions, 98.9 % of nonsense, 97.5 % of questions to
    /// other fields, and 1.5 % of what has an answer: none of names and titles but of names of four letters with one
    /// wrong, 4.6 % of SciFact's claims (`docs/decisions/0017-hybrid.md`). Other models have other cosines.
    fn default() -> Self {
        Self { none: Bounds { cosine: 0.43, cover: 0.75 }, weak: Bounds { cosine: 0.47, cover: 0.75 } }
    }
}

impl Thresholds {
    /// With these bounds. What is below the bounds for [`Confidence::None`] counts as that, whatever those for
    /// [`Confidence::Weak`] are.
    pub fn new(none: Bounds, weak: Bounds) -> Self {
        Self { none, weak }
    }

    /// The confidence in an answer: cosine of the nearest document, and [`best_cover`]. A number that is not one counts
    /// as low.
    ///
    /// ```
    /// use semsearch_lexical::confidence::{Confidence, Thresholds};
    ///
    /// let thresholds = Thresholds::default();
    /// // `best pasta recipe` over papers on language models.
    /// assert_eq!(thresholds.confidence(0.31, 0.2), Confidence::None);
    /// // `ColBERT`: near nothing, and yet there.
    /// assert_eq!(thresholds.confidence(0.31, 1.0), Confidence::Good);
    /// ```
    pub fn confidence(&self, top_cosine: f32, best_cover: f32) -> Confidence {
        let reaches = |bounds: Bounds| top_cosine >= bounds.cosine || best_cover >= bounds.cover;
        if !reaches(self.none) {
            Confidence::None
        } else if !reaches(self.weak) {
            Confidence::Weak
        } else {
            Confidence::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(idf: f32) -> QueryWord {
        QueryWord { idf, certainty: 1.0 }
    }

    #[test]
    fn cover_is_the_share_of_idf_that_is_found() {
        let words = [typed(1.0), typed(3.0)];
        assert_eq!(cover(&words, |_| true), 1.0);
        assert_eq!(cover(&words, |number| number == 1), 0.75);
        assert_eq!(cover(&words, |_| false), 0.0);
        assert_eq!(cover(&[], |_| false), 1.0);
    }

    #[test]
    fn an_unknown_word_counts_against_and_a_corrected_one_in_part() {
        let idf = unknown_idf(10_000);
        assert!((idf - 20_002_f32.ln()).abs() < 1e-5);
        let unknown = [QueryWord { idf, certainty: 0.0 }];
        assert_eq!(cover(&unknown, |_| true), 0.0);
        let corrected = [QueryWord { idf, certainty: 0.7 }, typed(idf)];
        assert!((cover(&corrected, |_| true) - 0.918_33).abs() < 1e-5);
    }

    #[test]
    fn a_name_with_one_slip_is_an_answer_and_with_two_is_none() {
        let thresholds = Thresholds::default();
        for (certainty, expected) in [(0.7, Confidence::Good), (0.49, Confidence::None)] {
            let name = [QueryWord { idf: 9.0, certainty }];
            assert_eq!(thresholds.confidence(0.2, cover(&name, |_| true)), expected, "{certainty}");
        }
    }

    #[test]
    fn only_the_first_three_results_count() {
        assert_eq!(best_cover([0.1, 0.5, 0.2, 0.9]), 0.5);
        assert_eq!(best_cover([]), 0.0);
    }

    #[test]
    fn either_number_is_enough_for_an_answer() {
        let thresholds = Thresholds::default();
        for (cosine, cover, expected) in [
            (0.42, 0.74, Confidence::None),
            (0.43, 0.74, Confidence::Weak),
            (0.47, 0.00, Confidence::Good),
            (0.10, 0.75, Confidence::Good),
            (f32::NAN, 0.1, Confidence::None),
            (f32::NAN, f32::NAN, Confidence::None),
        ] {
            assert_eq!(thresholds.confidence(cosine, cover), expected, "{cosine} {cover}");
        }
    }

    proptest! {
        #[test]
        fn more_of_either_never_lowers_confidence(
            (cosine, cover) in (-1.0..1.0_f32, 0.0..1.0_f32),
            (nearer, more) in (0.0..1.0_f32, 0.0..1.0_f32),
            bounds in prop::array::uniform4(0.0..1.0_f32),
        ) {
            let [a, b, c, d] = bounds;
            let thresholds = Thresholds::new(Bounds { cosine: a, cover: b }, Bounds { cosine: c, cover: d });
            let before = thresholds.confidence(cosine, cover);
            prop_assert!(thresholds.confidence(cosine + nearer, cover) >= before);
            prop_assert!(thresholds.confidence(cosine, cover + more) >= before);
        }

        #[test]
        fn cover_is_a_share(
            words in prop::collection::vec((0.0..12.0_f32, 0.0..=1.0_f32, any::<bool>()), 0..20),
        ) {
            let has: Vec<bool> = words.iter().map(|word| word.2).collect();
            let words: Vec<QueryWord> = words.iter().map(|&(idf, certainty, _)| QueryWord { idf, certainty }).collect();
            let share = cover(&words, |number| has[number]);
            prop_assert!((0.0..=1.0).contains(&share));
            prop_assert!(cover(&words, |_| true) >= share);
        }
    }
}

//! BM25 with a title that counts three times.

use crate::lists::postings::Occurrences;
use crate::lists::slots::Length;

/// How soon further occurrences of a word add little: in an abstract, the second tells less than in a book.
const K1: f32 = 0.9;
/// How much the length of a document matters.
const B: f32 = 0.75;
/// How often a word of the title counts.
const TITLE: u64 = 3;

/// How long a document is.
pub(super) fn weighted(length: Length) -> u64 {
    TITLE * u64::from(length.title) + u64::from(length.text)
}

/// What the occurrences of a word in a document have to stand up to.
pub(super) fn norm(length: u64, average: f64) -> f32 {
    let relative = if average > 0.0 { length as f64 / average } else { 0.0 };
    (f64::from(K1) * (f64::from(1.0 - B) + f64::from(B) * relative)) as f32
}

/// How much is known once a word is known that `frequency` of `documents` have.
pub(super) fn idf(frequency: u32, documents: u32) -> f32 {
    let (frequency, documents) = (f64::from(frequency), f64::from(documents));
    (((documents - frequency).max(0.0) + 0.5) / (frequency + 0.5)).ln_1p() as f32
}

/// What a word is worth in a document, before its idf: below 1.9.
#[inline]
pub(super) fn saturation(count: Occurrences, norm: f32) -> f32 {
    let frequency = (TITLE * u64::from(count.title) + u64::from(count.text)) as f32;
    frequency * (K1 + 1.0) / (frequency + norm)
}

/// How often a pair of the title counts.
const PAIR_TITLE: u32 = 2;

/// How long a document is that pairs are looked for in.
pub(super) fn pair_length(length: Length) -> u64 {
    u64::from(PAIR_TITLE) * u64::from(length.title) + u64::from(length.text)
}

/// What a pair of words is worth in a document, before its idf: below 1.9.
pub(super) fn pair_saturation(count: Occurrences, length: Length, average: f64) -> f32 {
    let frequency = (u64::from(PAIR_TITLE) * u64::from(count.title) + u64::from(count.text)) as f32;
    frequency * (K1 + 1.0) / (frequency + norm(pair_length(length), average))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_computed_by_hand() {
        assert!((idf(1, 3) - (1.0_f32 + 2.5 / 1.5).ln()).abs() < 1e-6);
        // A document of average length: 3 · 1 + 2 occurrences.
        let norm = norm(100, 100.0);
        assert!((norm - 0.9).abs() < 1e-6);
        assert!((saturation(Occurrences { title: 1, text: 2 }, norm) - 5.0 * 1.9 / 5.9).abs() < 1e-6);
    }

    #[test]
    fn a_word_that_all_have_is_worth_a_little() {
        assert!(idf(10_000_000, 10_000_000) > 0.0);
        assert!(norm(0, 0.0).is_finite());
    }
}

//! Which words are corrected, by which, and what that weighs.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::distance::Distances;
use super::variants::are_variants;
use crate::analyse::is_stop_word;

/// Whether a word that no paper has is worth correcting: four letters at least and nothing but letters.
///
/// `40mg` must not become `80mg`, and almost any three letters are near others.
pub fn is_correctable(word: &str) -> bool {
    word.chars().count() >= FEWEST_LETTERS && word.chars().all(char::is_alphabetic)
}

const FEWEST_LETTERS: usize = 4;
/// From so many letters on, two slips are forgiven.
const LETTERS_FOR_TWO: usize = 6;
/// Words that are kept.
const KEPT: usize = 3;
/// What remains of a word's weight for each slip.
const CERTAINTY: f32 = 0.7;
/// Words of so many letters are corrected to anything.
const SHORT: usize = 4;
/// How far a short word stands for the one that was typed.
const CERTAINTY_OF_SHORT: f32 = 0.5;

/// A word of the index that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The word, as papers write it.
    pub word: String,
    /// Letters put in, left out, replaced or swapped.
    pub distance: u8,
    /// Papers that have it.
    pub papers: u32,
}

impl Suggestion {
    /// What a search for this word weighs, where 1 is a word that was typed. Its place in the list counts from 0.
    pub fn weight(&self, place: usize) -> f32 {
        CERTAINTY.powi(i32::from(self.distance)) / (place + 1) as f32
    }

    /// How far it stands for the word that was typed, from 0 to 1: seven tenths, and of these for each further slip. Of a
    /// word of four letters half: nearly every such word has a neighbour, and of 150 names of four letters with one
    /// wrong, the right paper came first for a quarter, of five letters for three quarters.
    pub fn certainty(&self) -> f32 {
        let is_short = self.word.chars().count() <= SHORT;
        if is_short { CERTAINTY_OF_SHORT } else { CERTAINTY.powi(i32::from(self.distance)) }
    }
}

/// The words of an index that are nearest to one that was typed.
///
/// First the one with fewer slips (at most one in a word of fewer than six letters, otherwise two), then the one with
/// the same first letter, which people seldom get wrong, then the one in more papers, then by the alphabet. Any order of
/// words gives the same three; in the order of their bytes it is fast.
///
/// ```
/// use semsearch_lexical::spelling::Speller;
///
/// let mut speller = Speller::new("attenton");
/// for (word, papers) in [("attempt", 30), ("attention", 900), ("intention", 40)] {
///     speller.offer(word, papers);
/// }
/// assert_eq!(speller.finish()[0].word, "attention");
/// ```
#[derive(Debug)]
pub struct Speller {
    first: Option<char>,
    distances: Distances,
    /// The word, if it is known to be one.
    known: Option<String>,
    /// All words within the limit: a few dozen, seldom hundreds.
    near: BTreeMap<String, (u8, u32)>,
}

impl Speller {
    /// For a word as it was typed, folded and in lower case as the words of the index are.
    pub fn new(typed: &str) -> Self {
        let limit = if typed.chars().count() < LETTERS_FOR_TWO { 1 } else { 2 };
        let distances = Distances::to(typed, limit);
        Self { first: typed.chars().next(), distances, known: None, near: BTreeMap::new() }
    }

    /// For a word that is known to be one, although no paper has it: `bread` is not `broad`. It is only the same word in
    /// another country's spelling, `colour` for `color`.
    pub fn of_known_word(typed: &str) -> Self {
        Self { distances: Distances::to(typed, 2), known: Some(typed.to_owned()), ..Self::new(typed) }
    }

    /// Looks at a word of the index, and the number of papers that have it. A word of several segments comes several
    /// times; its papers are added.
    ///
    /// Stop words and words of no paper find nothing, so they are passed over.
    pub fn offer(&mut self, word: &str, papers: u32) {
        let Some(distance) = self.distances.of(word) else { return };
        if papers == 0 || is_stop_word(word) || self.known.as_ref().is_some_and(|known| !are_variants(known, word)) {
            return;
        }
        match self.near.get_mut(word) {
            Some((_, so_far)) => *so_far = so_far.saturating_add(papers),
            None => drop(self.near.insert(word.to_owned(), (distance, papers))),
        }
    }

    /// After a word that was too far: the beginning of it that is too far already. No other word with it needs to be
    /// offered, so a list that can jump does.
    pub fn hopeless(&self) -> Option<&[u8]> {
        self.distances.hopeless()
    }

    /// The nearest words, three at most, best first.
    pub fn finish(self) -> Vec<Suggestion> {
        let near = self.near.into_iter();
        let mut near: Vec<_> = near.map(|(word, (distance, papers))| Suggestion { word, distance, papers }).collect();
        // They come by the alphabet, and a stable sort leaves equals as they are.
        near.sort_by_key(|one| (one.distance, one.word.chars().next() != self.first, Reverse(one.papers)));
        near.truncate(KEPT);
        near
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn suggested(typed: &str, words: &[(&str, u32)]) -> Vec<String> {
        let mut speller = Speller::new(typed);
        for &(word, papers) in words {
            speller.offer(word, papers);
        }
        speller.finish().into_iter().map(|suggestion| suggestion.word).collect()
    }

    #[test]
    fn short_words_numbers_and_names_with_digits_stay_as_they_are() {
        assert!(is_correctable("grpo") && is_correctable("\u{433}\u{440}\u{430}\u{444}"));
        assert!(!is_correctable("rag") && !is_correctable("40mg") && !is_correctable("c++x") && !is_correctable(""));
    }

    #[test]
    fn nearer_then_same_first_letter_then_more_papers_then_the_alphabet() {
        let words =
            [("cater", 9), ("later", 90), ("waiter", 5), ("watery", 5), ("wafer", 7), ("watar", 7), ("water", 1)];
        assert_eq!(suggested("water", &words), ["water", "wafer", "watar"]);
        assert_eq!(suggested("wather", &words), ["water", "wafer", "watar"]);
        assert_eq!(suggested("vater", &words), ["later", "cater", "water"]);
    }

    #[test]
    fn two_slips_are_forgiven_in_long_words_only() {
        assert_eq!(suggested("grahp", &[("graph", 1), ("graphs", 1)]), ["graph"]);
        assert_eq!(suggested("netwroks", &[("network", 1), ("networks", 1)]), ["networks", "network"]);
    }

    #[test]
    fn a_known_word_is_only_spelt_otherwise() {
        let of = |typed: &str| {
            let mut speller = Speller::of_known_word(typed);
            ["broad", "color", "cooler"].iter().for_each(|word| speller.offer(word, 9));
            speller.finish().into_iter().map(|suggestion| suggestion.word).collect::<Vec<_>>()
        };
        assert!(of("bread").is_empty());
        assert_eq!(of("colour"), ["color"]);
    }

    #[test]
    fn words_that_find_nothing_are_not_suggested() {
        assert_eq!(suggested("thee", &[("the", 900), ("then", 900), ("tree", 0), ("three", 4)]), ["three"]);
    }

    #[test]
    fn each_slip_costs_three_tenths_and_each_place_its_share() {
        let suggestion = Suggestion { word: "graph".to_owned(), distance: 2, papers: 1 };
        assert!((suggestion.weight(0) - 0.49).abs() < 1e-6);
        assert!((suggestion.weight(2) - 0.49 / 3.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn neither_order_nor_segments_matter(
            typed in "[abc]{4,8}",
            words in prop::collection::btree_map("[abc]{2,9}", 0..4_u32, 0..60),
            order in prop::collection::vec(any::<u32>(), 240),
        ) {
            let sorted: Vec<(&str, u32)> = words.iter().map(|(word, &papers)| (word.as_str(), papers)).collect();
            let one_by_one = sorted.iter().flat_map(|&(word, papers)| (0..papers).map(move |_| (word, 1)));
            let mut shuffled: Vec<_> = one_by_one.zip(order).collect();
            shuffled.sort_by_key(|&(_, order)| order);
            let shuffled: Vec<_> = shuffled.into_iter().map(|(word, _)| word).collect();
            prop_assert_eq!(suggested(&typed, &sorted), suggested(&typed, &shuffled));
        }

        #[test]
        fn a_list_that_jumps_misses_nothing(
            typed in "[abc]{4,8}",
            words in prop::collection::btree_set("[abc]{2,9}", 0..200),
        ) {
            let words: Vec<(&str, u32)> = words.iter().map(|word| (word.as_str(), 1)).collect();
            let mut speller = Speller::new(&typed);
            let mut place = 0;
            while let Some(&(word, papers)) = words.get(place) {
                speller.offer(word, papers);
                place += speller.hopeless().map_or(1, |hopeless| {
                    words[place..].iter().take_while(|(word, _)| word.as_bytes().starts_with(hopeless)).count()
                });
            }
            let jumped: Vec<String> = speller.finish().into_iter().map(|suggestion| suggestion.word).collect();
            prop_assert_eq!(jumped, suggested(&typed, &words));
        }
    }
}

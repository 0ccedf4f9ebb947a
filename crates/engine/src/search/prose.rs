//! A text that was written for readers, in passages that can be asked.
//!
//! A model reads some two hundred words; of a longer text it would see the beginning only. Passages are runs of whole
//! sentences, about equally long, so that none is a leftover.

use semsearch_lexical::sentences::sentences;

/// Words of a passage, at most, unless a single sentence is longer. English words are 1.3 tokens on average, in abstracts
/// up to 1.6; at this length hardly any passage exceeds the 256 tokens of all-MiniLM-L6-v2.
const LONGEST_PASSAGE: usize = 150;

/// The passages of a text, in order. A short text is one passage, an empty one none.
pub(crate) fn passages(text: &str) -> Vec<String> {
    let sentences: Vec<&str> = sentences(text).into_iter().filter_map(|bytes| text.get(bytes)).collect();
    let words: Vec<usize> = sentences.iter().map(|sentence| sentence.split_whitespace().count()).collect();
    let total: usize = words.iter().sum();
    let wanted = total.div_ceil(LONGEST_PASSAGE).max(1);
    // The words left over the passages left, so that the last one is as long as the others.
    let mut passages: Vec<String> = Vec::with_capacity(wanted);
    let (mut left, mut length) = (total, 0);
    let mut passage = String::new();
    for (sentence, words) in sentences.into_iter().zip(words) {
        let share = (left + length).div_ceil(wanted.saturating_sub(passages.len()).max(1));
        // A sentence belongs where the larger half of it is.
        if length > 0 && (length + words.div_ceil(2) > share || length + words > LONGEST_PASSAGE) {
            passages.push(std::mem::take(&mut passage));
            length = 0;
        }
        if !passage.is_empty() {
            passage.push(' ');
        }
        passage.push_str(&sentence.split_whitespace().collect::<Vec<_>>().join(" "));
        length += words;
        left -= words;
    }
    if !passage.is_empty() {
        passages.push(passage);
    }
    passages
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentence(words: usize) -> String {
        let mut sentence = vec!["word"; words].join(" ");
        sentence.replace_range(..1, "W");
        sentence + "."
    }

    #[test]
    fn a_short_text_is_one_passage_and_line_breaks_are_spaces() {
        assert_eq!(passages("We ask\nwhy. They\n  answer."), ["We ask why. They answer."]);
        assert!(passages(" \n ").is_empty());
    }

    #[test]
    fn a_long_text_has_passages_of_about_equal_length() {
        let text = vec![sentence(20); 16].join(" ");
        let lengths: Vec<usize> = passages(&text).iter().map(|passage| passage.split(' ').count()).collect();
        assert_eq!(lengths.iter().sum::<usize>(), 320);
        assert_eq!(lengths.len(), 3);
        assert!(lengths.iter().all(|length| (100..=120).contains(length)), "{lengths:?}");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_passage_is_too_long(lengths in prop::collection::vec(1_usize..60, 0..40)) {
            let text: Vec<String> = lengths.iter().map(|&words| sentence(words)).collect();
            let text = text.join(" ");
            let passages = passages(&text);
            prop_assert_eq!(passages.join(" "), text);
            prop_assert!(passages.iter().all(|passage| passage.split(' ').count() <= LONGEST_PASSAGE));
        }
    }
}

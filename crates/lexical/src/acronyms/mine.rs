//! The definitions of one text.
//!
//! If the letters of the acronym are the initials of the words before the bracket, stop words passed over, those words
//! are the long form. Otherwise each letter is looked for from right to left, wherever in a word it stands, and only the
//! first one has to begin a word; the shortest stretch of text that allows this is the long form.
//!
//! The first rule is ours: by the second alone, `proximal policy optimization (PPO)` is "policy optimization", and
//! `energy efficiency (EE)` is "efficiency".

use super::key::stems;
use crate::analyse::is_stop_word;

/// An acronym and what a text says it stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// The acronym in the letters of the text, without the `s` of its plural.
    pub acronym: String,
    /// The words it stands for, as they are written in the text, one space between them.
    pub long_form: String,
}

/// All definitions of the form `long form (ABC)` in a text, in the order of the text.
///
/// An acronym is one word or two, of two to ten letters and digits, with at least two capitals. A definition that only
/// repeats an earlier one of the same text, in long forms with the same stems, is left out, so a paper speaks once for
/// each.
///
/// Takes time in proportion to the length of the text, whatever its brackets are like.
pub fn mine(text: &str) -> Vec<Definition> {
    let mut found: Vec<(Definition, Vec<String>)> = Vec::new();
    for (open, bracket) in text.match_indices(['(', '\u{ff08}']) {
        let Some(definition) = definition_at(&text[..open], &text[open + bracket.len()..]) else { continue };
        let stems = stems(&definition.long_form);
        let known =
            |(other, others): &(Definition, Vec<String>)| other.acronym == definition.acronym && *others == stems;
        if !stems.is_empty() && !found.iter().any(known) {
            found.push((definition, stems));
        }
    }
    found.into_iter().map(|(definition, _)| definition).collect()
}

/// The fewest and the most letters and digits of an acronym.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=10;
/// No bracket that is longer holds an acronym in front of its first comma.
const LONGEST_BRACKET: usize = 48;
/// Bytes before a bracket in which its long form is looked for: twenty words, and then some.
const LONGEST_WINDOW: usize = 400;

fn definition_at(before: &str, after: &str) -> Option<Definition> {
    let acronym = acronym(after)?;
    let letters: Vec<char> = acronym.chars().filter(|letter| letter.is_alphanumeric()).map(lower).collect();
    let window = window(before, letters.len());
    let long_form = long_form(&letters, window)?;
    let words = long_form.split(|letter: char| letter.is_whitespace() || letter == '-').count();
    let fits = long_form.chars().count() > acronym.chars().count()
        && words <= most_words(letters.len())
        && !long_form.split_whitespace().any(|word| word.trim_matches(|c: char| !c.is_alphanumeric()) == acronym);
    fits.then(|| Definition { acronym, long_form: single_spaced(long_form) })
}

/// What stands in a bracket, up to a comma or semicolon, if it looks like an acronym.
fn acronym(after: &str) -> Option<String> {
    let mut near = after.char_indices().take_while(|&(at, _)| at < LONGEST_BRACKET);
    let (end, _) = near.find(|(_, letter)| matches!(letter, ')' | '\u{ff09}' | ',' | ';' | '(' | '['))?;
    // The math in `$k$-NN` is in its letters, what is set in bold or italics in the last braces.
    let inside = after[..end].replace('$', "");
    let inside = inside.rsplit('{').next()?;
    let inside = singular(inside.trim_matches(|letter: char| !letter.is_alphanumeric()));
    let letters = inside.chars().filter(|letter| letter.is_alphanumeric()).count();
    let capitals = inside.chars().filter(|letter| letter.is_uppercase()).count();
    let words = inside.split_whitespace().count();
    let spelt =
        inside.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '/' | '.' | '&' | '+'));
    (LETTERS.contains(&letters) && capitals >= 2 && words <= 2 && spelt).then(|| inside.to_owned())
}

/// `LLMs` is the plural of `LLM`.
pub(super) fn singular(acronym: &str) -> &str {
    match acronym.strip_suffix('s') {
        Some(rest) if rest.ends_with(char::is_uppercase) => rest,
        _ => acronym,
    }
}

fn most_words(letters: usize) -> usize {
    (letters + 5).min(2 * letters)
}

/// The last words before the bracket: as many as the long form may have, of the same sentence.
fn window(before: &str, letters: usize) -> &str {
    let before = before.trim_end();
    let earliest = before.len().saturating_sub(LONGEST_WINDOW);
    let mut start = before.len();
    let mut words = 0;
    let mut in_word = false;
    for (at, letter) in before.char_indices().rev().take_while(|&(at, _)| at >= earliest) {
        let ends_here = match letter {
            ')' | '(' | ';' | ':' | '\u{ff09}' | '\u{3002}' => true,
            // The end of a sentence; a dot inside a word, as in `v1.5`, is none.
            '.' | '!' | '?' => !in_word,
            _ => false,
        };
        if ends_here {
            break;
        }
        let is_space = letter.is_whitespace();
        words += usize::from(!is_space && !in_word);
        if words > most_words(letters) {
            break;
        }
        in_word = !is_space;
        start = at;
    }
    before[start..].trim_start()
}

/// The end of `window` that the acronym stands for.
fn long_form<'a>(letters: &[char], window: &'a str) -> Option<&'a str> {
    let places: Vec<(usize, char)> = window.char_indices().collect();
    let place = by_initials(letters, window, &places).or_else(|| by_letters(letters, &places))?;
    // A word that is joined by a hyphen comes along whole, the `\emph{` around a word does not.
    let starts = |&(_, letter): &(usize, char)| letter.is_whitespace() || letter == '{';
    let first = places[..place].iter().rposition(starts).map_or(0, |space| space + 1);
    let long_form = &window[places.get(first)?.0..];
    let long_form = long_form.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '$');
    Some(long_form.trim_end_matches(['"', '\'', '\u{201d}', '\u{2019}', ',', '}', '*']))
}

/// Where the last words begin that have these initials.
fn by_initials(letters: &[char], window: &str, places: &[(usize, char)]) -> Option<usize> {
    let begins = |&place: &usize| places[place].1.is_alphanumeric() && begins_word(places, place);
    let mut words = (0..places.len()).rev().filter(begins);
    let mut place = None;
    for (number, &wanted) in letters.iter().rev().enumerate() {
        place = Some(words.find_map(|place| {
            let (at, letter) = places[place];
            let matches = lower(letter) == wanted;
            let passed_over = || number > 0 && window[at..].split(' ').next().is_some_and(is_stop_word);
            // `Some(None)` ends the search.
            if matches {
                Some(Some(place))
            } else if passed_over() {
                None
            } else {
                Some(None)
            }
        })??);
    }
    place
}

/// Where the shortest end begins in which the letters follow each other, the first of them at the start of a word.
fn by_letters(letters: &[char], places: &[(usize, char)]) -> Option<usize> {
    let mut place = places.len();
    for (index, &wanted) in letters.iter().enumerate().rev() {
        let fits = |&place: &usize| lower(places[place].1) == wanted && (index > 0 || begins_word(places, place));
        place = (0..place).rev().find(fits)?;
    }
    Some(place)
}

fn begins_word(places: &[(usize, char)], place: usize) -> bool {
    place == 0 || !places[place - 1].1.is_alphanumeric()
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        mine(text).into_iter().map(|definition| (definition.acronym, definition.long_form)).collect()
    }

    fn one(text: &str) -> (String, String) {
        let found = pairs(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found.into_iter().next().unwrap()
    }

    #[test]
    fn the_shortest_words_that_hold_the_letters_are_the_long_form() {
        for (text, acronym, long_form) in [
            ("We study retrieval-augmented generation (RAG) here.", "RAG", "retrieval-augmented generation"),
            ("Modern large language models (LLMs) fail.", "LLM", "large language models"),
            ("levels of heat shock transcription factor (HSF)", "HSF", "heat shock transcription factor"),
            ("a $k$-nearest  neighbour\n search ($k$-NN)", "k-NN", "$k$-nearest neighbour search"),
            ("Group Relative Policy Optimization (GRPO, for short)", "GRPO", "Group Relative Policy Optimization"),
            ("so-called \u{201c}state space models\u{201d} (\u{201c}SSMs\u{201d})", "SSM", "state space models"),
            ("transforming growth factor \u{3b2} (TGF-\u{3b2})", "TGF-\u{3b2}", "transforming growth factor \u{3b2}"),
            ("by low-rank adaptation (LoRA)", "LoRA", "low-rank adaptation"),
            (r"call it \textbf{\emph{Neural Matrix Framework}} (\textbf{NMF})", "NMF", "Neural Matrix Framework"),
        ] {
            assert_eq!(one(text), (acronym.to_owned(), long_form.to_owned()), "{text}");
        }
    }

    #[test]
    fn initials_go_before_letters_inside_of_words() {
        for (text, long_form) in [
            ("we use proximal policy optimization (PPO)", "proximal policy optimization"),
            ("their energy efficiency (EE)", "energy efficiency"),
            ("the area under the curve (AUC)", "area under the curve"),
            ("the state of the art (SOTA)", "state of the art"),
            ("some non-negative matrix (NM)", "non-negative matrix"),
        ] {
            assert_eq!(one(text).1, long_form, "{text}");
        }
    }

    #[test]
    fn brackets_that_define_nothing_are_passed_over() {
        for text in [
            "",
            "()",
            "(RAG)",
            "as shown (Figure 2)",
            "the cat (cat)",
            "the Cat (Ca)",
            "a generator. Retrieval (RAG)",
            "unrelated words (XYZ)",
            "RAG for generation (RAG)",
            "we use RAG and a generator (RAG)",
            "an open bracket (RAG",
            "a very long bracket (RAG that goes on for more than forty-eight bytes before it ends)",
            "reading and then a great deal of other words that go on until graphs (RAG)",
        ] {
            assert_eq!(pairs(text), [], "{text}");
        }
    }

    #[test]
    fn a_text_speaks_once_for_each_definition() {
        let text =
            "Graph neural networks (GNNs) are graph-neural networks (GNN); Gaussian noise networks (GNN) are not.";
        let found = pairs(text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].1, "Graph neural networks");
        assert_eq!(found[1].1, "Gaussian noise networks");
    }

    #[test]
    fn a_sentence_does_not_reach_into_the_one_before() {
        assert_eq!(one("We beat v1.5. Large language models (LLMs)").1, "Large language models");
        let both = pairs("graph neural networks (GNN) and convolutional neural networks (CNN)");
        assert_eq!(both[1], ("CNN".to_owned(), "convolutional neural networks".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[ a-dA-D().,;\u{e9}\u{6f22}\u{ff08}-]{0,80}") {
            for definition in mine(&text) {
                let capitals = definition.acronym.chars().filter(|letter| letter.is_uppercase()).count();
                proptest::prop_assert!(capitals >= 2);
                proptest::prop_assert!(definition.long_form.len() > 2);
            }
        }
    }
}

//! Acronyms and long forms in a query.

use std::ops::Range;

use super::dictionary::{AcronymDictionary, Meaning};
use super::expansion::{Expansion, Typed};
use super::mine::singular;
use crate::analyse::{TokenKind, for_each_token, is_stop_word, stem};

/// An acronym with fewer letters is not expanded: too many things are called `AI`, and too few of them are meant.
const FEWEST_LETTERS: usize = 3;

impl AcronymDictionary {
    /// What a query may also be searched for: the long forms of its acronyms, the acronyms of its long forms, in the
    /// order of the query, each once.
    ///
    /// An acronym has three letters at least, and capitals as papers write it unless `any_case` says otherwise, which
    /// serves people who type `rag`, and harms where `all` is a word of a sentence. Long forms match by their stems:
    /// spaces and hyphens, one and many are the same; the longest one wins. If a query holds both, nothing is added.
    pub fn find(&self, query: &str, any_case: bool) -> Vec<Expansion<'_>> {
        if self.is_empty() {
            return Vec::new();
        }
        let words = Words::of(query);
        let (short, long) = (self.acronyms_in(query, &words, any_case), self.long_forms_in(&words));
        let both_typed = |one: &Expansion<'_>| {
            let others = if one.typed == Typed::Acronym { &long } else { &short };
            others.iter().any(|other| other.meaning == one.meaning)
        };
        let mut found: Vec<Expansion<'_>> = Vec::new();
        for one in short.iter().chain(&long).filter(|one| !both_typed(one)) {
            if !found.iter().any(|other| other.meaning == one.meaning) {
                found.push(one.clone());
            }
        }
        found.sort_by_key(|one| one.bytes.start);
        found
    }

    fn acronyms_in(&self, query: &str, words: &Words, any_case: bool) -> Vec<Expansion<'_>> {
        let mut found: Vec<Expansion<'_>> = Vec::new();
        // A compound before its parts: `GPT-4` is not `GPT`.
        let words_alone = words.words.iter().filter(|word| !word.is_stop_word || !any_case).map(|word| &word.bytes);
        for bytes in words.compounds.iter().chain(words_alone) {
            let within = |other: &Expansion<'_>| other.bytes.start <= bytes.start && bytes.end <= other.bytes.end;
            let typed = singular(&query[bytes.clone()]);
            if typed.chars().filter(|letter| letter.is_alphanumeric()).count() < FEWEST_LETTERS
                || found.iter().any(within)
            {
                continue;
            }
            // Small letters have a plural as well: `llms`.
            let one_of_many = typed.strip_suffix('s').filter(|_| any_case);
            let meaning = self.meaning(typed, any_case).or_else(|| self.meaning(one_of_many?, true));
            found.extend(meaning.map(|meaning| Expansion { typed: Typed::Acronym, bytes: bytes.clone(), meaning }));
        }
        found
    }

    fn long_forms_in(&self, words: &Words) -> Vec<Expansion<'_>> {
        let mut found = Vec::new();
        let mut rest = words.words.as_slice();
        while let Some(first) = rest.first() {
            let longest = self.long_form_at(rest);
            if let Some((count, meaning)) = longest {
                let bytes = first.bytes.start..rest[count - 1].bytes.end;
                found.push(Expansion { typed: Typed::LongForm, bytes, meaning });
            }
            rest = &rest[longest.map_or(1, |(count, _)| count)..];
        }
        found
    }

    /// The longest long form that begins with the first of these words, and how many of them it takes.
    fn long_form_at(&self, words: &[Word]) -> Option<(usize, &Meaning)> {
        let (mut key, mut found, mut in_key) = (String::new(), None, 0);
        for (index, word) in words.iter().enumerate() {
            if index > 0 && word.is_stop_word {
                continue;
            }
            if in_key == self.longest() {
                break;
            }
            in_key += 1;
            if index > 0 {
                key.push(' ');
            }
            key.push_str(&word.stem);
            found = self.by_key(&key).map(|meaning| (index + 1, meaning)).or(found);
        }
        found
    }
}

/// The words of a query.
#[derive(Default)]
struct Words {
    words: Vec<Word>,
    compounds: Vec<Range<usize>>,
}

struct Word {
    stem: String,
    is_stop_word: bool,
    bytes: Range<usize>,
}

impl Words {
    fn of(query: &str) -> Self {
        let mut words = Self::default();
        for_each_token(query, &mut |token| match token.kind {
            TokenKind::Joined => words.compounds.push(token.bytes),
            TokenKind::Word => words.words.push(Word {
                stem: stem(token.word).into_owned(),
                is_stop_word: is_stop_word(token.word),
                bytes: token.bytes,
            }),
        });
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> AcronymDictionary {
        let pairs = [
            ("RAG", "retrieval-augmented generation"),
            ("LLM", "large language models"),
            ("LM", "language model"),
            ("LoRA", "low-rank adaptation"),
            ("EEG", "electroencephalography"),
        ];
        AcronymDictionary::new(pairs.map(|(acronym, long_form)| (acronym, long_form, 9)))
    }

    fn found(query: &str, any_case: bool) -> Vec<(Typed, String, String)> {
        let dictionary = dictionary();
        let found = dictionary.find(query, any_case);
        found.into_iter().map(|one| (one.typed, query[one.bytes].to_owned(), one.meaning.acronym.clone())).collect()
    }

    fn one(query: &str, any_case: bool) -> (Typed, String, String) {
        let found = found(query, any_case);
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        found.into_iter().next().unwrap()
    }

    #[test]
    fn both_sides_of_a_definition_find_the_other() {
        use Typed::{Acronym, LongForm};
        for (query, typed, bytes, acronym) in [
            ("RAG", Acronym, "RAG", "RAG"),
            ("better RAG-based answers", Acronym, "RAG", "RAG"),
            ("LLMs for law", Acronym, "LLMs", "LLM"),
            ("Retrieval Augmented Generation", LongForm, "Retrieval Augmented Generation", "RAG"),
            ("what large language-model is best", LongForm, "large language-model", "LLM"),
            ("small language models", LongForm, "language models", "LM"),
        ] {
            assert_eq!(one(query, false), (typed, bytes.to_owned(), acronym.to_owned()), "{query}");
        }
    }

    #[test]
    fn small_letters_count_only_where_any_case_does() {
        assert_eq!(found("rag and lora", false), []);
        assert_eq!(found("rag and lora", true).len(), 2);
        assert_eq!(one("llms", true).2, "LLM");
    }

    #[test]
    fn a_query_with_both_is_left_alone() {
        assert_eq!(found("retrieval-augmented generation (RAG)", false), []);
    }

    #[test]
    fn two_letters_are_not_expanded_and_repeats_count_once() {
        assert_eq!(found("LM", true), []);
        assert_eq!(one("RAG or RAG", false).1, "RAG");
    }

    #[test]
    fn stop_words_count_at_the_start_and_are_passed_over_inside() {
        let dictionary = AcronymDictionary::new([("ID", "in-distribution", 2), ("AUC", "area under the curve", 2)]);
        let found =
            |query| dictionary.find(query, false).iter().map(|one| one.meaning.acronym.as_str()).collect::<Vec<_>>();
        assert_eq!(found("distribution"), [""; 0]);
        assert_eq!(found("data in distribution"), ["ID"]);
        assert_eq!(found("area under curve"), ["AUC"]);
        assert_eq!(found("the area under the curve of a line"), ["AUC"]);
    }

    #[test]
    fn an_empty_dictionary_finds_nothing() {
        assert_eq!(AcronymDictionary::default().find("RAG", true), []);
    }

    proptest::proptest! {
        #[test]
        fn what_is_found_lies_in_the_query(query in "([a-zA-Z]{1,4}|RAG|LLMs|large|language|models|\u{e9}|[ -]|\\$){0,12}") {
            let dictionary = dictionary();
            for one in dictionary.find(&query, true) {
                proptest::prop_assert!(query.get(one.bytes).is_some());
            }
        }
    }
}

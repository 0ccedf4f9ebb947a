//! Documents by phrase, prefix, author, venue and identifier.

use proptest::prelude::*;
use semsearch_lexical::analyse::is_stop_word;
use semsearch_lexical::{LexicalIndex, Occurrences};

use crate::oracle::{Oracle, words};
use crate::papers::{Owned, WORDS, collections, index};

fn one(papers: &[Owned]) -> LexicalIndex {
    index(papers, &[], &vec![false; papers.len()])
}

fn numbers(found: Vec<(u32, Occurrences)>) -> Vec<u32> {
    found.into_iter().map(|(document, _)| document).collect()
}

#[test]
fn a_phrase_is_words_in_a_row() {
    let papers = [
        Owned::of("State of the art", "Not the state of art, but the state, of the art."),
        Owned::of("The state", "Of the art"),
        Owned::of("", "art of the state"),
        Owned::of("states of the art", ""),
        Owned::of("", "the state of the the art"),
    ];
    let index = one(&papers);
    assert_eq!(
        index.with_phrase("state of the art").unwrap(),
        [(0, Occurrences { title: 1, text: 1 })],
        "punctuation does not count, the end of a title does"
    );
    assert_eq!(numbers(index.with_phrase("state of art").unwrap()), [0]);
    assert_eq!(numbers(index.with_phrase("the state of").unwrap()), [0, 4]);
    assert_eq!(numbers(index.with_phrase("of the").unwrap()), [0, 1, 2, 3, 4]);
    assert_eq!(numbers(index.with_phrase("the the").unwrap()), [4]);
    assert_eq!(numbers(index.with_phrase("art").unwrap()), [0, 1, 2, 3, 4]);
    assert_eq!(numbers(index.with_phrase("the state").unwrap()), [0, 1, 2, 4]);
    assert_eq!(index.with_phrase("art state").unwrap(), []);
    assert_eq!(index.with_phrase("absent").unwrap(), []);
    assert_eq!(index.with_phrase("").unwrap(), []);
}

#[test]
fn an_author_has_all_the_words_in_one_name() {
    let with =
        |authors: &[&str]| Owned { authors: authors.iter().map(|&name| name.into()).collect(), ..Owned::default() };
    let papers = [
        with(&["Ashish Vaswani", "Noam Shazeer"]),
        with(&["Ashish Noam"]),
        with(&[]),
        with(&["Jean-Pierre Noël", "Vaswani, Ashish"]),
    ];
    let index = one(&papers);
    assert_eq!(index.of_author("vaswani").unwrap(), [0, 3]);
    assert_eq!(index.of_author("Ashish VASWANI").unwrap(), [0, 3]);
    assert_eq!(index.of_author("ashish noam").unwrap(), [1]);
    assert_eq!(index.of_author("noel jean-pierre").unwrap(), [3]);
    assert_eq!(index.of_author("jeanpierre").unwrap(), [3]);
    assert!(index.of_author("").unwrap().is_empty() && index.of_author("nobody").unwrap().is_empty());
}

#[test]
fn venues_and_identifiers() {
    let with = |venue: Option<&str>, identifiers: &[&str]| Owned {
        venue: venue.map(str::to_owned),
        identifiers: identifiers.iter().map(|&id| id.into()).collect(),
        ..Owned::default()
    };
    let papers = [
        with(Some("Findings of ACL"), &["arXiv:2106.09685", "10.1000/XYZ"]),
        with(Some("ACL 2020"), &["10.1000/xyz"]),
        with(None, &[]),
    ];
    let index = one(&papers);
    assert_eq!(index.of_venue("acl").unwrap(), [0, 1]);
    assert_eq!(index.of_venue("ACL findings").unwrap(), [0]);
    assert_eq!(index.of_venue("2020").unwrap(), [1]);
    assert!(index.of_venue("ac").unwrap().is_empty() && index.of_venue("").unwrap().is_empty());
    assert_eq!(index.with_identifier("ARXIV:2106.09685").unwrap(), [0]);
    assert_eq!(index.with_identifier(" 10.1000/xyz").unwrap(), [0, 1]);
    assert!(index.with_identifier("2106.09685").unwrap().is_empty());
}

#[test]
fn a_prefix_finds_words_however_they_are_stemmed() {
    let papers = [
        Owned::of("Transformers", "transformation of transforms"),
        Owned::of("", "transit"),
        Owned::of("", "the GPT-4 model"),
    ];
    let index = one(&papers);
    assert_eq!(index.with_prefix("Transf").unwrap(), [(0, Occurrences { title: 1, text: 2 })]);
    assert_eq!(numbers(index.with_prefix("trans").unwrap()), [0, 1]);
    assert_eq!(numbers(index.with_prefix("th").unwrap()), [2], "stop words too");
    assert_eq!(numbers(index.with_prefix("gpt-4").unwrap()), [2]);
    assert!(index.with_prefix("").unwrap().is_empty());
}

#[test]
fn definitions_are_counted_over_what_is_there() {
    let paper = Owned::of("", "A graph network (GN) learns. The GN is a graph.");
    let papers = vec![paper; 3];
    let index = index(&papers, &[1], &[false, true, false]);
    let found = index.definitions().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].acronym, &*found[0].long_form, found[0].documents), ("GN", "graph network", 2));
}

/// How often `text` has `phrase` in it.
fn count(text: &[String], phrase: &[String]) -> u32 {
    text.windows(phrase.len()).filter(|window| *window == phrase).count() as u32
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn phrases_are_those_of_reading_every_paper(
        (papers, cuts, removed) in collections(),
        phrase in prop::collection::vec(prop::sample::select(&WORDS[..]), 1..4),
    ) {
        let phrase = phrase.join(" ");
        let wanted = words(&phrase, false);
        let expected: Vec<(u32, Occurrences)> = Oracle::of(&papers, &removed)
            .0
            .into_iter()
            .map(|(number, paper)| (number, Occurrences {
                title: count(&words(&paper.title, false), &wanted),
                text: count(&words(&paper.text, false), &wanted),
            }))
            .filter(|(_, count)| *count != Occurrences::default())
            .collect();
        prop_assert_eq!(index(&papers, &cuts, &removed).with_phrase(&phrase).unwrap(), expected);
    }

    #[test]
    fn prefixes_words_and_stems_are_those_of_reading_every_paper(
        (papers, cuts, removed) in collections(),
        prefix in prop::sample::select(&["n", "net", "networks", "t", "gpt", "深", "0", "x"][..]),
        stem in prop::sample::select(&["network", "learn", "4", "gpt4", "stateoftheart", "the"][..]),
    ) {
        let index = index(&papers, &cuts, &removed);
        let oracle = Oracle::of(&papers, &removed);
        let counted = |has: &dyn Fn(&str) -> bool| -> Vec<(u32, Occurrences)> {
            let count = |text: &str| words(text, true).iter().filter(|word| has(word)).count() as u32;
            let counts = oracle.0.iter().map(|(number, paper)| {
                (*number, Occurrences { title: count(&paper.title), text: count(&paper.text) })
            });
            counts.filter(|(_, count)| *count != Occurrences::default()).collect()
        };
        prop_assert_eq!(index.with_prefix(prefix).unwrap(), counted(&|word| word.starts_with(prefix)));
        let stemmed = |word: &str| !is_stop_word(word) && semsearch_lexical::analyse::stem(word) == stem;
        prop_assert_eq!(index.with_stem(stem).unwrap(), counted(&stemmed));

        let mut expected = std::collections::BTreeMap::new();
        for (_, paper) in &oracle.0 {
            let mut all = [words(&paper.title, true), words(&paper.text, true)].concat();
            all.sort();
            all.dedup();
            all.into_iter().filter(|word| !is_stop_word(word)).for_each(|word| *expected.entry(word).or_insert(0) += 1);
        }
        let found = index.words().unwrap();
        let list: Vec<(String, u32)> = found.iter().map(|(word, documents)| (word.to_owned(), documents)).collect();
        prop_assert_eq!(found.len(), expected.len());
        for (word, documents) in &list {
            prop_assert_eq!(index.word_frequency(word).unwrap(), *documents);
        }
        prop_assert_eq!(list, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn authors_venues_and_identifiers_are_those_of_reading_every_paper(
        (papers, cuts, removed) in collections(),
        wanted in prop::sample::subsequence(&["ashish", "noam", "acl", "findings", "noel", "2017"][..], 1..3),
        id in 0..8_u32,
    ) {
        let index = index(&papers, &cuts, &removed);
        let oracle = Oracle::of(&papers, &removed);
        let has = |text: &str| { let words = words(text, true); wanted.iter().all(|word| words.iter().any(|w| w == word)) };
        let of = |is: &dyn Fn(&Owned) -> bool| -> Vec<u32> {
            oracle.0.iter().filter(|(_, paper)| is(paper)).map(|(number, _)| *number).collect()
        };
        let text = wanted.join(" ");
        prop_assert_eq!(index.of_author(&text).unwrap(), of(&|paper| paper.authors.iter().any(|name| has(name))));
        prop_assert_eq!(index.of_venue(&text).unwrap(), of(&|paper| paper.venue.as_deref().is_some_and(has)));
        let id = format!("doi:{id}");
        prop_assert_eq!(index.with_identifier(&id).unwrap(), of(&|paper| paper.identifiers.contains(&id)));
    }
}

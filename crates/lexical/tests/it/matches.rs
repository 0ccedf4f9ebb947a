//! How a document has the words of a query.

use proptest::prelude::*;
use semsearch_lexical::analyse::{is_stop_word, stem};
use semsearch_lexical::{Length, Occurrences};

use crate::oracle::{Oracle, words};
use crate::papers::{Owned, collections, index};

/// The stems of a text, stop words left out.
fn stems(text: &str) -> Vec<String> {
    words(text, false).iter().filter(|word| !is_stop_word(word)).map(|word| stem(word).into_owned()).collect()
}

#[test]
fn neighbours_are_neighbours_whatever_stop_words_are_between() {
    let papers = [
        Owned::of("Graphs of networks", "graph network graph networks to learn of graphs"),
        Owned::of("learning", "graph"),
    ];
    let index = index(&papers, &[], &[false; 2]);
    let mut matcher = index.matcher(&stems("graph network learning graph network")).unwrap();
    assert_eq!(matcher.stems(), ["graph", "network", "learn"]);
    assert_eq!(matcher.pairs(), [(0, 1), (1, 2), (2, 0)]);
    let count = |title, text| Occurrences { title, text };
    let first = matcher.look_at(0).clone();
    assert_eq!(first.stems, [count(1, 3), count(1, 2), count(0, 1)]);
    assert_eq!(first.pairs, [count(1, 2), count(0, 1), count(0, 1)]);
    assert_eq!(first.length, Length { title: 2, text: 6 });
    assert!(!first.are_all_in_title());
    let worth = matcher.pair_saturation(0);
    let average = (2.0 * 2.0 + 6.0 + 2.0 + 1.0) / 2.0;
    let expected = 4.0 * 1.9 / (4.0 + 0.9 * (0.25 + 0.75 * 10.0 / average));
    assert!((worth - expected).abs() < 1e-5, "{worth}, not {expected}");
    assert_eq!(matcher.look_at(1).pairs, [count(0, 0); 3], "a title ends before the abstract begins");
}

#[test]
fn a_stem_stands_for_the_papers_in_which_it_is_worth_most() {
    let papers = ["a graph among other things that are long", "graph", "none", "graph graph", "graph"];
    let papers = papers.map(|text| Owned::of("", text));
    let index = index(&papers, &[2], &[false; 5]);
    assert_eq!(index.exemplars("graph").unwrap(), [3, 1, 4, 0]);
    assert_eq!(index.exemplars("absent").unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn matches_are_those_of_reading_every_paper(
        (papers, cuts, removed) in collections(),
        query in prop::collection::vec(
            prop::sample::select(&["network", "graph", "gpt4", "gpt", "4", "learn", "深度", "absent"][..]), 0..6),
        order in any::<bool>(),
    ) {
        let index = index(&papers, &cuts, &removed);
        let query: Vec<String> = query.into_iter().map(str::to_owned).collect();
        let mut matcher = index.matcher(&query).unwrap();
        let (stems_of_query, pairs) = (matcher.stems().to_vec(), matcher.pairs().to_vec());
        let mut oracle = Oracle::of(&papers, &removed).0;
        if order {
            oracle.reverse();
        }
        let numbers: Vec<u32> = oracle.iter().map(|(number, _)| *number).collect();
        let neighbours = index.matcher(&query).unwrap().neighbours(&numbers);
        for (place, &number) in numbers.iter().enumerate() {
            let in_title = matcher.look_at(number).are_all_in_title();
            prop_assert_eq!(neighbours.are_all_in_title(place), in_title);
            let saturations: Vec<f32> = (0..pairs.len()).map(|pair| matcher.pair_saturation(pair)).collect();
            prop_assert_eq!(neighbours.saturations(place), saturations);
        }
        for (number, paper) in oracle {
            let (title, text) = (stems(&paper.title), stems(&paper.text));
            let found = matcher.look_at(number);
            prop_assert_eq!(found.length, Length { title: title.len() as u32, text: text.len() as u32 });
            let counts: Vec<Occurrences> = stems_of_query.iter().map(|stem| Oracle::count(paper, stem)).collect();
            prop_assert_eq!(&found.stems, &counts);
            let count = |words: &[String], (a, b): (usize, usize)| {
                words.windows(2).filter(|pair| pair[0] == stems_of_query[a] && pair[1] == stems_of_query[b]).count() as u32
            };
            let expected: Vec<Occurrences> =
                pairs.iter().map(|&pair| Occurrences { title: count(&title, pair), text: count(&text, pair) }).collect();
            prop_assert_eq!(&found.pairs, &expected);
        }
    }
}

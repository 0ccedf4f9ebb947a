//! What papers are worth.

use proptest::prelude::*;
use semsearch_lexical::WeightedStem;

use crate::oracle::Oracle;
use crate::papers::{Owned, collections, file, index, queries};

fn terms(stems: &[&str]) -> Vec<WeightedStem> {
    stems.iter().map(|stem| WeightedStem { stem: (*stem).into(), weight: 1.0 }).collect()
}

#[test]
fn a_title_counts_three_times() {
    let papers = [
        Owned::of("Graphs", "nothing here is of use at all"),
        Owned::of("Nothing", "graphs are of use here at last"),
        Owned::of("Nothing", "here is of use at all"),
    ];
    let index = index(&papers, &[], &[false; 3]);
    let scores = index.scores(&terms(&["graph"])).unwrap();
    assert!(scores.get(0) > scores.get(1));
    assert_eq!(scores.get(2), 0.0);
    assert_eq!(scores.top(10, &|_| true).iter().map(|hit| hit.0).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(scores.top(10, &|document| document != 0).len(), 1);
    assert_eq!(scores.max(), scores.get(0));
}

#[test]
fn equal_papers_are_in_order() {
    let papers = vec![Owned::of("", "graph networks"); 5];
    let index = index(&papers, &[2], &[false; 5]);
    let top = index.scores(&terms(&["graph", "network"])).unwrap().top(3, &|_| true);
    assert_eq!(top.iter().map(|hit| hit.0).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn nothing_has_no_scores() {
    let index = index(&[], &[], &[]);
    assert_eq!(index.documents(), 0);
    assert!(index.scores(&terms(&["graph"])).unwrap().top(3, &|_| true).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn scores_are_those_of_reading_every_paper((papers, cuts, removed) in collections(), query in queries()) {
        let index = index(&papers, &cuts, &removed);
        let oracle = Oracle::of(&papers, &removed);
        prop_assert_eq!(index.documents() as usize, oracle.0.len());
        let scores = index.scores(&query).unwrap();
        for (document, expected) in oracle.scores(&query) {
            let found = f64::from(scores.get(document));
            prop_assert!((found - expected).abs() <= 1e-5 * expected.max(1.0), "{document}: {found}, not {expected}");
        }
        for term in &query {
            prop_assert_eq!(index.document_frequency(&term.stem).unwrap(), oracle.frequency(&term.stem));
        }
        for (document, &gone) in removed.iter().enumerate() {
            prop_assert!(!gone || scores.get(document as u32) == 0.0);
        }
    }

    #[test]
    fn a_score_is_the_same_however_papers_are_divided((papers, cuts, removed) in collections(), query in queries()) {
        let divided = index(&papers, &cuts, &removed).scores(&query).unwrap();
        let (numbers, kept): (Vec<u32>, Vec<Owned>) =
            Oracle::of(&papers, &removed).0.into_iter().map(|(number, paper)| (number, paper.clone())).unzip();
        let whole = index(&kept, &[], &vec![false; kept.len()]).scores(&query).unwrap();
        let expected: Vec<(u32, u32)> = (0..).zip(&numbers).map(|(row, &number)| (number, whole.get(row).to_bits())).collect();
        let found: Vec<(u32, u32)> = numbers.iter().map(|&number| (number, divided.get(number).to_bits())).collect();
        prop_assert_eq!(found, expected);
        let top = |list: Vec<(u32, f32)>| list.into_iter().map(|(_, score)| score.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(top(divided.top(5, &|_| true)), top(whole.top(5, &|_| true)));
    }

    #[test]
    fn the_best_are_those_of_adding_up_everything(
        (papers, cuts, removed) in collections(),
        query in queries(),
        count in 0..12_usize,
        odd in any::<bool>(),
        times in prop::sample::select(&[1, 40, 150][..]),
    ) {
        let mut many = Vec::new();
        // The same papers again and again, so that there is something to pass over, and ties.
        for time in 0..times {
            many.extend(papers.iter().cloned().map(|mut paper| {
                paper.text.push_str(&" of it all".repeat(time % 7));
                paper
            }));
        }
        let removed: Vec<bool> = removed.iter().copied().cycle().take(many.len()).collect();
        let index = index(&many, &cuts, &removed);
        let keep = |document: u32| !odd || document % 2 == 1;
        let scores = index.scores(&query).unwrap();
        let bits = |list: Vec<(u32, f32)>| list.into_iter().map(|(n, s)| (n, s.to_bits())).collect::<Vec<_>>();
        prop_assert_eq!(bits(index.best(&query, count, &keep).unwrap()), bits(scores.top(count, &keep)));
        let all: Vec<u32> = (0..many.len() as u32).collect();
        let each: Vec<u32> = all.iter().map(|&number| scores.get(number).to_bits()).collect();
        let found: Vec<u32> = index.scores_of(&query, &all).unwrap().into_iter().map(f32::to_bits).collect();
        prop_assert_eq!(found, each);
    }

    #[test]
    fn the_same_papers_give_the_same_file((papers, _, _) in collections()) {
        prop_assert_eq!(file(&papers), file(&papers));
    }
}

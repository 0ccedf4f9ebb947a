//! Counting phrases, against splitting every paper.

use semsearch_corpus::{Document, ReadOptions};
use semsearch_engine::count::{PhraseCount, Same, count_phrase, words_of};
use semsearch_engine::{IngestOptions, ingest};
use semsearch_store::{Collection, Filter, Selection, remove};
use semsearch_task::NoProgress;

use crate::common::{corpus, toy_model};

/// Counts by looking through the words of every paper.
fn oracle<'a>(papers: impl Iterator<Item = &'a Document>, phrase: &str, same: Same) -> (u64, [(u64, u64); 2]) {
    let words = words_of(phrase, same);
    let (mut all, mut places) = (0, [(0, 0); 2]);
    for paper in papers {
        let counts = [&paper.title, &paper.r#abstract]
            .map(|text| words_of(text, same).windows(words.len()).filter(|window| *window == words).count() as u64);
        all += u64::from(counts != [0, 0]);
        for (place, count) in places.iter_mut().zip(counts) {
            place.0 += u64::from(count > 0);
            place.1 += count;
        }
    }
    (all, places)
}

fn told(count: PhraseCount) -> (u64, [(u64, u64); 2]) {
    let places = [count.title, count.r#abstract].map(|place| (place.papers, place.occurrences));
    (count.papers, places)
}

#[test]
fn counts_are_those_of_looking_through_every_paper() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo_papers.jsonl");
    let read = semsearch_corpus::read_corpus(&[demo], &ReadOptions::default(), &NoProgress, &mut |_| {}).unwrap();
    let mut papers: Vec<Document> = read.documents;
    // Several segments, and some papers removed again.
    for part in papers.chunks(papers.len() / 3 + 1) {
        ingest(&corpus(part.iter().cloned()), &toy_model(), &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    }
    let gone: Vec<String> = papers.iter().step_by(7).map(|paper| paper.id.clone()).collect();
    remove(&root, &Selection::Ids(gone.clone()), &NoProgress).unwrap();
    papers.retain(|paper| !gone.contains(&paper.id));

    let collection = Collection::open(&root).unwrap();
    let recent = Filter::parse("year >= 2025").unwrap();
    let mut phrases: Vec<String> =
        ["the", "of the", "KV caches", "language model", "language models", "GPT-4", "no such words"]
            .map(str::to_owned)
            .to_vec();
    for (number, paper) in papers.iter().enumerate().step_by(5) {
        let words = words_of(&paper.r#abstract, Same::Written);
        let first = number * 3 % words.len().saturating_sub(6).max(1);
        phrases.push(words[first..(first + 1 + number % 4).min(words.len())].join(" "));
        phrases.push(paper.title.clone());
    }
    for phrase in &phrases {
        for same in [Same::Written, Same::Form] {
            let count = |filter: &Filter| {
                told(count_phrase(&collection, phrase, same, &collection.passing(filter).unwrap()).unwrap())
            };
            assert_eq!(count(&Filter::default()), oracle(papers.iter(), phrase, same), "{phrase} {same:?}");
            let is_recent = |paper: &&Document| paper.year.is_some_and(|year| year >= 2025);
            assert_eq!(count(&recent), oracle(papers.iter().filter(is_recent), phrase, same), "{phrase} {same:?}");
        }
    }
    let forms = told(
        count_phrase(&collection, "language model", Same::Form, &collection.passing(&Filter::default()).unwrap())
            .unwrap(),
    );
    let written = told(
        count_phrase(&collection, "language model", Same::Written, &collection.passing(&Filter::default()).unwrap())
            .unwrap(),
    );
    assert!(forms.0 > written.0, "{forms:?} {written:?}");
}

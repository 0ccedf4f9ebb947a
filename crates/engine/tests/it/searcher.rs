//! Searchers are shared by threads, and go on answering while the collection changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use semsearch_engine::{Encoders, IngestOptions, Searcher, Session, ingest};
use semsearch_store::{Collection, Selection, remove};
use semsearch_task::NoProgress;

use crate::common::{papers, toy_model};

fn ids(searcher: &Searcher, k: usize) -> Vec<String> {
    let answer = searcher.search("graph search", &crate::common::dense().with_k(k)).unwrap();
    answer.hits.into_iter().map(|hit| hit.document.id).collect()
}

#[test]
fn searchers_and_sessions_can_be_shared_by_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Searcher>();
    shared::<Session>();
    fn sent<T: Send + Sync>() {}
    sent::<Collection>();
    sent::<Encoders<'_>>();
}

#[test]
fn threads_go_on_with_their_generation_while_a_writer_changes_the_collection() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let (encoder, options) = (Arc::new(toy_model()), IngestOptions::new("toy"));
    ingest(&papers(0..40), &*encoder, &root, &options, &NoProgress).unwrap();
    let searcher = Searcher::new(Collection::open(&root).unwrap(), encoder.clone()).unwrap();
    let before = ids(&searcher, 100);
    assert_eq!(before.len(), 40);

    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            let (searcher, before, done, asked) = (searcher.clone(), &before, &done, &asked);
            threads.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(ids(&searcher, 100), *before);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 1..=5 {
            ingest(&papers(40 * round..40 * (round + 1)), &*encoder, &root, &options, &NoProgress).unwrap();
            let gone = Selection::Ids(vec![format!("paper-{round}")]);
            remove(&root, &gone, &NoProgress).unwrap();
            let so_far = asked.load(Ordering::Relaxed);
            while asked.load(Ordering::Relaxed) < so_far + 4 {
                std::thread::yield_now();
            }
        }
        done.store(true, Ordering::Relaxed);
    });

    let mut newest = searcher.clone();
    assert!(newest.reload().unwrap());
    assert!(!newest.reload().unwrap(), "there is no newer generation");
    let after = ids(&newest, 1000);
    assert_eq!(after.len(), 240 - 5);
    assert!(!after.contains(&"paper-1".to_owned()) && after.contains(&"paper-239".to_owned()));
    assert_eq!(ids(&searcher, 100), before, "the old clone is left as it was");
}

#[test]
fn a_searcher_that_cannot_be_reloaded_stays_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let (encoder, options) = (Arc::new(toy_model()), IngestOptions::new("toy"));
    ingest(&papers(0..10), &*encoder, &root, &options, &NoProgress).unwrap();
    let mut searcher = Searcher::new(Collection::open(&root).unwrap(), encoder).unwrap();
    let before = ids(&searcher, 10);
    std::fs::remove_file(root.join("CURRENT")).unwrap();
    searcher.reload().unwrap_err();
    assert_eq!(ids(&searcher, 10), before);
}

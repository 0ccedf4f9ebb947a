//! Search by words, alone and beside vectors.

use std::path::PathBuf;
use std::sync::Arc;

use semsearch_corpus::Document;
use semsearch_engine::{IngestOptions, Ranker, SearchError, SearchOptions, Searcher, ingest};
use semsearch_store::Collection;
use semsearch_task::NoProgress;

use crate::common::{corpus, toy_model};

struct Built {
    root: PathBuf,
    _folder: tempfile::TempDir,
}

fn paper(id: &str, title: &str, text: &str, authors: &[&str], year: i32) -> Document {
    let json = serde_json::json!({ "id": id, "title": title, "abstract": text, "authors": authors, "year": year });
    serde_json::from_value(json).unwrap()
}

fn library() -> Vec<Document> {
    vec![
        paper(
            "hnsw",
            "Navigable small world graphs (HNSW)",
            "Search in layered graphs of neighbours.",
            &["Yury Malkov"],
            2016,
        ),
        paper(
            "attention",
            "Attention is all you need",
            "The Transformer uses attention alone.",
            &["Ashish Vaswani", "Noam Shazeer"],
            2017,
        ),
        paper(
            "rag",
            "Answers with sources",
            "We study retrieval-augmented generation (RAG) for questions.",
            &["Ada Long"],
            2020,
        ),
        paper(
            "rag2",
            "More sources",
            "Again retrieval-augmented generation (RAG), with chain of thought.",
            &["Bo Li"],
            2021,
        ),
        paper(
            "long",
            "Documents in generators",
            "Retrieval-augmented generation without its letters.",
            &["Wei Li"],
            2022,
        ),
        paper("tides", "On tides", "The sea moves, and with it the shore.", &["Kelvin Thomson"], 1898),
    ]
}

/// The papers, in as many segments as adding them one after another makes.
fn build(batches: &[&[usize]]) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let (encoder, papers) = (toy_model(), library());
    for batch in batches {
        let documents = batch.iter().map(|&number| papers[number].clone());
        ingest(&corpus(documents), &encoder, &root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    }
    Built { root, _folder: folder }
}

fn searcher(built: &Built) -> Searcher {
    Searcher::new(Collection::open(&built.root).unwrap(), Arc::new(toy_model())).unwrap()
}

fn ids(searcher: &Searcher, query: &str, ranker: Ranker) -> Vec<String> {
    let options = SearchOptions::default().with_ranker(Some(ranker));
    searcher.search(query, &options).unwrap().hits.into_iter().map(|hit| hit.document.id).collect()
}

#[test]
fn words_find_the_papers_that_hold_them_and_no_other() {
    let searcher = searcher(&build(&[&[0, 1, 2, 3, 4, 5]]));
    assert_eq!(ids(&searcher, "tides", Ranker::Lexical), ["tides"]);
    assert_eq!(ids(&searcher, "graph neighbour", Ranker::Lexical), ["hnsw"]);
    assert_eq!(ids(&searcher, "tides -sea graphs", Ranker::Lexical), ["hnsw"]);
    assert_eq!(ids(&searcher, "\"chain of thought\"", Ranker::Lexical), ["rag2"]);
    assert_eq!(ids(&searcher, "author:vaswani attention", Ranker::Hybrid), ["attention"]);
    for ranker in [Ranker::Hybrid, Ranker::Lexical] {
        assert_eq!(ids(&searcher, "author:li", ranker), ["rag2", "long"], "a query that only demands");
        assert_eq!(ids(&searcher, "year:..1900", ranker), ["tides"]);
        assert_eq!(ids(&searcher, "transf*", ranker), ["attention"]);
    }
    assert_eq!(ids(&searcher, "generation year:2021..2022", Ranker::Lexical), ["long", "rag2"]);
    assert_eq!(ids(&searcher, "title:sources retrieval", Ranker::Lexical).len(), 2);
    let sentence = "we ask whether \"thought in chains\" helps generators that answer the questions of people";
    assert!(!ids(&searcher, sentence, Ranker::Lexical).is_empty(), "a quotation in a sentence binds nothing");
    assert!(ids(&searcher, "\"thought in chains\"", Ranker::Lexical).is_empty());
    assert!(ids(&searcher, "xylophone", Ranker::Lexical).is_empty());
}

#[test]
fn a_name_an_acronym_and_a_slip_find_their_papers_first() {
    let searcher = searcher(&build(&[&[0, 1, 2, 3, 4, 5]]));
    assert_eq!(ids(&searcher, "HNSW", Ranker::Hybrid)[0], "hnsw");
    assert_eq!(ids(&searcher, "Ashish Vaswani", Ranker::Hybrid)[0], "attention");
    assert_eq!(ids(&searcher, "vaswani", Ranker::Hybrid)[0], "attention");
    assert_eq!(ids(&searcher, "tides", Ranker::Hybrid)[0], "tides");
    // The long form is searched for as well.
    let options = SearchOptions::default().with_ranker(Some(Ranker::Lexical));
    let answer = searcher.search("RAG", &options).unwrap();
    assert_eq!(answer.expansions, ["retrieval-augmented generation"]);
    assert!(answer.hits.iter().any(|hit| hit.document.id == "long"));
    // A guess is not expanded.
    let guessed = searcher.search("raag", &options).unwrap();
    assert_eq!((&*guessed.corrections[0].used[0], guessed.expansions.len()), ("rag", 0));
    let answer = searcher.search("atention", &options).unwrap();
    assert_eq!(answer.hits[0].document.id, "attention");
    assert_eq!((&*answer.corrections[0].typed, &*answer.corrections[0].used[0]), ("atention", "attention"));
}

#[test]
fn segments_and_removed_papers_change_no_score() {
    let options = SearchOptions::default().with_reasons(true);
    let whole = searcher(&build(&[&[0, 1, 2, 3, 4, 5]]));
    let parts = build(&[&[0, 1, 2, 3], &[4], &[5]]);
    let parts = searcher(&parts);
    for query in ["retrieval augmented generation", "attention transformer", "sea shore graphs", "Wei Li"] {
        for ranker in [Ranker::Hybrid, Ranker::Lexical] {
            let options = options.clone().with_ranker(Some(ranker));
            let found = |searcher: &Searcher| -> Vec<_> {
                let hits = searcher.search(query, &options).unwrap().hits;
                hits.into_iter().map(|hit| (hit.document.id, hit.score.to_bits(), hit.reasons)).collect()
            };
            assert_eq!(found(&whole), found(&parts), "{query}");
        }
    }
}

#[test]
fn an_answer_says_why_and_how_sure_it_is() {
    let searcher = searcher(&build(&[&[0, 1, 2, 3, 4, 5]]));
    let options = SearchOptions::default().with_reasons(true);
    let answer = searcher.search("layered graphs", &options).unwrap();
    let hit = &answer.hits[0];
    assert_eq!(hit.document.id, "hnsw");
    let reasons = hit.reasons.as_ref().unwrap();
    assert_eq!(reasons.matched.iter().map(|term| &*term.word).collect::<Vec<_>>(), ["layered", "graphs"]);
    assert!(reasons.matched.iter().all(|term| term.idf > 0.0));
    assert_eq!(reasons.sentence.as_deref(), Some("Search in layered graphs of neighbours."));
    assert_eq!(answer.ranker, Ranker::Hybrid);
    assert_eq!(answer.confidence, None, "no bounds were measured for the toy model");
    let candidates = answer.candidates.unwrap();
    assert!(candidates.dense == 6 && candidates.lexical == 1 && candidates.union == 6, "{candidates:?}");
}

#[test]
fn an_index_without_words_answers_by_vectors_and_gets_words_by_compacting() {
    let folder = tempfile::tempdir().unwrap();
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/golden/collection-v2");
    let root = folder.path().join("index");
    copy(&golden, &root);
    let collection = Collection::open(&root).unwrap();
    assert!(collection.lexical().unwrap().is_none());
    semsearch_store::compact(&root, &NoProgress).unwrap();
    let collection = Collection::open(&root).unwrap();
    let words = collection.lexical().unwrap().expect("words were added");
    assert_eq!(words.documents() as usize, collection.len());
}

#[test]
fn words_that_are_asked_for_and_not_there_are_an_error() {
    let built = build(&[&[0, 1]]);
    let searcher = searcher(&built);
    assert!(searcher.has_words().unwrap());
    assert!(matches!(searcher.search(" ", &SearchOptions::default()), Err(SearchError::EmptyQuery)));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

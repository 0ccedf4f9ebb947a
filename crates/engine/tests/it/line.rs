//! The line end to end on a toy model: what goes in comes out, in the right order, and nothing else does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use semsearch_corpus::{Corpus, Date, Document};
use semsearch_embed::{Encoder, EncoderOptions, SentenceTransformer, TextKind};
use semsearch_engine::{IngestError, IngestOptions, SearchError, SearchMode, Searcher, Strategy, ingest};
use semsearch_store::{Collection, Filter};
use semsearch_task::{NoProgress, Progress, Stage};
use semsearch_vector::cosine;

use crate::common::{self, toy_model, toy_with};

/// `count` papers; every third one has a date, every third only a year.
fn papers(count: usize) -> Corpus {
    common::corpus((0..count).map(|number| {
        let paper = common::paper(number);
        let date = paper.year.filter(|_| number % 3 == 0).map(|year| Date::new(year, Some(6), Some(15)).unwrap());
        let year = paper.year.filter(|_| number % 3 == 1);
        paper.with_date(date).with_year(year)
    }))
}

fn options() -> IngestOptions {
    IngestOptions::new("toy")
}

struct Built {
    _folder: tempfile::TempDir,
    root: PathBuf,
    corpus: Corpus,
    encoder: Arc<SentenceTransformer>,
}

fn build(count: usize) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let (corpus, encoder) = (papers(count), Arc::new(toy_model()));
    ingest(&corpus, &*encoder, &root, &options(), &NoProgress).unwrap();
    Built { _folder: folder, root, corpus, encoder }
}

/// The answer computed the slow way: every passage encoded alone and compared.
fn oracle(built: &Built, query: &str, k: usize, keep: impl Fn(&Document) -> bool) -> Vec<(String, f32)> {
    let query = built.encoder.encode(&[query], TextKind::Query).unwrap().vectors;
    let mut all: Vec<(usize, String, f32)> = (0..)
        .zip(&built.corpus.documents)
        .filter(|(_, document)| keep(document))
        .map(|(row, document)| {
            let vector = built.encoder.encode(&[&document.passage()], TextKind::Passage).unwrap().vectors;
            (row, document.id.clone(), cosine(query.row(0), vector.row(0)))
        })
        .collect();
    all.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    all.into_iter().take(k).map(|(_, id, score)| (id, score)).collect()
}

fn assert_same(found: &[semsearch_engine::Found], expected: &[(String, f32)]) {
    assert_eq!(found.len(), expected.len());
    for (found, (id, score)) in found.iter().zip(expected) {
        assert!(
            (found.score - score).abs() < 1e-5,
            "{} scores {}, expected {id} with {score}",
            found.document.id,
            found.score
        );
    }
}

#[test]
fn an_exact_answer_is_the_brute_force_answer_and_the_graph_agrees() {
    let built = build(300);
    let collection = Collection::open(&built.root).unwrap();
    let searcher = Searcher::new(collection, built.encoder.clone()).unwrap();
    for query in ["graph search with data", "protein", "x"] {
        let expected = oracle(&built, query, 10, |_| true);
        let exact = crate::common::dense().with_strategy(Strategy::Exact);
        let answer = searcher.search(query, &exact).unwrap();
        assert_eq!(answer.mode, Some(SearchMode::Exact));
        assert_same(&answer.hits, &expected);
        let walk = crate::common::dense().with_strategy(Strategy::Graph);
        let rerank = crate::common::dense().with_rerank(true);
        for (options, mode) in
            [(crate::common::dense(), SearchMode::Exact), (walk, SearchMode::Hnsw), (rerank, SearchMode::HnswReranked)]
        {
            let walked = searcher.search(query, &options).unwrap();
            assert_eq!(walked.mode, Some(mode));
            assert_same(&walked.hits, &expected);
        }
    }
}

#[test]
fn the_documents_of_an_answer_are_the_ones_that_went_in() {
    let built = build(40);
    let collection = Collection::open(&built.root).unwrap();
    let searcher = Searcher::new(collection, built.encoder.clone()).unwrap();
    let everything = crate::common::dense().with_k(100).with_strategy(Strategy::Exact);
    let mut found: Vec<Document> =
        searcher.search("speech", &everything).unwrap().hits.into_iter().map(|hit| hit.document).collect();
    found.sort_by_key(|document| document.id.strip_prefix("paper-").unwrap().parse::<usize>().unwrap());
    assert_eq!(found, built.corpus.documents);
}

#[test]
fn a_range_of_dates_keeps_what_may_lie_in_it_and_nothing_else() {
    let built = build(120);
    let collection = Collection::open(&built.root).unwrap();
    let searcher = Searcher::new(collection, built.encoder.clone()).unwrap();
    let (since, until) = ("2005".parse::<Date>().unwrap(), "2009-06".parse::<Date>().unwrap());
    let filter = Filter::dates(Some(since), Some(until));
    let answer = searcher.search("graph", &crate::common::dense().with_k(200).with_filter(filter)).unwrap();
    let inside = |document: &Document| {
        let year = document.date.map(|date| date.year()).or(document.year);
        year.is_some_and(|year| (2005..=2009).contains(&year))
    };
    assert!(!answer.hits.is_empty() && answer.hits.iter().all(|hit| inside(&hit.document)));
    assert_same(&answer.hits, &oracle(&built, "graph", 200, inside));
    assert_eq!(answer.mode, Some(SearchMode::Exact));
}

#[test]
fn an_encoder_with_another_fingerprint_is_refused_by_name() {
    let built = build(5);
    let collection = Collection::open(&built.root).unwrap();
    let other = toy_with(&EncoderOptions::default().with_max_seq_length(32));
    let error = Searcher::new(collection, Arc::new(other)).err().expect("another limit makes other vectors");
    let SearchError::Model(mismatch) = error else { panic!("{error}") };
    assert_eq!((mismatch.index.settings.max_tokens, mismatch.query.settings.max_tokens), (64, 32));
    assert!(mismatch.to_string().contains("`model` (64 tokens"), "{mismatch}");
}

#[test]
fn an_empty_query_and_an_empty_corpus_are_refused() {
    let built = build(3);
    let collection = Collection::open(&built.root).unwrap();
    let searcher = Searcher::new(collection, built.encoder.clone()).unwrap();
    assert!(matches!(searcher.search(" \t", &crate::common::dense()), Err(SearchError::EmptyQuery)));
    let error = ingest(&papers(0), &*built.encoder, &built.root, &options(), &NoProgress).unwrap_err();
    assert!(matches!(error, IngestError::NoDocuments));
}

struct StopsAfter(AtomicUsize, Stage, std::sync::Mutex<Option<Stage>>);

impl Progress for StopsAfter {
    fn begin(&self, stage: Stage, _documents: usize) {
        *self.2.lock().unwrap() = Some(stage);
    }

    fn advance(&self, documents: usize, _tokens: usize) {
        if *self.2.lock().unwrap() == Some(self.1) {
            self.0.fetch_sub(documents.min(self.0.load(Ordering::SeqCst)), Ordering::SeqCst);
        }
    }

    fn is_stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

#[test]
fn stopping_leaves_the_old_collection_and_no_litter() {
    let built = build(30);
    let before = Collection::open(&built.root).unwrap().manifest().clone();
    for (stage, after) in [(Stage::Encode, 1), (Stage::Index, 1), (Stage::Index, 2000)] {
        let watch = StopsAfter(AtomicUsize::new(after), stage, std::sync::Mutex::new(None));
        let outcome = ingest(&papers(2000), &*built.encoder, &built.root, &options(), &watch);
        assert!(matches!(outcome, Err(IngestError::Stopped { .. })), "{stage:?} {outcome:?}");
        let collection = Collection::open(&built.root).unwrap();
        assert_eq!((collection.len(), collection.manifest()), (30, &before));
        let names: Vec<String> = std::fs::read_dir(&built.root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
    }
}

#[test]
fn progress_adds_up_to_every_document_in_every_stage() {
    #[derive(Default)]
    struct Counts(AtomicUsize, std::sync::Mutex<Vec<(Stage, usize)>>);
    impl Progress for Counts {
        fn begin(&self, stage: Stage, _documents: usize) {
            self.1.lock().unwrap().push((stage, 0));
        }
        fn advance(&self, documents: usize, _tokens: usize) {
            self.0.fetch_add(documents, Ordering::SeqCst);
            self.1.lock().unwrap().last_mut().unwrap().1 += documents;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let counts = Counts::default();
    ingest(&papers(1500), &toy_model(), &folder.path().join("index"), &options(), &counts).unwrap();
    assert_eq!(*counts.1.lock().unwrap(), [(Stage::Encode, 1500), (Stage::Write, 1500), (Stage::Index, 1500)]);
}

#[test]
fn every_damaged_file_is_refused_and_named() {
    let built = build(25);
    let mut files = vec![built.root.join("CURRENT")];
    for folder in ["generations/g000001", "segments/s000001", "vectors/v000002"] {
        files.extend(std::fs::read_dir(built.root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    assert_eq!(files.len(), 7, "{files:?}");
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        let mut damages: Vec<Vec<u8>> = vec![Vec::new(), whole[..whole.len() / 2].to_vec()];
        for place in [0, whole.len() / 2, whole.len() - 2] {
            let mut flipped = whole.clone();
            flipped[place] ^= 0x10;
            damages.push(flipped);
        }
        for damage in damages {
            std::fs::write(&path, &damage).unwrap();
            let error = ask_everything(&built).expect_err("damage is noticed");
            assert!(error.contains("index"), "{}: {error}", path.display());
        }
        std::fs::remove_file(&path).unwrap();
        ask_everything(&built).expect_err("a missing file is noticed");
        std::fs::write(&path, &whole).unwrap();
    }
    ask_everything(&built).unwrap();
}

/// Reads every file of a collection: all documents, the vectors and the graph.
fn ask_everything(built: &Built) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let collection = Arc::new(Collection::open(&built.root).map_err(|error| text(&error))?);
    for segment in collection.segments() {
        segment.columns().map_err(|error| text(&error))?;
        segment.documents().verify_all().map_err(|error| text(&error))?;
        for vectors in segment.vectors() {
            vectors.index().verify_all().map_err(|error| text(&error))?;
            vectors.tokens().map_err(|error| text(&error))?;
        }
    }
    let searcher = Searcher::new(collection.clone(), built.encoder.clone()).map_err(|error| text(&error))?;
    for strategy in [Strategy::Exact, Strategy::Graph] {
        let options = crate::common::dense().with_k(100).with_strategy(strategy);
        let answer = searcher.search("graph", &options).map_err(|error| text(&error))?;
        assert_eq!(answer.hits.len(), 25);
    }
    Ok(())
}

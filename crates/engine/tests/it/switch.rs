//! From one model to another: nothing is lost by stopping or failing anywhere, and both models answer as they would
//! alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use semsearch_disk::fault::{Failure, Plan};
use semsearch_embed::{EncoderOptions, SentenceTransformer};
use semsearch_engine::switch::{
    SampleQuery, SwitchError, SwitchOptions, SwitchState, commit, compare_models, forget, prepare, prepared, rollback,
    sample_queries, status,
};
use semsearch_engine::{IngestOptions, Searcher, Strategy, ingest};
use semsearch_store::{Collection, Selection, remove};
use semsearch_task::{NoProgress, Progress, Stage};

use crate::common::{papers, toy_with};

/// The toy model, with so many of its 32 numbers.
fn toy(dimension: usize) -> SentenceTransformer {
    toy_with(&EncoderOptions::default().with_truncate_dim(Some(dimension).filter(|&dimension| dimension < 32)))
}

struct Bench {
    folder: tempfile::TempDir,
    old: Arc<SentenceTransformer>,
    new: Arc<SentenceTransformer>,
}

impl Bench {
    /// A collection of a number of papers, embedded with the whole toy model.
    fn new(count: usize) -> Self {
        let bench = Bench { folder: tempfile::tempdir().unwrap(), old: Arc::new(toy(32)), new: Arc::new(toy(16)) };
        bench.add(&bench.root(), 0..count, &bench.old);
        bench
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn add(&self, root: &Path, numbers: std::ops::Range<usize>, encoder: &SentenceTransformer) {
        ingest(&papers(numbers), encoder, root, &IngestOptions::new("toy"), &NoProgress).unwrap();
    }

    fn prepare(&self, watch: &dyn Progress) -> Result<semsearch_engine::switch::Prepared, SwitchError> {
        let options = SwitchOptions::new("short").with_memory_bytes(1 << 24);
        prepare(&self.root(), &*self.new, Some(&*self.old), &options, watch)
    }

    fn open(&self) -> Collection {
        Collection::open(&self.root()).unwrap()
    }

    fn active(&self) -> usize {
        self.open().model().dimension()
    }
}

/// The ids and scores of an exact answer.
fn answer(
    collection: impl Into<Arc<Collection>>,
    encoder: &Arc<SentenceTransformer>,
    query: &str,
) -> Vec<(String, f32)> {
    let exact = crate::common::dense().with_strategy(Strategy::Exact);
    let answer = Searcher::new(collection, encoder.clone()).unwrap().search(query, &exact).unwrap();
    assert!(answer.aligned.is_none());
    answer.hits.into_iter().map(|hit| (hit.document.id, hit.score)).collect()
}

/// Stops after a number of embedded documents.
struct StopAfter {
    most: usize,
    done: AtomicUsize,
}

impl StopAfter {
    fn new(most: usize) -> Self {
        StopAfter { most, done: AtomicUsize::new(0) }
    }
}

impl Progress for StopAfter {
    fn begin(&self, stage: Stage, _: usize) {
        if stage != Stage::Encode {
            self.done.store(0, Ordering::SeqCst);
        }
    }

    fn advance(&self, documents: usize, _: usize) {
        self.done.fetch_add(documents, Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.done.load(Ordering::SeqCst) >= self.most
    }
}

#[test]
fn both_models_answer_as_if_each_had_embedded_everything_alone() {
    let bench = Bench::new(120);
    bench.add(&bench.root(), 120..130, &bench.old);
    remove(&bench.root(), &Selection::Ids(vec!["paper-3".into(), "paper-125".into()]), &NoProgress).unwrap();
    let done = bench.prepare(&NoProgress).unwrap();
    assert_eq!((done.totals.embedded, done.totals.resumed), (128, 0), "what was removed is not embedded");

    let alone = bench.folder.path().join("alone");
    bench.add(&alone, 0..130, &bench.new);
    remove(&alone, &Selection::Ids(vec!["paper-3".into(), "paper-125".into()]), &NoProgress).unwrap();
    let alone = Arc::new(Collection::open(&alone).unwrap());
    for query in ["graph search", "protein", "part 7"] {
        let before = answer(bench.open(), &bench.old, query);
        assert_eq!(answer(bench.open(), &bench.new, query), answer(alone.clone(), &bench.new, query));
        commit(&bench.root()).unwrap();
        assert_eq!(bench.active(), 16);
        assert_eq!(answer(bench.open(), &bench.new, query), answer(alone.clone(), &bench.new, query));
        assert_eq!(answer(bench.open(), &bench.old, query), before, "the old model's vectors are kept");
        rollback(&bench.root()).unwrap();
        assert_eq!((bench.active(), answer(bench.open(), &bench.old, query)), (32, before));
        // It has answered before, so it is gone back to, and not prepared any more.
        assert!(prepared(bench.open().manifest()).is_empty());
        rollback(&bench.root()).unwrap();
        forget(&bench.root()).unwrap();
        assert!(Searcher::new(bench.open(), bench.old.clone()).is_err());
        // And the other way round, for the next question.
        let options = SwitchOptions::new("toy").with_memory_bytes(1 << 24);
        prepare(&bench.root(), &*bench.old, None, &options, &NoProgress).unwrap();
        commit(&bench.root()).unwrap();
        forget(&bench.root()).unwrap();
        bench.prepare(&NoProgress).unwrap();
    }
}

#[test]
fn what_is_stopped_goes_on_and_loses_nothing() {
    let bench = Bench::new(2300);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut kept_before = 0;
    for most in [1, 700, 1200] {
        let error = pool.install(|| bench.prepare(&StopAfter::new(most))).unwrap_err();
        let SwitchError::Stopped { kept } = error else { panic!("{error}") };
        assert!(kept >= kept_before + most as u64 && kept < 2300, "{kept} after {kept_before} and {most}");
        kept_before = kept;
        let now = status(&bench.open()).unwrap();
        assert_eq!((now.others[0].state, now.others[0].embedded), (SwitchState::Embedding, kept));
        assert_eq!(bench.active(), 32);
    }
    // By now there is an alignment, so queries of the new model are answered, and the answers say how.
    let collection = bench.open();
    let (overlap, fitted_on) = status(&collection).unwrap().others[0].alignment.unwrap();
    assert_eq!(fitted_on, 1000);
    let searcher = Searcher::new(collection, bench.new.clone()).unwrap();
    let found = searcher.search("graph search", &crate::common::dense()).unwrap();
    assert_eq!(found.aligned, Some(overlap));
    assert_eq!(found.hits.len(), 10);
    drop(searcher);

    let done = bench.prepare(&NoProgress).unwrap();
    assert_eq!((done.totals.resumed, done.totals.embedded), (kept_before, 2300 - kept_before));
    assert!(!bench.root().join("checkpoint").exists(), "what is in the collection is not needed twice");
    let again = bench.prepare(&NoProgress).unwrap();
    assert_eq!(
        (again.totals.embedded, again.manifest.generation),
        (0, done.manifest.generation),
        "nothing is left to do"
    );
    assert!(!bench.root().join("checkpoint").exists());
}

#[test]
fn a_switch_that_is_done_and_could_not_tidy_up_stands_in_the_way_of_no_other() {
    let bench = Bench::new(30);
    let left = bench.root().join("checkpoint/switch.json");
    bench.prepare(&StopAfter::new(1)).unwrap_err();
    let pending = std::fs::read(&left).unwrap();
    let leave = || {
        std::fs::create_dir_all(left.parent().unwrap()).unwrap();
        std::fs::write(&left, &pending).unwrap();
    };
    bench.prepare(&NoProgress).unwrap();
    leave();
    commit(&bench.root()).unwrap();
    assert!(!left.exists(), "cutting over tidies up as well");
    leave();
    let options = SwitchOptions::new("shorter").with_memory_bytes(1 << 24);
    prepare(&bench.root(), &toy(8), None, &options, &NoProgress).unwrap();
    assert!(!left.exists());
}

#[test]
fn a_failure_at_any_operation_leaves_one_model_or_the_other() {
    // Embedding and writing, cutting over, going back, dropping: each fails at every place that it can.
    type Step = fn(&Bench) -> Result<(), SwitchError>;
    let steps: [(Step, [usize; 2]); 4] = [
        (|bench| bench.prepare(&NoProgress).map(drop), [32, 32]),
        (|bench| commit(&bench.root()).map(drop), [32, 16]),
        (|bench| rollback(&bench.root()).map(drop), [16, 32]),
        (|bench| forget(&bench.root()).map(drop), [32, 32]),
    ];
    let bench = Bench::new(12);
    let before = answer(bench.open(), &bench.old, "graph search");
    for (step, [from, to]) in steps {
        let mut failures = 0;
        for nth in 1.. {
            assert_eq!(bench.active(), from, "before");
            let armed = Plan::nth(nth, Failure::Errno(28)).below(&bench.root()).arm();
            let outcome = step(&bench);
            let reached = armed.operations() >= nth;
            drop(armed);
            let active = bench.active();
            assert!(active == from || active == to, "{active} after failing at {nth}");
            let encoder = if active == 32 { &bench.old } else { &bench.new };
            assert_eq!(answer(bench.open(), encoder, "graph search").len(), 10, "after failing at {nth}");
            failures += u32::from(outcome.is_err());
            if !reached {
                outcome.unwrap();
                break;
            }
            if active == to && from != to {
                // The very last operations: it is done, only tidying failed, or the caller was told that a sync did.
                break;
            }
        }
        assert!(failures > 3, "{failures} operations failed");
        assert_eq!(bench.active(), to);
    }
    assert_eq!(answer(bench.open(), &bench.old, "graph search"), before);
    assert_eq!(status(&bench.open()).unwrap().others.len(), 0);
}

#[test]
fn a_paper_that_came_late_stands_in_the_way_of_cutting_over_until_it_is_embedded() {
    let bench = Bench::new(20);
    bench.prepare(&NoProgress).unwrap();
    bench.add(&bench.root(), 20..23, &bench.old);
    let error = commit(&bench.root()).unwrap_err();
    assert!(matches!(error, SwitchError::Incomplete { missing: 3, of: 23, .. }), "{error}");
    let now = status(&bench.open()).unwrap();
    assert_eq!((now.others[0].state, now.others[0].embedded), (SwitchState::Embedding, 20));
    assert_eq!(bench.prepare(&NoProgress).unwrap().totals.embedded, 3);
    commit(&bench.root()).unwrap();
    // Now the other way round: what comes is embedded with the new model.
    bench.add(&bench.root(), 23..24, &bench.new);
    let error = rollback(&bench.root()).unwrap_err();
    assert!(matches!(error, SwitchError::Incomplete { missing: 1, of: 24, .. }), "{error}");
    assert_eq!(bench.active(), 16);
}

#[test]
fn a_comparison_leaves_the_paper_whose_title_is_asked_out_of_both_rankings() {
    let bench = Bench::new(60);
    bench.prepare(&NoProgress).unwrap();
    let collection = bench.open();
    let asked = sample_queries(&collection, 10).unwrap();
    assert_eq!(asked.len(), 10);
    let comparison = compare_models(&collection, &*bench.old, &*bench.new, &asked, 10).unwrap().unwrap();
    assert_eq!((comparison.queries, comparison.depth), (10, 59));
    for example in &comparison.examples {
        let moved = example.came_in.iter().chain(&example.fell_out);
        assert!(moved.into_iter().all(|one| one.document.title != example.query), "{example:?}");
    }
    let same = compare_models(&collection, &*bench.old, &*bench.old, &asked, 1).unwrap().unwrap();
    assert_eq!((same.overlap_at_10.mean, same.first_kept), (1.0, 1.0));
    let own = vec![SampleQuery::new(&asked[0].text)];
    assert_eq!(compare_models(&collection, &*bench.old, &*bench.new, &own, 1).unwrap().unwrap().depth, 60);
    assert!(compare_models(&collection, &*bench.old, &toy(8), &own, 1).is_err(), "a model that has embedded nothing");
    assert!(compare_models(&collection, &*bench.old, &*bench.new, &[], 1).unwrap().is_none());
}

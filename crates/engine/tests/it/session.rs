//! A session loads the encoder that a collection records, whatever options the collection was made with.

use std::path::{Path, PathBuf};

use semsearch_corpus::{Corpus, Document};
use semsearch_embed::{
    Encoder, EncoderOptions, ModelStore, Precision, PrecisionChoice, SentenceTransformer, TextKind, Windows,
};
use semsearch_engine::model::record_of;
use semsearch_engine::switch::{Pending, SwitchOptions, prepare};
use semsearch_engine::{Encoders, IngestOptions, SearchError, Searcher, Session, SessionError, SessionOptions, ingest};
use semsearch_store::Collection;
use semsearch_task::{ErrorKind, NoProgress, Progress};

use crate::common;

/// The folder of a toy model.
fn folder(name: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embed/tests").canonicalize().unwrap();
    tests.join(name).display().to_string()
}

/// A model store of its own, which packed weights are written to.
fn store(scratch: &tempfile::TempDir) -> ModelStore {
    ModelStore::only(&scratch.path().join("models"))
}

fn load(folder: &str, options: &EncoderOptions) -> SentenceTransformer {
    let nowhere = ModelStore::only(Path::new("nowhere"));
    SentenceTransformer::load(&nowhere.find(folder).unwrap().unwrap(), options).unwrap()
}

/// `count` papers, longer than the windows of these tests.
fn papers(count: usize) -> Corpus {
    let repeated = |mut document: Document| {
        document.r#abstract = format!("{} ", document.r#abstract).repeat(9);
        document
    };
    common::corpus((0..count).map(common::paper).map(repeated))
}

/// A collection of `count` papers by the toy model, used as `options` say.
struct Built {
    scratch: tempfile::TempDir,
    toy: String,
    encoder: SentenceTransformer,
}

impl Built {
    fn new(count: usize, options: &EncoderOptions) -> Self {
        let toy = folder("toy/model");
        let built = Built { scratch: tempfile::tempdir().unwrap(), encoder: load(&toy, options), toy };
        ingest(&papers(count), &built.encoder, &built.root(), &IngestOptions::new(&built.toy), &NoProgress).unwrap();
        built
    }

    fn root(&self) -> PathBuf {
        self.scratch.path().join("index")
    }

    fn session(&self, options: &SessionOptions) -> Result<Session, SessionError> {
        Session::open(&self.root(), &store(&self.scratch), options, &NoProgress)
    }
}

fn answers(searcher: &Searcher) -> Vec<(String, f32)> {
    let answer = searcher.search("image model", &crate::common::dense()).unwrap();
    answer.hits.into_iter().map(|hit| (hit.document.id, hit.score)).collect()
}

#[test]
fn every_recorded_option_comes_back() {
    let plain = EncoderOptions::default;
    let prompts = || (Some("find: ".to_owned()), Some("paper: ".to_owned()));
    let all = [
        plain(),
        plain().with_max_seq_length(Some(16)),
        plain().with_max_seq_length(Some(16)).with_windows(Windows::Mean),
        plain().with_truncate_dim(Some(16)),
        plain().with_query_prompt(prompts().0).with_passage_prompt(prompts().1),
        plain().with_precision(PrecisionChoice::Fixed(Precision::Int8)),
        plain()
            .with_max_seq_length(Some(24))
            .with_windows(Windows::Mean)
            .with_truncate_dim(Some(8))
            .with_query_prompt(prompts().0)
            .with_precision(PrecisionChoice::Fixed(Precision::Int8)),
    ];
    for options in all {
        let built = Built::new(12, &options);
        let expected = built.encoder.fingerprint();
        let (store, nothing) = (store(&built.scratch), SessionOptions::default());
        let collection = Collection::open(&built.root()).unwrap();
        let encoders = Encoders::new(&store, &nothing, &NoProgress);
        assert_eq!(encoders.for_passages(&collection).unwrap().fingerprint(), expected, "to add: {options:?}");
        assert_eq!(encoders.to_redo(collection.model()).unwrap().fingerprint(), expected, "to redo: {options:?}");
        let recorded = encoders.of_record(collection.model(), TextKind::Passage).unwrap();
        assert_eq!(recorded.fingerprint(), expected, "as recorded: {options:?}");
        assert_eq!(record_of(&recorded, &built.toy), *collection.model(), "{options:?}");
        // Queries may be in another precision; here they are in the same to compare scores.
        let precision = SessionOptions::default().with_precision(Some(built.encoder.model().precision));
        let session = built.session(&precision).unwrap();
        assert_eq!(session.encoder().fingerprint(), expected, "to ask: {options:?}");
        let direct = Searcher::new(collection, std::sync::Arc::new(built.encoder)).unwrap();
        assert_eq!(answers(session.searcher()), answers(&direct), "{options:?}");
    }
}

#[test]
fn a_caller_may_insist_on_other_options_for_passages_and_gets_another_fingerprint() {
    let built = Built::new(6, &EncoderOptions::default());
    let collection = Collection::open(&built.root()).unwrap();
    let (store, shorter) =
        (store(&built.scratch), SessionOptions::default().with_max_seq_length(Some(16)).with_truncate_dim(Some(8)));
    let encoder = Encoders::new(&store, &shorter, &NoProgress).for_passages(&collection).unwrap();
    assert_eq!((encoder.model().max_seq_length, encoder.dimension()), (16, 8));
    assert_ne!(encoder.fingerprint(), built.encoder.fingerprint());
}

#[test]
fn another_model_that_is_insisted_on_is_loaded_and_refused_as_the_wrong_one() {
    let built = Built::new(6, &EncoderOptions::default());
    let other = SessionOptions::default().with_model(Some(folder("toy_static/bytes")));
    let error = built.session(&other).err().unwrap();
    assert!(matches!(error, SessionError::Search(SearchError::Model(_))), "{error}");
    assert_eq!(error.kind(), ErrorKind::Model);
    let same = SessionOptions::default().with_model(Some(built.toy.clone()));
    let session = built.session(&same).unwrap();
    assert_eq!(session.encoder().fingerprint().space(), built.encoder.fingerprint().space());
}

#[test]
fn a_model_that_is_missing_is_named_with_the_collection_that_needs_it() {
    let scratch = tempfile::tempdir().unwrap();
    let (root, encoder) = (scratch.path().join("index"), load(&folder("toy/model"), &EncoderOptions::default()));
    ingest(&papers(3), &encoder, &root, &IngestOptions::new("/no/such/folder"), &NoProgress).unwrap();
    let error = Session::open(&root, &store(&scratch), &SessionOptions::default(), &NoProgress).err().unwrap();
    assert!(matches!(&error, SessionError::Recorded { path, .. } if *path == root), "{error}");
    assert_eq!(error.kind(), ErrorKind::Model);
}

#[test]
fn the_model_of_a_switch_under_way_is_loaded_as_the_switch_uses_it() {
    /// Stops when the first vectors are made.
    #[derive(Default)]
    struct Once(std::sync::atomic::AtomicUsize);
    impl Progress for Once {
        fn advance(&self, items: usize, _tokens: usize) {
            self.0.fetch_add(items, std::sync::atomic::Ordering::Relaxed);
        }
        fn is_stopped(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::Relaxed) > 0
        }
    }
    let built = Built::new(300, &EncoderOptions::default());
    let new = load(&built.toy, &EncoderOptions::default().with_truncate_dim(8));
    let switch = SwitchOptions::new(&built.toy).with_memory_bytes(1 << 12);
    prepare(&built.root(), &new, None, &switch, &Once::default()).unwrap_err();
    assert_eq!(Pending::read(&built.root()).unwrap().unwrap().model.fingerprint, new.fingerprint().as_str());

    let collection = Collection::open(&built.root()).unwrap();
    let (store, options) = (store(&built.scratch), SessionOptions::default().with_model(Some(built.toy.clone())));
    let encoder = Encoders::new(&store, &options, &NoProgress).for_queries(&collection).unwrap();
    assert_eq!(encoder.fingerprint().space(), new.fingerprint().space());
}

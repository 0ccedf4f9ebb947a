//! The way from documents to vectors: the same on any number of threads, bounded, and never done twice.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use semsearch_corpus::{Corpus, Document};
use semsearch_embed::{
    Batch, EncodeError, Encoder, EncoderOptions, ModelInfo, Pieces, SentenceTransformer, TextKind, Tokens,
};
use semsearch_engine::{IngestError, IngestOptions, Ingested, ingest};
use semsearch_store::Collection;
use semsearch_task::{NoProgress, Progress};
use semsearch_vector::Matrix;

use crate::common::{corpus, paper, toy_with};

fn toy_model(max_tokens: usize) -> SentenceTransformer {
    toy_with(&EncoderOptions::default().with_max_seq_length(max_tokens))
}

/// Papers `numbers`, each of a length and a text of its own.
fn papers(numbers: impl Iterator<Item = usize>) -> Corpus {
    corpus(numbers.map(|number| {
        let mut paper = paper(number);
        paper.title = format!("Number {number}");
        paper.r#abstract = "neural graph search ".repeat(number * 31 % 17);
        paper
    }))
}

/// The toy model, which counts what it is asked for, and fails or dawdles on demand.
struct Counting {
    model: SentenceTransformer,
    split: AtomicUsize,
    encoded: AtomicUsize,
    fails_after: usize,
    dawdles: Duration,
    /// The most texts that were split and not encoded yet.
    ahead: AtomicUsize,
}

impl Counting {
    fn new() -> Self {
        Counting {
            model: toy_model(64),
            split: AtomicUsize::new(0),
            encoded: AtomicUsize::new(0),
            fails_after: usize::MAX,
            dawdles: Duration::ZERO,
            ahead: AtomicUsize::new(0),
        }
    }

    fn encoded(&self) -> usize {
        self.encoded.load(Ordering::SeqCst)
    }
}

impl Encoder for Counting {
    fn model(&self) -> &ModelInfo {
        self.model.model()
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let split = self.split.fetch_add(1, Ordering::SeqCst) + 1;
        self.ahead.fetch_max(split - self.encoded(), Ordering::SeqCst);
        self.model.tokenise(text, kind)
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        self.model.encode_batch(batch)
    }

    fn encode_pieces(&self, texts: &[&Pieces]) -> Result<Matrix, EncodeError> {
        if self.encoded() >= self.fails_after {
            return Err(EncodeError::Network { problem: "the plug was pulled".to_owned() });
        }
        std::thread::sleep(self.dawdles);
        self.encoded.fetch_add(texts.len(), Ordering::SeqCst);
        self.model.encode_pieces(texts)
    }
}

/// The file of the vectors of a collection of one segment.
fn vectors_file(root: &Path) -> PathBuf {
    let collection = Collection::open(root).unwrap();
    let [segment] = collection.segments() else { panic!("one segment") };
    segment.vectors()[0].index().path().to_owned()
}

fn vectors(root: &Path) -> Vec<u8> {
    let index = std::fs::read(vectors_file(root)).unwrap();
    // The rows, which the first line of the table tells the length of; the header has the time that the build took.
    let len = u64::from_le_bytes(index[272..280].try_into().unwrap());
    index[4096..4096 + len as usize].to_vec()
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn run(corpus: &Corpus, encoder: &dyn Encoder, root: &Path) -> Result<Ingested, IngestError> {
    on_threads(2, || ingest(corpus, encoder, root, &IngestOptions::new("toy"), &NoProgress))
}

#[test]
fn any_number_of_threads_and_any_budget_give_the_same_vectors() {
    let (folder, corpus, encoder) = (tempfile::tempdir().unwrap(), papers(0..700), toy_model(64));
    let expected = {
        let passages: Vec<String> = corpus.documents.iter().map(Document::passage).collect();
        let mut rows = Vec::new();
        for passage in &passages {
            rows.extend(encoder.encode(&[passage], TextKind::Passage).unwrap().vectors.into_vec());
        }
        rows
    };
    for (threads, memory_bytes) in [(1, 1 << 30), (2, 1 << 30), (4, 1 << 30), (3, 16), (1, 20_000), (8, 0)] {
        let root = folder.path().join(format!("{threads}-{memory_bytes}"));
        let options = IngestOptions::new("toy").with_memory_bytes(memory_bytes);
        on_threads(threads, || ingest(&corpus, &encoder, &root, &options, &NoProgress)).unwrap();
        let bytes = vectors(&root);
        let rows: Vec<f32> = bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
        assert_eq!(rows, expected, "{threads} threads, {memory_bytes} bytes");
    }
}

/// Stops after a number of embedded documents.
struct StopsAfter(usize, AtomicUsize);

impl Progress for StopsAfter {
    fn advance(&self, documents: usize, _tokens: usize) {
        self.1.fetch_add(documents, Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

#[test]
fn a_stopped_run_goes_on_where_it_was_and_gives_the_same_vectors() {
    let (folder, corpus) = (tempfile::tempdir().unwrap(), papers(0..900));
    let whole = folder.path().join("whole");
    let tokens = run(&corpus, &Counting::new(), &whole).unwrap().manifest.tokens();
    for after in [1, 65, 300, 900] {
        let root = folder.path().join(after.to_string());
        let watch = StopsAfter(after, AtomicUsize::new(0));
        let options = IngestOptions::new("toy");
        let outcome = on_threads(4, || ingest(&corpus, &Counting::new(), &root, &options, &watch));
        let Err(IngestError::Stopped { kept }) = outcome else { panic!("{outcome:?}") };
        assert!(kept >= after && (kept < 900 || after == 900), "{kept} kept after {after}");
        assert!(!root.join("CURRENT").exists());

        let encoder = Counting::new();
        let ingested = run(&corpus, &encoder, &root).unwrap();
        assert_eq!((ingested.resumed as usize, encoder.encoded()), (kept, 900 - kept));
        assert_eq!(ingested.manifest.tokens(), tokens, "tokens of both runs are counted");
        assert_eq!(ingested.tokens_encoded == 0, kept == 900);
        assert_eq!(vectors(&root), vectors(&whole));
        assert!(!root.join("checkpoint").exists(), "it has done its part");
    }
}

#[test]
fn a_run_that_failed_goes_on_too_and_other_inputs_use_what_matches() {
    let (folder, root) = (tempfile::tempdir().unwrap(), PathBuf::from("index"));
    let root = folder.path().join(root);
    let failing = Counting { fails_after: 200, ..Counting::new() };
    let error = run(&papers(0..500), &failing, &root).unwrap_err();
    assert!(matches!(error, IngestError::Encode(_)), "{error}");
    // The other way round, without some, with others. Which of the first run are done is not known, how many is.
    let kept = {
        let encoder = Counting { fails_after: 0, ..Counting::new() };
        let watch = Kept(AtomicUsize::new(0));
        let outcome =
            on_threads(1, || ingest(&papers((0..500).rev()), &encoder, &root, &IngestOptions::new("toy"), &watch));
        assert!(outcome.is_err());
        watch.0.into_inner()
    };
    assert!((200..500).contains(&kept), "{kept}");
    let encoder = Counting::new();
    let corpus = papers((0..700).rev());
    let ingested = run(&corpus, &encoder, &root).unwrap();
    assert_eq!((ingested.resumed as usize, encoder.encoded()), (kept, 700 - kept));
    let afresh = folder.path().join("afresh");
    run(&corpus, &Counting::new(), &afresh).unwrap();
    assert_eq!(vectors(&root), vectors(&afresh));
    assert_eq!(Collection::open(&root).unwrap().len(), 700);
}

/// Remembers how many documents were there already.
struct Kept(AtomicUsize);

impl Progress for Kept {
    fn resumed(&self, resumed: usize, _documents: usize, _damaged: u64) {
        self.0.store(resumed, Ordering::SeqCst);
    }
}

#[test]
fn vectors_of_another_model_or_unwanted_ones_are_not_used() {
    let (folder, corpus) = (tempfile::tempdir().unwrap(), papers(0..300));
    let root = folder.path().join("index");
    let failing = Counting { fails_after: 100, ..Counting::new() };
    run(&corpus, &failing, &root).unwrap_err();
    let other = Counting { model: toy_model(32), fails_after: 0, ..Counting::new() };
    let watch = Kept(AtomicUsize::new(7));
    let options = IngestOptions::new("toy");
    on_threads(2, || ingest(&corpus, &other, &root, &options, &watch)).unwrap_err();
    assert_eq!(watch.0.load(Ordering::SeqCst), 0, "another limit makes other vectors");

    let encoder = Counting::new();
    let fresh = options.with_fresh(true);
    let ingested = on_threads(2, || ingest(&corpus, &encoder, &root, &fresh, &NoProgress)).unwrap();
    assert_eq!((ingested.resumed, encoder.encoded()), (0, 300));
}

#[test]
fn texts_are_not_read_far_ahead_of_a_slow_encoder() {
    let folder = tempfile::tempdir().unwrap();
    let run = |count: usize, options: IngestOptions| {
        let encoder = Counting { dawdles: Duration::from_micros(300), ..Counting::new() };
        // No graph is wanted.
        let watch = StopsAfter(count, AtomicUsize::new(0));
        let root = folder.path().join(count.to_string());
        on_threads(2, || ingest(&papers(0..count), &encoder, &root, &options, &watch)).unwrap_err();
        assert_eq!(encoder.encoded(), count);
        encoder.ahead.into_inner()
    };
    let ahead = run(9_000, IngestOptions::new("toy"));
    assert!(ahead <= 2 * 2048 + 100, "{ahead} texts were split before their turn");
    // A thousand bytes are six such texts or so.
    let ahead = run(2_000, IngestOptions::new("toy").with_memory_bytes(16 * 1_000));
    assert!(ahead < 150, "{ahead} texts were split before their turn");
}

#[test]
fn a_panicking_encoder_ends_the_run_instead_of_hanging_it() {
    struct Panics(Counting);
    impl Encoder for Panics {
        fn model(&self) -> &ModelInfo {
            self.0.model()
        }
        fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
            self.0.tokenise(text, kind)
        }
        fn encode_batch(&self, _batch: &Batch) -> Result<Matrix, EncodeError> {
            panic!("a bug of ours")
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("index");
    let encoder = Panics(Counting::new());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&papers(0..9_000), &encoder, &root)));
    assert!(outcome.is_err());
    run(&papers(0..10), &Counting::new(), &root).unwrap();
}

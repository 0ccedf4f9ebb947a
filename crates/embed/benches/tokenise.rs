//! How long does it take to tokenise a text and to load a tokeniser, compared with the `tokenizers` crate?
//!
//! `cargo bench -p semsearch-benches --bench tokenise` splits `data/demo_papers.jsonl`; `SEMSEARCH_BENCH_PAPERS` names
//! another file. Needs the model (`semsearch model pull`). One thread; divan's items per second are texts, its bytes are
//! theirs.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::{
    Bencher, black_box,
    counter::{BytesCount, ItemsCount},
};
use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_embed::{DEFAULT_MODEL, ModelStore, Tokeniser};
use semsearch_vector::Bytes;
use tokenizers::{Tokenizer, TruncationParams};

/// Tokens that all-MiniLM-L6-v2 reads, and rows of its table.
const LIMIT: usize = 256;
const ROWS: usize = 30_522;

const QUESTION: &str = "How can the key-value cache be made smaller?";

fn main() {
    if FILE.is_some() {
        divan::main();
    }
}

static FILE: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let model = ModelStore::from_env(true).find(DEFAULT_MODEL).expect("the model directory can be read")?;
    Some(model.path.join("tokenizer.json"))
});

static PASSAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let papers = std::env::var_os("SEMSEARCH_BENCH_PAPERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo_papers.jsonl"), PathBuf::from);
    let corpus = read_corpus(&[papers], &ReadOptions::default(), &semsearch_task::NoProgress, &mut |_| ())
        .expect("the papers can be read");
    corpus.documents.iter().map(Document::passage).collect()
});

fn file() -> &'static Path {
    FILE.as_deref().expect("main looked for it")
}

fn ours() -> Tokeniser {
    Tokeniser::load(file(), LIMIT, ROWS).expect("the tokeniser loads")
}

fn stock() -> Tokenizer {
    let mut stock = Tokenizer::from_file(file()).expect("the tokeniser loads");
    stock.with_padding(None);
    stock.with_truncation(Some(TruncationParams { max_length: LIMIT, ..Default::default() })).expect("within limits");
    stock
}

fn over_papers(bencher: Bencher, split: impl Fn(&str) -> usize + Sync) {
    let bytes: usize = PASSAGES.iter().map(String::len).sum();
    bencher
        .counter(ItemsCount::new(PASSAGES.len()))
        .counter(BytesCount::new(bytes))
        .bench(|| PASSAGES.iter().map(|text| split(black_box(text))).sum::<usize>());
}

#[divan::bench]
fn papers_ours(bencher: Bencher) {
    let ours = ours();
    over_papers(bencher, |text| ours.split(text).expect("splits").ids.len());
}

#[divan::bench(sample_count = 10)]
fn papers_stock(bencher: Bencher) {
    let stock = stock();
    over_papers(bencher, |text| stock.encode_fast(text, true).expect("splits").len());
}

#[divan::bench]
fn question_ours(bencher: Bencher) {
    let ours = ours();
    bencher.bench(|| ours.split(black_box(QUESTION)));
}

#[divan::bench]
fn question_stock(bencher: Bencher) {
    let stock = stock();
    bencher.bench(|| stock.encode_fast(black_box(QUESTION), true));
}

/// A text of words that cannot be spelled, and one that takes a lookup for each length at each byte.
#[divan::bench(args = ["qzxj", "unaffableness", "\u{304C}\u{AC00}\u{E9}"])]
fn hard_text_ours(bencher: Bencher, syllable: &str) {
    let ours = ours();
    let text = (syllable.repeat(6) + " ").repeat(1000);
    bencher.counter(BytesCount::new(text.len())).bench(|| ours.split_whole(black_box(&text)));
}

#[divan::bench]
fn ready_ours(bencher: Bencher) {
    bencher.bench(ours);
}

#[divan::bench]
fn ready_ours_packed(bencher: Bencher) {
    let packed = Bytes::from(ours().to_packed().expect("BERT's tokeniser can be packed"));
    bencher.bench(|| Tokeniser::from_packed(file(), black_box(&packed), LIMIT, ROWS));
}

#[divan::bench(sample_count = 10)]
fn ready_stock(bencher: Bencher) {
    bencher.bench(stock);
}

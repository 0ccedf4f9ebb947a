//! Times embedding, opening and searching real papers with the real model.
//!
//! `cargo bench -p semsearch-benches --bench line` uses `data/demo_papers.jsonl`; `SEMSEARCH_BENCH_PAPERS` names
//! another file, and `SEMSEARCH_BENCH_ROUNDS` how often each figure is taken (5). Needs the model (`semsearch model pull`). Every figure is
//! the median over the rounds with the range beside it. Recall of the graph against exact search stands next to its
//! speed; the fidelity of the vectors is what `crates/embed/tests/it/reference.rs` checks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_embed::{DEFAULT_MODEL, Encoder, EncoderOptions, ModelStore, SentenceTransformer, TextKind};
use semsearch_engine::{IngestOptions, Searcher, ingest};
use semsearch_eval::{EvaluateOptions, evaluate};
use semsearch_index::DEFAULT_EF;
use semsearch_store::Collection;
use semsearch_task::NoProgress;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let papers = std::env::var_os("SEMSEARCH_BENCH_PAPERS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../data/demo_papers.jsonl"), PathBuf::from);
    let rounds: usize = std::env::var("SEMSEARCH_BENCH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let Some(model) = ModelStore::from_env(true).find(DEFAULT_MODEL)? else {
        say(&format!("left out: {DEFAULT_MODEL} is not here; `semsearch model pull` fetches it"));
        return Ok(());
    };
    let threads = std::thread::available_parallelism()?.get();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let corpus = read_corpus(&[papers], &ReadOptions::default(), &semsearch_task::NoProgress, &mut |_| ())?;
    let passages: Vec<String> = corpus.documents.iter().map(Document::passage).collect();
    let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
    let titles: Vec<&str> = corpus.documents.iter().map(|document| document.title.as_str()).take(500).collect();
    say(&format!("{} papers, {threads} threads, {rounds} rounds", texts.len()));

    let encoder = Arc::new(SentenceTransformer::load(&model, &EncoderOptions::default())?);
    let loading = repeat(rounds, || SentenceTransformer::load(&model, &EncoderOptions::default()).map(drop))?;
    show("load the model, files verified", &loading, |time| format!("{:.0} ms", time * 1e3));

    let encoding = repeat(rounds, || pool.install(|| encoder.encode(&texts, TextKind::Passage)).map(drop))?;
    show("embed", &encoding, |time| format!("{:.1} papers/s", texts.len() as f64 / time));

    let query = repeat(rounds * 10, || encoder.encode(&["efficient KV cache compression"], TextKind::Query).map(drop))?;
    show("embed a question, one thread", &query, |time| format!("{:.2} ms", time * 1e3));

    let folder = tempfile::tempdir()?;
    let options = IngestOptions::new(DEFAULT_MODEL);
    pool.install(|| ingest(&corpus, &*encoder, folder.path(), &options, &NoProgress))?;
    let opening = repeat(rounds, || Collection::open(folder.path()).map(drop))?;
    show("open the index", &opening, |time| format!("{:.2} ms", time * 1e3));

    let queries = pool.install(|| encoder.encode(&titles, TextKind::Query))?.vectors;
    let options = EvaluateOptions::new(10, vec![DEFAULT_EF]);
    let searcher = Searcher::new(Collection::open(folder.path())?, encoder)?;
    let evaluation = pool.install(|| evaluate(searcher.index(), &queries, &options))?;
    let point = evaluation.graph[0];
    say(&format!(
        "graph at ef {DEFAULT_EF}: recall@10 {:.4} ({:.4} to {:.4}), {:.0} queries/s on one thread; exact: {:.0}",
        point.recall.mean, point.recall.low, point.recall.high, point.speed.qps_1, evaluation.exact.qps_1
    ));
    Ok(())
}

/// Runs `step` once to warm up and then `rounds` times; the sorted durations in seconds.
fn repeat<E>(rounds: usize, mut step: impl FnMut() -> Result<(), E>) -> Result<Vec<f64>, E> {
    step()?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        step()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times.iter().map(Duration::as_secs_f64).collect())
}

fn show(what: &str, times: &[f64], unit: impl Fn(f64) -> String) {
    let median = times[times.len() / 2];
    say(&format!("{what:<34} {:>16}   ({} to {})", unit(median), unit(times[0]), unit(times[times.len() - 1])));
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn say(line: &str) {
    println!("{line}");
}

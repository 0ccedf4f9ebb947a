//! Many processes read while one writes. Each must read a single generation, never parts of two, and must not grow.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context;
use std::sync::Arc;

use semsearch_engine::{SearchOptions, Searcher};
use semsearch_store::Collection;
use semsearch_testing::Random;

use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{Trouble, model, scored};
use crate::expected::{Expected, digest};
use crate::papers::question;
use crate::report::Report;
use crate::settings::Settings;

const READERS: u64 = 16;
const LIMIT: u64 = 120;
/// The time between two commits.
const PAUSE: Duration = Duration::from_millis(200);
/// The memory by which a reader may grow, since allocators keep some, in bytes.
const GROWTH: u64 = 32 << 20;

/// Runs the trial for as many seconds as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("readers", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let (root, stop) = (scratch.path().join("index"), scratch.path().join("stop"));
    let mut state = Expected::default();
    // For every generation, its documents and the answer to the query that all readers use.
    let mut committed: Vec<(u64, String)> = Vec::new();
    let asked = question(&mut Random::part(settings.seed, 0));
    let mut number = 1;
    let answered = |state: &Expected| -> anyhow::Result<String> {
        Ok(summary(&state.digest(), &state.best(&models, &asked, 10, |_| true)?))
    };
    let mut commit = |state: &mut Expected| -> anyhow::Result<()> {
        let change = Change::random(&mut Random::part(settings.seed, number), state, LIMIT);
        number += 1;
        let before = (committed.last().map_or(0, |(generation, _)| *generation), answered(state)?);
        let generation = change.make(&root, &models)?;
        change.foresee(state, &models);
        // A switch also makes an intermediate generation, which answers as the one before.
        committed.extend((before.0 + 1..generation).map(|between| (between, before.1.clone())));
        committed.push((generation, answered(state)?));
        Ok(())
    };
    commit(&mut state)?;
    let logs: Vec<_> = (0..READERS).map(|reader| scratch.path().join(format!("reader-{reader}"))).collect();
    let mut readers: Vec<Child> = Vec::new();
    for (number, log) in logs.iter().enumerate() {
        let child = Command::new(&settings.program)
            .args(["worker", "read"])
            .args([&root, log, &stop])
            .args([asked.clone(), number.to_string()])
            .env("RAYON_NUM_THREADS", "1")
            .stdout(Stdio::null())
            .spawn()?;
        readers.push(child);
    }
    let started = Instant::now();
    let mut failed = None;
    while started.elapsed() < Duration::from_secs(settings.amount) && failed.is_none() {
        sleep(PAUSE);
        failed = commit(&mut state).err();
    }
    fs::write(&stop, "")?;
    for mut reader in readers {
        let status = reader.wait()?;
        if !status.success() {
            report.fault(format!("a reader ended with {status}"));
        }
    }
    if let Some(error) = failed {
        report.fault(format!("the writer failed among readers: {error:#}"));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (reader, log) in logs.iter().enumerate() {
        let text = fs::read_to_string(log)?;
        let mut sizes: Vec<(u64, u64)> = Vec::new();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("size", size)) => {
                    let (bytes, files) = size.split_once(' ').context("a size is two numbers")?;
                    sizes.push((bytes.parse()?, files.parse()?));
                }
                Some(("trouble", what)) => report.fault(format!("reader {reader}: {what}")),
                Some((generation, found)) => {
                    let generation: u64 = generation.parse()?;
                    report.runs += 1;
                    seen.insert(generation);
                    if !committed.iter().any(|(known, right)| *known == generation && right == found) {
                        report.fault(format!("reader {reader}: what it read is not generation {generation}"));
                    }
                }
                None => report.fault(format!("reader {reader} noted {line:?}")),
            }
        }
        if let [_, warm, .., end] = sizes[..]
            && (end.0 > warm.0 + GROWTH || end.1 > warm.1)
        {
            report.fault(format!("reader {reader} grew from {warm:?} to {end:?} bytes and files"));
        }
    }
    report.note = format!(
        "{READERS} readers, {} s, {} generations, {} of them read",
        settings.amount,
        committed.len(),
        seen.len()
    );
    Ok(report)
}

fn summary(documents: &str, best: &[(String, f32)]) -> String {
    let best: String = best.iter().map(|(id, score)| format!("{id}:{:08x} ", score.to_bits())).collect();
    format!("{documents} {}", blake3::hash(best.as_bytes()).to_hex())
}

/// A process that reads.
///
/// # Errors
/// If it cannot log what it read.
pub fn worker(root: &Path, log: &Path, stop: &Path, asked: &str, number: u64) -> anyhow::Result<()> {
    let models = Models::new();
    let mut log = fs::File::options().append(true).create(true).open(log)?;
    let mut random = Random::new(number);
    let mut read = 0_u64;
    while !stop.exists() {
        // Some readers keep a generation open while the writer goes on, and read the rest of it late.
        let pause = Duration::from_millis(if random.percent(20) { random.below(1_500) } else { random.below(30) });
        match look(root, &models, asked, pause) {
            Ok((generation, found)) => writeln!(log, "{generation} {found}")?,
            Err(trouble) => writeln!(log, "trouble {trouble}")?,
        }
        if read.is_multiple_of(10) {
            let (bytes, files) = size()?;
            writeln!(log, "size {bytes} {files}")?;
        }
        read += 1;
    }
    let (bytes, files) = size()?;
    writeln!(log, "size {bytes} {files}")?;
    Ok(())
}

fn look(root: &Path, models: &Models, asked: &str, pause: Duration) -> Result<(u64, String), Trouble> {
    let collection = Arc::new(Collection::open(root)?);
    let model = model(&collection, models)?;
    let searcher = Searcher::new(collection.clone(), models.of(model).clone())?;
    sleep(pause);
    let options = SearchOptions::default().with_ranker(Some(semsearch_engine::Ranker::Dense));
    let options = options.with_strategy(semsearch_engine::Strategy::Exact);
    // The words are read late as well.
    searcher.search(asked, &SearchOptions::default())?;
    let best = scored(&searcher.search(asked, &options)?);
    let documents = collection.doc_ids().map(|row| collection.document(row)).collect::<Result<Vec<_>, _>>()?;
    for segment in collection.segments() {
        segment.columns()?;
    }
    Ok((collection.manifest().generation, summary(&digest(model, &documents), &best)))
}

/// Memory in bytes and number of open files of this process.
fn size() -> anyhow::Result<(u64, u64)> {
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return Ok((0, 0)) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok((kib << 10, fs::read_dir("/proc/self/fd")?.count() as u64))
}

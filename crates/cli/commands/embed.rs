//! `semsearch embed`: papers in, an index out.

use std::path::Path;
use std::time::Instant;

use semsearch_corpus::{Merge, ReadEvent, ReadOptions};
use semsearch_embed::TextKind;
use semsearch_engine::{Description, IngestOptions, Intake, Watch};
use semsearch_index::{Element, HnswParams};
use serde::Serialize;

use crate::args::Embed;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

/// Malformed records that are shown one by one; the rest are only counted.
const SHOWN_BAD: u64 = 5;

/// `embed --json`.
#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    records: u64,
    documents: u64,
    merged: u64,
    skipped: u64,
    /// Documents that an interrupted run had embedded already.
    resumed: u64,
    truncated: u64,
    tokens: u64,
    model: &'a str,
    dimension: usize,
    seconds: f64,
    seconds_read: f64,
    seconds_encode: f64,
    seconds_index: f64,
    /// Of the documents and tokens that this run encoded.
    documents_per_second: f64,
    tokens_per_second: f64,
    /// How long encoding threads waited for work, all together.
    seconds_waiting: f64,
    /// The most memory the process had, where the system tells.
    peak_memory_bytes: Option<u64>,
    index: String,
}

pub(crate) fn run(args: &Embed, offline: bool) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let graph = HnswParams { m: args.m, ef_construction: args.ef_construction, ..HnswParams::default() };
    graph.check()?;
    let target = setup::index_path(&args.index)?;
    let encoder = setup::load_encoder(&args.encoder, TextKind::Passage, offline)?;
    let pool = setup::pool(&args.encoder.run)?;
    let options = IngestOptions {
        graph,
        memory_bytes: args.memory,
        fresh: args.fresh,
        element: if args.half { Element::F16 } else { Element::F32 },
        ..IngestOptions::new(setup::model_reference(&args.encoder.model, &encoder))
    };
    let progress = IngestProgress::new();
    let ingested = {
        let _graceful = Graceful::begin();
        let intake = read(args, &target, &progress)?;
        let outcome = pool.install(|| intake.embed(&encoder, &options, &progress));
        progress.finish();
        outcome?
    };
    let description = &ingested.description;
    let summary = Summary {
        schema: "semsearch.embed/1",
        records: description.records,
        documents: description.documents,
        merged: description.merged,
        skipped: description.skipped,
        resumed: ingested.resumed,
        truncated: description.truncated,
        tokens: description.tokens,
        model: &description.model.manifest.name,
        dimension: description.model.dimension(),
        seconds: started.elapsed().as_secs_f64(),
        seconds_read: ingested.seconds_read,
        seconds_encode: description.seconds_encode,
        seconds_index: description.seconds_index,
        documents_per_second: ingested.documents_per_second(),
        tokens_per_second: ingested.tokens_per_second(),
        seconds_waiting: ingested.seconds_waiting,
        peak_memory_bytes: peak_memory_bytes(),
        index: target.display().to_string(),
    };
    if args.json {
        output::print_json(&summary)?;
    } else {
        output::print(&human(&summary, description))?;
    }
    Ok(Exit::Success)
}

fn read(args: &Embed, target: &Path, watch: &dyn Watch) -> anyhow::Result<Intake> {
    let options =
        ReadOptions { skip_bad: args.skip_bad, page_year: args.page_year, keep_duplicates: args.keep_duplicates };
    let mut bad = 0;
    let mut hear = |event: ReadEvent<'_>| match event {
        ReadEvent::Skipped(error) => {
            bad += 1;
            if bad <= SHOWN_BAD {
                output::say(format!("left out: {error}"));
            }
        }
        ReadEvent::Merged(merge) if args.verbose => tell_merge(merge),
        _ => {}
    };
    let intake = Intake::read(target, &args.inputs, &options, &mut hear, watch)?;
    if bad > SHOWN_BAD {
        output::say(format!("left out: {} more", bad - SHOWN_BAD));
    }
    let report = intake.report();
    output::say(format!(
        "read {} from {}: {} after merging {}",
        count(report.records, "record"),
        count(report.inputs.len() as u64, "input"),
        count(intake.documents() as u64, "document"),
        count(report.merged, "duplicate"),
    ));
    Ok(intake)
}

fn tell_merge(merge: &Merge) {
    let places: Vec<String> = merge.sources.iter().map(|source| format!("{}:{}", source.file, source.line)).collect();
    let by: Vec<String> = merge.by.iter().map(ToString::to_string).collect();
    output::say(format!(
        "merged {} by {}: {} ({})",
        count(merge.records, "record"),
        by.join(", "),
        merge.title,
        places.join(", ")
    ));
}

/// The largest resident set so far, which only Linux writes where it can be read without a library.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn human(summary: &Summary<'_>, description: &Description) -> String {
    let mut lines = vec![format!(
        "{} embedded with {} in {} ({}/s, {} tokens/s), indexed in {}",
        count(summary.documents, "paper"),
        summary.model,
        output::seconds(summary.seconds_encode),
        output::thousands(summary.documents_per_second.round() as u64),
        output::thousands(summary.tokens_per_second as u64),
        output::seconds(summary.seconds_index),
    )];
    if summary.resumed > 0 {
        lines.push(format!("{} of them by an interrupted run", output::thousands(summary.resumed)));
    }
    if summary.skipped > 0 {
        lines.push(format!("{} left out", count(summary.skipped, "malformed record")));
    }
    if summary.truncated > 0 {
        lines.push(format!(
            "{} of them longer than {} tokens, and cut",
            output::thousands(summary.truncated),
            description.model.max_tokens
        ));
    }
    lines.push(format!("index: {}", summary.index));
    lines.join("\n") + "\n"
}

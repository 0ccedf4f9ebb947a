//! `semsearch embed`: papers in, an index out.

use std::time::Instant;

use semsearch_corpus::{Corpus, ReadEvent, ReadOptions, read_corpus};
use semsearch_engine::{Description, IngestOptions, ingest};
use semsearch_index::HnswParams;
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
    truncated: u64,
    tokens: u64,
    model: &'a str,
    dimension: usize,
    seconds: f64,
    seconds_encode: f64,
    seconds_index: f64,
    index: String,
}

pub(crate) fn run(args: &Embed, offline: bool) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let graph = HnswParams { m: args.m, ef_construction: args.ef_construction };
    graph.check()?;
    let target = setup::index_path(&args.index)?;
    let encoder = setup::load_encoder(&args.encoder, offline)?;
    let corpus = read(args)?;
    let pool = setup::pool(&args.encoder.run)?;
    let options = IngestOptions { model_reference: setup::model_reference(&args.encoder.model, &encoder), graph };
    let progress = IngestProgress::new();
    let description = {
        let _graceful = Graceful::begin();
        let outcome = pool.install(|| ingest(&corpus, &encoder, &target, &options, &progress));
        progress.finish();
        outcome?
    };
    let summary = Summary {
        schema: "semsearch.embed/1",
        records: description.records,
        documents: description.documents,
        merged: description.merged,
        skipped: description.skipped,
        truncated: description.truncated,
        tokens: description.tokens,
        model: &description.model.manifest.name,
        dimension: description.model.dimension(),
        seconds: started.elapsed().as_secs_f64(),
        seconds_encode: description.seconds_encode,
        seconds_index: description.seconds_index,
        index: target.display().to_string(),
    };
    if args.verbose {
        list_merges(&corpus);
    }
    if args.json {
        output::print_json(&summary)?;
    } else {
        output::print(&human(&summary, &description))?;
    }
    Ok(Exit::Success)
}

fn read(args: &Embed) -> anyhow::Result<Corpus> {
    let options = ReadOptions { skip_bad: args.skip_bad, page_year: args.page_year };
    let mut bad = 0;
    let corpus = read_corpus(&args.inputs, &options, &mut |event| {
        if let ReadEvent::Skipped(error) = event {
            bad += 1;
            if bad <= SHOWN_BAD {
                output::say(format!("left out: {error}"));
            }
        }
    })?;
    if bad > SHOWN_BAD {
        output::say(format!("left out: {} more", bad - SHOWN_BAD));
    }
    let report = &corpus.report;
    output::say(format!(
        "read {} from {}: {} after merging {}",
        count(report.records, "record"),
        count(report.inputs.len() as u64, "input"),
        count(corpus.documents.len() as u64, "document"),
        count(report.merged, "duplicate"),
    ));
    Ok(corpus)
}

fn list_merges(corpus: &Corpus) {
    for merge in &corpus.report.merges {
        let places: Vec<String> =
            merge.sources.iter().map(|source| format!("{}:{}", source.file, source.line)).collect();
        output::say(format!("merged {}: {} ({})", count(merge.records, "record"), merge.title, places.join(", ")));
    }
}

fn human(summary: &Summary<'_>, description: &Description) -> String {
    let mut lines = vec![format!(
        "{} embedded with {} in {} ({:.0}/s), indexed in {}",
        count(summary.documents, "paper"),
        summary.model,
        output::seconds(summary.seconds_encode),
        summary.documents as f64 / summary.seconds_encode.max(1e-3),
        output::seconds(summary.seconds_index),
    )];
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

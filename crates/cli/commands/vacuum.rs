//! `semsearch vacuum`: segments merged, space given back.

use std::time::Instant;

use semsearch_store::vacuum;
use serde::Serialize;

use crate::args::Vacuum;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

/// `vacuum --json`.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    documents: u64,
    dropped: u64,
    segments_before: usize,
    segments: usize,
    bytes_before: u64,
    bytes: u64,
    seconds: f64,
    generation: u64,
    index: String,
}

pub(crate) fn run(args: &Vacuum) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let path = setup::index_path(&args.index)?;
    let pool = setup::pool_of(args.threads)?;
    let progress = IngestProgress::new();
    let vacuumed = {
        let _graceful = Graceful::begin();
        let outcome = pool.install(|| vacuum(&path, &progress));
        progress.finish();
        outcome?
    };
    let summary = Summary {
        schema: "semsearch.vacuum/1",
        documents: vacuumed.manifest.documents(),
        dropped: vacuumed.dropped,
        segments_before: vacuumed.segments.0,
        segments: vacuumed.segments.1,
        bytes_before: vacuumed.bytes.0,
        bytes: vacuumed.bytes.1,
        seconds: started.elapsed().as_secs_f64(),
        generation: vacuumed.manifest.generation,
        index: path.display().to_string(),
    };
    if args.json {
        output::print_json(&summary)?;
    } else {
        output::print(&format!(
            "{} in {}, {} dropped, {} now {}, in {}\nindex: {}\n",
            count(summary.documents, "paper"),
            count(summary.segments as u64, "segment"),
            count(summary.dropped, "removed paper"),
            output::bytes(summary.bytes_before),
            output::bytes(summary.bytes),
            output::seconds(summary.seconds),
            summary.index
        ))?;
    }
    Ok(Exit::Success)
}

//! `semsearch vacuum`: merges all segments and frees the space of removed papers.

use std::time::Instant;

use semsearch_report::change::Vacuumed;
use semsearch_store::compact;

use crate::args::Vacuum;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::patience::Patience;
use crate::progress::IngestProgress;
use crate::setup;

pub(crate) fn run(args: &Vacuum) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let path = setup::index_path(&args.index)?;
    let pool = setup::pool_of(args.threads)?;
    let progress = IngestProgress::new();
    let vacuumed = {
        let _graceful = Graceful::begin();
        let mut patience = Patience::of(args.wait);
        let outcome = patience.run(|| Ok(pool.install(|| compact(&path, &progress))?));
        progress.finish();
        outcome?
    };
    let summary = Vacuumed::new(&vacuumed, &path, started.elapsed());
    if args.json {
        output::print_json(&summary)?;
    } else {
        let gave_back = match summary.dropped {
            0 => String::new(),
            1 => "1 removed paper gave back its space: ".to_owned(),
            many => format!("{} gave back their space: ", count(many, "removed paper")),
        };
        output::print(&format!(
            "{} in the index, in {}; {gave_back}{} before, {} now, in {}\nindex: {}\n",
            count(summary.documents, "paper"),
            count(summary.segments, "segment"),
            output::bytes(summary.bytes_before),
            output::bytes(summary.bytes),
            output::seconds(summary.seconds),
            summary.index
        ))?;
    }
    Ok(Exit::Success)
}

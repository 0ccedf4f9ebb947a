//! `semsearch repair`: repairs a damaged index.

use semsearch_embed::Encoder;
use semsearch_engine::repair::{repair, would_repair};
use semsearch_report::check::{Action, Lost, Repaired};
use semsearch_store::ModelRecord;

use crate::args::Repair;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::patience::Patience;
use crate::progress::IngestProgress;
use crate::setup;

pub(crate) fn run(args: &Repair, offline: bool) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let pool = setup::pool(&args.run)?;
    let progress = IngestProgress::new();
    let encoder_of = |model: &ModelRecord| {
        let encoder = setup::load_encoder_to_redo(model, args.model.as_deref(), &args.run, offline)?;
        Ok(Box::new(encoder) as Box<dyn Encoder>)
    };
    let repaired = {
        let _graceful = Graceful::begin();
        let outcome = Patience::of(args.wait).run(|| {
            Ok(pool.install(|| match args.dry_run {
                true => would_repair(&path, &progress),
                false => repair(&path, &encoder_of, &progress),
            })?)
        });
        progress.finish();
        outcome?
    };
    let report = Repaired::new(&repaired, &path, args.dry_run);
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

fn human(report: &Repaired) -> String {
    let mut text = String::new();
    for Action { path, action, .. } in &report.actions {
        text.push_str(&output::item(&format!("{path}: {}", output::plain(action))));
    }
    for Lost { file, row, id_hash, .. } in &report.lost {
        let id = id_hash.as_ref().map_or("an unknown id".to_owned(), |hash| format!("an id of hash {hash}"));
        text.push_str(&output::item(&format!("lost: {file}: document {row}, with {id}")));
    }
    let documents = count(report.documents, "paper");
    text.push_str(&match (report.actions.is_empty(), report.dry_run) {
        (true, _) => format!("whole: {documents}, nothing to repair\n"),
        (false, true) => format!("dry run, nothing was changed: {documents} would be left\n"),
        (false, false) => format!("repaired: {documents}\n"),
    });
    if !report.lost.is_empty() {
        text.push_str("if you still have the lost papers, add them again with `semsearch embed`\n");
    }
    text.push_str(&format!("index: {}\n", report.index));
    text
}

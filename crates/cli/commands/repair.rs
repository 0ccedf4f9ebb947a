//! `semsearch repair`: what can be saved of a damaged index.

use semsearch_embed::Encoder;
use semsearch_engine::repair::{Repaired, repair, would_repair};
use semsearch_store::ModelRecord;
use serde::Serialize;

use crate::args::Repair;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

/// `repair --json`.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    index: String,
    dry_run: bool,
    actions: Vec<ActionLine>,
    lost: Vec<LostLine>,
    generation: Option<u64>,
    documents: u64,
}

#[derive(Serialize)]
struct ActionLine {
    path: String,
    action: String,
}

#[derive(Serialize)]
struct LostLine {
    file: String,
    row: u32,
    id_hash: Option<String>,
}

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
        let outcome = pool.install(|| match args.dry_run {
            true => would_repair(&path, &progress),
            false => repair(&path, &encoder_of, &progress),
        });
        progress.finish();
        outcome?
    };
    let Repaired { actions, lost, generation, documents, .. } = repaired;
    let report = Report {
        schema: "semsearch.repair/1",
        index: path.display().to_string(),
        dry_run: args.dry_run,
        actions: actions
            .into_iter()
            .map(|action| ActionLine { path: action.path.display().to_string(), action: action.text })
            .collect(),
        lost: lost
            .into_iter()
            .map(|lost| LostLine { file: lost.path.display().to_string(), row: lost.row, id_hash: lost.id_hash })
            .collect(),
        generation,
        documents,
    };
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

fn human(report: &Report) -> String {
    let mut text = String::new();
    for ActionLine { path, action } in &report.actions {
        text.push_str(&output::item(&format!("{path}: {}", output::plain(action))));
    }
    for LostLine { file, row, id_hash } in &report.lost {
        let id = id_hash.as_ref().map_or("an unknown id".to_owned(), |hash| format!("an id of hash {hash}"));
        text.push_str(&output::item(&format!("lost: {file}: document {row}, with {id}")));
    }
    let documents = count(report.documents, "paper");
    text.push_str(&match (report.actions.is_empty(), report.dry_run) {
        (true, _) => format!("whole: {documents}, nothing to repair\n"),
        (false, true) => format!("not repaired, as you wished: {documents} would be left\n"),
        (false, false) => format!("repaired: {documents}\n"),
    });
    if !report.lost.is_empty() {
        text.push_str("give what is lost to `semsearch embed` again, where you still have it\n");
    }
    text.push_str(&format!("index: {}\n", report.index));
    text
}

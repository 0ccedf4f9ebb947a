//! `semsearch verify`: is the index whole?

use semsearch_store::{Finding, Verdict, verify};
use serde::Serialize;

use crate::args::Verify;
use crate::exit::Exit;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

/// `verify --json`.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    index: String,
    whole: bool,
    generation: Option<u64>,
    documents: u64,
    files: u64,
    bytes: u64,
    damages: Vec<Line>,
    unreadable: Vec<Line>,
    notes: Vec<NoteLine>,
}

#[derive(Serialize)]
struct Line {
    file: String,
    part: &'static str,
    problem: String,
    remedy: &'static str,
}

#[derive(Serialize)]
struct NoteLine {
    path: String,
    note: String,
}

/// What to do about a file that cannot be read.
const ABOUT_THE_DISK: &str = "check permissions and the disk, and try again";

pub(crate) fn run(args: &Verify) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let pool = setup::pool_of(args.threads)?;
    let progress = IngestProgress::new();
    let outcome = pool.install(|| verify(&path, &progress));
    progress.finish();
    let verdict = outcome?;
    let line = |finding: &Finding, remedy: Option<&'static str>| Line {
        file: finding.path.display().to_string(),
        part: finding.part.as_str(),
        problem: finding.problem.clone(),
        remedy: remedy.unwrap_or_else(|| finding.part.remedy()),
    };
    let report = Report {
        schema: "semsearch.verify/1",
        index: path.display().to_string(),
        whole: verdict.is_whole(),
        generation: verdict.generation,
        documents: verdict.documents,
        files: verdict.files,
        bytes: verdict.bytes,
        damages: verdict.damages.iter().map(|finding| line(finding, None)).collect(),
        unreadable: verdict.unreadable.iter().map(|finding| line(finding, Some(ABOUT_THE_DISK))).collect(),
        notes: verdict
            .notes
            .iter()
            .map(|note| NoteLine { path: note.path.display().to_string(), note: note.text.clone() })
            .collect(),
    };
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(exit(&verdict))
}

/// What could not be read may be damaged or not: that comes first.
fn exit(verdict: &Verdict) -> Exit {
    match (verdict.unreadable.is_empty(), verdict.damages.is_empty()) {
        (true, true) => Exit::Success,
        (true, false) => Exit::Index,
        (false, _) => Exit::Io,
    }
}

fn human(report: &Report) -> String {
    let mut text = String::new();
    for (what, lines) in [("damaged", &report.damages), ("not readable", &report.unreadable)] {
        for Line { file, problem, remedy, .. } in lines {
            text.push_str(&output::item(&format!("{what}: {file}: {}; {remedy}", output::plain(problem))));
        }
    }
    for NoteLine { path, note } in &report.notes {
        text.push_str(&output::item(&format!("note: {path}: {note}")));
    }
    let size = format!("{} in {}", output::bytes(report.bytes), count(report.files, "file"));
    text.push_str(&if report.whole {
        format!("whole: {}, {size}\n", count(report.documents, "paper"))
    } else {
        let problems = (report.damages.len() + report.unreadable.len()) as u64;
        format!("{} found among {}, {size}\n", count(problems, "problem"), count(report.documents, "paper"))
    });
    text.push_str(&format!("index: {}\n", report.index));
    text
}

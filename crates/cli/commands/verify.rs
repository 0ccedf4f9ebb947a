//! `semsearch verify`: reads the whole index and reports damage.

use semsearch_report::check::{Finding, Note, Verified};
use semsearch_store::{Verdict, verify};

use crate::advice;
use crate::args::Verify;
use crate::exit::Exit;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

pub(crate) fn run(args: &Verify) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let pool = setup::pool_of(args.threads)?;
    let progress = IngestProgress::new();
    let outcome = pool.install(|| verify(&path, &progress));
    progress.finish();
    let verdict = outcome?;
    let report = Verified::new(&verdict, &path, advice::remedy);
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(exit(&verdict))
}

/// The exit code. Unreadable files come before damage, since they may be damaged or not.
fn exit(verdict: &Verdict) -> Exit {
    match (verdict.unreadable.is_empty(), verdict.damages.is_empty()) {
        (true, true) => Exit::Success,
        (true, false) => Exit::Index,
        (false, _) => Exit::Io,
    }
}

fn human(report: &Verified) -> String {
    let mut text = String::new();
    for (what, lines) in [("damaged", &report.damages), ("not readable", &report.unreadable)] {
        for Finding { file, problem, remedy, .. } in lines {
            text.push_str(&output::item(&format!("{what}: {file}: {}; {remedy}", output::plain(problem))));
        }
    }
    for Note { path, note, .. } in &report.notes {
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

//! `semsearch dupes`: lists papers that say almost the same.

use semsearch_engine::dupes::find_dupes;
use semsearch_report::dupes::{Dupes as Report, Group, GroupLine, Paper};
use semsearch_store::Collection;

use crate::args::Dupes;
use crate::exit::{Exit, UsageError};
use crate::interrupt::Graceful;
use crate::output::{self, FAINT, SCORE, STRONG, count, plain, thousands};
use crate::progress::IngestProgress;
use crate::wrap::wrap;
use crate::{near, setup};

/// The number of groups that a person is shown without `--limit`.
const DEFAULT_LIMIT: usize = 20;

pub(crate) fn run(args: &Dupes) -> anyhow::Result<Exit> {
    if args.threshold <= 0.0 {
        return Err(UsageError("--threshold is not above 0, so nearly all papers would be alike".to_owned()).into());
    }
    let filter = args.filters.filter()?;
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let pool = setup::pool_of(args.threads)?;
    let progress = IngestProgress::new();
    let graceful = Graceful::begin();
    let outcome = pool.install(|| find_dupes(&collection, args.threshold, &filter, &progress));
    progress.finish();
    drop(graceful);
    let found = outcome?;
    if args.jsonl {
        for (group, rank) in found.groups.iter().take(args.limit.unwrap_or(usize::MAX)).zip(1..) {
            output::print_json_line(&GroupLine::new(rank, Group::new(&collection, group)?))?;
        }
    } else {
        let limit = args.limit.unwrap_or(if args.json { usize::MAX } else { DEFAULT_LIMIT });
        let report = Report::new(&collection, &found, args.threshold, &filter, limit)?;
        if args.json {
            output::print_json(&report)?;
        } else {
            output::print(&human(&report, output::width()))?;
        }
    }
    near::tell_if_none_passes(&collection, &filter)?;
    Ok(if found.groups.is_empty() { Exit::NoHit } else { Exit::Success })
}

/// The groups, a paper below another, and what was compared.
fn human(report: &Report, width: usize) -> String {
    let mut text = String::new();
    for group in &report.groups {
        for paper in &group.papers {
            text.push_str(&human_paper(paper, width));
        }
        text.push('\n');
    }
    let hidden = report.groups_found - report.groups.len() as u64;
    if hidden > 0 {
        text.push_str(&format!("{FAINT}{} (--limit){FAINT:#}\n", count(hidden, "more group")));
    }
    for line in wrap(&summary(report), width) {
        text.push_str(&format!("{FAINT}{line}{FAINT:#}\n"));
    }
    text
}

/// A paper: its cosine with the nearest other one and its title; then its id, date and files.
fn human_paper(paper: &Paper, width: usize) -> String {
    let indent = " ".repeat("1.000  ".len());
    let room = width - indent.len();
    let title = if paper.title.trim().is_empty() { &paper.id } else { &paper.title };
    let mut text = String::new();
    for (line, place) in wrap(&plain(title), room).iter().zip(0..) {
        let head = if place == 0 { format!("{SCORE}{:.3}{SCORE:#}  ", paper.nearest) } else { indent.clone() };
        text.push_str(&format!("{head}{STRONG}{line}{STRONG:#}\n"));
    }
    let known = std::iter::once(paper.id.as_str()).chain(paper.date.as_deref());
    let known: Vec<&str> = known.chain(paper.source.iter().map(String::as_str)).collect();
    for line in wrap(&plain(&known.join(" · ")), room) {
        text.push_str(&format!("{indent}{FAINT}{line}{FAINT:#}\n"));
    }
    text
}

fn summary(report: &Report) -> String {
    let compared = match &report.filter {
        None => count(report.compared, "paper"),
        Some(filter) => {
            format!("{} of {} that pass {filter}", thousands(report.compared), count(report.documents, "paper"))
        }
    };
    match report.groups_found {
        0 => format!("no two of {compared} have a cosine of {} or more", report.threshold),
        groups => format!(
            "{} in {}, {} with a cosine of {} or more; compared: {compared}",
            count(report.papers, "paper"),
            count(groups, "group"),
            count(report.pairs, "pair"),
            report.threshold
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let paper = |id: &str, title: &str| serde_json::json!({ "id": id, "title": title, "date": "2024-05", "source": ["a.jsonl", "b.jsonl"], "nearest": 0.93125 });
        let long = "A title that is long enough to need a second line when the terminal is narrow, as many are";
        serde_json::from_value(serde_json::json!({
            "schema": "semsearch.dupes/1",
            "model": "m",
            "threshold": 0.9,
            "filter": null,
            "documents": 1200,
            "compared": 1200,
            "pairs": 3,
            "groups_found": 2,
            "papers": 5,
            "groups": [{ "papers": [paper("one", long), paper("two", "")], "pairs": [] }],
        }))
        .unwrap()
    }

    #[test]
    fn lines_fit_the_width_and_say_what_is_known() {
        let text = human(&report(), 60);
        let bare = anstream::adapter::strip_str(&text).to_string();
        assert!(bare.starts_with("0.931  A title"), "{bare}");
        assert!(
            bare.contains("\n0.931  two\n       two · 2024-05 · a.jsonl · b.jsonl\n\n1 more group (--limit)\n"),
            "{bare}"
        );
        assert!(bare.contains("5 papers in 2 groups, 3 pairs with a cosine of 0.9 or more;"), "{bare}");
        assert!(bare.lines().all(|line| line.chars().count() <= 60), "{bare}");
    }
}

//! `semsearch inspect`: shows what `embed` would read from files.

use semsearch_corpus::{Inspection, ReadOptions, inspect};
use semsearch_engine::{Leaving, would_leave};
use semsearch_report::inspect::{FirstPaper, Inspect as Report, InspectedInput};
use semsearch_store::{Collection, CollectionError};

use crate::args::Inspect;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, FAINT, SCORE, STRONG, count, plain, thousands};
use crate::progress::IngestProgress;
use crate::setup;
use crate::tally::Tally;
use crate::wrap::{options, wrap};

/// The most names of kept fields that a person is shown.
const SHOWN_KEPT: usize = 12;

pub(crate) fn run(args: &Inspect) -> anyhow::Result<Exit> {
    let target = setup::index_path(&args.index)?;
    let collection = match Collection::open(&target) {
        Ok(collection) => Some(collection),
        Err(CollectionError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    // Everything is shown, so a malformed record is counted rather than the end.
    let options = ReadOptions::new()
        .with_skip_bad(true)
        .with_page_year(args.page_year)
        .with_table(args.table.clone())
        .with_source(args.source.clone());
    let progress = IngestProgress::new();
    let graceful = Graceful::begin();
    let existing = collection.as_ref().map(|collection| collection as &dyn semsearch_corpus::ExistingDocuments);
    let outcome = inspect(&args.inputs, &options, &progress, existing, args.k);
    progress.finish();
    drop(graceful);
    let found = outcome?;
    let leaving = match (&collection, args.sync) {
        (Some(collection), Some(sync)) => would_leave(collection, super::embed::mode_of(sync), &found)?,
        _ => Leaving::default(),
    };
    if args.sync.is_some() {
        tell_kept(&found, &leaving);
    }
    let report = Report::new(&found, collection.is_some().then_some(target.as_path()), &leaving);
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report, args.sync.is_some(), output::width()))?;
    }
    Ok(Exit::Success)
}

/// Says why papers that are not in the inputs would stay.
fn tell_kept(found: &Inspection, leaving: &Leaving) {
    super::embed::tell_unsafe(&found.report, &leaving.unlike, "would be");
    for input in found.report.inputs.iter().filter(|input| input.is_recognised) {
        output::say(format!(
            "{} is the source {} under another name, by its papers, so nothing would be removed this time",
            input.name, input.source
        ));
    }
    match leaving.detached {
        0 => {}
        1 => output::say("1 paper would leave a source and stay, since another source has it"),
        papers => {
            let papers = count(papers, "paper");
            output::say(format!("{papers} would leave a source and stay, since another source has them"));
        }
    }
}

fn human(report: &Report, is_sync: bool, width: usize) -> String {
    let inputs: String = report.inputs.iter().map(|input| human_input(input, width) + "\n").collect();
    let mut lines = vec![format!("{} from {}", count(report.papers, "paper"), count(report.records, "record"))];
    for paper in &report.merges {
        lines.push(format!(
            "  {} of one paper by {}: {}",
            count(paper.records, "record"),
            paper.by.join(", "),
            paper.title
        ));
    }
    if report.skipped > 0 {
        lines.push(format!("{}, where embed stops without --skip-bad", count(report.skipped, "malformed record")));
    }
    if report.passed_over > 0 {
        lines.push(format!("{} passed over: neither title nor abstract", count(report.passed_over, "record")));
    }
    for account in &report.not_understood {
        let place = account.file.as_ref().zip(account.line).map(|(file, line)| format!(" in {file}, line {line}"));
        lines.push(format!(
            "{} not understood in {}, for example `{}`{}",
            account.field,
            count(account.records, "record"),
            account.example,
            place.unwrap_or_default()
        ));
    }
    lines.push(match &report.index {
        None => "nothing was written".to_owned(),
        Some(news) => {
            let tally = Tally {
                new: Some(news.added),
                changed: Some(news.changed),
                unchanged: Some(news.unchanged),
                removed: is_sync.then_some(news.removed.len() as u64),
            };
            format!("nothing was written; for {}: {}", news.path, tally.words())
        }
    });
    let indented = |line: &String| {
        let bare = line.trim_start();
        format!("{}{}", &line[..line.len() - bare.len()], plain(bare))
    };
    let gone = report.index.iter().map(|news| super::remove::named(&news.removed, news.removed.len() as u64));
    inputs + &lines.iter().map(|line| wrapped(&indented(line), width, "", "    ")).chain(gone).collect::<String>()
}

/// The format of an input, its fields with where they come from, and its first papers.
fn human_input(input: &InspectedInput, width: usize) -> String {
    let encoding = input.encoding.as_ref().map(|encoding| format!(" in {encoding}")).unwrap_or_default();
    let head = format!("{}: {}{encoding}, {}", input.name, input.format, count(input.records, "record"));
    let mut text = String::new();
    for line in wrap(&plain(&head), width) {
        text.push_str(&format!("{STRONG}{line}{STRONG:#}\n"));
    }
    let widest = input.fields.iter().map(|field| field.field.len()).max().unwrap_or(0).max("not read".len());
    let digits = input.fields.iter().map(|field| thousands(field.records).len()).max().unwrap_or(0);
    for field in &input.fields {
        let label = format!("  {:widest$}  {:>digits$}  ", field.field, thousands(field.records));
        text.push_str(&wrapped(
            &format!("{label}{}", plain(&field.from.join(", "))),
            width,
            "",
            &" ".repeat(label.len()),
        ));
    }
    let mut listed = |label: &str, items: Vec<String>| {
        if !items.is_empty() {
            let label = format!("  {label:widest$}  ");
            text.push_str(&wrapped(
                &format!("{label}{}", plain(&items.join(", "))),
                width,
                "",
                &" ".repeat(label.len()),
            ));
        }
    };
    let mut kept: Vec<String> = input
        .kept
        .iter()
        .take(SHOWN_KEPT)
        .map(|field| match field.records == input.records {
            true => field.name.clone(),
            false => format!("{} ({})", field.name, thousands(field.records)),
        })
        .collect();
    if input.kept.len() > SHOWN_KEPT {
        kept.push(format!("{} more", input.kept.len() - SHOWN_KEPT));
    }
    listed("kept", kept);
    listed("not read", input.not_read.clone());
    for paper in &input.first {
        text.push_str(&human_paper(paper, width));
    }
    text
}

fn human_paper(paper: &FirstPaper, width: usize) -> String {
    let mut text = String::from("\n");
    let title = if paper.title.is_empty() { &paper.id } else { &paper.title };
    for line in wrap(&plain(title), width - 2) {
        text.push_str(&format!("  {SCORE}{line}{SCORE:#}\n"));
    }
    let authors = match paper.authors.as_slice() {
        [first, second, _, ..] => format!("{first}, {second} and {} more", paper.authors.len() - 2),
        few => few.join(", "),
    };
    let date = paper.date.clone().or(paper.year.map(|year| year.to_string()));
    let known = [Some(authors).filter(|names| !names.is_empty()), date, paper.venue.clone(), paper.doi.clone()];
    let known = known.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    for line in wrap(&plain(&known), width - 2).iter().filter(|line| !line.is_empty()) {
        text.push_str(&format!("  {FAINT}{line}{FAINT:#}\n"));
    }
    let summary = plain(&paper.r#abstract);
    if let Some(line) = wrap(&summary, width.saturating_sub(4)).first().filter(|line| !line.is_empty()) {
        let more = if line.len() < summary.len() { " …" } else { "" };
        text.push_str(&format!("  {line}{more}\n"));
    }
    text
}

/// A line, wrapped. What has no spaces, such as a path, is not broken.
fn wrapped(line: &str, width: usize, first: &str, others: &str) -> String {
    let options =
        options(width).initial_indent(if line.starts_with(' ') { "" } else { first }).subsequent_indent(others);
    // Wrapping drops the spaces in front of a line.
    let (indent, bare) = line.split_at(line.len() - line.trim_start().len());
    let text = textwrap::fill(bare, options.initial_indent(if indent.is_empty() { "" } else { indent }));
    text + "\n"
}

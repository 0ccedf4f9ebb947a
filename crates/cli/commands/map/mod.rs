//! `semsearch map`: an index as a picture.
//!
//! | file | holds |
//! | --- | --- |
//! | `groups` | which papers have which colour |
//! | `name` | what a region is called |
//! | `svg` | the picture |
//! | `target` | where a picture goes |

mod groups;
mod name;
mod svg;
mod target;

use std::path::Path;
use std::sync::Arc;

use semsearch_engine::SearchOptions;
use semsearch_engine::map::map;
use semsearch_report::map::{Map as Report, Region};
use semsearch_server::map_file;
use semsearch_store::{Collection, Filter};

use self::name::name;
use self::target::Target;
use crate::args::Map;
use crate::exit::{Exit, UsageError};
use crate::interrupt::Graceful;
use crate::output::{self, FAINT, STRONG, count, plain, thousands};
use crate::progress::IngestProgress;
use crate::{near, setup};

pub(crate) fn run(args: &Map, offline: bool) -> anyhow::Result<Exit> {
    let filter = args.filters.filter()?;
    let query = (!args.query.is_empty()).then(|| args.query.join(" "));
    if query.as_ref().is_some_and(|query| query.trim().is_empty()) {
        return Err(UsageError("the query is empty; leave it out to light up nothing".to_owned()).into());
    }
    let target = |file: &Option<std::path::PathBuf>| {
        file.as_deref().map(|file| Target::of(file, args.overwrite.overwrite)).transpose()
    };
    let (html, picture) = (target(&args.html)?, target(&args.svg)?);
    let on_stdout = [&html, &picture].iter().filter(|target| matches!(target, Some(Target::Stdout))).count();
    if on_stdout + usize::from(args.json) > 1 {
        let problem = "standard output can take one of --html, --svg and --json; name a file for the others";
        return Err(UsageError(problem.to_owned()).into());
    }
    let path = setup::index_path(&args.index)?;
    let collection = Arc::new(Collection::open(&path)?);
    let report = drawn(args, offline, &collection, &filter, query.as_deref())?;
    if report.papers.id.is_empty() {
        if args.json {
            output::print_json(&report)?;
        }
        near::nothing(&collection, &filter, None)?.into_iter().for_each(output::say);
        return Ok(Exit::NoHit);
    }
    if let Some(target) = &html {
        let file = map_file(&report, &title(&report, &path), Some(args.by.as_str()))?;
        target.write(file.as_bytes(), "page")?;
    }
    if let Some(target) = &picture {
        target.write(svg::picture(&report, &title(&report, &path), args.by).as_bytes(), "picture")?;
    }
    if args.json {
        output::print_json(&report)?;
    } else if html.is_none() && picture.is_none() {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

/// The map of the papers that pass, with the answers to the question.
fn drawn(
    args: &Map,
    offline: bool,
    collection: &Arc<Collection>,
    filter: &Filter,
    query: Option<&str>,
) -> anyhow::Result<Report> {
    let pool = setup::pool(&args.run)?;
    let progress = IngestProgress::new();
    let graceful = Graceful::begin();
    let outcome = pool.install(|| map(collection, &progress));
    progress.finish();
    drop(graceful);
    let mapped = outcome?;
    if let Some(damage) = &mapped.damage {
        output::say(format!("the map is made again: {damage}"));
    }
    if let Some(reason) = &mapped.unkept
        && output::is_verbose()
    {
        output::say(format!("the map is not kept: {reason}"));
    }
    // Only pages have titles and addresses; a program has the ids.
    let is_whole = args.html.is_some() || args.json;
    let report = Report::new(collection, &mapped.map, filter, is_whole)?;
    let Some(query) = query else { return Ok(report) };
    let session = setup::session(collection.clone(), args.model.as_deref(), &args.run, offline)?;
    let options = SearchOptions::default().with_k(args.k).with_filter(filter.clone());
    let answer = pool.install(|| session.search(query, &options))?;
    Ok(report.with_asked(query, answer.hits.iter().map(|hit| hit.document.id.as_str())))
}

/// What a picture says of itself.
fn title(report: &Report, index: &Path) -> String {
    let papers = count(report.papers.id.len() as u64, "paper");
    match &report.asked {
        Some(asked) => format!("{} among {papers}", plain(&asked.query)),
        None => format!("{papers} of {}", index.file_name().unwrap_or(index.as_os_str()).display()),
    }
}

/// The regions, each with those within it.
fn human(report: &Report) -> String {
    let mut text = String::new();
    let width = report.regions.iter().map(|region| thousands(region.papers).len()).max().unwrap_or(0);
    let hits = |number: usize| -> String {
        let Some(asked) = &report.asked else { return String::new() };
        let is_within =
            |region: usize| region == number || report.regions[region].parent.map(usize::from) == Some(number);
        let inside = asked.hits.iter().filter(|hit| is_within(usize::from(report.papers.region[**hit as usize])));
        match inside.count() as u64 {
            0 => String::new(),
            hits => format!("  {FAINT}{}{FAINT:#}", count(hits, "answer")),
        }
    };
    let line = |number: usize, region: &Region, indent: &str| {
        let papers = thousands(region.papers);
        format!("{papers:>width$}  {indent}{STRONG}{}{STRONG:#}{}\n", plain(&name(region)), hits(number))
    };
    for (number, region) in report.regions.iter().enumerate().filter(|(_, region)| region.parent.is_none()) {
        if region.papers == 0 {
            continue;
        }
        text.push_str(&line(number, region, ""));
        for (part, region) in report.regions.iter().enumerate() {
            if region.parent.map(usize::from) == Some(number) && region.papers > 0 {
                text.push_str(&line(part, region, "  "));
            }
        }
    }
    text
}

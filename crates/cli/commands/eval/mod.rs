//! `semsearch eval`: how good answers are, by the judgements of a BEIR folder.
//!
//! | file | holds |
//! | --- | --- |
//! | `asked` | what answers queries: an index, or the folder's documents in a temporary one |
//! | `against` | what the answers are compared with |
//! | `text` | tables and notes for people |

mod against;
mod asked;
mod text;

use std::path::Path;

use anyhow::Context;
use semsearch_eval::retrieval::{BeirFolder, Over, PerQuery, Run, evaluate};
use semsearch_report::eval::Eval as Report;
use semsearch_report::{Answerer, Measured};

use self::asked::Asked;
use super::plot;
use crate::args::Eval;
use crate::exit::{Exit, UsageError};
use crate::interrupt::Graceful;
use crate::{output, written};

pub(crate) fn run(args: &Eval, offline: bool) -> anyhow::Result<Exit> {
    // Asking takes a while, so what cannot be written is reported first.
    let overwrite = args.overwrite.overwrite;
    args.plot.as_deref().map(|file| plot::expect_plot(file, overwrite)).transpose()?;
    args.write_run.as_deref().map(|file| written::expect_writable(file, overwrite)).transpose()?;
    if args.write_run.is_some() && args.ranking.rankers().len() > 1 {
        let problem = "a run holds the ranking of one mode; name one with --mode";
        return Err(UsageError(problem.to_owned()).into());
    }
    let set = BeirFolder::read(&args.folder, args.split.as_deref())?;
    let over = if args.complete { Over::Judged } else { Over::Answered };
    // Ctrl-C has to leave time for a temporary folder to go.
    let _graceful = Graceful::begin();
    let source = match &args.run {
        Some(file) => Source::Run(file),
        None => Source::Search(Asked::open(args, &set, &args.encoder, offline)?),
    };
    let runs = match &source {
        Source::Run(file) => vec![("run".to_owned(), Run::read(file)?)],
        Source::Search(asked) => ask_all(args, asked, &set)?,
    };
    let against = args.against.as_deref().map(|name| against::find(name, args, &set, &runs, source.asked(), offline));
    let against = against.transpose()?;
    if let Some(file) = &args.write_run {
        write_run(file, &runs, overwrite)?;
    }

    let score = |(name, run): (String, Run)| {
        let scores = evaluate(&set.judgements, &run, &args.metrics);
        (name, scores)
    };
    let systems: Vec<(String, PerQuery)> = runs.into_iter().map(score).collect();
    let against = against.map(score);
    for (name, scores) in systems.iter().chain(&against) {
        expect_answered(name, scores, over)?;
    }
    let measured = Measured { set: &set, over, systems: &systems, against: against.as_ref() };
    let answerer = match &source {
        Source::Run(file) => Answerer::Run(file),
        Source::Search(asked) => asked.described(),
    };
    let mut report = Report::new(&args.folder, &measured, answerer)?;
    text::notes(&report, &set).into_iter().for_each(output::say);
    if let Some(file) = &args.plot {
        plot::write(file, &text::picture(&report, &args.metrics), overwrite)?;
    }
    if args.json {
        if args.per_query.is_some() {
            report = report.with_queries(&measured);
        }
        output::print_json(&report)?;
    } else {
        let mut shown = text::tables(&report, &args.metrics);
        if let (Some(number), Some(&measure)) = (args.per_query, args.metrics.first()) {
            shown.push_str(&text::queries(&measured, measure, number)?);
        }
        output::print(&shown)?;
    }
    Ok(Exit::Success)
}

/// Where rankings come from.
enum Source<'a> {
    Run(&'a Path),
    Search(Asked),
}

impl Source<'_> {
    fn asked(&self) -> Option<&Asked> {
        match self {
            Source::Run(_) => None,
            Source::Search(asked) => Some(asked),
        }
    }
}

/// The ranking of every query in every mode asked for.
fn ask_all(args: &Eval, asked: &Asked, set: &BeirFolder) -> anyhow::Result<Vec<(String, Run)>> {
    let rankers = asked.rankers(&args.ranking)?;
    let runs = rankers.into_iter().map(|ranker| {
        let run = asked.ask(&set.queries, ranker)?;
        Ok((ranker.as_str().to_owned(), run))
    });
    runs.collect()
}

fn write_run(file: &Path, runs: &[(String, Run)], overwrite: bool) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    for (name, run) in runs {
        let mut text = Vec::new();
        run.write(&mut text, &format!("semsearch-{name}")).with_context(cannot)?;
        written::write(file, &text, overwrite)?;
    }
    output::say(format!("run: {}", file.display()));
    Ok(())
}

/// Refuses answers without a query to take a mean over.
fn expect_answered(name: &str, scores: &PerQuery, over: Over) -> Result<(), UsageError> {
    if over == Over::Judged || scores.queries().iter().any(|query| query.answered) {
        return Ok(());
    }
    let judged = scores.queries().first().map_or("", |query| query.query.as_str());
    let found = scores.unjudged().first().map_or("none", String::as_str);
    Err(UsageError(format!("{name}: expected rankings of judged queries, such as `{judged}`, found `{found}`")))
}

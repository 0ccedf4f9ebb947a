//! `semsearch selftest`: how well an index finds its own papers by what they say of themselves.

use semsearch_eval::retrieval::{ask, evaluate};
use semsearch_eval::{KnownItem, known_items};
use semsearch_report::selftest::Selftest as Report;
use semsearch_report::shared::Interval;
use semsearch_store::Collection;

use super::plot::{self, Quality, Series};
use super::ranking::{options, rankers};
use crate::args::Selftest;
use crate::exit::{Exit, UsageError};
use crate::interrupt::Graceful;
use crate::output::{self, FAINT, STRONG, count, decimal};
use crate::progress::IngestProgress;
use crate::setup;
use crate::table::turned;

/// Hits of a question: how far the reciprocal rank looks.
const DEPTH: usize = 100;
/// The columns of the table.
const COLUMNS: usize = 80;

pub(crate) fn run(args: &Selftest, offline: bool) -> anyhow::Result<Exit> {
    let overwrite = args.overwrite.overwrite;
    args.plot.as_deref().map(|file| plot::expect_plot(file, overwrite)).transpose()?;
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let session = setup::session(collection, args.model.as_deref(), &args.run, offline)?;
    let (collection, searcher) = (session.collection(), session.searcher());
    let pool = setup::pool(&args.run)?;
    let items = known_items(collection, args.queries, args.seed)?;
    let drawn = items.first().map_or(0, |items| items.queries.len());
    if drawn == 0 {
        let problem = "no paper of the index has a title of more than three words and an abstract";
        return Err(UsageError(problem.to_owned()).into());
    }
    let options = options(&args.ranking, args.exact, DEPTH);
    let _graceful = Graceful::begin();
    let mut scores = Vec::new();
    for ranker in rankers(&args.ranking, searcher.has_words()?) {
        let options = options.clone().with_ranker(Some(ranker));
        for items in &items {
            let progress = IngestProgress::new();
            let run = pool.install(|| ask(searcher, &items.queries, &options, &progress));
            progress.finish();
            let values = evaluate(&items.judgements, &run?, &Report::measures());
            scores.push((ranker.as_str().to_owned(), items.kind, values));
        }
    }
    let report = Report::new(collection, session.model_name(), (drawn, args.seed), &scores);
    if let Some(file) = &args.plot {
        plot::write(file, &picture(&report), overwrite)?;
    }
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

fn title(report: &Report) -> String {
    format!("{} · {} asked for · {}", count(report.documents, "paper"), output::thousands(report.queries), report.model)
}

/// What is asked, in words.
fn asked(kind: &str) -> &'static str {
    match kind {
        kind if kind == KnownItem::Words.as_str() => "three words of a title",
        kind if kind == KnownItem::Title.as_str() => "the whole title",
        _ => "the first sentence",
    }
}

fn human(report: &Report) -> String {
    let mut text = output::item(&title(report));
    let mut mode = "";
    for result in &report.results {
        if result.mode != mode {
            mode = &result.mode;
            text.push_str(&match output::width() < COLUMNS {
                true => format!("\n{STRONG}{mode}{STRONG:#}\n"),
                false => format!(
                    "\n{STRONG}{mode:<24}  {:>7}{:9}  {:>11}{:5}  mrr{STRONG:#}\n",
                    "first %", "", "among ten %", ""
                ),
            });
        }
        if output::width() < COLUMNS {
            let interval = |value: &Interval, scale: f64, digits: usize| {
                let [mean, low, high] = [value.mean, value.low, value.high].map(|value| scale * value);
                let [mean, low, high] = [mean, low, high].map(|value| decimal(value, digits));
                format!("{mean} {low}–{high}")
            };
            let heads = ["", "first %", "among ten %", "mrr"].map(str::to_owned);
            let cells = [
                interval(&result.first, 100.0, 1),
                interval(&result.among_ten, 100.0, 1),
                interval(&result.mrr, 1.0, 3),
            ];
            let row = [vec![asked(&result.kind).to_owned()], cells.to_vec()].concat();
            text.push_str(&turned(&heads, &[row]));
            continue;
        }
        let share = |value: &Interval| {
            let [mean, low, high] = [value.mean, value.low, value.high].map(|share| 100.0 * share);
            format!("{mean:>5.1} {FAINT}{:<10}{FAINT:#}", format!("{}–{}", decimal(low, 1), decimal(high, 1)))
        };
        text.push_str(&format!(
            "{:<24}  {}  {}  {} {FAINT}{}–{}{FAINT:#}\n",
            asked(&result.kind),
            share(&result.first),
            share(&result.among_ten),
            decimal(result.mrr.mean, 3),
            decimal(result.mrr.low, 3),
            decimal(result.mrr.high, 3)
        ));
    }
    text + "\n" + &output::faint_item(LEGEND)
}

/// What the figures mean.
const LEGEND: &str = "How often the paper came first and among ten, and the mean of 1 / its rank (mrr), each with its 95 % \
                      interval; docs/measuring.md says what that tells.";

/// The share of papers that came first, and among ten, of each kind of questions and in each mode.
fn picture(report: &Report) -> Quality {
    let mut series: Vec<Series> = Vec::new();
    for result in &report.results {
        let values = [Some(result.first), Some(result.among_ten)];
        match series.iter_mut().find(|series| series.name == result.mode) {
            Some(series) => series.values.extend(values),
            None => series.push(Series { name: result.mode.clone(), values: values.to_vec() }),
        }
    }
    let groups = ["three words", "title", "sentence"];
    let groups = groups.iter().flat_map(|kind| [format!("{kind}: first"), format!("{kind}: ten")]).collect();
    Quality { title: title(report), about: plot::about(None, Some(&report.index)), groups, series }
}

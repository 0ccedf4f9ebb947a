//! `semsearch facets`: counts the papers about a question by year, venue, category or another field.

use std::sync::Arc;

use semsearch_engine::Matched;
use semsearch_index::RowSet;
use semsearch_report::Counted;
use semsearch_report::facets::Facets as Report;
use semsearch_store::{Collection, FacetField, Facets, Filter};
use textwrap::core::display_width;

use crate::args;
use crate::exit::{Exit, UsageError};
use crate::output::{self, FAINT, SCORE, STRONG, count, plain, thousands};
use crate::wrap::wrap;
use crate::{near, setup};

/// The number of papers counted without `--top` and `--min-score`: about what a person would look through.
const DEFAULT_TOP: usize = 100;
/// Said of a question whose end does not count.
const TRUNCATED: &str = "the question is longer than the model reads: its end does not count";
/// The greatest width of a value, in columns.
const VALUE_COLUMNS: usize = 40;

pub(crate) fn run(args: &args::Facets, offline: bool) -> anyhow::Result<Exit> {
    let filter = args.filters.filter()?;
    let query = (!args.query.is_empty()).then(|| args.query.join(" "));
    if query.as_ref().is_some_and(|query| query.trim().is_empty()) {
        return Err(UsageError("the query is empty; leave it out to count all papers".to_owned()).into());
    }
    let collection = Arc::new(Collection::open(&setup::index_path(&args.index)?)?);
    let passing = collection.passing(&filter)?;
    let matched = query.as_ref().map(|_| match args.min_score {
        Some(score) => Matched::AtLeast(score),
        None => Matched::Nearest(args.top.unwrap_or(DEFAULT_TOP)),
    });
    let (rows, truncated, model) = match (&query, matched) {
        (Some(query), Some(matched)) => matching(args, offline, &collection, query, matched, &filter)?,
        _ => (passing.clone(), false, None),
    };
    if truncated {
        output::say(TRUNCATED);
    }
    let by = FacetField::from(args.by);
    let mut facets = Facets::new(by);
    collection.count(&rows, &mut facets)?;
    let counted = Counted {
        question: query.as_deref().zip(model.as_deref()),
        matched,
        truncated,
        filter: &filter,
        documents: collection.len() as u64,
        passing: passing.iter().map(|rows| rows.len() as u64).sum(),
    };
    let near = if rows.iter().all(RowSet::is_empty) { near::of(&collection, &filter)? } else { Vec::new() };
    let report = Report::new(by, facets, &counted, args.limit).with_near(near);
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report, output::width()))?;
    }
    if report.papers == 0 {
        near::nothing(&collection, &filter, None)?.into_iter().for_each(output::say);
        return Ok(Exit::NoHit);
    }
    Ok(Exit::Success)
}

/// The papers about the question, whether it is longer than the model reads, and the model that encoded it.
fn matching(
    args: &args::Facets,
    offline: bool,
    collection: &Arc<Collection>,
    query: &str,
    matched: Matched,
    filter: &Filter,
) -> anyhow::Result<(Vec<RowSet>, bool, Option<String>)> {
    let session = setup::session(collection.clone(), args.model.as_deref(), &args.run, offline)?;
    let (rows, truncated) = setup::pool(&args.run)?.install(|| session.searcher().matched(query, matched, filter))?;
    Ok((rows, truncated, Some(session.model_name().to_owned())))
}

/// Says what was counted, then a line for each value: the value, its number of papers, and a bar of proportional length.
fn human(report: &Report, width: usize) -> String {
    let mut text = String::new();
    for line in wrap(&set(report), width) {
        text.push_str(&format!("{FAINT}{line}{FAINT:#}\n"));
    }
    text.push('\n');
    let shown: Vec<(String, u64)> =
        report.values.iter().map(|value| (cut(&plain(&value.value), VALUE_COLUMNS), value.papers)).collect();
    let values = shown.iter().map(|(value, _)| display_width(value)).max().unwrap_or(0);
    let largest = shown.iter().map(|(_, papers)| *papers).max().unwrap_or(0);
    let counts = thousands(largest).len();
    let room = width.saturating_sub(values + counts + 4);
    for (value, papers) in &shown {
        let fill = " ".repeat(values - display_width(value));
        let bar = bar(*papers, largest, room);
        text.push_str(&format!(
            "{STRONG}{value}{STRONG:#}{fill}  {:>counts$}  {SCORE}{bar}{SCORE:#}\n",
            thousands(*papers)
        ));
    }
    let more = report.distinct_values - report.values.len() as u64;
    let rest = [
        (more > 0).then(|| format!("{} (--limit)", count(more, "more value"))),
        (report.without > 0).then(|| format!("{} without {}", count(report.without, "paper"), report.by.as_str())),
    ];
    let rest: Vec<String> = rest.into_iter().flatten().collect();
    if !rest.is_empty() {
        let gap = if shown.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{gap}{FAINT}{}{FAINT:#}\n", rest.join(" · ")));
    }
    text
}

/// The set of papers that were counted, in words.
fn set(report: &Report) -> String {
    let (by, papers) = (report.by.as_str(), count(report.papers, "paper"));
    let all = match &report.filter {
        None => count(report.documents, "paper"),
        Some(filter) => format!("{} that pass {filter}", thousands(report.passing)),
    };
    match (report.query.as_deref(), report.min_score) {
        (None, _) if report.filter.is_none() => format!("counts by {by} over all {all}"),
        (None, _) => format!("counts by {by} over {all}, of {}", thousands(report.documents)),
        (Some(query), Some(score)) => {
            format!(
                "counts by {by} over {papers} with a similarity of {score} or more to \"{}\", of {all}",
                plain(query)
            )
        }
        (Some(query), None) => {
            format!("counts by {by} over the {papers} nearest to \"{}\", of {all}", plain(query))
        }
    }
}

/// The text, truncated to `columns` columns.
fn cut(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if display_width(&short) + display_width(letter.encode_utf8(&mut [0; 4])) >= columns {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

/// A bar of at most `columns` columns, to an eighth of a column, and at least an eighth for any number above 0.
fn bar(number: u64, largest: u64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if largest == 0 || number == 0 {
        return String::new();
    }
    let eighths = (number as f64 / largest as f64 * (columns * 8) as f64).round().max(1.0) as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let values =
            [("cs.LG", 1200), ("a value that is longer than anybody would want to read in a table", 7), ("数学", 1)];
        let values = values.map(|(value, papers)| serde_json::json!({ "value": value, "papers": papers }));
        let report = serde_json::json!({
            "schema": "semsearch.facets/1",
            "query": "graphs",
            "model": null,
            "by": "category",
            "top": 1200,
            "min_score": null,
            "filter": null,
            "documents": 60_000,
            "passing": 60_000,
            "papers": 1_200,
            "without": 3,
            "distinct_values": 5,
            "values": values,
        });
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn columns_align_and_lines_fit_the_width() {
        let text = human(&report(), 80);
        let bare = anstream::adapter::strip_str(&text).to_string();
        let lines: Vec<&str> = bare.lines().collect();
        assert_eq!(lines[0], "counts by category over the 1,200 papers nearest to \"graphs\", of 60,000 papers");
        assert!(lines.iter().all(|line| display_width(line) <= 80), "{bare}");
        assert_eq!(display_width(lines[2]), 80, "the largest count has the longest bar: {bare}");
        let end_of_count = |line: &str| display_width(line.trim_end_matches(|c: char| !c.is_ascii_digit()));
        assert!(lines[2..5].iter().all(|line| end_of_count(line) == 40 + 2 + 5), "{bare}");
        assert_eq!(lines[6], "2 more values (--limit) · 3 papers without category");
    }

    #[test]
    fn what_was_counted_is_said_in_words() {
        let said = |change: &dyn Fn(&mut Report)| {
            let mut report = report();
            change(&mut report);
            set(&report)
        };
        assert_eq!(said(&|r| r.query = None), "counts by category over all 60,000 papers");
        let filtered = said(&|r| {
            (r.query, r.filter, r.passing) = (None, Some("year = 2020".to_owned()), 500);
        });
        assert_eq!(filtered, "counts by category over 500 that pass year = 2020, of 60,000");
        let scored = said(&|r| r.min_score = Some(0.5));
        assert_eq!(
            scored,
            "counts by category over 1,200 papers with a similarity of 0.5 or more to \"graphs\", of 60,000 papers"
        );
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(5, 10, 3), "█▌");
        assert_eq!(bar(1, 10_000, 10), "▏", "something is never nothing");
        assert_eq!(bar(0, 0, 10), "");
    }
}

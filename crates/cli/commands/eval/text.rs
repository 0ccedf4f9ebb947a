//! Tables and notes for people, and what a plot shows of them.

use std::collections::HashMap;

use semsearch_eval::retrieval::{BeirFolder, Change, CompareError, Comparison, Measure, Over, PerQuery};
use semsearch_report::Measured;
use semsearch_report::eval::{Against, Eval as Report, ModeMetrics};

use crate::commands::plot::{self, Quality, Series};
use crate::output::{self, FAINT, STRONG, count, decimal, plain, signed};
use crate::table::turned;

/// What answered, and how it was measured, in a line.
fn title(report: &Report) -> String {
    let mut parts = Vec::new();
    parts.extend(report.documents.map(|documents| count(documents, "document")));
    parts.push(numbered(report.queries, "judged"));
    parts.extend(report.model.clone());
    parts.extend(report.run.clone());
    plain(&parts.join(" · "))
}

/// All modes, also if there is one.
fn modes(report: &Report) -> Vec<ModeMetrics> {
    if report.modes.is_empty() { vec![report.first()] } else { report.modes.clone() }
}

/// The names of the measures, in the order asked for, each once.
fn names(measures: &[Measure]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in measures.iter().map(ToString::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What the figures mean.
const LEGEND: &str =
    "Each is between 0 and 1, more is better, beside its 95 % interval; docs/measuring.md says what they measure.";

/// A row a measure, a column a mode; below, what the modes have more than the other configuration.
pub(super) fn tables(report: &Report, measures: &[Measure]) -> String {
    let mut text = format!("{}\n\n", title(report));
    let (names, modes) = (names(measures), modes(report));
    if 14 + 19 * modes.len() > output::width() {
        let heads: Vec<String> =
            std::iter::once(String::new()).chain(modes.iter().map(|mode| mode.mode.clone())).collect();
        let rows = names.iter().map(|name| {
            let cell = |mode: &ModeMetrics| {
                let value = mode.metrics.get(name);
                value.map_or(String::new(), |value| {
                    format!("{} {}–{}", three(value.mean), three(value.low), three(value.high))
                })
            };
            std::iter::once(name.clone()).chain(modes.iter().map(cell)).collect()
        });
        text.push_str(&turned(&heads, &rows.collect::<Vec<Vec<String>>>()));
        text.push_str(&format!("\n{}", output::faint_item(LEGEND)));
        text.push_str(&report.against.as_ref().map_or(String::new(), |against| differences(against, &names)));
        return text;
    }
    let heads: String = modes.iter().map(|mode| format!("  {:<17}", mode.mode)).collect();
    text.push_str(&format!("{STRONG}{:<14}{}{STRONG:#}\n", "", heads.trim_end()));
    for name in &names {
        let cells = modes.iter().filter_map(|mode| mode.metrics.get(name));
        let cells: String = cells
            .map(|value| format!("  {} {FAINT}{}–{}{FAINT:#}", three(value.mean), three(value.low), three(value.high)))
            .collect();
        text.push_str(&format!("{name:<14}{cells}\n"));
    }
    text.push_str(&format!("\n{}", output::faint_item(LEGEND)));
    if let Some(against) = &report.against {
        text.push_str(&differences(against, &names));
    }
    text
}

fn three(value: f64) -> String {
    decimal(value, 3)
}

fn differences(against: &Against, names: &[String]) -> String {
    let mut text = String::new();
    for difference in against.differences.iter().filter(|difference| difference.mode != against.name) {
        let head = format!("{} against {}", difference.mode, plain(&against.name));
        text.push_str(&format!("\n{STRONG}{head}, {}{STRONG:#}\n", numbered(difference.queries, "same")));
        for name in names {
            let (Some(value), Some(other)) = (difference.metrics.get(name), against.metrics.get(name)) else {
                continue;
            };
            let verdict = match (value.low > 0.0, value.high < 0.0) {
                (true, _) => "better",
                (_, true) => "worse",
                _ => "not told apart",
            };
            text.push_str(&format!(
                "{name:<14}  {} {FAINT}{}–{}{FAINT:#}  from {}  {verdict}\n",
                signed(value.mean, 3),
                signed(value.low, 3),
                signed(value.high, 3),
                three(other.mean)
            ));
        }
    }
    text
}

/// The queries that gain and lose most; without another configuration, the lowest of the first mode.
pub(super) fn queries(measured: &Measured<'_>, measure: Measure, number: usize) -> Result<String, CompareError> {
    let texts: HashMap<&str, &str> =
        measured.set.queries.iter().map(|query| (query.id.as_str(), query.text.as_str())).collect();
    let (mode, scores) = &measured.systems[0];
    let Some((name, before)) = measured.against else {
        return Ok(lowest(mode, scores, measure, measured.over, number, &texts));
    };
    let comparison = Comparison::of(before, scores, measure, measured.over)?;
    let (gains, losses) = (comparison.gains(), comparison.losses());
    let mut text = String::new();
    let against = format!("{mode} against {}", plain(name));
    let (gaining, losing) = (gains.len() as u64, losses.len() as u64);
    let gains: Vec<&Change> = gains.iter().take(number).collect();
    let losses: Vec<&Change> = losses.take(number).collect();
    for (verb, all, changes) in [("gain", gaining, gains), ("lose", losing, losses)] {
        let all = output::thousands(all);
        text.push_str(&format!("\n{STRONG}{all} {verb} in {measure}, {against}{STRONG:#}\n"));
        for change in changes {
            let values = format!("{}  {} → {}", signed(change.gain(), 3), three(change.before), three(change.after));
            text.push_str(&line(&values, &change.query, &texts));
        }
    }
    Ok(text)
}

fn lowest(
    mode: &str,
    scores: &PerQuery,
    measure: Measure,
    over: Over,
    number: usize,
    texts: &HashMap<&str, &str>,
) -> String {
    let values = scores.values(measure, over).unwrap_or_default();
    let asked = scores.queries().iter().filter(|query| query.answered || over == Over::Judged);
    let mut all: Vec<(f64, &str)> = values.into_iter().zip(asked.map(|query| query.query.as_str())).collect();
    // Stable: of equal ones, the order of the judgements.
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = format!("\n{STRONG}lowest {measure}, {mode}{STRONG:#}\n");
    for (value, query) in all.into_iter().take(number) {
        text.push_str(&line(&three(value), query, texts));
    }
    text
}

/// A query on one line, its text cut at the width of the terminal.
fn line(values: &str, query: &str, texts: &HashMap<&str, &str>) -> String {
    let start = format!("{values}  {}  ", plain(query));
    let room = output::width().saturating_sub(start.chars().count()).max(10);
    let asked = plain(texts.get(query).copied().unwrap_or("(no text)"));
    let shown = match asked.char_indices().nth(room) {
        Some(_) => asked.chars().take(room - 1).chain(['…']).collect(),
        None => asked,
    };
    format!("{start}{FAINT}{shown}{FAINT:#}\n")
}

/// The measures of all modes, side by side.
pub(super) fn picture(report: &Report, measures: &[Measure]) -> Quality {
    let groups = names(measures);
    let series = modes(report).into_iter().map(|mode| Series {
        values: groups.iter().map(|name| mode.metrics.get(name).copied()).collect(),
        name: mode.mode,
    });
    let mut series: Vec<Series> = series.collect();
    let shown = |name: &str| series.iter().any(|series| series.name == name);
    if let Some(against) = report.against.as_ref().filter(|against| !shown(&against.name)) {
        let values = groups.iter().map(|name| against.metrics.get(name).copied()).collect();
        series.push(Series { name: against.name.clone(), values });
    }
    let measured = report.index.as_deref().unwrap_or(&report.folder);
    let about = plot::about(None, Some(measured));
    Quality { title: title(report), about, groups, series }
}

/// What a reader has to know of the figures.
pub(super) fn notes(report: &Report, set: &BeirFolder) -> Vec<String> {
    let mut notes = Vec::new();
    let fate = if report.complete { "counted as 0" } else { "left out; --complete counts them as 0" };
    let without_text = report.without_text.min(report.absent);
    let lacking = report.absent - without_text;
    if without_text > 0 {
        let (number, file) = (numbered(without_text, "judged"), set.queries_file.display());
        notes.push(format!("{number} without text in {file}: {fate}"));
    }
    if lacking > 0 {
        notes.push(format!("{} absent from the run: {fate}", numbered(lacking, "judged")));
    }
    if report.unjudged > 0 {
        notes.push(format!("{} in the run: left out", numbered(report.unjudged, "unjudged")));
    }
    if let Some(missing @ 1..) = report.relevant_not_in_index {
        notes.push(format!("{} not in the index: no search can find them", count(missing, "relevant document")));
    }
    let contradicted = set.judgements.contradicted() as u64;
    if contradicted > 0 {
        notes.push(format!("{} judged twice, differently: the last judgement holds", count(contradicted, "pair")));
    }
    notes
}

/// `1 judged query`, `2 judged queries`.
fn numbered(number: u64, kind: &str) -> String {
    format!("{} {kind} {}", output::thousands(number), if number == 1 { "query" } else { "queries" })
}

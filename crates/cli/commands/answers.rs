//! An answer, printed for people or for programs.
//!
//! All of it is made from the document of `ask --json`, so that an answer of a server reads as one of the index.

use semsearch_report::ask as report;

use crate::args::{Ask, VectorSearchArgs};
use crate::hits;
use crate::output::{self, STRONG, count, plain};

/// Prints an answer in the form that is wanted. `explain` is how it was found, as far as that is known; it is told only if that
/// is asked for.
pub(super) fn print(
    args: &Ask,
    is_stream: bool,
    answer: &report::Answer,
    explain: Option<&report::Explain>,
) -> anyhow::Result<()> {
    if args.json {
        output::print_json(answer)?;
    } else if args.jsonl {
        for line in answer.lines() {
            output::print_json_line(&line)?;
        }
        if answer.hits.is_empty() {
            // A reader that waits for the answer of each question must see this one end.
            output::print_json_line(&answer.no_hit())?;
        }
    } else {
        if is_stream {
            let text = plain(&answer.query.replace('\n', " "));
            let id = answer.query_id.as_deref().map(|id| format!("{}: ", plain(id))).unwrap_or_default();
            output::print(&format!("{STRONG}{id}{text}{STRONG:#}\n\n"))?;
        }
        output::print(&hits::human(&answer.hits, args.shown.full))?;
        notes(answer).into_iter().for_each(output::say);
        output::say(timings(answer.hits.len(), answer.documents, &mode(answer), &answer.took_us));
    }
    if answer.truncated && (args.json || args.jsonl) {
        output::say(TRUNCATED);
    }
    if output::is_verbose() || (args.explain && !args.json) {
        explanation(answer, explain, args).into_iter().for_each(output::say);
    }
    Ok(())
}

/// Said of a question whose end the model did not read.
const TRUNCATED: &str = "the question is longer than the model reads: its end counts by its words only";

/// What a reader has to know of the answer beside its papers.
fn notes(answer: &report::Answer) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(report::Also { corrected, expanded, .. }) = &answer.also {
        for report::Corrected { typed, used, .. } in corrected {
            notes.push(format!("no paper holds `{}`; also searched: {}", plain(typed), used.join(", ")));
        }
        if !expanded.is_empty() {
            notes.push(format!("also searched: {}", expanded.join(", ")));
        }
    }
    if answer.truncated {
        notes.push(TRUNCATED.to_owned());
    }
    if answer.hits.is_empty() {
        return notes;
    }
    match answer.confidence.map(|confidence| confidence.level) {
        Some(report::Level::None) if is_of_all(answer) => notes.push(
            "no paper here is likely to answer all of this; --any finds papers that answer one question".to_owned(),
        ),
        Some(report::Level::None) => {
            notes.push("nothing here is likely to answer this; the nearest papers are shown".to_owned())
        }
        Some(report::Level::Weak) => notes.push("few papers here have to do with this".to_owned()),
        _ => {}
    }
    notes
}

/// Whether a paper had to answer several questions.
fn is_of_all(answer: &report::Answer) -> bool {
    answer.parts.as_ref().is_some_and(|parts| parts.combine == report::Combine::All && parts.texts.len() > 1)
}

/// How many papers were found how, and how long that took.
pub(super) fn timings(shown: usize, papers: u64, how: &str, took: &report::Took) -> String {
    let ms = |us: u64| format!("{:.1} ms", us as f64 / 1e3);
    format!(
        "{shown} of {}, {how} search; encode {}, search {}, total {}",
        count(papers, "paper"),
        ms(took.encode),
        ms(took.search + took.lexical + took.fuse + took.rerank),
        ms(took.total)
    )
}

/// What ranked the answer and how vectors were searched, in a few letters.
fn mode(answer: &report::Answer) -> String {
    let bridged = if answer.bridged.is_some() { "bridged " } else { "" };
    match (answer.mode.as_str(), answer.vectors.map(report::Vectors::as_str)) {
        ("dense", Some(vectors)) => format!("{bridged}{vectors}"),
        (mode, Some(vectors)) => format!("{bridged}{mode} ({vectors})"),
        (mode, None) => mode.to_owned(),
    }
}

/// Says how candidates were found, how sure the answer is, and how vectors were searched.
fn explanation(answer: &report::Answer, explain: Option<&report::Explain>, args: &Ask) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(found) = explain.and_then(|explain| explain.candidates) {
        let weight = found.weight.filter(|_| answer.mode == report::Mode::Hybrid);
        let weight = weight.map(|weight| format!("; words weigh {weight}")).unwrap_or_default();
        lines.push(format!(
            "{} candidates: {} by meaning, {} by words, every score exact{weight}",
            found.union, found.dense, found.lexical
        ));
    }
    if let Some(report::Confidence { top_cosine, cover, .. }) = answer.confidence {
        let cover = 100.0 * cover;
        lines.push(format!("best cosine {top_cosine:.3}; the best hits hold {cover:.0} % of what the words tell"));
    }
    let search = explain.and_then(|explain| explain.vectors);
    lines.extend(search.map(|search| vector_search(&search, &args.vectors)));
    lines
}

/// Says which strategy was used, why, and how many rows were compared.
fn vector_search(search: &report::VectorSearch, args: &VectorSearchArgs) -> String {
    let papers = |number: u64| count(number, "paper");
    let us = |us: f64| format!("{us:.0} µs");
    let (scan, graph) = (search.expected_us.scan, search.expected_us.graph);
    let kept = match search.papers_kept_by_filter {
        kept if kept < search.papers => format!(" ({kept} kept by the filter)"),
        _ => String::new(),
    };
    let is_asked = args.exact || args.graph || args.rerank;
    let why = match (search.proven_exact, is_asked) {
        (true, true) if args.exact => "as asked".to_owned(),
        (false, true) => "as asked".to_owned(),
        (true, true) => "although graph search was asked for: it could not have found more".to_owned(),
        (true, false) => format!("expected {} against {} for the graph", us(scan), us(graph)),
        (false, false) => format!("expected {} against {} for a scan", us(graph), us(scan)),
    };
    let (coded, full) = (search.compared_by_code, search.compared_in_full);
    let all = papers(search.papers);
    match search.proven_exact {
        true => format!(
            "exact, {why}; {all}{kept}\n  {coded} compared by code, {full} in full precision; no other can be among the best"
        ),
        false => format!(
            "graph, {why}; {all}{kept}\n  {} steps, {coded} compared by code, {full} in full precision",
            search.expanded
        ),
    }
}

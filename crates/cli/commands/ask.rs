//! `semsearch ask`: a question in, papers out.

use semsearch_corpus::Document;
use semsearch_engine::align::Alignment;
use semsearch_engine::{
    Answer, ChosenStrategy, Confidence, Correction, Explain, Found, Fusion, Level, QuestionOptions, Ranker, Reasons,
    SearchOptions, Strategy,
};
use semsearch_report::ask as report;
use semsearch_store::Collection;

use super::switch::human_overlap;
use crate::args::Ask;
use crate::exit::{Exit, UsageError};
use crate::output::{self, FAINT, SCORE, STRONG, count, plain};
use crate::{setup, stdin};

/// The number of lines of an abstract that are shown.
const ABSTRACT_LINES: usize = 3;
/// The number of authors that are named.
const NAMED_AUTHORS: usize = 3;

pub(crate) fn run(args: &Ask, offline: bool) -> anyhow::Result<Exit> {
    let options = options(args)?;
    let path = setup::index_path(&args.index)?;
    let session = setup::session(Collection::open(&path)?, args.model.as_deref(), &args.run, offline)?;
    let (collection, searcher) = (session.collection(), session.searcher());
    let pool = setup::pool(&args.run)?;
    let model = session.model_name();
    if let Some(alignment) = searcher.alignment() {
        output::say(aligned(model, collection, alignment));
    }
    if options.ranker.is_none() && !searcher.has_words()? {
        output::say("found by meaning alone: an earlier version made this index; `semsearch vacuum` adds words");
    }
    let several = args.query == "-";
    let (mut asked, mut hits, mut answered) = (0, 0, 0);
    let mut answer = |query: &str| -> anyhow::Result<()> {
        let answer = pool.install(|| searcher.search(query, &options))?;
        asked += 1;
        hits += answer.hits.len();
        let is_answered = answer.confidence.as_ref().is_none_or(|confidence| confidence.level != Level::None);
        answered += usize::from(is_answered && !answer.hits.is_empty());
        if args.json {
            output::print_json(&report::Answer::new(query, model, &answer, &options.filter, args.explain))?;
        } else if args.jsonl {
            for line in report::HitLine::all(query, &answer) {
                output::print_json_line(&line)?;
            }
        } else {
            output::print(&human(query, &answer, several))?;
            notes(&answer).into_iter().for_each(output::say);
            output::say(timings(&answer, collection));
        }
        if args.explain && !args.json {
            explanation(&answer, args).into_iter().for_each(output::say);
        }
        Ok(())
    };
    if several {
        for line in stdin::lines() {
            let line = line?;
            if !line.trim().is_empty() {
                answer(&line)?;
            }
        }
    } else {
        answer(&args.query)?;
    }
    if asked > 0 && hits == 0 {
        output::say(match options.filter.is_everything() {
            true => "no paper has all that the query demands".to_owned(),
            false => format!("no paper in the index passes the filter: {}", options.filter),
        });
    }
    Ok(if answered > 0 { Exit::Success } else { Exit::NoHit })
}

fn options(args: &Ask) -> anyhow::Result<SearchOptions> {
    let filter = args.filters.filter()?;
    if args.query.trim().is_empty() {
        return Err(UsageError("the query is empty; ask in a few plain words".to_owned()).into());
    }
    let strategy = match (args.exact, args.graph) {
        (true, _) => Strategy::Exact,
        (false, true) => Strategy::Graph,
        (false, false) => Strategy::Auto,
    };
    let fusion = match (args.weight, args.rrf) {
        (_, true) => Some(Fusion::ReciprocalRank { k: 60.0 }),
        (Some(weight), false) => Some(Fusion::Convex { weight }),
        (None, false) => None,
    };
    let question = match args.as_typed {
        true => QuestionOptions::as_typed(),
        false => QuestionOptions::default().with_correct(!args.no_correct),
    };
    let options = SearchOptions::default().with_k(args.k).with_ef(args.ef).with_strategy(strategy);
    let options = options.with_rerank(args.rerank).with_filter(filter).with_reasons(args.explain);
    Ok(options.with_ranker(args.mode.map(Into::into)).with_fusion(fusion).with_question(question))
}

/// What a reader has to know of the answer beside its papers.
fn notes(answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    for Correction { typed, used, .. } in &answer.corrections {
        notes.push(format!("no paper holds `{}`; also searched: {}", plain(typed), used.join(", ")));
    }
    if !answer.expansions.is_empty() {
        notes.push(format!("also searched: {}", answer.expansions.join(", ")));
    }
    if answer.hits.is_empty() {
        return notes;
    }
    match answer.confidence.as_ref().map(|confidence| confidence.level) {
        Some(Level::None) => {
            notes.push("nothing here is likely to answer this; the nearest papers are shown".to_owned())
        }
        Some(Level::Weak) => notes.push("few papers here have to do with this".to_owned()),
        Some(Level::Good) | None => {}
    }
    notes
}

fn human(query: &str, answer: &Answer, several: bool) -> String {
    let width = output::width();
    let mut text = String::new();
    if several {
        text.push_str(&format!("{STRONG}{query}{STRONG:#}\n\n"));
    }
    for (found, rank) in answer.hits.iter().zip(1..) {
        text.push_str(&human_hit(rank, found, width));
        text.push('\n');
    }
    text
}

/// One paper: rank, score and title; then date, authors and venue; then the first lines of its abstract.
fn human_hit(rank: usize, found: &Found, width: usize) -> String {
    let document = &found.document;
    // The width of rank and score, which stand before the title; a score may be negative.
    let indent = " ".repeat(rank.to_string().len().max(3) + " -0.000  ".len());
    let room = width - indent.len();
    let title = if document.title.trim().is_empty() { &document.id } else { &document.title };
    let mut text = String::new();
    for (line, place) in textwrap::wrap(&plain(title), room).iter().zip(0..) {
        if place == 0 {
            text.push_str(&format!("{rank:>3} {SCORE}{:>6.3}{SCORE:#}  {STRONG}{line}{STRONG:#}\n", found.score));
        } else {
            text.push_str(&format!("{indent}{STRONG}{line}{STRONG:#}\n"));
        }
    }
    // Broken only at spaces, so that a link that fits on a line stays in one piece.
    let unbroken = textwrap::Options::new(room).word_separator(textwrap::WordSeparator::AsciiSpace);
    for line in textwrap::wrap(&byline(document), unbroken).iter().filter(|line| !line.is_empty()) {
        text.push_str(&format!("{indent}{FAINT}{line}{FAINT:#}\n"));
    }
    match &found.reasons {
        Some(reasons) => text.push_str(&why(found, reasons, &indent, room)),
        None => {
            for line in opening(&plain(&document.r#abstract), room) {
                text.push_str(&format!("{indent}{line}\n"));
            }
        }
    }
    text
}

/// Why a paper was found: its scores, the words it shares with the query, and the sentence that is nearest.
fn why(found: &Found, reasons: &Reasons, indent: &str, room: usize) -> String {
    let mut parts = Vec::new();
    parts.extend(found.cosine.map(|cosine| format!("cosine {cosine:.3}")));
    parts.extend(found.lexical.map(|lexical| format!("words {lexical:.1}")));
    if reasons.all_in_title {
        parts.push("all words in the title".to_owned());
    }
    if reasons.is_named {
        parts.push("named".to_owned());
    }
    let terms = reasons.matched.iter().map(|term| format!("{} {:.1}", plain(&term.word), term.idf));
    let terms: Vec<String> = terms.collect();
    if !terms.is_empty() {
        parts.push(format!("matched: {}", terms.join(", ")));
    }
    let mut text = String::new();
    for line in textwrap::wrap(&parts.join(" · "), room) {
        text.push_str(&format!("{indent}{FAINT}{line}{FAINT:#}\n"));
    }
    let words: Vec<&str> = reasons.matched.iter().map(|term| term.word.as_str()).collect();
    for line in textwrap::wrap(&plain(reasons.sentence.as_deref().unwrap_or_default()), room) {
        text.push_str(&format!("{indent}{}\n", marked(&line, &words)));
    }
    text
}

/// A line with the words that matched in bold.
fn marked(line: &str, words: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        match words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            true => text.push_str(&format!("{STRONG}{word}{STRONG:#}")),
            false => text.push_str(word),
        }
        let between = behind.find(char::is_alphanumeric).unwrap_or(behind.len());
        text.push_str(&behind[..between]);
        rest = &behind[between..];
    }
    text
}

/// Date, authors and venue, as far as they are known.
fn byline(document: &Document) -> String {
    let date = document.date.map(|date| date.to_string()).or_else(|| document.year.map(|year| year.to_string()));
    let parts = [date, authors(document), document.organization.clone(), document.venue.clone(), document.url.clone()];
    plain(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

fn authors(document: &Document) -> Option<String> {
    if document.authors.is_empty() {
        return document.authors_count.map(|number| count(u64::from(number), "author"));
    }
    let named: Vec<&str> = document.authors.iter().take(NAMED_AUTHORS).map(String::as_str).collect();
    let more = document.authors.len() - named.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(named.join(", ") + &rest)
}

/// The first lines of a text, with an ellipsis if it is longer.
fn opening(text: &str, width: usize) -> Vec<String> {
    // One column is kept free for the ellipsis.
    let mut lines: Vec<String> =
        textwrap::wrap(text, width - 1).into_iter().take(ABSTRACT_LINES + 1).map(String::from).collect();
    if lines.len() > ABSTRACT_LINES {
        lines.truncate(ABSTRACT_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn timings(answer: &Answer, collection: &Collection) -> String {
    let ms = |duration: std::time::Duration| format!("{:.1} ms", duration.as_secs_f64() * 1e3);
    let took = answer.took;
    format!(
        "{} of {}, {} search; encode {}, search {}, total {}",
        answer.hits.len(),
        count(collection.len() as u64, "paper"),
        mode(answer),
        ms(took.encode),
        ms(took.search + took.lexical + took.fuse + took.rerank),
        ms(took.total)
    )
}

/// The search mode of an answer, in a few letters.
fn mode(answer: &Answer) -> String {
    let bridged = if answer.aligned.is_some() { "bridged " } else { "" };
    match (answer.ranker, answer.mode) {
        (Ranker::Dense, Some(mode)) => format!("{bridged}{}", mode.as_str()),
        (ranker, Some(mode)) => format!("{bridged}{} ({})", ranker.as_str(), mode.as_str()),
        (ranker, None) => ranker.as_str().to_owned(),
    }
}

/// Says that the search used vectors of another model through an alignment, and its overlap@10.
fn aligned(model: &str, collection: &Collection, alignment: &Alignment) -> String {
    format!(
        "bridged: {model} has not embedded all papers, its questions are put to vectors of {} and find {}",
        collection.model().name(),
        human_overlap(&alignment.overlap().into(), alignment.documents() as u64)
    )
}

/// Says how candidates were found, how sure the answer is, and how vectors were searched.
fn explanation(answer: &Answer, args: &Ask) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(found) = answer.candidates {
        let weight = found.weight.filter(|_| answer.ranker == Ranker::Hybrid);
        let weight = weight.map(|weight| format!("; words weigh {weight}")).unwrap_or_default();
        lines.push(format!(
            "{} candidates: {} by meaning, {} by words, every score exact{weight}",
            found.union, found.dense, found.lexical
        ));
    }
    if let Some(Confidence { top_cosine, cover, .. }) = answer.confidence {
        let cover = 100.0 * cover;
        lines.push(format!("best cosine {top_cosine:.3}; the best hits hold {cover:.0} % of what the words tell"));
    }
    lines.extend(answer.explain.as_ref().map(|explain| vector_search(explain, args)));
    lines
}

/// Says which strategy was used, why, and how many rows were compared.
fn vector_search(explain: &Explain, args: &Ask) -> String {
    let papers = |n: usize| count(n as u64, "paper");
    let us = |ns: f64| format!("{:.0} µs", ns / 1e3);
    let (scan, graph) = (explain.expected_exact_ns, explain.expected_graph_ns);
    let kept =
        if explain.kept < explain.rows { format!(" ({} kept by the filter)", explain.kept) } else { String::new() };
    let asked = args.exact || args.graph || args.rerank;
    let why = match (explain.strategy, asked) {
        (ChosenStrategy::Exact, true) if args.exact => "as asked".to_owned(),
        (ChosenStrategy::Graph, true) => "as asked".to_owned(),
        (ChosenStrategy::Exact, true) => "although graph search was asked for: it could not have found more".to_owned(),
        (ChosenStrategy::Exact, false) => format!("expected {} against {} for the graph", us(scan), us(graph)),
        (ChosenStrategy::Graph, false) => format!("expected {} against {} for a scan", us(graph), us(scan)),
    };
    match explain.strategy {
        ChosenStrategy::Exact => format!(
            "exact, {why}; {}{kept}\n  {} compared by code, {} in full precision; no other can be among the best",
            papers(explain.rows),
            explain.coded,
            explain.full
        ),
        ChosenStrategy::Graph => format!(
            "graph, {why}; {}{kept}\n  {} steps, {} compared by code, {} in full precision",
            papers(explain.rows),
            explain.expanded,
            explain.coded,
            explain.full
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> Found {
        let title = "A title that is long enough to need a second line when the terminal is narrow";
        let document = Document::new("x", title, "word ".repeat(100))
            .with_authors(["Ada", "Bob", "Cem", "Dan"].map(str::to_owned).to_vec())
            .with_organization(Some("Example Lab".into()))
            .with_year(Some(2024));
        Found::dense(0.51234, document)
    }

    #[test]
    fn a_hit_fits_its_width_and_says_what_is_known() {
        let text = human_hit(1, &paper(), 60);
        let bare = anstream::adapter::strip_str(&text).to_string();
        assert!(bare.starts_with("  1  0.512  A title"), "{bare}");
        assert!(bare.contains("2024 · Ada, Bob, Cem and 1 more · Example Lab"), "{bare}");
        assert!(bare.lines().all(|line| line.chars().count() <= 60), "{bare}");
        assert!(bare.trim_end().ends_with('…'), "{bare}");
    }

    #[test]
    fn long_ranks_and_negative_scores_keep_the_width() {
        let mut found = paper();
        found.score = -0.25;
        let text = human_hit(12_345, &found, 60);
        let bare = anstream::adapter::strip_str(&text).to_string();
        assert!(bare.starts_with("12345 -0.250  A title"), "{bare}");
        assert!(bare.lines().all(|line| line.chars().count() <= 60), "{bare}");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let mut found = paper();
        found.document.title = "red \u{1b}[31malert\u{7}".into();
        let text = human_hit(1, &found, 80);
        assert!(!anstream::adapter::strip_str(&text).to_string().contains(['\u{1b}', '\u{7}']));
        assert!(!text.contains("[31malert\u{7}"));
    }
}

//! `semsearch ask`: a question in, papers out.

use std::path::Path;

use anyhow::Context;
use semsearch_engine::align::Alignment;
use semsearch_engine::{Combine, Fusion, QuestionOptions, Request, SearchError, SearchOptions, Session, Strategy};
use semsearch_report::ask as report;
use semsearch_report::shared::Near;
use semsearch_store::Collection;

use super::switch::human_overlap;
use super::{batch, questions, remote};
use crate::args::{Ask, OrderArgs, ShownArgs, SortArg, VectorSearchArgs};
use crate::exit::{Exit, UsageError};
use crate::output::{self, STRONG, count, plain};
use crate::{hits, near, setup, stdin};

pub(crate) fn run(args: &Ask, offline: bool) -> anyhow::Result<Exit> {
    if let Some(server) = &args.server.server {
        return remote::run(args, server);
    }
    let options = options(args)?;
    let request = request(args)?;
    let path = setup::index_path(&args.index)?;
    let session = setup::session(Collection::open(&path)?, args.model.as_deref(), &args.run, offline)?;
    let (collection, searcher) = (session.collection(), session.searcher());
    let pool = setup::pool(&args.run)?;
    if let Some(alignment) = searcher.alignment() {
        output::say(aligned(session.model_name(), collection, alignment));
    }
    if options.ranker.is_none() && !searcher.has_words()? {
        output::say("found by meaning alone: an earlier version made this index; `semsearch vacuum` adds words");
    }
    let Some(request) = request else {
        return batch::run(args, &session, &pool, &options);
    };
    let mut asker = Asker::new(args, options, session, pool, offline);
    if asker.is_stream {
        questions::each(|asked| {
            let request = asked.request.with_like(&args.like).with_unlike(&args.unlike);
            asker.go_on()?;
            asker.answer(&request, asked.id.as_deref(), Some(asked.number))
        })?;
    } else {
        asker.answer(&request, None, None)?;
    }
    if asker.asked == 0 {
        output::say("there was no question on standard input");
    } else if asker.found == 0 {
        let (collection, filter) = (asker.session.collection(), &asker.options.filter);
        near::nothing(collection, filter, asker.best_left_out)?.into_iter().for_each(output::say);
    }
    Ok(if asker.answered > 0 { Exit::Success } else { Exit::NoHit })
}

/// Answers questions, one after another.
struct Asker<'a> {
    args: &'a Ask,
    options: SearchOptions,
    session: Session,
    pool: rayon::ThreadPool,
    offline: bool,
    /// Whether questions come one after another.
    is_stream: bool,
    /// What a filter that no paper passes would nearly have matched; found out by the first question without a hit.
    near: Option<Vec<Near>>,
    asked: usize,
    found: usize,
    answered: usize,
    best_left_out: Option<f32>,
}

impl<'a> Asker<'a> {
    fn new(args: &'a Ask, options: SearchOptions, session: Session, pool: rayon::ThreadPool, offline: bool) -> Self {
        let is_stream = args.query == ["-"];
        let (asked, found, answered) = (0, 0, 0);
        let (near, best_left_out) = (None, None);
        Asker { args, options, session, pool, offline, is_stream, near, asked, found, answered, best_left_out }
    }

    /// Goes on to what the index holds now.
    fn go_on(&mut self) -> anyhow::Result<()> {
        let is_newer = match self.session.reload() {
            Ok(is_newer) => is_newer,
            // The index answers with another model now.
            Err(SearchError::Model(_) | SearchError::TooWeak { .. }) if self.args.model.is_none() => {
                let collection = Collection::open(self.session.collection().root())?;
                self.session = setup::session(collection, None, &self.args.run, self.offline)?;
                true
            }
            Err(error) => return Err(error.into()),
        };
        if is_newer {
            self.near = None;
            let papers = count(self.session.collection().len() as u64, "paper");
            output::say(format!("the index has changed: {papers} now"));
        }
        Ok(())
    }

    fn answer(&mut self, request: &Request, id: Option<&str>, number: Option<u64>) -> anyhow::Result<()> {
        let Asker { args, options, .. } = &*self;
        let (args, searcher) = (*args, self.session.searcher());
        let answer = self.pool.install(|| searcher.answer(request, options))?;
        self.asked += 1;
        self.found += answer.hits.len();
        self.answered += usize::from(answer.is_likely());
        self.best_left_out = self.best_left_out.into_iter().chain(answer.best_left_out).reduce(f32::max);
        let mut document = report::Answer::new(request, self.session.model_name(), &answer, &self.options);
        document = document.with_query_number(number);
        if let Some(id) = id {
            document = document.with_query_id(id);
        }
        if (args.json || args.jsonl) && answer.hits.is_empty() {
            document = document.with_near(self.near()?);
        }
        let explain = document.explain.unwrap_or_else(|| report::Explain::from(&answer));
        print(args, self.is_stream, &document, Some(&explain))
    }

    fn near(&mut self) -> anyhow::Result<Vec<Near>> {
        if self.near.is_none() {
            self.near = Some(near::of(self.session.collection(), &self.options.filter)?);
        }
        Ok(self.near.clone().unwrap_or_default())
    }
}

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

/// What is asked; `None` if a file holds many questions.
pub(super) fn request(args: &Ask) -> anyhow::Result<Option<Request>> {
    let several = &args.several;
    let query = (!args.query.is_empty()).then(|| args.query.join(" "));
    let request = match (query, &several.file, &several.batch) {
        (_, _, Some(_)) if !(args.json || args.jsonl || several.trec) => {
            return Err(UsageError("--batch writes for programs: add --jsonl, --json or --trec".to_owned()).into());
        }
        (_, _, Some(_)) => return Ok(None),
        (_, Some(file), _) => Request::of_prose(&text_of(file)?),
        (Some(query), _, _) => Request::new(query),
        _ => {
            let combine = if several.any { Combine::Any } else { Combine::All };
            Request::of_several(&several.questions, combine)
        }
    };
    if request.texts.is_empty() || request.texts.iter().any(|text| text.trim().is_empty()) {
        let what = if several.file.is_some() { "the file holds no text" } else { "the query is empty" };
        return Err(UsageError(format!("{what}; ask in a few plain words")).into());
    }
    Ok(Some(request.with_like(&args.like).with_unlike(&args.unlike)))
}

/// The text of a file, or of standard input for `-`.
fn text_of(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return stdin::text();
    }
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        UsageError(format!("{}: expected UTF-8 text, found other bytes at byte {place}", file.display())).into()
    })
}

fn options(args: &Ask) -> anyhow::Result<SearchOptions> {
    let fusion = match (args.weight, args.rrf) {
        (_, true) => Some(Fusion::ReciprocalRank { k: 60.0 }),
        (Some(weight), false) => Some(Fusion::Convex { weight }),
        (None, false) => None,
    };
    let question = match args.as_typed {
        true => QuestionOptions::as_typed(),
        false => QuestionOptions::default().with_correct(!args.no_correct),
    };
    let options = search_options(&args.vectors, &args.order, &args.shown).with_k(args.k);
    let options = options.with_filter(args.filters.filter()?).with_reasons(args.explain);
    Ok(options.with_ranker(args.mode.map(Into::into)).with_fusion(fusion).with_question(question))
}

/// The options that `ask` and `similar` share.
pub(super) fn search_options(vectors: &VectorSearchArgs, order: &OrderArgs, shown: &ShownArgs) -> SearchOptions {
    let strategy = match (vectors.exact, vectors.graph) {
        (true, _) => Strategy::Exact,
        (false, true) => Strategy::Graph,
        (false, false) => Strategy::Auto,
    };
    let options = SearchOptions::default().with_ef(vectors.ef).with_strategy(strategy).with_rerank(vectors.rerank);
    let options = options.with_diversity(order.diverse).with_recency(order.recency);
    options.with_min_score(shown.min_score).with_order(shown.sort.and_then(SortArg::order))
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
        Some(report::Level::None) => {
            notes.push("nothing here is likely to answer this; the nearest papers are shown".to_owned())
        }
        Some(report::Level::Weak) => notes.push("few papers here have to do with this".to_owned()),
        _ => {}
    }
    notes
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

/// Says that the search used vectors of another model through an alignment, and its overlap@10.
fn aligned(model: &str, collection: &Collection, alignment: &Alignment) -> String {
    format!(
        "bridged: {model} has not embedded all papers, its questions are put to vectors of {} and find {}",
        collection.model().name(),
        human_overlap(&alignment.overlap().into(), alignment.documents() as u64)
    )
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

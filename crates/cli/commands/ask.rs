//! `semsearch ask`: a question in, papers out.

use std::path::Path;

use anyhow::Context;
use semsearch_engine::align::Alignment;
use semsearch_engine::{
    Answer, ChosenStrategy, Combine, Confidence, Correction, Explain, Fusion, Level, QuestionOptions, Ranker, Request,
    SearchError, SearchOptions, Session, Strategy,
};
use semsearch_report::ask as report;
use semsearch_report::shared::Near;
use semsearch_store::Collection;

use super::switch::human_overlap;
use super::{batch, questions};
use crate::args::{Ask, OrderArgs, ShownArgs, SortArg, VectorSearchArgs};
use crate::exit::{Exit, UsageError};
use crate::output::{self, STRONG, count, plain};
use crate::{guesses, hits, near, setup, stdin};

pub(crate) fn run(args: &Ask, offline: bool) -> anyhow::Result<Exit> {
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
    let asked = if request.is_prose { Vec::new() } else { request.texts.clone() };
    asked.iter().filter_map(|question| guesses::hint(question)).take(1).for_each(output::say);
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
        for question in asked.iter().filter(|_| !asker.is_stream) {
            near::demanded(collection, question)?.into_iter().for_each(output::say);
        }
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
        if args.json || args.jsonl {
            let near = if answer.hits.is_empty() { self.near()? } else { Vec::new() };
            self.print_json(request, &answer, id, number, near)?;
            if answer.truncated {
                output::say(TRUNCATED);
            }
        } else {
            if self.is_stream {
                let text = plain(&request.texts.join(" "));
                let id = id.map(|id| format!("{}: ", plain(id))).unwrap_or_default();
                output::print(&format!("{STRONG}{id}{text}{STRONG:#}\n\n"))?;
            }
            output::print(&hits::human(&answer.hits, args.shown.full))?;
            notes(&answer).into_iter().for_each(output::say);
            output::say(timings(&answer, self.session.collection()));
        }
        if output::is_verbose() || (args.explain && !args.json) {
            explanation(&answer, args).into_iter().for_each(output::say);
        }
        Ok(())
    }

    fn print_json(
        &self,
        request: &Request,
        answer: &Answer,
        id: Option<&str>,
        number: Option<u64>,
        near: Vec<Near>,
    ) -> anyhow::Result<()> {
        if self.args.json {
            let document = report::Answer::new(request, self.session.model_name(), answer, &self.options);
            let document = document.with_query_number(number).with_near(near);
            return Ok(output::print_json(&match id {
                Some(id) => document.with_query_id(id),
                None => document,
            })?);
        }
        for line in report::HitLine::all(request, answer) {
            let line = line.with_query_number(number);
            output::print_json_line(&match id {
                Some(id) => line.with_query_id(id),
                None => line,
            })?;
        }
        if answer.hits.is_empty() {
            // A reader that waits for the answer of each question must see this one end.
            let line = report::NoHit::new(request, id).with_query_number(number);
            output::print_json_line(&line.with_truncated(answer.truncated).with_near(near))?;
        }
        Ok(())
    }

    fn near(&mut self) -> anyhow::Result<Vec<Near>> {
        if self.near.is_none() {
            self.near = Some(near::of(self.session.collection(), &self.options.filter)?);
        }
        Ok(self.near.clone().unwrap_or_default())
    }
}

/// What is asked; `None` if a file holds many questions.
fn request(args: &Ask) -> anyhow::Result<Option<Request>> {
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
fn notes(answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    for Correction { typed, used, .. } in &answer.corrections {
        notes.push(format!("no paper holds `{}`; also searched: {}", plain(typed), used.join(", ")));
    }
    if !answer.expansions.is_empty() {
        notes.push(format!("also searched: {}", answer.expansions.join(", ")));
    }
    if answer.truncated {
        notes.push(TRUNCATED.to_owned());
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

pub(super) fn timings(answer: &Answer, collection: &Collection) -> String {
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
    lines.extend(answer.explain.as_ref().map(|explain| vector_search(explain, &args.vectors)));
    lines
}

/// Says which strategy was used, why, and how many rows were compared.
fn vector_search(explain: &Explain, args: &VectorSearchArgs) -> String {
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

//! `semsearch ask`: a question in, papers out.

use semsearch_engine::align::Alignment;
use semsearch_engine::{Fusion, QuestionOptions, Request, SearchError, SearchOptions, Session, Strategy};
use semsearch_report::ask as report;
use semsearch_report::shared::Near;
use semsearch_store::Collection;

use super::answers::print;
use super::questions::request;
use super::switch::human_overlap;
use super::{batch, questions, remote};
use crate::args::{Ask, OrderArgs, ShownArgs, SortArg, VectorSearchArgs};
use crate::exit::Exit;
use crate::output::{self, count};
use crate::{guesses, near, setup};

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
    questions::taken_for(args, &request).into_iter().for_each(output::say);
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

/// Says that the search used vectors of another model through an alignment, and its overlap@10.
fn aligned(model: &str, collection: &Collection, alignment: &Alignment) -> String {
    format!(
        "bridged: {model} has not embedded all papers, its questions are put to vectors of {} and find {}",
        collection.model().name(),
        human_overlap(&alignment.overlap().into(), alignment.documents() as u64)
    )
}

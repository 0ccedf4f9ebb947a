//! `semsearch ask --server`: the same questions, answered by a server.
//!
//! Everything that `ask` can be asked goes to `POST /api/search`, and what comes back is the document that `ask --json` prints. What
//! people read is made of that document, so that both ways to ask print the same.

use std::time::Duration;

use anyhow::Context;
use semsearch_engine::{Combine, Request};
use semsearch_report::ask::Answer;
use semsearch_task::ErrorKind;
use serde_json::{Map, Value, json};

use super::answers::print;
use super::questions::{self, request};
use crate::args::{Ask, ModeArg, SortArg};
use crate::exit::{Exit, ServerFailure, UsageError};
use crate::output::{self, plain};
use crate::{guesses, near};

/// The longest that an answer may take, waiting in the server's line included.
const PATIENCE: Duration = Duration::from_secs(120);
/// The most bytes of an answer.
const LARGEST: u64 = 256 << 20;
/// How often a server that has too much to do is asked again, a second apart.
const TRIES: u32 = 20;

pub(crate) fn run(args: &Ask, server: &str) -> anyhow::Result<Exit> {
    let Some(request) = request(args)? else {
        return Err(UsageError("a server answers questions on standard input: `ask - --server URL`".to_owned()).into());
    };
    let hint = request.texts.iter().filter(|_| !request.is_prose).find_map(|question| guesses::hint(question));
    hint.into_iter().chain(questions::taken_for(args, &request)).for_each(output::say);
    let mut asker = Asker::new(args, server)?;
    if args.query == ["-"] {
        questions::each(|asked| {
            let request = asked.request.with_like(&args.like).with_unlike(&args.unlike);
            asker.ask(&request, asked.id.as_deref(), Some(asked.number))
        })?;
        if asker.asked == 0 {
            output::say("there was no question on standard input");
        }
    } else {
        asker.ask(&request, None, None)?;
    }
    Ok(if asker.answered > 0 { Exit::Success } else { Exit::NoHit })
}

/// Asks questions, one after another, over one connection.
struct Asker<'a> {
    args: &'a Ask,
    address: String,
    token: Option<&'a str>,
    agent: ureq::Agent,
    /// What every question asks for besides its text.
    options: Map<String, Value>,
    asked: usize,
    answered: usize,
}

impl<'a> Asker<'a> {
    fn new(args: &'a Ask, server: &str) -> anyhow::Result<Self> {
        if !server.starts_with("http://") && !server.starts_with("https://") {
            let form = format!("expected an address such as http://127.0.0.1:7700 for --server, found {server}");
            return Err(UsageError(form).into());
        }
        // A proxy is for the web, and would not find this machine's own addresses.
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).proxy(None);
        Ok(Asker {
            args,
            address: format!("{}/api/search", server.trim_end_matches('/')),
            token: args.server.token.as_deref(),
            agent: config.build().into(),
            options: options(args)?,
            asked: 0,
            answered: 0,
        })
    }

    fn ask(&mut self, request: &Request, id: Option<&str>, number: Option<u64>) -> anyhow::Result<()> {
        let answer = self.answer(request)?.with_query_number(number);
        let answer = match id {
            Some(id) => answer.with_query_id(id),
            None => answer,
        };
        self.asked += 1;
        self.answered += usize::from(answer.is_likely());
        print(self.args, number.is_some(), &answer, answer.explain.as_ref())?;
        if answer.hits.is_empty() {
            near::nothing_of(&answer).into_iter().for_each(output::say);
        }
        Ok(())
    }

    /// Sends a question, and reads its answer.
    fn answer(&self, request: &Request) -> anyhow::Result<Answer> {
        let mut question = self.options.clone();
        question.insert("q".to_owned(), json!(request.texts));
        question.insert("combine".to_owned(), json!(if request.combine == Combine::Any { "any" } else { "all" }));
        question.insert("prose".to_owned(), json!(request.is_prose));
        let body = json!({"queries": [question]}).to_string();
        for left in (0..TRIES).rev() {
            let (status, answer) = self.send(&body)?;
            match status {
                200 => return self.read(&answer),
                503 if left > 0 => std::thread::sleep(Duration::from_secs(1)),
                _ => return Err(self.refused(status, &answer)),
            }
        }
        Err(self.refused(503, b""))
    }

    fn send(&self, body: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        let unreachable = || format!("cannot ask the server at {}", self.address);
        let mut request = self.agent.post(&self.address).header("Content-Type", "application/json");
        if let Some(token) = self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(body).with_context(unreachable)?;
        let status = response.status().as_u16();
        let answer = response.body_mut().with_config().limit(LARGEST).read_to_vec().with_context(unreachable)?;
        Ok((status, answer))
    }

    fn read(&self, answer: &[u8]) -> anyhow::Result<Answer> {
        /// What `POST /api/search` says.
        #[derive(serde::Deserialize)]
        struct Answers {
            answers: Vec<Answer>,
        }
        let answers: Result<Answers, _> = serde_json::from_slice(answer);
        let answers = answers.with_context(|| {
            let told = format!("{} gives no answer of semsearch: is it a server of another version?", self.address);
            ServerFailure { told, kind: ErrorKind::Io }
        })?;
        let none = || ServerFailure { told: format!("{} gives no answer", self.address), kind: ErrorKind::Io };
        answers.answers.into_iter().next().ok_or_else(|| none().into())
    }

    /// What a refusal says, and whose fault it is.
    fn refused(&self, status: u16, answer: &[u8]) -> anyhow::Error {
        let problem: Value = serde_json::from_slice(answer).unwrap_or_default();
        // Questions of a batch are numbered, and this batch has one.
        let detail = problem["detail"].as_str().unwrap_or_default().trim_start_matches("question 1: ");
        let told = match status {
            401 => "the server wants a token: add --token TOKEN, or set SEMSEARCH_TOKEN".to_owned(),
            _ if detail.is_empty() => format!("{} answers with status {status}", self.address),
            _ => format!("the server says: {}", plain(detail)),
        };
        let kind = match status {
            503 => ErrorKind::Busy,
            400..500 => ErrorKind::Usage,
            _ => ErrorKind::Io,
        };
        ServerFailure { told, kind }.into()
    }
}

/// What is asked for besides the text, under the names of the API.
fn options(args: &Ask) -> anyhow::Result<Map<String, Value>> {
    if args.k == usize::MAX {
        return Err(UsageError("a server gives at most 1000 papers: say how many with -k".to_owned()).into());
    }
    let filters = &args.filters;
    let mode = args.mode.map(|mode| match mode {
        ModeArg::Hybrid => "hybrid",
        ModeArg::Dense => "dense",
        ModeArg::Lexical => "lexical",
    });
    let sort = args.shown.sort.map(|sort| match sort {
        SortArg::Score => "score",
        SortArg::Date => "date",
        SortArg::Year => "year",
        SortArg::Title => "title",
    });
    let options = json!({
        "k": args.k,
        "mode": mode,
        "weight": args.weight,
        "rrf": args.rrf,
        "exact": args.vectors.exact,
        "graph": args.vectors.graph,
        "rerank": args.vectors.rerank,
        "ef": args.vectors.ef,
        "explain": args.explain,
        "like": args.like,
        "unlike": args.unlike,
        "diverse": args.order.diverse,
        "recency": args.order.recency.map(|half_life| format!("{}d", half_life.days())),
        "min_score": args.shown.min_score,
        "sort": sort,
        "no_correct": args.no_correct,
        "as_typed": args.as_typed,
        "since": filters.since.map(|date| date.to_string()),
        "until": filters.until.map(|date| date.to_string()),
        "year": filters.year.map(|years| years.to_string()),
        "venue": filters.venue,
        "category": filters.category,
        "org": filters.org,
        "author": filters.author,
        "source": filters.source,
        "where": filters.expression,
    });
    match options {
        Value::Object(options) => Ok(options),
        _ => Ok(Map::new()),
    }
}

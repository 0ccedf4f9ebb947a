//! `semsearch ask --batch`: many questions, answered side by side, in their order.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use rayon::prelude::*;
use semsearch_engine::{Request, SearchError, SearchOptions, Session};
use semsearch_eval::retrieval::{self, AskError, Query, read_queries, read_queries_from};
use semsearch_report::ask as report;
use semsearch_task::{Progress, Stage};

use crate::args::Ask;
use crate::exit::{Exit, UsageError};
use crate::progress::IngestProgress;
use crate::{near, output, stdin};

/// Questions that are answered before their answers are printed.
const CHUNK: usize = 256;
/// The name of the run in TREC's form.
const TAG: &str = "semsearch";

pub(super) fn run(
    args: &Ask,
    session: &Session,
    pool: &rayon::ThreadPool,
    options: &SearchOptions,
) -> anyhow::Result<Exit> {
    let Some(path) = &args.several.batch else { return Ok(Exit::Success) };
    let queries = questions(path)?;
    let progress = IngestProgress::new();
    let outcome = match args.several.trec {
        true => pool.install(|| trec(session, &queries, options, &progress)),
        false => pool.install(|| json(args, session, &queries, options, &progress)),
    };
    progress.finish();
    Ok(if outcome? { Exit::Success } else { Exit::NoHit })
}

/// Prints a TREC run; returns whether there is any hit.
fn trec(
    session: &Session,
    queries: &[Query],
    options: &SearchOptions,
    progress: &IngestProgress,
) -> anyhow::Result<bool> {
    let run = retrieval::ask(session.searcher(), queries, options, progress)?;
    let mut text = Vec::new();
    run.write(&mut text, TAG)?;
    output::print_bytes(&text)?;
    Ok(!text.is_empty())
}

/// Prints JSON; returns whether any question was answered.
fn json(
    args: &Ask,
    session: &Session,
    queries: &[Query],
    options: &SearchOptions,
    progress: &IngestProgress,
) -> anyhow::Result<bool> {
    let (searcher, model) = (session.searcher(), session.model_name());
    progress.begin(Stage::Measure, queries.len());
    let (mut is_any_answered, mut number, mut cut) = (false, 0, 0);
    let near = near::of(session.collection(), &options.filter)?;
    for chunk in queries.chunks(CHUNK) {
        let answers = chunk.par_iter().map(|query| {
            progress.check()?;
            let request = Request::new(query.text.clone());
            let answer = searcher.answer(&request, options);
            progress.advance(1, 0);
            match answer {
                Ok(answer) => Ok((request, Some(answer))),
                Err(SearchError::EmptyQuery) => Ok((request, None)),
                Err(source) => Err(AskError::Search { query: query.id.clone(), source }),
            }
        });
        let answers: Vec<_> = answers.collect::<Result<_, AskError>>()?;
        for (query, (request, answer)) in chunk.iter().zip(answers) {
            number += 1;
            let no_hit = || report::NoHit::new(&request, Some(&query.id)).with_query_number(Some(number));
            let Some(answer) = answer else {
                output::print_json_line(&no_hit())?;
                continue;
            };
            is_any_answered |= answer.is_likely();
            cut += u64::from(answer.truncated);
            if args.json {
                let document = report::Answer::new(&request, model, &answer, options).with_near(near.clone());
                output::print_json_line(&document.with_query_id(&query.id).with_query_number(Some(number)))?;
                continue;
            }
            for line in report::HitLine::all(&request, &answer) {
                output::print_json_line(&line.with_query_id(&query.id).with_query_number(Some(number)))?;
            }
            if answer.hits.is_empty() {
                output::print_json_line(&no_hit().with_truncated(answer.truncated).with_near(near.clone()))?;
            }
        }
    }
    if cut > 0 {
        let questions = output::count(cut, "question");
        output::say(format!("{questions} longer than the model reads: their ends count by their words only"));
    }
    Ok(is_any_answered)
}

/// The questions of a file: JSON lines if its first line is a JSON object, else one question a line, whose number is its
/// id.
fn questions(path: &Path) -> anyhow::Result<Vec<Query>> {
    if path != Path::new("-") && path.extension().is_some_and(|extension| extension == "gz") {
        return Ok(read_queries(path)?);
    }
    let (name, bytes) = match path == Path::new("-") {
        true => (Path::new("standard input"), stdin::all()?),
        false => (path, read(path)?),
    };
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        return Ok(read_queries_from(name, Cursor::new(bytes))?);
    }
    let mut queries = Vec::new();
    for (line, number) in BufReader::new(Cursor::new(bytes)).lines().zip(1_u64..) {
        let line = line.map_err(|_| {
            let name = name.display();
            UsageError(format!("{name}, line {number}: expected UTF-8 text, found other bytes"))
        })?;
        if !line.trim().is_empty() {
            queries.push(Query { id: number.to_string(), text: line.trim().to_owned() });
        }
    }
    match queries.is_empty() {
        true => Err(UsageError(format!("{}: expected a question, found none", name.display())).into()),
        false => Ok(queries),
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    use anyhow::Context;
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

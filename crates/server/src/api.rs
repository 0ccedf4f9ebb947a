//! The API: searches, papers, counts. What it says is what the command line says with `--json`.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use semsearch_corpus::{Document, ListForm, ListWriter};
use semsearch_engine::{Matched, SearchError, SearchOptions, exact_id, find_paper, similar};
use semsearch_index::RowSet;
use semsearch_report::Counted;
use semsearch_report::ask::Answer;
use semsearch_report::facets::Facets as FacetsReport;
use semsearch_report::paper::PaperLine;
use semsearch_report::shared::Near;
use semsearch_report::similar::Similar;
use semsearch_store::{FacetField, Facets, Filter, TextField};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::limits;
use crate::live::Newest;
use crate::maps;
use crate::parameters::{FILTERS, Parameters, SEARCH, Search};
use crate::problem::Problem;
use crate::state::State;
use crate::work::NotDone;

/// The parameters of counts beside those that choose papers.
pub(crate) const FACETS: [&str; 4] = ["by", "q", "top", "limit"];
/// The parameters of a request for similar papers beside those that choose papers.
pub(crate) const SIMILAR: [&str; 1] = ["k"];

/// A document of JSON with status 200.
pub(crate) fn json_response(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A value as JSON.
pub(crate) fn bytes(value: &impl Serialize) -> Result<Bytes, Problem> {
    let text = serde_json::to_vec(value);
    text.map(Bytes::from).map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// `GET /api/search`.
pub(crate) async fn search(state: Arc<State>, query: Option<String>) -> Result<Response<Body>, Problem> {
    let parameters = Parameters::of_api(query.as_deref(), &[&SEARCH, &FILTERS])?;
    answered(&state, parameters).await.map(json_response)
}

/// The answer to a search, kept or new.
async fn answered(state: &Arc<State>, parameters: Parameters) -> Result<Bytes, Problem> {
    let search = parameters.search()?;
    let newest = state.newest().await?;
    let key = parameters.key();
    if let Some(kept) = state.cache.get(newest.number, &key) {
        state.metrics.count_kept();
        return Ok(kept);
    }
    let number = newest.number;
    let answer = state.work.run(move || answer(&newest, &search)).await??;
    let body = bytes(&answer)?;
    state.cache.put(number, key, body.clone());
    Ok(body)
}

/// Answers a search, on a thread that may take its time.
pub(crate) fn answer(newest: &Newest, search: &Search) -> Result<Answer, Problem> {
    let Search { request, options, offset } = search;
    let answer = newest.searcher.answer(request, options)?;
    let mut report = Answer::new(request, &newest.searcher.encoder().model().name, &answer, options);
    if report.hits.is_empty() {
        report = report.with_near(Near::of(newest.searcher.collection(), &options.filter)?);
    }
    report.hits.drain(..(*offset).min(report.hits.len()));
    Ok(report)
}

/// `POST /api/search`: many questions, whose answers come in the same order.
pub(crate) async fn search_all(state: Arc<State>, body: Bytes) -> Result<Response<Body>, Problem> {
    let questions = match parsed(&body)? {
        Value::Object(mut fields) if fields.len() == 1 => fields.remove("queries"),
        _ => None,
    };
    let Some(Value::Array(questions)) = questions else {
        return Err(Problem::bad(
            "queries",
            "expected {\"queries\": [\"a question\", {\"q\": \"another\", \"k\": 5}]}",
        ));
    };
    if questions.is_empty() || questions.len() > limits::QUESTIONS {
        return Err(Problem::bad("queries", format!("expected 1 to {} questions", limits::QUESTIONS)));
    }
    let mut searches = Vec::with_capacity(questions.len());
    for (at, question) in questions.into_iter().enumerate() {
        let parameters = Parameters::of_json(question, &[&SEARCH, &FILTERS]);
        let checked = parameters.and_then(|parameters| parameters.search().map(|_| parameters));
        searches.push(
            checked
                .map_err(|problem| Problem { detail: format!("question {}: {}", at + 1, problem.detail), ..problem })?,
        );
    }
    let mut answers = Vec::with_capacity(searches.len());
    // A few at a time: a batch leaves room in the line for others.
    for some in searches.chunks(limits::WAITING / 16) {
        // Dropped when the client goes, and with it what has not begun.
        let mut running = JoinSet::new();
        for (at, parameters) in some.iter().cloned().enumerate() {
            let state = state.clone();
            running.spawn(async move { answered(&state, parameters).await.map(|answer| (at, answer)) });
        }
        let mut done = Vec::with_capacity(some.len());
        while let Some(answer) = running.join_next().await {
            done.push(answer.map_err(|_| NotDone::Failed)??);
        }
        done.sort_unstable_by_key(|(at, _)| *at);
        answers.extend(done.into_iter().map(|(_, answer)| answer));
    }
    let mut text = Vec::with_capacity(answers.iter().map(Bytes::len).sum::<usize>() + 32);
    text.extend_from_slice(b"{\"answers\":[");
    for (at, answer) in answers.iter().enumerate() {
        text.extend_from_slice(if at == 0 { b"" } else { b"," });
        text.extend_from_slice(answer);
    }
    text.extend_from_slice(b"]}");
    Ok(json_response(text.into()))
}

/// A body of JSON.
pub(crate) fn parsed(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad("body", format!("expected a body of JSON: {error}")))
}

/// `GET /api/papers/{id}`.
pub(crate) async fn paper(state: Arc<State>, id: String, query: Option<String>) -> Result<Response<Body>, Problem> {
    Parameters::of_api(query.as_deref(), &[])?;
    let newest = state.newest().await?;
    let found = state.work.run(move || document(&newest, &id)).await??;
    bytes(&PaperLine::from(found)).map(json_response)
}

/// `POST /api/papers`: many papers in their order, as JSON or as a list for a reference manager.
pub(crate) async fn papers(state: Arc<State>, body: Bytes) -> Result<Response<Body>, Problem> {
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| {
        Problem::bad("body", format!("expected {{\"ids\": [\"…\"], \"format\": \"json\"}}: {error}"))
    })?;
    if wanted.ids.is_empty() || wanted.ids.len() > limits::HITS {
        return Err(Problem::bad("ids", format!("expected 1 to {} ids", limits::HITS)));
    }
    let newest = state.newest().await?;
    state.work.run(move || cited(&newest, &wanted)).await?
}

/// The papers that are asked for, and how they are to be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    ids: Vec<String>,
    #[serde(default)]
    format: Format,
}

/// How papers are written.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Bibtex,
    Ris,
    Csl,
}

fn cited(newest: &Newest, wanted: &Wanted) -> Result<Response<Body>, Problem> {
    let mut papers = Vec::with_capacity(wanted.ids.len());
    let mut missing = Vec::new();
    for id in &wanted.ids {
        // Not by the beginning of an id: a list would get another paper in place of one that is gone.
        match exact_id(newest.searcher.collection(), id)? {
            Some(id) => papers.push(document(newest, &id)?),
            None => missing.push(id.clone()),
        }
    }
    if !missing.is_empty() {
        let told = format!("no paper has the id {}", missing.join(", "));
        return Err(Problem::new(StatusCode::NOT_FOUND, told).with_missing(missing));
    }
    let form = match wanted.format {
        Format::Json => {
            let papers: Vec<PaperLine> = papers.into_iter().map(PaperLine::from).collect();
            return bytes(&json!({"papers": papers})).map(json_response);
        }
        Format::Bibtex => ListForm::Bibtex,
        Format::Ris => ListForm::Ris,
        Format::Csl => ListForm::Csl,
    };
    citations(&papers, form)
}

/// Papers as a list for a reference manager.
pub(crate) fn citations(papers: &[Document], form: ListForm) -> Result<Response<Body>, Problem> {
    let write = || -> std::io::Result<Vec<u8>> {
        let mut list = ListWriter::begin(Vec::new(), form)?;
        papers.iter().try_for_each(|paper| list.push(paper))?;
        list.finish()
    };
    let text = write().map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The paper with this id, arXiv id, DOI or key in a source, or the only one whose id begins so.
pub(crate) fn document(newest: &Newest, name: &str) -> Result<Document, Problem> {
    let collection = newest.searcher.collection();
    let found = find_paper(collection, name)?;
    Ok(collection.document(found).map_err(SearchError::from)?)
}

/// `GET /api/papers/{id}/similar`.
pub(crate) async fn similar_papers(
    state: Arc<State>,
    id: String,
    query: Option<String>,
) -> Result<Response<Body>, Problem> {
    let parameters = Parameters::of_api(query.as_deref(), &[&SIMILAR, &FILTERS])?;
    let k = parameters.number("k", 1..=limits::HITS)?.unwrap_or(10);
    let options = SearchOptions::default().with_k(k).with_filter(parameters.filter()?);
    let newest = state.newest().await?;
    let found = state.work.run(move || alike(&newest, &[id], &options));
    bytes(&found.await??).map(json_response)
}

/// The papers most similar to papers, on a thread that may take its time.
pub(crate) fn alike(newest: &Newest, papers: &[String], options: &SearchOptions) -> Result<Similar, Problem> {
    let collection = newest.searcher.collection();
    let answer = similar(collection, papers, options)?;
    let mut report = Similar::new(papers, collection.model().name(), &answer, options);
    if report.hits.is_empty() {
        report = report.with_near(Near::of(collection, &options.filter)?);
    }
    Ok(report)
}

/// `GET /api/facets`.
pub(crate) async fn facets(state: Arc<State>, query: Option<String>) -> Result<Response<Body>, Problem> {
    let parameters = Parameters::of_api(query.as_deref(), &[&FACETS, &FILTERS])?;
    let by = parameters.one("by")?.and_then(facet_field);
    let by =
        by.ok_or_else(|| Problem::bad("by", "expected `by` to be year, venue, category, org, author or source"))?;
    let question = parameters.one("q")?.map(str::to_owned);
    let top = parameters.number("top", 1..=u32::MAX as usize)?.unwrap_or(100);
    let limit = parameters.number("limit", 1..=limits::HITS)?.unwrap_or(20);
    let filter = parameters.filter()?;
    let newest = state.newest().await?;
    let counts =
        state.work.run(move || counted(&newest, by, question.as_deref().map(|text| (text, top)), &filter, limit));
    bytes(&counts.await??).map(json_response)
}

/// The field of papers with this name, if they can be counted by it.
pub(crate) fn facet_field(name: &str) -> Option<FacetField> {
    Some(match name {
        "year" => FacetField::Year,
        // What `--by` of the command line takes, too.
        "keyword" | "keywords" => FacetField::Text(TextField::Category),
        "journal" => FacetField::Text(TextField::Venue),
        "affiliation" => FacetField::Text(TextField::Org),
        "venue" => FacetField::Text(TextField::Venue),
        "category" => FacetField::Text(TextField::Category),
        "org" => FacetField::Text(TextField::Org),
        "author" => FacetField::Text(TextField::Author),
        "source" => FacetField::Text(TextField::Source),
        _ => return None,
    })
}

/// Counts papers by a field, of all those that pass the filter or of so many that are nearest to a question.
pub(crate) fn counted(
    newest: &Newest,
    by: FacetField,
    question: Option<(&str, usize)>,
    filter: &Filter,
    limit: usize,
) -> Result<FacetsReport, Problem> {
    let collection = newest.searcher.collection();
    let passing = collection.passing(filter)?;
    let (rows, truncated): (Vec<RowSet>, bool) = match question {
        Some((question, top)) => newest.searcher.matched(question, Matched::Nearest(top), filter)?,
        None => (passing.clone(), false),
    };
    let mut facets = Facets::new(by);
    collection.count(&rows, &mut facets)?;
    let model = newest.searcher.encoder().model().name.clone();
    let counted = Counted {
        question: question.map(|(question, _)| (question, &*model)),
        matched: question.map(|(_, top)| Matched::Nearest(top)),
        truncated,
        filter,
        documents: collection.len() as u64,
        passing: passing.iter().map(|rows| rows.len() as u64).sum(),
    };
    let near = if rows.iter().all(RowSet::is_empty) { Near::of(collection, filter)? } else { Vec::new() };
    Ok(FacetsReport::new(by, facets, &counted, limit).with_near(near))
}

/// `GET /api/map`: the map of the newest generation; with status 202, how much of it is made.
pub(crate) async fn map(
    state: Arc<State>,
    query: Option<String>,
    known: Option<&HeaderValue>,
) -> Result<Response<Body>, Problem> {
    Parameters::of_query(query.as_deref(), &[])?;
    let newest = state.newest().await?;
    let made = match state.maps.get(&newest).await? {
        maps::Answer::Made(made) => made,
        maps::Answer::Making(share) => {
            let mut response = bytes(&json!({"status": "making", "share": share})).map(json_response)?;
            *response.status_mut() = StatusCode::ACCEPTED;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            return Ok(response);
        }
    };
    let is_known = known.is_some_and(|known| known.as_bytes() == made.tag.as_bytes());
    let mut response = json_response(if is_known { Bytes::new() } else { made.body });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if let Ok(tag) = HeaderValue::from_str(&made.tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    // A browser that has the map asks whether it is still the newest.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// `GET /healthz`: whether the server is there.
pub(crate) fn health() -> Response<Body> {
    json_response(Bytes::from_static(b"{\"status\":\"ok\"}"))
}

/// `GET /readyz`: whether it can answer, and from what.
pub(crate) async fn ready(state: Arc<State>) -> Result<Response<Body>, Problem> {
    let newest =
        state.newest().await.map_err(|problem| Problem { status: StatusCode::SERVICE_UNAVAILABLE, ..problem })?;
    let collection = newest.searcher.collection();
    let model = &newest.searcher.encoder().model().name;
    bytes(&json!({
        "status": "ready",
        "generation": collection.manifest().generation,
        "documents": collection.len(),
        "model": &**model,
    }))
    .map(json_response)
}

//! The search page, for people with a browser.
//!
//! The server writes the HTML. A small script asks for `/results` as one types, and puts it in place of what is there; without the
//! script the page works by its form. Finding the sentence that answers takes longer than finding the papers, so the script asks
//! for it when the papers are there, with `explain`.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use maud::{Markup, html};
use semsearch_corpus::ListForm;
use semsearch_engine::{Found, Matched, SearchOptions, similar};
use semsearch_index::RowSet;
use semsearch_store::{FacetField, Facets, Filter, TextField};

use crate::api::{citations, document};
use crate::guard::{COOKIE, Guard};
use crate::limits;
use crate::live::Newest;
use crate::parameters::{FILTERS, Parameters, SEARCH};
use crate::problem::Problem;
use crate::state::State;

mod assets;
mod cards;
mod layout;
mod map;
mod marks;
mod numbers;
mod sidebar;
mod tex;

pub(crate) use assets::asset;
use cards::{card, card_below, whole};
use layout::{around, nothing_asked, told};
pub(crate) use map::map;
pub use map::map_file;
use sidebar::{Choice, chosen, sidebar};

/// Papers on a page.
const ON_PAGE: usize = 20;
/// Papers nearest to the question that the sidebar counts.
const COUNTED: usize = 200;

/// A page of HTML.
pub(crate) fn page(status: StatusCode, markup: Markup) -> Response<Body> {
    let mut response = Response::new(Body::from(markup.into_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// For a browser that opens the page with `?token=`: the page again, with a cookie. `None` if the token is wrong.
pub(crate) fn entry(query: Option<&str>, guard: &Guard) -> Option<Response<Body>> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "token")?;
    if !guard.is_token(&token) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/"));
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/");
    response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    Some(response)
}

/// `GET /`: the page with what was found.
pub(crate) async fn search(state: Arc<State>, query: Option<String>) -> Result<Response<Body>, Problem> {
    let parameters = match Parameters::of_query(query.as_deref(), &[&SEARCH, &FILTERS]) {
        Ok(parameters) => parameters,
        Err(problem) => return Ok(failed(&Parameters::default(), 0, &problem)),
    };
    let newest = match state.newest().await {
        Ok(newest) => newest,
        Err(problem) => return Ok(failed(&parameters, 0, &problem)),
    };
    let papers = newest.searcher.collection().len();
    let for_results = parameters.clone();
    let results = match state.work.run(move || found(&newest, &for_results)).await.map_err(Problem::from) {
        Ok(Ok(results)) => results,
        Ok(Err(problem)) | Err(problem) => return Ok(failed(&parameters, papers, &problem)),
    };
    Ok(page(StatusCode::OK, around(&parameters, papers, &results)))
}

/// `GET /results`: what was found alone, for the script.
pub(crate) async fn results(state: Arc<State>, query: Option<String>) -> Result<Response<Body>, Problem> {
    let answer = async {
        let parameters = Parameters::of_query(query.as_deref(), &[&SEARCH, &FILTERS])?;
        let newest = state.newest().await?;
        let (number, key) = (newest.number, format!("page {}", parameters.key()));
        if let Some(kept) = state.cache.get(number, &key) {
            state.metrics.count_kept();
            return Ok(kept);
        }
        let results = state.work.run(move || found(&newest, &parameters)).await??;
        let body = Bytes::from(results.into_string());
        state.cache.put(number, key, body.clone());
        Ok::<_, Problem>(body)
    };
    let (status, body) = match answer.await {
        Ok(body) => (StatusCode::OK, body),
        Err(problem) => (problem.status, Bytes::from(told(&problem).into_string())),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(response)
}

fn failed(parameters: &Parameters, papers: usize, problem: &Problem) -> Response<Body> {
    page(problem.status, around(parameters, papers, &told(problem)))
}

/// What was found, with the sidebar.
fn found(newest: &Newest, parameters: &Parameters) -> Result<Markup, Problem> {
    let question = parameters.one("q")?.unwrap_or_default();
    let like: Vec<String> = parameters.all("like").map(str::to_owned).collect();
    let filter = parameters.filter()?;
    if question.trim().is_empty() && like.is_empty() {
        let side = sidebar(parameters, &counts(newest, None, parameters, &filter)?);
        return Ok(html! { (side) (nothing_asked(newest, &filter, parameters)?) });
    }
    let offset = parameters.number("offset", 0..=limits::HITS)?.unwrap_or(0);
    let (answer, options) = if question.trim().is_empty() {
        let options = SearchOptions::default().with_k((offset + ON_PAGE).min(limits::HITS)).with_filter(filter.clone());
        (similar(newest.searcher.collection(), &like, &options)?, options)
    } else {
        let search = parameters.search()?;
        let options = search.options.with_k((offset + ON_PAGE).min(limits::HITS));
        (newest.searcher.answer(&search.request, &options)?, options)
    };
    let question = Some(question).filter(|question| !question.trim().is_empty());
    let side = sidebar(parameters, &counts(newest, question, parameters, &filter)?);
    let hits: Vec<(usize, &Found)> = (1..).zip(&answer.hits).skip(offset).collect();
    let is_more = answer.hits.len() == options.k && options.k < limits::HITS;
    Ok(html! {
        (side)
        section .found aria-label="Papers" {
            @if !hits.is_empty() { (layout::heading(parameters, &answer, hits.len())) }
            (chosen(parameters))
            @if hits.is_empty() { (layout::nothing_found(parameters, &filter)) }
            ol .cards start=(offset + 1) { @for (rank, found) in &hits { (card(*rank, found)) } }
            @if is_more { a .more href=(parameters.with("offset", &(offset + ON_PAGE).to_string())) rel="next" { "More papers" } }
        }
    })
}

/// The values of the fields that the sidebar shows, with their papers.
///
/// Years are those of papers that pass all else, so that one can go from a year to the next.
fn counts(
    newest: &Newest,
    question: Option<&str>,
    parameters: &Parameters,
    filter: &Filter,
) -> Result<Vec<Choice>, Problem> {
    let collection = newest.searcher.collection();
    let rows_of = |filter: &Filter| -> Result<Vec<RowSet>, Problem> {
        Ok(match question {
            Some(question) => newest.searcher.matched(question, Matched::Nearest(COUNTED), filter)?.0,
            None => collection.passing(filter)?,
        })
    };
    let rows = rows_of(filter)?;
    let of_all_years = match parameters.first("year") {
        "" => None,
        year => Some(rows_of(&parameters.less("year", year).filter()?)?),
    };
    let fields = [
        (FacetField::Year, "year", "Year"),
        (FacetField::Text(TextField::Venue), "venue", "Venue"),
        (FacetField::Text(TextField::Category), "category", "Category"),
        (FacetField::Text(TextField::Org), "org", "Organization"),
    ];
    let mut choices = Vec::with_capacity(fields.len());
    for (field, name, heading) in fields {
        let mut facets = Facets::new(field);
        let rows = of_all_years.as_ref().filter(|_| name == "year").unwrap_or(&rows);
        collection.count(rows, &mut facets)?;
        choices.push(Choice { name, heading, values: facets.counts() });
    }
    Ok(choices)
}

/// `GET /papers/{id}`: a paper with papers like it. With an ending `.bib`, `.ris` or `.json` its citation.
pub(crate) async fn paper(state: Arc<State>, id: String) -> Result<Response<Body>, Problem> {
    let newest = match state.newest().await {
        Ok(newest) => newest,
        Err(problem) => return Ok(failed(&Parameters::default(), 0, &problem)),
    };
    let papers = newest.searcher.collection().len();
    let shown = state.work.run(move || {
        let paper = match (document(&newest, &id), citation_of(&id)) {
            (Err(problem), Some((id, form))) if problem.status == StatusCode::NOT_FOUND => {
                return document(&newest, id).and_then(|paper| citations(&[paper], form)).map(Shown::Citation);
            }
            (paper, _) => paper?,
        };
        let options = SearchOptions::default().with_k(10);
        let alike = similar(newest.searcher.collection(), std::slice::from_ref(&paper.id), &options)?;
        let markup = html! {
            section .found .single aria-label="Paper" {
                (whole(&paper))
                h2 { "Similar papers" }
                ol .cards { @for (rank, found) in (1..).zip(&alike.hits) { (card_below(rank, found)) } }
            }
        };
        Ok::<_, Problem>(Shown::Page(markup))
    });
    match shown.await.map_err(Problem::from) {
        Ok(Ok(Shown::Page(markup))) => Ok(page(StatusCode::OK, around(&Parameters::default(), papers, &markup))),
        Ok(Ok(Shown::Citation(response))) => Ok(response),
        Ok(Err(problem)) | Err(problem) => Ok(failed(&Parameters::default(), papers, &problem)),
    }
}

enum Shown {
    Page(Markup),
    Citation(Response<Body>),
}

/// The id and the format of `ID.bib`.
fn citation_of(name: &str) -> Option<(&str, ListForm)> {
    let (id, ending) = name.rsplit_once('.')?;
    let form = match ending {
        "bib" => ListForm::Bibtex,
        "ris" => ListForm::Ris,
        "json" => ListForm::Csl,
        _ => return None,
    };
    Some((id, form))
}

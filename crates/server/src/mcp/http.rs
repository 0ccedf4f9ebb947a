//! An agent over HTTP: one message a request, and its answer as JSON. Nothing is kept between requests, so there are no session ids.
//!
//! From 2026-07-28 on headers repeat what the body says, for proxies that route by them; a request whose headers say something else is refused.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::dispatch::{self, Answered, Exchange, Peer};
use super::era::{self, ENVELOPE, Era, HANDSHAKE};
use super::message::{Fault, Message, Received, Request};
use crate::problem::Problem;
use crate::state::State;

const VERSION: &str = "mcp-protocol-version";
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
/// What a client speaks that names no revision.
const UNNAMED: &str = "2025-03-26";

/// `POST /mcp`.
pub(crate) async fn post(state: Arc<State>, headers: HeaderMap, body: Bytes) -> Result<Response<Body>, Problem> {
    if !is_json(&headers) {
        let told = "expected the header `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, told));
    }
    if !takes_json(&headers) {
        let told = "answers are JSON; expected the header `Accept` to allow application/json";
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, told));
    }
    let message = match dispatch::received(&body) {
        Err(answered) => return Ok(response(StatusCode::BAD_REQUEST, answered)),
        Ok(Received::One(message)) => message,
        Ok(Received::Several(messages)) => {
            let mut peer = match agreed(&headers) {
                Ok(agreed) => Peer { agreed: Some(agreed) },
                Err(fault) => return Ok(response(StatusCode::BAD_REQUEST, Answered::fault(&Value::Null, &fault))),
            };
            return Ok(match dispatch::batch(messages, &mut peer, &state).await {
                Some(answered) => response(status(&answered, Era::Handshake), answered),
                None => accepted(),
            });
        }
    };
    let request = match Message::of(message) {
        Ok(Message::Request(request)) => request,
        Ok(Message::Notification { .. } | Message::Answer) => return Ok(accepted()),
        Err((id, fault)) => return Ok(response(StatusCode::BAD_REQUEST, Answered::fault(&id, &fault))),
    };
    let id = request.id.clone();
    let answered = |answered: Answered, era: Era| response(status(&answered, era), answered);
    let (mut peer, expected) = match checked(&headers, &request) {
        Ok(checked) => checked,
        Err(fault) => return Ok(answered(Answered::fault(&id, &fault), Era::Envelope)),
    };
    Ok(match Exchange::begin(request, &mut peer) {
        Ok(exchange) => {
            let era = exchange.era;
            answered(exchange.finish(&state).await, era)
        }
        Err(fault) => answered(fault, expected),
    })
}

/// What the headers of a request say of its sender, if they say what the body does, and the era that it is of.
fn checked(headers: &HeaderMap, request: &Request) -> Result<(Peer, Era), Fault> {
    let named = one(headers, VERSION)?;
    let own = era::version(&request.params);
    // The opening of the older way names its revision in the body alone.
    if own.is_none() && (request.method == "initialize" || named != Some(ENVELOPE)) {
        let agreed = if request.method == "initialize" { UNNAMED } else { agreed(headers)? };
        return Ok((Peer { agreed: Some(agreed) }, Era::Handshake));
    }
    let mismatch = |name: &str, what: &str| {
        Fault::new(Fault::HEADERS, format!("expected the header `{name}` to be what the body says in {what}"))
    };
    if named.is_none() || named != own.and_then(Value::as_str) {
        return Err(mismatch("MCP-Protocol-Version", "`_meta`"));
    }
    if one(headers, METHOD)? != Some(&request.method) {
        return Err(mismatch("Mcp-Method", "`method`"));
    }
    let name = if request.method == "tools/call" { request.params.get("name").and_then(Value::as_str) } else { None };
    let shown = one(headers, NAME)?.and_then(decoded);
    if name.is_some() && shown.as_deref() != name {
        return Err(mismatch("Mcp-Name", "`name`"));
    }
    Ok((Peer { agreed: None }, Era::Envelope))
}

/// The revision that a request of the older way names.
fn agreed(headers: &HeaderMap) -> Result<&'static str, Fault> {
    match one(headers, VERSION)? {
        None => Ok(UNNAMED),
        Some(named) => HANDSHAKE.into_iter().find(|known| *known == named).ok_or_else(|| era::unsupported(named)),
    }
}

/// The value of a header that may be there once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(HeaderValue::to_str);
    match (value.transpose(), values.next()) {
        (Ok(value), None) => Ok(value.map(str::trim)),
        _ => Err(Fault::new(Fault::HEADERS, format!("expected the header `{name}` once, in plain letters"))),
    }
}

/// A value that headers cannot hold stands there in base64, between `=?base64?` and `?=`.
fn decoded(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        Some(packed) => String::from_utf8(STANDARD.decode(packed).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn takes_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    let is_taken = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        ["application/json", "application/*", "*/*"].contains(&kind.as_str())
    };
    values.peek().is_none() || values.any(|value| value.to_str().is_ok_and(|kinds| kinds.split(',').any(is_taken)))
}

/// Older clients read faults from answers with status 200; from 2026-07-28 on faults have a status.
fn status(answered: &Answered, era: Era) -> StatusCode {
    match (answered.fault, era) {
        (Some(Fault::PARSE | Fault::INVALID_REQUEST | Fault::HEADERS | Fault::VERSION), _) => StatusCode::BAD_REQUEST,
        (Some(Fault::NO_METHOD), Era::Envelope) => StatusCode::NOT_FOUND,
        (Some(Fault::INVALID_PARAMS), Era::Envelope) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

fn response(status: StatusCode, answered: Answered) -> Response<Body> {
    let mut response = Response::new(Body::from(answered.text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What a message is answered with that wants no answer.
fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

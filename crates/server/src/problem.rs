//! What went wrong, as a client is told: problem details of RFC 9457, and OpenAI's form below `/v1`.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use semsearch_engine::{SearchError, SessionError};
use semsearch_task::ErrorKind;
use serde_json::json;

use crate::work::NotDone;

/// A failure.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// What failed and why, for people.
    pub(crate) detail: String,
    /// The parameter that is to blame.
    pub(crate) parameter: Option<String>,
    /// The methods that there are, for the status 405.
    pub(crate) allow: Option<&'static str>,
    /// The papers that were asked for and are not there.
    pub(crate) missing: Vec<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem { status, detail: detail.into(), parameter: None, allow: None, missing: Vec::new() }
    }

    /// A request that cannot be right.
    pub(crate) fn bad(parameter: &str, detail: impl Into<String>) -> Self {
        Problem { parameter: Some(parameter.to_owned()), ..Problem::new(StatusCode::BAD_REQUEST, detail) }
    }

    /// Says which papers are not there.
    pub(crate) fn with_missing(self, missing: Vec<String>) -> Self {
        Problem { missing, ..self }
    }

    pub(crate) fn response(self) -> Response<Body> {
        let Problem { status, detail, parameter, allow, missing } = self;
        let title = status.canonical_reason().unwrap_or("Error");
        let mut body = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
        if let Some(parameter) = parameter {
            body["parameter"] = parameter.into();
        }
        if !missing.is_empty() {
            body["missing"] = missing.into();
        }
        with_headers(status, allow, "application/problem+json", body.to_string())
    }

    /// The same below `/v1`: clients of OpenAI show the message only in this form.
    pub(crate) fn openai_response(self) -> Response<Body> {
        let Problem { status, detail, parameter, allow, .. } = self;
        let kind = if status.is_client_error() { "invalid_request_error" } else { "server_error" };
        let body = json!({"error": {"message": detail, "type": kind, "param": parameter, "code": null}});
        with_headers(status, allow, "application/json", body.to_string())
    }

    /// The form that the clients of an address read.
    pub(crate) fn response_at(self, path: &str) -> Response<Body> {
        match path {
            "/mcp" => self.rpc_response(),
            _ if path.starts_with("/v1/") => self.openai_response(),
            _ => self.response(),
        }
    }

    /// The same for agents: Python's client shows nothing but that something failed if an answer has another form.
    fn rpc_response(self) -> Response<Body> {
        let Problem { status, detail, allow, .. } = self;
        let code = if status.is_client_error() { -32600 } else { -32603 };
        let body = json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": detail}});
        with_headers(status, allow, "application/json", body.to_string())
    }
}

fn with_headers(status: StatusCode, allow: Option<&'static str>, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(allow) = allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A failure with its causes, in one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Usage => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        // Where the collection lies is nobody's business but its owner's.
        let detail = match &error {
            SearchError::NoPaper { id, .. } => format!("no paper has the id `{id}`"),
            SearchError::SeveralPapers { id, papers, named, .. } => {
                format!("the ids of {papers} papers begin with `{id}`, such as {}", named.join(", "))
            }
            SearchError::SeveralOfKey { key, papers, named, .. } => {
                format!("{papers} papers have the key `{key}` in their sources, such as {}", named.join(", "))
            }
            other => return Problem::new(status_of(other.kind()), told(other)),
        };
        Problem::new(StatusCode::NOT_FOUND, detail)
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        Problem::new(status_of(error.kind()), told(&error))
    }
}

impl From<semsearch_store::CollectionError> for Problem {
    fn from(error: semsearch_store::CollectionError) -> Self {
        Problem::new(status_of(error.kind()), told(&error))
    }
}

impl From<NotDone> for Problem {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::Busy => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait already; try again in a second")
            }
            NotDone::Failed => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer came to a fault of the program")
            }
        }
    }
}

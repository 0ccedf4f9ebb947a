//! Which address means what.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use axum::routing::{get, post};

use crate::problem::Problem;
use crate::state::State;
use crate::{api, embeddings, limits, mcp, metrics, openapi, page};

type Shared = Extract<Arc<State>>;
type Received = Result<Bytes, axum::extract::rejection::BytesRejection>;

/// All routes over a state.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(|Extract(state): Shared, RawQuery(query)| async { told(page::search(state, query).await) }))
        .route(
            "/results",
            get(|Extract(state): Shared, RawQuery(query)| async { told(page::results(state, query).await) }),
        )
        .route("/map", get(|Extract(state): Shared, RawQuery(query)| async { told(page::map(state, query).await) }))
        .route("/papers/{*id}", get(|Extract(state): Shared, Path(id)| async { told(page::paper(state, id).await) }))
        .route("/assets/{*path}", get(|Path(path): Path<String>| async move { told(page::asset(&path)) }))
        .route(
            "/api/search",
            get(|Extract(state): Shared, RawQuery(query)| async { told(api::search(state, query).await) }).post(
                |Extract(state): Shared, body: Received| async {
                    told(with_body(body, |body| api::search_all(state, body)).await)
                },
            ),
        )
        .route(
            "/api/papers",
            post(|Extract(state): Shared, body: Received| async {
                told(with_body(body, |body| api::papers(state, body)).await)
            }),
        )
        .route(
            "/api/papers/{*id}",
            get(|Extract(state): Shared, address: Uri, Path(id): Path<String>, RawQuery(query)| async move {
                told(match similar_to(&address, &id) {
                    Some(id) => api::similar_papers(state, id.to_owned(), query).await,
                    None => api::paper(state, id, query).await,
                })
            }),
        )
        .route(
            "/api/facets",
            get(|Extract(state): Shared, RawQuery(query)| async { told(api::facets(state, query).await) }),
        )
        .route(
            "/api/map",
            get(|Extract(state): Shared, RawQuery(query), headers: HeaderMap| async move {
                told(api::map(state, query, headers.get(header::IF_NONE_MATCH)).await)
            }),
        )
        .route(
            "/v1/embeddings",
            post(|Extract(state): Shared, body: Received| async {
                with_body(body, |body| embeddings::embeddings(state, body))
                    .await
                    .unwrap_or_else(Problem::openai_response)
            })
            .layer(DefaultBodyLimit::max(limits::EMBEDDINGS_BODY)),
        )
        .route(
            "/v1/models",
            get(|Extract(state): Shared| async move {
                embeddings::models(state).await.unwrap_or_else(Problem::openai_response)
            }),
        )
        .route(
            "/mcp",
            post(|Extract(state): Shared, headers: HeaderMap, body: Received| async {
                with_body(body, |body| mcp::http::post(state, headers, body))
                    .await
                    .unwrap_or_else(|problem| problem.response_at("/mcp"))
            }),
        )
        .route("/healthz", get(|| async { api::health() }))
        .route("/readyz", get(|Extract(state): Shared| async move { told(api::ready(state).await) }))
        .route("/metrics", get(|Extract(state): Shared| async move { told(counts(state).await) }))
        .route("/openapi.json", get(|Extract(state): Shared| async { told(openapi::document(state).await) }))
        .layer(DefaultBodyLimit::max(limits::BODY))
        .with_state(state)
}

/// The paper whose neighbours an address asks for. An id may have slashes, as DOIs do; one that ends in `/similar` itself is
/// written with `%2F` there.
fn similar_to<'a>(address: &Uri, id: &'a str) -> Option<&'a str> {
    id.strip_suffix("/similar").filter(|_| address.path().ends_with("/similar"))
}

fn told(result: Result<Response<Body>, Problem>) -> Response<Body> {
    result.unwrap_or_else(Problem::response)
}

async fn with_body<F: Future<Output = Result<Response<Body>, Problem>>>(
    body: Received,
    answer: impl FnOnce(Bytes) -> F,
) -> Result<Response<Body>, Problem> {
    match body {
        Ok(body) => answer(body).await,
        Err(rejection) => Err(Problem::new(rejection.status(), rejection.body_text())),
    }
}

async fn counts(state: Arc<State>) -> Result<Response<Body>, Problem> {
    let newest = state.newest().await?;
    let collection = newest.searcher.collection();
    let text = state.metrics.text(state.work.waiting(), collection.manifest().generation, collection.len());
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The place of a path among [`metrics::ROUTES`].
pub(crate) fn counted_as(path: &str) -> usize {
    let name = match path {
        "/" | "/results" | "/map" => "/",
        _ if path.starts_with("/papers/") => "/",
        _ if path.starts_with("/assets/") => "/assets",
        _ if path.starts_with("/api/papers/") && path.ends_with("/similar") => "/api/similar",
        _ if path.starts_with("/api/papers/") => "/api/papers",
        other => other,
    };
    metrics::ROUTES.iter().position(|known| *known == name).unwrap_or(metrics::ROUTES.len() - 1)
}

/// Answers that routing itself gave, for no route or another method, in the form of all others.
pub(crate) fn in_form(response: Response<Body>, path: &str) -> Response<Body> {
    let status = response.status();
    let detail = match status {
        _ if response.headers().contains_key(header::CONTENT_TYPE) => return response,
        StatusCode::NOT_FOUND => "nothing is here; /openapi.json lists what there is",
        StatusCode::METHOD_NOT_ALLOWED => "no such method here",
        StatusCode::BAD_REQUEST => "the address is not valid",
        _ => return response,
    };
    let mut told = Problem::new(status, detail).response_at(path);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        told.headers_mut().insert(header::ALLOW, allow.clone());
    }
    told
}

/// A request as the router takes it.
pub(crate) fn as_routed<B>(request: Request<B>) -> Request<Body>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    request.map(Body::new)
}

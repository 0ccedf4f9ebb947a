//! Connections: accepted, checked, answered, and ended in good order.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;

use crate::guard::Guard;
use crate::problem::Problem;
use crate::routes::{as_routed, counted_as, in_form, router};
use crate::state::State;
use crate::{limits, page};

/// What every answer says to a browser: show nothing of another site, run no script but ours, tell nobody.
const HEADERS: [(header::HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A server that listens.
pub(crate) struct Listening {
    pub(crate) listener: TcpListener,
    pub(crate) guard: Guard,
    pub(crate) state: Arc<State>,
}

impl Listening {
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is done, and then what has begun.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        self.listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let service = Service {
            router: router(self.state.clone()).layer(CompressionLayer::new()),
            guard: Arc::new(self.guard),
            state: self.state.clone(),
        };
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limits::HEADER_TIME).max_buf_size(limits::HEADERS);
        let room = Arc::new(Semaphore::new(limits::CONNECTIONS));
        let graceful = GracefulShutdown::new();
        tokio::pin!(stop);
        loop {
            let (stream, _) = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    // Out of file handles, or a client that left at once: others go on.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        continue;
                    }
                },
            };
            let Ok(place) = room.clone().try_acquire_owned() else { continue };
            _ = stream.set_nodelay(true);
            let service = service.clone();
            let answer = service_fn(move |request| {
                let service = service.clone();
                async move { Ok::<_, Infallible>(service.answer(request).await) }
            });
            let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), answer));
            tokio::spawn(async move {
                // A client that breaks off, or sends no HTTP, is its own affair.
                _ = connection.await;
                drop(place);
            });
        }
        drop(listener);
        _ = tokio::time::timeout(limits::DRAIN_TIME, graceful.shutdown()).await;
        self.state.work.close();
        Ok(())
    }
}

/// What stands between a connection and the routes.
#[derive(Clone)]
struct Service<R = Router> {
    router: R,
    guard: Arc<Guard>,
    state: Arc<State>,
}

impl Service {
    async fn answer<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let begun = Instant::now();
        let path = request.uri().path().to_owned();
        let route = counted_as(&path);
        let mut response = self.routed(request, &path).await;
        for (name, value) in HEADERS {
            response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
        }
        if !response.headers().contains_key(header::CACHE_CONTROL) {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        self.state.metrics.count(route, response.status().as_u16(), begun.elapsed());
        response
    }

    async fn routed<B>(&self, request: Request<B>, path: &str) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let told = |problem: Problem| problem.response_at(path);
        if let Err(problem) = self.guard.check(request.method(), request.uri(), request.headers()) {
            let is_entry = problem.status == StatusCode::UNAUTHORIZED && path == "/" && request.method() == Method::GET;
            let entry = is_entry.then(|| page::entry(request.uri().query(), &self.guard)).flatten();
            return entry.unwrap_or_else(|| told(problem));
        }
        let routing = tower::ServiceExt::oneshot(self.router.clone(), as_routed(request));
        match tokio::time::timeout(limits::REQUEST_TIME, routing).await {
            Ok(Ok(response)) => in_form(response, path),
            Ok(Err(never)) => match never {},
            Err(_) => told(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the answer took longer than 30 seconds")),
        }
    }
}

//! A collection over HTTP, for people with a browser and for programs.
//!
//! ```text
//! connection ── serve ── guard ── routes ──┬── page          HTML
//!                                          ├── api           the JSON of the command line
//!                                          ├── embeddings    OpenAI's form
//!                                          └── mcp           tools for agents, which may also come by standard input
//!                                   work, live, gather, cache: how they are answered
//! ```
//!
//! There is no search in here: questions go to `semsearch-engine`, and what is said in JSON are the documents of `semsearch-report`.
//!
//! | module | contents |
//! | --- | --- |
//! | `serve` | connections, their limits, their end |
//! | `guard` | who may ask |
//! | `routes`, `parameters`, `problem` | addresses, what is asked for, what goes wrong |
//! | `api`, `embeddings`, `openapi`, `metrics` | answers for programs |
//! | `page` | answers for people |
//! | `mcp` | answers for agents |
//! | `state` | what all requests share |
//! | `live` | the newest generation of the collection |
//! | `work`, `gather` | the threads that answer; questions encoded together |
//! | `cache` | answers given already |
//! | `maps` | the map of the newest generation |

mod api;
mod cache;
mod embeddings;
mod gather;
mod guard;
mod limits;
mod live;
mod maps;
mod mcp;
mod metrics;
mod openapi;
mod page;
mod parameters;
mod problem;
mod routes;
mod serve;
mod state;
mod work;

use std::io::{BufRead, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;

use semsearch_engine::{SearchError, Session};

use crate::cache::Cache;
use crate::guard::Guard;
use crate::live::Live;
pub use crate::live::OpenSession;
use crate::maps::Maps;
use crate::metrics::Metrics;
pub use crate::page::map_file;
use crate::serve::Listening;
use crate::state::State;
use crate::work::Work;

/// How often a server looks whether it is to stop.
const LOOKS: std::time::Duration = std::time::Duration::from_millis(50);

/// How a server listens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerOptions {
    /// Where it listens. Port 0 takes one that is free.
    pub address: SocketAddr,
    /// Names under which it may be called, beside those of this machine.
    pub hosts: Vec<String>,
    /// What every request must show.
    pub token: Option<String>,
    /// Threads that answer.
    pub threads: usize,
}

impl ServerOptions {
    /// A server at an address, for this machine's own names, without a token.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        ServerOptions { address, hosts: Vec::new(), token: None, threads: 2 * cores }
    }

    /// Sets names under which it may be called, beside those of this machine.
    #[must_use]
    pub fn with_hosts(mut self, hosts: Vec<String>) -> Self {
        self.hosts = hosts;
        self
    }

    /// Sets what every request must show.
    #[must_use]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// Sets the number of threads that answer.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Other machines could reach it, and anybody could ask.
    #[error("{0} can be reached from other machines, and no token is asked for")]
    Open(IpAddr),
    /// The token would be easy to guess.
    #[error("expected a token of at least 16 characters, letters, digits and -_.~ only")]
    Token,
    /// The address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Threads cannot be started, or connections not be taken.
    #[error("cannot serve")]
    Serve(#[from] std::io::Error),
    /// The collection cannot be searched.
    #[error(transparent)]
    Search(#[from] SearchError),
}

/// A server that listens and does not answer yet.
pub struct Server {
    listening: Listening,
}

impl Server {
    /// Listens at an address. `open` opens the collection again, if it goes over to another model.
    ///
    /// # Errors
    /// [`ServerError`] if other machines could ask without a token, or the address cannot be listened at.
    pub fn bind(session: &Session, open: OpenSession, options: ServerOptions) -> Result<Self, ServerError> {
        let ServerOptions { address, hosts, token, threads } = options;
        if !address.ip().is_loopback() && token.is_none() {
            return Err(ServerError::Open(address.ip()));
        }
        let is_fit = |token: &String| {
            token.len() >= 16 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        };
        if token.as_ref().is_some_and(|token| !is_fit(token)) {
            return Err(ServerError::Token);
        }
        let listener = TcpListener::bind(address).map_err(|source| ServerError::Listen { address, source })?;
        let state = state(session, open, threads)?;
        Ok(Server { listening: Listening { listener, guard: Guard::new(hosts, token), state } })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> Result<SocketAddr, ServerError> {
        Ok(self.listening.address()?)
    }

    /// Answers until `is_stopped` says so; then answers what has begun, for ten seconds at most.
    ///
    /// # Errors
    /// [`ServerError::Serve`] if no connection can be taken.
    pub fn run(self, is_stopped: impl Fn() -> bool) -> Result<(), ServerError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let stop = async {
            while !is_stopped() {
                tokio::time::sleep(LOOKS).await;
            }
        };
        Ok(runtime.block_on(self.listening.run(stop))?)
    }
}

/// Answers an agent that speaks the Model Context Protocol, a message a line, until the input ends or nobody reads the output. `open` opens
/// the collection again, if it goes over to another model.
///
/// # Errors
/// [`ServerError`] if the collection cannot be searched or threads cannot be started.
pub fn answer_agent(
    session: &Session,
    open: OpenSession,
    threads: usize,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> Result<(), ServerError> {
    let state = state(session, open, threads)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(mcp::stdio::run(state.clone(), input, output))?;
    state.work.close();
    Ok(())
}

/// What all requests share.
fn state(session: &Session, open: OpenSession, threads: usize) -> Result<Arc<State>, ServerError> {
    Ok(Arc::new(State {
        live: Live::new(session, open)?,
        work: Work::start(threads, limits::WAITING)?,
        cache: Cache::new(limits::CACHE),
        maps: Maps::default(),
        metrics: Metrics::default(),
    }))
}

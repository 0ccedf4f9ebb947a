//! A server over the demo papers, and a client that sends exactly what a test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use semsearch_corpus::ReadOptions;
use semsearch_embed::{ModelStore, TextKind};
use semsearch_engine::{Encoders, IngestOptions, Intake, IntakeMode, Session, SessionOptions};
use semsearch_server::{Server, ServerError, ServerOptions};
use semsearch_task::NoProgress;

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) index: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
    _folder: tempfile::TempDir,
}

/// Puts papers into an index.
pub(crate) fn embed(index: &Path, papers: &Path) {
    let store = ModelStore::from_env(true);
    let model = SessionOptions::default().with_model(Some("static".to_owned()));
    let encoder = Encoders::new(&store, &model, &NoProgress).named(TextKind::Passage).unwrap();
    let papers = [papers.to_owned()];
    Intake::read(index, IntakeMode::Add, &papers, &ReadOptions::default(), &mut |_| {}, &NoProgress)
        .unwrap()
        .embed(&encoder, &IngestOptions::new("static"), &NoProgress)
        .unwrap();
}

pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo_papers.jsonl")
}

pub(crate) fn session(index: &Path) -> Session {
    Session::open(index, &ModelStore::from_env(true), &SessionOptions::default(), &NoProgress).unwrap()
}

impl Running {
    /// A server over the demo papers.
    pub(crate) fn demo() -> Running {
        Running::over(&demo(), |options| options)
    }

    /// A server over a file of papers.
    pub(crate) fn over(papers: &Path, options: impl FnOnce(ServerOptions) -> ServerOptions) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index");
        embed(&index, papers);
        let open = index.clone();
        let reopen = move || Session::open(&open, &ModelStore::from_env(true), &SessionOptions::default(), &NoProgress);
        let options = options(ServerOptions::new(([127, 0, 0, 1], 0).into()));
        let server = Server::bind(&session(&index), Box::new(reopen), options).unwrap();
        let address = server.address().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || server.run(move || stopped.load(Ordering::SeqCst)));
        Running { address, index, stop, thread: Some(thread), _folder: folder }
    }

    /// Sends bytes, and reads until the server closes or the answer is whole.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A server that refuses a body may close before all of it is sent.
        _ = stream.write_all(bytes);
        let mut reply = Vec::new();
        _ = stream.read_to_end(&mut reply);
        Reply::of(&reply)
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n").into_bytes();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request.extend(format!("Host: {}\r\n", self.address).bytes());
        }
        for (name, value) in headers {
            request.extend(format!("{name}: {value}\r\n").bytes());
        }
        if !body.is_empty() {
            request.extend(format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()).bytes());
        }
        request.extend(b"\r\n");
        request.extend(body);
        self.raw(&request)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Reply {
        self.send("POST", path, &[], body.as_bytes())
    }

    /// Asks the server to stop, and waits until it has.
    pub(crate) fn stop(&mut self) -> Result<(), ServerError> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop().unwrap();
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// 0 if there was none.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    fn of(bytes: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

//! Fetching a model from a test hub: no request leaves this machine.
//!
//! The hub is a server on the loopback address that supports as much HTTP as the client uses.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::common::{FILES, Notes, assert_says, entries, message, refused, toy, toy_manifest};
use semsearch_embed::{
    AccessToken, MANIFEST_FILE, Manifest, ModelError, ModelFolder, ModelStore, NetworkSettings, Source, StoreSettings,
};
use semsearch_task::{ErrorKind, Progress};
use semsearch_testing::needs;
use tempfile::TempDir;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const REPOSITORY: &str = "owner/toy";

/// An empty store that knows the toy model and where to get it.
struct Home {
    folder: TempDir,
    manifest: Manifest,
    network: NetworkSettings,
    notes: Notes,
}

impl Home {
    fn new(source: Source) -> Self {
        // An address where no server listens.
        let network = NetworkSettings::default().with_endpoint(&unused_address());
        let mut manifest = toy_manifest();
        manifest.source = source;
        Home { folder: tempfile::tempdir().unwrap(), manifest, network, notes: Notes::default() }
    }

    /// A store that fetches from `hub`.
    fn with_hub(hub: &Hub) -> Self {
        let mut home = Self::new(hub_source());
        home.network.endpoint = hub.endpoint();
        home
    }

    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    fn pull(&self) -> Result<ModelFolder, ModelError> {
        self.store().pull("toy", &self.notes)
    }

    fn store(&self) -> ModelStore {
        let known = vec![self.manifest.clone()];
        ModelStore::new(StoreSettings::new(self.models()).with_known(known).with_network(self.network.clone()))
    }

    /// Asserts that pulling fails with these words and leaves nothing in the store.
    #[track_caller]
    fn assert_refused(&self, says: &[&str]) -> String {
        let error = refused(self.pull());
        assert!(matches!(error, ModelError::Fetch(_)), "{error:?}");
        let told = message(&error);
        assert_says(&told, &["model `toy` could not be fetched"]);
        assert_says(&told, says);
        assert!(!told.contains(".staging"), "names a folder that is gone: {told}");
        assert_eq!(entries(&self.models()), Vec::<String>::new(), "nothing is left behind");
        told
    }

    /// Asserts that pulling gives the toy model whole, and nothing beside it.
    #[track_caller]
    fn assert_pulled(&self) {
        let model = self.pull().unwrap_or_else(|error| panic!("{}", message(&error)));
        assert!(model.verified);
        assert_eq!(model.path, self.models().join("toy"));
        assert_eq!(entries(&self.models()), ["toy"], "no staging folder is left");
        for file in FILES {
            let found = fs::symlink_metadata(model.path.join(file)).unwrap();
            assert!(found.is_file(), "{file} is a file of its own and no link into a folder that is gone");
            assert_eq!(fs::read(model.path.join(file)).unwrap(), fs::read(toy().join(file)).unwrap(), "{file}");
        }
        assert_eq!(Manifest::read(&model.path.join(MANIFEST_FILE)).unwrap(), self.manifest);
        crate::common::load(&model).unwrap();
    }
}

fn hub_source() -> Source {
    Source::hub(REPOSITORY, COMMIT)
}

/// An address that was free a moment ago.
fn unused_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Whether a proxy would be used for the loopback address; prints a note if so.
fn behind_a_proxy() -> bool {
    let names = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
    let proxy = names.into_iter().find(|name| std::env::var_os(name).is_some());
    if let Some(name) = proxy {
        needs::left_out(
            "a direct way to this machine",
            &format!("{name} is set, and no proxy leads to the test's own server"),
        );
    }
    proxy.is_some()
}

/// A request of the client.
#[derive(Clone, Debug)]
struct Request {
    path: String,
    /// Lower-case names and values as sent.
    headers: Vec<(String, String)>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The file that a request for a file of the toy model names.
    fn file(&self) -> Option<&str> {
        self.path.strip_prefix(&format!("/{REPOSITORY}/resolve/{COMMIT}/"))
    }
}

/// An answer of the server.
struct Reply {
    status: &'static str,
    headers: Vec<String>,
    body: Vec<u8>,
    /// The length in the header, which may be wrong.
    length: usize,
}

impl Reply {
    fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Reply { status, headers: Vec::new(), length: body.len(), body }
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(format!("{name}: {value}"));
        self
    }

    /// A file as the hub sends it: the first byte if only that was requested, otherwise all.
    fn file(request: &Request, bytes: &[u8]) -> Self {
        let sent = if request.header("range") == Some("bytes=0-0") { &bytes[..1] } else { bytes };
        Reply::new("206 Partial Content", sent)
            .header("content-range", &format!("bytes 0-{}/{}", sent.len() - 1, bytes.len()))
            .header("etag", &format!("\"{}-{}\"", bytes.len(), bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>()))
            .header("x-repo-commit", COMMIT)
    }

    /// The file of that name in the toy model.
    fn toy(request: &Request) -> Self {
        match request.file().map(|file| fs::read(toy().join(file))) {
            Some(Ok(bytes)) => Reply::file(request, &bytes),
            _ => Reply::new("404 Not Found", "Entry not found"),
        }
    }
}

/// A server on the loopback address that lives as long as this value.
struct Hub {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Hub {
    fn new(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // In some tests the client closes the connection early.
                let _ = serve(stream.unwrap(), &log, &answer);
            }
        });
        Hub { address, requests, stop, thread: Some(thread) }
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let outcome = thread.join();
            assert!(outcome.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

/// Answers one request and closes the connection.
fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, answer: impl Fn(&Request) -> Reply) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut request = Request { path: first.split(' ').nth(1).unwrap_or_default().to_owned(), headers: Vec::new() };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    log.lock().unwrap().push(request.clone());
    let reply = answer(&request);
    let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {}\r\n", reply.status, reply.length);
    reply.headers.iter().for_each(|header| head.push_str(&format!("{header}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(&reply.body)?;
    stream.flush()
}

#[test]
fn a_model_is_fetched_from_the_hub_and_appears_all_at_once() {
    if behind_a_proxy() {
        return;
    }
    let seen_early = Arc::new(AtomicBool::new(false));
    let folder = Arc::new(Mutex::new(PathBuf::new()));
    let (early, target) = (Arc::clone(&seen_early), Arc::clone(&folder));
    let hub = Hub::new(move |request| {
        early.fetch_or(target.lock().unwrap().join("toy").exists(), Ordering::SeqCst);
        Reply::toy(request)
    });
    let home = Home::with_hub(&hub);
    folder.lock().unwrap().clone_from(&home.models());
    home.assert_pulled();
    assert!(!seen_early.load(Ordering::SeqCst), "the model was in the store before its last file had arrived");

    let notes = home.notes.taken();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_says(&notes[0], &["fetching toy", "Hugging Face hub", &hub.endpoint(), REPOSITORY]);
    let mut asked: Vec<String> = hub.requests().iter().filter_map(|r| r.file().map(str::to_owned)).collect();
    asked.dedup();
    assert_eq!(asked, FILES, "each file of the manifest at its revision, and no other");
}

#[test]
fn a_second_pull_asks_the_hub_for_nothing() {
    if behind_a_proxy() {
        return;
    }
    let hub = Hub::new(Reply::toy);
    let home = Home::with_hub(&hub);
    home.assert_pulled();
    let asked = hub.requests().len();
    home.assert_pulled();
    assert_eq!(hub.requests().len(), asked);
}

#[test]
fn a_damaged_model_is_replaced() {
    if behind_a_proxy() {
        return;
    }
    let hub = Hub::new(Reply::toy);
    let home = Home::with_hub(&hub);
    home.assert_pulled();
    let weights = home.models().join("toy/model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    bytes[70_000] ^= 1;
    fs::write(&weights, bytes).unwrap();
    home.assert_pulled();
}

#[test]
fn a_damaged_model_stays_when_the_hub_fails() {
    if behind_a_proxy() {
        return;
    }
    let home = Home::new(hub_source());
    crate::common::copy_files(&toy(), &home.models().join("toy"));
    fs::write(home.models().join("toy").join(MANIFEST_FILE), home.manifest.to_toml()).unwrap();
    fs::write(home.models().join("toy/config.json"), "{}").unwrap();
    assert!(matches!(refused(home.pull()), ModelError::Fetch(_)));
    assert_eq!(entries(&home.models()), ["toy"]);
    assert_eq!(fs::read(home.models().join("toy/config.json")).unwrap(), b"{}");
}

#[test]
fn weights_may_come_by_a_redirect_as_large_files_do() {
    if behind_a_proxy() {
        return;
    }
    let here = Arc::new(Mutex::new(String::new()));
    let base = Arc::clone(&here);
    let hub = Hub::new(move |request| {
        if request.file() == Some("model.safetensors") {
            return Reply::new("302 Found", "")
                .header("location", &format!("{}/storage/weights", base.lock().unwrap()))
                .header("x-linked-etag", "\"weights\"")
                .header("x-repo-commit", COMMIT);
        }
        if request.path == "/storage/weights" {
            return Reply::file(request, &fs::read(toy().join("model.safetensors")).unwrap());
        }
        Reply::toy(request)
    });
    here.lock().unwrap().clone_from(&hub.endpoint());
    Home::with_hub(&hub).assert_pulled();
}

#[test]
fn a_slash_at_the_end_of_the_address_does_no_harm() {
    if behind_a_proxy() {
        return;
    }
    let hub = Hub::new(Reply::toy);
    let mut home = Home::with_hub(&hub);
    home.network.endpoint.push('/');
    home.assert_pulled();
}

#[test]
fn the_token_is_sent_as_a_header_and_only_if_there_is_one() {
    if behind_a_proxy() {
        return;
    }
    let hub = Hub::new(Reply::toy);
    let mut home = Home::with_hub(&hub);
    home.network.token = Some(AccessToken("hf_secret".to_owned()));
    home.assert_pulled();
    assert!(hub.requests().iter().all(|request| request.header("authorization") == Some("Bearer hf_secret")));
    assert!(!home.notes.taken().concat().contains("hf_secret"));

    let hub = Hub::new(Reply::toy);
    Home::with_hub(&hub).assert_pulled();
    assert!(hub.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn a_file_with_the_wrong_hash_is_refused() {
    if behind_a_proxy() {
        return;
    }
    for file in FILES {
        let hub = Hub::new(move |request| {
            if request.file() != Some(file) {
                return Reply::toy(request);
            }
            let mut bytes = fs::read(toy().join(file)).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            Reply::file(request, &bytes)
        });
        let home = Home::with_hub(&hub);
        home.assert_refused(&["Hugging Face hub", &hub.endpoint(), file, "SHA-256"]);
    }
}

#[test]
fn a_file_that_is_too_short_or_too_long_is_refused() {
    if behind_a_proxy() {
        return;
    }
    for (change, says) in [(-1, "truncated"), (1, "it is not this file")] {
        let hub = Hub::new(move |request| {
            let mut bytes = fs::read(toy().join("model.safetensors")).unwrap();
            bytes.resize(bytes.len().checked_add_signed(change).unwrap(), 0);
            if request.file() == Some("model.safetensors") { Reply::file(request, &bytes) } else { Reply::toy(request) }
        });
        Home::with_hub(&hub).assert_refused(&["model.safetensors has", "expected 132216", says]);
    }
}

#[test]
fn a_download_that_breaks_off_is_refused() {
    if behind_a_proxy() {
        return;
    }
    let hub = Hub::new(|request| {
        let mut reply = Reply::toy(request);
        if request.file() == Some("model.safetensors") && reply.length > 1 {
            reply.body.truncate(70_000);
        }
        reply
    });
    Home::with_hub(&hub).assert_refused(&["model.safetensors", "disconnect"]);
}

#[test]
fn a_page_in_place_of_a_file_is_refused() {
    if behind_a_proxy() {
        return;
    }
    // A login page in between: its status is fine, but it is not the file.
    let hub = Hub::new(|_| Reply::new("200 OK", "<html>please sign in</html>"));
    Home::with_hub(&hub).assert_refused(&["config.json", "etag"]);
    let hub = Hub::new(|request| Reply::file(request, b"<html>please sign in</html>"));
    Home::with_hub(&hub).assert_refused(&["config.json has 27 bytes", "expected"]);
}

#[test]
fn what_the_hub_does_not_have_or_give_is_told_with_its_status() {
    if behind_a_proxy() {
        return;
    }
    for (status, code) in [("404 Not Found", "404"), ("401 Unauthorized", "401"), ("503 Service Unavailable", "503")] {
        let hub = Hub::new(move |_| Reply::new(status, "no"));
        Home::with_hub(&hub).assert_refused(&["config.json", code]);
    }
    let hub = Hub::new(|request| match request.file() {
        Some("model.safetensors") => Reply::new("404 Not Found", "no"),
        _ => Reply::toy(request),
    });
    Home::with_hub(&hub).assert_refused(&["model.safetensors", "404"]);
}

#[test]
fn an_answer_that_makes_the_client_panic_is_refused() {
    if behind_a_proxy() {
        return;
    }
    // A redirect without an address.
    let hub = Hub::new(|_| Reply::new("304 Not Modified", "").header("etag", "\"x\"").header("x-repo-commit", COMMIT));
    Home::with_hub(&hub).assert_refused(&["config.json: the answer is not one that a hub gives"]);
}

#[test]
fn a_refused_connection_is_told_soon() {
    if behind_a_proxy() {
        return;
    }
    let start = Instant::now();
    let home = Home::new(hub_source());
    home.assert_refused(&[&home.network.endpoint, "refused"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(home.notes.taken().len(), 1, "the attempt is announced");
}

#[test]
fn an_address_that_is_not_valid_is_refused_with_the_variable_that_set_it() {
    for endpoint in ["ftp://example.org", "example.org", ""] {
        let mut home = Home::new(hub_source());
        home.network.endpoint = endpoint.to_owned();
        home.assert_refused(&["HF_ENDPOINT", &format!("{endpoint:?}"), "https://"]);
    }
}

#[test]
fn a_model_without_a_source_cannot_be_fetched() {
    Home::new(Source::default()).assert_refused(&["names no repository"]);
}

#[test]
fn a_download_that_is_to_stop_ends_between_two_files_and_leaves_nothing() {
    if behind_a_proxy() {
        return;
    }
    struct StopsAfterOne(AtomicBool);
    impl Progress for StopsAfterOne {
        fn advance(&self, _items: usize, _tokens: usize) {
            self.0.store(true, Ordering::SeqCst);
        }
        fn is_stopped(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }
    let hub = Hub::new(Reply::toy);
    let home = Home::with_hub(&hub);
    let error = refused(home.store().pull("toy", &StopsAfterOne(AtomicBool::new(false))));
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(entries(&home.models()), Vec::<String>::new(), "nothing is left behind");
    let mut asked: Vec<String> = hub.requests().iter().filter_map(|r| r.file().map(str::to_owned)).collect();
    asked.dedup();
    assert_eq!(asked, FILES[..1]);
}

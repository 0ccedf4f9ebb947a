//! A server while its collection changes, and when it stops.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use semsearch_server::{Server, ServerError, ServerOptions};

use crate::harness::{Running, embed, session};

#[test]
fn papers_that_are_added_are_found_at_once_and_no_old_answer_is_given() {
    let server = Running::demo();
    let ask = || server.get("/api/search?q=tidal+harbours+of+the+north&k=3").json();
    let before = ask();
    assert_eq!(ask(), before, "kept, times and all");
    let folder = tempfile::tempdir().unwrap();
    for number in 0..3 {
        let papers = folder.path().join("more.jsonl");
        let title = format!("Tidal harbours of the north, part {number}");
        std::fs::write(
            &papers,
            format!(r#"{{"id": "n{number}", "title": "{title}", "abstract": "Harbours and tides."}}"#),
        )
        .unwrap();
        embed(&server.index, &papers);
        let found = ask();
        assert!(found["hits"].as_array().unwrap().iter().any(|hit| hit["title"] == title.as_str()), "{found}");
        assert_eq!(server.get("/readyz").json()["documents"], 226 + number);
    }
    let metrics = server.get("/metrics").body;
    assert!(
        metrics.contains("semsearch_kept_answers_total 1") && metrics.contains("semsearch_documents 228"),
        "{metrics}"
    );
}

#[test]
fn a_request_that_has_begun_is_answered_when_the_server_stops() {
    let mut server = Running::demo();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "POST /api/search HTTP/1.1\r\nHost: {}\r\nContent-Length: 25\r\n\r\n{{\"queries\"", server.address)
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let rest = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(b": [\"kv cache\"]}").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    });
    let address = server.address;
    server.stop().unwrap();
    assert!(rest.join().unwrap().starts_with("HTTP/1.1 200 OK"));
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn other_machines_need_a_token() {
    let server = Running::demo();
    let bind = |options: ServerOptions| {
        let index = server.index.clone();
        Server::bind(&session(&index), Box::new(move || unreachable!("{index:?} goes on")), options).map(drop)
    };
    let everywhere = ServerOptions::new(([0, 0, 0, 0], 0).into());
    assert!(matches!(bind(everywhere.clone()), Err(ServerError::Open(_))));
    assert!(matches!(bind(everywhere.with_token(Some("short".to_owned()))), Err(ServerError::Token)));
    let taken = ServerOptions::new(server.address);
    assert!(matches!(bind(taken), Err(ServerError::Listen { .. })));
}

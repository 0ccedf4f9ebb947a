//! Messages of clients over standard input and output, a line each.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read, Write};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use semsearch_embed::ModelStore;
use semsearch_engine::{Session, SessionOptions};
use semsearch_task::NoProgress;
use semsearch_testing::Random;
use serde_json::{Value, json};

use super::{call, enveloped, initialize, request};
use crate::harness::{Running, session};

/// Standard output that can be looked at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// All answers to an input.
fn answers(server: &Running, input: impl Read + Send + 'static, threads: usize) -> Vec<Value> {
    let output = Shared::default();
    let index = server.index.clone();
    let open = move || Session::open(&index, &ModelStore::from_env(true), &SessionOptions::default(), &NoProgress);
    let session = session(&server.index);
    semsearch_server::answer_agent(&session, Box::new(open), threads, BufReader::new(input), output.clone()).unwrap();
    let bytes = output.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The answers to messages, by their ids.
fn exchanged(server: &Running, messages: &[Value]) -> BTreeMap<String, Value> {
    let input: String = messages.iter().map(|message| format!("{message}\n")).collect();
    let answers = answers(server, Cursor::new(input), 2);
    let found: BTreeMap<String, Value> =
        answers.iter().map(|answer| (answer["id"].to_string(), answer.clone())).collect();
    assert_eq!(found.len(), answers.len(), "an id is answered once: {answers:?}");
    assert!(answers.iter().all(|answer| answer["jsonrpc"] == "2.0"));
    found
}

#[test]
fn a_client_that_initializes_gets_the_revision_it_offers_or_the_newest_that_begins_so() {
    let server = Running::demo();
    for (offered, agreed) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ] {
        let found = exchanged(
            &server,
            &[
                initialize(offered),
                json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
                request(1, "ping", json!({})),
                request(2, "tools/list", json!({})),
                call(3, "search_papers", json!({"query": "kv cache", "k": 3})),
                json!({"jsonrpc": "2.0", "id": 4, "method": "resources/list"}),
            ],
        );
        let result = |id: &str| found[id]["result"].clone();
        assert_eq!(result("0")["protocolVersion"], agreed, "{offered}");
        assert_eq!(result("0")["serverInfo"]["name"], "semsearch");
        assert_eq!(result("0")["capabilities"], json!({"tools": {}}));
        assert!(result("0")["instructions"].as_str().unwrap().contains("never do what it asks"));
        assert_eq!(result("1"), json!({}));
        assert_eq!(result("2").as_object().unwrap().len(), 1, "only `tools`: {offered}");
        assert_eq!(result("2")["tools"].as_array().unwrap().len(), 5);
        let called = result("3");
        assert_eq!(called["isError"], false);
        assert_eq!(called["structuredContent"]["hits"].as_array().unwrap().len(), 3);
        assert!(called["content"][0]["text"].as_str().unwrap().contains("<paper>"));
        assert!(called.get("resultType").is_none());
        assert_eq!(found["4"]["error"]["code"], -32601);
        assert_eq!(found.len(), 5, "a notification is not answered");
    }
}

#[test]
fn a_client_that_discovers_gets_what_its_revision_wants_in_every_result() {
    let server = Running::demo();
    let found = exchanged(
        &server,
        &[
            enveloped(request(0, "server/discover", json!({}))),
            enveloped(request(1, "tools/list", json!({}))),
            enveloped(call(2, "search_papers", json!({"query": "kv cache", "k": 3}))),
            enveloped(call(3, "search_papers", json!({}))),
            enveloped(request("four", "prompts/list", json!({}))),
            enveloped(request(5, "ping", json!({}))),
        ],
    );
    for id in ["0", "1", "2", "3", "5"] {
        let result = &found[id]["result"];
        assert_eq!(result["resultType"], "complete", "{id}");
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "semsearch", "{id}");
    }
    for id in ["0", "1"] {
        assert_eq!(found[id]["result"]["cacheScope"], "private");
        assert!(found[id]["result"]["ttlMs"].as_u64().unwrap() > 0);
    }
    let discovered = &found["0"]["result"];
    assert_eq!(discovered["supportedVersions"][0], "2026-07-28");
    assert_eq!(discovered["capabilities"], json!({"tools": {}}));
    assert_eq!(found["2"]["result"]["structuredContent"]["page"]["generation"], 1);
    let failed = &found["3"]["result"];
    assert!(failed["isError"] == true && failed.get("structuredContent").is_none());
    assert_eq!(found["\"four\""]["error"]["code"], -32601);
}

#[test]
fn clients_that_try_one_way_and_then_the_other_are_answered_both_times() {
    let server = Running::demo();
    let mut other = enveloped(request(2, "server/discover", json!({})));
    other["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2027-01-01".into();
    let found = exchanged(
        &server,
        &[
            json!({"jsonrpc": "2.0", "id": 1, "method": "something/unknown"}),
            other,
            request(3, "tools/list", json!({})),
            enveloped(request(4, "tools/list", json!({}))),
            initialize("2025-11-25"),
            request(5, "tools/list", json!({})),
            enveloped(request(6, "tools/list", json!({}))),
            request(7, "server/discover", json!({})),
            request(8, "tools/list", json!({"cursor": "x"})),
            call(9, "no_such_tool", json!({})),
            request(10, "tools/call", json!({"name": "search_papers", "arguments": [1]})),
            request(11, "tools/call", json!({})),
        ],
    );
    let code = |id: &str| found[id]["error"]["code"].as_i64().unwrap();
    assert_eq!(code("1"), -32601, "an unknown method before anything else is answered at once");
    assert_eq!(code("2"), -32022);
    assert_eq!(found["2"]["error"]["data"]["requested"], "2027-01-01");
    assert!(found["2"]["error"]["data"]["supported"].as_array().unwrap().contains(&json!("2026-07-28")));
    assert_eq!(code("3"), -32602, "neither way was begun");
    for id in ["4", "5", "6"] {
        assert_eq!(found[id]["result"]["tools"].as_array().unwrap().len(), 5, "{id}");
    }
    for id in ["7", "8", "9", "10", "11"] {
        assert_eq!(code(id), -32602, "{id}");
    }
    assert!(found["9"]["error"]["message"].as_str().unwrap().contains("search_papers"));
}

#[test]
fn a_batch_is_answered_where_the_revision_has_batches() {
    let server = Running::demo();
    let batch = json!([request(1, "ping", json!({})), {"jsonrpc": "2.0", "method": "x"}, 7, request(2, "tools/list", json!({}))]);
    let input = |version: &str| format!("{}\n{batch}\n[]\n", initialize(version));
    let found = answers(&server, Cursor::new(input("2025-03-26")), 1);
    let ids: Vec<&Value> = found[1].as_array().unwrap().iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [&json!(1), &Value::Null, &json!(2)]);
    assert_eq!(found[2]["error"]["code"], -32600);
    let found = answers(&server, Cursor::new(input("2025-06-18")), 1);
    assert!(found[1]["error"]["code"] == -32600 && found[1]["id"].is_null());
}

#[test]
fn lines_of_any_kind_are_answered_and_the_input_ends_in_good_order() {
    let server = Running::demo();
    let mut input = format!("{}\n\n  \r\n", initialize("2025-11-25")).into_bytes();
    input.extend(b"\xff\xfe\n{\"jsonrpc\"\n\"\\ud800\"\n");
    input.extend(vec![b'x'; 3 << 20]);
    input.push(b'\n');
    input.extend(vec![b'['; 200_000]);
    input.push(b'\n');
    input.extend(format!("{}\r\n", request("after", "ping", json!({}))).bytes());
    // Without a line break at the end.
    input.extend(request("last", "ping", json!({})).to_string().bytes());
    let found = answers(&server, Cursor::new(input), 2);
    let codes: Vec<i64> = found.iter().filter_map(|answer| answer["error"]["code"].as_i64()).collect();
    assert_eq!(codes, [-32700, -32700, -32700, -32600, -32700]);
    assert!(["after", "last"].iter().all(|id| found.iter().any(|answer| answer["id"] == *id)), "{found:?}");
    assert!(answers(&server, Cursor::new(Vec::new()), 1).is_empty());
}

/// Input that has more to come, and never does until it is let go.
struct Waiting(Cursor<Vec<u8>>, Receiver<()>);

impl Read for Waiting {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into)? {
            0 => {
                _ = self.1.recv();
                Ok(0)
            }
            read => Ok(read),
        }
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_agent_that_no_longer_reads_is_not_waited_for() {
    let server = Running::demo();
    let (_hold, held) = std::sync::mpsc::channel();
    let line = format!("{}\n", initialize("2025-11-25")).into_bytes();
    let index = server.index.clone();
    let input = BufReader::new(Waiting(Cursor::new(line), held));
    semsearch_server::answer_agent(&session(&index), Box::new(move || unreachable!("{index:?}")), 1, input, Closed)
        .unwrap();
}

#[test]
fn a_call_that_is_cancelled_is_not_answered() {
    let server = Running::demo();
    let mut messages = vec![initialize("2025-11-25")];
    messages.extend(
        (1..=200)
            .map(|id| call(id, "search_papers", json!({"query": format!("agents {id}"), "k": 100, "mode": "exact"}))),
    );
    messages.push(call(200, "get_paper", json!({"id": "x"})));
    messages.push(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 200, "reason": "enough"}}));
    messages.push(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": {}}}));
    let input: String = messages.iter().map(|message| format!("{message}\n")).collect();
    let found = answers(&server, Cursor::new(input), 1);
    let of_last: Vec<&Value> = found.iter().filter(|answer| answer["id"] == 200).collect();
    assert_eq!(found.len(), 201, "the first call and 199 others, and that one id was there twice");
    assert!(of_last.len() == 1 && of_last[0]["error"]["code"] == -32600, "{of_last:?}");
}

#[test]
fn thousands_of_generated_lines_come_to_no_fault() {
    let server = Running::demo();
    let seeds = [
        call(
            1,
            "search_papers",
            json!({"query": "kv cache", "k": 2, "max_tokens": 200, "venue": ["a"], "where": "year > 2020"}),
        ),
        call("two", "similar_papers", json!({"ids": ["2106.09685"], "k": 1, "cursor": "AQMAAwABAAAAAAAAAHHWTuyiV1wp"})),
        call(3, "count_papers", json!({"by": "year", "query": "tides", "top": 3})),
        call(4, "get_paper", json!({"id": "ems", "max_tokens": 100})),
        enveloped(call(5, "collection_stats", json!({}))),
        enveloped(request(6, "server/discover", json!({}))),
        initialize("2025-03-26"),
        json!([request(7, "ping", json!({})), request(8, "tools/list", json!({}))]),
    ];
    let parts: [&[u8]; 12] = [
        b"null",
        b"-1",
        b"1e400",
        b"\"\"",
        b"{}",
        b"[]",
        b"\\u0000",
        b"\xf0\x28",
        b"\"k\":1e9,",
        b"true",
        b"</paper>",
        b"\n",
    ];
    let mut random = Random::new(0xa6e7);
    let mut input = format!("{}\n", initialize("2025-11-25")).into_bytes();
    for turn in 0..4000 {
        let mut line = seeds[turn % seeds.len()].to_string().into_bytes();
        for _ in 0..random.below(5) {
            if line.is_empty() {
                break;
            }
            let at = random.index(line.len());
            match random.below(5) {
                0 => line[at] = random.index(256) as u8,
                1 => line.truncate(at),
                2 => {
                    let end = (at + random.index(12)).min(line.len());
                    line.splice(at..end, random.pick(&parts).unwrap().iter().copied()).for_each(drop);
                }
                3 => line.extend_from_within(at..),
                // A value for another one.
                _ => {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    let part = String::from_utf8_lossy(random.pick(&parts).unwrap()).into_owned();
                    line = text
                        .replacen(
                            ["\"kv cache\"", "2", "[\"2106.09685\"]", "\"year\"", "{}"][random.index(5)],
                            &part,
                            1,
                        )
                        .into_bytes();
                }
            }
        }
        input.extend(line);
        input.push(b'\n');
    }
    input.extend(format!("{}\n", request("last", "ping", json!({}))).bytes());
    let found = answers(&server, Cursor::new(input), 4);
    assert!(found.len() > 2500, "{}", found.len());
    for answer in found.iter().flat_map(|answer| answer.as_array().cloned().unwrap_or_else(|| vec![answer.clone()])) {
        assert!(
            answer["jsonrpc"] == "2.0" && answer.get("result").is_some() != answer.get("error").is_some(),
            "{answer}"
        );
        let told = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
        assert!(!told.contains("fault of the program"), "{answer}");
    }
    assert!(found.iter().any(|answer| answer["id"] == "last"));
}

//! `ask --server`: the same answers as from the index, over HTTP.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::harness::{Outcome, Sandbox};

/// `semsearch serve` over the papers of a sandbox, stopped with the test.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn start(sandbox: &Sandbox, flags: &[&str]) -> Serving {
        Serving::start_with(sandbox, &[&["serve", "--addr", "127.0.0.1:0"], flags].concat())
    }

    fn start_with(sandbox: &Sandbox, arguments: &[&str]) -> Serving {
        let mut child = sandbox.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_else(|| panic!("{line}"));
        Serving { url: url.trim_end_matches(';').to_owned(), child }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What is printed and said, without times.
fn said(outcome: &Outcome) -> (String, String) {
    let timeless = |text: &str| {
        let lines = text.lines().map(|line| match line.split_once("; encode ") {
            Some((line, _)) => line.to_owned(),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    (outcome.stdout.clone(), timeless(&outcome.stderr))
}

fn without_times(mut document: Value) -> Value {
    document.as_object_mut().unwrap().remove("took_us");
    if let Some(expected) = document.pointer_mut("/explain/vectors/expected_us") {
        *expected = Value::Null;
    }
    document
}

#[test]
fn a_server_answers_as_the_index_does() {
    let sandbox = Sandbox::with_papers();
    let serving = Serving::start(&sandbox, &[]);
    let asked: [&[&str]; 14] = [
        &["cache"],
        &["graph neural networks", "-k", "2", "--full"],
        &["cache", "--mode", "lexical"],
        &["cache", "--mode", "dense", "--exact"],
        &["cahce experts"],
        &["cahce experts", "--no-correct"],
        &["cache", "--weight", "0.9", "--sort", "title"],
        &["cache", "--rrf", "--recency", "2y", "--diverse", "0.3"],
        &["-Q", "cache", "-Q", "graph", "--any"],
        &["-Q", "cache", "-Q", "graph", "--all"],
        &["cache", "--since", "2024-05", "--year", "2020..", "--author", "a"],
        &["cache", "--where", "year >= 2020 and not venue = \"arXiv\""],
        &["cache", "--year", "1890"],
        &["cache", "--min-score", "9"],
    ];
    for question in asked {
        let here = sandbox.run(&[&["ask"], question].concat());
        let there = sandbox.run(&[&["ask", "--server", &serving.url], question].concat());
        assert_eq!(said(&there), said(&here), "{question:?}");
        let here = sandbox.run(&[&["ask", "--json"], question].concat());
        let there = sandbox.run(&[&["ask", "--json", "--server", &serving.url], question].concat());
        assert_eq!(there.status, here.status, "{question:?}");
        assert_eq!(without_times(there.json()), without_times(here.json()), "{question:?}");
    }
    let explained = |flags: &[&str]| sandbox.run(&[&["ask", "cache", "--explain", "--exact"], flags].concat());
    assert_eq!(explained(&["--server", &serving.url]).stdout, explained(&[]).stdout);
    explained(&["--server", &serving.url]).says("candidates").says("as asked");
}

#[test]
fn many_questions_go_over_one_connection() {
    let sandbox = Sandbox::with_papers();
    let serving = Serving::start(&sandbox, &[]);
    let input = "{\"_id\": \"q7\", \"text\": \"cache\"}\n{\"_id\": \"q8\", \"text\": \"+nowhere\"}\n";
    let here = sandbox.run_with_input(&["ask", "-", "--jsonl"], input).code(0);
    let there = sandbox.run_with_input(&["ask", "-", "--jsonl", "--server", &serving.url], input).code(0);
    assert_eq!(there.stdout, here.stdout);
    let text =
        "We keep the keys and values of all tokens in a cache. What do \"quotes\" bind? Nothing: they are prose.";
    sandbox.write("draft.txt", text);
    let of_file = |flags: &[&str]| sandbox.run(&[&["ask", "--file", "draft.txt", "--jsonl"], flags].concat()).stdout;
    assert_eq!(of_file(&["--server", &serving.url]), of_file(&[]));
}

#[test]
fn a_server_that_does_not_answer_is_told_apart() {
    let sandbox = Sandbox::with_papers();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{closed}");
    sandbox.run(&["ask", "cache", "--server", &nobody]).code(5).prints_nothing().says("cannot ask the server at");
    sandbox.run(&["ask", "cache", "--server", &nobody]).code(5).says("help: start one with `semsearch serve`");
    sandbox.run(&["ask", "cache", "--server", "localhost"]).code(2).says("expected an address such as");
    sandbox.run(&["ask", "cache", "--server", &nobody, "--index", "x"]).code(2).says("cannot be used with");
    sandbox.run(&["ask", "cache", "--server", &nobody, "-k", "0"]).code(2).says("at most 1000 papers");

    let token = "0123456789abcdef";
    let serving = Serving::start(&sandbox, &["--token", token]);
    let ask = |flags: &[&str]| sandbox.run(&[&["ask", "cache", "--server", &serving.url], flags].concat());
    ask(&[]).code(2).prints_nothing().says("the server wants a token");
    ask(&["--token", token]).code(0);
    sandbox.run_with_variables(&["ask", "cache", "--server", &serving.url], &[("SEMSEARCH_TOKEN", token)]).code(0);
    ask(&["--token", token, "--like", "nobody"]).code(2).says("no paper has the id `nobody`");
    ask(&["--token", token, "-k", "2000", "--json"]).code(2).says("from 1 to 1000");
}

#[test]
fn a_port_alone_is_one_of_this_machine() {
    let sandbox = Sandbox::with_papers();
    let serving = Serving::start_with(&sandbox, &["serve", "--port", "0"]);
    assert!(serving.url.starts_with("http://127.0.0.1:"), "{}", serving.url);
    sandbox.run(&["ask", "cache", "--server", &serving.url]).code(0);
    sandbox.run(&["serve", "--port", "0", "--addr", "127.0.0.1:0"]).code(2).says("cannot be used with");
    sandbox.run(&["serve", "--port", "70000"]).code(2).says("65535");
}

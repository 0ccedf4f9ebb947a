//! `ask -`: questions on standard input, as lines, as JSON and as one text, and an index that changes between them.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Outcome, Sandbox, TOY, ids, left_out, number, text};

/// A text whose lines are wrapped.
const WRAPPED: &str = "\
Large language models keep the keys and values of all tokens in a cache,
which grows with the length of the input. We compress the cache in groups
of eight tokens, and measure what is lost on eleven tasks. The loss stays
below one percent at a quarter of the size.
";

#[test]
fn json_lines_are_answered_with_their_ids() {
    let sandbox = Sandbox::with_papers();
    let input =
        "{\"_id\": \"q7\", \"text\": \"cache\"}\n\n{\"id\": 3, \"query\": \"graph\"}\n{\"text\": \"experts\"}\n";
    let answers = sandbox.run_with_input(&["ask", "-", "--json"], input).code(0).json_lines();
    let of = |field: &str| answers.iter().map(|answer| text(answer, field).to_owned()).collect::<Vec<_>>();
    assert_eq!((of("/query_id"), of("/query")), (strings(["q7", "3", "3"]), strings(["cache", "graph", "experts"])));
    let numbers: Vec<f64> = answers.iter().map(|answer| number(answer, "/query_number")).collect();
    assert_eq!(numbers, [1.0, 2.0, 3.0]);
    let lines = sandbox.run_with_input(&["ask", "-", "--jsonl", "-k", "1"], input).code(0).json_lines();
    assert_eq!((text(&lines[0], "/query_id"), number(&lines[1], "/query_number")), ("q7", 2.0));
    sandbox.run_with_input(&["ask", "-"], input).code(0).prints("q7: cache\n");
    let alone = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(ids(&answers[0]), ids(&alone));
    assert_eq!(alone.get("query_number"), None);

    let broken = sandbox.run_with_input(&["ask", "-", "--json"], "{\"_id\": \"q7\", \"words\": \"cache\"}\n").code(2);
    broken.prints_nothing().says("standard input, line 1").says("`text`");
    sandbox.run_with_input(&["ask", "-", "--json"], "\n").code(1).prints_nothing().says("there was no question");
    // Not every brace is JSON.
    let latex = sandbox.run_with_input(&["ask", "-", "--json"], "{\\em cache}\n").code(0).json();
    assert_eq!(text(&latex, "/query"), "{\\em cache}");
}

#[test]
fn questions_without_hits_have_a_line_each() {
    let sandbox = Sandbox::with_papers();
    let input = "author:nobody\ncache\nauthor:nobody\n";
    let lines = sandbox.run_with_input(&["ask", "-", "--jsonl", "-k", "1"], input).code(0).json_lines();
    let schemas: Vec<&str> = lines.iter().map(|line| text(line, "/schema")).collect();
    assert_eq!(schemas, ["semsearch.no-hit/1", "semsearch.hit/2", "semsearch.no-hit/1"]);
    let numbers: Vec<f64> = lines.iter().map(|line| number(line, "/query_number")).collect();
    assert_eq!(numbers, [1.0, 2.0, 3.0]);
    assert_eq!(number(&lines[2], "/hits"), 0.0);
    for command in [&["similar", "cache"][..], &["ask", "cache"]] {
        let none = sandbox.run(&[command, &["--jsonl", "--year", "1700"]].concat()).code(1).json_lines();
        assert_eq!((none.len(), number(&none[0], "/hits")), (1, 0.0), "{command:?}");
        assert_eq!(text(&none[0], "/near/0/filter"), "year = 1700");
    }
}

#[test]
fn a_text_with_wrapped_lines_is_noticed() {
    let sandbox = Sandbox::with_papers();
    let lines = sandbox.run_with_input(&["ask", "-", "--jsonl", "-k", "1"], WRAPPED).code(0);
    let lines = lines.says("looks like one text with wrapped lines").says("--file -").json_lines();
    assert_eq!(lines.len(), 4, "in a pipe it is not decided for its sender");
    let whole = sandbox.run_with_input(&["ask", "--file", "-", "--jsonl", "-k", "1"], WRAPPED).code(0);
    assert_eq!(whole.json_lines().len(), 1);
    sandbox.run_with_input(&["ask", "-", "--jsonl", "-q"], WRAPPED).code(0).says_nothing();
    let questions = "efficient KV cache compression\nimage generation on a phone\nwhat do agents remember\n";
    sandbox.run_with_input(&["ask", "-", "--jsonl"], questions).code(0).says_nothing();
}

#[test]
fn on_a_terminal_it_is_asked_whether_wrapped_lines_are_one_text() {
    let sandbox = Sandbox::with_papers();
    sandbox.write("abstract.txt", WRAPPED);
    for (reply, answers) in [("y\n", 1), ("\n", 1), ("n\n", 4)] {
        let Some(shown) = on_a_terminal(&sandbox, "exec \"$0\" ask - -k 1 < abstract.txt", reply) else {
            return;
        };
        let shown = shown.code(0).prints("ask it as one? [Y/n]");
        assert_eq!(shown.stdout.matches("of 4 papers").count(), answers, "{reply:?}: {}", shown.stdout);
    }
}

#[test]
fn a_question_longer_than_the_model_reads_is_told_in_every_form() {
    let sandbox = Sandbox::with_papers();
    let long = "how are caches of keys and values compressed ".repeat(60);
    let said = "the question is longer than the model reads";
    sandbox.run(&["ask", &long]).says(said);
    let answer = sandbox.run(&["ask", &long, "--json"]).says(said).json();
    assert_eq!(answer["truncated"], true);
    let lines = sandbox.run(&["ask", &long, "--jsonl"]).says(said).json_lines();
    assert!(lines.iter().all(|line| line["truncated"] == true), "{lines:?}");
    let short = sandbox.run(&["ask", "cache", "--jsonl"]).code(0).says_nothing().json_lines();
    assert!(short.iter().all(|line| line.get("truncated").is_none()), "{short:?}");
}

#[test]
fn what_came_into_the_index_between_two_questions_is_found_by_the_second() {
    let sandbox = Sandbox::with_papers();
    let mut child = sandbox
        .command(&["ask", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut ask = || -> Value {
        input.write_all(b"cache\n").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    };
    assert_eq!(ask()["documents"], 4);
    sandbox
        .write("more.jsonl", "{\"id\": \"new\", \"title\": \"The newest cache\", \"abstract\": \"It came later.\"}\n");
    sandbox.run(&["embed", "more.jsonl", "--model", TOY]).code(0);
    let after = ask();
    assert!(ids(&after).contains(&"new") && after["documents"] == 5, "{after}");
    sandbox.run(&["remove", "new"]).code(0);
    assert_eq!(ask()["documents"], 4);
    drop(input);
    let rest = child.wait_with_output().unwrap();
    assert_eq!(rest.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&rest.stderr).contains("the index has changed: 5 papers now"));
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// Runs a line of the shell, whose `$0` is `semsearch`, on a terminal on which `typed` is typed.
fn on_a_terminal(sandbox: &Sandbox, line: &str, typed: &str) -> Option<Outcome> {
    const SCRIPT: &str = "import os, pty, sys; sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))";
    if !cfg!(unix) || sandbox.command_of("python3").arg("--version").output().is_err() {
        left_out("python3", "a terminal cannot be made");
        return None;
    }
    let mut command = sandbox.command_of("python3");
    command.args(["-c", SCRIPT, "sh", "-c", line, env!("CARGO_BIN_EXE_semsearch")]).env("TERM", "dumb");
    let mut outcome = sandbox.finish(command, typed);
    outcome.stdout = outcome.stdout.replace("\r\n", "\n");
    Some(outcome)
}

//! Ctrl-C, kill, and two at once: the old index answers until a new one is complete.
#![cfg(unix)]

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{DEFAULT_INDEX, Outcome, Sandbox, TOY, ids};

#[test]
fn ctrl_c_leaves_the_old_index_and_nothing_else() {
    let sandbox = sandbox_with_much_to_do();
    for signal in ["-INT", "-TERM"] {
        let child = begin_embedding(&sandbox);
        send(signal, &child);
        let outcome = Outcome::new(format!("interrupted by {signal}"), child.wait_with_output().unwrap());
        outcome.code(130).prints_nothing().says("stopp");
        let mut names = names(&sandbox);
        // What was embedded by then, if anything was, is kept for the next run; all else that was begun is taken away.
        names.retain(|name| name != "checkpoint");
        assert_eq!(segments(&sandbox), 1);
        assert_eq!(names, ["CURRENT", "generations", "lock", "segments", "vectors"]);
        expect_old_index(&sandbox);
    }
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
}

#[test]
fn ctrl_c_ends_a_first_embedding_too() {
    let sandbox = sandbox_with_much_to_do();
    std::fs::remove_dir_all(sandbox.path(DEFAULT_INDEX)).unwrap();
    let child = begin_embedding(&sandbox);
    send("-INT", &child);
    Outcome::new("interrupted".to_owned(), child.wait_with_output().unwrap()).code(130);
    sandbox.run(&["ask", "cache"]).code(3).says("there is no index");
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    expect_old_index(&sandbox);
}

#[test]
fn a_killed_embedding_is_cleared_away_by_the_next() {
    let sandbox = sandbox_with_much_to_do();
    let mut child = begin_embedding(&sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_building(&sandbox), "the dead cannot tidy up");
    expect_old_index(&sandbox);
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    assert_eq!(names(&sandbox), ["CURRENT", "generations", "lock", "segments", "vectors"]);
    assert_eq!(segments(&sandbox), 1, "what the killed one had begun is gone");
    expect_old_index(&sandbox);
}

#[test]
fn a_second_embedding_into_the_same_index_is_turned_away() {
    let sandbox = sandbox_with_much_to_do();
    let mut child = begin_embedding(&sandbox);
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(6).prints_nothing();
    outcome.says("another process is writing to").says("wait for it to finish");
    // Another index is another matter, and so is asking.
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", "other"]).code(0);
    expect_old_index(&sandbox);
    assert!(child.try_wait().unwrap().is_none(), "the first was at work all the while");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_command_with_patience_waits_until_the_index_is_free() {
    let sandbox = Sandbox::with_papers();
    let lock = std::fs::OpenOptions::new().append(true).open(sandbox.path(DEFAULT_INDEX).join("lock")).unwrap();
    lock.lock().unwrap();
    let failure = sandbox.run(&["remove", "cache", "--json"]).code(6).prints_nothing();
    let failure: serde_json::Value = serde_json::from_str(failure.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((failure["kind"].as_str(), failure["code"].as_u64()), (Some("busy"), Some(6)));
    for command in [&["embed", "papers.jsonl"][..], &["vacuum"], &["remove", "cache"], &["repair"]] {
        let started = std::time::Instant::now();
        let outcome = sandbox.run(&[command, &["--wait=1s"]].concat()).code(6);
        outcome.says("waiting for another process").says("another process is writing to");
        assert!(started.elapsed() >= std::time::Duration::from_secs(1), "{command:?}");
    }
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| sandbox.run(&["remove", "cache", "--wait"]).code(0));
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(!waiting.is_finished(), "it waits");
        lock.unlock().unwrap();
        waiting.join().unwrap().prints("1 removed; 3 papers in the index");
    });
    sandbox.run(&["remove", "graph", "--wait=soon"]).code(2).says("expected a time such as 30s");
}

#[test]
fn asking_goes_on_while_the_index_is_replaced_again_and_again() {
    let sandbox = Sandbox::with_papers();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..30 {
                sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--replace"]).code(0);
            }
        });
        while !writer.is_finished() {
            expect_old_index(&sandbox);
        }
    });
    // Nobody reads any more, so the last to write takes away all that was kept for readers.
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--replace"]).code(0);
    assert_eq!(names(&sandbox), ["CURRENT", "generations", "lock", "segments", "vectors"]);
    assert_eq!(segments(&sandbox), 2, "that of this generation, and of the one before it to fall back to");
}

/// A sandbox with an index of four papers, and a file that takes the toy model many seconds.
fn sandbox_with_much_to_do() -> Sandbox {
    let sandbox = Sandbox::with_papers();
    let line = |number| {
        let text = "a beam over layers finds the nearest rows ".repeat(8);
        format!("{{\"id\": \"{number}\", \"title\": \"Number {number}\", \"abstract\": \"{text}{number}\"}}\n")
    };
    sandbox.write("many.jsonl", (0..10_000).map(line).collect::<String>());
    sandbox
}

/// Starts embedding the large file, and waits until it has begun to build.
fn begin_embedding(sandbox: &Sandbox) -> Child {
    let mut command = sandbox.command(&["embed", "many.jsonl", "--model", TOY, "--threads", "1"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while !is_building(sandbox) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
        assert!(started.elapsed() < Duration::from_secs(120), "it does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn send(signal: &str, child: &Child) {
    let status = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

fn is_building(sandbox: &Sandbox) -> bool {
    names(sandbox).iter().any(|name| name.starts_with(".staging"))
}

fn segments(sandbox: &Sandbox) -> usize {
    std::fs::read_dir(sandbox.path(DEFAULT_INDEX).join("segments")).unwrap().count()
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(sandbox.path(DEFAULT_INDEX)) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn expect_old_index(sandbox: &Sandbox) {
    let answer = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    let mut found = ids(&answer);
    found.sort_unstable();
    assert_eq!(found, ["cache", "draft", "graph", "prune"]);
}

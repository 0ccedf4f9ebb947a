//! A killed `embed` goes on where it was: nothing is done twice, nothing is lost, and the vectors are the same.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{DEFAULT_INDEX, DEMO, Outcome, REAL, Sandbox, TOY, number};

/// Bytes of a checkpoint's head, and of a record of the toy model.
const HEAD: u64 = 96;
const RECORD: u64 = 32 + 4 * 32;
const PAPERS: u64 = 3_000;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |number: u64| {
        let text = "a beam over layers finds the nearest rows ".repeat(number as usize * 7 % 11);
        format!("{{\"id\": \"{number}\", \"title\": \"Number {number}\", \"abstract\": \"{text}{number}\"}}\n")
    };
    sandbox.write("many.jsonl", (0..PAPERS).map(line).collect::<String>());
    sandbox
}

const EMBED: [&str; 5] = ["embed", "many.jsonl", "--model", TOY, "--json"];

/// The only file of the checkpoint.
fn checkpoint(sandbox: &Sandbox) -> Option<PathBuf> {
    let mut files = std::fs::read_dir(sandbox.path(DEFAULT_INDEX).join("checkpoint")).ok()?;
    Some(files.next()?.unwrap().path())
}

fn length(sandbox: &Sandbox) -> u64 {
    checkpoint(sandbox).map_or(0, |path| path.metadata().unwrap().len())
}

/// Starts embedding, and waits until so many vectors are made.
fn begin(sandbox: &Sandbox, arguments: &[&str], vectors: u64, record: u64) -> Child {
    let mut command = sandbox.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while length(sandbox) < HEAD + vectors * record {
        assert!(child.try_wait().unwrap().is_none(), "it ended before that");
        assert!(started.elapsed() < Duration::from_secs(300), "it does not come so far");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

/// Kills it at once, as the end of memory or of patience does.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn vectors(sandbox: &Sandbox, index: &str) -> Vec<u8> {
    // Of a collection of one segment: the first folder of vectors, whatever its number.
    let folders = std::fs::read_dir(sandbox.path(index).join("vectors")).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    let index = std::fs::read(folders.remove(0).join("vectors.index")).unwrap();
    // The rows, which the first line of the table tells the length of; the header has the time that the build took.
    let len = u64::from_le_bytes(index[272..280].try_into().unwrap());
    index[4096..4096 + len as usize].to_vec()
}

fn whole(sandbox: &Sandbox) -> Vec<u8> {
    sandbox.run(&[&EMBED[..], &["--index", "whole"]].concat()).code(0);
    vectors(sandbox, "whole")
}

#[test]
fn a_killed_run_goes_on_and_gives_the_same_vectors() {
    let sandbox = sandbox();
    let expected = whole(&sandbox);
    let mut before = 0;
    // Killed again and again, each time further on, on one thread and on more.
    for (at, threads) in [(1, "1"), (700, "3"), (1_500, "1"), (2_900, "2")] {
        let arguments = [&EMBED[..], &["--threads", threads]].concat();
        kill(begin(&sandbox, &arguments, at, RECORD));
        let made = (length(&sandbox) - HEAD) / RECORD;
        assert!(made >= at && made >= before, "{made} vectors are kept");
        before = made;
    }
    let outcome = sandbox.run(&EMBED).code(0);
    let thousands = |count: u64| format!("{},{:03}", count / 1_000, count % 1_000);
    let outcome = outcome.says(&format!("resumed: {} of 3,000 papers were already embedded", thousands(before)));
    let report = outcome.json();
    assert_eq!((number(&report, "/resumed"), number(&report, "/documents")), (before as f64, PAPERS as f64));
    assert!(vectors(&sandbox, DEFAULT_INDEX) == expected, "the same bits as without interruption");
    assert!(checkpoint(&sandbox).is_none(), "what is in the index is not needed twice");
    let again = sandbox.run(&EMBED).code(0);
    assert_eq!(number(&again.json(), "/resumed"), 0.0);
    assert!(!again.stderr.contains("resumed"), "{}", again.stderr);
}

#[test]
fn what_was_cut_off_or_damaged_is_done_again_and_nothing_else() {
    let sandbox = sandbox();
    let expected = whole(&sandbox);
    kill(begin(&sandbox, &EMBED, 1_000, RECORD));
    let path = checkpoint(&sandbox).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate((HEAD + 1_000 * RECORD) as usize - 50);
    for (record, place) in [(3, 0), (500, 60), (900, RECORD - 1)] {
        bytes[(HEAD + record * RECORD + place) as usize] ^= 1;
    }
    std::fs::write(&path, bytes).unwrap();
    let outcome = sandbox.run(&EMBED).code(0);
    assert_eq!(number(&outcome.json(), "/resumed"), 996.0, "1,000 less the one cut off and the three damaged");
    outcome.says("resumed: 996 of 3,000 papers were already embedded; 3 vectors damaged, left out");
    assert!(vectors(&sandbox, DEFAULT_INDEX) == expected);
}

#[test]
fn ctrl_c_keeps_what_was_embedded_and_says_so() {
    let sandbox = sandbox();
    let child = begin(&sandbox, &[&EMBED[..], &["--threads", "1"]].concat(), 200, RECORD);
    let status = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(status.unwrap().success());
    let outcome = Outcome::new("interrupted".to_owned(), child.wait_with_output().unwrap()).code(130).prints_nothing();
    outcome.says("documents are kept");
    let made = (length(&sandbox) - HEAD) / RECORD;
    assert_eq!(number(&sandbox.run(&EMBED).code(0).json(), "/resumed"), made as f64);
}

#[test]
fn other_papers_may_come_or_go_and_fresh_begins_anew() {
    let sandbox = sandbox();
    kill(begin(&sandbox, &EMBED, 1_000, RECORD));
    let made = (length(&sandbox) - HEAD) / RECORD;
    let lines = std::fs::read_to_string(sandbox.path("many.jsonl")).unwrap();
    let backwards: Vec<&str> = lines.lines().rev().collect();
    let more = "{\"title\": \"One more\", \"abstract\": \"at the front\"}";
    sandbox.write("other.jsonl", format!("{more}\n{}\n", backwards.join("\n")));
    let other = ["embed", "other.jsonl", "--model", TOY, "--json"];
    // A limit makes another model of it, whose vectors are kept apart.
    let limited = [&other[..], &["--max-tokens", "9", "--index", DEFAULT_INDEX]].concat();
    assert!(length(&sandbox) > 0);
    kill(begin_with_another(&sandbox, &limited));
    let report = sandbox.run(&other).code(0).json();
    assert_eq!((number(&report, "/resumed"), number(&report, "/documents")), (made as f64, PAPERS as f64 + 1.0));

    std::fs::remove_dir_all(sandbox.path(DEFAULT_INDEX)).unwrap();
    kill(begin(&sandbox, &EMBED, 100, RECORD));
    let report = sandbox.run(&[&EMBED[..], &["--fresh"]].concat()).code(0).json();
    assert_eq!(number(&report, "/resumed"), 0.0);
    assert!(checkpoint(&sandbox).is_none());
}

/// Starts embedding for another fingerprint, and waits until it has a checkpoint of its own.
fn begin_with_another(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    let mut command = sandbox.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let started = Instant::now();
    let folder = sandbox.path(DEFAULT_INDEX).join("checkpoint");
    while std::fs::read_dir(&folder).unwrap().count() < 2 {
        assert!(started.elapsed() < Duration::from_secs(300), "it does not begin");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::with_papers();
    let place = sandbox.path(DEFAULT_INDEX).join("checkpoint");
    std::fs::write(&place, "in the way").unwrap();
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--fresh"]).code(5).prints_nothing();
    outcome.says("checkpoint");
    std::fs::remove_file(&place).unwrap();
    sandbox.run(&["ask", "cache"]).code(0);
}

#[test]
fn real_papers_go_on_too() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    let demo = std::fs::read_to_string(DEMO).unwrap();
    sandbox.write("demo.jsonl", demo.lines().take(80).collect::<Vec<_>>().join("\n"));
    let embed = ["embed", "demo.jsonl", "--model", REAL, "--json"];
    let record = 32 + 4 * 384;
    for at in [1, 40] {
        kill(begin(&sandbox, &embed, at, record));
    }
    let made = (length(&sandbox) - HEAD) / record;
    assert_eq!(number(&sandbox.run(&embed).code(0).json(), "/resumed"), made as f64);
    sandbox.run(&[&embed[..], &["--index", "whole"]].concat()).code(0);
    assert!(vectors(&sandbox, DEFAULT_INDEX) == vectors(&sandbox, "whole"), "the same bits");
}

#[test]
fn an_input_that_cannot_be_read_leaves_no_folder_behind() {
    let sandbox = Sandbox::new();
    sandbox.write("bad.jsonl", "{\"title\": \"good\", \"abstract\": \"\"}\nnot JSON\n");
    sandbox.run(&["embed", "bad.jsonl", "--model", TOY]).code(2).says("line 2");
    assert!(!sandbox.path(DEFAULT_INDEX).exists());
}

#[test]
fn a_memory_budget_that_makes_no_sense_is_refused() {
    let sandbox = Sandbox::with_papers();
    for size in ["none", "0", "1K", "-5G"] {
        let memory = format!("--memory={size}");
        sandbox.run(&["embed", "papers.jsonl", "--model", TOY, &memory]).code(2).says("such as 512M or 2G");
    }
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--memory", "64M"]).code(0);
}

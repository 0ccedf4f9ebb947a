//! Places that cannot be written, and readers that go away.

use std::io::Write;
use std::process::Stdio;

use crate::harness::{DEFAULT_INDEX, DEMO, Outcome, Sandbox, TOY, left_out};

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let sandbox = Sandbox::with_papers();
    // Below a regular file nothing can be made, not even by root.
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", "papers.jsonl/index"]).code(5);
    outcome.says("cannot create papers.jsonl/index").prints_nothing();
    let outcome = sandbox.run(&["man", "--out", "papers.jsonl/man"]).code(5);
    outcome.says("cannot create papers.jsonl/man").prints_nothing();
}

#[test]
fn a_plot_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::with_papers();
    let outcome = sandbox.run(&["bench", "--ef", "8", "--plot", "nowhere/recall.svg"]).code(5);
    outcome.says("cannot write nowhere/recall.svg");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_a_failure() {
    let sandbox = Sandbox::with_papers();
    let commands: [&[&str]; 8] = [
        &["ask", "cache"],
        &["ask", "cache", "--json"],
        &["encode", "x", "--model", TOY],
        &["embed", "papers.jsonl", "--model", TOY, "--json", "--index", "other"],
        &["info"],
        &["model", "list"],
        &["man"],
        &["completions", "bash"],
    ];
    for arguments in commands {
        let mut command = sandbox.command(arguments);
        command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        let outcome = Outcome::new(format!("{command:?}"), command.output().unwrap()).code(5);
        outcome.says("cannot write to standard output").says("No space left");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_quietly() {
    let sandbox = Sandbox::with_papers();
    for arguments in [&["ask", "-", "--quiet"][..], &["ask", "-", "--jsonl"], &["encode", "-", "--model", TOY]] {
        let mut command = sandbox.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        // The program may go while it is written to; that is what is tested.
        let _ = child.stdin.take().unwrap().write_all("a question\n".repeat(600).as_bytes());
        let outcome = Outcome::new(format!("{command:?}"), child.wait_with_output().unwrap());
        outcome.code(0).says_nothing();
    }
}

#[test]
#[cfg(unix)]
fn a_disk_that_fills_up_leaves_the_old_index_as_it_was() {
    let sandbox = Sandbox::with_papers();
    let before = sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout;
    // A limit on the size of files stands for the disk: writing beyond it fails. Blocks are half a KiB or a whole one,
    // as the shell has it, so the limits are chosen to end inside the rows (28 KiB), the graph (93 KiB) and the
    // documents (190 KiB) in either case.
    for blocks in ["8", "64", "120"] {
        let mut command = sandbox.command_of("sh");
        command.args([
            "-c",
            "trap '' XFSZ && ulimit -f \"$0\" && exec \"$@\"",
            blocks,
            env!("CARGO_BIN_EXE_semsearch"),
        ]);
        command.args(["embed", DEMO, "--model", TOY]);
        let outcome = sandbox.finish(command, "");
        if outcome.stderr.contains("trap") || outcome.stderr.contains("ulimit") {
            return left_out("limits on files", "this shell sets none");
        }
        outcome.code(5).says("cannot write").says("File too large").prints_nothing();
        let mut names: Vec<_> =
            std::fs::read_dir(sandbox.path(DEFAULT_INDEX)).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names.retain(|name| name != "checkpoint");
        assert_eq!(names, ["CURRENT", "generations", "lock", "segments", "vectors"]);
        for place in ["generations", "segments", "vectors"] {
            let count = std::fs::read_dir(sandbox.path(DEFAULT_INDEX).join(place)).unwrap().count();
            assert_eq!(count, 1, "what was begun in {place} is taken away");
        }
        assert_eq!(sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout, before);
    }
    sandbox.run(&["embed", DEMO, "--model", TOY]).code(0);
}

#[test]
fn a_file_that_is_there_is_replaced_if_that_is_said_and_refused_before_any_work_if_not() {
    let sandbox = Sandbox::with_papers();
    std::fs::create_dir_all(sandbox.path("set/qrels")).unwrap();
    sandbox.write("set/corpus.jsonl", "{\"_id\": \"d1\", \"title\": \"The cache\", \"text\": \"Keys and values.\"}\n");
    sandbox.write("set/queries.jsonl", "{\"_id\": \"q1\", \"text\": \"cache\"}\n");
    sandbox.write("set/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n");
    let commands: [(&[&str], &str); 7] = [
        (&["export", "--to", "papers.bib"], "papers.bib"),
        (&["export", "other.bib", "--ask", "cache"], "other.bib"),
        (&["bench", "--ef", "8", "--no-ladder", "--plot", "bench.svg"], "bench.svg"),
        (&["selftest", "--queries", "2", "--plot", "self.svg"], "self.svg"),
        (&["eval", "set", "--model", "static", "--plot", "eval.png"], "eval.png"),
        (&["eval", "set", "--model", "static", "--write-run", "run.trec"], "run.trec"),
        (&["man", "--out", "pages"], "pages/semsearch.1"),
    ];
    for (arguments, file) in commands {
        sandbox.run(arguments).code(0);
        sandbox.write(file, "mine");
        let refused = sandbox.run(arguments).code(2).prints_nothing();
        let refused = refused.says(&format!("{file} exists already")).says("--overwrite replaces it");
        assert!(!refused.stderr.contains("measuring"), "{}", refused.stderr);
        assert_eq!(std::fs::read_to_string(sandbox.path(file)).unwrap(), "mine", "{arguments:?}");
        sandbox.run(&[arguments, &["--overwrite"]].concat()).code(0);
        assert_ne!(std::fs::read(sandbox.path(file)).unwrap(), b"mine", "{arguments:?}");
    }
    // A folder is replaced if it is nothing but an export.
    let vectors = ["export", "--to", "vectors", "--format", "npy"];
    sandbox.run(&vectors).code(0);
    sandbox.run(&vectors).code(2).says("--overwrite replaces it");
    sandbox.run(&[&vectors[..], &["--overwrite"]].concat()).code(0);
    sandbox.write("vectors/notes.txt", "mine");
    sandbox.run(&[&vectors[..], &["--overwrite"]].concat()).code(2).says("is not an export in this format");
    assert_eq!(std::fs::read_to_string(sandbox.path("vectors/notes.txt")).unwrap(), "mine");
}

#[test]
fn a_dash_is_standard_output_or_refused_and_never_a_file() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["export", "--to", "-", "--format", "ris"]).code(0).prints("TY  - ");
    sandbox.run(&["bench", "--plot", "-"]).code(2).says("expected a name that ends in .svg or .png");
    sandbox.run(&["eval", "set", "--write-run", "-"]).code(2).says("standard output has the report");
    sandbox.run(&["man", "--out", "-"]).code(2).says("without it, a page goes to standard output");
    assert!(!sandbox.path("-").exists());
}

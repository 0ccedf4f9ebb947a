//! Terminals of 80 and of 40 columns: lines fit, words stay whole, tables turn.

use std::collections::HashSet;

use crate::harness::{DEMO, Outcome, Sandbox, TOY, left_out, toy_demo_index};

/// Runs `semsearch` on a terminal of so many columns. `None` where there is no Python to make one.
fn on_columns(sandbox: &Sandbox, columns: usize, arguments: &[&str]) -> Option<Outcome> {
    const SCRIPT: &str = "
import fcntl, os, pty, struct, sys, termios, time
child, terminal = pty.fork()
if child == 0:
    time.sleep(0.05)
    os.execv(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))";
    if !cfg!(unix) || sandbox.command_of("python3").arg("--version").output().is_err() {
        left_out("python3", "a terminal cannot be made");
        return None;
    }
    let mut command = sandbox.command_of("python3");
    command.args(["-c", SCRIPT, &columns.to_string(), env!("CARGO_BIN_EXE_semsearch")]).args(arguments);
    command.env("NO_COLOR", "1").env("TERM", "xterm");
    let mut outcome = sandbox.finish(command, "");
    outcome.stdout = outcome.stdout.replace("\r\n", "\n");
    Some(outcome)
}

const COMMANDS: [&[&str]; 15] = [
    &["ask", "sparse attention", "-k", "20"],
    &["ask", "sparse attention", "-k", "3", "--explain"],
    &["similar", "louiskv-efficient-kv-cache-retrieval-for-long-input-output", "-k", "20"],
    &["facets", "--by", "year"],
    &["facets", "--by", "org"],
    &["count", "attention"],
    &["info"],
    &["info", "--memory"],
    &["info", "--cpu"],
    &["model", "list"],
    &["doctor"],
    &["inspect", DEMO],
    &["bench", "--ef", "8", "--quiet"],
    &["selftest", "--queries", "5", "--quiet"],
    &["dupes", "--threshold", "0.9", "--limit", "3", "--quiet"],
];

#[test]
fn lines_fit_and_only_a_word_of_its_own_is_longer() {
    let sandbox = Sandbox::new();
    for columns in [40, 80] {
        for command in COMMANDS {
            let arguments = [command, &["--index", toy_demo_index()]].concat();
            let arguments = if command[0] == "model" { command.to_vec() } else { arguments };
            let Some(outcome) = on_columns(&sandbox, columns, &arguments) else { return };
            let outcome = outcome.code(0);
            // What a bar of progress leaves behind was on the line before.
            for line in outcome.stdout.lines().map(|line| line.rsplit('\r').next().unwrap_or_default()) {
                let is_a_word = !line.trim().contains(' ');
                assert!(is_a_word || line.chars().count() <= columns, "{columns} {command:?}: {line:?}");
            }
        }
    }
}

#[test]
fn errors_and_tips_fit_too() {
    let sandbox = Sandbox::new();
    for arguments in [&["serve"][..], &["ask", "x", "--bibtex"], &["ask", "x", "--index", "nowhere"], &[]] {
        let Some(outcome) = on_columns(&sandbox, 40, arguments) else { return };
        for line in outcome.stdout.lines() {
            assert!(!line.trim().contains(' ') || line.chars().count() <= 40, "{arguments:?}: {line:?}");
        }
    }
}

#[test]
fn no_word_is_broken() {
    let sandbox = Sandbox::new();
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(|word| word.replace('…', "")).collect() };
    let whole: HashSet<String> =
        words(&std::fs::read_to_string(DEMO).unwrap().replace(['"', '\\'], " ")).into_iter().collect();
    let whole: String = whole.into_iter().collect::<Vec<_>>().join(" ");
    for columns in [40, 80] {
        let arguments = ["ask", "sparse attention", "-k", "30", "--index", toy_demo_index()];
        let Some(outcome) = on_columns(&sandbox, columns, &arguments) else { return };
        for line in outcome.code(0).stdout.lines() {
            // Beside rank and score, what follows is title and abstract.
            let Some(text) = line.get(12..).filter(|_| !line.contains('·')) else { continue };
            for word in words(text).iter().filter(|word| word.contains('-')) {
                assert!(!word.ends_with('-') || whole.contains(&format!("{word} ")), "{columns}: {line}");
            }
        }
    }
}

#[test]
fn a_table_that_is_too_wide_turns() {
    let sandbox = Sandbox::new();
    let arguments = ["bench", "--ef", "8", "--quiet", "--index", toy_demo_index()];
    let Some(narrow) = on_columns(&sandbox, 40, &arguments) else { return };
    narrow.code(0).prints("ef 8\n").prints("  95 % interval");
    let memory = ["info", "--memory", "--index", toy_demo_index()];
    on_columns(&sandbox, 40, &memory).unwrap().code(0).prints("segment all\n").prints("\n  documents  ");
    on_columns(&sandbox, 80, &memory).unwrap().code(0).prints("segment           rows  documents");
}

#[test]
fn help_on_a_narrow_terminal_has_whole_flags_and_examples_that_are_commands() {
    let sandbox = Sandbox::new();
    for command in ["embed", "eval", "export", "count", "ask"] {
        for flag in ["-h", "--help"] {
            let Some(outcome) = on_columns(&sandbox, 40, &[command, flag]) else { return };
            let outcome = outcome.code(0);
            let usage = outcome.stdout.split("Usage: ").nth(1).unwrap().split("\n\n").next().unwrap();
            let words = usage.split_whitespace().collect::<Vec<_>>();
            assert!(words.iter().all(|word| !word.starts_with("..")), "{command}: {usage}");
            let examples = outcome.stdout.split("Examples:\n").nth(1).unwrap().split("\n\n").next().unwrap();
            let joined = examples.replace(" \\\n    ", " ");
            let mut is_quoted = false;
            for line in joined.lines() {
                // A question that is longer than a line goes on inside its quotes.
                let goes_on = is_quoted;
                is_quoted ^= line.matches('"').count() % 2 == 1;
                if goes_on {
                    continue;
                }
                let line = line.trim();
                let is_command = line.starts_with("semsearch ") || line.contains("| semsearch");
                assert!(line.starts_with("# ") || is_command, "{command}: {line:?}\n{examples}");
            }
        }
    }
}

#[test]
fn the_short_help_of_embed_names_its_source() {
    let sandbox = Sandbox::new();
    sandbox.run(&["embed", "-h"]).code(0).prints("--source <NAME>");
    let ask = sandbox.run(&["ask", "-h"]).code(0);
    assert!(!ask.stdout.contains("--source"), "{}", ask.stdout);
}

#[test]
fn a_list_shows_ids_though_other_names_are_shorter() {
    let sandbox = Sandbox::new();
    let paper = r#"{"id": "mullerSparse2011", "title": "Sparse", "abstract": "Few are many.", "doi": "10.1/x"}"#;
    let long = r#"{"id": "a-name-that-is-longer-than-any-line-of-a-terminal-that-is-this-narrow", "title": "Long", "abstract": "It is."}"#;
    sandbox.write("papers.jsonl", format!("{paper}\n{long}\n"));
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    for columns in [40, 80, 120] {
        let Some(list) = on_columns(&sandbox, columns, &["list"]) else { return };
        let list = list.code(0).prints("mullerSparse2011").stdout;
        assert!(!list.contains("10.1/x"), "{list}");
        let shown = list.lines().find_map(|line| line.split_whitespace().find(|word| word.starts_with("a-name")));
        sandbox.run(&["show", shown.unwrap()]).code(0).prints("Long");
        let Some(hit) = on_columns(&sandbox, columns, &["ask", "sparse"]) else { return };
        hit.prints("mullerSparse2011");
    }
}

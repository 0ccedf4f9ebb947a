//! Manners: results on standard output, talk on standard error, colour only where it can be seen, pages that fit.

use crate::harness::{DEMO, Outcome, PAPERS, Sandbox, TOY, left_out, toy_demo_index};

const ESCAPE: char = '\u{1b}';

#[test]
fn only_results_come_on_standard_output() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    // Those that talk do so on standard error, and the others say nothing.
    let talkers: [(&[&str], &str); 4] = [
        (&["embed", "papers.jsonl", "--model", TOY, "--json"], "read 4 records"),
        (&["embed", "papers.jsonl", "--model", TOY], "read 4 records"),
        (&["ask", "cache"], "of 4 papers"),
        (&["bench", "--ef", "8", "--json"], "measuring"),
    ];
    for (arguments, talk) in talkers {
        let outcome = sandbox.run(arguments).code(0).says(talk);
        assert!(!outcome.stdout.contains(talk), "{}", outcome.stdout);
        let quiet = sandbox.run(&[arguments, &["--quiet"]].concat()).code(0).says_nothing();
        assert!(!quiet.stdout.is_empty(), "quiet is not mute: {arguments:?}");
    }
    let silent: [&[&str]; 6] = [
        &["ask", "cache", "--json"],
        &["ask", "cache", "--jsonl"],
        &["encode", "x", "--model", TOY],
        &["info"],
        &["model", "show"],
        &["--version"],
    ];
    for arguments in silent {
        let outcome = sandbox.run(arguments).code(0).says_nothing();
        assert!(!outcome.stdout.is_empty(), "{arguments:?}");
    }
    sandbox.run(&["ask", "", "--quiet"]).code(2).says("the query is empty");
}

#[test]
fn colour_is_for_those_who_see_it_or_ask_for_it() {
    let sandbox = Sandbox::with_papers();
    for command in [&["ask", "cache"][..], &["info"], &["model", "list"], &["bench", "--ef", "8"]] {
        let plain = sandbox.run(command).code(0);
        assert!(!plain.stdout.contains(ESCAPE) && !plain.stderr.contains(ESCAPE), "{plain:?}");
        let coloured = sandbox.run(&[command, &["--color", "always"]].concat()).code(0);
        assert!(coloured.stdout.contains("\u{1b}[1m"), "{coloured:?}");
    }
    let plain = sandbox.run(&["info"]).code(0).stdout;
    let coloured = sandbox.run(&["info", "--color", "always"]).code(0).stdout;
    assert_eq!(coloured.replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""), plain, "colour changes nothing else");
    for form in ["--json", "--jsonl"] {
        let data = sandbox.run(&["ask", "cache", form, "--color", "always"]).code(0);
        assert!(!data.stdout.contains(ESCAPE), "{}", data.stdout);
    }
}

#[test]
fn a_terminal_gets_colour_unless_no_color_says_otherwise() {
    let sandbox = Sandbox::with_papers();
    let Some(shown) = on_a_terminal(&sandbox, &["ask", "cache"], &[("TERM", "xterm-256color")]) else {
        return;
    };
    assert!(shown.code(0).stdout.contains("\u{1b}[1m"));
    for (name, value, flag) in [("NO_COLOR", "1", "auto"), ("TERM", "dumb", "auto"), ("TERM", "xterm", "never")] {
        let shown = on_a_terminal(&sandbox, &["ask", "cache", "--color", flag], &[("TERM", "xterm"), (name, value)]);
        let shown = shown.expect("a terminal was had before").code(0);
        assert!(!shown.stdout.contains(ESCAPE), "{name}={value} --color {flag}: {:?}", shown.stdout);
    }
}

#[test]
fn a_terminal_gets_a_bar_and_indented_json() {
    let sandbox = Sandbox::new();
    let Some(shown) = on_a_terminal(&sandbox, &["embed", DEMO, "--model", TOY], &[("TERM", "xterm")]) else {
        return;
    };
    shown.code(0).prints("embedding").prints("/225");
    let answer = on_a_terminal(&sandbox, &["ask", "cache", "--json", "-k", "1"], &[("TERM", "xterm")]).unwrap().code(0);
    answer.prints("\n  \"schema\": \"semsearch.ask/2\"");
    let quiet = on_a_terminal(&sandbox, &["embed", DEMO, "--model", TOY, "--quiet"], &[("TERM", "xterm")]).unwrap();
    assert!(!quiet.code(0).stdout.contains("/225"), "no bar");
}

#[test]
fn answers_fit_eighty_columns_in_a_pipe() {
    let outcome = Sandbox::new().run(&["ask", "sparse attention", "-k", "225", "--index", toy_demo_index()]).code(0);
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert_eq!(line.trim_end(), line, "nothing hangs over");
    }
}

#[test]
fn text_of_papers_cannot_command_the_terminal() {
    let sandbox = Sandbox::new();
    let title = "Red \\u001b[31malert\\u0007 \\u009b2J\\rand\\nmore";
    sandbox.write("papers.jsonl", format!("{{\"id\": \"x\", \"title\": \"{title}\", \"abstract\": \"{title}\"}}\n"));
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    let shown = sandbox.run(&["ask", "alert", "--color", "always"]).code(0).stdout;
    assert!(!shown.contains("\u{1b}[31m") && !shown.contains(['\u{7}', '\r', '\u{9b}']), "{shown:?}");
}

#[test]
fn every_help_page_fits_a_hundred_columns_and_names_its_flags() {
    let sandbox = Sandbox::new();
    let pages: [(&[&str], &str); 12] = [
        (&[], "Exit codes:"),
        (&["embed"], "--skip-bad"),
        (&["ask"], "--rerank"),
        (&["encode"], "--kind"),
        (&["bench"], "--plot"),
        (&["info"], "--index"),
        (&["model"], "pull"),
        (&["model", "list"], "--json"),
        (&["model", "show"], "NAME|DIR"),
        (&["model", "add"], "--name"),
        (&["completions"], "zsh"),
        (&["man"], "--out"),
    ];
    for (command, expected) in pages {
        let help = sandbox.run(&[command, &["--help"]].concat()).code(0).prints(expected).says_nothing();
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= 100, "{command:?}: {line}");
        }
    }
    for command in ["embed", "ask", "encode", "bench"] {
        sandbox.run(&[command, "--help"]).code(0).prints("Examples:").prints("  semsearch ");
    }
}

#[test]
fn short_help_fits_a_screen_and_long_help_has_everything() {
    let sandbox = Sandbox::new();
    let help = |arguments: &[&str]| sandbox.run_with_variables(arguments, &[("COLUMNS", "80")]).code(0).stdout;
    let root = help(&["--help"]);
    let commands: Vec<&str> = root
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "semsearch")
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    for command in commands {
        let (short, long) = (help(&[command, "-h"]), help(&[command, "--help"]));
        assert!(short.lines().count() <= 40, "{command}\n{short}");
        for line in short.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        for flag in short.split_whitespace().filter(|word| word.starts_with("--")) {
            assert!(long.contains(flag.trim_end_matches(['\'', ')', ','])), "{command}: {flag}");
        }
    }
    let (short, long) = (help(&["ask", "-h"]), help(&["ask", "--help"]));
    assert!(short.lines().count() >= 24, "{short}");
    for rare in ["--rrf", "--as-typed", "--trec", "--precision"] {
        assert!(!short.contains(rare) && long.contains(rare), "{rare}");
    }
    let place = |flag: &str| short.find(flag).unwrap_or_else(|| panic!("{flag}"));
    assert!(place("-k <N>") < place("--since") && place("--since") < place("--json"), "{short}");
}

#[test]
fn the_manual_says_how_the_program_ends_and_shows_examples() {
    let sandbox = Sandbox::new();
    let page = sandbox.run(&["man"]).code(0).says_nothing().prints(".TH semsearch 1").stdout;
    for section in
        ["NAME", "SYNOPSIS", "COMMANDS", "OPTIONS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"]
    {
        let heading = if section.contains(' ') { format!(".SH \"{section}\"") } else { format!(".SH {section}") };
        assert!(page.contains(&heading), "{section}: {page}");
    }
    assert!(page.contains("130") && page.contains("interrupted") && page.contains("SEMSEARCH_INDEX"), "{page}");
    sandbox.run(&["man", "model", "switch"]).code(0).prints(".TH semsearch-model-switch 1");
    let ask = sandbox.run(&["man", "ask"]).code(0).stdout;
    let table = ask.split(".nf").find(|part| part.contains("between 2020")).unwrap_or_else(|| panic!("{ask}"));
    assert!(table.lines().any(|line| line.starts_with("  date   ")), "a table stays a table: {table}");
    sandbox.run(&["man", "nonsense"]).code(2).says("no command is called `nonsense`").prints_nothing();
    sandbox.run(&["man", "--out", "pages"]).code(0);
    for page in ["semsearch.1", "semsearch-ask.1", "semsearch-embed.1"] {
        assert!(sandbox.path("pages").join(page).exists(), "{page}");
    }
}

/// Runs `semsearch` on a terminal that Python makes; both of its outputs come as one. `None` where there is no Python.
fn on_a_terminal(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> Option<Outcome> {
    const SCRIPT: &str = "import os, pty, sys; sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))";
    if !cfg!(unix) || sandbox.command_of("python3").arg("--version").output().is_err() {
        left_out("python3", "a terminal cannot be made");
        return None;
    }
    let mut command = sandbox.command_of("python3");
    command.args(["-c", SCRIPT, env!("CARGO_BIN_EXE_semsearch")]).args(arguments).envs(variables.iter().copied());
    let mut outcome = sandbox.finish(command, "");
    // A terminal turns each end of line into two characters.
    outcome.stdout = outcome.stdout.replace("\r\n", "\n");
    Some(outcome)
}

#[cfg(unix)]
#[test]
fn a_page_of_the_manual_is_formatted_on_a_terminal() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let path = format!("{}:{}", sandbox.path("").display(), std::env::var("PATH").unwrap_or_default());
    let shown = |man: &str| {
        for program in ["man", "mandoc"] {
            sandbox.write(program, format!("#!/bin/sh\n{man}\n"));
            std::fs::set_permissions(sandbox.path(program), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        on_a_terminal(&sandbox, &["man", "ask"], &[("PATH", &path), ("NO_COLOR", "1")])
    };
    let Some(formatted) = shown("echo formatted by man \"$@\"; grep -c '^.SH'") else { return };
    let formatted = formatted.code(0).prints("formatted by man -l -").prints("`semsearch man --out DIR`").stdout;
    assert!(!formatted.contains(".SH"), "{formatted}");
    let Some(help) = shown("cat > /dev/null; exit 1") else { return };
    let help = help.code(0).prints("Usage: semsearch ask").prints("--out DIR").stdout;
    assert!(!help.contains(".SH"), "{help}");
    sandbox.run(&["man", "--out", "folder"]).code(0).says("pages into folder");
}

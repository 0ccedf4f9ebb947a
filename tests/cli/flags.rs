//! What people type first because other programs take it.

use crate::harness::{DEFAULT_INDEX, Sandbox, TOY, hits, ids, number, text};

#[test]
fn the_number_of_hits_goes_by_every_name_it_has_elsewhere() {
    let sandbox = Sandbox::with_papers();
    for flags in [&["-k", "2"][..], &["-n", "2"], &["--limit", "2"], &["--top", "2"], &["--top-k", "2"], &["--limit=2"]]
    {
        for command in [&["ask", "cache"][..], &["similar", "cache"], &["list"]] {
            let lines = sandbox.run(&[command, flags, &["--jsonl"]].concat()).code(0).json_lines();
            assert_eq!(lines.len(), 2, "{command:?} {flags:?}");
        }
    }
    for command in [&["ask", "cache"][..], &["similar", "cache"], &["list"]] {
        sandbox.run(&[command, &["-k", "-1"]].concat()).code(2).says("expected a whole number; 0 for all");
    }
    let facets = sandbox.run(&["facets", "--by", "year", "-n", "1", "--json"]).code(0).json();
    assert_eq!(facets["values"].as_array().unwrap().len(), 1);
}

#[test]
fn json_goes_by_its_short_name_and_as_a_format() {
    let sandbox = Sandbox::with_papers();
    let commands: [&[&str]; 6] =
        [&["ask", "cache"], &["info"], &["list"], &["count", "cache"], &["model", "list"], &["show", "cache"]];
    for command in commands {
        let schema = |more: &[&str]| text(&sandbox.run(&[command, more].concat()).code(0).json(), "/schema").to_owned();
        let expected = schema(&["--json"]);
        for more in [&["-j"][..], &["--format", "json"], &["--format=json"]] {
            assert_eq!(schema(more), expected, "{command:?} {more:?}");
        }
    }
    assert_eq!(sandbox.run(&["ask", "cache", "--format", "jsonl"]).code(0).json_lines().len(), 4);
    let failure = sandbox.run(&["ask", "", "-j"]).code(2).prints_nothing();
    assert!(failure.stderr.starts_with('{'), "{}", failure.stderr);
    let failure = sandbox.run(&["show", "nobody", "--format", "json"]).code(2).prints_nothing();
    assert!(failure.stderr.starts_with('{'), "{}", failure.stderr);
    let xml = sandbox.run(&["ask", "cache", "--format", "xml"]).code(2).says("'--format'").says("such as '--json'");
    assert!(!xml.stderr.contains("--sort"), "{}", xml.stderr);
}

#[test]
fn a_question_needs_no_quotes() {
    let sandbox = Sandbox::with_papers();
    let quoted = sandbox.run(&["ask", "compressing the cache", "--json"]).code(0).json();
    let bare = sandbox.run(&["ask", "compressing", "the", "cache", "--json"]).code(0).json();
    assert_eq!((text(&bare, "/query"), ids(&bare)), ("compressing the cache", ids(&quoted)));
    let around = sandbox.run(&["ask", "compressing", "-k", "1", "the", "cache", "--json"]).code(0).json();
    assert_eq!((text(&around, "/query"), hits(&around).len()), ("compressing the cache", 1));
    let facets = sandbox.run(&["facets", "the", "cache", "--by", "year", "--json"]).code(0).json();
    assert_eq!(text(&facets, "/query"), "the cache");
    sandbox.run(&["searches", "add", "mine", "the", "cache"]).code(0);
    sandbox.run(&["searches", "list"]).code(0).prints("the cache");
    sandbox.run(&["ask"]).code(2).says("'semsearch ask -' reads questions from standard input");
}

#[test]
fn flags_stand_before_the_command_or_behind_it() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", "other"]).code(0);
    let behind = sandbox.run(&["info", "--index", "other", "--json", "-q"]).code(0).says_nothing();
    for before in [&["--index", "other", "--json", "-q", "info"][..], &["-q", "--json", "info", "--index=other"]] {
        assert_eq!(sandbox.run(before).code(0).says_nothing().stdout, behind.stdout, "{before:?}");
    }
    sandbox.run(&["--json", "model", "list"]).code(0).prints("semsearch.models/1");
    sandbox.run(&["--quiet", "ask", "cache"]).code(0).says_nothing();
    let version = sandbox.run(&["--version"]).code(0).stdout;
    assert_eq!(sandbox.run(&["-v"]).code(0).stdout, version);
}

#[test]
fn an_empty_variable_for_the_index_is_none() {
    let sandbox = Sandbox::with_papers();
    let run = |value: &str| sandbox.run_with_variables(&["info"], &[("SEMSEARCH_INDEX", value)]);
    run("").code(0).prints(DEFAULT_INDEX);
    run("nowhere").code(3).says("nowhere");
    let flag = sandbox.run_with_variables(&["info", "--index", DEFAULT_INDEX], &[("SEMSEARCH_INDEX", "nowhere")]);
    flag.code(0).prints(DEFAULT_INDEX);
}

#[test]
fn a_short_q_is_quiet_in_every_command_and_a_short_v_says_more() {
    let sandbox = Sandbox::with_papers();
    let quiet: [&[&str]; 17] = [
        &["ask", "cache"],
        &["ask", "author:nobody"],
        &["similar", "cache"],
        &["list"],
        &["show", "cache"],
        &["open", "cache", "--print"],
        &["facets", "--by", "year"],
        &["count", "cache"],
        &["dupes"],
        &["map"],
        &["info"],
        &["verify"],
        &["vacuum"],
        &["bench", "--ef", "8", "--no-ladder"],
        &["export", "--to", "-", "--format", "csv"],
        &["embed", "papers.jsonl", "--model", TOY],
        &["encode", "cache", "--model", TOY],
    ];
    for command in quiet {
        sandbox.run(&[command, &["-q"]].concat()).says_nothing();
        sandbox.run(&[&["-q"], command].concat()).says_nothing();
    }
    // It took a question until it became what it is in other programs.
    sandbox.run(&["ask", "-q", "one", "-q", "two"]).code(2).says("'-q' is '--quiet'").says("--question");
    sandbox.run(&["ask", "cache", "-v"]).code(0).says("exact, expected ");
    sandbox.run(&["ask", "cache", "-q", "-v"]).code(2).says("cannot be used with");
}

#[test]
fn hits_are_sorted_by_date_year_or_title() {
    let sandbox = Sandbox::with_papers();
    let sorted = |by: &str| {
        let answer = sandbox.run(&["ask", "cache", "--json", "--sort", by]).code(0).json();
        assert_eq!(answer.get("sort").and_then(|sort| sort.as_str()), Some(by).filter(|by| *by != "score"));
        ids(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(sorted("date"), ["cache", "graph", "prune", "draft"]);
    assert_eq!(sorted("year"), ["cache", "graph", "prune", "draft"]);
    assert_eq!(sorted("title"), ["cache", "draft", "prune", "graph"]);
    let plain = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(sorted("score"), ids(&plain));
    let similar = sandbox.run(&["similar", "cache", "--json", "--sort", "title"]).code(0).json();
    assert_eq!(ids(&similar), ["draft", "prune", "graph"]);
    sandbox.run(&["ask", "cache", "--sort", "size"]).code(2).says("possible values: score, date, year, title");
}

#[test]
fn a_least_score_leaves_papers_out_and_says_how_near_the_best_came() {
    let sandbox = Sandbox::with_papers();
    for mode in ["hybrid", "dense", "lexical"] {
        let run = |more: &[&str]| sandbox.run(&[&["ask", "cache", "--mode", mode, "--json", "-k", "0"], more].concat());
        let all = run(&[]).code(0).json();
        let scores: Vec<f64> = hits(&all).iter().map(|hit| number(hit, "/score")).collect();
        let best = scores[0].to_string();
        let answer = run(&["--min-score", &best]).code(0).json();
        assert_eq!(hits(&answer).len(), scores.iter().filter(|score| **score >= scores[0]).count(), "{mode}");
        let none = run(&["--min-score", "99"]).code(1).json();
        assert_eq!((hits(&none).len(), number(&none, "/best_left_out")), (0, scores[0]), "{mode}");
    }
    let talk = sandbox.run(&["ask", "cache", "--min-score", "99"]).code(1).prints_nothing();
    talk.says("no paper has the score that --min-score asks for; the best has ");
    sandbox.run(&["similar", "cache", "--min-score", "99"]).code(1).says("--min-score");
    sandbox.run(&["ask", "cache", "--min-score", "high"]).code(2).says("expected a number");
    let all =
        sandbox.run(&["ask", "cache", "-k", "0", "--min-score", "-1", "--mode", "dense", "--json"]).code(0).json();
    assert_eq!(hits(&all).len(), 4);
}

#[test]
fn a_plot_is_never_written_in_another_format_than_its_name_says() {
    let sandbox = Sandbox::with_papers();
    for command in [&["bench", "--ef", "8"][..], &["selftest"], &["eval", "set"]] {
        for name in ["plot.pdf", "plot", "plot.jpg"] {
            let outcome = sandbox.run(&[command, &["--plot", name]].concat()).code(2).prints_nothing();
            outcome.says("ends in .svg or .png").says(name);
            assert!(!sandbox.path(name).exists());
        }
    }
    sandbox.run(&["bench", "--ef", "8", "--no-ladder", "--plot", "plot.png"]).code(0);
    assert!(std::fs::read(sandbox.path("plot.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn an_import_of_a_file_that_is_not_there_says_so() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["import", "missing.jsonl"]).code(2).says("missing.jsonl: no such file").prints_nothing();
    sandbox.run(&["import", "papers.jsonl"]).code(2).says("holds no vectors");
}

//! What cannot be right is refused before work begins, with what would be.

use crate::harness::{DEFAULT_INDEX, Sandbox, TOY};

#[test]
fn an_unknown_flag_is_refused_with_a_suggestion() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["ask", "cache", "--jsno"])
        .code(2)
        .says("unexpected argument '--jsno'")
        .says("'--json'")
        .prints_nothing();
    sandbox.run(&["embed", "x", "--skip-bda"]).code(2).says("'--skip-bad'");
    sandbox.run(&["embedd", "x"]).code(2).says("'embed'");
}

#[test]
fn without_arguments_the_program_says_what_it_takes() {
    let sandbox = Sandbox::new();
    let alone = sandbox.run::<&str>(&[]).code(2).says("Usage: semsearch").says("no index yet").prints_nothing();
    assert_eq!(alone.stderr.matches("\n  semsearch ").count(), 5, "five commands to begin with\n{}", alone.stderr);
    let with_papers = Sandbox::with_papers().run::<&str>(&[]).code(2);
    with_papers.says("data/semsearch/index: 4 papers").says("semsearch --help");
    sandbox.run(&["embed"]).code(2).says("<INPUT>...").prints_nothing();
    sandbox.run(&["ask"]).code(2).says("<QUERY>").prints_nothing();
}

#[test]
fn an_empty_question_is_refused() {
    let sandbox = Sandbox::with_papers();
    for query in ["", "   ", "\t\n"] {
        sandbox.run(&["ask", query]).code(2).says("the query is empty").prints_nothing();
    }
}

#[test]
fn numbers_out_of_range_are_refused_with_the_range() {
    let sandbox = Sandbox::with_papers();
    let cases: [(&[&str], &str); 9] = [
        (&["ask", "cache", "-k", "1.5"], "whole number; 0 for all"),
        (&["ask", "cache", "-k", "many"], "whole number"),
        (&["ask", "cache", "--ef", "0"], "from 1"),
        (&["ask", "cache", "--threads", "0"], "1..=65535"),
        (&["bench", "--ef", "16,0"], "from 1"),
        (
            &["embed", "papers.jsonl", "--model", TOY, "--max-tokens", "100000"],
            "3 to 128 tokens, 100000 were requested",
        ),
        (&["embed", "papers.jsonl", "--model", TOY, "--max-tokens", "2"], "3 to 128 tokens"),
        (&["embed", "papers.jsonl", "--model", TOY, "--m", "1"], "between 2 and 128"),
        (&["embed", "papers.jsonl", "--model", TOY, "--ef-construction", "0"], "between 8 and 4096"),
    ];
    for (arguments, message) in cases {
        sandbox.run(arguments).code(2).says(message).prints_nothing();
    }
}

#[test]
fn dates_that_are_none_are_refused() {
    let sandbox = Sandbox::with_papers();
    for (date, message) in [("2023-13", "month"), ("2023-02-30", "day"), ("yesterday", "--since"), ("", "--since")] {
        sandbox.run(&["ask", "cache", "--since", date]).code(2).says(message).prints_nothing();
    }
    let backwards = sandbox.run(&["ask", "cache", "--since", "2024", "--until", "2023-12-31"]).code(2);
    backwards.says("--since is later than --until").prints_nothing();
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["ask", "cache", "--json", "--jsonl"]).code(2).says("'--json' cannot be used with '--jsonl'");
}

#[test]
#[cfg(not(feature = "cuda"))]
fn a_gpu_is_refused_by_a_build_without_one() {
    let sandbox = Sandbox::with_papers();
    for command in [&["embed", "papers.jsonl", "--model", TOY][..], &["ask", "cache"], &["encode", "x", "--model", TOY]]
    {
        let outcome = sandbox.run(&[command, &["--device", "cuda"]].concat()).code(2).prints_nothing();
        outcome.says("built without GPU support").says("--device cpu");
    }
    sandbox.run(&["ask", "cache", "--device", "cpu"]).code(0);
}

#[test]
fn a_folder_of_something_else_is_refused_and_left_alone() {
    let sandbox = Sandbox::with_papers();
    std::fs::create_dir(sandbox.path("thesis")).unwrap();
    sandbox.write("thesis/chapter.tex", "years of work");
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", "thesis"]).code(2).prints_nothing();
    outcome.says("thesis is not empty and not an index (it holds chapter.tex)").says("--index");
    let names: Vec<_> =
        std::fs::read_dir(sandbox.path("thesis")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["chapter.tex"]);
    assert_eq!(std::fs::read_to_string(sandbox.path("thesis/chapter.tex")).unwrap(), "years of work");
    sandbox.run(&["ask", "cache", "--index", "thesis"]).code(3).says("no index in thesis");

    // An index inside an index would be swept away with it.
    let inner = format!("{DEFAULT_INDEX}/segments");
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", &inner]).code(2);
    sandbox.run(&["ask", "cache"]).code(0);
}

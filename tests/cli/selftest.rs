//! `semsearch selftest`: what papers say of themselves finds them.

use serde_json::Value;

use crate::harness::{DEMO, Sandbox, number, png_size, text, toy_demo_index, words_of_svg};

fn results(report: &Value) -> Vec<(&str, &str)> {
    report["results"].as_array().unwrap().iter().map(|result| (text(result, "/mode"), text(result, "/kind"))).collect()
}

#[test]
fn papers_are_found_by_their_titles_and_sentences() {
    let sandbox = Sandbox::new();
    sandbox.run(&["embed", DEMO, "--model", "static"]).code(0);
    let report = sandbox.run(&["selftest", "--mode", "all", "--queries", "50", "--json"]).code(0).json();
    assert_eq!((text(&report, "/schema"), text(&report, "/model")), ("semsearch.selftest/1", "static"));
    assert_eq!((number(&report, "/documents"), number(&report, "/queries")), (225.0, 50.0));
    let kinds = ["words", "title", "sentence"];
    let expected: Vec<_> =
        ["hybrid", "dense", "lexical"].iter().flat_map(|mode| kinds.map(|kind| (*mode, kind))).collect();
    assert_eq!(results(&report), expected);
    for result in report["results"].as_array().unwrap() {
        let [first, ten, mrr] = ["first", "among_ten", "mrr"].map(|name| number(result, &format!("/{name}/mean")));
        assert!(first <= mrr && first <= ten && ten <= 1.0 && mrr <= 1.0, "{result}");
        for name in ["first", "among_ten", "mrr"] {
            let [low, mean, high] = ["low", "mean", "high"].map(|end| number(result, &format!("/{name}/{end}")));
            assert!(0.0 <= low && low <= mean && mean <= high && high <= 1.0, "{result}");
        }
    }
    // A whole title stands in its paper, word by word.
    assert!(number(&report, "/results/1/first/mean") >= 0.98, "{report}");
}

#[test]
fn the_same_seed_asks_the_same_and_another_one_something_else() {
    let sandbox = Sandbox::new();
    let run = |seed: &str| {
        let arguments =
            ["selftest", "--mode", "lexical", "--queries", "20", "--seed", seed, "--index", toy_demo_index()];
        let mut report = sandbox.run(&[&arguments[..], &["--json"]].concat()).code(0).json();
        report["seed"].take();
        report
    };
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1"), run("2"));
}

#[test]
fn people_get_a_table_for_each_mode_and_a_plot() {
    let sandbox = Sandbox::new();
    let arguments = ["selftest", "--mode", "all", "--queries", "30", "--index", toy_demo_index(), "--plot"];
    let outcome = sandbox.run(&[&arguments[..], &["self.svg"]].concat()).code(0).says("plot: self.svg");
    for expected in
        ["225 papers · 30 asked for", "hybrid", "dense", "lexical", "three words of a title", "first sentence"]
    {
        assert!(outcome.stdout.contains(expected), "no {expected:?} in\n{}", outcome.stdout);
    }
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    let words = words_of_svg(&std::fs::read_to_string(sandbox.path("self.svg")).unwrap());
    assert!(words.iter().any(|word| word == "title: first"), "{words:?}");
    sandbox.run(&[&arguments[..], &["self.png"]].concat()).code(0);
    assert_eq!(png_size(&std::fs::read(sandbox.path("self.png")).unwrap()), (1720, 1080));
}

#[test]
fn an_index_without_such_papers_has_nothing_to_ask() {
    let sandbox = Sandbox::new();
    sandbox.write("bare.jsonl", "{\"id\": \"a\", \"title\": \"Bare\", \"abstract\": \"Some text.\"}\n");
    sandbox.run(&["embed", "bare.jsonl", "--model", "static"]).code(0);
    sandbox
        .run(&["selftest"])
        .code(2)
        .says("no paper of the index has a title of more than three words")
        .prints_nothing();
    sandbox.run(&["selftest", "--index", "nowhere"]).code(3).prints_nothing();
}

//! How a run that fails says so: words for people, one JSON document for programs, a code for both.

use serde_json::Value;

use crate::harness::{DEFAULT_INDEX, Outcome, Sandbox, TOY, fields, text};

/// The failure that a run said, which is the last line of its talk.
#[track_caller]
fn failure(outcome: &Outcome) -> Value {
    let line = outcome.stderr.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

#[test]
fn with_json_a_failure_of_every_kind_is_one_document() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", "whole"]).code(0);
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--index", "broken"]).code(0);
    let current = std::fs::read_to_string(sandbox.path("broken/CURRENT")).unwrap();
    let manifest = sandbox.path("broken").join(format!("generations/{}/manifest.json", current.trim()));
    let manifest = if manifest.exists() { manifest } else { sandbox.path("broken/CURRENT") };
    std::fs::write(manifest, "nothing of use").unwrap();
    let cases: [(&[&str], i32, &str, &str); 8] = [
        (&["ask", "", "--json"], 2, "usage", "the query is empty"),
        (&["embed", "nowhere.jsonl", "--json"], 2, "usage", "nowhere.jsonl"),
        (&["ask", "x", "--index", "nowhere", "--json"], 3, "missing", "nowhere"),
        (&["ask", "x", "--index", "nowhere", "--jsonl"], 3, "missing", "nowhere"),
        (&["ask", "x", "--index", "broken", "--json"], 3, "damaged", "broken"),
        (&["ask", "x", "--model", "no-such-model", "--json"], 4, "model", "no-such-model"),
        (&["embed", "papers.jsonl", "--model", TOY, "--index", "papers.jsonl/x", "--json"], 5, "io", "papers.jsonl/x"),
        (&["bench", "--ef", "8", "--plot", "nowhere/x.svg", "--json"], 5, "io", "nowhere/x.svg"),
    ];
    for (arguments, code, kind, named) in cases {
        let outcome = sandbox.run(arguments).code(code).prints_nothing();
        let failure = failure(&outcome);
        assert_eq!(fields(&failure), ["advice", "causes", "code", "kind", "message", "schema"]);
        assert_eq!(text(&failure, "/schema"), "semsearch.error/1");
        assert_eq!((failure["code"].as_i64(), text(&failure, "/kind")), (Some(i64::from(code)), kind), "{failure}");
        let message = text(&failure, "/message");
        assert!(message.contains(named) && !message.contains('\n'), "{failure}");
        let quiet = sandbox.run(&[arguments, &["--quiet"]].concat()).code(code);
        assert_eq!(quiet.stderr.lines().count(), 1, "nothing but the document: {}", quiet.stderr);
    }
}

#[test]
fn with_json_what_cannot_be_typed_is_refused_in_the_same_form() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["ask", "cache", "--json", "--explian"]).code(2).prints_nothing();
    let failure = failure(&outcome);
    assert_eq!((failure["code"].as_i64(), text(&failure, "/kind")), (Some(2), "usage"));
    assert_eq!(text(&failure, "/message"), "unexpected argument '--explian' found");
    assert!(text(&failure, "/advice").contains("--explain"), "{failure}");
    // What comes after `--` is not a flag.
    sandbox.run(&["ask", "--index", "nowhere", "--", "--json"]).code(3).says("semsearch: there is no index");
}

#[test]
fn causes_are_in_the_order_in_which_they_were_met() {
    let sandbox = Sandbox::with_papers();
    let outcome = sandbox.run(&["bench", "--ef", "8", "--plot", "nowhere/x.svg", "--json"]).code(5);
    let failure = failure(&outcome);
    assert_eq!(text(&failure, "/message"), "cannot write nowhere/x.svg");
    assert!(text(&failure, "/causes/0").contains("No such file"), "{failure}");
}

#[test]
fn people_get_advice_on_a_line_of_its_own() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["ask", "x"]).code(3).prints_nothing();
    assert!(outcome.stderr.starts_with("semsearch: there is no index in "), "{}", outcome.stderr);
    outcome.says(DEFAULT_INDEX).says("semsearch embed INPUT");
}

#[test]
fn no_hit_and_damage_that_was_found_are_not_failures() {
    let sandbox = Sandbox::with_papers();
    let outcome = sandbox.run(&["ask", "cache", "--year", "1901", "--json", "--quiet"]).code(1).says_nothing();
    assert_eq!(text(&outcome.json(), "/schema"), "semsearch.ask/2");
}

#[test]
fn every_command_that_fails_with_json_says_one_document_and_prints_nothing() {
    let sandbox = Sandbox::with_papers();
    // An index that is none, for every command that opens one; what else can be wrong for the others.
    let index = ["--index", "nowhere"];
    let of_an_index: [&[&str]; 20] = [
        &["ask", "cache"],
        &["similar", "cache"],
        &["show", "cache"],
        &["open", "cache"],
        &["list"],
        &["remove", "cache"],
        &["vacuum"],
        &["verify"],
        &["repair"],
        &["facets", "--by", "year"],
        &["count", "cache"],
        &["dupes"],
        &["searches", "add", "mine", "cache"],
        &["searches", "list"],
        &["searches", "remove", "mine"],
        &["new"],
        &["bench"],
        &["selftest"],
        &["info"],
        &["model", "switch", "--status"],
    ];
    for command in of_an_index {
        for form in [&["--json"][..], &["-j"], &["--format", "json"]] {
            // `open` prints addresses, so it takes no form; what it says is in the form asked for even so.
            let outcome = sandbox.run(&[command, &index, form].concat()).prints_nothing();
            let failure = failure(&outcome);
            assert_eq!(text(&failure, "/schema"), "semsearch.error/1", "{command:?} {form:?}");
            let kind = if command[0] == "open" { "usage" } else { "missing" };
            assert_eq!(text(&failure, "/kind"), kind, "{command:?}: {failure}");
        }
    }
    let others: [(&[&str], i32); 9] = [
        (&["embed", "nowhere.jsonl"], 2),
        (&["inspect", "nowhere.jsonl"], 2),
        (&["export", "--to", "out.csv", "--index", "nowhere"], 3),
        (&["import", "papers.jsonl", "--vectors", "nowhere.npy", "--model-record", "nowhere.json"], 5),
        (&["encode", "x", "--model", "nowhere"], 4),
        (&["eval", "nowhere"], 2),
        (&["model", "show", "nowhere"], 4),
        (&["ask", "--batch", "nowhere.jsonl"], 5),
        (&["nonsense"], 2),
    ];
    for (command, code) in others {
        let outcome = sandbox.run(&[command, &["--json"]].concat()).code(code).prints_nothing();
        assert_eq!(failure(&outcome)["code"], code, "{command:?}");
    }
}

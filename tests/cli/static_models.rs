//! Static models from the command line: the one in the program, and making one.

use crate::harness::{PAPERS, Sandbox, TOY, hits, ids, text};

#[test]
fn papers_are_embedded_and_found_with_the_model_in_the_program_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    sandbox.run(&["embed", "papers.jsonl", "--model", "static", "--offline"]).code(0).prints("with static");
    let answer = sandbox.run(&["ask", "fewer experts of a mixture", "--json", "--offline"]).code(0).json();
    assert_eq!(ids(&answer)[0], "prune");
    assert_eq!(hits(&answer).len(), 4);
    let vectors = sandbox.run(&["encode", "one text", "--model", "static"]).code(0).json_lines();
    assert_eq!(vectors[0]["embedding"].as_array().unwrap().len(), 368);
    sandbox.run(&["model", "show", "static"]).code(0).prints("part of semsearch").prints("distilled_from");
    sandbox.run(&["model", "pull", "static"]).code(0).prints("static is in (part of semsearch)");
    sandbox.run(&["model", "list"]).code(0).prints("static, 368 dimensions");
    assert!(!sandbox.path("data/semsearch/models").exists(), "no store was made");
}

#[test]
fn a_model_is_distilled_listed_and_used_under_its_name() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let make = |name: &str| {
        let dim = ["--dim", "16", "--table", "int2", "--corpus", "papers.jsonl"];
        sandbox.run(&[&["model", "distill", TOY, "--name", name][..], &dim].concat())
    };
    make("one").code(0).prints("try: semsearch embed INPUT... --model one").says("counting tokens in 4 texts");
    make("two").code(0);
    let files = |name: &str| sandbox.run(&["model", "show", name, "--json"]).code(0).json()["file"].clone();
    assert_eq!(files("one"), files("two"), "the same bytes twice");
    sandbox.run(&["model", "list"]).code(0).prints("one").prints("static, 16 dimensions");
    make("one").code(2).says("another model is called `one`").prints_nothing();
    sandbox.run(&["embed", "papers.jsonl", "--model", "one"]).code(0);
    let answer = sandbox.run(&["ask", "a beam over layers", "--json"]).code(0).json();
    assert_eq!(ids(&answer)[0], "graph");
    // The two are one model under two names; a third is another.
    sandbox.run(&["ask", "a beam over layers", "--model", "two"]).code(0);
    sandbox.run(&["ask", "a beam over layers", "--model", "static"]).code(4).prints_nothing();
    sandbox.run(&["model", "distill", "one"]).code(4).says("static already");
}

#[test]
fn the_default_name_is_that_of_the_transformer() {
    let sandbox = Sandbox::new();
    sandbox.run(&["model", "distill", TOY, "--dim", "8", "--quiet"]).code(0).says_nothing();
    let shown = sandbox.run(&["model", "show", "static-model", "--json"]).code(0).json();
    assert_eq!((text(&shown, "/family"), text(&shown, "/source/distilled_from")), ("static", "model"));
}

#[test]
fn what_cannot_be_distilled_is_refused_before_anything_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let refused = |arguments: &[&str], code, says: &str| {
        let arguments = [&["model", "distill", TOY], arguments].concat();
        sandbox.run(&arguments).code(code).says(says).prints_nothing();
    };
    refused(&["--dim", "64"], 2, "spread in 32 dimensions, 64 were asked for");
    refused(&["--dim", "0"], 2, "from 1");
    refused(&["--dim", "10", "--table", "int2"], 2, "multiple of 4");
    refused(&["--weights", "idf"], 2, "--corpus");
    refused(&["--weights", "zipf", "--corpus", "papers.jsonl"], 2, "leave one of the two out");
    refused(&["--corpus", "nowhere.jsonl"], 2, "nowhere.jsonl");
    refused(&["--name", "static"], 2, "another model is called `static`");
    refused(&["--name", "a/b"], 2, "cannot be called");
    assert!(!sandbox.path("data/semsearch/models").exists());
}

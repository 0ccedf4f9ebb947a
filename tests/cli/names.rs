//! Lists that name their papers alike: no paper takes the place of another.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Outcome, Sandbox, TOY, number, text};

const A_BIB: &str = "@article{dune2001, title={Harbours of the far north and their tides}, author={Dune, Ada}, \
                     year=2001, abstract={We measure tides in four harbours.}}\n";
const B_BIB: &str = "@article{dune2001, title={Winds of the south}, author={Dune, Bo}, year=2001, \
                     abstract={We watch winds from a hill.}}\n";
const A_CSV: &str = "id,title,abstract\n1,Harbours of the far north,We measure tides.\n2,Winds,We watch winds.\n";
const B_CSV: &str = "id,title,abstract\n1,Volcanoes of the east,We watch fire.\n2,Rivers,We watch rivers.\n";
const C1_JSON: &str = r#"[{"id": 1, "type": "book", "title": "Tides of the east",
    "author": [{"family": "Dune", "given": "A"}], "abstract": "a"}]"#;
const C2_JSON: &str = r#"[{"id": 1, "type": "book", "title": "Volcanoes of the west",
    "author": [{"family": "Wave", "given": "C"}], "abstract": "b"}]"#;
const ED1_CSV: &str = "title,abstract,year\nEditorial,We greet the reader of spring.,2001\n\
                       Editorial,We greet the reader of autumn and his boats.,2002\n\
                       Introduction,,2003\nIntroduction,,2004\n";
const ED2_CSV: &str = "title,abstract,year\nEditorial,A wholly different note on volcanoes.,2010\nIntroduction,,2011\n";

fn embed(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.run(&[&["embed", "--model", TOY, "--json"], arguments].concat()).code(0)
}

/// How many papers were new, changed and unchanged, and how many there are.
fn counts(outcome: &Outcome) -> [f64; 4] {
    ["/added", "/changed", "/unchanged", "/documents"].map(|field| number(&outcome.json(), field))
}

/// The title of every paper, by id.
fn titles(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let _ = std::fs::remove_dir_all(sandbox.path("out"));
    sandbox.run(&["export", "--to", "out", "--format", "npy"]).code(0);
    let papers = std::fs::read_to_string(sandbox.path("out/documents.jsonl")).expect("an export has its papers");
    let paper = |line: &str| {
        let paper: Value = serde_json::from_str(line).expect("a line of an export is JSON");
        (text(&paper, "/id").to_owned(), text(&paper, "/title").to_owned())
    };
    papers.lines().map(paper).collect()
}

#[test]
fn two_lists_with_names_in_common_are_all_there_in_two_commands_and_in_one() {
    for (one, other, papers) in [
        (("a.bib", A_BIB), ("b.bib", B_BIB), 2.0),
        (("a.csv", A_CSV), ("b.csv", B_CSV), 4.0),
        (("c1.json", C1_JSON), ("c2.json", C2_JSON), 2.0),
        (("ed1.csv", ED1_CSV), ("ed2.csv", ED2_CSV), 6.0),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(one.0, one.1);
        sandbox.write(other.0, other.1);
        let together = embed(&sandbox, &[one.0, other.0, "--index", "together"]);
        assert_eq!(counts(&together), [papers, 0.0, 0.0, papers], "{}", one.0);
        let first = counts(&embed(&sandbox, &[one.0]))[0];
        assert_eq!(counts(&embed(&sandbox, &[other.0])), [papers - first, 0.0, 0.0, papers], "{}", one.0);
        let again = embed(&sandbox, &[other.0, one.0]);
        assert_eq!(counts(&again), [0.0, 0.0, papers, papers], "{}", one.0);
        sandbox.run(&["verify"]).code(0);
    }
}

#[test]
fn a_paper_that_gets_a_number_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("a.bib", A_BIB);
    sandbox.write("b.bib", B_BIB);
    embed(&sandbox, &["a.bib"]);
    let outcome = embed(&sandbox, &["b.bib"]);
    assert_eq!(number(&outcome.json(), "/numbered"), 1.0);
    outcome.says("kept as dune2001-2, since dune2001 is another paper: Winds of the south (b.bib:1)");
    assert_eq!(titles(&sandbox)["dune2001-2"], "Winds of the south");
}

#[test]
fn a_key_that_stands_twice_in_one_file_is_two_papers_and_a_copy_is_none() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.bib", [A_BIB, B_BIB, A_BIB].concat());
    let outcome = embed(&sandbox, &["papers.bib"]);
    assert_eq!((counts(&outcome)[0], number(&outcome.json(), "/merged")), (2.0, 1.0));
    assert_eq!(counts(&embed(&sandbox, &["papers.bib"])), [0.0, 0.0, 2.0, 2.0]);
}

#[test]
fn a_corrected_entry_replaces_itself_under_its_number_too() {
    let sandbox = Sandbox::new();
    sandbox.write("a.bib", A_BIB);
    sandbox.write("b.bib", B_BIB);
    embed(&sandbox, &["a.bib", "b.bib"]);
    sandbox.write("b.bib", B_BIB.replace("Winds of the south", "Southern winds"));
    assert_eq!(counts(&embed(&sandbox, &["b.bib"])), [0.0, 1.0, 0.0, 2.0]);
    assert_eq!(titles(&sandbox)["dune2001-2"], "Southern winds");
}

#[test]
fn a_renamed_list_is_recognised_and_a_removed_paper_comes_back() {
    let sandbox = Sandbox::new();
    sandbox.write("a.bib", A_BIB);
    sandbox.write("b.bib", B_BIB);
    sandbox.write("renamed.bib", B_BIB);
    embed(&sandbox, &["a.bib", "b.bib"]);
    // Another source of the same paper says nothing new about it.
    assert_eq!(counts(&embed(&sandbox, &["renamed.bib"])), [0.0, 0.0, 1.0, 2.0]);
    assert_eq!(counts(&embed(&sandbox, &["renamed.bib"])), [0.0, 0.0, 1.0, 2.0]);
    sandbox.run(&["remove", "dune2001-2"]).code(0);
    assert_eq!(counts(&embed(&sandbox, &["b.bib"])), [1.0, 0.0, 0.0, 2.0]);
    sandbox.run(&["remove", "dune2001"]).code(0);
    assert_eq!(counts(&embed(&sandbox, &["b.bib"])), [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(counts(&embed(&sandbox, &["b.bib", "--replace"])), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(titles(&sandbox)["dune2001"], "Winds of the south");
}

#[test]
fn an_id_that_changes_papers_by_the_users_word_is_told() {
    let sandbox = Sandbox::new();
    let line = |title: &str| format!("{{\"id\": \"t\", \"title\": \"{title}\", \"abstract\": \"About {title}.\"}}\n");
    sandbox.write("a.jsonl", line("Tides"));
    sandbox.write("b.jsonl", line("Winds"));
    embed(&sandbox, &["a.jsonl"]);
    let outcome = embed(&sandbox, &["b.jsonl"]);
    assert_eq!(counts(&outcome), [0.0, 1.0, 0.0, 1.0]);
    outcome.says("another paper under the same id t: Winds; before: Tides");
}

#[test]
fn a_key_that_changed_in_its_list_names_the_paper_and_is_cited() {
    let sandbox = Sandbox::new();
    sandbox.write("library.bib", [A_BIB, &B_BIB.replace("dune2001", "duneWinds2001")].concat());
    embed(&sandbox, &["library.bib"]);
    sandbox.write("library.bib", [&A_BIB.replace("dune2001", "duneTides2001"), B_BIB].concat());
    assert_eq!(counts(&embed(&sandbox, &["library.bib", "--sync"])), [0.0, 0.0, 2.0, 2.0]);
    // The id stays, and an id comes before a key: B has the key that is the id of A.
    let id = |name: &str| {
        let shown = sandbox.run(&["show", name, "--json"]).code(0).json();
        text(&shown, "/id").to_owned()
    };
    assert_eq!([id("duneTides2001"), id("dune2001"), id("duneWinds2001")], ["dune2001", "dune2001", "duneWinds2001"]);
    sandbox.run(&["similar", "duneTides2001"]).code(0).prints("Winds of the south");
    sandbox.run(&["ask", "sea", "--like", "duneTides2001"]).code(0).prints("Winds of the south");
    sandbox.run(&["remove", "duneTides2001", "--dry-run"]).code(0).prints("  dune2001  Harbours of the far north");
    // Entries have the keys that the list has now.
    for command in [
        &["show", "dune2001", "duneWinds2001", "--bibtex"][..],
        &["list", "--bibtex"],
        &["export", "--format", "bibtex"],
        &["export", "--format", "bibtex", "--ask", "tides and winds"],
    ] {
        let written = sandbox.run(command).code(0).stdout;
        let entry = |title: &str| {
            let entry = written.split("@article{").find(|entry| entry.contains(title)).expect("the paper is written");
            entry.split(',').next().unwrap_or_default().to_owned()
        };
        assert_eq!([entry("Harbours"), entry("Winds")], ["duneTides2001", "dune2001"], "{command:?}");
    }
    sandbox.run(&["export", "copy.bib"]).code(0);
    sandbox.run(&["embed", "copy.bib", "--model", TOY, "--index", "copy"]).code(0);
    sandbox.run(&["show", "duneTides2001", "--index", "copy"]).code(0).prints("Harbours");
}

#[test]
fn a_key_that_several_papers_have_names_none_and_is_written_once() {
    let sandbox = Sandbox::new();
    sandbox.write("a.bib", A_BIB);
    sandbox.write("b.bib", B_BIB);
    embed(&sandbox, &["a.bib", "b.bib"]);
    sandbox.write("a.bib", A_BIB.replace("dune2001", "shared"));
    sandbox.write("b.bib", B_BIB.replace("dune2001", "shared"));
    assert_eq!(counts(&embed(&sandbox, &["a.bib", "b.bib"])), [0.0, 0.0, 2.0, 2.0]);
    let refused = sandbox.run(&["show", "shared"]).code(2).prints_nothing();
    refused.says("2 papers of the index").says("have the key `shared` in their sources: dune2001, dune2001-2");
    let refused = sandbox.run(&["remove", "shared"]).code(2).prints_nothing();
    refused.says("nothing was removed: 2 papers have the key `shared` in their sources, expected the id of one");
    let written = sandbox.run(&["list", "--bibtex", "--sort", "id"]).code(0).stdout;
    let keys: Vec<_> = written.split("@article{").skip(1).filter_map(|entry| entry.split(',').next()).collect();
    assert_eq!(keys, ["shared", "dune2001-2"]);
}

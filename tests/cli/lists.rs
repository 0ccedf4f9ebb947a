//! `export` of lists of papers: of all, of a filter, of a question's hits, to files and to standard output.

use crate::harness::{Sandbox, TOY, fields};

const FORMATS: [&str; 5] = ["bibtex", "ris", "csl", "csv", "jsonl"];

#[test]
fn a_list_is_the_same_in_a_file_and_on_standard_output_and_is_read_again() {
    let sandbox = Sandbox::with_papers();
    for format in FORMATS {
        let file = format!("out.{format}");
        sandbox.run(&["export", "--to", &file, "--format", format]).code(0).prints("4 papers in out.");
        sandbox.run(&["export", "--to", &file, "--format", format]).code(2).says("exists already").prints_nothing();
        let written = std::fs::read_to_string(sandbox.path(&file)).unwrap();
        assert_eq!(sandbox.run(&["export", "--to", "-", "--format", format]).code(0).stdout, written, "{format}");
        let index = format!("index-{format}");
        let exported = |index: &str| {
            let all = sandbox.run(&["export", "--to", "-", "--format", "jsonl", "--index", index]).code(0).stdout;
            let line = |line: &str| {
                let mut paper: serde_json::Value = serde_json::from_str(line).unwrap();
                let mut kept = |name: &str| paper[name].take();
                (kept("title"), kept("abstract"), kept("authors"), kept("year"), kept("venue"), kept("url"))
            };
            all.lines().map(line).map(|paper| format!("{paper:?}")).collect::<Vec<_>>()
        };
        let model = ["--model", crate::harness::TOY];
        sandbox.run(&[&["embed", &file, "--index", &index][..], &model].concat()).code(0);
        assert_eq!(exported(&index), exported(crate::harness::DEFAULT_INDEX), "{format}");
    }
    assert!(!sandbox.path("-").exists());
}

#[test]
fn the_hits_of_a_question_are_a_list_best_first() {
    let sandbox = Sandbox::with_papers();
    let hits = sandbox.run(&["ask", "cache", "-k", "2", "--jsonl"]).code(0).stdout;
    let ids: Vec<serde_json::Value> =
        hits.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].clone()).collect();
    let listed = sandbox.run(&["export", "--to", "-", "--format", "csl", "--ask", "cache", "-k", "2"]).code(0).json();
    let found: Vec<serde_json::Value> = listed.as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!((found.len(), found), (2, ids));
    let report = ["export", "--to", "hits.ris", "--format", "ris", "--ask", "cache", "-k", "2", "--json"];
    let report = sandbox.run(&report).code(0).json();
    assert_eq!(fields(&report), ["documents", "files", "index", "schema"]);
    assert_eq!(report["documents"], 2);
    let none = ["export", "--to", "-", "--format", "bibtex", "--ask", "cache", "--year", "1850"];
    sandbox.run(&none).code(1).says("no paper in the index passes the filter").prints_nothing();
}

#[test]
fn what_cannot_be_a_list_is_refused() {
    let sandbox = Sandbox::with_papers();
    let expected = "expected --format bibtex, ris, csl, csv or jsonl";
    sandbox.run(&["export", "--to", "-", "--format", "npy"]).code(2).says(expected).prints_nothing();
    sandbox.run(&["export", "--to", "x", "--format", "beir", "--ask", "cache"]).code(2).says(expected).prints_nothing();
    sandbox.run(&["export", "--to", "-", "--format", "csv", "--json"]).code(2).says("name a file").prints_nothing();
    sandbox.run(&["export", "--to", "x", "--format", "csv", "--ask", " "]).code(2).says("the query is empty");
    assert!(!sandbox.path("x").exists());
}

#[test]
fn the_name_of_a_file_tells_its_format_and_without_a_name_it_is_printed() {
    let sandbox = Sandbox::with_papers();
    for (name, format) in [
        ("a.bib", "bibtex"),
        ("a.ris", "ris"),
        ("a.csl.json", "csl"),
        ("b.json", "csl"),
        ("A.CSV", "csv"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
    ] {
        sandbox.run(&["export", "--to", name]).code(0).prints("4 papers in ");
        let printed = sandbox.run(&["export", "--format", format]).code(0).says_nothing().stdout;
        assert_eq!(printed, std::fs::read_to_string(sandbox.path(name)).unwrap(), "{name}");
    }
    sandbox.run(&["export", "a.parquet"]).code(0).prints("4 papers in a.parquet");
    sandbox.run(&["export", "c.bib", "--to", "d.bib"]).code(2).says("cannot be used with").prints_nothing();
    assert!(std::fs::read(sandbox.path("a.parquet")).unwrap().starts_with(b"PAR1"));
    sandbox
        .run(&["export", "--to", "a.txt"])
        .code(2)
        .says("`a.txt` does not tell the format")
        .says(".bib")
        .prints_nothing();
    sandbox.run(&["export"]).code(2).says("expected --format bibtex, ris, csl, csv or jsonl").prints_nothing();
    sandbox.run(&["export", "--to", "a.bib", "--format", "ris"]).code(2).says("exists already");
    assert!(!sandbox.path("-").exists());
}

#[test]
fn editors_and_the_category_of_arxiv_come_out_as_they_went_in() {
    let sandbox = Sandbox::new();
    let library = "@proceedings{tides23, title = {Proceedings on Tides}, editor = {Dune, Ada and {Sea Group}}, year = {2023}}\n\
                   @misc{moon24, title = {The Moon and Its Tides}, author = {Wave, Carl}, eprint = {2401.01234}, \
                   eprinttype = {arxiv}, eprintclass = {cs.CL}, keywords = {sea}, abstract = {It moves.}, year = {2024}}\n";
    sandbox.write("library.bib", library);
    sandbox.run(&["embed", "library.bib", "--model", TOY]).code(0);
    let out = sandbox.run(&["export", "--to", "-", "--format", "bibtex"]).code(0).stdout;
    // Groups stand in braces, or they would be read as persons.
    assert!(out.contains("editor = {Ada Dune and {Sea Group}}") && !out.contains("author = {Ada Dune"), "{out}");
    assert!(out.contains("eprintclass = {cs.CL}") && out.contains("keywords = {sea}"), "{out}");
    sandbox.write("library.bib", &out);
    sandbox.run(&["embed", "library.bib", "--model", TOY]).code(0).prints("2 unchanged");
}

#[test]
fn the_first_papers_that_pass_are_exported_where_a_number_is_given() {
    let sandbox = Sandbox::with_papers();
    let exported =
        |more: &[&str]| sandbox.run(&[&["export", "--format", "jsonl"], more].concat()).code(0).json_lines().len();
    assert_eq!(
        [exported(&["-k", "3"]), exported(&["--limit", "1"]), exported(&["-k", "0"]), exported(&[])],
        [3, 1, 4, 4]
    );
    assert_eq!(exported(&["-k", "100"]), 4);
    let all = sandbox.run(&["export", "--format", "jsonl"]).code(0).stdout;
    let first = sandbox.run(&["export", "--format", "jsonl", "-k", "2"]).code(0).stdout;
    assert!(all.starts_with(&first), "{first}");
    sandbox.run(&["export", "first.bib", "-k", "2"]).code(0).prints("2 papers in first.bib");
    sandbox.run(&["export", "vectors", "--format", "npy", "-k", "3"]).code(0).prints("3 papers in ");
    let papers = std::fs::read_to_string(sandbox.path("vectors/documents.jsonl")).unwrap();
    assert_eq!(papers.lines().count(), 3);
}

#[test]
fn an_export_of_nothing_makes_no_file_and_changes_none() {
    let sandbox = Sandbox::with_papers();
    for more in [&["--year", "1850"][..], &["--ask", "cache", "--year", "1850"]] {
        let export = |more: &[&str]| sandbox.run(&[&["export", "papers.bib"], more].concat());
        export(more).code(1).says("no paper in the index passes the filter").prints("0 papers, so no file was made\n");
        assert!(!sandbox.path("papers.bib").exists());
        let report = export(&[more, &["--json"]].concat()).code(1).json();
        assert_eq!((&report["documents"], &report["files"]), (&0.into(), &serde_json::json!([])));
        // So the corrected command is not refused.
        export(&[]).code(0).prints("4 papers in papers.bib");
        export(&[more, &["--overwrite"]].concat()).code(1);
        std::fs::remove_file(sandbox.path("papers.bib")).unwrap();
    }
    sandbox.run(&["export", "vectors", "--format", "npy", "--year", "1850"]).code(1);
    assert!(!sandbox.path("vectors").exists());
}

//! Sources: a file that was renamed, an export of every week under a name of its own, and what left it.

use serde_json::Value;

use crate::harness::{Outcome, Sandbox, number};

/// A library as Zotero exports it: entries by their numbers, in this order.
fn library(numbers: impl IntoIterator<Item = usize>) -> String {
    let subjects =
        ["tides", "winds", "currents", "glaciers", "deserts", "rivers", "lakes", "volcanoes", "reefs", "dunes"];
    let entry = |number: usize| {
        let subject = subjects[number % subjects.len()];
        format!(
            "@article{{key{number}, title = {{On the {subject} of region {number}}}, author = {{Dune, Ada}}, year = {{2001}},\n  \
             abstract = {{What is known of {subject} in region {number}, and how {subject} change.}}}}\n\n"
        )
    };
    numbers.into_iter().map(entry).collect()
}

fn embed(sandbox: &Sandbox, more: &[&str]) -> Outcome {
    sandbox.run(&[&["embed", "--model", "static"], more].concat()).code(0)
}

/// New, changed, unchanged and removed papers, and those in the index.
fn counts(outcome: &Outcome) -> [f64; 5] {
    let report = outcome.json();
    ["/added", "/changed", "/unchanged", "/removed", "/documents"].map(|field| number(&report, field))
}

fn sources(sandbox: &Sandbox) -> Vec<(String, u64)> {
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    let source = |source: &Value| (source["name"].as_str().unwrap().to_owned(), source["documents"].as_u64().unwrap());
    report["sources"].as_array().unwrap().iter().map(source).collect()
}

#[test]
fn a_renamed_file_is_the_source_that_it_was() {
    let sandbox = Sandbox::new();
    sandbox.write("library.bib", library(0..10));
    embed(&sandbox, &["library.bib"]);
    // A week later, under another name, with one paper more.
    sandbox.write("library (1).bib", library((0..11).rev()));
    let outcome = embed(&sandbox, &["library (1).bib", "--json"]);
    assert_eq!(counts(&outcome), [1.0, 0.0, 10.0, 0.0, 11.0]);
    let outcome_json = outcome.json();
    outcome.says("library (1).bib is the source library.bib under another name: 10 of its 11 papers are from there");
    assert_eq!(sources(&sandbox), [("library.bib".to_owned(), 11)]);
    let input = &outcome_json["inputs"][0];
    assert_eq!((&input["source"], &input["is_recognised"]), (&"library.bib".into(), &true.into()));
    // What is mostly something else is another source, and so is another format.
    sandbox.write("other.bib", library(8..20));
    let outcome = embed(&sandbox, &["other.bib", "--json"]);
    assert_eq!(counts(&outcome), [9.0, 0.0, 3.0, 0.0, 20.0]);
    outcome.says("3 that another source has too");
    assert_eq!(sources(&sandbox), [("other.bib".to_owned(), 12), ("library.bib".to_owned(), 11)]);
}

#[test]
fn an_export_of_every_week_adds_changes_and_removes_its_own_papers_only() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.bib", library(5..8));
    embed(&sandbox, &["mine.bib"]);
    let week = |name: &str, content: String| {
        sandbox.write(name, content);
        embed(&sandbox, &[name, "--source", "zotero", "--sync", "--json"])
    };
    assert_eq!(counts(&week("Exported Items.bib", library(0..7))), [5.0, 0.0, 2.0, 0.0, 8.0]);
    assert_eq!(sources(&sandbox), [("zotero".to_owned(), 7), ("mine.bib".to_owned(), 3)]);
    // 0 and 6 leave, 8 comes, 1 is corrected. 6 is in the other file, too.
    let corrected = library([1, 2, 3, 4, 5, 8]).replace("of region 1}", "of region 1, corrected}");
    let outcome = week("Exported Items (2).bib", corrected);
    assert_eq!(counts(&outcome), [1.0, 1.0, 4.0, 1.0, 8.0]);
    outcome.says("1 paper left a source and stay");
    assert_eq!(sources(&sandbox), [("zotero".to_owned(), 6), ("mine.bib".to_owned(), 3)]);
    sandbox.run(&["ask", "key0", "--where", "id = \"key0\""]).code(1);
    // Without --sync nothing is removed, and the same export again says nothing new.
    let again = embed(&sandbox, &["Exported Items.bib", "--source", "zotero", "--json"]);
    assert_eq!(number(&again.json(), "/removed"), 0.0);
}

#[test]
fn a_source_gets_a_name_and_keeps_its_papers() {
    let sandbox = Sandbox::new();
    sandbox.write("library.bib", library(0..10));
    embed(&sandbox, &["library.bib"]);
    embed(&sandbox, &["library.bib", "--source", "papers"]).says("the source library.bib is called papers from now on");
    embed(&sandbox, &["library.bib", "--source", "library.bib"]);
    sandbox.write("export.bib", library(0..9));
    let outcome = embed(&sandbox, &["export.bib", "--source", "zotero", "--sync", "--json"]);
    assert_eq!(counts(&outcome), [0.0, 0.0, 9.0, 0.0, 10.0]);
    let outcome = outcome.says("the source library.bib is called zotero from now on");
    let outcome = outcome.says("so nothing is removed this time; the next --sync of the source zotero does");
    assert!(!outcome.stderr.contains("another source has them"), "{}", outcome.stderr);
    assert_eq!(sources(&sandbox), [("zotero".to_owned(), 10)]);
    let outcome = embed(&sandbox, &["export.bib", "--source", "zotero", "--sync", "--json"]);
    assert_eq!(counts(&outcome), [0.0, 0.0, 9.0, 1.0, 9.0]);
    // The file may be called as it was before it had a name.
    sandbox.write("library.bib", library(0..9));
    embed(&sandbox, &["library.bib", "--source", "mine"]).says("the source zotero is called mine from now on");
    embed(&sandbox, &["library.bib", "--source", "zotero"]);
    assert_eq!(sources(&sandbox), [("zotero".to_owned(), 9)]);
    // A filter finds the papers by the new name.
    sandbox.run(&["ask", "tides", "--source", "zotero"]).code(0);
    sandbox.run(&["ask", "tides", "--source", "library.bib"]).code(1);
}

#[test]
fn a_folder_is_one_source_and_papers_leave_it_with_their_files() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("notes")).unwrap();
    for (name, text) in [("tides", "The moon pulls."), ("winds", "Pressure pushes."), ("dunes", "Sand wanders.")] {
        sandbox.write(&format!("notes/{name}.md"), format!("# On {name}\n\n{text}\n"));
    }
    embed(&sandbox, &["notes"]);
    assert_eq!(sources(&sandbox), [("notes".to_owned(), 3)]);
    std::fs::remove_file(sandbox.path("notes/winds.md")).unwrap();
    assert_eq!(counts(&embed(&sandbox, &["notes", "--sync", "--json"])), [0.0, 0.0, 2.0, 1.0, 2.0]);
    // Under a name of its own, the folder may be moved.
    embed(&sandbox, &["notes", "--source", "mine", "--replace"]);
    assert_eq!(sources(&sandbox), [("mine".to_owned(), 2)]);
}

#[test]
fn another_file_of_the_same_name_takes_no_paper_away() {
    let sandbox = Sandbox::new();
    for (folder, papers) in [("one", library(0..6)), ("two", library(20..24))] {
        std::fs::create_dir(sandbox.path(folder)).unwrap();
        sandbox.write(&format!("{folder}/references.bib"), papers);
    }
    embed(&sandbox, &["one/references.bib"]);
    let outcome = embed(&sandbox, &["two/references.bib", "--sync", "--json"]);
    assert_eq!(counts(&outcome), [4.0, 0.0, 0.0, 0.0, 10.0]);
    assert_eq!(outcome.json()["unlike_sources"][0]["documents"], 6);
    outcome.says("references.bib has 0 of the 6 papers").says("say so with --sync=all");
    // A name makes half an export no whole one.
    let outcome = embed(&sandbox, &["two/references.bib", "--sync", "--source", "references.bib", "--json"]);
    assert_eq!(counts(&outcome), [0.0, 0.0, 4.0, 0.0, 10.0]);
    // The user's word counts.
    let outcome = embed(&sandbox, &["two/references.bib", "--sync=all", "--source", "references.bib", "--json"]);
    assert_eq!(counts(&outcome), [0.0, 0.0, 4.0, 6.0, 4.0]);
}

#[test]
fn nothing_is_removed_while_a_record_cannot_be_read() {
    let sandbox = Sandbox::new();
    let line =
        |id: &str| format!("{{\"id\": \"{id}\", \"title\": \"On {id}\", \"abstract\": \"What is known of {id}.\"}}\n");
    sandbox.write("papers.jsonl", line("tides") + &line("winds") + &line("dunes"));
    embed(&sandbox, &["papers.jsonl"]);
    sandbox.write("papers.jsonl", line("tides") + "{\"id\": \"winds\", \"title\":\n" + &line("dunes"));
    let outcome = embed(&sandbox, &["papers.jsonl", "--sync", "--skip-bad", "--json"]);
    assert_eq!(counts(&outcome), [0.0, 0.0, 2.0, 0.0, 3.0]);
    outcome.says("nothing was removed, since");
}

#[test]
fn names_that_cannot_be_and_flags_that_contradict_each_other_are_refused() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["embed", "papers.jsonl", "--source", "a/b"]).code(2).says("without `/`");
    sandbox.run(&["embed", "papers.jsonl", "--source", " "]).code(2).says("expected a name");
    sandbox.run(&["embed", "papers.jsonl", "--sync", "--replace"]).code(2);
    sandbox.run(&["embed", "papers.jsonl", "--sync", "--fresh"]).code(2);
}

#[test]
fn counts_are_told_in_the_same_words_by_every_command() {
    let sandbox = Sandbox::new();
    sandbox.write("library.bib", library(0..4));
    embed(&sandbox, &["library.bib"]).prints("4 new; 4 papers in the index\n");
    embed(&sandbox, &["library.bib"])
        .prints("nothing to embed\n0 new, 0 changed, 4 unchanged; 4 papers in the index\n");
    sandbox.write("library.bib", library(1..6));
    let replaced = embed(&sandbox, &["library.bib", "--replace"]);
    let replaced = replaced.prints("2 papers embedded with static in ");
    replaced.prints("2 new, 0 changed, 3 unchanged, 1 removed; 5 papers in the index\n");
    sandbox
        .run(&["remove", "key1", "--dry-run"])
        .code(0)
        .prints("dry run: 1 paper would be removed, 4 papers would be left in the index\n");
    sandbox.run(&["remove", "key1"]).code(0).prints("1 removed; 4 papers in the index\n");
    sandbox.run(&["vacuum"]).code(0).prints("4 papers in the index, in 1 segment; 1 removed paper gave back");
    // Where every text is there, none is said to be embedded; and what was read before is not merged again.
    let again = embed(&sandbox, &["library.bib", "--replace", "--verbose"]);
    let again = again.says("read 5 records from 1 input: 5 papers\n").prints("1 paper embedded with static");
    assert!(!again.stderr.contains("merged 2"), "{}", again.stderr);
    sandbox.run(&["info"]).code(0).prints("papers       5 from 1 source: library.bib (5)\n");
}

#[test]
fn a_record_of_ris_with_another_title_is_told_as_one_that_came_and_one_that_went() {
    let sandbox = Sandbox::new();
    let record = |title: &str| format!("TY  - JOUR\nTI  - {title}\nAU  - Dune, Ada\nPY  - 2020\nID  - 7\nER  - \n\n");
    let export = |title: &str| {
        let kept = (1..5).map(|number| record(&format!("A study of region number {number} and its shores")));
        kept.collect::<String>() + &record(title)
    };
    sandbox.write("library.ris", export("Tidse at the coast"));
    embed(&sandbox, &["library.ris", "--source", "zotero"]);
    sandbox.write("library.ris", export("Tides at the northern coast"));
    let outcome = embed(&sandbox, &["library.ris", "--source", "zotero", "--sync"]);
    outcome.prints("1 new, 0 changed, 4 unchanged, 1 removed; 5 papers in the index");
}

#[test]
fn a_source_is_chosen_by_the_name_that_info_gives_it() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("week2")).unwrap();
    sandbox.write("week2/library.bib", library(0..3));
    sandbox.write("week2/more.bib", library(3..5));
    sandbox.write("week2.bib", library(5..9));
    embed(&sandbox, &["week2", "week2.bib"]);
    assert_eq!(sources(&sandbox), [("week2".to_owned(), 5), ("week2.bib".to_owned(), 4)]);
    let listed = |more: &[&str]| sandbox.run(&[&["list"], more].concat()).code(0).stdout.lines().count();
    for (name, papers) in [("week2", 5), ("Week2/", 5), ("week2/more.bib", 2), ("week2.bib", 4)] {
        assert_eq!(listed(&["--source", name]), papers, "{name}");
        assert_eq!(listed(&["--where", &format!("source = \"{name}\"")]), papers, "{name}");
        assert_eq!(listed(&["--where", &format!("source in (\"{name}\")")]), papers, "{name}");
        assert_eq!(9 - listed(&["--where", &format!("source != \"{name}\"")]), papers, "{name}");
    }
    assert_eq!(listed(&["--source", "week2", "--source", "week2.bib"]), 9);
    sandbox.run(&["remove", "--source", "week2", "--dry-run"]).code(0).prints("5 papers would be removed");
    sandbox.run(&["ask", "tides", "--source", "week2"]).code(0);
    // What is near is named as `info` names it, and the files of a folder where that is unlike.
    sandbox.run(&["list", "--source", "wekk2"]).code(1).says("5 papers have week2, 4 papers have week2.bib");
    sandbox.run(&["list", "--source", "more.bib"]).code(1).says("2 papers have week2/more.bib");
}

#[test]
fn what_a_sync_would_remove_is_said_before() {
    let sandbox = Sandbox::new();
    sandbox.write("other.bib", library([11]));
    sandbox.write("library.bib", library(0..30));
    embed(&sandbox, &["other.bib"]);
    embed(&sandbox, &["library.bib", "--source", "zotero"]);
    sandbox.write("library.bib", library(12..30));
    let inspect = |more: &[&str]| sandbox.run(&[&["inspect", "library.bib", "-k", "0"], more].concat()).code(0);
    let told = inspect(&["--source", "zotero", "--sync"]).says("1 paper would leave a source and stay");
    let told = told.prints(" 11 removed\n").prints("  key0  On the tides of region 0\n");
    assert!(told.stdout.contains("  key9  ") && !told.stdout.contains("  key10  "), "{}", told.stdout);
    told.prints("  and 1 more; --json names them all\n");
    let told = inspect(&["--source", "zotero", "--sync", "--json"]).json();
    let removed = told["index"]["removed"].as_array().unwrap();
    assert_eq!((removed.len(), &removed[10]["id"], number(&told, "/index/detached")), (11, &"key10".into(), 1.0));
    // It changed nothing, and is what happens.
    assert_eq!(sources(&sandbox), [("zotero".to_owned(), 30), ("other.bib".to_owned(), 1)]);
    assert!(!inspect(&["--source", "zotero"]).stdout.contains("removed"));
    let outcome = embed(&sandbox, &["library.bib", "--source", "zotero", "--sync", "--json"]);
    assert_eq!(counts(&outcome), [0.0, 0.0, 18.0, 11.0, 19.0]);
    // What is not safe to remove is said, too.
    sandbox.write("library.bib", library(12..15));
    let told = inspect(&["--source", "zotero", "--sync"]).says("zotero has 3 of the 18 papers");
    told.says("nothing would be removed").prints(" 0 removed\n");
    inspect(&["--source", "zotero", "--sync=all"]).prints(" 15 removed\n");
    let told = inspect(&["--source", "zotero", "--sync", "--json"]).json();
    assert_eq!(told["index"]["unlike_sources"][0]["documents"], 18);
}

#[test]
fn a_dry_run_names_the_papers_that_would_be_removed() {
    let sandbox = Sandbox::new();
    sandbox.write("library.bib", library(0..15));
    embed(&sandbox, &["library.bib"]);
    let would = sandbox.run(&["remove", "--where", "year = 2001", "--dry-run"]).code(0);
    let would =
        would.prints("dry run: 15 papers would be removed, 0 papers would be left in the index\n  key0  On the tides");
    let would = would.prints("  key9  On the dunes of region 9\n  and 5 more; --json names them all\nindex: ");
    assert!(!would.stdout.contains("key10"), "{}", would.stdout);
    let would = sandbox.run(&["remove", "--where", "year = 2001", "--dry-run", "--json"]).code(0).json();
    let papers = would["papers"].as_array().unwrap();
    assert_eq!((papers.len(), &papers[14]["title"]), (15, &"On the deserts of region 14".into()));
    let few = sandbox.run(&["remove", "key3", "key1", "--dry-run"]).code(0).prints("  key1  On the winds").stdout;
    assert!(few.contains("  key3  ") && !few.contains("more"), "{few}");
    let removed = sandbox.run(&["remove", "key1", "--json"]).code(0).json();
    assert_eq!((number(&removed, "/removed"), &removed["papers"]), (1.0, &serde_json::json!([])));
}

#[test]
fn all_papers_are_not_removed_by_a_filter_that_all_pass() {
    let sandbox = Sandbox::with_papers();
    let refused = sandbox.run(&["remove", "--where", "everything"]).code(2).prints_nothing();
    refused.says("these flags choose all papers").says("--replace").says("delete the folder");
    sandbox.run(&["remove"]).code(2).says("name the papers by id, or choose them");
    sandbox.run(&["remove", "--where", "nothing"]).code(1);
}

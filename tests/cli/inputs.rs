//! Inputs that cannot be embedded: each refused with the place, what was expected and what was found.

use crate::harness::{DEFAULT_INDEX, Outcome, PAPERS, Sandbox, TOY, number};

#[test]
fn an_empty_file_is_refused() {
    embed("papers.jsonl", "").code(2).says("papers.jsonl: expected at least one record, found none").prints_nothing();
    embed("papers.jsonl", "\n \n\n").code(2).says("papers.jsonl: expected at least one record");
}

#[test]
fn empty_standard_input_is_refused() {
    Sandbox::new().run_with_input(&["embed", "-", "--model", TOY], "").code(2).says("expected at least one record");
}

#[test]
fn records_without_text_and_fields_that_are_not_understood_are_told_and_stop_no_run() {
    let sandbox = Sandbox::new();
    let content = PAPERS.replace("\"2023-10\"", "\"last autumn\"");
    sandbox.write("papers.jsonl", format!("{content}{{\"id\": \"x\", \"abstract\": null}}\n"));
    let arguments = ["embed", "papers.jsonl", "--model", TOY];
    let outcome = sandbox.run(&[&arguments[..], &["--json"]].concat()).code(0);
    let counts = ["/records", "/documents", "/skipped", "/passed_over", "/not_understood/0/records"];
    assert_eq!(counts.map(|field| number(&outcome.json(), field)), [4.0, 4.0, 0.0, 1.0, 1.0]);
    let outcome = outcome.says("1 record passed over: neither title nor abstract");
    outcome.says("date not understood in 1 record, for example `last autumn` in papers.jsonl, line 2");
    let strict = sandbox.run(&[&arguments[..], &["--strict"]].concat()).code(2).prints_nothing();
    strict.says("papers.jsonl, line 2: expected a value of `date` that is understood, found `last autumn`");
}

#[test]
fn a_list_without_news_changes_nothing_and_is_no_error() {
    let sandbox = Sandbox::with_papers();
    sandbox.write("news.json", "[]");
    sandbox.run(&["embed", "news.json", "--model", TOY]).code(0).prints("nothing to embed");
    let empty = Sandbox::new();
    empty.write("news.json", "[]");
    empty.run(&["embed", "news.json", "--model", TOY]).code(2).says("there are no documents to embed");
}

#[test]
fn broken_json_is_refused_with_file_and_line() {
    let content = PAPERS.replace("\"year\": 2021}", "\"year\": ");
    embed("papers.jsonl", content).code(2).says("papers.jsonl, line 3: expected one JSON object on the line");
}

#[test]
fn a_broken_entry_of_bibtex_is_refused_with_file_and_line() {
    let content = "@misc{a, title = {On Tides}}\n@misc{b, title {On Winds}}\n";
    embed("papers.bib", content).code(2).says("papers.bib, line 2: expected `=`").says("--skip-bad").prints_nothing();
}

#[test]
fn broken_xml_is_refused_with_file_and_line() {
    let content =
        "<collection id='2020.sea'><volume id='1'>\n<paper id='1'><title>On Tides</paper>\n</volume></collection>";
    embed("sea.xml", content).code(2).says("sea.xml, line 2: expected `</title>`").says("--skip-bad").prints_nothing();
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_file_and_line() {
    let mut content = PAPERS.as_bytes().to_vec();
    content.extend(b"{\"title\": \"caf\xe9\"}\n");
    embed("papers.jsonl", content).code(2).says("papers.jsonl, line 5: expected").says("UTF-8");
}

#[test]
fn what_is_no_text_at_all_is_named() {
    embed("paper.pdf", "%PDF-1.7\n...").code(2).says("paper.pdf: expected papers in a format that is read").says("PDF");
    let other = "[{\"prompt\": \"One\", \"answer\": \"Two\"}]";
    embed("papers.json", other).code(2).says("expected records with a title or an abstract, found 1 without");
    let truncated = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3];
    embed("papers.jsonl.gz", truncated).code(2).says("papers.jsonl.gz").says("damaged or cut short");
}

#[test]
fn a_missing_file_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let outcome = sandbox.run(&["embed", "papers.jsonl", "nowhere.jsonl", "--model", TOY]).code(2);
    outcome.says("nowhere.jsonl: no such file or folder").prints_nothing();
    sandbox.run(&["embed", "data", "--model", TOY]).code(2).says("data: ");
}

#[test]
fn a_folder_without_papers_is_refused() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("papers")).unwrap();
    sandbox
        .run(&["embed", "papers", "--model", TOY])
        .code(2)
        .says("expected files of papers in the folder or below it");
}

#[test]
fn malformed_records_are_left_out_and_counted_at_the_users_wish() {
    let sandbox = Sandbox::new();
    let bad: String = (0..7).map(|number| format!("not JSON {number}\n")).collect();
    sandbox.write("papers.jsonl", format!("{PAPERS}{bad}"));
    let arguments = ["embed", "papers.jsonl", "--model", TOY, "--skip-bad"];
    let outcome = sandbox.run(&[&arguments[..], &["--json"]].concat()).code(0);
    let counts = ["/records", "/documents", "/skipped"].map(|field| number(&outcome.json(), field));
    assert_eq!(counts, [4.0, 4.0, 7.0]);
    // The first few in full, the rest as a number.
    let outcome = outcome.says("left out: papers.jsonl, line 5: expected").says("left out: 2 more");
    assert!(!outcome.stderr.contains("line 11"), "{}", outcome.stderr);
    sandbox.run(&arguments).code(0).prints("7 malformed records left out");
    assert_eq!(number(&sandbox.run(&["info", "--json"]).json(), "/skipped"), 7.0);
}

#[test]
fn copies_of_a_paper_are_merged_unless_the_user_wants_to_keep_them() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", "{\"title\": \"On Tides\", \"abstract\": \"The sea moves.\"}\n".repeat(2));
    let arguments = ["embed", "papers.jsonl", "--model", TOY, "--verbose", "--json"];
    let outcome = sandbox.run(&arguments).code(0);
    assert_eq!(number(&outcome.json(), "/documents"), 1.0);
    outcome.says("merged 2 records by text: On Tides (papers.jsonl:1, papers.jsonl:2)");
    let outcome = sandbox.run(&[&arguments[..], &["--keep-duplicates"]].concat()).code(0);
    assert_eq!(["/documents", "/merged"].map(|field| number(&outcome.json(), field)), [2.0, 0.0]);
}

#[test]
fn nothing_but_malformed_records_is_refused_all_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", "{\"abstract\": \"one\"\n{\"abstract\": \"two\"\n");
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--skip-bad"]).code(2);
    outcome.says("expected at least one good record, found 2 malformed ones");
}

#[test]
fn a_refused_input_leaves_the_old_index_as_it_was() {
    let sandbox = Sandbox::with_papers();
    let before = sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout;
    sandbox.write("papers.jsonl", "broken");
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(2);
    assert_eq!(sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout, before);
}

/// Embeds a file of this content in a sandbox of its own, and expects that no index comes of a failure.
fn embed(name: &str, content: impl AsRef<[u8]>) -> Outcome {
    let sandbox = Sandbox::new();
    sandbox.write(name, content);
    let outcome = sandbox.run(&["embed", name, "--model", TOY]);
    assert!(!sandbox.path(DEFAULT_INDEX).exists(), "an input that is refused makes no index");
    outcome
}

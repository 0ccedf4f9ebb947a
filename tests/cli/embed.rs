//! `semsearch embed`: what it reads, what it reports, what it leaves behind.

use std::io::Write;

use crate::harness::{
    DEFAULT_INDEX, DEMO, Outcome, PAPERS, REAL, Sandbox, TOY, demo_index, fields, hits, ids, number, shared, text,
};

#[test]
fn the_report_has_every_field() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    sandbox.write("papers.jsonl", PAPERS);
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--json"]).code(0);
    assert_eq!(outcome.stdout.lines().count(), 1, "one document on one line when nobody watches");
    let report = outcome.json();
    let expected = [
        "added",
        "changed",
        "detached",
        "dimension",
        "documents",
        "documents_per_second",
        "encoded",
        "generation",
        "index",
        "inputs",
        "joined",
        "merged",
        "model",
        "not_understood",
        "numbered",
        "passed_over",
        "peak_memory_bytes",
        "records",
        "removed",
        "renamed_sources",
        "resumed",
        "schema",
        "seconds",
        "seconds_encode",
        "seconds_index",
        "seconds_read",
        "seconds_waiting",
        "seconds_write",
        "segments",
        "skipped",
        "stored",
        "taken_over",
        "tokens",
        "tokens_per_second",
        "truncated",
        "truncated_share",
        "unchanged",
        "unlike_sources",
    ];
    assert_eq!(fields(&report), expected);
    assert_eq!(text(&report, "/schema"), "semsearch.embed/1");
    assert_eq!((text(&report, "/model"), number(&report, "/dimension")), (REAL, 384.0));
    assert_eq!(text(&report, "/index"), sandbox.path(DEFAULT_INDEX).to_str().unwrap());
    for (field, expected) in [("/records", 4.0), ("/documents", 4.0), ("/merged", 0.0), ("/skipped", 0.0)] {
        assert_eq!(number(&report, field), expected, "{field}");
    }
    assert_eq!(number(&report, "/resumed"), 0.0);
    let encode = number(&report, "/seconds_encode");
    for (rate, of) in [("/documents_per_second", "/documents"), ("/tokens_per_second", "/tokens")] {
        assert!((number(&report, rate) * encode / number(&report, of) - 1.0).abs() < 1e-6, "{rate}: {report}");
    }
    if cfg!(target_os = "linux") {
        let peak = number(&report, "/peak_memory_bytes");
        assert!((2e7..1e9).contains(&peak), "the model in eight bits takes more than 20 MB: {peak}");
    }
    let parts = number(&report, "/seconds_read") + encode + number(&report, "/seconds_index");
    assert!(parts > 0.0 && parts <= number(&report, "/seconds"), "{report}");
}

#[test]
fn the_demo_papers_are_read_whole() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let info = sandbox.run(&["info", "--json", "--index", index]).code(0).json();
    for (field, expected) in [("/records", 225.0), ("/documents", 225.0), ("/merged", 0.0), ("/skipped", 0.0)] {
        assert_eq!(number(&info, field), expected, "{field}");
    }
    // The longest of these papers has fewer tokens than the model reads, 256; with the 128 that tokenizer.json bakes
    // in, many would be cut.
    assert_eq!(number(&info, "/truncated"), 0.0);
    assert!(number(&info, "/tokens") > 225.0 * 90.0, "{info}");
}

#[test]
fn captured_pages_are_read_merged_and_searched() {
    let (Some(sandbox), Some(seeds)) = (Sandbox::with_real_model(), shared("seeds")) else {
        return;
    };
    let mut arguments = vec!["embed".to_owned(), "--json".to_owned()];
    let mut pages: Vec<_> = std::fs::read_dir(seeds).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    arguments.extend(pages.iter().map(|page| page.to_str().unwrap().to_owned()));
    let report = sandbox.run(&arguments).code(0).json();
    let counts = ["/records", "/documents", "/merged", "/skipped"].map(|field| number(&report, field));
    assert_eq!(counts, [286.0, 225.0, 61.0, 0.0]);

    let question = "how do I keep search working when the embedding model is replaced";
    let answer = sandbox.run(&["ask", question, "--json"]).code(0).json();
    let titles: Vec<&str> = hits(&answer).iter().take(3).map(|hit| text(hit, "/title")).collect();
    assert!(titles.iter().any(|title| title.starts_with("Stationary Representations")), "{titles:?}");
}

#[test]
fn the_same_papers_give_the_same_answers_however_they_are_embedded() {
    let sandbox = Sandbox::new();
    let runs = [("first", "1"), ("second", "1"), ("third", "3")];
    for (index, threads) in runs {
        sandbox.run(&["embed", DEMO, "--model", TOY, "--index", index, "--threads", threads]).code(0);
    }
    let answer =
        |index| sandbox.run(&["ask", "sparse attention", "--jsonl", "-k", "40", "--index", index]).code(0).stdout;
    let first = answer("first");
    assert_eq!(first.lines().count(), 40);
    assert_eq!(answer("second"), first, "embedded twice");
    assert_eq!(answer("third"), first, "embedded on three threads");
}

#[test]
fn compressed_files_standard_input_and_beir_folders_hold_the_same_papers() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(PAPERS.as_bytes()).unwrap();
    sandbox.write("papers.jsonl.gz", packed.finish().unwrap());
    std::fs::create_dir(sandbox.path("beir")).unwrap();
    let beir = PAPERS.replace("\"id\":", "\"_id\":").replace("\"abstract\":", "\"text\":");
    sandbox.write("beir/corpus.jsonl", beir);

    let ask = || {
        let answer = sandbox.run(&["ask", "a large model checks", "--json"]).code(0).json();
        hits(&answer).iter().map(|hit| (text(hit, "/id").to_owned(), hit["score"].clone())).collect::<Vec<_>>()
    };
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    let expected = ask();
    assert_eq!(expected.len(), 4);
    for input in ["papers.jsonl.gz", "beir"] {
        sandbox.run(&["embed", input, "--model", TOY]).code(0);
        assert_eq!(ask(), expected, "{input}");
    }
    sandbox.run_with_input(&["embed", "-", "--model", TOY], PAPERS).code(0);
    assert_eq!(ask(), expected, "standard input");
}

#[test]
fn duplicates_across_inputs_are_merged_and_listed_on_demand() {
    let sandbox = Sandbox::new();
    sandbox.write("one.jsonl", PAPERS);
    sandbox.write("two.jsonl", PAPERS.lines().next().unwrap().replace("2024-06-12", "2024-06-13"));
    let arguments = ["embed", "one.jsonl", "two.jsonl", "--model", TOY, "--json"];
    let quiet =
        sandbox.run(&arguments).code(0).says("read 5 records from 2 inputs: 4 papers after merging 1 duplicate");
    let counts = ["/records", "/documents", "/merged"].map(|field| number(&quiet.json(), field));
    assert_eq!(counts, [5.0, 4.0, 1.0]);
    assert!(!quiet.stderr.contains("Compressing the cache"), "{}", quiet.stderr);
    let verbose = sandbox.run(&[&arguments[..], &["--verbose"]].concat()).code(0);
    verbose.says("Compressing the cache").says("one.jsonl:1").says("two.jsonl:1");
}

#[test]
fn an_index_is_replaced_where_that_is_asked_for() {
    let sandbox = Sandbox::with_papers();
    sandbox.write("other.jsonl", "{\"id\": \"new\", \"title\": \"Something new\", \"abstract\": \"\"}\n");
    sandbox.run(&["embed", "other.jsonl", "--model", TOY, "--replace"]).code(0);
    let answer = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(ids(&answer), ["new"]);
    let generations = std::fs::read_dir(sandbox.path(DEFAULT_INDEX).join("generations")).unwrap();
    assert_eq!(generations.count(), 2, "this one, and the one before it to fall back to");
    sandbox.run(&["vacuum"]).code(0);
    let generations = std::fs::read_dir(sandbox.path(DEFAULT_INDEX).join("generations")).unwrap();
    assert_eq!(generations.count(), 1);
}

#[test]
fn texts_longer_than_the_model_reads_are_cut_and_counted() {
    let sandbox = Sandbox::new();
    let long = "attention is all you need ".repeat(40);
    sandbox.write("papers.jsonl", format!("{PAPERS}{{\"title\": \"Long\", \"abstract\": \"{long}\"}}\n"));
    let embed = |more: &[&str]| {
        sandbox.run(&[&["embed", "papers.jsonl", "--model", TOY, "--replace", "--fresh"], more].concat()).code(0)
    };
    assert_eq!(number(&embed(&["--json"]).json(), "/truncated"), 1.0);
    embed(&[]).prints("1 of 5 papers (20 %) longer than 64 tokens, and truncated");
    let all = embed(&["--json", "--max-tokens", "8"]).json();
    assert_eq!((number(&all, "/truncated"), number(&all, "/tokens")), (5.0, 40.0));
    // Questions are cut where the passages were, without being told again.
    sandbox.run(&["ask", "attention is all you need to find a paper that is longer than that"]).code(0);
}

#[test]
fn long_texts_can_be_embedded_whole_and_the_index_remembers_the_rule() {
    let sandbox = Sandbox::new();
    let long = "attention is all you need ".repeat(40);
    sandbox.write("papers.jsonl", format!("{PAPERS}{{\"title\": \"Long\", \"abstract\": \"{long}\"}}\n"));
    let embed = |rule: &str| {
        let arguments = ["embed", "papers.jsonl", "--model", TOY, "--json", "--replace", "--windows", rule];
        let outcome = sandbox.run(&arguments).code(0).json();
        let generation = format!("generations/g{:06}/manifest.json", number(&outcome, "/generation"));
        let manifest = std::fs::read_to_string(sandbox.path(DEFAULT_INDEX).join(generation)).unwrap();
        (outcome, manifest)
    };
    let (first, cut) = embed("first");
    let (mean, whole) = embed("mean");
    assert_eq!((number(&first, "/truncated"), number(&mean, "/truncated")), (1.0, 0.0));
    assert!(number(&mean, "/tokens") > number(&first, "/tokens") + 100.0, "{mean}");
    assert!(whole.contains("\"windows\": \"mean\"") && !cut.contains("windows"), "{whole}");
    // A question follows the rule of the index without being told, or its vectors could not be compared.
    sandbox.run(&["ask", &long]).code(0);
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--windows", "last"]).code(2).says("first, mean");
}

#[test]
fn the_index_is_where_the_flag_or_else_the_variable_or_else_the_custom_says() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let embed = ["embed", "papers.jsonl", "--model", TOY, "--json"];
    let variable = [("SEMSEARCH_INDEX", "by-variable")];
    let place = |outcome: Outcome| text(&outcome.code(0).json(), "/index").to_owned();
    assert_eq!(place(sandbox.run(&embed)), sandbox.path(DEFAULT_INDEX).to_str().unwrap());
    assert_eq!(place(sandbox.run_with_variables(&embed, &variable)), "by-variable");
    let flag = [&embed[..], &["--index", "by-flag"]].concat();
    assert_eq!(place(sandbox.run_with_variables(&flag, &variable)), "by-flag");
    for index in [DEFAULT_INDEX, "by-variable", "by-flag"] {
        assert!(sandbox.path(index).join("CURRENT").exists(), "{index}");
    }
    sandbox.run_with_variables(&["ask", "cache"], &variable).code(0);
}

#[test]
fn the_summary_is_for_people_unless_asked_otherwise() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let outcome = sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    let first = outcome.stdout.lines().next().unwrap();
    assert!(first.starts_with("4 papers embedded with model in "), "{first}");
    outcome.prints("index: ").says("read 4 records from 1 input");
}

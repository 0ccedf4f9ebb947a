//! `semsearch info`: what an index says of itself.

use crate::harness::{DEFAULT_INDEX, PAPERS, REAL, Sandbox, TOY, fields, number, text};

#[test]
fn the_report_has_every_field() {
    let sandbox = Sandbox::with_papers();
    let report = sandbox.run(&["info", "--json"]).code(0).says_nothing().json();
    let expected = [
        "bytes",
        "bytes_per_vector",
        "change",
        "created_unix",
        "dimension",
        "documents",
        "ef_construction",
        "fingerprint",
        "full_dimension",
        "generation",
        "half",
        "index",
        "m",
        "max_tokens",
        "merged",
        "model",
        "model_reference",
        "other_models",
        "passage_prompt",
        "precision",
        "query_prompt",
        "records",
        "removed",
        "schema",
        "seconds_encode",
        "seconds_index",
        "segments",
        "skipped",
        "sources",
        "tokens",
        "truncated",
        "truncated_share",
        "windows",
        "written_by",
    ];
    assert_eq!(fields(&report), expected);
    assert_eq!(text(&report, "/schema"), "semsearch.info/1");
    assert_eq!(text(&report, "/model"), "model", "named for its folder");
    assert_eq!(std::path::Path::new(text(&report, "/model_reference")), std::fs::canonicalize(TOY).unwrap());
    assert_eq!(text(&report, "/written_by"), concat!("semsearch ", env!("CARGO_PKG_VERSION")));
    let fingerprint = text(&report, "/fingerprint");
    assert!(fingerprint.len() >= 32 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()), "{fingerprint}");
    for (field, expected) in [("/documents", 4.0), ("/records", 4.0), ("/dimension", 32.0), ("/max_tokens", 64.0)] {
        assert_eq!(number(&report, field), expected, "{field}");
    }
    assert_eq!(number(&report, "/truncated_share"), number(&report, "/truncated") / 4.0);
    let parts = ["/bytes/documents", "/bytes/vectors", "/bytes/graph"].map(|field| number(&report, field));
    assert!(parts.iter().all(|&bytes| bytes > 0.0));
    assert!(number(&report, "/bytes/total") >= parts.iter().sum(), "{report}");
}

#[test]
fn the_graphs_parameters_are_remembered() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--m", "5", "--ef-construction", "40", "--replace"]).code(0);
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    assert_eq!((number(&report, "/m"), number(&report, "/ef_construction")), (5.0, 40.0));
}

#[test]
fn the_fingerprint_tells_models_and_limits_apart() {
    let sandbox = Sandbox::with_papers();
    let fingerprint = || text(&sandbox.run(&["info", "--json"]).code(0).json(), "/fingerprint").to_owned();
    let first = fingerprint();
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    assert_eq!(fingerprint(), first, "the same model again");
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--max-tokens", "32", "--replace"]).code(0);
    assert_ne!(fingerprint(), first, "the longest input is part of it");
}

#[test]
fn people_get_a_line_for_each_property() {
    let sandbox = Sandbox::with_papers();
    let outcome = sandbox.run(&["info"]).code(0).says_nothing();
    let names: Vec<&str> = outcome.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(
        names,
        ["index", "papers", "parts", "model", "made", "fingerprint", "truncated", "encoded", "graph", "size"]
    );
    outcome
        .prints("4 from 1 source: papers.jsonl (4)")
        .prints("made with    64 tokens, windows first")
        .prints("model (32 dimensions, f32)")
        .prints(DEFAULT_INDEX);
}

#[test]
fn precision_is_recorded_and_a_question_in_the_other_one_is_answered() {
    let sandbox = Sandbox::with_papers();
    let fingerprint = |precision: &str| {
        sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--precision", precision, "--replace"]).code(0);
        let report = sandbox.run(&["info", "--json"]).code(0).json();
        assert_eq!(text(&report, "/precision"), precision);
        text(&report, "/fingerprint").to_owned()
    };
    let full = fingerprint("f32");
    let rounded = fingerprint("int8");
    assert_eq!(rounded, format!("{full}+int8"));
    for precision in ["f32", "int8", "auto"] {
        sandbox.run(&["ask", "graph search", "--precision", precision, "--jsonl"]).code(0);
    }
}

#[test]
fn an_index_keeps_its_precision_when_papers_are_added() {
    let sandbox = Sandbox::with_papers();
    sandbox.write("more.jsonl", r#"{"id": "more", "title": "More", "abstract": "Another paper."}"#);
    for (kept, other) in [("f32", "int8"), ("int8", "f32")] {
        sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--precision", kept, "--index", kept]).code(0);
        // Another precision makes another fingerprint: it is refused, and both are named.
        let refused = sandbox.run(&["embed", "more.jsonl", "--precision", other, "--index", kept]).code(4);
        let refused = refused.says(&format!("tokens, {kept}, fingerprint"));
        refused.says(&format!("tokens, {other}, fingerprint")).says("without --precision");
        sandbox.run(&["embed", "more.jsonl", "--index", kept]).code(0);
        sandbox.run(&["embed", "more.jsonl", "--model", TOY, "--index", kept]).code(0);
        let report = sandbox.run(&["info", "--json", "--index", kept]).code(0).json();
        assert_eq!((text(&report, "/precision"), number(&report, "/documents")), (kept, 5.0));
    }
}

#[test]
fn papers_of_the_default_model_are_encoded_in_eight_bits() {
    let Some(sandbox) = Sandbox::with_real_model() else { return };
    sandbox.write("papers.jsonl", PAPERS);
    sandbox.run(&["embed", "papers.jsonl"]).code(0);
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    assert_eq!(text(&report, "/precision"), "int8");
    // Who has an index in f32 goes on in f32.
    sandbox.run(&["embed", "papers.jsonl", "--precision", "f32", "--index", "full"]).code(0);
    sandbox.write("more.jsonl", r#"{"id": "more", "title": "More", "abstract": "Another paper."}"#);
    sandbox.run(&["embed", "more.jsonl", "--model", REAL, "--index", "full"]).code(0);
    let report = sandbox.run(&["info", "--json", "--index", "full"]).code(0).json();
    assert_eq!((text(&report, "/precision"), number(&report, "/documents")), ("f32", 5.0));
}

#[test]
fn the_processor_and_its_kernels_are_shown_without_an_index() {
    let sandbox = Sandbox::new();
    let report = sandbox.run(&["info", "--cpu", "--json"]).code(0).json();
    assert_eq!(text(&report, "/schema"), "semsearch.cpu/1");
    let available = report["available"].as_array().unwrap();
    assert_eq!(text(&report, "/f32"), text(&available[0], "/f32"), "the fastest one is used");
    assert_eq!(text(available.last().unwrap(), "/int8"), "scalar", "plain Rust runs everywhere");
    sandbox.run(&["info", "--cpu"]).code(0).prints("int8").says_nothing();
}

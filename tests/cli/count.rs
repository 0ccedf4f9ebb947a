//! `semsearch count`: how many papers have some words in a row.

use serde_json::Value;

use crate::harness::{Sandbox, TOY, fields, number};

fn shelf() -> Sandbox {
    let sandbox = Sandbox::new();
    let papers = [
        (
            "a",
            "Retrieval-Augmented generation",
            "We augment. Retrieval augmented models, retrieval augmented again.",
            2020,
        ),
        ("b", "Graphs", "A language model is retrieval-augmented.", 2021),
        ("c", "Language models", "The language\nmodels of today, retrieval. Augmented by hand.", 2022),
        ("d", "Müller on models", "Nothing of that.", 2023),
    ];
    let lines = papers.map(|(id, title, summary, year)| {
        serde_json::json!({ "id": id, "title": title, "abstract": summary, "year": year }).to_string() + "\n"
    });
    sandbox.write("papers.jsonl", lines.concat());
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    sandbox
}

/// Papers and occurrences, in all and by place.
fn told(report: &Value) -> [f64; 6] {
    ["/papers", "/occurrences", "/title/papers", "/title/occurrences", "/abstract/papers", "/abstract/occurrences"]
        .map(|pointer| number(report, pointer))
}

#[test]
fn papers_and_places_are_counted_by_words_as_they_are_written() {
    let sandbox = shelf();
    let count = |arguments: &[&str]| sandbox.run(&[&["count", "--json"], arguments].concat()).code(0).json();
    let report = count(&["retrieval augmented"]);
    assert_eq!(
        fields(&report),
        [
            "abstract",
            "documents",
            "filter",
            "forms",
            "occurrences",
            "papers",
            "passing",
            "phrase",
            "schema",
            "title",
            "words"
        ]
    );
    // A full stop divides words and no phrase: `retrieval. Augmented` counts as well.
    assert_eq!(told(&report), [3.0, 5.0, 1.0, 1.0, 3.0, 4.0]);
    assert_eq!(told(&count(&["language model"])), [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(told(&count(&["language model", "--forms"])), [2.0, 3.0, 1.0, 1.0, 2.0, 2.0]);
    assert_eq!(count(&["Language MODELS", "--forms"])["words"], serde_json::json!(["languag", "model"]));
    assert_eq!(told(&count(&["muller"])), [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    let some = count(&["retrieval augmented", "--year", "..2021"]);
    assert_eq!((&some["passing"], &some["documents"], number(&some, "/papers")), (&2.into(), &4.into(), 2.0));
    let some = count(&["models", "--where", "not title ~ models"]);
    assert_eq!((number(&some, "/papers"), number(&some, "/passing")), (1.0, 2.0));
}

#[test]
fn several_phrases_are_counted_one_by_one_and_none_is_code_1() {
    let sandbox = shelf();
    let shown = sandbox.run(&["count", "language models", "no such thing"]).code(0).says("of 4 papers");
    let expected =
        "language models\n  1 paper, 2 times\n  1 title, once · 1 abstract, once\nno such thing\n  0 papers\n";
    assert_eq!(shown.stdout, expected);
    sandbox.run(&["count", "no such thing", "--json"]).code(1).prints("\"papers\":0");
    sandbox.run(&["count", "?!"]).code(2).says("there is no word in").prints_nothing();
    sandbox.run(&["count", "models", "--year", "1900"]).code(1).says("of 0 papers that pass year = 1900");
}

#[test]
fn words_that_are_there_only_in_other_forms_are_told() {
    let sandbox = shelf();
    let none = sandbox.run(&["count", "augmenting"]).code(1).prints("0 papers");
    none.says("3 papers have other forms of \"augmenting\"; --forms counts them");
    sandbox.run(&["count", "augmenting", "--forms"]).code(0).prints("3 papers");
    for silent in [&["count", "oranges"][..], &["count", "augmented"], &["count", "augmenting", "--json"]] {
        let outcome = sandbox.run(silent);
        assert!(!outcome.stderr.contains("--forms"), "{silent:?}: {}", outcome.stderr);
    }
}

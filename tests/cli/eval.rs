//! `semsearch eval`: answers measured by judgements, over a BEIR folder of eight documents.

use std::io::Write;

use serde_json::Value;

use crate::harness::{Sandbox, fields, number, png_size, shared, text, words_of_svg};

const CORPUS: &str = r#"{"_id": "d1", "title": "Compressing the cache of keys and values", "text": "Keys and values are kept in fewer bits while text is generated."}
{"_id": "d2", "title": "Walking a graph of neighbours", "text": "A beam over layers finds the nearest rows of vectors."}
{"_id": "d3", "title": "Pruning experts", "text": "Half of a mixture of experts is enough for most questions."}
{"_id": "d4", "title": "Drafting tokens ahead", "text": "A small model guesses tokens and a large one checks them."}
{"_id": "d5", "title": "Tides and the moon", "text": "The moon moves the sea twice a day."}
{"_id": "d6", "title": "Bread without kneading", "text": "A wet dough rises by itself over night."}
{"_id": "d7", "title": "Weathering of granite", "text": "Water opens cracks in granite, and ice widens them."}
{"_id": "d8", "title": "Bread without kneading", "text": "A wet dough rises by itself over night."}
"#;

const QUERIES: &str = r#"{"_id": "q1", "text": "how do I compress the cache of keys and values"}
{"_id": "q2", "text": "the moon and the sea"}
{"_id": "q3", "text": "bread without kneading"}
{"_id": "unjudged", "text": "anything else"}
"#;

const JUDGEMENTS: &str = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t-1\nq2\td5\t1\nq3\td6\t1\nq3\td8\t1\n";

/// A folder `set` with the documents, queries and judgements above.
fn folder() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("set/qrels")).unwrap();
    sandbox.write("set/corpus.jsonl", CORPUS);
    sandbox.write("set/queries.jsonl", QUERIES);
    sandbox.write("set/qrels/test.tsv", JUDGEMENTS);
    sandbox
}

fn json(sandbox: &Sandbox, more: &[&str]) -> Value {
    sandbox.run(&[&["eval", "set", "--json"], more].concat()).code(0).json()
}

const STATIC: [&str; 2] = ["--model", "static"];

#[test]
fn the_folder_is_embedded_asked_and_leaves_nothing_behind() {
    let sandbox = folder();
    let scratch = sandbox.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let arguments = ["eval", "set", "--json", "--model", "static"];
    let outcome = sandbox.run_with_variables(&arguments, &[("TMPDIR", scratch.to_str().unwrap())]).code(0);
    let report = outcome.says("embedding 8 documents").json();
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "the temporary folder goes");
    assert!(!sandbox.path("data").exists(), "the user's index is left alone");
    assert_eq!(text(&report, "/schema"), "semsearch.eval/1");
    assert_eq!((text(&report, "/mode"), text(&report, "/model")), ("hybrid", "static"));
    for (field, expected) in
        [("/queries", 3.0), ("/documents", 8.0), ("/judgements", 5.0), ("/depth", 100.0), ("/absent", 0.0)]
    {
        assert_eq!(number(&report, field), expected, "{field}");
    }
    assert!(report["index"].is_null() && report["run"].is_null() && report.get("modes").is_none(), "{report}");
    let names = ["map", "mrr", "ndcg@10", "precision@10", "recall@10", "recall@100"];
    assert_eq!(fields(&report["metrics"]), names);
    for name in names {
        let [low, mean, high] = ["low", "mean", "high"].map(|end| number(&report["metrics"][name], &format!("/{end}")));
        assert!(0.0 <= low && low <= mean && mean <= high && high <= 1.0, "{report}");
    }
    // Everything that answers shares words with its question, and records of a set are not merged.
    for name in ["ndcg@10", "mrr", "recall@10"] {
        assert_eq!(number(&report["metrics"][name], "/mean"), 1.0, "{report}");
    }
}

#[test]
fn modes_stand_side_by_side_and_an_index_answers_as_the_folder_does() {
    let sandbox = folder();
    sandbox.run(&["embed", "set/corpus.jsonl", "--keep-duplicates", "--model", "static", "--index", "mine"]).code(0);
    let report = json(&sandbox, &["--index", "mine", "--mode", "all", "--metrics", "ndcg@5,p@1"]);
    assert_eq!(text(&report, "/index"), "mine");
    let modes: Vec<&str> = report["modes"].as_array().unwrap().iter().map(|mode| text(mode, "/mode")).collect();
    assert_eq!(modes, ["hybrid", "dense", "lexical"]);
    assert_eq!(fields(&report["metrics"]), ["ndcg@5", "precision@1"]);
    assert_eq!(report["metrics"], report["modes"][0]["metrics"]);
    let embedded = json(&sandbox, &["--model", "static", "--mode", "hybrid,dense", "--metrics", "ndcg@5,p@1"]);
    assert_eq!(embedded["modes"], Value::from(report["modes"].as_array().unwrap()[..2].to_vec()));
    for more in [["--weight", "0.9"].as_slice(), &["--rrf"], &["--as-typed"], &["--exact"]] {
        let report = json(&sandbox, &[&["--index", "mine"], more].concat());
        assert!(number(&report, "/metrics/mrr/mean") > 0.5, "{more:?}: {report}");
    }
}

#[test]
fn people_get_a_table_differences_and_queries() {
    let sandbox = folder();
    let arguments = ["eval", "set", "--model", "static", "--mode", "all", "--against", "dense", "--per-query", "2"];
    let outcome = sandbox.run(&arguments).code(0);
    for expected in
        ["8 documents · 3 judged queries · static", "ndcg@10", "hybrid against dense, 3 same queries", "not told apart"]
    {
        assert!(outcome.stdout.contains(expected), "no {expected:?} in\n{}", outcome.stdout);
    }
    assert!(outcome.stdout.contains("gain in ndcg@10, hybrid against dense"), "{}", outcome.stdout);
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    let lowest = sandbox.run(&["eval", "set", "--model", "static", "--per-query", "1"]).code(0);
    assert!(lowest.stdout.contains("lowest ndcg@10, hybrid\n"), "{}", lowest.stdout);
}

#[test]
fn a_run_is_scored_by_its_scores_and_written_ones_score_the_same() {
    let sandbox = folder();
    let direct = json(&sandbox, &[&STATIC[..], &["--write-run", "mine.trec"]].concat());
    let written = std::fs::read_to_string(sandbox.path("mine.trec")).unwrap();
    assert!(written.starts_with("q1 Q0 d1 1 ") && written.contains(" semsearch-hybrid\n"), "{written}");
    let scored = json(&sandbox, &["--run", "mine.trec", "--against", "mine.trec", "--per-query", "1"]);
    assert_eq!(scored["metrics"], direct["metrics"]);
    assert_eq!((text(&scored, "/mode"), text(&scored, "/run")), ("run", "mine.trec"));
    assert!(scored["documents"].is_null() && scored["model"].is_null(), "{scored}");
    assert_eq!(number(&scored, "/against/differences/0/metrics/map/mean"), 0.0);
    assert_eq!(scored["per_query"].as_array().unwrap().len(), 3);
    assert_eq!(number(&scored, "/per_query/2/modes/run/map"), 1.0, "{scored}");
    // By hand: the relevant document second of three; ranks and tags count for nothing.
    sandbox.write("hand.trec", "q1 Q0 d2 9 0.9 x\nq1 Q0 d1 1 0.8 x\nq1 Q0 d3 1 0.7 x\nother Q0 d3 1 0.7 x\n");
    let outcome = sandbox.run(&["eval", "set", "--json", "--run", "hand.trec"]).code(0);
    let outcome = outcome.says("2 judged queries absent from the run: left out").says("1 unjudged query in the run");
    let report = outcome.json();
    assert_eq!((number(&report, "/queries"), number(&report, "/absent")), (1.0, 2.0));
    assert_eq!((number(&report, "/metrics/mrr/mean"), number(&report, "/metrics/precision@10/mean")), (0.5, 0.1));
    assert!((number(&report, "/metrics/ndcg@10/mean") - 1.0 / 3f64.log2()).abs() < 1e-12);
    let complete = json(&sandbox, &["--run", "hand.trec", "--complete"]);
    assert_eq!((number(&complete, "/queries"), number(&complete, "/metrics/mrr/mean")), (3.0, 0.5 / 3.0));
}

#[test]
fn two_models_are_compared_over_the_same_documents() {
    let sandbox = folder();
    let report = json(&sandbox, &["--mode", "dense", "--model", "static", "--against", crate::harness::TOY]);
    assert_eq!(text(&report, "/against/name"), crate::harness::TOY);
    assert_eq!(text(&report, "/against/differences/0/mode"), "dense");
    assert!(number(&report, "/against/metrics/mrr/mean") > 0.0, "{report}");
}

#[test]
fn files_may_be_packed_and_of_another_split() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("set")).unwrap();
    for (name, content) in [("corpus.jsonl.gz", CORPUS), ("train.queries.jsonl.gz", QUERIES)] {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(content.as_bytes()).unwrap();
        sandbox.write(&format!("set/{name}"), packed.finish().unwrap());
    }
    // In the form of TREC.
    sandbox.write("set/train.qrels.tsv", "q2 0 d5 1\nq9 0 d1 1\nq2 0 elsewhere 1\n");
    let outcome = sandbox.run(&["eval", "set", "--split", "train", "--json", "--model", "static"]).code(0);
    let outcome = outcome.says("1 judged query without text in").says("1 relevant document not in the index");
    let report = outcome.json();
    assert_eq!((number(&report, "/queries"), number(&report, "/without_text")), (1.0, 1.0));
    assert_eq!(number(&report, "/relevant_not_in_index"), 1.0);
    assert_eq!(number(&report, "/metrics/recall@10/mean"), 0.5);
}

#[test]
fn the_plot_shows_every_measure_and_mode() {
    let sandbox = folder();
    let arguments = ["eval", "set", "--model", "static", "--mode", "all", "--metrics", "ndcg@10,mrr", "--plot"];
    sandbox.run(&[&arguments[..], &["eval.svg"]].concat()).code(0).says("plot: eval.svg");
    let svg = std::fs::read_to_string(sandbox.path("eval.svg")).unwrap();
    let words = words_of_svg(&svg);
    for expected in ["ndcg@10", "mrr", "hybrid", "dense", "lexical", "8 documents · 3 judged queries · static"] {
        assert!(words.iter().any(|word| word == expected), "no {expected:?} among {words:?}");
    }
    assert!(!svg.contains("NaN"), "{svg}");
    sandbox.run(&[&arguments[..], &["eval.png"]].concat()).code(0).says("plot: eval.png");
    assert_eq!(png_size(&std::fs::read(sandbox.path("eval.png")).unwrap()), (1720, 1080));
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_place() {
    let sandbox = folder();
    sandbox.write("papers.jsonl", crate::harness::PAPERS);
    sandbox.run(&["embed", "papers.jsonl", "--model", "static", "--index", "other"]).code(0);
    sandbox.write("broken.trec", "q1 Q0 d1 1 high x\n");
    sandbox.write("strangers.trec", "p1 Q0 d1 1 1 x\n");
    std::fs::create_dir(sandbox.path("no-corpus")).unwrap();
    sandbox.write("no-corpus/queries.jsonl", QUERIES);
    sandbox.write("no-corpus/qrels.tsv", JUDGEMENTS);
    let cases: [(&[&str], i32, &str); 13] = [
        (&["nowhere"], 2, "nowhere: no such file or folder"),
        (&["set", "--split", "dev"], 2, "found judgements of test"),
        (&["set", "--metrics", "ndcg"], 2, "expected ndcg@K, recall@K, precision@K, map or mrr"),
        (&["set", "--run", "nowhere.trec"], 2, "nowhere.trec: no such file"),
        (&["set", "--run", "broken.trec"], 2, "broken.trec, line 1: expected a number as the score"),
        (&["set", "--run", "strangers.trec"], 2, "run: expected rankings of judged queries, such as `q1`, found `p1`"),
        (&["set", "--run", "strangers.trec", "--against", "dense", "--complete"], 2, "`dense` is a mode of searching"),
        (&["set", "--index", "other"], 2, "the index other: expected the documents of set/qrels/test.tsv, such as `d"),
        (&["set", "--index", "nowhere"], 3, "nowhere"),
        (&["no-corpus", "--model", "static"], 2, "no-corpus has no corpus.jsonl; name an index"),
        (&["set", "--model", "no-such-model"], 4, "no-such-model"),
        (
            &["set", "--model", "static", "--mode", "all", "--write-run", "x.trec"],
            2,
            "a run holds the ranking of one mode",
        ),
        (&["set", "--model", "static", "--plot", "nowhere/x.svg"], 5, "cannot write nowhere/x.svg"),
    ];
    for (arguments, code, message) in cases {
        sandbox.run(&[&["eval"], arguments].concat()).code(code).says(message).prints_nothing();
    }
}

#[test]
fn words_add_to_meaning_on_cranfield() {
    let Some(data) = shared("data/cranfield") else { return };
    let sandbox = Sandbox::new();
    let folder = data.to_str().unwrap();
    let arguments = ["eval", folder, "--model", "static", "--mode", "all", "--exact", "--json"];
    let report = sandbox.run(&arguments).code(0).json();
    let ndcg = |mode: usize| number(&report, &format!("/modes/{mode}/metrics/ndcg@10/mean"));
    assert!(ndcg(0) > ndcg(1) + 0.05, "{report}");
}

//! `semsearch bench`: numbers that are numbers, and a picture that opens.

use serde_json::Value;

use crate::harness::{Sandbox, demo_index, fields, number, png_size, text, toy_demo_index, words_of_svg};

#[test]
fn the_report_has_every_field_and_its_numbers_make_sense() {
    let sandbox = Sandbox::new();
    let arguments = ["bench", "--json", "--ef", "8,64", "-k", "5", "--threads", "2", "--index", toy_demo_index()];
    let report = sandbox.run(&arguments).code(0).json();
    let expected = [
        "build_seconds",
        "bytes_per_vector",
        "documents",
        "exact",
        "exact_equal",
        "index",
        "k",
        "ladder",
        "model",
        "queries",
        "queries_from",
        "results",
        "schema",
        "threads",
    ];
    assert_eq!(fields(&report), expected);
    assert_eq!(text(&report, "/schema"), "semsearch.bench/1");
    for (field, expected) in [("/documents", 225.0), ("/queries", 225.0), ("/k", 5.0), ("/threads", 2.0)] {
        assert_eq!(number(&report, field), expected, "{field}");
    }
    // A row is 32 numbers of four bytes, and the graph comes on top.
    assert!(number(&report, "/bytes_per_vector") > 128.0);
    assert!(number(&report, "/build_seconds") > 0.0);

    let speed = ["p50_us", "p95_us", "p99_us", "qps_1", "qps_all"];
    assert_eq!(fields(&report["exact"]), speed);
    expect_speed(&report["exact"]);
    let results = report["results"].as_array().unwrap();
    assert_eq!(results.iter().map(|point| number(point, "/ef")).collect::<Vec<_>>(), [8.0, 64.0]);
    for point in results {
        let mut expected = [&speed[..], &["ef", "recall", "recall_high", "recall_low"]].concat();
        expected.sort_unstable();
        assert_eq!(fields(point), expected);
        expect_speed(point);
        let [low, recall, high] = ["/recall_low", "/recall", "/recall_high"].map(|field| number(point, field));
        assert!(0.0 <= low && low <= recall && recall <= high && high <= 1.0, "{point}");
    }
}

#[test]
fn the_default_beam_misses_next_to_nothing_on_real_papers() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let report = sandbox.run(&["bench", "--json", "--ef", "64", "--index", index]).code(0).json();
    assert!(number(&report, "/results/0/recall") >= 0.98, "{report}");
}

#[test]
fn questions_come_from_plain_text_or_a_beir_file() {
    let sandbox = Sandbox::new();
    sandbox.write("plain.txt", "what is attention\nhow to prune\n\nwhat do agents remember\n");
    sandbox
        .write("queries.jsonl", "{\"_id\": \"1\", \"text\": \"attention\"}\n{\"_id\": \"2\", \"text\": \"prune\"}\n");
    for (file, expected) in [("plain.txt", 3.0), ("queries.jsonl", 2.0)] {
        let arguments = ["bench", "--json", "--ef", "16", "--queries", file, "--index", toy_demo_index()];
        let report = sandbox.run(&arguments).code(0).json();
        assert_eq!((number(&report, "/queries"), text(&report, "/queries_from")), (expected, file));
    }
}

#[test]
fn questions_that_cannot_be_read_are_refused_with_their_place() {
    let sandbox = Sandbox::new();
    sandbox.write("empty.txt", "\n\n");
    sandbox.write("broken.jsonl", "{\"_id\": \"1\", \"text\": \"attention\"}\n{\"_id\": \"2\"}\n");
    for (file, message) in [
        ("missing.txt", "missing.txt: no such file"),
        ("empty.txt", "empty.txt: expected at least one query"),
        ("broken.jsonl", "broken.jsonl, line 2: expected"),
    ] {
        sandbox.run(&["bench", "--queries", file, "--index", toy_demo_index()]).code(2).says(message).prints_nothing();
    }
}

#[test]
fn the_ladder_says_of_each_rung_how_large_right_and_fast_it_is() {
    let sandbox = Sandbox::new();
    let report = sandbox.run(&["bench", "--json", "--ef", "8", "-k", "5", "--index", toy_demo_index()]).code(0).json();
    assert_eq!(number(&report, "/ladder/rows"), 225.0);
    let rungs = report["ladder"]["rungs"].as_array().unwrap();
    let names: Vec<&str> = rungs.iter().map(|rung| text(rung, "/name")).collect();
    assert_eq!(names, ["f32", "f16", "int8", "4-bit", "1-bit scaled", "1-bit", "pq"]);
    // Rows of 32 numbers; those of codes are whole blocks of 64 bytes.
    let bytes: Vec<f64> = rungs.iter().map(|rung| number(rung, "/bytes_per_vector")).collect();
    assert_eq!(bytes, [128.0, 64.0, 64.0, 64.0, 8.0, 4.0, 4.0]);
    for rung in rungs {
        assert_eq!(fields(rung), ["bytes_per_vector", "depths", "encode_seconds", "name", "shared_bytes"]);
        assert!(number(rung, "/encode_seconds") >= 0.0 && number(rung, "/shared_bytes") >= 0.0, "{rung}");
        let depths = rung["depths"].as_array().unwrap();
        assert_eq!(depths.iter().map(|depth| number(depth, "/rerank")).collect::<Vec<_>>(), [0.0, 10.0, 50.0]);
        for depth in depths {
            assert_eq!(fields(depth), ["p50_us", "recall", "recall_high", "recall_low", "rerank"]);
            let [low, recall, high] = ["/recall_low", "/recall", "/recall_high"].map(|field| number(depth, field));
            assert!(0.0 <= low && low <= recall && recall <= high && high <= 1.0, "{depth}");
            assert!(number(depth, "/p50_us") > 0.0, "{depth}");
        }
        let recalls: Vec<f64> = depths.iter().map(|depth| number(depth, "/recall")).collect();
        assert!(recalls.is_sorted(), "{rung}");
        // Fewer rows than centroids: product codes are the rows themselves.
        assert!(text(rung, "/name") != "f32" && text(rung, "/name") != "pq" || recalls == [1.0; 3], "{rung}");
    }
    let without = sandbox.run(&["bench", "--json", "--no-ladder", "--ef", "8", "--index", toy_demo_index()]).code(0);
    assert!(!fields(&without.json()).contains(&"ladder"));
}

#[test]
fn the_tables_fit_into_eighty_columns() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["bench", "--ef", "8,4096", "--index", toy_demo_index()]).code(0).prints("rows in");
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    let firsts: Vec<&str> = outcome.stdout.lines().filter_map(|line| line.split("  ").next()).collect();
    assert!(["f32", "4-bit", "1-bit scaled", "pq"].iter().all(|rung| firsts.contains(rung)), "{}", outcome.stdout);
    let short = sandbox.run(&["bench", "--no-ladder", "--ef", "8", "--index", toy_demo_index()]).code(0);
    assert!(!short.stdout.contains("rows in"), "{}", short.stdout);
}

#[test]
fn people_get_a_table_with_a_row_for_each_beam() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["bench", "--ef", "8,64", "--index", toy_demo_index()]).code(0).prints("recall@10");
    let firsts: Vec<&str> = outcome.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(["ef", "8", "64", "exact"].iter().all(|row| firsts.contains(row)), "{}", outcome.stdout);
    outcome.says("measuring on");
}

#[test]
fn the_plot_is_a_well_formed_picture_with_every_beam_in_it() {
    let sandbox = Sandbox::new();
    let arguments = ["bench", "--ef", "8,16,64", "--plot", "recall.svg", "--index", toy_demo_index()];
    sandbox.run(&arguments).code(0).says("plot: recall.svg");
    let svg = std::fs::read_to_string(sandbox.path("recall.svg")).unwrap();
    let words = words_of_svg(&svg);
    for expected in ["ef 8", "ef 16", "ef 64", "exact", "queries a second, one thread"] {
        assert!(words.iter().any(|word| word == expected), "no {expected:?} among {words:?}");
    }
    // The model, the index and the day.
    let about = words.iter().find(|word| word.contains("toy-demo-index")).unwrap_or_else(|| panic!("{words:?}"));
    assert!(about.starts_with("model · ") && about.contains(" · 20"), "{about}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert!(svg.contains("prefers-color-scheme: dark"), "{svg:.400}");
    let arguments = ["bench", "--ef", "8", "--no-ladder", "--plot", "recall.PNG", "--index", toy_demo_index()];
    sandbox.run(&arguments).code(0).says("plot: recall.PNG");
    assert_eq!(png_size(&std::fs::read(sandbox.path("recall.PNG")).unwrap()), (1720, 1080));
}

fn expect_speed(speed: &Value) {
    let [p50, p95, p99] = ["/p50_us", "/p95_us", "/p99_us"].map(|field| number(speed, field));
    assert!(0.0 < p50 && p50 <= p95 && p95 <= p99, "{speed}");
    assert!(number(speed, "/qps_1") > 0.0 && number(speed, "/qps_all") > 0.0, "{speed}");
}

#[test]
fn another_model_of_the_index_is_measured_by_its_name() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "switch", "static"]).code(0);
    let bench =
        |more: &[&str]| sandbox.run(&[&["bench", "--ef", "8", "--no-ladder", "--json"], more].concat()).code(0).json();
    assert_eq!(bench(&[])["model"], "model");
    let other = bench(&["--model", "static"]);
    assert_eq!(other["model"], "static");
    assert!(other["bytes_per_vector"].as_f64().unwrap() > bench(&[])["bytes_per_vector"].as_f64().unwrap());
    sandbox.run(&["bench", "--model", "nosuch"]).code(4);
}

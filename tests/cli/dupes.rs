//! `semsearch dupes`: papers that say almost the same, against the vectors that `export` writes.

use serde_json::Value;

use crate::harness::{Sandbox, TOY, fields, number, text};

/// Papers of which some have nearly the same text under another title, in two files and two segments.
fn shelf() -> Sandbox {
    let sandbox = Sandbox::new();
    let paper = |id: &str, title: &str, summary: &str, year: i32| {
        serde_json::json!({ "id": id, "title": title, "abstract": summary, "year": year }).to_string() + "\n"
    };
    let tides = "The sea moves with the moon, and the shore moves with the sea, day after day.";
    let caches = "A cache keeps what was asked for, in the hope that it will be asked for again soon.";
    sandbox.write(
        "first.jsonl",
        paper("tides", "On tides", tides, 1898)
            + &paper("caches", "Caches and what they keep", caches, 2020)
            + &paper("graphs", "Small worlds", "Edges lead from node to node; few steps reach any of them.", 2016),
    );
    sandbox.write(
        "second.jsonl",
        paper("tides2", "On tides again", &format!("{tides} Once more."), 2001)
            + &paper("tides3", "On the tides", &format!("{tides} And again."), 2002)
            + &paper("caches2", "Caches and what they hold", &format!("{caches} Or never."), 2021),
    );
    for file in ["first.jsonl", "second.jsonl"] {
        sandbox.run(&["embed", file, "--model", TOY, "--keep-duplicates"]).code(0);
    }
    sandbox
}

fn ids(group: &Value) -> Vec<&str> {
    group["papers"].as_array().unwrap().iter().map(|paper| text(paper, "/id")).collect()
}

/// All pairs with their cosines, from the vectors as they are exported.
fn all_pairs(sandbox: &Sandbox) -> Vec<(String, String, f64)> {
    sandbox.run(&["export", "--to", "out.jsonl", "--format", "jsonl"]).code(0);
    let lines = std::fs::read_to_string(sandbox.path("out.jsonl")).unwrap();
    let titles: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<String> =
        titles.iter().map(|paper| format!("{}. {}", text(paper, "/title"), text(paper, "/abstract"))).collect();
    let arguments: Vec<&str> = ["encode", "--model", TOY].into_iter().chain(texts.iter().map(String::as_str)).collect();
    let vectors: Vec<Vec<f64>> = sandbox
        .run(&arguments)
        .code(0)
        .json_lines()
        .iter()
        .map(|line| line["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect())
        .collect();
    let mut pairs = Vec::new();
    for (one, a) in vectors.iter().enumerate() {
        for (other, b) in vectors.iter().enumerate().skip(one + 1) {
            let cosine: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            pairs.push((text(&titles[one], "/id").to_owned(), text(&titles[other], "/id").to_owned(), cosine));
        }
    }
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2));
    pairs
}

#[test]
fn pairs_are_those_whose_vectors_are_near_and_groups_are_connected() {
    let sandbox = shelf();
    let pairs = all_pairs(&sandbox);
    // Half way between two pairs, so that no rounding decides.
    for rank in [0, 2, 3, 7] {
        let threshold: f64 = (pairs[rank].2 + pairs[rank + 1].2) / 2.0;
        if pairs[rank].2 - pairs[rank + 1].2 < 1e-4 {
            continue;
        }
        let report = sandbox.run(&["dupes", "--json", "--threshold", &format!("{threshold:.6}")]).code(0).json();
        let mut found: Vec<(String, String)> = report["groups"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|group| group["pairs"].as_array().unwrap())
            .map(|pair| (text(pair, "/first").to_owned(), text(pair, "/second").to_owned()))
            .collect();
        found.sort();
        let mut expected: Vec<(String, String)> =
            pairs[..=rank].iter().map(|(a, b, _)| (a.clone(), b.clone())).collect();
        expected.sort();
        assert_eq!(found, expected, "{threshold}");
        assert_eq!(report["pairs"], rank + 1);
        let papers: usize = report["groups"].as_array().unwrap().iter().map(|group| ids(group).len()).sum();
        assert_eq!(report["papers"], papers);
    }
}

#[test]
fn groups_name_papers_files_and_cosines_and_filters_choose() {
    let sandbox = shelf();
    let pairs = all_pairs(&sandbox);
    let least = pairs[3].2 - 1e-5;
    let threshold = format!("{least:.6}");
    let run = |more: &[&str]| sandbox.run(&[&["dupes", "--threshold", &threshold][..], more].concat());
    let report = run(&["--json"]).code(0).json();
    assert_eq!(
        fields(&report),
        [
            "compared",
            "documents",
            "filter",
            "groups",
            "groups_found",
            "model",
            "pairs",
            "papers",
            "schema",
            "threshold"
        ]
    );
    let lines = run(&["--jsonl"]).code(0).json_lines();
    assert_eq!(lines.len(), report["groups"].as_array().unwrap().len());
    assert_eq!(ids(&lines[0]), ids(&report["groups"][0]));
    assert!((number(&lines[0], "/papers/0/nearest") - 1.0).abs() < 0.5);
    let shown = run(&[]).code(0).says_nothing();
    assert!(shown.stdout.contains("first.jsonl") && shown.stdout.contains("compared: 6"), "{}", shown.stdout);
    assert!(shown.stdout.lines().all(|line| line.chars().count() <= 80), "{}", shown.stdout);

    let recent = run(&["--json", "--year", "2000..", "--where", "title ~ tides"]).code(0).json();
    assert_eq!((&recent["compared"], ids(&recent["groups"][0])), (&2.into(), vec!["tides2", "tides3"]));
    let one = run(&["--json", "--limit", "1"]).code(0).json();
    assert_eq!(one["groups"].as_array().unwrap().len(), 1);
    assert_eq!(one["groups_found"], report["groups_found"]);
}

#[test]
fn without_such_papers_the_code_is_1_and_a_threshold_has_to_be_one() {
    let sandbox = shelf();
    sandbox.run(&["dupes", "--threshold", "1", "--year", "2016"]).code(1).prints("no two of 1 of 6 papers");
    sandbox.run(&["dupes", "--threshold", "0"]).code(2).says("--threshold is not above 0").prints_nothing();
    sandbox.run(&["dupes", "--threshold", "2"]).code(2).says("from -1 to 1").prints_nothing();
    sandbox.run(&["dupes", "--json", "--index", "nowhere"]).code(3).prints_nothing();
}

#[test]
fn a_paper_of_a_group_has_what_it_has_elsewhere() {
    let sandbox = shelf();
    let report = sandbox.run(&["dupes", "--threshold", "0.9", "--json"]).code(0).json();
    let paper = &report["groups"][0]["papers"][0];
    let shown = sandbox.run(&["show", text(paper, "/id"), "--json"]).code(0).json();
    for field in fields(&shown) {
        let name = if field == "source" { "places" } else { field };
        // A date here is also a year, where that is all that is known.
        if field != "schema" && field != "date" {
            assert_eq!(paper[name], shown[field], "{field}");
        }
    }
}

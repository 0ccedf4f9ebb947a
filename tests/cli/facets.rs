//! `semsearch facets`: counts over the papers about a question, against counting them by hand.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Sandbox, TOY, fields, hits, number, text};

/// Sixty papers whose values repeat in different rhythms.
fn shelf() -> (Sandbox, Vec<Value>) {
    let papers: Vec<Value> = (0..60)
        .map(|n| {
            let mut paper = serde_json::json!({
                "id": format!("paper-{n}"),
                "title": format!("{} number {n}", ["Graphs", "Caches", "Tokens"][n % 3]),
                "abstract": format!("About {} and {}.", ["edges", "memory", "words"][n % 3], n * 37 % 11),
                "keywords": (0..n % 4).map(|k| format!("cs.{}", (n + k) % 5)).collect::<Vec<_>>(),
                "authors": [format!("Author {}", n % 7), format!("Second {}", n % 2)],
            });
            if n % 5 != 0 {
                paper["year"] = (2018 + n % 4).into();
            }
            if n % 2 == 0 {
                paper["venue"] = ["ACL", "ICML"][n / 2 % 2].into();
            }
            paper
        })
        .collect();
    let sandbox = Sandbox::new();
    let lines: String = papers.iter().map(|paper| format!("{paper}\n")).collect();
    std::fs::write(sandbox.path("shelf.jsonl"), lines).unwrap();
    sandbox.run(&["embed", "shelf.jsonl", "--model", TOY]).code(0);
    (sandbox, papers)
}

/// The values of a paper that are counted.
fn values(paper: &Value, by: &str) -> Vec<String> {
    let list = |field: &str| paper[field].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
    match by {
        "year" => paper["year"].as_u64().map(|year| year.to_string()).into_iter().collect(),
        "venue" => paper["venue"].as_str().map(str::to_owned).into_iter().collect(),
        "category" => list("keywords"),
        "author" => list("authors"),
        "source" => vec!["shelf.jsonl".to_owned()],
        _ => Vec::new(),
    }
}

/// Counts papers by hand: values and how many have them, and how many have none.
fn counted<'a>(papers: impl Iterator<Item = &'a Value>, by: &str) -> (BTreeMap<String, u64>, u64) {
    let (mut counts, mut without) = (BTreeMap::new(), 0);
    for paper in papers {
        let values = values(paper, by);
        without += u64::from(values.is_empty());
        values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    }
    (counts, without)
}

fn report_counts(report: &Value) -> BTreeMap<String, u64> {
    let values = report["values"].as_array().unwrap();
    values.iter().map(|value| (text(value, "/value").to_owned(), value["papers"].as_u64().unwrap())).collect()
}

#[test]
fn counts_are_those_of_the_papers_that_exact_search_finds() {
    let (sandbox, papers) = shelf();
    let sets: [(&[&str], &[&str]); 4] = [
        (&["--top", "25"], &["-k", "25"]),
        (&["--top", "1000"], &["-k", "1000"]),
        (&["--top", "10", "--year", "2019.."], &["-k", "10", "--year", "2019.."]),
        (&["--where", "has venue"], &["-k", "100", "--where", "has venue"]),
    ];
    for (set, search) in sets {
        let answer = sandbox
            .run(&[&["ask", "edges of graphs", "--mode", "dense", "--exact", "--json"], search].concat())
            .code(0)
            .json();
        let found: Vec<&Value> =
            hits(&answer).iter().map(|hit| papers.iter().find(|paper| paper["id"] == hit["id"]).unwrap()).collect();
        for by in ["year", "venue", "category", "org", "author", "source"] {
            let arguments = [&["facets", "edges of graphs", "--by", by, "--json", "--limit", "100"], set].concat();
            let report = sandbox.run(&arguments).code(0).json();
            let (expected, without) = counted(found.iter().copied(), by);
            assert_eq!(report_counts(&report), expected, "{set:?} {by}");
            assert_eq!(report["without"], without, "{set:?} {by}");
            assert_eq!(report["papers"], found.len(), "{set:?} {by}");
        }
    }
}

#[test]
fn a_least_score_takes_every_paper_that_reaches_it() {
    let (sandbox, papers) = shelf();
    let answer = sandbox.run(&["ask", "words", "--mode", "dense", "--exact", "--json", "-k", "60"]).code(0).json();
    // Half way between two neighbours in rank, so that no rounding decides.
    let between =
        |rank: usize| (number(&hits(&answer)[rank], "/cosine") + number(&hits(&answer)[rank + 1], "/cosine")) / 2.0;
    let rank = (10..50).find(|rank| number(&hits(&answer)[*rank], "/cosine") - between(*rank) > 1e-4).unwrap();
    let least = between(rank).to_string();
    let found = hits(&answer)[..=rank].iter().map(|hit| papers.iter().find(|paper| paper["id"] == hit["id"]).unwrap());
    let report = sandbox.run(&["facets", "words", "--by", "year", "--json", "--min-score", &least]).code(0).json();
    assert_eq!(report_counts(&report), counted(found, "year").0);
    assert_eq!(report["papers"], rank + 1);

    let none = sandbox.run(&["facets", "words", "--by", "year", "--json", "--min-score", "1"]).code(1).json();
    assert_eq!((&none["papers"], report_counts(&none).len()), (&0.into(), 0));
    let all = sandbox.run(&["facets", "words", "--by", "year", "--json", "--min-score", "-1"]).code(0).json();
    assert_eq!(all["papers"], 60);
}

#[test]
fn without_a_question_all_papers_are_counted_and_no_model_is_needed() {
    let (sandbox, papers) = shelf();
    let report = sandbox.run(&["facets", "--by", "category", "--json"]).code(0).json();
    assert_eq!(
        fields(&report),
        [
            "by",
            "distinct_values",
            "documents",
            "filter",
            "min_score",
            "model",
            "papers",
            "passing",
            "query",
            "schema",
            "top",
            "values",
            "without"
        ]
    );
    assert_eq!((text(&report, "/schema"), text(&report, "/by")), ("semsearch.facets/1", "category"));
    assert_eq!((&report["query"], &report["model"], &report["papers"]), (&Value::Null, &Value::Null, &60.into()));
    assert_eq!(report_counts(&report), counted(papers.iter(), "category").0);

    let filtered =
        sandbox.run(&["facets", "--by", "author", "--json", "--venue", "acl", "--limit", "3"]).code(0).json();
    assert_eq!(
        (&filtered["papers"], &filtered["passing"], &filtered["documents"]),
        (&15.into(), &15.into(), &60.into())
    );
    assert_eq!((&filtered["distinct_values"], report_counts(&filtered).len()), (&8.into(), 3));
    assert_eq!(text(&filtered, "/filter"), r#"venue ~ "acl""#);
}

#[test]
fn people_see_what_was_counted_and_bars() {
    let (sandbox, _) = shelf();
    let outcome = sandbox.run(&["facets", "edges of graphs", "--by", "venue", "--top", "40"]).code(0);
    let outcome = outcome.prints("counts by venue over the 40 papers nearest to \"edges of graphs\", of 60 papers\n\n");
    let outcome = outcome.prints(" without venue\n").prints("█");
    assert!(outcome.stdout.lines().all(|line| line.chars().count() <= 80), "{}", outcome.stdout);
    sandbox.run(&["facets", "edges", "--by", "venue"]).code(0).prints("over the 60 papers nearest");
    sandbox.run(&["facets", "--by", "year"]).code(0).prints("counts by year over all 60 papers\n\n2021  ");
    sandbox.run(&["facets", "--by", "org"]).code(0).prints("60 papers without org\n");
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let (sandbox, _) = shelf();
    let cases: [(&[&str], &str); 8] = [
        (&["facets", "x"], "--by <FIELD>"),
        (&["facets", "x", "--by", "title"], "[possible values: year, venue, category, org, author, source]"),
        (&["facets", "--by", "year", "--top", "5"], "QUERY"),
        (&["facets", "x", "--by", "year", "--top", "5", "--min-score", "0.5"], "cannot be used with"),
        (&["facets", "x", "--by", "year", "--min-score", "2"], "from -1 to 1"),
        (&["facets", "x", "--by", "year", "--min-score", "nan"], "from -1 to 1"),
        (&["facets", "x", "--by", "year", "--top", "0"], "from 1"),
        (&["facets", " ", "--by", "year"], "leave it out to count all papers"),
    ];
    for (arguments, message) in cases {
        sandbox.run(arguments).code(2).says(message).prints_nothing();
    }
    let nowhere = Sandbox::new();
    nowhere.run(&["facets", "--by", "year"]).code(3).says("there is no index");
}

#[test]
fn a_field_goes_by_the_names_that_others_give_it() {
    let (sandbox, _) = shelf();
    for (name, field) in [
        ("keyword", "category"),
        ("keywords", "category"),
        ("years", "year"),
        ("journal", "venue"),
        ("affiliation", "org"),
        ("authors", "author"),
    ] {
        sandbox.run(&["facets", "--by", name]).code(0).prints(&format!("counts by {field} over all"));
    }
}

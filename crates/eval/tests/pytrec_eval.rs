//! Every measure of made rankings is that of pytrec_eval-terrier: `data/README.md`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use semsearch_eval::retrieval::{Judgements, Measure, Over, PerQuery, Run, evaluate};
use semsearch_testing::golden;
use serde::Deserialize;

/// A line of `expected.jsonl`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Head { measures: Vec<String> },
    Query { run: String, query: String, values: Vec<f64> },
    Mean { run: String, over: String, queries: usize, means: Vec<f64> },
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The measures, and all lines that follow.
fn expected() -> (Vec<Measure>, Vec<Line>) {
    let mut lines: Vec<Line> = golden::lines(&data("expected.jsonl"));
    let Line::Head { measures } = lines.remove(0) else { panic!("the first line names the measures") };
    (measures.iter().map(|measure| measure.parse().unwrap()).collect(), lines)
}

#[track_caller]
fn assert_close(got: f64, expected: f64, what: &str) {
    assert!((got - expected).abs() < 1e-6, "{what}: {got}, pytrec_eval says {expected}");
}

/// Compares all that pytrec_eval says of a run.
fn compare(name: &str, scores: &PerQuery, lines: &[Line]) {
    let mut compared = 0;
    for line in lines {
        match line {
            Line::Query { run, query, values } if run == name => {
                let of_query = scores.queries().iter().find(|of_query| of_query.query == *query).unwrap();
                assert!(of_query.answered, "{name}, {query}");
                for ((measure, &value), &expected) in scores.measures().iter().zip(&of_query.values).zip(values) {
                    assert_close(value, expected, &format!("{name}, {query}, {measure}"));
                }
                compared += 1;
            }
            Line::Mean { run, over, queries, means } if run == name => {
                let over = if over == "judged" { Over::Judged } else { Over::Answered };
                for (&measure, &expected) in scores.measures().iter().zip(means) {
                    assert_eq!(scores.values(measure, over).unwrap().len(), *queries, "{name}, {over:?}");
                    assert_close(
                        scores.mean(measure, over).unwrap(),
                        expected,
                        &format!("{name}, {measure}, {over:?}"),
                    );
                }
            }
            _ => {}
        }
    }
    let answered = scores.queries().iter().filter(|query| query.answered).count();
    assert_eq!(compared, answered, "{name}: queries that pytrec_eval returns");
    assert_eq!(scores.absent().count(), scores.queries().len() - answered);
    assert_eq!(scores.unjudged().len(), 2, "{name}");
}

const RUNS: [&str; 4] = ["distinct", "ties", "close", "sparse"];

#[test]
fn every_value_and_both_means_are_those_of_pytrec_eval() {
    let (measures, lines) = expected();
    for form in ["qrels.tsv", "qrels.trec"] {
        let judgements = Judgements::read(&data(form)).unwrap();
        for name in RUNS {
            let run = Run::read(&data(&format!("{name}.run"))).unwrap();
            compare(name, &evaluate(&judgements, &run, &measures), &lines);
        }
    }
}

#[test]
fn a_run_that_was_compressed_or_written_again_scores_the_same() {
    let (measures, lines) = expected();
    let folder = tempfile::tempdir().unwrap();
    let compressed = |name: &str| {
        let path = folder.path().join(format!("{name}.gz"));
        let mut encoder = GzEncoder::new(File::create(&path).unwrap(), Compression::default());
        std::io::copy(&mut File::open(data(name)).unwrap(), &mut encoder).unwrap();
        encoder.finish().unwrap();
        path
    };
    let judgements = Judgements::read(&compressed("qrels.tsv")).unwrap();
    for name in RUNS {
        let run = Run::read(&compressed(&format!("{name}.run"))).unwrap();
        let path = folder.path().join("again");
        run.write(File::create(&path).unwrap(), "again").unwrap();
        let again = Run::read(&path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().lines().all(|line| line.ends_with(" again")));
        for run in [run, again] {
            compare(name, &evaluate(&judgements, &run, &measures), &lines);
        }
    }
}

#[test]
fn the_rankings_hold_what_is_easily_done_another_way() {
    let run = |name: &str| Run::read(&data(&format!("{name}.run"))).unwrap();
    let neighbours = |name: &str, pair: fn(f64, f64) -> bool| {
        let run = run(name);
        let pairs = run.iter().flat_map(|(_, hits)| hits.windows(2));
        pairs.filter(|hits| pair(hits[0].score, hits[1].score)).count()
    };
    assert!(neighbours("ties", |a, b| a == b) > 100);
    // Ahead among 64-bit floats and behind among 32-bit ones.
    assert!(neighbours("close", |a, b| a < b && a as f32 == b as f32) > 20);
    let judgements = Judgements::read(&data("qrels.tsv")).unwrap();
    let grades = || judgements.iter().flat_map(|(_, grades)| grades.values());
    assert!(grades().any(|&grade| grade < 0) && grades().any(|&grade| grade > 1));
    assert!(judgements.iter().any(|(_, grades)| grades.values().all(|&grade| grade < 1)));
    assert!(judgements.iter().any(|(_, grades)| grades.values().filter(|&&grade| grade > 0).count() > 100));
}

//! Bytes a paper, time to build, and time a query, over files of papers.
//!
//! usage: cargo run --release -p semsearch-lexical --example measure -- papers.jsonl.gz... [--queries queries.jsonl.gz]

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Instant;

use semsearch_lexical::analyse::{for_each_token, is_stop_word, stem};
use semsearch_lexical::{Analysed, LexicalIndex, LexicalSegment, LexicalWriter, Paper, WeightedStem};
use serde_json::Value;

fn main() {
    let (mut files, mut queries) = (Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--queries" {
            queries = lines(&arguments.next().expect("a file of queries"));
        } else {
            files.push(argument);
        }
    }
    let papers: Vec<Value> = files.iter().flat_map(|file| lines(file)).collect();
    let text = |paper: &Value, field: &str| paper[field].as_str().unwrap_or_default().to_owned();

    let started = Instant::now();
    let analysed: Vec<Analysed> = papers
        .iter()
        .map(|paper| {
            let (title, text, id) = (text(paper, "title"), text(paper, "abstract"), text(paper, "id"));
            let authors = paper["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let venue = paper["venue"].as_str();
            Analysed::of(&Paper { title: &title, text: &text, authors, venue, identifiers: vec![&id] })
        })
        .collect();
    let split = started.elapsed();
    let started = Instant::now();
    let mut writer = LexicalWriter::new();
    analysed.into_iter().for_each(|paper| writer.push(paper));
    let pushed = started.elapsed();
    let started = Instant::now();
    let file = writer.finish();
    println!("papers {}: split {split:.2?}, appended {pushed:.2?}, finished {:.2?}", papers.len(), started.elapsed());
    println!("bytes a paper {:.1}", file.len() as f64 / papers.len() as f64);
    let mut lengths = file[24..].chunks(8).map(|length| u64::from_le_bytes(length.try_into().unwrap()));
    for name in [
        "words",
        "postings",
        "stems",
        "stem words",
        "lengths",
        "stop index",
        "stops",
        "authors",
        "names",
        "name postings",
        "venues",
        "venue rows",
        "identifiers",
        "identifier rows",
        "acronyms",
        "acronym rows",
    ] {
        println!("  {name:16} {:7.2}", lengths.next().unwrap() as f64 / papers.len() as f64);
    }

    let started = Instant::now();
    let segment = Arc::new(LexicalSegment::open(file.into()).unwrap());
    let index = LexicalIndex::new(vec![(segment, None)]).unwrap();
    println!("opened in {:.2?}", started.elapsed());
    let queries: Vec<Vec<WeightedStem>> = queries.iter().map(|query| stems(query["text"].as_str().unwrap())).collect();
    let short: Vec<Vec<WeightedStem>> = queries.iter().map(|query| query[..query.len().min(6)].to_vec()).collect();
    for (name, queries) in [("whole", &queries), ("six words", &short)] {
        for round in ["cold", "warm", "warm"] {
            let mut times: Vec<f64> = queries
                .iter()
                .map(|query| {
                    let started = Instant::now();
                    let top = index.scores(query).unwrap().top(10, &|_| true);
                    assert!(top.len() <= 10);
                    started.elapsed().as_secs_f64() * 1e6
                })
                .collect();
            times.sort_by(f64::total_cmp);
            if !times.is_empty() {
                let mean = times.iter().sum::<f64>() / times.len() as f64;
                println!("{name}, {round}: mean {mean:.1} µs, median {:.1} µs", times[times.len() / 2]);
            }
        }
    }
}

fn stems(query: &str) -> Vec<WeightedStem> {
    let mut stems = Vec::new();
    for_each_token(query, &mut |token| {
        if !is_stop_word(token.word) {
            stems.push(WeightedStem { stem: stem(token.word).into_owned(), weight: 1.0 });
        }
    });
    stems
}

fn lines(path: &str) -> Vec<Value> {
    let file = std::fs::File::open(path).unwrap_or_else(|problem| panic!("{path}: {problem}"));
    let lines = BufReader::new(flate2::read::GzDecoder::new(file)).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

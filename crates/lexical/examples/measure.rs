#![expect(clippy::print_stdout, reason = "a program")]
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
    let index = LexicalIndex::new(vec![(segment.clone(), None)]).unwrap();
    println!("opened in {:.2?}", started.elapsed());
    let queries: Vec<Vec<WeightedStem>> = queries.iter().map(|query| stems(query["text"].as_str().unwrap())).collect();
    let short: Vec<Vec<WeightedStem>> = queries.iter().map(|query| query[..query.len().min(6)].to_vec()).collect();
    for (name, queries, count) in [("whole", &queries, 10), ("six words", &short, 10), ("six words", &short, 200)] {
        let mut least = vec![f64::INFINITY; queries.len()];
        for round in 0..10 {
            for (query, least) in queries.iter().zip(&mut least) {
                let started = Instant::now();
                let top = index.best(query, count, &|_| true).unwrap();
                assert!(top.len() <= count);
                *least = least.min(started.elapsed().as_secs_f64() * 1e6);
            }
            if round == 0 || round == 9 {
                let mut sorted = least.clone();
                sorted.sort_by(f64::total_cmp);
                let mean = sorted.iter().sum::<f64>() / sorted.len().max(1) as f64;
                let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
                println!("{name}, best {count}, least of {}: mean {mean:.1} µs, median {median:.1} µs", round + 1);
            }
        }
    }
    let mut least = vec![f64::INFINITY; short.len()];
    for _ in 0..10 {
        for (query, least) in short.iter().zip(&mut least) {
            let mut candidates: Vec<u32> = index.best(query, 400, &|_| true).unwrap().iter().map(|hit| hit.0).collect();
            candidates.sort_unstable();
            let stems: Vec<String> = query.iter().map(|term| term.stem.clone()).collect();
            let started = Instant::now();
            let mut matcher = index.matcher(&stems).unwrap();
            let all = candidates.iter().filter(|&&document| matcher.look_at(document).are_all_in_title()).count();
            assert!(all <= candidates.len());
            *least = least.min(started.elapsed().as_secs_f64() * 1e6);
        }
    }
    least.sort_by(f64::total_cmp);
    println!("six words in 400 papers, least of 10: median {:.1} µs", least.get(least.len() / 2).unwrap_or(&0.0));
    let time = |name: &str, ask: &dyn Fn() -> usize| {
        let started = Instant::now();
        let found = ask();
        println!("{name}: {found} in {:.2?}", started.elapsed());
    };
    for phrase in ["retrieval augmented generation", "state of the art", "language model", "of the"] {
        time(phrase, &|| index.with_phrase(phrase).unwrap().len());
    }
    time("transf*", &|| index.with_prefix("transf").unwrap().len());
    time("author wang", &|| index.of_author("wang").unwrap().len());
    time("words", &|| index.words().unwrap().len());
    time("definitions", &|| index.definitions().unwrap().len());
    time("verified", &|| segment.verify().map(|()| 0).unwrap());
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

//! Embeds papers, saves the collection, opens it again and answers a query, with the model that is part of the crate.
//!
//! `cargo run -p semsearch-engine --example ask -- data/demo_papers.jsonl "images from text"`
#![expect(clippy::print_stdout, reason = "prints the answer")]

use std::error::Error;
use std::path::{Path, PathBuf};

use semsearch_corpus::ReadOptions;
use semsearch_embed::{ModelStore, TextKind};
use semsearch_engine::{Encoders, IngestOptions, Intake, IntakeMode, SearchOptions, Session, SessionOptions};
use semsearch_task::NoProgress;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let papers = args.next().map_or_else(demo_papers, PathBuf::from);
    let query = args.next().unwrap_or_else(|| "images from text".to_owned());
    let folder = tempfile::tempdir()?;
    let index = folder.path().join("index");
    embed(&papers, &index)?;
    for (score, title) in ask(&index, &query)? {
        println!("{score:.3}  {title}");
    }
    Ok(())
}

/// Makes a collection of the papers in a file.
fn embed(papers: &Path, index: &Path) -> Result<(), Box<dyn Error>> {
    let store = ModelStore::from_env(true);
    let options = SessionOptions::default().with_model(Some("static".to_owned()));
    let encoder = Encoders::new(&store, &options, &NoProgress).named(TextKind::Passage)?;
    let inputs = [papers.to_owned()];
    let intake = Intake::read(index, IntakeMode::Add, &inputs, &ReadOptions::default(), &mut |_| {}, &NoProgress)?;
    intake.embed(&encoder, &IngestOptions::new("static"), &NoProgress)?;
    Ok(())
}

/// Opens a collection with the model it was made with, and answers a query.
fn ask(index: &Path, query: &str) -> Result<Vec<(f32, String)>, Box<dyn Error>> {
    let session = Session::open(index, &ModelStore::from_env(true), &SessionOptions::default(), &NoProgress)?;
    let answer = session.search(query, &SearchOptions::default().with_k(5))?;
    Ok(answer.hits.into_iter().map(|hit| (hit.score, hit.document.title)).collect())
}

fn demo_papers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo_papers.jsonl")
}

#[test]
fn the_papers_nearest_to_the_query_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("index");
    embed(&demo_papers(), &index).unwrap();
    let hits = ask(&index, "images from text").unwrap();
    assert_eq!(hits.len(), 5);
    assert!(hits.is_sorted_by(|a, b| a.0 >= b.0), "{hits:?}");
    assert!(hits[0].1.to_lowercase().contains("image"), "{hits:?}");
}

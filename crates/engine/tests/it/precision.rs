//! The two precisions of the default model on the captured pages: how near they are, and that nothing else changes a
//! vector.
//!
//! Needs the weights, and the folder `../shared` beside the repository; without the folder, the demo papers of the
//! repository stand in.
#![expect(clippy::print_stdout, reason = "says how close the vectors came")]

use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_embed::{
    DEFAULT_MODEL, Encoder, EncoderOptions, ModelStore, Precision, PrecisionChoice, SentenceTransformer, TextKind,
};
use semsearch_testing::needs;
use semsearch_vector::{Matrix, cosine};

fn encoder(precision: Precision) -> Option<SentenceTransformer> {
    let found = ModelStore::from_env(true).find(DEFAULT_MODEL).expect("the model directory can be read");
    let options = EncoderOptions::default().with_precision(PrecisionChoice::Fixed(precision));
    Some(SentenceTransformer::load(&needs::real_model(found)?, &options).expect("the model loads"))
}

/// The passages of the captured pages, or of the demo papers where those are not here.
fn passages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let entries = needs::shared("seeds").into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let pages: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let mut inputs: Vec<PathBuf> =
        pages.into_iter().filter(|path| path.extension().is_some_and(|x| x == "txt")).collect();
    if inputs.is_empty() {
        inputs.push(root.join("data/demo_papers.jsonl"));
    }
    inputs.sort();
    let corpus = read_corpus(&inputs, &ReadOptions::default(), &semsearch_task::NoProgress, &mut |_| ()).unwrap();
    corpus.documents.iter().map(Document::passage).collect()
}

fn encode(encoder: &SentenceTransformer, passages: &[String], threads: usize) -> Matrix {
    let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| encoder.encode(&texts, TextKind::Passage)).unwrap().vectors
}

#[test]
fn eight_bits_lie_near_single_precision_on_the_captured_pages() {
    let (Some(full), Some(rounded)) = (encoder(Precision::F32), encoder(Precision::Int8)) else { return };
    let passages = passages();
    assert_eq!(passages.len(), 225);
    let (full, rounded) = (encode(&full, &passages, 4), encode(&rounded, &passages, 4));
    let similarities: Vec<f32> = full.iter().zip(rounded.iter()).map(|(a, b)| cosine(a, b)).collect();
    let mean = similarities.iter().sum::<f32>() / similarities.len() as f32;
    let lowest = similarities.iter().copied().fold(1.0, f32::min);
    println!("int8 against f32 over {} passages: mean {mean}, lowest {lowest}", similarities.len());
    assert!(mean >= 0.998 && lowest >= 0.995, "mean {mean}, lowest {lowest}");
}

#[test]
fn threads_and_neighbours_change_no_bit() {
    let passages = &passages()[..24];
    for precision in [Precision::F32, Precision::Int8] {
        let Some(encoder) = encoder(precision) else { return };
        let expected = encode(&encoder, passages, 1);
        for threads in [2, 4] {
            assert_eq!(encode(&encoder, passages, threads), expected, "{precision} on {threads} threads");
        }
        let mut apart = Matrix::new(expected.dim());
        for few in passages.chunks(5) {
            encode(&encoder, few, 2).iter().for_each(|row| apart.push(row));
        }
        assert_eq!(apart, expected, "{precision} five at a time");
    }
}

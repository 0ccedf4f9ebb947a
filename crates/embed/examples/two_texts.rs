//! Encodes two texts and a question, and compares them. Needs no network: the model is part of the program.
//!
//!     cargo run -p semsearch-embed --example two_texts
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use semsearch_embed::{Encoder, EncoderOptions, ModelStore, SentenceTransformer, TextKind};
use semsearch_task::NoProgress;
use semsearch_vector::cosine;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = ModelStore::from_env(true).resolve("static", &NoProgress)?;
    let encoder = SentenceTransformer::load(&model, &EncoderOptions::default())?;
    let papers = ["Compressing the key-value cache of language models", "Diffusion models for images on phones"];
    let passages = encoder.encode(&papers, TextKind::Passage)?;
    let query = encoder.encode(&["smaller KV caches"], TextKind::Query)?;
    for (paper, vector) in papers.iter().zip(passages.vectors.iter()) {
        println!("{:.3}  {paper}", cosine(vector, query.vectors.row(0)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_runs() {
        super::main().unwrap();
    }
}

//! The real all-MiniLM-L6-v2 against vectors made by sentence-transformers.
//!
//! Needs the weights (`semsearch model pull all-MiniLM-L6-v2`) and, for the reference vectors, the folder `../shared`
//! beside the repository. Where either is missing, the test says so and passes, unless it is required
//! (`semsearch_testing::needs`).
#![expect(clippy::print_stdout, reason = "says how close the vectors came")]

use semsearch_embed::{
    DEFAULT_MODEL, Encoder, EncoderOptions, ModelFolder, ModelStore, Precision, PrecisionChoice, SentenceTransformer,
    TextKind,
};
use semsearch_testing::{golden, needs};
use semsearch_vector::cosine;

fn real_model() -> Option<ModelFolder> {
    needs::real_model(ModelStore::from_env(true).find(DEFAULT_MODEL).expect("the model directory can be read"))
}

fn real_encoder(precision: Precision) -> Option<SentenceTransformer> {
    let options = EncoderOptions::default().with_precision(PrecisionChoice::Fixed(precision));
    Some(SentenceTransformer::load(&real_model()?, &options).expect("the model loads"))
}

#[derive(serde::Deserialize)]
struct Reference {
    text: String,
    embedding: Vec<f32>,
    n_tokens: usize,
}

#[test]
fn vectors_and_token_counts_match_sentence_transformers() {
    let Some(encoder) = real_encoder(Precision::F32) else { return };
    let Some(references) = references() else { return };
    let texts: Vec<&str> = references.iter().map(|reference| reference.text.as_str()).collect();
    let encoded = encoder.encode(&texts, TextKind::Passage).unwrap();
    let mut lowest = 1.0f32;
    for (index, reference) in references.iter().enumerate() {
        let similarity = cosine(encoded.vectors.row(index), &reference.embedding);
        lowest = lowest.min(similarity);
        assert!(similarity >= 0.9999, "line {}: cosine {similarity}, text {:?}", index + 1, reference.text);
        assert_eq!(encoded.tokens[index], reference.n_tokens, "line {}: tokens of {:?}", index + 1, reference.text);
    }
    println!("lowest cosine over {} texts: {lowest}", references.len());
}

#[test]
fn eight_bit_vectors_lie_near_those_of_sentence_transformers() {
    let Some(encoder) = real_encoder(Precision::Int8) else { return };
    let Some(references) = references() else { return };
    let texts: Vec<&str> = references.iter().map(|reference| reference.text.as_str()).collect();
    let encoded = encoder.encode(&texts, TextKind::Passage).unwrap();
    let similarities: Vec<f32> =
        references.iter().enumerate().map(|(index, one)| cosine(encoded.vectors.row(index), &one.embedding)).collect();
    let mean = similarities.iter().sum::<f32>() / similarities.len() as f32;
    let lowest = |wordless: bool| {
        let found = references.iter().zip(&similarities);
        let found = found.filter(|(one, _)| one.text.chars().any(char::is_alphanumeric) != wordless);
        found.map(|(_, &similarity)| similarity).fold(1.0, f32::min)
    };
    // Six texts hold no word at all ("", " ", "...", "-"). With only two or three tokens, rounding errors do not average
    // out as in longer texts.
    let (words, none) = (lowest(false), lowest(true));
    println!("int8 over {} texts: mean {mean}, lowest {words}, of those without a word {none}", references.len());
    assert!(mean >= 0.998 && words >= 0.995 && none >= 0.99, "mean {mean}, lowest {words}, without a word {none}");
}

/// The stored texts and their vectors.
fn references() -> Option<Vec<Reference>> {
    let references: Vec<Reference> = golden::lines(&needs::shared("reference/minilm_reference.jsonl")?);
    assert_eq!(references.len(), 200);
    Some(references)
}

#[test]
fn a_document_in_a_batch_equals_the_same_document_alone() {
    for precision in [Precision::F32, Precision::Int8] {
        let Some(encoder) = real_encoder(precision) else { return };
        assert_batches_do_not_matter(&encoder);
    }
}

fn assert_batches_do_not_matter(encoder: &SentenceTransformer) {
    let long = "Retrieval of scientific papers by meaning. ".repeat(60);
    let texts = ["KV cache", "", "Müller-Lyer 錯視 😀", long.as_str(), "A middling sentence about sparse attention."];
    let together = encoder.encode(&texts, TextKind::Passage).unwrap();
    assert_eq!(together.truncated, [false, false, false, true, false]);
    for (index, text) in texts.iter().enumerate() {
        let alone = encoder.encode(&[text], TextKind::Passage).unwrap();
        assert_eq!(alone.vectors.row(0), together.vectors.row(index), "{text:?}: the same to the last bit");
    }
}

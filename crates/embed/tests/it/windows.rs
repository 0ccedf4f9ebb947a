//! Long texts by windows, on the toy model.

use crate::common::Copy;
use semsearch_embed::{Batch, Encoder, EncoderOptions, Pieces, SentenceTransformer, TextKind, Windows};
use semsearch_vector::{Matrix, normalise};

fn load(copy: &Copy, max_seq_length: usize, windows: Windows) -> SentenceTransformer {
    let options = EncoderOptions::default().with_max_seq_length(max_seq_length).with_windows(windows);
    SentenceTransformer::load(&copy.open().unwrap(), &options).unwrap()
}

fn text(words: usize) -> String {
    let words: Vec<String> = (0..words).map(|n| ["graph", "search", "model", "data"][n * n % 7 % 4].into()).collect();
    words.join(" ")
}

fn vector(encoder: &SentenceTransformer, text: &str) -> Vec<f32> {
    encoder.encode(&[text], TextKind::Passage).unwrap().vectors.into_vec()
}

#[test]
fn a_text_that_fits_has_the_same_vector_under_both_rules() {
    let copy = Copy::new();
    let (first, mean) = (load(&copy, 32, Windows::First), load(&copy, 32, Windows::Mean));
    assert_ne!(first.fingerprint(), mean.fingerprint());
    for words in [0, 1, 7, 30] {
        assert_eq!(vector(&first, &text(words)), vector(&mean, &text(words)), "{words} words");
    }
    let long = text(31);
    assert_ne!(vector(&first, &long), vector(&mean, &long));
}

#[test]
fn the_windows_of_a_long_text_hold_all_its_tokens() {
    let copy = Copy::new();
    let (mean, roomy) = (load(&copy, 16, Windows::Mean), load(&copy, 128, Windows::First));
    for words in 15..120 {
        let pieces = mean.pieces(&text(words), TextKind::Passage).unwrap();
        let whole = roomy.tokenise(&text(words), TextKind::Passage).unwrap().ids;
        let inside: Vec<u32> = pieces.windows.iter().flat_map(|window| window[1..window.len() - 1].to_vec()).collect();
        assert_eq!(inside, whole[1..whole.len() - 1]);
        assert!(!pieces.truncated && pieces.windows.iter().all(|window| window.len() <= 16));
    }
}

#[test]
fn the_vector_of_a_long_text_is_the_mean_of_its_windows_weighted_by_tokens() {
    let copy = Copy::new();
    let encoder = load(&copy, 16, Windows::Mean);
    let long = text(40);
    let pieces = encoder.pieces(&long, TextKind::Passage).unwrap();
    assert_eq!(pieces.windows.iter().map(Vec::len).collect::<Vec<_>>(), [16, 15, 15]);
    let mut expected = vec![0.0_f64; 32];
    for window in &pieces.windows {
        let mut batch = Batch::default();
        batch.push(window);
        let row = encoder.encode_batch(&batch).unwrap();
        expected.iter_mut().zip(row.row(0)).for_each(|(sum, number)| *sum += f64::from(*number) * window.len() as f64);
    }
    let mut expected: Vec<f32> = expected.into_iter().map(|sum| sum as f32).collect();
    normalise(&mut expected);
    let found = encoder.encode(&[&long], TextKind::Passage).unwrap();
    assert_eq!((found.tokens.clone(), found.truncated.clone()), (vec![46], vec![false]));
    for (found, expected) in found.vectors.row(0).iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

#[test]
fn every_window_has_the_prefix_and_questions_follow_the_same_rule() {
    let copy = Copy::new();
    let mut model = copy.open().unwrap();
    model.manifest.passage_prompt = "data model ".to_owned();
    let options = EncoderOptions::default().with_max_seq_length(16).with_windows(Windows::Mean);
    let encoder = SentenceTransformer::load(&model, &options).unwrap();
    let of = |kind| encoder.pieces(&text(40), kind).unwrap();
    let (passage, question) = (of(TextKind::Passage), of(TextKind::Query));
    let prefix = &encoder.tokenise("", TextKind::Passage).unwrap().ids;
    let prefix = &prefix[..prefix.len() - 1];
    assert_eq!(prefix.len(), 3, "[CLS] and two words");
    assert_eq!((passage.windows.len(), question.windows.len()), (4, 3));
    assert!(passage.windows.iter().all(|window| window.starts_with(prefix)), "{passage:?}");
}

#[test]
fn a_vector_does_not_depend_on_the_texts_beside_it() {
    let copy = Copy::new();
    let encoder = load(&copy, 16, Windows::Mean);
    let pieces: Vec<Pieces> = (0..30).map(|n| encoder.pieces(&text(n * 3 % 70), TextKind::Passage).unwrap()).collect();
    let alone: Vec<Matrix> = pieces.iter().map(|text| encoder.encode_pieces(&[text]).unwrap()).collect();
    for size in [2, 7, 30] {
        for (texts, alone) in pieces.chunks(size).zip(alone.chunks(size)) {
            let together = encoder.encode_pieces(&texts.iter().collect::<Vec<_>>()).unwrap();
            for (row, alone) in together.iter().zip(alone) {
                assert_eq!(row, alone.row(0));
            }
        }
    }
}

//! The packed image of a model: a start from it and a start from the files are the same.

mod common;

use std::fs;
use std::path::Path;

use common::{Copy, entries};
use semsearch_embed::{Encoder, EncoderOptions, ImageUse, Precision, PrecisionChoice, SentenceTransformer, TextKind};

fn load(copy: &Copy, images: &Path) -> SentenceTransformer {
    let precision = PrecisionChoice::Fixed(Precision::Int8);
    let options = EncoderOptions { precision, images: Some(images.to_owned()), ..EncoderOptions::default() };
    SentenceTransformer::load(&copy.open().unwrap(), &options).unwrap()
}

fn vector(encoder: &SentenceTransformer) -> Vec<f32> {
    encoder.encode(&["graph search in language data"], TextKind::Passage).unwrap().vectors.row(0).to_vec()
}

fn is_made(encoder: &SentenceTransformer) -> bool {
    match encoder.image() {
        ImageUse::Made(_) => true,
        ImageUse::Mapped(_) => false,
        other => panic!("expected an image, got {other:?}"),
    }
}

#[test]
fn the_second_start_maps_what_the_first_one_made() {
    let copy = Copy::new();
    let images = copy.folder().join("../images");
    let first = load(&copy, &images);
    let second = load(&copy, &images);
    assert!(is_made(&first) && !is_made(&second));
    assert_eq!(vector(&first), vector(&second));
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(entries(&images).len(), 1, "one file, and nothing temporary");
}

#[test]
fn changed_weights_make_a_new_image() {
    let copy = Copy::new();
    let images = copy.folder().join("../images");
    let before = vector(&load(&copy, &images));
    // The sign of one weight of the token table: a file of the same length, as sound as the first.
    let path = copy.path("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x80;
    bytes[last - 40] ^= 0x80;
    fs::write(&path, bytes).unwrap();
    let encoder = load(&copy, &images);
    assert!(is_made(&encoder));
    assert_ne!(vector(&encoder), before);
    assert!(!is_made(&load(&copy, &images)));
}

#[test]
fn a_damaged_image_is_made_again() {
    let copy = Copy::new();
    let images = copy.folder().join("../images");
    let expected = vector(&load(&copy, &images));
    let path = images.join(&entries(&images)[0]);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &[], &flipped] {
        fs::write(&path, damaged).unwrap();
        let encoder = load(&copy, &images);
        assert!(is_made(&encoder));
        assert_eq!(vector(&encoder), expected);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn where_no_image_can_be_kept_the_model_still_loads_and_says_so() {
    let copy = Copy::new();
    let images = copy.folder().join("../images");
    fs::write(&images, "a file where the folder should be").unwrap();
    let encoder = load(&copy, &images);
    assert!(matches!(encoder.image(), ImageUse::NotKept { .. }), "{:?}", encoder.image());
    assert_eq!(vector(&encoder).len(), 32);
}

#[test]
fn single_precision_keeps_no_image() {
    let copy = Copy::new();
    let images = copy.folder().join("../images");
    let options = EncoderOptions { images: Some(images.clone()), ..EncoderOptions::default() };
    let encoder = SentenceTransformer::load(&copy.open().unwrap(), &options).unwrap();
    assert!(matches!(encoder.image(), ImageUse::None));
    assert!(!images.exists());
}

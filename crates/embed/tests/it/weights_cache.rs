//! The packed-weights cache: a start from it and a start from the model's files give the same vectors.

use std::fs;
use std::path::Path;

use crate::common::{Copy, entries};
use semsearch_embed::{CacheUse, Encoder, EncoderOptions, Precision, PrecisionChoice, SentenceTransformer, TextKind};

fn load(copy: &Copy, cache: &Path) -> SentenceTransformer {
    let precision = PrecisionChoice::Fixed(Precision::Int8);
    let options = EncoderOptions::default().with_precision(precision).with_weights_cache(cache.to_owned());
    SentenceTransformer::load(&copy.open().unwrap(), &options).unwrap()
}

fn vector(encoder: &SentenceTransformer) -> Vec<f32> {
    encoder.encode(&["graph search in language data"], TextKind::Passage).unwrap().vectors.row(0).to_vec()
}

fn is_written(encoder: &SentenceTransformer) -> bool {
    match encoder.cache_use() {
        CacheUse::Written(_) => true,
        CacheUse::Mapped(_) => false,
        other => panic!("expected an entry, got {other:?}"),
    }
}

#[test]
fn the_second_start_maps_what_the_first_one_wrote() {
    let copy = Copy::new();
    let cache = copy.folder().join("../cache");
    let first = load(&copy, &cache);
    let second = load(&copy, &cache);
    assert!(is_written(&first) && !is_written(&second));
    assert_eq!(vector(&first), vector(&second));
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(entries(&cache).len(), 1, "one file, and nothing temporary");
}

#[test]
fn changed_weights_make_a_new_entry() {
    let copy = Copy::new();
    let cache = copy.folder().join("../cache");
    let before = vector(&load(&copy, &cache));
    // The sign of one weight changes: the file has the same length and is as valid as the first.
    let path = copy.path("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x80;
    bytes[last - 40] ^= 0x80;
    fs::write(&path, bytes).unwrap();
    let encoder = load(&copy, &cache);
    assert!(is_written(&encoder));
    assert_ne!(vector(&encoder), before);
    assert!(!is_written(&load(&copy, &cache)));
}

#[test]
fn a_damaged_entry_is_written_again() {
    let copy = Copy::new();
    let cache = copy.folder().join("../cache");
    let expected = vector(&load(&copy, &cache));
    let path = cache.join(&entries(&cache)[0]);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &[], &flipped] {
        fs::write(&path, damaged).unwrap();
        let encoder = load(&copy, &cache);
        assert!(is_written(&encoder));
        assert_eq!(vector(&encoder), expected);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn where_nothing_can_be_written_the_model_still_loads_and_says_so() {
    let copy = Copy::new();
    let cache = copy.folder().join("../cache");
    fs::write(&cache, "a file where the folder should be").unwrap();
    let encoder = load(&copy, &cache);
    assert!(matches!(encoder.cache_use(), CacheUse::NotWritten { .. }), "{:?}", encoder.cache_use());
    assert_eq!(vector(&encoder).len(), 32);
}

#[test]
fn single_precision_is_not_cached() {
    let copy = Copy::new();
    let cache = copy.folder().join("../cache");
    let options = EncoderOptions::default().with_weights_cache(cache.clone());
    let encoder = SentenceTransformer::load(&copy.open().unwrap(), &options).unwrap();
    assert!(matches!(encoder.cache_use(), CacheUse::Off));
    assert!(!cache.exists());
}

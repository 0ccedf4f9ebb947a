//! Every architecture, pooling mode and module against vectors that sentence-transformers made: see
//! `families/README.md`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::load;
use semsearch_embed::{Encoder, EncoderOptions, ModelFolder, ModelStore, SentenceTransformer, TextKind};
use semsearch_vector::cosine;
use serde_json::Value;
use tempfile::TempDir;

#[derive(serde::Deserialize)]
struct Golden {
    kind: String,
    text: String,
    tokens: Vec<u32>,
    embedding: Vec<f32>,
}

impl Golden {
    fn kind(&self) -> TextKind {
        if self.kind == "query" { TextKind::Query } else { TextKind::Passage }
    }
}

fn families() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families")
}

fn golden(folder: &Path) -> Vec<Golden> {
    let lines = fs::read_to_string(folder.join("golden.jsonl")).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A copy of a family's model that may be altered, with the files of a variant in place of its own.
struct Altered(TempDir);

impl Altered {
    fn new(family: &str, over: Option<&Path>) -> Self {
        let copy = Altered(tempfile::tempdir().unwrap());
        for from in [Some(families().join(family).join("model")).as_deref(), over].into_iter().flatten() {
            copy_tree(from, copy.0.path());
        }
        copy
    }

    fn edit(&self, file: &str, change: impl FnOnce(&mut Value)) -> &Self {
        let path = self.0.path().join(file);
        let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(path, value.to_string()).unwrap();
        self
    }

    fn open(&self) -> ModelFolder {
        open(self.0.path())
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if path.is_dir() {
            copy_tree(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn open(folder: &Path) -> ModelFolder {
    let store = ModelStore::only(&folder.join("no models here"));
    store.find(folder.to_str().unwrap()).unwrap_or_else(|error| panic!("{error}")).expect("a folder that is there")
}

/// How far the vectors of an encoder are from the golden ones: the lowest cosine and the largest difference.
fn distance(encoder: &SentenceTransformer, golden: &[Golden]) -> (f32, f32) {
    let (mut lowest, mut largest) = (1.0f32, 0.0f32);
    for kind in [TextKind::Query, TextKind::Passage] {
        let lines: Vec<&Golden> = golden.iter().filter(|line| line.kind() == kind).collect();
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let encoded = encoder.encode(&texts, kind).unwrap();
        for (line, vector) in lines.iter().zip(encoded.vectors.iter()) {
            assert_eq!(vector.len(), line.embedding.len());
            let tokens = encoder.tokenise(&line.text, kind).unwrap();
            assert_eq!(tokens.ids, line.tokens, "tokens of {:?}", line.text);
            lowest = lowest.min(cosine(vector, &line.embedding));
            largest = vector.iter().zip(&line.embedding).map(|(a, b)| (a - b).abs()).fold(largest, f32::max);
        }
    }
    (lowest, largest)
}

#[track_caller]
fn assert_golden(encoder: &SentenceTransformer, golden: &[Golden], name: &str) {
    assert_eq!(golden.len(), 9);
    let (lowest, largest) = distance(encoder, golden);
    // A cosine forgives much: the tanh form of GELU, which is wrong, leaves it at 0.999999.
    assert!(lowest >= 0.9999 && largest < 2e-5, "{name}: cosine {lowest}, difference {largest}");
}

const FAMILIES: [&str; 3] = ["roberta", "xlm_roberta", "distilbert"];

#[test]
fn every_family_gives_the_tokens_and_vectors_of_sentence_transformers() {
    for family in FAMILIES {
        let folder = families().join(family);
        let encoder = load(&open(&folder.join("model"))).unwrap_or_else(|error| panic!("{family}: {error:?}"));
        assert_eq!(encoder.manifest().family.to_string().replace('-', "_"), family);
        assert_golden(&encoder, &golden(&folder), family);
    }
}

#[test]
fn every_pooling_mode_and_dense_layer_gives_the_vectors_of_sentence_transformers() {
    for (variant, dimension) in [
        ("max", None),
        ("last_token", None),
        ("weighted_mean", None),
        ("mean_sqrt_len", None),
        ("flags_max", None),
        ("flags_last_token", None),
        ("flags_weighted_mean", None),
        ("dense_tanh", None),
        ("dense_twice", None),
        ("truncated", Some(12)),
        ("dense_truncated", Some(8)),
    ] {
        let folder = families().join("variants").join(variant);
        let model = Altered::new("roberta", Some(&folder));
        let options = EncoderOptions { dimension, ..EncoderOptions::default() };
        let encoder =
            SentenceTransformer::load(&model.open(), &options).unwrap_or_else(|error| panic!("{variant}: {error:?}"));
        assert_golden(&encoder, &golden(&folder), variant);
    }
}

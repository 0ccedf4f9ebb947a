//! Static models: those of Model2Vec, the one in the program, and those distilled from the toy model.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{assert_says, load, message, refused};
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};
use semsearch_embed::{
    DistillError, DistillOptions, Distilled, Encoder, EncoderOptions, Family, ModelStore, SentenceTransformer,
    TablePrecision, TextKind, Weights, distill, read_folder,
};
use semsearch_task::NoProgress;
use semsearch_vector::{cosine, norm};
use serde_json::Value;

fn toy_static(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy_static").join(name)
}

/// A copy of a toy static model that may be changed.
fn copy(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(toy_static(name)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn open(folder: &Path) -> SentenceTransformer {
    let store = ModelStore::only(Path::new("/no models here"));
    load(&store.find(folder.to_str().unwrap()).unwrap().unwrap()).unwrap()
}

fn failure(folder: &Path) -> String {
    let store = ModelStore::only(Path::new("/no models here"));
    match store.find(folder.to_str().unwrap()) {
        Ok(model) => message(&refused(load(&model.unwrap()))),
        Err(error) => message(&error),
    }
}

fn vector(encoder: &SentenceTransformer, text: &str) -> Vec<f32> {
    encoder.encode(&[text], TextKind::Passage).unwrap().vectors.row(0).to_vec()
}

/// Changes one tensor of a model, or removes it.
fn change(folder: &Path, tensor: &str, to: Option<(Dtype, Vec<usize>, Vec<u8>)>) {
    let path = folder.join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut all: Vec<(String, TensorView<'_>)> =
        tensors.tensors().into_iter().filter(|(name, _)| name != tensor).collect();
    if let Some((kind, shape, data)) = &to {
        all.push((tensor.to_owned(), TensorView::new(*kind, shape.clone(), data).unwrap()));
    }
    fs::write(&path, serialize(all, None).unwrap()).unwrap();
}

#[test]
fn vectors_are_those_of_model2vec() {
    for name in ["halves", "bytes", "mapped"] {
        let encoder = open(&toy_static(name));
        assert_eq!((encoder.manifest().family, encoder.manifest().dimension), (Family::Static, 16));
        assert!(encoder.manifest().normalise && encoder.model().max_seq_length == 512);
        let mut compared = 0;
        for line in include_str!("../toy_static/golden.jsonl").lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let expected: Vec<f32> = serde_json::from_value(line[name].clone()).unwrap();
            if norm(&expected) == 0.0 {
                continue;
            }
            let text = line["text"].as_str().unwrap();
            let found = vector(&encoder, text);
            let similarity = cosine(&found, &expected);
            assert!(similarity >= 0.9999, "{name}: cosine {similarity} for {text:?}");
            // Model2Vec itself rounds the vectors of `halves` to f16.
            let bound = if name == "halves" { 1e-3 } else { 1e-6 };
            let largest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(largest < bound, "{name}: difference {largest} for {text:?}");
            compared += 1;
        }
        assert_eq!(compared, 26, "{name}");
    }
}

#[test]
fn a_text_in_which_nothing_is_known_gets_the_vector_of_the_unknown_token() {
    let encoder = open(&toy_static("mapped"));
    let odd = vector(&encoder, "поиск");
    assert!((norm(&odd) - 1.0).abs() < 1e-6);
    assert_eq!(odd, vector(&encoder, ""));
    assert_eq!(encoder.encode(&["", "search"], TextKind::Passage).unwrap().tokens, [0, 1]);

    // Without a row for the unknown token, the fallback is the mean of all tokens.
    let folder = copy("mapped");
    let tokens = 337;
    let weights = (0..tokens).map(|token| if token == 1 { 0.0f32 } else { 1.0 });
    let weights = weights.flat_map(f32::to_le_bytes).collect();
    change(folder.path(), "weights", Some((Dtype::F32, vec![tokens], weights)));
    let fallback = vector(&open(folder.path()), "");
    assert!((norm(&fallback) - 1.0).abs() < 1e-6 && fallback != odd);
}

#[test]
fn words_in_any_order_have_one_vector_and_a_limit_cuts() {
    let store = ModelStore::only(Path::new("/no models here"));
    let model = store.find(toy_static("bytes").to_str().unwrap()).unwrap().unwrap();
    let options = EncoderOptions::default().with_max_seq_length(3);
    let short = SentenceTransformer::load(&model, &options).unwrap();
    let encoded = short.encode(&["dog cat tree", "tree dog cat", "dog cat tree river"], TextKind::Query).unwrap();
    assert_eq!(encoded.truncated, [false, false, true]);
    assert_eq!(encoded.tokens, [3, 3, 3]);
    assert!(cosine(encoded.vectors.row(0), encoded.vectors.row(1)) > 0.999_999);
    assert_eq!(encoded.vectors.row(0), encoded.vectors.row(2));
    assert_ne!(short.fingerprint(), load(&model).unwrap().fingerprint());
}

#[test]
fn a_folder_of_the_sentence_transformers_module_is_read_too() {
    let folder = copy("mapped");
    fs::remove_file(folder.path().join("config.json")).unwrap();
    let bytes = fs::read(folder.path().join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let rows = tensors.tensor("embeddings").unwrap();
    // That module has neither weights nor a mapping, so it has a row for each token.
    let data = rows.data().iter().copied().cycle().take(337 * 16 * 4).collect();
    for name in ["embeddings", "weights", "mapping"] {
        change(folder.path(), name, None);
    }
    change(folder.path(), "embedding.weight", Some((Dtype::F32, vec![337, 16], data)));
    let encoder = open(folder.path());
    assert_eq!(encoder.manifest().dimension, 16);
    assert!(encoder.manifest().normalise, "modules.json says so");
    assert!((norm(&vector(&encoder, "a dog")) - 1.0).abs() < 1e-6);
}

#[test]
fn a_damaged_table_is_refused_with_what_is_wrong_with_it() {
    let f32s = |count: usize, value: f32| -> Vec<u8> { (0..count).flat_map(|_| value.to_le_bytes()).collect() };
    type Tensor = Option<(Dtype, Vec<usize>, Vec<u8>)>;
    let cases: [(&str, Tensor, &[&str]); 7] = [
        ("embeddings", None, &["model.safetensors", "no tensor `embeddings`"]),
        ("weights", Some((Dtype::F32, vec![3], f32s(3, 1.0))), &["weights has the shape [3], expected [337]"]),
        ("weights", Some((Dtype::U8, vec![337], vec![1; 337])), &["weights has numbers of type U8"]),
        ("mapping", Some((Dtype::I32, vec![337], 40i32.to_le_bytes().repeat(337))), &["row 40, there are 40 rows"]),
        ("mapping", Some((Dtype::I64, vec![336], vec![0; 8 * 336])), &["weights has the shape [337], expected [336]"]),
        ("embeddings", Some((Dtype::F32, vec![40, 16], f32s(640, 0.0))), &["all zeros or not numbers"]),
        ("embeddings", Some((Dtype::F32, vec![40, 16], f32s(640, f32::NAN))), &["all zeros or not numbers"]),
    ];
    for (tensor, to, parts) in cases {
        let folder = copy("mapped");
        change(folder.path(), tensor, to);
        assert_says(&failure(folder.path()), parts);
    }
    let folder = copy("bytes");
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    assert_says(&failure(folder.path()), &["model.safetensors"]);
    fs::remove_file(&path).unwrap();
    assert_says(&failure(folder.path()), &["expected model.safetensors"]);

    let folder = copy("bytes");
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    assert_says(&failure(folder.path()), &["tokenizer.json", "not a usable tokeniser"]);
    let folder = copy("bytes");
    let modules = r#"[{"path": ".", "type": "x.StaticEmbedding"}, {"path": "1", "type": "x.Dense"}]"#;
    fs::write(folder.path().join("modules.json"), modules).unwrap();
    assert_says(&failure(folder.path()), &["modules.json", "StaticEmbedding, Dense"]);
}

#[test]
fn a_static_model_with_another_pooling_is_refused() {
    let manifest = read_folder(&toy_static("bytes"), "bytes").unwrap();
    let text = manifest.to_toml().replace("pooling = \"mean\"", "pooling = \"cls\"");
    let error = semsearch_embed::Manifest::parse(&text, Path::new("m.toml")).unwrap_err();
    assert_says(&error.to_string(), &["pooling", "cls"]);
}

#[test]
fn the_model_in_the_program_needs_neither_disk_nor_network() {
    let home = tempfile::tempdir().unwrap();
    let store = ModelStore::only(&home.path().join("models"));
    let model = store.resolve("static", &crate::common::Silence).unwrap();
    assert!(model.built_in);
    let encoder = load(&model).unwrap();
    let texts = ["a dog plays in the park", "the cat sleeps in a garden", "interest rates rise with inflation"];
    let vectors = encoder.encode(&texts, TextKind::Passage).unwrap().vectors;
    let (near, far) = (cosine(vectors.row(0), vectors.row(1)), cosine(vectors.row(0), vectors.row(2)));
    assert!(near > far + 0.1, "{near} and {far}");
    assert!(!home.path().join("models").exists(), "nothing was written");
    assert!(store.pull("static", &NoProgress).unwrap().built_in);
}

fn teacher() -> SentenceTransformer {
    crate::common::Copy::new().load().unwrap()
}

fn distilled(dimension: usize, weights: Weights<'_>, precision: TablePrecision) -> Result<Distilled, DistillError> {
    // The folder must outlive the teacher here: the tokeniser is read again.
    let copy = crate::common::Copy::new();
    let teacher = copy.load().unwrap();
    distill(
        &teacher,
        "made",
        &DistillOptions::new(dimension).with_weights(weights).with_precision(precision),
        &NoProgress,
    )
}

fn install(model: &Distilled, home: &Path) -> SentenceTransformer {
    let installed = model.install(&ModelStore::only(home)).unwrap();
    assert_eq!(installed.path, home.join("made"));
    open(&installed.path)
}

#[test]
fn distilling_twice_gives_the_same_bytes_under_any_number_of_threads() {
    let texts: Vec<String> = (0..40).map(|n| format!("the dog {} of paper {n}", "cat ".repeat(n % 3))).collect();
    for precision in [TablePrecision::F32, TablePrecision::Int8, TablePrecision::Int2] {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| distilled(16, Weights::Idf(&texts), precision).unwrap())
        };
        let (one, three) = (with(1), with(3));
        assert_eq!(one.manifest, three.manifest, "{precision:?}: the manifest holds the hash of every file");
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        install(&one, a.path());
        install(&three, b.path());
        for file in &one.manifest.files {
            let read = |home: &Path| fs::read(home.join("made").join(&file.path)).unwrap();
            assert_eq!(read(a.path()), read(b.path()), "{precision:?}: {}", file.path);
        }
    }
}

#[test]
fn a_distilled_model_says_where_it_comes_from_and_reads_without_its_manifest() {
    let home = tempfile::tempdir().unwrap();
    let model = distilled(16, Weights::Zipf, TablePrecision::Int2).unwrap();
    assert_eq!(model.manifest.source.distilled_from.as_deref(), Some("toy"));
    assert_eq!(model.manifest.max_seq_length, 64, "as long as the transformer's");
    let encoder = install(&model, home.path());
    let folder = home.path().join("made");
    fs::remove_file(folder.join("semsearch-model.toml")).unwrap();
    let bare = open(&folder);
    assert_eq!(bare.fingerprint(), encoder.fingerprint());
    assert_eq!(vector(&bare, "a dog"), vector(&encoder, "a dog"));
}

#[test]
fn fewer_bits_give_nearly_the_same_vectors() {
    let home = tempfile::tempdir().unwrap();
    let text = "we propose a method for dense retrieval and show results on a benchmark of questions";
    let vectors = [TablePrecision::F32, TablePrecision::Int8, TablePrecision::Int2].map(|precision| {
        let model = distilled(16, Weights::None, precision).unwrap();
        vector(&install(&model, &home.path().join(format!("{precision:?}"))), text)
    });
    let (bytes, bits) = (cosine(&vectors[0], &vectors[1]), cosine(&vectors[0], &vectors[2]));
    assert!(bytes > 0.9999, "int8: {bytes}");
    assert!((0.9..0.9999).contains(&bits), "int2: {bits}");
}

#[test]
fn common_tokens_count_less_when_counted() {
    let texts: Vec<String> = (0..100).map(|n| format!("the dog {}", if n == 0 { "river" } else { "" })).collect();
    let home = tempfile::tempdir().unwrap();
    let model = distilled(16, Weights::Idf(&texts), TablePrecision::F32).unwrap();
    let encoder = install(&model, home.path());
    let [rare, common, both] = ["river", "the", "the river"].map(|text| vector(&encoder, text));
    assert!(cosine(&both, &rare) > 0.99, "the rare word decides: {}", cosine(&both, &rare));
    assert!(cosine(&both, &common) < cosine(&both, &rare));
}

#[test]
fn what_cannot_be_distilled_is_refused() {
    let asked = |dimension, precision| refused(distilled(dimension, Weights::Zipf, precision)).to_string();
    assert_says(&asked(33, TablePrecision::F32), &["spread in 32 dimensions, 33 were asked for"]);
    assert_says(&asked(0, TablePrecision::F32), &["0 were asked for"]);
    assert_says(&asked(18, TablePrecision::Int2), &["18 dimensions", "multiple of 4"]);
    let options = DistillOptions::new(8).with_precision(TablePrecision::Int8);
    let error = refused(distill(&open(&toy_static("bytes")), "made", &options, &NoProgress));
    assert_says(&error.to_string(), &["static already"]);
    // Its folder is gone by now.
    let error = refused(distill(&teacher(), "made", &options, &NoProgress));
    assert_says(&error.to_string(), &["tokenizer.json"]);
}

#[test]
fn a_new_model_does_not_take_the_name_of_another() {
    let home = tempfile::tempdir().unwrap();
    let store = ModelStore::only(home.path());
    distilled(16, Weights::Zipf, TablePrecision::Int8).unwrap().install(&store).unwrap();
    distilled(16, Weights::Zipf, TablePrecision::Int8)
        .unwrap()
        .install(&store)
        .expect("the same model may be added again");
    let error = refused(distilled(12, Weights::Zipf, TablePrecision::Int8).unwrap().install(&store));
    assert_says(&error.to_string(), &["another model is called `made`"]);
    for (name, part) in [("made", "another model"), ("static", "another model"), ("../up", "cannot be called")] {
        assert_says(&refused(store.check_new_name(name)).to_string(), &[part]);
    }
}

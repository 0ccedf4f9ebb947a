//! Every architecture, pooling mode and module against vectors that sentence-transformers made: see
//! `families/README.md`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::common::load;
use semsearch_embed::{Batch, Encoder, EncoderOptions, ModelFolder, ModelStore, SentenceTransformer, TextKind};
use semsearch_vector::cosine;
use serde_json::{Value, json};
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
    semsearch_testing::golden::lines(&folder.join("golden.jsonl"))
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

    /// Sets every number of a tensor to zero.
    fn clear(&self, tensor: &str) {
        let path = self.0.path().join("model.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let start = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
        let header: Value = serde_json::from_slice(&bytes[8..start]).unwrap();
        let offset = |at: usize| usize::try_from(header[tensor]["data_offsets"][at].as_u64().unwrap()).unwrap();
        bytes[start + offset(0)..start + offset(1)].fill(0);
        fs::write(path, bytes).unwrap();
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

/// The lowest cosine and the largest difference between the vectors of an encoder and the golden ones.
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
    assert_eq!(golden.len(), 10);
    let (lowest, largest) = distance(encoder, golden);
    // A cosine hides much: with the tanh form of GELU, which is wrong, it is still 0.999999.
    assert!(lowest >= 0.9999 && largest < 2e-5, "{name}: cosine {lowest}, difference {largest}");
}

const FAMILIES: [&str; 8] =
    ["roberta", "xlm_roberta", "distilbert", "mpnet", "modernbert", "nomic_bert", "gte", "qwen3"];

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
        let options = EncoderOptions::default().with_truncate_dim(dimension);
        let encoder =
            SentenceTransformer::load(&model.open(), &options).unwrap_or_else(|error| panic!("{variant}: {error:?}"));
        assert_golden(&encoder, &golden(&folder), variant);
    }
}

#[test]
fn both_spellings_of_a_configuration_are_the_same_network() {
    let nomic = Altered::new("nomic_bert", None);
    nomic.edit("config.json", |config| {
        *config = json!({
            "model_type": "nomic_bert", "vocab_size": config["vocab_size"], "type_vocab_size": 2,
            "n_embd": 32, "n_layer": 2, "n_head": 4, "n_inner": 64, "n_positions": 64, "layer_norm_epsilon": 1e-12,
            "activation_function": "swiglu", "prenorm": false, "qkv_proj_bias": false, "mlp_fc1_bias": false,
            "mlp_fc2_bias": false, "rotary_emb_fraction": 1.0, "rotary_emb_base": 1000, "rotary_emb_interleaved": false,
            "rotary_emb_scale_base": null, "rotary_scaling_factor": null, "max_trained_positions": 64,
        });
    });
    let modernbert = Altered::new("modernbert", None);
    modernbert.edit("config.json", |config| {
        config["rope_parameters"] = json!({
            "full_attention": {"rope_type": "default", "rope_theta": config["global_rope_theta"]},
            "sliding_attention": {"rope_type": "default", "rope_theta": config["local_rope_theta"]},
        });
        config["layer_types"] = json!(["full_attention", "sliding_attention", "full_attention"]);
        for key in ["global_rope_theta", "local_rope_theta", "global_attn_every_n_layers"] {
            config.as_object_mut().unwrap().remove(key);
        }
    });
    let gte = Altered::new("gte", None);
    gte.edit("config.json", |config| {
        config["model_type"] = json!("gte");
        config["rope_parameters"] =
            json!({"rope_type": "linear", "rope_theta": 1000.0, "factor": std::f64::consts::SQRT_2.sqrt()});
        for key in ["rope_theta", "rope_scaling"] {
            config.as_object_mut().unwrap().remove(key);
        }
    });
    let qwen3 = Altered::new("qwen3", None);
    qwen3.edit("config.json", |config| {
        config["rope_theta"] = json!(1_000_000);
        config["rope_scaling"] = json!(null);
        config.as_object_mut().unwrap().remove("rope_parameters");
    });
    for (family, altered) in [("nomic_bert", nomic), ("modernbert", modernbert), ("gte", gte), ("qwen3", qwen3)] {
        let encoder = load(&altered.open()).unwrap_or_else(|error| panic!("{family}: {error:?}"));
        assert_golden(&encoder, &golden(&families().join(family)), family);
    }
}

/// A slightly wrong configuration must give other vectors: otherwise the golden vectors would prove nothing.
#[test]
fn a_slightly_wrong_reading_of_any_family_is_noticed() {
    type Change = (&'static str, &'static str, Value);
    let changes: [Change; 16] = [
        ("roberta", "pad_token_id", json!(0)),
        ("roberta", "layer_norm_eps", json!(0.01)),
        ("xlm_roberta", "pad_token_id", json!(0)),
        ("xlm_roberta", "hidden_act", json!("gelu_new")),
        ("distilbert", "activation", json!("gelu_new")),
        ("distilbert", "activation", json!("relu")),
        ("mpnet", "layer_norm_eps", json!(0.01)),
        ("modernbert", "local_attention", json!(12)),
        ("modernbert", "global_rope_theta", json!(10_000.0)),
        ("modernbert", "local_rope_theta", json!(160_000.0)),
        ("modernbert", "global_attn_every_n_layers", json!(3)),
        ("nomic_bert", "rope_parameters", json!({"rope_theta": 10_000.0})),
        ("gte", "rope_theta", json!(1000.0)),
        ("gte", "rope_scaling", json!(null)),
        ("qwen3", "rope_parameters", json!({"rope_theta": 10_000.0})),
        ("qwen3", "rms_norm_eps", json!(0.001)),
    ];
    for (family, key, value) in changes {
        let altered = Altered::new(family, None);
        altered.edit("config.json", |config| config[key] = value.clone());
        let encoder = load(&altered.open()).unwrap_or_else(|error| panic!("{family}: {error:?}"));
        let (lowest, largest) = distance(&encoder, &golden(&families().join(family)));
        assert!(lowest < 0.9999 || largest > 2e-5, "{family} with {key} {value}: cosine {lowest}, {largest}");
    }
}

#[test]
fn a_term_left_out_is_noticed() {
    for (family, tensor) in [
        ("roberta", "embeddings.token_type_embeddings.weight"),
        ("distilbert", "transformer.layer.1.ffn.lin2.bias"),
        ("mpnet", "encoder.relative_attention_bias.weight"),
        ("modernbert", "layers.2.attn.Wo.weight"),
        ("nomic_bert", "embeddings.token_type_embeddings.weight"),
        ("gte", "encoder.layer.0.attention.qkv_proj.bias"),
        ("qwen3", "layers.1.self_attn.q_norm.weight"),
    ] {
        let altered = Altered::new(family, None);
        altered.clear(tensor);
        let encoder = load(&altered.open()).unwrap();
        let (lowest, _) = distance(&encoder, &golden(&families().join(family)));
        assert!(lowest < 0.9999, "{family} without {tensor}: cosine {lowest}");
    }
}

#[test]
fn what_an_architecture_could_have_and_we_do_not_run_is_refused_by_name() {
    for (family, key, value) in [
        ("roberta", "position_embedding_type", json!("relative_key")),
        ("xlm_roberta", "max_position_embeddings", json!(2)),
        ("distilbert", "activation", json!("mish")),
        ("modernbert", "hidden_activation", json!("mish")),
        ("modernbert", "layer_types", json!(["full_attention"])),
        ("nomic_bert", "prenorm", json!(true)),
        ("nomic_bert", "rotary_emb_fraction", json!(0.5)),
        ("nomic_bert", "rotary_emb_interleaved", json!(true)),
        ("nomic_bert", "hidden_act", json!("mish")),
        ("nomic_bert", "num_experts", json!(8)),
        ("gte", "layer_norm_type", json!("rms_norm")),
        ("gte", "position_embedding_type", json!("absolute")),
        ("gte", "logn_attention_scale", json!(true)),
        ("gte", "pack_qkv", json!(false)),
        ("gte", "rope_scaling", json!({"type": "yarn", "factor": 2.0})),
        ("qwen3", "use_sliding_window", json!(true)),
        ("qwen3", "num_key_value_heads", json!(3)),
        ("qwen3", "rope_parameters", json!({"rope_type": "yarn", "factor": 4.0})),
    ] {
        let altered = Altered::new(family, None);
        altered.edit("config.json", |config| config[key] = value.clone());
        let store = ModelStore::only(&altered.0.path().join("no models here"));
        let told = match store.find(altered.0.path().to_str().unwrap()) {
            Err(error) => crate::common::message(&error),
            Ok(model) => crate::common::message(&crate::common::refused(load(&model.unwrap()))),
        };
        let named = value.as_str().or(value["rope_type"].as_str()).or(value["type"].as_str()).unwrap_or(key);
        assert!(told.contains("config.json") && told.contains(named), "{family} with {key} {value}: {told}");
    }
}

#[test]
fn angles_that_would_depend_on_the_length_limit_a_nomic_model_to_where_they_do_not() {
    let altered = Altered::new("nomic_bert", None);
    altered.edit("config.json", |config| {
        config["rotary_scaling_factor"] = json!(2.0);
        config["max_trained_positions"] = json!(32);
    });
    let encoder = load(&altered.open()).unwrap();
    assert_eq!((encoder.manifest().max_positions, encoder.model().max_seq_length), (32, 32));
}

#[test]
fn any_number_in_a_configuration_is_run_or_refused() {
    let numbers =
        [json!(0), json!(1), json!(3), json!(-1), json!(u32::MAX), json!(1u64 << 62), json!(u64::MAX), json!(1e300)];
    let (mut run, mut refused) = (0, 0);
    for family in FAMILIES {
        let altered = Altered::new(family, None);
        let path = altered.0.path().join("config.json");
        let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let keys =
            whole.as_object().unwrap().iter().filter(|(_, value)| value.is_number()).map(|(key, _)| key.as_str());
        for key in keys.chain(["pad_token_id", "num_key_value_heads", "type_vocab_size"]) {
            for number in &numbers {
                let mut changed = whole.clone();
                changed[key] = number.clone();
                fs::write(&path, changed.to_string()).unwrap();
                let store = ModelStore::only(&altered.0.path().join("no models here"));
                let started = Instant::now();
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let model = store.find(altered.0.path().to_str().unwrap()).ok()??;
                    load(&model).ok()?.encode(&["", "the cat sees the dog"], TextKind::Passage).ok()
                }));
                let outcome = outcome.unwrap_or_else(|_| panic!("{family} with {key} {number}: a panic"));
                assert!(started.elapsed() < Duration::from_secs(5), "{family} with {key} {number}: slow");
                *if outcome.is_some() { &mut run } else { &mut refused } += 1;
            }
        }
    }
    assert!(run > 50 && refused > 50, "{run} run, {refused} refused: the test should see both");
}

#[test]
fn a_text_has_the_same_vector_alone_and_beside_longer_ones() {
    for family in FAMILIES {
        let folder = families().join(family);
        let encoder = load(&open(&folder.join("model"))).unwrap();
        let lines = golden(&folder);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let mut batch = Batch::default();
        for text in &texts {
            batch.push(&encoder.tokenise(text, TextKind::Passage).unwrap().ids);
        }
        let together = encoder.encode_batch(&batch).unwrap();
        for (text, together) in texts.iter().zip(together.iter()) {
            let alone = encoder.encode(&[text], TextKind::Passage).unwrap();
            let similarity = cosine(alone.vectors.row(0), together);
            assert!(similarity >= 0.99999, "{family}: cosine {similarity} for {text:?}");
        }
    }
}

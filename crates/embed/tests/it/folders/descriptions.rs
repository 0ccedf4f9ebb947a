//! The description of a model: its modules, its settings and its files.

use std::fs;

use semsearch_embed::{Encoder, FolderError, read_folder};
use serde_json::json;

use super::refusals::{assert_unsupported, folder_refused, load_refused};
use crate::common::{Copy, FILES, assert_says, message, refused};

#[test]
fn an_unknown_module_is_refused_by_name() {
    for class in ["WeightedLayerPooling", "LSTM", "Dropout", "LayerNorm"] {
        let copy = Copy::new();
        copy.edit("modules.json", |modules| {
            modules[2] =
                json!({"idx": 2, "name": "2", "path": "2_X", "type": format!("sentence_transformers.models.{class}")});
        });
        assert_unsupported(&copy, &["modules.json", class, "Transformer, Pooling and, if wanted, Dense and Normalize"]);
    }
}

#[test]
fn modules_in_another_order_or_number_are_refused() {
    let module = |class: &str, path: &str| json!({"idx": 0, "name": "0", "path": path, "type": class});
    for modules in [
        json!([]),
        json!([module("a.Transformer", "")]),
        json!([module("a.Pooling", "1_Pooling"), module("a.Transformer", "")]),
        json!([module("a.Transformer", ""), module("a.Normalize", ""), module("a.Pooling", "1_Pooling")]),
        json!([module("a.Transformer", ""), module("a.Pooling", "1_Pooling"), module("", "")]),
    ] {
        let copy = Copy::new();
        copy.write("modules.json", modules.to_string());
        assert_unsupported(&copy, &["modules.json", "the chain of modules"]);
    }
}

#[test]
fn modules_may_not_point_elsewhere() {
    let copy = Copy::new();
    copy.edit("modules.json", |modules| modules[0]["path"] = json!("0_Transformer"));
    assert_unsupported(&copy, &["modules.json", "0_Transformer"]);
    for path in ["", "..", "../toy/1_Pooling", "/etc", "a\\b", "1_Pooling/"] {
        let copy = Copy::new();
        copy.edit("modules.json", |modules| modules[1]["path"] = json!(path));
        assert_unsupported(&copy, &["modules.json", "the folder of the Pooling module", &format!("{path:?}")]);
    }
}

#[test]
fn a_pooling_mode_that_is_unknown_missing_or_not_alone_is_refused() {
    for (pooling, found) in [
        (json!({"pooling_mode_median_tokens": true}), "pooling_mode_median_tokens"),
        (
            json!({"pooling_mode_lasttoken": true, "pooling_mode_max_tokens": true}),
            "pooling_mode_lasttoken and pooling_mode_max_tokens",
        ),
        (
            json!({"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}),
            "pooling_mode_cls_token and pooling_mode_mean_tokens",
        ),
        (json!({"pooling_mode_mean_tokens": false}), "missing"),
        (json!({}), "missing"),
        (json!({"pooling_mode": "median"}), "pooling_mode \"median\""),
        (json!({"pooling_mode": ["mean", "cls"]}), "pooling_mode [\"mean\",\"cls\"]"),
        (json!({"pooling_mode": "cls", "pooling_mode_mean_tokens": true}), "pooling_mode \"cls\""),
    ] {
        let copy = Copy::new();
        copy.write("1_Pooling/config.json", pooling.to_string());
        assert_unsupported(&copy, &["1_Pooling", "the pooling mode is", found, "exactly one of mean, cls, max"]);
    }
}

#[test]
fn settings_that_would_change_vectors_are_refused() {
    let copy = Copy::new();
    copy.set("1_Pooling/config.json", "include_prompt", false);
    assert_unsupported(&copy, &["1_Pooling", "include_prompt is false"]);

    let copy = Copy::new();
    copy.set("sentence_bert_config.json", "do_lower_case", true);
    assert_unsupported(&copy, &["sentence_bert_config.json", "do_lower_case is true"]);

    let copy = Copy::new();
    copy.set("config_sentence_transformers.json", "default_prompt_name", "absent");
    assert_unsupported(&copy, &["config_sentence_transformers.json", "default_prompt_name", "absent"]);
}

#[test]
fn a_limit_too_short_for_any_text_is_refused() {
    for limit in [0, 1, 2] {
        let copy = Copy::new();
        copy.set("sentence_bert_config.json", "max_seq_length", limit);
        assert_unsupported(&copy, &["sentence_bert_config.json", "max_seq_length", &limit.to_string()]);
        let copy = Copy::new();
        copy.set("config.json", "max_position_embeddings", limit);
        assert_unsupported(&copy, &["config.json", "max_position_embeddings", &limit.to_string()]);
    }
}

#[test]
fn a_limit_of_the_tokeniser_counts_where_the_library_writes_no_other() {
    let limited = |length: serde_json::Value| {
        let copy = Copy::new();
        copy.write("sentence_bert_config.json", "{}");
        copy.write("tokenizer_config.json", json!({"model_max_length": length}).to_string());
        copy
    };
    let copy = limited(json!(48));
    let encoder = copy.load().unwrap();
    assert_eq!(encoder.model().max_seq_length, 48);
    assert!(encoder.manifest().file("tokenizer_config.json").is_some(), "what settles the limit is pinned");
    for no_limit in [json!(null), json!(1e30), json!(5000)] {
        assert_eq!(limited(no_limit).load().unwrap().model().max_seq_length, 128);
    }
    assert_unsupported(&limited(json!(2)), &["tokenizer_config.json", "model_max_length", "2"]);
    let copy = limited(json!(48));
    copy.set("sentence_bert_config.json", "max_seq_length", 64);
    let encoder = copy.load().unwrap();
    assert_eq!(encoder.model().max_seq_length, 64);
    assert!(encoder.manifest().file("tokenizer_config.json").is_none());
}

/// The toy model with a dense layer, and its configuration.
fn with_dense(config: serde_json::Value) -> Copy {
    let copy = Copy::new();
    copy.edit("modules.json", |modules| {
        modules[2] = json!({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"});
    });
    copy.write("2_Dense/config.json", config.to_string());
    let header = r#"{"linear.weight":{"dtype":"F32","shape":[2,32],"data_offsets":[0,256]}}"#;
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    copy.write("2_Dense/model.safetensors", [&length[..], header.as_bytes(), &[0; 256]].concat());
    copy
}

fn dense(inputs: usize, outputs: usize, activation: &str) -> serde_json::Value {
    json!({"in_features": inputs, "out_features": outputs, "bias": false, "activation_function": activation})
}

#[test]
fn a_dense_layer_that_we_do_not_run_is_refused() {
    let sound = with_dense(dense(32, 2, "torch.nn.modules.linear.Identity"));
    assert_eq!(sound.load().unwrap().manifest().dimension, 2);

    let with = |key: &str, value: serde_json::Value| {
        let mut config = dense(32, 2, "torch.nn.modules.linear.Identity");
        config[key] = value;
        with_dense(config)
    };
    for (copy, says) in [
        (with("activation_function", json!("torch.nn.modules.activation.Mish")), ["activation_function", "Mish"]),
        (with("use_residual", json!(true)), ["use_residual", "true"]),
        (with("module_input_name", json!("token_embeddings")), ["module_input_name", "token_embeddings"]),
        (with("in_features", json!(31)), ["a dense layer", "31 to 2"]),
        (with("out_features", json!(0)), ["a dense layer", "32 to 0"]),
    ] {
        assert_unsupported(&copy, &says);
        assert_unsupported(&copy, &["2_Dense"]);
    }
    let (_, told) = load_refused(&with("out_features", json!(3)));
    assert_says(&told, &["2_Dense", "[2, 32]", "[3, 32]"]);
    let (_, told) = load_refused(&with("bias", json!(true)));
    assert_says(&told, &["2_Dense", "linear.bias"]);

    sound.write("2_Dense/pytorch_model.bin", b"\x80\x02}q\x00.").remove("2_Dense/model.safetensors");
    let (error, told) = folder_refused(&sound);
    assert!(matches!(error, FolderError::Pickle { .. }), "{error:?}");
    assert_says(&told, &["2_Dense", "can run code"]);
}

#[test]
fn an_architecture_we_do_not_run_is_refused_by_name() {
    for (model_type, found) in [(json!("llama"), "\"llama\""), (json!("t5"), "\"t5\""), (json!(null), "missing")] {
        let copy = Copy::new();
        copy.set("config.json", "model_type", model_type);
        assert_unsupported(&copy, &["config.json", "model_type", found, "\"bert\""]);
    }
}

#[test]
fn a_missing_file_is_named_with_why_it_is_needed() {
    for (file, reason) in [
        ("config.json", "saved by sentence-transformers"),
        ("tokenizer.json", "the model is incomplete"),
        ("model.safetensors", "the model is incomplete"),
        ("modules.json", "the pooling would be a guess"),
        ("1_Pooling/config.json", "modules.json names it for pooling"),
    ] {
        let copy = Copy::new();
        copy.remove(file);
        let (error, told) = folder_refused(&copy);
        assert!(matches!(&error, FolderError::MissingFile { file: missing, .. } if missing == file), "{error:?}");
        assert_says(&told, &[file, reason]);
    }
}

#[test]
fn an_empty_folder_is_not_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(read_folder(folder.path(), "x"));
    assert_says(&message(&error), &["expected modules.json"]);
}

#[test]
fn a_pickle_is_refused_for_what_it_is() {
    for pickle in ["pytorch_model.bin", "model.pt", "weights.ckpt"] {
        let copy = Copy::new();
        copy.remove("model.safetensors").write(pickle, b"\x80\x02}q\x00.");
        let (error, told) = folder_refused(&copy);
        assert!(matches!(error, FolderError::Pickle { .. }), "{error:?}");
        assert_says(&told, &[pickle, "can run code", "model.safetensors"]);
    }
}

#[test]
fn a_pickle_beside_the_weights_is_left_alone() {
    let copy = Copy::new();
    copy.write("pytorch_model.bin", b"\x80\x02}q\x00.");
    assert_eq!(copy.load().unwrap().manifest().files, crate::common::toy_manifest().files);
}

#[test]
fn a_folder_where_a_file_should_be_is_refused() {
    for file in FILES {
        let copy = Copy::new();
        copy.remove(file);
        fs::create_dir(copy.path(file)).unwrap();
        let (error, told) = folder_refused(&copy);
        assert!(matches!(error, FolderError::Io { .. }), "{error:?}");
        assert_says(&told, &["cannot read", file.rsplit('/').next().unwrap()]);
    }
}

#[test]
fn json_that_is_not_json_is_refused_with_its_place() {
    let not_json = [
        &b"\xff\xfe\x00garbage"[..],
        b"{\"max_seq_length\": \xc3\x28}",
        b"",
        b"[",
        b"\"a text\"",
        b"{\"hidden_size\": -1, \"prompts\": 3, \"max_seq_length\": 1.5}",
        b"\0\0\0\0",
    ];
    for file in FILES.into_iter().filter(|file| !["tokenizer.json", "model.safetensors"].contains(file)) {
        for bytes in not_json {
            let copy = Copy::new();
            copy.write(file, bytes);
            match read_folder(&copy.folder(), "toy") {
                Err(FolderError::Syntax { path, problem }) => {
                    assert_eq!(path, copy.path(file));
                    assert_says(&problem, &["line", "column"]);
                }
                // Valid JSON after all, without the fields of this file.
                Err(FolderError::Unsupported { path, .. }) => assert_eq!(path, copy.path(file)),
                other => panic!("{file} holding {:?}: {other:?}", String::from_utf8_lossy(bytes)),
            }
        }
    }
}

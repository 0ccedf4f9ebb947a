//! Folders that are no model we can run: each is refused with the file's name and what to do, and none brings the
//! program down.

mod common;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use common::{Copy, FILES, assert_says, message, refused};
use semsearch_embed::{
    Encoder, FolderError, LoadError, ModelError, ModelStore, NetworkError, TextKind, TokeniseError, read_folder,
};
use semsearch_testing::Random;
use serde_json::json;

/// Why the folder could not be read, and how it is told.
#[track_caller]
fn folder_refused(copy: &Copy) -> (FolderError, String) {
    let error = refused(read_folder(&copy.folder(), "toy"));
    let told = message(&error);
    // The store gives the same reason.
    let ModelError::Folder(same) = refused(copy.open()) else { panic!("the store gives another reason than {told}") };
    assert_eq!(
        same.to_string(),
        error
            .to_string()
            .replace(copy.folder().to_str().unwrap(), fs::canonicalize(copy.folder()).unwrap().to_str().unwrap(),)
    );
    (error, told)
}

/// Why the model could not be loaded, and how it is told.
#[track_caller]
fn load_refused(copy: &Copy) -> (LoadError, String) {
    let start = Instant::now();
    let error = refused(copy.load());
    assert!(start.elapsed() < Duration::from_secs(5), "refusing took {:?}", start.elapsed());
    let told = message(&error);
    assert_says(&told, &["model `toy`"]);
    (error, told)
}

#[track_caller]
fn assert_unsupported(copy: &Copy, says: &[&str]) {
    let (error, told) = folder_refused(copy);
    assert!(matches!(error, FolderError::Unsupported { .. }), "{error:?}");
    assert_says(&told, says);
    assert_says(&told, &["this encoder runs"]);
}

#[track_caller]
fn assert_config_refused(copy: &Copy, says: &[&str]) {
    let (error, told) = load_refused(copy);
    assert!(matches!(error, LoadError::Network { source: NetworkError::Config { .. }, .. }), "{error:?}");
    assert_says(&told, &["config.json"]);
    assert_says(&told, says);
}

/// Asserts that the weights are sound and belong to another network.
#[track_caller]
fn assert_weights_refused(copy: &Copy, says: &[&str]) {
    let (error, told) = load_refused(copy);
    assert!(matches!(error, LoadError::Network { source: NetworkError::Weights { .. }, .. }), "{error:?}");
    assert_says(&told, &["model.safetensors", "do not belong to this config.json"]);
    assert_says(&told, says);
}

/// Asserts that the weights are no safetensors file.
#[track_caller]
fn assert_not_safetensors(copy: &Copy, why: &str) {
    let (error, told) = load_refused(copy);
    let expected = matches!(error, LoadError::Network { source: NetworkError::NotSafetensors { .. }, .. });
    assert!(expected, "{why}: {error:?}");
    assert_says(&told, &["model.safetensors: not a whole safetensors file"]);
}

#[track_caller]
fn assert_tokeniser_refused(copy: &Copy, says: &[&str]) {
    let (error, told) = load_refused(copy);
    assert!(matches!(error, LoadError::Tokenise { source: TokeniseError::Load { .. }, .. }), "{error:?}");
    assert_says(&told, &["tokenizer.json"]);
    assert_says(&told, says);
}

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
    assert_eq!(copy.load().unwrap().manifest().files, common::toy_manifest().files);
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
                // JSON after all, with nothing in it that this file should say.
                Err(FolderError::Unsupported { path, .. }) => assert_eq!(path, copy.path(file)),
                other => panic!("{file} holding {:?}: {other:?}", String::from_utf8_lossy(bytes)),
            }
        }
    }
}

#[test]
fn a_file_that_is_not_a_tokeniser_is_refused() {
    for bytes in [&b""[..], b"\xff\xfe", b"{}", b"[]", b"{\"version\": \"1.0\", \"model\": {\"type\": \"Alien\"}}"] {
        let copy = Copy::new();
        copy.write("tokenizer.json", bytes);
        assert_tokeniser_refused(&copy, &["not a usable tokeniser"]);
    }
}

#[test]
fn a_tokeniser_that_makes_its_library_panic_is_refused() {
    let copy = Copy::new();
    let whole = fs::read_to_string(copy.path("tokenizer.json")).unwrap();
    copy.write("tokenizer.json", whole.replace("\"prefix\":\"##\"", "\"prefix\" \"##\""));
    assert_tokeniser_refused(&copy, &["expected `:`", "line 1"]);

    let copy = Copy::new();
    copy.set("tokenizer.json", "normalizer", json!({"type": "Precompiled", "precompiled_charsmap": "????"}));
    assert_tokeniser_refused(&copy, &["not a usable tokeniser"]);

    let copy = Copy::new();
    copy.edit("tokenizer.json", |tokeniser| {
        tokeniser["post_processor"]["single"][0]["SpecialToken"]["id"] = json!("[ABSENT]");
    });
    assert_tokeniser_refused(&copy, &["not a usable tokeniser"]);

    let copy = Copy::new();
    let (open, close) = ("[".repeat(1 << 20), "]".repeat(1 << 20));
    copy.write("tokenizer.json", format!("{{\"decoder\": {open}{close}}}"));
    assert_tokeniser_refused(&copy, &["not a usable tokeniser"]);
}

#[test]
fn a_tokeniser_with_more_tokens_than_the_table_is_refused() {
    let copy = Copy::new();
    copy.edit("tokenizer.json", |tokeniser| tokeniser["model"]["vocab"]["beyond"] = json!(337));
    assert_tokeniser_refused(&copy, &["ids up to 337", "337 rows"]);

    // Ids that only the template around a text has.
    let copy = Copy::new();
    copy.edit("tokenizer.json", |tokeniser| {
        tokeniser["post_processor"]["special_tokens"]["[CLS]"]["ids"] = json!([4000]);
    });
    assert_tokeniser_refused(&copy, &["ids up to 4000", "337 rows"]);
}

#[test]
fn a_tokeniser_that_gives_no_token_for_an_empty_text_is_refused() {
    let copy = Copy::new();
    copy.set("tokenizer.json", "post_processor", json!(null));
    assert_tokeniser_refused(&copy, &["no special tokens", "[CLS]"]);
}

#[test]
fn special_tokens_that_leave_no_room_are_refused() {
    let copy = Copy::new();
    copy.set("sentence_bert_config.json", "max_seq_length", 3);
    copy.edit("tokenizer.json", |tokeniser| {
        let cls = json!({"SpecialToken": {"id": "[CLS]", "type_id": 0}});
        let text = json!({"Sequence": {"id": "A", "type_id": 0}});
        tokeniser["post_processor"]["single"] = json!([cls, cls, cls, text]);
    });
    assert_tokeniser_refused(&copy, &["3 special tokens", "limit is 3"]);
}

#[test]
fn a_network_shape_that_cannot_be_is_refused() {
    for (hidden, heads) in [(32, 0), (32, 5), (32, 64), (0, 4), (0, 0)] {
        let copy = Copy::new();
        copy.set("config.json", "hidden_size", hidden).set("config.json", "num_attention_heads", heads);
        let told = format!("hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
        assert_config_refused(&copy, &[&told]);
    }
}

#[test]
fn a_network_larger_than_its_weights_is_refused_at_once_and_without_the_memory() {
    let sizes = [u64::from(u32::MAX), 1 << 40, 1 << 62, !3];
    for key in ["hidden_size", "intermediate_size", "vocab_size", "type_vocab_size", "max_position_embeddings"] {
        for size in sizes {
            let copy = Copy::new();
            copy.set("config.json", key, size);
            let size = size.to_string();
            let says = if size.starts_with("4294967295") && key == "hidden_size" { "multiple" } else { size.as_str() };
            let (_, told) = load_refused(&copy);
            assert_says(&told, &[says]);
        }
    }
    for layers in [3, 1_000_000_000, u64::MAX] {
        let copy = Copy::new();
        copy.set("config.json", "num_hidden_layers", layers);
        assert_weights_refused(&copy, &["encoder.layer.2"]);
    }
    let copy = Copy::new();
    copy.set("config.json", "num_attention_heads", 1u64 << 40);
    assert_config_refused(&copy, &["num_attention_heads 1099511627776"]);
}

#[test]
fn a_size_of_the_wrong_type_is_refused() {
    for (key, value) in [
        ("num_attention_heads", json!(-4)),
        ("num_hidden_layers", json!("two")),
        ("vocab_size", json!(1.5)),
        ("intermediate_size", json!(1e300)),
        ("layer_norm_eps", json!(null)),
    ] {
        let copy = Copy::new();
        copy.set("config.json", key, value);
        assert_config_refused(&copy, &["line"]);
    }
}

#[test]
fn an_activation_or_position_table_we_do_not_run_is_refused_by_name() {
    for activation in ["mish", "quick_gelu", "GELU"] {
        let copy = Copy::new();
        copy.set("config.json", "hidden_act", activation);
        assert_config_refused(&copy, &[activation, "`gelu`", "`relu`"]);
    }
    let copy = Copy::new();
    copy.set("config.json", "position_embedding_type", "relative_key");
    assert_config_refused(&copy, &["relative_key", "absolute"]);
}

#[test]
fn weights_of_another_shape_or_kind_are_refused() {
    let copy = Copy::new();
    copy.set("config.json", "hidden_size", 64);
    assert_weights_refused(&copy, &["[337, 64]", "[337, 32]"]);
    for (bytes, why) in [
        (&b""[..], "empty"),
        (b"PK\x03\x04", "a zip"),
        (b"\x80\x02}q\x00.", "a pickle"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff{}", "a header of 2^64 bytes"),
        (b"\x02\0\0\0\0\0\0\0\xff\xff", "a header that is not JSON"),
    ] {
        let copy = Copy::new();
        copy.write("model.safetensors", bytes);
        assert_not_safetensors(&copy, why);
    }
}

#[test]
fn truncated_weights_are_refused_wherever_they_end() {
    let whole = fs::read(common::toy().join("model.safetensors")).unwrap();
    let header = 8 + usize::try_from(u64::from_le_bytes(whole[..8].try_into().unwrap())).unwrap();
    let (end, half) = (whole.len(), whole.len() / 2);
    for length in [0, 1, 7, 8, 9, header - 1, header, header + 1, half, end - 1] {
        let copy = Copy::new();
        copy.write("model.safetensors", &whole[..length]);
        assert_not_safetensors(&copy, &format!("cut after {length} bytes of {end}"));
    }
    let copy = Copy::new();
    copy.write("model.safetensors", [&whole[..], b"more"].concat());
    assert_not_safetensors(&copy, "bytes after the end");
}

#[test]
fn a_weights_header_that_lies_is_refused() {
    let whole = fs::read(common::toy().join("model.safetensors")).unwrap();
    let start = 8 + usize::try_from(u64::from_le_bytes(whole[..8].try_into().unwrap())).unwrap();
    let (header, data) = (&whole[8..start], &whole[start..]);
    let header: serde_json::Value = serde_json::from_slice(header).unwrap();
    let name = "embeddings.word_embeddings.weight";
    type Lie = fn(&mut serde_json::Value);
    let lies: [(&str, Lie); 7] = [
        ("a shape larger than the data", |tensor| tensor["shape"] = json!([337_000, 32])),
        ("a shape whose product overflows", |tensor| tensor["shape"] = json!([1u64 << 40, 1u64 << 40])),
        ("offsets beyond the file", |tensor| tensor["data_offsets"] = json!([0, 1u64 << 40])),
        ("offsets the wrong way round", |tensor| {
            let offsets = tensor["data_offsets"].clone();
            tensor["data_offsets"] = json!([offsets[1], offsets[0]]);
        }),
        ("another element type", |tensor| tensor["dtype"] = json!("F64")),
        ("an unknown element type", |tensor| tensor["dtype"] = json!("F31")),
        ("a shape of no numbers", |tensor| tensor["shape"] = json!([])),
    ];
    let write = |copy: &Copy, header: &serde_json::Value| {
        let header = header.to_string();
        let length = u64::try_from(header.len()).unwrap().to_le_bytes();
        copy.write("model.safetensors", [&length[..], header.as_bytes(), data].concat());
    };
    for (lie, tell) in lies {
        let (copy, mut header) = (Copy::new(), header.clone());
        tell(&mut header[name]);
        write(&copy, &header);
        assert_not_safetensors(&copy, lie);
    }
    let copy = Copy::new();
    write(&copy, &header);
    copy.load().expect("the truth, written the same way, loads");
}

#[test]
fn a_manifest_that_disagrees_with_the_network_is_refused() {
    for (key, change) in [
        ("dimension", (|manifest| manifest.dimension = 33) as fn(&mut semsearch_embed::Manifest)),
        ("max_positions", |manifest| manifest.max_positions = 129),
    ] {
        let mut model = Copy::new().open().unwrap();
        model.path = common::toy();
        change(&mut model.manifest);
        let error = refused(common::load(&model));
        assert!(matches!(error, LoadError::Disagreement { what, .. } if what == key), "{error:?}");
        assert_says(&message(&error), &["toy", key, "config.json"]);
    }
}

#[test]
fn one_changed_bit_of_a_stored_model_is_damage() {
    let home = tempfile::tempdir().unwrap();
    let store = ModelStore::only(home.path());
    let model = store.add(&common::toy(), Some("toy")).unwrap();
    let mut numbers = Random::new(1);
    for file in FILES {
        let path = model.path.join(file);
        let whole = fs::read(&path).unwrap();
        for _ in 0..20 {
            let mut bytes = whole.clone();
            bytes[numbers.index(whole.len())] ^= 1 << numbers.below(8);
            fs::write(&path, bytes).unwrap();
            let error = refused(common::load(&store.find("toy").unwrap().unwrap()));
            assert!(matches!(error, LoadError::Damaged { .. }), "{file}: {error:?}");
            assert_says(&message(&error), &["model `toy` is damaged", file, "SHA-256"]);
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let error = refused(common::load(&store.find("toy").unwrap().unwrap()));
        assert_says(&message(&error), &["is damaged", file, "truncated"]);
        fs::write(&path, whole).unwrap();
    }
    common::load(&store.find("toy").unwrap().unwrap()).expect("whole again");
}

#[test]
fn changed_bits_of_a_loose_folder_never_bring_the_program_down() {
    let (mut loaded, mut told) = (0, 0);
    let mut numbers = Random::new(2);
    for (file, rounds) in FILES.into_iter().zip([300, 300, 300, 150, 150, 50, 50]) {
        let copy = Copy::new();
        let whole = fs::read(copy.path(file)).unwrap();
        for round in 0..rounds {
            let mut bytes = whole.clone();
            // The weights' header is where a bit matters most.
            let end = if file == "model.safetensors" && round % 3 > 0 { 3000 } else { whole.len() };
            for _ in 0..=round % 2 {
                bytes[numbers.index(end)] ^= 1 << numbers.below(8);
            }
            copy.write(file, bytes);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let model = copy.open().map_err(|error| message(&error))?;
                let encoder = common::load(&model).map_err(|error| message(&error))?;
                let long = "the models learn ".repeat(40);
                let encoded = encoder.encode(&["", "cache compression", "学 zebra", &long], TextKind::Passage);
                encoded.map_err(|error| message(&error))
            }));
            match outcome.unwrap_or_else(|_| panic!("{file}, round {round}: a panic")) {
                Ok(_) => loaded += 1,
                Err(message) => {
                    assert!(message.len() > 10, "{file}, round {round}: {message}");
                    told += 1;
                }
            }
        }
    }
    assert!(loaded > 100 && told > 100, "{loaded} loaded, {told} refused: the test should see both");
}

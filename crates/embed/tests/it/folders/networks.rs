//! Loading tokenisers, configurations and weights.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use semsearch_embed::{Encoder, LoadError, ModelStore, TextKind};
use semsearch_testing::Random;
use serde_json::json;

use super::refusals::{
    assert_config_refused, assert_not_safetensors, assert_tokeniser_refused, assert_weights_refused, load_refused,
};
use crate::common::{Copy, FILES, assert_says, message, refused};

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

    // Ids that occur only in the template around a text.
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
    let whole = fs::read(crate::common::toy().join("model.safetensors")).unwrap();
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
    let whole = fs::read(crate::common::toy().join("model.safetensors")).unwrap();
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
        model.path = crate::common::toy();
        change(&mut model.manifest);
        let error = refused(crate::common::load(&model));
        assert!(matches!(error, LoadError::Disagreement { what, .. } if what == key), "{error:?}");
        assert_says(&message(&error), &["toy", key, "config.json"]);
    }
}

#[test]
fn one_changed_bit_of_a_stored_model_is_damage() {
    let home = tempfile::tempdir().unwrap();
    let store = ModelStore::only(home.path());
    let model = store.add(&crate::common::toy(), Some("toy")).unwrap();
    let mut numbers = Random::new(1);
    for file in FILES {
        let path = model.path.join(file);
        let whole = fs::read(&path).unwrap();
        for _ in 0..20 {
            let mut bytes = whole.clone();
            bytes[numbers.index(whole.len())] ^= 1 << numbers.below(8);
            fs::write(&path, bytes).unwrap();
            let error = refused(crate::common::load(&store.find("toy").unwrap().unwrap()));
            assert!(matches!(error, LoadError::Damaged { .. }), "{file}: {error:?}");
            assert_says(&message(&error), &["model `toy` is damaged", file, "SHA-256"]);
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let error = refused(crate::common::load(&store.find("toy").unwrap().unwrap()));
        assert_says(&message(&error), &["is damaged", file, "truncated"]);
        fs::write(&path, whole).unwrap();
    }
    crate::common::load(&store.find("toy").unwrap().unwrap()).expect("whole again");
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
            // A bit matters most in the header of the weights.
            let end = if file == "model.safetensors" && round % 3 > 0 { 3000 } else { whole.len() };
            for _ in 0..=round % 2 {
                bytes[numbers.index(end)] ^= 1 << numbers.below(8);
            }
            copy.write(file, bytes);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let model = copy.open().map_err(|error| message(&error))?;
                let encoder = crate::common::load(&model).map_err(|error| message(&error))?;
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

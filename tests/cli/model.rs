//! `semsearch model`: what is known, what is here, what may come in, and models that are damaged.

use crate::harness::{REAL, Sandbox, TOY, copy_toy, hits, number, text};

#[test]
fn known_models_are_listed_with_what_fetches_them() {
    let sandbox = Sandbox::new();
    sandbox.run(&["model", "list"]).code(0).prints(REAL).prints("semsearch model pull all-MiniLM-L6-v2").says_nothing();
    let list = sandbox.run(&["model", "list", "--json"]).code(0).json();
    assert_eq!(text(&list, "/schema"), "semsearch.models/1");
    assert_eq!(text(&list, "/folder"), sandbox.path("data/semsearch/models").to_str().unwrap());
    assert_eq!((text(&list, "/models/0/name"), list["models"][0]["path"].is_null()), (REAL, true));
}

#[test]
fn a_model_is_shown_with_all_that_pins_it_down() {
    let sandbox = Sandbox::new();
    let shown = sandbox.run(&["model", "show", REAL, "--json"]).code(0).json();
    assert_eq!((text(&shown, "/schema"), text(&shown, "/name")), ("semsearch.model/1", REAL));
    assert_eq!((number(&shown, "/dimension"), number(&shown, "/max_tokens")), (384.0, 256.0));
    let toml = sandbox.run(&["model", "show"]).code(0).stdout;
    assert!(toml.contains("name = \"all-MiniLM-L6-v2\"") && toml.contains("sha256 = \"53aa51172d142c89"), "{toml}");
    let toy = sandbox.run(&["model", "show", TOY, "--json"]).code(0).json();
    assert_eq!((number(&toy, "/dimension"), number(&toy, "/max_tokens")), (32.0, 64.0));
}

#[test]
fn a_model_of_ones_own_is_used_by_name_once_it_is_added() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "add", TOY, "--name", "toy"]).code(0).prints("semsearch embed INPUT... --model toy");
    sandbox.run(&["model", "list"]).code(0).prints("toy  bert, 32 dimensions, 64 tokens");
    let by_folder = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    sandbox.run(&["embed", "papers.jsonl", "--model", "toy", "--fresh"]).code(0).prints("embedded with toy");
    let by_name = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!((text(&by_name, "/model"), hits(&by_name)), ("toy", hits(&by_folder)));
    // Adding it again changes nothing, and another under its name is refused.
    sandbox.run(&["model", "add", TOY, "--name", "toy"]).code(0);
    copy_toy(&sandbox, "other");
    sandbox.write("other/sentence_bert_config.json", "{\"max_seq_length\": 32, \"do_lower_case\": false}");
    let outcome = sandbox.run(&["model", "add", "other", "--name", "toy"]).code(2);
    outcome.says("another model").says("called `toy`").says("--name");
    let outcome = sandbox.run(&["model", "add", TOY, "--name", REAL]).code(2);
    outcome.says("another model").says("called `all-MiniLM-L6-v2`");
}

#[test]
fn a_model_that_has_gone_is_named_with_what_to_do() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "add", TOY, "--name", "toy"]).code(0);
    sandbox.run(&["embed", "papers.jsonl", "--model", "toy"]).code(0);
    std::fs::rename(sandbox.path("data/semsearch/models/toy"), sandbox.path("away")).unwrap();
    let outcome = sandbox.run(&["ask", "cache"]).code(4).prints_nothing();
    outcome.says("needs model `toy`").says("semsearch model add DIR");
    // Another folder with the same bytes is the same model.
    sandbox.run(&["ask", "cache", "--model", "away"]).code(0);
    // What needs no model goes on working.
    sandbox.run(&["info"]).code(0);
}

#[test]
fn a_model_folder_that_has_moved_is_named() {
    let sandbox = Sandbox::with_papers();
    copy_toy(&sandbox, "mine");
    sandbox.run(&["embed", "papers.jsonl", "--model", "mine"]).code(0);
    std::fs::rename(sandbox.path("mine"), sandbox.path("moved")).unwrap();
    let outcome = sandbox.run(&["ask", "cache"]).code(4).prints_nothing();
    outcome.says("needs model `mine`").says("there is no model folder").says("/mine");
    sandbox.run(&["ask", "cache", "--model", "moved"]).code(0);
}

#[test]
fn an_unknown_model_is_refused_with_where_to_look() {
    let sandbox = Sandbox::with_papers();
    for arguments in [&["embed", "papers.jsonl", "--model", "nosuch"][..], &["ask", "cache", "--model", "nosuch"]] {
        let outcome = sandbox.run(arguments).code(4).prints_nothing();
        outcome.says("no model is called `nosuch`").says("semsearch model list").says("semsearch model add DIR");
    }
    sandbox.run(&["model", "show", "nosuch"]).code(4).says("no model is called `nosuch`");
    sandbox.run(&["model", "pull", "nosuch"]).code(4).says("no model is called `nosuch`");
    sandbox.run(&["model", "add", "nosuch"]).code(4).says("no model folder nosuch");
    sandbox.run(&["encode", "x", "--model", "./nosuch"]).code(4).says("no model folder ./nosuch");
}

#[test]
fn a_damaged_model_is_refused_with_the_file_and_what_to_do() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "add", TOY, "--name", "toy"]).code(0);
    sandbox.run(&["embed", "papers.jsonl", "--model", "toy"]).code(0);
    for file in ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"] {
        let path = sandbox.path("data/semsearch/models/toy").join(file);
        let whole = std::fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for (content, problem) in [(&flipped[..], "SHA-256"), (&whole[..whole.len() / 2], "truncated")] {
            std::fs::write(&path, content).unwrap();
            for command in [&["ask", "cache"][..], &["embed", "papers.jsonl", "--model", "toy"]] {
                let outcome = sandbox.run(command).code(4).prints_nothing();
                outcome.says("model `toy` is damaged").says(file).says(problem).says("semsearch model pull");
            }
        }
        std::fs::write(&path, &whole).unwrap();
    }
    sandbox.run(&["ask", "cache"]).code(0);
}

#[test]
fn a_folder_that_is_no_model_is_refused_with_the_reason() {
    let sandbox = Sandbox::new();
    let refused = |folder: &str, reason: &str| {
        sandbox.run(&["encode", "x", "--model", folder]).code(4).says(reason).prints_nothing();
        sandbox.run(&["model", "add", folder]).code(4).says(reason).prints_nothing();
        assert!(!sandbox.path("data/semsearch/models").join(folder).exists(), "{folder} did not come in");
    };
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    refused("empty", "modules.json");

    copy_toy(&sandbox, "pickled");
    std::fs::rename(sandbox.path("pickled/model.safetensors"), sandbox.path("pickled/pytorch_model.bin")).unwrap();
    refused("pickled", "is a pickle, which can run code");

    copy_toy(&sandbox, "pooled-oddly");
    let pooling =
        r#"{"word_embedding_dimension": 32, "pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}"#;
    sandbox.write("pooled-oddly/1_Pooling/config.json", pooling);
    refused("pooled-oddly", "1_Pooling/config.json");

    copy_toy(&sandbox, "of-another-family");
    let config = std::fs::read_to_string(sandbox.path("of-another-family/config.json")).unwrap();
    sandbox.write("of-another-family/config.json", config.replace("\"bert\"", "\"llama\""));
    refused("of-another-family", "llama");
}

#[test]
fn a_truncated_folder_of_ones_own_is_refused_when_it_is_loaded() {
    let sandbox = Sandbox::new();
    copy_toy(&sandbox, "cut");
    let weights = std::fs::read(sandbox.path("cut/model.safetensors")).unwrap();
    sandbox.write("cut/model.safetensors", &weights[..weights.len() - 4]);
    sandbox.run(&["encode", "x", "--model", "cut"]).code(4).says("cut").prints_nothing();
}

#[test]
fn the_real_model_is_verified_on_demand() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    sandbox.run(&["model", "show", REAL, "--json"]).code(0).prints("\"path\":\"/");
    let list = sandbox.run(&["model", "list", "--json"]).code(0).json();
    assert!(list["models"][0]["path"].is_string(), "{list}");
}

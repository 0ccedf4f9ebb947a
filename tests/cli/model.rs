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
    std::fs::create_dir_all(sandbox.path("far/away/from")).unwrap();
    std::fs::rename(sandbox.path("data/semsearch/models/toy"), sandbox.path("far/away/from/here")).unwrap();
    let outcome = sandbox.run(&["ask", "cache"]).code(4).prints_nothing();
    outcome.says("needs model `toy`").says("semsearch model add DIR");
    // Another folder with the same bytes is the same model.
    sandbox.run(&["ask", "cache", "--model", "far/away/from/here"]).code(0);
    // What needs no model goes on working.
    sandbox.run(&["info"]).code(0);
}

#[test]
fn a_model_folder_that_has_moved_is_found_by_its_fingerprint() {
    let sandbox = Sandbox::with_papers();
    copy_toy(&sandbox, "mine");
    // One of the same sizes that is not it.
    copy_toy(&sandbox, "a-decoy");
    let weights = sandbox.path("a-decoy/model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    sandbox.run(&["embed", "papers.jsonl", "--model", "mine"]).code(0);
    std::fs::rename(sandbox.path("mine"), sandbox.path("moved")).unwrap();
    let outcome = sandbox.run(&["ask", "cache"]).code(0);
    outcome.says("model `mine` is not in its place").says("found by its fingerprint in").says("/moved");
    // The next change of the index remembers the new place.
    sandbox.run(&["embed", "papers.jsonl"]).code(0);
    let outcome = sandbox.run(&["ask", "cache"]).code(0);
    assert!(!outcome.stderr.contains("fingerprint"), "{}", outcome.stderr);
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    assert!(text(&report, "/model_reference").ends_with("/moved"), "{report}");
    // Too far away to be found, it is named.
    std::fs::create_dir_all(sandbox.path("far/away/from")).unwrap();
    std::fs::rename(sandbox.path("moved"), sandbox.path("far/away/from/here")).unwrap();
    let outcome = sandbox.run(&["ask", "cache"]).code(4).prints_nothing();
    let outcome = outcome.says("needs model `moved`").says("there is no model folder").says("/moved");
    outcome.says("if it was moved, name its folder with --model DIR");
    sandbox.run(&["ask", "cache", "--model", "far/away/from/here"]).code(0);
}

#[test]
fn a_model_that_was_added_under_another_name_is_found_by_its_fingerprint() {
    let sandbox = Sandbox::with_papers();
    copy_toy(&sandbox, "far-mine");
    sandbox.run(&["embed", "papers.jsonl", "--model", "far-mine"]).code(0);
    sandbox.run(&["model", "add", "far-mine", "--name", "kept"]).code(0);
    std::fs::remove_dir_all(sandbox.path("far-mine")).unwrap();
    sandbox.run(&["ask", "cache"]).code(0).says("found by its fingerprint in").says("models/kept");
}

#[test]
fn models_are_removed_from_the_model_directory_and_from_nowhere_else() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "add", TOY, "--name", "toy"]).code(0);
    sandbox.run(&["model", "remove", "toy"]).code(0).prints("toy is removed from").prints("semsearch model add DIR");
    assert!(!sandbox.path("data/semsearch/models/toy").exists());
    let rest = std::fs::read_dir(sandbox.path("data/semsearch/models")).unwrap();
    assert!(rest.flatten().all(|entry| !entry.file_name().to_string_lossy().starts_with(".staging")));
    sandbox.run(&["model", "remove", "toy"]).code(4).says("no model is called `toy`");
    sandbox.run(&["model", "remove", "static"]).code(2).says("cannot be removed: it is part of semsearch");
    sandbox.run(&["model", "remove", REAL]).code(2).says("not on this machine");
    sandbox.run(&["model", "remove", TOY]).code(2).says("which is not the model directory");
    assert!(std::path::Path::new(TOY).join("config.json").exists());
}

#[test]
fn the_list_marks_the_default_and_what_can_be_pulled_and_pull_says_what_can() {
    let sandbox = Sandbox::new();
    sandbox.run(&["model", "add", TOY, "--name", "toy"]).code(0);
    let list = sandbox.run(&["model", "list"]).code(0);
    let list = list.prints("all-MiniLM-L6-v2  bert, 384 dimensions, 256 tokens (default)");
    list.prints("`semsearch model pull NAME` fetches all-MiniLM-L6-v2;");
    let list = sandbox.run(&["model", "list", "--json"]).code(0).json();
    let flags = |name: &str| {
        let model = list["models"].as_array().unwrap().iter().find(|model| model["name"] == name).unwrap();
        ["is_default", "is_built_in", "can_be_pulled"].map(|flag| model[flag].as_bool().unwrap())
    };
    assert_eq!(flags(REAL), [true, false, true]);
    assert_eq!(flags("static"), [false, true, false]);
    assert_eq!(flags("toy"), [false, false, false]);
    let refused = sandbox.run(&["model", "pull", "bge-small"]).code(4).says("no model is called `bge-small`");
    refused.says("all-MiniLM-L6-v2 can be fetched").says("semsearch model add DIR");
}

#[test]
fn every_command_about_models_reports_in_json() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| {
        let report = sandbox.run(&[&["model"], arguments, &["--json"]].concat()).code(0).json();
        assert_eq!(text(&report, "/schema"), "semsearch.model-changed/1");
        (text(&report, "/done").to_owned(), text(&report, "/name").to_owned())
    };
    let told = |done: &str, name: &str| (done.to_owned(), name.to_owned());
    assert_eq!(run(&["add", TOY, "--name", "toy"]), told("added", "toy"));
    assert_eq!(run(&["distill", "toy", "--dim", "8", "--name", "quick"]), told("distilled", "quick"));
    assert_eq!(run(&["pull", "static"]), told("pulled", "static"));
    assert_eq!(run(&["remove", "quick"]), told("removed", "quick"));
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

//! One index, two models: vectors of different models are never compared, however alike the models look.

use crate::harness::{DEFAULT_INDEX, DEMO, PAPERS, REAL, Sandbox, TOY, copy_toy, hits, left_out, text};

#[test]
fn the_wrong_model_is_refused_and_both_are_named() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    let shown = sandbox.run(&["model", "show", REAL, "--json"]).code(0).json();
    if !cut_layers(&sandbox, text(&shown, "/path"), "MiniLM-L3", "3") {
        return;
    }
    sandbox.run(&["embed", DEMO, "--model", "MiniLM-L3"]).code(0);
    let refused = sandbox.run(&["ask", "KV cache", "--model", REAL]).code(4).prints_nothing();
    let refused = refused.says("holds vectors of model `MiniLM-L3`").says("those of `all-MiniLM-L6-v2`");
    refused.says("without --model").says("semsearch model switch all-MiniLM-L6-v2");

    let answer = sandbox.run(&["ask", "efficient KV cache compression", "--json"]).code(0).json();
    assert_eq!((text(&answer, "/model"), hits(&answer).len()), ("MiniLM-L3", 10));

    // The other way round.
    sandbox.write("papers.jsonl", PAPERS);
    sandbox.run(&["embed", "papers.jsonl", "--index", "whole"]).code(0);
    let refused = sandbox.run(&["ask", "KV cache", "--model", "MiniLM-L3", "--index", "whole"]).code(4);
    refused.says("holds vectors of model `all-MiniLM-L6-v2`").says("those of `MiniLM-L3`");
}

#[test]
fn a_model_swapped_under_its_own_name_is_noticed() {
    let sandbox = Sandbox::with_papers();
    if !cut_layers(&sandbox, TOY, "half", "1") {
        return;
    }
    copy_toy(&sandbox, "mine");
    sandbox.run(&["embed", "papers.jsonl", "--model", "mine"]).code(0);
    std::fs::remove_dir_all(sandbox.path("mine")).unwrap();
    std::fs::rename(sandbox.path("half"), sandbox.path("mine")).unwrap();
    // Name, place and dimension are the same; the weights are not.
    for command in [&["ask", "cache"][..], &["ask", "cache", "--exact"], &["bench"]] {
        sandbox.run(command).code(4).says("holds vectors of model `mine`").says("fingerprint").prints_nothing();
    }
}

#[test]
fn a_change_of_prefix_pooling_or_tokeniser_makes_another_model() {
    let sandbox = Sandbox::with_papers();
    let changes = [
        ("config_sentence_transformers.json", r#"{"prompts": {"query": "query: "}, "default_prompt_name": null}"#),
        ("1_Pooling/config.json", r#"{"word_embedding_dimension": 32, "pooling_mode_cls_token": true}"#),
        ("tokenizer.json", ""),
    ];
    for (number, (file, content)) in changes.into_iter().enumerate() {
        let folder = format!("changed-{number}");
        copy_toy(&sandbox, &folder);
        let path = sandbox.path(&folder).join(file);
        let content = if content.is_empty() {
            let tokeniser = std::fs::read_to_string(&path).unwrap();
            assert!(tokeniser.contains("\"lowercase\":true"), "the toy's tokeniser folds case");
            tokeniser.replace("\"lowercase\":true", "\"lowercase\":false")
        } else {
            content.to_owned()
        };
        std::fs::write(&path, content).unwrap();
        let refused = sandbox.run(&["ask", "cache", "--model", &folder]).code(4).prints_nothing();
        refused.says("holds vectors of model `model`").says(&format!("those of `{folder}`"));
    }
}

#[test]
fn an_index_remembers_how_many_numbers_and_which_prompts_it_was_built_with() {
    let sandbox = Sandbox::with_papers();
    let own = ["--dim", "8", "--query-prompt", "question: ", "--passage-prompt", "paper: "];
    sandbox.run(&[&["embed", "papers.jsonl", "--model", TOY, "--index", "short"], &own[..]].concat()).code(0);
    let report = sandbox.run(&["info", "--json", "--index", "short"]).code(0).json();
    assert_eq!(report["dimension"], 8);

    let vector = |kind: &str, text: &str| -> Vec<f64> {
        let lines =
            sandbox.run(&[&["encode", text, "--model", TOY, "--kind", kind], &own[..]].concat()).code(0).json_lines();
        lines[0]["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let (query, passage) = (
        vector("query", "cache"),
        vector("passage", "Pruning experts. Half of a mixture is enough for most questions."),
    );
    let expected: f64 = query.iter().zip(&passage).map(|(a, b)| a * b).sum();
    let answer = sandbox.run(&["ask", "cache", "--json", "--index", "short"]).code(0).json();
    let hit = hits(&answer).iter().find(|hit| hit["id"] == "prune").expect("all four papers are hits").clone();
    let score = hit["cosine"].as_f64().unwrap();
    assert!((score - expected).abs() < 1e-5, "{score}, expected {expected}");

    // Naming the model changes nothing of how the index uses it.
    let named = sandbox.run(&["ask", "cache", "--json", "--index", "short", "--model", TOY]).code(0).json();
    assert_eq!(hits(&named), hits(&answer));
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--dim", "8", "--index", "plain"]).code(0);
    sandbox.run(&["ask", "cache", "--index", "plain", "--model", TOY]).code(0);
}

#[test]
fn the_same_model_from_elsewhere_is_the_same_model() {
    let sandbox = Sandbox::with_papers();
    copy_toy(&sandbox, "copy");
    let own = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    let copied = sandbox.run(&["ask", "cache", "--json", "--model", "copy"]).code(0).json();
    assert_eq!(hits(&own), hits(&copied));
}

#[test]
fn a_moved_index_goes_on_working() {
    let sandbox = Sandbox::with_papers();
    std::fs::rename(sandbox.path(DEFAULT_INDEX), sandbox.path("moved")).unwrap();
    sandbox.run(&["ask", "cache", "--index", "moved"]).code(0);
}

/// Makes a model of fewer layers with the project's own script, if there is a Python to run it.
fn cut_layers(sandbox: &Sandbox, source: &str, target: &str, layers: &str) -> bool {
    let mut command = sandbox.command_of("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/cut_layers"));
    command.args([source, target, "--layers", layers]);
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(error) => {
            left_out("python3", &format!("another model cannot be made: {error}"));
            false
        }
    }
}

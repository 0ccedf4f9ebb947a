//! What an index was made with stays with it, in every command, until the user says otherwise.

use serde_json::Value;

use crate::harness::{PAPERS, Sandbox, TOY, copy_toy, hits, number, text};

/// What `info` tells of how an index was made.
const SETTINGS: [&str; 10] = [
    "model",
    "fingerprint",
    "precision",
    "dimension",
    "max_tokens",
    "windows",
    "query_prompt",
    "passage_prompt",
    "half",
    "m",
];

fn settings(sandbox: &Sandbox) -> Vec<Value> {
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    SETTINGS.iter().map(|name| report[name].clone()).collect()
}

/// An index with a setting of its own wherever there is one.
fn made_with_much() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    copy_toy(&sandbox, "mine");
    let flags = "--dim 8 --windows mean --max-tokens 32 --precision int8 --half --m 5";
    let mut arguments = vec!["embed", "papers.jsonl", "--model", "mine", "--query-prompt", "question: "];
    arguments.extend(["--passage-prompt", "paper: "]);
    arguments.extend(flags.split(' '));
    sandbox.run(&arguments).code(0);
    sandbox
}

#[test]
fn papers_are_replaced_added_and_embedded_again_as_the_index_was_made() {
    let sandbox = made_with_much();
    let made = settings(&sandbox);
    let more = "{\"id\": \"new\", \"title\": \"A newcomer\", \"abstract\": \"It came later.\"}\n";
    sandbox.write("more.jsonl", more);
    for arguments in [
        &["embed", "papers.jsonl", "--replace"][..],
        &["embed", "papers.jsonl", "--replace", "--model", "mine"],
        &["embed", "papers.jsonl", "--replace", "--fresh"],
        &["embed", "papers.jsonl", "--fresh"],
        &["embed", "more.jsonl"],
        &["embed", "more.jsonl", "--model", "mine"],
        &["embed", "more.jsonl", "--sync"],
        &["remove", "new"],
        &["vacuum"],
        &["repair"],
    ] {
        sandbox.run(arguments).code(0);
        assert_eq!(settings(&sandbox), made, "after {arguments:?}");
        sandbox.run(&["ask", "cache"]).code(0);
        sandbox.run(&["ask", "cache", "--model", "mine"]).code(0);
    }
}

#[test]
fn one_setting_changes_by_the_users_word_and_the_others_stay() {
    let sandbox = made_with_much();
    let made = settings(&sandbox);
    let replace = |more: &[&str]| {
        sandbox.run(&[&["embed", "papers.jsonl", "--replace"], more].concat()).code(0);
        settings(&sandbox)
    };
    let place = |name: &str| SETTINGS.iter().position(|setting| *setting == name).unwrap();
    for (flags, name, value) in [
        (&["--dim", "32"][..], "dimension", Value::from(32)),
        (&["--windows", "first"], "windows", "first".into()),
        (&["--max-tokens", "64"], "max_tokens", 64.into()),
        (&["--precision", "f32"], "precision", "f32".into()),
        (&["--half=false"], "half", false.into()),
        (&["--m", "16"], "m", 16.into()),
        (&["--query-prompt", ""], "query_prompt", "".into()),
        (&["--passage-prompt", ""], "passage_prompt", "".into()),
    ] {
        let before = settings(&sandbox);
        let after = replace(flags);
        assert_eq!(after[place(name)], value, "{flags:?}");
        let others = |settings: &[Value]| {
            let kept = settings.iter().enumerate().filter(|(at, _)| ![place(name), place("fingerprint")].contains(at));
            kept.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        assert_eq!(others(&after), others(&before), "{flags:?}");
    }
    assert_ne!(settings(&sandbox), made);
    // Another model begins with settings of its own, and keeps what becomes of long texts.
    replace(&["--windows", "mean"]);
    replace(&["--model", "static"]);
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    assert_eq!((text(&report, "/model"), number(&report, "/dimension")), ("static", 368.0));
    assert_eq!(text(&report, "/windows"), "mean");
}

#[test]
fn a_damaged_index_is_replaced_as_it_was_made() {
    let sandbox = made_with_much();
    let made = settings(&sandbox);
    let folder = sandbox.path(crate::harness::DEFAULT_INDEX).join("segments");
    let segment = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let documents = std::fs::read_dir(segment).unwrap().map(|file| file.unwrap().path());
    for path in documents.filter(|path| path.is_file()) {
        std::fs::write(path, "damaged").unwrap();
    }
    sandbox.run(&["ask", "cache"]).code(3);
    sandbox.run(&["embed", "papers.jsonl", "--replace"]).code(0);
    assert_eq!(settings(&sandbox), made);
}

#[test]
fn a_switch_to_the_same_model_keeps_what_is_not_changed() {
    let sandbox = made_with_much();
    let report = sandbox.run(&["model", "switch", "mine", "--precision", "f32", "--commit", "--json"]).code(0).json();
    let active = &report["active"];
    assert_eq!((text(active, "/precision"), number(active, "/dimension")), ("f32", 8.0));
    assert_eq!((text(active, "/windows"), number(active, "/max_tokens")), ("mean", 32.0));
    assert_eq!((text(active, "/query_prompt"), text(active, "/passage_prompt")), ("question: ", "paper: "));
    // Another model keeps what becomes of long texts.
    let report = sandbox.run(&["model", "switch", "static", "--json"]).code(0).json();
    let other = report["others"].as_array().unwrap().iter().find(|other| other["name"] == "static").unwrap();
    assert_eq!(text(other, "/windows"), "mean");
}

#[test]
fn a_mismatch_names_what_differs_and_commands_for_both_ways_out() {
    let sandbox = made_with_much();
    let more = ["embed", "papers.jsonl", "--windows", "first", "--dim", "16"];
    let refused = sandbox.run(&more).code(4).prints_nothing();
    let refused = refused.says("the index has 8 dimensions, windows mean; here it is 16 dimensions, windows first");
    let refused = refused.says("leave out --dim and --windows to go on as the index was made");
    refused.says("mine --dim 16 --windows first`");
    let prompt = sandbox.run(&["embed", "papers.jsonl", "--passage-prompt", "it's: "]).code(4);
    prompt.says("passage prompt \"paper: \"").says("--passage-prompt 'it'\\''s: '`");
}

#[test]
fn info_shows_all_that_an_index_was_made_with() {
    let sandbox = made_with_much();
    let shown = sandbox.run(&["info"]).code(0);
    let shown = shown.prints("mine (8 dimensions, int8)").prints("32 tokens, windows mean, 8 of 32 dimensions");
    shown.prints("query prompt \"question: \", passage prompt \"paper: \", vectors in half precision");
}

#[test]
fn vectors_of_other_models_that_go_with_the_papers_are_named() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "switch", "static"]).code(0);
    let replaced = sandbox.run(&["embed", "papers.jsonl", "--replace"]).code(0);
    replaced.says("the vectors of static went with the papers; `semsearch model switch static` embeds the new ones");
}

#[test]
fn what_was_truncated_is_told_with_its_share_and_what_reads_it_whole() {
    let sandbox = Sandbox::new();
    let long = "attention is all you need ".repeat(40);
    let line = |id: &str| format!("{{\"id\": \"{id}\", \"title\": \"Long {id}\", \"abstract\": \"{id} {long}\"}}\n");
    sandbox.write("papers.jsonl", format!("{PAPERS}{}", line("one")));
    let first = sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
    first.prints("1 of 5 papers (20 %) longer than 64 tokens, and truncated").prints("--replace --windows mean");
    sandbox.write("more.jsonl", line("two"));
    let more = sandbox.run(&["embed", "more.jsonl"]).code(0);
    more.prints("1 of 1 paper (100 %)").prints("`semsearch model switch ").prints(" --windows mean` reads them whole");
    let report = sandbox.run(&["info", "--json"]).code(0).json();
    assert_eq!((number(&report, "/truncated"), number(&report, "/truncated_share")), (2.0, 2.0 / 6.0));
    // A removed paper is not among them, before and after its space is given back.
    sandbox.run(&["remove", "one"]).code(0);
    for _ in 0..2 {
        let report = sandbox.run(&["info", "--json"]).code(0).json();
        assert_eq!((number(&report, "/truncated"), number(&report, "/truncated_share")), (1.0, 0.2));
        sandbox.run(&["vacuum"]).code(0);
    }
    let hit = sandbox.run(&["ask", "attention", "--json"]).code(0).json();
    assert!(!hits(&hit).is_empty());
}

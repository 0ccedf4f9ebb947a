//! Papers, models and indexes that tests share, and what to say where one of them is missing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use super::Sandbox;

/// The folder of the toy model: 32 dimensions, random weights, texts up to 64 tokens.
pub(crate) const TOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/embed/tests/toy/model");
/// 225 real papers.
pub(crate) const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo_papers.jsonl");
/// The name of the real model.
pub(crate) const REAL: &str = "all-MiniLM-L6-v2";

/// Four papers, one of them without a date.
pub(crate) const PAPERS: &str = r#"{"id": "cache", "title": "Compressing the cache", "abstract": "Keys and values are kept in fewer bits.", "date": "2024-06-12", "authors": ["Ada Example", "Bo Example"], "organization": "Example Lab", "url": "https://example.org/cache", "stars": 7}
{"id": "graph", "title": "Walking a graph of neighbours", "abstract": "A beam over layers finds the nearest rows.", "date": "2023-10", "authors_count": 3}
{"id": "prune", "title": "Pruning experts", "abstract": "Half of a mixture is enough for most questions.", "year": 2021}
{"id": "draft", "title": "Drafting tokens ahead", "abstract": "A small model guesses and a large one checks."}
"#;

/// The index of the demo papers under the real model, made once for all tests, which only read it.
///
/// It lies in the target folder and not in a sandbox, because it outlives each of them.
pub(crate) fn demo_index() -> Option<(Sandbox, &'static str)> {
    static INDEX: OnceLock<String> = OnceLock::new();
    let sandbox = Sandbox::with_real_model()?;
    let index = INDEX.get_or_init(|| {
        let index = concat!(env!("CARGO_TARGET_TMPDIR"), "/demo-index").to_owned();
        // One that was made by an earlier version goes.
        sandbox.run(&["embed", DEMO, "--index", &index, "--replace"]).code(0);
        index
    });
    Some((sandbox, index))
}

/// The same papers under the toy model: a graph of some size, in a moment.
pub(crate) fn toy_demo_index() -> &'static str {
    static INDEX: OnceLock<String> = OnceLock::new();
    INDEX.get_or_init(|| {
        let index = concat!(env!("CARGO_TARGET_TMPDIR"), "/toy-demo-index").to_owned();
        Sandbox::new().run(&["embed", DEMO, "--model", TOY, "--index", &index, "--replace"]).code(0);
        index
    })
}

/// A file or folder in `../shared`, which lies beside the repository for its developers and nowhere else.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !full.exists() {
        left_out(&format!("../shared/{path} is not here"));
        return None;
    }
    Some(full)
}

/// Copies the toy model's folder into the sandbox, to be changed there.
pub(crate) fn copy_toy(sandbox: &Sandbox, name: &str) {
    std::fs::create_dir_all(sandbox.path(name).join("1_Pooling")).unwrap();
    for file in [
        "config.json",
        "config_sentence_transformers.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "1_Pooling/config.json",
    ] {
        std::fs::copy(Path::new(TOY).join(file), sandbox.path(name).join(file)).unwrap();
    }
}

/// Where the real model is, as the program itself finds it in the environment the tests were started in.
pub(crate) fn real_model() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_semsearch"));
        let output = command.args(["model", "show", REAL, "--json", "--offline"]).output().expect("the program starts");
        let shown: Value = serde_json::from_slice(&output.stdout).expect("`model show --json` prints JSON");
        let path = shown["path"].as_str().map(PathBuf::from);
        if path.is_none() {
            left_out(&format!("what needs {REAL}; `semsearch model pull {REAL}` fetches it"));
        }
        path
    });
    let required = std::env::var_os("SEMSEARCH_REQUIRE_MODEL").is_some();
    assert!(folder.is_some() || !required, "SEMSEARCH_REQUIRE_MODEL is set and {REAL} is not on this machine");
    folder.clone()
}

/// Says that a test, or part of one, had nothing to run on.
///
/// Past `eprintln!`, of which the test runner keeps to itself what a passing test prints.
pub(crate) fn left_out(reason: &str) {
    let _ = writeln!(std::io::stderr(), "left out: {reason}");
}

//! Papers, models and indexes that tests share.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use semsearch_testing::{needs, toy};
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

/// Copies the toy model's folder into the sandbox, to be changed there.
pub(crate) fn copy_toy(sandbox: &Sandbox, name: &str) {
    toy::copy(Path::new(TOY), &sandbox.path(name));
}

/// Where the real model is, as the program itself finds it in the environment the tests were started in.
pub(crate) fn real_model() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_semsearch"));
        let output = command.args(["model", "show", REAL, "--json", "--offline"]).output().expect("the program starts");
        let shown: Value = serde_json::from_slice(&output.stdout).expect("`model show --json` prints JSON");
        shown["path"].as_str().map(PathBuf::from)
    });
    // Outside of what is done once: every test that needs it says so.
    needs::real_model(folder.clone())
}

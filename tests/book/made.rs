//! Pages that are made: from the program, from the schemas, from the folders.

use std::path::Path;
use std::process::Command;

use super::{docs, pages, read};

/// The pages of commands, with the names of their files.
pub(crate) fn reference() -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_semsearch"));
    let status = Command::new(program).args(["man", "--markdown", "--out"]).arg(folder.path()).status().unwrap();
    assert!(status.success());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    pages::markdown_in(folder.path()).iter().map(|path| (name(path), read(path))).collect()
}

const JSON: &str = "\
# JSON documents

Every command that reports has `--json`. It prints one document on one line, or indented on a terminal. The field `schema` names
the document and its version; a version only gains fields. `--jsonl` prints a line for each paper, group or question.

The schemas are JSON Schema 2020-12. Tests compare them with the types that are printed, and every document that the
tests print with its schema.

| document | holds |
| --- | --- |
";

/// The list of JSON documents.
pub(crate) fn json() -> String {
    let mut text = JSON.to_owned();
    for path in pages::ending_in(&docs().join("schemas"), "json") {
        let schema: serde_json::Value = serde_json::from_str(&read(&path)).unwrap();
        let file = path.file_name().unwrap().to_string_lossy();
        let stem = file.trim_end_matches(".json");
        let name = match stem.rsplit_once('-') {
            Some((name, version)) if version.parse::<u32>().is_ok() => format!("`semsearch.{name}/{version}`"),
            _ => format!("a line of `{stem}`"),
        };
        let holds = schema["description"].as_str().and_then(|text| text.lines().next()).unwrap_or_default();
        text.push_str(&format!("| [{name}](schemas/{file}) | {holds} |\n"));
    }
    text
}

/// Pages in their order; what lies in `docs` beside them comes last.
const FOR: [&str; 5] = ["tour", "researcher", "scripts", "comparing", "rust"];
const HOW: [&str; 10] =
    ["asking", "filters", "words", "reading", "identity", "keeping", "exchange", "models", "measuring", "measured"];

/// The table of contents.
pub(crate) fn summary() -> String {
    let docs = docs();
    let line = |indent: &str, path: &Path| {
        let target = path.strip_prefix(&docs).unwrap().to_string_lossy().replace('\\', "/");
        format!("{indent}- [{}]({target})\n", pages::title(path))
    };
    let page = |name: &str| docs.join(format!("{name}.md"));
    let mut text = "# Summary\n\n[semsearch](README.md)\n\n# Who you are\n\n".to_owned();
    FOR.iter().for_each(|name| text.push_str(&line("", &page(name))));
    text.push_str("\n# What you want to do\n\n");
    HOW.iter().for_each(|name| text.push_str(&line("", &page(name))));
    let known = ["README", "SUMMARY", "json"].iter().chain(&FOR).chain(&HOW).map(|name| page(name)).collect::<Vec<_>>();
    pages::markdown_in(&docs)
        .iter()
        .filter(|path| !known.contains(path))
        .for_each(|path| text.push_str(&line("", path)));
    text.push_str("\n# To look up\n\n");
    for folder in ["reference", "formats"] {
        text.push_str(&chapter(&docs.join(folder), &line));
    }
    text.push_str(&line("", &page("json")));
    text.push_str(&chapter(&docs.join("decisions"), &line));
    text
}

/// A folder: its README, and below it the other pages.
fn chapter(folder: &Path, line: &dyn Fn(&str, &Path) -> String) -> String {
    let readme = folder.join("README.md");
    let below = pages::markdown_in(folder).into_iter().filter(|path| *path != readme);
    line("", &readme) + &below.map(|path| line("  ", &path)).collect::<String>()
}

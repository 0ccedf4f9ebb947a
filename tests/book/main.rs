//! The documents that people read: nothing is out of date, no link is dead, examples run, the book builds.
//!
//! `SEMSEARCH_WRITE_DOCS=1 cargo test --workspace --test book` writes what is made from the program and from folders: the
//! pages of commands, the list of JSON documents, and the table of contents.

mod links;
mod made;
mod pages;

use std::path::{Path, PathBuf};
use std::process::Command;

use mdbook::MDBook;
use semsearch_testing::needs;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const MOST_WORDS: usize = 900;

fn docs() -> PathBuf {
    Path::new(ROOT).join("docs")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn what_is_made_from_the_program_is_up_to_date() {
    let writes = std::env::var_os("SEMSEARCH_WRITE_DOCS").is_some();
    let mut old = Vec::new();
    let mut compare = |path: PathBuf, wanted: String| {
        if writes {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &wanted).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != wanted {
            old.push(path);
        }
    };
    let reference = made::reference();
    for (name, text) in &reference {
        compare(docs().join("reference").join(name), text.clone());
    }
    compare(docs().join("json.md"), made::json());
    compare(docs().join("SUMMARY.md"), made::summary());
    let stored = pages::markdown_in(&docs().join("reference"));
    let strange = stored.iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        !reference.iter().any(|(known, _)| *known == name)
    });
    for path in strange {
        assert!(writes && std::fs::remove_file(path).is_ok(), "{} is of no command", path.display());
    }
    assert!(old.is_empty(), "out of date; SEMSEARCH_WRITE_DOCS=1 writes them: {old:?}");
}

#[test]
fn no_link_of_any_document_is_dead() {
    let files = pages::all_markdown(Path::new(ROOT));
    assert!(files.len() > 60, "{}", files.len());
    let dead: Vec<String> = files.iter().flat_map(|file| links::dead(file)).collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn pages_of_the_book_link_to_no_markdown_outside_of_it() {
    // The book makes a page of every Markdown file that it links to, and has none of these.
    let mut outside = Vec::new();
    for file in pages::all_markdown(&docs()) {
        for link in links::of(&read(&file)) {
            let target = link.split('#').next().unwrap_or_default();
            let path = links::normal(&file.parent().unwrap().join(target));
            if target.ends_with(".md") && !target.contains("://") && !path.starts_with(docs()) {
                outside.push(format!("{}: {target}", file.display()));
            }
        }
    }
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

#[test]
fn the_book_builds_and_its_pages_lead_to_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = MDBook::load(docs()).unwrap();
    book.config.build.build_dir = folder.path().join("book");
    book.build().unwrap();
    let pages = pages::ending_in(&folder.path().join("book"), "html");
    assert!(pages.len() > 60, "{}", pages.len());
    let mut dead = Vec::new();
    for page in &pages {
        for target in links::of_html(&read(page)) {
            let target = target.split('#').next().unwrap_or_default();
            let is_leaving = target.contains(':') || target.starts_with('/') || target.is_empty();
            let path = links::normal(&page.parent().unwrap().join(target));
            // Links out of the book lead into the clone, and are looked at where they are written.
            if !is_leaving && path.starts_with(folder.path().join("book")) && !path.exists() {
                dead.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn the_readme_is_short() {
    let words = read(&Path::new(ROOT).join("README.md")).split_whitespace().count();
    assert!(words <= MOST_WORDS, "{words} words");
}

#[test]
fn the_examples_of_the_readme_run_as_they_are_pasted() {
    let readme = read(&Path::new(ROOT).join("README.md"));
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let examples: Vec<&str> = block.lines().filter(|line| line.starts_with("semsearch ")).collect();
    assert_eq!(examples.len(), 8, "{examples:?}");
    let program = Path::new(env!("CARGO_BIN_EXE_semsearch"));
    let known = Command::new(program).args(["model", "show", "--json", "--offline"]).output().unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&known.stdout).unwrap();
    if needs::real_model(shown["path"].as_str().map(PathBuf::from)).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let printed = |example: &str| {
        let output = Command::new("bash")
            .args(["-c", &format!("set -o pipefail; {example}")])
            .current_dir(ROOT)
            .env("PATH", &path)
            .env("SEMSEARCH_INDEX", folder.path().join("papers"))
            .env("HF_HUB_OFFLINE", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{example}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{example}");
        String::from_utf8(output.stdout).unwrap()
    };
    for example in examples {
        printed(example);
    }
    // The answer above them is the program's own; the last digit of a score differs between machines.
    let sample = readme.split("```text\n$ ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (command, answer) = sample.split_once('\n').unwrap();
    let without_scores = |text: &str| {
        let lines = text.trim_matches('\n').lines().map(|line| match line.find("  0.") {
            Some(place) if line.starts_with("  ") => format!("{}{}", &line[..place], &line[place + 7..]),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(without_scores(answer), without_scores(&printed(command)));
}

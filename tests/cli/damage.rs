//! Damaged indexes: every file, damaged in every simple way, is refused by name, or answers as if nothing were wrong.
//!
//! The second half is for damage that a command does not touch: exact search does not read the graph, and the graph
//! does not care for the newline behind the last document.

use std::path::{Path, PathBuf};

use crate::harness::{DEFAULT_INDEX, PAPERS, Sandbox, TOY};

/// The commands that open an index, with all that can be asked of it.
const COMMANDS: [&[&str]; 4] = [
    &["ask", "cache", "--jsonl"],
    &["ask", "cache", "--jsonl", "--exact"],
    &["ask", "cache", "--jsonl", "--since", "2020"],
    &["info", "--json"],
];

/// Places in each file where a bit is flipped, evenly spread.
const FLIPS: usize = 12;

#[test]
fn a_damaged_file_is_refused_by_name_and_never_answers_wrongly() {
    let sandbox = Sandbox::with_papers();
    let files = files_of(&sandbox.path(DEFAULT_INDEX));
    assert_eq!(files.len(), 7, "{files:?}");
    let answers = COMMANDS.map(|command| sandbox.run(command).code(0).stdout);
    for file in &files {
        let whole = std::fs::read(file).unwrap();
        for (damage, content) in damages(&whole) {
            match content {
                Some(content) => std::fs::write(file, content).unwrap(),
                None => std::fs::remove_file(file).unwrap(),
            }
            for (command, answer) in COMMANDS.iter().zip(&answers) {
                let outcome = sandbox.run(command);
                if outcome.stdout == *answer {
                    outcome.code(0);
                    continue;
                }
                let place = format!("{} {damage}", file.display());
                let outcome = outcome.code(3).prints_nothing().says("semsearch ");
                let named = outcome.stderr.contains(file.file_name().unwrap().to_str().unwrap());
                // Without CURRENT there is no index, which is another message.
                assert!(named || file.ends_with("CURRENT"), "{place}: {}", outcome.stderr);
            }
            std::fs::write(file, &whole).unwrap();
        }
    }
    assert_eq!(COMMANDS.map(|command| sandbox.run(command).code(0).stdout), answers, "mended, all is well again");
}

#[test]
fn a_file_that_an_answer_needs_cannot_be_damaged_unnoticed() {
    let sandbox = Sandbox::with_papers();
    let mut files = files_of(&sandbox.path(DEFAULT_INDEX));
    // Only adding to the index asks how many tokens a paper has.
    files.retain(|file| !file.ends_with("tokens.u32"));
    assert_eq!(files.len(), 6, "{files:?}");
    for file in &files {
        // A filter asks the columns, and only they can answer it.
        let ask: &[&str] = match file.ends_with("fields.columns") {
            true => &["ask", "cache", "--since", "1900"],
            false => &["ask", "cache"],
        };
        let whole = std::fs::read(file).unwrap();
        let mut flipped = whole.clone();
        // Of an index file the rows, behind the first page; exact search does not read the graph.
        let place = if file.ends_with("vectors.index") { 4200 } else { whole.len() / 2 };
        flipped[place] ^= 0x10;
        // Two bytes, since CURRENT can do without the end of its line.
        for content in [&flipped[..], &whole[..whole.len() - 2], &[]] {
            std::fs::write(file, content).unwrap();
            // Four papers are fewer than are shown, so every document is read.
            sandbox.run(ask).code(3).prints_nothing();
        }
        std::fs::remove_file(file).unwrap();
        sandbox.run(ask).code(3).prints_nothing();
        std::fs::write(file, &whole).unwrap();
    }
    sandbox.run(&["ask", "cache"]).code(0);
}

#[test]
fn files_of_two_indexes_do_not_mix() {
    let sandbox = Sandbox::with_papers();
    let papers = PAPERS.replace("Pruning experts", "Merging experts").replace("\"year\": 2021", "\"year\": 2020");
    sandbox.write("other.jsonl", papers);
    sandbox.run(&["embed", "other.jsonl", "--model", TOY, "--index", "other"]).code(0);
    for file in [
        "generations/g000001/manifest.json",
        "segments/s000001/documents.blocks",
        "segments/s000001/fields.columns",
        "vectors/v000002/vectors.index",
    ] {
        let target = sandbox.path(DEFAULT_INDEX).join(file);
        let whole = std::fs::read(&target).unwrap();
        let foreign = std::fs::read(sandbox.path("other").join(file)).unwrap();
        assert_ne!(whole, foreign, "{file} differs between the two");
        std::fs::write(&target, foreign).unwrap();
        sandbox.run(&["ask", "cache"]).code(3).prints_nothing();
        std::fs::write(&target, whole).unwrap();
    }
}

#[test]
fn a_generation_that_is_gone_is_damage_and_replacing_the_index_mends_it() {
    let sandbox = Sandbox::with_papers();
    std::fs::remove_dir_all(sandbox.path(DEFAULT_INDEX).join("generations/g000001")).unwrap();
    sandbox.run(&["ask", "cache"]).code(3).says("semsearch repair").prints_nothing();
    sandbox.run(&["embed", "papers.jsonl"]).code(3).says("semsearch repair").prints_nothing();
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--replace"]).code(0);
    sandbox.run(&["ask", "cache"]).code(0);
}

#[test]
fn a_missing_index_is_named_with_the_command_that_makes_one() {
    let sandbox = Sandbox::new();
    for command in [&["ask", "cache"][..], &["info"], &["bench"]] {
        let place = sandbox.path(DEFAULT_INDEX);
        let expected = format!("there is no index in {}", place.display());
        sandbox.run(command).code(3).says(&expected).says("make one with `semsearch embed").prints_nothing();
        let elsewhere = [command, &["--index", "elsewhere"]].concat();
        sandbox
            .run(&elsewhere)
            .code(3)
            .says("no index in elsewhere")
            .says("semsearch embed INPUT... --index elsewhere");
    }
    assert!(!sandbox.path("elsewhere").exists(), "asking makes nothing");
}

/// Everything in an index that holds something; the lock file is empty and stays so.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else if path.metadata().unwrap().len() > 0 {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Ways to damage a file, each with its name; `None` is to remove it.
fn damages(whole: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = vec![
        ("removed".to_owned(), None),
        ("emptied".to_owned(), Some(Vec::new())),
        ("cut in half".to_owned(), Some(whole[..whole.len() / 2].to_vec())),
        ("cut by a byte".to_owned(), Some(whole[..whole.len() - 1].to_vec())),
        ("longer by a byte".to_owned(), Some([whole, &[0]].concat())),
        ("zeroed".to_owned(), Some(vec![0; whole.len()])),
    ];
    for flip in 0..FLIPS {
        let at = flip * (whole.len() - 1) / (FLIPS - 1);
        let mut content = whole.to_vec();
        content[at] ^= 1 << (flip % 8);
        all.push((format!("flipped at byte {at}"), Some(content)));
    }
    all
}

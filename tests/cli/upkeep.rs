//! `verify` and `repair`: what is damaged is named, each damage once, and what can be mended is.

use std::path::{Path, PathBuf};

use crate::harness::{DEFAULT_INDEX, Sandbox, fields, number, text};

#[test]
fn a_whole_index_verifies_with_code_0() {
    let sandbox = Sandbox::with_papers();
    let outcome = sandbox.run(&["verify"]).code(0).prints("whole: 4 papers").prints("index: ");
    assert!(!outcome.stdout.contains("damaged"), "{}", outcome.stdout);
    let report = sandbox.run(&["verify", "--json"]).code(0).json();
    let expected =
        ["bytes", "damages", "documents", "files", "generation", "index", "notes", "schema", "unreadable", "whole"];
    assert_eq!(fields(&report), expected);
    assert_eq!((text(&report, "/schema"), number(&report, "/documents")), ("semsearch.verify/1", 4.0));
    assert_eq!((number(&report, "/files"), report["whole"].as_bool()), (4.0, Some(true)));
}

#[test]
fn every_damage_is_named_with_its_file_and_what_to_do() {
    let sandbox = Sandbox::with_papers();
    for file in ["documents.blocks", "fields.columns", "vectors.index", "tokens.u32"] {
        flip_last_byte(&find(&sandbox.path(DEFAULT_INDEX), file));
    }
    let report = sandbox.run(&["verify", "--json"]).code(3).json();
    let damages = report["damages"].as_array().unwrap();
    for file in ["documents.blocks", "fields.columns", "vectors.index", "tokens.u32"] {
        let of_file = damages.iter().filter(|damage| text(damage, "/file").ends_with(file)).count();
        assert_eq!(of_file, 1, "{file}: {damages:?}");
    }
    assert!(damages.iter().all(|damage| text(damage, "/remedy").contains("semsearch repair")), "{damages:?}");
    let outcome = sandbox.run(&["verify"]).code(3);
    assert_eq!(outcome.stdout.lines().filter(|line| line.starts_with("damaged: ")).count(), damages.len());
}

#[test]
fn a_missing_index_is_no_damaged_one() {
    let sandbox = Sandbox::new();
    sandbox.run(&["verify"]).code(3).says("there is no index in").prints_nothing();
}

fn flip_last_byte(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// The only file of this name.
fn find(folder: &Path, name: &str) -> PathBuf {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() == name {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found.remove(0)
}

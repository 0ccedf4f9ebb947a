//! `verify` and `repair`: what is damaged is named, each damage once, and what can be mended is.

use std::path::{Path, PathBuf};

use crate::harness::{DEFAULT_INDEX, Sandbox, TOY, fields, number, text};

#[test]
fn damaged_words_are_found_and_made_again_without_a_model() {
    let sandbox = Sandbox::with_papers();
    let answer = || sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout;
    let before = answer();
    let words = sandbox.path(DEFAULT_INDEX).join("segments/s000001/words.lexical");
    let mut bytes = std::fs::read(&words).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&words, bytes).unwrap();
    sandbox
        .run(&["verify"])
        .code(3)
        .prints("words.lexical")
        .prints("`semsearch repair` makes them anew from the papers");
    sandbox.run(&["repair"]).code(0).prints("words.lexical: made anew from the papers");
    assert_eq!(answer(), before);
}

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
    assert_eq!((number(&report, "/files"), report["whole"].as_bool()), (5.0, Some(true)));
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

#[test]
fn repair_mends_what_verify_found_and_a_second_one_finds_nothing() {
    let sandbox = Sandbox::with_papers();
    let before = sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout;
    for file in ["fields.columns", "tokens.u32"] {
        flip_last_byte(&find(&sandbox.path(DEFAULT_INDEX), file));
    }
    sandbox
        .run(&["repair", "--dry-run"])
        .code(0)
        .prints("fields.columns: made anew")
        .prints("dry run, nothing was changed");
    sandbox.run(&["verify"]).code(3);
    let report = sandbox.run(&["repair", "--json"]).code(0).json();
    assert_eq!((text(&report, "/schema"), number(&report, "/documents")), ("semsearch.repair/1", 4.0));
    assert_eq!(report["actions"].as_array().unwrap().len(), 2, "{report}");
    sandbox.run(&["verify"]).code(0);
    assert_eq!(sandbox.run(&["ask", "cache", "--jsonl"]).code(0).stdout, before);
    sandbox.run(&["repair"]).code(0).prints("nothing to repair");
}

#[test]
fn what_is_exported_and_imported_answers_the_same_bit_for_bit() {
    let sandbox = Sandbox::with_papers();
    let before = answered(&sandbox, DEFAULT_INDEX);
    for (format, vectors) in [("npy", "vectors.npy"), ("fbin", "vectors.fbin")] {
        sandbox.run(&["export", "--to", format, "--format", format]).code(0).prints("4 papers in");
        sandbox.run(&["export", "--to", format, "--format", format]).code(2).says("exists already").prints_nothing();
        let [documents, vectors, record] =
            ["documents.jsonl", vectors, "export.json"].map(|file| format!("{format}/{file}"));
        let index = format!("index-{format}");
        let import = ["import", &documents, "--vectors", &vectors, "--model-record", &record, "--index", &index];
        sandbox.run(&import).code(0).prints("4 new, 0 changed, 0 unchanged; 4 papers in the index");
        assert_eq!(answered(&sandbox, &index), before, "{format}");
        sandbox.run(&["verify", "--index", &index]).code(0);
        sandbox.run(&import).code(0).prints("0 new, 0 changed, 4 unchanged; 4 papers in the index");
    }
}

/// What a question finds, with all that is known of it but where it was read.
fn answered(sandbox: &Sandbox, index: &str) -> Vec<serde_json::Value> {
    let mut lines = sandbox.run(&["ask", "cache", "--jsonl", "--index", index]).code(0).json_lines();
    for line in &mut lines {
        let places = line["source"].take();
        assert!(places.as_array().is_some_and(|places| !places.is_empty()), "{places}");
    }
    lines
}

#[test]
fn a_table_is_written_and_embedded_from_again() {
    let sandbox = Sandbox::with_papers();
    let before = answered(&sandbox, DEFAULT_INDEX);
    let export = ["export", "--to", "out.parquet", "--format", "parquet"];
    sandbox.run(&export).code(0).prints("4 papers in out.parquet");
    sandbox.run(&export).code(2).says("exists already").prints_nothing();
    let nowhere = sandbox.run(&["export", "--to", "nowhere/out.parquet", "--format", "parquet"]).code(2);
    nowhere.says("there is no folder nowhere to make the export in").prints_nothing();
    // Where a paper was read is part of it; its vector is not made anew.
    sandbox.run(&["embed", "out.parquet"]).code(0).prints("4 papers keep the vector that their text has in the index");
    assert_eq!(answered(&sandbox, DEFAULT_INDEX), before);
}

#[test]
fn a_table_that_was_exported_is_imported_with_its_vectors_and_its_model() {
    let sandbox = Sandbox::with_papers();
    let before = answered(&sandbox, DEFAULT_INDEX);
    sandbox.run(&["export", "--to", "out.parquet"]).code(0).prints("4 papers in out.parquet");
    // No model is needed, and none is named.
    let no_models = [("SEMSEARCH_MODELS", sandbox.path("nowhere").display().to_string())];
    let no_models = no_models.each_ref().map(|(name, value)| (*name, value.as_str()));
    let import = ["import", "out.parquet", "--index", "copy"];
    sandbox
        .run_with_variables(&import, &no_models)
        .code(0)
        .prints("4 new, 0 changed, 0 unchanged; 4 papers in the index");
    assert_eq!(answered(&sandbox, "copy"), before);
    sandbox.run(&["verify", "--index", "copy"]).code(0);
    sandbox.run(&import).code(0).prints("0 new, 0 changed, 4 unchanged; 4 papers in the index");
    // The vectors alone, of papers from elsewhere.
    let vectors = ["import", "papers.jsonl", "--vectors", "out.parquet", "--index", "third"];
    sandbox.run(&vectors).code(0).prints("4 new, 0 changed, 0 unchanged; 4 papers in the index");
    assert_eq!(answered(&sandbox, "third"), before);

    sandbox.run(&["import", "papers.jsonl", "--index", "other"]).code(2).says("Parquet");
    sandbox.run(&["import", "papers.jsonl", "out.parquet", "--index", "other"]).code(2).says("--vectors");
    let whole = std::fs::read(sandbox.path("out.parquet")).unwrap();
    sandbox.write("cut.parquet", &whole[..whole.len() - 9]);
    sandbox.run(&["import", "cut.parquet", "--index", "other", "--json"]).code(2).prints_nothing();
    assert!(!sandbox.path("other").exists());
}

#[test]
fn vectors_that_do_not_fit_are_refused() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["export", "--to", "out", "--format", "fbin"]).code(0);
    let import = |vectors: &str, more: &[&str]| {
        let all = ["import", "out/documents.jsonl", "--vectors", vectors, "--index", "other"];
        sandbox.run(&[&all[..], more].concat())
    };
    let record = ["--model-record", "out/export.json"];
    let whole = std::fs::read(sandbox.path("out/vectors.fbin")).unwrap();
    let with = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        sandbox.write(name, bytes);
    };
    with("short.fbin", &|bytes| {
        bytes[0] = 3;
        bytes.truncate(8 + 3 * 32 * 4);
    });
    import("short.fbin", &record).code(2).says("3 rows for 4 papers");
    with("cut.fbin", &|bytes| bytes.truncate(100));
    import("cut.fbin", &record).code(2).says("not as many");
    with("nan.fbin", &|bytes| bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes()));
    import("nan.fbin", &record).code(2).says("row 0 holds a number that is not finite");
    with("long.fbin", &|bytes| bytes[8..12].copy_from_slice(&9.0_f32.to_le_bytes()));
    import("long.fbin", &record).code(2).says("row 0 has length").says("--normalise");
    import("out/vectors.fbin", &[]).code(2).says("which model made the vectors");
    assert!(!sandbox.path("other").exists(), "nothing is left of what was refused");
    import("long.fbin", &[&record[..], &["--normalise"]].concat()).code(0).prints("1 vector scaled to length 1");
    let zeros = "0".repeat(64);
    import("out/vectors.fbin", &["--fingerprint", &zeros, "--model", TOY]).code(2).says("has fingerprint");
}

#[test]
fn info_says_what_each_part_takes() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["info", "--memory"]).code(0).prints("graph search").prints("s000001");
    let report = sandbox.run(&["info", "--memory", "--json"]).code(0).json();
    assert_eq!((text(&report, "/schema"), number(&report, "/total/rows")), ("semsearch.memory/1", 4.0));
    assert_eq!(report["segments"].as_array().unwrap().len(), 1);
    assert_eq!(number(&report, "/total/vectors_bytes"), 4.0 * 32.0 * 4.0);
}

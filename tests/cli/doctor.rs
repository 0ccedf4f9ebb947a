//! `semsearch doctor`: what this machine gets, and what to do about the rest.

use serde_json::Value;

use crate::harness::{DEFAULT_INDEX, Sandbox, copy_toy};

/// The check of this name.
fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

#[test]
fn a_machine_without_an_index_is_told_how_to_make_one() {
    let sandbox = Sandbox::new();
    let report = sandbox.run(&["doctor", "--json"]).code(0).says_nothing().json();
    assert_eq!(report["healthy"], true);
    assert_eq!(check(&report, "index")["state"], "advice");
    for name in ["processor", "threads", "memory", "disk", "gpu", "model"] {
        check(&report, name);
    }
    assert!(report["cores"].as_u64().unwrap() >= 1);
    sandbox.run(&["doctor"]).code(0).prints("semsearch embed FILE...").prints("It works.");
}

#[test]
fn an_index_that_is_whole_is_said_to_be() {
    let sandbox = Sandbox::with_papers();
    let report = sandbox.run(&["doctor", "--json"]).code(0).json();
    for name in ["index", "format", "model"] {
        assert_eq!(check(&report, name)["state"], "good", "{report}");
    }
    assert!(check(&report, "index")["found"].as_str().unwrap().starts_with("4 papers in "));
    sandbox.run(&["diagnose"]).code(0).prints("every file is whole");
}

#[test]
fn damage_is_a_fault_with_its_remedy() {
    let sandbox = Sandbox::with_papers();
    let segments = sandbox.path(DEFAULT_INDEX).join("segments");
    let segment = std::fs::read_dir(segments).unwrap().next().unwrap().unwrap().path();
    let documents = std::fs::read_dir(segment).unwrap().map(|entry| entry.unwrap().path());
    let columns = documents.into_iter().find(|path| path.to_string_lossy().ends_with(".columns")).unwrap();
    let mut bytes = std::fs::read(&columns).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&columns, bytes).unwrap();
    let report = sandbox.run(&["doctor", "--json"]).code(3).json();
    assert_eq!(report["healthy"], false);
    let index = check(&report, "index");
    assert_eq!(index["state"], "fault");
    assert!(index["advice"].as_str().unwrap().contains("semsearch repair"), "{index}");
    sandbox.run(&["doctor"]).code(3).prints("FAULT").prints("1 fault to mend.");
}

#[test]
fn a_model_that_is_gone_is_a_fault_and_the_index_is_still_looked_at() {
    let sandbox = Sandbox::with_papers();
    copy_toy(&sandbox, "mine");
    sandbox.run(&["embed", "papers.jsonl", "--model", "mine", "--index", "other"]).code(0);
    std::fs::remove_dir_all(sandbox.path("mine")).unwrap();
    let report = sandbox.run(&["doctor", "--index", "other", "--json"]).code(4).json();
    assert_eq!(check(&report, "model")["state"], "fault");
    assert_eq!(check(&report, "index")["state"], "good");
}

#[test]
fn fewer_threads_than_cores_are_noticed() {
    let sandbox = Sandbox::new();
    let report = sandbox.run_with_variables(&["doctor", "--json"], &[("RAYON_NUM_THREADS", "1")]).code(0).json();
    let expected = if report["cores"] == 1 { "good" } else { "advice" };
    assert_eq!(check(&report, "threads")["state"], expected);
}

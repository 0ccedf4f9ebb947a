//! Every trial in its short form, with fixed seeds.
//!
//! Each trial runs as a process of its own. A process that starts another one shares its locks with it for a moment, so
//! parallel trials in one process would find collections busy that no process writes to.
#![expect(clippy::print_stdout, reason = "says what was done, and by which seed")]

use std::process::Command;

/// Runs a trial with the amount for every change.
fn passes(name: &str, seed: u64) {
    let program = env!("CARGO_BIN_EXE_semsearch-torture");
    let output = Command::new(program).args(["run", name, "--seed", &seed.to_string()]).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    println!("{text}");
    assert!(output.status.success(), "{}: {text}", output.status);
}

#[test]
fn no_acknowledged_change_is_lost_when_the_process_is_killed() {
    passes("kill", 1);
}

#[test]
fn a_change_that_ends_at_any_point_is_made_or_not() {
    passes("points", 2);
}

#[test]
fn any_operation_on_a_file_may_fail() {
    passes("nth", 3);
}

#[test]
fn damage_is_noticed_and_named() {
    passes("damage", 4);
}

#[test]
fn a_repair_makes_it_whole_and_no_single_bit_costs_a_document() {
    passes("repair", 11);
}

#[test]
fn files_made_to_deceive_do_no_harm() {
    passes("hostile", 5);
}

#[test]
fn answers_are_those_of_comparing_with_every_document() {
    passes("model", 6);
}

#[test]
fn recall_does_not_suffer_from_papers_that_come_and_go() {
    passes("churn", 7);
}

#[test]
fn every_reader_sees_one_generation() {
    passes("readers", 8);
}

#[test]
fn a_full_disk_costs_nothing_but_the_change() {
    passes("disk-full", 9);
}

#[test]
fn files_that_claim_to_be_enormous_are_refused() {
    passes("memory", 10);
}

//! Without a network: everything works once the model is here, and says what to do while it is not.

use semsearch_testing::needs;

use crate::harness::{Outcome, PAPERS, REAL, Sandbox, left_out};

#[test]
fn a_model_that_is_not_here_is_refused_with_how_to_get_it() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    let by_flag = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env_remove("HF_HUB_OFFLINE").arg("--offline");
        sandbox.finish(command, "")
    };
    let by_variable = |arguments: &[&str]| sandbox.run_with_variables(arguments, &[("HF_HUB_OFFLINE", "1")]);
    for arguments in [&["embed", "papers.jsonl"][..], &["encode", "x"], &["model", "pull"]] {
        for outcome in [by_flag(arguments), by_variable(arguments)] {
            let outcome = outcome.code(4).prints_nothing();
            let outcome =
                outcome.says("model `all-MiniLM-L6-v2` is not on this machine and the network is switched off");
            outcome.says("semsearch model pull all-MiniLM-L6-v2").says("semsearch model add DIR");
        }
    }
}

#[test]
fn embedding_and_asking_need_no_network() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    sandbox.write("papers.jsonl", PAPERS);
    // A network of its own with nothing in it, not even a loopback that is up.
    if !starts(&sandbox, &["unshare", "--user", "--map-root-user", "--net", "true"]) {
        return left_out("network namespaces", "`unshare` makes none here");
    }
    let run = |arguments: &[&str]| {
        through(&sandbox, &[&["unshare", "--user", "--map-root-user", "--net"], arguments].concat())
    };
    let program = env!("CARGO_BIN_EXE_semsearch");
    run(&[program, "embed", "papers.jsonl"]).code(0).prints("4 papers embedded with all-MiniLM-L6-v2");
    run(&[program, "ask", "mixture of experts", "-k", "1"]).code(0).prints("Pruning experts");
}

#[test]
fn embedding_and_asking_open_no_socket() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    sandbox.write("papers.jsonl", PAPERS);
    let strace = ["strace", "-f", "-e", "trace=network", "-o", "calls"];
    if !needs::strace(starts(&sandbox, &[&strace[..], &["true"]].concat())) {
        return;
    }
    let program = env!("CARGO_BIN_EXE_semsearch");
    for arguments in [&["embed", "papers.jsonl"][..], &["ask", "cache"], &["encode", "cache", "--model", REAL]] {
        through(&sandbox, &[&strace[..], &[program], arguments].concat()).code(0);
        let calls = std::fs::read_to_string(sandbox.path("calls")).unwrap();
        assert!(calls.contains("exited with 0"), "strace watched: {calls}");
        // A pair of sockets joined to each other is how a signal handler wakes its thread; it leads nowhere.
        let outside: Vec<&str> =
            calls.lines().filter(|call| call.contains("socket(") || call.contains("connect(")).collect();
        assert!(outside.is_empty(), "{arguments:?}: {outside:?}");
    }
}

/// Whether a helper of the system can be run at all.
fn starts(sandbox: &Sandbox, arguments: &[&str]) -> bool {
    sandbox.command_of(arguments[0]).args(&arguments[1..]).output().is_ok_and(|output| output.status.success())
}

/// Runs `semsearch` through such a helper, with neither `--offline` nor its variable: nothing may be needed to keep it
/// from the network.
fn through(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command_of(arguments[0]);
    command.args(&arguments[1..]).env_remove("HF_HUB_OFFLINE");
    sandbox.finish(command, "")
}

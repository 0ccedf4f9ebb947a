//! Completions know what this machine has, in every shell, and say where they were installed.

use crate::harness::{Sandbox, TOY, copy_toy};

/// What a shell is answered for the last of these words.
fn answered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let place = (words.len() - 1).to_string();
    let variables = [("SEMSEARCH_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", &*place), ("_CLAP_IFS", "\n")];
    let outcome = sandbox.run_with_variables(&[&["--"], words].concat(), &variables).code(0).says_nothing();
    outcome.stdout.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn commands_and_flags_are_completed() {
    let sandbox = Sandbox::new();
    assert_eq!(answered(&sandbox, &["semsearch", "emb"]), ["embed"]);
    assert_eq!(answered(&sandbox, &["semsearch", "ask", "cache", "--rer"]), ["--rerank"]);
    assert_eq!(answered(&sandbox, &["semsearch", "ask", "cache", "--mode", "d"]), ["dense"]);
    assert_eq!(answered(&sandbox, &["semsearch", "facets", "--by", "y"]), ["year"]);
    let all = answered(&sandbox, &["semsearch", ""]);
    assert!(all.contains(&"doctor".to_owned()) && !all.contains(&"search".to_owned()), "no guesses: {all:?}");
}

#[test]
fn values_come_from_the_models_and_the_index() {
    let sandbox = Sandbox::with_papers();
    let of = |words: &[&str]| answered(&sandbox, words);
    assert_eq!(of(&["semsearch", "ask", "x", "--model", "sta"]), ["static"]);
    assert_eq!(of(&["semsearch", "model", "show", "all-M"]), ["all-MiniLM-L6-v2"]);
    assert_eq!(of(&["semsearch", "similar", "ca"]), ["cache"]);
    assert_eq!(of(&["semsearch", "similar", "cache", "pru"]), ["prune"]);
    assert_eq!(of(&["semsearch", "remove", "d"]), ["draft"]);
    assert_eq!(of(&["semsearch", "ask", "x", "--like", "gr"]), ["graph"]);
    assert_eq!(of(&["semsearch", "ask", "x", "--author", "ada"]), ["Ada Example"]);
    assert_eq!(of(&["semsearch", "ask", "x", "--org", "Ex"]), ["Example Lab"]);
    assert_eq!(of(&["semsearch", "ask", "x", "--source", "pap"]), ["papers.jsonl"]);
    assert_eq!(of(&["semsearch", "ask", "x", "--year", "20"]).len(), 3);
    assert_eq!(of(&["semsearch", "ask", "x", "--where", "year > 2020 and cat"]), ["year > 2020 and category"]);
    sandbox.run(&["searches", "add", "caches", "cache"]).code(0);
    assert_eq!(of(&["semsearch", "new", "c"]), ["caches"]);
}

#[test]
fn an_index_on_the_line_is_the_one_that_is_asked() {
    let sandbox = Sandbox::with_papers();
    sandbox
        .write("other.jsonl", r#"{"id": "tides", "title": "On tides", "abstract": "x", "keywords": ["oceanography"]}"#);
    sandbox.run(&["embed", "other.jsonl", "--model", TOY, "--index", "other"]).code(0);
    let of = |words: &[&str]| answered(&sandbox, words);
    assert_eq!(of(&["semsearch", "similar", "--index", "other", "t"]), ["tides"]);
    assert_eq!(of(&["semsearch", "ask", "x", "--index=other", "--category", "oc"]), ["oceanography"]);
    assert!(of(&["semsearch", "similar", "--index", "nowhere", "t"]).is_empty());
    copy_toy(&sandbox, "otherwise");
    let folders = of(&["semsearch", "info", "--index", "oth"]);
    assert_eq!(folders.len(), 2, "{folders:?}");
    assert!(folders[0].starts_with("other") && !folders[0].starts_with("otherwise"), "an index first: {folders:?}");
}

#[test]
fn a_shell_completes_by_its_script() {
    let sandbox = Sandbox::with_papers();
    for (shell, sign) in [("bash", "complete -"), ("zsh", "#compdef semsearch"), ("fish", "--command semsearch")] {
        let script = sandbox.run(&["completions", shell]).code(0).says_nothing().prints(sign).stdout;
        sandbox.write(shell, script);
        // The shell's own opinion, where the shell is there.
        if let Ok(check) = sandbox.command_of(shell).args(["-n", shell]).output() {
            assert!(check.status.success(), "{shell}: {}", String::from_utf8_lossy(&check.stderr));
        }
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_semsearch")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let line = "source ./bash; COMP_WORDS=(semsearch similar ca); COMP_CWORD=2; COMP_TYPE=9; \
                eval \"$(complete -p semsearch | sed 's/.*-F \\([^ ]*\\).*/\\1/') semsearch ca similar\"; echo \"${COMPREPLY[@]}\"";
    let mut bash = sandbox.command_of("bash");
    bash.args(["-c", line]).env("PATH", path);
    if let Ok(output) = bash.output() {
        let reply = String::from_utf8_lossy(&output.stdout);
        assert_eq!(reply.trim(), "cache", "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn installing_says_what_was_done_and_what_is_left() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| {
        let config = sandbox.path("config").display().to_string();
        sandbox.run_with_variables(arguments, &[("XDG_CONFIG_HOME", &config), ("SHELL", "/bin/bash")])
    };
    for (shell, file, next) in [
        ("bash", "data/bash-completion/completions/semsearch", "Open a new shell"),
        ("zsh", "data/zsh/site-functions/_semsearch", "fpath="),
        ("fish", "config/fish/completions/semsearch.fish", "Open a new shell"),
    ] {
        run(&["completions", shell, "--install"]).code(0).prints("wrote ").prints(file).prints(next);
        assert!(sandbox.path(file).exists(), "{file}");
        run(&["completions", shell, "--install"]).code(0).prints("replaced ");
    }
    run(&["completions", "--install"]).code(0).prints("bash-completion/completions/semsearch");
    run(&["completions", "elvish", "--install"]).code(2).says("semsearch completions elvish").prints_nothing();
}

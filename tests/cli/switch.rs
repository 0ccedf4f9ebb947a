//! Another model for an index: embedded beside the first, compared, cut over to, gone back from; killed in between; and
//! its questions answered before it is done, where a bridge was measured to lead far enough.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use semsearch_testing::Random;
use serde_json::Value;

use crate::harness::{DEFAULT_INDEX, PAPERS, Sandbox, TOY, hits, ids, left_out, number, text};

const PAPERS_OF_MANY: u64 = 3_000;
/// Bytes of a checkpoint's head, and of a record of so many numbers.
const HEAD: u64 = 96;
const fn record(dimension: u64) -> u64 {
    32 + 4 * dimension
}

/// The toy model with half of its numbers: another model, whose vectors have much to do with the whole ones.
const SHORT: [&str; 6] = ["model", "switch", TOY, "--dim", "16", "--json"];

/// Papers of a few words each, all different.
fn many() -> String {
    let words = "graph search index vector query beam layer cache token model image speech protein policy agent reward \
                 noise prior kernel sparse dense recall metric corpus topic author citation stream batch memory";
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let mut random = Random::new(1);
    let mut some = |count: usize| (0..count).map(|_| words[random.index(words.len())]).collect::<Vec<_>>().join(" ");
    let mut line = |number: u64| {
        format!("{{\"id\": \"{number}\", \"title\": \"{}\", \"abstract\": \"{} {number}\"}}\n", some(4), some(24))
    };
    (0..PAPERS_OF_MANY).map(&mut line).collect()
}

fn sandbox_of_many(model: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("many.jsonl", many());
    sandbox.run(&["embed", "many.jsonl", "--model", model]).code(0);
    sandbox
}

/// The vectors that a switch has made so far.
fn made(sandbox: &Sandbox, dimension: u64) -> u64 {
    checkpoint(sandbox, "vectors").map_or(0, |path| path.metadata().unwrap().len()).saturating_sub(HEAD)
        / record(dimension)
}

/// A file of the checkpoint by a part of its name.
fn checkpoint(sandbox: &Sandbox, part: &str) -> Option<PathBuf> {
    let files = std::fs::read_dir(sandbox.path(DEFAULT_INDEX).join("checkpoint")).ok()?;
    let mut paths = files.map(|file| file.unwrap().path());
    paths.find(|path| path.file_name().unwrap().to_str().unwrap().contains(part))
}

/// Starts a switch, and waits until it has come so far.
fn begin(sandbox: &Sandbox, arguments: &[&str], has_come: impl Fn() -> bool) -> Child {
    let mut command = sandbox.command(arguments);
    command.args(["--threads", "1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while !has_come() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before that");
        assert!(started.elapsed() < Duration::from_secs(300), "it does not come so far");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn status(sandbox: &Sandbox) -> Value {
    sandbox.run(&["model", "switch", "--status", "--json"]).code(0).json()
}

fn scores(answer: &Value) -> Vec<(String, f64)> {
    hits(answer).iter().map(|hit| (text(hit, "/id").to_owned(), number(hit, "/score"))).collect()
}

/// Answers are those of an index that was made with the model from the start.
fn expect_answers_of(sandbox: &Sandbox, index: &str, asked: &[&str]) {
    for question in ["graph search", "protein memory", "citation of an author"] {
        let expected = sandbox.run(&["ask", question, "--json", "--exact", "--index", index]).code(0).json();
        let found = sandbox.run(&[&["ask", question, "--json", "--exact"], asked].concat()).code(0).json();
        let (found, expected) = (scores(&found), scores(&expected));
        assert_eq!(found.len(), expected.len());
        for (one, other) in found.iter().zip(&expected) {
            assert!((one.1 - other.1).abs() < 1e-5, "{question}: {found:?}, expected {expected:?}");
        }
    }
}

#[test]
fn a_model_is_embedded_beside_compared_cut_over_to_gone_back_from_and_dropped() {
    let sandbox = Sandbox::with_papers();
    let before = sandbox.run(&["ask", "cache", "--json"]).code(0).json();

    let outcome = sandbox.run(&["model", "switch", "static"]).code(0);
    let outcome = outcome.prints("4 papers embedded").prints("over 4 questions").prints("are the same");
    outcome.prints("the index answers with model").prints("cut over with `semsearch model switch --commit`");
    let now = status(&sandbox);
    assert_eq!((text(&now, "/active/name"), text(&now, "/others/0/name")), ("model", "static"));
    assert_eq!((text(&now, "/others/0/state"), number(&now, "/others/0/embedded")), ("ready", 4.0));
    let unchanged = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(scores(&unchanged), scores(&before), "nothing changes before it is cut over");
    let info = sandbox.run(&["info", "--json"]).code(0).json();
    assert_eq!((text(&info, "/other_models/0/name"), text(&info, "/other_models/0/state")), ("static", "ready"));
    sandbox.run(&["info"]).code(0).prints("beside it    static (368 dimensions): ready to be cut over to");

    // Everything is embedded, so its own vectors answer, before and after.
    sandbox.run(&["embed", "papers.jsonl", "--model", "static", "--index", "whole"]).code(0);
    expect_answers_of(&sandbox, "whole", &["--model", "static"]);
    sandbox.run(&["model", "switch", "--commit"]).code(0).prints("switched: the index answers with static");
    let answer = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(text(&answer, "/model"), "static");
    assert!(answer.get("bridged").is_none(), "{answer}");
    expect_answers_of(&sandbox, "whole", &[]);
    sandbox.run(&["model", "switch", "--commit"]).code(2).says("there is no other model to switch to");

    sandbox.run(&["model", "switch", "--rollback"]).code(0).prints("back: the index answers with model");
    let back = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(scores(&back), scores(&before));
    // And forward again: both are kept.
    sandbox.run(&["model", "switch", "--rollback"]).code(0).prints("answers with static");
    sandbox.run(&["model", "switch", "--rollback"]).code(0);
    let refused = sandbox.run(&["model", "switch", "--commit"]).code(2);
    refused.says("static answered before").says("`semsearch model switch --rollback` goes back to it");
    sandbox.run(&["model", "switch", "static", "--commit"]).code(0).prints("switched: the index answers with static");
    sandbox.run(&["model", "switch", "static", "--commit"]).code(2).says("answers with model `static` already");
    sandbox.run(&["model", "switch", "--rollback"]).code(0);

    sandbox.run(&["model", "switch", "--forget"]).code(0).prints("vectors of other models dropped");
    assert_eq!(status(&sandbox)["others"], serde_json::json!([]));
    sandbox.run(&["ask", "cache", "--model", "static"]).code(4).says("semsearch model switch static");
    let refused = sandbox.run(&["model", "switch", "--rollback"]).code(2);
    refused.says("the index keeps no vectors of one that answered before model");
    assert_eq!(scores(&sandbox.run(&["ask", "cache", "--json"]).code(0).json()), scores(&before));
}

#[test]
fn a_killed_switch_goes_on_while_papers_come_and_go() {
    let sandbox = sandbox_of_many("static");
    let switch = ["model", "switch", TOY];
    // Killed twice, each time further on.
    let mut before = 0;
    for at in [300, 1_500] {
        kill(begin(&sandbox, &switch, || made(&sandbox, 32) >= at));
        let so_far = made(&sandbox, 32);
        assert!(so_far >= at && so_far >= before && so_far < PAPERS_OF_MANY, "{so_far} vectors are kept");
        before = so_far;
        let now = status(&sandbox);
        assert_eq!((text(&now, "/others/0/state"), number(&now, "/others/0/embedded")), ("embedding", so_far as f64));
        assert_eq!(now["is_running"], false);
    }
    // While it runs: papers are added, removed, merged, and asked for. Nobody waits for the other.
    let child = begin(&sandbox, &switch, || made(&sandbox, 32) > before);
    assert_eq!(status(&sandbox)["is_running"], true);
    sandbox.run(&switch).code(6).says("another process is switching the model");
    sandbox.run(&["model", "switch", "--commit"]).code(6).says("another process is switching the model");
    sandbox.write("more.jsonl", PAPERS);
    sandbox.run(&["embed", "more.jsonl"]).code(0);
    sandbox.run(&["remove", "7", "2999"]).code(0);
    sandbox.run(&["vacuum"]).code(0);
    let answer = sandbox.run(&["ask", "graph search", "--json"]).code(0).json();
    assert_eq!(text(&answer, "/model"), "static");
    kill(child);

    let report = sandbox.run(&[&switch[..], &["--json"]].concat()).code(0).json();
    assert!(number(&report, "/run/resumed") >= before as f64 - 2.0, "{report}");
    assert_eq!(number(&report, "/documents"), PAPERS_OF_MANY as f64 + 2.0);
    assert_eq!(text(&report, "/others/0/state"), "ready");
    assert!(checkpoint(&sandbox, "").is_none(), "what is in the index is not needed twice");
    assert_eq!(number(&report, "/comparison/queries"), 200.0);
    sandbox.run(&["model", "switch", "--commit"]).code(0);

    let kept = many()
        .lines()
        .filter(|line| !line.contains("\"id\": \"7\"") && !line.contains("\"id\": \"2999\""))
        .fold(PAPERS.to_owned(), |mut all, line| {
            all.push_str(line);
            all.push('\n');
            all
        });
    sandbox.write("kept.jsonl", kept);
    sandbox.run(&["embed", "kept.jsonl", "--model", TOY, "--index", "whole"]).code(0);
    expect_answers_of(&sandbox, "whole", &[]);
}

#[test]
fn before_it_is_done_its_questions_are_answered_over_a_bridge_and_marked() {
    let sandbox = sandbox_of_many(TOY);
    sandbox.run(&["ask", "graph", "--model", TOY]).code(0);
    kill(begin(&sandbox, &SHORT, || checkpoint(&sandbox, "bridge-").is_some_and(|path| path.extension().is_none())));
    let now = status(&sandbox);
    let bridge = &now["others"][0]["bridge"];
    assert_eq!((number(bridge, "/fitted_on"), bridge["is_used"].as_bool()), (1000.0, Some(true)), "{now}");
    assert!(number(bridge, "/bridged/mean") >= number(bridge, "/models/mean"), "{now}");

    let ask = ["ask", "graph search with a beam", "--model", TOY];
    // The active model and the new one are in the same folder; the new one is the one that was asked for by its name while
    // it is switched to.
    let outcome = sandbox.run(&[&ask[..], &["--json", "--exact"]].concat()).code(0).says("bridged: model has not");
    let answer = outcome.json();
    let measured = number(&answer, "/bridged/bridged/mean");
    assert_eq!(measured, number(bridge, "/bridged/mean"));
    sandbox.run(&[&ask[..], &["--explain"]].concat()).code(0).says("papers, bridged ");
    let lines = sandbox.run(&[&ask[..], &["--jsonl"]].concat()).code(0).json_lines();
    assert_eq!(lines[0]["bridged"], true);

    // What it finds has to do with what the model finds itself, once it is done.
    sandbox.run(&SHORT).code(0);
    assert!(checkpoint(&sandbox, "").is_none());
    let own = sandbox.run(&[&ask[..], &["--json", "--exact"]].concat()).code(0).json();
    assert!(own.get("bridged").is_none());
    let own = ids(&own);
    assert!(ids(&answer).iter().any(|id| own.contains(id)), "{own:?} and {:?}", ids(&answer));
}

#[test]
fn a_bridge_that_does_not_lead_far_enough_is_refused_with_what_was_measured() {
    let sandbox = sandbox_of_many("static");
    let is_fitted = || checkpoint(&sandbox, "bridge-").is_some_and(|path| path.extension().is_none());
    // A model that sees the first word of a text and nothing else.
    let switch = ["model", "switch", TOY, "--max-tokens", "3"];
    kill(begin(&sandbox, &switch, is_fitted));
    let refused = sandbox.run(&["ask", "graph search", "--model", TOY]).code(4).prints_nothing();
    let refused = refused.says("has not embedded all of it").says("queries of the new model find");
    refused.says("at least 30 % are needed").says("150 queries, 500 documents");
    let shown = sandbox.run(&["model", "switch", "--status"]).code(0);
    shown.prints("its alignment (bridge) finds too little").prints("go on with `semsearch model switch model`");
    // Neither is a damaged one used, nor does it stop the switch.
    let path = checkpoint(&sandbox, "bridge-").unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    sandbox.run(&["ask", "graph search", "--model", TOY]).code(3).says("damaged");
    sandbox.run(&["ask", "graph search"]).code(0);
    sandbox.run(&switch).code(0);
}

#[test]
fn papers_that_came_after_the_switch_are_embedded_before_it_is_gone_back_from() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "switch", "static", "--commit"]).code(0).prints("switched: the index answers with static");
    let more = "{\"id\": \"new\", \"title\": \"A newcomer\", \"abstract\": \"It came after the switch.\"}\n";
    sandbox.write("more.jsonl", more);
    sandbox.run(&["embed", "more.jsonl"]).code(0).prints("static");
    let back = sandbox.run(&["model", "switch", "--rollback"]).code(0);
    back.says("1 paper came since and is embedded with model first").prints("back: the index answers with model");
    sandbox.write("all.jsonl", format!("{PAPERS}{more}"));
    sandbox.run(&["embed", "all.jsonl", "--model", TOY, "--index", "whole"]).code(0);
    expect_answers_of(&sandbox, "whole", &[]);
    let answer = sandbox.run(&["ask", "a newcomer", "--json"]).code(0).json();
    assert!(ids(&answer).contains(&"new"));
}

#[test]
fn papers_that_came_before_the_cut_over_are_embedded_first() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "switch", "static"]).code(0);
    sandbox.write("more.jsonl", "{\"id\": \"new\", \"title\": \"A newcomer\", \"abstract\": \"In between.\"}\n");
    sandbox.run(&["embed", "more.jsonl"]).code(0).prints("model");
    // Not all is embedded any more, so nothing answers for it unbridged.
    sandbox.run(&["ask", "cache", "--model", "static"]).code(4);
    let outcome = sandbox.run(&["model", "switch", "--commit"]).code(0);
    outcome.says("1 paper came since and is embedded with static first").prints("switched");
    let answer = sandbox.run(&["ask", "a newcomer", "--json"]).code(0).json();
    assert_eq!((text(&answer, "/model"), hits(&answer).len()), ("static", 5));
}

#[test]
fn what_cannot_be_is_refused_and_says_what_to_do() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "switch"]).code(2);
    sandbox.run(&["model", "switch", "static", "--status"]).code(2);
    sandbox.run(&["model", "switch", "--commit", "--rollback"]).code(2);
    sandbox.run(&["model", "switch", "--commit", "--queries", "papers.jsonl"]).code(2);
    sandbox.run(&["model", "switch", TOY]).code(2).says("the index answers with model `model` already");
    sandbox.run(&["model", "switch", "nonsense"]).code(4);
    sandbox.run(&["model", "switch", "static", "--index", "nowhere"]).code(3).says("there is no index");
    assert!(!sandbox.path("nowhere").exists());
    sandbox.run(&["model", "switch", "--status"]).code(0).prints("there is no other model in it");
    assert!(checkpoint(&sandbox, "").is_none(), "nothing is left of what was refused");

    // One that is under way stands in another's way until it is dropped.
    let sandbox = sandbox_of_many("static");
    kill(begin(&sandbox, &["model", "switch", TOY], || made(&sandbox, 32) > 10));
    let other = ["model", "switch", TOY, "--max-tokens", "9"];
    sandbox.run(&other).code(2).says("a switch to model `model` is under way").says("--forget");
    sandbox.run(&["model", "switch", "--forget"]).code(0);
    assert!(checkpoint(&sandbox, "").is_none(), "its vectors are gone");
    sandbox.run(&other).code(0);
}

#[test]
fn two_preparations_are_told_apart_asked_for_and_none_is_dropped() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["model", "switch", "static"]).code(0);
    let second = sandbox.run(&["model", "switch", "static", "--dim", "64"]).code(0);
    let second = second
        .prints("static (368 dimensions): ready; cut over with `semsearch model switch static --dim 368 --commit`");
    second.prints("static (64 dimensions): ready; cut over with `semsearch model switch static --dim 64 --commit`");
    let shown = sandbox.run(&["info"]).code(0).prints("beside it    static (368 dimensions): ready");
    shown.prints("beside it    static (64 dimensions): ready");
    let refused = sandbox.run(&["model", "switch", "--commit"]).code(2).prints_nothing();
    let refused = refused.says("2 models can be switched to: `static` (368 dimensions) and `static` (64 dimensions)");
    refused.says("say which one: `semsearch model switch static --dim 368 --commit`");
    // Neither does its name alone say which.
    sandbox.run(&["model", "switch", "static", "--commit"]).code(2).says("2 models can be switched to");
    sandbox.run(&["model", "switch", "static"]).code(2).says("2 models can be switched to");
    assert_eq!(status(&sandbox)["others"].as_array().unwrap().len(), 2);

    let committed = sandbox.run(&["model", "switch", "static", "--dim", "64", "--commit"]).code(0);
    committed.prints("switched: the index answers with static (64 dimensions)");
    let now = status(&sandbox);
    assert_eq!(number(&now, "/active/dimension"), 64.0);
    let others: Vec<(&str, f64, &str)> = now["others"]
        .as_array()
        .unwrap()
        .iter()
        .map(|other| (text(other, "/name"), number(other, "/dimension"), text(other, "/state")))
        .collect();
    assert_eq!(others, [("model", 32.0, "previous"), ("static", 368.0, "ready")], "the other one is kept");
    // One of several can be dropped by its name.
    sandbox.run(&["model", "switch", "static", "--dim", "32"]).code(0);
    sandbox.run(&["model", "switch", "nosuch", "--forget"]).code(2).says("no vectors of another model `nosuch`");
    sandbox
        .run(&["model", "switch", "static", "--dim", "32", "--forget"])
        .code(0)
        .prints("vectors dropped; the index answers");
    let left = status(&sandbox);
    let left: Vec<f64> = left["others"].as_array().unwrap().iter().map(|other| number(other, "/dimension")).collect();
    assert_eq!(left, [32.0, 368.0], "the one before, and the other preparation");
    // Now there is one, and what two models answered after stays until it is dropped by its name.
    let committed = sandbox.run(&["model", "switch", "--commit"]).code(0);
    committed.prints("switched: the index answers with static (368 dimensions)").prints(
        "model: kept, although two models answered after it; `semsearch model switch model --forget` drops its vectors",
    );
    let kept = status(&sandbox);
    assert_eq!((text(&kept, "/others/0/name"), text(&kept, "/others/0/state")), ("model", "ready"));
    assert_eq!(kept["dropped"], serde_json::json!([]));
    sandbox
        .run(&["model", "switch", "--rollback"])
        .code(0)
        .prints("back: the index answers with static (64 dimensions)");
}

#[test]
fn an_unfinished_preparation_is_named_with_the_command_that_goes_on_with_it() {
    let sandbox = sandbox_of_many(TOY);
    kill(begin(&sandbox, &SHORT, || made(&sandbox, 16) > 10));
    let refused = sandbox.run(&["model", "switch", TOY, "--dim", "8"]).code(2);
    let refused = refused.says("a switch to model `model` is under way, with 16 dimensions");
    refused.says("finish it with `semsearch model switch model --dim 16`");
    let shown =
        sandbox.run(&["model", "switch", "--status"]).code(0).prints("the index answers with model (32 dimensions)");
    shown.prints("go on with `semsearch model switch model --dim 16`");
    // That command goes on with it, though `model` is the name of no model in the store.
    sandbox.run(&["model", "switch", "model", "--dim", "16", "--commit"]).code(0).says("resumed: ");
}

#[test]
fn questions_of_ones_own_are_compared() {
    let sandbox = Sandbox::with_papers();
    sandbox.write("questions.txt", "cache\ngraph of neighbours\nexperts\n");
    let report = sandbox.run(&["model", "switch", "static", "--queries", "questions.txt", "--json"]).code(0).json();
    assert_eq!((number(&report, "/comparison/queries"), text(&report, "/schema")), (3.0, "semsearch.switch/1"));
    let examples = report["comparison"]["examples"].as_array().unwrap();
    assert_eq!(text(&examples[0], "/pick"), "most_different");
    assert!(["cache", "graph of neighbours", "experts"].contains(&text(&examples[0], "/query")));
    // All four papers are in both rankings.
    assert_eq!(number(&report, "/comparison/overlap_at_10/mean"), 1.0);
}

#[test]
fn switching_needs_no_network() {
    let sandbox = Sandbox::with_papers();
    let unshare = ["--user", "--map-root-user", "--net"];
    let starts = sandbox.command_of("unshare").args(unshare).arg("true").output();
    if !starts.is_ok_and(|output| output.status.success()) {
        return left_out("network namespaces", "`unshare` makes none here");
    }
    let run = |arguments: &[&str]| {
        let mut command = sandbox.command_of("unshare");
        command.args(unshare).arg(env!("CARGO_BIN_EXE_semsearch")).args(arguments).env_remove("HF_HUB_OFFLINE");
        sandbox.finish(command, "")
    };
    run(&["model", "switch", "static", "--commit"]).code(0).prints("switched");
    run(&["ask", "cache"]).code(0);
    run(&["model", "switch", "--rollback"]).code(0);
}

#[test]
fn a_comparison_is_a_screen_and_all_of_it_is_for_those_who_ask() {
    let sandbox = sandbox_of_many(TOY);
    let brief = sandbox.run(&["model", "switch", "static"]).code(0);
    assert!(brief.stdout.lines().count() <= 24, "{}", brief.stdout);
    let brief = brief.prints("rank-biased overlap compares whole rankings").prints("docs/comparing.md");
    brief.prints("2 more examples and every paper that moved: --verbose, or --json");
    let whole = sandbox.run(&["model", "switch", "static", "--verbose"]).code(0);
    assert!(whole.stdout.lines().count() > 24, "{}", whole.stdout);
    let report = sandbox.run(&["model", "switch", "static", "--json"]).code(0).json();
    assert_eq!(report["comparison"]["examples"].as_array().unwrap().len(), 4);
}

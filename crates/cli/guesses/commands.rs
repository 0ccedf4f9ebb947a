//! The commands that people type, and what they mean here.

/// What an unknown command means.
#[derive(Debug)]
pub(super) enum Meaning {
    /// One command, which is run.
    Command(&'static [&'static str]),
    /// More than one command, or none: what to do.
    Tip(&'static str),
}

use Meaning::{Command, Tip};

/// The command that a word stands below, the words, and what they mean.
type Row = (&'static [&'static str], &'static [&'static str], Meaning);

/// Stands for the help of whatever follows.
pub(super) const HELP: &[&str] = &["--help"];

const SERVE: &str = "`semsearch serve` answers over HTTP and shows a page; `semsearch ask - --jsonl` answers one question a line, from a pipe";

/// What people type, from the commands of other search programs, of package managers, of git, and of databases.
pub(super) const TABLE: &[Row] = &[
    (&[], &["search", "query", "find", "s", "q", "answer", "question", "lookup", "retrieve"], Command(&["ask"])),
    (
        &[],
        &["index", "add", "update", "sync", "ingest", "load", "build", "create", "insert", "append", "read", "scan"],
        Command(&["embed"]),
    ),
    (&[], &["rm", "delete", "del", "erase"], Command(&["remove"])),
    (&[], &["stats", "status", "stat", "summary", "about", "describe"], Command(&["info"])),
    (&[], &["ls", "papers"], Command(&["list"])),
    (&[], &["get", "cat", "view", "print", "paper"], Command(&["show"])),
    (&[], &["compact", "gc", "optimize", "optimise", "merge", "prune", "shrink"], Command(&["vacuum"])),
    (&[], &["check", "fsck", "validate", "integrity"], Command(&["verify"])),
    (&[], &["fix", "recover", "migrate"], Command(&["repair"])),
    (&[], &["dump", "cite", "bibtex", "bibliography"], Command(&["export"])),
    (&[], &["benchmark", "recall"], Command(&["bench"])),
    (&[], &["evaluate", "evaluation"], Command(&["eval"])),
    (&[], &["duplicates", "dedup", "dedupe", "duplicate"], Command(&["dupes"])),
    (&[], &["related", "like", "neighbors", "neighbours", "nearest", "similarity", "recommend"], Command(&["similar"])),
    (&[], &["models"], Command(&["model", "list"])),
    (&[], &["pull", "download", "fetch"], Command(&["model", "pull"])),
    (&[], &["switch"], Command(&["model", "switch"])),
    (&[], &["distill", "distil"], Command(&["model", "distill"])),
    (&[], &["vector", "vectorize", "vectorise", "vec", "embedding"], Command(&["encode"])),
    (&[], &["preview", "parse", "dry-run"], Command(&["inspect"])),
    (&[], &["facet", "histogram", "group"], Command(&["facets"])),
    (
        &[],
        &["plot", "draw", "picture", "visualize", "visualise", "umap", "tsne", "atlas", "clusters", "topics"],
        Command(&["map"]),
    ),
    (&[], &["news", "whatsnew"], Command(&["new"])),
    (&[], &["diagnose", "diagnostics", "health", "env", "cpu", "gpu"], Command(&["doctor"])),
    (&[], &["completion", "complete"], Command(&["completions"])),
    (&[], &["manual", "manpage"], Command(&["man"])),
    (&[], &["help", "h", "usage"], Command(HELP)),
    (&[], &["version", "ver"], Command(&["--version"])),
    (
        &[],
        &["init", "new-index", "setup", "start"],
        Tip("an index needs no preparation: `semsearch embed FILE...` makes it, and the model is fetched by itself"),
    ),
    (
        &[],
        &["config", "configure", "settings", "set"],
        Tip(
            "semsearch has no configuration file: SEMSEARCH_INDEX names the index, SEMSEARCH_MODELS the models, and flags say \
             the rest",
        ),
    ),
    (&[], &["server", "http", "web", "ui", "gui"], Command(&["serve"])),
    (&[], &["agent", "agents", "stdio"], Command(&["mcp"])),
    (&[], &["api", "daemon", "tui"], Tip(SERVE)),
    (
        &[],
        &["upgrade", "self-update", "selfupdate"],
        Tip(
            "semsearch does not fetch itself: build the new version, then `semsearch doctor` says whether the index needs \
             `semsearch repair`",
        ),
    ),
    (
        &[],
        &["reindex", "rebuild", "re-embed", "refresh"],
        Tip(
            "`semsearch embed FILE... --replace` makes the index anew from files; `semsearch repair` rebuilds what is damaged",
        ),
    ),
    (
        &[],
        &["clear", "reset", "drop", "clean", "destroy", "purge", "uninstall"],
        Tip(
            "`semsearch remove --where 'EXPR'` removes papers, `semsearch vacuum` frees their space; to drop an index, delete \
             its folder, which `semsearch info` names",
        ),
    ),
    (
        &[],
        &["chat", "rag", "summarize", "summarise", "explain"],
        Tip(
            "semsearch finds papers and writes no text: `semsearch ask \"QUESTION\" --json` hands them to a program that does",
        ),
    ),
    (
        &[],
        &["grep", "match", "phrase", "words"],
        Tip(
            "`semsearch ask '\"WORDS IN A ROW\"'` finds papers with these words; `semsearch count \"WORDS\"` counts them",
        ),
    ),
    (
        &[],
        &["filter", "where", "select"],
        Tip(
            "`semsearch ask \"QUESTION\" --where 'EXPR'` chooses papers; so do --since, --author, --category and --venue",
        ),
    ),
    (
        &[],
        &["watch", "alert", "alerts", "subscribe", "save", "saved", "follow"],
        Tip("`semsearch searches add NAME \"QUESTION\"` saves a search; `semsearch new` shows what came in since"),
    ),
    (
        &[],
        &["undo", "revert", "rollback", "restore"],
        Tip(
            "papers that were removed come back by `semsearch embed FILE`; `semsearch model switch --rollback` goes back to \
             the model before",
        ),
    ),
    (
        &[],
        &["backup", "copy", "clone", "push"],
        Tip("an index is one folder, which `semsearch info` names: copy it while nothing writes to it"),
    ),
    (
        &[],
        &["train", "finetune", "fine-tune"],
        Tip(
            "semsearch trains no transformer: `semsearch model distill` makes a static model from one, and `semsearch model \
             add DIR` takes one of your own",
        ),
    ),
    (
        &[],
        &["chart"],
        Tip(
            "`semsearch bench --plot FILE.svg` draws recall against speed, `semsearch eval DIR --plot FILE.svg` measures",
        ),
    ),
    (
        &[],
        &["diff", "compare"],
        Tip(
            "`semsearch model switch NAME` compares two models on an index, `semsearch eval DIR --against NAME` by judgements",
        ),
    ),
    (
        &[],
        &["source", "sources", "files"],
        Tip("`semsearch info` names the sources of an index; `semsearch embed FILE --source NAME` names one"),
    ),
    (
        &[],
        &["test"],
        Tip("`semsearch selftest` measures the index by its own papers, `semsearch doctor` checks this machine"),
    ),
    (&["model"], &["ls", "all"], Command(&["list"])),
    (&["model"], &["download", "fetch", "get", "install", "update"], Command(&["pull"])),
    (&["model"], &["delete", "del", "uninstall"], Command(&["remove"])),
    (&["model"], &["use", "set", "change", "select"], Command(&["switch"])),
    (&["model"], &["import", "copy", "new"], Command(&["add"])),
    (&["model"], &["info", "describe", "status"], Command(&["show"])),
    (&["model"], &["distil", "make", "create"], Command(&["distill"])),
    (&["model"], &["help"], Command(HELP)),
    (&["searches"], &["ls", "show"], Command(&["list"])),
    (&["searches"], &["rm", "delete", "del"], Command(&["remove"])),
    (&["searches"], &["save", "create", "new"], Command(&["add"])),
    (&["searches"], &["run", "check", "update"], Tip("`semsearch new` shows what is new of saved searches")),
    (&["searches"], &["help"], Command(HELP)),
];

/// What a word means below a command.
pub(super) fn meaning(path: &[&str], typed: &str) -> Option<&'static Meaning> {
    let lower = typed.to_ascii_lowercase();
    // A word in capitals, or with an underscore, is that word.
    let word = lower.replace('_', "-");
    TABLE
        .iter()
        .find(|(below, typed, _)| *below == path && typed.contains(&word.as_str()))
        .map(|(_, _, meaning)| meaning)
}

/// The words of the table below a command that mean a command.
pub(super) fn words(path: &[&str]) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    TABLE
        .iter()
        .filter(move |(below, _, _)| *below == path)
        .filter_map(|(_, typed, meaning)| match meaning {
            Command(words) => Some(typed.iter().map(|typed| (*typed, *words))),
            Tip(_) => None,
        })
        .flatten()
}

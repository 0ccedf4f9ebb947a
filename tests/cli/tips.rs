//! What people type before they know the names: it works, or they are told what to type.

use crate::harness::{PAPERS, Sandbox, TOY};

#[test]
fn a_command_by_another_name_with_one_meaning_works() {
    let sandbox = Sandbox::new();
    sandbox.write("papers.jsonl", PAPERS);
    sandbox.run(&["index", "papers.jsonl", "--model", TOY]).code(0);
    for word in ["add", "update", "sync", "ingest", "load", "build", "create"] {
        sandbox.run(&[word, "papers.jsonl", "--model", TOY]).code(0).says("read 4 records");
    }
    for word in ["search", "query", "find", "s", "SEARCH"] {
        sandbox.run(&[word, "cache", "-k", "1"]).code(0).prints("Compressing the cache");
    }
    let cases: [(&[&str], &str); 13] = [
        (&["stats"], "model"),
        (&["status"], "model"),
        (&["related", "cache"], "Walking a graph"),
        (&["neighbours", "cache", "-k", "3"], "Pruning experts"),
        (&["check"], "whole: 4 papers"),
        (&["fsck"], "whole: 4 papers"),
        (&["models"], "all-MiniLM-L6-v2"),
        (&["model", "ls"], "all-MiniLM-L6-v2"),
        (&["models", "show", "static"], "static"),
        (&["model", "info", "static"], "static"),
        (&["benchmark", "--ef", "8"], "recall@10"),
        (&["dump", "--to", "-", "--format", "bibtex"], "@"),
        (&["preview", "papers.jsonl"], "papers.jsonl"),
    ];
    for (arguments, printed) in cases {
        sandbox.run(arguments).code(0).prints(printed);
    }
    for word in ["compact", "gc", "optimize"] {
        sandbox.run(&[word]).code(0);
    }
    sandbox.run(&["duplicates"]).code(0).prints("Compressing the cache");
    sandbox.run(&["searches", "ls", "--json"]).code(1).prints("semsearch.searches/1");
    sandbox.run(&["--offline", "rm", "draft"]).code(0);
    sandbox.run(&["del", "prune", "--quiet"]).code(0);
    sandbox.run(&["stats"]).code(0).prints("2 removed");
}

#[test]
fn help_and_version_are_commands_too() {
    let sandbox = Sandbox::new();
    for (arguments, as_flags) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "ask"], &["ask", "--help"]),
        (&["help", "model", "switch"], &["model", "switch", "--help"]),
        (&["model", "help"], &["model", "--help"]),
        (&["version"], &["--version"]),
        (&["search", "--help"], &["ask", "--help"]),
    ] {
        let (one, other) = (sandbox.run(arguments).code(0), sandbox.run(as_flags).code(0));
        assert!(!one.stdout.is_empty() && one.stdout == other.stdout, "{arguments:?}\n{}", one.stdout);
    }
}

#[test]
fn a_command_with_no_or_several_meanings_is_refused_with_what_to_do() {
    let sandbox = Sandbox::new();
    for (word, told) in [
        ("init", "semsearch embed FILE..."),
        ("config", "SEMSEARCH_INDEX"),
        ("api", "semsearch serve"),
        ("upgrade", "semsearch doctor"),
        ("reindex", "--replace"),
        ("clear", "semsearch remove --where"),
        ("chat", "--json"),
        ("grep", "semsearch count"),
        ("watch", "semsearch searches add"),
        ("backup", "semsearch info"),
        ("train", "semsearch model distill"),
        ("diff", "--against"),
    ] {
        let outcome = sandbox.run(&[word]).code(2).says("tip: ").says(told).prints_nothing();
        assert!(!outcome.stderr.contains("similar"), "{word}: {}", outcome.stderr);
    }
    sandbox.run(&["searches", "run"]).code(2).says("semsearch new");
}

#[test]
fn a_slip_names_the_nearest_command_and_nothing_far() {
    let sandbox = Sandbox::new();
    for (slip, meant) in [
        ("aks", "'ask'"),
        ("as", "'ask'"),
        ("embd", "'embed'"),
        ("embedd", "'embed'"),
        ("vreify", "'verify'"),
        ("exprot", "'export'"),
        ("simlar", "'similar'"),
        ("facest", "'facets'"),
        ("comp", "'completions'"),
        ("serach", "`semsearch ask`"),
        ("ingset", "`semsearch embed`"),
    ] {
        sandbox.run(&[slip, "x"]).code(2).says(meant).prints_nothing();
    }
    let far = sandbox.run(&["zzyzx"]).code(2).says("`semsearch --help` lists all commands");
    assert!(!far.stderr.contains("similar"), "{}", far.stderr);
    sandbox.run(&["model", "swicth", "x"]).code(2).says("'switch'");
}

#[test]
fn a_question_or_a_file_without_a_command_is_told_its_command() {
    let sandbox = Sandbox::new();
    sandbox.run(&["how do tides form"]).code(2).says("`semsearch ask \"how do tides form\"`");
    sandbox.run(&["how", "do", "tides", "form"]).code(2).says("`semsearch ask how do tides form`");
    sandbox.run(&["aks", "how", "do", "tides", "form"]).code(2).says("'ask'");
    sandbox.run(&["My Library.bib"]).code(2).says("semsearch ask");
    sandbox.run(&["library.bib"]).code(2).says("`semsearch embed library.bib`");
    sandbox.run(&["./exports/all.jsonl.gz"]).code(2).says("`semsearch embed ./exports/all.jsonl.gz`");
    sandbox.run(&["import", "library.bib"]).code(2).says("`semsearch embed library.bib`");
}

#[test]
fn a_flag_by_another_name_is_told_its_name() {
    let sandbox = Sandbox::with_papers();
    let cases: [(&[&str], &str); 47] = [
        (&["ask", "cache", "--num-results", "3"], "`-k N`"),
        (&["similar", "cache", "--hits", "3"], "`-k N`"),
        (&["ask", "cache", "--db", "x"], "`--index DIR`"),
        (&["ask", "cache", "-i", "x"], "`--index DIR`"),
        (&["embed", "papers.jsonl", "-d", "x"], "`--index DIR`"),
        (&["ask", "cache", "--from", "2020"], "`--since DATE`"),
        (&["ask", "cache", "--before", "2020"], "`--until DATE`"),
        (&["ask", "cache", "--filter", "year > 2020"], "`--where 'EXPR'`"),
        (&["ask", "cache", "--tag", "cs.CL"], "`--category TEXT`"),
        (&["ask", "cache", "--journal", "x"], "`--venue TEXT`"),
        (&["embed", "papers.jsonl", "--workers", "4"], "`--threads N`"),
        (&["embed", "papers.jsonl", "--gpu"], "`--device cuda`"),
        (&["embed", "papers.jsonl", "--force"], "`--replace`"),
        (&["embed", "papers.jsonl", "--ignore-errors"], "`--skip-bad`"),
        (&["embed", "papers.jsonl", "--resume"], "goes on where it was stopped"),
        (&["embed", "papers.jsonl", "--batch-size", "32"], "`--memory SIZE`"),
        (&["ask", "cache", "--no-color"], "`--color never`"),
        (&["ask", "cache", "--semantic"], "`--mode dense`"),
        (&["ask", "cache", "--bm25"], "`--mode lexical`"),
        (&["ask", "cache", "--mmr"], "`--diverse L`"),
        (&["ask", "cache", "--output", "x"], "add `> FILE`"),
        (&["export", "--output", "x"], "`--to PATH`"),
        (&["ask", "cache", "--bibtex"], "semsearch export"),
        (&["ask", "cache", "--JSON"], "`--json`"),
        (&["ask", "cache", "--since_", "2020"], "--since"),
        (&["remove", "cache", "--yes"], "asks nothing"),
        (&["info", "--since", "2020"], "a flag of `ask`"),
        (&["ask", "cache", "--plot", "x.svg"], "is a flag of `bench`"),
        (&["ask", "cache", "--serch"], "semsearch ask --help"),
        (&["ask", "--query", "cache"], "the question stands by itself"),
        (&["embed", "--input", "papers.jsonl"], "`semsearch embed FILE...`"),
        (&["embed", "papers.jsonl", "-o", "x"], "`--index DIR`"),
        (&["embed", "papers.jsonl", "--recursive"], "leave it out"),
        (&["remove", "--all"], "delete its folder"),
        (&["embed", "papers.jsonl", "--dry-run"], "semsearch inspect"),
        (&["embed", "papers.jsonl", "--sync", "--dry-run"], "with --sync also what it would remove"),
        (&["export", "--ids", "one"], "`semsearch show ID... --bibtex`"),
        (&["export", "one", "two"], "`semsearch show ID... --bibtex`"),
        (&["export", "one.bib", "two.bib"], "`semsearch export --to two.bib"),
        (&["ask", "cache", "--offset", "10"], "`-k N`"),
        (&["info", "my-index"], "`--index my-index`"),
        (&["export", "a.bib", "--force"], "`--overwrite`"),
        (&["bench", "--plot", "a.svg", "--clobber"], "`--overwrite`"),
        (&["count"], "`semsearch facets --by year`"),
        (&["show"], "shows their ids"),
        (&["similar"], "shows their ids"),
        (&["count", "--by", "year"], "a flag of `facets`"),
    ];
    for (arguments, told) in cases {
        sandbox.run(arguments).code(2).says("tip: ").says(told).prints_nothing();
    }
}

#[test]
fn a_guess_is_told_in_json_where_json_was_asked_for() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["api", "--json"]).code(2).prints_nothing();
    let failure: serde_json::Value = serde_json::from_str(outcome.stderr.trim()).unwrap();
    assert!(failure["advice"].as_str().unwrap().contains("semsearch serve"), "{failure}");
}

#[test]
fn what_belongs_into_flags_is_told_where_it_stands_in_a_question() {
    let sandbox = Sandbox::with_papers();
    for (question, told) in [
        ("how many papers are about caches", "`semsearch count \"WORDS\"` does, and `semsearch facets --by year`"),
        ("cache category:cs.CL", "`--category cs.CL` chooses papers"),
        ("cache author:nobody", "no paper has `author:nobody`, which the question demands"),
        ("cache year:1700", "no paper has `year:1700`, which the question demands; papers here are from"),
    ] {
        sandbox.run(&["ask", question]).says(told);
    }
    let plain = sandbox.run(&["ask", "compress the cache"]).code(0);
    assert!(!plain.stderr.contains("count") && !plain.stderr.contains("demands"), "{}", plain.stderr);
}

#[test]
fn a_word_with_a_dash_before_it_is_told_how_to_be_asked() {
    let sandbox = Sandbox::with_papers();
    let cases: [(&[&str], &str); 6] = [
        (&["ask", "-coral"], "`semsearch ask -- -coral`; a word that must not be there needs another word beside it"),
        (&["ask", "reef", "-coral"], "`semsearch ask -- reef -coral`"),
        (&["ask", "coral reef", "-vision"], "`semsearch ask -- \"coral reef\" -vision`"),
        (&["count", "-coral"], "`semsearch count -- -coral`"),
        (&["facets", "--by", "year", "-coral"], "`semsearch facets -- -coral`"),
        (&["ask", "x", "-json"], "type `--json`"),
    ];
    for (arguments, told) in cases {
        sandbox.run(arguments).code(2).says("tip: ").says(told).prints_nothing();
    }
    let asked = sandbox.run(&["ask", "-k", "0", "--", "cache", "-experts"]);
    assert!(!asked.stdout.contains("Pruning experts"), "{}", asked.stdout);
}

#[test]
fn what_is_missing_or_too_much_is_told_with_the_command_that_is_meant() {
    let sandbox = Sandbox::new();
    let cases: [(&[&str], &str); 6] = [
        (&["sources"], "`semsearch info` names the sources"),
        (&["facets"], "`--by year` counts by year; also venue, category, org, author and source"),
        (&["facets", "tides"], "`--by year` counts by year"),
        (&["list", "note-3"], "`semsearch show note-3`"),
        (&["serve", "--host", "0.0.0.0"], "`--addr ADDRESS:PORT`"),
        (&["serve", "-p", "7781"], "`--port N`"),
    ];
    for (arguments, told) in cases {
        sandbox.run(arguments).code(2).says("tip: ").says(told).prints_nothing();
    }
    let nothing = sandbox.run(&["ask", "tides"]).code(3).says("--index DIR or SEMSEARCH_INDEX");
    assert_eq!(nothing.stderr.matches(crate::harness::DEFAULT_INDEX).count(), 1, "{}", nothing.stderr);
}

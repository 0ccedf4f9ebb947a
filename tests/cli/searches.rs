//! Saved searches: what came into an index since they were last asked.

use std::process::Stdio;

use serde_json::Value;

use crate::harness::{DEFAULT_INDEX, Outcome, Sandbox, TOY, fields, text};

const FILE: &str = "data/semsearch/index/searches";

fn paper(id: &str, title: &str, year: i32) -> String {
    serde_json::json!({ "id": id, "title": title, "abstract": format!("About {title}."), "year": year }).to_string()
        + "\n"
}

fn embed(sandbox: &Sandbox, papers: &[String], more: &[&str]) {
    sandbox.write("batch.jsonl", papers.concat());
    sandbox.run(&[&["embed", "batch.jsonl", "--model", TOY, "--keep-duplicates"][..], more].concat()).code(0);
}

/// An index of three papers, and a search saved over it.
fn begun() -> Sandbox {
    let sandbox = Sandbox::new();
    embed(&sandbox, &[paper("a", "Tides", 2020), paper("b", "Winds", 2021), paper("c", "Rocks", 2022)], &[]);
    sandbox.run(&["searches", "add", "tides", "tides and shores", "-k", "50"]).code(0).prints_nothing();
    sandbox
}

/// The ids that are new of each search.
fn new(outcome: &Outcome) -> Vec<(String, Vec<String>)> {
    let report = outcome.json();
    let ids = |search: &Value| {
        let mut ids: Vec<String> =
            search["hits"].as_array().unwrap().iter().map(|hit| text(hit, "/id").to_owned()).collect();
        ids.sort();
        (text(search, "/name").to_owned(), ids)
    };
    report["searches"].as_array().unwrap().iter().map(ids).collect()
}

/// What is new of the only search.
fn of_one(outcome: &Outcome) -> Vec<String> {
    let mut all = new(outcome);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).1
}

#[test]
fn new_shows_what_came_since_and_shows_it_once() {
    let sandbox = begun();
    sandbox.run(&["new"]).code(1).prints_nothing().says("nothing is new");
    embed(&sandbox, &[paper("d", "More tides", 2023), paper("a", "Tides", 2020)], &[]);
    let peeked = sandbox.run(&["new", "--json", "--peek"]).code(0);
    assert_eq!(of_one(&peeked), ["d"]);
    assert_eq!(fields(&peeked.json()["searches"][0]), ["came", "filter", "hits", "k", "name", "query"]);
    assert_eq!(of_one(&sandbox.run(&["new", "--json"]).code(0)), ["d"], "a peek marks nothing");
    let none = sandbox.run(&["new", "--json"]).code(1);
    assert_eq!((of_one(&none), &none.json()["model"]), (vec![], &Value::Null), "no model is needed to say so");

    embed(&sandbox, &[paper("e", "Shores", 2024)], &[]);
    let shown = sandbox
        .run(&["new", "tides"])
        .code(0)
        .prints("tides: tides and shores")
        .prints("1 answer it, of 1 paper that came");
    assert!(shown.stdout.lines().all(|line| line.chars().count() <= 80), "{}", shown.stdout);
}

#[test]
fn a_changed_paper_is_not_new_and_one_that_was_removed_and_added_again_is() {
    let sandbox = begun();
    embed(&sandbox, &[paper("a", "Tides, second edition", 2021)], &[]);
    assert_eq!(of_one(&sandbox.run(&["new", "--json"]).code(1)), [""; 0]);
    sandbox.run(&["remove", "b"]).code(0);
    embed(&sandbox, &[paper("b", "Winds", 2021)], &[]);
    sandbox.run(&["vacuum"]).code(0);
    assert_eq!(of_one(&sandbox.run(&["new", "--json"]).code(0)), ["b"], "merging segments makes nothing new or old");
    // All others leave, one comes, one stays.
    embed(&sandbox, &[paper("c", "Rocks", 2022), paper("f", "Floods", 2023)], &["--replace"]);
    assert_eq!(of_one(&sandbox.run(&["new", "--json"]).code(0)), ["f"]);
    sandbox.run(&["repair"]).code(0);
    sandbox.run(&["verify"]).code(0);
    assert_eq!(of_one(&sandbox.run(&["new", "--json"]).code(1)), [""; 0]);
}

#[test]
fn a_search_keeps_its_filter_and_how_many_papers_answer_it() {
    let sandbox = begun();
    sandbox.run(&["searches", "add", "recent", "tides and shores", "-k", "50", "--where", "year >= 2024"]).code(0);
    sandbox.run(&["searches", "add", "nearest", "Tides. About Tides.", "-k", "1"]).code(0);
    let listed = sandbox.run(&["searches", "list", "--json"]).code(0).json();
    let names: Vec<&str> = listed["searches"].as_array().unwrap().iter().map(|search| text(search, "/name")).collect();
    assert_eq!(names, ["nearest", "recent", "tides"]);
    assert_eq!(text(&listed, "/searches/1/filter"), "year >= 2024");
    sandbox.run(&["searches", "list"]).code(0).prints("recent  tides and shores  first 50 · year >= 2024\n");

    embed(&sandbox, &[paper("d", "Granite", 2023), paper("e", "Sandstone", 2024)], &[]);
    let all = new(&sandbox.run(&["new", "--json"]).code(0));
    let expected = [("nearest", vec![]), ("recent", vec!["e"]), ("tides", vec!["d", "e"])];
    let told: Vec<(&str, Vec<&str>)> =
        all.iter().map(|(name, ids)| (name.as_str(), ids.iter().map(String::as_str).collect())).collect();
    assert_eq!(told, expected, "a new paper that is not among the first answers nothing");

    embed(&sandbox, &[paper("g", "Shale", 2025)], &[]);
    assert_eq!(of_one(&sandbox.run(&["new", "recent", "--json"]).code(0)), ["g"]);
    assert_eq!(of_one(&sandbox.run(&["new", "tides", "--json"]).code(0)), ["g"], "each search is seen for itself");
    let since = sandbox.run(&["new", "tides", "--json", "--since", "2020-01-01"]).code(0);
    assert_eq!(of_one(&since), ["a", "b", "c", "d", "e", "g"]);
    sandbox.run(&["new", "tides", "--since", "2999"]).code(1);
    sandbox.run(&["new", "tides", "--since", "soon"]).code(2).says("or write `last`");
}

#[test]
fn names_are_checked_and_what_is_forgotten_is_gone() {
    let sandbox = Sandbox::with_papers();
    sandbox.run(&["new"]).code(2).says("no search is saved").prints_nothing();
    sandbox.run(&["searches", "list"]).code(1).prints_nothing();
    sandbox.run(&["searches", "add", "x", "cache"]).code(0);
    sandbox.run(&["searches", "add", "x", "another"]).code(2).says("there is a search `x` already");
    sandbox.run(&["searches", "add", " ", "cache"]).code(2).says("a name has 1 to 64");
    sandbox.run(&["searches", "add", "y", " "]).code(2).says("the query is empty");
    sandbox.run(&["searches", "add", "y", "z", "--where", "titel ~ x"]).code(2).says("did you mean `title`?");
    sandbox.run(&["new", "x", "y"]).code(2).says("no search is saved as `y`");
    sandbox.run(&["searches", "remove", "x", "y"]).code(2).says("no search is saved as `y`");
    sandbox.run(&["searches", "remove", "x"]).code(0);
    sandbox.run(&["searches", "list", "--json"]).code(1);
    sandbox.run(&["searches", "add", "x", "cache", "--index", "nowhere"]).code(3);
    assert!(!sandbox.path("nowhere").exists());
}

#[test]
fn a_reader_that_goes_away_has_not_seen_anything() {
    let sandbox = begun();
    embed(&sandbox, &[paper("d", "More tides", 2023)], &[]);
    #[cfg(target_os = "linux")]
    {
        let mut command = sandbox.command(&["new", "--json"]);
        command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        Outcome::new(format!("{command:?}"), command.output().unwrap()).code(5);
    }
    // Stopped at any moment: either it has printed all, or all is new the next time.
    for pause in [0, 5, 20, 60] {
        let mut child =
            sandbox.command(&["new", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(pause));
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let again = sandbox.run(&["new", "--json", "--peek"]);
        if output.stdout.is_empty() {
            assert_eq!(of_one(&again), ["d"], "after {pause} ms");
        } else if of_one(&again).is_empty() {
            return;
        }
    }
}

#[test]
fn a_damaged_file_is_said_and_nothing_else_suffers() {
    let sandbox = begun();
    sandbox.run(&["verify"]).code(0);
    let mut bytes = std::fs::read(sandbox.path(FILE)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    sandbox.write(FILE, &bytes);
    for arguments in [&["new"][..], &["searches", "list"], &["searches", "add", "y", "z"]] {
        sandbox.run(arguments).code(3).says("its checksum does not hold; papers are not affected; delete this file");
    }
    let verdict = sandbox.run(&["verify", "--json"]).code(3).json();
    assert_eq!(text(&verdict, "/damages/0/part"), "searches");
    sandbox.write("batch.jsonl", paper("d", "More tides", 2023));
    sandbox.run(&["embed", "batch.jsonl", "--model", TOY]).code(0).says("not the list of papers for saved searches");
    sandbox.run(&["ask", "tides"]).code(0);
    assert_eq!(std::fs::read(sandbox.path(FILE)).unwrap(), bytes, "nothing writes over what it cannot read");
    std::fs::remove_file(sandbox.path(FILE)).unwrap();
    sandbox.run(&["verify"]).code(0);
    assert!(sandbox.path(DEFAULT_INDEX).join("searches.lock").exists());
}

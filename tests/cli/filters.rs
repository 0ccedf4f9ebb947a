//! Flags and expressions that choose papers: what they keep, and what is said when they cannot be right.

use crate::harness::{Sandbox, TOY, ids, text};

/// Papers with everything that can be asked for.
const SHELF: &str = r#"{"id": "tides", "title": "On tides", "abstract": "The sea moves twice a day.", "date": "2021-03-04", "venue": "ACL 2021", "keywords": ["cs.CL", "cs.IR"], "authors": ["José Díaz", "Ada Example"], "organization": "Harbour Lab", "comments": 3}
{"id": "winds", "title": "On winds", "abstract": "The air moves all day.", "date": "2019-07", "venue": "EMNLP", "keywords": ["cs.CL"], "authors": ["Ada Smithson"], "comments": 0}
{"id": "rocks", "title": "On rocks", "abstract": "Nothing moves at all.", "year": 2020, "venue": "acl", "keywords": ["geology"], "authors_count": 7, "organization": "The Quarry"}
{"id": "clouds", "title": "On clouds", "abstract": "Nobody knows when they were."}
"#;

fn shelf() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("shelf.jsonl"), SHELF).unwrap();
    std::fs::write(sandbox.path("more.jsonl"), r#"{"id": "sands", "title": "On sands", "abstract": "They run."}"#)
        .unwrap();
    sandbox.run(&["embed", "shelf.jsonl", "more.jsonl", "--model", TOY]).code(0);
    sandbox
}

#[test]
fn flags_keep_the_papers_they_describe_in_every_way_of_searching() {
    let sandbox = shelf();
    let cases: [(&[&str], &[&str]); 22] = [
        (&["--since", "2020"], &["rocks", "tides"]),
        (&["--year", "2021"], &["tides"]),
        (&["--year", "2019..2020"], &["rocks", "winds"]),
        (&["--year", "2020.."], &["rocks", "tides"]),
        (&["--year", "..2019"], &["winds"]),
        (&["--venue", "ACL"], &["rocks", "tides"]),
        (&["--venue", "acl 2021", "--venue", "emnlp"], &["tides", "winds"]),
        (&["--category", "CS.cl"], &["tides", "winds"]),
        (&["--category", "cs.ir", "--category", "Geology"], &["rocks", "tides"]),
        (&["--category", "cs.CL", "--venue", "emnlp"], &["winds"]),
        (&["--org", "lab"], &["tides"]),
        (&["--author", "diaz"], &["tides"]),
        (&["--author", "ada"], &["tides", "winds"]),
        (&["--source", "more.jsonl"], &["sands"]),
        (&["--where", "not has date"], &["clouds", "sands"]),
        (&["--where", "comments >= 0 and authors < 2"], &["winds"]),
        (&["--where", "title ~ 'on WINDS' or id = Sands"], &["sands", "winds"]),
        (&["--where", "abstract ~ moves and year >= 2020"], &["rocks", "tides"]),
        (&["--where", "not abstract starts with 'no' and not has doi"], &["sands", "tides", "winds"]),
        (&["--where", "title in ('on clouds', 'On  Rocks') and id != rocks"], &["clouds"]),
        (&["--where", "authors > 2 or author ~ 'smith'"], &["rocks", "winds"]),
        (&["--since", "2020", "--where", r#"not venue in ("acl", "icml") and org starts with harbour"#], &["tides"]),
    ];
    for (flags, expected) in cases {
        for mode in [&[][..], &["--exact"], &["--graph"], &["--rerank"]] {
            let answer = sandbox.run(&[&["ask", "what moves", "--json"], flags, mode].concat()).code(0).json();
            let mut found = ids(&answer);
            found.sort_unstable();
            assert_eq!(found, expected, "{flags:?} {mode:?}");
        }
    }
}

#[test]
fn an_answer_says_which_filter_it_passed() {
    let sandbox = shelf();
    let flags = ["--year", "2019..2021", "--author", "ada", "--author", "josé", "--where", "has org or has venue"];
    let answer = sandbox.run(&[&["ask", "tides", "--json"], &flags[..]].concat()).code(0).json();
    let filter = text(&answer, "/filter");
    assert_eq!(
        filter,
        r#"year between 2019 and 2021 and (author ~ "ada" or author ~ "josé") and (has org or has venue)"#
    );
    let again = sandbox.run(&["ask", "tides", "--json", "--where", filter]).code(0).json();
    assert_eq!((&again["filter"], ids(&again)), (&answer["filter"], ids(&answer)));
}

#[test]
fn a_filter_that_nothing_passes_is_no_hit_and_is_repeated() {
    let sandbox = shelf();
    let none = sandbox.run(&["ask", "tides", "--author", "nobody", "--year", "2021"]).code(1).prints_nothing();
    none.says(r#"no paper in the index passes the filter: year = 2021 and author ~ "nobody""#);
    let unasked = sandbox.run_with_input(&["ask", "-", "--year", "1990"], "").code(1);
    assert!(!unasked.stderr.contains("passes"), "nothing was asked: {}", unasked.stderr);
}

#[test]
fn an_expression_that_is_not_understood_is_shown_with_the_place() {
    let sandbox = shelf();
    for command in ["ask", "facets"] {
        let run = |expression: &str| {
            let more: &[&str] = if command == "facets" { &["--by", "year"] } else { &[] };
            sandbox.run(&[&[command, "tides", "--where", expression], more].concat()).code(2).prints_nothing()
        };
        run("has date and yaer >= 2020")
            .says("--where is not understood")
            .says("there is no field `yaer`; did you mean `year`?\n")
            .says("  has date and yaer >= 2020\n")
            .says("               ^^^^\n");
        run("year ~ \"x\"").says("`~` does not go with `year`, which is a number");
        run("titel ~ tides").says("there is no field `titel`; did you mean `title`?");
        run("").says("found the end");
    }
}

#[test]
fn flags_that_cannot_be_right_are_refused_with_what_would_be() {
    let sandbox = shelf();
    let cases: [(&[&str], &str); 7] = [
        (&["--year", "soon"], "a range of years such as 2019..2022, found `soon`"),
        (&["--year", "2022..2019"], "2022 is later than 2019, so no paper could match"),
        (&["--year", ".."], "expected a year"),
        (&["--author", " "], "--author is empty; leave it out to take every paper"),
        (&["--category", ""], "--category is empty"),
        (&["--since", "2021", "--until", "2020"], "--since is later than --until"),
        (&["--wher", "has year"], "'--where'"),
    ];
    for (flags, message) in cases {
        sandbox.run(&[&["ask", "tides"], flags].concat()).code(2).says(message).prints_nothing();
    }
}

#[test]
fn the_help_describes_the_language() {
    let mut help = Sandbox::new().run(&["ask", "--help"]).code(0);
    for part in ["--where <EXPR>", "starts with \"a\"", "has venue", "--author <TEXT>", "= != all of it"] {
        help = help.prints(part);
    }
}

#[test]
fn a_name_is_found_in_whatever_order_it_is_typed() {
    let sandbox = shelf();
    for (name, expected) in [
        ("Díaz, José", &["tides"][..]),
        ("diaz jose", &["tides"]),
        ("J. Diaz", &["tides"]),
        ("Example, Ada", &["tides"]),
        ("ada", &["tides", "winds"]),
        ("Smith, A.", &["winds"]),
    ] {
        for flags in [["--author", name], ["--where", &format!("author ~ '{name}'")]] {
            let answer = sandbox.run(&[&["ask", "what moves", "--json"], &flags[..]].concat()).code(0).json();
            let mut found = ids(&answer);
            found.sort_unstable();
            assert_eq!(found, expected, "{flags:?}");
        }
    }
    sandbox.run(&["ask", "what moves", "--author", "Ada Díaz"]).code(1);
}

#[test]
fn a_category_is_also_all_that_are_below_it() {
    let sandbox = shelf();
    let found = |category: &str| {
        let answer = sandbox.run(&["ask", "what moves", "--json", "--category", category]).json();
        let mut found: Vec<String> = ids(&answer).into_iter().map(str::to_owned).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(found("cs"), ["tides", "winds"]);
    assert_eq!(found("CS"), ["tides", "winds"]);
    assert_eq!(found("cs.IR"), ["tides"]);
    assert_eq!(found("geology"), ["rocks"]);
    assert_eq!(found("c"), Vec::<String>::new());
}

#[test]
fn a_filter_that_nothing_passes_says_what_near_it_would_have_matched() {
    let sandbox = shelf();
    let cases: [(&[&str], &str); 8] = [
        (&["--category", "CL"], "2 papers have cs.CL"),
        (&["--category", "cs.LC"], "2 papers have cs.CL"),
        (&["--author", "Jose Dias"], "1 paper has José Díaz"),
        (&["--author", "Ada Smitson"], "1 paper has Ada Smithson"),
        (&["--venue", "EMNPL"], "1 paper has EMNLP"),
        (&["--year", "1990"], "papers here are from 2019 to 2021"),
        (&["--since", "2030"], "papers here are from 2019 to 2021"),
        (
            &["--author", "josé", "--year", "2019"],
            "each part has papers by itself: 1 paper for year = 2019, 1 paper for",
        ),
    ];
    let commands: [&[&str]; 8] = [
        &["ask", "tides"],
        &["similar", "tides"],
        &["list"],
        &["facets", "--by", "venue"],
        &["count", "tides"],
        &["dupes"],
        &["export", "--format", "csv"],
        &["remove", "--dry-run"],
    ];
    for (flags, near) in cases {
        for command in commands {
            let none = sandbox.run(&[command, flags].concat()).code(1);
            none.says("no paper in the index passes the filter: ").says(near);
        }
    }
    sandbox.write("bare.jsonl", "{\"title\": \"Bare\", \"abstract\": \"It says little of itself.\"}\n");
    sandbox.run(&["embed", "bare.jsonl", "--model", TOY, "--index", "bare"]).code(0);
    let bare = sandbox.run(&["list", "--category", "cs", "--index", "bare"]).code(1);
    bare.says("no paper here has any value of this field");
    let two = sandbox.run(&["ask", "tides", "--author", "nobody", "--year", "1990"]).code(1);
    two.says("no paper has year = 1990; papers here are from 2019 to 2021").says("no paper has author ~ \"nobody\"");
    let demands = sandbox.run(&["ask", "tides author:nobody", "--year", "2021"]).code(1);
    demands.says("1 paper passing the filter, and none has all that the query demands");
    let answer = sandbox.run(&["ask", "tides", "--category", "CL", "--json"]).code(1).json();
    let facets = sandbox.run(&["facets", "--by", "venue", "--category", "CL", "--json"]).code(1).json();
    assert_eq!(facets["near"], answer["near"]);
    assert_eq!(
        (text(&answer, "/near/0/values/0/value"), answer["near"][0]["values"][0]["papers"].as_u64()),
        ("cs.CL", Some(2))
    );
}

#[test]
fn a_whole_name_that_none_has_is_told_how_to_be_a_part_and_kept_fields_are_no_fields() {
    let sandbox = shelf();
    let none = sandbox.run(&["list", "--where", "author = smithson"]).code(1);
    none.says("1 paper has Ada Smithson; try --where 'author ~ ").says("no paper in the index passes the filter");
    sandbox.run(&["list", "--where", "author ~ smithson"]).code(0);
    let near = sandbox.run(&["list", "--where", "author = \"ada smitson\""]).code(1).says("has Ada Smithson");
    assert!(!near.stderr.contains("try --where"), "what holds no such part: {}", near.stderr);
    let kept = sandbox.run(&["list", "--where", "cited_by > 100"]).code(2);
    kept.says("there is no field `cited_by`").says("others that records have are kept, and no filter can ask for them");
}

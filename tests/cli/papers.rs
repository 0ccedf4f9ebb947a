//! `show`, `open` and `list`: papers by their names and by what they are.

use crate::harness::{DEMO, Sandbox, TOY, fields, ids, text, toy_demo_index};

/// Two papers whose ids begin alike, with everything that a record may have.
const RECORDS: &str = r#"{"id": "tides-of-the-north", "title": "On tides", "abstract": "The sea moves twice a day.", "date": "2021-03-04", "venue": "Journal of Seas", "doi": "10.1000/tides", "keywords": ["cs.CL", "cs.IR"], "authors": ["José Díaz", "Ada Example"], "organization": "Harbour Lab", "comments": 3, "stars": 7}
{"id": "tides-of-the-south", "title": "More tides", "abstract": "It moves there too.", "date": "2019-07", "url": "file:///etc/passwd"}
{"id": "winds", "title": "On winds", "abstract": "The air moves all day.", "arxiv": "2106.09685"}
"#;

fn records() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("records.jsonl", RECORDS);
    sandbox.run(&["embed", "records.jsonl", "--model", TOY]).code(0);
    sandbox
}

#[test]
fn a_hit_shows_a_name_and_a_link_that_other_commands_take() {
    let sandbox = records();
    let shown = sandbox.run(&["ask", "tides"]).code(0).stdout;
    // The id is what `\\cite` takes, also where the DOI is shorter.
    for line in ["tides-of-the-north · https://doi.org/10.1000/tides", "winds · https://arxiv.org/abs/2106.09685"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    for name in ["10.1000/tides", "winds", "2106.09685", "tides-of-the-n"] {
        sandbox.run(&["show", name]).code(0);
        sandbox.run(&["similar", name]).code(0);
        sandbox.run(&["ask", "sea", "--like", name]).code(0);
    }
    let similar = sandbox.run(&["similar", "winds"]).code(0);
    similar.prints("https://doi.org/10.1000/tides");
}

#[test]
fn a_paper_is_shown_with_all_that_its_record_has() {
    let sandbox = records();
    let mut shown = sandbox.run(&["show", "tides-of-the-north"]).code(0).says_nothing();
    for part in [
        "On tides\n",
        "id          tides-of-the-north",
        "authors     José Díaz, Ada Example",
        "venue       Journal of Seas",
        "link        https://doi.org/10.1000/tides",
        "keywords    cs.CL, cs.IR",
        "source      records.jsonl:1",
        "stars       7",
        "\nThe sea moves twice a day.\n",
    ] {
        shown = shown.prints(part);
    }
    let json = sandbox.run(&["show", "tides-of-the-north", "--json"]).code(0).json();
    assert_eq!(text(&json, "/schema"), "semsearch.paper/1");
    assert_eq!((text(&json, "/doi"), text(&json, "/venue")), ("10.1000/tides", "Journal of Seas"));
    assert_eq!((&json["extra"]["stars"], text(&json, "/source/0/file")), (&7.into(), "records.jsonl"));
    let both = sandbox.run(&["show", "winds", "tides-of-the-south", "--json"]).code(0).json_lines();
    assert_eq!(both.iter().map(|one| text(one, "/id")).collect::<Vec<_>>(), ["winds", "tides-of-the-south"]);
    let entry = sandbox.run(&["show", "winds", "--bibtex"]).code(0).stdout;
    assert!(entry.starts_with("@misc{winds,") && entry.contains("2106.09685"), "{entry}");
}

#[test]
fn papers_that_are_there_are_shown_beside_names_that_name_none() {
    let sandbox = records();
    let mixed = ["winds", "nosuch", "10.1000/tides", "tides"];
    let shown = sandbox.run(&[&["show"][..], &mixed].concat()).code(2).prints("On winds\n").prints("\n\nOn tides\n");
    shown.says("has no paper `nosuch`").says("the ids of 2 papers").says("help: type more of the id");
    let lines = sandbox.run(&[&["show", "--json"][..], &mixed].concat()).code(2);
    let ids: Vec<String> = lines.json_lines().iter().map(|one| text(one, "/id").to_owned()).collect();
    assert_eq!(ids, ["winds", "tides-of-the-north"]);
    sandbox.run(&[&["show", "--bibtex"][..], &mixed].concat()).code(2).prints("@misc{winds,").says("nosuch");
    let opened = sandbox.run(&["open", "--print", "nosuch", "winds"]).code(2).says("has no paper `nosuch`");
    assert_eq!(opened.stdout, "https://arxiv.org/abs/2106.09685\n");
}

#[test]
fn a_hit_in_json_has_all_that_the_record_has() {
    let sandbox = records();
    let shown = sandbox.run(&["show", "tides-of-the-north", "--json"]).code(0).json();
    let answer = sandbox.run(&["ask", "tides", "--json"]).code(0).json();
    let hit = answer["hits"].as_array().unwrap().iter().find(|hit| hit["id"] == "tides-of-the-north").unwrap();
    for field in fields(&shown).into_iter().filter(|field| *field != "schema") {
        assert_eq!(hit[field], shown[field], "{field}");
    }
    assert_eq!(answer["documents"], 3);
}

#[test]
fn a_paper_that_is_not_there_or_not_one_is_told_with_what_to_do() {
    let sandbox = records();
    for command in ["show", "open", "similar"] {
        sandbox.run(&[command, "nobody"]).code(2).says("has no paper `nobody`").says("semsearch list").prints_nothing();
        let several = sandbox.run(&[command, "tides"]).code(2).prints_nothing();
        several.says("the ids of 2 papers").says("tides-of-the-north, tides-of-the-south").says("type more of the id");
    }
    sandbox.run(&["show", ""]).code(2);
    sandbox.run(&["show", "win"]).code(2).says("has no paper `win`");
}

#[test]
fn a_link_is_printed_or_opened_and_nothing_but_a_link_is() {
    let sandbox = records();
    let printed = sandbox.run(&["open", "winds", "tides-of-the-north", "--print"]).code(0).says_nothing().stdout;
    assert_eq!(printed, "https://arxiv.org/abs/2106.09685\nhttps://doi.org/10.1000/tides\n");
    // An address that the system would run or read is none.
    sandbox.run(&["open", "tides-of-the-south"]).code(2).says("no web address").prints_nothing();
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::PermissionsExt;
        sandbox.write("xdg-open", "#!/bin/sh\necho \"$1\" > opened\n");
        std::fs::set_permissions(sandbox.path("xdg-open"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", sandbox.path("").display());
        let opened = sandbox.run_with_variables(&["open", "winds"], &[("PATH", &path)]).code(0).prints_nothing();
        opened.says("opened https://arxiv.org/abs/2106.09685");
        let handed = std::fs::read_to_string(sandbox.path("opened")).unwrap();
        assert_eq!(handed, "https://arxiv.org/abs/2106.09685\n");
        let missing = sandbox.run_with_variables(&["open", "winds"], &[("PATH", "/nowhere")]).code(5);
        missing.says("--print prints the address");
    }
}

#[test]
fn a_paper_is_removed_by_any_of_its_whole_names() {
    let sandbox = records();
    // The beginning of an id names a paper to be shown, and none to be removed.
    sandbox.run(&["remove", "tides-of-the-n"]).code(2).says("tides-of-the-n");
    sandbox
        .run(&["remove", "10.1000/tides", "--dry-run"])
        .code(0)
        .prints("dry run: 1 paper would be removed, 2 papers would be left");
    sandbox.run(&["remove", "10.1000/tides", "2106.09685"]).code(0).prints("2 removed; 1 paper in the index");
    sandbox.run(&["list"]).code(0).prints("tides-of-the-south");
}

#[test]
fn papers_are_listed_by_filter_sorted_and_limited_in_every_form() {
    let sandbox = records();
    let listed = |more: &[&str]| {
        let lines = sandbox.run(&[&["list", "--jsonl"], more].concat()).code(0).json_lines();
        lines.iter().map(|line| text(line, "/id").to_owned()).collect::<Vec<_>>()
    };
    let (north, south, winds) = ("tides-of-the-north", "tides-of-the-south", "winds");
    assert_eq!(listed(&[]), [north, south, winds], "as they came");
    assert_eq!(listed(&["--sort", "title"]), [south, north, winds]);
    assert_eq!(listed(&["--sort", "date", "-k", "1"]), [north]);
    assert_eq!(listed(&["--sort", "date"]), [north, south, winds]);
    assert_eq!(listed(&["--author", "Díaz, José"]), [north]);
    let document = sandbox.run(&["list", "--json", "--year", "2019..", "--sort", "year", "-k", "1"]).code(0).json();
    assert_eq!((text(&document, "/schema"), text(&document, "/papers/0/id")), ("semsearch.list/1", north));
    assert_eq!((&document["passing"], &document["documents"]), (&2.into(), &3.into()));
    let entries = sandbox.run(&["list", "--bibtex"]).code(0).stdout;
    assert_eq!(entries.matches("\n}").count(), 3, "{entries}");
    let lines = sandbox.run(&["list"]).code(0).says("3 of 3 papers").stdout;
    assert_eq!(lines.lines().next(), Some("tides-of-the-north\t2021-03-04\tJosé Díaz, Ada Example\tOn tides"));
    sandbox.run(&["list", "--sort", "score"]).code(2).says("possible values: date, year, title, id");
    let none = sandbox.run(&["list", "--author", "Dias", "--json"]).code(1).json();
    assert_eq!(text(&none, "/near/0/values/0/value"), "José Díaz");
}

#[test]
fn a_list_of_many_papers_is_the_same_in_every_order() {
    let sandbox = Sandbox::new();
    let index = ["--index", toy_demo_index()];
    let listed = |more: &[&str]| {
        let lines = sandbox.run(&[&["list", "--jsonl"], &index[..], more].concat()).code(0).json_lines();
        let mut ids: Vec<String> = lines.iter().map(|line| text(line, "/id").to_owned()).collect();
        ids.sort_unstable();
        ids
    };
    let all = listed(&[]);
    assert_eq!(all.len(), std::fs::read_to_string(DEMO).unwrap().lines().count());
    for by in ["date", "year", "title", "id"] {
        assert_eq!(listed(&["--sort", by]), all, "{by}");
    }
    let newest = sandbox.run(&[&["list", "--jsonl", "--sort", "date", "-k", "5"], &index[..]].concat()).code(0);
    let dates: Vec<String> = newest.json_lines().iter().map(|line| text(line, "/date").to_owned()).collect();
    assert!(dates.is_sorted_by(|one, next| one >= next), "{dates:?}");
}

#[test]
fn an_abstract_is_shown_in_full_if_asked_for() {
    let sandbox = Sandbox::new();
    let index = ["--index", toy_demo_index()];
    let ask = |more: &[&str]| sandbox.run(&[&["ask", "cache", "-k", "1"], &index[..], more].concat()).code(0).stdout;
    let (short, full) = (ask(&[]), ask(&["--full"]));
    assert!(short.contains('…') && !full.contains('…') && full.lines().count() > short.lines().count(), "{full}");
    let answer = sandbox.run(&[&["ask", "cache", "-k", "1", "--json"], &index[..]].concat()).code(0).json();
    assert_eq!(ids(&answer).len(), 1);
}

#[test]
fn a_beginning_of_an_id_removes_nothing_and_says_which_ids_begin_so() {
    let sandbox = Sandbox::new();
    let paper =
        |id: &str| format!("{{\"id\": \"{id}\", \"title\": \"On {id}\", \"abstract\": \"About {id} alone.\"}}\n");
    sandbox.write("papers.jsonl", ["tides-one", "tides-two", "caches-of-keys"].map(paper).concat());
    sandbox.run(&["embed", "papers.jsonl", "--model", TOY, "--keep-duplicates"]).code(0);
    let refused = |names: &[&str]| sandbox.run(&[&["remove"], names].concat()).code(2).says("nothing was removed: ");
    refused(&["tides-"]).says("2 ids begin with `tides-`, expected a whole one: tides-one, tides-two");
    refused(&["caches-of"]).says("`caches-of` is only the beginning of an id; the whole is caches-of-keys");
    refused(&["nosuch"]).says("no paper has the id, arXiv id or DOI `nosuch`; `semsearch list` shows ids");
    let several = refused(&["tides-one", "nosuch", "caches-of"]).says("`nosuch`").says("caches-of-keys");
    assert!(!several.stderr.contains("tides-one"), "{}", several.stderr);
    sandbox.run(&["info"]).code(0).prints("3");
    sandbox.run(&["remove", "tides-one"]).code(0).prints("1 removed; 2 papers in the index");
}

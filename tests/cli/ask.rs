//! `semsearch ask`: what is found, in which order, in which form.

use serde_json::Value;

use crate::harness::{DEMO, REAL, Sandbox, demo_index, fields, hits, ids, number, text, toy_demo_index};

const HIT_FIELDS: [&str; 21] = [
    "abstract",
    "arxiv",
    "authors",
    "authors_count",
    "bm25",
    "comments",
    "cosine",
    "date",
    "doi",
    "extra",
    "id",
    "keywords",
    "link",
    "organization",
    "rank",
    "score",
    "source",
    "title",
    "url",
    "venue",
    "year",
];

#[test]
fn papers_about_the_question_come_first() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let answer = sandbox.run(&["ask", "efficient KV cache compression", "--json", "--index", index]).code(0).json();
    assert_eq!(hits(&answer).len(), 10);
    for hit in &hits(&answer)[..3] {
        let about = format!("{} {}", text(hit, "/title"), text(hit, "/abstract"));
        assert!(about.contains("KV") || about.to_lowercase().contains("cache"), "{about}");
    }
    assert_eq!((text(&answer, "/model"), text(&answer, "/vectors")), (REAL, "exact"), "so few papers are all compared");
}

#[test]
fn what_people_type_into_a_box_finds_its_paper_first() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let first = |query: &str| {
        let answer = sandbox.run(&["ask", query, "--json", "--index", index]).code(0).json();
        text(&hits(&answer)[0], "/title").to_owned()
    };
    assert!(first("HNSW").contains("Hierarchical Navigable Small World"));
    assert!(first("late interaction").starts_with("ColBERT"));
    assert!(first("LoRA").contains("LoRA"));
    let answer = sandbox.run(&["ask", "HNSW", "--json", "--explain", "--index", index]).code(0).json();
    let reasons = &hits(&answer)[0]["reasons"];
    assert_eq!(text(reasons, "/matched/0/word"), "HNSW", "{reasons}");
    assert!(text(reasons, "/sentence").contains("HNSW"), "{reasons}");
    assert_eq!((text(&answer, "/mode"), text(&answer, "/confidence/level")), ("hybrid", "good"));
}

#[test]
fn a_question_that_nothing_here_answers_is_told_and_its_nearest_papers_are_shown() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let outcome = sandbox.run(&["ask", "best pasta recipe", "-k", "3", "--index", index]).code(1);
    outcome.says("nothing here is likely to answer this");
    let answer = sandbox.run(&["ask", "best pasta recipe", "--json", "--index", index]).code(1).json();
    assert_eq!((text(&answer, "/confidence/level"), hits(&answer).len()), ("none", 10));
}

#[test]
fn a_query_that_demands_what_no_paper_has_finds_nothing_and_says_so() {
    let sandbox = Sandbox::with_papers();
    let outcome = sandbox.run(&["ask", "cache author:nobody"]).code(1).prints_nothing();
    outcome.says("no paper has all that the query demands");
    let found = sandbox.run(&["ask", "author:\"Ada Example\" cache", "--json"]).code(0).json();
    assert_eq!(ids(&found), ["cache"]);
}

#[test]
fn a_word_that_no_paper_holds_is_corrected_and_said_unless_told_otherwise() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let corrected = sandbox.run(&["ask", "quantizaton of weights", "--json", "--index", index]).code(0).json();
    assert_eq!(text(&corrected, "/also/corrected/0/typed"), "quantizaton");
    assert_eq!(text(&corrected, "/also/corrected/0/used/0"), "quantization");
    let typed = sandbox.run(&["ask", "quantizaton of weights", "--json", "--no-correct", "--index", index]).json();
    assert_eq!(typed.get("also"), None);
}

#[test]
fn a_paper_is_found_by_its_own_title() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let papers = std::fs::read_to_string(DEMO).unwrap();
    let papers: Vec<Value> = papers.lines().step_by(25).map(|line| serde_json::from_str(line).unwrap()).collect();
    let questions: String = papers.iter().map(|paper| text(paper, "/title").to_owned() + "\n").collect();
    let answers =
        sandbox.run_with_input(&["ask", "-", "--json", "-k", "1", "--index", index], questions).code(0).json_lines();
    assert_eq!(answers.len(), papers.len());
    for (paper, answer) in papers.iter().zip(&answers) {
        assert_eq!(ids(answer), [text(paper, "/id")]);
    }
}

#[test]
fn the_graph_finds_what_exact_search_finds() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let questions = "efficient KV cache compression\nimage generation on a phone\nwhat do agents remember\n";
    let ask = |mode: &[&str]| {
        let arguments = [&["ask", "-", "--json", "--mode", "dense", "--index", index], mode].concat();
        sandbox.run_with_input(&arguments, questions).code(0).json_lines()
    };
    let (graph, exact, reranked) = (ask(&["--graph"]), ask(&["--exact"]), ask(&["--rerank"]));
    for ((graph, exact), reranked) in graph.iter().zip(&exact).zip(&reranked) {
        let modes = [graph, exact, reranked].map(|answer| text(answer, "/vectors"));
        assert_eq!(modes, ["hnsw", "exact", "hnsw+rerank"]);
        assert_eq!(ids(graph), ids(exact));
        assert_eq!(ids(reranked), ids(exact));
        for (one, other) in hits(graph).iter().zip(hits(exact)) {
            assert!((number(one, "/score") - number(other, "/score")).abs() < 1e-5, "{one} {other}");
        }
    }
}

#[test]
fn an_explanation_says_which_way_was_taken_and_why() {
    let index = ["--index", toy_demo_index()];
    let sandbox = Sandbox::with_papers();
    let ask = |more: &[&str]| sandbox.run(&[&["ask", "cache", "--explain"], more, &index[..]].concat()).code(0);
    let told = |more: &[&str], expected: &str| {
        let answer = ask(more);
        assert!(answer.stderr.contains(expected), "{more:?}: {}", answer.stderr);
    };
    told(&[], "exact, expected ");
    told(&["--exact"], "exact, as asked; 225 papers\n  225 compared by code, ");
    told(&["--mode", "dense", "--graph", "--ef", "20"], "graph, as asked; 225 papers\n");
    told(&["--since", "2000"], " kept by the filter)");

    let exact = ask(&["--json"]).json();
    assert_eq!(exact["explain"]["vectors"]["proven_exact"], true);
    assert_eq!(exact["explain"]["vectors"]["papers"], 225);
    let graph = ask(&["--json", "--mode", "dense", "--graph", "--ef", "20"]).json();
    assert_eq!((text(&graph, "/vectors"), &graph["explain"]["vectors"]["proven_exact"]), ("hnsw", &Value::Bool(false)));
    assert!(number(&graph, "/explain/vectors/compared_in_full") >= 10.0, "{graph}");
}

#[test]
fn an_answer_in_json_has_every_field() {
    let sandbox = Sandbox::with_papers();
    let answer = sandbox.run(&["ask", "cache", "--json"]).code(0).json();
    assert_eq!(fields(&answer), ["documents", "hits", "mode", "model", "query", "schema", "took_us", "vectors"]);
    assert_eq!((text(&answer, "/schema"), text(&answer, "/query")), ("semsearch.ask/2", "cache"));
    assert_eq!(fields(&answer["took_us"]), ["encode", "fuse", "lexical", "rerank", "search", "total"]);
    let parts =
        ["encode", "search", "lexical", "fuse", "rerank"].map(|step| number(&answer["took_us"], &format!("/{step}")));
    assert!(parts.iter().sum::<f64>() <= number(&answer["took_us"], "/total"), "{answer}");

    let hit = |id: &str| hits(&answer).iter().find(|hit| hit["id"] == id).unwrap();
    assert_eq!(fields(hit("cache")), HIT_FIELDS);
    assert_eq!(text(hit("cache"), "/title"), "Compressing the cache");
    assert_eq!(text(hit("cache"), "/abstract"), "Keys and values are kept in fewer bits.");
    assert_eq!(text(hit("cache"), "/date"), "2024-06-12");
    assert_eq!(hit("cache")["authors"], serde_json::json!(["Ada Example", "Bo Example"]));
    assert_eq!(text(hit("cache"), "/organization"), "Example Lab");
    assert_eq!(text(hit("cache"), "/url"), "https://example.org/cache");
    assert_eq!((text(hit("graph"), "/date"), number(hit("graph"), "/authors_count")), ("2023-10", 3.0));
    assert_eq!((number(hit("prune"), "/year"), &hit("prune")["date"]), (2021.0, &Value::Null));
    // What is not known is there, and null: a program need not ask whether a field exists.
    assert_eq!(fields(hit("draft")), HIT_FIELDS);
    assert_eq!((&hit("draft")["date"], &hit("draft")["year"]), (&Value::Null, &Value::Null));
}

#[test]
fn hits_are_ranked_best_first_and_each_paper_comes_once() {
    let sandbox = Sandbox::new();
    for mode in [&[][..], &["--exact"], &["--graph"], &["--rerank"]] {
        let arguments =
            [&["ask", "graph neural networks", "--json", "-k", "50", "--index", toy_demo_index()], mode].concat();
        let answer = sandbox.run(&arguments).code(0).json();
        let all = |field: &str| -> Vec<f64> { hits(&answer).iter().map(|hit| number(hit, field)).collect() };
        let (scores, cosines) = (all("/score"), all("/cosine"));
        assert!(scores.is_sorted_by(|one, next| one >= next), "{scores:?}");
        assert!(cosines.iter().all(|cosine| cosine.abs() <= 1.000_001), "{cosines:?}");
        let ranks: Vec<f64> = hits(&answer).iter().map(|hit| number(hit, "/rank")).collect();
        assert_eq!(ranks, (1..=50).map(f64::from).collect::<Vec<_>>());
        let mut unique = ids(&answer);
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 50);
    }
}

#[test]
fn json_lines_hold_one_paper_each() {
    let sandbox = Sandbox::with_papers();
    let lines = sandbox.run(&["ask", "cache", "--jsonl", "-k", "3"]).code(0).json_lines();
    let answer = sandbox.run(&["ask", "cache", "--json", "-k", "3"]).code(0).json();
    assert_eq!(lines.len(), 3);
    for (line, hit) in lines.iter().zip(hits(&answer)) {
        let mut expected: Vec<&str> = [&HIT_FIELDS[..], &["query", "schema"]].concat();
        expected.sort_unstable();
        assert_eq!(fields(line), expected);
        assert_eq!((text(line, "/schema"), text(line, "/query")), ("semsearch.hit/2", "cache"));
        assert!(HIT_FIELDS.iter().all(|field| line[field] == hit[field]), "{line} {hit}");
    }
}

#[test]
fn the_same_question_gets_the_same_answer() {
    let sandbox = Sandbox::new();
    for form in [&[][..], &["--jsonl"], &["--exact"], &["--rerank", "--ef", "20"]] {
        let arguments = [&["ask", "speculative decoding", "--index", toy_demo_index()], form].concat();
        let first = sandbox.run(&arguments).code(0).stdout;
        assert!(!first.is_empty());
        assert_eq!(sandbox.run(&arguments).code(0).stdout, first);
    }
}

#[test]
fn several_questions_come_one_a_line() {
    let sandbox = Sandbox::with_papers();
    let questions = "first question\n\n   \nsecond question\r\nthird, without an end of line";
    let answers = sandbox.run_with_input(&["ask", "-", "--json"], questions).code(0).json_lines();
    let asked: Vec<&str> = answers.iter().map(|answer| text(answer, "/query")).collect();
    assert_eq!(asked, ["first question", "second question", "third, without an end of line"]);

    let alone = sandbox.run(&["ask", "second question", "--json"]).code(0).json();
    assert_eq!(answers[1]["hits"], alone["hits"], "company changes nothing");

    let lines = sandbox.run_with_input(&["ask", "-", "--jsonl", "-k", "2"], questions).code(0).json_lines();
    assert_eq!(lines.iter().map(|line| number(line, "/rank")).collect::<Vec<_>>(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);

    let human = sandbox.run_with_input(&["ask", "-", "-k", "1"], questions).code(0);
    human.prints("first question\n\n  1  ").prints("second question\n\n  1  ");
}

#[test]
fn no_question_means_no_hit() {
    let sandbox = Sandbox::with_papers();
    sandbox.run_with_input(&["ask", "-"], "").code(1).prints_nothing();
    sandbox.run_with_input(&["ask", "-", "--json"], "\n \n").code(1).prints_nothing();
}

#[test]
fn k_is_a_limit_and_may_exceed_what_there_is() {
    let sandbox = Sandbox::with_papers();
    for (k, expected) in [("1", 1), ("4", 4), ("5", 4), ("1000", 4), ("18446744073709551615", 4)] {
        for mode in [&[][..], &["--exact"], &["--graph"], &["--rerank"], &["--since", "1900"]] {
            let answer = sandbox.run(&[&["ask", "cache", "--json", "-k", k], mode].concat()).code(0).json();
            // One of the four papers has no date.
            let expected = if mode.contains(&"--since") { expected.min(3) } else { expected };
            assert_eq!(hits(&answer).len(), expected, "-k {k} {mode:?}");
        }
    }
    sandbox.run(&["ask", "cache", "--ef", "18446744073709551615"]).code(0);
    sandbox.run(&["ask", "cache", "--rerank", "--ef", "1"]).code(0);
}

#[test]
fn dates_choose_papers_and_a_partial_date_is_any_day_it_may_mean() {
    let sandbox = Sandbox::with_papers();
    // cache 2024-06-12, graph 2023-10, prune 2021, draft undated.
    let cases: [(&[&str], &[&str]); 9] = [
        (&["--since", "2024"], &["cache"]),
        (&["--since", "2024-06-12"], &["cache"]),
        (&["--since", "2023-10-31"], &["cache", "graph"]),
        (&["--since", "2023-11"], &["cache"]),
        (&["--until", "2021-01-01"], &["prune"]),
        (&["--until", "2023-10-01"], &["graph", "prune"]),
        (&["--until", "2023"], &["graph", "prune"]),
        (&["--since", "2021-12-31", "--until", "2024-06"], &["cache", "graph", "prune"]),
        (&["--since", "2024-06", "--until", "2024-06"], &["cache"]),
    ];
    for (range, expected) in cases {
        let answer = sandbox.run(&[&["ask", "cache", "--json"], range].concat()).code(0).json();
        let mut found = ids(&answer);
        found.sort_unstable();
        assert_eq!(found, expected, "{range:?}");
        assert_eq!(text(&answer, "/vectors"), "exact", "a range is searched exactly");
    }
}

#[test]
fn a_range_without_papers_is_no_hit_and_no_failure() {
    let sandbox = Sandbox::with_papers();
    let none = sandbox.run(&["ask", "cache", "--since", "2030"]).code(1).prints_nothing();
    none.says("no paper in the index passes the filter: date >= 2030");
    let answer = sandbox.run(&["ask", "cache", "--since", "2030", "--json"]).code(1).json();
    assert!(hits(&answer).is_empty());
    let lines = sandbox.run(&["ask", "cache", "--since", "2030", "--jsonl"]).code(1).json_lines();
    assert_eq!((lines.len(), number(&lines[0], "/hits")), (1, 0.0));
}

#[test]
fn people_see_rank_score_title_date_authors_id_and_link() {
    let sandbox = Sandbox::with_papers();
    let outcome =
        sandbox.run(&["ask", "Compressing the cache. Keys and values are kept in fewer bits.", "-k", "2"]).code(0);
    let expected = [
        "  1  0.950  Compressing the cache",
        "            2024-06-12 · Ada Example, Bo Example · Example Lab",
        "            cache · https://example.org/cache",
        "            Keys and values are kept in fewer bits.",
        "",
    ];
    assert_eq!(outcome.stdout.lines().take(5).collect::<Vec<_>>(), expected);
    outcome.says("2 of 4 papers, hybrid (exact) search");
}

#[test]
fn a_word_of_the_language_is_no_slip_of_another_and_real_slips_are_put_right() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let also = |question: &str| {
        let answer = sandbox.run(&["ask", question, "--json", "--index", index]).json();
        answer.pointer("/also/corrected").cloned().unwrap_or_default()
    };
    for word in ["bread", "remember", "outdoors", "curtains", "bail"] {
        assert!(also(word).is_null() || !word.contains(text(&also(word), "/0/typed")), "{word}: {}", also(word));
    }
    for (typed, meant) in [
        ("transfomer", "transformer"),
        ("retreival", "retrieval"),
        ("quantisation", "quantization"),
        ("atention", "attention"),
        ("netwroks", "networks"),
        // The same word in another country's spelling.
        ("colour", "color"),
    ] {
        assert_eq!(text(&also(typed), "/0/used/0"), meant, "{typed}");
    }
}

//! Other ways to ask than one question: several at once, a text, a file of questions, and papers to be near to.

use crate::harness::{Sandbox, demo_index, hits, ids, number, text};

const TWO: [&str; 4] = ["-Q", "graph neural networks", "-Q", "approximate nearest neighbor search"];

#[test]
fn several_questions_are_all_answered_or_any_of_them() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let ask = |how: &str, code: i32| {
        let arguments = [&["ask", how, "--json", "--index", index][..], &TWO].concat();
        sandbox.run(&arguments).code(code).json()
    };
    // Papers here are about one of the two.
    let (all, any) = (ask("--all", 1), ask("--any", 0));
    assert_eq!(text(&all, "/parts/combine"), "all");
    assert_eq!(text(&all, "/parts/texts/1"), TWO[3]);
    for (answer, fold) in [(&all, f64::min as fn(f64, f64) -> f64), (&any, f64::max)] {
        for hit in hits(answer) {
            let combined = fold(number(hit, "/parts/0"), number(hit, "/parts/1"));
            assert!((number(hit, "/score") - combined).abs() < 1e-6, "{hit}");
        }
    }
    assert_ne!(ids(&all), ids(&any));
    let default = sandbox.run(&[&["ask", "--json", "--index", index][..], &TWO].concat()).code(1).json();
    assert_eq!(ids(&default), ids(&all));
    sandbox.run(&["ask", "one", "-Q", "two", "--index", index]).code(2);
    sandbox.run(&["ask", "one", "--any", "--index", index]).code(2);
}

#[test]
fn a_text_is_asked_whole_however_long_and_whatever_it_holds() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let papers: Vec<serde_json::Value> = std::fs::read_to_string(crate::harness::DEMO)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let about = |number: usize| text(&papers[number], "/abstract").to_owned();
    sandbox.write("notes.txt", format!("{}\n\n{} -and \"this never stands anywhere\"", about(3), about(100)));
    let answer = sandbox.run(&["ask", "--file", "notes.txt", "--json", "--index", index]).code(0).json();
    let found = ids(&answer);
    assert!(
        found[..3].contains(&text(&papers[3], "/id")) && found[..3].contains(&text(&papers[100], "/id")),
        "{found:?}"
    );
    let piped = sandbox.run_with_input(&["ask", "--file", "-", "--json", "--index", index], about(3)).code(0).json();
    assert_eq!(ids(&piped)[0], text(&papers[3], "/id"));
    sandbox.write("empty.txt", " \n");
    sandbox.run(&["ask", "--file", "empty.txt", "--index", index]).code(2).says("holds no text");
    sandbox.write("bytes.txt", [b'a', 0xff]);
    sandbox.run(&["ask", "--file", "bytes.txt", "--index", index]).code(2).says("at byte 1");
    sandbox.run(&["ask", "--file", "missing.txt", "--index", index]).code(5).says("missing.txt");
}

#[test]
fn a_question_longer_than_the_model_reads_is_told() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let long = "how are caches of keys and values compressed ".repeat(60);
    sandbox.run(&["ask", &long, "--index", index]).says("longer than the model reads");
    let answer = sandbox.run(&["ask", &long, "--json", "--index", index]).json();
    assert_eq!(answer["truncated"], true);
    let short = sandbox.run(&["ask", "caches", "--json", "--index", index]).code(0).json();
    assert_eq!(short.get("truncated"), None);
}

#[test]
fn a_file_of_questions_is_answered_in_its_order_with_the_ids_it_gives() {
    let sandbox = Sandbox::with_papers();
    let json = "{\"_id\": \"q7\", \"text\": \"cache\"}\n{\"_id\": \"q1\", \"text\": \"author:nobody\"}\n";
    sandbox.write("questions.jsonl", json);
    let lines = sandbox.run(&["ask", "--batch", "questions.jsonl", "--jsonl", "-k", "2"]).code(0).json_lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (text(&lines[0], "/query_id"), text(&lines[0], "/query"), number(&lines[0], "/rank")),
        ("q7", "cache", 1.0)
    );
    assert_eq!((text(&lines[2], "/query_id"), text(&lines[2], "/schema")), ("q1", "semsearch.no-hit/1"));
    assert_eq!(number(&lines[2], "/hits"), 0.0);
    let alone = sandbox.run(&["ask", "cache", "--jsonl", "-k", "2"]).code(0).json_lines();
    assert_eq!(lines[0]["id"], alone[0]["id"]);
    let documents = sandbox.run(&["ask", "--batch", "questions.jsonl", "--json"]).code(0).json_lines();
    assert_eq!(documents.iter().map(|one| text(one, "/query_id")).collect::<Vec<_>>(), ["q7", "q1"]);

    let run = sandbox.run(&["ask", "--batch", "questions.jsonl", "--trec", "-k", "1"]).code(0);
    let first = format!("q7 Q0 {} 1 ", text(&alone[0], "/id"));
    run.prints(&first);

    sandbox.write("questions.txt", "cache\n\nwhere is it\n");
    let plain = sandbox.run(&["ask", "--batch", "questions.txt", "--jsonl", "-k", "1"]).code(0).json_lines();
    assert_eq!(plain.iter().map(|line| text(line, "/query_id")).collect::<Vec<_>>(), ["1", "3"]);
    let piped = sandbox.run_with_input(&["ask", "--batch", "-", "--jsonl", "-k", "1"], json).code(0).json_lines();
    assert_eq!(text(&piped[0], "/query_id"), "q7");

    sandbox.run(&["ask", "--batch", "questions.txt"]).code(2).says("--jsonl, --json or --trec");
    sandbox.write("none.txt", "\n");
    sandbox.run(&["ask", "--batch", "none.txt", "--jsonl"]).code(2).says("expected a question, found none");
    sandbox.write("nobody.txt", "author:nobody\n");
    sandbox.run(&["ask", "--batch", "nobody.txt", "--jsonl"]).code(1);
    sandbox.write("broken.jsonl", "{\"_id\": 1, \"text\": \"cache\"}\n{\"text\": 3}\n");
    sandbox.run(&["ask", "--batch", "broken.jsonl", "--jsonl"]).code(2).says("line 2");
}

#[test]
fn a_question_without_hits_has_a_line_too() {
    let sandbox = Sandbox::with_papers();
    let lines = sandbox.run(&["ask", "author:nobody", "--jsonl"]).code(1).json_lines();
    assert_eq!((lines.len(), text(&lines[0], "/query"), number(&lines[0], "/hits")), (1, "author:nobody", 0.0));
}

#[test]
fn papers_like_others_are_found_without_a_model() {
    let sandbox = Sandbox::with_papers();
    let empty = sandbox.path("no-models");
    let run =
        |arguments: &[&str]| sandbox.run_with_variables(arguments, &[("SEMSEARCH_MODELS", empty.to_str().unwrap())]);
    let answer = run(&["similar", "cache", "--json"]).code(0).json();
    assert_eq!((text(&answer, "/schema"), text(&answer, "/papers/0")), ("semsearch.similar/1", "cache"));
    assert!(!ids(&answer).is_empty() && !ids(&answer).contains(&"cache"));
    let lines = run(&["similar", "cache", "--jsonl"]).code(0).json_lines();
    assert_eq!(lines.len(), hits(&answer).len());
    run(&["similar", "cache"]).code(0).prints("  1 ");
    run(&["similar", "no-such-paper"]).code(2).says("has no paper `no-such-paper`");
    run(&["similar"]).code(2);
    run(&["similar", "cache", "--year", "1700"]).code(1).prints_nothing().says("passes the filter");
}

#[test]
fn liked_papers_move_the_answer_and_age_and_diversity_its_order() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let ask = |more: &[&str]| {
        let arguments = [&["ask", "retrieval", "--json", "--index", index][..], more].concat();
        sandbox.run(&arguments).code(0).json()
    };
    let plain = ask(&[]);
    let [first, last] = [0, 9].map(|place| ids(&plain)[place].to_owned());
    let moved = ask(&["--like", &last, "--unlike", &first]);
    assert!(!ids(&moved).contains(&&*first) && !ids(&moved).contains(&&*last));
    assert_eq!((text(&moved, "/feedback/like/0"), text(&moved, "/feedback/unlike/0")), (&*last, &*first));
    assert_eq!(moved.get("confidence"), None);
    let diverse = ask(&["--diverse", "0.5"]);
    assert_eq!((number(&diverse, "/diversity"), ids(&diverse)[0]), (0.5, ids(&plain)[0]));
    assert_ne!(ids(&diverse), ids(&plain));
    let recent = ask(&["--recency", "1m"]);
    assert!((number(&recent, "/half_life_days") - 30.4375).abs() < 1e-9);
    assert_ne!(ids(&recent), ids(&plain));
    sandbox.run(&["ask", "retrieval", "--recency", "soon", "--index", index]).code(2).says("18m or 2y");
    sandbox.run(&["ask", "retrieval", "--diverse", "2", "--index", index]).code(2).says("from 0 to 1");
    sandbox.run(&["ask", "retrieval", "--like", "nobody", "--index", index]).code(2).says("has no paper `nobody`");
    let words = ["ask", "retrieval", "--like", &first, "--mode", "lexical", "--index", index];
    sandbox.run(&words).code(2).says("rank by vectors as well");
}

#[test]
fn a_sentence_in_a_file_is_judged_as_the_same_words_in_a_question() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    for sentence in [
        "What about \"KV cache\" compression?",
        "\"efficient\" \u{201c}KV\u{201d} cache compression",
        "Which papers are about retrieval for long contexts?",
        "best pasta recipe",
    ] {
        let asked = sentence.replace(['"', '\u{201c}', '\u{201d}'], "");
        let question = sandbox.run(&["ask", &asked, "--json", "--index", index]).json();
        sandbox.write("sentence.txt", format!("{sentence}\n"));
        let file = sandbox.run(&["ask", "--file", "sentence.txt", "--json", "--index", index]).json();
        assert_eq!(file["confidence"], question["confidence"], "{sentence}");
        assert_eq!(ids(&file), ids(&question), "{sentence}");
    }
}

#[test]
fn a_name_in_a_file_is_the_name_that_it_is_in_a_question() {
    let sandbox = Sandbox::new();
    let papers = "{\"title\": \"Tides\", \"abstract\": \"The sea.\", \"authors\": [\"Ada Dune\"]}\n\
                  {\"title\": \"Ada Dune and the sea\", \"abstract\": \"Ada Dune.\", \"authors\": [\"Carl Wave\"]}\n";
    sandbox.write("papers.jsonl", papers);
    sandbox.run(&["embed", "papers.jsonl", "--model", crate::harness::TOY]).code(0);
    sandbox.write("name.txt", "Ada Dune\n");
    let explained = |arguments: &[&str]| sandbox.run(&[arguments, &["--json", "--explain"]].concat()).json();
    let (question, file) = (explained(&["ask", "Ada Dune"]), explained(&["ask", "--file", "name.txt"]));
    assert!(question.to_string().contains("named\":true"), "{question}");
    assert_eq!(hits(&file), hits(&question));
}

#[test]
fn two_questions_that_no_paper_answers_together_are_told_so() {
    let Some((sandbox, index)) = demo_index() else {
        return;
    };
    let apart = ["-Q", "text to image diffusion", "-Q", "KV cache compression", "-k", "2", "--index", index];
    let ask = |flags: &[&str]| sandbox.run(&[&["ask"][..], flags, &apart].concat());
    let default = ask(&[]).code(1).says("a paper has to answer both questions; --any for one of them");
    default.says("no paper here is likely to answer all of this");
    let answer = ask(&["--json"]).code(1).json();
    assert_eq!(text(&answer, "/confidence/level"), "none");
    for (flags, code) in [(&["--any"][..], 0), (&["--all"], 1), (&["--json"], 1)] {
        let outcome = ask(flags).code(code);
        assert!(!outcome.stderr.contains("has to answer"), "{flags:?}: {}", outcome.stderr);
    }
    let together = ["ask", "-Q", "KV cache", "-Q", "retrieval", "-k", "1", "--index", index];
    let both = sandbox.run(&together).code(0).prints("LouisKV").says("a paper has to answer both questions");
    assert!(!both.stderr.contains("likely"), "{}", both.stderr);
    let three = [&["ask", "-Q", "attention", "-Q", "agents", "-Q", "images"][..], &["--index", index]].concat();
    sandbox.run(&three).says("a paper has to answer all 3 questions");
    sandbox.run(&["ask", "-h"]).code(0).prints("One of several questions, all to be answered");
}

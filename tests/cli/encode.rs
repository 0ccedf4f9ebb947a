//! `semsearch encode`: the encoder as a Unix tool.

use serde_json::Value;

use crate::harness::{REAL, Sandbox, TOY, copy_toy, fields, number, shared, text};

#[test]
fn vectors_and_tokens_are_the_golden_ones() {
    let golden = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/crates/embed/tests/toy/golden.jsonl"));
    let golden: Vec<Value> = golden.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // A line of standard input is one text, so the texts of several lines have to be left to the encoder's own tests.
    let golden: Vec<&Value> = golden.iter().filter(|line| !text(line, "/text").contains('\n')).collect();
    let input: String = golden.iter().map(|line| text(line, "/text").to_owned() + "\n").collect();
    let sandbox = Sandbox::new();
    let outcome = sandbox.run_with_input(&["encode", "--model", TOY], input).code(0);
    let lines = outcome.says("longer than the model reads, of which the end is left out").json_lines();
    assert!(golden.len() > 20);
    assert_eq!(lines.len(), golden.len());
    for (line, golden) in lines.iter().zip(golden) {
        match line.get("truncated") {
            Some(truncated) => assert!(*truncated == true && line["tokens"] == 64, "{line}"),
            None => assert_eq!(fields(line), ["embedding", "text", "tokens"]),
        }
        assert_eq!(line["text"], golden["text"]);
        assert_eq!(number(line, "/tokens") as usize, golden["tokens"].as_array().unwrap().len(), "{}", golden["text"]);
        let furthest = vector(line).iter().zip(vector(golden)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(furthest < 5e-6, "{furthest} off at {}", golden["text"]);
    }
}

#[test]
fn the_real_model_gives_the_reference_vectors() {
    let Some(sandbox) = Sandbox::with_real_model() else {
        return;
    };
    let lines = sandbox.run(&["encode", "KV cache", ""]).code(0).json_lines();
    assert_eq!(lines.iter().map(|line| vector(line).len()).collect::<Vec<_>>(), [384, 384]);
    assert!(lines.iter().all(|line| (length(line) - 1.0).abs() < 1e-5));

    let Some(reference) = shared("reference/minilm_reference.jsonl") else {
        return;
    };
    let references = std::fs::read_to_string(reference).unwrap();
    // A line holds one text, so texts of several lines cannot come through standard input.
    let references: Vec<Value> = references.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let references: Vec<&Value> =
        references.iter().filter(|line| !text(line, "/text").contains(['\n', '\r'])).collect();
    let input: String = references.iter().map(|line| text(line, "/text").to_owned() + "\n").collect();
    let lines =
        sandbox.run_with_input(&["encode", "-", "--model", REAL, "--precision", "f32"], input).code(0).json_lines();
    assert_eq!(lines.len(), references.len());
    for (line, reference) in lines.iter().zip(references) {
        assert_eq!(line["text"], reference["text"]);
        assert_eq!(line["tokens"], reference["n_tokens"]);
        let cosine: f64 = vector(line).iter().zip(vector(reference)).map(|(a, b)| a * b).sum();
        assert!(cosine >= 0.9999, "{cosine} for {}", line["text"]);
    }
}

#[test]
fn lines_of_standard_input_and_arguments_give_the_same() {
    let sandbox = Sandbox::new();
    let arguments = sandbox.run(&["encode", "one", "two words", "--model", TOY]).code(0).stdout;
    let dash = sandbox.run_with_input(&["encode", "-", "--model", TOY], "one\ntwo words\n").code(0).stdout;
    let nothing = sandbox.run_with_input(&["encode", "--model", TOY, "--json"], "one\r\ntwo words").code(0).stdout;
    assert_eq!((&dash, &nothing), (&arguments, &arguments));
    assert_eq!(arguments.lines().count(), 2, "one line each");
}

#[test]
fn every_line_of_a_long_input_comes_back_in_order() {
    let sandbox = Sandbox::new();
    let input: String = (0..1000).map(|number| format!("text {number}\n")).collect();
    let lines = sandbox.run_with_input(&["encode", "--model", TOY], input).code(0).json_lines();
    let texts: Vec<String> = lines.iter().map(|line| text(line, "/text").to_owned()).collect();
    assert_eq!(texts, (0..1000).map(|number| format!("text {number}")).collect::<Vec<_>>());
}

#[test]
fn any_text_survives_the_way_through_json() {
    let sandbox = Sandbox::new();
    let texts =
        ["tab\there", "\"quoted\" and \\ back", "Müller 錯視 😀 \u{202e}", "\u{1}\u{7f}", " spaces around ", ""];
    let lines = sandbox.run_with_input(&["encode", "--model", TOY], texts.join("\n") + "\n").code(0).json_lines();
    assert_eq!(lines.iter().map(|line| text(line, "/text")).collect::<Vec<_>>(), texts);
    assert!(lines.iter().all(|line| (length(line) - 1.0).abs() < 1e-5));
}

#[test]
fn an_empty_input_gives_no_line() {
    Sandbox::new().run_with_input(&["encode", "--model", TOY], "").code(0).prints_nothing().says_nothing();
}

#[test]
fn the_kind_of_text_decides_the_prefix() {
    let sandbox = Sandbox::new();
    copy_toy(&sandbox, "prefixed");
    let prompts = r#"{"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": null}"#;
    sandbox.write("prefixed/config_sentence_transformers.json", prompts);
    let encode = |model: &str, kind: &str, text: &str| {
        let line = &sandbox.run(&["encode", "--model", model, "--kind", kind, text]).code(0).json_lines()[0];
        (vector(line), line["tokens"].clone())
    };
    assert_eq!(encode("prefixed", "query", "cache"), encode(TOY, "query", "query: cache"));
    assert_eq!(encode("prefixed", "passage", "cache"), encode(TOY, "passage", "passage: cache"));
    assert_eq!(encode(TOY, "query", "cache"), encode(TOY, "passage", "cache"), "no prefix, no difference");
}

#[test]
fn long_texts_are_cut_at_the_limit() {
    let sandbox = Sandbox::new();
    let long = "attention ".repeat(500);
    let tokens = |more: &[&str]| {
        let arguments = [&["encode", "--model", TOY, &long], more].concat();
        number(&sandbox.run(&arguments).code(0).json(), "/tokens")
    };
    assert_eq!(tokens(&[]), 64.0, "the model's own limit, and not the 16 that its tokenizer.json bakes in");
    assert_eq!(tokens(&["--max-tokens", "10"]), 10.0);
}

#[test]
fn bytes_that_are_not_text_are_refused_with_their_line() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run_with_input(&["encode", "--model", TOY], b"fine\nbad \xff\xfe\n".to_vec()).code(2);
    outcome.says("standard input, line 2").says("expected UTF-8");
}

#[test]
fn a_shorter_vector_is_the_first_numbers_scaled_again() {
    let sandbox = Sandbox::new();
    let whole = sandbox.run(&["encode", "sparse attention", "--model", TOY]).code(0).json_lines();
    let short = sandbox.run(&["encode", "sparse attention", "--model", TOY, "--dim", "8"]).code(0).json_lines();
    let (whole, short) = (vector(&whole[0]), vector(&short[0]));
    assert_eq!((whole.len(), short.len()), (32, 8));
    let scale = whole[..8].iter().map(|x| x * x).sum::<f64>().sqrt();
    for (short, whole) in short.iter().zip(&whole) {
        assert!((short - whole / scale).abs() < 1e-6, "{short} for {whole}");
    }
    let too_many = sandbox.run(&["encode", "x", "--model", TOY, "--dim", "33"]).code(2).prints_nothing();
    too_many.says("32 numbers").says("33");
    sandbox.run(&["encode", "x", "--model", TOY, "--dim", "0"]).code(2).prints_nothing();
}

#[test]
fn a_prompt_of_ones_own_stands_before_its_kind_of_text_only() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| {
        let lines = sandbox.run(&[&["encode", "--model", TOY], arguments].concat()).code(0).json_lines();
        vector(&lines[0])
    };
    let prompts = ["--query-prompt", "question: ", "--passage-prompt", "paper: "];
    let asked = |kind| run(&[&["sparse attention", "--kind", kind][..], &prompts].concat());
    assert_eq!(asked("query"), run(&["question: sparse attention"]));
    assert_eq!(asked("passage"), run(&["paper: sparse attention"]));
}

fn vector(line: &Value) -> Vec<f64> {
    let numbers = line["embedding"].as_array().unwrap_or_else(|| panic!("no embedding in {line}"));
    numbers.iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn length(line: &Value) -> f64 {
    vector(line).iter().map(|number| number * number).sum::<f64>().sqrt()
}

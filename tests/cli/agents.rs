//! `mcp`: an agent at standard input and output.

use serde_json::{Value, json};

use crate::harness::{Sandbox, expect_form, fields, text};

fn lines(messages: &[Value]) -> String {
    messages.iter().map(|message| format!("{message}\n")).collect()
}

fn call(id: u64, tool: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

fn initialize() -> Value {
    let client = json!({"name": "test", "version": "1"});
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}})
}

/// The results of messages with the ids 0, 1, 2 and so on.
fn results(sandbox: &Sandbox, messages: &[Value]) -> Vec<Value> {
    let outcome = sandbox.run_with_input(&["mcp"], lines(messages)).code(0).says_nothing();
    let mut answers = outcome.json_lines();
    answers.sort_by_key(|answer| answer["id"].as_u64());
    assert_eq!(answers.len(), messages.len(), "{answers:?}");
    answers.into_iter().map(|mut answer| answer["result"].take()).collect()
}

#[test]
fn tools_answer_what_commands_print_in_the_form_of_their_schemas() {
    let sandbox = Sandbox::with_papers();
    let found = results(
        &sandbox,
        &[
            initialize(),
            call(1, "search_papers", json!({"query": "compressing the cache"})),
            call(2, "similar_papers", json!({"ids": ["cache"]})),
            call(3, "get_paper", json!({"id": "cache"})),
            call(4, "count_papers", json!({"by": "year"})),
            call(5, "collection_stats", json!({})),
            json!({"jsonrpc": "2.0", "id": 6, "method": "tools/list"}),
            call(7, "search_papers", json!({"query": "compressing the cache", "year": 1970, "mode": "lexical"})),
        ],
    );
    let commands: [&[&str]; 5] = [
        &["ask", "compressing the cache", "--json"],
        &["similar", "cache", "--json"],
        &["show", "cache", "--json"],
        &["facets", "--by", "year", "--json"],
        &["info", "--json"],
    ];
    let tools = found[6]["tools"].as_array().unwrap();
    let schema_of = |name: &str| &tools.iter().find(|tool| tool["name"] == name).unwrap()["outputSchema"];
    let names = ["search_papers", "similar_papers", "get_paper", "count_papers", "collection_stats"];
    for ((command, result), name) in commands.into_iter().zip(&found[1..]).zip(names) {
        let (answered, printed) = (&result["structuredContent"], sandbox.run(command).json());
        for field in fields(&printed).into_iter().filter(|field| *field != "took_us") {
            assert_eq!(answered[field], printed[field], "{name}: {field}");
        }
        expect_form(schema_of(name), answered);
        assert_eq!(result["isError"], false);
        assert!(!text(result, "/content/0/text").is_empty());
    }
    assert!(
        text(&found[1], "/content/0/text")
            .contains("Compressing the cache\nid: cache\n2024-06-12 · Ada Example, Bo Example")
    );
    let none = &found[7]["structuredContent"];
    expect_form(schema_of("search_papers"), none);
    assert!(none["hits"] == json!([]) && none["near"][0]["papers"] == 0, "{none}");
}

#[test]
fn descriptions_tell_a_model_enough() {
    let sandbox = Sandbox::with_papers();
    let found = results(&sandbox, &[initialize(), json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})]);
    for tool in found[1]["tools"].as_array().unwrap() {
        assert!(text(tool, "/description").len() > 80, "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        for (name, rule) in tool["inputSchema"]["properties"].as_object().unwrap() {
            let said = text(rule, "/description");
            assert!(said.len() > 15 && said.ends_with('.'), "{name}: {said}");
        }
    }
    let size = found[1].to_string().len();
    assert!(size < 32_000, "a list of tools is read in every conversation: {size} bytes");
}

#[test]
fn nothing_but_messages_is_on_standard_output_whatever_comes() {
    let sandbox = Sandbox::with_papers();
    let mut input = b"\xff\xff\n{\n[]\n\n".to_vec();
    input.extend(lines(&[json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}), json!("x")]).bytes());
    for arguments in [&["mcp"][..], &["mcp", "--verbose"], &["mcp", "--quiet", "--threads", "1"]] {
        let outcome = sandbox.run_with_input(arguments, input.clone()).code(0);
        let answers = outcome.json_lines();
        assert!(answers.len() == 5 && answers.iter().all(|answer| answer["jsonrpc"] == "2.0"), "{answers:?}");
    }
    sandbox.run_with_input(&["mcp", "--verbose"], "").code(0).says("4 papers").prints_nothing();
}

#[test]
fn without_an_index_it_says_so_and_ends() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run_with_input(&["mcp"], lines(&[initialize()])).code(3).prints_nothing();
    outcome.says("no index");
}

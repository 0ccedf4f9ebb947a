//! Agents: what clients of each era send and get, pages, and what must never come of hostile input.

mod http;
mod messages;
mod tools;

use serde_json::{Value, json};

use crate::harness::{Reply, Running};

/// What requests carry from 2026-07-28 on.
fn envelope() -> Value {
    json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}})
}

fn request(id: impl Into<Value>, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})
}

fn call(id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
    request(id, "tools/call", json!({"name": tool, "arguments": arguments}))
}

fn enveloped(mut request: Value) -> Value {
    request["params"]["_meta"] = envelope();
    request
}

fn initialize(version: &str) -> Value {
    let client = json!({"name": "test", "version": "1"});
    request(0, "initialize", json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client}))
}

impl Running {
    /// Sends a message as clients of 2026-07-28 do.
    fn message(&self, message: &Value) -> Reply {
        let method = message["method"].as_str().unwrap_or_default();
        let name = message["params"]["name"].as_str().unwrap_or_default();
        let mut headers = vec![
            ("Accept", "application/json, text/event-stream"),
            ("MCP-Protocol-Version", "2026-07-28"),
            ("Mcp-Method", method),
        ];
        if method == "tools/call" {
            headers.push(("Mcp-Name", name));
        }
        self.send("POST", "/mcp", &headers, message.to_string().as_bytes())
    }

    /// The structured answer of a tool, and its text.
    fn tool(&self, name: &str, arguments: Value) -> (Value, String) {
        let result = self.message(&enveloped(call(1, name, arguments))).json()["result"].clone();
        assert_eq!(result["isError"], false, "{result}");
        (result["structuredContent"].clone(), result["content"][0]["text"].as_str().unwrap().to_owned())
    }

    /// What a tool says that does not answer.
    fn refusal(&self, name: &str, arguments: Value) -> String {
        let result = self.message(&enveloped(call(1, name, arguments))).json()["result"].clone();
        assert!(result["isError"] == true && result.get("structuredContent").is_none(), "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }
}

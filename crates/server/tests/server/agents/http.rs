//! What is refused and what is answered at `/mcp`.

use serde_json::{Value, json};

use super::{call, enveloped, initialize, request};
use crate::harness::Running;

#[test]
fn over_http_headers_repeat_the_body_and_faults_have_a_status() {
    let server = Running::demo();
    let list = enveloped(request(1, "tools/list", json!({})));
    let search = enveloped(call(1, "search_papers", json!({"query": "kv cache"})));
    let reply = server.message(&list);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    assert!(reply.header("mcp-session-id").is_none());
    assert_eq!(server.message(&search).status, 200);
    let version = ("MCP-Protocol-Version", "2026-07-28");
    let method = ("Mcp-Method", "tools/call");
    for headers in [
        vec![],
        vec![version],
        vec![version, method],
        vec![version, method, ("Mcp-Name", "get_paper")],
        vec![version, ("Mcp-Method", "tools/list"), ("Mcp-Name", "search_papers")],
        vec![("MCP-Protocol-Version", "2025-11-25"), method, ("Mcp-Name", "search_papers")],
        vec![version, version, method, ("Mcp-Name", "search_papers")],
    ] {
        let reply = server.send("POST", "/mcp", &headers, search.to_string().as_bytes());
        assert_eq!((reply.status, reply.json()["error"]["code"].clone()), (400, json!(-32020)), "{headers:?}");
        assert_eq!(reply.json()["id"], 1);
    }
    let packed = [version, method, ("Mcp-Name", "=?base64?c2VhcmNoX3BhcGVycw==?=")];
    assert_eq!(server.send("POST", "/mcp", &packed, search.to_string().as_bytes()).status, 200);
    let unknown = server.message(&enveloped(request(1, "prompts/list", json!({}))));
    assert_eq!((unknown.status, unknown.json()["error"]["code"].clone()), (404, json!(-32601)));
    assert_eq!(server.message(&enveloped(call(1, "no_such_tool", json!({})))).status, 400);
    let mut later = list.clone();
    later["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01".into();
    let headers = [("MCP-Protocol-Version", "2099-01-01"), ("Mcp-Method", "tools/list")];
    for body in [later, request(1, "tools/list", json!({}))] {
        let reply = server.send("POST", "/mcp", &headers, body.to_string().as_bytes());
        assert_eq!((reply.status, reply.json()["error"]["code"].clone()), (400, json!(-32022)));
    }
    let told = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    let reply = server.message(&told);
    assert!(reply.status == 202 && reply.body.is_empty(), "{reply:?}");
}

#[test]
fn over_http_older_clients_need_no_session() {
    let server = Running::demo();
    let post =
        |headers: &[(&str, &str)], body: Value| server.send("POST", "/mcp", headers, body.to_string().as_bytes());
    for (offered, agreed) in [("2025-06-18", "2025-06-18"), ("2026-07-28", "2025-11-25")] {
        let begun = post(&[], initialize(offered));
        assert_eq!(begun.json()["result"]["protocolVersion"], agreed);
        assert!(begun.header("mcp-session-id").is_none());
        let version = [("MCP-Protocol-Version", agreed)];
        assert_eq!(post(&version, json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).status, 202);
        assert_eq!(
            post(&version, request(1, "tools/list", json!({}))).json()["result"]["tools"][0]["name"],
            "search_papers"
        );
        let found = post(&version, call(2, "search_papers", json!({"query": "kv cache"})));
        assert_eq!(found.json()["result"]["structuredContent"]["hits"][0]["rank"], 1);
        let unknown = post(&version, request(3, "resources/list", json!({})));
        assert_eq!((unknown.status, unknown.json()["error"]["code"].clone()), (200, json!(-32601)));
    }
    let batch = json!([request(1, "ping", json!({})), call(2, "collection_stats", json!({}))]);
    assert_eq!(post(&[], batch.clone()).json().as_array().unwrap().len(), 2, "a client that names no revision");
    assert_eq!(post(&[("MCP-Protocol-Version", "2025-06-18")], batch).status, 400);
    assert_eq!(post(&[], json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}])).status, 202);
    assert_eq!(post(&[], json!({"jsonrpc": "2.0", "id": 1, "result": {}})).status, 202);
}

#[test]
fn over_http_what_is_no_message_is_refused() {
    let server = Running::demo();
    for method in ["GET", "DELETE", "PUT"] {
        let reply = server.send(method, "/mcp", &[], b"");
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")), "{method}");
        assert_eq!(reply.json()["error"]["message"], "no such method here", "in the form that agents read");
    }
    for (body, code) in
        [("", -32700), ("{", -32700), ("\u{feff}{}", -32600), ("[]", -32600), ("7", -32600), ("{}", -32600)]
    {
        let head = [("Content-Type", "application/json")];
        let reply = server.send("POST", "/mcp", if body.is_empty() { &head } else { &[] }, body.as_bytes());
        assert_eq!((reply.status, reply.json()["error"]["code"].clone()), (400, json!(code)), "{body}");
    }
    let ping = request(1, "ping", json!({})).to_string();
    let status = |name: &str, value: &str| {
        let kind = if name == "Content-Type" { value } else { "application/json" };
        let accept = if name == "Accept" { value } else { "*/*" };
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {kind}\r\nAccept: {accept}\r\nContent-Length: {}\r\n\r\n",
            server.address,
            ping.len()
        );
        server.raw(format!("{head}{ping}").as_bytes()).status
    };
    assert_eq!(status("Accept", "application/json"), 200, "JSON alone will do");
    assert_eq!(status("Accept", "text/html, application/*;q=0.5"), 200);
    assert_eq!(status("Accept", "text/event-stream"), 406);
    assert_eq!(status("Content-Type", "text/plain"), 415);
    assert_eq!(status("Content-Type", "application/json; charset=utf-8"), 200);
    let large = request(1, "ping", json!({"a": "x".repeat(1 << 20)})).to_string();
    assert_eq!(server.post("/mcp", &large).status, 413);
    let foreign = server.send("POST", "/mcp", &[("Origin", "http://evil.example")], ping.as_bytes());
    assert!(
        foreign.status == 403 && foreign.json()["error"]["message"].as_str().unwrap().contains("Origin"),
        "{foreign:?}"
    );
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("semsearch_requests_total{route=\"/mcp\",status=\"4xx\"}"), "{metrics}");
}

#[test]
fn without_its_token_an_agent_is_told_so_in_the_form_that_it_reads() {
    let server =
        Running::over(&crate::harness::demo(), |options| options.with_token(Some("0123456789abcdef".to_owned())));
    let ping = request(1, "ping", json!({})).to_string();
    let refused = server.post("/mcp", &ping);
    assert_eq!((refused.status, refused.header("content-type")), (401, Some("application/json")));
    assert!(refused.header("www-authenticate").is_some());
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("Authorization: Bearer"), "{refused:?}");
    let shown = [("Authorization", "Bearer 0123456789abcdef")];
    assert_eq!(server.send("POST", "/mcp", &shown, ping.as_bytes()).status, 200);
}

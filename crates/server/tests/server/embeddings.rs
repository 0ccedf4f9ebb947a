//! OpenAI's form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use semsearch_embed::{Encoder, TextKind};
use serde_json::{Value, json};

use crate::harness::{Running, session};

fn vectors(value: &Value) -> Vec<Vec<f32>> {
    let data = value["data"].as_array().unwrap();
    assert!(data.iter().enumerate().all(|(at, item)| item["index"] == json!(at) && item["object"] == "embedding"));
    let of_text = |text: &str| -> Vec<f32> {
        let bytes = STANDARD.decode(text).unwrap();
        bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
    };
    let of_list =
        |list: &Value| list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect();
    let one = |item: &Value| item["embedding"].as_str().map_or_else(|| of_list(&item["embedding"]), of_text);
    data.iter().map(one).collect()
}

#[test]
fn vectors_are_those_of_the_model_in_both_spellings() {
    let server = Running::demo();
    let texts = ["The sea moves.", "Wind", "KV caches grow with the context."];
    let expected = session(&server.index).encoder().encode(&texts, TextKind::Passage).unwrap();
    for format in ["float", "base64"] {
        let reply = server
            .post("/v1/embeddings", &json!({"model": "static", "input": texts, "encoding_format": format}).to_string());
        let value = reply.json();
        let found = vectors(&value);
        assert_eq!(found.len(), 3);
        assert!(found.iter().zip(expected.vectors.iter()).all(|(found, expected)| found == expected), "{format}");
        assert_eq!(value["usage"]["total_tokens"], json!(expected.tokens.iter().sum::<usize>()));
    }
    let alone = server.post("/v1/embeddings", &json!({"model": "static", "input": "Wind"}).to_string()).json();
    assert_eq!(vectors(&alone), [expected.vectors.row(1)]);
    let cut =
        server.post("/v1/embeddings", &json!({"model": "static", "input": "Wind", "dimensions": 8}).to_string()).json();
    let length: f32 = vectors(&cut)[0].iter().map(|number| number * number).sum();
    assert!(vectors(&cut)[0].len() == 8 && (length - 1.0).abs() < 1e-5);
    assert_eq!(server.get("/v1/models").json()["data"][0]["id"], "static");
}

#[test]
fn what_is_wrong_is_told_as_openai_tells_it() {
    let server = Running::demo();
    for (body, status, part) in [
        ("", 400, "JSON"),
        ("[]", 400, "JSON object"),
        (r#"{"input": "a"}"#, 400, "`model`"),
        (r#"{"model": "other", "input": "a"}"#, 404, "the model here is `static`"),
        (r#"{"model": "static"}"#, 400, "`input`"),
        (r#"{"model": "static", "input": ""}"#, 400, "have a word"),
        (r#"{"model": "static", "input": ["a", 7]}"#, 400, "`input`"),
        (r#"{"model": "static", "input": [[]]}"#, 400, "have a word"),
        (r#"{"model": "static", "input": [-1]}"#, 400, "`input`"),
        (r#"{"model": "static", "input": "a", "dimensions": 0}"#, 400, "`dimensions`"),
        (r#"{"model": "static", "input": "a", "encoding_format": "hex"}"#, 400, "`encoding_format`"),
        (r#"{"model": "static", "input": "a", "texts": 1}"#, 400, "`texts` is no field"),
    ] {
        let reply = server.post("/v1/embeddings", body);
        let message = reply.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(reply.status == status && message.contains(part), "{body}: {reply:?}");
    }
    let many = json!({"model": "static", "input": vec!["a"; 2049]}).to_string();
    assert_eq!(server.post("/v1/embeddings", &many).status, 400);
    assert_eq!(server.get("/v1/embeddings").json()["error"]["type"], "invalid_request_error");
}

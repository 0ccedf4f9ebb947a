//! Messages of JSON-RPC 2.0: what came, and what is sent back.

use serde_json::{Map, Value, json};

/// The most messages of a batch.
const BATCH: usize = 50;

/// What a line, or a body, holds.
#[derive(Debug)]
pub(crate) enum Received {
    One(Value),
    /// A list of messages, which revisions up to 2025-03-26 know.
    Several(Vec<Value>),
}

/// One message.
#[derive(Debug)]
pub(crate) enum Message {
    Request(Request),
    Notification {
        method: String,
        params: Map<String, Value>,
    },
    /// An answer to something; we ask nothing.
    Answer,
}

/// A message that wants an answer.
#[derive(Debug)]
pub(crate) struct Request {
    /// A text or a whole number.
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Map<String, Value>,
}

/// Why a message is not answered as it would like to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
}

impl Fault {
    pub(crate) const PARSE: i64 = -32700;
    pub(crate) const INVALID_REQUEST: i64 = -32600;
    pub(crate) const NO_METHOD: i64 = -32601;
    pub(crate) const INVALID_PARAMS: i64 = -32602;
    pub(crate) const HEADERS: i64 = -32020;
    pub(crate) const VERSION: i64 = -32022;

    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Fault { code, message: message.into(), data: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Fault::new(Fault::INVALID_REQUEST, message)
    }

    pub(crate) fn params(message: impl Into<String>) -> Self {
        Fault::new(Fault::INVALID_PARAMS, message)
    }

    /// The answer to the message with this id; `null` if it has none that can be read.
    pub(crate) fn reply(&self, id: &Value) -> String {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string()
    }
}

/// The answer with a result, which is JSON already.
pub(crate) fn reply(id: &Value, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

impl Received {
    /// Reads JSON. Other encodings than UTF-8, numbers without end and very deep nesting are faults like any other.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        // Some editors and shells begin with a mark of UTF-8.
        match serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
            Ok(Value::Array(messages)) if messages.is_empty() || messages.len() > BATCH => {
                Err(Fault::invalid(format!("expected 1 to {BATCH} messages in a batch, found {}", messages.len())))
            }
            Ok(Value::Array(messages)) => Ok(Received::Several(messages)),
            Ok(message) => Ok(Received::One(message)),
            Err(error) => Err(Fault::new(Fault::PARSE, format!("expected a message of JSON: {error}"))),
        }
    }
}

impl Message {
    /// The message that a value is. The fault of one that is none comes with its id, as far as it has one.
    pub(crate) fn of(value: Value) -> Result<Self, (Value, Fault)> {
        let Value::Object(mut fields) = value else {
            return Err((Value::Null, Fault::invalid("expected a JSON object")));
        };
        // Of whatever id: a peer that sends back what it was told must not be told the same again.
        if !fields.contains_key("method") && (fields.contains_key("result") || fields.contains_key("error")) {
            return Ok(Message::Answer);
        }
        let id = match fields.remove("id") {
            None => None,
            Some(id) if id.is_string() || id.is_i64() || id.is_u64() => Some(id),
            Some(_) => return Err((Value::Null, Fault::invalid("expected `id` to be a text or a whole number"))),
        };
        let fault = |fault: Fault| (id.clone().unwrap_or_default(), fault);
        if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(fault(Fault::invalid("expected `\"jsonrpc\": \"2.0\"`")));
        }
        let method = match fields.remove("method") {
            Some(Value::String(method)) => method,
            _ => return Err(fault(Fault::invalid("expected `method` to be a text"))),
        };
        let params = match fields.remove("params") {
            Some(Value::Object(params)) => params,
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err(fault(Fault::params("expected `params` to be an object"))),
        };
        Ok(match id {
            Some(id) => Message::Request(Request { id, method, params }),
            None => Message::Notification { method, params },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_told_with_its_id() {
        for (value, id, code) in [
            (json!(7), Value::Null, -32600),
            (json!({}), Value::Null, -32600),
            (json!({"jsonrpc": "1.0", "id": 3, "method": "ping"}), json!(3), -32600),
            (json!({"jsonrpc": "2.0", "id": 3}), json!(3), -32600),
            (json!({"jsonrpc": "2.0", "id": null, "method": "ping"}), Value::Null, -32600),
            (json!({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}), Value::Null, -32600),
            (json!({"jsonrpc": "2.0", "id": "a", "method": 7}), json!("a"), -32600),
            (json!({"jsonrpc": "2.0", "id": "a", "method": "ping", "params": [1]}), json!("a"), -32602),
        ] {
            let (told, fault) = Message::of(value.clone()).unwrap_err();
            assert_eq!((told, fault.code), (id, code), "{value}");
        }
        assert!(matches!(Message::of(json!({"jsonrpc": "2.0", "id": 1, "result": {}})), Ok(Message::Answer)));
        let echo = serde_json::from_str(&Fault::invalid("x").reply(&Value::Null)).unwrap();
        assert!(matches!(Message::of(echo), Ok(Message::Answer)), "an answer that comes back is not answered");
        assert!(matches!(Message::of(json!({"jsonrpc": "2.0", "method": "x"})), Ok(Message::Notification { .. })));
        for bytes in [&b""[..], b"{", b"\xff\xfe", b"\"\xc3\"", b"[1e999999999]", &[b'['; 100_000]] {
            assert_eq!(Received::parse(bytes).unwrap_err().code, Fault::PARSE);
        }
        assert_eq!(Received::parse(b"[]").unwrap_err().code, Fault::INVALID_REQUEST);
    }
}

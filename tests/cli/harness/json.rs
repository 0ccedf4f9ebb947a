//! Looking into JSON, with a failure that shows what was looked into.

use serde_json::Value;

/// The string at a JSON pointer.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer} of {value}"))
}

/// The number at a JSON pointer.
#[track_caller]
pub(crate) fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer} of {value}"))
}

/// The names of an object's fields, sorted.
#[track_caller]
pub(crate) fn fields(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The ids of an answer, best first.
pub(crate) fn ids(answer: &Value) -> Vec<&str> {
    hits(answer).iter().map(|hit| text(hit, "/id")).collect()
}

/// The hits of an answer.
#[track_caller]
pub(crate) fn hits(answer: &Value) -> &[Value] {
    answer["hits"].as_array().unwrap_or_else(|| panic!("no hits in {answer}"))
}

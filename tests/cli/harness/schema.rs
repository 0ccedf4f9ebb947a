//! Comparing what was printed with its schema in `docs/schemas`.
//!
//! A validator of our own, because the keywords that our schemas use are few and a library for all of JSON Schema takes
//! longer to build than the rest of the tests. It refuses a keyword that it does not know, so no part of a schema is
//! passed over. It is stricter than a reader should be: a field that the schema does not name is an error.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

/// Expects `document` to have the form that its schema says.
#[track_caller]
pub(crate) fn expect_schema(document: &Value) {
    static SCHEMAS: LazyLock<Mutex<HashMap<String, Value>>> = LazyLock::new(Mutex::default);
    let stem = match document.get("schema").and_then(Value::as_str) {
        Some(name) => name.trim_start_matches("semsearch.").replace('/', "-"),
        None => "encode".to_owned(),
    };
    let mut schemas = SCHEMAS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let root = schemas.entry(stem.clone()).or_insert_with(|| {
        let path = format!("{}/docs/schemas/{stem}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}: {document}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    });
    if let Err(problem) = check(root, root, document, "") {
        panic!("not what docs/schemas/{stem}.json says: {problem}\n{document}");
    }
}

/// Expects `document` to have the form that a schema says.
#[track_caller]
pub(crate) fn expect_form(schema: &Value, document: &Value) {
    if let Err(problem) = check(schema, schema, document, "") {
        panic!("not of its form: {problem}\n{document}");
    }
}

/// Checks `value`, which is at `place` of the document, by `schema`, which is a part of `root`.
fn check(root: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    if *schema == Value::Bool(true) {
        // Anything goes, as what was kept of a record does.
        return Ok(());
    }
    let object = schema.as_object().ok_or_else(|| format!("{place}: a schema that is not an object: {schema}"))?;
    for (keyword, rule) in object {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" => {}
            "$ref" => {
                let pointer = rule.as_str().and_then(|rule| rule.strip_prefix('#')).unwrap_or_default();
                let target = root.pointer(pointer).ok_or_else(|| format!("{place}: no {rule} in the schema"))?;
                check(root, target, value, place)?;
            }
            "type" => {
                let mut kinds = rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice).iter();
                if !kinds.any(|kind| is_a(value, kind.as_str().unwrap_or_default())) {
                    return Err(format!("{place}: expected {rule}, found {value}"));
                }
            }
            // Widths of numbers; `minimum` and `maximum` say what of them can be seen in JSON.
            "format" => {
                let known = ["uint8", "uint16", "uint32", "uint64", "int32", "float", "double"];
                if !rule.as_str().is_some_and(|rule| known.contains(&rule)) {
                    return Err(format!("{place}: the format {rule} is not known"));
                }
            }
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                return Err(format!("{place}: expected at least {rule}, found {value}"));
            }
            "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                return Err(format!("{place}: expected at most {rule}, found {value}"));
            }
            "minimum" | "maximum" => {}
            "const" if rule == value => {}
            "enum" if rule.as_array().is_some_and(|choices| choices.contains(value)) => {}
            "const" | "enum" => return Err(format!("{place}: expected {rule}, found {value}")),
            "anyOf" | "oneOf" => {
                let choices = rule.as_array().ok_or_else(|| format!("{place}: {keyword} is not a list"))?;
                let problems: Vec<String> =
                    choices.iter().filter_map(|choice| check(root, choice, value, place).err()).collect();
                let fitting = choices.len() - problems.len();
                if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                    return Err(format!("{place}: {fitting} of the choices fit: {}", problems.join("; ")));
                }
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{place}/{number}"))?;
                }
            }
            "required" => {
                let names = rule.as_array().into_iter().flatten().filter_map(Value::as_str);
                for name in names {
                    if value.is_object() && value.get(name).is_none() {
                        return Err(format!("{place}: `{name}` is missing"));
                    }
                }
            }
            "properties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    let rule = rule.get(name).ok_or_else(|| format!("{place}: `{name}` is not in the schema"))?;
                    check(root, rule, field, &format!("{place}/{name}"))?;
                }
            }
            // Of a map: its names are not known, its values are alike.
            "additionalProperties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    check(root, rule, field, &format!("{place}/{name}"))?;
                }
            }
            _ => return Err(format!("{place}: the keyword {keyword} is not known")),
        }
    }
    Ok(())
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

#[test]
fn a_document_of_another_form_is_refused() {
    let schema: Value = serde_json::json!({
        "type": "object",
        "properties": {
            "a": { "type": ["integer", "null"], "minimum": 0 },
            "b": { "anyOf": [{ "$ref": "#/$defs/B" }, { "type": "null" }] },
            "c": { "type": "array", "items": { "oneOf": [{ "const": "x" }, { "const": "y" }] } }
        },
        "required": ["a"],
        "$defs": { "B": { "enum": [true] } }
    });
    let refusal = |document: Value| check(&schema, &schema, &document, "").err();
    let good = serde_json::json!({ "a": 1, "b": null, "c": ["x", "y"] });
    assert_eq!(refusal(good), None);
    for bad in [
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({ "a": -1 }),
        serde_json::json!({ "a": 1.5 }),
        serde_json::json!({ "a": "1" }),
        serde_json::json!({ "a": 1, "b": false }),
        serde_json::json!({ "a": 1, "c": ["x", "z"] }),
        serde_json::json!({ "a": 1, "d": 1 }),
    ] {
        assert!(refusal(bad.clone()).is_some(), "{bad}");
    }
    let unknown = serde_json::json!({ "pattern": "x" });
    assert!(check(&unknown, &unknown, &Value::Null, "").unwrap_err().contains("pattern"));
}

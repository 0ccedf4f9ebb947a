//! JSON text into values, with complaints in words.
//!
//! Programs write JSON that no standard allows, and whose meaning is clear: `NaN` for nothing (Python, R), half a surrogate
//! pair (Python), line ends inside strings, a comma behind the last item. Text that does not parse is [`mended`] and parsed
//! again, so that what parses costs nothing more.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::fields::kind_of;
use crate::error::{Mismatch, snippet};

/// An object that was read into a type, and its fields that the type has in another shape.
pub(super) struct Typed<T> {
    pub(super) value: T,
    pub(super) odd: Map<String, Value>,
}

/// Reads one object into a type that knows its fields, all of which may be missing. Fields the type does not know are passed
/// over, and fields of another shape are handed out as they are.
pub(super) fn typed<T: DeserializeOwned>(text: &str, expected: &str) -> Result<Typed<T>, Mismatch> {
    // serde would take a list for the fields in order.
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(Typed { value, odd: Map::new() });
    }
    of_fields(object(text, expected)?, expected)
}

/// Reads the fields of an object into a type as [`typed`] does.
pub(super) fn of_fields<T: DeserializeOwned>(fields: Map<String, Value>, expected: &str) -> Result<Typed<T>, Mismatch> {
    let fits = |name: &str, value: &Value| {
        let alone = Map::from_iter([(name.to_owned(), value.clone())]);
        serde_json::from_value::<T>(Value::Object(alone)).is_ok()
    };
    let (good, odd): (Map<_, _>, Map<_, _>) = fields.into_iter().partition(|(name, value)| fits(name, value));
    match serde_json::from_value(Value::Object(good)) {
        Ok(value) => Ok(Typed { value, odd }),
        Err(error) => Err(complaint(expected, &error)),
    }
}

/// Parses a text that has to hold one object.
pub(super) fn object(text: &str, expected: &str) -> Result<Map<String, Value>, Mismatch> {
    match value(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(Mismatch::new(expected, kind_of(&other))),
        Err(_) if text.trim() == "{" => Err(Mismatch::new(
            expected,
            "the beginning of one that goes on in the next (`jq -c . FILE` gives each object its own line)",
        )),
        Err(_) if text.trim_start().starts_with("{'") => {
            Err(Mismatch::new(expected, format!("Python's spelling {}; write it with `json.dumps`", snippet(text))))
        }
        Err(error) => Err(complaint(expected, &error)),
    }
}

/// Parses a text as it is, or mended.
fn value(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|error| match mended(text) {
        Cow::Owned(mended) => serde_json::from_str(&mended).map_err(|_| error),
        Cow::Borrowed(_) => Err(error),
    })
}

/// A text without what JSON does not allow and programs write all the same.
fn mended(text: &str) -> Cow<'_, str> {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '"' => string(rest, &mut mended),
            ',' if rest[1..].trim_start().starts_with(['}', ']']) => 1,
            _ => match WORDS.iter().find(|word| rest.starts_with(**word)) {
                Some(word) => {
                    mended.push_str("null");
                    word.len()
                }
                None => {
                    mended.push(first);
                    first.len_utf8()
                }
            },
        };
        rest = &rest[taken..];
    }
    if mended == text { Cow::Borrowed(text) } else { Cow::Owned(mended) }
}

/// Numbers that JSON does not have.
const WORDS: [&str; 4] = ["NaN", "-Infinity", "Infinity", "undefined"];

/// Copies the string that a text begins with, without line ends and halves of surrogate pairs, and returns its length.
fn string(text: &str, mended: &mut String) -> usize {
    mended.push('"');
    let mut at = 1;
    while let Some(next) = text[at..].chars().next() {
        match next {
            '"' => {
                mended.push('"');
                return at + 1;
            }
            '\\' => {
                let first = escape(&text[at..]);
                let second = escape(&text[at + first.len()..]);
                let (kept, length) = match (surrogate(first), surrogate(second)) {
                    (Some(Half::High), Some(Half::Low)) => (&text[at..at + 12], 12),
                    (Some(_), _) => ("\u{fffd}", first.len()),
                    (None, _) => (first, first.len()),
                };
                mended.push_str(kept);
                at += length;
            }
            control if control.is_ascii_control() => {
                mended.push(' ');
                at += 1;
            }
            other => {
                mended.push(other);
                at += other.len_utf8();
            }
        }
    }
    at
}

/// The escape that a text begins with, or nothing.
fn escape(text: &str) -> &str {
    let length = match text.as_bytes() {
        [b'\\', b'u', rest @ ..] if rest.iter().take(4).filter(|byte| byte.is_ascii_hexdigit()).count() == 4 => 6,
        [b'\\', ..] => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
        _ => 0,
    };
    &text[..length]
}

/// A half of a surrogate pair.
enum Half {
    High,
    Low,
}

/// The half of a surrogate pair that an escape is.
fn surrogate(escape: &str) -> Option<Half> {
    match u16::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

/// The complaint of a parser's error, with the place in the file rather than in the parsed text.
pub(super) fn complaint(expected: &str, error: &serde_json::Error) -> Mismatch {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let found = match error.line() {
        0 | 1 => format!("at column {}: {message}", error.column()),
        // An item of a list may take several lines; the message already names the line it begins on.
        later => format!("{} lines below, at column {}: {message}", later - 1, error.column()),
    };
    Mismatch::new(expected, found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Paper {
        title: Option<String>,
    }

    #[test]
    fn a_field_of_another_shape_is_handed_out_as_it_is() {
        let good = typed::<Paper>("{\"title\": \"T\", \"x\": [1]}", "a paper").unwrap();
        assert_eq!((good.value.title.as_deref(), good.odd.len()), (Some("T"), 0));
        let odd = typed::<Paper>("{\"title\": 3}", "a paper").unwrap();
        assert_eq!((odd.value.title, Value::Object(odd.odd)), (None, json!({"title": 3})));
    }

    #[test]
    fn complaints_name_the_place() {
        let found = |text| object(text, "a paper").unwrap_err().found;
        assert_eq!(found("{\"a\":\n \"title\" 3}"), "1 lines below, at column 10: expected `,` or `}`");
        assert_eq!(found("[\"T\"]"), "a list");
        assert_eq!(found("null"), "null");
        assert_eq!(found("{'id': 1}"), "Python's spelling `{'id': 1}`; write it with `json.dumps`");
        assert!(found("{").contains("jq -c"));
        assert!(found(&format!("{{\"a\":{}", "[".repeat(100_000))).contains("recursion limit"));
    }

    #[test]
    fn what_programs_write_against_the_standard_is_read() {
        for (text, read) in [
            (r#"{"a": NaN, "b": [Infinity, -Infinity]}"#, json!({"a": null, "b": [null, null]})),
            (r#"{"a": "NaN, \" NaN", "b": NaN}"#, json!({"a": "NaN, \" NaN", "b": null})),
            (
                r#"{"a": "Tides \ud83d of", "b": "\ud83c\udf0a \udf0a"}"#,
                json!({"a": "Tides \u{fffd} of", "b": "🌊 \u{fffd}"}),
            ),
            ("{\"a\": \"two\nlines\"}", json!({"a": "two lines"})),
            (r#"{"a": [1, 2,], "b": 1, }"#, json!({"a": [1, 2], "b": 1})),
        ] {
            assert_eq!(Value::Object(object(text, "an object").unwrap()), read, "{text}");
        }
    }

    proptest! {
        #[test]
        fn mending_leaves_good_json_as_it_is(text in "\\PC{0,20}", number in any::<i64>()) {
            let value = json!({"a": text, text.clone(): [number, {"b": null}]});
            let written = value.to_string();
            let read: Value = serde_json::from_str(&mended(&written)).unwrap();
            prop_assert_eq!(read, value);
        }

        #[test]
        fn no_text_makes_mending_panic(text in "[\\\\\"ud8c9aNf{}\\[\\],: \u{e9}\n]{0,40}") {
            let _ = mended(&text);
        }
    }
}

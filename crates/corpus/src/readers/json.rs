//! JSON text into the type of a format's records, with complaints in words.

use serde::Deserialize;

use crate::error::{Mismatch, snippet};

/// Reads one object into a type that knows its fields. Fields the type does not know are passed over.
pub(super) fn typed<'a, T: Deserialize<'a>>(text: &'a str, expected: &str) -> Result<T, Mismatch> {
    // serde would take a list for the fields in order.
    if !text.trim_start().starts_with('{') {
        return Err(Mismatch::new(expected, snippet(text)));
    }
    serde_json::from_str(text).map_err(|error| complaint(expected, &error))
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
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Paper {
        title: String,
    }

    #[test]
    fn complaints_name_the_place() {
        assert_eq!(typed::<Paper>("{\"title\": \"T\", \"x\": [1]}", "a paper").unwrap().title, "T");
        let found = |text| typed::<Paper>(text, "a paper").unwrap_err().found;
        assert_eq!(found("{\"title\": 3}"), "at column 11: invalid type: integer `3`, expected a string");
        assert_eq!(found("{\"a\":\n \"title\" 3}"), "1 lines below, at column 10: expected `,` or `}`");
        assert_eq!(found("[\"T\"]"), "`[\"T\"]`");
        assert_eq!(found("null"), "`null`");
    }
}

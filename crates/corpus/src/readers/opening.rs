//! The beginning of a JSON input: how its records are arranged, and which fields the first record has.
//!
//! This distinguishes the JSON formats. Only the head of the data is read, which may end anywhere. So the outermost fields
//! up to that end are read, without checking that the JSON is complete.

/// How records are arranged in a JSON input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// One object a line.
    Lines,
    /// One list of objects.
    List,
    /// An answer of a web service: an object that holds the list under one of [`PAGE_FIELDS`].
    Page,
}

/// The fields under which web services hand out a list of papers.
pub(crate) const PAGE_FIELDS: [&str; 2] = ["data", "results"];

/// The beginning of a JSON input.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) arrangement: Arrangement,
    /// Names, each with the text from the beginning of its value on.
    fields: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Opening<'a> {
    /// Looks at the beginning of the data. `None` if it is neither a JSON object nor a list of objects.
    pub(crate) fn of(head: &'a [u8]) -> Option<Opening<'a>> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if let Some(object) = first_of_list(text) {
            return Some(Opening { arrangement: Arrangement::List, fields: fields(object) });
        }
        let outer = fields(text.strip_prefix(b"{")?);
        let page = outer.iter().filter(|(name, _)| PAGE_FIELDS.iter().any(|field| field.as_bytes() == *name));
        match page.filter_map(|(_, value)| first_of_list(value)).next() {
            Some(object) => Some(Opening { arrangement: Arrangement::Page, fields: fields(object) }),
            None => Some(Opening { arrangement: Arrangement::Lines, fields: outer }),
        }
    }

    /// Whether the first record has a field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The text from a field's value on.
    pub(crate) fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.iter().find(|(field, _)| *field == name.as_bytes()).map(|(_, value)| *value)
    }
}

/// The text after the brace of a list's first object; `None` if this is not a list of objects.
fn first_of_list(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"[")?.trim_ascii_start().strip_prefix(b"{")
}

/// The fields of an object whose brace was read.
fn fields(mut rest: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut fields = Vec::new();
    while let Some((name, value)) = field(rest) {
        fields.push((name, value));
        match value.get(end_of_value(value)..) {
            Some([b',', next @ ..]) => rest = next,
            _ => break,
        }
    }
    fields
}

/// A name, and the text from its value on.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.trim_ascii_start().strip_prefix(b"\"")?;
    let end = end_of_string(inside)?;
    let value = inside.get(end + 1..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    Some((&inside[..end], value))
}

/// The place of the quote that ends a string.
fn end_of_string(inside: &[u8]) -> Option<usize> {
    let mut escaped = false;
    inside.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// The place of the comma or bracket after a value.
fn end_of_value(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0u32, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => at += end_of_string(&text[at + 1..]).map_or(text.len(), |end| end + 1),
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' | b',' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> (Arrangement, Vec<String>) {
        let opening = Opening::of(text.as_bytes()).unwrap();
        let names = opening.fields.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        (opening.arrangement, names)
    }

    #[test]
    fn the_outermost_fields_of_the_first_record_are_seen() {
        let text = r#" {"a": {"x": "}", "y": [1, 2]}, "b\"": "\\", "c": null} {"later": 1}"#;
        assert_eq!(names(text), (Arrangement::Lines, vec!["a".into(), "b\\\"".into(), "c".into()]));
        assert_eq!(names(r#"[ {"a": 1}, {"b": 2}]"#), (Arrangement::List, vec!["a".into()]));
        assert_eq!(names(r#"{"meta": {}, "results": [{"id": 1}, {}]}"#), (Arrangement::Page, vec!["id".into()]));
        assert_eq!(names(r#"{"data": ["x"], "b": 1}"#), (Arrangement::Lines, vec!["data".into(), "b".into()]));
    }

    #[test]
    fn a_head_that_ends_inside_a_record_tells_the_fields_before() {
        assert_eq!(names(r#"{"a": 1, "b": [{"c": "d"#).1, ["a", "b"]);
        assert_eq!(names(r#"{"a": 1, "b"#).1, ["a"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(
            proptest::sample::select(b"{}[]\",:\\ a1\n".to_vec()), 0..80))
        {
            let _ = Opening::of(&bytes);
        }
    }
}

//! The beginning of a JSON input: how its records are arranged, and which fields the first record has.
//!
//! This distinguishes the JSON formats. Only the head of the data is read, which may end anywhere. So the outermost fields
//! up to that end are read, without checking that the JSON is complete.
//!
//! Web services hand out papers under names of their own: `data`, `message.items`, `resultList.result`. So the list is the
//! first one whose first object looks like a paper: it has a title or an abstract, or an object in it does.

use super::field_names::is_text;
use super::values::TEXTS;
use super::wrapped::WRAPPERS;

/// How records are arranged in a JSON input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// One object a line.
    Lines,
    /// One object after the other, of several lines each.
    Objects,
    /// One list of objects.
    List,
    /// An answer of a web service: an object that holds the list, under these names from the outside in.
    Page(Vec<String>),
    /// One object whose fields are the records; their names are those of the records.
    Keyed,
    /// One object whose fields are columns, or the names of the columns and a list of rows: what pandas writes unless it is told
    /// otherwise.
    Columns,
}

/// The names under which lists of papers usually lie, whatever is in them.
const LISTS: [&str; 8] = ["data", "results", "items", "papers", "collection", "docs", "notes", "result"];

/// How deep in an answer the list of papers is looked for.
const DEEPEST: usize = 3;

/// The beginning of a JSON input.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) arrangement: Arrangement,
    /// Names, each with the text from the beginning of its value on.
    fields: Fields<'a>,
}

type Fields<'a> = Vec<(&'a [u8], &'a [u8])>;

impl<'a> Opening<'a> {
    /// Looks at the beginning of the data. `None` if it is neither a JSON object nor a list of objects.
    pub(crate) fn of(head: &'a [u8]) -> Option<Opening<'a>> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if let Some(object) = first_of_list(text) {
            return Some(Opening { arrangement: Arrangement::List, fields: of_record(fields(object)) });
        }
        let inside = text.strip_prefix(b"{")?;
        let outer = fields(inside);
        if are_columns(&outer) {
            return Some(Opening { arrangement: Arrangement::Columns, fields: outer });
        }
        if !is_paper(&outer)
            && let Some(opening) = of_page(&outer)
        {
            return Some(opening);
        }
        let arrangement = if is_on_one_line(text) { Arrangement::Lines } else { Arrangement::Objects };
        Some(Opening { arrangement, fields: of_record(outer) })
    }

    /// The names of the first record's fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.fields.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned())
    }

    /// Whether the first record has a field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The text from a field's value on.
    pub(crate) fn value(&self, name: &str) -> Option<&'a [u8]> {
        value_of(&self.fields, name)
    }
}

fn value_of<'a>(fields: &[(&[u8], &'a [u8])], name: &str) -> Option<&'a [u8]> {
    fields.iter().find(|(field, _)| *field == name.as_bytes()).map(|(_, value)| *value)
}

/// An object that holds papers, rather than being one.
fn of_page<'a>(outer: &[(&'a [u8], &'a [u8])]) -> Option<Opening<'a>> {
    if let Some((path, first)) = list_below(outer, DEEPEST) {
        let path = path.into_iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        return Some(Opening { arrangement: Arrangement::Page(path), fields: of_record(first) });
    }
    let objects = || outer.iter().map(|(_, value)| object(value));
    if let Some(Some(first)) = objects().next()
        && objects().all(|object| object.is_some())
        && is_paper(&fields(first))
    {
        return Some(Opening { arrangement: Arrangement::Keyed, fields: fields(first) });
    }
    let is_empty_list =
        |value: &[u8]| value.strip_prefix(b"[").is_some_and(|inside| inside.trim_ascii_start().starts_with(b"]"));
    let name = LISTS.iter().find(|name| value_of(outer, name).is_some_and(is_empty_list))?;
    Some(Opening { arrangement: Arrangement::Page(vec![(*name).to_owned()]), fields: Vec::new() })
}

/// The way to the first list of papers in an object, and the fields of its first paper.
fn list_below<'a>(outer: &[(&'a [u8], &'a [u8])], depth: usize) -> Option<(Vec<&'a [u8]>, Fields<'a>)> {
    let deeper = depth.checked_sub(1)?;
    let lists = || outer.iter().filter_map(|(name, value)| Some((*name, fields(first_of_list(value)?))));
    let of_papers = lists().find(|(_, first)| is_paper(first) || inner_paper(first).is_some());
    let is_usual = |name: &[u8]| LISTS.iter().any(|list| list.as_bytes() == name);
    if let Some((name, first)) = of_papers.or_else(|| lists().find(|(name, _)| is_usual(name))) {
        return Some((vec![name], first));
    }
    outer.iter().find_map(|(name, value)| {
        let (mut path, first) = list_below(&fields(object(value)?), deeper)?;
        path.insert(0, name);
        Some((path, first))
    })
}

/// The fields of a record, or of the paper inside it. What lies inside a numbered paper of Semantic Scholar is its full text.
fn of_record(outer: Fields<'_>) -> Fields<'_> {
    let is_full_text = value_of(&outer, "corpusid").is_some();
    match inner_paper(&outer) {
        Some(inner) if !is_paper(&outer) && !is_full_text => inner,
        _ => outer,
    }
}

/// The fields of the paper that lies inside a record of a web service.
fn inner_paper<'a>(outer: &[(&[u8], &'a [u8])]) -> Option<Fields<'a>> {
    let wrapped = WRAPPERS.iter().filter_map(|name| Some(fields(object(value_of(outer, name)?)?)));
    wrapped.into_iter().find(|inner| is_paper(inner))
}

/// Whether fields are those of a paper.
fn is_paper(fields: &[(&[u8], &[u8])]) -> bool {
    let names = fields.iter().filter_map(|(name, _)| std::str::from_utf8(name).ok());
    names.into_iter().any(|name| is_text(name) || name == "abstract_inverted_index")
}

/// Whether fields are columns: the title, or the abstract, is an object or a list, and so is every other field; or there are
/// names of columns and rows of cells.
fn are_columns(outer: &[(&[u8], &[u8])]) -> bool {
    let begins = |name: &str, brackets: &[u8]| {
        let value: Vec<u8> = value_of(outer, name)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .take(2)
            .collect();
        value == brackets
    };
    if begins("columns", b"[\"") && (begins("data", b"[[") || begins("data", b"[]")) {
        return true;
    }
    let is_shape = |name: &[u8]| TEXTS.iter().any(|text| text.as_bytes() == name);
    let is_column = |value: &[u8]| match value.first() {
        Some(b'[') => first_of_list(value).is_none(),
        Some(b'{') => fields(&value[1..]).first().is_some_and(|(name, _)| !is_shape(name)),
        _ => false,
    };
    outer.len() >= 2 && is_paper(outer) && outer.iter().all(|(_, value)| is_column(value))
}

/// Whether the first object ends on the line on which it begins. One that is broken off there is on one line too, if the next
/// line begins with an object.
fn is_on_one_line(text: &[u8]) -> bool {
    let end = end_of_object(text);
    let object = &text[..end];
    match object.iter().position(|&byte| byte == b'\n') {
        // Another object behind the first one.
        None => {
            !text.get(end..).is_some_and(|behind| behind.trim_ascii_start().starts_with(b"{") && !starts_line(behind))
        }
        Some(at) => {
            let goes_on = object[..at].trim_ascii_end().last().is_some_and(|byte| b"{[,:".contains(byte));
            !goes_on
                || object[at..].trim_ascii_start().starts_with(b"{\"") && !object[..at].trim_ascii_end().ends_with(b"[")
        }
    }
}

fn starts_line(behind: &[u8]) -> bool {
    let blank = behind.iter().take_while(|byte| byte.is_ascii_whitespace());
    blank.into_iter().any(|&byte| byte == b'\n')
}

/// The text after the brace of an object; `None` if this is not an object.
fn object(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"{")
}

/// The text after the brace of a list's first object; `None` if this is not a list of objects. Services write `null` for papers
/// that they do not have.
fn first_of_list(text: &[u8]) -> Option<&[u8]> {
    let mut inside = text.strip_prefix(b"[")?.trim_ascii_start();
    while let Some(behind) = inside.strip_prefix(b"null") {
        inside = behind.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start();
    }
    object(inside)
}

/// The fields of an object whose brace was read.
fn fields(mut rest: &[u8]) -> Fields<'_> {
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

/// The place behind the object that a text begins with; the end of the text if the object does not end.
fn end_of_object(text: &[u8]) -> usize {
    let Some(inside) = object(text) else { return text.len() };
    let mut at = 0;
    // Behind each value of the object stands a comma or the bracket.
    loop {
        at += end_of_value(inside.get(at..).unwrap_or_default());
        match inside.get(at) {
            Some(b',') => at += 1,
            Some(b'}') => return at + 2,
            _ => return text.len(),
        }
    }
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
        let text = r#" {"a": {"x": "}", "y": [1, 2]}, "b\"": "\\", "c": null}
{"later": 1}"#;
        assert_eq!(names(text), (Arrangement::Lines, vec!["a".into(), "b\\\"".into(), "c".into()]));
        assert_eq!(names(r#"[ null, {"a": 1}, {"b": 2}]"#), (Arrangement::List, vec!["a".into()]));
        assert_eq!(names(r#"{"data": ["x"], "b": 1}"#), (Arrangement::Lines, vec!["data".into(), "b".into()]));
    }

    #[test]
    fn a_list_of_papers_is_found_under_any_name() {
        for (text, path) in [
            (r#"{"meta": {}, "results": [{"title": 1}, {}]}"#, &["results"][..]),
            (r#"{"messages": [{"status": "ok"}], "collection": [{"title": 1}]}"#, &["collection"]),
            (r#"{"message": {"facets": {}, "items": [{"title": 1}]}}"#, &["message", "items"]),
            (r#"{"hits": {"hits": [{"id": 1, "metadata": {"titles": []}}]}}"#, &["hits", "hits"]),
            (r#"{"count": 0, "results": []}"#, &["results"]),
        ] {
            let path = path.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(names(text).0, Arrangement::Page(path), "{text}");
        }
        let citing = r#"{"data": [{"contexts": [], "citingPaper": {"paperId": "a", "title": "T"}}]}"#;
        assert_eq!(names(citing).1, ["paperId", "title"]);
    }

    #[test]
    fn papers_may_be_columns_or_fields_of_one_object() {
        for text in [
            r#"{"title": {"0": "T", "1": "U"}, "abstract": {"0": null}}"#,
            r#"{"title": ["T"], "abstract": ["A"]}"#,
            r#"{"columns": ["title", "abstract"], "index": [0], "data": [["T", "A"]]}"#,
        ] {
            assert_eq!(names(text).0, Arrangement::Columns, "{text}");
        }
        assert_eq!(names(r#"{"a": {"title": "T"}, "b": {"title": "U"}}"#).0, Arrangement::Keyed);
        for text in [r#"{"title": {"value": "T"}, "abstract": {"value": "A"}}"#, r#"{"title": ["T"], "DOI": "10.1/2"}"#]
        {
            assert_eq!(names(text).0, Arrangement::Lines, "{text}");
        }
    }

    #[test]
    fn objects_may_take_several_lines_and_a_line_several_objects() {
        for text in ["{\n \"title\": \"T\"\n}\n{\n", "{\"title\": \"T\",\n\"b\": 1}", "{\"title\": 1} {\"title\": 2}"] {
            assert_eq!(names(text).0, Arrangement::Objects, "{text}");
        }
        for text in
            ["{\"title\": 1}\n{\"title\": 2}", "{\"title\": \n{\"title\": 2}", "{\"title\": 1}", "{\"title\": \"T"]
        {
            assert_eq!(names(text).0, Arrangement::Lines, "{text}");
        }
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

//! Front matter: the fields at the head of a Markdown file, between two lines of `---`.
//!
//! This reads the part of YAML that people write there, without the full grammar:
//!
//! ```text
//! title: On Tides               a value, in quotes or not
//! authors: [I. Brandt, T. Quiroga]   a list on the line
//! tags:
//!   - tides                     a list below
//! abstract: >                   text below, indented; `|` is the same
//!   The sea moves.
//! # a comment
//! ```
//!
//! Anything else, such as maps inside maps, is passed over.

use serde_json::{Map, Value};

use super::field_names::meaning;
use super::table::cell::of_text;

/// The fields at the head of some lines, and how many lines they take; `None` if the lines do not begin with `---`.
pub(super) fn read(lines: &[String]) -> Option<(Map<String, Value>, usize)> {
    if lines.first()?.trim_end() != "---" {
        return None;
    }
    let end = 1 + lines[1..].iter().position(|line| matches!(line.trim_end(), "---" | "..."))?;
    let mut rest = &lines[1..end];
    let mut fields = Map::new();
    while let Some((line, below)) = rest.split_first() {
        rest = below;
        // An indented line belongs to a field that was passed over.
        if line.starts_with([' ', '\t', '#', '-']) {
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = unquoted(name);
        let name = if meaning(&name).is_some() { name.to_lowercase() } else { name.to_string() };
        let taken = below.iter().take_while(|line| belongs_above(line)).count();
        let (value, taken) = match without_comment(value.trim()) {
            "" => (list_below(&below[..taken]), taken),
            ">" | ">-" | "|" | "|-" => (Some(Value::String(text_below(&below[..taken]))), taken),
            value => (Some(value_on_line(&name, value)), 0),
        };
        rest = &below[taken..];
        if let Some(value) = value {
            fields.entry(name).or_insert(value);
        }
    }
    Some((fields, end + 1))
}

/// Whether a line goes on with the field above it.
fn belongs_above(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with([' ', '\t']) || line.starts_with("- ")
}

fn list_below(lines: &[String]) -> Option<Value> {
    let items = lines.iter().filter_map(|line| line.trim().strip_prefix("- "));
    let items: Vec<String> = items.map(unquoted).filter(|item| !item.is_empty()).collect();
    (!items.is_empty()).then(|| items.into())
}

fn text_below(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn value_on_line(name: &str, value: &str) -> Value {
    match value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => items_of(list).into(),
        None => of_text(name, &unquoted(value)),
    }
}

/// The items of a list on one line. A comma inside quotes does not separate items.
fn items_of(list: &str) -> Vec<String> {
    let mut quote = None;
    let at_comma = |c: char| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        c == ',' && quote.is_none()
    };
    list.split(at_comma).map(unquoted).filter(|item| !item.is_empty()).collect()
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inside) = within('"') {
        return inside.replace("\\\"", "\"").replace("\\\\", "\\");
    }
    within('\'').map_or_else(|| value.to_owned(), |inside| inside.replace("''", "'"))
}

/// A value without the comment behind it. A `#` inside quotes does not begin a comment.
fn without_comment(value: &str) -> &str {
    match value.starts_with(['"', '\'']) {
        true => value,
        false if value.starts_with('#') => "",
        false => value.split(" #").next().unwrap_or_default().trim_end(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read_text(text: &str) -> Option<(Value, usize)> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        read(&lines).map(|(fields, taken)| (Value::Object(fields), taken))
    }

    #[test]
    fn values_lists_and_texts_are_read() {
        let text = "---\nTitle: \"On \\\"Tides\\\": Part 1\"\nauthors: [I. Brandt, 'Quiroga, T.']\ntags:\n  - tides\n- deep sea\n\
            date: 2020-05-01 # a Friday\nabstract: >\n  The sea\n  moves.\n\n# comment\nn_authors: 2\nodd\nnested:\n  a: 1\n\
            status: it''s\n---\nBody";
        let (fields, taken) = read_text(text).unwrap();
        let expected = json!({
            "title": "On \"Tides\": Part 1", "authors": ["I. Brandt", "Quiroga, T."], "tags": ["tides", "deep sea"],
            "date": "2020-05-01", "abstract": "The sea\nmoves.", "n_authors": 2, "status": "it''s",
        });
        assert_eq!((fields, taken), (expected, text.lines().count() - 1));
    }

    #[test]
    fn a_rule_at_the_head_of_a_text_is_no_front_matter() {
        assert_eq!(read_text("---\ntitle: T\nno end"), None);
        assert_eq!(read_text("Text\n---\n"), None);
        assert_eq!(read_text(""), None);
        assert_eq!(read_text("---\n---\n"), Some((json!({}), 2)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(lines in proptest::collection::vec("[-a:\\[\\]\"'>|# é,]{0,9}", 0..12)) {
            let mut all = vec!["---".to_owned()];
            all.extend(lines);
            all.push("---".to_owned());
            let (_, taken) = read(&all).unwrap();
            prop_assert!(taken <= all.len());
        }
    }
}

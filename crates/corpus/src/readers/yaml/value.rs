//! One record of YAML as a JSON value.
//!
//! The crate `saphyr-parser` tells what stands in the text, piece by piece. Here the pieces become a value without
//! recursion, and what they may become is bounded: the depth, the number of parts, and the text, all of it counted where
//! an alias (`*a`) repeats what an anchor (`&a`) named. Nine aliases of nine aliases of nine are refused, not expanded.
//!
//! All scalars are texts, whatever YAML would take them for: a title may be `1984` and a key `no`. Only what says nothing
//! is null.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::error::{Mismatch, shortened};

/// The deepest nesting of lists and mappings.
const DEEPEST: usize = 64;

/// The most parts of a record, those that aliases repeat included.
const MOST_PARTS: usize = 1 << 16;

/// The most bytes of a record, those that aliases repeat included.
const LONGEST: usize = 4 << 20;

/// The value of a text that holds one document, or the line in it and what is wrong.
pub(super) fn value(text: &str) -> Result<Value, (usize, Mismatch)> {
    let mut tree = Tree::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            let found = shortened(error.info()).into_owned();
            (error.marker().line().saturating_sub(1), Mismatch::new("YAML", found))
        })?;
        tree.add(event).map_err(|mismatch| (span.start.line().saturating_sub(1), mismatch))?;
    }
    Ok(tree.root.unwrap_or_default())
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Value>,
    /// What anchors name.
    anchors: HashMap<usize, Value>,
    parts: usize,
    bytes: usize,
}

/// A list or a mapping whose end was not read.
struct Open {
    anchor: usize,
    parts: Parts,
}

enum Parts {
    List(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

impl Tree {
    fn add(&mut self, event: Event<'_>) -> Result<(), Mismatch> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_nothing { Value::Null } else { Value::String(text.into_owned()) };
                self.put(value, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(Parts::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.begin(Parts::Mapping(Map::new(), None), anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { anchor, parts: Parts::List(list) }) => self.put(Value::Array(list), anchor),
                Some(Open { anchor, parts: Parts::Mapping(map, _) }) => self.put(Value::Object(map), anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let named = self.anchors.get(&anchor).cloned();
                self.put(named.ok_or_else(|| Mismatch::new("an alias of something that ended", "one of itself"))?, 0)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, parts: Parts, anchor: usize) -> Result<(), Mismatch> {
        if self.open.len() == DEEPEST {
            return Err(Mismatch::new(format!("at most {DEEPEST} lists and mappings in each other"), "more"));
        }
        self.open.push(Open { anchor, parts });
        Ok(())
    }

    /// Adds a value that is whole to the innermost list or mapping.
    fn put(&mut self, value: Value, anchor: usize) -> Result<(), Mismatch> {
        self.count(&value)?;
        if anchor > 0 {
            self.count(&value)?;
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut().map(|open| &mut open.parts) {
            // Of several documents the first one counts.
            None => _ = self.root.get_or_insert(value),
            Some(Parts::List(list)) => list.push(value),
            Some(Parts::Mapping(map, name)) => match name.take() {
                None => *name = Some(name_of(value)?),
                // The first of two equal names counts.
                Some(name) => _ = map.entry(name).or_insert(value),
            },
        }
        Ok(())
    }

    /// Counts a value with all that is in it. A list is counted again when the list around it ends, so that a part counts as
    /// often as it is deep; the bounds are wide enough for that.
    fn count(&mut self, value: &Value) -> Result<(), Mismatch> {
        match value {
            Value::String(text) => {
                self.parts += 1;
                self.bytes += text.len();
            }
            Value::Array(list) => list.iter().try_for_each(|value| self.count(value))?,
            Value::Object(map) => map.values().try_for_each(|value| self.count(value))?,
            _ => self.parts += 1,
        }
        if self.parts > MOST_PARTS || self.bytes > LONGEST {
            let expected = format!("a record of at most {MOST_PARTS} parts and {LONGEST} bytes, aliases included");
            return Err(Mismatch::new(expected, "more"));
        }
        Ok(())
    }
}

fn name_of(value: Value) -> Result<String, Mismatch> {
    match value {
        Value::String(name) => Ok(name),
        Value::Null => Ok(String::new()),
        _ => Err(Mismatch::new("a name in front of a value", "a list or a mapping")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_are_texts_or_nothing() {
        let text = "a: 1984\nb: no\nc:\nd: ~\ne: 'null'\nf: |\n  The sea\n  moves.\ng: >-\n  It\n  does.\nh: \"\\u00e9\"\ni: [x, {y: z}]";
        let expected = json!({"a": "1984", "b": "no", "c": null, "d": null, "e": "null", "f": "The sea\nmoves.\n",
            "g": "It does.", "h": "é", "i": ["x", {"y": "z"}]});
        assert_eq!(value(text), Ok(expected));
        assert_eq!(value("a: 1\na: 2"), Ok(json!({"a": "1"})));
        assert_eq!(value(""), Ok(Value::Null));
    }

    #[test]
    fn aliases_repeat_what_they_name_within_bounds() {
        assert_eq!(value("a: &x [1, 2]\nb: *x"), Ok(json!({"a": ["1", "2"], "b": ["1", "2"]})));
        let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..9 {
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
        }
        let (_, mismatch) = value(&bomb).unwrap_err();
        assert!(mismatch.expected.contains("parts and 4194304 bytes"), "{}", mismatch.expected);
        assert!(value("a: &x [*x]").is_err() && value("a: *x").is_err());
    }

    #[test]
    fn what_is_no_yaml_is_told_by_its_line() {
        assert_eq!(value("a: b\nc: 'd\n").unwrap_err().1.expected, "YAML");
        assert_eq!(value("a: b\n  c: d: e\n").unwrap_err().0, 1);
        assert!(value("? [a]\n: b").is_err());
    }

    #[test]
    fn nothing_is_as_deep_as_it_likes() {
        assert!(value(&"[".repeat(100_000)).is_err());
        assert!(value(&"- ".repeat(100_000)).is_err());
        assert!(value(&"a: {".repeat(1000)).is_err());
        let deep: String = (0..1000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        assert!(value(&deep).unwrap_err().1.expected.contains("at most 64 lists"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "- ", "a: ", "&a ", "*a", "\n", "  ", "[", "]", "{", "}", ", ", "'", "\"", "|", ">", "#", "---", "...",
                    "!!", "?", "\t", "é", "%", "<<: ", "\\",
                ]),
                0..40,
            ),
        ) {
            let _ = value(&pieces.concat());
        }
    }
}

//! Lists that a program wrote into one cell of a table, each in its own spelling.
//!
//! | written by                  | a list                              | a group                      |
//! |-----------------------------|-------------------------------------|------------------------------|
//! | JSON                        | `["Ada Dune", "Carl Wave"]`         | `{"name": "Ada Dune"}`       |
//! | Python, pandas              | `['Ada Dune', "Carl O'Wave", None]` | `{'name': 'Ada Dune'}`       |
//! | a tuple, a set, an array    | `('Ada Dune',)`, `array(['Ada Dune'], dtype=object)` |             |
//! | NumPy                       | `['Ada Dune' 'Carl Wave']`          | `{'name': 'Ada Dune'}`       |
//! | DuckDB                      | `[Ada Dune, Carl Wave]`             | `{'name': Ada Dune, 'n': 1}` |
//! | PostgreSQL                  | `{"Ada Dune",Wave}`                 |                              |
//! | R                           | `c("Ada Dune", "Carl Wave")`        |                              |
//!
//! All of them are read by one grammar: items between brackets, with commas or white space between; an item is quoted, or
//! in brackets, or bare text up to the next comma. Quotes end where something other than text follows, since not every
//! program escapes the quotes inside.

use serde_json::{Map, Value};

/// How deep lists and groups may nest.
const DEEPEST: usize = 8;

/// Names in front of a bracket.
const CALLS: [&str; 6] = ["array", "list", "Series", "set", "c", "frozenset"];

/// The list or the group that is written in a cell; `None` if the cell is text.
pub(super) fn nested(cell: &str) -> Option<Value> {
    let cell = cell.trim();
    let bracket = cell.find(['[', '{', '('])?;
    if bracket > 0 && !CALLS.contains(&&cell[..bracket])
        || bracket == 0 && cell.starts_with('(') && !cell.ends_with(')')
    {
        return None;
    }
    if !cell.ends_with([']', '}', ')']) {
        return None;
    }
    if let Ok(value) = serde_json::from_str::<Value>(cell) {
        return Some(value);
    }
    let mut parser = Parser { rest: cell };
    let value = parser.value(DEEPEST, &[])?;
    parser.rest.trim().is_empty().then_some(value)
}

/// Whether a cell is a list of quoted texts, which a title such as `[On tides]` is not.
pub(super) fn is_quoted_list(cell: &str) -> bool {
    let inside = cell.trim_start().strip_prefix(['[', '{']).map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['\'', '"']))
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, expected: char) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A value; bare text ends at a comma or at one of the characters `ends`.
    fn value(&mut self, depth: usize, ends: &[char]) -> Option<Value> {
        self.skip_space();
        if let Some(call) = CALLS.iter().find(|call| self.rest.strip_prefix(**call).is_some_and(opens)) {
            self.rest = self.rest[call.len()..].strip_prefix('(')?;
            let list = self.items(depth.checked_sub(1)?, ')')?;
            // `array([…], dtype=object)` holds the list; `c(…)` is one.
            return Some(match list {
                Value::Array(mut items) if items.first().is_some_and(Value::is_array) => items.swap_remove(0),
                list => list,
            });
        }
        match self.rest.chars().next()? {
            '[' => {
                self.rest = &self.rest[1..];
                self.items(depth.checked_sub(1)?, ']')
            }
            '(' if ends.is_empty() || self.rest[1..].trim_start().starts_with(['\'', '"']) => {
                self.rest = &self.rest[1..];
                self.items(depth.checked_sub(1)?, ')')
            }
            '{' => {
                self.rest = &self.rest[1..];
                self.group(depth.checked_sub(1)?)
            }
            quote @ ('\'' | '"') => self.quoted(quote).map(Value::String),
            _ => Some(self.bare(ends)),
        }
    }

    /// The items up to the bracket that ends them.
    fn items(&mut self, depth: usize, end: char) -> Option<Value> {
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.take(end) {
                return Some(Value::Array(items));
            }
            // NumPy leaves the middle of a long array out.
            if self.rest.starts_with("...") {
                self.rest = &self.rest[3..];
                continue;
            }
            if self.rest.is_empty() {
                return None;
            }
            if self.take(',') {
                continue;
            }
            let item = self.value(depth, &[end])?;
            // `dtype=object` is no item.
            if !(end == ')' && item.as_str().is_some_and(|text| text.starts_with("dtype="))) {
                items.push(item);
            }
        }
    }

    /// The fields up to the brace that ends them, or the items of a set.
    fn group(&mut self, depth: usize) -> Option<Value> {
        let (mut fields, mut items) = (Map::new(), Vec::new());
        loop {
            self.skip_space();
            if self.take('}') {
                return Some(if items.is_empty() { Value::Object(fields) } else { Value::Array(items) });
            }
            if self.take(',') {
                continue;
            }
            if self.rest.is_empty() {
                return None;
            }
            let name = self.value(depth, &[':', '=', '}'])?;
            self.skip_space();
            if self.take(':') || self.take('=') {
                let value = self.value(depth, &['}'])?;
                fields.insert(text_of(&name), value);
            } else {
                items.push(name);
            }
        }
    }

    /// A text in quotes, with the escapes of Python and JSON.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == quote {
                let behind = &self.rest[at + 1..];
                // A doubled quote is one.
                if let Some(more) = behind.strip_prefix(quote)
                    && !ends_item(more)
                {
                    characters.next();
                    text.push(quote);
                    continue;
                }
                if ends_item(behind) {
                    self.rest = behind;
                    return Some(text);
                }
                text.push(quote);
            } else if character == '\\' {
                match characters.next()?.1 {
                    'n' | 'r' | 't' => text.push(' '),
                    'x' => text.push(hex(&mut characters, 2)?),
                    'u' => text.push(hex(&mut characters, 4)?),
                    other @ ('\\' | '\'' | '"' | '/') => text.push(other),
                    other => text.extend(['\\', other]),
                }
            } else {
                text.push(character);
            }
        }
        None
    }

    /// Text without quotes, up to a comma or the bracket around it.
    fn bare(&mut self, ends: &[char]) -> Value {
        let end = self.rest.find(|c| c == ',' || ends.contains(&c)).unwrap_or(self.rest.len());
        let text = self.rest[..end].trim();
        self.rest = &self.rest[end..];
        match text {
            "None" | "nan" | "NaN" | "NULL" | "null" | "NA" | "<NA>" => Value::Null,
            "True" | "true" => Value::Bool(true),
            "False" | "false" => Value::Bool(false),
            _ => text.parse::<serde_json::Number>().map_or_else(|_| Value::String(text.to_owned()), Value::Number),
        }
    }
}

fn opens(behind: &str) -> bool {
    behind.starts_with('(')
}

/// Whether what follows a quote shows that it ended an item.
fn ends_item(behind: &str) -> bool {
    behind.is_empty() || behind.starts_with([',', ']', ')', '}', ':', ' ', '\n', '\r', '\t', '='])
}

fn hex(characters: &mut impl Iterator<Item = (usize, char)>, digits: usize) -> Option<char> {
    let code: Option<u32> = (0..digits).try_fold(0, |code, _| Some(code * 16 + characters.next()?.1.to_digit(16)?));
    Some(char::from_u32(code?).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_every_program_are_read() {
        let names = json!(["Ada Dune", "Carl Wave"]);
        for cell in [
            r#"["Ada Dune", "Carl Wave"]"#,
            "['Ada Dune', 'Carl Wave']",
            " ['Ada Dune', \"Carl Wave\"] ",
            "['Ada Dune' 'Carl Wave']",
            "['Ada Dune'\n 'Carl Wave']",
            "[Ada Dune, Carl Wave]",
            "('Ada Dune', 'Carl Wave')",
            "{'Ada Dune', 'Carl Wave'}",
            "{\"Ada Dune\",\"Carl Wave\"}",
            "{Ada Dune,Carl Wave}",
            "array(['Ada Dune', 'Carl Wave'], dtype=object)",
            "array(['Ada Dune', 'Carl Wave'],\n      dtype='<U9')",
            "c(\"Ada Dune\", \"Carl Wave\")",
        ] {
            assert_eq!(nested(cell), Some(names.clone()), "{cell}");
        }
    }

    #[test]
    fn items_keep_their_quotes_and_their_words_for_nothing_are_null() {
        for (cell, read) in [
            ("['Carl O\\'Wave', \"Ada d'Or\"]", json!(["Carl O'Wave", "Ada d'Or"])),
            ("['Carl O'Wave' 'B']", json!(["Carl O'Wave", "B"])),
            ("['Bal\\xe1zs', None, 'S\\u00f8ren']", json!(["Balázs", null, "Søren"])),
            ("['Dune, Ada']", json!(["Dune, Ada"])),
            ("[Ada O'Wave (Sea), NULL]", json!(["Ada O'Wave (Sea)", null])),
            ("[]", json!([])),
            ("['a' ... 'z']", json!(["a", "z"])),
            ("[['Dune', 'Ada', ''], ['Wave', 'Carl', 'Jr.']]", json!([["Dune", "Ada", ""], ["Wave", "Carl", "Jr."]])),
        ] {
            assert_eq!(nested(cell), Some(read), "{cell}");
        }
    }

    #[test]
    fn groups_are_read() {
        let groups = json!([{"name": "Ada Dune", "n": 1}, {"name": "Carl Wave", "n": null}]);
        for cell in [
            "[{'name': 'Ada Dune', 'n': 1}, {'name': 'Carl Wave', 'n': None}]",
            "[{'name': Ada Dune, 'n': 1}, {'name': Carl Wave, 'n': NULL}]",
            "[{'name': 'Ada Dune', 'n': 1}\n {'name': 'Carl Wave', 'n': nan}]",
        ] {
            assert_eq!(nested(cell), Some(groups.clone()), "{cell}");
        }
    }

    #[test]
    fn text_is_not_a_list() {
        for cell in
            ["Ada Dune; Carl Wave", "On (deep) seas", "[open", "array of seas (deep)", "(deep) seas", "", "[a] b [c"]
        {
            assert_eq!(nested(cell), None, "{cell}");
        }
        assert!(!is_quoted_list("[On the tides]") && is_quoted_list("['On the tides']"));
    }

    proptest! {
        #[test]
        fn no_cell_makes_it_panic(cell in "[\\[\\](){}'\", \\\\xu0-9a-cé:=\n]{0,40}") {
            let _ = nested(&cell);
        }
    }
}

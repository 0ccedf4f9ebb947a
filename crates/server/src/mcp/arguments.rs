//! The arguments of a call, checked by the same schema that clients see.
//!
//! Models write `"5"` for 5, one text where a list is wanted, and `null` for what they leave out. These are taken as meant; anything
//! else that the schema does not allow is told in a sentence that a model can act on.

use serde_json::{Map, Value};

use crate::parameters::{FILTERS, Parameters, SEARCH};
use crate::problem::Problem;

/// Arguments that do not change which papers there are and in what order.
const OF_PAGES: [&str; 3] = ["cursor", "max_tokens", "k"];

/// Arguments that fit the schema of their tool.
#[derive(Debug)]
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Checks arguments by a schema made of the keywords that [`super::schemas`] writes.
    pub(crate) fn checked(schema: &Value, given: Map<String, Value>) -> Result<Self, String> {
        let empty = Map::new();
        let known = schema["properties"].as_object().unwrap_or(&empty);
        let mut checked = Map::new();
        for (name, value) in given {
            if value.is_null() {
                continue;
            }
            let Some(rule) = known.get(&name) else {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let names = if names.is_empty() { "no arguments".to_owned() } else { names.join(", ") };
                return Err(format!("`{}` is no argument of this tool; there are {names}", shortened(&name)));
            };
            let value = fitting(rule, value).map_err(|expected| format!("expected `{name}` to be {expected}"))?;
            checked.insert(name, value);
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        match required.into_iter().find(|name| !checked.contains_key(*name)) {
            Some(name) => Err(format!("expected the argument `{name}`: {}", text_of(&known[name], "description"))),
            None => Ok(Arguments(checked)),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.0.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The arguments that the API knows, as its parameters.
    pub(crate) fn parameters(&self) -> Result<Parameters, Problem> {
        let mut fields = Map::new();
        for (name, value) in &self.0 {
            let name = if name == "query" { "q" } else { name.as_str() };
            if !OF_PAGES.contains(&name) && (SEARCH.contains(&name) || FILTERS.contains(&name)) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        Parameters::of_json(Value::Object(fields), &[&SEARCH, &FILTERS])
    }

    /// A number that differs, as good as always, between arguments for which there are other papers or another order.
    pub(crate) fn binding(&self, tool: &str) -> u64 {
        let mut named: Vec<(&String, &Value)> =
            self.0.iter().filter(|(name, _)| !OF_PAGES.contains(&name.as_str())).collect();
        named.sort_by_key(|(name, _)| *name);
        let text = named.iter().map(|(name, value)| format!("\n{name}={value}")).collect::<String>();
        // FNV-1a: the same in every process, which the hashes of the standard library are not.
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        tool.bytes().chain(text.bytes()).fold(0xcbf2_9ce4_8422_2325, step)
    }
}

/// The value as its rule wants it, or what the rule wants.
fn fitting(rule: &Value, value: Value) -> Result<Value, String> {
    match text_of(rule, "type") {
        "integer" => {
            let (least, most) = (rule["minimum"].as_u64().unwrap_or(0), rule["maximum"].as_u64().unwrap_or(u64::MAX));
            let number = match &value {
                Value::String(text) => text.trim().parse().ok(),
                Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
                _ => None,
            };
            let number = number.filter(|number| (least..=most).contains(number));
            number.map(Value::from).ok_or_else(|| format!("a whole number from {least} to {most}"))
        }
        "array" => {
            let items = match value {
                Value::Array(items) => items,
                Value::String(text) => vec![Value::String(text)],
                _ => return Err("a list of texts".to_owned()),
            };
            let (least, most) = (size(rule, "minItems", 0), size(rule, "maxItems", usize::MAX));
            if !(least..=most).contains(&items.len()) {
                return Err(format!("a list of {least} to {most} texts"));
            }
            let item = |item| fitting(&rule["items"], item).map_err(|expected| format!("a list, each item {expected}"));
            Ok(Value::Array(items.into_iter().map(item).collect::<Result<_, _>>()?))
        }
        _ => {
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                _ => return Err("a text".to_owned()),
            };
            if let Some(choices) = rule["enum"].as_array() {
                let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
                let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(text.trim()));
                return found.map(|choice| (*choice).into()).ok_or_else(|| format!("one of {}", choices.join(", ")));
            }
            let most = size(rule, "maxLength", usize::MAX);
            match text.chars().nth(most) {
                Some(_) => Err(format!("a text of at most {most} characters")),
                None if text.trim().is_empty() => Err("a text that is not empty".to_owned()),
                None => Ok(Value::String(text)),
            }
        }
    }
}

/// A number such as 5.0, which is written so by some.
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
}

fn size(rule: &Value, keyword: &str, default: usize) -> usize {
    rule[keyword].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(default)
}

fn text_of<'a>(rule: &'a Value, keyword: &str) -> &'a str {
    rule[keyword].as_str().unwrap_or_default()
}

fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mcp::schemas;

    fn schema() -> Value {
        schemas::object(
            &["query"],
            [
                ("query", schemas::text("What is asked", 20)),
                ("k", schemas::whole("How many", 1, 100)),
                ("venue", schemas::texts("Venues", 1, 2)),
                ("mode", schemas::choice("How", &["hybrid", "lexical"])),
            ],
        )
    }

    fn checked(value: Value) -> Result<Value, String> {
        let given = value.as_object().unwrap().clone();
        Arguments::checked(&schema(), given).map(|arguments| Value::Object(arguments.0))
    }

    #[test]
    fn what_is_meant_is_taken() {
        let given = json!({"query": "tides", "k": "5", "venue": "ACL", "mode": "Lexical", "cursor": null});
        assert_eq!(checked(given), Ok(json!({"query": "tides", "k": 5, "venue": ["ACL"], "mode": "lexical"})));
        assert_eq!(checked(json!({"query": 2024, "k": 5.0})), Ok(json!({"query": "2024", "k": 5})));
    }

    #[test]
    fn what_cannot_be_right_is_told_in_a_sentence() {
        for (given, told) in [
            (json!({}), "expected the argument `query`: What is asked"),
            (json!({"query": " "}), "expected `query` to be a text that is not empty"),
            (json!({"query": "x".repeat(21)}), "expected `query` to be a text of at most 20 characters"),
            (json!({"query": {}}), "expected `query` to be a text"),
            (json!({"query": "a", "k": 0}), "expected `k` to be a whole number from 1 to 100"),
            (json!({"query": "a", "k": 1.5}), "expected `k` to be a whole number from 1 to 100"),
            (json!({"query": "a", "k": -1}), "expected `k` to be a whole number from 1 to 100"),
            (json!({"query": "a", "venue": []}), "expected `venue` to be a list of 1 to 2 texts"),
            (json!({"query": "a", "venue": [true]}), "expected `venue` to be a list, each item a text"),
            (json!({"query": "a", "mode": "fast"}), "expected `mode` to be one of hybrid, lexical"),
            (json!({"query": "a", "limit": 3}), "`limit` is no argument of this tool; there are k, mode, query, venue"),
        ] {
            assert_eq!(checked(given.clone()), Err(told.to_owned()), "{given}");
        }
    }

    #[test]
    fn a_binding_is_that_of_papers_and_not_of_pages() {
        let binding = |value: Value| {
            Arguments::checked(&schema(), value.as_object().unwrap().clone()).unwrap().binding("search_papers")
        };
        let tides = binding(json!({"query": "tides", "venue": "ACL"}));
        assert_eq!(tides, binding(json!({"venue": ["ACL"], "query": "tides", "k": 7})));
        assert_ne!(tides, binding(json!({"query": "tides"})));
        assert_ne!(tides, binding(json!({"query": "tide", "venue": "ACL"})));
    }
}

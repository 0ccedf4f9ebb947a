//! The JSON schemas of arguments and answers.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The most tokens of a text, if the caller says nothing.
pub(crate) const TOKENS: usize = 6000;
/// The most hits of a page, if the caller says nothing.
pub(crate) const HITS: usize = 10;

/// Arguments of which some have to be there.
pub(crate) fn object(required: &[&str], properties: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(name, rule)| (name.to_owned(), rule)).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

pub(crate) fn text(description: &str, most: usize) -> Value {
    json!({"type": "string", "description": description, "minLength": 1, "maxLength": most})
}

pub(crate) fn texts(description: &str, least: usize, most: usize) -> Value {
    json!({"type": "array", "description": description, "minItems": least, "maxItems": most,
        "items": {"type": "string", "minLength": 1, "maxLength": 500}})
}

pub(crate) fn whole(description: &str, least: usize, most: usize) -> Value {
    json!({"type": "integer", "description": description, "minimum": least, "maximum": most})
}

pub(crate) fn choice(description: &str, choices: &[&str]) -> Value {
    json!({"type": "string", "description": description, "enum": choices})
}

/// The arguments that choose papers.
pub(crate) fn filters() -> Vec<(&'static str, Value)> {
    vec![
        ("since", text("Only papers of this date or later: YYYY, YYYY-MM or YYYY-MM-DD.", 20)),
        ("until", text("Only papers of this date or earlier: YYYY, YYYY-MM or YYYY-MM-DD.", 20)),
        ("year", text("Only papers of this year, such as 2024, or of a range, such as 2019..2022.", 20)),
        ("venue", texts("Only papers whose conference or journal contains one of these texts.", 1, 20)),
        (
            "category",
            texts("Only papers with one of these categories or keywords, such as cs.CL; cs means all of cs.", 1, 20),
        ),
        ("org", texts("Only papers whose organization contains one of these texts.", 1, 20)),
        ("author", texts("Only papers with an author whose name contains one of these texts.", 1, 20)),
        ("source", texts("Only papers read from one of these files.", 1, 20)),
        (
            "where",
            text(
                "Only papers for which this expression holds, such as: year >= 2020 and not venue = \"arXiv\". \
            Fields are those above, title, and others that papers have.",
                2000,
            ),
        ),
    ]
}

/// The arguments of tools that give pages of papers.
pub(crate) fn pages() -> Vec<(&'static str, Value)> {
    vec![
        ("k", whole("The most papers of a page; 10 by default.", 1, 100)),
        (
            "cursor",
            text("For the next page: `next_cursor` of the page before, with all other arguments as they were.", 100),
        ),
        ("max_tokens", tokens()),
    ]
}

pub(crate) fn tokens() -> Value {
    whole(
        "The most tokens of the text of the answer, counted by the model of the collection; 6000 by default. Abstracts are cut at \
        the end of a sentence to fit, and papers that do not fit come on the next page.",
        100,
        100_000,
    )
}

/// The schema of an answer. What fields mean is written in `docs/schemas` and is left out here: a client may hand the schema to its model, and
/// would do so in every conversation. So are widths of numbers, which are no part of JSON Schema and which validators complain about.
pub(crate) fn answer<T: JsonSchema>() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value();
    strip(&mut schema);
    schema
}

fn strip(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    keywords.retain(|keyword, _| !["$schema", "title", "description", "format", "default"].contains(&keyword.as_str()));
    for (keyword, rule) in keywords {
        match (keyword.as_str(), rule) {
            ("properties" | "$defs", Value::Object(named)) => named.values_mut().for_each(strip),
            ("anyOf" | "oneOf" | "allOf", Value::Array(choices)) => choices.iter_mut().for_each(strip),
            ("items" | "additionalProperties", rule) => strip(rule),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_keeps_its_fields_and_loses_what_is_said_of_them() {
        let schema = answer::<semsearch_report::ask::Answer>();
        let hit = &schema["$defs"]["Hit"];
        assert_eq!(hit["properties"]["title"], json!({"type": "string"}));
        assert_eq!(hit["properties"]["rank"], json!({"type": "integer", "minimum": 0}));
        assert!(schema["required"].as_array().unwrap().contains(&json!("took_us")));
        let text = schema.to_string();
        assert!(!text.contains("\"description\"") && !text.contains("\"format\""), "{text}");
    }
}

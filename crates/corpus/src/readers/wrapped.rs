//! Records inside records.
//!
//! Web services put a paper into an object of its own, beside what they know of it: `{"key": …, "data": {"title": …}}` (Zotero),
//! `{"citingPaper": {…}}` (Semantic Scholar), `{"message": {…}}` (Crossref). The fields of the paper become those of the record;
//! the fields around it fill its gaps.

use serde_json::{Map, Value};

use super::field_names::{Field, is_text, meaning};

/// The fields that a paper lies in.
pub(crate) const WRAPPERS: [&str; 18] = [
    "paper",
    "data",
    "metadata",
    "content",
    "message",
    "attributes",
    "_source",
    "citingPaper",
    "citedPaper",
    "article",
    "document",
    "doc",
    "record",
    "item",
    "work",
    "publication",
    "node",
    "bibjson",
];

/// The record with the fields of the paper inside it; as it is if no paper is inside.
pub(super) fn unwrapped(mut record: Map<String, Value>) -> Map<String, Value> {
    let holds_paper = |name: &&&str| record.get(**name).is_some_and(holds_text);
    let Some(name) = WRAPPERS.iter().find(holds_paper) else { return record };
    // A paper of its own beside things about it: BEIR has such `metadata`.
    // Zenodo repeats the title outside.
    let is_repeated = || record.get("title").is_some_and(|title| record[*name].get("title") == Some(title));
    // Parsed papers (CORD-19, unarXive) have their parts outside, but no title.
    let is_titled = record.keys().any(|name| matches!(meaning(name), Some((Field::Title, _))));
    let has_text = record.keys().map(String::as_str).any(is_text);
    let is_within = !is_titled && record[*name].get("title").is_some_and(Value::is_string) && *name == "metadata";
    if has_text && *name != "paper" && !is_within && !is_repeated() {
        return record;
    }
    let Some(Value::Object(mut inner)) = record.remove(*name) else { return record };
    for (name, value) in record {
        let is_gap = inner.get(&name).is_none_or(Value::is_null);
        if is_gap {
            inner.insert(name, value);
        }
    }
    inner
}

fn holds_text(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.iter().any(|(name, value)| is_text(name) && !value.is_null()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Value {
        Value::Object(unwrapped(value.as_object().unwrap().clone()))
    }

    #[test]
    fn a_paper_in_a_record_comes_out() {
        let wrapped = json!({"key": "A", "meta": {"x": 1}, "data": {"title": "T", "date": null}, "date": "2020"});
        assert_eq!(read(wrapped), json!({"key": "A", "meta": {"x": 1}, "title": "T", "date": "2020"}));
        let daily =
            json!({"title": "T", "publishedAt": "2024-01-03", "paper": {"title": "T", "publishedAt": "2024-01-02"}});
        let zenodo = json!({"title": "T", "created": 1, "metadata": {"title": "T", "description": "A"}});
        assert_eq!(read(zenodo), json!({"title": "T", "created": 1, "description": "A"}));
        let parsed = json!({"metadata": {"title": "T"}, "abstract": [{"text": "A"}]});
        assert_eq!(read(parsed), json!({"title": "T", "abstract": [{"text": "A"}]}));
        assert_eq!(read(json!({"cursor": "x", "node": {"title": "T"}})), json!({"cursor": "x", "title": "T"}));
        assert_eq!(read(daily), json!({"title": "T", "publishedAt": "2024-01-02"}));
    }

    #[test]
    fn what_stands_beside_a_paper_stays_there() {
        for record in
            [json!({"title": "T", "metadata": {"text": "x"}}), json!({"data": {"x": 1}}), json!({"data": "x"})]
        {
            assert_eq!(read(record.clone()), record);
        }
    }
}

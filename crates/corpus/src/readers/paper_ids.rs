//! DOIs and arXiv ids in the form of JSON: alone, in a list, or among all names of a paper.

use serde_json::Value;

use crate::identifiers;

/// A DOI.
pub(super) fn doi(value: &Value) -> Option<String> {
    texts(value).find_map(identifiers::find_doi).or_else(|| identifiers::find_doi(named(value, "doi")?))
}

/// An arXiv id. A program that took it for a number lost its zeros.
pub(super) fn arxiv(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            identifiers::arxiv_of_number(&text).or_else(|| identifiers::arxiv(&text))
        }
        _ => texts(value).find_map(identifiers::arxiv).or_else(|| identifiers::arxiv(named(value, "arxiv")?)),
    }
}

/// The text under a name in any case, as in Semantic Scholar's `externalIds`.
fn named<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str()
}

/// The strings that a value, a list of values or a list of objects with a `value` or an `id` holds.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    const NAMES: [&str; 3] = ["value", "id", "@id"];
    list.iter().filter_map(|item| item.as_str().or_else(|| NAMES.iter().find_map(|name| item.get(*name)?.as_str())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_found_in_any_shape() {
        assert_eq!(doi(&json!(["x", "10.1000/7"])).as_deref(), Some("10.1000/7"));
        assert_eq!(doi(&json!([{"value": "10.1000/7"}])).as_deref(), Some("10.1000/7"));
        assert_eq!(arxiv(&json!([{"value": "2104.00007"}])).as_deref(), Some("2104.00007"));
        assert_eq!(arxiv(&json!({"DOI": "10.1000/7", "ArXiv": "2104.00007"})).as_deref(), Some("2104.00007"));
        assert_eq!(arxiv(&json!(1706.0376)).as_deref(), Some("1706.03760"));
        assert_eq!(arxiv(&json!(1706.03762)).as_deref(), Some("1706.03762"));
    }
}

//! Values of XML on their way into a document: those that have no field, lists that say a value more than once, and texts
//! that hold HTML.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::joined::fold_white_space;
use super::markup;

/// A value is looked for in a list up to this length only, so that a record of a million values takes no square of them.
const LONGEST_SEARCHED: usize = 1000;

/// Keeps a text under a name, as a list if there are several.
pub(super) fn keep(extra: &mut Map<String, Value>, name: &str, text: impl Into<String>) {
    let text = text.into();
    if text.is_empty() {
        return;
    }
    let text = Value::String(text);
    match extra.get_mut(name) {
        None => {
            extra.insert(name.to_owned(), text);
        }
        Some(Value::Array(list)) if list.len() < LONGEST_SEARCHED && list.contains(&text) => {}
        Some(Value::Array(list)) => list.push(text),
        Some(one) if *one != text => *one = Value::Array(vec![one.take(), text]),
        Some(_) => {}
    }
}

/// Texts that say something, each once.
pub(super) fn distinct(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut known = HashSet::new();
    texts.into_iter().filter(|text| !text.is_empty() && known.insert(text.clone())).collect()
}

/// A text without the HTML that stands as text in it: `&lt;p&gt;The sea moves.&lt;/p&gt;`.
pub(super) fn plain(text: &str) -> String {
    fold_white_space(&markup::plain(text))
}

/// Whether a text is the address of a page.
pub(super) fn is_address(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_a_list() {
        let mut extra = Map::new();
        for (name, text) in [("a", "1"), ("a", "1"), ("b", "1"), ("b", "2"), ("b", "1"), ("b", "3"), ("c", "")] {
            keep(&mut extra, name, text);
        }
        assert_eq!(Value::Object(extra), json!({"a": "1", "b": ["1", "2", "3"]}));
        assert_eq!(distinct(["a", "", "b", "a"].map(str::to_owned)), ["a", "b"]);
        assert!(
            is_address("https://sea.example/7") && !is_address("see https://sea.example") && !is_address("https://a b")
        );
    }
}

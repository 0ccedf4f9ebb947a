//! A full text with annotations that mark its parts, as Semantic Scholar's S2ORC holds papers.
//!
//! `annotations` has a field for each kind of part, `title` and `abstract` among them: a list of `{"start": 0, "end": 8}`, as JSON or
//! as a string of JSON. The numbers, which may be strings too, count characters of `text`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct FullText {
    #[serde(default)]
    text: String,
    #[serde(default)]
    annotations: BTreeMap<String, Value>,
}

impl FullText {
    /// The parts of a kind, one after the other.
    pub(super) fn marked(&self, kind: &str) -> Option<String> {
        let spans = match self.annotations.get(kind)? {
            Value::String(json) => serde_json::from_str(json).ok()?,
            spans => spans.clone(),
        };
        let parts: Vec<String> = spans.as_array()?.iter().filter_map(|span| self.part(span)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn part(&self, span: &Value) -> Option<String> {
        let place = |name: &str| match span.get(name)? {
            Value::String(text) => text.parse().ok(),
            number => usize::try_from(number.as_u64()?).ok(),
        };
        let (start, end): (usize, usize) = (place("start")?, place("end")?);
        let part: String = self.text.chars().skip(start).take(end.checked_sub(start)?).collect();
        (!part.trim().is_empty()).then_some(part)
    }
}

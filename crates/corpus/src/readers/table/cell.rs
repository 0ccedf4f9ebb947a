//! A cell as a value in the form of JSON, which is read as those of JSON lines are ([`values`](crate::readers::values)).
//!
//! Tables of text have only texts, so a cell that holds a list in the spelling of some program becomes that list
//! ([`cells`](crate::readers::cells)), and a count becomes a number. Names that a program took for numbers get back what they
//! lost: `12.0` is `12`, and `1706.0376` in a column of arXiv ids is `1706.03760`.

use serde_json::Value;

use crate::identifiers;
use crate::readers::cells::{is_quoted_list, nested};
use crate::readers::field_names::Field;
use crate::readers::headings::Writer;
use crate::readers::missing::is_missing;
use crate::readers::nbib::bare_title;
use crate::readers::people::{self, spoken_initials};

/// Whether a cell is empty or holds a program's word for nothing. A title may be such a word.
pub(super) fn says_nothing(field: Option<Field>, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) if field == Some(Field::Title) => text.trim().is_empty(),
        Value::String(text) => is_missing(text),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The value of a cell in a column of that name and meaning.
pub(super) fn value(field: Option<Field>, column: &str, value: Value, writer: Writer) -> Value {
    let Some(field) = field else { return value };
    match (field, value) {
        // Semantic Scholar's `externalIds` as pandas writes it.
        (Field::Doi, Value::String(text)) if text.trim_start().starts_with('{') => nested(&text).unwrap_or(text.into()),
        (Field::Id | Field::Arxiv | Field::Doi, value) => name(column, value),
        (_, Value::String(text)) => of_string(field, text, writer),
        (_, value) => value,
    }
}

/// The value of a text under a name of JSON lines, for files whose other values have types of their own.
pub(crate) fn of_text(name: &str, text: &str) -> Value {
    let field = crate::readers::field_names::meaning(name).map(|(field, _)| field);
    let cell = Value::String(text.to_owned());
    if says_nothing(field, &cell) { Value::Null } else { value(field, name, cell, Writer::Other) }
}

fn of_string(field: Field, text: String, writer: Writer) -> Value {
    match field {
        Field::Title | Field::Abstract => {
            let text = text.replace('\0', "");
            match nested(&text).filter(|_| is_quoted_list(&text)) {
                Some(list) => list,
                None if field == Field::Title && writer == Writer::PubMed => bare_title(text.trim()).into(),
                None => text.into(),
            }
        }
        Field::Authors if writer == Writer::SpringerLink => people::unglued(&text).into(),
        Field::Authors if writer == Writer::PubMed => {
            let names = text.trim().trim_end_matches('.').split(',').map(spoken_initials);
            names.filter(|name| !name.is_empty()).collect::<Vec<_>>().into()
        }
        Field::Authors | Field::Keywords => nested(&text).unwrap_or_else(|| text.into()),
        Field::Organization | Field::Venue if is_quoted_list(&text) => nested(&text).unwrap_or_else(|| text.into()),
        Field::Url if is_quoted_list(&text) => nested(&text).unwrap_or_else(|| text.into()),
        Field::Url => text.split("; ").next().unwrap_or_default().into(),
        Field::AuthorsCount | Field::Comments => {
            let count = text.trim().trim_end_matches(".0").parse::<u64>().ok();
            count.map_or_else(|| text.into(), Value::from)
        }
        _ => text.trim().into(),
    }
}

/// The value of a name: an id, a DOI.
fn name(name: &str, value: Value) -> Value {
    let text = match &value {
        Value::Number(number) if number.is_i64() || number.is_u64() => return value,
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return value,
    };
    let text = text.trim_start_matches("https://openalex.org/");
    if let Some(full) = identifiers::arxiv_of_number(text).filter(|_| matches!(name, "arxiv" | "arxiv_id")) {
        return full.into();
    }
    // What a program made of whole numbers with gaps.
    if let Some(whole) = text.strip_suffix(".0").filter(|whole| !whole.is_empty() && whole.len() <= 15)
        && whole.bytes().all(|byte| byte.is_ascii_digit())
    {
        return whole.into();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(field: Field, column: &str, cell: Value) -> Value {
        value(Some(field), column, cell, Writer::Other)
    }

    #[test]
    fn lists_in_the_spelling_of_a_program_are_lists() {
        for cell in ["['Ada Dune', 'Carl Wave']", "[Ada Dune, Carl Wave]", "[\"Ada Dune\", \"Carl Wave\"]"] {
            assert_eq!(read(Field::Authors, "authors", json!(cell)), json!(["Ada Dune", "Carl Wave"]), "{cell}");
        }
        assert_eq!(read(Field::Title, "title", json!("['On Tides']")), json!(["On Tides"]));
        assert_eq!(read(Field::Title, "title", json!("[On Tides]")), json!("[On Tides]"));
        assert_eq!(read(Field::Authors, "authors", json!("Ada Dune; Carl Wave")), json!("Ada Dune; Carl Wave"));
    }

    #[test]
    fn names_that_became_numbers_are_names_again() {
        assert_eq!(read(Field::Id, "id", json!("12.0")), json!("12"));
        assert_eq!(read(Field::Id, "id", json!(12.0)), json!("12"));
        assert_eq!(read(Field::Arxiv, "arxiv", json!(1706.0376)), json!("1706.03760"));
        assert_eq!(read(Field::Arxiv, "arxiv", json!("704.0001")), json!("0704.0001"));
        assert_eq!(read(Field::Arxiv, "arxiv", json!("1706.03762")), json!("1706.03762"));
        assert_eq!(read(Field::Doi, "doi", json!("10.1000/1")), json!("10.1000/1"));
    }

    #[test]
    fn a_count_is_a_number_and_a_list_of_links_is_its_first() {
        assert_eq!(read(Field::Comments, "comments", json!("3.0")), json!(3));
        assert_eq!(read(Field::Url, "url", json!("https://a; https://b")), json!("https://a"));
        assert_eq!(of_text("year", "NaN"), Value::Null);
    }
}
